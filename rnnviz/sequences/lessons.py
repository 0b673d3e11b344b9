"""What the small networks are taught: tokens in, answers out, drawn from a generator; and how each is made."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from rnnviz.checkpoints import UNKNOWN, Splits
from rnnviz.sequences import grammar
from rnnviz.sequences.reading import LARGEST
from rnnviz.spec import ModelSpec

WORDS_OF_DIGITS: Final = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
END: Final = "end"
"""What is said when there is no more to say."""

NOT_ASKED: Final = -100
"""The answer of a step at which nothing is asked, as ``torch.nn.functional.cross_entropy`` ignores it."""

TRAINED_BITS: Final = 20
"""The most bits of a sequence of a training."""

_UNKNOWN_WORDS: Final = 0.08
"""The share of words that a training hides, so that the network learns to tell by the place."""

Pair = tuple[list[int], list[int]]
Pairs = list[Pair]
"""Sequences of tokens with an answer a token."""


@dataclass(frozen=True)
class Lesson:
    """A problem as a network learns it.

    Attributes:
        name: Of the problem; what ``ModelSpec.trained`` calls the network by.
        model: Its ``input_size`` is the size of the embedding.
        splits: What a text is split into.
        tokens, answers: What is read, ``[UNK]`` first; and what is said, in the order of the logits.
        draw: From a generator to the sequences of one update.
        rate: Of Adam.
        learned: What it was trained to do, in words that follow on "trained to".
    """

    name: str
    model: ModelSpec
    splits: Splits
    tokens: tuple[str, ...]
    answers: tuple[str, ...]
    draw: Callable[[np.random.Generator], Pairs]
    updates: int
    rate: float
    learned: str

    @property
    def checkpoint(self) -> str:
        """What its file is called."""
        return f"{self.name}-{self.model.cell}"


def all_digits(_: np.random.Generator | None = None) -> Pairs:
    """Every digit with its word."""
    return [([digit + 1], [digit]) for digit in range(10)]


def all_counts(_: np.random.Generator | None = None) -> Pairs:
    """Every number, and then what is said until the end, each read where it was said just before."""
    return [([number, *range(1, number + 1)], [*range(number), LARGEST]) for number in range(1, LARGEST + 1)]


def bits(generator: np.random.Generator, size: int = 64, least: int = 1, most: int = TRAINED_BITS) -> Pairs:
    """Sequences of random bits of equal length, ``least`` to ``most``, with the parity of all up to each."""
    drawn = generator.integers(2, size=(size, int(generator.integers(least, most + 1))))
    return [((row + 1).tolist(), (np.cumsum(row) % 2).tolist()) for row in drawn]


def sentences(generator: np.random.Generator, size: int = 64, hidden: float = _UNKNOWN_WORDS) -> Pairs:
    """Sentences of the grammar with the part of speech of each word, none of those that are held out.

    A share ``hidden`` of the words is read as ``[UNK]``.
    """
    pairs: Pairs = []
    while len(pairs) < size:
        tagged = grammar.sentence(generator)
        if not grammar.is_held_out(tagged):
            pairs.append(_tagged(tagged, generator.random(len(tagged)) < hidden))
    return pairs


def held_out_sentences(size: int, seed: int = 1) -> Pairs:
    """Sentences of the grammar that no training reads, each once."""
    generator = np.random.default_rng(seed)
    found: dict[str, grammar.Tagged] = {}
    while len(found) < size:
        tagged = grammar.sentence(generator)
        if grammar.is_held_out(tagged):
            found[grammar.written(tagged)] = tagged
    return [_tagged(tagged, np.zeros(len(tagged), bool)) for tagged in found.values()]


def _tagged(tagged: grammar.Tagged, hidden: np.ndarray) -> Pair:
    words = [0 if gone else 1 + grammar.WORDS.index(word) for (word, _), gone in zip(tagged, hidden, strict=True)]
    return words, [grammar.PARTS.index(part) for _, part in tagged]


def _numbers(first: int, last: int) -> tuple[str, ...]:
    return tuple(map(str, range(first, last + 1)))


def _model(cell: Any, embedding: int, hidden: int, answers: int, seed: int = 1) -> ModelSpec:
    return ModelSpec(cell, embedding, hidden, output_size=answers, seed=seed)


LESSONS: Final[dict[str, Lesson]] = {
    lesson.name: lesson
    for lesson in (
        Lesson(
            "digit-word", _model("rnn", 8, 16, 10), "words", (UNKNOWN, *_numbers(0, 9)), WORDS_OF_DIGITS,
            all_digits, 300, 0.01, "output the word of a digit, one step for each digit",
        ),
        Lesson(
            "counting", _model("gru", 16, 32, LARGEST + 1), "words", (UNKNOWN, *_numbers(1, LARGEST)),
            (*_numbers(1, LARGEST), END), all_counts, 1500, 0.01,
            "count to the number that is its first input, where each output is the next input",
        ),
        Lesson(
            "parity", _model("gru", 8, 16, 2), "characters", (UNKNOWN, "0", "1"), ("even", "odd"), bits, 2000, 0.01,
            "output after each bit whether the number of ones so far is even or odd",
        ),
        Lesson(
            "word-classes", _model("gru", 16, 32, len(grammar.PARTS)), "words", (UNKNOWN, *grammar.WORDS),
            grammar.PARTS, sentences, 1000, 0.005, "output the part of speech of each word of a made-up grammar",
        ),
    )
}  # fmt: skip
"""By the name of the problem."""
