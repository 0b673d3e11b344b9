"""A network that reads characters, with its alphabet and what was measured of it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from rnnviz.capture import capture
from rnnviz.characters.alphabet import Alphabet
from rnnviz.models import Network
from rnnviz.spec import ModelSpec
from rnnviz.trace import Trace

State = tuple[Tensor, ...]
"""h, and c of an LSTM, each of shape (layer, 1, unit): what the network knows between two characters."""

_PIECE: Final = 4_096
"""Characters that are read at a time where a text may be long."""


@dataclass(frozen=True, eq=False)
class CharacterModel:
    """A network that reads one character a step, one-hot, and says how likely each is to come next.

    Attributes:
        spec: ``input_size`` and ``output_size`` are the size of the alphabet; one direction.
        network: ``network.rnn`` is the torch module that ``rnnviz.capture`` reads, ``network.head`` the read-out.
        card: What it was trained on and what was measured of it, as plain data; empty before.

    >>> from rnnviz import characters
    >>> model = characters.load("python-lstm")
    >>> model.spec.cell, model.spec.hidden_size
    ('lstm', 256)
    >>> bits = model.bits("import os")
    >>> bits.shape
    (9,)
    >>> model.trace("import os")
    Trace(lstm; layer 1, direction 1, batch 1, time 9, unit 256; no gradients)
    """

    name: str
    spec: ModelSpec
    network: Network
    alphabet: Alphabet
    card: Mapping[str, Any]

    def __post_init__(self) -> None:
        sizes = {self.spec.input_size, self.spec.output_size, len(self.alphabet)}
        if len(sizes) > 1 or self.spec.bidirectional:
            raise ValueError(
                "a character network must read and say the characters of its alphabet, in one direction; got "
                f"{self.spec.input_size} inputs, {self.spec.output_size} outputs, {len(self.alphabet)} characters"
            )

    def one_hot(self, text: str) -> Tensor:
        """A text as the network reads it: float32 of shape (1, time, symbol)."""
        return _one_hot(self.alphabet.encode(text), len(self.alphabet))

    def begin(self) -> State:
        """What the network knows before any character: zeros."""
        zeros = torch.zeros(self.spec.num_layers, 1, self.spec.hidden_size)
        return (zeros, zeros) if self.spec.cell == "lstm" else (zeros,)

    def advance(self, state: State, symbol: int) -> tuple[State, np.ndarray]:
        """Read one more character; the state after it and the logits of the next one, float32 of shape (symbol,).

        Args:
            state: From ``begin`` or from the step before; it is not changed.
            symbol: The place of the character in the alphabet.
        """
        x = torch.zeros(1, 1, len(self.alphabet))
        x[0, 0, symbol] = 1
        output, state = self._run(x, state)
        return state, output[0, 0].numpy()

    def read(self, ids: np.ndarray, state: State | None = None) -> tuple[np.ndarray, State]:
        """Read on through a text, int64 of shape (time,) from ``alphabet.encode``; from ``begin`` by default.

        Returns:
            logits: float32 of shape (time, symbol). At each step those of the character after it.
            state: After the last character.
        """
        state = self.begin() if state is None else state
        if not len(ids):
            return np.empty((0, len(self.alphabet)), np.float32), state
        output, state = self._run(_one_hot(ids, len(self.alphabet)), state)
        return output[0].numpy(), state

    def logits(self, text: str) -> np.ndarray:
        """What the network says at every character about the one after it: float32 of shape (time, symbol)."""
        return self.read(self.alphabet.encode(text))[0]

    def bits(self, text: str) -> np.ndarray:
        """How many bits each character of a text costs whoever expects what the network expects.

        They are float64 of shape (time,): minus the base-2 logarithm of the probability that the network gave the
        character before it was read; NaN for the first, before which nothing was read.
        """
        ids, state = self.alphabet.encode(text), self.begin()
        bits = np.full(len(ids), math.nan)
        for k in range(0, len(ids) - 1, _PIECE):
            logits, state = self.read(ids[k : min(k + _PIECE, len(ids) - 1)], state)
            told = torch.from_numpy(logits).double()
            after = torch.from_numpy(ids[k + 1 : k + 1 + len(logits)])
            loss = functional.cross_entropy(told, after, reduction="none")
            bits[k + 1 : k + 1 + len(logits)] = loss.numpy() / math.log(2)
        return bits

    def trace(self, text: str) -> Trace:
        """Every state and gate of the network while it reads a text; the labels are the characters.

        Raises:
            ValueError: If the text is empty.
        """
        if not text:
            raise ValueError("a text must have at least one character to be traced; got none")
        return capture(self.network.rnn, self.one_hot(text), tokens=[list(text)])

    def _run(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        """Logits of shape (batch, time, symbol) and the state after them."""
        rnn, head = self.network.rnn, cast("nn.Linear", self.network.head)
        with torch.inference_mode():
            output, after = rnn(x, state if self.spec.cell == "lstm" else state[0])
            return head(output), after if self.spec.cell == "lstm" else (after,)


def _one_hot(ids: np.ndarray, symbols: int) -> Tensor:
    """(1, time, symbol), float32."""
    return functional.one_hot(torch.from_numpy(np.ascontiguousarray(ids)), symbols).float()[None]
