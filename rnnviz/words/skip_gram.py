"""Word vectors by skip-gram with negative sampling: the pairs of a text, one update in all its numbers, and a training.

Source: Mikolov, Sutskever, Chen, Corrado, Dean (2013b), Distributed representations of words and phrases and their
    compositionality, NeurIPS.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final

import numpy as np
import torch
from torch import Tensor

from rnnviz.sentiment.calibration import probabilities
from rnnviz.sentiment.reading import random_of, tokens_of
from rnnviz.text import folds
from rnnviz.words.recipes import SkipGramSpec

BATCH: Final = 256
"""Pairs of an update of the training. Their gradients are added."""

MOST_STEPS: Final = 32
"""Where a few words make up a text: the gradients of a vector in one update count at most as much as so many."""

SPREAD: Final = 0.1
"""The standard deviation of all vectors before training."""

POINTS: Final = 100
"""Points of the curve of the loss."""

MOST_WORDS: Final = 2_000
"""The most different words that have vectors, the most frequent ones."""

_ENDS: Final = re.compile(r"(?<=[.!?])\s+|[\r\n]+")
"""Where a sentence ends."""

_VECTORS, _PAIRS, _NEGATIVES, _UPDATES = range(4)
"""The purposes of random numbers."""


@dataclass(frozen=True, eq=False)
class Corpus:
    """A text to learn from.

    Attributes:
        words: Those that have a vector, the most frequent first.
        counts: int64 of shape (word,).
        sentences: Their numbers in ``words``, int64 of shape (time,) each. Windows end where a sentence ends.
    """

    words: tuple[str, ...]
    counts: np.ndarray
    sentences: tuple[np.ndarray, ...]

    @classmethod
    def of(cls, texts: Sequence[str]) -> "Corpus":
        """The words of texts, in sentences; without punctuation marks, in lower case.

        Raises ValueError if there are fewer than two different words.
        """
        sentences = [sentence for text in texts for sentence in _ENDS.split(text)]
        tokens = [folds(tokens_of(sentence, has_marks=False)) for sentence in sentences]
        words, counts = np.unique([word for sentence in tokens for word in sentence], return_counts=True)
        if len(words) < 2:
            raise ValueError("Enter a text of at least two different words.")
        order = np.lexsort((words, -counts))[:MOST_WORDS]
        known = tuple(map(str, words[order]))
        numbers = {word: k for k, word in enumerate(known)}
        rows = [[numbers[word] for word in sentence if word in numbers] for sentence in tokens]
        return cls(known, counts[order].astype(np.int64), tuple(np.array(row, np.int64) for row in rows if row))

    def read(self, text: str) -> np.ndarray:
        """The numbers of the words of a text that have a vector, in their order: int64 of shape (time,)."""
        words = folds(tokens_of(text, has_marks=False))
        return np.array([self.numbers[word] for word in words if word in self.numbers], np.int64)

    @cached_property
    def numbers(self) -> dict[str, int]:
        """The place of each word."""
        return {word: k for k, word in enumerate(self.words)}

    def pairs(self, window: int) -> np.ndarray:
        """All pairs of a centre word and a word of its context: int64 of shape (pair, 2)."""
        found = [sentence[pairs_in(len(sentence), window)] for sentence in self.sentences]
        return np.concatenate(found)

    @cached_property
    def shares(self) -> np.ndarray:
        """How often each word is drawn as a negative: float64 of shape (word,), which sums to 1."""
        raised = self.counts**0.75
        shares: np.ndarray = raised / raised.sum()
        return shares


@lru_cache(maxsize=256)
def pairs_in(length: int, window: int) -> np.ndarray:
    """The positions of centre and context of a sentence, in the order of the centre: int64 of shape (pair, 2)."""
    far = np.abs(np.subtract.outer(np.arange(length), np.arange(length)))
    places = np.argwhere((far > 0) & (far <= window))
    places.setflags(write=False)
    return places


# --- One update, in all its numbers ---


@dataclass(frozen=True, eq=False)
class Update:
    """One step of SGD for one pair and its negatives.

    Attributes:
        centre: The number of the centre word.
        others: int64 of shape (1 + negative,). The word of the context, then the negatives.
        v, u: Before the step: float32 of shape (feature,), and (1 + negative, feature).
        v_after, u_after: After it.
        dots, dots_after: float32 of shape (1 + negative,). The products of v with each row of u, before and after.
    """

    centre: int
    others: np.ndarray
    v: np.ndarray
    u: np.ndarray
    v_after: np.ndarray
    u_after: np.ndarray

    @property
    def dots(self) -> np.ndarray:
        """Before the step."""
        found: np.ndarray = self.u @ self.v
        return found

    @property
    def dots_after(self) -> np.ndarray:
        """After the step."""
        found: np.ndarray = self.u_after @ self.v_after
        return found

    @property
    def targets(self) -> np.ndarray:
        """1 for the word of the context, 0 for the negatives: float32 of shape (1 + negative,)."""
        targets: np.ndarray = np.eye(1, len(self.others), dtype=np.float32)[0]
        return targets


def pair_loss(dots: np.ndarray) -> float:
    """The loss of a pair and its negatives, by their products of shape (1 + negative,), the pair's own first."""
    signs = np.where(np.arange(len(dots)) == 0, -1.0, 1.0)
    return float(np.logaddexp(0, signs * dots).sum())


def step(v: np.ndarray, u: np.ndarray, rate: float) -> tuple[np.ndarray, np.ndarray]:
    """One step of SGD on the loss of a pair: v of shape (feature,), and u, whose first row is the context's.

    The gradient of the loss by a product is the sigmoid of the product - target; that by v is the sum of the rows of u
    with these factors, and that by a row of u is v with its factor.
    """
    factors = probabilities(u @ v)
    factors[0] -= 1
    return v - rate * (factors @ u), u - rate * factors[:, None] * v


def updates_of(corpus: Corpus, sentence: np.ndarray, vectors: "Vectors", spec: SkipGramSpec) -> list[Update]:
    """The window over one sentence, int64 of shape (time,): an update a pair, each from what the one before left.

    The negatives of a pair are different words, and none is the word of its context.
    """
    random = random_of(spec.seed, _UPDATES)
    v, u = vectors.v.copy(), vectors.u.copy()
    found = []
    for centre, context in sentence[pairs_in(len(sentence), spec.window)]:
        others = np.array([context, *_negatives(corpus, context, spec.negatives, random)])
        after = step(v[centre], u[others], spec.rate)
        found.append(Update(int(centre), others, v[centre].copy(), u[others], *after))
        v[centre], u[others] = after
    return found


def _negatives(corpus: Corpus, context: int, count: int, random: np.random.Generator) -> list[int]:
    shares = corpus.shares.copy()
    shares[context] = 0
    many = min(count, len(shares) - 1)
    drawn: list[int] = random.choice(len(shares), many, replace=False, p=shares / shares.sum()).tolist()
    return drawn


# --- The training ---


@dataclass(frozen=True, eq=False)
class Vectors:
    """The two vectors of each word, float32 of shape (word, feature): v where it is the centre, u in the context."""

    v: np.ndarray
    u: np.ndarray


@dataclass(frozen=True, eq=False)
class Learned:
    """What a training came to.

    Attributes:
        corpus: What was learned from.
        before, after: The vectors that it began with, and those that it ended with.
        updates, losses: The curve: after how many updates, and the mean loss of a pair since the point before.
        pairs: Of the text, each read once an epoch.
    """

    corpus: Corpus
    before: Vectors
    after: Vectors
    updates: np.ndarray
    losses: np.ndarray
    pairs: int


def started(words: int, spec: SkipGramSpec) -> Vectors:
    """Vectors before training, drawn from N(0, ``SPREAD``²). word2vec itself begins with u = 0, so v rests at first."""
    random = random_of(spec.seed, _VECTORS)
    drawn = (SPREAD * random.standard_normal((2, words, spec.size))).astype(np.float32)
    return Vectors(*drawn)


def learn(corpus: Corpus, spec: SkipGramSpec) -> Learned:
    """Train word vectors on all pairs of a text, in another order each epoch; the same seed gives the same vectors.

    Raises ValueError if no sentence has two words, or if the vectors do not stay finite.
    """
    pairs = torch.from_numpy(corpus.pairs(spec.window))
    if not len(pairs):
        raise ValueError("Enter at least one sentence of two words.")
    before = started(len(corpus.words), spec)
    most = most_steps(corpus, pairs[:, 0].numpy())
    v, u = torch.from_numpy(before.v.copy()), torch.from_numpy(before.u.copy())
    batches = -(-len(pairs) // BATCH)
    updates, losses = batches * spec.epochs, []
    shares = np.cumsum(corpus.shares)
    for epoch in range(spec.epochs):
        order = torch.from_numpy(random_of(spec.seed, _PAIRS, epoch).permutation(len(pairs)))
        random = random_of(spec.seed, _NEGATIVES, epoch)
        drawn = np.searchsorted(shares, random.random((len(pairs), spec.negatives))).clip(max=len(shares) - 1)
        others = torch.cat([pairs[order, 1:], torch.from_numpy(drawn)], 1)
        centres = pairs[order, 0]
        for k in range(batches):
            rate = spec.rate * (1 - (epoch * batches + k) / updates)
            part = slice(k * BATCH, (k + 1) * BATCH)
            losses.append(descend(v, u, centres[part], others[part], rate, most=most))
    if not (v.isfinite().all() and u.isfinite().all()):
        raise ValueError("The training diverges on this text: its vectors are no longer finite. Enter another text.")
    at, means = _curve(torch.stack(losses).numpy(), updates)
    return Learned(corpus, before, Vectors(v.numpy(), u.numpy()), at, means, len(pairs))


def most_steps(corpus: Corpus, centres: np.ndarray) -> int | None:
    """The limit of ``descend`` for a text, by the centre words of its pairs, of shape (pair,); None if it needs none.

    Added gradients all come from the vectors before the update. A word that is in most pairs of an update would go
    far past the minimum, and further at each update. Texts of many words, none of them in too many pairs, are safe.
    """
    expected = BATCH * np.bincount(centres).max() / len(centres)
    return MOST_STEPS if len(corpus.words) < BATCH or expected > MOST_STEPS else None


def descend(v: Tensor, u: Tensor, centres: Tensor, others: Tensor, rate: float, *, most: int | None = None) -> Tensor:
    """One step of SGD on the added losses of several pairs, in place; their mean loss, as it was before, comes back.

    A negative that is the word of the context itself does not count.

    Args:
        v: float32 of shape (word, feature), and so is ``u``.
        u: Vectors of words in the context.
        centres: int64 of shape (pair,).
        others: int64 of shape (pair, 1 + negative). The word of the context first.
        rate: The learning rate.
        most: A vector with more gradients than this takes ``most`` times their mean, not their sum.
    """
    mine, theirs = v[centres], u[others]
    dots = torch.einsum("pf,pof->po", mine, theirs)
    counts = others != others[:, :1]
    counts[:, 0] = True
    targets = torch.zeros_like(dots)
    targets[:, 0] = 1
    factors = torch.where(counts, dots.sigmoid() - targets, 0)
    signed = torch.where(targets > 0, -dots, dots)
    losses = torch.where(counts, torch.nn.functional.softplus(signed), 0).sum(1)
    for_v = torch.einsum("po,pof->pf", factors, theirs)
    for_u = (factors[..., None] * mine[:, None]).flatten(0, 1)
    for rows, numbers, each in ((v, centres, for_v), (u, others.flatten(), for_u)):
        if most is not None:
            each.mul_((most / torch.bincount(numbers)[numbers]).clamp(max=1)[:, None])
        rows.index_add_(0, numbers, each, alpha=-rate)
    return losses.mean()


def _curve(losses: np.ndarray, updates: int) -> tuple[np.ndarray, np.ndarray]:
    ends = np.unique(np.linspace(0, updates, POINTS + 1).round().astype(int))[1:]
    parts = np.split(losses, ends[:-1])
    return ends, np.array([part.mean() for part in parts])
