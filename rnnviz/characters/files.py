"""Character networks as files: numbers, alphabet and card in one."""

import os
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch

from rnnviz.characters.alphabet import Alphabet
from rnnviz.characters.network import CharacterModel
from rnnviz.characters.recipes import SHIPPED_NAMES
from rnnviz.checkpoints import SHIPPED
from rnnviz.checkpoints.storing import packed, unpacked, write
from rnnviz.models import Network
from rnnviz.spec import ModelSpec, from_json, to_json

FOLDER: Final = SHIPPED / "characters"

LARGEST: Final = 3 * 2**20
"""The most bytes of a file that is read."""

_FORMAT: Final = 1
_NOTE: Final = "characters"


def load(name: str, folder: str | os.PathLike[str] = FOLDER) -> CharacterModel:
    """A trained network that ships; nothing in its file is ever executed.

    Parameters
    ----------
    name : str
        One of ``SHIPPED_NAMES``: ``python-lstm``, or ``python-lstm@early`` for it as it was early in its training.
    folder : path, default assets/models/characters

    Returns
    -------
    CharacterModel
        In eval mode and without gradients on its parameters: it may be shared.

    Raises
    ------
    ValueError
        If there is none of that name, or its file is damaged.
    """
    content = _content(name, folder)
    try:
        model = unpack(content)
        if model.name != name:
            raise ValueError(f"its name must be {name}; got {model.name!r:.80}")  # noqa: TRY301 - told below
    except ValueError as error:
        raise ValueError(f"expected the character network {name} in {folder}; {error}") from error
    return model


def card(name: str, folder: str | os.PathLike[str] = FOLDER) -> Mapping[str, Any]:
    """What was measured of a network, without the network.

    Parameters
    ----------
    name : str
        One of ``SHIPPED_NAMES``.
    folder : path, default assets/models/characters

    Returns
    -------
    mapping of str to object

    Raises
    ------
    ValueError
        If there is none of that name, or its file is damaged.
    """
    about = unpacked(_content(name, folder), _NOTE)[1].get("card")
    if not isinstance(about, dict):
        raise ValueError(f"the card of {name} must be an object; got {about!r:.80}")  # noqa: TRY004 - data from outside
    return about


def save(model: CharacterModel, folder: str | os.PathLike[str]) -> Path:
    """Write a network; equal ones give equal bytes.

    Parameters
    ----------
    model : CharacterModel
    folder : path
        Made if it is missing.

    Returns
    -------
    Path
        ``<name>.safetensors``, replaced as a whole.
    """
    return write(Path(folder) / f"{model.name}.safetensors", pack(model))


def pack(model: CharacterModel) -> bytes:
    """The content of a network's file, its numbers in half precision.

    Parameters
    ----------
    model : CharacterModel

    Returns
    -------
    bytes
    """
    tensors = {key: tensor.detach().numpy().astype(np.float16) for key, tensor in model.network.state_dict().items()}
    about = {
        "format": _FORMAT,
        "name": model.name,
        "model": to_json(model.spec),
        "symbols": model.alphabet.symbols,
        "replacement": model.alphabet.replacement,
        "card": dict(model.card),
    }
    return packed(tensors, about, _NOTE)


def unpack(content: bytes) -> CharacterModel:
    """The network of a file's content, whoever wrote it.

    Parameters
    ----------
    content : bytes

    Returns
    -------
    CharacterModel

    Raises
    ------
    ValueError
        If it is nothing of the kind.
    """
    if len(content) > LARGEST:
        raise ValueError(f"a character network must have at most {LARGEST:,} bytes; got {len(content):,}")
    tensors, about = unpacked(content, _NOTE)
    try:
        if about["format"] != _FORMAT:
            raise ValueError(f"its format must be {_FORMAT}; got {about['format']!r:.80}")  # noqa: TRY301 - told below
        spec = from_json(ModelSpec, about["model"])
        alphabet = Alphabet(about["symbols"], about["replacement"])
        return CharacterModel(str(about["name"]), spec, filled(spec, tensors), alphabet, dict(about["card"]))
    except (ValueError, KeyError, TypeError, RuntimeError) as error:
        raise ValueError(f"expected a character network; {type(error).__name__}: {error}") from error


def filled(spec: ModelSpec, tensors: Mapping[str, np.ndarray]) -> Network:
    """A network with given weights.

    Parameters
    ----------
    spec : ModelSpec
    tensors : mapping of str to ndarray
        By the names of its state dict.

    Returns
    -------
    Network
        In eval mode and without gradients on its parameters.

    Raises
    ------
    ValueError
        If a number is not finite.
    RuntimeError
        If a name or a shape is not that of the network.
    """
    for key, tensor in tensors.items():
        if tensor.dtype not in (np.float16, np.float32) or not np.isfinite(tensor).all():
            raise ValueError(f"{key} must be finite float16 or float32 numbers; got others")
    # Nothing is made in the sizes that a file claims before they are those of its numbers.
    network = Network(spec, device="meta")
    weights = {key: torch.from_numpy(tensor.astype(np.float32)) for key, tensor in tensors.items()}
    network.load_state_dict(weights, assign=True)
    return network.requires_grad_(requires_grad=False).eval()


def _content(name: str, folder: str | os.PathLike[str]) -> bytes:
    if name not in SHIPPED_NAMES:
        raise ValueError(f"a character network must be one of {', '.join(SHIPPED_NAMES)}; got {name!r:.80}")
    path = Path(folder) / f"{name}.safetensors"
    try:
        return _read(path, path.stat().st_mtime_ns)
    except OSError as error:
        raise ValueError(f"expected the character network {name} in {folder}; {error.strerror}") from error


@lru_cache(maxsize=4)
def _read(path: Path, _changed: int) -> bytes:
    """Read anew when it has changed; the card and the network of one file are often wanted one after the other."""
    with path.open("rb") as file:
        return file.read(LARGEST + 1)
