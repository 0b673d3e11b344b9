"""The trained networks that ship in assets/models/, and how each is made."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from rnnviz import tasks
from rnnviz.names import CELLS
from rnnviz.spec import ModelSpec, TaskSpec, TrainSpec

SEED: Final = 2
UNITS: Final = 32
FORGET_BIAS: Final = 1.0

_RECIPES: Final = (
    (TaskSpec("latch", 20), 0.003, 1000),
    (TaskSpec("adding", 30), 0.01, 2000),
    (TaskSpec("brackets", 60), 0.003, 1000),
)
"""Task, rate and updates. The networks ship as they are after these, whatever they have learned."""


def recipes() -> Iterator[tuple[str, TrainSpec]]:
    """The family of every network that ships, named as its task, and its training.

    >>> from rnnviz.train import recipes
    >>> name, spec = next(recipes())
    >>> name, spec.model.cell
    ('latch', 'rnn')
    """
    for task, rate, steps in _RECIPES:
        for cell in CELLS:
            bias = FORGET_BIAS if cell == "lstm" else None
            model = tasks.task(task).fitted(ModelSpec(cell, 16, UNITS, forget_bias=bias))
            spec = TrainSpec(model, task, rate=rate, steps=steps, seeds=(SEED,), every=100)
            yield task.name, replace(spec, optimizer="adam", max_norm=1.0, batch_size=64)
