"""The shapes that torch gives a batch on its way through a network, read off the tensors themselves."""

from typing import Final

import numpy as np
import torch
from torch import Tensor, nn

from rnnviz.sentiment.bag import Bag
from rnnviz.sentiment.model import SentimentModel

UNTRAINED: Final = 64
"""Numbers of the embedding and units of a network that is made for a vocabulary alone."""


def shapes_in(model: SentimentModel, ids: np.ndarray, lengths: np.ndarray) -> list[tuple[str, str, str]]:
    """The name of each line of a forward pass that is run, the shape that torch prints for it, and what its axes are.

    ``ids`` are int64 of shape (batch, time), ``lengths`` int64 of shape (batch,). Raises TypeError for a bag.
    """
    if isinstance(model.network, Bag):
        raise TypeError(f"a model must be a network to have states; {model.name} counts words")
    network = model.network
    with torch.inference_mode():
        logits = network(torch.from_numpy(ids), torch.from_numpy(lengths))
    return [*_states(network.embedding, network.rnn, ids), _row("logits", logits, "batch")]


def shapes_untrained(words: int, ids: np.ndarray) -> list[tuple[str, str, str]]:
    """The same of an LSTM that torch has just started, for a vocabulary that no network of ours has; without logits.

    ``words`` counts ``[UNK]`` too; ``ids`` are int64 of shape (batch, time).
    """
    embedding, rnn = nn.Embedding(words, UNTRAINED), nn.LSTM(UNTRAINED, UNTRAINED, batch_first=True)
    return _states(embedding, rnn, ids)


def _states(embedding: nn.Embedding, rnn: nn.LSTM, ids: np.ndarray) -> list[tuple[str, str, str]]:
    with torch.inference_mode():
        x = torch.from_numpy(ids)
        embedded = embedding(x)
        output, (h_n, c_n) = rnn(embedded)
    return [
        _row("x", x, "batch, time"),
        _row("embedding(x)", embedded, "batch, time, feature"),
        _row("output", output, "batch, time, direction * unit"),
        _row("h_n", h_n, "layer * direction, batch, unit"),
        _row("c_n", c_n, "layer * direction, batch, unit"),
    ]


def _row(name: str, tensor: Tensor, axes: str) -> tuple[str, str, str]:
    return name, str(tuple(tensor.shape)), axes
