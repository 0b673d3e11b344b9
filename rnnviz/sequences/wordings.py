"""Two texts side by side: what a bag of words has of them, which words there are, and what it has not, the order."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from rnnviz.text import folds

if TYPE_CHECKING:
    from rnnviz.sentiment.model import SentimentModel


@dataclass(frozen=True, eq=False)
class Bags:
    """The words of two texts.

    Attributes:
        words: Every word of either, in the order of their appearance.
        present: int64 of shape (2, word). 1 where a word stands in the first or in the second text, however often.
    """

    words: tuple[str, ...]
    present: np.ndarray

    @property
    def is_same(self) -> bool:
        """Whether both have the same words, so that a bag of words cannot tell the two texts apart."""
        return bool((self.present[0] == self.present[1]).all())

    def only_in(self, text: int) -> tuple[str, ...]:
        """The words that stand in one of the texts alone."""
        alone = self.present[text] > self.present[1 - text]
        return tuple(word for word, is_alone in zip(self.words, alone, strict=True) if is_alone)


def bags_of(first: Sequence[str], second: Sequence[str]) -> Bags:
    """The words of two texts, given as tokens; upper and lower case are the same."""
    texts = [dict.fromkeys(folds(tokens)) for tokens in (first, second)]
    words = tuple(texts[0] | texts[1])
    return Bags(words, np.array([[word in text for word in words] for text in texts], np.int64).reshape(2, -1))


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
