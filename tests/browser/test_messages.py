"""What a link says wrongly is quoted, and nothing of it can be followed."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.waiting import PATIENCE


def test_an_address_in_a_message_is_no_link(visit: Callable[[str], Page]) -> None:
    page = visit("/Gates?cell=http://a.example/b&seed=www.a.example&views=a@b.example")
    alerts = page.get_by_test_id("stMain").get_by_test_id("stAlert").filter(has=page.locator("code"))
    expect(alerts).to_have_count(3, timeout=PATIENCE)
    expect(alerts.locator("code").first).to_be_visible()
    assert [alerts.nth(k).locator("code").inner_text() for k in range(3)] == [
        "http://a.example/b", "www.a.example", "a@b.example",
    ]  # fmt: skip
    expect(alerts.locator("a")).to_have_count(0)
