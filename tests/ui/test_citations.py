"""Sources in prose: each citation of the paragraph “References” leads to its entry, and the page has all entries."""

import re
from typing import Final

from streamlit.testing.v1 import AppTest

from rnnviz import references
from rnnviz.page_registry import REFERENCES
from rnnviz.ui.shell import citations, frame
from tests.serving import ROOT
from tests.together import together
from tests.ui.test_terms import PARTS

LINK: Final = re.compile(r'<a class="rnnviz-within" href="References#([a-z0-9-]+)">([^<]*)</a>')
BY_ANCHOR: Final = {source.anchor: source for source in references.sources()}


def paragraphs(text: str) -> list[str]:
    return re.findall(citations.PARAGRAPH, text, re.MULTILINE)


@together("name, part", PARTS)
def test_every_source_of_a_paragraph_is_linked_and_the_text_is_as_it_was(name: str, part: str | None) -> None:
    for text in frame._prose(name, part):
        for paragraph in paragraphs(text):
            found = LINK.findall(paragraph)
            assert found
            assert paragraph.count("<") == 2 * len(found)
            for anchor, written in found:
                assert references.cited(written) == [BY_ANCHOR[anchor]]
            plain = LINK.sub(r"\2", paragraph)
            assert citations.linked(plain) == paragraph
            assert {BY_ANCHOR[anchor] for anchor, _ in found} == set(references.cited(plain))
        assert len(LINK.findall(text)) == sum(len(LINK.findall(one)) for one in paragraphs(text)), "nowhere else"


def test_links_of_a_part_take_few_bytes() -> None:
    sizes = [sum(len(found[0]) - len(found[2]) for found in LINK.finditer(frame._whole(*part))) for part in PARTS]
    assert 0 < max(sizes) <= 700


def test_a_paragraph() -> None:
    text = "Elman 1990.\n\n**References.** Elman\n1990, *Finding*. Someone 2031; Gers et al. 2000.\n\nGers."
    assert citations.linked(text) == (
        "Elman 1990.\n\n**References.** "
        '<a class="rnnviz-within" href="References#elman-1990">Elman\n1990</a>, *Finding*. Someone 2031; '
        '<a class="rnnviz-within" href="References#gers-schmidhuber-and-cummins-2000">Gers et al. 2000</a>.\n\nGers.'
    )


def test_the_page_has_every_source_with_its_links() -> None:
    page = AppTest.from_file(ROOT / "app.py", default_timeout=60).switch_page(REFERENCES.path).run()
    (text,) = (one.value for one in page.markdown if "## Elman 1990" in one.value)
    entries = dict(entry.split("\n\n", 1) for entry in text.removeprefix("## ").split("\n\n## "))
    assert list(entries) == [source.label for source in references.sources()]
    for source in references.sources():
        entry = entries[source.label]
        assert all(author in entry or author == source.label for author in source.authors)
        assert source.title in entry
        assert f"**In rnnviz:** {source.use}" in entry
        assert re.findall(r'href="(\w+)" target="_self">([^<]+)</a>', entry) == [
            (title.replace(" ", "_"), title) for title in source.pages
        ]
        assert dict(re.findall(r"\[([^]]+)\]\((https://[^)]+)\)", entry)) == source.links
    assert ".." not in text
    assert "?." not in text
