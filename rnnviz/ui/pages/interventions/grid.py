"""The view "Patch grid": the effect of each single patch from another text, by step and by place in the network."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from rnnviz import names
from rnnviz.caching import cached
from rnnviz.spec.acts import Act
from rnnviz.ui.codegen.drawing import Drawing
from rnnviz.ui.codegen.source import Raw, literal, script
from rnnviz.ui.pages.interventions import acts, code, running
from rnnviz.ui.pages.interventions.view import other_box, signal_picker
from rnnviz.ui.selection import Selection, described, state, step_count, unknown_words, without_viewpoint
from rnnviz.ui.selection.visit import let_go
from rnnviz.ui.shell import frame
from rnnviz.ui.widgets import controls
from rnnviz.ui.widgets.network_controls import network_picker, place_picker

if TYPE_CHECKING:
    from rnnviz.figures import Figure
    from rnnviz.palette import Theme

Rows = Literal["units", "signals", "layers"]
At = Literal["last", "all"]

PART: Final = "patch_grid"
ROWS: Final[dict[str, Rows]] = {"Units": "units", "Signals": "signals", "Layers": "layers"}
EFFECTS: Final[dict[str, At]] = {"All steps": "all", "Last step": "last"}
MOST_ROWS: Final = 16
MOST_COLUMNS: Final = 60
MOST_SECONDS: Final = 2.0
"""About what a grid may take; where it would take longer, several steps are patched together."""


_COLUMNS: Final = (
    'starts = range(0, len(x), width)\ncolumns = [f"{first}–{min(first + width, len(x)) - 1}" for first in starts]'
)


@dataclass(frozen=True)
class Grid:
    """The patches of a grid.

    Attributes:
        rows: What is patched: its label, the signal, its units (empty for all), layer and direction.
        spans: The first and last step of each column.
    """

    rows: tuple[tuple[str, str, tuple[int, ...], int, names.Direction], ...]
    spans: tuple[tuple[int, int], ...]

    @property
    def width(self) -> int:
        """Steps of a column; the last may have fewer."""
        return self.spans[0][1] - self.spans[0][0] + 1

    def act(self, row: int, column: int) -> Act:
        """The patch of a cell."""
        _, signal, units, layer, direction = self.rows[row]
        return Act("patch", signal, 0.0, "start", layer, direction, units, self.spans[column])

    def acts(self) -> list[Act]:
        """Those of all cells, row by row."""
        return [self.act(row, column) for row in range(len(self.rows)) for column in range(len(self.spans))]


def show(selection: Selection) -> str:
    """The grid of the selection's network between its input and another text; what comes back is its signal."""
    with frame.row("center"):
        network_picker(selection)
        place_picker(selection)
    with frame.row():
        rows = controls.choice("Rows", ROWS, key="interventions.rows")
        at = controls.choice("Effect at", EFFECTS, key="interventions.effect")
        signal = "h" if rows == "signals" else signal_picker(selection)
    other_box(selection, "Its states are patched in, each at the same step.")
    seen = replace(running.asked(selection), interventions="", layer=selection.layer, direction=selection.direction)
    try:
        if running.other_of(selection) == selection.text:
            frame.note("Both texts are the same, so no patch changes anything. Type another text of as many steps.")
            return signal
        figure = figure_of(seen, rows, signal, at, frame.theme())
    except ValueError as error:
        frame.note(frame.plain(str(error)))
        return signal
    grid = grid_of(seen, rows, signal)
    frame.show(
        figure, key="interventions.grid", alt=figure.layout.meta["alt"], on_pick=lambda cell: _pick(grid, cell),
        code=lambda: script_of(seen, rows, signal, at),
    )  # fmt: skip
    return signal


def _pick(grid: Grid, cell: int) -> None:
    """Show a cell's patch alone, in the view "Reach in"."""
    if 0 <= cell < len(grid.rows) * len(grid.spans):
        acts.replace_all(grid.act(*divmod(cell, len(grid.spans))))
        state.choose("interventions.do", "patch", "clamp")
        state.choose("interventions.view", "reach-in", "reach-in")


def grid_of(seen: Selection, rows: Rows, signal: str) -> Grid:
    """The patches of a grid, with as many columns as there is work for."""
    model, count = seen.model, step_count(seen)
    found = _rows(seen, rows, signal)
    columns = max(1, min(count, MOST_COLUMNS, int(MOST_SECONDS / (running.seconds(model, count) * len(found)))))
    width = -(-count // columns)
    spans = tuple((first, min(first + width, count) - 1) for first in range(0, count, width))
    return Grid(tuple(found), spans)


def _rows(seen: Selection, rows: Rows, signal: str) -> list[tuple[str, str, tuple[int, ...], int, names.Direction]]:
    model, place = seen.model, (seen.layer, seen.direction)
    if rows == "signals":
        return [(one, one, (), *place) for one in names.SIGNALS[model.cell]]
    if rows == "layers":
        return [
            (f"{layer} {way}" if model.bidirectional else f"{layer}", signal, (), layer, way)
            for layer in range(model.num_layers)
            for way in model.directions
        ]
    size = -(-model.hidden_size // MOST_ROWS)
    groups = [range(first, min(first + size, model.hidden_size)) for first in range(0, model.hidden_size, size)]
    return [(_units(group), signal, tuple(group), *place) for group in groups]


def _units(group: range) -> str:
    return f"{group[0]}" if len(group) == 1 else f"{group[0]}–{group[-1]}"


@cached(16, costly=lambda *_: True)
def effects(seen: Selection, rows: Rows, signal: str, at: At) -> np.ndarray:
    """How far each patch moves the output, of shape (row, column).

    Raises:
        ValueError: If the network has no output here, or the other text is too short.
    """
    grid = grid_of(seen, rows, signal)
    plain = running.before(seen)
    before = running.outputs_of(seen, running.top_of(plain))
    if before is None:
        raise ValueError("This network has no output layer of its own, so the effect on its output is not known here.")
    edits = [[running.edit_of(seen, act)] for act in grid.acts()]
    moved = [of_one(seen, before, states, at) for states in plain.alone(edits, let_go)]
    return np.array(moved).reshape(len(grid.rows), len(grid.spans))


def of_one(seen: Selection, before: running.Outputs, states: np.ndarray, at: At) -> float:
    """How far the outputs of the top layer's states are from those before."""
    after = running.outputs_of(seen, states)
    moved = before.values if after is None else after.values
    apart = running.distance(before.values, moved, is_share=before.is_share)
    return float(apart[-1] if at == "last" else np.nanmean(apart))


@cached(16)
def figure_of(seen: Selection, rows: Rows, signal: str, at: At, theme: "Theme") -> "Figure":
    """The grid as a heatmap."""
    grid = grid_of(seen, rows, signal)
    labels = [row[0] for row in grid.rows]
    found = effects(seen, rows, signal, at)
    return drawing(seen, grid, rows, signal, at).figure(found, labels, columns(seen, grid), theme=theme)


def columns(seen: Selection, grid: Grid) -> Sequence[str]:
    """The labels of the columns: what was read, or the first and the last of several steps."""
    return running.before(seen).tokens if grid.width == 1 else [f"{first}–{last}" for first, last in grid.spans]


_MEASURES: Final = {
    "total variation": "total variation: half the sum of all changes of probability",
    "largest change": "the largest change of an output",
}
_DOWN: Final = {"units": "units of {}", "signals": "signal", "layers": "{} of layer"}


def drawing(seen: Selection, grid: Grid, rows: Rows, signal: str, at: At) -> Drawing:
    """The call that draws it."""
    when = "at the last step" if at == "last" else "on average over all steps"
    model = without_viewpoint(replace(seen, interventions="", entries=()))
    before = running.outputs_of(seen, running.top_of(running.before(seen)))
    measure = "total variation" if before is not None and before.is_share else "largest change"
    told = [
        *described.sentences(model),
        f"Each cell is one patch from the other text and shows how far the output moves {when} ({_MEASURES[measure]}).",
        *([f"Each column patches {grid.width} steps together."] if grid.width > 1 else []),
    ]
    labels, across = Raw("list(rows)"), Raw("tokens" if grid.width == 1 else "columns")
    named = {"of": measure, "down": _DOWN[rows].format(signal), "width": grid.width, "caption": told}
    drawn = Drawing("effect_grid", Raw("effects"), labels, across, **named)
    return drawn.marking(*unknown_words(seen)) if grid.width == 1 else drawn


def script_of(seen: Selection, rows: Rows, signal: str, at: At) -> str:
    """The script of the grid."""
    grid = grid_of(seen, rows, signal)
    lines = [
        "# The signal, the units, the layer and the direction of each row.",
        f"rows = {literal({row[0]: row[1:] for row in grid.rows})}",
        f"width = {grid.width}  # steps of a column",
        "runs = []",
        "for signal, units, layer, way in rows.values():",
        '    place = {"layer": layer, "direction": way}',
        "    for first in range(0, len(x), width):",
        '        place["steps"] = range(first, min(first + width, len(x)))',
        "        runs.append([patch(signal, other, units or None, **place)])",
    ]
    return script(
        code.begun(seen, head=seen.model.output_size > 0, other=True),
        "\n".join(lines),
        code.effect_lines(seen, at),
        "effects = np.array(effects).reshape(len(rows), -1)",
        *([_COLUMNS] if grid.width > 1 else []),
        drawing(seen, grid, rows, signal, at).shown(),
    )
