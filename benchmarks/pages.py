"""How soon a page has repainted after a control was changed, and how many bytes the server sent for it.

Beside each figure stands that of a bare page, nothing but a seed box and a choice of two with the value of either,
measured in turn with it: what Streamlit itself takes on the same machine at the same moment.
"""

import argparse
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from playwright.sync_api import Browser, Locator, Page, ViewportSize, WebSocket, sync_playwright

from benchmarks._serving import beside
from tests.browser import chromium
from tests.browser.waiting import SETTLED, more_settings, settle

WINDOW: Final[ViewportSize] = {"width": 1440, "height": 900}
SIZES: Final = {"T = 200, H = 64": (200, 64), "T = 1000, H = 256": (1000, 256)}


@dataclass(frozen=True)
class Case:
    """What is measured on a page.

    Attributes:
        page: As in its address.
        view: What is chosen on it first, one after the other, where that is not what it opens with.
        turn: Two choices that are taken in turn, each measured; every number that they show is there after the first
            turn. None: another seed each time, so that nothing is.
    """

    page: str
    view: tuple[str, ...] = ()
    turn: tuple[str, str] | None = None
    cell: str = "lstm"

    @property
    def title(self) -> str:
        """What it is called in the table."""
        what = " and ".join(self.turn) if self.turn else "another seed"
        return ", ".join((self.page.replace("_", " "), *self.view, *([] if self.cell == "lstm" else [self.cell]), what))


CASES: Final = (
    Case("Step_through"),
    Case("Hidden_states"),
    Case("Hidden_states", ("RNN, LSTM and GRU",)),
    Case("Hidden_states", ("RNN, LSTM and GRU", "Words and units together")),
    Case("Hidden_states", ("RNN, LSTM and GRU",), ("Cell state c", "Hidden state h")),
    Case("Gates"),
    Case("Gates", ("Saturation",)),
    Case("Gates", ("Memory",)),
    Case("Gates", ("Memory", "What is left")),
    Case("Gates", ("Memory", "Which word wrote it")),
    Case("Gates", ("Weights",)),
    Case("Gates", ("Weights", "Norms")),
    Case("Gates", (), ("Saturation", "Over time")),
    Case("Gradients"),
    Case("Gradients", ("At every step",)),
    Case("Gradients", ("Against length",)),
    Case("Gradients", ("Why",)),
    Case("Gradients", ("Why",), cell="rnn"),
    Case("Gradients", ("Which loss reaches which step",)),
    Case("Gradients", ("On the input",)),
    Case("Gradients", (), ("By x", "By h")),
)
"""Of the pages that show what a network of a seed does; Clipping and Memory have trainings in their place."""

BARE: Final = """import streamlit as st

st.set_page_config(layout="wide")
with st.sidebar:
    seed = st.number_input("Seed", min_value=0, value=1, step=1)
st.write(seed, st.segmented_control("Choice", ["one", "other"], default="one"))
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
  const observer = new MutationObserver(changed);
  for (const { shadowRoot } of document.querySelectorAll('*')) if (shadowRoot) observer.observe(shadowRoot, all);
  const attach = Element.prototype.attachShadow;
  Element.prototype.attachShadow = function (...given) {
    const root = attach.apply(this, given);
    observer.observe(root, all);
    return root;
  };
  observer.observe(document.body, all);
  const begin = () => { window.begun = performance.now(); };
  document.addEventListener('keydown', ({ key }) => { if (key === 'Enter') begin(); }, true);
  document.addEventListener('pointerdown', begin, true);
}"""
"""Notes when Enter or the mouse was pressed and when the last change of the page was in a frame: of its elements, those
inside a widget included, or its canvases."""

KEYS: Final = """(name) => {
  window.painted = [];
  document.addEventListener(name, (event) => requestAnimationFrame(() => requestAnimationFrame(() => {
    window.painted.push(performance.now() - event.timeStamp);
  })), true);
}"""
"""Notes how long it took from a key or the pointer to the frame that shows what it did."""

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
    known = list(dict.fromkeys(case.page for case in CASES))
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pages", description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="fewer repetitions")
    parser.add_argument("--pages", nargs="+", choices=known, default=known, metavar="PAGE", help="of %(choices)s")
    arguments = parser.parse_args(argv)
    rounds = 4 if arguments.quick else 12
    with sync_playwright() as playwright, beside(BARE) as servers:
        browser = playwright.chromium.launch(executable_path=chromium.require(), args=list(chromium.FLAGS))
        print(f"{'LSTM unless another is named':70} {'size':18} {'ms':>6} {'bare ms':>8} {'ratio':>6} {'kB sent':>8}")
        for case in CASES:
            if case.page not in arguments.pages:
                continue
            for label, (steps, units) in SIZES.items():
                milliseconds, least, sent = _measured(browser, servers, case, (steps, units), rounds)
                ratio = milliseconds / least
                print(
                    f"{case.title:70} {label:18} {milliseconds:6.0f} {least:8.0f} {ratio:6.1f} {sent:8.0f}", flush=True
                )
        if "Hidden_states" in arguments.pages:
            _keys(browser, servers[0], 5 * rounds)
        browser.close()
    return 0


def _keys(browser: Browser, application: str, count: int) -> None:
    """Print how long keys and the pointer take to be painted in the heatmaps, which need no server for them."""
    print(f"\n{'in the heatmaps of three cells, to painted':70} {'size':18} {'median':>6} {'95 %':>8}")
    for label, size in SIZES.items():
        with browser.new_context(viewport=WINDOW) as context:
            page = context.new_page()
            page.goto(f"{application}/Hidden_states?{_query('lstm', size)}")
            settle(page)
            _radio(page, "RNN, LSTM and GRU").click()
            settle(page)
            page.wait_for_timeout(1000)
            page.evaluate(KEYS, "keydown")
            for k in range(count):
                page.keyboard.press("ArrowLeft" if k % 4 == 3 else "ArrowRight")
                page.wait_for_timeout(70)
            _painted("a key", label, page)
            plot = page.locator(".panel .plot").first
            plot.scroll_into_view_if_needed()
            box = plot.bounding_box()
            assert box is not None
            page.evaluate(KEYS, "pointermove")
            for k in range(count):
                page.mouse.move(box["x"] + 90 + 9 * k, box["y"] + 5 + (7 * k) % (box["height"] - 10))
                page.wait_for_timeout(25)
            _painted("the pointer", label, page)


def _painted(what: str, label: str, page: Page) -> None:
    taken = sorted(page.evaluate("window.painted"))
    print(
        f"{what:70} {label:18} {statistics.median(taken):6.1f} {taken[int(0.95 * (len(taken) - 1))]:8.1f}", flush=True
    )


def _query(cell: str, size: tuple[int, int]) -> str:
    """The link's choices: so many words, so many units."""
    words = quote(" ".join(f"w{k}" for k in range(size[0])))
    return f"cell={cell}&input=words&input_size=16&hidden_size={size[1]}&words={words}"


def _measured(
    browser: Browser, servers: tuple[str, str], case: Case, size: tuple[int, int], rounds: int
) -> tuple[float, float, float]:
    """Median milliseconds of a page and of the bare one, changed in turn, and the page's median kB."""
    query = _query(case.cell, size)
    with browser.new_context(viewport=WINDOW) as context:
        pages = [context.new_page() for _ in servers]
        traffic = Traffic(pages[0])
        for page, address in zip(pages, (f"{servers[0]}/{case.page}?{query}", servers[1]), strict=True):
            page.goto(address)
            settle(page)
        for choice in case.view:
            _radio(pages[0], choice).click()
            settle(pages[0])
        turns = (case.turn, ("other", "one") if case.turn else None)
        for page, turn in zip(pages, turns, strict=True):
            page.wait_for_timeout(800)
            page.evaluate(WATCH)
            for k in range(2):
                _repaint(page, turn, 98 + k)
        taken: list[list[float]] = [[], []]
        sent = []
        for k in range(rounds):
            before = traffic.received
            for page, turn, times in zip(pages, turns, taken, strict=True):
                times.append(_repaint(page, turn, 100 + k))
            sent.append((traffic.received - before) / 1000)
        return statistics.median(taken[0]), statistics.median(taken[1]), statistics.median(sent)


def _repaint(page: Page, turn: tuple[str, str] | None, k: int) -> float:
    """Milliseconds from the next of two choices, or another seed, to the frame that shows the last that it changes."""
    page.bring_to_front()
    if turn:
        _radio(page, turn[k % 2]).click()
    else:
        seed = page.get_by_role("spinbutton", name="Seed")
        if not seed.is_visible():
            more_settings(page)
        seed.fill(str(k))
        page.wait_for_timeout(100)
        seed.press("Enter")
    page.wait_for_function(QUIET, polling=100, timeout=60_000)
    return float(page.evaluate("window.painted - window.begun"))


def _radio(page: Page, name: str) -> Locator:
    return page.get_by_role("radio", name=name, exact=True)


if __name__ == "__main__":
    raise SystemExit(main())
