"""``python -m rnnviz train sequences``: the small networks of the page "Sequences"."""

import argparse
from pathlib import Path
from typing import Final

from rnnviz.cli.output import Line, chosen

TASK: Final = "sequences"


def train(arguments: argparse.Namespace) -> None:
    """Train one network after the other, a few seconds each; a network that is interrupted leaves no files."""
    from rnnviz.checkpoints import SEQUENCES, save
    from rnnviz.sequences.lessons import LESSONS
    from rnnviz.sequences.making import make

    folder: Path = chosen(arguments.out, SEQUENCES)
    for lesson in LESSONS.values():
        with Line(lesson.checkpoint) as line:
            made = make(lesson, line.tell)
            line.end(f"accuracy {made.card['accuracy']:.1%} {made.card['measured']}: {save(made, folder)}")
