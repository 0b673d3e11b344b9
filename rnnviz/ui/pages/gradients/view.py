"""The views of the page of gradients: their controls, and what stands under them."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import streamlit as st

from rnnviz.checkpoints.reviews import FAMILY
from rnnviz.names import CELL_LABELS
from rnnviz.ui.pages.gradients import code as gradients
from rnnviz.ui.pages.gradients import figures as gradient_figures
from rnnviz.ui.pages.gradients import tables
from rnnviz.ui.pages.gradients.figures import Request, block_of, relevant
from rnnviz.ui.pages.gradients.lines import (
    EVER,
    Line,
    distinct,
    is_large,
    offered,
    orthogonal,
    spec_of,
    usual,
    with_length,
    with_signal,
)
from rnnviz.ui.selection import Selection, checkpoint_of, state, step_count, without_viewpoint
from rnnviz.ui.selection.fields import HIDDEN_SIZE
from rnnviz.ui.shell import components, frame, networks, notations
from rnnviz.ui.widgets import controls, network_controls, widget_files

if TYPE_CHECKING:
    from rnnviz.reach import By, Of

VIEWS: Final = {
    "Over time": "time",
    "Against length": "length",
    "Why": "why",
    "Which loss reaches which step": "triangle",
    "On the input": "words",
}
OF: Final[Mapping[str, "Of"]] = {"Random projection of h": "projection", "Output layer": "read-out"}
WHERE: Final = {"Loss at the last step": "last", "At every step": "every", "At a chosen step": "chosen"}
BY: Final[Mapping[str, "By"]] = {
    "With respect to h": "h", "With respect to c": "c", "With respect to x": "x",
}  # fmt: skip
ORTHOGONAL: Final = "RNN, orthogonal × s"
_HINT: Final = (
    "RNN, LSTM and GRU have the sizes and the seed of this network and torch's default initialization. For a trained "
    "network there are also the networks with another cell that were trained on the same task, and the network before "
    "its training."
)
_PAIR: Final = "gradients_pair"
_NARROW: Final = f"<style>.st-key-{_PAIR} [data-testid=stColumn] {{ min-width: min(100%, 22rem); }}</style>"
"""The two figures of why stand one above the other if there is no room for their axes."""

SHORT: Final = 20
"""Below so many rows of numbers, a preset brings its own."""

_START: Final[Mapping[str, Any]] = {
    "cell": "rnn",
    "hidden_size": 64,
    "num_layers": 1,
    "bidirectional": False,
    "bias": True,
    "nonlinearity": "tanh",
    "forget_bias": None,
    "recurrent": "default",
    "recurrent_scale": 1.0,
    "trained": "",
    "edits": (),
}
PRESETS: Final[Mapping[str, tuple[str, Mapping[str, Any]]]] = {
    "Vanishes": ("RNN, default start", _START),
    "Holds": ("LSTM, forget bias 3", {**_START, "cell": "lstm", "forget_bias": 3.0}),
    "Explodes": (
        "ReLU RNN, W_hh = 1.5 × identity",
        {**_START, "nonlinearity": "relu", "recurrent": "identity", "recurrent_scale": 1.5},
    ),
}
"""Each button's description, so short that it covers no title, and what it sets."""


def presets() -> None:
    """Buttons that set the network, and a longer input if the present one is short."""
    with st.container(horizontal=True, width="content"):
        for name, (help_text, changes) in PRESETS.items():
            st.button(
                name,
                key=f"preset_gradients.{name}",
                help=notations.written(help_text),
                on_click=_preset,
                args=(changes,),
            )


def over_time(selection: Selection) -> None:
    """Norms at every step, of several networks."""
    picture = st.container()
    with frame.row():
        by = controls.choice("Gradient", BY, key="gradients.by")
        where = controls.choice("Step of the loss", WHERE, key="gradients.where")
        of = _loss(selection)
    if where == "chosen":
        selection = state.open_at_last()
        _step_slider(selection)
    at = {"last": step_count(selection) - 1, "every": None, "chosen": selection.t}[where]
    if by != "x":
        network_controls.place_picker(selection)
    chosen = _lines(selection)
    lines = with_signal(selection, chosen, by)
    with picture:
        if chosen and len(lines) < len(chosen):
            frame.note(_without(selection, [line for line in chosen if line not in lines]))
        if lines:
            _not_finite(selection)
            _show(selection, Request("time", frame.theme(), tuple(lines), by, of, at))


def against_length(selection: Selection) -> None:
    """The gradient at the first step, by the number of steps."""
    picture = st.container()
    if chosen := _lines(selection):
        lines = with_length(selection, chosen)
        with picture:
            if len(lines) < len(chosen):
                frame.note(
                    "The gradient against the length is not drawn for this network: its second layer reads both "
                    "directions of the first, so it has no forward direction that can be run alone."
                )
            if lines:
                _show(selection, Request("length", frame.theme(), lines))


def why(selection: Selection) -> None:
    """What W_hh and the activation function do to lengths."""
    if is_large(selection):
        frame.note(f"{_size(selection)} The singular values and the Jacobians are computed for at most {_most()}.")
        return
    network_controls.place_picker(selection)
    if selection.model.cell != "rnn":
        frame.note(
            "The bound of Pascanu, Mikolov and Bengio holds only for a plain RNN, so these plots use one instead of "
            "your network."
        )
    _not_finite(selection)
    st.html(_NARROW)
    with st.container(key=_PAIR):
        left, right = st.columns([2, 3])
    with left:
        _show(selection, Request("singular", frame.theme()))
    with right:
        _show(selection, Request("jacobian", frame.theme()))


def triangle(selection: Selection) -> None:
    """What every state contributes to every loss."""
    of = _loss(selection)
    network_controls.place_picker(selection)
    _not_finite(selection)
    _show(selection, Request("triangle", frame.theme(), of=of, at=selection.t))


def words(selection: Selection) -> None:
    """Each word coloured by the gradient of the chosen output step, the last one until another is chosen."""
    of = _loss(selection)
    begun = _begun(selection)
    chosen = st.session_state.get("gradients.chosen") == begun["id"]

    def choose(t: int) -> None:
        st.session_state["gradients.chosen"] = begun["id"]
        state.try_update(t=t)

    _not_finite(selection)
    block = block_of(selection, selection.t if chosen else int(str(begun["t"])))
    view = gradient_figures.word_payload(without_viewpoint(selection), of, block)
    data = {**view, "start": begun}
    components.word_gradients(data, key="gradients.words", on_t=choose)
    t = selection.t if chosen else int(str(begun["t"]))
    widget_files.offer(
        "word_gradients", "gradients.words", "How words affect the output", data, selection.t if chosen else None,
        numbers=lambda: tables.word_norms(selection, of, block),
        code=lambda: gradients.words(selection, of, t),
    )  # fmt: skip


SHOW: Final[Mapping[str, Callable[[Selection], None]]] = {
    "time": over_time,
    "length": against_length,
    "why": why,
    "triangle": triangle,
    "words": words,
}


def show(selection: Selection, view: str) -> None:
    """One of the views; the others are not computed."""
    if selection.input == "numbers" and step_count(selection) < SHORT:
        st.caption(
            f"{step_count(selection)} steps are too few to see much. A preset brings 100 steps of random numbers."
        )
    if view != "words":
        frame.restart("gradients.words")
    SHOW[view](selection)


def part(selection: Selection, view: str) -> str:
    """The part of the page's text that is about a view."""
    if selection.model.trained.startswith(FAMILY):
        return f"{view}-reviews" if view in ("time", "words") else view
    known = checkpoint_of(selection.model)
    if known is None or known.task is None or view not in ("time", "length", "words"):
        return view
    return "time-adding" if (view, known.task.name) == ("time", "adding") else f"{view}-trained"


# --- Parts ---


def _show(selection: Selection, request: Request) -> None:
    seen = relevant(selection)
    figure = gradient_figures.figure_of(seen, request)
    frame.show(
        figure,
        key=f"gradients.{request.name}",
        alt=figure.layout.meta["alt"],
        code=lambda: gradients.figure(seen, request),
    )


def _lines(selection: Selection) -> tuple[Line, ...]:
    """The networks that the visitor switches on, each once."""
    lines = offered(selection)
    if is_large(selection):
        st.caption(f"{_size(selection)} Untrained networks are drawn beside a network with at most {_most()}.")
        return distinct(selection, lines.values())
    chosen = controls.choices(
        "Networks", [*lines, ORTHOGONAL], key="gradients.lines", default=usual(selection), hint=_HINT, ever=EVER
    )
    found = [line for name, line in lines.items() if name in chosen]
    if ORTHOGONAL in chosen:
        label = notations.written("Factor s of the orthogonal matrix W_hh")
        found.append(orthogonal(selection, controls.amount(label, 0.5, 2.5, 0.1, key="gradients.scale", default=1.5)))
    if not found:
        frame.note("Choose at least one network.")
    return distinct(selection, found)


def _size(selection: Selection) -> str:
    """The units of a large network in a sentence."""
    return f"This network has {selection.model.hidden_size:,} units in each layer and direction."


def _most() -> str:
    return f"{HIDDEN_SIZE.high} units"


def _without(selection: Selection, lines: Sequence[Line]) -> str:
    """A note on chosen networks that cannot be drawn, as they have no cell state."""
    cells = dict.fromkeys(CELL_LABELS[spec_of(selection, line).cell] for line in lines)
    return f"Only an LSTM has a cell state c, so there is no curve with respect to c of the {' or the '.join(cells)}."


def _loss(selection: Selection) -> "Of":
    """The target of the loss, if there is a choice: of a trained network its output layer by default."""
    if not selection.model.output_size:
        return "projection"
    return controls.choice("Loss", OF, key="gradients.of", default="Output layer" if selection.model.trained else None)


def loss_chosen(selection: Selection) -> "Of":
    """The target of the loss that the link has, as ``_loss`` offers it."""
    if not selection.model.output_size:
        return "projection"
    default: Of = "read-out" if selection.model.trained else "projection"
    return {controls.slug(name): of for name, of in OF.items()}.get(controls.written("gradients.of") or "", default)


def _begun(selection: Selection) -> dict[str, object]:
    """Where the words begin, anew for a text of another length: at the last step if the first is selected.

    The first step depends on itself alone.
    """
    steps = step_count(selection)
    now = {"t": selection.t or steps - 1, "steps": steps}
    start = frame.start("gradients.words", **now)
    if start["steps"] != steps:
        frame.restart("gradients.words")
        start = frame.start("gradients.words", **now)
    return {**start, "id": f"{start['id']}.{steps}"}


def _step_slider(selection: Selection) -> None:
    """The selected step as a slider; arrow keys move it."""
    last, key = step_count(selection) - 1, "gradients.t"
    if last:
        st.session_state[key] = selection.t
        st.slider(
            "Step of the loss", 0, last, step=1, key=key, on_change=lambda: state.try_update(t=st.session_state[key])
        )


def _not_finite(selection: Selection) -> None:
    """Say where the network's own numbers stop being finite."""
    h = networks.recording(without_viewpoint(selection)).trace["h"][:, :, 0]  # (layer, direction, time, unit)
    bad = np.flatnonzero(~np.isfinite(h).all((0, 1, 3)))
    if len(bad):
        frame.note(
            f"The network's states are not finite at {len(bad)} of {h.shape[2]} steps, first at t = {bad[0]}. In "
            "float32, in which it runs, no gradient comes from there. The curves use float64, which has a larger range."
        )


def _preset(changes: Mapping[str, Any]) -> None:
    selection = state.current()
    long: dict[str, Any] = {}
    if selection.input == "numbers" and step_count(selection) < SHORT:
        drawn = np.random.default_rng(7).standard_normal((100, 4))
        long = {"numbers": "\n".join(" ".join(f"{value:.2f}" for value in row) for row in drawn), "t": 99}
    state.try_update(**changes, **long)
