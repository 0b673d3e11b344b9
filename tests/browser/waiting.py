"""When a page has settled."""

from typing import Final

from playwright.sync_api import Locator, Page, expect

SETTLED: Final = "[data-testid=stApp][data-test-connection-state=CONNECTED][data-test-script-state=notRunning]"
PATIENCE: Final = 30_000
"""Milliseconds that a page may take on a machine busy with other things."""

LISTEN: Final = """(() => {
  const send = WebSocket.prototype.send, heard = new WeakSet();
  window.spoken = { asked: -Infinity, answered: 0, open: false };
  WebSocket.prototype.send = function (data) {
    if (!heard.has(this)) {
      heard.add(this);
      this.addEventListener("message", () => {
        Object.assign(window.spoken, { answered: performance.now(), open: false });
      });
    }
    Object.assign(window.spoken, { asked: performance.now(), open: true });
    return send.call(this, data);
  };
})();"""
"""For a page to begin with: notes when it has asked its server for something, and when it was answered."""

_SHOWN_CHART: Final = "[data-testid=stPlotlyChart]:not([data-retained] *)"
"""While a page runs, Streamlit keeps a chart that was replaced, hidden, until the run has ended."""

_IDLE: Final = "() => new Promise((then) => requestIdleCallback(() => then(true), { timeout: 1000 }))"
"""What a click has set off in the page was done, so that what it asks its server is asked."""

_ANSWERED: Final = """() => {
  const { asked, answered, open } = window.spoken ?? { asked: 0, answered: 0, open: false };
  const now = performance.now();
  return open ? now - asked > 3000 : now - answered > 50;
}"""
"""What was asked has been answered, some moments ago, so that the client knows it; not all that is asked is."""


def settle(page: Page) -> Page:
    """Wait until the server has answered, the script has run, all it has sent is drawn, and no skeleton is left.

    Just after a key or a click the script may not run yet: only a page with ``LISTEN`` waits for the answer.
    """
    page.wait_for_selector(SETTLED, state="attached", timeout=PATIENCE)
    page.wait_for_function(_IDLE, timeout=PATIENCE)
    page.wait_for_function(_ANSWERED, timeout=PATIENCE)
    page.wait_for_selector(SETTLED, state="attached", timeout=PATIENCE)
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0, timeout=PATIENCE)
    page.wait_for_selector(SETTLED, state="attached", timeout=PATIENCE)
    return page


def shown_charts(page: Page) -> Locator:
    """The charts that a visitor sees."""
    return page.locator(_SHOWN_CHART)
