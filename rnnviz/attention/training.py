"""From a recipe to a network that ships: trained, measured, written.

The same recipe gives the same network, bit for bit, on one machine.
"""

import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from itertools import accumulate, pairwise
from operator import mul
from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch.nn import functional

from rnnviz.attention.files import save
from rnnviz.attention.measuring import measured
from rnnviz.attention.model import AttentionModel
from rnnviz.attention.network import AttentionNetwork, started
from rnnviz.attention.recipes import NetworkSpec, Recipe
from rnnviz.attention.tasks import task
from rnnviz.train.descent import Descent
from rnnviz.train.loop import Event, run

EVERY: Final = 100
"""Updates of which the mean loss is kept."""

Tell = Callable[[Event[None]], object]
"""Gets an event every hundred updates and after the last; its loss is the mean cross entropy of a symbol, in nats."""


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


def train(recipe: Recipe, tell: Tell | None = None) -> Trained:
    """Train a network by teacher forcing: each symbol from the source and the right symbols before it."""
    network = started(spec_of(recipe), recipe.seed)
    descent, rates = Descent(network.named_parameters(), recipe.max_norm), _rates(recipe)
    batches = task(recipe.task).batches(recipe.batch_size, np.random.default_rng([recipe.seed, 0]))
    history, losses, begun = list[float](), list[float](), time.process_time()

    def update(step: int) -> Event[None] | None:
        pairs = next(batches)
        x, y = (torch.from_numpy(np.ascontiguousarray(array)) for array in (pairs.x, pairs.y))
        losses.append(descent.update(functional.cross_entropy(network(x, y).flatten(0, 1), y.flatten()), rates[step]))
        if descent.made % EVERY and descent.made < recipe.steps:
            return None
        history.append(float(np.mean(losses)))
        losses.clear()
        return Event(descent.made, recipe.steps, (history[-1],), None)

    run(range(recipe.steps), update, tell)
    return Trained(network.requires_grad_(requires_grad=False).eval(), history, time.process_time() - begun)


def make(recipe: Recipe, folder: Path, tell: Tell | None = None) -> AttentionModel:
    """Train a network, measure it, and write its files; one that is interrupted leaves none.

    What was written comes back.
    """
    trained, learned = train(recipe, tell), task(recipe.task)
    card = {
        "name": recipe.name,
        "recipe": asdict(recipe),
        "parameters": sum(parameter.numel() for parameter in trained.network.parameters()),
        "seconds": round(trained.seconds, 1),
        "torch": torch.__version__,
        "learned": learned.learned,
        **measured(trained.network, learned),
        "history": {"every": EVERY, "loss": [float(f"{loss:.4g}") for loss in trained.history]},
    }
    model = AttentionModel(recipe.name, trained.network, learned, card)
    save(model, folder)
    return model


def _rates(recipe: Recipe) -> list[float]:
    """The learning rate of each update, from product to product as torch's CosineAnnealingLR computes it."""
    heights = [1 + math.cos(math.pi * k / recipe.steps) for k in range(recipe.steps)]
    factors = (after / before for before, after in pairwise(heights))
    return list(accumulate(factors, mul, initial=recipe.rate))
