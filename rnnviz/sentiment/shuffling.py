"""The same words in other orders: what a network makes of it, and a bag of words does not."""

from typing import Final

import numpy as np

from rnnviz.sentiment.calibration import probabilities
from rnnviz.sentiment.model import SentimentModel
from rnnviz.sentiment.reading import LONGEST, Encoded

ORDERS: Final = 60
"""Random orders."""


def shuffled(
    model: SentimentModel, text: str, seed: int = 0, orders: int = ORDERS, longest: int = LONGEST
) -> np.ndarray:
    """How likely a text praises with its words in random orders: probabilities, float64 of shape (order,).

    They are all the same for a bag. ValueError if there is nothing to read.
    """
    ids = np.array(model.readable(text, longest).ids, np.int32)
    random = np.random.default_rng(seed)
    return probabilities(model.logits(Encoded.of([random.permutation(ids) for _ in range(orders)])))
