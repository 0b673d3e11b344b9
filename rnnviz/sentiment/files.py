"""Trained models as files: numbers and words in one, the card in another that people can read."""

import os
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import numpy as np

from rnnviz.checkpoints import SHIPPED
from rnnviz.checkpoints.checkpoint import checked_vocabulary
from rnnviz.checkpoints.storing import FORMAT, card_content, content_of, packed, parsed, reading, unpacked_format, write
from rnnviz.models import filled
from rnnviz.sentiment.bag import Bag
from rnnviz.sentiment.model import SentimentModel
from rnnviz.sentiment.network import SentimentNetwork
from rnnviz.sentiment.reading import Vocabulary
from rnnviz.sentiment.recipes import NAMES, NetworkSpec
from rnnviz.spec.checks import shown

FOLDER: Final = SHIPPED / "sentiment"

LARGEST: Final = 16 * 2**20
"""The most bytes of a file that is read."""

_BAG: Final = "bag"
"""What the weights of a bag of words are called in its file, one a word."""


def load(name: str, folder: str | os.PathLike[str] = FOLDER) -> SentimentModel:
    """A trained model, one of ``NAMES``; nothing in its files is ever executed.

    It is in eval mode and without gradients on its parameters: it may be shared.

    Raises:
        ValueError: If there is none of that name, or its files are damaged.

    >>> from rnnviz import sentiment
    >>> model = sentiment.load("lecture-lstm")
    >>> model.network.rnn
    LSTM(64, 64, batch_first=True)
    """
    if name not in NAMES:
        raise ValueError(f"a sentiment model must be one of {', '.join(NAMES)}; got {name!r:.80}")
    path = Path(folder) / f"{name}.safetensors"
    with reading(f"the sentiment model {name} in {folder}"):
        tensors, about = unpacked_format(content_of(path, LARGEST))
        vocabulary = _vocabulary(about["tokens"], about["has_marks"])
        words = len(vocabulary.tokens)
        network = _network(about["network"], tensors, words) if about["network"] else _bag(about, tensors, words)
        card = parsed(content_of(path.with_suffix(".json"), LARGEST))
        return SentimentModel(name, network, vocabulary, _number("temperature", about["temperature"], least=1e-3), card)


def save(model: SentimentModel, folder: str | os.PathLike[str]) -> tuple[Path, Path]:
    """Write a model, its numbers in half precision, as ``<name>.safetensors`` and ``<name>.json``.

    Equal models give equal bytes. Each file is replaced as a whole; a missing folder is made.
    """
    weights, card = ((Path(folder) / name, content) for name, content in pack(model).items())
    return write(*weights), write(*card)


def pack(model: SentimentModel) -> dict[str, bytes]:
    """What ``save`` writes: the contents of both files, by their names."""
    network, about = model.network, dict[str, Any](format=FORMAT, network=None, bias=None)
    if isinstance(network, Bag):
        about["bias"] = network.bias
        tensors = {_BAG: _by_word(network, len(model.vocabulary.tokens))}
    else:
        about["network"] = asdict(network.spec)
        tensors = {name: parameter.detach().numpy() for name, parameter in network.named_parameters()}
    about |= {
        "temperature": model.temperature,
        "has_marks": model.vocabulary.has_marks,
        "tokens": model.vocabulary.tokens,
    }
    content = packed({name: tensor.astype(np.float16) for name, tensor in tensors.items()}, about)
    return {f"{model.name}.safetensors": content, f"{model.name}.json": card_content(model.card)}


def _vocabulary(tokens: object, has_marks: object) -> Vocabulary:
    if not isinstance(tokens, list) or not isinstance(has_marks, bool):
        raise ValueError(f"tokens must be a list and has_marks True or False; got {shown(tokens)}, {shown(has_marks)}")  # noqa: TRY004 - data from outside
    return Vocabulary(checked_vocabulary(tuple(tokens), "review" if has_marks else "bare review"), has_marks)


def _network(spec: Mapping[str, Any], tensors: Mapping[str, np.ndarray], words: int) -> SentimentNetwork:
    wanted = NetworkSpec(**spec)
    if wanted.words < words:  # few reviews may have fewer words than a network has room for
        raise ValueError(f"the network must know the {words:,} words of its vocabulary; got {wanted.words:,}")
    return filled(lambda: SentimentNetwork(wanted), tensors)


def _bag(about: Mapping[str, Any], tensors: Mapping[str, np.ndarray], words: int) -> Bag:
    weights = tensors[_BAG]
    if weights.dtype != np.float16 or weights.shape != (words,) or not np.isfinite(weights).all():
        raise ValueError(
            f"{_BAG} must be {words:,} finite float16 numbers; got {weights.dtype} of shape {weights.shape}"
        )
    return Bag(1, np.arange(1, words + 1), weights.astype(np.float64), _number("bias", about["bias"]))


def _number(name: str, value: object, *, least: float = -1e6) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not least <= value <= 1e6:
        raise ValueError(f"{name} must be a number in {least:g}..1e+06; got {shown(value)}")
    return float(value)


def _by_word(bag: Bag, words: int) -> np.ndarray:
    """A weight for every word of the vocabulary, 0 for those that the bag has not learned."""
    if bag.orders != 1:
        raise ValueError(f"a bag that is kept must count single words alone; got pieces of up to {bag.orders}")
    weights = np.zeros(words)
    weights[bag.pieces - 1] = bag.weights
    return weights
