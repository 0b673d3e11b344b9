"""``python -m rnnviz train sentiment``: trains the networks of reviews."""

import argparse
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from rnnviz.cli.output import Line, chosen
from rnnviz.sentiment.recipes import BAG, NAMES, RECIPES

if TYPE_CHECKING:
    from rnnviz.sentiment.fitting import Epoch
    from rnnviz.train import Event

TASK: Final = "sentiment"


def train(arguments: argparse.Namespace) -> None:
    """Train one network after the other, each from where it was stopped, with the processes that torchrun started.

    Raises:
        ValueError: If no data is named, or several processes cannot reach each other.
        OSError: If there is no data where it should be.
    """
    if arguments.data is None:
        raise ValueError("train sentiment needs --data: the folder aclImdb, or the file imdb_reviews.parquet")
    from rnnviz.sentiment.making import make, make_bag
    from rnnviz.sentiment.model import FOLDER
    from rnnviz.sentiment.process_group import process_group
    from rnnviz.sentiment.reviews import read

    folder: Path = chosen(arguments.out, FOLDER)
    data = read(arguments.data)
    with process_group() as all_of_us:
        for name in arguments.only or NAMES:
            if_stopped = f"stopped; the same command goes on with what is in {folder}"
            with Line(name, if_stopped, is_silent=not all_of_us.leads) as line:
                if name != BAG:
                    recipe = replace(RECIPES[name], seed=arguments.seed)
                    made = make(recipe, data, folder, partial(_show, line), all_of_us)
                else:
                    made = make_bag(data, folder) if all_of_us.leads else None
                if made is not None:
                    line.end(f"{_said(made.card['test'])}: {folder}")


def _said(test: Mapping[str, Any]) -> str:
    return (
        f"test accuracy {test['accuracy']:.4f}, loss {test['loss']:.4f}, calibration error "
        f"{test['calibration_error']:.4f} on {test['reviews']} reviews"
    )


def _show(line: Line, event: "Event[Epoch]") -> None:
    """Elsewhere than at a terminal a line an epoch. Of several processes, one prints."""
    epoch = event.measured
    right = "" if epoch.validation is None else f", on validation {epoch.validation:.4f}"
    phase = f"part {epoch.phase} of {epoch.phases}, " if epoch.phases > 1 else ""
    line.show(
        f"{phase}{event.step} of {event.steps}, loss {epoch.loss:.4f}, accuracy {epoch.accuracy:.4f}{right}",
        stays=epoch.validation is not None,
    )
