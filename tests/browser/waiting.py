"""When a page has settled."""

import time
from collections.abc import Callable
from typing import Final, TypeVar

from playwright.sync_api import FloatRect, Locator, Page, expect

Place = TypeVar("Place", FloatRect, list[FloatRect])

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

SHOWN_CHART: Final = "[data-testid=stPlotlyChart]:not([data-retained] *)"
"""While a page runs, Streamlit keeps a chart that was replaced, hidden, until the run has ended."""

_IDLE: Final = "() => new Promise((then) => requestIdleCallback(() => then(true), { timeout: 1000 }))"
"""What a click has set off in the page was done, so that what it asks its server is asked."""

_BOXES: Final = "(nodes) => nodes.map((node) => node.getBoundingClientRect().toJSON())"

_MOUNTED: Final = """() => [...document.querySelectorAll(
  "[data-testid=stBidiComponentIsolated], [data-testid=stBidiComponentRegular]")]
  .every((host) => (host.shadowRoot ?? host).firstElementChild?.childElementCount > 1)"""
"""Every widget has its markup and its styles, which come with its script: it draws, and listens to keys."""

_ANSWERED: Final = """() => {
  const { asked, answered, open } = window.spoken ?? { asked: 0, answered: 0, open: false };
  const now = performance.now();
  return open ? now - asked > 3000 : now - answered > 50;
}"""
"""What was asked has been answered, some moments ago, so that the client knows it; not all that is asked is."""


def settle(page: Page) -> Page:
    """Wait until the server has answered, the script has run, all it has sent is drawn, and every widget listens.

    Just after a key or a click the script may not run yet: only a page with ``LISTEN`` waits for the answer.
    """
    page.wait_for_selector(SETTLED, state="attached", timeout=PATIENCE)
    page.wait_for_function(_IDLE, timeout=PATIENCE)
    page.wait_for_function(_ANSWERED, timeout=PATIENCE)
    page.wait_for_selector(SETTLED, state="attached", timeout=PATIENCE)
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0, timeout=PATIENCE)
    expect(page.locator(".rnnviz-later")).to_have_count(0, timeout=PATIENCE)
    page.wait_for_function(_MOUNTED, timeout=PATIENCE)
    page.wait_for_function(_IDLE, timeout=PATIENCE)
    page.wait_for_selector(SETTLED, state="attached", timeout=PATIENCE)
    return page


def more_settings(page: Page) -> Page:
    """Open what the settings in the sidebar show on request: sizes, seed and initialization."""
    page.get_by_test_id("stSidebar").get_by_text("More settings").click()
    return settle(page)


def shown_charts(page: Page) -> Locator:
    """The charts that a visitor sees."""
    return page.locator(SHOWN_CHART)


def until(page: Page, holds: Callable[[], object], patience: float = 2 * PATIENCE / 1000) -> None:
    """Wait for what no ``expect`` waits for; ``patience`` is in seconds."""
    end = time.monotonic() + patience
    while not holds():
        assert time.monotonic() < end, page.locator("body").inner_text()
        page.wait_for_timeout(50)


def steady(target: Locator) -> FloatRect:
    """Where something is, once it does not move any more."""
    return _at_rest(target, target.bounding_box)


def all_steady(targets: Locator) -> list[FloatRect]:
    """Where each of several things is, once none moves any more; one after another they would take as many waits."""
    return _at_rest(targets, lambda: targets.evaluate_all(_BOXES))


def _at_rest(target: Locator, where: Callable[[], Place | None]) -> Place:
    looks: list[Place | None] = []
    for _ in range(400):
        target.page.wait_for_function(_IDLE, timeout=PATIENCE)
        now = where()
        if now and looks[-2:] == [now, now]:
            return now
        looks.append(now)
        target.page.wait_for_timeout(100)
    raise AssertionError(f"{target} does not come to rest: {looks[-1]}")
