"""The synthetic reviews as a training meets them: words by frequency, numbers, batches, and how much is padding."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from rnnviz.sentiment import synthetic
from rnnviz.sentiment.reading import Encoded, Vocabulary, batches_of, counted, random_of, vocabulary_of
from rnnviz.sentiment.recipes import RECIPES
from rnnviz.sentiment.reviews import Reviews

SIZE: Final = 64
"""Reviews of a batch."""

_RECIPE: Final = RECIPES["lecture-lstm"]


@dataclass(frozen=True, eq=False)
class Dataset:
    """Reviews to learn from, and all that is made of them before a network reads them.

    Attributes:
        counts: int64 of shape (word,). How often each word stands in the reviews, in the order of ``words``.
        encoded: The numbers of the words of each review.
    """

    reviews: Reviews
    words: tuple[str, ...]
    counts: np.ndarray
    vocabulary: Vocabulary
    encoded: Encoded


def shipped() -> Dataset:
    """The synthetic training reviews, read as the baseline networks read.

    >>> from rnnviz.sentiment import dataset
    >>> data = dataset.shipped()
    >>> len(data.encoded), data.vocabulary.tokens[0]
    (2000, '[UNK]')
    """
    reviews, has_marks = synthetic.reviews()["train"], _RECIPE.has_marks
    words, counts = zip(*counted(reviews.texts, has_marks=has_marks), strict=True)
    vocabulary = vocabulary_of(reviews.texts, _RECIPE.network.words, has_marks=has_marks)
    return Dataset(reviews, words, np.array(counts, np.int64), vocabulary, vocabulary.encode(reviews.texts))


def batches(lengths: np.ndarray, *, is_sorted: bool, seed: int = 0, size: int = SIZE) -> list[np.ndarray]:
    """The positions of one epoch's reviews in batches: as they were shuffled, or sorted by length before they are cut.

    ``lengths`` are int64 of shape (review,).
    """
    random = random_of(seed)
    if is_sorted:
        return batches_of(lengths, size, random)
    order = random.permutation(len(lengths))
    return [order[k : k + size] for k in range(0, len(order), size)]


def padding(lengths: np.ndarray, made: Sequence[np.ndarray]) -> np.ndarray:
    """The share of each batch's array that is padding, float64 of shape (batch,).

    >>> import numpy as np
    >>> from rnnviz.sentiment import dataset
    >>> dataset.padding(np.array([2, 4, 4]), [np.array([0, 1]), np.array([2])]).tolist()
    [0.25, 0.0]
    """
    return np.array([1 - lengths[batch].mean() / lengths[batch].max() for batch in made])
