"""Many networks of the same sizes as one: weights side by side, a pass through all, an update."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np
import torch
from torch import Tensor

from rnnviz.checkpoints import EMBEDDING
from rnnviz.models import build
from rnnviz.parameters import parameter_table
from rnnviz.spec import ModelSpec, TrainSpec
from rnnviz.tasks import Task
from rnnviz.train.layers import LAYERS, Cuts

# --- Clipping and the optimizers' rules, each network a row ---


BETAS: Final = (0.9, 0.999)
EPS: Final = 1e-8


class Updates:
    """One step of descent for every row, by its own settings.

    Source: torch.nn.utils.clip_grad_value_ and clip_grad_norm_ and torch.optim.SGD and Adam, whose arithmetic this is.
    """

    def __init__(self, specs: Sequence[TrainSpec], parameters: int) -> None:
        self.specs = tuple(specs)
        self.rates = _column(spec.rate for spec in specs)
        self.max_norms = _limits(spec.max_norm for spec in specs)
        self.max_values = _limits(spec.max_value for spec in specs)
        self.adam = [k for k, spec in enumerate(specs) if spec.optimizer == "adam"]
        self.mean = torch.zeros(len(self.adam), parameters)
        self.square = torch.zeros(len(self.adam), parameters)
        self.made = 0

    def of(self, rows: Sequence[int]) -> "Updates":
        """The same for some of the rows, with what they remember."""
        kept = Updates([self.specs[row] for row in rows], self.mean.shape[1])
        remembered = [self.adam.index(row) for row in rows if row in self.adam]
        kept.mean, kept.square, kept.made = self.mean[remembered], self.square[remembered], self.made
        return kept

    def apply(self, grads: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
        """Clip the gradients and move the weights, both of shape (run, parameter), in place.

        Return the norm of the gradient before clipping, and that of the change of the weights, each of shape (run,).
        """
        norms = torch.linalg.vector_norm(grads, dim=1)
        self._clip(grads, norms)
        self.made += 1  # one count for all rows, since every row that is left has made every update so far
        change = grads * self.rates  # plain descent; Adam's rows are replaced
        if self.adam:
            change[self.adam] = self._adam(grads[self.adam]) * self.rates[self.adam]
        weights -= change
        return norms, torch.linalg.vector_norm(change, dim=1)

    def _clip(self, grads: Tensor, norms: Tensor) -> None:
        if self.max_values is not None:
            grads.clamp_(-self.max_values, self.max_values)
            norms = torch.linalg.vector_norm(grads, dim=1)  # values are clipped first, so the norm is of what is left
        if self.max_norms is not None:
            factor = (self.max_norms / (norms[:, None] + 1e-6)).clamp(max=1)
            # Without a limit the factor is 1 by rule: infinity over an infinite norm would be NaN.
            grads *= torch.where(self.max_norms < math.inf, factor, 1)

    def _adam(self, grads: Tensor) -> Tensor:
        """The direction that torch.optim.Adam takes, before the rate."""
        self.mean.lerp_(grads, 1 - BETAS[0])  # m + (1 - β1) (g - m) = β1 m + (1 - β1) g
        self.square.mul_(BETAS[1]).addcmul_(grads, grads, value=1 - BETAS[1])  # β2 v + (1 - β2) g²
        # Both began at 0, so each is divided by 1 - β^t: m / (1 - β1^t) over √(v / (1 - β2^t)) + ε.
        width = self.square.sqrt().div_(math.sqrt(1 - BETAS[1] ** self.made)).add_(EPS)
        return self.mean / width.mul_(1 - BETAS[0] ** self.made)


def _column(values: Iterable[float]) -> Tensor:
    return torch.tensor(list(values), dtype=torch.float32)[:, None]


def _limits(values: Iterable[float | None]) -> Tensor | None:
    """A column with infinity for None; None where there is no limit at all."""
    limits = [math.inf if value is None else value for value in values]
    return None if min(limits) == math.inf else _column(limits)


# --- Weights and passes ---


class Weights:
    """The parameters of many networks, or one number for each of them.

    Attributes:
        flat: Of shape (run, parameter).
        named: Views of ``flat``, each of shape (run, …), by torch's names; ``embedding.weight`` where tokens are read.
    """

    def __init__(self, flat: Tensor, shapes: Mapping[str, tuple[int, ...]]) -> None:
        counts = [int(np.prod(shape)) for shape in shapes.values()]
        pieces = torch.split(flat, counts, 1)
        self.flat = flat
        self.shapes = shapes
        self.named = {name: piece.view(-1, *shape) for (name, shape), piece in zip(shapes.items(), pieces, strict=True)}

    @classmethod
    def drawn(cls, model: ModelSpec, task: Task, seeds: Sequence[int]) -> "Weights":
        """What ``models.build`` draws for every seed, and an embedding from N(0, 1) where tokens are read."""
        shapes = shapes_of(model, task)
        flat = torch.stack([torch.cat([part.flatten() for part in _drawn(model, task, seed)]) for seed in seeds])
        return cls(flat, shapes)

    def like(self) -> "Weights":
        """Zeros of the same shapes."""
        return Weights(torch.zeros_like(self.flat), self.shapes)

    def of(self, runs: Sequence[int]) -> "Weights":
        """A copy of some of the networks."""
        return Weights(self.flat[list(runs)], self.shapes)

    def of_run(self, run: int) -> dict[str, Tensor]:
        """Those of one network, by torch's names."""
        return {name: part[run] for name, part in self.named.items()}

    def of_layer(self, layer: int) -> dict[str, Tensor]:
        """Those of one layer, by their names without it."""
        ending = f"_l{layer}"
        return {name.removesuffix(ending): part for name, part in self.named.items() if name.endswith(ending)}


def shapes_of(model: ModelSpec, task: Task) -> dict[str, tuple[int, ...]]:
    """The shape of every parameter of a network for a task."""
    shapes = {EMBEDDING: (len(task.vocabulary), model.input_size)} if task.vocabulary else {}
    return shapes | {row.name: row.shape for row in parameter_table(model)}


def _drawn(model: ModelSpec, task: Task, seed: int) -> list[Tensor]:
    parts: list[Tensor] = list(build(replace(model, seed=seed)).parameters())
    if not task.vocabulary:
        return parts
    rows = np.random.default_rng([seed, 1]).standard_normal((len(task.vocabulary), model.input_size), np.float32)
    return [torch.from_numpy(rows), *parts]


class Passes:
    """Forward and backward through many networks, each on a batch of its own.

    Attributes:
        layers: They hold what the last pass left.
        outputs: Of shape (run, asked * batch, output). Of the read-out at the last steps, time by time.
    """

    def __init__(self, model: ModelSpec, task: Task, runs: int, batch: int, window: int | None = None) -> None:
        self.task = task
        self.sizes = (runs, task.steps, batch)
        self.layers = [LAYERS[model.cell](runs, task.steps, batch, model) for _ in range(model.num_layers)]
        self.cuts: Cuts = frozenset(range(task.steps - window, 0, -window) if window else ())
        width = len(task.vocabulary) or task.features
        self.read = torch.zeros(runs, task.steps, batch, width)  # numbers, or tokens as one-hot rows
        self.outputs = torch.zeros(runs, task.asked * batch, task.outputs)

    def forward(self, x: Tensor, weights: Weights) -> Tensor:
        """The outputs for an input of shape (run, batch, time) of tokens, or (run, batch, time, feature)."""
        if self.task.vocabulary:
            self.read.zero_().scatter_(-1, x.mT[..., None], 1.0)
        else:
            self.read.copy_(x.transpose(1, 2))
        below = self.read.flatten(1, 2)
        self.inputs = []
        if self.task.vocabulary:
            below = torch.bmm(below, weights.named[EMBEDDING])
        for k, layer in enumerate(self.layers):
            self.inputs.append(below)
            layer.forward(below, weights.of_layer(k))
            below = layer.h.flatten(1, 2)
        torch.baddbmm(
            weights.named["head.bias"][:, None], self._asked(self.layers[-1].h), weights.named["head.weight"].mT,
            out=self.outputs,
        )  # fmt: skip
        return self.outputs

    def backward(self, d_outputs: Tensor, weights: Weights, grads: Weights) -> None:
        """Put the gradients of all weights into ``grads``, from those of the outputs."""
        top = self.layers[-1]
        torch.bmm(d_outputs.mT, self._asked(top.h), out=grads.named["head.weight"])
        torch.sum(d_outputs, 1, out=grads.named["head.bias"])
        top.dh[:, : -self.task.asked] = 0
        torch.bmm(d_outputs, weights.named["head.weight"], out=self._asked(top.dh))
        for k in reversed(range(len(self.layers))):
            layer, own = self.layers[k], weights.of_layer(k)
            layer.backward(self.inputs[k], own, grads.of_layer(k), self.cuts)
            if k:
                below = self.layers[k - 1]
                below.dh.copy_(layer.d_input(own).view_as(below.dh))
            elif self.task.vocabulary:
                torch.bmm(self.read.flatten(1, 2).mT, layer.d_input(own), out=grads.named[EMBEDDING])

    def _asked(self, states: Tensor) -> Tensor:
        """The last steps as rows, (run, asked * batch, unit)."""
        return states[:, -self.task.asked :].flatten(1, 2)
