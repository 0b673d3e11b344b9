"""The states of a network on long texts: stretches of a text read side by side, piece by piece."""

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from rnnviz.characters.network import CharacterModel

STATES = ("h", "c")
"""What can be had of long texts; gates are for ``capture``."""


def stretches(
    model: CharacterModel, ids: np.ndarray, count: int, *, warm_up: int, length: int, signals: Sequence[str] = ("h",)
) -> Iterator[dict[str, np.ndarray]]:
    """States over one text that is read as equally long stretches side by side, piece by piece.

    The first stretch begins with zeros, as its text does. Every other begins with the state that the characters before
    it leave, since a state of zeros does not occur in the middle of a text.

    Args:
        model: Of one layer.
        ids: int64 of shape (time,). A multiple of ``count`` long.
        count: Stretches.
        warm_up: Characters that are read before each stretch but the first; at most as many as a stretch has.
        length: Of a piece; the last may be shorter.
        signals: ``h``, and of an LSTM ``c``.

    Yields:
        Dict of str to float32 ndarray of shape (stretch, time, unit).

    Raises ValueError if the text cannot be cut so, or there is no such state.
    """
    if not len(ids) or len(ids) % count:
        raise ValueError(f"a text must be a multiple of {count} characters long; got {len(ids):,}")
    rows = ids.reshape(count, -1)
    yield from pieces(model, rows, length, signals, _warmed(model, rows, warm_up))


def pieces(
    model: CharacterModel,
    ids: np.ndarray,
    length: int,
    signals: Sequence[str] = ("h",),
    state: tuple[Tensor, ...] | None = None,
) -> Iterator[dict[str, np.ndarray]]:
    """States of several texts that are read side by side, piece by piece, each going on where the last one ended.

    Args:
        model, length, signals: As for ``stretches``.
        ids: int64 of shape (batch, time).
        state: Tuple of Tensor of shape (1, batch, unit). h, and c of an LSTM, before the first characters, or zeros.

    Yields:
        Dict of str to float32 ndarray of shape (batch, time, unit).

    Raises ValueError if there is no such state.
    """
    known = STATES if model.spec.cell == "lstm" else STATES[:1]
    for signal in signals:
        if signal not in known:
            raise ValueError(f"a state of this network must be {' or '.join(known)}; got {signal!r}")
    state = _zeros(model, len(ids)) if state is None else state
    for begin in range(0, ids.shape[1], length):
        x = _one_hot(model, ids[:, begin : begin + length])
        with torch.inference_mode():
            told, state = _both(model, x, state) if "c" in signals else _fused(model, x, state)
        yield {signal: told[signal].numpy() for signal in signals}


def _warmed(model: CharacterModel, rows: np.ndarray, warm_up: int) -> tuple[Tensor, ...]:
    """The state before each row: zeros before the first, else what the end of the row before it leaves."""
    if len(rows) == 1 or not warm_up:
        return _zeros(model, len(rows))
    with torch.inference_mode():
        _, after = _fused(model, _one_hot(model, rows[:-1, -warm_up:]), _zeros(model, len(rows) - 1))
        return tuple(torch.cat(both, dim=1) for both in zip(_zeros(model, 1), after, strict=True))


def _zeros(model: CharacterModel, batch: int) -> tuple[Tensor, ...]:
    zeros = torch.zeros(1, batch, model.spec.hidden_size)
    return (zeros, zeros) if model.spec.cell == "lstm" else (zeros,)


def _one_hot(model: CharacterModel, ids: np.ndarray) -> Tensor:
    """(batch, time, symbol), float32."""
    return functional.one_hot(torch.from_numpy(np.ascontiguousarray(ids)), len(model.alphabet)).float()


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
