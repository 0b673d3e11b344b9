"""From reviews to a model that ships: trained, calibrated, rounded, measured."""

import time
from collections.abc import Mapping
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any, Final

from rnnviz.checkpoints.storing import RefusedError, write
from rnnviz.sentiment.bag import fit_bag
from rnnviz.sentiment.calibration import temperature
from rnnviz.sentiment.card import card_of
from rnnviz.sentiment.fitting import Tell, fit
from rnnviz.sentiment.model import SentimentModel, load, save
from rnnviz.sentiment.network import logits_of
from rnnviz.sentiment.process_group import ProcessGroup
from rnnviz.sentiment.reading import vocabulary_of
from rnnviz.sentiment.recipes import BAG, BAG_PENALTY, BAG_WORDS, Recipe
from rnnviz.sentiment.reviews import Part, Reviews

UNFINISHED: Final = ".unfinished"
"""The ending of the file that an interrupted training leaves beside those it was to make."""


def make(
    recipe: Recipe, data: Mapping[Part, Reviews], folder: Path, tell: Tell, process_group: ProcessGroup
) -> SentimentModel | None:
    """Train a network, or go on with it, and write its files; what was written, with its card, comes back.

    Where another process writes, None comes back: the one of the process group that leads writes. Raises ValueError if
    an unfinished training in the folder is another one, or reviews are missing.
    """
    unfinished = folder / f"{recipe.name}{UNFINISHED}"
    begun = unfinished.read_bytes() if process_group.leads and unfinished.is_file() else b""
    try:
        fitted = fit(recipe, data, tell, begun=begun, keep=partial(write, unfinished), process_group=process_group)
    except RefusedError as error:
        raise ValueError(f"{error}: delete {unfinished} to begin anew") from error
    if not process_group.leads:
        return None
    warmth = 1.0
    if recipe.is_calibrated:
        validation = data["validation"]
        warmth = temperature(logits_of(fitted.network, fitted.vocabulary.encode(validation.texts)), validation.labels)
    model = SentimentModel(recipe.name, fitted.network, fitted.vocabulary, warmth, {})
    made = _measured(model, data, folder, asdict(recipe), {"seconds": fitted.seconds, "history": fitted.history})
    unfinished.unlink(missing_ok=True)
    return made


def make_bag(data: Mapping[Part, Reviews], folder: Path) -> SentimentModel:
    """Train the bag of words and write its files, in seconds; what was written, with its card, comes back."""
    train, validation = data["train"], data["validation"]
    begun = time.process_time()
    vocabulary = vocabulary_of(train.texts, BAG_WORDS, has_marks=True)
    bag = fit_bag(vocabulary.encode(train.texts), train.labels, 1, BAG_PENALTY)
    warmth = temperature(bag.logits(vocabulary.encode(validation.texts)), validation.labels)
    model = SentimentModel(BAG, bag, vocabulary, warmth, {})
    recipe = {"name": BAG, "words": BAG_WORDS, "penalty": BAG_PENALTY, "has_marks": True}
    return _measured(model, data, folder, recipe, {"seconds": time.process_time() - begun, "history": []})


def _measured(
    model: SentimentModel,
    data: Mapping[Part, Reviews],
    folder: Path,
    recipe: Mapping[str, Any],
    told: Mapping[str, Any],
) -> SentimentModel:
    """A model as its file gives it back: its card is about that one."""
    save(model, folder)
    kept = load(model.name, folder)
    kept = replace(kept, card=card_of(kept, data, recipe, told))
    save(kept, folder)
    return kept
