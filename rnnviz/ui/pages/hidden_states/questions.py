"""Predictions on the page "Hidden states": what is left of the first input at the end, if it is taken away."""

from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np

from rnnviz.names import CELL_LABELS, CELLS
from rnnviz.ui.pages.hidden_states import layers, match, match_search
from rnnviz.ui.selection import Selection, network, step_count, with_cell, without_viewpoint
from rnnviz.ui.shell import networks
from rnnviz.ui.shell.question import (
    Answer,
    Question,
    Questions,
    between,
    leader,
    listed,
    number,
    of_layer,
    share,
)
from rnnviz.ui.widgets import match_questions
from rnnviz.written import visible

if TYPE_CHECKING:
    from numpy import ndarray

SHARES: Final = (0.01, 0.1, 1.0)
"""Edges between the options for how much is left."""

_LEFT: Final = ("Less than 1 %", "1 to 10 %", "10 to 100 %", "More than there was")
LATER: Final = 10
"""Steps later, or at the last: further on hardly more than rounding may be left."""

_ULPS: Final = 16
"""Differences in steps of float32, at the largest h, up to which they may be nothing but rounding."""


def ask(selection: Selection) -> Questions:
    """How much of the first input is left at the last step, and which cell keeps most of it."""
    seen, layer = without_viewpoint(selection), selection.layer
    if step_count(selection) < 2:
        return "this question needs an input of two or more steps."
    where = of_layer(selection, layer)
    taken = _taken(seen)
    found = [_how_much(seen, layer, where, taken)]
    if len({with_cell(seen, cell).model.cell for cell in CELLS}) == len(CELLS):
        found.append(_which_cell(seen, layer, where, taken))
    return tuple(found)


def ask_match(selection: Selection, name: str) -> Questions:
    """How many units of the selected range are on throughout a longer one.

    Args:
        name: The signal on show, one of "h", "c".
    """
    if match.unsearchable(selection):
        return ""
    of = match_search.signal_of(selection, name)
    values = match_search.values_in(selection, of)
    usual = match_search.usual_threshold(values)
    threshold = usual if selection.threshold is None else selection.threshold
    begin, end = match_search.span_of(selection, values, threshold)
    seen = without_viewpoint(selection)
    about = ("hidden states", "match", seen, of, threshold)
    found = match_questions.Range(begin, end + 1, "the selected range")
    return match_questions.ask(about, values >= np.float32(threshold), networks.recording(seen).tokens, found)


def ask_layers(selection: Selection) -> Questions:
    """How much of the first input is left in the second of two layers; only of untrained networks, as on show."""
    if selection.model.trained or step_count(selection) < 2:
        return ""
    _, two = layers.stacks(selection)
    taken, where = _taken(two), " of layer 1 of the two-layer network"
    found = [_how_much(two, 1, where, taken)]
    if len({with_cell(two, cell).model.cell for cell in CELLS}) == len(CELLS):
        found.append(_which_cell(two, 1, " with two layers", taken))
    return tuple(found)


def states(seen: Selection, layer: int) -> "tuple[ndarray, ndarray]":
    """The states of the forward direction on the input, and without its first row, each of shape (time, unit).

    Args:
        seen: As ``selection.without_viewpoint`` gives it.
    """
    from rnnviz.stepping import record

    now = networks.recording(seen)
    x = now.x.copy()
    x[0] = np.ones_like(x[0]) if not x[0].any() else 0.0
    edits = [edit for edit in now.edits if edit.name != "x"]  # those of x are in x already
    other = record(network(seen), x, now.tokens, edits, hx=now.hx)
    return now.trace.panel("h", layer=layer), other.trace.panel("h", layer=layer)


def _taken(seen: Selection) -> str:
    """What is done to the first input, in words."""
    now = networks.recording(seen)
    put = "zeros" if now.x[0].any() else "ones"
    return f"Suppose the first input is a row of {put} instead of “{visible(now.tokens[0])}”."


def _moved(seen: Selection, layer: int) -> "ndarray":
    """How far that moves h at every step, (time, unit), in float64."""
    one, other = states(seen, layer)
    with np.errstate(all="ignore"):  # what is not finite stays so, and is told
        moved: ndarray = one.astype(np.float64) - other
    return moved


def _rounding(seen: Selection, layer: int) -> float:
    """How far rounding alone may move a state at the later step."""
    h = networks.recording(seen).trace.panel("h", layer=layer)[_later(seen)]
    return _ULPS * float(np.finfo(np.float32).eps) * float(np.abs(h.astype(np.float64)).max())


def _how_much(seen: Selection, layer: int, where: str, taken: str) -> Question:
    text = (
        f"{taken} The hidden state h{where} would then differ from the first step on. How much of that "
        "difference is left at the last step?"
    )
    return Question(("hidden states", seen, layer), text, _LEFT, partial(_left, seen, layer))


def _left(seen: Selection, layer: int) -> Answer:
    first, last = _ends(seen, layer)
    right = between(last / first if first else np.nan, SHARES)
    return Answer(
        right,
        f"‖Δh‖ is {number(first)} at the first step, {number(last)} at the last: {share(last / (first or 1))} of it.",
        _KNOWS + (_IN_C if seen.model.cell == "lstm" else ""),
    )


_KNOWS: Final = "What is left is all that an output that reads only this h can still know about the first input."
_IN_C: Final = " The c of an LSTM may have kept more of it, which later steps can still read."


def _ends(seen: Selection, layer: int, last: int = -1) -> tuple[float, float]:
    """‖Δh‖ at the first step and at another."""
    begun, ended = np.linalg.norm(_moved(seen, layer)[[0, last]], axis=1).tolist()
    return begun, ended


def _later(seen: Selection) -> int:
    return min(LATER, step_count(seen) - 1)


def _when(seen: Selection) -> str:
    later = _later(seen)
    return "at the last step" if later == step_count(seen) - 1 else f"at t = {later}"


def _which_cell(seen: Selection, layer: int, where: str, taken: str) -> Question:
    names = listed([CELL_LABELS[cell] for cell in CELLS])
    text = f"{taken} Which of the {names}{where} keeps the largest share of the difference {_when(seen)}?"
    options = tuple(CELL_LABELS[cell] for cell in CELLS)
    return Question(("hidden states", seen, layer), text, options, partial(_cell, seen, layer))


def _cell(seen: Selection, layer: int) -> Answer:
    cells = [with_cell(seen, cell) for cell in CELLS]
    ends = [_ends(cell, layer, _later(seen)) for cell in cells]
    left = [last / first if first else np.nan for first, last in ends]
    rounding = [_rounding(cell, layer) / first if first else 0.0 for cell, (first, _) in zip(cells, ends, strict=True)]
    right = leader(left) if np.isfinite(left).all() and max(left) > max(rounding) else ()
    said = ", ".join(f"{CELL_LABELS[cell]} {share(part)}" for cell, part in zip(CELLS, left, strict=True))
    why = _KEEPS[CELLS[right[0]]] if right else ""
    return Answer(right, f"Shares of ‖Δh‖ that are left: {said}.", why)


_KEEPS: Final = {
    "rnn": "Here W_hh of the plain RNN shrinks a difference less at each step than the gates of the other two do.",
    "lstm": "The LSTM keeps the share f of c at each step, while a plain RNN computes its whole state anew.",
    "gru": "The GRU keeps the share z of h at each step, while a plain RNN computes its whole state anew.",
}
