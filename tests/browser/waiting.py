"""When a page has settled."""

from typing import Final

from playwright.sync_api import Page, expect

SETTLED: Final = "[data-testid=stApp][data-test-connection-state=CONNECTED][data-test-script-state=notRunning]"
PATIENCE: Final = 30_000
"""Milliseconds that a page may take on a machine busy with other things."""


def settle(page: Page) -> Page:
    """Wait until the script has run, all it has sent is drawn, and nothing is left as a skeleton."""
    page.wait_for_selector(SETTLED, state="attached", timeout=PATIENCE)
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0, timeout=PATIENCE)
    page.wait_for_selector(SETTLED, state="attached", timeout=PATIENCE)
    return page
