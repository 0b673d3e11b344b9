"""Training by truncated backpropagation through time over streams of a text whose state is carried on."""

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final, cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from rnnviz.characters.alphabet import Alphabet
from rnnviz.characters.network import CharacterModel, State
from rnnviz.characters.recipes import Recipe
from rnnviz.checkpoints.storing import packed, reading, unpacked, write
from rnnviz.models import Network, build, filled
from rnnviz.spec import ModelSpec

MAX_NORM: Final = 1.0
"""What gradients are clipped to."""

_MOMENTS: Final = ("exp_avg", "exp_avg_sq", "step")
"""What Adam remembers of each parameter."""


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
        update: How many there were.
        losses: Bits per character on what each update read, before it changed the weights.
        state: What the network knows of each stream.
    """

    def __init__(self, recipe: Recipe, alphabet: Alphabet, ids: np.ndarray) -> None:
        self.recipe, self.alphabet = recipe, alphabet
        self.streams = streams_of(ids, recipe.batch, recipe.length)
        self.network = build(untrained(recipe, alphabet)).train().requires_grad_()
        self.optimizer = torch.optim.Adam(self.network.parameters(), lr=recipe.rate)
        self.update = 0
        self.losses: list[float] = []
        self.state = self._zeros()

    def step(self) -> float:
        """Make one update; return the bits per character of what it read."""
        length = self.recipe.length
        k = self.update % ((self.streams.shape[1] - 1) // length)
        if k == 0:
            self.state = self._zeros()
        piece = torch.from_numpy(self.streams[:, k * length : (k + 1) * length + 1])
        self.optimizer.param_groups[0]["lr"] = self.recipe.rate_at(self.update)
        loss = self._loss(piece[:, :-1], piece[:, 1:])
        self.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.network.parameters(), MAX_NORM)
        self.optimizer.step()
        self.update += 1
        self.losses.append(loss.item() / math.log(2))
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
        tensors = {key: tensor.detach().numpy() for key, tensor in self.network.state_dict().items()}
        for name, parameter in self.network.named_parameters():
            for moment in _MOMENTS if parameter in self.optimizer.state else ():
                tensors[f"{moment}/{name}"] = self.optimizer.state[parameter][moment].numpy()
        tensors |= {f"state/{k}": part.numpy() for k, part in enumerate(self.state)}
        tensors["losses"] = np.array(self.losses)
        return packed(tensors, {"made_of": made_of, "update": self.update, "more": dict(more)})

    def unpack(self, content: bytes, made_of: str) -> dict[str, Any]:
        """Take up where ``pack`` has put down; ``more`` comes back as it was.

        Raises RefusedError if it is damaged or of another training; nothing is changed then.
        """
        with reading("an unfinished training"):
            tensors, about = unpacked(content)
            if about["made_of"] != made_of:
                raise ValueError("it must be of the same settings and text; it is of others")
            update, more = int(about["update"]), dict(about["more"])
            shapes = {name: parameter.shape for name, parameter in self.network.named_parameters()}
            wanted = shapes | {f"{moment}/{name}": shape for name, shape in shapes.items() for moment in _MOMENTS[:2]}
            wanted |= {f"state/{k}": part.shape for k, part in enumerate(self.state)}
            if update < 1 or tensors["losses"].shape != (update,):
                raise ValueError(f"it must have a loss an update; got {update} updates")
            for name, shape in wanted.items():
                if tensors[name].shape != tuple(shape) or tensors[name].dtype != np.float32:
                    raise ValueError(f"{name} must be float32 of shape {tuple(shape)}")
            steps = {name: float(tensors[f"step/{name}"].item()) for name in shapes}
        with torch.no_grad():
            for name, parameter in self.network.named_parameters():
                parameter.copy_(torch.from_numpy(tensors[name].copy()))
                self.optimizer.state[parameter] = {
                    "step": torch.tensor(steps[name]),
                    **{moment: torch.from_numpy(tensors[f"{moment}/{name}"].copy()) for moment in _MOMENTS[:2]},
                }
        self.state = tuple(torch.from_numpy(tensors[f"state/{k}"].copy()) for k in range(len(self.state)))
        self.update, self.losses = update, tensors["losses"].astype(float).tolist()
        return more

    def save(self, path: Path, made_of: str, more: Mapping[str, Any]) -> Path:
        """Write what ``pack`` gives, as a whole or not at all."""
        return write(path, self.pack(made_of, more))

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
