"""What training did, update by update, and the weights that it ended with."""

from collections.abc import Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Self

import numpy as np

from rnnviz.checkpoints.storing import FORMAT, content_of, frozen, packed, reading, unpacked_format
from rnnviz.spec import TrainSpec, from_json, to_json

if TYPE_CHECKING:
    import pandas as pd

CURVES: Final = ("loss", "grad_norm", "update_norm")
"""What is recorded at every update, in the order in which it is computed."""

MEASURES: Final = ("score", "singular_value", "dead", "saturated")
"""What is measured on held-out data now and then."""

NEVER: Final = -1
"""Stands for the update of what did not happen."""

LARGEST: Final = 64 * 2**20
"""The most bytes of a file that is read."""

_NOTE: Final = "history"
_WEIGHT: Final = "weights."
_KINDS: Final[Mapping[str, tuple[type[np.generic], tuple[str, ...]]]] = {
    **dict.fromkeys(CURVES, (np.float32, ("run", "step"))),
    **dict.fromkeys(MEASURES, (np.float32, ("run", "measurement"))),
    "answers": (np.float32, ("run", "measurement", "example", "output")),
    "measured_at": (np.int64, ("measurement",)),
    **dict.fromkeys(("taken", "diverged_at", "solved_at"), (np.int64, ("run",))),
}


@dataclass(frozen=True, eq=False)
class History:
    """What training did, one run a seed. It is checked once, here; the arrays are made read-only.

    Infinity and NaN are kept as they came. Once a run has ended, its numbers are NaN.

    Attributes:
        loss, grad_norm, update_norm: float32 of shape (run, step). Of the update from ``step`` to ``step + 1``: the
            loss on its batch, the norm of the gradient before clipping, the norm of the change of all weights.
        measured_at: int64 of shape (measurement,). The updates that were made before each measurement, 0 first.
        score: float32 of shape (run, measurement). The accuracy on held-out data; for adding the loss on it.
        singular_value: float32 of shape (run, measurement). The largest of W_hh, gates stacked, over all layers.
        dead, saturated: float32 of shape (run, measurement). Units of all layers that are 0 at every step of a hundred
            held-out sequences; that are beyond ±0.9 at nine of ten of these steps or more.
        answers: float32 of shape (run, measurement, example, output). The first held-out sequences, at the last step.
        taken: int64 of shape (run,). The updates that each run made.
        diverged_at, solved_at: int64 of shape (run,). The first step whose loss or gradient norm was not finite; the
            updates after which the goal was reached. -1 for never.
        weights: float32, each of shape (run, …). Those at the end of each run, by torch's names.

    >>> from rnnviz import ModelSpec
    >>> from rnnviz.spec import TaskSpec, TrainSpec
    >>> from rnnviz.train import train
    >>> history = train(TrainSpec(ModelSpec("rnn", 2, 4), TaskSpec("adding", 5), steps=10, every=5, seeds=(0, 1)))
    >>> history
    History(rnn on adding 5; runs 2; steps 10)
    >>> history.loss.shape
    (2, 10)
    >>> history.measured_at
    array([ 0,  5, 10])
    >>> history.to_frame().columns.tolist()
    ['seed', 'step', 'loss', 'grad_norm', 'update_norm']
    """

    spec: TrainSpec
    loss: np.ndarray
    grad_norm: np.ndarray
    update_norm: np.ndarray
    measured_at: np.ndarray
    score: np.ndarray
    singular_value: np.ndarray
    dead: np.ndarray
    saturated: np.ndarray
    answers: np.ndarray
    taken: np.ndarray
    diverged_at: np.ndarray
    solved_at: np.ndarray
    weights: Mapping[str, np.ndarray]

    def __post_init__(self) -> None:
        sizes = {"run": len(self.spec.seeds)}
        for name, (dtype, axes) in _KINDS.items():
            array = frozen(name, getattr(self, name), dtype, axes, sizes)
            object.__setattr__(self, name, array)
        weights = {name: frozen(name, array, np.float32, ("run", ...), sizes) for name, array in self.weights.items()}
        object.__setattr__(self, "weights", MappingProxyType(weights))

    def __repr__(self) -> str:
        model, task = self.spec.model, self.spec.task
        return f"History({model.cell} on {task.name} {task.length}; runs {len(self.spec.seeds)}; steps {self.steps})"

    @property
    def steps(self) -> int:
        """The updates of the longest run."""
        return int(self.loss.shape[1])

    def to_frame(self) -> "pd.DataFrame":
        """The curves as a tidy table, one row a run and step."""
        import pandas as pd  # half a second, which the landing page of a cold server does without

        index = pd.MultiIndex.from_product([self.spec.seeds, range(self.steps)], names=["seed", "step"])
        return index.to_frame(index=False).assign(**{name: getattr(self, name).reshape(-1) for name in CURVES})

    def save(self, path: str | PathLike[str]) -> None:
        """Write a safetensors file at just this path, no ending added; equal histories give equal bytes."""
        Path(path).write_bytes(self.content())

    def content(self) -> bytes:
        """What ``save`` writes."""
        arrays = {name: getattr(self, name) for name in _KINDS}
        arrays |= {_WEIGHT + name: array for name, array in self.weights.items()}
        about = {"format": FORMAT, "spec": to_json(self.spec), "weights": list(self.weights)}
        return packed(arrays, about, _NOTE)

    @classmethod
    def load(cls, path: str | PathLike[str]) -> Self:
        """A history from a file that ``save`` wrote; nothing in the file is ever executed.

        Raises:
            ValueError: If the file is damaged, larger than ``LARGEST`` or no history.
            FileNotFoundError: If there is no file.
        """
        content = content_of(Path(path), LARGEST)
        with reading("a history that History.save wrote"):
            arrays, about = unpacked_format(content, _NOTE)
            weights = {name: arrays.pop(_WEIGHT + name) for name in about["weights"]}
            return cls(from_json(TrainSpec, about["spec"]), **arrays, weights=weights)
