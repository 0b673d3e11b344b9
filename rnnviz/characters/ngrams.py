"""What counting alone gives: n-grams of characters, interpolated by Witten and Bell's rule, as a baseline."""

from dataclasses import dataclass
from typing import Final

import numpy as np

LARGEST: Final = 9
"""The most characters of an n-gram: with 96 characters, as many as a 64-bit number can name."""

_PORTION: Final = 1 << 20


@dataclass(frozen=True, eq=False)
class NGrams:
    """How often each n-gram stands in a text, for n from 1 to ``order``.

    The probability of a character after a context of n - 1 characters is what was counted after it, shared with the
    next shorter context by how many different characters have followed::

        p_n(w | h) = (c(h w) + d(h) p_{n-1}(w | h')) / (c(h) + d(h))

    c counts, d(h) is the number of different characters seen after h, h' is h without its first character, and p_0 is
    the same for all characters. A context that was never seen leaves all to the shorter one.

    Attributes:
        symbols: Characters of the alphabet.
        grams: By n: the n-grams that were seen, as numbers, in order.
        counts: How often each was seen.
        contexts: By n: the contexts of n - 1 characters, c(h) and d(h).

    Source: Witten, Bell (1991), The zero-frequency problem, IEEE Transactions on Information Theory 37, method C; in
        this recursive form Chen, Goodman (1998), An empirical study of smoothing techniques for language modeling,
        section 2.5.
    """

    symbols: int
    order: int
    grams: tuple[np.ndarray, ...]
    counts: tuple[np.ndarray, ...]
    contexts: tuple[tuple[np.ndarray, np.ndarray, np.ndarray], ...]

    def probabilities(self, ids: np.ndarray) -> np.ndarray:
        """How likely each character of a text was, after those before it, by the n-grams of every order.

        A text, int64 of shape (time,), gives float64 of shape (order, time). Where fewer than n - 1 characters stand
        before one, those that do are the context.
        """
        found = np.empty((self.order, len(ids)))
        shorter = np.full(len(ids), 1 / self.symbols)
        for n in range(1, self.order + 1):
            whole = _numbers(ids, n, self.symbols)  # of every n characters, by their last
            longer = shorter.copy()
            longer[n - 1 :] = self._interpolated(n, whole, shorter[n - 1 :])
            shorter = found[n - 1] = longer
        return found

    def bits(self, ids: np.ndarray) -> np.ndarray:
        """The mean bits of a character by the n-grams of every order, float64 of shape (order,).

        The text is int64 of shape (time,), at least two. Its first character does not count: no network is asked for
        it.
        """
        bits: np.ndarray = -np.log2(self.probabilities(ids)[:, 1:]).mean(1)
        return bits

    def _interpolated(self, n: int, whole: np.ndarray, shorter: np.ndarray) -> np.ndarray:
        seen, total, different = self.contexts[n - 1]
        count = _looked_up(self.grams[n - 1], self.counts[n - 1], whole)
        before = whole // np.uint64(self.symbols)
        c, d = _looked_up(seen, total, before), _looked_up(seen, different, before)
        mixed: np.ndarray = np.where(c > 0, (count + d * shorter) / np.maximum(c + d, 1), shorter)
        return mixed


def count(ids: np.ndarray, symbols: int, order: int) -> NGrams:
    """The n-grams of at most ``order`` characters of a text, int64 of shape (time,), in an alphabet of ``symbols``.

    Raises ValueError if the order is not in 1..``LARGEST``, or n-grams of so large an alphabet cannot be numbered.
    """
    if not 1 <= order <= LARGEST or symbols**order > 2**64:
        raise ValueError(f"order must be in 1..{LARGEST} and {symbols}**order at most 2**64; got {order}")
    if len(ids) < order:
        raise ValueError(f"a text must have at least {order} characters; got {len(ids)}")
    grams, counts, contexts = [], [], []
    for n in range(1, order + 1):
        seen, often = np.unique(_numbers(ids, n, symbols), return_counts=True)
        before, first = np.unique(seen // np.uint64(symbols), return_index=True)
        contexts.append((before, np.add.reduceat(often, first), np.diff([*first, len(seen)])))
        grams.append(seen)
        counts.append(often)
    return NGrams(symbols, order, tuple(grams), tuple(counts), tuple(contexts))


def _numbers(ids: np.ndarray, n: int, symbols: int) -> np.ndarray:
    """Every n neighbouring characters as one number, its last digit the last character."""
    many = max(0, len(ids) - n + 1)
    numbers = np.zeros(many, np.uint64)
    for k in range(n):
        numbers = numbers * np.uint64(symbols) + ids[k : k + many].astype(np.uint64)
    return numbers


def _looked_up(keys: np.ndarray, values: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """The value of each wanted key, 0 where there is none."""
    found = np.empty(len(wanted), np.int64)
    for k in range(0, len(wanted), _PORTION):
        part = wanted[k : k + _PORTION]
        at = np.searchsorted(keys, part).clip(max=len(keys) - 1)
        found[k : k + _PORTION] = np.where(keys[at] == part, values[at], 0)
    return found
