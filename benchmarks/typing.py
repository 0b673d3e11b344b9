"""How soon a key in a review of 200 words is answered by the page Sentiment, and how many keys have their own answer.

Beside it stands a bare text box whose answer is the length of the text: what Streamlit itself takes here and now. And
a class that types: visitors share the machine with the server, each types a review of his own, five keys a second.
"""

import argparse
import json
import statistics
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from typing import Final
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks._serving import beside
from benchmarks.pages import QUIET, WINDOW
from benchmarks.pages import WATCH as WATCH_ALL
from rnnviz.ui.reviews.answers import OURS
from rnnviz.ui.reviews.direct import ADDRESS
from tests.browser import chromium
from tests.browser.waiting import settle

WORDS: Final = 200
SENTENCE: Final = "The film was long and the story went nowhere, but I liked the end of it very much."
REVIEW: Final = " ".join((SENTENCE.split() * 13)[:WORDS])
ADDED: Final = " It was not good, and I would never watch it again, said nobody."
RATES: Final = (8, 15)
"""Keys a second."""

CLASSES: Final = (30, 60)
"""Visitors who type at once."""

EACH: Final = 0.2
"""Seconds from key to key of one of them."""

VIEWS: Final = ("word-by-word", "what-it-read", "why", "what-if", "traps")
NETWORKS: Final = ("reviews-bilstm", "reviews-lecture-bilstm", "reviews-lecture-lstm")

BARE: Final = '''import streamlit as st

JS = """export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".review");
  const box = root.querySelector("textarea");
  box.oninput = () => {
    root.count = (root.count ?? 0) + 1;
    setStateValue("typed", { count: root.count, text: box.value });
  };
  root.querySelector("output").textContent = data.length;
  root.dataset.answered = data.count;
}"""
HTML = '<div class="review"><textarea aria-label="A review"></textarea><output></output></div>'
box = st.components.v2.component("bare", html=HTML, css="textarea { width: 100%; }", js=JS)


@st.fragment
def live():
    typed = st.session_state.get("box", {}).get("typed") or {"count": 0, "text": ""}
    box(key="box", data={"count": typed["count"], "length": len(typed["text"])}, on_typed_change=lambda: None)


live()
'''

WATCH: Final = """() => {
  const find = (root) => {
    for (const element of root.querySelectorAll('*')) {
      if (element.classList.contains('review')) return element;
      const found = element.shadowRoot && find(element.shadowRoot);
      if (found) return found;
    }
    return null;
  };
  const root = find(document);
  const pressed = [];
  const shown = Number(root.dataset.answered);
  let answered = shown;
  window.answers = [];
  root.querySelector('textarea').addEventListener('keydown', (event) => pressed.push(event.timeStamp), true);
  const channel = new MessageChannel();
  channel.port1.onmessage = ({ data: count }) => {
    window.answers.push(performance.now() - pressed[count - shown - 1]);
  };
  new MutationObserver(() => {
    const count = Number(root.dataset.answered);
    if (count <= answered) return;
    answered = count;
    requestAnimationFrame(() => channel.port2.postMessage(count));
  }).observe(root, { attributes: true, attributeFilter: ['data-answered'] });
}"""
"""Notes how long it took from each answered key to the frame that shows its answer."""


def main(argv: Sequence[str] | None = None) -> int:
    """Print the table; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.typing", description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="one network and one rate")
    arguments = parser.parse_args(argv)
    networks, rates = (NETWORKS[:1], RATES[:1]) if arguments.quick else (NETWORKS, RATES)
    heads = f"{'keys/s':>7} {'median':>7} {'95 %':>7} {'bare':>7} {'95 %':>7} {'shown':>9}"
    print(f"{'a key to its painted answer, ms':34} {heads}")
    with sync_playwright() as playwright, beside(BARE) as (application, bare):
        browser = playwright.chromium.launch(executable_path=chromium.require(), args=list(chromium.FLAGS))
        for rate in rates:
            least = _taken(browser, bare, rate)
            for network, view in [*((network, VIEWS[0]) for network in networks), (NETWORKS[0], "why")]:
                link = f"{application}/Sentiment?cell=lstm&trained={network}&views=sentiment.view:{view}"
                taken = _taken(browser, link, rate)
                print(
                    f"{f'{network}, {view}':34} {rate:7} {statistics.median(taken):7.1f} {_late(taken):7.1f} "
                    f"{statistics.median(least):7.1f} {_late(least):7.1f} {len(taken):4} of {len(ADDED):2}",
                    flush=True,
                )
        _rest_of_the_page(browser, application, 4 if arguments.quick else 12)
        browser.close()
        print(f"\n{'a key to its answer over HTTP, ms':34} {'median':>15} {'95 %':>7}")
        for count in CLASSES:
            taken = _class(application, count, len(ADDED) // (4 if arguments.quick else 1))
            print(f"{f'{count} visitors who type':34} {statistics.median(taken):15.1f} {_late(taken):7.1f}", flush=True)
    return 0


def _class(url: str, count: int, keys: int) -> list[float]:
    """Milliseconds of each answer to so many visitors, who begin one after the other."""

    def types(visitor: int) -> list[float]:
        time.sleep(EACH * visitor / count)
        server = HTTPConnection(urlsplit(url).netloc)
        taken = []
        for k in range(keys):
            asked = {"box": f"{visitor}", "network": OURS, "text": SENTENCE + ADDED[:k], "in_words": True}
            begun = time.perf_counter()
            server.request("POST", ADDRESS, json.dumps(asked))
            server.getresponse().read()
            taken.append(time.perf_counter() - begun)
            time.sleep(max(0.0, EACH - taken[-1]))
        server.close()
        return taken

    with ThreadPoolExecutor(count) as visitors:
        return [1000 * seconds for taken in visitors.map(types, range(count)) for seconds in taken]


def _rest_of_the_page(browser: Browser, application: str, rounds: int) -> None:
    """Print how long it takes from a key until nothing changes any more."""
    print(f"\n{'a key to the last change, ms':34} {'median':>15}")
    for view in VIEWS:
        with browser.new_context(viewport=WINDOW) as context:
            page = context.new_page()
            page.goto(
                f"{application}/Sentiment?cell=lstm&input=words&trained={NETWORKS[0]}&views=sentiment.view:{view}"
            )
            settle(page)
            box = page.get_by_role("textbox").first
            box.fill(REVIEW)
            _rest(page)
            page.evaluate(WATCH_ALL)
            box.press("Control+End")
            taken = [_last_change(page, "abcdefghijkl"[k]) for k in range(rounds)]
        print(f"{view:34} {statistics.median(taken):15.0f}", flush=True)


def _last_change(page: Page, key: str) -> float:
    page.evaluate("window.begun = performance.now()")
    page.keyboard.press(key)
    page.wait_for_timeout(800)  # what follows begins once typing rests
    page.wait_for_function(QUIET, polling=100, timeout=60_000)
    return float(page.evaluate("window.painted - window.begun"))


def _late(taken: list[float]) -> float:
    return sorted(taken)[int(0.95 * (len(taken) - 1))]


def _taken(browser: Browser, address: str, rate: int) -> list[float]:
    """Milliseconds from each key that was answered for itself to its painted answer."""
    with browser.new_context(viewport=WINDOW) as context:
        page = context.new_page()
        page.goto(address)
        settle(page)
        box = page.get_by_role("textbox").first
        box.fill(REVIEW)
        _rest(page)
        box.press("Control+End")
        page.evaluate(WATCH)
        box.press_sequentially(ADDED, delay=1000 / rate)
        _rest(page)
        taken: list[float] = page.evaluate("window.answers")
    return taken


def _rest(page: Page) -> None:
    """Wait until all has followed."""
    page.wait_for_timeout(1200)
    settle(page)


if __name__ == "__main__":
    raise SystemExit(main())
