"""How soon a page has repainted after a control was changed, and how many bytes the server sent for it."""

import argparse
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final
from urllib.parse import quote

from playwright.sync_api import Page, WebSocket, sync_playwright

from tests.browser import chromium
from tests.browser.waiting import SETTLED, settle
from tests.serving import ROOT, running

WINDOW: Final = {"width": 1440, "height": 900}
SIZES: Final = {"T = 200, H = 64": (200, 64), "T = 500, H = 256": (500, 256)}
RUNNING: Final = "[data-testid=stApp][data-test-script-state=running]"


class Traffic:
    """Bytes that the server has sent over the page's websockets."""

    def __init__(self, page: Page) -> None:
        self.received = 0
        page.on("websocket", self._watch)

    def _watch(self, socket: WebSocket) -> None:
        socket.on("framereceived", self._count)

    def _count(self, frame: str | bytes) -> None:
        self.received += len(frame)


def main(argv: Sequence[str] | None = None) -> int:
    """Print the table; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pages", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer repetitions")
    rounds = 3 if parser.parse_args(argv).quick else 7
    names = [path.stem.partition("_")[2] for path in sorted((ROOT / "pages").glob("*.py"))]
    print(f"{'page, LSTM, another seed each time':36} {'size':18} {'repainted, ms':>14} {'kB sent':>8}")
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=chromium.require(), args=list(chromium.FLAGS))
        with running(Path(folder) / "server.txt") as server:
            server.wait_until_ready()
            for name in names:
                for label, (steps, units) in SIZES.items():
                    words = quote(" ".join(f"w{k}" for k in range(steps)))
                    query = f"cell=lstm&input=words&input_size=16&hidden_size={units}&words={words}"
                    with browser.new_context(viewport=WINDOW) as context:
                        page = context.new_page()
                        traffic = Traffic(page)
                        page.goto(f"{server.url}/{name}?{query}")
                        settle(page)
                        page.wait_for_timeout(800)
                        seconds, sent = _change_seeds(page, traffic, rounds)
                    print(f"{name:36} {label:18} {1000 * seconds:14.0f} {sent / 1000:8.0f}")
        browser.close()
    return 0


def _change_seeds(page: Page, traffic: Traffic, rounds: int) -> tuple[float, float]:
    """Median seconds from another seed to the page being painted again, and median bytes."""
    seed = page.get_by_role("spinbutton", name="Seed")
    seconds, sent = [], []
    for k in range(rounds):
        seed.fill(str(100 + k))
        before, begin = traffic.received, time.perf_counter()
        seed.press("Enter")
        page.wait_for_selector(RUNNING, state="attached")
        page.wait_for_selector(SETTLED, state="attached")
        page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        seconds.append(time.perf_counter() - begin)
        sent.append(traffic.received - before)
        page.wait_for_timeout(300)
    return statistics.median(seconds), statistics.median(sent)


if __name__ == "__main__":
    raise SystemExit(main())
