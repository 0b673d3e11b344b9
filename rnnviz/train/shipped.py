"""The trained networks that ship in assets/models/, and how each is made."""

from collections.abc import Iterator
from typing import Final

from rnnviz import tasks
from rnnviz.names import CELLS
from rnnviz.spec import ModelSpec, TaskSpec, TrainSpec

SEED: Final = 2
UNITS: Final = 32
FORGET_BIAS: Final = 1.0

_RECIPES: Final = {
    TaskSpec("latch", 20): {"rate": 0.003, "steps": 1000},
    TaskSpec("adding", 30): {"rate": 0.01, "steps": 2000},
    TaskSpec("brackets", 60): {"rate": 0.003, "steps": 1000},
}
"""By the task what is particular to it. What a network has not learned after that, it ships without."""


def recipes() -> Iterator[tuple[str, TrainSpec]]:
    """The family of every network that ships, called as its task, and its training."""
    for task, particular in _RECIPES.items():
        for cell in CELLS:
            model = tasks.task(task).fitted(
                ModelSpec(cell, 16, UNITS, forget_bias=FORGET_BIAS if cell == "lstm" else None)
            )
            yield (
                task.name,
                TrainSpec(
                    model, task, optimizer="adam", max_norm=1.0, batch_size=64, seeds=(SEED,), every=100, **particular
                ),
            )
