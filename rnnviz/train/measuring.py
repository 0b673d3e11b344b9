"""What networks in training are like on held-out data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Final

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from rnnviz.checkpoints import EMBEDDING
from rnnviz.names import GATES
from rnnviz.spec import KEPT_LIMIT, ModelSpec, TrainSpec
from rnnviz.tasks import HELD_OUT, Task
from rnnviz.train.networks import Weights

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
    """The held-out data of a task, to measure many networks on it, some sequences at a time."""

    def __init__(self, spec: TrainSpec, task: Task) -> None:
        a_sequence = task.steps * len(GATES[spec.model.cell]) * spec.model.hidden_size * spec.model.num_layers
        parts = next(k for k in (1, 2, 5, 10, 20, 50, 100, 500) if HELD_OUT // k * a_sequence <= KEPT_LIMIT or k == 500)
        held_out = task.held_out()
        self.model = spec.model
        self.task = task
        self.y = held_out.y
        self.x = torch.from_numpy(held_out.x).chunk(parts)

    def measure(self, weights: Weights) -> Measured:
        """Run all networks on all held-out sequences."""
        runs = [self._read(weights.of_run(run)) for run in range(len(weights.flat))]
        with np.errstate(over="ignore"):  # a loss beyond float32 is infinite
            score = np.array([self.task.score(answers, self.y) for answers, _, _ in runs], np.float32)
        return Measured(
            score=score,
            singular_value=_largest_singular_value(weights),
            dead=np.array([dead for _, dead, _ in runs], np.float32),
            saturated=np.array([saturated for _, _, saturated in runs], np.float32),
            answers=np.stack([answers[:EXAMPLES, -1] for answers, _, _ in runs]),
        )

    def _read(self, weights: Mapping[str, Tensor]) -> tuple[np.ndarray, float, float]:
        """One network's outputs (batch, asked, output), and its dead and saturated units."""
        outputs: list[np.ndarray] = []
        watched: list[Tensor] = []
        unwatched = WATCHED
        for x in self.x:
            given, states = read(self.model, self.task, weights, x)
            outputs.append(given.numpy())
            watched.append(states[: max(unwatched, 0)].clone())  # not all of it, which is large
            unwatched -= len(x)
        return np.concatenate(outputs), *_units(torch.cat(watched).flatten(0, 1))


def read(model: ModelSpec, task: Task, weights: Mapping[str, Tensor], x: Tensor) -> tuple[Tensor, Tensor]:
    """What one network makes of sequences, by torch's own layers: faster where no gradient is wanted.

    Args:
        weights: By torch's names.
        x: Of shape (batch, time) of tokens, or (batch, time, feature).

    Returns:
        The outputs at the last steps, (batch, asked, output), and the states, (batch, time, layer * unit).
    """
    below = functional.embedding(x, weights[EMBEDDING]) if task.vocabulary else x
    states = []
    for layer in range(model.num_layers):
        names = (f"{name}_l{layer}" for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"))
        parameters = [weights[name] for name in names if name in weights]
        below = _states(model, below, parameters)
        states.append(below)
    head = functional.linear(below[:, -task.asked :], weights["head.weight"], weights["head.bias"])
    return head, torch.cat(states, -1)


def _states(model: ModelSpec, x: Tensor, parameters: list[Tensor]) -> Tensor:
    """The states of one layer, as torch has it."""
    told = (model.bias, 1, 0.0, False, False, True)  # layers, dropout, no training, one direction, batch first
    zeros = x.new_zeros(1, len(x), model.hidden_size)
    if model.cell == "lstm":
        return torch.lstm(x, (zeros, zeros), parameters, *told)[0]
    layer = {"gru": torch.gru, "tanh": torch.rnn_tanh, "relu": torch.rnn_relu}
    return layer["gru" if model.cell == "gru" else model.nonlinearity](x, zeros, parameters, *told)[0]


def _units(states: Tensor) -> tuple[float, float]:
    """How many units, of (step, unit), are dead and how many saturated; NaN where states are no numbers."""
    if states.isnan().any():
        return np.nan, np.nan
    dead = (states == 0).all(0)
    saturated = (states.abs() > SATURATED).sum(0) >= SATURATED * len(states)
    return float(dead.sum()), float(saturated.sum())


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
