"""The networks that ship, from their texts: trained, looked at on the way, measured, and kept."""

import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch

from rnnviz.characters import ngrams
from rnnviz.characters.alphabet import Alphabet
from rnnviz.characters.corpus import PRINTABLE, REPLACEMENT, Corpus
from rnnviz.characters.network import CharacterModel, pack, save, unpack
from rnnviz.characters.recipes import RECIPES, TAKEN_AT, Recipe
from rnnviz.characters.training import Training, bits_beside, made_of, streams_of, untrained
from rnnviz.checkpoints.storing import write
from rnnviz.parameters import parameter_count
from rnnviz.train.loop import Event, run

LOOK_EVERY: Final = 200
"""Updates from one look at the validation text to the next."""

_LOOKED_AT: Final = (20, 5_000)
"""Streams and characters of the validation text that a look reads; the card measures on all of it."""

_SAVED_EVERY: Final = 60.0
"""Seconds."""

_DIGITS: Final = 4


def make(name: str, corpus: Corpus, folder: Path, tell: Callable[[Event[float]], object]) -> CharacterModel:
    """Train a network that ships, one of ``NAMES``, as its file gives it back; go on with one that was interrupted.

    Args:
        folder: Gets the network, its snapshots and what is unfinished.
        tell: Gets an event at every look at the validation text. Both numbers are bits per character: the loss, the
            mean of the updates since the look before; and what was measured, of a stretch of the validation text.
    """
    recipe, alphabet = RECIPES[name], alphabet_of(corpus)
    training = Training(recipe, alphabet, alphabet.encode(corpus.train))
    unfinished, same = folder / f"{name}.unfinished", made_of(recipe, alphabet, corpus.train)
    curve: dict[str, list[float]] = {"update": [], "train": [], "validation": []}
    seconds = 0.0
    if unfinished.is_file():
        told = training.unpack(unfinished.read_bytes(), same)
        seconds, curve = told["seconds"], told["curve"]
    held_back = streams_of(alphabet.encode(corpus.validation)[: _LOOKED_AT[0] * _LOOKED_AT[1]], _LOOKED_AT[0], 1)
    began = time.process_time() - seconds

    def snapshots() -> None:
        for taken, at in TAKEN_AT.items():
            if taken.startswith(f"{name}@") and at == training.update:
                save(_snapshot(training, taken, corpus), folder)

    def update(_: int) -> Event[float] | None:
        training.step()
        snapshots()
        if training.update % LOOK_EVERY and training.update < recipe.updates:
            return None
        train, validation = _look(training, held_back)
        for key, number in (("update", training.update), ("train", train), ("validation", validation)):
            curve[key].append(number)
        return Event(training.update, recipe.updates, (train,), validation)

    def keep() -> None:
        write(unfinished, training.pack(same, {"seconds": time.process_time() - began, "curve": curve}))

    snapshots()
    run(range(training.update, recipe.updates), update, tell, keep, _SAVED_EVERY)
    seconds = round(time.process_time() - began, 1)
    more = {"seconds": seconds, "curve": curve, "ngrams": baseline(corpus, alphabet)}
    model = _measured(training.model(name, _card(name, recipe, alphabet, corpus) | more), corpus)
    save(model, folder)
    unfinished.unlink(missing_ok=True)
    return model


def alphabet_of(corpus: Corpus) -> Alphabet:
    """The characters that a network for a text knows: all that source may have, or those of the text."""
    if set(corpus.train) <= set(PRINTABLE) and "{" in corpus.train:
        return Alphabet(PRINTABLE, REPLACEMENT)
    return Alphabet.of(corpus.train)


def baseline(corpus: Corpus, alphabet: Alphabet) -> dict[str, Any]:
    """What n-grams of the same text come to.

    It is ``order``, the best on the validation text; ``validation`` and ``test``, the bits per character by order.
    """
    counted = ngrams.count(alphabet.encode(corpus.train), len(alphabet), ngrams.LARGEST)
    validation = counted.bits(alphabet.encode(corpus.validation))
    return {
        "order": int(validation.argmin()) + 1,
        "validation": [round(float(bits), _DIGITS) for bits in validation],
        "test": [round(float(bits), _DIGITS) for bits in counted.bits(alphabet.encode(corpus.test))],
    }


def _look(training: Training, held_back: np.ndarray) -> tuple[float, float]:
    """Bits per character: the mean of the updates since the look before, and of a stretch of the validation text."""
    since = training.losses[-((training.update - 1) % LOOK_EVERY + 1) :]
    return round(sum(since) / len(since), _DIGITS), round(bits_beside(training.network, held_back), _DIGITS)


def _snapshot(training: Training, name: str, corpus: Corpus) -> CharacterModel:
    card = _card(name, training.recipe, training.alphabet, corpus) | {"update": training.update}
    return _measured(training.model(name, card), corpus)


def _card(name: str, recipe: Recipe, alphabet: Alphabet, corpus: Corpus) -> dict[str, Any]:
    return {
        "name": name,
        "data": corpus.said,
        "characters": {part: len(getattr(corpus, part)) for part in ("train", "validation", "test")},
        "recipe": asdict(recipe),
        "parameters": parameter_count(untrained(recipe, alphabet)),
        "torch": torch.__version__,
    }


def _measured(model: CharacterModel, corpus: Corpus) -> CharacterModel:
    """As its file gives it back, its card with the bits per character of all held-out text."""
    shipped = unpack(pack(model))
    measured: dict[str, Any] = {
        part: round(float(shipped.bits(getattr(corpus, part))[1:].mean()), _DIGITS) for part in ("validation", "test")
    }
    return CharacterModel(model.name, shipped.spec, shipped.network, shipped.alphabet, {**model.card, **measured})
