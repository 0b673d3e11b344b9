"""How fast a translation is stepped through and typed into: key to painted, steps a second, key to the new decoding.

Each figure stands beside one of an empty page, measured in the same browser in the same run, or beside its goal.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import torch
from playwright.sync_api import Browser, Page, sync_playwright

from rnnviz.attention import load
from tests.browser import chromium
from tests.browser.waiting import settle
from tests.serving import Server, running

WINDOW: Final = {"width": 1440, "height": 900}
LONG: Final = "314159265358979323846264338327"
CASES: Final = {
    "30 digits, additive score": f"entries=attention.reverse%3D{LONG}",
    "30 digits, dot product": f"views=attention.score:dot-product&entries=attention.reverse%3D{LONG}",
    "a date, additive score": "views=attention.task:dates",
}
BARE: Final = (
    "<p>0</p><script>let t = 0; document.onkeydown = () => { document.querySelector('p').textContent = ++t; };</script>"
)
WATCH: Final = """() => {
  window.painted = []; window.shown = new Map();
  const host = [...document.querySelectorAll('*')].find((node) => node.shadowRoot?.querySelector('.decoding'));
  const read = host?.shadowRoot.querySelector('[data-part=step]');
  document.addEventListener('keydown', (event) => requestAnimationFrame(() => requestAnimationFrame(() => {
    window.painted.push(performance.now() - event.timeStamp);
  })), true);
  const frame = () => {
    if (read && !window.shown.has(read.textContent)) window.shown.set(read.textContent, performance.now());
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
}"""
HELD: Final = 30
"""Keys a second of a key that is held, and steps a second of the fastest play."""


def main(argv: Sequence[str] | None = None) -> int:
    """Print the table; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.decoding", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer repetitions")
    keys = 15 if parser.parse_args(argv).quick else 40
    _library()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.require(), args=list(chromium.FLAGS))
        with tempfile.TemporaryDirectory() as folder, running(Path(folder) / "server.txt") as server:
            server.wait_until_ready()
            _pages(browser, server, keys)
        browser.close()
    return 0


def _library() -> None:
    torch.set_num_threads(1)
    for name in ("reverse-additive", "reverse-dot", "reverse-none"):
        model, took = load(name), []
        for _ in range(21):
            begin = time.perf_counter()
            steps = model.decode(LONG).steps
            took.append(1000 * (time.perf_counter() - begin))
        print(f"{name:24} {statistics.median(took):6.2f} ms for {steps} steps, without the page")


def _pages(browser: Browser, server: Server, keys: int) -> None:
    with _page(browser) as page:
        page.set_content(BARE)
        bare = _keys(page, keys)
    heads = f"{'median':>7} {'95 %':>7} {'ratio':>6}   held {HELD}/s    played {HELD}/s   typed, ms: median / 95 %"
    print(f"\n{'key to painted, ms':30} {heads}")
    print(f"{'an empty page':30} {statistics.median(bare):7.1f} {_late(bare):7.1f} {1.0:6.2f}")
    for name, query in CASES.items():
        with _page(browser) as page:
            page.goto(f"{server.url}/Attention?{query}")
            settle(page)
            painted = _keys(page, keys)
            held, played = _held(page), _played(page)
            typed = _typed(page, keys // 3)
        print(
            f"{name:30} {statistics.median(painted):7.1f} {_late(painted):7.1f} "
            f"{statistics.median(painted) / statistics.median(bare):6.2f}   {held:>9}   {played:>11}"
            f"   {statistics.median(typed):6.0f} / {_late(typed):.0f}"
        )


def _keys(page: Page, count: int) -> list[float]:
    page.evaluate(WATCH)
    for k in range(count):
        page.keyboard.press("ArrowLeft" if k % 4 == 3 else "ArrowRight")
        page.wait_for_timeout(70)
    return sorted(page.evaluate("window.painted"))


def _held(page: Page) -> str:
    """How many of the steps of a key that is held were there in some frame."""
    last = _begin(page)
    begin = time.perf_counter()
    for k in range(last):
        while time.perf_counter() < begin + k / HELD:
            time.sleep(0.0005)
        page.keyboard.down("ArrowRight")
    page.keyboard.up("ArrowRight")
    page.wait_for_timeout(200)
    return f"{_shown(page)} of {last}"


def _played(page: Page) -> str:
    """The same at the fastest play, and how many a second these were, from the first frame to the last."""
    last = _begin(page)
    page.get_by_label("Speed").select_option(str(HELD))
    page.keyboard.press(" ")
    page.get_by_text(f"step {last} of {last}").wait_for()
    page.wait_for_timeout(100)
    times = page.evaluate("[...window.shown.values()]")[1:]
    return f"{len(times)} of {last} ({1000 * (len(times) - 1) / (times[-1] - times[0]):.0f}/s)"


def _begin(page: Page) -> int:
    """Go to the first step and forget what was shown; returns the last."""
    page.keyboard.press("Home")
    page.wait_for_timeout(700)
    settle(page)
    page.evaluate("window.shown.clear()")
    page.wait_for_timeout(50)
    return int((page.locator(".decoding [data-part=step]").text_content() or "").rpartition(" ")[2])


def _shown(page: Page) -> int:
    return int(page.evaluate("window.shown.size")) - 1


def _typed(page: Page, count: int) -> list[float]:
    """From a key in the box to the painted decoding, as the widget measures it."""
    box, took = page.locator(".decoding [data-part=text]"), []
    for _ in range(count):
        before = page.locator(".decoding").get_attribute("data-answered")
        box.press("End")
        box.press("Backspace")
        page.wait_for_function(
            "before => { const host = [...document.querySelectorAll('*')].find((node) => node.shadowRoot?.querySelector"
            "('.decoding')); return host.shadowRoot.querySelector('.decoding').dataset.answered !== before; }",
            arg=before,
        )
        page.wait_for_timeout(120)
        took.append(float(page.locator(".decoding").get_attribute("data-took") or "nan"))
    return sorted(took)


@contextmanager
def _page(browser: Browser) -> Iterator[Page]:
    with browser.new_context(viewport=WINDOW) as context:
        yield context.new_page()


def _late(values: Sequence[float]) -> float:
    return values[int(0.95 * (len(values) - 1))]


if __name__ == "__main__":
    raise SystemExit(main())
