"""The views of the page: what is held constant, the plane of the states, eigenvalues and modes."""

from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, Final

import numpy as np
import streamlit as st

from rnnviz.pictures.phase_plane import KINDS, named
from rnnviz.ui.pages.dynamics import automaton, code, drawn, moments, plane, questions, search, stories, tables
from rnnviz.ui.pages.dynamics.request import MOST, Kind, Request, Starts, has_examples, in_words, inputs_of, request_of
from rnnviz.ui.pages.dynamics.search import Found
from rnnviz.ui.selection import Selection, entries, state, without_viewpoint
from rnnviz.ui.selection.fields import quoted
from rnnviz.ui.shell import components, frame, networks, numbers, predictions
from rnnviz.ui.widgets import controls, widget_files
from rnnviz.ui.widgets.network_controls import network_picker, place_picker, sidebar

if TYPE_CHECKING:
    from rnnviz.figures import Figure

INPUTS: Final[Mapping[str, Kind]] = {
    "Input of step t": "step",
    "Zeros": "zeros",
    "Mean input": "mean",
    "Chosen input": "chosen",
}
STARTS: Final[Mapping[str, Starts]] = {
    "From this input": "visited",
    "From examples": "examples",
    "From random states": "random",
}
"""Where the search begins; examples are of the task of a trained network."""

EVERY: Final = 0.5
"""Seconds between two looks at a long search."""

_TYPED: Final = "dynamics.constant"
_GOOD: Final = "dynamics.good"
"""In the session: the chosen input that was readable last, and of which network on which input."""

_POINT: Final = "dynamics.point"
_FEWEST: Final = 3
"""Visited states that a plane goes through."""


def show(selection: Selection) -> None:
    """The chosen view with its controls, and the text about it."""
    with frame.row("center"):
        view = controls.choice("View", VIEWS, key="dynamics.view")
        if view is None:
            case = automaton.chosen()
        else:
            network_picker(selection)
            place_picker(selection)
    if view is None:
        automaton.show(case)
        frame.explain("dynamics", "automaton")
    else:
        frame.restart(automaton.WIDGET)
        _show(moments.picked(selection), view)


def settings(selection: Selection) -> None:
    """The controls of input and network, for the views that show what is selected."""
    if controls.written("dynamics.view") != controls.slug("Automaton"):
        sidebar(selection)


def _show(selection: Selection, view: "View") -> None:
    """A view of fixed points: what is held constant, the view, a question and the text."""
    request = _asked(selection, needs_plane=view is _plane)
    found = None
    if request is not None:
        found = _found(request)
        view(selection, request, found)
    stories.buttons()
    part = PARTS[view]
    predictions.show(lambda: questions.ask(selection, request, found, part))
    frame.explain("dynamics", part)


# --- What is asked for ---


def _asked(selection: Selection, *, needs_plane: bool) -> Request | None:
    """The controls of the search; None if there is none, and then why."""
    with frame.row("center"):
        kind = controls.choice("Constant input", INPUTS, key="dynamics.input")
        offered = {name: one for name, one in STARTS.items() if one != "examples" or has_examples(selection)}
        starts = controls.choice("Start states", offered, key="dynamics.starts", ever=STARTS)
        typed = _box(selection) if kind == "chosen" else ""
    if reason := _unfit(selection, needs_plane=needs_plane):
        frame.note(reason)
        return None
    try:
        found = request_of(selection, kind, starts, typed)
    except ValueError as error:
        return _last_good(selection, starts, str(error))
    if kind == "chosen":
        st.session_state[_GOOD] = (without_viewpoint(selection), typed)
    return found


def _last_good(selection: Selection, starts: Starts, problem: str) -> Request | None:
    """The search of the chosen input that was readable last, and what is wrong with that of now."""
    network, typed = st.session_state.get(_GOOD, (None, ""))
    if network != without_viewpoint(selection):
        st.error(frame.plain(problem))
        return None
    st.error(frame.plain(f"{problem} The picture still shows the input {quoted(typed)}."))
    return request_of(selection, "chosen", starts, typed)


def _box(selection: Selection) -> str:
    """The box of the chosen input, which begins with that of the selected step."""
    usual = networks.recording(without_viewpoint(selection)).tokens[selection.t]
    text = entries.get(_TYPED, usual)
    st.session_state[_TYPED] = text
    st.text_input(
        "Chosen input", key=_TYPED, label_visibility="collapsed", width=220,
        on_change=lambda: entries.keep(_TYPED, st.session_state[_TYPED], ""),
    )  # fmt: skip
    return text


def _unfit(selection: Selection, *, needs_plane: bool) -> str:
    """Why there is nothing to search; empty if there is."""
    fixed, model = without_viewpoint(selection), selection.model
    size = model.hidden_size * (2 if model.cell == "lstm" else 1)
    if size > MOST:
        return (
            f"The search takes eight times as long for a state of twice the size. It is offered for states of at most "
            f"{MOST:,} numbers; this layer has {size:,}."
        )
    if size < 2:
        return "The plane needs a state of at least two numbers; this network has one unit."
    trace = networks.recording(fixed).trace
    h = trace.panel("h", layer=selection.layer, direction=selection.direction)
    steps = np.isfinite(h).all(1).sum()
    if needs_plane and steps < _FEWEST:
        return (
            f"The plane goes through the states of at least {_FEWEST} steps; this input has {steps} with finite "
            "states. Enter a longer input, or choose another view."
        )
    if not steps:
        return "The states are not finite at any step, so no search can begin at them."
    if not np.isfinite(inputs_of(fixed, selection.layer)).all():
        return "The input of this layer is not finite at every step, so it cannot stay constant."
    return ""


def _found(request: Request) -> Found | None:
    """What was found; of a long search the result of before, or its progress and a button that begins it."""
    if not request.is_long:
        return search.found(request)
    now = search.progress(request)
    if now is not None and now.found is not None:
        if now.found.points.stopped:
            st.button("Search again", key="dynamics.again", on_click=search.begin, args=(request,))
        return now.found
    is_going = now is not None and not now.message
    st.fragment(_watch, run_every=EVERY if is_going else None)(request, is_going)
    return None


def _watch(request: Request, was_going: bool) -> None:
    """How far a long search is, and what begins or stops it; the page runs anew when one begins or ends."""
    now = search.progress(request)
    if (now is not None and not now.message) != was_going or (now is not None and now.found is not None):
        st.rerun()
    if now is None or now.message:
        if now is not None:
            st.error(frame.plain(f"The search failed: {now.message}"))
        st.button(
            "Search for fixed points", key="dynamics.begin", type="primary", on_click=search.begin, args=(request,),
            help=f"States of {request.size:,} numbers: this takes seconds to minutes, in the background.",
        )  # fmt: skip
        return
    told = now.told
    said = (
        "waiting for another search to end"
        if told is None
        else f"{told.ended} of {told.starts} start states, iteration {told.step}"
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.progress(0.0 if told is None else told.ended / told.starts, f"Searching for fixed points: {said}")
        is_stopping = search.is_stopped(request)
        st.button(
            "Stopping…" if is_stopping else "Stop", key="dynamics.stop", disabled=is_stopping, on_click=search.stop,
            args=(request,), help="It stops after the current iteration." if is_stopping else None,
        )  # fmt: skip


# --- Views ---


def _plane(selection: Selection, request: Request, found: Found | None) -> None:
    """The plane with the points, and the way of the sequence, which is stepped through in the browser."""
    chosen = None if state.view(_POINT) is None else _point(found)
    drawn_plane = plane.drawn(request, found)
    data = {**drawn_plane.data, "point": chosen, "start": _begun(selection, request)}
    components.phase_plane(data, key="dynamics.plane", on_t=lambda t: state.try_update(t=t), on_point=_choose)
    table = lambda: tables.points(found, search.plane(request, plane.reached(found)))  # noqa: E731 - made on request
    with st.container(horizontal=True, vertical_alignment="top"):
        numbers.below("dynamics.plane", table)
        widget_files.offer(
            "phase_plane", "dynamics.plane", drawn_plane.title, data, selection.t,
            numbers=table, code=lambda: code.plane(request, selection.t, chosen, found), titled=True,
        )  # fmt: skip


def _begun(selection: Selection, request: Request) -> dict[str, object]:
    """Where the widget begins, anew for another network or another text."""
    of = sha256(repr(request.network.cache_key).encode("utf-8", "replace")).hexdigest()[:12]
    start = frame.start("dynamics.plane", t=selection.t, of=of)
    if start["of"] != of:
        frame.restart("dynamics.plane")
        start = frame.start("dynamics.plane", t=selection.t, of=of)
    return {"t": start["t"], "id": f"{start['id']}.{of}"}


def _eigenvalues(_: Selection, request: Request, found: Found | None) -> None:
    """The eigenvalues of all points, beside the unit circle."""
    if found is None or not _has_points(request, found):
        return
    figure = drawn.eigenvalues(request, found, frame.theme())
    _figure("eigenvalues", figure, lambda: code.eigenvalues(request, drawn.of_eigenvalues(request), found))


def _modes(_: Selection, request: Request, found: Found | None) -> None:
    """The leading modes of one point."""
    if found is None or not _has_points(request, found):
        return
    names = {
        f"{number}: {KINDS[str(kind)]}{f', {said}' if said else ''}": number
        for number, (kind, said) in enumerate(zip(found.points.kinds, found.outputs.said, strict=True))
    }
    point = _point(found)
    st.session_state["dynamics.point"] = list(names)[point]
    with frame.on_slide("point"):
        st.selectbox(
            "Point", list(names), key="dynamics.point", width=420, label_visibility="collapsed",
            on_change=lambda: _choose(names[st.session_state["dynamics.point"]]),
        )  # fmt: skip
    figure = drawn.modes(request, found, point, frame.theme())
    _figure(
        "modes", figure,
        lambda: code.modes(request, drawn.of_modes(request, found), point, search.MODES, found),
    )  # fmt: skip


View = Callable[[Selection, Request, Found | None], None]
VIEWS: Final[Mapping[str, View | None]] = {
    "Plane": _plane,
    "Eigenvalues": _eigenvalues,
    "Leading modes": _modes,
    "Automaton": None,
}
"""None is the view that has networks of its own."""

PARTS: Final[Mapping[View, str]] = {_plane: "points", _eigenvalues: "eigenvalues", _modes: "modes"}
"""The part of the page's text about a view of fixed points, and what its question is chosen by."""


# --- Parts ---


def _figure(name: str, figure: "Figure", script: Callable[[], str]) -> None:
    frame.show(figure, key=f"dynamics.{name}", alt=figure.layout.meta["alt"], code=script)


def _has_points(request: Request, found: Found) -> bool:
    """Whether there are points to draw; if not, the page says so."""
    if not len(found.points):
        frame.note(f"No fixed or slow point was found {frame.plain(named(in_words(request)))}.")
    return len(found.points) > 0


def _point(found: Found | None) -> int:
    """The chosen point of the link; the first one by default."""
    count = 1 if found is None else max(1, len(found.points))
    return int(controls.kept_number(_POINT, 0, 10_000, 0)) % count


def _choose(point: object) -> None:
    if type(point) is not int or point < 0:
        state.tell("point must be a whole number of at least 0; nothing was changed")
        return
    state.choose(_POINT, str(point), "0")
