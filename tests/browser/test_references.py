"""The references of a text lead to the list of sources, and each source leads on: to its pages, and to where it is."""

import re
from collections.abc import Callable
from typing import Final

import pytest
from playwright.sync_api import Locator, Page, expect

from rnnviz import references
from tests.browser.waiting import settle

Visit = Callable[[str], Page]

GATES: Final = "/Gates?cell=lstm&input=words&trained=none&seed=31"
HALF_LIFE: Final = f"{GATES}&views=gates.view:memory"


def reference(page: Page, name: str) -> Locator:
    """A source in the text of a page, which is unfolded."""
    page.get_by_test_id("stMarkdown").get_by_text("More", exact=True).click()
    return page.get_by_role("link", name=name)


def entry(page: Page, label: str) -> Locator:
    return page.get_by_role("heading", name=label, exact=True, level=2)


@pytest.mark.smoke
def test_from_the_references_of_a_text_to_the_source_and_back(visit: Visit) -> None:
    page = visit(HALF_LIFE)
    page.evaluate("window.visit = 1")
    reference(page, "Tallec and Ollivier 2018").click()
    expect(page).to_have_url(re.compile(r"/References#tallec-and-ollivier-2018$"))
    expect(entry(page, "Tallec and Ollivier 2018")).to_be_in_viewport()
    settle(page)
    page.get_by_test_id("stMarkdown").get_by_role("link", name="Gates", exact=True).last.click()
    expect(page).to_have_url(re.compile(r"/Gates\?.*seed=31.*views=gates\.view(:|%3A)memory"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Gates")
    settle(page)
    page.go_back()
    expect(entry(page, "Tallec and Ollivier 2018")).to_be_visible()
    settle(page)
    page.go_back()
    expect(page).to_have_url(re.compile(r"/Gates\?.*seed=31"))
    settle(page)
    assert page.evaluate("window.visit") == 1, "the application was loaded again, and the visit is lost"


def test_the_keyboard_follows_a_reference_that_is_broken_over_two_lines(visit: Visit) -> None:
    page = visit(GATES)
    cited = reference(page, "Cho et al. 2014")
    cited.focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"#cho-et-al-2014$"))
    expect(entry(page, "Cho et al. 2014")).to_be_in_viewport()


def test_every_source_has_the_anchor_that_texts_link_to(visit: Visit) -> None:
    page = visit("/References")
    expect(entry(page, references.sources()[-1].label)).to_be_visible()
    anchors = page.locator(".st-key-references h2").evaluate_all("(found) => found.map((one) => one.id)")
    assert anchors == [source.anchor for source in references.sources()]


def test_what_is_outside_opens_in_another_tab(visit: Visit) -> None:
    page = visit("/References")
    expect(entry(page, references.sources()[-1].label)).to_be_visible()
    outside = page.locator(".st-key-references a[href^='https://']").evaluate_all(
        "(found) => found.map((one) => [one.getAttribute('href'), one.target, one.rel])"
    )
    assert [address for address, _, _ in outside] == [
        address for source in references.sources() for address in source.links.values()
    ]
    assert {(target, rel) for _, target, rel in outside} == {("_blank", "noopener noreferrer")}


def test_a_reference_in_a_frame_of_another_page_opens_another_tab(visit: Visit) -> None:
    page = visit(f"{HALF_LIFE}&embed=true")
    before = page.url
    with page.context.expect_page() as opened:
        reference(page, "Tallec and Ollivier 2018").click()
    tab = opened.value
    expect(entry(tab, "Tallec and Ollivier 2018")).to_be_in_viewport()
    assert "embed" not in tab.url
    assert page.url == before


def test_home_leads_to_the_sources(visit: Visit) -> None:
    page = visit("/")
    page.get_by_test_id("stMain").get_by_role("link", name="References →").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("References")
