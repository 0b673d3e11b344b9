"""The views of the page of memory: drawn tasks, the grid of cells over distances, and windows of training."""

from dataclasses import dataclass
from typing import Final, Literal

import streamlit as st

from rnnviz import jobs, memory_grid
from rnnviz.memory_grid import REGIMES, STEPS_LIMIT, VARIANTS, WINDOWED, MemoryTask, Variant
from rnnviz.outcome import Outcome
from rnnviz.spec import TaskSpec, TrainSpec
from rnnviz.ui import cache, controls, frame, memory_live, state
from rnnviz.ui.memory_figures import Asked
from rnnviz.ui.memory_live import GOES_ON, Standing
from rnnviz.ui.runs import EVERY

View = Literal["grid", "tasks", "windows"]

VIEWS: Final[dict[str, View]] = {
    "How far": "grid",
    "The task, drawn": "tasks",
    "Truncated backpropagation": "windows",
}
TASKS: Final[dict[str, MemoryTask]] = {
    "Latch": "latch",
    "Adding": "adding",
    "Copy": "copy",
    "Temporal order": "order",
}
LOOKS: Final = ("Hidden states", "Gates", "Gradients")
"""The pages that show a trained network from inside."""

_HERE: Final = "memory.here"


@dataclass(frozen=True)
class Plan:
    """A grid of trainings.

    Attributes
    ----------
    view : {"grid", "windows"}
    task : TaskSpec
        Of the first row.
    rows : tuple of int
        Distances, or windows.
    columns : tuple of Variant
    specs : tuple of tuple of TrainSpec
        By row and column.
    """

    view: View
    task: TaskSpec
    rows: tuple[int, ...]
    columns: tuple[Variant, ...]
    specs: tuple[tuple[TrainSpec, ...], ...]

    @property
    def all(self) -> tuple[TrainSpec, ...]:
        """The trainings, row by row."""
        return tuple(spec for row in self.specs for spec in row)


def show(view: View, name: MemoryTask) -> None:
    """One of the views; the others are not computed."""
    if view == "tasks":
        _drawn(name)
    else:
        _trained(view, name)


def part(view: View, name: MemoryTask) -> str:
    """The part of the prose that belongs to a view."""
    return name if view == "tasks" else f"{view}" if view == "windows" or name == "latch" else f"grid-{name}"


def _drawn(name: MemoryTask) -> None:
    """One sequence of the task, of a distance that is chosen."""
    distances = {f"T = {length}": length for length in REGIMES[name].distances}
    length = controls.choice("Distance", distances, key=f"memory.{name}_drawn", default=f"T = {REGIMES[name].usual[1]}")
    figure = cache.memory_figure(Asked("example", TaskSpec(name, length), frame.theme()))
    frame.show(figure, key="memory.example", alt=figure.layout.meta["alt"])


def _trained(view: View, name: MemoryTask) -> None:
    """A grid with what was chosen in it, watched while any of it is being trained."""
    anew = state.view(_HERE) == "yes"
    with st.expander(
        "Other distances, cells and updates; train it here", key="memory.settings", on_change="rerun"
    ) as box:
        plan = _grid_plan(name) if view == "grid" else _window_plan(name)
        standings = [memory_live.look(spec, anew=anew) for spec in plan.all]
        _buttons(plan, standings, anew=anew)
    if box.open:
        jobs.prepare()
    polls = any(one.stage in GOES_ON for one in standings)

    def watch() -> None:
        found = [memory_live.look(spec, anew=anew) for spec in plan.all]
        if polls:
            _bar(plan, found)
        _picture(plan, found)
        if polls != any(one.stage in GOES_ON for one in found):
            st.rerun()

    st.fragment(watch, run_every=EVERY if polls else None)()


def _bar(plan: Plan, standings: list[Standing]) -> None:
    """How far the training is, and how to stop it."""
    share, told = memory_live.progress(plan.all, standings)
    left, right = st.columns([1, 7], vertical_alignment="center")
    going = [spec for spec, one in zip(plan.all, standings, strict=True) if one.stage in GOES_ON]
    left.button("Stop", key="memory.stop", on_click=memory_live.stop, args=(going,), width="stretch")
    right.progress(share, text=told)


# --- What is trained ---


def _grid_plan(name: MemoryTask) -> Plan:
    regime = REGIMES[name]
    usual = [str(length) for length in regime.usual]
    chosen = controls.choices(
        "Distances", [str(length) for length in regime.distances], key=f"memory.{name}_distances", default=usual,
        hint="How many steps there are between what must be remembered and the answer, as far as the task says.",
    )  # fmt: skip
    columns, steps = _columns(), _steps(name)
    rows = tuple(int(length) for length in chosen or usual)
    specs = tuple(
        tuple(memory_grid.cell_spec(TaskSpec(name, row), one, steps=steps) for one in columns) for row in rows
    )
    return Plan("grid", TaskSpec(name, rows[0]), rows, columns, specs)


def _window_plan(name: MemoryTask) -> Plan:
    regime = REGIMES[name]
    usual = WINDOWED.length if name == WINDOWED.name else regime.usual[0]
    distances = {f"T = {length}": length for length in regime.distances}
    length = controls.choice("Distance", distances, key=f"memory.{name}_windowed", default=f"T = {usual}")
    task = TaskSpec(name, length)
    columns, steps = _columns(), _steps(name)
    rows = memory_grid.windows(task)
    specs = tuple(
        tuple(memory_grid.cell_spec(task, one, steps=steps, window=window) for one in columns) for window in rows
    )
    return Plan("windows", task, rows, columns, specs)


def _columns() -> tuple[Variant, ...]:
    labels = [variant.label for variant in VARIANTS]
    chosen = controls.choices(
        "Cells", labels, key="memory.cells", default=labels, hint="The forget bias is put into the LSTM’s bias_ih."
    )
    return tuple(variant for variant in VARIANTS if variant.label in chosen) or VARIANTS


def _steps(name: MemoryTask) -> int:
    return int(
        controls.number(
            "Updates, at most", 50, STEPS_LIMIT, key=f"memory.{name}_steps", default=REGIMES[name].steps,
            hint=f"50 to {STEPS_LIMIT:,}: the slowest cell of a grid then takes a few minutes.",
        )
    )  # fmt: skip


def _buttons(plan: Plan, standings: list[Standing], *, anew: bool) -> None:
    """What can be trained or stopped."""
    missing = [
        spec for spec, one in zip(plan.all, standings, strict=True) if not one.is_done and one.stage not in GOES_ON
    ]
    going = any(one.stage in GOES_ON for one in standings)
    with frame.row():
        if missing:
            count = "all" if len(missing) == len(plan.all) else f"the {len(missing)} that are missing"
            st.button(f"Train {count}", key="memory.begin", type="primary", on_click=memory_live.begin, args=(missing,))
        if not anew and not missing and not going:
            st.button("Train all of it here", key="memory.again", on_click=_train_here, args=(plan.all,))
        if anew and not going:
            st.button("Show what ships", key="memory.shipped", on_click=_show_shipped)
    st.caption(
        f"{len(plan.all)} trainings of {len(memory_grid.SEEDS)} seeds each, {memory_grid.HIDDEN} units, batches of "
        f"{memory_grid.BATCH}. A run ends as soon as it is solved; equal trainings are done once for everybody. The "
        f"most is all distances and cells on offer, {STEPS_LIMIT:,} updates."
    )


def _train_here(specs: tuple[TrainSpec, ...]) -> None:
    state.choose(_HERE, "yes", "no")
    memory_live.begin([spec for spec in specs if not memory_live.look(spec, anew=True).is_done])


def _show_shipped() -> None:
    state.choose(_HERE, "no", "no")


# --- What is seen ---


def _picture(plan: Plan, standings: list[Standing]) -> None:
    """The grid, and beside it what was chosen in it."""
    left, right = st.columns([11, 9], gap="medium")
    with right:
        row, column = _chosen(plan)
    at = row * len(plan.columns) + column
    ships = all(one.stage == "ships" for one in standings)
    with left:
        cells = tuple(one.outcome if one.is_done and one.outcome else one.said for one in standings)
        figure = cache.memory_figure(_asked(plan, cells, (row, column), ships=ships))
        frame.show(figure, key="memory.grid", alt=figure.layout.meta["alt"], on_pick=lambda point: _pick(plan, point))
    with right:
        _inside(plan.all[at], standings[at], plan.columns[column])
    if plan.view == "windows":
        asked = Asked("window", plan.task, frame.theme(), variant=plan.columns[column], window=plan.rows[row])
        figure = cache.memory_figure(asked)
        frame.show(figure, key="memory.window", alt=figure.layout.meta["alt"])
    state.write_link()


def _asked(plan: Plan, cells: tuple[Outcome | str, ...], chosen: tuple[int, int], *, ships: bool) -> Asked:
    return Asked(
        "grid" if plan.view == "grid" else "windows", plan.task, frame.theme(), rows=plan.rows, columns=plan.columns,
        cells=cells, chosen=chosen, spec=plan.all[0], made_with=memory_grid.made_with() if ships else "",
    )  # fmt: skip


def _chosen(plan: Plan) -> tuple[int, int]:
    """Row and column that are looked at, as two choices that can be used without a mouse."""
    rows, columns = _row_names(plan), {variant.short: k for k, variant in enumerate(plan.columns)}
    with frame.row():
        row = controls.choice("Row", rows, key=_row_key(plan), default=_usual_row(plan))
        column = controls.choice("Cell", columns, key="memory.column", default=plan.columns[-1].short)
    return row, column


def _pick(plan: Plan, point: int) -> None:
    """Look at the cell of the grid that was clicked."""
    row, column = divmod(point, len(plan.columns))
    names, labels = list(_row_names(plan)), [variant.short for variant in plan.columns]
    if row < len(names):
        slug = controls.slug
        state.choose(_row_key(plan), slug(names[row]), slug(_usual_row(plan)))
        state.choose("memory.column", slug(labels[column]), slug(labels[-1]))


def _row_names(plan: Plan) -> dict[str, int]:
    return {f"T = {row}" if plan.view == "grid" else f"k = {row}": k for k, row in enumerate(plan.rows)}


def _row_key(plan: Plan) -> str:
    return "memory.row" if plan.view == "grid" else "memory.window"


def _usual_row(plan: Plan) -> str:
    """The longest distance; half of the sequence."""
    names = list(_row_names(plan))
    return names[-1] if plan.view == "grid" else names[len(names) // 2]


def _inside(spec: TrainSpec, standing: Standing, variant: Variant) -> None:
    """The scores of one training, and the ways into its network."""
    words = standing.said.replace("\n", " ")
    if not standing.is_done:
        why = f" ({frame.plain(standing.why)})" if standing.why else ""
        frame.note(f"{variant.label}, T = {spec.task.length}: {words}{why}.")
    if standing.outcome is None:
        return
    figure = cache.memory_figure(
        Asked("scores", spec.task, frame.theme(), variant=variant, cells=(standing.outcome,), window=spec.window)
    )
    frame.show(figure, key="memory.scores", alt=figure.layout.meta["alt"])
    if not standing.network:
        if standing.is_done:
            st.caption("The networks of this cell do not ship. Train it here to look into them.")
        return
    st.markdown(f"Into this network, seed {spec.seeds[0]}:")
    with frame.row():
        for page in frame.PATH:
            if page.title in LOOKS:
                params = {"trained": standing.network, "cell": variant.cell}
                st.page_link(page.path, label=page.title, query_params=params)
