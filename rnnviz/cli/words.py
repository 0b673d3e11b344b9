"""``python -m rnnviz train words``: the network that guesses a masked word."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rnnviz.cli.output import Line, chosen
from rnnviz.words.recipes import HALVES, NAME, RECIPE

if TYPE_CHECKING:
    from rnnviz.train import Event

TASK: Final = "words"


def train(arguments: argparse.Namespace) -> None:
    """Train the network, from where it was stopped, and measure it.

    Raises:
        ValueError: If no data is named.
        OSError: If there is no data where it should be.
    """
    if arguments.data is None:
        raise ValueError("train words needs --data: the folder aclImdb, or the file imdb_reviews.parquet")
    from rnnviz.sentiment.reviews import read
    from rnnviz.words.making import make
    from rnnviz.words.model import FOLDER

    folder: Path = chosen(arguments.out, FOLDER)
    with Line(NAME, f"stopped; the same command goes on with what is in {folder}") as line:

        def show(event: "Event[None]") -> None:
            losses = ", ".join(f"{half} {loss:.3f}" for half, loss in zip(HALVES, event.loss, strict=True))
            line.show(f"{event.step} of {event.steps}, loss {losses}", stays=True)

        card = make(RECIPE, read(arguments.data), folder, show).card
        found = ", ".join(f"{half} {card['held_out'][half]['perplexity']:g}" for half in HALVES)
        line.end(f"perplexity {found}; trigrams {card['counts']['before']:g}: {folder}")
