"""The views of the page of memory: drawn tasks, the grid of cells over distances, and windows of training."""

from collections import Counter
from typing import Final, Literal

import streamlit as st

from rnnviz import jobs, memory_grid
from rnnviz.history import NEVER
from rnnviz.jobs.scheduler import WAITING_LIMIT_EACH
from rnnviz.memory_grid import REGIMES, STEPS_LIMIT, MemoryTask
from rnnviz.page_registry import INSIDE
from rnnviz.spec import TaskSpec, TrainSpec
from rnnviz.ui.pages.memory import figures as memory_figures
from rnnviz.ui.pages.memory import live as memory_live
from rnnviz.ui.pages.memory import plan as memory_plan
from rnnviz.ui.pages.memory import tables
from rnnviz.ui.pages.memory.figures import Request, code_of, grid_of
from rnnviz.ui.pages.memory.live import GOES_ON, Standing
from rnnviz.ui.pages.memory.payload import live_grid
from rnnviz.ui.pages.memory.plan import Plan
from rnnviz.ui.selection import state
from rnnviz.ui.shell import components, frame
from rnnviz.ui.shell.runs import EVERY
from rnnviz.ui.widgets import controls, live_files

View = Literal["grid", "tasks", "windows"]

VIEWS: Final[dict[str, View]] = {
    "By distance": "grid",
    "The task": "tasks",
    "Truncated backpropagation": "windows",
}
TASKS: Final[dict[str, MemoryTask]] = {
    "Latch": "latch",
    "Adding": "adding",
    "Copy": "copy",
    "Temporal order": "order",
}
_HERE: Final = "memory.here"


def show(view: View, name: MemoryTask) -> int | None:
    """One of the views; the others are not computed. For a drawn task, its distance."""
    if view == "tasks":
        return _drawn(name)
    _trained(view, name)
    return None


def part(view: View, name: MemoryTask) -> str:
    """The part of the prose that belongs to a view."""
    if view == "tasks":
        return name
    return view if name == "latch" else "windows-other" if view == "windows" else f"grid-{name}"


def _drawn(name: MemoryTask) -> int:
    """One sequence of the task, of a chosen distance."""
    distances = {f"T = {length}": length for length in REGIMES[name].distances}
    length = controls.choice("Distance", distances, key=f"memory.{name}_drawn", default=f"T = {REGIMES[name].usual[1]}")
    _show(Request("example", TaskSpec(name, length), frame.theme()))
    return length


def _trained(view: View, name: MemoryTask) -> None:
    """A grid with its selected cell, watched while any of it is being trained."""
    anew = state.view(_HERE) == "yes"
    with st.expander(
        "Other distances, cells and updates; train it here", key="memory.settings", on_change="rerun"
    ) as box:
        plan = memory_plan.grid_plan(name) if view == "grid" else memory_plan.window_plan(name)
        standings = _look(plan, anew=anew)
        _buttons(plan, standings, anew=anew)
    if box.open:
        jobs.prepare()
    _failed(plan, standings)
    chosen = memory_plan.chosen(plan)
    if _goes_on(standings):
        _watched(plan, standings, chosen, anew=anew)
    else:
        _still(plan, standings, chosen)
    if view == "windows":
        row, column = chosen
        _show(Request("window", plan.task, frame.theme(), variant=plan.columns[column], window=plan.rows[row]))


def _show(request: Request) -> None:
    figure = memory_figures.figure_of(request)
    key = f"memory.{request.name}"
    frame.show(figure, key=key, alt=figure.layout.meta["alt"], code=lambda: code_of(request))


def _look(plan: Plan, *, anew: bool) -> list[Standing]:
    memory_live.ask()
    return [memory_live.look(spec, anew=anew) for spec in plan.all]


def _goes_on(standings: list[Standing]) -> bool:
    return any(one.stage in GOES_ON for one in standings)


# --- What can be done ---


def _buttons(plan: Plan, standings: list[Standing], *, anew: bool) -> None:
    """The buttons for what can be trained or stopped."""
    missing = [
        spec
        for spec, one in zip(plan.all, standings, strict=True)
        if one.for_others or not (one.is_done or one.stage in GOES_ON)
    ]
    going = _goes_on(standings)
    with frame.row():
        if missing:
            count = "all" if len(missing) == len(plan.all) else f"the {len(missing)} that are missing"
            st.button(f"Train {count}", key="memory.begin", type="primary", on_click=memory_live.begin, args=(missing,))
        if not anew and not missing and not going:
            st.button("Train everything here", key="memory.again", on_click=_train_here, args=(plan.all,))
        if anew and not going:
            st.button("Show the shipped results", key="memory.shipped", on_click=_show_shipped)
    st.caption(
        f"{len(plan.all)} training{'s' * (len(plan.all) > 1)} of {len(memory_grid.SEEDS)} seeds each, "
        f"{memory_grid.HIDDEN} units, batches of "
        f"{memory_grid.BATCH}. A run ends as soon as the task is solved. Equal trainings run once for everybody. Up to "
        f"{WAITING_LIMIT_EACH} trainings of a visitor wait at a time, so keep this page open until all have begun. The "
        f"largest choice is all distances and cells with {STEPS_LIMIT:,} updates."
    )


def _failed(plan: Plan, standings: list[Standing]) -> None:
    """What has failed, why, and how to begin it again; and what is in memory alone."""
    for why in {one.why for one in standings if one.is_done and one.why}:
        st.warning(frame.plain(why))
    failed = [(spec, one) for spec, one in zip(plan.all, standings, strict=True) if one.stage == "failed"]
    if not failed:
        return
    reasons = Counter(one.why for _, one in failed)
    what = "One training has failed" if len(failed) == 1 else f"{len(failed)} trainings have failed"
    st.error(frame.plain(f"{what}: {'; '.join(reasons)}. All other results stay."))
    st.button(
        "Train the failed ones again", key="memory.retry", on_click=memory_live.begin, args=([s for s, _ in failed],)
    )


def _failures(standings: list[Standing]) -> int:
    return sum(one.stage == "failed" for one in standings)


def _train_here(specs: tuple[TrainSpec, ...]) -> None:
    state.choose(_HERE, "yes", "no")
    memory_live.begin([spec for spec in specs if not memory_live.look(spec, anew=True).is_done])


def _show_shipped() -> None:
    state.choose(_HERE, "no", "no")


# --- What is seen ---


def _watched(plan: Plan, standings: list[Standing], chosen: tuple[int, int], *, anew: bool) -> None:
    """The grid while it fills in. Only what changes is sent again and again."""
    before = memory_plan.picked(plan), _failures(standings)

    def watch() -> None:
        found = _look(plan, anew=anew)
        if not _goes_on(found) or (memory_plan.picked(plan), _failures(found)) != before:
            st.rerun()
        _bar(plan, found)
        at = _at(plan, chosen)
        request, scores = _asked(plan, found, chosen), _scores(plan, found, chosen)
        data = live_grid(request, scores, _words(found[at]))
        components.live_grid(data, key="memory.live", on_pick=lambda point: memory_plan.pick(plan, point))
        live_files.keep("memory.live", data, lambda: tables.trained(request, scores))
        _into(plan.all[at], found[at])

    st.fragment(watch, run_every=EVERY)()
    begun = _asked(plan, standings, chosen)
    live_files.menu(
        "live_grid", "memory.live", f"{grid_of(begun)[1]}, so far", of=plan.all, code=lambda: code_of(begun, plan.all)
    )


def _bar(plan: Plan, standings: list[Standing]) -> None:
    """How far the training is, and how to stop it."""
    share, told = memory_live.progress(plan.all, standings)
    left, right = st.columns([1, 7], vertical_alignment="center")
    going = [spec for spec, one in zip(plan.all, standings, strict=True) if one.stage in GOES_ON]
    left.button("Stop", key="memory.stop", on_click=memory_live.stop, args=(going,), width="stretch")
    right.progress(share, text=told)


def _still(plan: Plan, standings: list[Standing], chosen: tuple[int, int]) -> None:
    """The grid, and beside it the selected cell."""
    left, right = frame.pair("memory_pair", (11, 9))
    at = _at(plan, chosen)
    with left:
        request = _asked(plan, standings, chosen)
        figure = memory_figures.figure_of(request)
        frame.show(
            figure,
            key="memory.grid",
            alt=figure.layout.meta["alt"],
            on_pick=lambda point: memory_plan.pick(plan, point),
            code=lambda: code_of(request, plan.all),
        )
    with right:
        if not standings[at].is_done:
            where = " To train it, use the button in the box above the grid." * (standings[at].stage == "missing")
            frame.note(frame.plain(f"{plan.columns[chosen[1]].label}: {_words(standings[at])}{where}"))
        if standings[at].outcome is not None:
            _show(_scores(plan, standings, chosen))
        _into(plan.all[at], standings[at])


def _at(plan: Plan, chosen: tuple[int, int]) -> int:
    row, column = chosen
    return row * len(plan.columns) + column


def _asked(plan: Plan, standings: list[Standing], chosen: tuple[int, int]) -> Request:
    cells = tuple(one.outcome if one.is_done and one.outcome else one.said for one in standings)
    return Request(
        "grid" if plan.view == "grid" else "windows", plan.task, frame.theme(), rows=plan.rows, columns=plan.columns,
        cells=cells, chosen=chosen, spec=plan.all[0], made=_made(standings),
    )  # fmt: skip


def _made(standings: list[Standing]) -> str:
    """Where the trainings on show were made."""
    stages = {one.stage for one in standings}
    if "ships" not in stages:
        return "Trained here"
    here = ", or here" if stages - {"ships", "missing"} else ""
    return f"Trained beforehand, {memory_grid.made_with()}{here}"


def _scores(plan: Plan, standings: list[Standing], chosen: tuple[int, int]) -> Request:
    spec, one = plan.all[_at(plan, chosen)], standings[_at(plan, chosen)]
    return Request(
        "scores", spec.task, frame.theme(), variant=plan.columns[chosen[1]], cells=(one.outcome or one.said,),
        window=spec.window, spec=spec,
    )  # fmt: skip


def _words(standing: Standing) -> str:
    """The state of a training, in a line."""
    if standing.is_done:
        return "Trained."
    words = standing.said.replace("\n", " ") + " updates" * (standing.stage in ("running", "stopped"))
    why = f" ({standing.why})" if standing.why else ""
    return f"{words[0].upper()}{words[1:]}{why}."


def _into(spec: TrainSpec, standing: Standing) -> None:
    """Links into the network of a training that is done."""
    if not standing.is_done:
        return
    if not standing.network:
        st.caption("The networks of this square are not included. Train them here to look inside.")
        return
    at = standing.outcome.solved_at[standing.run] if standing.outcome else NEVER
    end = "which has not solved the task" if at == NEVER else f"solved after {at:,} updates"
    st.markdown(f"Look inside the network of seed {spec.seeds[standing.run]}, {end}, on the page")
    with frame.row():
        params = {"trained": standing.network, "cell": spec.model.cell}
        for page in INSIDE:
            frame.link_with(page, params)
