"""``python -m rnnviz train characters``: the networks that read characters, from Python's library and Shakespeare."""

import argparse
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rnnviz.characters.recipes import NAMES, subject_of
from rnnviz.cli.output import chosen

if TYPE_CHECKING:
    from rnnviz.train import Event

TASK: Final = "characters"


def train(arguments: argparse.Namespace) -> None:
    """Train one network after the other; each goes on from where it was stopped.

    Raises:
        ValueError: If Shakespeare is asked for without a text, or the interpreter lacks its library's sources.
        OSError: If there is no text where it should be.
    """
    from rnnviz.characters.corpus import python_source, read_text
    from rnnviz.characters.network import FOLDER
    from rnnviz.characters.training import make

    names: list[str] = arguments.only or list(NAMES)
    if arguments.data is None and any(subject_of(name) == "shakespeare" for name in names):
        raise ValueError("train characters needs --data tinyshakespeare.txt, or --only python-… to do without")
    folder: Path = chosen(arguments.out, FOLDER)
    for name in names:
        corpus = python_source() if subject_of(name) == "python" else read_text(arguments.data)
        try:
            model = make(name, corpus, folder, partial(_show, name))
        except KeyboardInterrupt:
            print(f"{name}: stopped; the same command goes on with what is in {folder}")
            raise
        counted = model.card["ngrams"]
        print(
            f"{name}: {model.card['test']:.3f} bits per character on the test text, {counted['order']}-grams "
            f"{counted['test'][counted['order'] - 1]:.3f} ({model.card['seconds']:.0f} s): {folder}",
            flush=True,
        )


def _show(name: str, event: "Event[float]") -> None:
    print(
        f"{name}: {event.step} of {event.steps}, bits per character {event.loss[0]:.3f}, on validation "
        f"{event.measured:.3f}",
        flush=True,
    )
