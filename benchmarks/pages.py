"""How soon a page has repainted after a control was changed, and how many bytes the server sent for it.

Beside each figure stands that of a bare page, nothing but a seed box and the number typed into it, measured in turn
with it: what Streamlit itself takes on the same machine at the same moment.
"""

import argparse
import shutil
import statistics
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import quote

from playwright.sync_api import Browser, Page, WebSocket, sync_playwright

from tests.browser import chromium
from tests.browser.waiting import SETTLED, settle
from tests.serving import ROOT, running

WINDOW: Final = {"width": 1440, "height": 900}
SIZES: Final = {"T = 200, H = 64": (200, 64), "T = 1000, H = 256": (1000, 256)}
VIEWS: Final = {"Hidden_states": "RNN, LSTM and GRU"}
"""The view of a page that is measured, where it is not the one that it opens with."""

BARE: Final = """import streamlit as st

st.set_page_config(layout="wide")
with st.sidebar:
    seed = st.number_input("Seed", min_value=0, value=1, step=1)
st.write(seed)
"""
WATCH: Final = """() => {
  const channel = new MessageChannel();
  let waiting = false;
  channel.port1.onmessage = () => { waiting = false; window.painted = performance.now(); };
  const changed = () => {
    window.changed = performance.now();
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => channel.port2.postMessage(0));
  };
  for (const name of ['putImageData', 'drawImage', 'clearRect', 'stroke', 'fillRect', 'fillText']) {
    const draw = CanvasRenderingContext2D.prototype[name];
    CanvasRenderingContext2D.prototype[name] = function (...given) { changed(); return draw.apply(this, given); };
  }
  const all = { subtree: true, childList: true, attributes: true, characterData: true };
  new MutationObserver(changed).observe(document.body, all);
  document.addEventListener('keydown', ({ key }) => { if (key === 'Enter') window.begun = performance.now(); }, true);
}"""
"""Notes when Enter was pressed and when the last change of the page was in a frame: of its elements or its canvases."""

QUIET: Final = f"() => performance.now() - window.changed > 600 && document.querySelector('{SETTLED}') !== null"


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
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pages", description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="fewer repetitions")
    rounds = 3 if parser.parse_args(argv).quick else 11
    names = [path.stem.partition("_")[2] for path in sorted((ROOT / "pages").glob("*.py"))]
    with sync_playwright() as playwright, _servers() as (application, bare):
        browser = playwright.chromium.launch(executable_path=chromium.require(), args=list(chromium.FLAGS))
        print(f"{'LSTM, another seed each time':36} {'size':18} {'ms':>6} {'bare ms':>8} {'ratio':>6} {'kB sent':>8}")
        for name in names:
            for label, (steps, units) in SIZES.items():
                words = quote(" ".join(f"w{k}" for k in range(steps)))
                query = f"cell=lstm&input=words&input_size=16&hidden_size={units}&words={words}"
                view = VIEWS.get(name)
                milliseconds, least, sent = _measured(browser, (f"{application}/{name}?{query}", bare), view, rounds)
                shown = f"{name}, {view}" if view else name
                print(
                    f"{shown:36} {label:18} {milliseconds:6.0f} {least:8.0f} {milliseconds / least:6.1f} {sent:8.0f}",
                    flush=True,
                )
        browser.close()
    return 0


@contextmanager
def _servers() -> Iterator[tuple[str, str]]:
    """Addresses of the application and of the bare page, which has the same settings."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copytree(ROOT / ".streamlit", folder / ".streamlit")
        (folder / "bare.py").write_text(BARE, encoding="utf-8")
        command = ("streamlit", "run", "bare.py", "--server.port")
        with running(folder / "app.txt") as server, running(folder / "bare.txt", cwd=folder, command=command) as bare:
            server.wait_until_ready()
            yield server.url, bare.url


def _measured(
    browser: Browser, addresses: tuple[str, str], view: str | None, rounds: int
) -> tuple[float, float, float]:
    """Median milliseconds of a page and of the bare one, changed in turn, and the page's median kB."""
    with browser.new_context(viewport=WINDOW) as context:
        pages = [context.new_page() for _ in addresses]
        traffic = Traffic(pages[0])
        for page, address in zip(pages, addresses, strict=True):
            page.goto(address)
            settle(page)
        if view:
            pages[0].get_by_role("radio", name=view, exact=True).click()
            settle(pages[0])
        for page in pages:
            page.wait_for_timeout(800)
            page.evaluate(WATCH)
            _repaint(page, 99)
        taken: list[list[float]] = [[], []]
        sent = []
        for k in range(rounds):
            before = traffic.received
            for page, times in zip(pages, taken, strict=True):
                times.append(_repaint(page, 100 + k))
            sent.append((traffic.received - before) / 1000)
        return statistics.median(taken[0]), statistics.median(taken[1]), statistics.median(sent)


def _repaint(page: Page, value: int) -> float:
    """Milliseconds from another seed to the frame that shows the last of what changed for it."""
    page.bring_to_front()
    seed = page.get_by_role("spinbutton", name="Seed")
    seed.fill(str(value))
    page.wait_for_timeout(100)
    seed.press("Enter")
    page.wait_for_function(QUIET, polling=100, timeout=60_000)
    return float(page.evaluate("window.painted - window.begun"))


if __name__ == "__main__":
    raise SystemExit(main())
