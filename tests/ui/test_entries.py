"""What is typed into a box that one page has alone, and what of it is kept."""

from typing import Final

import pytest
from streamlit.testing.v1 import AppTest

from rnnviz.ui.selection import entries
from tests.serving import ROOT

BOXES: Final = {
    "views=sequences.view:five-kinds": (
        "pages/1_Sequences.py",
        "One or more digits, each a separate problem",
        entries.USUAL,
    ),
    "views=sequences.view:order": ("pages/1_Sequences.py", "First text", entries.USUAL),
    "views=sequences.view:text-to-numbers": ("pages/1_Sequences.py", "Sentences, one a line", entries.USUAL),
    "views=characters.view:generate": ("pages/10_Characters.py", "Prompt", entries.USUAL),
}


@pytest.mark.parametrize("view", BOXES)
def test_of_a_text_that_is_too_long_the_beginning_is_kept_and_that_is_said(view: str) -> None:
    path, label, most = BOXES[view]
    page = AppTest.from_file(ROOT / "app.py", default_timeout=60).switch_page(path)
    page.query_params["views"] = view.partition("=")[2]
    page.run()
    box = next(one for one in (*page.text_input, *page.text_area) if one.label == label)
    assert not box.proto.max_chars, "a box with a limit drops a long paste in silence"
    box.set_value("7" * (most + 1)).run()
    assert not page.exception
    said = f"A text must have at most {most:,} characters; got {most + 1:,}: the first {most:,} are used"
    assert said in [one.value.replace("\\", "") for one in page.warning]
    box = next(one for one in (*page.text_input, *page.text_area) if one.label == label)
    assert box.value == "7" * most
