"""What counting alone gives for a masked word: trigrams that see two words before it, or two words on each side.

Every sentence stands between boundary tokens, two before it and two after it, as numbers of one more word.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from rnnviz.words.sentences import Sentences

ORDER: Final = 3


@dataclass(frozen=True, eq=False)
class _Table:
    """n-grams as numbers in order, how often each was seen, and what their contexts have.

    Attributes:
        discount: What each count is lowered by.
        contexts: The n-grams without their last word, in order.
        totals, kinds: Of each context: the sum of its counts, and the number of different words after it.
    """

    grams: np.ndarray
    counts: np.ndarray
    discount: float
    contexts: np.ndarray
    totals: np.ndarray
    kinds: np.ndarray

    @classmethod
    def of(cls, grams: np.ndarray, counts: np.ndarray, base: int) -> "_Table":
        contexts, first = np.unique(grams // base, return_index=True)
        once, twice = int((counts == 1).sum()), int((counts == 2).sum())
        discount = once / (once + 2 * twice) if once else 0.5
        kinds = np.diff(np.append(first, len(grams)))
        return cls(grams, counts, discount, contexts, np.add.reduceat(counts, first), kinds)

    def mixed(self, grams: np.ndarray, base: int, shorter: np.ndarray) -> np.ndarray:
        """The probability of the last word of each n-gram, given that by the shorter context."""
        count = _looked_up(self.grams, self.counts, grams)
        total, kinds = (_looked_up(self.contexts, of, grams // base) for of in (self.totals, self.kinds))
        known = np.maximum(count - self.discount, 0) + self.discount * kinds * shorter
        found: np.ndarray = np.where(total > 0, known / np.maximum(total, 1), shorter)
        return found


@dataclass(frozen=True, eq=False)
class Trigrams:
    """An interpolated Kneser-Ney model of words, of order 3, one discount an order.

    The bigrams and single words below count in how many different contexts something occurs, not how often. The
    discount is n1 / (n1 + 2 n2), from how many n-grams were counted once and twice.

    Source: Kneser, Ney (1995), Improved backing-off for m-gram language modeling, ICASSP; interpolated as in Chen,
        Goodman (1998), An empirical study of smoothing techniques for language modeling.
    """

    words: int
    tables: tuple[_Table, ...]

    def probabilities(self, before: np.ndarray, words: np.ndarray) -> np.ndarray:
        """How likely each word is after the two before it: int64 of shape (..., 2) and (...), to float64 of (...)."""
        base = self.words + 1
        first, second = (part.astype(np.int64) for part in (before[..., 0], before[..., 1]))
        found = np.full(np.broadcast(first, words).shape, 1 / base)
        found = self.tables[0].mixed(words + np.zeros_like(first), base, found)
        found = self.tables[1].mixed(second * base + words, base, found)
        return self.tables[2].mixed((first * base + second) * base + words, base, found)

    def posterior(self, before: np.ndarray, after: np.ndarray) -> np.ndarray:
        """The probability of every word at a blank, given two words before and two after: float64 of shape (words,).

        By Bayes' rule it is proportional to the product of three factors: the word after ``before``, the first of
        ``after`` behind that, and the second.
        """
        w = np.arange(self.words)
        first, second, third, fourth = (np.full(self.words, k) for k in (*before.tolist(), *after.tolist()))
        found = self.probabilities(np.stack([first, second], -1), w)
        found = found * self.probabilities(np.stack([second, w], -1), third)
        if after[0] != self.words:  # behind the end of the sentence nothing depends on the blank
            found = found * self.probabilities(np.stack([w, third], -1), fourth)
        shares: np.ndarray = found / found.sum()
        return shares


def count(rows: Iterable[np.ndarray], words: int) -> Trigrams:
    """The trigrams of sentences, int of shape (sentence, time) each, in a vocabulary of ``words``."""
    base = words + 1
    pieces = [_trigrams(framed(part, words), base) for part in rows]
    grams, counts = np.unique(np.concatenate(pieces), return_counts=True)
    tables = [_Table.of(grams, counts, base)]
    for n in (2, 1):
        grams, counts = np.unique(grams % base**n, return_counts=True)
        tables.insert(0, _Table.of(grams, counts, base))
    return Trigrams(words, tuple(tables))


def framed(rows: np.ndarray, words: int) -> np.ndarray:
    """Sentences, of shape (sentence, time), with two boundary tokens before and two after each, int64."""
    whole: np.ndarray = np.pad(rows.astype(np.int64), ((0, 0), (2, 2)), constant_values=words)
    return whole


def log_probabilities(model: Trigrams, sentences: Sentences) -> np.ndarray:
    """The logarithm of the probability of each word of sentences by the two before it: float64 of shape (token,)."""
    found = []
    for rows in sentences.by_length.values():
        whole = framed(rows, model.words)
        before = np.stack([whole[:, :-4], whole[:, 1:-3]], -1)
        found.append(np.log(model.probabilities(before, whole[:, 2:-2])).ravel())
    return np.concatenate(found)


def log_posteriors(model: Trigrams, places: Sequence[tuple[np.ndarray, int]]) -> np.ndarray:
    """The same from both sides: float64 of shape (place,). A place is a sentence of shape (time,), and a position."""
    found = []
    for sentence, t in places:
        whole = framed(sentence[None], model.words)[0]
        found.append(model.posterior(whole[t : t + 2], whole[t + 3 : t + 5])[sentence[t]])
    logarithms: np.ndarray = np.log(np.array(found))
    return logarithms


def _trigrams(whole: np.ndarray, base: int) -> np.ndarray:
    """Every three neighbours as one number, whose last digit is the last word; the last is the first end token."""
    part = whole[:, :-1]
    numbers: np.ndarray = ((part[:, :-2] * base + part[:, 1:-1]) * base + part[:, 2:]).ravel()
    return numbers


def _looked_up(keys: np.ndarray, values: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """The value of each wanted key, 0 where there is none."""
    at = np.searchsorted(keys, wanted).clip(max=len(keys) - 1)
    return np.where(keys[at] == wanted, values[at], 0)
