"""What a page's style sheet says, and texts that scroll."""

from html import unescape

import pytest
from streamlit.testing.v1 import AppTest

from rnnviz.palette import GROUNDS, Theme


def drawn(script: str) -> str:
    at = AppTest.from_string(script, default_timeout=30).run()
    assert not at.exception
    return str(at.get("html")[0].proto.body)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_all_colours_are_those_of_the_theme(theme: Theme) -> None:
    sheet = drawn(f"from rnnviz.ui.shell import looks\nlooks.apply({theme!r})")
    assert "{{" not in sheet
    assert GROUNDS[theme]["soft"] in sheet
    assert ("stBaseButton-primary" in sheet) == (theme == "dark")


def test_a_text_that_scrolls_is_reached_by_keyboard_has_a_name_and_is_only_text() -> None:
    text = '\n<script>alert(1)</script> & "\n   \nend'
    body = drawn(f"from rnnviz.ui.shell import looks\nlooks.scrolled({text!r}, 4, 'what it \"writes\"')")
    assert "<script" not in body
    assert 'tabindex="0"' in body
    assert 'aria-label="what it &quot;writes&quot;"' in body
    assert unescape(body).partition('">\n')[2].removesuffix("</pre>") == text
