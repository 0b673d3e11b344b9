"""The kinds of sequence problem, by how many steps are read and said, and when."""

from dataclasses import dataclass
from typing import Final, Literal, get_args

Kind = Literal["one-to-one", "one-to-many", "many-to-one", "in-step", "delayed"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)

LABELS: Final[dict[Kind, str]] = {
    "one-to-one": "One to one",
    "one-to-many": "One to many",
    "many-to-one": "Many to one",
    "in-step": "Many to many, in step",
    "delayed": "Many to many, delayed",
}


@dataclass(frozen=True)
class Problem:
    """A problem that a network of ours has learned: what it does (``title``) and what a visitor is to type (``asks``).

    ``samples`` are texts to begin with, the first of all first.

    >>> from rnnviz import sequences
    >>> [problem.name for problem in sequences.of_kind("in-step")]
    ['parity', 'word-classes']
    """

    name: str
    kind: Kind
    title: str
    asks: str
    samples: tuple[str, ...]


PROBLEMS: Final[dict[str, Problem]] = {
    problem.name: problem
    for problem in (
        Problem(
            "digit-word",
            "one-to-one",
            "a digit, and its word",
            "A digit, or several, each a problem by itself",
            ("7", "3 1 4", "0 1 2 3 4 5 6 7 8 9"),
        ),
        Problem("counting", "one-to-many", "a number, and the count", "A number from 1 to 20", ("5", "1", "12", "20")),
        Problem(
            "review",
            "many-to-one",
            "a review, and whether it praises",
            "A review of at most 200 words",
            (
                "i expected it to be great but it was terrible",
                "i expected it to be terrible but it was great",
                "a wonderful story and the best music of the year",
                "this film is a complete waste of time",
            ),
        ),
        Problem(
            "parity",
            "in-step",
            "bits, and their parity so far",
            "Bits, at most 200",
            ("1 0 1 1 0 0 1", "1 1 1 1 1 1 1 1", "0 0 0 0 1 0 0 0 0 1"),
        ),
        Problem(
            "word-classes",
            "in-step",
            "words, and their parts of speech",
            "A sentence of at most 40 words",
            (
                "they watch the watch",
                "the old dog sees a duck in the water",
                "we book a room and read the book",
                "the zorp often sleeps",
            ),
        ),
        Problem(
            "reversing",
            "delayed",
            "digits, and the same from the end",
            "Digits, at most 30",
            ("3 1 4 1 5", "2 7 1 8 2 8 1 8 2 8", "0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9"),
        ),
    )
}
"""By name, in the order of the kinds."""


def of_kind(kind: Kind) -> tuple[Problem, ...]:
    """The problems of a kind.

    >>> from rnnviz import sequences
    >>> sequences.of_kind("in-step")[0].asks
    'Bits, at most 200'
    """
    return tuple(problem for problem in PROBLEMS.values() if problem.kind == kind)
