"""How fast the application answers: opening the stepper, one key to painted, a key that is held, ``P`` to present.

Each figure stands beside one of an empty page with a bare canvas, measured in the same browser in the same run.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import quote

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser import chromium
from tests.browser.waiting import settle
from tests.serving import Server, running

WINDOW: Final = {"width": 1440, "height": 900}
STEP_THROUGH: Final = "/Step_through"
LAYERS: Final = (
    "cell=lstm&input=words&input_size=16&hidden_size=64&num_layers=2&bidirectional=1"
    f"&words={quote(' '.join(f'w{k}' for k in range(200)))}"
)
CASES: Final = {
    "the lecture's RNN, 2 units, 3 steps": "",
    "LSTM, 2 layers, 2 directions, 64 units, 200 steps": LAYERS,
    "the same, its cell drawn": f"{LAYERS}&picture=cell",
    "LSTM, 256 units, 500 steps": (
        f"cell=lstm&input=words&input_size=64&hidden_size=256&words={quote(' '.join(f'w{k}' for k in range(500)))}"
    ),
}
BARE: Final = """<canvas width=1100 height=400></canvas><script>
const pen = document.querySelector('canvas').getContext('2d');
let t = 0;
document.addEventListener('keydown', () => {
  t += 1;
  for (let k = 0; k < 64; k += 1) {
    pen.fillStyle = `rgb(${(t * 7 + k * 3) % 255},90,120)`;
    pen.fillRect(k * 17, 0, 16, 400);
  }
});
</script>"""
WATCH: Final = """() => {
  window.painted = []; window.shown = new Set(); window.longest = 0;
  const host = [...document.querySelectorAll('*')].find((node) => node.shadowRoot?.querySelector('.step-through'));
  const read = host?.shadowRoot.querySelector('[data-part=step]');
  const wait = host?.shadowRoot.querySelector('[data-part=loading]');
  document.addEventListener('keydown', (event) => requestAnimationFrame(() => requestAnimationFrame(() => {
    window.painted.push(performance.now() - event.timeStamp);
  })), true);
  let before = performance.now();
  const frame = (now) => {
    if (read && wait.hidden) window.shown.add(read.textContent);
    window.longest = Math.max(window.longest, now - before);
    before = now;
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
}"""

FIRST: Final = """window.painted = [];
window.addEventListener('keydown', (event) => requestAnimationFrame(() => requestAnimationFrame(() => {
  window.painted.push(performance.now() - event.timeStamp);
})), true);"""
"""The same of every key, for a page to begin with: ahead of the bar, which passes no key on that it has taken."""


def main(argv: Sequence[str] | None = None) -> int:
    """Print the table; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.stepping", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer repetitions")
    keys = 20 if parser.parse_args(argv).quick else 60
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.require(), args=list(chromium.FLAGS))
        with tempfile.TemporaryDirectory() as folder, running(Path(folder) / "server.txt") as server:
            server.wait_until_ready()
            _stepping(browser, server, keys)
        browser.close()
    return 0


def _stepping(browser: Browser, server: Server, keys: int) -> None:
    with _page(browser) as page:
        page.set_content(BARE)
        bare = _keys(page, keys)
    print(
        f"\n{'key to painted, ms':52} {'median':>7} {'95 %':>7} {'ratio':>6}   held at 30/s    open, s: first / again"
    )
    print(f"{'a bare canvas':52} {_middle(bare):7.1f} {_late(bare):7.1f} {1.0:6.2f}")
    for name, query in CASES.items():
        opened = [_open(browser, server, query) for _ in range(2)]
        with _page(browser) as page:
            page.goto(f"{server.url}{STEP_THROUGH}?{query}")
            settle(page)
            painted = _keys(page, keys)
            shown, sent = _held(page, keys)
        ratio = _middle(painted) / _middle(bare)
        print(
            f"{name:52} {_middle(painted):7.1f} {_late(painted):7.1f} {ratio:6.2f}   {shown:3} of {sent:<3}"
            f"      {opened[0]:.2f} / {opened[1]:.2f}"
        )
    painted = _presented(browser, server, keys // 4)
    ratio = _middle(painted) / _middle(bare)
    print(f"{'P: the pictures alone, and back':52} {_middle(painted):7.1f} {_late(painted):7.1f} {ratio:6.2f}")


def _presented(browser: Browser, server: Server, count: int) -> list[float]:
    """Milliseconds from P to the frame without what is around the pictures, which Python has not heard of yet."""
    with _page(browser) as page:
        page.add_init_script(FIRST)
        page.goto(f"{server.url}/Hidden_states?cell=lstm&input=words&hidden_size=16")
        settle(page)
        for _ in range(2 * count):
            page.keyboard.press("p")
            page.wait_for_timeout(500)
            settle(page)
        return sorted(page.evaluate("window.painted"))


def _open(browser: Browser, server: Server, query: str) -> float:
    with _page(browser) as page:
        begin = time.perf_counter()
        page.goto(f"{server.url}{STEP_THROUGH}?{query}", wait_until="commit")
        page.locator(".step-through .stage :is(.word, .card)").first.wait_for()
        return time.perf_counter() - begin


def _keys(page: Page, count: int) -> list[float]:
    page.evaluate(WATCH)
    for k in range(count):
        page.keyboard.press("ArrowLeft" if k % 4 == 3 else "ArrowRight")
        page.wait_for_timeout(70)
    return sorted(page.evaluate("window.painted"))


def _held(page: Page, count: int) -> tuple[int, int]:
    """How many of the steps of a key held at 30 a second were there in some frame, with their numbers."""
    page.keyboard.press("Home")
    page.wait_for_timeout(400)
    page.evaluate("window.shown.clear()")
    last = int(page.locator(".step-through [data-part=scrub]").get_attribute("aria-valuemax") or 0)
    count = min(count, last)
    begin = time.perf_counter()
    for k in range(count):
        while time.perf_counter() < begin + k / 30:
            time.sleep(0.0005)
        page.keyboard.down("ArrowRight")
    page.keyboard.up("ArrowRight")
    page.wait_for_timeout(200)
    return len(page.evaluate("[...window.shown]")) - 1, count


@contextmanager
def _page(browser: Browser) -> Iterator[Page]:
    with browser.new_context(viewport=WINDOW) as context:
        yield context.new_page()


def _middle(values: Sequence[float]) -> float:
    return statistics.median(values)


def _late(values: Sequence[float]) -> float:
    return values[int(0.95 * (len(values) - 1))]


if __name__ == "__main__":
    raise SystemExit(main())
