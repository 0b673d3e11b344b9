"""How alike word vectors are, by their cosine."""

from collections.abc import Sequence

import numpy as np


def unit(vectors: np.ndarray) -> np.ndarray:
    """Vectors, of shape (word, feature), at length 1; one of zeros stays as it is."""
    found: np.ndarray = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    return found


def nearest(vectors: np.ndarray, word: int, count: int) -> list[tuple[int, float]]:
    """The words with the largest cosine to a word: numbers and cosines. The vectors are of shape (word, feature)."""
    directions = unit(vectors)
    cosines = directions @ directions[word]
    order = [k for k in np.argsort(-cosines, kind="stable").tolist() if k != word][:count]
    return [(k, float(cosines[k])) for k in order]


def odd_one(vectors: np.ndarray, words: Sequence[int]) -> int:
    """Which of a few words is least like the others: the place of the one with the smallest mean cosine to them."""
    directions = unit(vectors[list(words)])
    return int(np.argmin((directions @ directions.T).sum(1)))


def analogous(vectors: np.ndarray, first: int, second: int, third: int) -> int:
    """What is to the third word as the second is to the first: the word nearest to second - first + third.

    These three are left out.

    Source: Mikolov, Chen, Corrado, Dean (2013), arXiv 1301.3781, section 4.
    """
    directions = unit(vectors)
    cosines = directions @ (directions[second] - directions[first] + directions[third])
    cosines[[first, second, third]] = -np.inf
    return int(cosines.argmax())
