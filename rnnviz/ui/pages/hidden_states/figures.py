"""Figures of the states under the linked heatmaps, and the second input that may be compared with the first."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import streamlit as st

from rnnviz.caching import cached
from rnnviz.text import ask_about_separators
from rnnviz.ui.codegen.drawing import Drawing
from rnnviz.ui.codegen.networks import captioned, capture_line, input_lines, traced
from rnnviz.ui.codegen.source import Raw, script
from rnnviz.ui.selection import (
    Selection,
    checkpoint_of,
    described,
    initial_in_words,
    most_columns,
    network,
    readable,
    state,
    trained,
    translator_of,
    unknown_words,
    without_viewpoint,
)
from rnnviz.ui.selection.changes import largest_hidden_size, unreadable
from rnnviz.ui.shell import frame, networks
from rnnviz.ui.widgets import controls

if TYPE_CHECKING:
    from rnnviz.figures import Figure
    from rnnviz.palette import Theme
    from rnnviz.trace import Trace

_PATH: Final = 560
_SENTENCES: Final = 80
"""Pixels of a path, and more for what its caption says of an initial state; without them the axis has no room."""

LABELS: Final = {"numbers": "Other rows for the same network", "words": "Another text for the same network"}
EXAMPLES: Final = {"numbers": "3 3 3 3 3\n2 2 2 2 2\n1 1 1 1 1", "words": "The film was great, it was not good!"}


def path(selection: Selection, signal: str) -> None:
    """The path of the state, ``signal`` "h" or "c", in two dimensions, and that of a second input if one is typed."""
    other, problem = second_input(selection)
    if problem:
        st.error(frame.plain(f"{problem} The picture shows the first input alone."))
    inputs = (seen(selection), *([seen(other)] if other else []))
    if selection.model.hidden_size < 2 or _finite_steps(inputs, signal) < 2:
        frame.note("A path in two dimensions needs at least two hidden units and two steps with finite numbers.")
        return
    height = _PATH + (_SENTENCES if initial_in_words(selection) else 0)
    _show("path", inputs, signal, selection.t, height=height)


def together(selection: Selection, signal: str) -> None:
    """Words and units in order of similarity, in one heatmap; ``signal`` is "h" or "c"."""
    height = max(420, min(900, 200 + 14 * selection.model.hidden_size))
    _show("together", (seen(selection),), signal, selection.t, height=height)


VIEWS: Final[Mapping[str, Callable[[Selection, str], None]]] = {
    "Path of the state": path,
    "Words and units together": together,
}
"""The figure under the panels. Only the chosen one is computed."""


def picture() -> bool:
    """Whether the chosen figure, which stands below its choice, has very many numbers."""
    return state.view("hidden_states.view") == controls.slug("Words and units together")


def second_input(selection: Selection) -> tuple[Selection | None, str | None]:
    """The box of the second input, which the link has too; an unreadable text stays in it.

    Returns:
        The same network on the text in the box; None if that is empty or cannot be read.
        Why it cannot be read.
    """
    key, text = "hidden_states.second", selection.second
    st.session_state[key] = text
    st.text_area(
        LABELS[selection.input], key=key, height=100, placeholder=example(selection),
        on_change=lambda: state.try_update(second=st.session_state[key]),
    )  # fmt: skip
    try:
        return (compared(selection, text) if text.strip() else None), None
    except ValueError as error:
        return None, str(error)


def example(selection: Selection) -> str:
    """An example to type: for a trained network another sequence of its task."""
    known = checkpoint_of(selection.model)
    return trained.another_example(known, seed=1) if known else EXAMPLES[selection.input]


def compared(selection: Selection, text: str) -> Selection:
    """The same network, weights that were typed over included, on another text.

    Raises:
        ValueError: If the text cannot be read, or not by a trained network; its rows do not fit the network, or it is
            too long for so many units.
    """
    if selection.input == "numbers":
        ask_about_separators(text)
    changes: dict[str, Any] = {selection.input: readable(selection.input, text, most_columns(selection.model))}
    other = replace(selection, **changes, edits=tuple(edit for edit in selection.edits if edit.name != "x"))
    if wrong := unreadable(other):
        raise ValueError(wrong)
    wanted, got = network(selection).input_size, network(other).input_size
    if got != wanted:
        raise ValueError(f"Each row must have as many numbers as the first input, {wanted}; got {got}.")
    if (most := largest_hidden_size(other)) < other.model.hidden_size:
        raise ValueError(
            f"With an input of this length the network may have at most {most} hidden units; it has "
            f"{other.model.hidden_size}."
        )
    return other


def seen(selection: Selection) -> Selection:
    """What a figure of a selection depends on: the network, its input, and the selected layer and direction."""
    return replace(without_viewpoint(selection), layer=selection.layer, direction=selection.direction)


@cached(64)
def draw(name: str, inputs: tuple[Selection, ...], signal: str, t: int, theme: "Theme") -> "Figure":
    """A figure of one network on one or two inputs.

    Args:
        name: One of "path", "together".
        inputs: As from ``seen``.
        signal: One of "h", "c".
    """
    traces = [_trace(one) for one in inputs]
    return drawing(name, inputs, signal, t).figure(traces if name == "path" else traces[0], theme=theme)


def drawing(name: str, inputs: tuple[Selection, ...], signal: str, t: int) -> Drawing:
    """The call that draws a figure, requested as for ``draw``."""
    function = {"path": "state_trajectory", "together": "word_unit_clusters"}[name]
    traces = Raw("[trace, other]" if len(inputs) > 1 else "trace")
    told = captioned(inputs[0])
    if len(inputs) > 1 and translator_of(inputs[0].model):
        sources = " and ".join(f"“{one.words}”" for one in inputs)
        started = f"The paths start from the encoder’s last states after {sources}."
        told |= {"caption": [described.sentences(inputs[0])[0], started]}
    words, mark = unknown_words(inputs[0])
    others = [word for one in inputs[1:] for word in unknown_words(one)[0]]
    return Drawing(function, traces, signal, t=t, **told).marking([*words, *others], mark)


def code_of(name: str, inputs: tuple[Selection, ...], signal: str, t: int) -> str:
    """The script of a figure, requested as for ``draw``."""
    second = ""
    if len(inputs) > 1:
        second = f"{input_lines(inputs[1])}\n{capture_line(inputs[1], 'other')}"
    return script(traced(inputs[0]), second, drawing(name, inputs, signal, t).shown())


def _trace(one: Selection) -> "Trace":
    return networks.recording(without_viewpoint(one)).trace


def _finite_steps(inputs: tuple[Selection, ...], signal: str) -> int:
    panels = (_trace(one).panel(signal, layer=one.layer, direction=one.direction) for one in inputs)
    return sum(int(np.isfinite(panel).all(1).sum()) for panel in panels)


def _show(name: str, inputs: tuple[Selection, ...], signal: str, t: int, *, height: int) -> None:
    figure = draw(name, inputs, signal, t, frame.theme())
    frame.show(
        figure, key=f"hidden_states.{name}", alt=figure.layout.meta["alt"], height=height,
        code=lambda: code_of(name, inputs, signal, t), below=True,
    )  # fmt: skip
