"""Trainings as checkpoints: from a finished run to one with its card, and how each that ships is made."""

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import numpy as np
import torch

from rnnviz import tasks
from rnnviz.checkpoints import Checkpoint
from rnnviz.history import NEVER, History
from rnnviz.names import CELLS
from rnnviz.spec import ModelSpec, TaskSpec, TrainSpec
from rnnviz.tasks import Task
from rnnviz.train.batched import loss_of, stacked
from rnnviz.train.networks import Passes, Weights, shapes_of

TESTED: Final = 2000
"""The held-out sequences that a card is measured on."""

_AT_ONCE: Final = 100


def checkpoint_of(history: History, family: str, run: int = 0) -> Checkpoint:
    """The network that a run ended with, measured on held-out data; its name is ``<family>-<cell>``.

    Its card holds ``seed``, ``updates``, ``optimizer``, ``rate``, ``batch_size``, ``held_out`` (sequences), ``loss``
    and ``accuracy`` on them, ``baseline`` and ``chance`` (the loss and the score of the best answer that remembers
    nothing), ``diverged_at`` (None for never) and ``torch``. None stands for what is not finite.

    Raises:
        ValueError: If there is no such run, or no network may be called that.

    >>> from rnnviz import ModelSpec
    >>> from rnnviz.spec import TaskSpec, TrainSpec
    >>> from rnnviz.train import checkpoint_of, train
    >>> spec = TrainSpec(ModelSpec("rnn", input_size=2, hidden_size=4), TaskSpec("adding", 5), steps=5)
    >>> checkpoint_of(train(spec), "my-adding").name
    'my-adding-rnn'
    """
    if not 0 <= run < len(history.spec.seeds):
        raise ValueError(f"run must be in 0..{len(history.spec.seeds) - 1} for this history; got {run}")
    spec = replace(history.spec, seeds=(history.spec.seeds[run],))
    task = tasks.task(spec.task)
    loss, accuracy = _tested(history, task, run)
    diverged_at = int(history.diverged_at[run])
    return Checkpoint(
        name=f"{family}-{spec.model.cell}",
        trained_by=spec,
        weights={name: part[run] for name, part in history.weights.items()},
        vocabulary=task.vocabulary,
        splits=task.splits,
        card={
            "seed": spec.seeds[0],
            "updates": int(history.taken[run]),
            "optimizer": spec.optimizer,
            "rate": spec.rate,
            "batch_size": spec.batch_size,
            "held_out": TESTED,
            "loss": _said(loss),
            "accuracy": _said(accuracy),
            "baseline": _said(task.baseline),
            "chance": _said(task.chance),
            "diverged_at": None if diverged_at == NEVER else diverged_at,
            "torch": torch.__version__,
        },
    )


def _tested(history: History, task: Task, run: int) -> tuple[float, float]:
    """Loss and accuracy of a run's last weights on held-out data."""
    shapes = shapes_of(history.spec.model, task)
    flat = np.concatenate([history.weights[name][run].ravel() for name in shapes])
    weights = Weights(torch.from_numpy(flat)[None], shapes)
    passes = Passes(history.spec.model, task, 1, _AT_ONCE)
    batch = task.held_out(TESTED)
    losses, answers = [], []
    with torch.inference_mode():
        for begin in range(0, TESTED, _AT_ONCE):
            part = tasks.Batch(batch.x[begin : begin + _AT_ONCE], batch.y[begin : begin + _AT_ONCE])
            x, y = stacked([part])
            outputs = passes.forward(x, weights)
            rows = outputs[0].view(task.asked, _AT_ONCE, task.outputs)
            answers.append(rows.transpose(0, 1).numpy().copy())
            losses.append(loss_of(task, outputs, y)[0].item())
    return float(np.mean(losses)), task.accuracy(np.concatenate(answers), batch.y)


def _said(number: float) -> float | None:
    """Six digits: more than the held-out data can tell apart."""
    return float(f"{number:.6g}") if math.isfinite(number) else None


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
