"""Predictions on the page of interventions: what is left of the past if a state is set to 0."""

from functools import partial

import numpy as np

from rnnviz.spec.acts import Act
from rnnviz.ui.pages.interventions.running import edits_of
from rnnviz.ui.selection import Selection, network, step_count, without_viewpoint
from rnnviz.ui.shell import networks
from rnnviz.ui.shell.question import Answer, Question, Questions, number

_OPTIONS = ("Yes", "No: something of the steps before is left")
_SAME, _OTHER = 1e-4, 1e-2
"""Below the first a difference is rounding, above the second it is seen."""


def ask(selection: Selection) -> Questions:
    """Whether a network starts anew if its states are set to 0 at a step."""
    seen, model = without_viewpoint(selection), selection.model
    if model.num_layers > 1 or model.bidirectional or seen.after or networks.recording(seen).hx:
        return ""
    if step_count(seen) < 3:
        return "this question needs an input of three or more steps."
    asked = [_anew(seen, ("h",))]
    if model.cell == "lstm":
        asked.append(_anew(seen, ("h", "c")))
    return tuple(asked)


def _anew(seen: Selection, signals: tuple[str, ...]) -> Question:
    k = step_count(seen) // 2 - 1
    text = (
        f"At t = {k}, {' and '.join(signals)} of all units {'are' if len(signals) > 1 else 'is'} clamped at 0. Compare "
        f"with a run that begins at t = {k + 1} with zero states. Are the hidden states h the same from t = {k + 1}?"
    )
    return Question(("interventions", seen, signals), text, _OPTIONS, partial(_compared, seen, signals, k))


def _compared(seen: Selection, signals: tuple[str, ...], k: int) -> Answer:
    apart = float(np.abs(difference(seen, signals, k)).max())
    right = (0,) if apart < _SAME else (1,) if apart > _OTHER else ()
    why = (
        "c passes from step to step beside h, so what c holds is still there."
        if seen.model.cell == "lstm" and "c" not in signals
        else "These states are all that a step receives from the steps before, and a network begins with zeros."
    )
    return Answer(right, f"The largest difference of h is {number(apart, 2)}.", why)


def difference(seen: Selection, signals: tuple[str, ...], k: int) -> np.ndarray:
    """The h after states were clamped at step k, minus that on the rest of the input alone: (step, unit)."""
    from rnnviz.stepping import record

    now = networks.recording(seen)
    acts = [Act("clamp", signal, 0.0, steps=(k, k)) for signal in signals]
    after = now.intervened(edits_of(seen, acts)).trace.panel("h")
    edits = [edit for edit in now.edits if edit.name != "x"]  # those of x are in x already
    alone = record(network(seen), now.x[k + 1 :], now.tokens[k + 1 :], edits).trace.panel("h")
    found: np.ndarray = after[k + 1 :] - alone
    return found
