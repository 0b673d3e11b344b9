"""n-grams by Witten and Bell's rule: a case counted by hand, and probabilities that are such."""

import math

import numpy as np
import pytest

from rnnviz.characters import Alphabet
from rnnviz.characters.ngrams import NGrams, count
from tests.together import together

ALPHABET = Alphabet("abcd")


def ids(text: str) -> np.ndarray:
    return ALPHABET.encode(text)


def distribution(grams: NGrams, context: str) -> np.ndarray:
    """How likely each character is after a context, by the longest n-grams."""
    return np.array([grams.probabilities(np.array([*ids(context), k]))[-1, -1] for k in range(grams.symbols)])


def test_a_case_counted_by_hand() -> None:
    """The text abac: a twice, b and c once; ab, ba, ac once each."""
    grams = count(ids("abac"), 4, 2)
    one = {"a": (2 + 3 / 4) / 7, "b": (1 + 3 / 4) / 7, "c": (1 + 3 / 4) / 7, "d": (3 / 4) / 7}  # d = 3, c = 4
    after_a = {w: ((w in "bc") + 2 * one[w]) / 4 for w in "abcd"}  # a was followed twice, by two kinds
    after_b = {w: ((w == "a") + one[w]) / 2 for w in "abcd"}
    found = grams.probabilities(ids("dabd"))
    np.testing.assert_allclose(found[0], [one[w] for w in "dabd"])
    np.testing.assert_allclose(found[1], [one["d"], one["a"], after_a["b"], after_b["d"]])  # d was never a context
    np.testing.assert_allclose(distribution(grams, "a"), list(after_a.values()))
    bits = -sum(math.log2(p) for p in (one["a"], after_a["b"], after_b["d"])) / 3
    assert grams.bits(ids("dabd"))[1] == pytest.approx(bits)


@together("context", ["", "a", "ba", "cabbad", "dddd"])
@together("order", [1, 2, 3, 5])
def test_probabilities_sum_to_one(context: str, order: int) -> None:
    text = "".join(np.random.default_rng(0).choice(list("abcd"), 300, p=[0.5, 0.3, 0.15, 0.05]))
    found = distribution(count(ids(text), 4, order), context)
    assert (found > 0).all()
    assert found.sum() == pytest.approx(1, abs=1e-12)


def test_longer_contexts_help_where_they_decide_and_not_in_noise() -> None:
    text = "abcd" * 200
    bits = count(ids(text), 4, 4).bits(ids("abcd" * 10))
    assert bits[0] == pytest.approx(2, abs=0.01)
    assert (bits[1:] < 0.02).all()
    noise = ids("".join(np.random.default_rng(1).choice(list("abcd"), 400)))
    assert count(noise[:200], 4, 4).bits(noise[200:]).argmin() == 0


def test_a_large_alphabet_at_its_longest() -> None:
    symbols = np.arange(256)
    assert count(np.tile(symbols, 3), 256, 8).bits(np.tile(symbols, 2))[7] < 1.1
    for order in (0, 9, 10):
        with pytest.raises(ValueError, match="order must be in"):
            count(symbols, 256, order)
    with pytest.raises(ValueError, match="at least 5 characters"):
        count(ids("abc"), 4, 5)
