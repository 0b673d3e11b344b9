"""What the curves over words get: the prediction after each word as if the text ended there."""

from collections.abc import Mapping
from math import isnan
from typing import TYPE_CHECKING, Final

import numpy as np

from rnnviz.widgets.written import probability

if TYPE_CHECKING:
    from rnnviz.sentiment import SentimentModel
    from rnnviz.sentiment.reading import Reading

_BAND: Final = (0.48, 0.52)
"""Inside of it, word by word, the prediction is on no side."""

_RULE: Final = (
    f"▲ ▼ mark where the prediction changes sides: it leaves the grey band ({_BAND[0]:g} to {_BAND[1]:g}) on the other "
    "side."
)

NAMES: Final = {"running": "as if the review ended here", "forward": "→ alone", "reverse": "← alone"}


def by_direction(model: "SentimentModel", reading: "Reading", longest: int) -> dict[str, np.ndarray]:
    """What each direction says alone, by what ``NAMES`` knows, each of shape (time,); nothing of one direction."""
    from rnnviz.sentiment.streams import alone

    if not reading.ids:
        return {}
    found = {str(direction): row for direction, row in alone(model, reading, longest).items()}
    return found if len(found) > 1 else {}


def payload(label: str, reading: "Reading", lines: Mapping[str, np.ndarray]) -> dict[str, object]:
    """Curves over words as plain data.

    Args:
        label: The network, for the caption.
        lines: Probabilities of shape (time,), by what ``NAMES`` knows; ``running`` first.

    Returns:
        ``title``, ``foot``, ``tokens``, ``unknown`` (places), ``turns`` (as ``turns_of`` has them), ``band`` (inside of
        which there is no turn) and ``lines``.
    """
    cut = f" The curve shows the first {len(reading.ids)} words." if reading.is_cut else ""
    both = (
        " “→ alone”: the forward direction, from the first word to this one. “← alone”: the reverse direction, from "
        "the last word back to this one."
        if len(lines) > 1
        else ""
    )
    begins = " There is no prediction before the first known word." if reading.ids and not reading.ids[0] else ""
    return {
        "title": "The prediction after each word",
        "foot": f"{label}. {_RULE}{begins}{both}{cut}",
        "tokens": list(reading.tokens),
        "unknown": [k for k, number in enumerate(reading.ids) if number == 0],
        "turns": turns_of(lines["running"]),
        "band": list(_BAND),
        "lines": [_line(key, row) for key, row in lines.items()],
    }


def _line(key: str, row: np.ndarray) -> dict[str, object]:
    """A curve: its name, its numbers, None where there is none, and each as the detail below writes it."""
    told = [probability(one) for one in row.tolist()]
    values = [None if isnan(one) else one for one in np.round(row, 6).tolist()]
    return {"key": key, "name": NAMES[key], "values": values, "told": told}


def turns_of(running: np.ndarray) -> list[int]:
    """The words at which the prediction changes sides: where it leaves the band about one half on the other side.

    Args:
        running: Of shape (time,).
    """
    found, side = list[int](), 0.0
    for t, predicted in enumerate(running):
        is_apart = predicted < _BAND[0] or predicted > _BAND[1]  # what is not predicted is not
        now = float(np.sign(predicted - 0.5)) if is_apart else side
        if now != side and side:
            found.append(t)
        side = now
    return found
