"""The lecture's networks trained on a few reviews, in a time that somebody can wait."""

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from typing import Any, Final

import numpy as np
import torch

from rnnviz.sentiment.fitting import Epoch, Fitted, Keep, fit
from rnnviz.sentiment.making import measure
from rnnviz.sentiment.model import SentimentModel, load, save
from rnnviz.sentiment.reading import random_of
from rnnviz.sentiment.recipes import RECIPES, Phase, Recipe
from rnnviz.sentiment.reviews import Part, Reviews
from rnnviz.spec import REVIEW_MAX_NORM, ReviewSpec, to_json
from rnnviz.train.loop import Event

_NOBODY: Final = Reviews((), np.empty(0, np.float32))
_CHOSEN: Final = 2
"""The purpose of random numbers, beside those of the loop."""


def train_on_few(
    spec: ReviewSpec,
    data: Mapping[Part, Reviews],
    on_step: Callable[[Event[Epoch]], bool],
    begun: bytes = b"",
    keep: Keep = lambda *_: None,
) -> SentimentModel | None:
    """Train a network of the lecture on a few reviews; None if it was stopped.

    Args:
        data: ``train``, of which some are drawn, and ``validation``, all of which are judged after each epoch.
        on_step: Gets what there is to tell after each update; False stops the training.
        begun: With what a training that was interrupted goes on, and tells its updates again; empty to begin.
        keep: Given that after each epoch, once a minute, and where the training is stopped.

    Returns:
        As its file gives it back. Its card has ``spec``, ``recipe``, ``reviews`` (how many of each part), ``losses``
            (of each update's reviews), ``history`` (an entry an epoch), ``validation`` (as ``card.measure`` has it),
            ``seconds`` and ``torch``.

    Raises ValueError if there are too few reviews, RefusedError if what was begun is damaged, or of other settings or
    reviews.
    """
    parts = some_of(spec, data)
    losses: list[float] = []

    goes_on = True

    def tell(event: Event[Epoch]) -> bool:
        nonlocal goes_on
        losses.extend(event.loss)
        goes_on = on_step(event)
        return goes_on

    fitted = fit(recipe_of(spec), parts, tell, begun=begun, keep=keep, retell=True)
    if not goes_on:
        return None
    with tempfile.TemporaryDirectory() as folder:
        save(SentimentModel(spec.network, fitted.network, fitted.vocabulary, 1.0, {}), folder)
        model = load(spec.network, folder)
    return replace(model, card={**_card(spec, parts, fitted, model), "losses": losses})


def recipe_of(spec: ReviewSpec) -> Recipe:
    """The lecture's recipe with what the settings say, a rate that falls to 0 and clipped gradients."""
    return replace(
        RECIPES[spec.network],
        phases=(Phase(spec.epochs, spec.rate, fades=True),),
        max_norm=REVIEW_MAX_NORM,
        window=spec.words,
        batch_size=spec.batch_size,
        seed=spec.seed,
    )


def some_of(spec: ReviewSpec, data: Mapping[Part, Reviews]) -> dict[Part, Reviews]:
    """The reviews that a training draws, and those it is judged by; ValueError if there are too few."""
    train = data["train"]
    if len(train) < spec.reviews or not len(data["validation"]):
        raise ValueError(
            f"there must be at least {spec.reviews:,} reviews to learn from and some for validation; got "
            f"{len(train):,} and {len(data['validation']):,}"
        )
    chosen = random_of(spec.seed, 0, _CHOSEN).permutation(len(train))[: spec.reviews]
    some = Reviews(tuple(train.texts[k] for k in chosen), train.labels[chosen])
    return {"train": some, "validation": data["validation"], "unlabelled": _NOBODY}


def _card(spec: ReviewSpec, parts: Mapping[Part, Reviews], fitted: Fitted, model: SentimentModel) -> dict[str, Any]:
    return {
        "name": spec.network,
        "spec": to_json(spec),
        "recipe": asdict(recipe_of(spec)),
        "reviews": {part: len(reviews) for part, reviews in parts.items()},
        "torch": torch.__version__,
        "seconds": fitted.seconds,
        "history": fitted.history,
        "validation": measure(model, parts["validation"]),
    }
