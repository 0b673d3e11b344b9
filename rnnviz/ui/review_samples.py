"""Reviews of ours to begin with: each is judged for a reason that its label names."""

from typing import Final

from rnnviz.ui.trained import SAMPLES

OPENING: Final = (SAMPLES / "reviews.txt").read_text(encoding="utf-8").strip()
"""In the manner of the lecture's: praise and blame in turn, and a verdict at the end."""

_GOOD: Final = "The music is beautiful, the camera is patient, and the two leads are wonderful together."
_BAD: Final = "The plot makes no sense, the jokes fall flat, and it goes on for an hour too long."

REVIEWS: Final = {
    "Mixed": OPENING,
    "Praise": (
        "A quiet, funny and generous film. I laughed, I cried a little, and I have thought about it every day since."
    ),
    "Irony": (
        "Oh wonderful, another hero who saves the world by punching it. I loved every one of the forty explosions, and "
        "the popcorn was the best actor in the room."
    ),
    "Negation": (
        "This is not a bad film. It is never boring, nobody in it annoys, and I cannot say that I did not enjoy it."
    ),
    "Contrast": "I expected it to be great but it was terrible.",
    "Halves": f"{_GOOD} But {_BAD[0].lower()}{_BAD[1:]}",
    "Halves exchanged": f"{_BAD} But {_GOOD[0].lower()}{_GOOD[1:]}",
}
"""By what stands on the button."""
