"""What the linked heatmaps are given: signals of one or several recordings on the same steps, as plain data."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, get_args

import numpy as np

from rnnviz import analysis, names
from rnnviz.analysis.states import Order
from rnnviz.names import Cell
from rnnviz.ui import cache, frame, state
from rnnviz.ui.components import pack, pack_rounded
from rnnviz.ui.selection import Selection, network_of
from rnnviz.ui.step_view import palette_data

if TYPE_CHECKING:
    from rnnviz.stepping import Recording

ORDERS: Final[tuple[Order, ...]] = get_args(Order)
VALUE: Final = ("value", "as they are")
DEVIATION: Final = ("deviation", "less what the biases alone give")
EXACT_LIMIT: Final = 56_000
"""The most numbers of all panels that are sent to the last digit, in 300 kB; more are sent as 16-bit levels."""


@dataclass(frozen=True)
class Shown:
    """A signal that is asked for: of the selection's network, or of the same with another cell.

    Attributes
    ----------
    cell : {"rnn", "lstm", "gru"}
    signal : str
    """

    cell: Cell
    signal: str


def of_one(selection: Selection, signals: Sequence[str]) -> tuple[Shown, ...]:
    """Signals of the selection's own network."""
    return tuple(Shown(selection.model.cell, signal) for signal in signals)


def side_by_side(signals: Sequence[str] = ("h",)) -> tuple[Shown, ...]:
    """The same signals of all three cells, where they have them."""
    return tuple(Shown(cell, signal) for signal in signals for cell in names.CELLS if signal in names.SIGNALS[cell])


def data(selection: Selection, shown: tuple[Shown, ...], name: str) -> dict[str, object]:
    """All that the linked heatmaps show.

    Parameters
    ----------
    selection : Selection
    shown : tuple of Shown
        A panel each, from top to bottom.
    name : str
        Of the widget.

    Returns
    -------
    dict
        Plain data, the same whatever step, units and span are selected: those belong to the browser.
    """
    fixed = replace(network_of(selection), layer=selection.layer, direction=selection.direction)
    view = cache.panel_data(fixed, shown)
    begin = frame.start(name, t=selection.t, units=list(selection.units), range=list(selection.span) or None)
    return {**view, "start": begin}


def payload(selection: Selection, shown: tuple[Shown, ...]) -> dict[str, object]:
    """The part of ``data`` that visitors with equal choices share."""
    states = cache.recording(network_of(selection)).trace["h"][0, 0].size
    packed = pack if states * len(shown) <= EXACT_LIMIT else pack_rounded
    panels = [_panel(selection, one, packed) for one in shown]
    deviates = any(panel["initial"] is not None for panel in panels)
    return {
        "panels": panels,
        "tokens": list(cache.recording(network_of(selection)).tokens),
        "scales": [VALUE, DEVIATION] if deviates else [VALUE],
        "palette": palette_data(),
    }


def take(chosen: object) -> None:
    """Store the units and the span that the widget reports."""
    if not isinstance(chosen, dict):
        return state.tell("the chosen units must come as a table; nothing was changed")
    units, span = chosen.get("units") or [], chosen.get("range") or []
    if not all(isinstance(part, list) for part in (units, span)):
        return state.tell("units and range must be lists; nothing was changed")
    return state.try_update(units=tuple(units), span=tuple(span))


def _panel(selection: Selection, one: Shown, packed: Callable[[np.ndarray], dict[str, object]]) -> dict[str, object]:
    recording = cache.recording(network_of(with_cell(selection, one.cell)))
    values = recording.trace.panel(one.signal, layer=selection.layer, direction=selection.direction)
    gate = one.signal in names.SIGMOID_GATES
    return {
        "key": one.signal,
        "symbol": names.SYMBOLS[one.signal],
        "label": names.LABELS[one.signal],
        "tag": names.CELL_LABELS[one.cell],
        "kind": "gate" if gate else "signed",
        "array": packed(values),
        "orders": {by: analysis.unit_order(values, by).tolist() for by in ORDERS},
        "initial": _bias_alone(recording, one.signal, selection).tolist() if gate else None,
    }


def with_cell(selection: Selection, cell: Cell) -> Selection:
    """The same selection with another cell, and without the edits, which mean other weights there."""
    if cell == selection.model.cell:
        return selection
    return replace(selection, model=replace(selection.model, cell=cell), edits=())


def _bias_alone(recording: "Recording", gate: str, selection: Selection) -> np.ndarray:
    """What a gate is where neither input nor state says anything: the sigmoid of its biases."""
    weights = recording.walk(selection.layer, selection.direction).weights
    at, units = names.GATES[recording.spec.cell].index(gate), recording.spec.hidden_size
    rows = slice(at * units, (at + 1) * units)
    if "bias_ih" not in weights:
        return np.full(units, 0.5)
    alone: np.ndarray = 1 / (1 + np.exp(-(weights["bias_ih"][rows] + weights["bias_hh"][rows])))
    return alone
