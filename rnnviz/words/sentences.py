"""Reviews cut into sentences of numbers, and sentences of one length put together in batches."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np

from rnnviz.sentiment.reading import STOPS, Vocabulary

LONGEST: Final = 40
"""Tokens after which a sentence is cut."""

SHORTEST: Final = 2


@dataclass(frozen=True, eq=False)
class Sentences:
    """Sentences as numbers, by their length.

    ``by_length`` has int32 of shape (sentence, time) for each length that occurs, in the order of the text.
    """

    by_length: dict[int, np.ndarray]

    def __len__(self) -> int:
        return sum(len(rows) for rows in self.by_length.values())

    @property
    def tokens(self) -> int:
        """Of all sentences."""
        return sum(rows.size for rows in self.by_length.values())

    def batches(self, size: int, random: np.random.Generator) -> list[np.ndarray]:
        """Each sentence once, in random order, in batches of one length and of about ``size`` tokens."""
        found = []
        for length, rows in self.by_length.items():
            order, width = random.permutation(len(rows)), max(1, size // length)
            found += [rows[order[k : k + width]] for k in range(0, len(rows), width)]
        return [found[k] for k in random.permutation(len(found))]


def sentences_of(texts: Iterable[str], vocabulary: Vocabulary) -> Sentences:
    """The sentences of texts: each ends with ``.``, ``!`` or ``?``, or several in a row, or after ``LONGEST`` tokens.

    Those of fewer than ``SHORTEST`` tokens are left out.
    """
    stops = np.array(vocabulary.ids(STOPS))
    rows: dict[int, list[np.ndarray]] = {}
    for text in texts:
        ids = np.array(vocabulary.read(text).ids, np.int32)
        for sentence in _cut(ids, stops):
            rows.setdefault(len(sentence), []).append(sentence)
    return Sentences({length: np.stack(rows[length]) for length in sorted(rows)})


def _cut(ids: np.ndarray, stops: np.ndarray) -> list[np.ndarray]:
    is_stop = np.isin(ids, stops)
    ends = np.flatnonzero(is_stop[:-1] & ~is_stop[1:]) + 1
    whole = np.split(ids, ends)
    pieces = [sentence[k : k + LONGEST] for sentence in whole for k in range(0, len(sentence), LONGEST)]
    return [piece for piece in pieces if len(piece) >= SHORTEST]
