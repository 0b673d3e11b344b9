"""The data of the linked heatmaps: signals of one or several recordings on the same steps, as plain data."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import streamlit as st

from rnnviz import names
from rnnviz.answers import noun_of
from rnnviz.caching import cached
from rnnviz.names import Cell
from rnnviz.ui.selection import Selection, checkpoint_of, state, unknown_steps, with_cell, without_viewpoint
from rnnviz.ui.shell import frame, networks
from rnnviz.ui.widgets import answer_payload, controls
from rnnviz.widgets import heatmaps
from rnnviz.widgets.heatmaps import BUDGET, INDEX, ORDERS, Panel
from rnnviz.widgets.outputs import follows

ORDER: Final = "panels.order"
"""The order of units, in the link."""
BESIDE_PICTURE: Final = 100_000
"""Bytes of a message where a picture of as many numbers stands on the page, and a change sends both."""


@dataclass(frozen=True)
class Shown:
    """A signal that is asked for: of the selection's network, or of the same with another cell."""

    cell: Cell
    signal: str


def of_one(selection: Selection, signals: Sequence[str]) -> tuple[Shown, ...]:
    """Signals of the selection's own network."""
    return tuple(Shown(selection.model.cell, signal) for signal in signals)


def side_by_side(signals: Sequence[str] = ("h",)) -> tuple[Shown, ...]:
    """The same signals of all three cells, where they have them."""
    return tuple(Shown(cell, signal) for signal in signals for cell in names.CELLS if signal in names.SIGNALS[cell])


def data(
    selection: Selection, shown: tuple[Shown, ...], name: str, *, beside_picture: bool = False
) -> dict[str, object]:
    """All that the linked heatmaps show, as plain data and packed arrays, with what the widget asked for by ``look``.

    The selected step, units and span change nothing in it: those belong to the browser.

    Args:
        shown: The panels from top to bottom.
        name: The widget's, and its key.
        beside_picture: Whether a picture of very many numbers is on the page as well, which leaves less room for these.
    """
    fixed = replace(without_viewpoint(selection), layer=selection.layer, direction=selection.direction)
    look = heatmaps.looked(getattr(st.session_state.get(name), "look", None))
    view = payload(fixed, shown, look.first, BESIDE_PICTURE if beside_picture else BUDGET)
    begin = frame.start(
        name,
        t=selection.t,
        units=list(selection.units),
        range=list(selection.span) or None,
        threshold=selection.threshold,
        order=kept_order(),
    )
    return {**view, "start": begin, "answer": heatmaps.answer(signal_values(fixed, shown[0]), look)}


@cached(64)
def payload(selection: Selection, shown: tuple[Shown, ...], first: int | None, room: int = BUDGET) -> dict[str, object]:
    """The part of ``data`` that visitors with equal choices share: as many numbers as there is room for.

    Args:
        first: Where a window of single steps begins, if one is asked for.
        room: Bytes of the message.
    """
    return heatmaps.payload(
        _told_apart(selection, shown, [facts(selection, one) for one in shown]),
        [signal_values(selection, one) for one in shown],
        (tokens := networks.recording(without_viewpoint(selection)).tokens),
        first,
        room,
        marked=_marked(selection, tokens),
        unknown=unknown_steps(selection),
        answers=_answers(selection, shown),
    )


def is_marked(selection: Selection) -> bool:
    """Whether a network was trained on the adding problem, whose inputs mark two steps."""
    known = checkpoint_of(selection.model)
    return known is not None and known.task is not None and known.task.name == "adding"


def _marked(selection: Selection, tokens: Sequence[str]) -> list[int]:
    """The steps whose numbers a network that was trained on the adding problem has to add."""
    if not is_marked(selection):
        return []
    return [t for t, token in enumerate(tokens) if token.split()[-1] == "1"]


def _answers(selection: Selection, shown: tuple[Shown, ...]) -> list[dict[str, object]]:
    """What each of the networks outputs, those that are trained for something."""
    cells = tuple(dict.fromkeys(one.cell for one in shown))
    found = (
        answer_payload.of_network(
            without_viewpoint(with_cell(selection, cell)), names.CELL_LABELS[cell] if len(cells) > 1 else ""
        )
        for cell in cells
    )
    return [one for one in found if one is not None]


def _told_apart(
    selection: Selection, shown: tuple[Shown, ...], facts: list[dict[str, object]]
) -> list[dict[str, object]]:
    """The same facts, with a note which networks are trained if only some of them are."""
    called = tags(selection, [one.cell for one in shown])
    return [{**panel, "tag": tag} for tag, panel in zip(called, facts, strict=True)]


def tags(selection: Selection, cells: Sequence[Cell]) -> list[str]:
    """What panels of cells are called: the cell, and whether its network is trained if only some of them are."""
    trained = [bool(with_cell(selection, cell).model.trained) for cell in cells]
    words = ["" if all(trained) or not any(trained) else "trained " if one else "untrained " for one in trained]
    return [word + names.CELL_LABELS[cell] for word, cell in zip(words, cells, strict=True)]


def take(chosen: object) -> None:
    """Store the units, the span, the threshold and the order of units that the widget reports."""
    if not isinstance(chosen, dict):
        return state.tell("the chosen units must come as a table; nothing was changed")
    units, span = chosen.get("units") or [], chosen.get("range") or []
    if not all(isinstance(part, list) for part in (units, span)):
        return state.tell("units and range must be lists; nothing was changed")
    state.choose(ORDER, _order(chosen.get("order")), INDEX)
    return state.try_update(units=tuple(units), span=tuple(span), threshold=chosen.get("threshold"))


def kept_order() -> str:
    """The order of units that the link has; one that does not exist is reported."""
    kept = state.view(ORDER) or INDEX
    if kept not in ORDERS and kept != INDEX:
        controls.unreadable(ORDER, f"one of {', '.join((INDEX, *ORDERS))}", INDEX)
    return kept


def _order(asked: object) -> str:
    """The order of units, if there is one of that name."""
    return next((order for order in ORDERS if order == asked), INDEX)


@cached(64)
def facts(selection: Selection, one: Shown) -> dict[str, object]:
    """What a panel gets beside its numbers; all of it is about all steps."""
    values, network = signal_values(selection, one), without_viewpoint(with_cell(selection, one.cell))
    initial = None
    if one.signal in names.SIGMOID_GATES:
        rnn = networks.recording(network).network.rnn
        initial = heatmaps.bias_alone(rnn, one.signal, selection.layer, selection.direction)
    tag, found = names.CELL_LABELS[one.cell], _finding(selection, one, values)
    return heatmaps.facts(Panel(one.signal, values, tag, finding=found, initial=initial))


def _finding(selection: Selection, one: Shown, values: np.ndarray) -> str:
    """Which unit follows the targets of a trained network most closely, if they are numbers and any does so."""
    network = without_viewpoint(with_cell(selection, one.cell))
    known = checkpoint_of(network.model)
    return "" if known is None else follows(values, networks.outputs(network), noun_of(known))


def signal_values(selection: Selection, one: Shown) -> np.ndarray:
    """The signal of a panel at every step, of shape (time, unit)."""
    recording = networks.recording(without_viewpoint(with_cell(selection, one.cell)))
    return recording.trace.panel(one.signal, layer=selection.layer, direction=selection.direction)
