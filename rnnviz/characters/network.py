"""A network that reads characters, its alphabet and what was measured of it; its file, and its fingerprint."""

import hashlib
import math
import os
import reprlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from rnnviz.capture import capture
from rnnviz.characters.alphabet import Alphabet
from rnnviz.characters.recipes import SHIPPED_NAMES
from rnnviz.checkpoints import SHIPPED
from rnnviz.checkpoints.storing import FORMAT, content_of, packed, reading, remembered, unpacked, unpacked_format, write
from rnnviz.models import Network, filled
from rnnviz.spec import ModelSpec, from_json, to_json
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


def fingerprint(model: CharacterModel) -> str:
    """The numbers and the alphabet of a network in 16 hexadecimal digits."""
    digest = hashlib.sha256(f"{model.spec.cell} {model.alphabet!r}".encode())
    for name, tensor in sorted(model.network.state_dict().items()):
        digest.update(f"{name} {tuple(tensor.shape)}".encode())
        digest.update(np.ascontiguousarray(tensor.numpy()).tobytes())
    return digest.hexdigest()[:16]


# --- Files: numbers, alphabet and card in one ---

FOLDER: Final = SHIPPED / "characters"

LARGEST: Final = 3 * 2**20
"""The most bytes of a file that is read."""

_NOTE: Final = "characters"


def load(name: str, folder: str | os.PathLike[str] = FOLDER) -> CharacterModel:
    """A trained network that ships, one of ``SHIPPED_NAMES``; nothing in its file is ever executed.

    ``python-lstm@early`` is ``python-lstm`` early in its training. It is in eval mode and without gradients on its
    parameters: it may be shared.

    Raises:
        ValueError: If there is none of that name, or its file is damaged.

    >>> from rnnviz import characters
    >>> characters.load("shakespeare-rnn").spec.cell
    'rnn'
    """
    with reading(f"the character network {name} in {folder}"):
        model = unpack(_content(name, folder))
        if model.name != name:
            raise ValueError(f"its name must be {name}; got {model.name!r:.80}")
    return model


def card(name: str, folder: str | os.PathLike[str] = FOLDER) -> Mapping[str, Any]:
    """What was measured of a network, one of ``SHIPPED_NAMES``, without the network.

    Raises:
        ValueError: If there is none of that name, or its file is damaged.

    >>> from rnnviz import characters
    >>> card = characters.card("python-lstm")
    >>> card["parameters"], round(card["test"], 2)
    (387168, 1.51)
    """
    with reading(f"the character network {name} in {folder}"):
        about = unpacked(_content(name, folder), _NOTE)[1].get("card")
        if not isinstance(about, dict):
            raise ValueError(f"its card must be an object; got {reprlib.repr(about)}")  # noqa: TRY004 - data from outside
    return about


def save(model: CharacterModel, folder: str | os.PathLike[str]) -> Path:
    """Write ``<name>.safetensors``, replaced as a whole, into a folder made if missing; equal ones give equal bytes."""
    return write(Path(folder) / f"{model.name}.safetensors", pack(model))


def pack(model: CharacterModel) -> bytes:
    """The content of a network's file, its numbers in half precision."""
    tensors = {key: tensor.detach().numpy().astype(np.float16) for key, tensor in model.network.state_dict().items()}
    about = {
        "format": FORMAT,
        "name": model.name,
        "model": to_json(model.spec),
        "symbols": model.alphabet.symbols,
        "replacement": model.alphabet.replacement,
        "card": dict(model.card),
    }
    return packed(tensors, about, _NOTE)


def unpack(content: bytes) -> CharacterModel:
    """The network of a file's content, whoever wrote it; ValueError if it is nothing of the kind."""
    with reading("a character network"):
        if len(content) > LARGEST:
            raise ValueError(f"it must have at most {LARGEST:,} bytes; got {len(content):,}")
        tensors, about = unpacked_format(content, _NOTE)
        spec = from_json(ModelSpec, about["model"])
        alphabet = Alphabet(about["symbols"], about["replacement"])
        network = filled(lambda: Network(spec), tensors)
        return CharacterModel(str(about["name"]), spec, network, alphabet, dict(about["card"]))


def _content(name: str, folder: str | os.PathLike[str]) -> bytes:
    if name not in SHIPPED_NAMES:
        raise ValueError(f"a character network must be one of {', '.join(SHIPPED_NAMES)}; got {name!r:.80}")
    return _read(Path(folder) / f"{name}.safetensors")


@remembered(4)
def _read(path: Path) -> bytes:
    """The bytes of a file, kept: its card and its network are often wanted one after the other."""
    return content_of(path, LARGEST)
