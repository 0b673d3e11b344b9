"""What networks in training are like on held-out data."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Final

import numpy as np
import torch

from rnnviz.names import GATES
from rnnviz.spec import KEPT_LIMIT, TrainSpec
from rnnviz.tasks import HELD_OUT, Task
from rnnviz.train.networks import Passes, Weights

EXAMPLES: Final = 8
"""The held-out sequences whose answers are kept."""

WATCHED: Final = 100
"""The held-out sequences on which dead and saturated units are counted."""

SATURATED: Final = 0.9
"""A state is saturated beyond this, either way; a unit is, at this share of all steps or more."""


@dataclass(frozen=True, eq=False)
class Measured:
    """What was measured of every run, as History keeps it.

    Attributes:
        score, singular_value, dead, saturated: float32 of shape (run,). NaN where the network's numbers are not finite.
        answers: float32 of shape (run, example, output).

    >>> from rnnviz import ModelSpec
    >>> from rnnviz.spec import TaskSpec, TrainSpec
    >>> from rnnviz.train import train
    >>> measured = []
    >>> spec = TrainSpec(ModelSpec("rnn", input_size=2, hidden_size=4), TaskSpec("adding", 5), steps=2, every=2)
    >>> history = train(spec, lambda event: measured.append(event.measured))
    >>> measured[-1].score.shape, measured[-1].dead.shape
    ((1,), (1,))
    """

    score: np.ndarray
    singular_value: np.ndarray
    dead: np.ndarray
    saturated: np.ndarray
    answers: np.ndarray

    def spread(self, rows: Sequence[int], runs: int) -> "Measured":
        """The same with NaN for the runs that are not among the rows."""
        spread = {}
        for field in fields(self):
            array = getattr(self, field.name)
            spread[field.name] = np.full((runs, *array.shape[1:]), np.nan, np.float32)
            spread[field.name][list(rows)] = array
        return Measured(**spread)


class Measuring:
    """The held-out data of a task, and buffers to measure many networks on it, some sequences at a time."""

    def __init__(self, spec: TrainSpec, task: Task, runs: int) -> None:
        a_sequence = runs * task.steps * len(GATES[spec.model.cell]) * spec.model.hidden_size * spec.model.num_layers
        parts = next(k for k in (1, 2, 5, 10, 20, 50, 100, 500) if HELD_OUT // k * a_sequence <= KEPT_LIMIT or k == 500)
        held_out = task.held_out()
        self.task = task
        self.y = held_out.y
        self.x = torch.from_numpy(held_out.x).chunk(parts)
        self.passes = Passes(spec.model, task, runs, HELD_OUT // parts)

    def measure(self, weights: Weights) -> Measured:
        """Run all networks on all held-out sequences."""
        runs = len(weights.flat)
        outputs, off, beyond, known = [], [], [], []
        unwatched = WATCHED
        for x in self.x:
            rows = self.passes.forward(x.expand(runs, *x.shape), weights)  # (run, asked * batch, output)
            outputs.append(rows.view(runs, self.task.asked, -1, self.task.outputs).transpose(1, 2).numpy().copy())
            if unwatched > 0:
                states = torch.cat([layer.h[:, :, :unwatched] for layer in self.passes.layers], -1)
                off.append((states == 0).all(2).all(1))  # (run, unit)
                beyond.append((states.abs() > SATURATED).sum((1, 2)))
                known.append(~states.isnan().flatten(1).any(1))  # (run,)
                unwatched -= len(x)
        answers = np.concatenate(outputs, 1)  # (run, batch, asked, output)
        saturated = torch.stack(beyond).sum(0) >= SATURATED * WATCHED * self.task.steps
        finite = torch.stack(known).all(0)
        return Measured(
            score=np.array([self.task.score(of_run, self.y) for of_run in answers], np.float32),
            singular_value=_largest_singular_value(weights),
            dead=_counted(torch.stack(off).all(0), finite),
            saturated=_counted(saturated, finite),
            answers=answers[:, :EXAMPLES, -1],
        )


def _counted(units: torch.Tensor, finite: torch.Tensor) -> np.ndarray:
    """How many units of every run, of (run, unit), are True; NaN for a run whose states are no numbers."""
    counts: np.ndarray = torch.where(finite, units.sum(-1), torch.nan).numpy().astype(np.float32)
    return counts


def _largest_singular_value(weights: Weights) -> np.ndarray:
    """Of W_hh over all layers; NaN where it is not finite."""
    found = []
    for name, matrix in weights.named.items():
        if name.startswith("weight_hh"):
            finite = torch.isfinite(matrix).all(2).all(1)
            values = torch.full(finite.shape, np.nan)
            values[finite] = torch.linalg.matrix_norm(matrix[finite], 2)
            found.append(values)
    largest: np.ndarray = torch.stack(found).amax(0).numpy()
    return largest
