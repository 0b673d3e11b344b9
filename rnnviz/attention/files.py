"""Trained networks as files: the numbers in one, the card in another that people can read."""

import os
from dataclasses import asdict
from pathlib import Path

from rnnviz.attention.cards import FOLDER, LARGEST, read_card
from rnnviz.attention.model import AttentionModel
from rnnviz.attention.network import AttentionNetwork
from rnnviz.attention.recipes import NAMES, NetworkSpec
from rnnviz.attention.tasks import task
from rnnviz.checkpoints.storing import (
    FORMAT,
    card_content,
    content_of,
    packed,
    reading,
    remembered,
    unpacked_format,
    write,
)
from rnnviz.models import filled


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
        "format": FORMAT,
        "name": model.name,
        "task": model.task.name,
        "network": asdict(model.network.spec),
    }
    tensors = {name: parameter.detach().numpy() for name, parameter in model.network.named_parameters()}
    folder = Path(folder)
    return (
        write(folder / f"{model.name}.safetensors", packed(tensors, about)),
        write(folder / f"{model.name}.json", card_content(model.card)),
    )


@remembered(2 * len(NAMES))
def _read(path: Path, name: str) -> AttentionModel:
    tensors, about = unpacked_format(content_of(path, LARGEST))
    if about["name"] != name:
        raise ValueError(f"its name must be {name}; got {about['name']!r:.80}")
    learned, spec = task(about["task"]), NetworkSpec(**about["network"])
    if (spec.read, spec.said) != (len(learned.read), len(learned.said)):
        raise ValueError(f"{learned.name} has {len(learned.read)} and {len(learned.said)} symbols; got another number")
    network = filled(lambda: AttentionNetwork(spec), tensors)
    return AttentionModel(name, network, learned, read_card(path.with_suffix(".json")))
