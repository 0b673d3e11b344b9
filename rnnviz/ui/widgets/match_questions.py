"""Predictions where units of a range are searched for: how many of them are on throughout a longer range."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np

from rnnviz.ui.shell.question import Answer, Question, Questions, between
from rnnviz.written import visible

MORE: Final = (1, 2, 4, 8)
"""Steps that are added."""

PARTS: Final = (1 / 3, 2 / 3)
"""Edges between the options for the part that is left."""

_OPTIONS: Final = ("Fewer than a third", "A third to two thirds", "More than two thirds")
_ONE: Final = ("No", "Yes")
_SPAN: Final = 0.5


@dataclass(frozen=True)
class Range:
    """Some steps of an input.

    Attributes:
        begin, end: The first step, and the one after the last.
        name: The range in a sentence.
    """

    begin: int
    end: int
    name: str


def ask(about: object, on: np.ndarray, tokens: Sequence[str], of: Range) -> Questions:
    """How many units of a range are still on throughout if it goes on for some steps.

    Args:
        about: What ``on`` depends on, with a ``repr`` that identifies it.
        on: bool ndarray of shape (time, unit). Of the units that count.
        tokens: One a step.
    """
    on = on[:, on[of.begin : of.end].all(0)]
    if not on.shape[1]:
        return ""
    return tuple(_longer(about, on, tokens, of, more) for more in MORE if of.end + more <= len(on))


def _longer(about: object, on: np.ndarray, tokens: Sequence[str], of: Range, more: int) -> Question:
    added = " ".join(map(visible, tokens[of.end : of.end + more]))
    ends = f"also on at the next {f'{more} steps' if more > 1 else 'step'}, “{added}”?"
    said = f"on throughout {of.name}, whether or not"
    if on.shape[1] == 1:
        text = f"One unit is {said} it is on before and after it. Is it {ends}"
        return Question((about, of, more), text, _ONE, partial(_left, on[of.end : of.end + more]))
    text = f"{on.shape[1]} units are {said} they are on before and after it. How many of them are {ends}"
    return Question((about, of, more), text, _OPTIONS, partial(_left, on[of.end : of.end + more]))


def _left(on: np.ndarray) -> Answer:
    left = np.logical_and.accumulate(on).sum(1).tolist()
    count = on.shape[1]
    by_step = f" After each of these steps: {', '.join(map(str, left))}." * (len(left) > 1)
    right = (int(left[-1]),) if count == 1 else between(left[-1] / count, PARTS, _SPAN)
    return Answer(
        right,
        f"{left[-1]} of {count}.{by_step}",
        "A unit that follows a longer stretch of the text stays on. One that responds to a single symbol or word is "
        "off again at the next step.",
    )
