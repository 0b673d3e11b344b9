"""What one update reads: reviews of like length together, and a short piece of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from rnnviz.sentiment.reading import Encoded

STOPS: Final = (".", "!", "?")
"""The marks that a sentence ends with."""

_SORTED_AT_ONCE: Final = 50
"""Batches that are cut from one sorted heap: like lengths together, and other neighbours in every epoch."""

_PIECE: Final = 60
"""The most words of a piece."""


@dataclass(frozen=True, eq=False)
class Samples:
    """What is learned from; the targets are float32 of shape (review,): the probability of praise."""

    reviews: Encoded
    targets: np.ndarray

    def __len__(self) -> int:
        return len(self.targets)


def random_of(*seeds: int) -> np.random.Generator:
    """Random numbers for one purpose, whatever was drawn for others. ``seeds``: the training's, then the purpose's."""
    return np.random.Generator(np.random.PCG64(seeds))


def batches_of(lengths: np.ndarray, size: int, random: np.random.Generator) -> list[np.ndarray]:
    """The places of an epoch's reviews, each once, in batches. ``lengths`` are int of shape (review,)."""
    order = random.permutation(len(lengths))
    batches = []
    for begin in range(0, len(order), size * _SORTED_AT_ONCE):
        heap = order[begin : begin + size * _SORTED_AT_ONCE]
        heap = heap[np.argsort(lengths[heap], kind="stable")]
        batches += [heap[k : k + size] for k in range(0, len(heap), size)]
    return [batches[k] for k in random.permutation(len(batches))]


def window_of(review: np.ndarray, window: int | None, random: np.random.Generator) -> np.ndarray:
    """A stretch of a review, of shape (time,), from anywhere in it, of at most ``window`` words; all of it for None."""
    if window is None or len(review) <= window:
        return review
    begin = int(random.integers(len(review) - window + 1))
    return review[begin : begin + window]


def piece_of(review: np.ndarray, stops: Sequence[int], random: np.random.Generator) -> np.ndarray:
    """A sentence or two in a row from a review of shape (time,), now and then only the beginning of them.

    ``stops`` are the numbers of marks that end a sentence. At least one word comes back, unless the review has none.
    """
    ends = np.flatnonzero(np.isin(review, stops)) + 1
    begins = np.concatenate([[0], ends[ends < len(review)]])
    first = int(random.integers(len(begins)))
    after = begins[first + int(random.integers(1, 3)) :]
    begin, end = int(begins[first]), int(after[0]) if len(after) else len(review)
    end = min(end, begin + _PIECE)
    if random.random() < 0.5:
        end = begin + int(random.integers(1, max(2, end - begin + 1)))
    return review[begin:end]
