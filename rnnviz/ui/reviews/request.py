"""The request for a figure of a review: data from which both the picture and the code behind it are made."""

from dataclasses import dataclass
from typing import Literal

from rnnviz.palette import Theme

ReviewName = Literal["importance", "map", "padding", "orders", "epochs", "confusion", "reliability"]


@dataclass(frozen=True)
class ReviewFigure:
    """A figure of a review or of its network, and all that it depends on.

    Attributes:
        network: As ``rnnviz.sentiment.load`` knows it.
        text: The review, if the figure is of one.
        selected: A word of it to mark.
        said: What the caption says first.
    """

    name: ReviewName
    network: str
    theme: Theme
    text: str = ""
    selected: int | None = None
    said: tuple[str, ...] = ()
