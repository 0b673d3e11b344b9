"""The network that counts brackets, on a text: its states, its gate, and the depth that it outputs."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from rnnviz import palette
from rnnviz.answers import Answer
from rnnviz.names import CELL_LABELS, LABELS, Cell
from rnnviz.widgets.drawn import Drawn
from rnnviz.widgets.outputs import packed
from rnnviz.widgets.packing import exact

LIMIT: Final = 40
"""The most characters of a text: as many columns as can be told apart on a laptop."""

LOWER: Final = 3
"""How much is taken off the bias of the forget gate, where that is asked for."""

GATES: Final[dict[Cell, str]] = {"lstm": "f", "gru": "z"}
"""The gate on show, which decides how much of the state is kept; a plain RNN has none."""

DEEPEST: Final = 4
"""The largest depth of the training."""

_TURNS: Final = "()"


def brackets(
    text: str,
    cell: Cell,
    signals: Mapping[str, np.ndarray],
    answers: Sequence[Answer],
    *,
    lowered: bool = False,
    links: Mapping[str, str] | None = None,
    t: int | None = None,
) -> Drawn:
    """The network unrolled over a text.

    Args:
        signals: The gate of ``GATES``, if the cell has one, and the hidden state h: each of shape (time, unit).
        answers: The predicted depth at each step.
        lowered: Whether the bias of the LSTM's forget gate is lower by ``LOWER`` than training has left it.
        links: The address that each part of the picture leads to.
        t: The selected step; by default the last.

    >>> import numpy as np
    >>> from rnnviz import pictures
    >>> from rnnviz.answers import Answer
    >>> h, answers = np.zeros((2, 32)), [Answer(0, "1", 0.9, "1", True), Answer(1, "0", 0.9, "0", True)]
    >>> pictures.brackets("()", "rnn", {"h": h}, answers)
    Drawn(A trained network counts brackets)
    """
    gate, name = GATES.get(cell), name_of(cell, lowered=lowered)
    data = {
        "start": {"id": "alone", "t": len(text) - 1 if t is None else t},
        "answer": {"start": "alone", "count": 0, "text": text, "problem": ""},
        "cells": [[cell, CELL_LABELS[cell]] for cell in ("lstm", "gru", "rnn")],
        "lower": LOWER,
        "limit": LIMIT,
        "palette": palette.themes(),
        "model": {
            "text": text,
            "cell": cell,
            "lowered": lowered,
            "name": CELL_LABELS[cell],
            "units": signals["h"].shape[1],
            "signals": {signal: exact(values) for signal, values in signals.items()},
            "gate": [gate, LABELS[gate]] if gate else None,
            "answers": packed(answers, "", "depth"),
            "finding": finding(name, text, answers),
            "alt": spoken(name, text, signals, answers),
            "links": dict(links or {}),
        },
    }
    return Drawn("brackets", "A trained network counts brackets", data)


# --- In words ---


def name_of(cell: Cell, *, lowered: bool) -> str:
    """The network in a sentence."""
    label = CELL_LABELS[cell]
    return f"With its forget bias {LOWER} lower, the {label}" if lowered else f"The trained {label}"


def finding(name: str, tokens: Sequence[str], answers: Sequence[Answer]) -> tuple[str, str]:
    """What follows: how many depths are correct; and the first that is not, or what is left to say of the text."""
    known = [one for one in answers if one.correct is not None]
    if not known:
        return "No depth is known for this text.", "Its first character closes a bracket that was not opened."
    right = sum(one.correct is True for one in known)
    said = f"{name} predicts the bracket depth correctly at {right} of {_many(len(known))}."
    wrong = next((one for one in known if not one.correct), None)
    if wrong is not None:
        return said, _first_error(wrong, tokens)
    if (left := len(tokens) - len(known)) > 0:
        more = f"{left} more {'follow' if left > 1 else 'follows'}"
        return said, f"{more} a depth below 0 or above {DEEPEST}, which its training did not contain."
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


def _many(count: int) -> str:
    return f"{count} character{'s' * (count != 1)}"


def spoken(name: str, tokens: Sequence[str], signals: Mapping[str, np.ndarray], answers: Sequence[Answer]) -> str:
    """The picture in words."""
    depths = " ".join(one.output for one in answers)
    named, units = " and ".join(signals), signals["h"].shape[1]
    return (
        f"{name} is unrolled over “{''.join(tokens)}”, a box at each character, "
        f"with {named} of its {units} units and the predicted depths {depths}."
    )
