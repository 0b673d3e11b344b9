"""How soon a text is painted in another unit's colours, and places like a phrase are found in a million characters.

The painting is measured in a browser: from the key that asks for the next unit to the frame that shows it, with all
characters of the text on show. The search, and the making of the index it goes through, are measured without a page.
"""

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, Page, sync_playwright

from rnnviz import characters
from rnnviz.characters.corpus import python_library
from rnnviz.characters.index import IndexSpec, folder, look, make
from rnnviz.characters.network import fingerprint
from rnnviz.matching import search as matching
from tests.browser import chromium
from tests.browser.waiting import settle
from tests.serving import running

NETWORK: Final = "python-lstm"
SIGNAL: Final = "c"
PAGE: Final = "/Characters?views=characters.view:neurons"
WINDOW: Final = {"width": 1440, "height": 3600}
"""High enough for all characters of the page's own text to be on show."""

PHRASE: Final = 16
"""Characters of the phrase that the page begins with."""

LENGTHS: Final = (1, 6, 30)
"""Characters of a phrase."""

WATCH: Final = """() => {
  const find = (root) => {
    for (const element of root.querySelectorAll('*')) {
      if (element.classList.contains('colored-text')) return element;
      const found = element.shadowRoot && find(element.shadowRoot);
      if (found) return found;
    }
    return null;
  };
  const root = find(document);
  let pressed = 0;
  window.painted = [];
  window.shown = root.querySelector('[data-part=text]').clientHeight;
  root.addEventListener('keydown', (event) => { pressed = event.timeStamp; }, true);
  const channel = new MessageChannel();
  channel.port1.onmessage = () => window.painted.push(performance.now() - pressed);
  new MutationObserver(() => requestAnimationFrame(() => channel.port2.postMessage(0)))
    .observe(root, { attributes: true, attributeFilter: ['data-unit'] });
}"""
"""Notes how long it took from each key to the frame in which another unit is shown."""


def main(argv: Sequence[str] | None = None) -> int:
    """Print the figures; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.coloring", description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="fewer rounds")
    arguments = parser.parse_args(argv)
    rounds = 10 if arguments.quick else 60
    with tempfile.TemporaryDirectory() as name:
        os.environ["RNNVIZ_RUNS"] = name  # of the server too
        _searching(folder(), rounds // 3)
        with sync_playwright() as playwright, running(Path(name) / "server.txt") as server:
            server.wait_until_ready()
            browser = playwright.chromium.launch(executable_path=chromium.require(), args=list(chromium.FLAGS))
            _painting(browser, server.url, rounds)
            _matching(browser, server.url, rounds // 3)
            browser.close()
    return 0


def _painting(browser: Browser, url: str, rounds: int) -> None:
    page = _open(browser, url)
    for _ in range(rounds):
        page.keyboard.press("ArrowDown")
        page.wait_for_timeout(60)
    taken = page.evaluate("window.painted")
    length = page.evaluate("window.shown")
    print(f"another unit's colours, key to painted, {length} px of text on show: {_said(taken)} of {len(taken)} keys")
    page.context.close()


def _matching(browser: Browser, url: str, rounds: int) -> None:
    page = browser.new_context(viewport=WINDOW).new_page()
    page.goto(url + PAGE.replace("neurons", "match"))
    settle(page)
    page.locator(".matches").wait_for(timeout=120_000)
    page.locator(".phrase [data-part=text]").focus()
    taken = []
    for k in range(rounds):
        settle(page)
        began = time.perf_counter()
        page.keyboard.press("Shift+ArrowRight")
        page.get_by_text(f" on for {PHRASE + 1 + k} characters").wait_for(timeout=60_000)
        taken.append(1000 * (time.perf_counter() - began))
    print(f"a longer phrase, key to the new places on the page, 300 ms of rest among it: {_said(taken)}")


def _open(browser: Browser, url: str) -> Page:
    page = browser.new_context(viewport=WINDOW).new_page()
    page.goto(url + PAGE)
    settle(page)
    page.locator(".colored-text [data-part=told]").get_by_text("t = 0").wait_for(timeout=120_000)
    page.locator(".colored-text [data-part=text]").focus()
    page.evaluate(WATCH)
    return page


def _searching(place: Path, rounds: int) -> None:
    import torch

    torch.set_num_threads(1)
    model, text = characters.load(NETWORK), python_library()
    spec = IndexSpec(fingerprint(model), text.key, SIGNAL, model.spec.hidden_size, len(text.text))
    began = time.perf_counter()
    path = make(model, text.text, spec, place)
    took, size = time.perf_counter() - began, path.stat().st_size / 2**20
    print(f"an index of {len(text.text):,} characters x {model.spec.hidden_size} units: {took:.1f} s, {size:.0f} MiB")
    began = time.perf_counter()
    bits = look(spec, place)
    assert bits is not None
    print(f"opened and checked: {1000 * (time.perf_counter() - began):.0f} ms")
    reached = matching.levels(model.trace(text.text[:2_000]).panel(SIGNAL), matching.THRESHOLDS[SIGNAL])
    for length in LENGTHS:
        units = matching.units_on(reached, 1_000, 1_000 + length, 1)
        for alone in (False, True):
            taken = []
            for _ in range(rounds):
                began = time.perf_counter()
                matching.find(bits, units.tolist(), length, 1, alone=alone)
                taken.append(1000 * (time.perf_counter() - began))
            edges = ", off just before and after" if alone else ""
            print(f"a phrase of {length:2}, {len(units):3} units{edges}: {_said(taken)}", flush=True)


def _said(taken: list[float]) -> str:
    late = sorted(taken)[int(0.95 * (len(taken) - 1))]
    return f"median {statistics.median(taken):.0f} ms, 95 % {late:.0f} ms"


if __name__ == "__main__":
    raise SystemExit(main())
