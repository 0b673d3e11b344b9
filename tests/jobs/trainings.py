"""Small and long trainings, and waiting for what becomes of them."""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from rnnviz import jobs, tasks
from rnnviz.jobs import Job, Seen
from rnnviz.spec import ModelSpec, TaskSpec, TrainSpec

PATIENCE: Final = 60.0
"""Seconds that something may take on a machine busy with other things."""

_TASK: Final = TaskSpec("latch", 3)


def quick(seed: int, **options: object) -> TrainSpec:
    """Over in a moment."""
    model = tasks.task(_TASK).fitted(ModelSpec("gru", 3, 4))
    return TrainSpec(model, _TASK, **{"steps": 20, "batch_size": 4, "seeds": (seed,), "every": 5, **options})  # type: ignore[arg-type]


def long(seed: int) -> TrainSpec:
    """Goes on for longer than any test looks at it."""
    task = TaskSpec("adding", 100)
    model = tasks.task(task).fitted(ModelSpec("rnn", 2, 32))
    return TrainSpec(model, task, steps=20_000, batch_size=64, seeds=(seed,))


def arms(spec: TrainSpec) -> tuple[TrainSpec, TrainSpec]:
    return spec, replace(spec, max_norm=1.0)


def until(job: Job, condition: Callable[[Seen], object], *, visitor: str = "", patience: float = PATIENCE) -> Seen:
    """Watch a run until something holds of it."""
    deadline = time.monotonic() + patience
    while True:
        seen = jobs.events(job, visitor=visitor)
        if condition(seen):
            return seen
        assert time.monotonic() < deadline, f"not within {patience} s; last: {seen}"
        time.sleep(0.01)


def over(seen: Seen) -> bool:
    return seen.state in ("done", "stopped", "failed")


def underway(seen: Seen) -> bool:
    return seen.state == "running" and len(seen.events) > 0


def before(seen: Seen) -> int:
    """How many events attempts before the present one have told."""
    return seen.next - len(seen.events)
