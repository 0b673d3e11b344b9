"""The two tasks of the home page: what their networks read, what they output after each token, and what is changed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

from rnnviz import checkpoints
from rnnviz.pictures.reader import TASKS, TaskName
from rnnviz.text import characters_of, fold, tokenize

if TYPE_CHECKING:
    import numpy as np

    from rnnviz.answers import Answer
    from rnnviz.stepping import Recording

MOST_CHARACTERS: Final = 40
"""The most characters of a text: as many columns as can be told apart on a laptop."""

MOST_WORDS: Final = 24
MOST_TYPED: Final = 240
"""The most characters of these words."""


@dataclass(frozen=True)
class Story:
    """A task with its networks and a text to begin with.

    Attributes:
        family: Of the networks, one for each cell.
        limit: The most characters that are kept of a text.
        tokens: Of a text.
        problem: Why a text cannot be shown; empty if it can.
        answers: Of a recording on a text, one for each token.
    """

    family: str
    opening: str
    limit: int
    tokens: Callable[[str], tuple[str, ...]]
    problem: Callable[[str], str]
    answers: "Callable[[Recording], tuple[Answer, ...]]"


# --- The first word ---


def _problem_of_words(text: str) -> str:
    count = len(tokenize(text))
    if not count:
        return "Type at least one word."
    if count > MOST_WORDS:
        return f"At most {MOST_WORDS} words fit here; the text has {count:,}."
    if len(text) > MOST_TYPED:
        return f"At most {MOST_TYPED} characters fit here; the text has {len(text):,}."
    return ""


def _each_beginning(found: "Recording") -> "tuple[Answer, ...]":
    """What the network would output if the text ended at each word: training asked for the last one alone."""
    from rnnviz.answers import answers

    known = checkpoints.load(f"{STORIES['first-word'].family}-{found.spec.cell}")
    logits = _logits(found)
    ends = range(1, len(found.tokens) + 1)
    return tuple(answers(known, logits[:end], found.tokens[:end], found.x[:end])[-1] for end in ends)


# --- Brackets ---


@cache
def characters() -> tuple[str, ...]:
    """The characters that the networks for brackets were trained on."""
    return checkpoints.load(f"{STORIES['brackets'].family}-lstm").vocabulary[1:]


def _problem_of_characters(text: str) -> str:
    if not text.strip():
        return "Type at least one character other than a space."
    strange = list(dict.fromkeys(sign for sign in text if fold(sign) not in characters()))
    if strange:
        listed = " ".join(sign if sign.isprintable() else f"U+{ord(sign):04X}" for sign in strange[:8])
        marks = " ".join(sign for sign in characters() if not sign.isalnum() and not sign.isspace())
        return f"Not in the vocabulary of the network: {listed} It knows a–z, 0–9, the space and {marks}"
    if len(text) > MOST_CHARACTERS:
        return f"At most {MOST_CHARACTERS} characters fit here; the text has {len(text):,}."
    return ""


def _each_step(found: "Recording") -> "tuple[Answer, ...]":
    from rnnviz.answers import answers

    known = checkpoints.load(f"{STORIES['brackets'].family}-{found.spec.cell}")
    return answers(known, _logits(found), found.tokens, found.x)


def _logits(found: "Recording") -> "np.ndarray":
    if found.output_layer is None:
        raise ValueError("the network must have an output layer; got none")
    return found.output_layer.logits


STORIES: Final[Mapping[TaskName, Story]] = {
    "first-word": Story(
        family="latch",
        opening=TASKS["first-word"].opening,
        limit=MOST_TYPED,
        tokens=tokenize,
        problem=_problem_of_words,
        answers=_each_beginning,
    ),
    "brackets": Story(
        family="brackets",
        opening=TASKS["brackets"].opening,
        limit=MOST_CHARACTERS,
        tokens=characters_of,
        problem=_problem_of_characters,
        answers=_each_step,
    ),
}
