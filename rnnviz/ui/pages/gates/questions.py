"""Predictions on the page "Gates": what is open how often, here and in a network with another start."""

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np

from rnnviz import analysis
from rnnviz.names import SIGMOID_GATES, sigmoid_gates
from rnnviz.spec import ModelSpec
from rnnviz.ui.pages.gates.figures import kept
from rnnviz.ui.selection import Selection, network, without_viewpoint
from rnnviz.ui.selection.fields import RECURRENT_SCALE
from rnnviz.ui.shell import networks
from rnnviz.ui.shell.question import Answer, Question, Questions, between, largest, number, of_layer, share

if TYPE_CHECKING:
    from rnnviz.stepping import Recording

OPEN: Final = 0.9
SHUT: Final = 0.1
SHARES: Final = (0.01, 0.1, 0.5)
"""Edges between the options for how often."""

LIVES: Final = (1.0, 3.0, 10.0)
"""Edges between half-lives, in steps."""

STRETCHES: Final = (0.9, 1.1)
"""Edges between largest singular values: below the first no gradient grows by W_hh."""

FLAT: Final = (0.1, 0.4, 0.6)
"""Edges between the options for how many states of a plain RNN are flat."""

MORE: Final = (-0.005, 0.005)
"""Edges between fewer and more of all values."""

LONGER: Final = (0.95, 1.05)
"""Edges between a shorter and a longer half-life, as a multiple of its length now."""

_OFTEN: Final = ("Fewer than 1 in 100", "1 to 10 in 100", "10 to 50 in 100", "More than half")
_FLAT: Final = ("Fewer than 10 in 100", "10 to 40 in 100", "40 to 60 in 100", "More")
_MORE: Final = ("Fewer, by more than 5 in 1,000", "About as many", "More, by more than 5 in 1,000")
_LONGER: Final = ("Shorter, by more than 5 %", "About as long", "Longer, by more than 5 %")
_STEPS: Final = ("Less than 1 step", "1 to 3 steps", "3 to 10 steps", "More than 10 steps")
_STRONGER: Final = 3.0


def ask(selection: Selection, view: str) -> Questions:
    """Questions on what a view, "time", "saturation", "memory" or "weights", does not show."""
    seen = without_viewpoint(selection)
    if selection.model.cell == "rnn":
        return _activated(seen), _otherwise(seen), _stretch(seen, selection.layer)
    wide, shut = _most(seen, "wide"), _most(seen, "shut")
    block = _stretch(seen, selection.layer)
    return {
        "time": (wide, shut, block, _otherwise(seen)),
        "saturation": (_otherwise(seen), block),
        "memory": (_longest(seen, selection.layer), wide, shut),
        "weights": (wide, _otherwise(seen), shut),
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
    right = largest(shares) if any(shares) else (len(gates),)
    why = "A gate is σ of a sum. It is above 0.9 or below 0.1 only if that sum is beyond ±2.2."
    return Answer(right, f"Shares of all values: {said}.", why)


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
    if seen.model.cell == "rnn":
        text = f"How much can W_hh{of} stretch a state at most? That is its largest singular value."
        low, high = STRETCHES
        options: tuple[str, ...] = (f"Less than {low:g}", f"{low:g} to {high:g}", f"More than {high:g}")
    else:
        text = f"W_hh{of} has a block for every gate. Which can stretch a state most, by its largest singular value?"
        options = tuple(analysis.gate_blocks(_weight(seen, layer), seen.model.cell))
    return Question(_about(seen, layer, "stretch"), text, options, partial(_stretched, seen, layer))


def _weight(seen: Selection, layer: int) -> np.ndarray:
    """W_hh of a layer's forward direction, (gate * unit, unit)."""
    found: np.ndarray = getattr(networks.recording(seen).network.rnn, f"weight_hh_l{layer}").detach().numpy()
    return found


def _stretched(seen: Selection, layer: int) -> Answer:
    blocks = analysis.gate_blocks(_weight(seen, layer), seen.model.cell)
    most = {gate: float(analysis.singular_values(block)[0]) for gate, block in blocks.items()}
    said = ", ".join(f"{gate} {number(value)}" for gate, value in most.items())
    if seen.model.cell == "rnn":
        value = next(iter(most.values()))
        why = (
            "Below 1 every step back shrinks a gradient, since the activation's slope is at most 1; above 1 it may "
            "grow."
        )
        return Answer(between(value, STRETCHES), f"It is {number(value)}.", why)
    why = "The gate with the largest block depends most on the previous state."
    return Answer(largest(list(most.values())), f"{said}.", why)


# --- A network that started otherwise, or what is trained on an input that begins at its end ---


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
    spec, how = _changed(seen)
    what = f"gates would lie above {OPEN:g} or below {SHUT:g}"
    if spec.cell == "rnn":
        what = "h would be 0" if spec.nonlinearity == "relu" else f"h would lie beyond ±{OPEN:g}"
    than, options = (", compared with now", _MORE) if spec.trained else ("", _OFTEN)
    text = f"{how}. How many values of its {what}{than}?"
    return Question(_about(seen, "otherwise"), text, options, partial(_how_many, seen))


def _how_many(seen: Selection) -> Answer:
    other, now = _other(seen), networks.recording(seen)
    part, here = _beyond(other), _beyond(now)
    right = between(part - here, MORE) if other.spec.trained else between(part, SHARES)
    why = (
        "Gates and units that are saturated from the start learn slowly. Those that never saturate can neither keep "
        "nor delete a state."
    )
    return Answer(right, f"{share(part)} there, {share(here)} here.", _READ if other.spec.trained else why)


_READ: Final = "The weights are the same, so every difference comes from the order of the inputs."


def _changed(seen: Selection) -> tuple[ModelSpec, str]:
    """The network in its place, and in words how it comes about."""
    if seen.model.trained:
        return network(seen), "Suppose the same network reads the input from its last step to its first"
    spec, how = started(seen)
    return spec, f"{how}, the same network reads the same input"


def _other(seen: Selection) -> "Recording":
    from rnnviz.stepping import record

    now, (spec, _) = networks.recording(seen), _changed(seen)
    if not spec.trained:
        return record(spec, now.x, now.tokens)
    edits = [edit for edit in now.edits if edit.name != "x"]  # those of x are in x already
    return record(spec, now.x[::-1].copy(), now.tokens[::-1], edits)


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
    spec, how = _changed(seen)
    where = of_layer(seen, layer)
    than, options = (", compared with now", _LONGER) if spec.trained else ("", _STEPS)
    text = f"{how}. How long is the longest half-life of any unit{where}{than}?"
    return Question(_about(seen, layer, "longest"), text, options, partial(_lives, seen, layer))


def _lives(seen: Selection, layer: int) -> Answer:
    gate, other = kept(seen)[0], _other(seen)
    there, here = (
        float(np.max(analysis.half_life(one.trace.panel(gate, layer=layer))))
        for one in (other, networks.recording(seen))
    )
    right = between(there / here if here else np.nan, LONGER) if other.spec.trained else between(there, LIVES)
    why = (
        f"A unit whose {gate} is 0.5 on average loses half of its state at every step. With 0.93, that takes ten steps."
    )
    return Answer(right, f"{number(there)} steps there, {number(here)} here.", why)
