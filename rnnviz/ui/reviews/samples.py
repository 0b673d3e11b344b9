"""Our reviews to begin with: each has its prediction for a reason that its label names."""

from dataclasses import dataclass
from typing import Final

from rnnviz.ui.selection.trained import SAMPLES

OPENING: Final = (SAMPLES / "reviews.txt").read_text(encoding="utf-8").strip()
"""Positive and negative sentences in turn, and a verdict at the end."""

_GOOD: Final = "The music is beautiful, the camera is patient, and the two leads are wonderful together."
_BAD: Final = "The plot makes no sense, the jokes fall flat, and it goes on for an hour too long."


@dataclass(frozen=True)
class Sample:
    """One of our reviews.

    Attributes:
        is_positive: Whether a person would call it positive; None where persons would not agree.
    """

    text: str
    is_positive: bool | None


REVIEWS: Final = {
    "Mixed": Sample(OPENING, is_positive=False),
    "Positive": Sample(
        "A quiet, funny and generous film. I laughed, I cried a little, and I have thought about it every day since.",
        is_positive=True,
    ),
    "Irony": Sample(
        "Oh wonderful, another hero who saves the world by punching it. I loved every one of the forty explosions, and "
        "the popcorn was the best actor in the room.",
        is_positive=False,
    ),
    "Negation": Sample(
        "This is not a bad film. It is never boring, nobody in it annoys, and I cannot say that I did not enjoy it.",
        is_positive=True,
    ),
    "Contrast": Sample("I expected it to be great but it was terrible.", is_positive=False),
    "Halves": Sample(f"{_GOOD} But {_BAD[0].lower()}{_BAD[1:]}", is_positive=None),
    "Halves exchanged": Sample(f"{_BAD} But {_GOOD[0].lower()}{_GOOD[1:]}", is_positive=None),
}
"""By the label of the button."""


def human_label(text: str) -> bool | None:
    """Whether a person would call a text positive; None if it is none of these, or persons would not agree."""
    return next((sample.is_positive for sample in REVIEWS.values() if sample.text == text), None)
