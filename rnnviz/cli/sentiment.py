"""``python -m rnnviz train sentiment``: trains the networks of reviews."""

import argparse
import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from rnnviz.cli.output import chosen
from rnnviz.sentiment.recipes import BAG, NAMES, RECIPES

if TYPE_CHECKING:
    from rnnviz.sentiment.fitting import Epoch
    from rnnviz.train import Event

TASK: Final = "sentiment"

_REDRAWN_EVERY: Final = 0.1
"""Seconds."""


def train(arguments: argparse.Namespace) -> bool:
    """Train one network after the other, each from where it was stopped, with the processes that torchrun started.

    Returns:
        Whether all are trained, and none was interrupted.

    Raises:
        ValueError: If no data is named, or several processes cannot reach each other.
        OSError: If there is no data where it should be.
    """
    if arguments.data is None:
        raise ValueError("train sentiment needs --data: the folder aclImdb, or the file imdb_reviews.parquet")
    from rnnviz.sentiment.files import FOLDER
    from rnnviz.sentiment.making import make, make_bag
    from rnnviz.sentiment.process_group import process_group
    from rnnviz.sentiment.reviews import read

    folder: Path = chosen(arguments.out, FOLDER)
    data = read(arguments.data)
    with process_group() as all_of_us:
        for name in arguments.only or NAMES:
            line = _Line(name, is_silent=not all_of_us.leads)
            try:
                if name != BAG:
                    made = make(replace(RECIPES[name], seed=arguments.seed), data, folder, line.show, all_of_us)
                else:
                    made = make_bag(data, folder) if all_of_us.leads else None
            except KeyboardInterrupt:
                line.end(f"stopped; the same command goes on with what is in {folder}")
                return False
            if made is not None:
                line.end(f"{_said(made.card['test'])}: {folder}")
    return True


def _said(test: Mapping[str, Any]) -> str:
    return (
        f"test accuracy {test['accuracy']:.4f}, loss {test['loss']:.4f}, calibration error "
        f"{test['calibration_error']:.4f} on {test['reviews']} reviews"
    )


class _Line:
    """Progress on one line of a terminal; elsewhere a line an epoch. Of several processes, one prints."""

    def __init__(self, name: str, *, is_silent: bool) -> None:
        self.name, self.is_silent = name, is_silent
        self.begun = self.drawn = time.monotonic()

    def show(self, event: "Event[Epoch]") -> None:
        """Say how far it is, if it is time to."""
        now, looks, epoch = time.monotonic(), sys.stdout.isatty(), event.measured
        if epoch.validation is None and not (looks and now - self.drawn > _REDRAWN_EVERY):
            return
        self.drawn = now
        right = "" if epoch.validation is None else f", on validation {epoch.validation:.4f}"
        phase = f"part {epoch.phase} of {epoch.phases}, " if epoch.phases > 1 else ""
        self._write(
            f"{phase}{event.step} of {event.steps}, loss {epoch.loss:.4f}, accuracy {epoch.accuracy:.4f}{right}",
            "" if looks else "\n",
        )

    def end(self, said: str) -> None:
        """Say how it ended, and stay."""
        self._write(f"{said} ({time.monotonic() - self.begun:.1f} s)", "\n")

    def _write(self, said: str, end: str) -> None:
        if self.is_silent:
            return
        over = "\r\033[K" if sys.stdout.isatty() else ""
        print(f"{over}{self.name}: {said}", end=end, flush=True)
