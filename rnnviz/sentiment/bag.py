"""A review as a bag: which words, pairs and triples it has, not in which order. It teaches, and it is compared with.

Each piece of text counts by how much more often it stands in praise than in blame. A logistic regression learns how far
to trust that.

Source: Wang, Manning (2012), "Baselines and Bigrams", ACL, section 2.3.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch

from rnnviz.sentiment.reading import Encoded

_WORDS: Final = 1 << 20
"""More than any vocabulary has, so that triples of words are whole numbers of 60 bits."""

_FEWEST: Final = 2
"""Reviews in which a piece must stand to be learned."""

_ITERATIONS: Final = 60


@dataclass(frozen=True, eq=False)
class Bag:
    """A trained bag.

    Attributes:
        orders: Single words for 1, pairs too for 2, triples too for 3.
        pieces: int64 of shape (piece,). Their numbers, in ascending order.
        weights: float64 of shape (piece,). What each adds to the logit of praise, once a text.
    """

    orders: int
    pieces: np.ndarray
    weights: np.ndarray
    bias: float

    def logits(self, texts: Encoded) -> np.ndarray:
        """The logits of praise, float64 of shape (text,)."""
        logits = np.full(len(texts), self.bias)
        for k, found in enumerate(_pieces(texts, self.orders)):
            places = np.searchsorted(self.pieces, found)
            places[places == len(self.pieces)] = 0
            logits[k] += self.weights[places[self.pieces[places] == found]].sum()
        return logits


def fit_bag(texts: Encoded, labels: np.ndarray, orders: int, penalty: float) -> Bag:
    """The bag that fits texts with labels of shape (text,), 1 for praise, 0 for blame.

    ``penalty`` is that of the squared weights, a text.
    """
    rows = list(_pieces(texts, orders))
    everything = np.concatenate(rows)
    pieces, counts = np.unique(everything, return_counts=True)
    pieces = pieces[counts >= _FEWEST]
    places = np.searchsorted(pieces, everything)
    places[places == len(pieces)] = 0
    known = pieces[places] == everything
    text_of = np.repeat(np.arange(len(rows)), [len(row) for row in rows])[known]
    places = places[known]
    ratio = _log_count_ratio(places, labels[text_of] > 0.5, len(pieces))
    weights, bias = _regression(places, text_of, ratio, labels, penalty)
    return Bag(orders, pieces, weights, bias)


def _pieces(texts: Encoded, orders: int) -> Iterator[np.ndarray]:
    """The distinct pieces of each text, in ascending order."""
    for k in range(len(texts)):
        ids = texts[k].astype(np.int64) + 1  # so that a pair is no number of a word
        found = [ids]
        for order in range(1, orders):
            found.append(found[-1][: len(ids) - order] * _WORDS + ids[order:])
        yield np.unique(np.concatenate(found))


def _log_count_ratio(places: np.ndarray, is_positive: np.ndarray, pieces: int) -> np.ndarray:
    """How much more often each piece stands in praise, with one more of each so that none is infinite."""
    positive, negative = (1.0 + np.bincount(places[side], minlength=pieces) for side in (is_positive, ~is_positive))
    ratio: np.ndarray = np.log(positive / positive.sum()) - np.log(negative / negative.sum())
    return ratio


def _regression(
    places: np.ndarray, text_of: np.ndarray, ratio: np.ndarray, labels: np.ndarray, penalty: float
) -> tuple[np.ndarray, float]:
    """The weight of each piece and the bias, by L-BFGS."""
    trust = torch.zeros(len(ratio) + 1, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([trust], max_iter=_ITERATIONS, history_size=6, line_search_fn="strong_wolfe")
    texts = len(labels)

    def loss() -> float:
        now = trust.detach().numpy()
        logits = now[-1] + np.bincount(text_of, (now[:-1] * ratio)[places], minlength=texts)
        error = (1 / (1 + np.exp(-logits)) - labels) / texts
        slope = np.bincount(places, error[text_of], minlength=len(ratio)) * ratio + penalty * now[:-1]
        trust.grad = torch.from_numpy(np.append(slope, error.sum()))
        fit = np.mean(np.logaddexp(0, logits) - labels * logits)
        return float(fit + penalty / 2 * np.sum(now[:-1] ** 2))

    optimizer.step(loss)  # type: ignore[no-untyped-call]
    found = trust.detach().numpy()
    return found[:-1] * ratio, float(found[-1])
