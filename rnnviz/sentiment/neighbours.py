"""Which words a network takes for alike, by the numbers that stand for them in its embedding."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from rnnviz.sentiment.bag import Bag
from rnnviz.sentiment.calibration import probabilities
from rnnviz.sentiment.model import SentimentModel
from rnnviz.sentiment.reading import Encoded
from rnnviz.text import fold

MAPPED: Final = 1_000
"""The most frequent words, by which the map is laid out."""


@dataclass(frozen=True, eq=False)
class WordMap:
    """Words in the plane in which their embeddings vary most.

    Attributes:
        words: As the vocabulary has them, the most frequent first.
        places: float64 of shape (word, 2). In units of the embedding. The first axis points to praise.
        shares: float64 of shape (2,). The part of the variance of these embeddings that each axis shows.
        judged: float64 of shape (word,). How likely a text of that word alone praises.
    """

    words: tuple[str, ...]
    places: np.ndarray
    shares: np.ndarray
    predicted: np.ndarray


def neighbours(model: SentimentModel, word: str, count: int = 8, among: int | None = None) -> list[tuple[str, float]]:
    """The words whose embeddings point most nearly the same way, with the cosine between the two, the most alike first.

    A network that learns to judge puts words together that mean the same for its judgement: often opposites in
    everything else. Neither the word itself nor ``[UNK]`` is among them. The word may be in capitals or not. ``among``
    is for only so many of the most frequent words: the rare ones have learned little but their side. Raises TypeError
    if the model is a bag, which has no embedding, ValueError if the network does not know the word.

    Source: Collobert, Weston, Bottou, Karlen, Kavukcuoglu, Kuksa (2011), arXiv 1103.0398, table 6, for the use.
    """
    embeddings, place = _embeddings(model), model.vocabulary.numbers.get(fold(word.strip()), 0)
    if not place:
        known = len(model.vocabulary.tokens) - 1
        raise ValueError(f"a word must be among the {known:,} that {model.name} knows; got {word!r:.80}")
    lengths = np.maximum(np.linalg.norm(embeddings, axis=1), np.finfo(np.float32).tiny)
    cosines = embeddings @ embeddings[place] / (lengths * lengths[place])
    cosines[[0, place]] = -np.inf
    if among is not None:
        cosines[among + 1 :] = -np.inf
    nearest = np.argsort(-cosines, kind="stable")[: min(count, int(np.isfinite(cosines).sum()))]
    return [(model.vocabulary.tokens[k], float(cosines[k])) for k in nearest]


def sizes(model: SentimentModel, ids: Sequence[int]) -> np.ndarray:
    """L2 norms of the embeddings of some words, float32 of shape (word,); TypeError if the model is a bag.

    Those of words that decide grow in training. ``ids`` are numbers in the vocabulary.
    """
    norms: np.ndarray = np.linalg.norm(_embeddings(model)[np.asarray(ids, np.int64)], axis=1)
    return norms


def embedding_map(model: SentimentModel, words: Iterable[str] = (), most: int = MAPPED) -> WordMap:
    """The most frequent words, and those asked for, in the first two principal components of their embeddings.

    The plane is that of the ``most`` most frequent words alone, so that it stays where it is whatever is asked for.
    Words may be in capitals or not; those that the network does not know are left out. Raises TypeError if the model is
    a bag.

    Source: Pearson (1901), On lines and planes of closest fit to systems of points in space, Philosophical Magazine 2.
    """
    embeddings, numbers = _embeddings(model), model.vocabulary.numbers
    frequent = range(1, min(most + 1, len(embeddings)))
    asked = {numbers[folded] for word in words if (folded := fold(word.strip())) in numbers} - {0}
    chosen = np.array(sorted(asked.union(frequent)), np.int32)
    x = embeddings[chosen].astype(np.float64)
    x -= x[: len(frequent)].mean(0)  # these come first
    _, sizes, axes = np.linalg.svd(x[: len(frequent)], full_matrices=False)  # axes: (component, feature)
    logits = model.logits(Encoded.of(list(chosen[:, None])))
    places = x @ axes[:2].T
    places *= _signs(places[: len(frequent)], logits[: len(frequent)])
    shares = sizes[:2] ** 2 / max(float((sizes**2).sum()), np.finfo(float).tiny)
    return WordMap(tuple(model.vocabulary.tokens[k] for k in chosen), places, shares, probabilities(logits))


def plane(vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Vectors, of shape (word, feature), in their first two principal components.

    Places of shape (word, 2) come back, and the part of the variance that each axis shows, of shape (2,). Each axis
    points to the word that is farthest out on it, since its sign is anyone's.

    Source: Pearson (1901), On lines and planes of closest fit to systems of points in space, Philosophical Magazine 2.
    """
    x = vectors.astype(np.float64)
    x -= x.mean(0)
    _, sizes, axes = np.linalg.svd(x, full_matrices=False)
    places = x @ axes[:2].T
    farthest = places[np.abs(places).argmax(0), np.arange(places.shape[1])]
    shares = sizes[:2] ** 2 / max(float((sizes**2).sum()), np.finfo(float).tiny)
    return places * np.where(farthest < 0, -1.0, 1.0), shares


def _embeddings(model: SentimentModel) -> np.ndarray:
    """All embeddings, (word, feature)."""
    if isinstance(model.network, Bag):
        raise TypeError(f"a model must be a network to have embeddings; {model.name} counts words")
    embeddings: np.ndarray = model.network.embedding.weight.detach().numpy()
    return embeddings


def _signs(places: np.ndarray, logits: np.ndarray) -> np.ndarray:
    """Which way the axes point, since their signs are anyone's: to praise, and to the word that is farthest out."""
    positive = (places[:, 0] - places[:, 0].mean()) @ (logits - logits.mean())
    farthest = places[np.abs(places[:, 1]).argmax(), 1]
    return np.where(np.array([positive, farthest]) < 0, -1.0, 1.0)
