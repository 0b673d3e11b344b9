"""Many small networks trained together: one pass an update for all seeds and all arms, which differ in their descent.

The loop is that of all families, ``loop.run``. Only the update is written out here, since the weights of all networks
are stacked. A single network has autograd and torch's optimizer in ``descent.Descent``.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import takewhile
from typing import Final

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from rnnviz import tasks
from rnnviz.checkpoints.storing import packed
from rnnviz.history import CURVES, MEASURES, NEVER, History
from rnnviz.spec import TrainSpec, to_json
from rnnviz.tasks import Batch, Task
from rnnviz.train.loop import Event, run, unfinished
from rnnviz.train.measuring import Measured, Measuring
from rnnviz.train.networks import Passes, Updates, Weights

_MEASURED: Final = (*MEASURES, "answers")

ARM_FIELDS: Final = ("optimizer", "rate", "max_norm", "max_value")
"""The settings in which arms that are trained together may differ."""

OnStep = Callable[[Event[Measured | None]], object]
"""Called after every update; False stops the training there.

The runs of an event are those of the first arm, then those of the next. Their numbers are NaN once they have ended.
"""

Keep = Callable[[bytes], object]
"""Gets, about every ten seconds, all that the training needs to go on later."""


def train(spec: TrainSpec, on_step: OnStep | None = None) -> History:
    """Train a network for every seed of a spec; the same spec gives the same history.

    Torch's random state is neither used nor moved, and no thread disturbs another. A run that explodes is recorded as
    it comes.

    Raises:
        ValueError: If the network's sizes do not fit the task.

    >>> from rnnviz.spec import ModelSpec, TaskSpec, TrainSpec
    >>> from rnnviz.train import train
    >>> spec = TrainSpec(ModelSpec("gru", 2, 4), TaskSpec("adding", 5), steps=3, seeds=(0, 1))
    >>> train(spec).loss.shape
    (2, 3)
    """
    return train_together([spec], on_step)[0]


def train_together(
    specs: Sequence[TrainSpec], on_step: OnStep | None = None, begun: bytes = b"", keep: Keep | None = None
) -> list[History]:
    """Train arms that differ only in how they descend, all in the same passes: same networks, same data.

    Args:
        specs: Equal but for ``optimizer``, ``rate``, ``max_norm`` and ``max_value``.
        begun: What ``keep`` got last; the training goes on from there and tells its updates again. Empty to begin.

    Returns:
        The histories that ``train`` gives for each, to rounding.

    Raises:
        RefusedError: If what was begun is damaged, or of other settings.
        ValueError: If the arms differ in anything else, or the network's sizes do not fit the task.

    >>> from dataclasses import replace
    >>> from rnnviz.spec import ModelSpec, TaskSpec, TrainSpec
    >>> from rnnviz.train import train_together
    >>> spec = TrainSpec(ModelSpec("rnn", 2, 4), TaskSpec("adding", 5), steps=3, seeds=(0,))
    >>> unclipped, clipped = train_together([spec, replace(spec, max_norm=1.0)])
    >>> clipped.spec.max_norm
    1.0
    """
    _check(specs)
    with torch.inference_mode():
        training = _Training(specs, on_step)
        if begun:
            training.unpack(begun)
        return training.run(keep)


def loss_of(task: Task, outputs: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """The mean loss of every run, (run,), and its gradient by the outputs, of their shape.

    Args:
        outputs: Of shape (run, row, output).
        y: Of shape (run, row).
    """
    rows = outputs.shape[1]
    if task.classes:
        logs = functional.log_softmax(outputs, -1)
        wanted = y[..., None]
        loss = -logs.gather(-1, wanted).mean((1, 2))
        gradient = logs.exp_().scatter_add_(-1, wanted, torch.full_like(wanted, -1, dtype=logs.dtype))
        return loss, gradient.div_(rows)
    off = outputs - y[..., None]
    return off.square().mean((1, 2)), off.mul_(2 / rows)


class _Training:
    """One training; the rows of ``weights`` are the runs that go on."""

    def __init__(self, specs: Sequence[TrainSpec], on_step: OnStep | None) -> None:
        self.spec = specs[0]
        self.specs = specs
        self.on_step = on_step
        self.task = tasks.task(self.spec.task)
        self.runs = [(arm, seed) for arm in specs for seed in arm.seeds]
        self.rows = list(range(len(self.runs)))
        self.generators = {seed: np.random.default_rng([seed, 0]) for seed in self.spec.seeds}
        self.weights = Weights.drawn(self.spec.model, self.task, [seed for _, seed in self.runs])
        self.final = self.weights.of(self.rows)
        self.updates = Updates([arm for arm, _ in self.runs], self.weights.flat.shape[1])
        self.curves = np.full((len(CURVES), len(self.runs), self.spec.steps), np.nan, np.float32)
        self.taken, self.solved_at = np.zeros(len(self.runs), np.int64), np.full(len(self.runs), NEVER, np.int64)
        self.measured: list[tuple[int, Measured]] = []
        self.measuring = Measuring(self.spec, self.task)
        self._set_up()

    def run(self, keep: Keep | None) -> list[History]:
        """Train update by update until all runs have ended, or ``on_step`` says stop."""
        if self.measured:
            self._retell()
        else:
            self._measure(0)
        steps = takewhile(lambda _: self.rows, range(self.made, self.spec.steps))
        run(steps, self._update, self.on_step, None if keep is None else lambda: self.rows and keep(self.pack()))
        if self.measured[-1][0] != self.made:  # stopped between two measurements
            self._measure(self.made)
        self._end(self.rows)
        return self._histories()

    @property
    def made(self) -> int:
        """The updates of the run that has made most."""
        return int(self.taken.max())

    def pack(self) -> bytes:
        """All that the training needs to go on later."""
        arrays = {name: tensor.numpy() for name, tensor in self._tensors().items()}
        arrays |= {"curves": self.curves[..., : self.made], "taken": self.taken, "solved_at": self.solved_at}
        for name in _MEASURED:
            arrays[name] = np.stack([getattr(measured, name) for _, measured in self.measured])
        about = {
            "specs": self._same(),
            "rows": self.rows,
            "made": self.updates.made,
            "measured_at": [made for made, _ in self.measured],
            "generators": [generator.bit_generator.state for generator in self.generators.values()],
        }
        return packed(arrays, about)

    def unpack(self, content: bytes) -> None:
        """Go on from what ``pack`` gave."""
        with unfinished(content, specs=self._same()) as (arrays, about):
            self.rows = [int(row) for row in about["rows"]]
            self.weights, self.updates = self.weights.of(self.rows), self.updates.of(self.rows)
            self.updates.made = int(about["made"])
            for name, tensor in self._tensors().items():
                tensor.copy_(torch.from_numpy(arrays[name].copy()))
            self.curves[..., : arrays["curves"].shape[-1]] = arrays["curves"]
            self.taken[:], self.solved_at[:] = arrays["taken"], arrays["solved_at"]
            parts = zip(*(arrays[name] for name in _MEASURED), strict=True)
            measured = [Measured(**dict(zip(_MEASURED, part, strict=True))) for part in parts]
            self.measured = list(zip(about["measured_at"], measured, strict=True))
            for generator, state in zip(self.generators.values(), about["generators"], strict=True):
                generator.bit_generator.state = state
            self._set_up()

    def _tensors(self) -> dict[str, Tensor]:
        """What ``pack`` keeps of the networks and of Adam."""
        weights, updates = self.weights, self.updates
        return {"weights": weights.flat, "final": self.final.flat, "mean": updates.mean, "square": updates.square}

    def _same(self) -> str:
        return json.dumps([to_json(spec) for spec in self.specs])

    def _retell(self) -> None:
        """Tell again what was told before an interruption; a stop counts only from the next update on."""
        if self.on_step is not None:
            measured = dict(self.measured)
            for made in range(1, self.made + 1):
                self.on_step(self._event(made, measured.get(made)))

    def _set_up(self) -> None:
        """Buffers for the runs that go on."""
        self.passes = Passes(self.spec.model, self.task, len(self.rows), self.spec.batch_size, self.spec.window)
        self.grads = self.weights.like()

    def _update(self, step: int) -> Event[Measured | None]:
        x, y = self._draw()
        outputs = self.passes.forward(x, self.weights)
        loss, d_outputs = loss_of(self.task, outputs, y)
        self.passes.backward(d_outputs, self.weights, self.grads)
        norms, changes = self.updates.apply(self.grads.flat, self.weights.flat)
        for curve, values in zip(self.curves, (loss, norms, changes), strict=True):
            curve[self.rows, step] = values.numpy()
        self.taken[self.rows] += 1
        made = step + 1
        is_due = made % self.spec.every == 0 or made == self.spec.steps
        return self._event(made, self._measure(made) if is_due else None)

    def _draw(self) -> tuple[Tensor, Tensor]:
        """The next batch of every run; those of the same seed read the same."""
        going = {self.runs[row][1] for row in self.rows}
        batches = {seed: self.task.draw(self.spec.batch_size, self.generators[seed]) for seed in sorted(going)}
        return stacked([batches[self.runs[row][1]] for row in self.rows])

    def _measure(self, made: int) -> Measured:
        """Measure all runs that go on, and end those that have reached the goal, if they have made an update."""
        measured = self.measuring.measure(self.weights).spread(self.rows, len(self.runs))
        self.measured.append((made, measured))
        goal = self.spec.goal
        if goal is not None and made:
            solved = [row for row in self.rows if self.task.reached(measured.score[row], goal)]
            self.solved_at[solved] = made
            if solved:
                self._end(solved)
        return measured

    def _end(self, ended: Sequence[int]) -> None:
        """Keep the weights of runs and go on without them."""
        self.final.flat[list(ended)] = self.weights.flat[[self.rows.index(row) for row in ended]]
        kept = [k for k, row in enumerate(self.rows) if row not in ended]
        self.rows = [self.rows[k] for k in kept]
        if self.rows:
            self.weights, self.updates = self.weights.of(kept), self.updates.of(kept)
            self._set_up()

    def _event(self, made: int, measured: Measured | None) -> Event[Measured | None]:
        loss, grad_norm, update_norm = (tuple(curve[:, made - 1].tolist()) for curve in self.curves)
        return Event(made, self.spec.steps, loss, measured, grad_norm, update_norm)

    def _histories(self) -> list[History]:
        steps = self.made
        curves = dict(zip(CURVES, self.curves[..., :steps], strict=True))
        wrong = ~np.isfinite(curves["loss"]) | ~np.isfinite(curves["grad_norm"])
        wrong &= np.arange(steps) < self.taken[:, None]
        measures = {name: np.stack([getattr(measured, name) for _, measured in self.measured], 1) for name in _MEASURED}
        by_run = {
            **curves,
            **measures,
            "taken": self.taken,
            "solved_at": self.solved_at,
            "diverged_at": np.where(wrong.any(1), wrong.argmax(1), NEVER),
        }
        size = len(self.spec.seeds)
        return [
            History(
                spec=arm,
                measured_at=np.array([made for made, _ in self.measured]),
                weights={name: part[own].numpy() for name, part in self.final.named.items()},
                **{name: np.ascontiguousarray(array[own]) for name, array in by_run.items()},
            )
            for arm, own in zip(
                self.specs, (slice(k * size, (k + 1) * size) for k in range(len(self.specs))), strict=True
            )
        ]


def stacked(batches: Sequence[Batch]) -> tuple[Tensor, Tensor]:
    """Inputs (run, batch, time, …) and what is wanted, (run, asked * batch), times before samples."""
    x = torch.from_numpy(np.stack([batch.x for batch in batches]))
    y = torch.from_numpy(np.stack([batch.y for batch in batches]))
    return x, y.mT.flatten(1)


def _check(specs: Sequence[TrainSpec]) -> None:
    if not specs:
        raise ValueError("arms must be at least one TrainSpec; got none")
    first = specs[0]
    for spec in specs:
        if replace(spec, **{name: getattr(first, name) for name in ARM_FIELDS}) != first:
            raise ValueError(f"arms may only differ in {', '.join(ARM_FIELDS)}; got {spec} beside {first}")
    fitted = tasks.task(first.task).fitted(first.model)
    for name in ("input_size", "output_size"):
        if getattr(fitted, name) != getattr(first.model, name):
            raise ValueError(
                f"{name} must be {getattr(fitted, name)} for {first.task.name}; got {getattr(first.model, name)}"
            )
