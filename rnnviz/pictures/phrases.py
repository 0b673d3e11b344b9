"""A text in which a phrase is selected, and the units that are on throughout it."""

from typing import Final

import numpy as np

from rnnviz import palette
from rnnviz.matching.search import OFTEN, THRESHOLDS
from rnnviz.names import LABELS
from rnnviz.widgets.drawn import Drawn
from rnnviz.widgets.packing import Packed
from rnnviz.widgets.words import replaced

LONGEST: Final = 200
"""The most characters of a phrase."""


def phrase(
    text: str,
    signal: str,
    reached: np.ndarray,
    *,
    typed: str = "",
    network: str = "",
    of: str = "",
    span: tuple[int, int] = (0, 1),
    level: int = 1,
    alone: bool = False,
) -> Drawn:
    """The text with a phrase.

    Args:
        signal: One of "h", "c".
        reached: uint8 ndarray of shape (time, unit). How many thresholds each state reaches.
        typed: The text before characters that are not in the alphabet were replaced; these are marked. The same by
            default.
        network: Its name.
        of: What the text is.
        span: The first character of the phrase, and the one after its last.
        level: 1 to 3: what "on" means.
        alone: Whether its units must be off just before and after.

    >>> from rnnviz import characters, pictures
    >>> from rnnviz.matching.search import THRESHOLDS, levels
    >>> values = characters.load("python-lstm").trace("return it").panel("c")
    >>> pictures.phrase("return it", "c", levels(values, THRESHOLDS["c"]), span=(0, 6))
    Drawn(A phrase, and the units that are on in it)
    """
    data = {
        "text": text,
        "unknown": replaced(typed, text),
        "signal": signal,
        "thresholds": [f"{threshold:g}" for threshold in THRESHOLDS[signal]],
        "reached": Packed(reached.astype("<i1")),
        "most": LONGEST,
        "often": OFTEN,
        "title": f"Select a phrase: in which units is the {LABELS[signal]} {signal} on throughout?",
        "foot": f"{network}, {reached.shape[1]} units. Text: {of}.",
        "palette": palette.themes(),
        "start": {"id": "alone", "of": "alone", "span": list(span), "level": level, "alone": alone},
    }
    return Drawn("phrase", "A phrase, and the units that are on in it", data)
