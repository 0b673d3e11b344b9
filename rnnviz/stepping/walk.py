"""One layer and direction step by step: every product of every step, beside the weights that made it."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import torch
from torch import Tensor, nn

from rnnviz.capture import State, read_batch
from rnnviz.cells import (
    Recurrent,
    Weights,
    cell_of,
    directions_of,
    gru_step,
    lstm_step,
    recurrent,
    rnn_step,
    weights_of,
)
from rnnviz.kernels import reset_of
from rnnviz.names import Cell, Direction
from rnnviz.trace import Trace


@dataclass(frozen=True, eq=False)
class Walk:
    """What one layer and direction computed on one sample; all arrays read-only, NaN on padded steps.

    Attributes:
        inputs: Of shape (time, feature). ``x``, or the outputs of the layer below, both directions side by side.
        h_prev: Of shape (time, unit). The state that each step started from: in the reverse direction that of t + 1.
        c_prev: Of shape (time, unit). The same of an LSTM's cell state.
        values: Every product, each of shape (time, unit), in the order and by the keys of ``cells``.
        weights: weight_ih, weight_hh, and bias_ih, bias_hh where there are biases.
    """

    cell: Cell
    layer: int
    direction: Direction
    batch: int
    inputs: np.ndarray
    h_prev: np.ndarray
    c_prev: np.ndarray | None
    values: Mapping[str, np.ndarray]
    weights: Mapping[str, np.ndarray]

    def __post_init__(self) -> None:
        for name in ("values", "weights"):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))
        known = (self.inputs, self.h_prev, self.c_prev, *self.values.values(), *self.weights.values())
        for array in known:
            if array is not None:
                array.flags.writeable = False

    def __reduce__(self) -> tuple[type["Walk"], tuple[object, ...]]:
        fields = (self.cell, self.layer, self.direction, self.batch, self.inputs, self.h_prev, self.c_prev)
        return Walk, (*fields, dict(self.values), dict(self.weights))


def walk(
    module: nn.Module,
    x: Tensor,
    trace: Trace,
    *,
    layer: int = 0,
    direction: Direction = "forward",
    batch: int = 0,
    hx: State | None = None,
) -> Walk:
    """Every product of every step of one layer and direction; module, x and hx as the trace was captured with.

    Raises:
        TypeError: If the module is no recurrent module.
        ValueError: If the trace is not of this module and input, or has no such layer, direction or sample.
    """
    module = recurrent(module)
    cell = cell_of(module)
    whole = read_batch(module, x, hx=hx)
    h = trace.panel("h", layer=layer, direction=direction, batch=batch)  # (time, unit)
    check_trace(module, whole.x, trace)
    true, time = int(trace.lengths[batch]), len(h)
    index = layer * len(trace.directions) + trace.directions.index(direction)
    first = [state[index, batch] for state in whole.states]
    below = whole.x[batch] if layer == 0 else _outputs(trace, layer - 1, batch)
    weights = weights_of(module, layer, direction)
    with torch.inference_mode():
        inputs = below[:true]  # (time, feature)
        h_prev = _previous(h[:true], first[0], direction)
        c_prev = None
        if cell == "lstm":
            c = trace.panel("c", layer=layer, direction=direction, batch=batch)
            c_prev = _previous(c[:true], first[1], direction)
        values = _step(module, inputs, h_prev, c_prev, weights)
        return Walk(
            cell=cell,
            layer=layer,
            direction=direction,
            batch=batch,
            inputs=_shown(inputs, time),
            h_prev=_shown(h_prev, time),
            c_prev=None if c_prev is None else _shown(c_prev, time),
            values={key: _shown(value, time) for key, value in values.items()},
            weights={name: w.numpy().copy() for name, w in weights._asdict().items() if w is not None},
        )


def feed_forward(module: nn.Module, x: Tensor, *, batch: int = 0) -> list[np.ndarray]:
    """What a network of the same sizes without recurrence makes of each step alone, layer by layer.

    Each layer is nonlinearity(W_i* x + b_i*) with the recurrent network's own W_ih: of an LSTM or a GRU the rows of the
    candidate (g, n), with tanh. Before the nonlinearity this is what the lecture prints as "Hidden". A layer's array is
    (time, direction * unit), both directions side by side. The errors are those of ``walk``.
    """
    module = recurrent(module)
    cell = cell_of(module)
    samples = read_batch(module, x).x
    if not 0 <= batch < len(samples):
        raise ValueError(f"batch must be in 0..{len(samples) - 1} for this input; got {batch}")
    activation = torch.relu if isinstance(module, nn.RNN) and module.nonlinearity == "relu" else torch.tanh
    rows = {"rnn": 0, "lstm": 2, "gru": 2}[cell] * module.hidden_size
    current, layers = samples[batch], []
    with torch.inference_mode():
        for layer in range(module.num_layers):
            outputs = []
            for direction in directions_of(module):
                weights = weights_of(module, layer, direction)
                weight, bias = weights.weight_ih, weights.bias_ih
                products = current @ weight[rows : rows + module.hidden_size].T  # (time, unit)
                outputs.append(
                    activation(products if bias is None else products + bias[rows : rows + module.hidden_size])
                )
            current = torch.cat(outputs, -1)  # (time, direction * unit)
            layers.append(current.numpy())
    return layers


def check_trace(module: Recurrent, x: Tensor, trace: Trace) -> None:
    """Raise ValueError if the cell or a size of a trace is not that of this module and x (batch, time, feature)."""
    cell = cell_of(module)
    expected = (module.num_layers, len(directions_of(module)), *x.shape[:2], module.hidden_size)
    got = tuple(trace.sizes.values())
    if trace.cell != cell or got != expected:
        raise ValueError(f"trace must be of this {cell} and input, with sizes {expected}; got {trace.cell} with {got}")


def _step(module: Recurrent, x: Tensor, h_prev: Tensor, c_prev: Tensor | None, weights: Weights) -> dict[str, Tensor]:
    if isinstance(module, nn.RNN):
        return rnn_step(x, h_prev, weights, nonlinearity="relu" if module.nonlinearity == "relu" else "tanh")
    if c_prev is not None:
        return lstm_step(x, h_prev, c_prev, weights)
    return gru_step(x, h_prev, weights, reset_before=reset_of(module) == "before")


def _previous(states: np.ndarray, first: Tensor, direction: Direction) -> Tensor:
    """The state before each step, (time, unit)."""
    known = torch.tensor(states)
    if direction == "reverse":
        return torch.cat([known[1:], first[None]])
    return torch.cat([first[None], known[:-1]])


def _outputs(trace: Trace, layer: int, batch: int) -> Tensor:
    """What a layer puts out, (time, direction * unit)."""
    return torch.tensor(np.concatenate([*trace["h"][layer, :, batch]], -1))


def _shown(values: Tensor, time: int) -> np.ndarray:
    """An array over all steps, NaN on padding."""
    array = np.full((time, values.shape[-1]), np.nan, values.numpy().dtype)
    array[: len(values)] = values.numpy()
    return array
