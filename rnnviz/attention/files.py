"""Trained networks as files: the numbers in one, the card in another that people can read."""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch

from rnnviz.attention.cards import FOLDER, content_of, parsed
from rnnviz.attention.model import AttentionModel
from rnnviz.attention.network import AttentionNetwork, empty
from rnnviz.attention.recipes import NAMES, NetworkSpec
from rnnviz.attention.tasks import task
from rnnviz.checkpoints.storing import packed, unpacked, write

_FORMAT: Final = 1


def load(name: str, folder: str | os.PathLike[str] = FOLDER) -> AttentionModel:
    """A trained network; nothing in its files is ever executed.

    Parameters
    ----------
    name : str
        One of ``NAMES``.
    folder : path, default assets/models/attention

    Returns
    -------
    AttentionModel
        In eval mode and without gradients on its parameters: it is shared, so only to be used.

    Raises
    ------
    ValueError
        If there is none of that name, or its files are damaged.
    """
    if name not in NAMES:
        raise ValueError(f"a network must be one of {', '.join(NAMES)}; got {name!r:.80}")
    path = Path(folder) / f"{name}.safetensors"
    try:
        stamp = path.stat()
        return _read(name, path, stamp.st_mtime_ns, stamp.st_size)
    except (ValueError, KeyError, TypeError, AttributeError, RuntimeError, RecursionError, OSError) as error:
        raise ValueError(f"expected the network {name} in {folder}; {type(error).__name__}: {error}") from error


def save(model: AttentionModel, folder: str | os.PathLike[str]) -> tuple[Path, Path]:
    """Write a network and its card.

    Parameters
    ----------
    model : AttentionModel
    folder : path
        Made if it is missing.

    Returns
    -------
    tuple of Path
        ``<name>.safetensors``, of which equal networks give equal bytes, and ``<name>.json``, each replaced as a whole.
    """
    about = {
        "format": _FORMAT,
        "name": model.name,
        "task": model.task.name,
        "network": asdict(model.network.spec),
    }
    tensors = {name: parameter.detach().numpy() for name, parameter in model.network.named_parameters()}
    card = json.dumps(dict(model.card), indent=1, ensure_ascii=False) + "\n"
    folder = Path(folder)
    return (
        write(folder / f"{model.name}.safetensors", packed(tensors, about)),
        write(folder / f"{model.name}.json", card.encode()),
    )


@lru_cache(maxsize=2 * len(NAMES))
def _read(name: str, path: Path, _changed: int, _size: int) -> AttentionModel:
    """The network of a file, read anew when the file has changed."""
    tensors, about = unpacked(content_of(path))
    if about["format"] != _FORMAT or about["name"] != name:
        raise ValueError(f"expected format {_FORMAT} and {name}; got {about['format']!r:.40} and {about['name']!r:.80}")
    learned, spec = task(about["task"]), NetworkSpec(**about["network"])
    if (spec.read, spec.said) != (len(learned.read), len(learned.said)):
        raise ValueError(f"{learned.name} has {len(learned.read)} and {len(learned.said)} symbols; got another number")
    card = parsed(content_of(path.with_suffix(".json")))
    return AttentionModel(name, _network(spec, tensors), learned, card)


def _network(spec: NetworkSpec, tensors: Mapping[str, np.ndarray]) -> AttentionNetwork:
    """A network with these weights: all that its sizes ask for, and nothing else."""
    network = empty(spec).requires_grad_(requires_grad=False).eval()
    wanted: dict[str, Any] = dict(network.named_parameters())
    if set(tensors) != set(wanted):
        raise ValueError(f"weights must be {', '.join(wanted)}; got {', '.join(tensors) or 'nothing'}")
    for name, parameter in wanted.items():
        tensor = tensors[name]
        if tensor.dtype != np.float32 or tensor.shape != tuple(parameter.shape):
            raise ValueError(
                f"{name} must be float32 of shape {tuple(parameter.shape)}; got {tensor.dtype} of shape {tensor.shape}"
            )
        if not np.isfinite(tensor).all():
            raise ValueError(f"{name} must be finite numbers; got others")
        parameter.copy_(torch.from_numpy(tensor))
    return network
