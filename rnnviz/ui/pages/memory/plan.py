"""Which trainings the page of memory shows in a grid, and which of them is selected."""

from dataclasses import dataclass
from typing import Final, Literal

import streamlit as st

from rnnviz import memory_grid
from rnnviz.memory_grid import REGIMES, STEPS_LIMIT, VARIANTS, WINDOWED, MemoryTask, Variant
from rnnviz.spec import TaskSpec, TrainSpec
from rnnviz.ui.selection import state
from rnnviz.ui.shell import frame
from rnnviz.ui.widgets import controls

_COLUMN: Final = "memory.column"


@dataclass(frozen=True)
class Plan:
    """A grid of trainings.

    Attributes:
        task: That of the first row.
        rows: Distances, or windows.
        specs: By row and column.
    """

    view: Literal["grid", "windows"]
    task: TaskSpec
    rows: tuple[int, ...]
    columns: tuple[Variant, ...]
    specs: tuple[tuple[TrainSpec, ...], ...]

    @property
    def all(self) -> tuple[TrainSpec, ...]:
        """The trainings, row by row."""
        return tuple(spec for row in self.specs for spec in row)

    @property
    def row_names(self) -> dict[str, int]:
        """The labels of the rows, with their places."""
        return {f"{'T' if self.view == 'grid' else 'k'} = {row}": k for k, row in enumerate(self.rows)}

    @property
    def column_names(self) -> dict[str, int]:
        """The labels of the columns, with their places."""
        return {variant.label: k for k, variant in enumerate(self.columns)}

    @property
    def row_key(self) -> str:
        """The key under which the link holds the selected row."""
        return "memory.row" if self.view == "grid" else "memory.window"

    @property
    def rows_ever(self) -> set[str]:
        """The labels of rows in the plans of any task."""
        if self.view == "grid":
            return {f"T = {length}" for regime in REGIMES.values() for length in regime.distances}
        tasks = (TaskSpec(name, length) for name, regime in REGIMES.items() for length in regime.distances)
        return {f"k = {window}" for task in tasks for window in memory_grid.windows(task)}

    @property
    def usual_row(self) -> str:
        """The longest distance; a window of more than half of the sequence."""
        names = list(self.row_names)
        return names[-1] if self.view == "grid" else names[len(names) // 2]


def grid_plan(name: MemoryTask) -> Plan:
    """A task over distances."""
    regime = REGIMES[name]
    usual = [str(length) for length in regime.usual]
    with frame.row():
        st.markdown("Distances T, in steps", width="content")
        chosen = controls.choices(
            "Distances", [str(length) for length in regime.distances], key=f"memory.{name}_distances", default=usual,
            hint="The number of steps between the input that must be remembered and the output.",
        )  # fmt: skip
    columns, steps = _columns(), _steps(name)
    rows = tuple(int(length) for length in chosen or usual)
    specs = tuple(
        tuple(memory_grid.cell_spec(TaskSpec(name, row), one, steps=steps) for one in columns) for row in rows
    )
    return Plan("grid", TaskSpec(name, rows[0]), rows, columns, specs)


def window_plan(name: MemoryTask) -> Plan:
    """A task of one distance, with windows."""
    regime = REGIMES[name]
    distances = {f"T = {length}": length for length in regime.distances}
    with frame.row():
        st.markdown("Distance, in steps", width="content")
        length = controls.choice(
            "Distance", distances, key=f"memory.{name}_windowed", default=f"T = {WINDOWED[name].length}"
        )
    task = TaskSpec(name, length)
    columns, steps = _columns(), _steps(name)
    rows = memory_grid.windows(task)
    specs = tuple(
        tuple(memory_grid.cell_spec(task, one, steps=steps, window=window) for one in columns) for window in rows
    )
    return Plan("windows", task, rows, columns, specs)


def chosen(plan: Plan) -> tuple[int, int]:
    """The selected row and column, as two choices that can be used without a mouse."""
    with frame.row():
        row = controls.choice("Row", plan.row_names, key=plan.row_key, default=plan.usual_row, ever=plan.rows_ever)
        column = controls.choice(
            "Cell",
            plan.column_names,
            key=_COLUMN,
            default=plan.columns[-1].label,
            ever=[variant.label for variant in VARIANTS],
        )
    return row, column


def pick(plan: Plan, point: int) -> None:
    """Select a cell of the grid, counted row by row."""
    row, column = divmod(point, len(plan.columns))
    names, labels = list(plan.row_names), list(plan.column_names)
    if 0 <= row < len(names):
        state.choose(plan.row_key, controls.slug(names[row]), controls.slug(plan.usual_row))
        state.choose(_COLUMN, controls.slug(labels[column]), controls.slug(labels[-1]))


def picked(plan: Plan) -> tuple[str | None, str | None]:
    """The selection that the session keeps, to see whether it has changed."""
    return state.view(plan.row_key), state.view(_COLUMN)


def _columns() -> tuple[Variant, ...]:
    labels = [variant.label for variant in VARIANTS]
    with frame.row():
        st.markdown("Cells", width="content")
        named = controls.choices(
            "Cells", labels, key="memory.cells", default=labels, hint="The forget bias is set in the LSTM’s bias_ih."
        )
    return tuple(variant for variant in VARIANTS if variant.label in named) or VARIANTS


def _steps(name: MemoryTask) -> int:
    with st.columns([2, 5])[0]:
        return int(
            controls.number(
                f"Updates, at most (50 to {STEPS_LIMIT:,})", 50, STEPS_LIMIT, key=f"memory.{name}_steps",
                default=REGIMES[name].steps,
                hint=f"With {STEPS_LIMIT:,} the slowest cell of a grid takes a few minutes.",
            )
        )  # fmt: skip
