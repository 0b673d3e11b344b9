"""What the stepper's widget is given: a recording of the visitor's network as plain data."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from rnnviz import names, palette
from rnnviz.spec import Edit, ModelSpec
from rnnviz.ui import cache, described, frame, state
from rnnviz.ui.changes import check_edit
from rnnviz.ui.checks import shown
from rnnviz.ui.components import pack
from rnnviz.ui.selection import Selection, network_of, shapes

if TYPE_CHECKING:
    from rnnviz.stepping import Recording
    from rnnviz.verify import Difference
    from rnnviz.walk import Walk

TOLERANCE: Final = 1e-5
"""Beyond this the badge turns red: float32 rounding stays well below it."""


def data(selection: Selection) -> dict[str, object]:
    """All that the widget shows of the visitor's recording, seen from the selected layer and direction.

    Parameters
    ----------
    selection : Selection

    Returns
    -------
    dict
        Plain data; arrays as ``components.pack`` makes them. It does not depend on the selected step: that one
        belongs to the browser, and unchanged data is not sent again.
    """
    shown = replace(network_of(selection), layer=selection.layer, direction=selection.direction)
    return {**cache.step_data(shown), "start": frame.start("step_through", t=selection.t, fold=selection.fold)}


def payload(recording: "Recording", layer: int, direction: names.Direction) -> dict[str, object]:
    """The part of ``data`` that visitors with equal choices share."""
    spec, walk = recording.spec, recording.walk(layer, direction)
    return {
        **_words(recording),
        **_math(spec, direction),
        "sizes": {
            "input": spec.input_size,
            "hidden": spec.hidden_size,
            "layers": spec.num_layers,
            "output": spec.output_size,
            "time": len(recording.tokens),
            "feed_forward": [layer.shape[1] for layer in recording.feed_forward],
        },
        "shapes": _shapes(recording),
        "view": {"layer": layer, "direction": direction},
        "walked": [key for key in walk.values if key != "h"],
        "arrays": {name: pack(array) for name, array in _arrays(recording, walk, layer).items()},
        "edits": [_edit(edit) for edit in recording.edits],
        "checks": _checks(recording, walk),
        "tolerance": TOLERANCE,
        "palette": palette_data(),
    }


def apply(change: object) -> None:
    """Store what the widget asks for: another layer, a number typed over, or such a number taken back.

    Parameters
    ----------
    change : object
        A mapping, as ``components.step_through`` says; but a browser can send anything, and what cannot be done is
        told on the page.
    """
    try:
        wanted = _wanted(change, state.current())
    except (TypeError, ValueError) as error:
        state.tell(str(error))
    else:
        state.try_update(**wanted)


def _wanted(change: object, selection: Selection) -> dict[str, Any]:
    """The fields that a change sets; those that come as they were sent are checked when they are set."""
    if not isinstance(change, Mapping):
        raise TypeError(f"a change must be a mapping; got {shown(change)}")
    match change.get("kind"):
        case "select":
            fields = {name: change.get(name) for name in ("layer", "direction")}
        case "edit":
            edit = _sent_edit(change, selection)
            fields = {"edits": (*_without(selection.edits, edit.name, edit.index), edit)}
        case "undo":
            fields = {"edits": _without(selection.edits, *_sent_place(change))}
        case "reset":
            fields = {"edits": ()}
        case kind:
            raise ValueError(f"kind must be one of select, edit, undo, reset; got {shown(kind)}")
    return {**fields, "t": change.get("t")}


def _sent_edit(change: Mapping[str, Any], selection: Selection) -> Edit:
    value = change.get("value")
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise TypeError(f"value must be a number; got {shown(value)}")
    edit = Edit(*_sent_place(change), value)
    check_edit(edit, shapes(selection))
    return replace(edit, value=float(value))  # after the check: a whole number can be too large for a float


def _sent_place(change: Mapping[str, Any]) -> tuple[str, tuple[int, ...]]:
    name, index = change.get("name"), change.get("index")
    if not isinstance(name, str):
        raise TypeError(f"name must be a text; got {shown(name)}")
    if not isinstance(index, list) or not all(type(k) is int for k in index):
        raise TypeError(f"index must be a list of whole numbers; got {shown(index)}")
    return name, tuple(index)


def _without(edits: tuple[Edit, ...], name: str, index: tuple[int, ...]) -> tuple[Edit, ...]:
    return tuple(edit for edit in edits if (edit.name, edit.index) != (name, index))


def _words(recording: "Recording") -> dict[str, object]:
    spec = recording.spec
    label = names.CELL_LABELS[spec.cell]
    caption = described.line(spec, len(recording.edits))
    return {
        "cell": spec.cell,
        "cellLabel": label,
        "nonlinearity": spec.nonlinearity,
        "bias": spec.bias,
        "directions": list(spec.directions),
        "gates": list(names.GATES[spec.cell]),
        "sigmoid": sorted(names.SIGMOID_GATES & set(names.GATES[spec.cell])),
        "labels": names.LABELS,
        "readoutSub": names.READ_OUT[spec.cell][0][3:-1],
        "candidate": _candidate(spec),
        "tokens": list(recording.tokens),
        "caption": caption,
        "alt": f"{caption}: unrolled over {len(recording.tokens)} steps. The table of numbers below says the same.",
    }


def _math(spec: ModelSpec, direction: names.Direction) -> dict[str, object]:
    """Formulas and symbols; the step before of the reverse direction is the one at t + 1."""
    formulas = names.formulas(spec.cell, bias=spec.bias, nonlinearity=spec.nonlinearity)

    def turned(latex: dict[str, str]) -> dict[str, str]:
        if direction == "forward":
            return latex
        return {name: text.replace("t-1", "t+1") for name, text in latex.items()}

    return {
        "formulas": turned(formulas),
        "readout": "y_t = {} h_t + {}".format(*names.READ_OUT[spec.cell]),
        "symbols": turned(_symbols(spec.cell)),
    }


def _candidate(spec: ModelSpec) -> dict[str, object]:
    """What the feed-forward network of the same sizes takes from the cell: one block of rows of W_ih and its bias."""
    gate = {"rnn": "h", "lstm": "g", "gru": "n"}[spec.cell]
    squash = spec.nonlinearity if spec.cell == "rnn" else "tanh"
    bias = f" + b_i{gate}" if spec.bias else ""
    return {"sub": f"i{gate}", "rows": spec.hidden_size, "formula": f"{squash}(W_i{gate} x{bias})"}


def _symbols(cell: names.Cell) -> dict[str, str]:
    symbols = {**names.SYMBOLS, **names.PRODUCTS[cell], "inputs": "x_t", "h_prev": "h_{t-1}", "c_prev": "c_{t-1}"}
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
    return symbols | {"matrix head": weight, "head_in": "h_t", "ho": f"{weight} h_t", "b.head": bias, "y": "y_t"}


def _shapes(recording: "Recording") -> dict[str, object]:
    spec, rnn = recording.spec, recording.network.rnn
    return {
        "weight_ih": [list(getattr(rnn, f"weight_ih_l{layer}").shape) for layer in range(spec.num_layers)],
        "weight_hh": list(rnn.get_parameter("weight_hh_l0").shape),
        "head": [spec.output_size, spec.hidden_size * len(spec.directions)],
    }


def _arrays(recording: "Recording", walk: "Walk", layer: int) -> dict[str, np.ndarray]:
    arrays = {"x": recording.x, "h": recording.trace["h"][:, :, 0]}  # (layer, direction, time, unit)
    arrays |= {f"ff.{k}": values for k, values in enumerate(recording.feed_forward)}
    arrays |= {f"walk.{key}": values for key, values in walk.values.items() if key != "h"}
    arrays |= {
        f"walk.{key}": values for key, values in recording.signals(walk.layer, walk.direction).items() if key != "h"
    }
    arrays |= walk.weights
    if layer > 0:
        arrays["inputs"] = walk.inputs
    if out := recording.read_out:
        arrays |= {"y": out.logits, "ho": out.product, "head_in": out.states, "ff.y": out.feed_forward}
        arrays |= {"head.weight": out.weight, "head.bias": out.bias}
    return arrays


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
        _check(found.signal, f"layer {found.layer} {names.ARROWS[found.direction]}", found.difference, found.where)
        for found in worst.values()
    ]
    if (read_out := recording.check_read_out()) is not None:
        checks.append(_check("y", "read-out", *read_out))
    return checks


def _check(signal: str, place: str, difference: float, where: tuple[int, int]) -> dict[str, object]:
    t, unit = where
    # JSON knows no infinity: the browser takes null for it.
    size = difference if np.isfinite(difference) else None
    return {"signal": signal, "label": f"{signal}, {place}", "difference": size, "where": f"t = {t}, unit {unit}"}


def palette_data() -> dict[str, object]:
    """Every colour, as the widgets take them."""
    return {
        theme: {
            "signal": palette.SIGNAL_COLORS[theme],
            "diverging": palette.DIVERGING[theme],
            "sequential": palette.SEQUENTIAL[theme],
            "ground": palette.GROUNDS[theme],
        }
        for theme in palette.SIGNAL_COLORS
    }
