"""Every signal out of torch's own kernels.

Torch returns h, and c only of the last step. The rest is got out of its fused kernels by probing. All steps go in as
one batch of single steps, each from its own previous state. Biases hold some gates open or shut, so that the state that
comes out is the gate asked for.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from rnnviz.cells import Recurrent, Weights, cell_of, directions_of, weights_of
from rnnviz.names import Cell, Direction

_OPEN = 100.0  # a pre-activation at which sigmoid and tanh are exactly 1
_SHUT = -100.0  # and at which sigmoid is 0 and tanh is -1


@dataclass(frozen=True)
class Layer:
    """What torch made of one layer: its input, output and final states."""

    x: Tensor  # (1, time, feature)
    output: Tensor  # (1, time, direction * unit)
    first: tuple[Tensor, ...]  # (direction, 1, unit)
    final: tuple[Tensor, ...]  # (direction, 1, unit)

    def direction(self, k: int, name: Direction) -> "Reading":
        """One direction of it."""
        units = self.first[0].shape[-1]
        h = self.output[0, :, k * units : (k + 1) * units]  # (time, unit)
        first = tuple(state[k] for state in self.first)  # (1, unit)
        h_prev = _before(h, first[0], name)
        return Reading(self.x[0], h, h_prev, first, tuple(state[k] for state in self.final), name)


@dataclass(frozen=True)
class Reading:
    """The same of one direction."""

    x: Tensor  # (time, feature)
    h: Tensor  # (time, unit)
    h_prev: Tensor  # (time, unit)
    first: tuple[Tensor, ...]  # (1, unit)
    final: tuple[Tensor, ...]  # (1, unit)
    name: Direction


def torch_states(module: Recurrent, x: Tensor, states: tuple[Tensor, ...], layers: int) -> list[Layer]:
    """The lowest layers one by one in torch's kernel; the output of the top one is from the module itself."""
    ways, made, current = len(directions_of(module)), [], x
    for layer in range(layers):
        first = tuple(state[layer * ways : (layer + 1) * ways] for state in states)
        weights = [weights_of(module, layer, direction) for direction in directions_of(module)]
        output, *final = _kernel(module, current, first, weights)
        if layer == module.num_layers - 1:
            output = module_output(module, x, states)
        made.append(Layer(current, output, first, tuple(final)))
        current = output
    return made


def module_output(module: Recurrent, x: Tensor, states: tuple[Tensor, ...]) -> Tensor:
    """What the module returns, batch first."""
    hx: Any = states if isinstance(module, nn.LSTM) else states[0]
    output: Tensor = module(x if module.batch_first else x.transpose(0, 1), hx)[0]
    return output if module.batch_first else output.transpose(0, 1)


def _kernel(module: Recurrent, x: Tensor, states: tuple[Tensor, ...], weights: Sequence[Weights]) -> tuple[Tensor, ...]:
    """Output and final states of torch's own fused layer on x, batch first."""
    kernels: dict[str, Callable[..., tuple[Tensor, ...]]]
    kernels = {"lstm": torch.lstm, "gru": torch.gru, "tanh": torch.rnn_tanh, "relu": torch.rnn_relu}
    run = kernels[module.nonlinearity if isinstance(module, nn.RNN) else cell_of(module)]
    flat = [weight for way in weights for weight in way if weight is not None]
    options = {"dropout": 0.0, "train": False, "bidirectional": len(weights) == 2, "batch_first": True}
    hx = states if isinstance(module, nn.LSTM) else states[0]
    return run(x, hx, flat, has_biases=weights[0].bias_ih is not None, num_layers=1, **options)


def torch_signals(
    module: Recurrent, cell: Cell, own: Reading, weights: Weights, shown: dict[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """Every signal of one layer and direction, each (time, unit), from torch's kernels."""
    if cell == "rnn":
        return {"h": own.h.numpy()}
    if cell == "gru":
        return {"h": own.h.numpy(), **_probe_gru(module, own, weights)}
    c_shown = torch.tensor(shown["c"])
    c = _single_step(module, own, _before(c_shown, own.first[1], own.name), weights)[1]
    last = -1 if own.name == "forward" else 0
    c_n, c_shown_n = own.final[1][0], c_shown[last]
    c[last] = torch.where((c_n - c_shown_n).abs() > (c[last] - c_shown_n).abs(), c_n, c[last])
    return {"h": own.h.numpy(), "c": c.numpy(), **_probe_lstm(module, own, weights)}


def _probe_lstm(module: Recurrent, own: Reading, weights: Weights) -> dict[str, np.ndarray]:
    """i, f, g, o out of the fused kernel: c_n = f c_0 + i g and h_n = o tanh(c_n) with all but one of them known."""
    zero, one, large = (torch.full_like(own.h_prev, c) for c in (0.0, 1.0, 100.0))
    i = _single_step(module, own, zero, _held(weights, 4, {2: _OPEN}))[1]  # g = 1
    f = _single_step(module, own, one, _held(weights, 4, {0: _SHUT}))[1]  # i = 0
    g = _single_step(module, own, zero, _held(weights, 4, {0: _OPEN}))[1]  # i = 1
    o = _single_step(module, own, large, _held(weights, 4, {1: _OPEN}))[0]  # f = 1, tanh(c) = 1
    return {"i": i.numpy(), "f": f.numpy(), "g": g.numpy(), "o": o.numpy()}


def _probe_gru(module: Recurrent, own: Reading, weights: Weights) -> dict[str, np.ndarray]:
    """r, z, n out of the fused kernel: h_n = (1 - z) n + z h_0 with all but one of them known."""
    n = _single_step(module, own, None, _held(weights, 3, {1: _SHUT}))[0]  # z = 0
    tanh_r = _single_step(module, own, None, _held(weights, 3, {1: _SHUT, 2: 0.0}, from_h=1.0))[0]  # n = tanh(r)
    above = _single_step(module, own, None, _held(weights, 3, {2: _OPEN}))[0]  # n = 1
    below = _single_step(module, own, None, _held(weights, 3, {2: _SHUT}))[0]  # n = -1
    h_prev = own.h_prev
    z = torch.where(h_prev < 0, (above - 1) / (h_prev - 1), (below + 1) / (h_prev + 1))  # whichever n is farther away
    return {"r": torch.atanh(tanh_r).numpy(), "z": z.numpy(), "n": n.numpy()}


def _single_step(module: Recurrent, own: Reading, c_prev: Tensor | None, weights: Weights) -> tuple[Tensor, ...]:
    """Final states of one step from every previous state, all steps as one batch: h, and c of an LSTM, (time, unit)."""
    states = (own.h_prev,) if c_prev is None else (own.h_prev, c_prev)
    _, *final = _kernel(module, own.x[:, None], tuple(state[None].contiguous() for state in states), [weights])
    return tuple(state[0] for state in final)


def _held(weights: Weights, gates: int, pre_activations: dict[int, float], *, from_h: float = 0.0) -> Weights:
    """The weights with some gates' pre-activations held at a number, by gate in torch's order."""
    units = weights.weight_hh.shape[1]
    zeros = weights.weight_hh.new_zeros(gates * units)
    held = [zeros if weight is None else weight for weight in weights]
    held = [weight.clone() for weight in held]
    for gate, value in pre_activations.items():
        rows = slice(gate * units, (gate + 1) * units)
        for weight, number in zip(held, (0.0, 0.0, value, from_h), strict=True):
            weight[rows] = number
    return Weights(*held)


def _before(states: Tensor, first: Tensor, direction: Direction) -> Tensor:
    """The state before each step, (time, unit)."""
    return torch.cat([states[1:], first]) if direction == "reverse" else torch.cat([first, states[:-1]])
