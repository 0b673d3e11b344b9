"""``python -m rnnviz train attention``: the networks that reverse digits and normalise dates."""

import argparse
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from rnnviz.attention.recipes import NAMES, RECIPES
from rnnviz.cli.output import chosen

if TYPE_CHECKING:
    from rnnviz.train import Event

TASK: Final = "attention"

_SAID_EVERY: Final = 10
"""Events between two lines where no terminal shows the output."""


def train(arguments: argparse.Namespace) -> bool:
    """Train one network after the other; a network that is interrupted leaves no files.

    Returns:
        Whether all are trained, and none was interrupted.

    Raises:
        OSError: If the files cannot be written.
    """
    from rnnviz.attention.cards import FOLDER
    from rnnviz.attention.training import make

    folder: Path = chosen(arguments.out, FOLDER)
    for name in arguments.only or NAMES:
        line = _Line(name)
        try:
            model = make(RECIPES[name], folder, line.show)
        except KeyboardInterrupt:
            line.end("stopped, and nothing saved")
            return False
        line.end(f"{_said(model.card)}: {folder}")
    return True


def _said(card: Mapping[str, Any]) -> str:
    looks = card["alignment"]
    where = "" if looks is None else f", looking where it should {next(iter(looks.values())):.1%} of the time"
    return f"right {card['accuracy']:.1%} of {card['held_out']} held out{where}"


class _Line:
    """Progress on one line of a terminal; elsewhere a line every thousand updates."""

    def __init__(self, name: str) -> None:
        self.name, self.begun, self.events = name, time.monotonic(), 0

    def show(self, event: "Event[None]") -> None:
        """Say how far it is."""
        self.events += 1
        if sys.stdout.isatty() or self.events % _SAID_EVERY == 0:
            end = "" if sys.stdout.isatty() else "\n"
            self._write(f"{event.step} of {event.steps}, loss {event.loss[0]:.4f}", end)

    def end(self, said: str) -> None:
        """Say how it ended, and stay."""
        self._write(f"{said} ({time.monotonic() - self.begun:.1f} s)", "\n")

    def _write(self, said: str, end: str) -> None:
        over = "\r\033[K" if sys.stdout.isatty() else ""
        print(f"{over}{self.name}: {said}", end=end, flush=True)
