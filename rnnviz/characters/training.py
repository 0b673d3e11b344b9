"""Training by truncated backpropagation through time over streams of a text whose state is carried on."""

import hashlib
import json
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final, cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from rnnviz.characters import ngrams
from rnnviz.characters.alphabet import Alphabet
from rnnviz.characters.corpus import PRINTABLE, REPLACEMENT, Corpus
from rnnviz.characters.network import CharacterModel, State, pack, save, unpack
from rnnviz.characters.recipes import RECIPES, TAKEN_AT, Recipe
from rnnviz.checkpoints.storing import packed, write
from rnnviz.models import Network, build, filled
from rnnviz.parameters import parameter_count
from rnnviz.spec import ModelSpec
from rnnviz.train.loop import Descent, Event, run, unfinished

MAX_NORM: Final = 1.0
"""What gradients are clipped to."""


def untrained(recipe: Recipe, alphabet: Alphabet) -> ModelSpec:
    """The network that learns by a recipe, before it does."""
    return ModelSpec(
        recipe.cell,
        len(alphabet),
        recipe.hidden_size,
        output_size=len(alphabet),
        seed=recipe.seed,
        forget_bias=1.0 if recipe.cell == "lstm" else None,
    )


class Training:
    """A training that goes on update by update, and can be put down and taken up without a difference.

    The text to learn from is int64 of shape (time,).

    Attributes:
        network: As it is now.
        losses: Bits per character on what each update read, before it changed the weights.
        state: What the network knows of each stream.
    """

    def __init__(self, recipe: Recipe, alphabet: Alphabet, ids: np.ndarray) -> None:
        self.recipe, self.alphabet = recipe, alphabet
        self.streams = streams_of(ids, recipe.batch, recipe.length)
        self.network = build(untrained(recipe, alphabet)).train().requires_grad_()
        self.descent = Descent(self.network.named_parameters(), MAX_NORM)
        self.losses: list[float] = []
        self.state = self._zeros()

    @property
    def update(self) -> int:
        """How many there were."""
        return self.descent.made

    def step(self) -> float:
        """Make one update; return the bits per character of what it read."""
        length = self.recipe.length
        k = self.update % ((self.streams.shape[1] - 1) // length)
        if k == 0:
            self.state = self._zeros()
        piece = torch.from_numpy(self.streams[:, k * length : (k + 1) * length + 1])
        loss = self.descent.update(self._loss(piece[:, :-1], piece[:, 1:]), self.recipe.rate_at(self.update))
        self.losses.append(loss / math.log(2))
        return self.losses[-1]

    def model(self, name: str, card: Mapping[str, Any]) -> CharacterModel:
        """The network as it is now, apart from the training."""
        spec = untrained(self.recipe, self.alphabet)
        weights = {key: tensor.detach().numpy().copy() for key, tensor in self.network.state_dict().items()}
        return CharacterModel(name, spec, filled(lambda: Network(spec), weights), self.alphabet, dict(card))

    def pack(self, made_of: str, more: Mapping[str, Any]) -> bytes:
        """All that it takes to go on, with ``more``, plain data of the caller's.

        ``made_of`` says whether a training is the same: its settings and its text.
        """
        arrays = self.descent.arrays() | {f"state/{k}": part.numpy() for k, part in enumerate(self.state)}
        arrays["losses"] = np.array(self.losses)
        return packed(arrays, {"made_of": made_of, "update": self.update, "more": dict(more)})

    def unpack(self, content: bytes, made_of: str) -> dict[str, Any]:
        """Take up where ``pack`` has put down; ``more`` comes back as it was.

        Raises RefusedError if it is damaged or of another training; nothing is changed then.
        """
        with unfinished(content, made_of=made_of) as (arrays, about):
            update, more = int(about["update"]), dict(about["more"])
            if update < 1 or arrays["losses"].shape != (update,):
                raise ValueError(f"it must have a loss an update; got {update} updates")
            losses = arrays["losses"].astype(float).tolist()
            state = tuple(torch.from_numpy(arrays[f"state/{k}"].copy()) for k in range(len(self.state)))
            shape = self.state[0].shape
            if any(part.shape != shape or part.dtype != torch.float32 for part in state):
                raise ValueError(f"each state must be float32 of shape {tuple(shape)}")
            self.descent.take(arrays, update)
        self.state, self.losses = state, losses
        return more

    def _loss(self, x: Tensor, y: Tensor) -> Tensor:
        one_hot = functional.one_hot(x, len(self.alphabet)).float()
        lstm = self.recipe.cell == "lstm"
        output, state = self.network.rnn(one_hot, self.state if lstm else self.state[0])
        self.state = tuple(part.detach() for part in (state if lstm else (state,)))
        head = cast("nn.Linear", self.network.head)
        return functional.cross_entropy(head(output * self._kept(output.shape)).flatten(0, 1), y.flatten())

    def _kept(self, shape: torch.Size) -> Tensor | float:
        """What does not drop out, scaled; made anew from seed and update, so that a training can be taken up."""
        if not self.recipe.dropout:
            return 1.0
        generator = torch.Generator().manual_seed(self.recipe.seed * 2**32 + self.update)
        return (torch.rand(shape, generator=generator) >= self.recipe.dropout).float() / (1 - self.recipe.dropout)

    def _zeros(self) -> State:
        zeros = torch.zeros(1, self.recipe.batch, self.recipe.hidden_size)
        return (zeros, zeros) if self.recipe.cell == "lstm" else (zeros,)


def made_of(recipe: Recipe, alphabet: Alphabet, text: str) -> str:
    """What says that a training is the same. The recipe's updates count where the rate falls to the last of them."""
    plain = asdict(recipe)
    if recipe.falls == "for ever":
        del plain["updates"]
    return json.dumps([plain, alphabet.symbols, alphabet.replacement, hashlib.sha256(text.encode()).hexdigest()])


def streams_of(ids: np.ndarray, batch: int, length: int) -> np.ndarray:
    """A text cut into equally long streams that are read side by side: int64 of shape (time,) to (batch, time).

    Each goes on where the one above ends; what does not come out even at the end is left out. ``length`` is that of
    what an update reads. Raises ValueError if the text is too short for one update.
    """
    width = (len(ids) - 1) // batch
    if width < length:
        least = batch * length + 1
        raise ValueError(
            f"a text must have at least {least:,} characters for {batch} streams of {length}; got {len(ids):,}"
        )
    streams: np.ndarray = ids[np.arange(batch)[:, None] * width + np.arange(width + 1)]
    return streams


def bits_beside(network: Network, streams: np.ndarray, piece: int = 256) -> float:
    """The mean bits per character over streams, int64 of shape (batch, time), read side by side, each from nothing.

    The network may be in training; its weights are only read. ``piece`` is the characters that are read at a time.
    """
    total, state = 0.0, None
    head = cast("nn.Linear", network.head)
    with torch.no_grad():
        for k in range(0, streams.shape[1] - 1, piece):
            part = torch.from_numpy(streams[:, k : k + piece + 1])
            one_hot = functional.one_hot(part[:, :-1], head.out_features).float()
            output, state = network.rnn(one_hot, state)
            logits = head(output).flatten(0, 1)
            total += functional.cross_entropy(logits, part[:, 1:].flatten(), reduction="sum").item()
    return float(total / (streams.shape[0] * (streams.shape[1] - 1)) / math.log(2))


# --- The networks that ship: trained, looked at on the way, measured, and kept ---


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
