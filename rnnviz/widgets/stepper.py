"""What the stepper's widget gets: constant parts once, and as much of all numbers as there is room for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from rnnviz import names, palette
from rnnviz.spec import Edit, ModelSpec
from rnnviz.widgets.packing import Packed, coarse, exact, largest, message

if TYPE_CHECKING:
    from rnnviz.stepping import Recording
    from rnnviz.stepping.verify import Apart, Difference
    from rnnviz.stepping.walk import Walk

TOLERANCE: Final = 1e-5
"""Beyond this the badge turns red: float32 rounding stays well below it."""

BUDGET: Final = 2_000_000
"""Bytes of the first message. If the numbers of all steps take more, it holds those of the steps around one."""

WINDOW: Final = 1_000_000
"""Bytes of the numbers that the widget asks for later: enough for a key that is held for a second and a half."""

LEAST: Final = 16
"""Steps that come at once however large they are: enough for a key that is held for half a second."""

MATRICES: Final = 500_000
"""Bytes up to which the matrices of all gates come at once; else those of one, and others once they are looked at."""

FORWARD: Final = ("unrolled", "rolled", "cell")
"""The pictures that need no loss."""

NONE: Final[Mapping[str, np.ndarray]] = MappingProxyType({})

LARGEST: Final = 8_000_000
"""Bytes of the matrices and numbers of all steps of a page that can ask for none."""

RESERVE: Final = 10_000
"""Bytes of a message for its colours, the widget's beginning, and the places of its arrays."""


@dataclass(frozen=True, eq=False)
class Way:
    """A loss on its way back through one layer and direction, as the widget takes it.

    Attributes:
        told: What stands in place of the parts of ``still`` of the same names.
        gradients: Of every step by their keys, each (…, step, unit).
    """

    told: Mapping[str, object]
    gradients: Mapping[str, np.ndarray]


def still(
    recording: "Recording",
    walk: "Walk",
    caption: str,
    outputs: Mapping[str, object] | None = None,
    way: Way | None = None,
    *,
    initial: str = "",
    unknown: Sequence[int] = (),
) -> dict[str, object]:
    """The constant parts for a layer and direction of a recording, whatever steps are looked at.

    Args:
        walk: That of the layer and direction.
        caption: The network in a line.
        outputs: Those of a trained network, as the widget takes them.
        initial: Where the initial state comes from, in words; empty if it is zero.
        unknown: Steps whose tokens the network does not know.

    Returns:
        Plain data and packed arrays. ``opening`` is how many steps the first window has room for, ``size`` how many a
        later one; if not all of them, ``overview`` is what the picture draws of all steps, to the nearest colour.
        ``gatesHere`` are those whose matrices come with it.
    """
    spec, series = recording.spec, _series(recording, walk, way.gradients if way else {})
    gates = _first_gates(walk)
    beside = sum(packed.codes.nbytes for packed in matrices(walk, gates).values())
    told = {
        **_words(recording, caption),
        **_math(spec, walk.direction),
        "sizes": {
            "input": spec.input_size,
            "hidden": spec.hidden_size,
            "layers": spec.num_layers,
            "output": spec.output_size,
            "time": len(recording.tokens),
            "feed_forward": [layer.shape[1] for layer in recording.feed_forward],
        },
        "shapes": _shapes(recording),
        "view": {"layer": walk.layer, "direction": walk.direction},
        "walked": [key for key in walk.values if key not in names.STATES[walk.cell]],
        "weights": {name: exact(array) for name, array in _small_weights(recording, walk).items()},
        "gatesHere": list(gates),
        "ranges": _ranges(recording, walk, series),
        "edits": [_edit(edit) for edit in recording.edits],
        "tolerance": TOLERANCE,
        "answers": outputs,
        "initial": initial,
        "unknown": list(unknown),
        "back": None,
        **(way.told if way else {"checks": _checks(recording, walk)}),
    }
    return {**told, **_room(series, BUDGET - RESERVE - len(message(told)) - beside)}


def matrices(walk: "Walk", gates: Sequence[str]) -> dict[str, Packed]:
    """The recurrent layer's matrices of some gates: ``ih.<gate>`` and ``hh.<gate>``, the rows of W_ih and W_hh."""
    units = walk.weights["weight_hh"].shape[1]
    sent: dict[str, Packed] = {}
    for gate in gates:
        rows = slice(units * (at := names.GATES[walk.cell].index(gate)), units * (at + 1))
        sent |= {f"{side}.{gate}": exact(walk.weights[f"weight_{side}"][rows]) for side in ("ih", "hh")}
    return sent


def window(
    recording: "Recording", walk: "Walk", first: int, count: int, gradients: Mapping[str, np.ndarray] = NONE
) -> dict[str, object]:
    """The numbers of some steps, all of which exist.

    Args:
        walk: That of the selected layer and direction.
        gradients: Those of ``Way``, if its way is drawn.

    Returns:
        ``first``; ``arrays``, each (…, step, unit); ``before``, the states that the first step starts from, or in the
        reverse direction the last.
    """
    steps = slice(first, first + count)
    entry = first if walk.direction == "forward" else first + count - 1
    before = {"h": walk.h_prev[entry]}
    if walk.c_prev is not None:
        before["c"] = walk.c_prev[entry]
    return {
        "first": first,
        "arrays": {name: exact(array[..., steps, :]) for name, array in _series(recording, walk, gradients).items()},
        "before": {name: exact(array) for name, array in before.items()},
    }


def _whole(
    recording: "Recording",
    walk: "Walk",
    still: Mapping[str, Any],
    t: int,
    gradients: Mapping[str, np.ndarray] = NONE,
) -> dict[str, object]:
    """The matrices and numbers of all steps at once, for a page that can ask for none; too many, those around one step.

    Args:
        still: That of the walk, as ``still`` makes it.
        t: The step.
    """
    time, count = len(recording.tokens), still["opening"]
    every = {
        "matrices": matrices(walk, still["gates"]),
        "window": window(recording, walk, 0, time, gradients),
    }
    if len(message(every)) <= LARGEST:
        return every
    first = beginning(t - count // 2, count, time)
    return {
        "matrices": matrices(walk, still["gatesHere"]),
        "window": window(recording, walk, first, count, gradients),
    }


def alone(
    recording: "Recording",
    walk: "Walk",
    still: Mapping[str, Any],
    start: Mapping[str, Any],
    gradients: Mapping[str, np.ndarray] = NONE,
) -> dict[str, object]:
    """All that the widget shows, for a page that can ask for nothing; ``start`` says where it begins."""
    return {
        "token": "alone",
        "start": {**start, "id": "alone"},
        "still": {**still, "palette": palette.themes()},
        **_whole(recording, walk, still, start["t"], gradients),
    }


def beginning(first: int, count: int, time: int) -> int:
    """The first step of a window of ``count`` of ``time`` steps, moved from ``first`` so that the window is full."""
    return max(0, min(time - count, first))


def _room(series: dict[str, np.ndarray], room: int) -> dict[str, object]:
    """All steps if their numbers fit; else how many do, and what the picture draws of the others."""
    time = len(series["x"])
    each = sum(4 * array[..., 0, :].size for array in series.values())  # bytes of a step
    if time * each <= room:
        return {"opening": time, "size": time, "overview": None}
    drawn = {name: series[name] for name in ("x", "h", "c", "y", "dx", "dh", "dc") if name in series}
    overview = {name: coarse(array, largest(array)) for name, array in drawn.items()}
    left = room - sum(packed.codes.nbytes for packed in overview.values())
    opening, size = (max(1, min(time - 1, max(LEAST, most // each))) for most in (min(left, WINDOW), WINDOW))
    return {"opening": opening, "size": size, "overview": overview}


def _series(recording: "Recording", walk: "Walk", gradients: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The numbers of every step, each (…, time, unit): the states of all layers and directions, the walk of one."""
    states = names.STATES[walk.cell]
    arrays = {"x": recording.x, **{state: recording.trace[state][:, :, 0] for state in states}}
    arrays |= {f"ff.{k}": values for k, values in enumerate(recording.feed_forward)}
    walked = {**walk.values, **recording.signals(walk.layer, walk.direction)}
    arrays |= {f"walk.{key}": values for key, values in walked.items() if key not in states}
    if walk.layer > 0:
        arrays["inputs"] = walk.inputs
    if out := recording.output_layer:
        arrays |= {"y": out.logits, "ho": out.product, "head_in": out.states, "ff.y": out.feed_forward}
    return {**arrays, **gradients}


def _first_gates(walk: "Walk") -> tuple[str, ...]:
    """The gates whose matrices come at once: all if there is room, else the one that is shown first."""
    gates = names.GATES[walk.cell]
    size = sum(walk.weights[name].nbytes for name in ("weight_ih", "weight_hh"))
    return gates if size <= MATRICES else gates[:1]


def _small_weights(recording: "Recording", walk: "Walk") -> dict[str, np.ndarray]:
    """The biases and the output layer."""
    output_layer = recording.output_layer
    head = {"head.weight": output_layer.weight, "head.bias": output_layer.bias} if output_layer else {}
    return {**{name: array for name, array in walk.weights.items() if name.startswith("bias")}, **head}


def _ranges(recording: "Recording", walk: "Walk", series: dict[str, np.ndarray]) -> dict[str, float]:
    """The largest size of the numbers of every range of colours, over all steps and gates."""

    def most(*arrays: np.ndarray) -> float:
        return max((largest(array, 1e-9) for array in arrays), default=1e-9)

    def of(*names: str) -> float:
        return most(*(array for name, array in series.items() if name.startswith(names)))

    weights = {**walk.weights, **_small_weights(recording, walk)}
    biases = [array for name, array in weights.items() if name.startswith("bias")]
    return {
        "x": most(series["x"]),
        "h": most(series["h"], *recording.hx[:1]),
        "c": max(of("c"), most(*recording.hx[1:])),
        "y": of("y", "ho"),
        "weight": most(*(array for name, array in weights.items() if "weight" in name)),
        "sums": max(of("walk.ih.", "walk.hh.", "walk.sum."), most(*biases)),
    }


def _words(recording: "Recording", caption: str) -> dict[str, object]:
    spec = recording.spec
    label = names.CELL_LABELS[spec.cell]
    return {
        "cell": spec.cell,
        "cellLabel": label,
        "nonlinearity": spec.nonlinearity,
        "resetsBefore": spec.resets_before,
        "bias": spec.bias,
        "directions": list(spec.directions),
        "gates": list(names.GATES[spec.cell]),
        "sigmoid": sorted(names.SIGMOID_GATES & set(names.GATES[spec.cell])),
        "labels": names.LABELS,
        "head": names.READ_OUT[spec.cell][0],
        "candidate": _candidate(spec),
        "tokens": list(recording.tokens),
        "caption": caption,
        "alt": (
            f"{caption}: unrolled over {len(recording.tokens)} steps. The table of numbers below has the same content."
        ),
        "cellAlt": f"{caption}: the cell at one step, its numbers on its wires. The lines below have the same content.",
    }


def _math(spec: ModelSpec, direction: names.Direction) -> dict[str, object]:
    """Formulas and symbols; in the reverse direction, the step before is the one at t + 1."""
    formulas = names.formulas(spec.cell, bias=spec.bias, nonlinearity=spec.nonlinearity, reset=spec.reset)

    def turned(latex: dict[str, str]) -> dict[str, str]:
        if direction == "forward":
            return latex
        return {name: text.replace("t-1", "t+1") for name, text in latex.items()}

    return {
        "formulas": turned(formulas),
        "readout": "y_t = {} h_t + {}".format(*names.READ_OUT[spec.cell]),
        "symbols": turned(_symbols(spec)),
    }


def _candidate(spec: ModelSpec) -> dict[str, object]:
    """What the feed-forward network of the same sizes takes from the cell: one block of rows of W_ih and its bias."""
    gate = {"rnn": "h", "lstm": "g", "gru": "n"}[spec.cell]
    activation = spec.nonlinearity if spec.cell == "rnn" else "tanh"
    bias = f" + b_{{i{gate}}}" if spec.bias else ""
    return {
        "weight": f"W_{{i{gate}}}",
        "rows": spec.hidden_size,
        "formula": rf"\mathrm{{{activation}}}(W_{{i{gate}}} x{bias})",
    }


def _symbols(spec: ModelSpec) -> dict[str, str]:
    cell = spec.cell
    symbols = {**names.SYMBOLS, "inputs": "x_t", "h_prev": "h_{t-1}", "c_prev": "c_{t-1}"}
    for gate in names.GATES[cell]:
        symbols |= {
            f"matrix ih.{gate}": f"W_{{i{gate}}}",
            f"matrix hh.{gate}": f"W_{{h{gate}}}",
            f"ih.{gate}": f"W_{{i{gate}}} x_t",
            f"hh.{gate}": f"W_{{h{gate}}} h_{{t-1}}",
            f"b_ih.{gate}": f"b_{{i{gate}}}",
            f"b_hh.{gate}": f"b_{{h{gate}}}",
            f"sum.{gate}": f"a_{{{gate},t}}" if cell != "rnn" else "a_t",
        }
    weight, bias = names.READ_OUT[cell]
    symbols |= names.products(cell, spec.reset)
    return symbols | {"matrix head": weight, "head_in": "h_t", "ho": f"{weight} h_t", "b.head": bias, "y": "y_t"}


def _shapes(recording: "Recording") -> dict[str, object]:
    spec, rnn = recording.spec, recording.network.rnn
    return {
        "weight_ih": [list(getattr(rnn, f"weight_ih_l{layer}").shape) for layer in range(spec.num_layers)],
        "weight_hh": list(rnn.get_parameter("weight_hh_l0").shape),
        "head": [spec.output_size, spec.hidden_size * len(spec.directions)],
    }


def _edit(edit: Edit) -> dict[str, object]:
    place = ", ".join(map(str, edit.index))
    return {"name": edit.name, "index": list(edit.index), "label": f"{edit.name}[{place}] = {edit.value:g}"}


def _checks(recording: "Recording", walk: "Walk") -> list[dict[str, object]]:
    """The worst difference of every signal of every layer and direction, whether in the trace or on the way."""
    worst: dict[tuple[str, int, str], Difference] = {}
    for found in recording.check(walk):
        place = (found.signal, found.layer, found.direction)
        if place not in worst or found.difference > worst[place].difference:
            worst[place] = found
    checks = [
        _check(found.signal, f"layer {found.layer} {names.ARROWS[found.direction]}", found.apart)
        | ({"tolerance": _tolerance(recording, found.signal)} if found.signal in names.STATES[walk.cell] else {})
        for found in worst.values()
    ]
    if (output_layer := recording.check_output_layer()) is not None:
        checks.append(_check("y", "output layer", output_layer))
    return checks


def _tolerance(recording: "Recording", state: str) -> float:
    """Of a state: nothing bounds c, nor the h of a ReLU, and rounding grows with their size."""
    return TOLERANCE * max(1.0, largest(recording.trace[state]))


def _check(signal: str, place: str, apart: "Apart") -> dict[str, object]:
    t, unit = apart.where
    # JSON knows no infinity: the browser takes null for it.
    size, ulps = (apart.difference, apart.ulps) if np.isfinite(apart.difference) else (None, None)
    return {
        "signal": signal,
        "label": f"{signal}, {place}",
        "difference": size,
        "ulps": ulps,
        "where": f"t = {t}, unit {unit}",
    }
