"""The state of a grid's trainings: what ships, is on disk or goes on; how they begin and stop."""

import queue
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import streamlit as st

from rnnviz import jobs, memory_grid, runs
from rnnviz.analysis import courses
from rnnviz.caching import cached
from rnnviz.history import NEVER
from rnnviz.jobs import Job, Seen
from rnnviz.outcome import Outcome, outcome
from rnnviz.spec import TrainSpec
from rnnviz.tasks import task
from rnnviz.ui.selection import state
from rnnviz.ui.shell.visitors import visitor

Stage = Literal["ships", "done", "running", "queued", "left", "missing", "stopped", "failed"]

GOES_ON: Final = ("running", "queued")
_LEFT: Final = "memory.left"
_WANTED: Final = "memory.wanted"
_BEGAN: Final = "memory.began"


@dataclass(frozen=True)
class Standing:
    """The state of one training.

    Attributes:
        stage: "ships" and "done" have an outcome; "left" goes on for others.
        outcome: The result, or what is known so far.
        said: What stands in its place as long as it is not done.
        share: How much of it is done, 0 to 1.
        network: The family of one seed's network, if there is one to look into.
        run: The place of that seed: the first that has solved the task, if there is one; of what ships the first.
        why: Why it waits, was stopped or failed, or is not on disk, as plain text.
        for_others: Whether it waits for others, and this visitor has not asked for it.
    """

    stage: Stage
    outcome: Outcome | None = None
    said: str = ""
    share: float = 0.0
    network: str = ""
    run: int = 0
    why: str = ""
    for_others: bool = False

    @property
    def is_done(self) -> bool:
        """Whether its outcome is final."""
        return self.stage in ("ships", "done")


def look(spec: TrainSpec, *, anew: bool) -> Standing:
    """The state of a training at this moment; with ``anew``, what ships does not count."""
    if not anew and (known := memory_grid.shipped_of(spec)):
        return Standing("ships", known, share=1.0, network=memory_grid.shipped_network_of(spec))
    job = _job(spec)
    if job.id in _left():
        return Standing("left", said="goes on\nfor others")
    seen = jobs.events(job, visitor())
    if seen.state == "done":
        return _finished(job, seen.message)
    if seen.state not in GOES_ON and spec in _wanted():
        return Standing("queued", said="waits")
    return _unfinished(spec, seen)


def begin(specs: Sequence[TrainSpec]) -> None:
    """Ask for trainings, in this order; the next run of the page reports those that are impossible."""
    _wanted().extend(spec for spec in specs if spec not in _wanted())
    ask()


def ask() -> None:
    """Ask for as many of the visitor's trainings as may wait; to be called again and again."""
    wanted = _wanted()
    while wanted:
        try:
            _left().discard(jobs.submit(wanted[0], visitor()).id)
        except jobs.VisitorFull:
            return
        except (ValueError, queue.Full) as error:
            wanted.clear()
            state.tell(str(error))
            return
        del wanted[0]


def stop(specs: Sequence[TrainSpec]) -> None:
    """Stop trainings; those that others watch go on without this visitor."""
    _wanted()[:] = [spec for spec in _wanted() if spec not in specs]
    others = {job.id for job in map(_job, specs) if jobs.cancel(job, visitor())}
    if others:
        _left().update(others)
        state.tell(f"Other visitors watch {len(others)} of these trainings, so these go on without you.")


def progress(specs: Sequence[TrainSpec], standings: Sequence[Standing]) -> tuple[float, str]:
    """How far trainings have come together.

    Returns:
        The share of the work that is done, 0 to 1.
        The same in words, with an estimate of the time left.
    """
    work = [float(spec.work) for spec in specs]
    done = sum(one.share * part for one, part in zip(standings, work, strict=True))
    ready = sum(one.is_done for one in standings)
    left = _seconds_left(done, sum(work))
    told = f", at most about {_duration(left)} left" if left is not None else ""
    return done / sum(work), f"{ready} of {len(specs)} trained{told}"


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"


def _job(spec: TrainSpec) -> Job:
    return Job(runs.identity((spec,)), (spec,))


def _left() -> set[str]:
    """The trainings that this visitor has left to others."""
    left: set[str] = st.session_state.setdefault(_LEFT, set())
    return left


def _wanted() -> list[TrainSpec]:
    """The trainings that this visitor has still to ask for."""
    wanted: list[TrainSpec] = st.session_state.setdefault(_WANTED, [])
    return wanted


@cached(512)
def finished_outcome(job: Job) -> Outcome:
    """The outcome of a finished training of one arm; ValueError if it is not there."""
    return outcome(jobs.result(job)[0])


def _finished(job: Job, why: str = "") -> Standing:
    try:
        found = finished_outcome(job)
    except ValueError:
        return Standing("missing", said="not\ntrained")
    run = next((k for k, at in enumerate(found.solved_at) if at != NEVER), 0)
    return Standing(
        "done", found, share=1.0, network="" if why else runs.network_name(job.specs[0], run), run=run, why=why
    )


def _unfinished(spec: TrainSpec, seen: Seen) -> Standing:
    if seen.state == "queued":
        return Standing("queued", said="waits", why=seen.message, for_others=not seen.asked)
    so_far = _so_far(spec, seen)
    made = seen.events[-1].step if seen.events else 0
    if seen.state == "running":
        return Standing("running", so_far, f"{made:,} of\n{spec.steps:,}", made / spec.steps)
    if seen.state == "failed":
        return Standing("failed", so_far, "failed", why=seen.message)
    if not made:
        return Standing("missing", said="not\ntrained")
    return Standing("stopped", so_far, f"stopped\nat {made:,}", why=seen.message)


def _so_far(spec: TrainSpec, seen: Seen) -> Outcome | None:
    """The scores that the events of a training tell; None before the first."""
    found = courses((spec,), seen.events)
    if not found or not len(found[0].measured_at):
        return None
    measured_at, scores, known = found[0].measured_at, found[0].score, task(spec.task)
    rows, solved_at = [], []
    for row in scores:
        reached = [k for k, score in enumerate(row) if spec.goal is not None and known.reached(float(score), spec.goal)]
        end = reached[0] + 1 if reached else len(row)
        rows.append(tuple(float(score) for score in np.round(row[:end].astype(np.float64), 4)))
        solved_at.append(int(measured_at[reached[0]]) if reached else NEVER)
    return Outcome(spec, tuple(measured_at.tolist()), tuple(rows), tuple(solved_at))


def _seconds_left(done: float, work: float) -> float | None:
    """By the pace since this visitor has watched."""
    now = time.monotonic()
    began: tuple[float, float, float] | None = st.session_state.get(_BEGAN)
    if began is None or began[1] != work or began[2] > done:
        st.session_state[_BEGAN] = (now, work, done)
        return None
    spent, made = now - began[0], done - began[2]
    return spent / made * (work - done) if made > 0 and spent > 2 else None
