"""What is saved of the stepper: all its steps at once, and every signal as a table."""

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from rnnviz.ui.pages.step_through import code as codegen
from rnnviz.ui.selection import Selection, described, network, network_of
from rnnviz.ui.shell import frame, networks, saving
from rnnviz.ui.shell.packing import message
from rnnviz.ui.widgets import step_payload, widget_files
from rnnviz.ui.widgets.step_view import palette_data

if TYPE_CHECKING:
    from pandas import DataFrame

_LARGEST: Final = 8_000_000
"""Bytes of all steps and matrices of a walk that are saved with it; of a longer one, those around the step on show."""


def menu(selection: Selection, key: str) -> None:
    """Offer the stepper, mounted under ``key``, with all its steps."""
    title = f"Inside the cell, step by step: {described.line(network(selection), len(selection.edits))}"
    saved = saving.Saved(
        "step_through", key, title, lambda: _whole_walk(selection), lambda: recorded(selection),
        code=lambda: codegen.step_through(selection),
    )  # fmt: skip
    saving.widget_menu(saved, frame.theme())


def _whole_walk(selection: Selection) -> dict[str, object]:
    """All that the stepper asks for bit by bit, at once."""
    fixed = network_of(selection)
    view = replace(fixed, layer=selection.layer, direction=selection.direction)
    recording, walk, still = networks.recording(fixed), networks.step_walk(view), step_payload.still_of(view)
    count = still["opening"]
    every = step_payload.window(recording, walk, 0, len(recording.tokens))
    matrices = step_payload.matrices(walk, still["gates"])
    if len(message({"window": every, "matrices": matrices})) > _LARGEST:
        first = step_payload.beginning(selection.t - count // 2, count, len(recording.tokens))
        every = step_payload.window(recording, walk, first, count)
        matrices = step_payload.matrices(walk, still["gatesHere"])
    return {
        "token": "alone",
        "start": {"id": "alone", "t": selection.t, "fold": selection.fold},
        "still": {**still, "palette": palette_data()},
        "matrices": matrices,
        "window": every,
    }


def recorded(selection: Selection) -> "DataFrame":
    """Every signal of every unit at every step, of the layer and direction on show.

    Returns:
        A row a step: ``read``, then ``h[0]``, ``h[1]`` … of each signal, and the logits as ``y``.
    """
    recording = networks.recording(network_of(selection))
    signals = dict(recording.signals(selection.layer, selection.direction))
    if recording.read_out:
        signals["y"] = recording.read_out.logits
    return widget_files.by_step({"read": recording.tokens}, signals)
