"""What a visitor notices of two trainings of others while stepping, changing a control and opening a page.

The trainings are worker processes of the server that is measured, on as many cores as there are less one, or two if
there is only one to spare; rounds without and with them take turns.
"""

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks._along import underway
from benchmarks.pages import WATCH, WINDOW, _repaint
from benchmarks.stepping import CASES, STEP_THROUGH, _keys, _open
from tests.browser import chromium
from tests.browser.waiting import settle
from tests.serving import Server, running

CASE: Final = "LSTM, 2 layers, 2 directions, 64 units, 200 steps"
PATIENCE: Final = 60.0

Measure = Callable[[], list[float]]
"""Some milliseconds of one round."""


def main(argv: Sequence[str] | None = None) -> int:
    """Print the table; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.visitors", description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="fewer repetitions")
    rounds = 2 if parser.parse_args(argv).quick else 6
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as name:
        browser = playwright.chromium.launch(executable_path=chromium.require(), args=list(chromium.FLAGS))
        switch = Path(name) / "train"
        os.environ |= {"RNNVIZ_RUNS": str(Path(name) / "runs"), "RNNVIZ_WORKERS": "2"}
        command = ("benchmarks._along", str(switch), "--port")
        with running(Path(name) / "server.txt", command=command) as server, _measures(browser, server) as measures:
            server.wait_until_ready()
            _print(_taken(measures, switch, rounds))
        browser.close()
    return 0


@contextmanager
def _measures(browser: Browser, server: Server) -> Iterator[dict[str, Measure]]:
    """What a visitor does, by its name, on pages that stay open."""
    query = CASES[CASE]
    with browser.new_context(viewport=WINDOW) as context:
        stepping, changing = context.new_page(), context.new_page()
        stepping.goto(f"{server.url}{STEP_THROUGH}?{query}")
        changing.goto(f"{server.url}/Hidden_states?{query}")
        for page in (stepping, changing):
            settle(page)
            page.wait_for_timeout(1500)
        changing.evaluate(WATCH)
        seeds = iter(range(100, 10_000))
        yield {
            "one key of the stepper to painted": lambda: _stepped(stepping),
            "another seed on Hidden states to repainted": lambda: [
                _repaint(changing, None, next(seeds)) for _ in range(3)
            ],
            "opening Step through": lambda: [1000 * _open(browser, server, query) for _ in range(3)],
        }


def _stepped(page: Page) -> list[float]:
    page.bring_to_front()
    page.keyboard.press("Home")
    page.wait_for_timeout(500)
    return _keys(page, 20)


def _taken(measures: dict[str, Measure], switch: Path, rounds: int) -> dict[str, tuple[list[float], list[float]]]:
    """Milliseconds of each without and with the trainings, rounds in turn."""
    taken: dict[str, tuple[list[float], list[float]]] = {name: ([], []) for name in measures}
    for measure in measures.values():
        measure()
    for _ in range(rounds):
        for training in (False, True):
            _switch(switch, training)
            for name, measure in measures.items():
                taken[name][training].extend(measure())
    _switch(switch, training=False)
    return taken


def _switch(switch: Path, training: bool) -> None:
    """Have both trainings go on, or none."""
    switch.touch() if training else switch.unlink(missing_ok=True)
    deadline = time.monotonic() + PATIENCE
    while underway(switch).exists() is not training:
        assert time.monotonic() < deadline, "the trainings must begin and end when told to"
        time.sleep(0.1)
    time.sleep(1.0)


def _print(taken: dict[str, tuple[list[float], list[float]]]) -> None:
    print(f"{'ms, median / 95 %':46} {'alone':>13} {'with two trainings':>20} {'ratio':>7}")
    for name, both in taken.items():
        alone, along = (f"{statistics.median(times):.0f} / {_late(times):.0f}" for times in both)
        ratio = statistics.median(both[1]) / statistics.median(both[0])
        print(f"{name:46} {alone:>13} {along:>20} {ratio:7.2f}")


def _late(times: Sequence[float]) -> float:
    return sorted(times)[int(0.95 * (len(times) - 1))]


if __name__ == "__main__":
    raise SystemExit(main())
