"""The tables under the stepper: the numbers of the run, shapes and counts, torch's conventions, the embedding."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import streamlit as st

from rnnviz import names, parameters
from rnnviz.caching import cached
from rnnviz.names import Direction
from rnnviz.notation import Notation, rewritten
from rnnviz.ui.selection import Selection, checkpoint_of, without_viewpoint
from rnnviz.ui.shell import frame, networks, notations
from rnnviz.ui.widgets import controls

if TYPE_CHECKING:
    from rnnviz.stepping import Recording
    from rnnviz.stepping.verify import Convention

_READABLE: Final = (60, 12)
"""Rows and columns up to which a table is set as text; a larger one scrolls."""


_DRAWN: Final = (
    "Each word's vector is drawn from a normal distribution. It depends only on the seed and the word, "
    "so a word has the same vector at every position. These vectors are not trained."
)
_LEARNED: Final = (
    "Each token's vector was trained with the network. All tokens that are not in the vocabulary share one vector."
)
_ONLY: Final = "Each token's vector was trained with the network."
_ONE_HOT: Final = "Each character is a one-hot vector: 1 at its position in the vocabulary, 0 everywhere else."


def below(recording: "Recording", selection: Selection) -> None:
    """One of the tables, as the visitor chooses; the others are not computed."""
    sections: dict[str, Callable[[Recording, Selection], None]] = {
        "The run in numbers": _numbers,
        "Shapes and parameters": _shapes,
    }
    if recording.spec.cell == "gru":
        sections["torch's GRU and the textbook's"] = _conventions
    if selection.input == "words":
        sections["The embedding"] = _embedding
    sections["What to look for"] = _explanation
    ever = ("torch's GRU and the textbook's", "The embedding")
    controls.choice("Under the stepper", sections, key="step_through.below", ever=ever)(recording, selection)


def _numbers(recording: "Recording", selection: Selection) -> None:
    """The states at full float32 precision, and for a plain RNN the part that Raschka's example prints as "Hidden"."""
    layer, direction = selection.layer, selection.direction
    if recording.spec.cell == "rnn" and recording.spec.bias:
        st.caption(
            notations.written(
                "Raschka’s example prints $W_{ih} x_t + b_{ih}$ as “Hidden”. This is only the part of the input. "
                "$W_{hh} h_{t-1} + b_{hh}$ is added to it, and then the activation function is applied."
            )
        )
    columns = _columns(recording, layer, direction)
    is_wide = sum(values.shape[1] for values in columns.values()) >= _READABLE[1]
    if not is_wide and len(recording.tokens) <= _READABLE[0]:
        _sheet_with_caption(recording, selection, None)
        return
    with st.expander("The numbers", key="step_through.numbers", on_change="rerun", type="compact") as numbers:
        if numbers.open:
            _sheet_with_caption(recording, selection, _one_of(list(columns)) if is_wide else None)


def _sheet_with_caption(recording: "Recording", selection: Selection, chosen: str | None) -> None:
    """A table of all that is computed, or of what is chosen."""
    layer, direction = selection.layer, selection.direction
    where = f"Layer {layer}, {direction} direction. " if _many(recording) else ""
    st.caption(f"{where}All digits of a float32 are shown. A number in the editor counts once it is applied.")
    _show(_sheet_of_run(without_viewpoint(selection), layer, direction, chosen, selection.notation))


def _columns(recording: "Recording", layer: int, direction: Direction) -> dict[str, np.ndarray]:
    """What is computed at every step, by its symbol."""
    columns: dict[str, np.ndarray] = {}
    if recording.spec.cell == "rnn" and recording.spec.bias:
        walk = recording.walk(layer, direction)
        columns["W_{ih} x_t + b_{ih}"] = walk.values["ih.h"] + walk.weights["bias_ih"]
    columns |= {names.SYMBOLS[signal]: values for signal, values in recording.signals(layer, direction).items()}
    if recording.output_layer:
        columns["y_t"] = recording.output_layer.logits
    return columns


@cached(64)
def _sheet_of_run(
    network: Selection, layer: int, direction: Direction, chosen: str | None, notation: Notation
) -> "_Sheet":
    """A row a step, of all that is computed or of what is chosen."""
    recording = networks.recording(network)
    columns = _columns(recording, layer, direction)
    columns = columns if chosen is None else {chosen: columns[chosen]}
    units = {
        f"${rewritten(name, notation)}$ [{k}]": values[:, k]
        for name, values in columns.items()
        for k in range(values.shape[1])
    }
    steps = [str(t) for t in range(len(recording.tokens))]
    return _sheet(pd.DataFrame({"t": steps, "input": recording.tokens, **units}).set_index("t"))


def _one_of(options: list[str]) -> str:
    """The visitor's choice, if all of it is more than a screen can show."""
    chosen = st.segmented_control(
        "Signal", options, default=options[0], required=True, format_func=_named, key="numbers_of",
        label_visibility="collapsed",
    )  # fmt: skip
    return chosen if chosen in options else options[0]


def _named(symbol: str) -> str:
    """A symbol and its name: a formula alone says nothing to those who hear it."""
    labels = {names.SYMBOLS[signal]: label for signal, label in names.LABELS.items()}
    return f"${notations.written(symbol)}$ {labels.get(symbol, 'input part')}"


def _many(recording: "Recording") -> bool:
    return recording.spec.num_layers * len(recording.spec.directions) > 1


def _shapes(recording: "Recording", selection: Selection) -> None:
    """Every tensor with its shape, the count with its formula, and Keras's count."""
    del selection
    spec = recording.spec
    rows = parameters.parameter_table(spec)
    _table(
        pd.DataFrame(
            {
                "tensor": [row.name for row in rows],
                "symbol": [f"${notations.written(row.symbol)}$" for row in rows],
                "layer": [f"{row.layer} {names.ARROWS[row.direction]}" if row.direction else "" for row in rows],
                "shape": [" × ".join(map(str, row.shape)) for row in rows],
                "formula of the shape": [row.formula for row in rows],
                "count": [f"{row.count:,}" for row in rows],
            }
        ).set_index("tensor")
    )
    gates = names.GATES[spec.cell]
    if len(gates) > 1:
        st.caption(
            f"The rows of every stacked weight and bias are those of the gates {', '.join(gates)}, in this order."
        )
    st.caption("In the counts, G is the number of gates, H of hidden units, and D of inputs of the layer.")
    for layer in range(spec.num_layers):
        each = ", for each direction" if spec.bidirectional else ""
        st.markdown(f"Layer {layer}{each}: {parameters.count_formula(spec, layer)}")
    torch_count, keras_count = parameters.parameter_count(spec), parameters.keras_count(spec)
    left, right = st.columns(2)
    left.metric("Parameters in torch, with the output layer", f"{torch_count:,}")
    right.metric(
        "The same network in Keras",
        f"{keras_count:,}",
        delta=f"{torch_count - keras_count:,} fewer" if keras_count != torch_count else None,
        delta_color="off",
        delta_arrow="off",
    )
    st.caption(notations.written(parameters.keras_reason(spec)))


@cached(16)
def conventions(network: Selection) -> "dict[str, Convention]":
    """The GRU of a recording by torch's and by the textbooks' equations."""
    return networks.recording(network).conventions()


def _conventions(recording: "Recording", selection: Selection) -> None:
    """How far the textbooks' forms of the GRU differ from torch's, on this input."""
    st.markdown(
        "torch applies the reset gate **after** the hidden product and its bias, and keeps the old state where $z$ is "
        "near 1. Textbooks often apply it before the product, or use $z$ for the new candidate. The table uses the "
        "same weights and input, over the whole sequence:"
    )
    if recording.spec.resets_before:
        st.caption("This network resets **before** the product: its numbers are those of the second row.")
    found = conventions(without_viewpoint(selection))
    equations = {
        "torch": r"n_t = \tanh(W_{in} x_t + b_{in} + r_t \odot (W_{hn} h_{t-1} + b_{hn}))",
        "reset before the product": r"n_t = \tanh(W_{in} x_t + b_{in} + W_{hn} (r_t \odot h_{t-1}) + b_{hn})",
        "z swapped": r"h_t = z_t \odot n_t + (1 - z_t) \odot h_{t-1}",
    }
    t = selection.t
    _table(
        pd.DataFrame(
            {
                "form": list(found),
                "what is different": [f"${notations.written(equations[name])}$" for name in found],
                f"$h_{{{t}}}$": [_vector(form.h[t]) for form in found.values()],
                "largest difference in $h$ from nn.GRU": [f"{form.difference:.3g}" for form in found.values()],
            }
        ).set_index("form")
    )


def _vector(values: np.ndarray, most: int = 6) -> str:
    more = f" … {len(values) - most} more" if len(values) > most else ""
    return ", ".join(map(_digits, values[:most])) + more


def _embedding(recording: "Recording", selection: Selection) -> None:
    """The vector of every word of the sentence."""
    known = checkpoint_of(selection.model)
    st.caption(_DRAWN if known is None else _ONE_HOT if known.is_one_hot else _LEARNED if known.unknown else _ONLY)
    vectors = pd.DataFrame(recording.x, columns=[f"[{k}]" for k in range(recording.x.shape[1])])
    _table(vectors.assign(word=recording.tokens).drop_duplicates("word").set_index("word"))


def _explanation(recording: "Recording", selection: Selection) -> None:
    del recording, selection
    frame.explain("step_through")


@dataclass(frozen=True)
class _Sheet:
    """A table as it is sent, made once for all who look at it.

    Attributes:
        rows: With the index.
        numbers: The columns with numbers; None if all is text.
    """

    rows: pa.Table
    numbers: tuple[str, ...] | None = None


def _sheet(table: pd.DataFrame) -> _Sheet:
    """Text if it fits a page, so that it can be read aloud and copied; else a scrolling grid."""
    rows, columns = table.shape
    if rows <= _READABLE[0] and columns <= _READABLE[1]:
        text = table.map(lambda cell: _digits(cell) if isinstance(cell, (float, np.floating)) else cell)
        return _Sheet(pa.Table.from_pandas(text))
    plain = table.rename(columns=lambda name: name.replace("$", ""))
    return _Sheet(pa.Table.from_pandas(plain), tuple(plain.select_dtypes("number").columns))


def _show(sheet: _Sheet) -> None:
    if sheet.numbers is None:
        st.table(sheet.rows)
    else:
        digits = st.column_config.NumberColumn(format="%.8g")
        st.dataframe(sheet.rows, width="stretch", column_config=dict.fromkeys(sheet.numbers, digits))


def _table(table: pd.DataFrame) -> None:
    _show(_sheet(table))


def _digits(value: float | np.floating) -> str:
    return str(np.float32(value))
