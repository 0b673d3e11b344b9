"""From a recipe to a network that ships: trained, measured, written."""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import torch

from rnnviz.attention.files import save
from rnnviz.attention.measuring import measured
from rnnviz.attention.model import AttentionModel
from rnnviz.attention.recipes import Recipe
from rnnviz.attention.tasks import task
from rnnviz.attention.training import EVERY, Event, train


def make(recipe: Recipe, folder: Path, tell: Callable[[Event], object] = lambda _: None) -> AttentionModel:
    """Train a network, measure it, and write its files; one that is interrupted leaves none.

    What was written comes back. ``tell`` is called with an Event every hundred updates.
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
