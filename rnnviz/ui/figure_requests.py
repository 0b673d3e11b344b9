"""Figures as they are asked for: data, from which both the picture and the code behind it are made."""

from dataclasses import dataclass
from typing import Literal

from rnnviz.palette import Theme
from rnnviz.ui.review_answers import OURS

GateName = Literal["saturation", "half_life", "retention", "contributions", "heatmap", "histogram", "norms"]
ReviewName = Literal["importance", "map", "padding", "orders", "epochs", "confusion", "reliability"]
SequenceName = Literal["states", "counts", "shuffled", "one_hot", "classes", "words"]
CliffName = Literal["steps", "surface"]


@dataclass(frozen=True)
class GateFigure:
    """A figure of saturation, memory or weights.

    Attributes:
        of: The kernel of a figure of weights.
        narrow: Only the selected layer and direction, in a figure of saturation.
    """

    name: GateName
    theme: Theme = "light"
    of: str = "weight_hh"
    narrow: bool = True


@dataclass(frozen=True)
class ReviewFigure:
    """A figure of a review or of the network that judges it, and all that it depends on.

    Attributes:
        network: As ``rnnviz.sentiment.load`` knows it.
        text: The review, where it is of one.
        selected: A word of it to mark.
        said: What the caption says first.
    """

    name: ReviewName
    network: str
    theme: Theme
    text: str = ""
    selected: int | None = None
    said: tuple[str, ...] = ()


@dataclass(frozen=True)
class SequenceFigure:
    """A figure of texts, their words or an embedding, and all that it depends on.

    Attributes:
        network: As ``rnnviz.sentiment.load`` knows it, where it is of one of those.
        first, second: Texts, or a word.
        is_trained: Of an embedding.
    """

    name: SequenceName
    theme: Theme
    network: str = OURS
    first: str = ""
    second: str = ""
    is_trained: bool = True


@dataclass(frozen=True)
class TemperatureFigure:
    """A figure of temperatures, and all that it depends on.

    Attributes:
        prompt: Both empty for the lecture's example.
    """

    name: Literal["example", "bars", "entropy"]
    temperatures: tuple[float, ...]
    theme: Theme
    network: str = ""
    prompt: str = ""
