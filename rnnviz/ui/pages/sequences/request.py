"""The request for a figure of “Sequences”: data from which the picture and the code behind it are made."""

from dataclasses import dataclass
from typing import Literal

from rnnviz.palette import Theme
from rnnviz.ui.reviews.answers import OURS

SequenceName = Literal["states", "counts", "shuffled", "one_hot", "classes", "words"]


@dataclass(frozen=True)
class SequenceFigure:
    """A figure of texts, their words or an embedding, and all that it depends on.

    Attributes:
        network: As ``rnnviz.sentiment.load`` knows it, if the figure is of one.
        first, second: Texts, or a word.
        is_trained: For an embedding.
    """

    name: SequenceName
    theme: Theme
    network: str = OURS
    first: str = ""
    second: str = ""
    is_trained: bool = True
