"""Trigrams: probabilities that sum to 1, Kneser and Ney's by hand, and both sides by Bayes' rule."""

from itertools import product

import numpy as np
import pytest

from rnnviz.words import counts
from rnnviz.words.sentences import Sentences

ROWS = [np.array([[0, 1], [0, 2], [0, 1]]), np.array([[1, 2, 0]])]
WORDS = 3


@pytest.fixture
def model() -> counts.Trigrams:
    return counts.count(ROWS, WORDS)


def test_probabilities_sum_to_one_after_any_words(model: counts.Trigrams) -> None:
    for before in product(range(WORDS + 1), repeat=2):
        words = np.arange(WORDS + 1)
        found = model.probabilities(np.array([before] * len(words)), words)
        assert found.sum() == pytest.approx(1)
        assert (found > 0).all()


def test_a_probability_by_hand(model: counts.Trigrams) -> None:
    """Of 1 at the beginning of a sentence, of which the tokens are 0 1, 0 2, 0 1 and 1 2 0."""
    # Trigrams, by their counts: B B 0: 3, B B 1: 1, B 0 1: 2, B 0 2: 1, 0 1 B: 2, 0 2 B: 1, B 1 2, 1 2 0, 2 0 B: 1.
    discount = [_of(counts_) for counts_ in ([3, 1, 2, 1, 2, 1, 1, 1, 1], [1] * 9, [3, 2, 2, 2])]
    # Bigrams, by the words before them: 0 1: 1, 0 2: 1, B 0: 1, B 1: 1, 1 B: 1, 2 B: 1, 1 2: 1, 2 0: 1, 0 B: 1.
    single = (2 - discount[2] + discount[2] * 4 / 4) / 9
    pair = (1 - discount[1] + discount[1] * 2 * single) / 2
    expected = (1 - discount[0] + discount[0] * 2 * pair) / 4
    found = model.probabilities(np.array([WORDS, WORDS]), np.array(1))
    assert float(found) == pytest.approx(expected)


def _of(numbers: list[int]) -> float:
    once, twice = numbers.count(1), numbers.count(2)
    return once / (once + 2 * twice) if once else 0.5


def test_both_sides_are_the_sentences_own_probability(model: counts.Trigrams) -> None:
    """The posterior of a word is the share of its sentence among the sentences with any word there."""

    def whole(sentence: list[int]) -> float:
        framed = [WORDS, WORDS, *sentence, WORDS]
        pairs = [(framed[k : k + 2], framed[k + 2]) for k in range(len(framed) - 2)]
        return float(np.prod([float(model.probabilities(np.array(b), np.array(w))) for b, w in pairs]))

    sentence = [1, 2, 0, 1]
    for t in range(4):
        each = np.array([whole([*sentence[:t], word, *sentence[t + 1 :]]) for word in range(WORDS)])
        (found,) = counts.log_posteriors(model, [(np.array(sentence), t)])
        assert found == pytest.approx(np.log(each[sentence[t]] / each.sum()))


def test_all_tokens_of_sentences_in_their_order(model: counts.Trigrams) -> None:
    found = counts.log_probabilities(model, Sentences({2: np.array([[0, 1]])}))
    expected = model.probabilities(np.array([[WORDS, WORDS], [WORDS, 0]]), np.array([0, 1]))
    np.testing.assert_allclose(found, np.log(expected))
