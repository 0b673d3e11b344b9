"""Character networks as files: numbers, alphabet and card in one."""

import os
import reprlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

from rnnviz.characters.alphabet import Alphabet
from rnnviz.characters.network import CharacterModel
from rnnviz.characters.recipes import SHIPPED_NAMES
from rnnviz.checkpoints import SHIPPED
from rnnviz.checkpoints.storing import FORMAT, content_of, packed, reading, remembered, unpacked, unpacked_format, write
from rnnviz.models import Network, filled
from rnnviz.spec import ModelSpec, from_json, to_json

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
