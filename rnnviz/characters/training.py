"""Training by truncated backpropagation through time over streams of a text whose state is carried on."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from rnnviz.characters.alphabet import Alphabet
from rnnviz.characters.network import CharacterModel, State
from rnnviz.models import Network, build
from rnnviz.names import Cell
from rnnviz.spec import ModelSpec

_CLIP: Final = 1.0
_FLOOR: Final = 0.05
"""The part of the rate that is left at the end."""


@dataclass(frozen=True)
class Recipe:
    """How a network is trained.

    Attributes
    ----------
    cell : {"rnn", "lstm", "gru"}
    hidden_size : int
    updates : int
    rate : float
        Of Adam at the start; it falls along a cosine to a twentieth of it.
    batch : int
        Streams of the text that are read at once.
    length : int
        Characters after which the gradient is cut, and the weights change.
    seed : int
        Of the first weights; nothing else is drawn.
    """

    cell: Cell
    hidden_size: int = 256
    updates: int = 1_000
    rate: float = 2e-3
    batch: int = 64
    length: int = 100
    seed: int = 1

    def model(self, alphabet: Alphabet) -> ModelSpec:
        """The network that learns by this recipe, untrained."""
        return ModelSpec(
            self.cell,
            len(alphabet),
            self.hidden_size,
            output_size=len(alphabet),
            seed=self.seed,
            forget_bias=1.0 if self.cell == "lstm" else None,
        )


@dataclass
class Training:
    """A training that goes on update by update, and can be put down and taken up.

    Attributes
    ----------
    recipe : Recipe
    alphabet : Alphabet
    network : Network
        As it is now.
    update : int
        How many there were.
    """

    recipe: Recipe
    alphabet: Alphabet
    network: Network
    optimizer: torch.optim.Adam
    state: State
    update: int = 0
    losses: list[float] = field(default_factory=list)

    @classmethod
    def start(cls, recipe: Recipe, alphabet: Alphabet) -> "Training":
        """A training before its first update.

        Parameters
        ----------
        recipe : Recipe
        alphabet : Alphabet

        Returns
        -------
        Training
        """
        network = build(recipe.model(alphabet)).train().requires_grad_()
        optimizer = torch.optim.Adam(network.parameters(), lr=recipe.rate)
        return cls(recipe, alphabet, network, optimizer, _zeros(recipe))

    def rate(self) -> float:
        """The learning rate of the next update."""
        way = min(1.0, self.update / self.recipe.updates)
        return self.recipe.rate * (_FLOOR + (1 - _FLOOR) * (1 + math.cos(math.pi * way)) / 2)

    def step(self, streams: np.ndarray) -> float:
        """One update.

        Parameters
        ----------
        streams : int64 ndarray of shape (batch, time)
            From ``streams_of``.

        Returns
        -------
        float
            Bits per character on what was read, before the update.
        """
        length, steps = self.recipe.length, (streams.shape[1] - 1) // self.recipe.length
        k = self.update % steps
        if k == 0:
            self.state = _zeros(self.recipe)
        piece = torch.from_numpy(streams[:, k * length : (k + 1) * length + 1])
        for group in self.optimizer.param_groups:
            group["lr"] = self.rate()
        loss = self._loss(piece[:, :-1], piece[:, 1:])
        self.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.network.parameters(), _CLIP)
        self.optimizer.step()
        self.update += 1
        self.losses.append(loss.item() / math.log(2))
        return self.losses[-1]

    def _loss(self, x: Tensor, y: Tensor) -> Tensor:
        one_hot = functional.one_hot(x, len(self.alphabet)).float()
        lstm = self.recipe.cell == "lstm"
        output, state = self.network.rnn(one_hot, self.state if lstm else self.state[0])
        self.state = tuple(part.detach() for part in (state if lstm else (state,)))
        return functional.cross_entropy(cast("nn.Linear", self.network.head)(output).flatten(0, 1), y.flatten())

    def model(self, name: str, card: Mapping[str, Any]) -> CharacterModel:
        """The network as it is now, apart from the training.

        Parameters
        ----------
        name : str
        card : mapping of str to object

        Returns
        -------
        CharacterModel
        """
        spec = self.recipe.model(self.alphabet)
        network = build(spec)
        network.load_state_dict(self.network.state_dict())
        return CharacterModel(name, spec, network, self.alphabet, dict(card))


def streams_of(ids: np.ndarray, recipe: Recipe) -> np.ndarray:
    """A text cut into equally long streams that are read side by side.

    Parameters
    ----------
    ids : int64 ndarray of shape (time,)
    recipe : Recipe

    Returns
    -------
    int64 ndarray of shape (batch, time)
        Each goes on where the one above ends; what does not come out even at the end is left out.

    Raises
    ------
    ValueError
        If the text is too short for one update.
    """
    width = (len(ids) - 1) // recipe.batch
    if width < recipe.length:
        least = recipe.batch * recipe.length + 1
        raise ValueError(
            f"a text must have at least {least:,} characters for {recipe.batch} streams of "
            f"{recipe.length}; got {len(ids):,}"
        )
    starts = np.arange(recipe.batch)[:, None] * width
    streams: np.ndarray = ids[starts + np.arange(width + 1)]
    return streams


def _zeros(recipe: Recipe) -> State:
    zeros = torch.zeros(1, recipe.batch, recipe.hidden_size)
    return (zeros, zeros) if recipe.cell == "lstm" else (zeros,)
