"""Predictions on the page "Step through": what the state does if the input goes on as it ended."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np

from rnnviz.names import sigmoid_gates
from rnnviz.ui.selection import Selection, network, without_viewpoint
from rnnviz.ui.shell import networks
from rnnviz.ui.shell.question import Answer, Question, Questions, between, largest, number, of_layer, seeded, token

if TYPE_CHECKING:
    from rnnviz.stepping import Recording

LONG: Final = 100
"""How often the last input is read again if the question is where the state ends."""

SAME: Final = 0.0005
"""Numbers that differ by less count as the same."""

_UNITS: Final = 3


def ask(selection: Selection) -> Questions:
    """What h does at the next step, which gate is largest there, and where h ends."""
    seen, units = without_viewpoint(selection), selection.model.hidden_size
    layer = selection.layer
    order = seeded("step through", seen, layer).permutation(units)[:_UNITS].tolist()
    last = token(networks.recording(seen).tokens[-1])
    where = of_layer(selection, layer)
    found = [_next_state(seen, layer, order[0], last, where)]
    if sigmoid_gates(seen.model.cell):
        found.append(_largest_gate(seen, layer, order[-1], last, where))
    found.append(_end(seen, layer, order[-1], last, where))
    return (*found, *(_next_state(seen, layer, unit, last, where) for unit in order[1:]))


def longer(seen: Selection, times: int) -> "Recording":
    """The network on its input with the last step read ``times`` times more; ``seen`` as from ``without_viewpoint``."""
    from rnnviz.stepping import record

    now = networks.recording(seen)
    x = np.concatenate([now.x, np.repeat(now.x[-1:], times, axis=0)])
    edits = [edit for edit in now.edits if edit.name != "x"]  # those of x are in x already
    return record(network(seen), x, (*now.tokens, *[now.tokens[-1]] * times), edits)


def _question(about: tuple[object, ...], text: str, options: tuple[str, ...], answer: Callable[[], Answer]) -> Question:
    return Question(("step through", *about), text, options, answer)


def _next_state(seen: Selection, layer: int, unit: int, last: str, where: str) -> Question:
    text = (
        f"Suppose the last input, “{last}”, is repeated once. Does h of unit {unit}{where} rise or fall at that step?"
    )
    options = ("It rises", f"It stays within {SAME:g}", "It falls")
    return _question((seen, layer, unit, "next"), text, options, partial(_next, seen, layer, unit))


def _next(seen: Selection, layer: int, unit: int) -> Answer:
    before, after = longer(seen, 1).trace.panel("h", layer=layer)[-2:, unit].astype(np.float64).tolist()
    right = tuple(2 - k for k in between(after - before, (-SAME, SAME)))
    carried = f"{'the states of the layer below, ' if layer else ''}{_CARRIED[seen.model.cell]}"
    return Answer(
        right,
        f"h goes from {number(before)} to {number(after)}.",
        f"The input is the same, so h can only change because of what the previous step left: {carried}.",
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
    return Answer(largest(values), f"{said}.", why)


_NAMES: Final = {"i": "input", "f": "forget", "o": "output", "r": "reset", "z": "update"}


def _end(seen: Selection, layer: int, unit: int, last: str, where: str) -> Question:
    text = (
        f"Suppose the last input, “{last}”, is repeated {LONG} times. Where is h of unit {unit}{where} at the end, "
        "compared with now?"
    )
    options = ("Further from 0, by more than 0.05", "Within 0.05 of where it is", "Nearer to 0, or on the other side")
    return _question((seen, layer, unit, "end"), text, options, partial(_ended, seen, layer, unit))


def _ended(seen: Selection, layer: int, unit: int) -> Answer:
    h = longer(seen, LONG).trace.panel("h", layer=layer)[:, unit].astype(np.float64)
    now, before, end = h[[-LONG - 1, -2, -1]].tolist()  # as Python's, of which none warns that it is not finite
    outward = (end - now) * (np.sign(now) or 1)
    right = tuple(2 - k for k in between(outward, (-0.05, 0.05)))
    rests = (
        "It has converged: with the same input, each step maps the state to itself."
        if abs(end - before) < SAME
        else f"It has not converged: one step earlier it is {number(before)}."
    )
    return Answer(right, f"h is {number(now)} now and {number(end)} at the end.", rests)
