"""What is saved of each widget: its title, the data that it opens with on its own, its numbers and its script."""

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from rnnviz.ui.codegen.networks import captured, input_lines, network_lines, shown_line, traced
from rnnviz.ui.codegen.source import Raw, script
from rnnviz.ui.selection import Selection, described, network, with_cell, without_viewpoint
from rnnviz.ui.shell import frame, networks, numbers, saving
from rnnviz.ui.widgets.panel_view import Shown, signal_values

if TYPE_CHECKING:
    from pandas import DataFrame


def offer(
    widget: str,
    key: str,
    title: str,
    data: Mapping[str, Any],
    t: int | None = None,
    *,
    numbers: "Callable[[], DataFrame]",
    code: Callable[[], str],
    titled: bool = False,
) -> None:
    """Offer a widget that gets all its data at once.

    Args:
        widget: The name of its folder.
        t: The step that it opens at.
        numbers: Gives the table of what it shows.
        code: Gives the script that computes what it shows.
        titled: Whether the widget shows its own title.
    """
    saved = saving.Saved(widget, key, title, lambda: _opened(data, t), numbers, code=code, titled=titled)
    saving.widget_menu(saved, frame.theme())


def _opened(data: Mapping[str, Any], t: int | None) -> dict[str, Any]:
    if t is None:
        return dict(data)
    return {**data, "start": {**data.get("start", {}), "t": t}}


def by_step(words: Mapping[str, Any], values: Mapping[str, np.ndarray]) -> "DataFrame":
    """A row a step, a column a unit."""
    import pandas as pd

    units = {f"{name}[{k}]": array[:, k] for name, array in values.items() for k in range(array.shape[1])}
    return pd.DataFrame({**words, **units}).rename_axis("t")


# --- Linked heatmaps ---


def panels(selection: Selection, shown: tuple[Shown, ...], key: str, data: Mapping[str, Any]) -> None:
    """Offer the linked heatmaps; ``shown`` are the panels, ``data`` the widget's data."""
    title = f"Every unit at every step: {described.line(network(selection), len(selection.edits))}"
    chosen = {"t": selection.t, "units": list(selection.units), "range": list(selection.span) or None}
    begin = {**data["start"], **chosen, "threshold": selection.threshold}
    saved = saving.Saved(
        "panels", key, title, lambda: {**data, "start": begin}, lambda: in_panels(selection, shown),
        code=lambda: code_of_panels(selection, shown),
    )  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="top"):
        numbers.below(key, lambda: in_panels(selection, shown))
        saving.widget_menu(saved, frame.theme())


def in_panels(selection: Selection, shown: tuple[Shown, ...]) -> "DataFrame":
    """The exact numbers of all panels at every step, a column a unit."""
    words = {"input": networks.recording(without_viewpoint(selection)).tokens}
    return by_step(words, {f"{one.cell} {one.signal}": signal_values(selection, one) for one in shown})


def code_of_panels(selection: Selection, shown: Sequence[Shown]) -> str:
    """The script of linked heatmaps: of one network, or of one a cell."""
    cells = [with_cell(selection, one.cell) for one in shown]
    edited = {edit.name for edit in selection.edits}
    shared = len(set(cells)) > 1 and not any(one.model.trained for one in cells) and "x" not in edited
    blocks = [f"{input_lines(selection)}\n"] if shared else []
    for cell, some in groupby(shown, lambda one: one.cell):
        own, signals = with_cell(selection, cell), tuple(one.signal for one in some)
        blocks += [network_lines(network(own), own.edits), captured(own)] if shared else [traced(own)]
        blocks.append(f"{shown_line(Raw('trace'), own, signals=signals)}\n")
    return script(*blocks)
