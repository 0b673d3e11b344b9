"""Predictions on the page "Gates": what is open how often, here and in a network with another start."""

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np

from rnnviz import analysis
from rnnviz.caching import cached
from rnnviz.names import SIGMOID_GATES, sigmoid_gates
from rnnviz.spec import ModelSpec
from rnnviz.ui.pages.gates.figures import kept
from rnnviz.ui.selection import Selection, network, without_viewpoint
from rnnviz.ui.selection.fields import RECURRENT_SCALE
from rnnviz.ui.shell import networks
from rnnviz.ui.shell.question import (
    MARGIN,
    Answer,
    Question,
    Questions,
    between,
    leader,
    number,
    of_layer,
    seeded,
    share,
    shuffled,
)

if TYPE_CHECKING:
    from rnnviz.stepping import Recording
    from rnnviz.trace import Trace

OPEN: Final = 0.9
SHUT: Final = 0.1
SHARES: Final = (0.01, 0.1, 0.5)
"""Edges between the options for how often."""

LIVES: Final = (1.0, 3.0, 10.0)
"""Edges between half-lives, in steps."""

STRETCHES: Final = (0.9, 1.1)
_GAP: Final = STRETCHES[1] - STRETCHES[0]
"""Edges between largest singular values: below the first no gradient grows by W_hh."""

FLAT: Final = (0.1, 0.4, 0.6)
"""Edges between the options for how many states of a plain RNN are flat."""

SUMS: Final = (-4.0, -3.0, -1.0, 0.0, 1.0, 3.0, 4.0)
"""Sums before σ, of which one is to be estimated."""

KEPT: Final = (0.3, 0.6, 0.9, 0.97)
"""Shares that a gate keeps at each step, each with a half-life far from the edges."""

_OFTEN: Final = ("Fewer than 1 in 100", "1 to 10 in 100", "10 to 50 in 100", "More than half")
_FLAT: Final = ("Fewer than 10 in 100", "10 to 40 in 100", "40 to 60 in 100", "More")
_RANGES: Final = (f"Nearly shut, below {SHUT:g}", f"Between {SHUT:g} and {OPEN:g}", f"Wide open, above {OPEN:g}")
_STEPS: Final = ("Less than 1 step", "1 to 3 steps", "3 to 10 steps", "More than 10 steps")
_STRONGER: Final = 3.0


def ask(selection: Selection, view: str) -> Questions:
    """Questions about what a view, "time", "saturation", "memory" or "weights", is about and does not show."""
    seen, cell = without_viewpoint(selection), selection.model.cell
    other = () if seen.model.trained else (_otherwise(seen),)
    if cell == "rnn":
        return {
            "time": (_activated(seen), *other),
            "saturation": other or "",
            "memory": "",
            "weights": (_stretch(seen, selection.layer), _shape(seen)),
        }[view]
    lives = () if seen.model.trained else (_longest(seen, selection.layer),)
    sums = _sums(seen)
    return {
        "time": (_most(seen, "wide"), _most(seen, "shut"), *reversed(sums)),  # another sum first than beside it
        "saturation": (*other, *sums),
        "memory": (*lives, *_halved(seen)),
        "weights": (_shape(seen),),
    }[view]


def _about(seen: Selection, *more: object) -> tuple[object, ...]:
    return ("gates", seen, *more)


# --- Here ---


def _most(seen: Selection, how: str) -> Question:
    gates = sigmoid_gates(seen.model.cell)
    what = f"wide open, above {OPEN:g}" if how == "wide" else f"nearly shut, below {SHUT:g}"
    text = f"Over all units and steps of this input, which gate is most often {what}?"
    options = (*(f"{gate}" for gate in gates), "None, at any step")
    return Question(_about(seen, how), text, options, partial(_mostly, seen, how))


def _mostly(seen: Selection, how: str) -> Answer:
    trace, gates = networks.recording(seen).trace, sigmoid_gates(seen.model.cell)
    shares = []
    for gate in gates:
        values = trace[gate]
        found = values > OPEN if how == "wide" else values < SHUT
        shares.append(float(found.mean()) if np.isfinite(values).all() else np.nan)
    said = ", ".join(f"{gate} {share(part)}" for gate, part in zip(gates, shares, strict=True))
    right = leader(shares, span=1.0) if any(shares) else (len(gates),) if _is_far(trace, how) else ()
    why = "A gate is σ of a sum. It is above 0.9 or below 0.1 only if that sum is beyond ±2.2."
    return Answer(right, f"Shares of all values: {said}.", why)


def _is_far(trace: "Trace", how: str) -> bool:
    """Whether no gate comes near the edge beyond which it would count."""
    edge = OPEN - MARGIN * (OPEN - SHUT) / 2 if how == "wide" else SHUT + MARGIN * (OPEN - SHUT) / 2
    values = [trace[gate] for gate in sigmoid_gates(trace.cell)]
    return all(bool(((one < edge) if how == "wide" else (one > edge)).all()) for one in values)


def _sums(seen: Selection) -> Questions:
    """What a gate is for a sum, which is the same for every network."""
    gates = sigmoid_gates(seen.model.cell)
    order = seeded("sums", seen).permutation(len(SUMS))[:3].tolist()
    return tuple(_sigmoid(gates[k % len(gates)], SUMS[one]) for k, one in enumerate(order))


def _sigmoid(gate: str, total: float) -> Question:
    text = (
        f"The sum before σ is {number(total)} for one unit at one step. How far open is the gate {gate} of this unit?"
    )
    return Question(("gates", "sum", gate, total), text, _RANGES, partial(_opened, gate, total))


def _opened(gate: str, total: float) -> Answer:
    value = float(1 / (1 + np.exp(-total)))
    why = "A gate is above 0.9 or below 0.1 only if its sum is beyond ±2.2."
    return Answer((sum(value > edge for edge in (SHUT, OPEN)),), f"{gate} = σ({number(total)}) = {number(value)}.", why)


def _halved(seen: Selection) -> tuple[Question, ...]:
    """How long a state lasts behind a gate that stays the same."""
    gate = kept(seen)[0]
    order = seeded("halved", seen).permutation(len(KEPT))[:3].tolist()
    return tuple(_half(gate, KEPT[k]) for k in order)


def _half(gate: str, value: float) -> Question:
    text = f"Suppose {gate} of a unit is {value:g} at every step. How long is the half-life of its state?"
    return Question(("gates", "half", gate, value), text, _STEPS, partial(_halves, gate, value))


def _halves(gate: str, value: float) -> Answer:
    life = float(np.log(0.5) / np.log(value))
    why = f"After n steps the share {value:g} to the power of n is left, since each step keeps {gate} times the state."
    return Answer(between(life, LIVES), f"It is log 0.5 / log {value:g} = {number(life, 3)} steps.", why)


def _shape(seen: Selection) -> Question:
    """The shape of W_hh in a larger layer, by the rows that torch stacks."""
    units, blocks = 2 * seen.model.hidden_size, _BLOCKS[seen.model.cell]
    shapes = ((blocks * units, units), (units, blocks * units), (blocks * units, units // 2), (units // 2, units // 2))
    options = shuffled(dict.fromkeys(map(str, shapes)), "shape", units, blocks)
    text = f"Suppose this network had {units} units in each layer. What would the shape of weight_hh_l0 be?"
    answer = Answer(
        (options.index(str(shapes[0])),),
        f"It is {shapes[0]}.",
        f"W_hh maps the {units} numbers of h to {_STACKED[seen.model.cell]}.",
    )
    return Question(("gates", "shape", seen.model.cell, units), text, options, lambda: answer)


_BLOCKS: Final = {"rnn": 1, "gru": 3, "lstm": 4}
_STACKED: Final = {
    "rnn": "the same number of sums",
    "gru": "as many sums for each of r, z and the candidate n, one block of rows below the other",
    "lstm": "as many sums for each of i, f, g and o, one block of rows below the other",
}


def _activated(seen: Selection) -> Question:
    off = seen.model.nonlinearity == "relu"
    what = "are 0, so that the unit is off" if off else f"lie beyond ±{OPEN:g}, where tanh is nearly flat"
    text = f"How many of all states of this network on this input {what}?"
    return Question(_about(seen, "squashed"), text, _FLAT, partial(_flat, seen))


def _flat(seen: Selection) -> Answer:
    part = _beyond(networks.recording(seen))
    why = (
        "Where the activation function is flat, its slope is nearly 0, and so is every gradient that passes through it."
    )
    return Answer(between(part, FLAT), f"{share(part)} of them.", why)


def _stretch(seen: Selection, layer: int) -> Question:
    of = of_layer(seen, layer)
    text = f"How much can W_hh{of} stretch a state at most? That is its largest singular value."
    low, high = STRETCHES
    options = (f"Less than {low:g}", f"{low:g} to {high:g}", f"More than {high:g}")
    return Question(_about(seen, layer, "stretch"), text, options, partial(_stretched, seen, layer))


def _weight(seen: Selection, layer: int) -> np.ndarray:
    """W_hh of a layer's forward direction, (gate * unit, unit)."""
    found: np.ndarray = getattr(networks.recording(seen).network.rnn, f"weight_hh_l{layer}").detach().numpy()
    return found


def _stretched(seen: Selection, layer: int) -> Answer:
    value = float(analysis.singular_values(_weight(seen, layer))[0])
    why = "Below 1 every step back shrinks a gradient, since the activation's slope is at most 1; above 1 it may grow."
    return Answer(between(value, STRETCHES, span=_GAP), f"It is {number(value)}.", why)


# --- A network that started otherwise ---


def started(seen: Selection) -> tuple[ModelSpec, str]:
    """Another start of the untrained network, and in words how it differs; ``seen`` as from ``without_viewpoint``."""
    own = network(seen)
    if own.has_forget_bias:
        bias = 0.0 if (own.forget_bias or 0.0) >= 1 else 1.5
        return replace(own, forget_bias=bias), f"With an initial forget bias of {bias:g}"
    if own.recurrent_scale and own.recurrent_scale * _STRONGER <= RECURRENT_SCALE.high:
        return replace(own, recurrent_scale=own.recurrent_scale * _STRONGER), "With all of W_hh three times as large"
    return replace(own, seed=own.seed + 1), f"With weights drawn with seed {own.seed + 1}"


def _otherwise(seen: Selection) -> Question:
    spec, how = started(seen)
    what = f"gates would lie above {OPEN:g} or below {SHUT:g}"
    if spec.cell == "rnn":
        what = "h would be 0" if spec.nonlinearity == "relu" else f"h would lie beyond ±{OPEN:g}"
    text = f"{how}, the same network reads the same input. How many values of its {what}?"
    return Question(_about(seen, "otherwise"), text, _OFTEN, partial(_how_many, seen))


def _how_many(seen: Selection) -> Answer:
    part, here = _beyond(_other(seen)), _beyond(networks.recording(seen))
    why = (
        "Gates and units that are saturated from the start learn slowly. Those that never saturate can neither keep "
        "nor delete a state."
    )
    return Answer(between(part, SHARES), f"{share(part)} there, {share(here)} here.", why)


@cached(4)
def _other(seen: Selection) -> "Recording":
    from rnnviz.stepping import record

    now = networks.recording(seen)
    return record(started(seen)[0], now.x, now.tokens, hx=now.hx)


def _beyond(recording: "Recording") -> float:
    """The share of values at the ends of their range: of all gates, or of a plain RNN's states."""
    trace = recording.trace
    if trace.cell == "rnn":
        h = trace["h"]
        off = h == 0 if recording.spec.nonlinearity == "relu" else np.abs(h) > OPEN
        return float(off.mean()) if np.isfinite(h).all() else np.nan
    gates = np.stack([trace[gate] for gate in trace.values if gate in SIGMOID_GATES])
    return float(((gates > OPEN) | (gates < SHUT)).mean()) if np.isfinite(gates).all() else np.nan


def _longest(seen: Selection, layer: int) -> Question:
    where = of_layer(seen, layer)
    text = (
        f"{started(seen)[1]}, the same network reads the same input. How long is the longest half-life of any "
        f"unit{where}?"
    )
    return Question(_about(seen, layer, "longest"), text, _STEPS, partial(_lives, seen, layer))


def _lives(seen: Selection, layer: int) -> Answer:
    gate = kept(seen)[0]
    there, here = (
        float(np.max(analysis.half_life(one.trace.panel(gate, layer=layer))))
        for one in (_other(seen), networks.recording(seen))
    )
    why = (
        f"A unit whose {gate} is 0.5 on average loses half of its state at every step. With 0.93, that takes ten steps."
    )
    return Answer(between(there, LIVES), f"{number(there)} steps there, {number(here)} here.", why)
