"""The views of the page of gradients: their controls, and what stands under them."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
import streamlit as st

from rnnviz.names import CELLS, Cell
from rnnviz.ui import cache, components, controls, frame, state
from rnnviz.ui.gradient_figures import Asked, Line, block_of, lines_of, relevant
from rnnviz.ui.selection import Selection, network_of, step_count

VIEWS: Final = {
    "Over time": "time",
    "Against length": "length",
    "Why": "why",
    "Which loss reaches which step": "triangle",
    "On words": "words",
}
OF: Final = {"Random projection of h": "projection", "Read-out": "read-out"}
WHERE: Final = {"Loss at the last step": "last", "At every step": "every", "At a chosen step": "chosen"}
BY: Final = {"By h": "h", "By c": "c", "By x": "x"}
LINES: Final = {
    "This network": Line(),
    "RNN": Line("rnn"),
    "LSTM": Line("lstm"),
    "GRU": Line("gru"),
    "LSTM, forget bias 1": Line("lstm", forget_bias=1.0, dash="dash"),
    "LSTM, forget bias 3": Line("lstm", forget_bias=3.0, dash="dot"),
}
ORTHOGONAL: Final = "RNN, orthogonal × s"
SHORT: Final = 20
"""Below so many rows of numbers a preset brings its own."""

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
    "edits": (),
}
PRESETS: Final[Mapping[str, tuple[str, Mapping[str, Any]]]] = {
    "Vanishes": ("A plain RNN of 64 units, started as torch does", _START),
    "Holds": ("An LSTM of 64 units with forget bias 3", {**_START, "cell": "lstm", "forget_bias": 3.0}),
    "Explodes": (
        "A plain RNN of 64 units whose W_hh is orthogonal × 2",
        {**_START, "recurrent": "orthogonal", "recurrent_scale": 2.0},
    ),
}
"""What each button says of itself, and what it sets."""


def presets(selection: Selection) -> None:
    """Buttons that set the network, and a longer input where there is next to none."""
    with st.container(horizontal=True):
        for name, (help_text, changes) in PRESETS.items():
            st.button(name, key=f"gradients.{name}", help=help_text, on_click=_preset, args=(changes,))
    if selection.input == "numbers" and step_count(selection) < SHORT:
        st.caption(f"{step_count(selection)} steps are few to see much. A preset brings 100 steps of random numbers.")


def over_time(selection: Selection) -> None:
    """Norms at every step, of several networks."""
    with st.container(horizontal=True):
        signal = controls.choice("Gradient by", BY, key="gradients.by")
        where = controls.choice("Step of the loss", WHERE, key="gradients.where")
        of = _loss(selection)
    at = {"last": step_count(selection) - 1, "every": None, "chosen": selection.t}[where]
    if where == "chosen":
        _step_slider(selection)
    if signal != "x":
        controls.place_picker(selection)
    lines = _lines(selection, ("lstm",) if signal == "c" else CELLS)
    _not_finite(selection)
    _show(selection, Asked("time", frame.theme(), lines, signal, of, at))


def against_length(selection: Selection) -> None:
    """The gradient at the first step, by the number of steps."""
    _show(selection, Asked("length", frame.theme(), _lines(selection)))


def why(selection: Selection) -> None:
    """What W_hh and the squashing do to lengths."""
    controls.place_picker(selection)
    if selection.model.cell != "rnn":
        frame.note(
            "The bound of Pascanu, Mikolov and Bengio is for a plain RNN. This is the one of the same sizes and seed."
        )
    _not_finite(selection)
    left, right = st.columns([2, 3])
    with left:
        _show(selection, Asked("singular", frame.theme()))
    with right:
        _show(selection, Asked("jacobian", frame.theme()))


def triangle(selection: Selection) -> None:
    """What every state contributes to every loss."""
    of = _loss(selection)
    controls.place_picker(selection)
    _not_finite(selection)
    _show(selection, Asked("triangle", frame.theme(), of=of, at=selection.t))


def words(selection: Selection) -> None:
    """Each word coloured by the gradient of the chosen output step."""
    of = _loss(selection)
    if selection.t == 0 and "gradients.begun" not in st.session_state:
        selection = state.update(t=step_count(selection) - 1)  # the first step depends on itself alone
        state.write_link()
    st.session_state["gradients.begun"] = True
    _not_finite(selection)
    block = block_of(selection)
    view = cache.word_gradients(network_of(selection), of, block)
    components.word_gradients(
        {**view, "start": frame.start("gradients.words", t=selection.t)},
        key="gradients.words",
        on_t=lambda t: state.try_update(t=t),
    )


SHOW: Final[Mapping[str, Callable[[Selection], None]]] = {
    "time": over_time,
    "length": against_length,
    "why": why,
    "triangle": triangle,
    "words": words,
}


def show(selection: Selection, view: str) -> None:
    """One of the views; the others are not computed."""
    if view != "words":
        frame.restart("gradients.words")
    SHOW[view](selection)


# --- Parts ---


def _show(selection: Selection, asked: Asked) -> None:
    figure = cache.gradient_figure(relevant(selection), asked)
    frame.show(figure, key=f"gradients.{asked.name}", alt=figure.layout.meta["alt"])


def _lines(selection: Selection, cells: tuple[Cell, ...] = CELLS) -> tuple[Line, ...]:
    """The networks that the visitor switches on; those of other cells are left out."""
    chosen = st.pills(
        "Networks", [*LINES, ORTHOGONAL], selection_mode="multi", default=list(LINES)[:4], key="gradients.lines",
        label_visibility="collapsed", persist_state="session",
        help="RNN, LSTM and GRU with the sizes and the seed chosen at the left, started as torch does.",
    )  # fmt: skip
    found = [line for name, line in LINES.items() if name in chosen]
    if ORTHOGONAL in chosen:
        scale = st.slider(
            "s, by which the orthogonal matrix W_hh is multiplied", 0.5, 2.5, 1.5, 0.1, key="gradients.scale"
        )
        found.append(Line("rnn", orthogonal=scale, dash="dash"))
    if not selection.model.bias:
        found = [line for line in found if line.forget_bias is None]
    fitting = [line for line in found if (line.cell or selection.model.cell) in cells]
    return lines_of(selection, fitting or [Line(cells[0])])


def _loss(selection: Selection) -> Any:
    """What the loss is of, where there is a choice."""
    return controls.choice("Loss", OF, key="gradients.of") if selection.model.output_size else "projection"


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
    h = cache.recording(network_of(selection)).trace["h"][:, :, 0]  # (layer, direction, time, unit)
    bad = np.flatnonzero(~np.isfinite(h).all((0, 1, 3)))
    if len(bad):
        frame.note(
            f"The network's states are not finite at {len(bad)} of {h.shape[2]} steps, first at t = {bad[0]}: in "
            "float32, in which it runs, no gradient comes from there. The curves are in float64, which reaches further."
        )


def _preset(changes: Mapping[str, Any]) -> None:
    selection = state.current()
    long: dict[str, Any] = {}
    if selection.input == "numbers" and step_count(selection) < SHORT:
        drawn = np.random.default_rng(7).standard_normal((100, 4))
        long = {"numbers": "\n".join(" ".join(f"{value:.2f}" for value in row) for row in drawn), "t": 99}
    state.try_update(**changes, **long)
