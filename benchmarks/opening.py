"""How soon a page shows its first picture, from the address to the frame that has it, with an empty browser.

On a server that has been visited before ("warm"), and on one that was started for this very visit ("fresh"), which
answers before torch is loaded. Beside it stands a bare page with one word, opened in turn with it: what Streamlit
itself takes on the same machine at the same moment. The heading of Home is timed on fresh servers too.
"""

import argparse
import statistics
from collections.abc import Sequence
from typing import Final

from playwright.sync_api import Browser, ViewportSize, sync_playwright

from benchmarks._serving import application, bare_page, beside
from rnnviz.page_registry import HOME
from rnnviz.page_registry import PAGES as LECTURE
from tests.browser import chromium

WINDOW: Final[ViewportSize] = {"width": 1440, "height": 900}
PAGES: Final = tuple(page.title for page in (HOME, *LECTURE))
BARE: Final = 'import streamlit as st\n\nst.title("bare")\n'
CHARTED: Final = """import plotly.graph_objects as go
import streamlit as st

st.plotly_chart(go.Figure(go.Scatter(y=list(range(20)))))
"""
FIRST: Final = """(() => {
  const main = "[data-testid=stMain]";
  const size = (node) => Math.min(node.getBoundingClientRect().height, node.getBoundingClientRect().width);
  const drawn = () => [
    ...document.querySelectorAll(`${main} .stPlotlyChart .main-svg, ${main} [data-testid=stImage] img`),
    ...[...document.querySelectorAll(`${main} [data-testid=stBidiComponentIsolated]`)].flatMap((host) => (
      [...(host.shadowRoot?.querySelectorAll("canvas, svg, table, textarea") ?? [])])),
  ].some((node) => size(node) > 30 && node.complete !== false);
  const note = () => { window.first = performance.now(); };
  const look = () => requestAnimationFrame(drawn() ? note : look);
  requestAnimationFrame(look);
})()"""
"""Notes when the first chart, widget or image was in a frame."""

HEADING: Final = """(() => {
  const look = () => {
    if (document.querySelector("h1")) window.first = performance.now();
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})()"""
"""Notes when the first heading was there."""

MINUTE: Final = 60_000.0


def main(argv: Sequence[str] | None = None) -> int:
    """Print the table; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.opening", description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="fewer repetitions, and no fresh servers")
    parser.add_argument("--pages", nargs="+", choices=PAGES, default=PAGES, metavar="PAGE", help="of %(choices)s")
    arguments = parser.parse_args(argv)
    rounds = 3 if arguments.quick else 5
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.require(), args=list(chromium.FLAGS))
        print(f"{'page':16} {'warm, ms':>9} {'bare ms':>8} {'ratio':>6} {'fresh, ms':>10}")
        warm = _warm(browser, arguments.pages, rounds)
        for page, (own, bare) in warm.items():
            fresh = "" if arguments.quick else f"{_fresh(browser, page):10.0f}"
            print(f"{page:16} {own:9.0f} {bare:8.0f} {own / bare:6.1f} {fresh}", flush=True)
        charted, bare = _charted(browser, rounds)
        print(f"\nChart of a bare page, warm: {charted:.0f} ms, of a word {bare:.0f} ms, ratio {charted / bare:.1f}")
        own, bare = _landing(browser, rounds)
        print(f"Heading of Home on a fresh server: {own:.0f} ms, of a bare page {bare:.0f} ms, ratio {own / bare:.1f}")
        browser.close()
    return 0


def _charted(browser: Browser, rounds: int) -> tuple[float, float]:
    """Median milliseconds to one chart on a page of nothing else, as Streamlit fetches plotly for it, and to a word."""
    with bare_page(CHARTED) as charted, bare_page(BARE) as bare:
        _opened(browser, charted)
        taken = [(_opened(browser, charted), _opened(browser, bare, HEADING)) for _ in range(rounds)]
    return statistics.median(one for one, _ in taken), statistics.median(one for _, one in taken)


def _landing(browser: Browser, rounds: int) -> tuple[float, float]:
    """Median milliseconds from the address to the heading, of servers that nobody has visited, in turn."""
    taken: tuple[list[float], list[float]] = [], []
    for _ in range(rounds):
        for times, serve in zip(taken, (application, lambda: bare_page(BARE)), strict=True):
            with serve() as url:
                times.append(_opened(browser, url, HEADING))
    return statistics.median(taken[0]), statistics.median(taken[1])


def _warm(browser: Browser, pages: Sequence[str], rounds: int) -> dict[str, tuple[float, float]]:
    """Median milliseconds of each page and of the bare one, opened in turn, after one visit that does not count."""
    with beside(BARE) as (own, bare):
        found = {}
        for page in pages:
            _opened(browser, own + _path(page))
            taken = [(_opened(browser, own + _path(page)), _opened(browser, bare, HEADING)) for _ in range(rounds)]
            found[page] = (statistics.median(one for one, _ in taken), statistics.median(one for _, one in taken))
        return found


def _fresh(browser: Browser, page: str) -> float:
    """Milliseconds of the first visit that a server ever has."""
    with application() as url:
        return _opened(browser, url + _path(page))


def _opened(browser: Browser, address: str, watch: str = FIRST) -> float:
    """Milliseconds from an address to what is watched for, of a visitor who has nothing kept."""
    with browser.new_context(viewport=WINDOW) as context:
        page = context.new_page()
        page.add_init_script(watch)
        page.goto(address, wait_until="commit")
        page.wait_for_function("() => window.first", timeout=MINUTE, polling=50)
        return float(page.evaluate("() => window.first"))


def _path(page: str) -> str:
    return "/" if page == "Home" else "/" + page.replace(" ", "_")


if __name__ == "__main__":
    raise SystemExit(main())
