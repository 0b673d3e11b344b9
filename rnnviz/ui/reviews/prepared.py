"""What stands in the place of a prediction while the network is still loading: that for the review of the opening."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import numpy as np

from rnnviz.places import ASSETS
from rnnviz.sentiment.reading import Reading
from rnnviz.ui.reviews.answers import OURS, WORDS, in_words, label
from rnnviz.ui.reviews.samples import OPENING
from rnnviz.widgets.words import payload as curves_of

SOURCE: Final = ASSETS / "pictures" / "review.json"

LABEL: Final = "This is a prepared example; the network is still loading."
LOADING: Final = "The network is still loading. The prediction for this review comes as soon as it is loaded."

_DECIMALS: Final = 6


@dataclass(frozen=True, eq=False)
class Example:
    """A prediction that was computed before, by the network that ships.

    Attributes:
        network: Its name.
        text: The review.
        positive: The probability that it is positive.
        lines: Those after each word, float64 of shape (time,), as ``rnnviz.widgets.words.payload`` takes them.
    """

    network: str
    text: str
    reading: Reading
    positive: float
    lines: Mapping[str, np.ndarray]


@cache
def example() -> Example:
    """The example that ships; nothing here loads torch."""
    kept = json.loads(SOURCE.read_text(encoding="utf-8"))
    reading = Reading(tuple(kept["tokens"]), tuple(kept["ids"]))
    lines = {key: np.array(row) for key, row in kept["lines"].items()}
    return Example(kept["network"], kept["text"], reading, kept["positive"], lines)


def computed() -> Example:
    """The example by the network itself."""
    from rnnviz.sentiment import load
    from rnnviz.sentiment.streams import alone

    model = load(OURS)
    reading = model.read(OPENING)
    lines = {"running": model.running(reading, WORDS)}
    lines |= {str(direction): row for direction, row in alone(model, reading, WORDS).items()}
    return Example(OURS, OPENING, reading, float(model.predict([reading])[0]), lines)


def write() -> None:
    """Compute the example and store it: after another training of the network, or for another review."""
    new = computed()
    kept = {
        "network": new.network,
        "text": new.text,
        "tokens": new.reading.tokens,
        "ids": new.reading.ids,
        "positive": round(new.positive, _DECIMALS),
        "lines": {key: np.round(row, _DECIMALS).tolist() for key, row in new.lines.items()},
    }
    SOURCE.write_text(json.dumps(kept) + "\n", encoding="utf-8")


def answer(network: str, text: str) -> dict[str, Any]:
    """What the box is given meanwhile, as from ``answers.answer``; no number stands beside any other review."""
    shown = example()
    if (network, text) != (shown.network, shown.text):
        return {"probability": None, "said": "", "sign": "", "about": "", "took": "", "notices": [LOADING]}
    told = in_words(network, text, shown.reading, shown.positive, "Computed before.")
    return {**told, "notices": [LABEL, *told["notices"]]}


def words(network: str, text: str) -> dict[str, object]:
    """The curves meanwhile, as from ``rnnviz.widgets.words.payload``; there are none of any other review."""
    shown = example()
    if (network, text) != (shown.network, shown.text):
        return curves_of(label(network), Reading((), ()), {"running": np.empty(0)})
    curves = curves_of(label(network), shown.reading, shown.lines)
    return {**curves, "foot": f"{LABEL} {curves['foot']}"}
