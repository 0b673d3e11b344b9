"""What learning made of embeddings: the rows before and after, and where they lie in a plane."""

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

import numpy as np
import torch

from rnnviz import checkpoints, sentiment
from rnnviz.checkpoints import EMBEDDING
from rnnviz.sentiment.model import SentimentModel
from rnnviz.sentiment.neighbours import plane
from rnnviz.sentiment.network import started
from rnnviz.sentiment.recipes import RECIPES
from rnnviz.sequences import grammar
from rnnviz.sequences.lessons import LESSONS, Lesson

EITHER: Final = "noun or verb"

SPREAD: Final = 0.1
"""The standard deviation of the embeddings before training."""


@dataclass(frozen=True, eq=False)
class ClassMap:
    """The words of the lexicon in the plane in which their embeddings vary most.

    Attributes:
        words, classes: Each with its part of speech, or ``EITHER``.
        places: float64 of shape (word, 2). In units of the embedding.
        shares: float64 of shape (2,). The part of the variance that each axis shows.
    """

    words: tuple[str, ...]
    classes: tuple[str, ...]
    places: np.ndarray
    shares: np.ndarray


def rows(problem: str, *, is_trained: bool = True) -> np.ndarray:
    """The embedding of a small network, one of ``lessons.LESSONS``: float32 of shape (token, feature).

    If it is not trained, these are the rows that its training began with.
    """
    lesson = LESSONS[problem]
    if is_trained:
        return checkpoints.load(lesson.checkpoint).weights[EMBEDDING]
    found: np.ndarray = first_embedding(lesson).numpy()
    return found


def first_embedding(lesson: Lesson) -> torch.Tensor:
    """The embedding that a training begins with, float32 of shape (token, feature): drawn from N(0, ``SPREAD``²).

    ``torch.nn.Embedding`` draws from N(0, 1). Here what is learned outgrows what was drawn.
    """
    generator = torch.Generator().manual_seed(lesson.model.seed)
    return torch.randn(len(lesson.tokens), lesson.model.input_size, generator=generator).mul_(SPREAD)


def class_map(*, is_trained: bool = True) -> ClassMap:
    """The lexicon in the first two principal components of its embedding, without ``[UNK]``."""
    places, shares = plane(rows("word-classes", is_trained=is_trained)[1:])
    return ClassMap(grammar.WORDS, tuple(map(_class_of, grammar.WORDS)), places, shares)


def _class_of(word: str) -> str:
    if word in grammar.EITHER:
        return EITHER
    return next((part for part, words in grammar.LEXICON.items() if word in words), "noun")


@lru_cache(maxsize=1)
def reviewer_before(name: str = "bilstm") -> SentimentModel:
    """A network that judges reviews as its training began: the same words, weights as drawn, without a temperature."""
    recipe = RECIPES[name]
    network = started(recipe.network, recipe.seed).requires_grad_(requires_grad=False).eval()
    return replace(sentiment.load(name), network=network, temperature=1.0)
