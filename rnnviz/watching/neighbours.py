"""Which axis of a batch has an order: whether neighbours along it are more alike than any two are.

Steps of a sequence follow from each other, sequences of a batch do not. So the axis whose order matters is time,
however a layer reads it. The measure is by how many standard deviations the neighbours differ from a random order.
"""

from collections.abc import Callable
from typing import Final

import numpy as np
from torch import Tensor

_MOST: Final = 64
"""Steps and sequences that are compared."""

_ORDERS: Final = 40
"""Random orders that the given one is compared with."""

_PAIRS: Final = 1 << 14
"""Numbers that stand for two symbols that follow each other."""

_ENOUGH: Final = 5
"""The fewest that have an order worth comparing."""


def orders(batch: Tensor) -> tuple[float, float]:
    """How much the order of the steps, and that of the sequences, matters in a batch (sequence, time, …); NaN if few.

    >>> import torch
    >>> from rnnviz.watching.neighbours import orders
    >>> steps, sequences = orders(torch.sin(torch.arange(20.0) + torch.tensor([0, 4, 1, 6, 2, 3])[:, None]))
    >>> steps > 3, abs(sequences) < 3
    (True, True)
    """
    numbers = batch[:_MOST, :_MOST].detach().cpu()
    symbols = _symbols(numbers)
    if symbols is not None:
        return _of_symbols(symbols.T), _of_symbols(symbols)
    values = np.nan_to_num(numbers.double().reshape(*numbers.shape[:2], -1).numpy(), posinf=0, neginf=0)
    return _of_values(values.swapaxes(0, 1)), _of_values(values)


def _symbols(numbers: Tensor) -> np.ndarray | None:
    """The symbols (sequence, time) that whole numbers or one-hot rows are; None of other numbers."""
    if numbers.dim() == 2 and not numbers.is_floating_point():
        return numbers.long().numpy()
    if numbers.dim() == 3 and bool(((numbers == 0) | (numbers == 1)).all()) and bool((numbers.sum(2) == 1).all()):
        return numbers.argmax(2).numpy()
    return None


def _of_symbols(lines: np.ndarray) -> float:
    """By how often the same two symbols follow each other along the first axis."""

    def repeated(order: np.ndarray) -> float:
        pairs = (lines[order[:-1]] * 8191 + lines[order[1:]]) % _PAIRS
        return float(np.square(np.bincount(pairs.ravel(), minlength=_PAIRS)).sum())

    return _against_chance(repeated, len(lines))


def _of_values(lines: np.ndarray) -> float:
    """By how near to each other neighbours along the first axis are."""
    flat = lines.reshape(len(lines), -1)
    flat = flat - flat.mean(0)
    flat = flat / max(float(np.abs(flat).max(initial=0.0)), 1e-300)
    squares = np.square(flat).sum(1)
    distance = squares[:, None] + squares - 2 * flat @ flat.T

    def near(order: np.ndarray) -> float:
        return -float(distance[order[:-1], order[1:]].sum())

    return _against_chance(near, len(lines))


def _against_chance(measure: Callable[[np.ndarray], float], count: int) -> float:
    """The measure of the given order, less its mean over random ones, in their standard deviations."""
    if count < _ENOUGH:
        return float("nan")
    generator = np.random.default_rng(0)
    chance = np.array([measure(generator.permutation(count)) for _ in range(_ORDERS)])
    mean, spread = float(chance.mean()), float(chance.std())
    return (measure(np.arange(count)) - mean) / spread if spread > 1e-9 * abs(mean) else 0.0
