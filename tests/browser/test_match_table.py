"""The list of places that a phrase is like, in a real browser, without the library that is searched."""

import pytest
from playwright.sync_api import Page, expect

from rnnviz.matching.search import Place
from rnnviz.ui.widgets.matches import Row, table

BEFORE, PHRASE, AFTER = "self._previous_names = [", '"a set of methods to read"', "]↵        for name in"


@pytest.mark.parametrize("width", [480, 1440])
def test_nothing_of_it_is_out_of_sight(page: Page, width: int) -> None:
    counts = tuple([2] * len(BEFORE + PHRASE + AFTER))
    row = Row(Place(0, 2, 11), "concurrent/futures/thread.py:128", BEFORE, PHRASE, AFTER, counts, 3)
    page.set_viewport_size({"width": width, "height": 600})
    page.set_content(table([row, row], 2))
    region = page.get_by_role("region")
    assert region.evaluate("(node) => node.scrollWidth <= node.clientWidth")
    for text in (row.where, "2 of 2", PHRASE):
        expect(region.get_by_text(text).first).to_be_in_viewport()
    heads = region.locator("[data-head]").evaluate_all(
        "(nodes) => nodes.map((one) => getComputedStyle(one, '::before').content)"
    )
    assert all(("none" in head) == (width > 700) for head in heads), (
        "what a number is stands beside it where no head is"
    )
