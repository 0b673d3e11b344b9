"""How long a deck of twenty figures takes from the command to the files, stage by stage, and how large each kind is.

The twenty are the first of docs/gallery.yaml. Everything is counted: the application's start, the browser's, the decks.
"""

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from rnnviz.export import devtools, lecture, making
from rnnviz.export.links import Format
from tests.browser import chromium
from tests.serving import ROOT

FIGURES: Final = 20
LIMIT: Final = 60.0
"""Seconds that a deck may take on two cores."""


class Clock:
    """Hears what comes next, and notes how long each took."""

    def __init__(self) -> None:
        self.laps: list[tuple[str, float]] = []
        self._last = ("start", time.monotonic())

    def step(self, text: str) -> None:
        """What comes next."""
        now = time.monotonic()
        self.laps.append((self._last[0], now - self._last[1]))
        self._last = (text, now)

    def warn(self, text: str) -> None:
        """What is not as it was asked for."""
        raise ValueError(text)


def main(argv: Sequence[str] | None = None) -> int:
    """Print the table; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.exporting", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="the deck alone")
    quick = parser.parse_args(argv).quick
    os.environ[devtools.VARIABLE] = str(chromium.require())
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    _deck(("pptx", "pdf"), "deck of PNG")
    if not quick:
        _deck(("png", "svg", "html", "csv", "pptx", "pdf"), "every kind")
    return 0


def _deck(formats: tuple[Format, ...], what: str) -> None:
    text = (ROOT / "docs" / "gallery.yaml").read_text(encoding="utf-8")
    whole = lecture.read(text, "deck")
    entries = tuple(replace(entry, formats=()) for entry in whole.entries[:FIGURES])
    clock = Clock()
    with tempfile.TemporaryDirectory() as folder:
        begin = time.monotonic()
        made = making.make(replace(whole, entries=entries, formats=formats), Path(folder), clock)
        seconds = time.monotonic() - begin
        clock.step("end")
        assert made.whole
        assert len(made.pictures) == FIGURES
        print(
            f"\n{what}: {FIGURES} figures in {seconds:.1f} s{'' if seconds <= LIMIT else f', more than {LIMIT:.0f} s'}"
        )
        _stages(clock)
        _sizes(Path(folder))


def _stages(clock: Clock) -> None:
    views = [seconds for text, seconds in clock.laps if " of " in text]
    for text, seconds in clock.laps:
        if " of " not in text:
            print(f"  {text:<28} {seconds:>6.1f} s")
    print(f"  {'a figure, median / worst':<28} {statistics.median(views):>6.1f} s / {max(views):.1f} s")


def _sizes(folder: Path) -> None:
    for kind in ("png", "svg", "html", "csv", "pptx", "pdf"):
        sizes = [path.stat().st_size / 1e3 for path in folder.rglob(f"*.{kind}")]
        if sizes:
            print(f"  {kind:<28} {statistics.median(sizes):>6,.0f} kB, the largest {max(sizes):,.0f} kB")


if __name__ == "__main__":
    raise SystemExit(main())
