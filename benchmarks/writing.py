"""How fast characters are written: by the network on the server, beside a plain loop, and step by step on the page."""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import torch
from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.stepping import BARE, WINDOW
from rnnviz import characters
from rnnviz.characters import CharacterModel
from rnnviz.characters.generating import generate
from rnnviz.names import CELLS
from tests.browser import chromium
from tests.browser.waiting import settle
from tests.serving import running

PAGE: Final = "/Characters"
PROMPT: Final = "def "
COUNTS: Final = (400, 1_000)
SPEEDS: Final = (30, 60)
SECONDS: Final = 4.0

WATCH: Final = """() => {
  const host = [...document.querySelectorAll('*')].find((node) => node.shadowRoot?.querySelector('.writing'));
  const root = host?.shadowRoot.querySelector('.writing');
  window.painted = []; window.shown = new Map();
  document.addEventListener('keydown', (event) => requestAnimationFrame(() => requestAnimationFrame(() => {
    window.painted.push(performance.now() - event.timeStamp);
  })), true);
  const frame = (now) => {
    if (root && !window.shown.has(root.dataset.t)) window.shown.set(root.dataset.t, now);
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
}"""
"""Notes how long each key took to the frame after it, and when each step was first in a frame."""


def main(argv: Sequence[str] | None = None) -> int:
    """Print the tables; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.writing", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer repetitions")
    quick = parser.parse_args(argv).quick
    torch.set_num_threads(1)
    _on_the_server(3 if quick else 11)
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=chromium.require(), args=list(chromium.FLAGS))
        with running(Path(folder) / "server.txt") as server:
            server.wait_until_ready()
            _on_the_page(browser, server.url + PAGE, 20 if quick else 60)
        browser.close()
    return 0


# --- On the server ---


def _on_the_server(rounds: int) -> None:
    heads = " ".join(f"{f'{count:,} characters':>18}" for count in COUNTS)
    print(f"{'written on the server, ms, median':36} {heads}   a plain loop")
    for cell in CELLS:
        model = characters.load(f"python-{cell}")
        ours = [_median(_generate, model, count, rounds) for count in COUNTS]
        plain = _median(_plain_loop, model, COUNTS[0], rounds)
        columns = " ".join(f"{taken:18.0f}" for taken in ours)
        print(f"{model.name:36} {columns}   {plain:.0f} for {COUNTS[0]}, ratio {ours[0] / plain:.2f}", flush=True)


def _generate(model: CharacterModel, count: int) -> None:
    generate(model, PROMPT, count=count, temperature=0.7, seed=1)


def _plain_loop(model: CharacterModel, count: int) -> None:
    """What a tutorial does: the module on one character at a time, torch's own draw."""
    size, state, symbol = len(model.alphabet), None, 0
    assert model.network.head is not None
    with torch.inference_mode():
        for _ in range(count):
            x = torch.nn.functional.one_hot(torch.tensor([[symbol]]), size).float()
            output, state = model.network.rnn(x, state)
            symbol = int(torch.multinomial(torch.softmax(model.network.head(output)[0, 0] / 0.7, 0), 1))


def _median(act: Callable[[CharacterModel, int], None], model: CharacterModel, count: int, rounds: int) -> float:
    act(model, count)
    taken = []
    for _ in range(rounds):
        begin = time.perf_counter()
        act(model, count)
        taken.append(1000 * (time.perf_counter() - begin))
    return statistics.median(taken)


# --- On the page ---


def _on_the_page(browser: Browser, address: str, keys: int) -> None:
    with browser.new_context(viewport=WINDOW) as context:
        page = context.new_page()
        page.set_content(BARE)
        bare = _keys(page, keys)
        page.goto(address)
        settle(page)
        page.wait_for_timeout(1000)
        page.keyboard.press("Home")
        painted = _keys(page, keys)
        print(f"\n{'key to painted, ms':36} {'median':>8} {'95 %':>8}")
        for name, taken in (("a bare canvas", bare), ("a step of a writing", painted)):
            print(f"{name:36} {statistics.median(taken):8.1f} {taken[int(0.95 * (len(taken) - 1))]:8.1f}")
        print(f"\n{'played, characters a second':36} {'shown':>8} {'of them in a frame of its own':>30}")
        for speed in SPEEDS:
            rate, own = _played(page, speed)
            print(f"{speed:36} {rate:8.1f} {own:30.0%}")
        taken = sorted(_another(page) for _ in range(max(3, keys // 6)))
        print(f"\nanother seed, click to the new text: {statistics.median(taken):.0f} ms, median of {len(taken)}")


def _keys(page: Page, count: int) -> list[float]:
    page.evaluate(WATCH)
    for k in range(count):
        page.keyboard.press("ArrowLeft" if k % 4 == 3 else "ArrowRight")
        page.wait_for_timeout(70)
    return sorted(page.evaluate("window.painted"))


def _played(page: Page, speed: int) -> tuple[float, float]:
    """Characters a second, and the share of them that had a frame of their own."""
    page.locator(".writing .speed select").select_option(str(speed))
    page.keyboard.press("Home")
    page.wait_for_timeout(500)
    page.evaluate("window.shown.clear()")
    page.keyboard.press("Space")
    page.wait_for_timeout(1000 * SECONDS)
    page.keyboard.press("Space")
    shown = sorted((int(t), now) for t, now in page.evaluate("[...window.shown]") if int(t) > 0)
    (first, began), (last, ended) = shown[0], shown[-1]
    return 1000 * (last - first) / (ended - began), len(shown) / (last - first + 1)


def _another(page: Page) -> float:
    """Milliseconds from the click to the frame with the new text at its end."""
    page.keyboard.press("Home")
    page.wait_for_timeout(900)
    page.evaluate("window.shown.clear()")
    page.evaluate(
        "document.addEventListener('click', () => (window.clicked = performance.now()), { once: true, capture: true })"
    )
    page.get_by_role("button", name="Another seed").click()
    page.wait_for_timeout(1500)
    last = page.locator(".writing [data-part=scrub]").get_attribute("aria-valuemax")
    return float(page.evaluate(f"window.shown.get('{last}') - window.clicked"))


if __name__ == "__main__":
    raise SystemExit(main())
