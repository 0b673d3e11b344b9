"""What is saved of each widget: its title, the data that it opens with on its own, its numbers and its script."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from rnnviz.names import CELL_LABELS, SIGMOID_GATES, Cell
from rnnviz.ui.codegen.networks import (
    captured,
    input_lines,
    network_lines,
    outputs_lines,
    shown_line,
    told_of_outputs,
    traced,
    viewpoint,
)
from rnnviz.ui.codegen.source import Raw, script
from rnnviz.ui.selection import Selection, described, network, with_cell, without_viewpoint
from rnnviz.ui.shell import frame, networks, numbers, saving
from rnnviz.ui.widgets.panel_view import Shown, is_marked, signal_values, tags

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
    title = title_of_panels(selection, [one.cell for one in shown])
    chosen = {"t": selection.t, "units": list(selection.units), "range": list(selection.span) or None}
    begin = {**data["start"], **chosen, "threshold": selection.threshold}
    saved = saving.Saved(
        "panels", key, title, lambda: {**data, "start": begin}, lambda: in_panels(selection, shown),
        code=lambda: code_of_panels(selection, shown),
    )  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="top"):
        numbers.below(key, lambda: in_panels(selection, shown))
        saving.widget_menu(saved, frame.theme())


def title_of_panels(selection: Selection, shown: Iterable[Cell]) -> str:
    """What stands above the heatmaps of one network, or of one for each cell, where they stand alone."""
    cells = list(dict.fromkeys(shown))
    line = described.line(network(selection), len(selection.edits), cells if len(cells) > 1 else ())
    return f"Every unit at every step: {line}"


def in_panels(selection: Selection, shown: tuple[Shown, ...]) -> "DataFrame":
    """The exact numbers of all panels at every step, a column a unit."""
    words = {"input": networks.recording(without_viewpoint(selection)).tokens}
    return by_step(words, {f"{one.cell} {one.signal}": signal_values(selection, one) for one in shown})


def code_of_panels(selection: Selection, shown: Sequence[Shown]) -> str:
    """The script of linked heatmaps: of one network, or of one a cell."""
    cells = list(dict.fromkeys(one.cell for one in shown))
    signals = tuple(dict.fromkeys(one.signal for one in shown))
    if len(cells) == 1:
        own = with_cell(selection, cells[0])
        return script(
            traced(own, head=bool(outputs_lines(own))),
            outputs_lines(own),
            *(['marked = [t for t, token in enumerate(tokens) if token.endswith(" 1")]'] if is_marked(own) else []),
            shown_line(Raw("trace"), own, signals=signals, **_more(own, signals), **viewpoint(own)),
        )
    return script(*_side_by_side(selection, cells, signals))


def _more(selection: Selection, signals: Sequence[str]) -> dict[str, object]:
    """What the heatmaps of one network are told of it."""
    module = {"module": Raw("rnn")} if set(signals) & set(SIGMOID_GATES) else {}
    marked = {"marked": Raw("marked")} if is_marked(selection) else {}
    return {**module, **marked, **told_of_outputs(selection)}


def _side_by_side(selection: Selection, cells: Sequence[Cell], signals: tuple[str, ...]) -> list[str]:
    """The lines of the same signals of several cells, in one widget."""
    owns = [with_cell(selection, cell) for cell in cells]
    edited = {edit.name for edit in selection.edits}
    shared = not any(own.model.trained for own in owns) and "x" not in edited
    blocks = [f"{input_lines(selection)}\n"] if shared else []
    blocks += ["traces, said = [], {}"]
    for own in owns:
        head = bool(outputs_lines(own))
        blocks += [network_lines(network(own), own.edits, head=head), captured(own)] if shared else []
        blocks += [] if shared else [traced(own, head=head)]
        label = CELL_LABELS[own.model.cell]
        blocks += [outputs_lines(own, name=f'said["{label}"]'), "traces.append(trace)\n"]
    told = viewpoint(selection) | {"title": title_of_panels(selection, cells)}
    called = tags(selection, cells)
    told |= {"tags": called} if called != [CELL_LABELS[cell] for cell in cells] else {}
    told |= next((told_of_outputs(own) for own in owns if told_of_outputs(own)), {})
    return [*blocks, shown_line(Raw("traces"), selection, signals=signals, **told)]
