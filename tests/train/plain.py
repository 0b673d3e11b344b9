"""Training as one writes it with torch's own modules, one network after another: what ours is compared with."""

from dataclasses import replace

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from rnnviz import tasks
from rnnviz.models import Network, build
from rnnviz.spec import TrainSpec
from rnnviz.tasks import Batch, Task
from rnnviz.train.networks import Weights


class Plain:
    """One network in training.

    Attributes:
        curves: Loss, norm of the gradient before clipping and norm of the change, an update each.
    """

    def __init__(self, spec: TrainSpec, seed: int) -> None:
        self.spec = spec
        self.task: Task = tasks.task(spec.task)
        self.generator = np.random.default_rng([seed, 0])
        self.network: Network = build(replace(spec.model, seed=seed)).train().requires_grad_()
        drawn = Weights.drawn(spec.model, self.task, [seed])
        self.embedding = None
        if self.task.vocabulary:
            self.embedding = nn.Embedding.from_pretrained(drawn.named["embedding.weight"][0].clone(), freeze=False)
        self.parameters = [*(self.embedding.parameters() if self.embedding else ()), *self.network.parameters()]
        kind = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}[spec.optimizer]
        self.optimizer = kind(self.parameters, lr=spec.rate)
        self.curves: list[tuple[float, float, float]] = []

    def train(self, steps: int) -> "Plain":
        for _ in range(steps):
            self.update(self.task.draw(self.spec.batch_size, self.generator))
        return self

    def update(self, batch: Batch) -> None:
        before = [parameter.detach().clone() for parameter in self.parameters]
        loss = self.loss(self.outputs(torch.from_numpy(batch.x)), torch.from_numpy(batch.y))
        self.optimizer.zero_grad()
        loss.backward()
        norm = nn.utils.get_total_norm([parameter.grad for parameter in self.parameters])
        if self.spec.max_value is not None:
            nn.utils.clip_grad_value_(self.parameters, self.spec.max_value)
        if self.spec.max_norm is not None:
            nn.utils.clip_grad_norm_(self.parameters, self.spec.max_norm)
        self.optimizer.step()
        changes = [(new.detach() - old).norm() for new, old in zip(self.parameters, before, strict=True)]
        self.curves.append((loss.item(), norm.item(), torch.stack(changes).norm().item()))

    def outputs(self, x: Tensor) -> Tensor:
        """The read-out at the steps that are asked for, (batch, asked, output)."""
        given = self.embedding(x) if self.embedding else x
        steps, states, state = given.shape[1], [], None
        window = self.spec.window or steps
        first = [0, *sorted(range(steps - window, 0, -window))]
        for begin, end in zip(first, [*first[1:], steps], strict=True):
            h, state = self.network.rnn(given[:, begin:end], state)
            state = tuple(part.detach() for part in state) if isinstance(state, tuple) else state.detach()
            states.append(h)
        assert self.network.head is not None
        logits: Tensor = self.network.head(torch.cat(states, 1)[:, -self.task.asked :])
        return logits

    def loss(self, outputs: Tensor, y: Tensor) -> Tensor:
        if self.task.classes:
            return functional.cross_entropy(outputs.flatten(0, 1), y.flatten())
        return functional.mse_loss(outputs[..., 0], y)

    def weights(self) -> dict[str, np.ndarray]:
        """By the names that a history gives them."""
        named = {name.removeprefix("rnn."): part for name, part in self.network.named_parameters()}
        if self.embedding:
            named["embedding.weight"] = self.embedding.weight
        return {name: part.detach().numpy() for name, part in named.items()}
