"""Predictions on the page "Step through": what the state does if the input goes on as it ended."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np

from rnnviz.caching import cached
from rnnviz.names import sigmoid_gates
from rnnviz.ui.selection import Selection, network, step_count, without_viewpoint
from rnnviz.ui.shell import networks
from rnnviz.ui.shell.question import Answer, Question, Questions, between, leader, number, of_layer, seeded
from rnnviz.written import visible

if TYPE_CHECKING:
    from rnnviz.stepping import Recording

LONG: Final = 100
"""How often the last input is read again if the question is where the state ends."""

SAME: Final = 0.0005
"""A state that moves less at a step has converged."""

_NEAR: Final = 0.05
_LIMITED: Final = (0.8, 1.0)
"""Where a state is near the limit of tanh, so that it can be argued where it goes."""

_UNITS: Final = 6
"""Units that are tried for a question with a clear answer."""


def ask(selection: Selection) -> Questions:
    """What h does at the next step, which gate is largest there, and where h ends."""
    seen, units = without_viewpoint(selection), selection.model.hidden_size
    layer = selection.layer
    order = seeded("step through", seen, layer).permutation(units)[:_UNITS].tolist()
    last = visible(networks.recording(seen).tokens[-1])
    where = of_layer(selection, layer)
    kinds = (_next_state, _largest_gate, _end) if sigmoid_gates(seen.model.cell) else (_next_state, _end)
    return tuple(kind(seen, layer, unit, last, where) for unit in order for kind in kinds)


@cached(4)
def longer(seen: Selection, times: int) -> "Recording":
    """The network on its input with the last step read ``times`` times more; ``seen`` as from ``without_viewpoint``."""
    from rnnviz.stepping import record

    now = networks.recording(seen)
    x = np.concatenate([now.x, np.repeat(now.x[-1:], times, axis=0)])
    edits = [edit for edit in now.edits if edit.name != "x"]  # those of x are in x already
    return record(network(seen), x, (*now.tokens, *[now.tokens[-1]] * times), edits, hx=now.hx)


def _question(about: tuple[object, ...], text: str, options: tuple[str, ...], answer: Callable[[], Answer]) -> Question:
    return Question(("step through", *about), text, options, answer)


def _next_state(seen: Selection, layer: int, unit: int, last: str, where: str) -> Question:
    text = (
        f"Suppose the last input, “{last}”, is repeated once. Does h of unit {unit}{where} rise or fall at that step?"
    )
    options = ("It rises", "It falls")
    return _question((seen, layer, unit, "next"), text, options, partial(_next, seen, layer, unit))


def _next(seen: Selection, layer: int, unit: int) -> Answer:
    found = longer(seen, 1)
    first = found.hx[0][layer * len(seen.model.directions), unit] if found.hx else 0.0
    h = np.append(first, found.trace.panel("h", layer=layer)[:, unit].astype(np.float64))
    last, before, after = h[-3:].tolist()
    carried = f"{'the states of the layer below, ' if layer else ''}{_CARRIED[seen.model.cell]}"
    trend = ""
    if (after - before) * (before - last) > 0:
        trend = f"Here it goes on as at the step before, from {number(last)} to {number(before)}."
    elif _LIMITED[0] < abs(before) <= _LIMITED[1] and abs(after) < abs(before):
        trend = f"At {number(before)} it could hardly get further from 0."
    right = tuple(1 - k for k in between(after - before, (0.0,), float(np.ptp(h[:-1]))))
    return Answer(
        right if trend else (),
        f"h goes from {number(before)} to {number(after)}.",
        f"The input is the same, so h can only change because of what the previous step left: {carried}."
        f"{trend and ' ' + trend}",
    )


_CARRIED: Final = {
    "rnn": "h, which goes through W_hh",
    "lstm": "h, which goes through W_hh into all gates, and c, of which the forget gate keeps a share",
    "gru": "h, which goes through W_hh into both gates and the candidate, and of which z keeps a share",
}


def _largest_gate(seen: Selection, layer: int, unit: int, last: str, where: str) -> Question:
    gates = sigmoid_gates(seen.model.cell)
    text = (
        f"Suppose the last input, “{last}”, is repeated once. Which gate of unit {unit}{where} is then the most open?"
    )
    options = tuple(f"{gate}, the {_NAMES[gate]} gate" for gate in gates)
    return _question((seen, layer, unit, "gate"), text, options, partial(_gate, seen, layer, unit, gates))


def _gate(seen: Selection, layer: int, unit: int, gates: tuple[str, ...]) -> Answer:
    trace = longer(seen, 1).trace
    values = [float(trace.panel(gate, layer=layer)[-1, unit]) for gate in gates]
    said = ", ".join(f"{gate} = {number(value)}" for gate, value in zip(gates, values, strict=True))
    why = "Each gate is σ of a sum with its own weights. Since σ(0) = 0.5, a gate above one half has a positive sum."
    return Answer(leader(values, span=1.0), f"{said}.", why)


_NAMES: Final = {"i": "input", "f": "forget", "o": "output", "r": "reset", "z": "update"}


def _end(seen: Selection, layer: int, unit: int, last: str, where: str) -> Question:
    text = (
        f"Suppose the last input, “{last}”, is repeated {LONG} times. Where is h of unit {unit}{where} at the end, "
        f"compared with t = {step_count(seen) - 1}, the last step of this input?"
    )
    options = (
        f"Further from 0, by more than {_NEAR:g}",
        f"Within {_NEAR:g} of where it was",
        "Nearer to 0, or on the other side",
    )
    return _question((seen, layer, unit, "end"), text, options, partial(_ended, seen, layer, unit))


def _ended(seen: Selection, layer: int, unit: int) -> Answer:
    h = longer(seen, LONG).trace.panel("h", layer=layer)[:, unit].astype(np.float64)
    now, before, end = h[[-LONG - 1, -2, -1]].tolist()  # as Python's, of which none warns that it is not finite
    outward = (end - now) * (np.sign(now) or 1)
    right = tuple(2 - k for k in between(outward, (-_NEAR, _NEAR)))
    rests = (
        "It has converged: with the same input, each step maps the state to itself."
        if abs(end - before) < SAME
        else f"It has not converged: one step earlier it is {number(before)}."
    )
    return Answer(right, f"h is {number(now)} at the last step of this input and {number(end)} at the end.", rests)
