"""How long it takes to save a picture of each kind, from the click to the file, and how large the file is.

Beside each figure's PNG stands what plotly's own camera takes for the same chart, in the same browser in the same run.
Walks through time are of ten steps; a video takes at least as long as it is to watch, which stands beside it.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from playwright.sync_api import Locator, Page, sync_playwright

from rnnviz.animation import REST
from tests.browser import chromium
from tests.browser.waiting import PATIENCE, settle
from tests.serving import running

WINDOW: Final = {"width": 1440, "height": 900}
CASES: Final = {
    "curves (plotly)": "/Gradients?cell=lstm",
    "Step through, LSTM": "/Step_through?cell=lstm",
    "heatmaps, LSTM of 32 units": "/Hidden_states",
    "translation": "/Attention",
    "writing, 400 characters": "/Characters",
    "cliff": "/Clipping",
}
KINDS: Final = ("PNG", "SVG", "HTML", "CSV")
STEPS: Final = 10
SECONDS: Final = 0.2
"""That a step is shown."""


def main(argv: Sequence[str] | None = None) -> int:
    """Print the table; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.saving", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer repetitions")
    rounds = 3 if parser.parse_args(argv).quick else 9
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        browser = playwright.chromium.launch(executable_path=chromium.require(), args=list(chromium.FLAGS))
        with running(folder / "server.txt") as server:
            server.wait_until_ready()
            print(f"{'what':<28} {'kind':<8} {'median s':>9} {'worst s':>9} {'kB':>8}")
            for what, path in CASES.items():
                with browser.new_context(viewport=WINDOW, accept_downloads=True) as context:  # type: ignore[arg-type]
                    page = context.new_page()
                    page.goto(server.url + path)
                    _case(what, settle(page), folder, rounds)
        browser.close()
    return 0


def _case(what: str, page: Page, folder: Path, rounds: int) -> None:
    if "plotly" in what:
        camera = page.locator(".js-plotly-plot").first.locator("[data-title*=PNG]")
        page.locator(".js-plotly-plot").first.hover()
        _row(what, "camera", [_timed(page, camera, folder) for _ in range(rounds)])
    page.get_by_role("button", name="Save", exact=True).first.click()
    menu = page.get_by_test_id("stPopoverBody")
    menu.locator(".save-figure button:enabled").first.wait_for(timeout=PATIENCE)
    settle(page)
    for kind in KINDS:
        button = menu.get_by_role("button", name=kind)
        if button.count():
            _row(what, kind, [_timed(page, button, folder) for _ in range(rounds)])
    walk = menu.locator(".save-walk")
    if walk.count():
        _walk(what, page, walk, folder, rounds)


def _walk(what: str, page: Page, walk: Locator, folder: Path, rounds: int) -> None:
    walk.locator("summary").click()
    last = walk.locator("[data-part=last]")
    first = max(0, int(last.input_value()) - STEPS + 1)
    values = {"first": str(first), "seconds": f"{SECONDS:g}"}
    for name, value in values.items():
        walk.locator(f"[data-part={name}]").fill(value)
    steps = int(last.input_value()) - first + 1
    length = steps * SECONDS + REST
    for kind, button in (("GIF", "Animated GIF"), (f"{length:g} s", "Video")):
        _row(what, kind, [_timed(page, walk.get_by_role("button", name=button), folder) for _ in range(rounds)])


def _timed(page: Page, button: Locator, folder: Path) -> tuple[float, int]:
    begin = time.perf_counter()
    with page.expect_download(timeout=PATIENCE) as download:
        button.click()
    path = folder / "saved"
    download.value.save_as(path)
    took = time.perf_counter() - begin
    page.wait_for_timeout(100)
    return took, path.stat().st_size


def _row(what: str, kind: str, found: list[tuple[float, int]]) -> None:
    seconds = [took for took, _ in found]
    median, worst = statistics.median(seconds), max(seconds)
    print(f"{what:<28} {kind:<8} {median:>9.2f} {worst:>9.2f} {found[-1][1] / 1000:>8,.0f}", flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
