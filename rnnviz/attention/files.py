"""Trained networks as files: the numbers in one, the card in another that people can read."""

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Final

from rnnviz.attention.cards import FOLDER, LARGEST, read_card
from rnnviz.attention.model import AttentionModel
from rnnviz.attention.network import AttentionNetwork
from rnnviz.attention.recipes import NAMES, NetworkSpec
from rnnviz.attention.tasks import task
from rnnviz.checkpoints.storing import content_of, packed, reading, remembered, unpacked, write
from rnnviz.models import filled

_FORMAT: Final = 1


def load(name: str, folder: str | os.PathLike[str] = FOLDER) -> AttentionModel:
    """A trained network, one of ``NAMES``; nothing in its files is ever executed.

    It is in eval mode and without gradients on its parameters. It is shared, so only use it and do not change it.

    Raises:
        ValueError: If there is none of that name, or its files are damaged.

    >>> from rnnviz import attention
    >>> model = attention.load("reverse-dot")
    >>> "".join(model.decode("2718", forced={0: "5"}).said)
    '5172'
    """
    if name not in NAMES:
        raise ValueError(f"a network must be one of {', '.join(NAMES)}; got {name!r:.80}")
    with reading(f"the network {name} in {folder}"):
        return _read(Path(folder) / f"{name}.safetensors", name)


def save(model: AttentionModel, folder: str | os.PathLike[str]) -> tuple[Path, Path]:
    """Write a network and its card as ``<name>.safetensors`` and ``<name>.json``.

    Equal networks give equal bytes of the first. Each file is replaced as a whole; a missing folder is made.
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


@remembered(2 * len(NAMES))
def _read(path: Path, name: str) -> AttentionModel:
    tensors, about = unpacked(content_of(path, LARGEST))
    if about["format"] != _FORMAT or about["name"] != name:
        raise ValueError(f"expected format {_FORMAT} and {name}; got {about['format']!r:.40} and {about['name']!r:.80}")
    learned, spec = task(about["task"]), NetworkSpec(**about["network"])
    if (spec.read, spec.said) != (len(learned.read), len(learned.said)):
        raise ValueError(f"{learned.name} has {len(learned.read)} and {len(learned.said)} symbols; got another number")
    network = filled(lambda: AttentionNetwork(spec), tensors)
    return AttentionModel(name, network, learned, read_card(path.with_suffix(".json")))
