"""The data of the stepper's widget, a recording of the visitor's network, and what the widget asks for."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import streamlit as st

from rnnviz import notation, palette
from rnnviz.page_registry import STEP_THROUGH
from rnnviz.spec import Edit
from rnnviz.ui.selection import Selection, shapes, state, without_viewpoint
from rnnviz.ui.selection.changes import changed
from rnnviz.ui.selection.fields import check_edit, quoted
from rnnviz.ui.shell import frame, networks
from rnnviz.ui.widgets import step_payload
from rnnviz.ui.widgets.back_payload import Back
from rnnviz.widgets import stepper

NAME: Final = "step_through"
"""The widget's name, and its key."""

_OPENING: Final = "rnnviz.step_through"


@dataclass(frozen=True)
class Look:
    """What the widget asks for beyond what it was opened with.

    Attributes:
        token: That of what it was opened with.
        first: Where the window begins that it wants, if it wants one.
        gate: Whose matrices it wants, if it wants any.
        tried: A number that is being edited and not applied yet: ``name``, ``index`` and ``value``, unchecked.
    """

    token: str | None = None
    first: int | None = None
    gate: str | None = None
    tried: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class _Opening:
    """The last complete data of the widget: of what, and from which step on.

    Its token is unique, so that a request with it can mean nothing else: a browser outlives a session when the server
    begins anew.
    """

    token: str
    start: object
    view: object
    first: int


def data(selection: Selection, back: Back | None = None) -> dict[str, object]:
    """All that the widget shows of the visitor's recording, seen from the selected layer and direction.

    Args:
        back: How a loss goes back, if its way is drawn.

    Returns:
        Plain data and packed arrays. For a new recording: the ``still`` data, the ``matrices`` of the first gates
        and a ``window``, the numbers of as many steps around the selected one as there is room for; later, what
        the widget asks for by ``look``, or all of it with a number that is tried. Otherwise they do not depend on the
        selected step, which belongs to the browser: unchanged data is not sent again.
    """
    look = looked(getattr(st.session_state.get(NAME), "look", None))
    network = without_viewpoint(_with_tried(selection, look.tried))
    view = replace(network, layer=selection.layer, direction=selection.direction)
    start = frame.start(NAME, **start_of(selection))
    recording, walk = networks.recording(network), networks.step_walk(view)
    still = step_payload.still_of(view, back)
    gradients = step_payload.gradients_of(view, back)

    def window(first: int, count: int) -> dict[str, object]:
        begin = stepper.beginning(first, count, len(recording.tokens))
        return stepper.window(recording, walk, begin, count, gradients)

    opening = _opening((view, back, selection.notation), start["id"], selection.t - still["opening"] // 2)
    sent: dict[str, object] = {"token": opening.token, "start": start}
    if look.token != opening.token:
        sent["still"] = {**still, "palette": palette.themes(), "letters": dict(notation.table(selection.notation))}
        sent["matrices"] = stepper.matrices(walk, still["gatesHere"])
        sent["window"] = window(opening.first, still["opening"])
        return sent
    if look.first is not None:
        sent["window"] = window(look.first, still["size"])
    if look.gate is not None and look.gate in still["gates"]:
        sent["matrices"] = stepper.matrices(walk, [look.gate])
    return sent


def start_of(selection: Selection) -> dict[str, object]:
    """Where the widget begins: at which step, with which picture, and with one unit of the cell or all (None)."""
    network = "rolled" if selection.fold else "unrolled"
    return {
        "t": selection.t,
        "picture": network if selection.picture == "network" else selection.picture,
        "unit": selection.units[0] if len(selection.units) == 1 else None,
    }


def show_step(t: int) -> None:
    """Store the selected step."""
    _update(t=t)


def show_picture(kind: object) -> None:
    """Store which picture is on show, "unrolled", "rolled", "cell" or "backward"; but a browser can send anything."""
    match kind:
        case "unrolled" | "rolled":
            _update(picture="network", fold=kind == "rolled")
        case "cell" | "backward":
            _update(picture=kind)
        case _:
            state.tell(f"picture must be one of unrolled, rolled, cell, backward; got {quoted(kind)}")


def show_unit(unit: object) -> None:
    """Store which unit of the cell is shown alone, None for all; but a browser can send anything."""
    _update(units=() if unit is None else (unit,))


def looked(sent: object) -> Look:
    """What a browser asks for, which can be anything; nonsense is ignored."""
    asked: Mapping[str, Any] = sent if isinstance(sent, Mapping) else {}
    token, gate = (text if isinstance(text := asked.get(name), str) else None for name in ("token", "gate"))
    first, tried = asked.get("first"), asked.get("tried")
    return Look(token, first if type(first) is int else None, gate, tried if isinstance(tried, Mapping) else None)


def _with_tried(selection: Selection, tried: Mapping[str, Any] | None) -> Selection:
    """The selection with a number that is tried; without it if it cannot be, since a browser can send anything."""
    if tried is None:
        return selection
    try:
        return changed(selection, edits=_edited(tried, selection))
    except (TypeError, ValueError):
        return selection


def _opening(view: object, start: object, first: int) -> _Opening:
    """The complete data that the widget got; from now on these, if they differ."""
    before: _Opening | None = st.session_state.get(_OPENING)
    if before is not None and (before.start, before.view) == (start, view):
        return before
    opening = _Opening(secrets.token_hex(8), start, view, first)
    st.session_state[_OPENING] = opening
    return opening


def _update(**changes: Any) -> None:
    """What the stepper reports is of its own page, also when it comes after the visitor has gone to another."""
    state.try_update_on(STEP_THROUGH.title, **changes)


def apply(change: object) -> None:
    """Store what the widget asks for: another layer, a number typed over, or such a number taken back.

    Args:
        change: A mapping, as ``components.step_through`` says; but a browser can send anything; the page reports what
            cannot be done.
    """
    try:
        wanted = _wanted(change, state.on(STEP_THROUGH.title))
    except (TypeError, ValueError) as error:
        state.tell(str(error))
    else:
        _update(**wanted)


def _wanted(change: object, selection: Selection) -> dict[str, Any]:
    """The fields that a change sets; values that pass unchanged are checked when they are set."""
    if not isinstance(change, Mapping):
        raise TypeError(f"a change must be a mapping; got {quoted(change)}")
    match change.get("kind"):
        case "select":
            fields = {name: change.get(name) for name in ("layer", "direction")}
        case "edit":
            fields = {"edits": _edited(change, selection)}
        case "undo":
            fields = {"edits": _without(selection.edits, *_sent_place(change))}
        case "reset":
            fields = {"edits": ()}
        case kind:
            raise ValueError(f"kind must be one of select, edit, undo, reset; got {quoted(kind)}")
    return {**fields, "t": change.get("t")}


def _edited(change: Mapping[str, Any], selection: Selection) -> tuple[Edit, ...]:
    """The edits of a selection with the one that a browser sends, the last of its number."""
    edit = _sent_edit(change, selection)
    return (*_without(selection.edits, edit.name, edit.index), edit)


def _sent_edit(change: Mapping[str, Any], selection: Selection) -> Edit:
    value = change.get("value")
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise TypeError(f"value must be a number; got {quoted(value)}")
    edit = Edit(*_sent_place(change), value)
    check_edit(edit, shapes(selection))
    return replace(edit, value=float(value))  # after the check: a whole number can be too large for a float


def _sent_place(change: Mapping[str, Any]) -> tuple[str, tuple[int, ...]]:
    name, index = change.get("name"), change.get("index")
    if not isinstance(name, str):
        raise TypeError(f"name must be a text; got {quoted(name)}")
    if not isinstance(index, list) or not all(type(k) is int for k in index):
        raise TypeError(f"index must be a list of whole numbers; got {quoted(index)}")
    return name, tuple(index)


def _without(edits: tuple[Edit, ...], name: str, index: tuple[int, ...]) -> tuple[Edit, ...]:
    return tuple(edit for edit in edits if (edit.name, edit.index) != (name, index))
