"""Many networks of the same sizes as one: their weights side by side, and one pass through all of them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from rnnviz.checkpoints import EMBEDDING
from rnnviz.models import build
from rnnviz.parameters import parameter_table
from rnnviz.spec import ModelSpec
from rnnviz.tasks import Task
from rnnviz.train.layers import LAYERS, Cuts


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
            d_input = self.layers[k].backward(self.inputs[k], weights.of_layer(k), grads.of_layer(k), self.cuts)
            if k:
                self.layers[k - 1].dh.copy_(d_input.view_as(self.layers[k - 1].dh))
        if self.task.vocabulary:
            torch.bmm(self.read.flatten(1, 2).mT, d_input, out=grads.named[EMBEDDING])

    def _asked(self, states: Tensor) -> Tensor:
        """The last steps as rows, (run, asked * batch, unit)."""
        return states[:, -self.task.asked :].flatten(1, 2)
