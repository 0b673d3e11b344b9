"""What is saved of each widget: its title, what it is opened with where it stands alone, and its numbers."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import streamlit as st

from rnnviz.ui import described, frame, networks, numbers, saving, state, step_payload
from rnnviz.ui.behind import gates, states
from rnnviz.ui.packing import message
from rnnviz.ui.panel_view import Shown, signal_values
from rnnviz.ui.selection import Selection, network, network_of
from rnnviz.ui.step_view import palette_data

if TYPE_CHECKING:
    from pandas import DataFrame

    from rnnviz.attention import Decoding
    from rnnviz.characters.generating import Writing
    from rnnviz.sequences import Unrolled

_LARGEST: Final = 8_000_000
"""Bytes of all steps and matrices of a walk that are saved with it; of a longer one, those around the step on show."""


def offer(
    widget: str,
    key: str,
    title: str,
    data: Mapping[str, Any],
    t: int | None = None,
    *,
    numbers: "Callable[[], DataFrame]",
    code: Callable[[], str],
) -> None:
    """Offer a widget that is given all it shows at once.

    Args:
        widget: The name of its folder.
        data: What it is given.
        t: The step that it is to be opened at.
        numbers: Gives the table of what it shows.
        code: Gives the script that computes what it shows.
    """
    saving.widget_menu(saving.Saved(widget, key, title, lambda: _opened(data, t), numbers, code=code), frame.theme())


def _opened(data: Mapping[str, Any], t: int | None) -> dict[str, Any]:
    if t is None:
        return dict(data)
    return {**data, "start": {**data.get("start", {}), "t": t}}


# --- Step through ---


def step_through(selection: Selection, key: str) -> None:
    """The stepper with all its steps.

    Args:
        key: Of the mounted widget.
    """
    title = f"Inside the cell, step by step: {described.line(network(selection), len(selection.edits))}"
    saved = saving.Saved(
        "step_through", key, title, lambda: _whole_walk(selection), lambda: recorded(selection),
        code=lambda: states.step_through(selection),
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
    return _by_step({"read": recording.tokens}, signals)


def _by_step(words: Mapping[str, Any], values: Mapping[str, np.ndarray]) -> "DataFrame":
    """A row a step, a column a unit."""
    import pandas as pd

    units = {f"{name}[{k}]": array[:, k] for name, array in values.items() for k in range(array.shape[1])}
    return pd.DataFrame({**words, **units}).rename_axis("t")


# --- Linked heatmaps ---


def panels(selection: Selection, shown: tuple[Shown, ...], key: str, data: Mapping[str, Any]) -> None:
    """The linked heatmaps.

    Args:
        shown: A panel each.
        data: What they are given.
    """
    title = f"Every unit at every step: {described.line(network(selection), len(selection.edits))}"
    chosen = {"t": selection.t, "units": list(selection.units), "range": list(selection.span) or None}
    begin = {**data["start"], **chosen, "threshold": selection.threshold}
    saved = saving.Saved(
        "panels", key, title, lambda: {**data, "start": begin}, lambda: in_panels(selection, shown),
        code=lambda: gates.panels(selection, shown),
    )  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="top"):
        numbers.below(key, lambda: in_panels(selection, shown))
        saving.widget_menu(saved, frame.theme())


def in_panels(selection: Selection, shown: tuple[Shown, ...]) -> "DataFrame":
    """The numbers of all panels, a column a unit, exactly and at every step."""
    words = {"read": networks.recording(network_of(selection)).tokens}
    return _by_step(words, {f"{one.cell} {one.signal}": signal_values(selection, one) for one in shown})


# --- Texts that small networks read, write and translate ---


def unrolled(found: "Unrolled", key: str, data: Mapping[str, Any], *, code: Callable[[], str]) -> None:
    """A small network unrolled.

    Args:
        data: What the widget is given.
        code: Gives the script that computes what it shows.
    """
    t = state.view("sequences.step")
    opened = _opened(data, int(t)) if t and t.isdigit() else dict(data)
    saved = saving.Saved(
        "unrolled", key, str(data["title"]), lambda: opened, lambda: of_unrolled(found), code=code, titled=True
    )
    saving.widget_menu(saved, frame.theme())


def of_unrolled(found: "Unrolled") -> "DataFrame":
    """What is read, said and wanted at every step, the probability of each symbol, and the state."""
    words = {"read": found.read, "wanted": found.wanted, "said": found.said}
    return _by_step(words, {"p": found.probabilities, "h": found.h}).rename(
        columns={f"p[{k}]": f"p({symbol})" for k, symbol in enumerate(found.symbols)}
    )


def decoding(
    found: "Callable[[], Decoding]", key: str, data: Mapping[str, Any], t: int, *, code: Callable[[], str]
) -> None:
    """A translation, step by step.

    Args:
        found: Gives it.
        data: What the widget is given.
        t: The step on show.
        code: Gives the script that computes what it shows.
    """
    title = str(data["model"]["title"])
    saved = saving.Saved(
        "decoding", key, title, lambda: _opened(data, t), lambda: of_decoding(found()), code=code, titled=True
    )
    saving.widget_menu(saved, frame.theme())


def of_decoding(found: "Decoding") -> "DataFrame":
    """What is said at every step, the weight of every place of the source, and the probability of each symbol."""
    values = {"p": found.probabilities} | ({"weight": found.weights} if found.weights is not None else {})
    named = {f"p[{k}]": f"p({symbol})" for k, symbol in enumerate(found.symbols)}
    named |= {f"weight[{k}]": f"weight of {k} {token}" for k, token in enumerate(found.source)}
    return _by_step({"said": found.output}, values).rename(columns=named)


def writing(found: "Writing", key: str, data: Mapping[str, Any], t: int, *, code: Callable[[], str]) -> None:
    """A text that a network writes or reads.

    Args:
        data: What the widget is given.
        t: The step on show.
        code: Gives the script that computes what it shows.
    """
    title = "Written character by character" if data["writes"] else "Read character by character"
    saved = saving.Saved(
        "writing", key, title, lambda: _opened(data, t), lambda: of_writing(found), code=code, titled=True
    )
    saving.widget_menu(saved, frame.theme())


def of_writing(found: "Writing") -> "DataFrame":
    """Each character, the one after it, how likely that was, and how unsure the network is."""
    import pandas as pd

    steps = np.arange(len(found.logits))
    return pd.DataFrame(
        {
            "read": list(found.text[: len(steps)]),
            "next": list(found.text[1 : len(steps) + 1]),
            "p(next)": found.probabilities[steps, found.ids[1:]],
            "bits": found.bits,
            "entropy (bits)": found.entropies,
        }
    ).rename_axis("t")
