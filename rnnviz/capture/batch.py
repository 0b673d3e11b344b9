"""What goes into a capture, checked and in one layout: the input, the lengths, the initial states, the labels."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NoReturn, TypeGuard

import numpy as np
import torch
from torch import Tensor, nn

from rnnviz.cells import Recurrent, cell_of, directions_of

State = Tensor | tuple[Tensor, Tensor]


@dataclass(frozen=True)
class Batch:
    """A checked input of a module, batch first whatever the module's layout.

    Attributes:
        x: Of shape (batch, time, feature). Zero on padded steps.
        lengths: Of shape (batch,).
        padded: Of shape (batch, time). Where a step is padding; None where none is.
        states: The initial h, and for an LSTM c, each of shape (layer * direction, batch, unit).
        masks: What active dropout multiplies the output of each layer but the top one by, each of shape
            (batch, time, direction * unit); none where there is no active dropout.

    >>> import torch
    >>> from rnnviz.capture import read_batch
    >>> batch = read_batch(torch.nn.GRU(3, 4, batch_first=True), torch.ones(2, 5, 3), lengths=[5, 3])
    >>> batch.padded.sum(1)
    tensor([0, 2])
    >>> tuple(batch.states[0].shape)
    (1, 2, 4)
    """

    x: Tensor
    lengths: np.ndarray
    padded: Tensor | None
    states: tuple[Tensor, ...]
    masks: tuple[Tensor, ...] = ()


def read_batch(
    module: Recurrent,
    x: Tensor,
    lengths: Sequence[int] | np.ndarray | Tensor | None = None,
    *,
    hx: State | tuple[Tensor, ...] | None = None,
) -> Batch:
    """A module's input, checked and brought into one layout; the arguments are those of ``capture``.

    Raises:
        ValueError: If the module has active dropout, or an argument does not fit it.

    >>> import torch
    >>> from rnnviz.capture import read_batch
    >>> batch = read_batch(torch.nn.GRU(3, 4), torch.ones(5, 2, 3))
    >>> tuple(batch.x.shape)
    (2, 5, 3)
    """
    weight = _check(module, x)
    unbatched = x.dim() == 2
    x = x.detach()
    x = x[None] if unbatched else x if module.batch_first else x.transpose(0, 1)  # (batch, time, feature)
    samples, time, _ = x.shape
    states = _states(module, hx, samples, unbatched, weight)
    if lengths is None:
        return Batch(x, np.full(samples, time), None, states)
    true = np.asarray(lengths.tolist() if isinstance(lengths, Tensor) else lengths)
    if true.dtype.kind not in "iu" or true.shape != (samples,) or true.min() < 1 or true.max() > time:
        raise ValueError(
            f"lengths must be {samples} whole numbers in 1..{time}; got {np.array2string(true, threshold=9)}"
        )
    padded = torch.arange(time) >= torch.from_numpy(true.astype(np.int64))[:, None]  # (batch, time)
    if not padded.any():
        return Batch(x, true, None, states)
    return Batch(x.masked_fill(padded[..., None], 0), true, padded, states)


def state_of(arrays: Sequence[np.ndarray], *, batch: int = 0, double: bool = False) -> State | None:
    """Initial states as a module takes them, from h, and c of an LSTM, each of shape (layer * direction, unit).

    Args:
        arrays: None of them stands for zeros.
        batch: How many samples begin with them: each is then of shape (layer * direction, batch, unit). 0 for one
            sample without that axis.
        double: In float64.

    >>> import numpy as np
    >>> from rnnviz.capture import state_of
    >>> tuple(state_of([np.ones((1, 4), np.float32)], batch=1).shape)
    (1, 1, 4)
    >>> state_of([]) is None
    True
    """
    if not len(arrays):
        return None
    states = [torch.tensor(array, dtype=torch.float64 if double else torch.float32) for array in arrays]
    given: Any = tuple(state[:, None].repeat(1, batch, 1) for state in states) if batch else tuple(states)
    whole: State = given[0] if len(given) == 1 else given  # how many there must be is for the module to say
    return whole


def drops(module: Recurrent) -> bool:
    """Whether dropout between the module's layers is active."""
    return module.training and module.dropout > 0 and module.num_layers > 1


def refuse_dropout(module: nn.Module) -> NoReturn:
    """Raise the ValueError that says what to do about active dropout."""
    raise ValueError(f"dropout must not be active: call module.eval() first; got dropout {module.dropout} in training")


def _check(module: Recurrent, x: Tensor) -> Tensor:
    """Refuse a module that cannot be read or an input that does not fit it; return one of the module's weights."""
    if drops(module):
        refuse_dropout(module)
    weight: Tensor = module.weight_ih_l0  # type: ignore[assignment]
    if weight.dtype not in (torch.float32, torch.float64) or weight.device.type != "cpu":
        raise ValueError(f"module must be float32 or float64 on the CPU; got {weight.dtype} on {weight.device}")
    if not fits(x, weight):
        raise ValueError(f"x must be a {weight.dtype} tensor on the CPU like the module's weights; got {described(x)}")
    if x.dim() not in (2, 3) or x.shape[-1] != module.input_size or 0 in x.shape:
        order = "(batch, time, feature)" if module.batch_first else "(time, batch, feature)"
        raise ValueError(
            f"x must have shape {order} or (time, feature), nothing empty, with {module.input_size} features; "
            f"got {tuple(x.shape)}"
        )
    return weight


def _states(
    module: Recurrent, hx: State | tuple[Tensor, ...] | None, samples: int, unbatched: bool, weight: Tensor
) -> tuple[Tensor, ...]:
    """The initial states, each (layer * direction, batch, unit), zeros where none are given."""
    cell = cell_of(module)
    ways = module.num_layers * len(directions_of(module))
    shapes = [(ways, samples, module.proj_size or module.hidden_size), (ways, samples, module.hidden_size)]
    if hx is None:
        return tuple(weight.new_zeros(shape) for shape in shapes[: 2 if cell == "lstm" else 1])
    given = (hx,) if isinstance(hx, Tensor) else tuple(hx)
    if len(given) != (2 if cell == "lstm" else 1) or isinstance(hx, Tensor) == (cell == "lstm"):
        expected = "a tuple (h, c) for an LSTM" if cell == "lstm" else f"one tensor for {cell.upper()}"
        raise ValueError(f"hx must be {expected}; got {type(hx).__name__} of {len(given)}")
    for state, shape in zip(given, shapes, strict=False):
        expected_shape = (shape[0], shape[2]) if unbatched else shape
        if not fits(state, weight) or tuple(state.shape) != expected_shape:
            raise ValueError(f"hx must have shape {expected_shape} and be {weight.dtype}; got {described(state)}")
    return tuple(state.detach().reshape(shape) for state, shape in zip(given, shapes, strict=False))


def read_labels(
    tokens: Sequence[Sequence[object]] | Sequence[object] | None, batch: Batch, *, unbatched: bool
) -> tuple[tuple[str, ...], ...]:
    """A label for each (batch, time), empty on padded steps; ValueError if there are too few or too many."""
    samples, time, _ = batch.x.shape
    if tokens is None:
        numbers = _numbers(time)
        return tuple(numbers[:length] + ("",) * (time - length) for length in batch.lengths.tolist())
    rows: Sequence[Any] = (
        [tokens] if unbatched and not (len(tokens) == 1 and isinstance(tokens[0], list | tuple)) else tokens
    )
    if len(rows) != samples:
        raise ValueError(f"tokens must hold labels for {samples} samples; got {len(rows)}")
    labels = []
    for row, length in zip(rows, batch.lengths.tolist(), strict=True):
        if isinstance(row, str) or len(row) not in (length, time):
            got = repr(row) if isinstance(row, str) else len(row)
            raise ValueError(f"tokens must hold {length} labels for a sample of that length; got {got}")
        labels.append(tuple(map(str, row[:length])) + ("",) * (time - length))
    return tuple(labels)


@lru_cache(maxsize=64)
def _numbers(time: int) -> tuple[str, ...]:
    return tuple(map(str, range(time)))


def fits(value: object, like: Tensor) -> TypeGuard[Tensor]:
    """Whether a value is a tensor of the dtype and on the device of another."""
    return isinstance(value, Tensor) and value.dtype == like.dtype and value.device == like.device


def described(value: object) -> str:
    """A value as a message names it."""
    return f"{tuple(value.shape)} of {value.dtype}" if isinstance(value, Tensor) else type(value).__name__
