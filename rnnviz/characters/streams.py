"""The states of a network on long texts: stretches of a text read side by side, piece by piece."""

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from rnnviz.characters.network import CharacterModel

STATES = ("h", "c")
"""What can be had of long texts; gates are for ``capture``."""


def stretches(ids: np.ndarray, count: int, warm_up: int) -> np.ndarray:
    """A text cut into equally long stretches, each with what stands before it.

    Parameters
    ----------
    ids : int64 ndarray of shape (time,)
        A multiple of ``count`` long.
    count, warm_up : int
        Stretches, and characters before each; before the beginning of the text stands its first character.

    Returns
    -------
    int64 ndarray of shape (stretch, warm-up and time)

    Raises
    ------
    ValueError
        If the text cannot be cut so.
    """
    if not len(ids) or len(ids) % count:
        raise ValueError(f"a text must be a multiple of {count} characters long; got {len(ids):,}")
    width = len(ids) // count
    starts = np.arange(count)[:, None] * width
    cut: np.ndarray = ids[np.maximum(0, starts + np.arange(-warm_up, width))]
    return cut


def pieces(
    model: CharacterModel, ids: np.ndarray, length: int, signals: Sequence[str] = ("h",)
) -> Iterator[dict[str, np.ndarray]]:
    """States of several texts that are read side by side, piece by piece, each going on where the last one ended.

    Parameters
    ----------
    model : CharacterModel
        Of one layer.
    ids : int64 ndarray of shape (batch, time)
    length : int
        Of a piece; the last may be shorter.
    signals : sequence of str
        ``h``, and of an LSTM ``c``.

    Yields
    ------
    dict of str to float32 ndarray of shape (batch, time, unit)

    Raises
    ------
    ValueError
        If there is no such state.
    """
    known = STATES if model.spec.cell == "lstm" else STATES[:1]
    for signal in signals:
        if signal not in known:
            raise ValueError(f"a state of this network must be {' or '.join(known)}; got {signal!r}")
    zeros = torch.zeros(1, len(ids), model.spec.hidden_size)
    state: tuple[Tensor, ...] = (zeros, zeros) if model.spec.cell == "lstm" else (zeros,)
    for begin in range(0, ids.shape[1], length):
        piece = torch.from_numpy(np.ascontiguousarray(ids[:, begin : begin + length]))
        x = functional.one_hot(piece, len(model.alphabet)).float()
        with torch.inference_mode():
            told, state = _both(model, x, state) if "c" in signals else _fused(model, x, state)
        yield {signal: told[signal].numpy() for signal in signals}


def _fused(model: CharacterModel, x: Tensor, state: tuple[Tensor, ...]) -> tuple[dict[str, Tensor], tuple[Tensor, ...]]:
    """All h from one call of torch's kernel."""
    is_lstm = model.spec.cell == "lstm"
    output, after = model.network.rnn(x, state if is_lstm else state[0])
    return {"h": output}, after if is_lstm else (after,)


def _both(model: CharacterModel, x: Tensor, state: tuple[Tensor, ...]) -> tuple[dict[str, Tensor], tuple[Tensor, ...]]:
    """Step by step, since the kernel of the whole keeps c to itself."""
    h, c = state[0][0], state[1][0]
    weights = list(model.network.rnn.parameters())
    kept = torch.empty(2, *x.shape[:2], model.spec.hidden_size)
    for t in range(x.shape[1]):
        h, c = torch.lstm_cell(x[:, t], (h, c), *weights)
        kept[0, :, t], kept[1, :, t] = h, c
    return {"h": kept[0], "c": kept[1]}, (h[None], c[None])
