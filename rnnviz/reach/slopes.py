"""The slopes of one layer and direction at every step: gradients are multiplied by them on their way back."""

from typing import NamedTuple

import numpy as np
import torch
from torch import nn

from rnnviz.cells import Weights
from rnnviz.names import Direction
from rnnviz.trace import Trace


class Slopes(NamedTuple):
    """What a step does to gradients, elementwise; W_hh comes after.

    Attributes:
        sums: Of shape (time, gate, unit). dh_t/da, a the pre-activations; dc_t/da of an LSTM's i, f and g. For a GRU's
            n it is dh_t/d(W_hn h_{t-1} + b_hn).
        onto_c: Of shape (time, unit). dh_t/dc_t of an LSTM.
        kept: Of shape (time, unit). What reaches the state before past W_hh: f of an LSTM's c, z of a GRU's h.
        read: Of shape (time, unit). dh_t/da_n of a GRU: the way of the input, which does not go through r.
    """

    sums: np.ndarray
    onto_c: np.ndarray | None = None
    kept: np.ndarray | None = None
    read: np.ndarray | None = None


def slopes_of(module: nn.Module, trace: Trace, weights: Weights, layer: int, direction: Direction) -> Slopes:
    """The slopes of one layer and direction in float64, from a trace of one sample that began from states of zero.

    Source: Pascanu, Mikolov, Bengio (2013), arXiv 1211.5063, equation 5 (a plain RNN's).
    """
    values = {s: trace.panel(s, layer=layer, direction=direction).astype(np.float64) for s in trace.values}
    h = values["h"]
    if trace.cell == "lstm":
        return _lstm(values, _before(values["c"], direction))
    if trace.cell == "gru":
        return _gru(values, _before(h, direction), weights)
    relu = isinstance(module, nn.RNN) and module.nonlinearity == "relu"
    return Slopes((np.where(h > 0, 1.0, 0.0) if relu else 1 - h * h)[:, None])


def _lstm(values: dict[str, np.ndarray], c_prev: np.ndarray) -> Slopes:
    i, f, g, o = (values[s] for s in "ifgo")
    tanh_c = np.tanh(values["c"])
    sums = np.stack([g * i * (1 - i), c_prev * f * (1 - f), i * (1 - g * g), tanh_c * o * (1 - o)], 1)
    return Slopes(sums, onto_c=o * (1 - tanh_c * tanh_c), kept=f)


def _gru(values: dict[str, np.ndarray], h_prev: np.ndarray, weights: Weights) -> Slopes:
    r, z, n = (values[s] for s in "rzn")
    of_n = slice(2 * r.shape[1], None)
    hidden_n = torch.mm(torch.from_numpy(h_prev), weights.weight_hh[of_n].double().T).numpy()
    if weights.bias_hh is not None:
        hidden_n += weights.bias_hh[of_n].numpy()
    read = (1 - z) * (1 - n * n)
    return Slopes(np.stack([read * hidden_n * r * (1 - r), (h_prev - n) * z * (1 - z), read * r], 1), kept=z, read=read)


def _before(states: np.ndarray, direction: Direction) -> np.ndarray:
    """The state before each, in the order of reading; zeros before the first."""
    before = np.zeros_like(states)
    if direction == "forward":
        before[1:] = states[:-1]
    else:
        before[:-1] = states[1:]
    return before
