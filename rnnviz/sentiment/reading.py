"""From a review to the numbers of its words in a vocabulary, to padded batches, and to what one update reads."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import chain
from typing import Final

import numpy as np

from rnnviz.text import fold, folds, tokenize

UNKNOWN: Final = "[UNK]"
"""The first token of every vocabulary: it stands for all that are not in it."""

LONGEST: Final = 2_500
"""The most tokens of a text that are read; the longest review of the data set has fewer words."""

_BLANK: Final = re.compile(r"<br\s*/?>|[\x80-\x9f]")
"""Line breaks of web pages; and dashes and dots of Windows that became control characters in the data set."""


@dataclass(frozen=True)
class Reading:
    """A text as a network reads it.

    Attributes:
        tokens: As they were typed.
        ids: Their numbers in the vocabulary, 0 where they are not in it.
        is_cut: Whether the text was longer than what is read of it.
    """

    tokens: tuple[str, ...]
    ids: tuple[int, ...]
    is_cut: bool = False


@dataclass(frozen=True)
class Vocabulary:
    """The words that a network knows: ``[UNK]`` first, then the most frequent first.

    ``has_marks`` says whether punctuation is read, or words and numbers alone.
    """

    tokens: tuple[str, ...]
    has_marks: bool

    @cached_property
    def numbers(self) -> dict[str, int]:
        """The place of each token."""
        return {token: k for k, token in enumerate(self.tokens)}

    def ids(self, tokens: Iterable[str]) -> tuple[int, ...]:
        """The numbers of tokens, 0 for those that are not known."""
        return tuple(self.numbers.get(token, 0) for token in folds(tokens))

    def read(self, text: str | Reading, longest: int = LONGEST) -> Reading:
        """A text in tokens and their numbers, without those after ``longest``; empty if there is nothing to read.

        What has been read already is only cut.
        """
        if isinstance(text, Reading):
            tokens, ids, was_cut = text.tokens[:longest], text.ids[:longest], text.is_cut
            return Reading(tokens, ids, was_cut or len(text.ids) > longest)
        tokens = tokens_of(text, has_marks=self.has_marks)
        return Reading(tokens[:longest], self.ids(tokens[:longest]), len(tokens) > longest)

    def encode(self, texts: Iterable[str | Reading], longest: int = LONGEST) -> "Encoded":
        """Many texts at once."""
        return Encoded.of([np.array(self.read(text, longest).ids, np.int32) for text in texts])


@dataclass(frozen=True, eq=False)
class Encoded:
    """Texts as numbers, one after the other.

    Attributes:
        ids: int32 of shape (token,).
        ends: int64 of shape (text + 1,). Where each text begins, and where the last one ends.
    """

    ids: np.ndarray
    ends: np.ndarray

    @classmethod
    def of(cls, rows: Sequence[np.ndarray]) -> "Encoded":
        """Texts that are numbers already."""
        lengths = np.array([len(row) for row in rows], np.int64)
        return cls(np.concatenate([*rows, np.empty(0, np.int32)]), np.concatenate([[0], np.cumsum(lengths)]))

    def __len__(self) -> int:
        return len(self.ends) - 1

    def __getitem__(self, k: int) -> np.ndarray:
        return self.ids[self.ends[k] : self.ends[k + 1]]

    @property
    def lengths(self) -> np.ndarray:
        """Tokens of each text."""
        return np.diff(self.ends)

    @property
    def has_known(self) -> np.ndarray:
        """Whether each text has a word of the vocabulary."""
        known = np.append(0, np.cumsum(self.ids != 0))[self.ends]
        found: np.ndarray = np.diff(known) > 0
        return found

    def joined(self, other: "Encoded") -> "Encoded":
        """These texts and then others."""
        return Encoded(
            np.concatenate([self.ids, other.ids]), np.concatenate([self.ends, self.ends[-1] + other.ends[1:]])
        )


@lru_cache(maxsize=8)
def tokens_of(text: str, *, has_marks: bool) -> tuple[str, ...]:
    """The words of a review as they were typed, with or without its punctuation marks and other signs."""
    tokens = tokenize(_BLANK.sub(" ", text))
    return tokens if has_marks else tuple(token for token in tokens if token[0].isalnum())


def counted(texts: Iterable[str], *, has_marks: bool) -> list[tuple[str, int]]:
    """The words of texts with how often each stands there, the most frequent first.

    Words of equal frequency are in alphabetical order, so that the order of the texts does not matter.
    """
    typed = Counter(chain.from_iterable(tokens_of(text, has_marks=has_marks) for text in texts))
    counts: Counter[str] = Counter()
    for token, count in typed.items():
        counts[fold(token)] += count
    return sorted(counts.items(), key=lambda word: (-word[1], word[0]))


def vocabulary_of(texts: Iterable[str], size: int, *, has_marks: bool) -> Vocabulary:
    """The most frequent words of texts, ``size`` with ``[UNK]``."""
    frequent = counted(texts, has_marks=has_marks)[: size - 1]
    return Vocabulary((UNKNOWN, *(token for token, _ in frequent)), has_marks)


def padded(rows: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Texts, of shape (time,), of different lengths as one table, filled up on the right with 0, and their lengths.

    The table is int64 of shape (batch, time), the lengths int64 of shape (batch,). A text without a token is read as
    one unknown word.
    """
    lengths = np.array([max(1, len(row)) for row in rows], np.int64)
    ids = np.zeros((len(rows), int(lengths.max())), np.int64)
    for row, into in zip(rows, ids, strict=True):
        into[: len(row)] = row
    return ids, lengths


# --- What one update reads ---

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
