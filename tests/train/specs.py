"""Small trainings for the tests."""

from typing import Any

from rnnviz import tasks
from rnnviz.spec import ModelSpec, TaskSpec, TrainSpec


def spec_of(task: str, cell: str, length: int = 9, **options: Any) -> TrainSpec:
    """A small training whose network fits its task."""
    described = TaskSpec(task, length)  # type: ignore[arg-type]
    model = {name: options.pop(name) for name in list(options) if name in ModelSpec.__dataclass_fields__}
    fitted = tasks.task(described).fitted(ModelSpec(cell, 5, 7, **model))  # type: ignore[arg-type]
    return TrainSpec(fitted, described, **{"steps": 12, "batch_size": 6, "seeds": (0, 3), **options})
