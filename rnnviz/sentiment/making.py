"""From reviews to a model that ships: trained, calibrated, rounded, measured."""

import time
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch

from rnnviz.checkpoints.storing import RefusedError, write
from rnnviz.sentiment.bag import fit_bag
from rnnviz.sentiment.calibration import calibration_error, reliability, temperature
from rnnviz.sentiment.fitting import Tell, fit
from rnnviz.sentiment.model import SentimentModel, load, save
from rnnviz.sentiment.network import logits_of
from rnnviz.sentiment.phrases import CASES
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
        fitted = fit(
            recipe,
            data,
            tell,
            begun=begun,
            keep=lambda _, content: write(unfinished, content),
            process_group=process_group,
        )
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


# --- What is measured: how often a model is right, how sure it is, whether it is as right as it is sure ---


LENGTHS: Final = (0, 100, 200, 400, 800)
"""Where the groups of reviews by their tokens begin."""

DATA: Final = (
    "Large Movie Review Dataset v1.0; Maas, Daly, Pham, Huang, Ng, Potts (2011), Learning Word Vectors for Sentiment "
    "Analysis, ACL-HLT, pages 142 to 150. Validation: all reviews of one movie in ten of the training part. Test: "
    "without the texts that also stand in the training part; measured once."
)


def card_of(
    model: SentimentModel, data: Mapping[Part, Reviews], made_of: Mapping[str, Any], told: Mapping[str, Any]
) -> dict[str, Any]:
    """A model's card.

    Args:
        model: As it ships, rounded to half precision.
        made_of: Its recipe.
        told: What the training has to tell: ``seconds`` and ``history``.

    Returns:
        Plain data: ``data``, ``reviews`` (how many of each part), ``recipe``, ``torch``, ``seconds``, ``history``,
            ``temperature``, ``validation``, ``test`` (as ``measure`` has them), ``cases`` (as ``cases_of`` has them).
    """
    return {
        "name": model.name,
        "data": DATA,
        "reviews": {part: len(reviews) for part, reviews in data.items()},
        "recipe": dict(made_of),
        "torch": torch.__version__,
        **told,
        "temperature": _said(model.temperature),
        "validation": measure(model, data["validation"]),
        "test": measure(model, data["test"]),
        "cases": cases_of(model),
    }


def cases_of(model: SentimentModel) -> list[dict[str, Any]]:
    """For each of ``CASES``: ``text``, ``is_positive``, ``kind``; ``predicted``, the model's probability of praise."""
    predicted = model.predict([case.text for case in CASES])
    return [{**case._asdict(), "predicted": _said(one)} for case, one in zip(CASES, predicted, strict=True)]


def measure(model: SentimentModel, reviews: Reviews) -> dict[str, Any]:
    """How a model does on labelled reviews.

    Returns:
        ``reviews``, ``accuracy``, ``loss`` (nats), ``calibration_error``; ``confusion``, rows by the label and columns
            by the judgement, blame before praise; ``lengths``: ``tokens`` from which a group begins, its ``reviews``,
            ``accuracy``; ``reliability``: texts, mean probability and share of praise of each bin.
    """
    predicted = np.nan_to_num(model.predict(reviews.texts), nan=0.5)
    labels, is_positive = reviews.labels, reviews.labels > 0.5
    right = (predicted > 0.5) == is_positive
    tokens = model.vocabulary.encode(reviews.texts).lengths
    groups = np.searchsorted(LENGTHS, tokens, side="right") - 1
    surest = np.clip(predicted, 1e-12, 1 - 1e-12)
    return {
        "reviews": len(reviews),
        "accuracy": _said(right.mean()),
        "loss": _said(-np.mean(np.log(np.where(is_positive, surest, 1 - surest)))),
        "calibration_error": _said(calibration_error(predicted, labels)),
        "confusion": [
            [int(np.sum((is_positive == row) & ((predicted > 0.5) == column))) for column in (0, 1)] for row in (0, 1)
        ],
        "lengths": [
            {"tokens": begin, "reviews": int(np.sum(groups == k)), "accuracy": _said(right[groups == k].mean())}
            for k, begin in enumerate(LENGTHS)
            if np.any(groups == k)
        ],
        "reliability": [[_said(number) for number in row] for row in reliability(predicted, labels)],
    }


def _said(number: float) -> float | None:
    """Five digits, which is more than the reviews can tell apart; None for what is not a number."""
    return float(f"{number:.5g}") if np.isfinite(number) else None
