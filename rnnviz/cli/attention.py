"""``python -m rnnviz train attention``: the networks that reverse digits and normalise dates."""

import argparse
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from rnnviz.attention.recipes import NAMES, RECIPES
from rnnviz.cli.output import Line, chosen

if TYPE_CHECKING:
    from rnnviz.train import Event

TASK: Final = "attention"

_SAID_EVERY: Final = 1_000
"""Updates between two lines where no terminal shows the output."""


def train(arguments: argparse.Namespace) -> None:
    """Train one network after the other; a network that is interrupted leaves no files.

    Raises:
        OSError: If the files cannot be written.
    """
    from rnnviz.attention.cards import FOLDER
    from rnnviz.attention.training import make

    folder: Path = chosen(arguments.out, FOLDER)
    for name in arguments.only or NAMES:
        with Line(name) as line:
            model = make(RECIPES[name], folder, partial(_show, line))
            line.end(f"{_said(model.card)}: {folder}")


def _show(line: Line, event: "Event[None]") -> None:
    line.tell(event, stays=event.step % _SAID_EVERY == 0)


def _said(card: Mapping[str, Any]) -> str:
    looks = card["alignment"]
    where = (
        ""
        if looks is None
        else f", largest weight at the correct position {next(iter(looks.values())):.1%} of the time"
    )
    return f"accuracy {card['accuracy']:.1%} on {card['held_out']} held-out sources{where}"
