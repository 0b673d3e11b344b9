"""Gates: how often they are shut or wide open, and how far they have moved from where they began."""

from typing import NamedTuple

import numpy as np

from rnnviz.names import SIGMOID_GATES
from rnnviz.trace import Trace


class Saturation(NamedTuple):
    """How often every unit's gate is nearly shut and nearly open.

    Attributes:
        left, right: Of shape (layer, direction, unit). Fractions of the true steps of all samples below ``low`` and
            above ``high``.
    """

    left: np.ndarray
    right: np.ndarray


def saturation(trace: Trace, gate: str, low: float = 0.1, high: float = 0.9) -> Saturation:
    """The fractions of steps on which a gate is nearly shut (left) and nearly open (right).

    Args:
        gate: i, f or o of an LSTM, r or z of a GRU.
        low, high: Strictly below and strictly above count. Padded steps do not.

    Raises:
        ValueError: If the trace has no such gate, or the bounds are not in order between 0 and 1.

    Source: Karpathy, Johnson, Fei-Fei (2015), arXiv 1506.02078, figure 3.

    >>> import torch
    >>> from rnnviz import analysis, capture
    >>> trace = capture(torch.nn.LSTM(3, 4, batch_first=True), torch.zeros(1, 6, 3))
    >>> analysis.saturation(trace, "f").right.shape
    (1, 1, 4)
    """
    gates = [signal for signal in trace.values if signal in SIGMOID_GATES]
    if gate not in gates:
        raise ValueError(f"gate must be one of {', '.join(gates) or 'none'} for this {trace.cell}; got {gate!r}")
    if not 0 <= low <= high <= 1:
        raise ValueError(f"low and high must be in order in 0..1; got {low} and {high}")
    return _beyond(trace[gate], low, high)


def tanh_saturation(trace: Trace, signal: str = "h", bound: float = 0.9) -> Saturation:
    """The fractions of steps on which the output of a tanh is near -1 (left) and near 1 (right).

    Args:
        signal: h of a plain RNN, g of an LSTM, n of a GRU.
        bound: Strictly beyond counts. Padded steps do not.

    Raises:
        ValueError: If the cell makes no such signal by a tanh alone, or the bound is outside 0..1.

    >>> import torch
    >>> from rnnviz import analysis, capture
    >>> trace = capture(torch.nn.RNN(3, 4, batch_first=True), torch.zeros(1, 6, 3))
    >>> analysis.tanh_saturation(trace, "h").left.shape
    (1, 1, 4)
    """
    activated = {"rnn": "h", "lstm": "g", "gru": "n"}[trace.cell]
    if signal != activated:
        raise ValueError(f"signal must be {activated}, what the tanh of this {trace.cell} gives; got {signal!r}")
    if not 0 <= bound <= 1:
        raise ValueError(f"bound must be in 0..1; got {bound}")
    return _beyond(trace[signal], -bound, bound)


def _beyond(values: np.ndarray, low: float, high: float) -> Saturation:
    """Fractions of the steps that hold a number, of values of shape AXES."""
    steps = (~np.isnan(values)).sum((2, 3))  # (layer, direction, unit)
    with np.errstate(invalid="ignore"):  # a unit without a single number has no fraction
        return Saturation((values < low).sum((2, 3)) / steps, (values > high).sum((2, 3)) / steps)


def deviation(panel: np.ndarray, initial: float | np.ndarray) -> np.ndarray:
    """How far every value of a panel (..., unit) is from where the unit began: signed, NaN on padded steps.

    The gates of a lightly trained network hardly leave their first values and look flat between 0 and 1.

    Args:
        initial: One number, or of shape (unit,). Of a gate it is σ(b), what its bias alone gives: .731 for b = 1.

    Raises:
        ValueError: If ``initial`` is neither one number nor one a unit.

    >>> import numpy as np
    >>> from rnnviz import analysis
    >>> analysis.deviation(np.array([[0.5, 0.25]]), 0.5)
    array([[ 0.  , -0.25]])
    """
    start = np.asarray(initial, dtype=panel.dtype)
    if start.shape not in ((), panel.shape[-1:]):
        raise ValueError(f"initial must be one number or {panel.shape[-1]}, one a unit; got shape {start.shape}")
    difference: np.ndarray = panel - start
    return difference
