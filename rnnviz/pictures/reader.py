"""A trained network over a text: its states, its gate, and what it outputs after each token."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from rnnviz import palette
from rnnviz.answers import Answer
from rnnviz.names import CELL_LABELS, LABELS, Cell
from rnnviz.text import fold, tokenize
from rnnviz.widgets.drawn import Drawn
from rnnviz.widgets.outputs import packed
from rnnviz.widgets.packing import exact

TaskName = Literal["first-word", "brackets"]

LOWER: Final = 3
"""How much is taken off the bias of the forget gate, where that is asked for."""

GATES: Final[dict[Cell, str]] = {"lstm": "f", "gru": "z"}
"""The gate on show, which decides how much of the state is kept; a plain RNN has none."""

DEEPEST: Final = 4
"""The largest depth of the training."""

FIRST: Final = ("yes", "no")

_TURNS: Final = "()"


@dataclass(frozen=True)
class Task:
    """What the networks of a task read and output.

    Attributes:
        label: Its name.
        opening: A text to begin with.
        is_of_words: Whether a token is a word; else it is a character.
        output, target: What stands beside the outputs, and beside what they should be.
        noun: What an output is where its name alone does not say it.
    """

    label: str
    opening: str
    is_of_words: bool
    output: str
    target: str
    noun: str


TASKS: Final[Mapping[TaskName, Task]] = {
    "first-word": Task(
        "The first word", "yes well so um you know like er so you know well um like so er you know well like",
        is_of_words=True, output="output", target="first word", noun="",
    ),
    "brackets": Task(
        "Bracket depth", "f(x, g(y, h(z))) and (see (below))",
        is_of_words=False, output="output: depth", target="true depth", noun="depth",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Turned:
    """The same text with the other first word.

    Attributes:
        first: This word.
        answer: The output after the last word.
        apart: How far the hidden state is from that of the text itself, after the first word and after the last: the
            length of the difference.

    >>> from rnnviz import pictures
    >>> from rnnviz.answers import Answer
    >>> pictures.Turned("no", Answer(1, "no", 0.98), (2.1, 8.4)).apart
    (2.1, 8.4)
    """

    first: str
    answer: Answer
    apart: tuple[float, float]


def turned_text(text: str) -> str:
    """The text with the other first word, yes or no; the same if it begins with neither.

    >>> from rnnviz import pictures
    >>> pictures.turned_text("Yes, well")
    'no, well'
    """
    first = tokenize(text)[:1]
    if not first or fold(first[0]) not in FIRST:
        return text
    before, _, after = text.partition(first[0])
    return f"{before}{FIRST[1 - FIRST.index(fold(first[0]))]}{after}"


def reader(
    text: str,
    tokens: Sequence[str],
    cell: Cell,
    signals: Mapping[str, np.ndarray],
    answers: Sequence[Answer],
    *,
    task: TaskName = "first-word",
    turned: Turned | None = None,
    unknown: Sequence[int] = (),
    lowered: bool = False,
    links: Mapping[str, str] | None = None,
    t: int | None = None,
) -> Drawn:
    """The network unrolled over a text.

    Args:
        tokens: One a step, in the order of the text.
        signals: The gate of ``GATES``, if the cell has one, and the hidden state h: each of shape (time, unit).
        answers: The output at each step.
        turned: Of a text that begins with yes or no, what the network does with the other first word.
        unknown: The steps whose token the network does not know.
        lowered: Whether the bias of the LSTM's forget gate is lower by ``LOWER`` than training has left it.
        links: The address that each part of the picture leads to.
        t: The selected step; by default the last.

    >>> import numpy as np
    >>> from rnnviz import pictures
    >>> from rnnviz.answers import Answer
    >>> h, answers = np.zeros((2, 32)), [Answer(0, "1", 0.9, "1", True), Answer(1, "0", 0.9, "0", True)]
    >>> pictures.reader("()", ["(", ")"], "rnn", {"h": h}, answers, task="brackets")
    Drawn(The trained RNN predicts the bracket depth correctly at 2 of 2 characters.)
    """
    gate, name, told = GATES.get(cell), name_of(cell, lowered=lowered), TASKS[task]
    found = finding(task, name, tokens, answers, turned)
    data = {
        "start": {"id": "alone", "t": len(tokens) - 1 if t is None else t},
        "answer": {"start": "alone", "count": 0, "text": text, "problem": ""},
        "cells": [[cell, CELL_LABELS[cell]] for cell in ("lstm", "gru", "rnn")],
        "stories": [
            {"name": name, "label": one.label, "opening": one.opening, "words": one.is_of_words}
            for name, one in TASKS.items()
        ],
        "lower": LOWER,
        "palette": palette.themes(),
        "model": {
            "text": text,
            "story": task,
            "tokens": list(tokens),
            "ends": ends(text, tokens),
            "unknown": list(unknown),
            "rows": {"output": told.output, "target": told.target},
            "cell": cell,
            "lowered": lowered,
            "name": CELL_LABELS[cell],
            "units": signals["h"].shape[1],
            "signals": {signal: exact(values) for signal, values in signals.items()},
            "gate": [gate, LABELS[gate]] if gate else None,
            "answers": packed(answers, "", told.noun),
            "finding": found,
            "alt": spoken(task, name, text, signals, answers),
            "links": dict(links or {}),
        },
    }
    return Drawn("reader", found[0], data)


def ends(text: str, tokens: Sequence[str]) -> list[int]:
    """Where in the text each token ends."""
    found, at = [], 0
    for token in tokens:
        at = text.index(token, at) + len(token)
        found.append(at)
    return found


# --- In words ---


def name_of(cell: Cell, *, lowered: bool) -> str:
    """The network in a sentence."""
    label = CELL_LABELS[cell]
    return f"With its forget bias {LOWER} lower, the {label}" if lowered else f"The trained {label}"


def finding(
    task: TaskName, name: str, tokens: Sequence[str], answers: Sequence[Answer], turned: Turned | None = None
) -> tuple[str, str]:
    """What follows, and more of it."""
    return _first_word(name, tokens, answers, turned) if task == "first-word" else _depths(name, tokens, answers)


def _first_word(name: str, tokens: Sequence[str], answers: Sequence[Answer], turned: Turned | None) -> tuple[str, str]:
    """Whether the last output tells the two first words apart, and how far apart they leave the states."""
    last, first = answers[-1], fold(tokens[0])
    if turned is None:
        said = f"The first word is “{tokens[0]}”. The network was trained on texts that begin with yes or no."
        return said, "Begin with one of these two words."
    outputs = f"{name} outputs “{last.output}” after {_many(len(tokens), 'word')}"
    begun, ended = turned.apart
    if (last.output, turned.answer.output) == (first, turned.first):
        said = f"{outputs}: it remembers the first word."
    elif last.output == turned.answer.output:
        said = f"{outputs}: it has lost the first word."
    else:
        said = f"{outputs}: it exchanges the two first words."
    p = f"p = {turned.answer.probability:.3f}"
    against = f"With “{turned.first}” as the first word it outputs “{turned.answer.output}” ({p})."
    if len(tokens) == 1:
        return said, against
    against = f"Only the output after the last word was trained. {against}"
    distance = f"{_length(begun)} at t = 0 and {_length(ended)} at t = {len(tokens) - 1}"
    return said, f"{against} The two hidden states differ by {distance} (length of the difference)."


def _length(value: float) -> str:
    return f"{value:.2f}" if value >= 0.01 else f"{value:.5f}"


def _depths(name: str, tokens: Sequence[str], answers: Sequence[Answer]) -> tuple[str, str]:
    """How many depths are correct; and the first that is not, or what is left to say of the text."""
    known = [one for one in answers if one.correct is not None]
    if not known:
        return "No depth is known for this text.", "Its first character closes a bracket that was not opened."
    right = sum(one.correct is True for one in known)
    said = f"{name} predicts the bracket depth correctly at {right} of {_many(len(known))}."
    wrong = next((one for one in known if not one.correct), None)
    left = len(tokens) - len(known)
    beyond = (
        f"{left} more {'follow' if left > 1 else 'follows'} a depth below 0 or above {DEEPEST}, which its training did "
        "not contain."
    )
    if wrong is not None:
        return said, f"{_first_error(wrong, tokens)}{f' {beyond}' if left else ''}"
    if left:
        return said, beyond
    if (depth := int(known[-1].target)) > 0:
        return said, f"The text ends with {depth} open bracket{'s' * (depth > 1)}."
    return said, "After each character it outputs how many brackets are open."


def _first_error(wrong: Answer, tokens: Sequence[str]) -> str:
    since = next((k for k in range(wrong.t + 1) if tokens[wrong.t - k] in _TURNS), None)
    where = "before any bracket" if since is None else f"{_many(since)} after a bracket" if since else "at a bracket"
    return (
        f"Its first error is at t = {wrong.t}, {where}: "
        f"it predicts depth {wrong.output}, the true depth is {wrong.target}."
    )


def _many(count: int, of: str = "character") -> str:
    return f"{count} {of}{'s' * (count != 1)}"


def spoken(task: TaskName, name: str, text: str, signals: Mapping[str, np.ndarray], answers: Sequence[Answer]) -> str:
    """The picture in words."""
    outputs = " ".join(one.output for one in answers)
    named, units = " and ".join(signals), signals["h"].shape[1]
    each = "word" if TASKS[task].is_of_words else "character"
    what = "depths" if task == "brackets" else "outputs"
    return (
        f"{name} is unrolled over “{text}”, a box at each {each}, "
        f"with {named} of its {units} units and the predicted {what} {outputs}."
    )
