"""``python -m rnnviz train sequences``: the small networks of the page "Sequences"."""

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rnnviz.cli.output import chosen

if TYPE_CHECKING:
    from rnnviz.train import Event

TASK: Final = "sequences"

_REDRAWN_EVERY: Final = 0.1
"""Seconds."""


def train(arguments: argparse.Namespace) -> bool:
    """Train one network after the other, a few seconds each; a network that is interrupted leaves no files.

    Returns:
        Whether all are trained, and none was interrupted.
    """
    from rnnviz.checkpoints import SEQUENCES, save
    from rnnviz.sequences.lessons import LESSONS
    from rnnviz.sequences.making import make

    folder: Path = chosen(arguments.out, SEQUENCES)
    for lesson in LESSONS.values():
        line = _Line(lesson.checkpoint)
        try:
            made = make(lesson, line.show)
        except KeyboardInterrupt:
            line.end("stopped, and nothing saved")
            return False
        line.end(f"right {made.card['accuracy']:.1%} {made.card['measured']}: {save(made, folder)}")
    return True


class _Line:
    """Progress on one line of a terminal; elsewhere only the end."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.begun = self.drawn = time.monotonic()

    def show(self, event: "Event[None]") -> None:
        """Say how far it is, if it is time to."""
        now = time.monotonic()
        if sys.stdout.isatty() and now - self.drawn > _REDRAWN_EVERY:
            self.drawn = now
            self._write(f"{event.step} of {event.steps}, loss {event.loss[0]:.4f}")

    def end(self, said: str) -> None:
        """Say how it ended, and stay."""
        self._write(f"{said} ({time.monotonic() - self.begun:.1f} s)")
        print()

    def _write(self, said: str) -> None:
        over = "\r\033[K" if sys.stdout.isatty() else ""
        print(f"{over}{self.name}: {said}", end="", flush=True)
