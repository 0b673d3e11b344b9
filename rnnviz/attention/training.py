"""From a recipe to a trained network: the same recipe gives the same network, bit for bit, on one machine."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from torch.nn import functional

from rnnviz.attention.network import AttentionNetwork, started
from rnnviz.attention.recipes import NetworkSpec, Recipe
from rnnviz.attention.tasks import task

EVERY: Final = 100
"""Updates of which the mean loss is kept."""


@dataclass(frozen=True)
class Event:
    """What there is to tell after a hundred updates; ``step`` of ``steps`` are made.

    ``loss`` is the mean cross entropy of a symbol since the last event, in nats.
    """

    step: int
    steps: int
    loss: float


@dataclass(frozen=True, eq=False)
class Trained:
    """A network, in eval mode and without gradients on its parameters, and how it was trained.

    Attributes:
        history: The mean loss of every hundred updates, in nats a symbol.
        seconds: Of one processor.
    """

    network: AttentionNetwork
    history: list[float]
    seconds: float


def spec_of(recipe: Recipe) -> NetworkSpec:
    """The sizes of the network that a recipe trains."""
    learned = task(recipe.task)
    return NetworkSpec(
        recipe.score,
        len(learned.read),
        len(learned.said),
        recipe.embedding,
        recipe.hidden,
        bidirectional=recipe.bidirectional,
    )


def train(recipe: Recipe, tell: Callable[[Event], object] = lambda _: None) -> Trained:
    """Train a network by teacher forcing: each symbol from the source and the right symbols before it.

    ``tell`` is called with an Event every hundred updates and after the last.
    """
    network = started(spec_of(recipe), recipe.seed)
    optimizer = torch.optim.Adam(network.parameters(), recipe.rate)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, recipe.steps)
    batches = task(recipe.task).batches(recipe.batch_size, np.random.default_rng([recipe.seed, 0]))
    history, losses, begun = list[float](), list[float](), time.process_time()
    for step in range(1, recipe.steps + 1):
        pairs = next(batches)
        x, y = (torch.from_numpy(np.ascontiguousarray(array)) for array in (pairs.x, pairs.y))
        loss = functional.cross_entropy(network(x, y).flatten(0, 1), y.flatten())
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(network.parameters(), recipe.max_norm)
        optimizer.step()
        schedule.step()
        losses.append(loss.item())
        if step % EVERY == 0 or step == recipe.steps:
            history.append(float(np.mean(losses)))
            losses.clear()
            tell(Event(step, recipe.steps, history[-1]))
    return Trained(network.requires_grad_(requires_grad=False).eval(), history, time.process_time() - begun)
