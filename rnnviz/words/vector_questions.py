"""Questions that test word vectors on words of the synthetic reviews: the odd one of four, and analogies.

No vector is trained on the questions, and no setting was chosen by them.
"""

from dataclasses import dataclass
from typing import Final, Literal, get_args

import numpy as np

from rnnviz.sentiment.reading import random_of
from rnnviz.sentiment.synthetic import words_by_class
from rnnviz.words.likeness import analogous, odd_one
from rnnviz.words.skip_gram import Corpus

Kind = Literal["part of speech", "sentiment"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)

QUESTIONS: Final = 200
"""Of each kind, always the same ones."""

CHANCE: Final = 0.25
"""The share of correct answers of somebody who guesses."""


@dataclass(frozen=True)
class OddOne:
    """Four words in random order, and the place of the one that is of another class."""

    words: tuple[str, ...]
    odd: int


def questions(kind: Kind, count: int = QUESTIONS) -> list[OddOne]:
    """The questions of a kind: adjectives, verbs and nouns; or positive and negative adjectives.

    >>> from rnnviz.words.vector_questions import questions
    >>> found = questions("sentiment", 2)
    >>> [len(question.words) for question in found]
    [4, 4]
    """
    random, classes = random_of(KINDS.index(kind)), words_by_class()
    if kind == "sentiment":
        groups = [classes["positive adjective"], classes["negative adjective"]]
    else:
        both = [classes[f"positive {part}"] + classes[f"negative {part}"] for part in ("adjective", "verb")]
        groups = [*both, classes["noun"]]
    return [_drawn(random, groups) for _ in range(count)]


def _drawn(random: np.random.Generator, groups: list[tuple[str, ...]]) -> OddOne:
    first, second = random.permutation(len(groups))[:2]
    words = [*random.choice(groups[first], 3, replace=False), random.choice(groups[second])]
    order = random.permutation(4)
    return OddOne(tuple(str(words[k]) for k in order), int(np.flatnonzero(order == 3)[0]))


OTHERS: Final = "other frequent word"


def classed(corpus: Corpus, others: int = 40) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Words of a corpus for a map, and the class of each: all that the grammar has in a class, then frequent others."""
    classes = {word: kind for kind, words in words_by_class().items() for word in words}
    known = [word for word in corpus.words if word in classes]
    known.sort(key=lambda word: list(classes).index(word))
    more = [word for word in corpus.words if word not in classes][:others]
    return (*known, *more), (*(classes[word] for word in known), *(OTHERS for _ in more))


def hit_rate(vectors: np.ndarray, corpus: Corpus, asked: list[OddOne]) -> float:
    """The share of questions whose odd word has the smallest mean cosine to the three others.

    The vectors are of shape (word, feature). Raises ValueError if the corpus lacks words of all questions.
    """
    numbers = corpus.numbers
    known = [one for one in asked if all(word in numbers for word in one.words)]
    if not known:
        raise ValueError("the corpus must have the words of the questions; it has none of them")
    right = [odd_one(vectors, [numbers[word] for word in one.words]) == one.odd for one in known]
    return sum(right) / len(right)


# --- Analogies ---


@dataclass(frozen=True)
class Analogy:
    """The first word is to the second as the third is to one of ``answers``."""

    words: tuple[str, str, str]
    answers: tuple[str, ...]


def analogies(count: int = QUESTIONS, *, by_sentiment: bool = True) -> list[Analogy]:
    """A positive adjective is to a negative one as a positive verb is to any negative verb.

    Without ``by_sentiment`` any verb is an answer, so that one sees what the part of speech alone gives.

    >>> from rnnviz.words.vector_questions import analogies
    >>> analogies(1)[0].answers
    ('disliked', 'hated', 'detested', 'regretted')
    """
    random, classes = random_of(len(KINDS)), words_by_class()
    kinds = ("positive adjective", "negative adjective", "positive verb")
    drawn = ([str(random.choice(classes[kind])) for kind in kinds] for _ in range(count))
    answers = classes["negative verb"] + (() if by_sentiment else classes["positive verb"])
    return [Analogy((first, second, third), answers) for first, second, third in drawn]


def analogy_rate(vectors: np.ndarray, corpus: Corpus, asked: list[Analogy]) -> float:
    """The share of analogies that ``likeness.analogous`` answers correctly.

    The vectors are of shape (word, feature). Raises ValueError if the corpus lacks words of all analogies.
    """
    numbers = corpus.numbers
    known = [one for one in asked if all(word in numbers for word in one.words)]
    if not known:
        raise ValueError("the corpus must have the words of the analogies; it has none of them")
    found = (analogous(vectors, *(numbers[word] for word in one.words)) for one in known)
    return sum(corpus.words[k] in one.answers for k, one in zip(found, known, strict=True)) / len(known)
