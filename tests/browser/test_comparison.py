"""The page “Comparison” in a real browser: both tables, and links to the views."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

Visit = Callable[[str], Page]


def test_every_row_leads_to_a_view_without_a_complaint(visit: Visit) -> None:
    page = visit("/Comparison")
    tables = page.locator(".st-key-comparison table")
    expect(tables).to_have_count(2)
    expect(tables.first).to_contain_text("20,992")
    addresses = [link.get_attribute("href") for link in tables.locator("a").all()]
    assert len(addresses) >= 12
    for address in dict.fromkeys(addresses):
        there = visit(f"/{address}")
        expect(there.locator("h1")).to_be_visible()
        expect(there.get_by_test_id("stAlert")).to_have_count(0)


def test_home_leads_there_and_the_tables_scroll_on_a_phone(visit: Visit) -> None:
    page = visit("/")
    page.get_by_role("link", name="Comparison →").click()
    expect(page.locator("h1")).to_have_text("Comparison")
    page.set_viewport_size({"width": 390, "height": 844})
    measured = page.locator(".st-key-comparison table").first
    expect(measured).to_be_visible()
    frame = measured.locator("..")
    assert frame.evaluate("each => { each.scrollLeft = 1000; return each.scrollLeft; }") > 0
    right = frame.evaluate("each => each.getBoundingClientRect().right")
    assert measured.evaluate("each => each.getBoundingClientRect().right") <= right + 1
    assert page.get_by_test_id("stMain").evaluate("each => each.scrollWidth <= each.clientWidth")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
