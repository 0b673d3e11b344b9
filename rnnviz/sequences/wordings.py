"""Two texts side by side: what of them a bag of words has, which counts, and what it does not, the order."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from rnnviz.text import folds

if TYPE_CHECKING:
    from rnnviz.sentiment.model import SentimentModel


@dataclass(frozen=True, eq=False)
class Counted:
    """The words of two texts, counted.

    Attributes:
        words: Every word of either, in the order of their appearance.
        counts: int64 of shape (2, word). How often each stands in the first and in the second text.
    """

    words: tuple[str, ...]
    counts: np.ndarray

    @property
    def is_same(self) -> bool:
        """Whether no count differs, so that a bag of words cannot tell the two texts apart."""
        return bool((self.counts[0] == self.counts[1]).all())

    def only_in(self, text: int) -> tuple[str, ...]:
        """The words that stand more often in one of the texts."""
        more = self.counts[text] > self.counts[1 - text]
        return tuple(word for word, is_more in zip(self.words, more, strict=True) if is_more)


def counted(first: Sequence[str], second: Sequence[str]) -> Counted:
    """The words of two texts, given as tokens, counted; upper and lower case are the same."""
    bags = [Counter(folds(tokens)) for tokens in (first, second)]
    words = tuple(dict.fromkeys([*bags[0], *bags[1]]))
    return Counted(words, np.array([[bag[word] for word in words] for bag in bags], np.int64).reshape(2, -1))


def shares(model: "SentimentModel", words: Sequence[str]) -> np.ndarray:
    """What each word adds to a bag's logit of praise, once a text however often it stands: float64 of shape (word,).

    A word that it does not know adds what ``[UNK]`` does, once for all of them. Raises TypeError for a network.
    """
    from rnnviz.sentiment.bag import Bag

    if not isinstance(model.network, Bag):
        raise TypeError(f"a model must be a bag for words to have shares; {model.name} is a network")
    by_number = dict(zip(model.network.pieces.tolist(), model.network.weights.tolist(), strict=True))
    return np.array([by_number.get(number + 1, 0.0) / model.temperature for number in model.vocabulary.ids(words)])


def added(model: "SentimentModel", words: Sequence[str]) -> float:
    """What words add together to a bag's logit of praise: each once, and all that it does not know once.

    Raises TypeError if the model is a network.
    """
    by_number = dict(zip(model.vocabulary.ids(words), words, strict=True))
    return float(shares(model, list(by_number.values())).sum())
