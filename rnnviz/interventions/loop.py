"""One layer and direction step by step, where any signal may become another before it is used."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from rnnviz.cells import Weights, gates_apart
from rnnviz.names import SIGNALS, Cell, Reset

Activation = Callable[[Tensor], Tensor]
Change = Callable[[str, Tensor], Tensor]
"""Of a signal and what the network computed, (batch, unit): what it becomes."""


class Held(NamedTuple):
    """What becomes of one signal; each tensor is (batch, time, unit), in reading order.

    Attributes:
        replaced: Where the values stand in place of what the network computes.
        added: What is added to that or to the values.
        steps: Those in which anything is changed.
    """

    replaced: Tensor
    values: Tensor
    added: Tensor
    steps: frozenset[int]


def stepped(
    cell: Cell,
    x: Tensor,
    weights: Weights,
    states: Sequence[Tensor],
    held: Mapping[str, Held],
    *,
    activation: Activation = torch.tanh,
    reset: Reset = "after",
) -> dict[str, Tensor]:
    """Every signal of the cell, (batch, time, unit), in reading order.

    Args:
        x: Of shape (batch, time, feature), in reading order.
        states: The initial h, and c of an LSTM, each (batch, unit).
        held: What becomes of the signals that are changed.
        activation: Of a plain RNN.
        reset: Of a GRU.
    """
    step = _gru_reset_before if (cell, reset) == ("gru", "before") else _STEPS[cell]
    read = functional.linear(x, weights.weight_ih, weights.bias_ih)  # (batch, time, gate * unit)
    steps: list[dict[str, Tensor]] = []
    carried = tuple(states)
    for t, sums in enumerate(read.unbind(1)):

        def change(signal: str, value: Tensor, t: int = t) -> Tensor:
            one = held.get(signal)
            if one is None or t not in one.steps:
                return value
            return torch.where(one.replaced[:, t], one.values[:, t], value) + one.added[:, t]

        found, carried = step(sums, carried, weights, change, activation)
        steps.append(found)
    return {signal: torch.stack([found[signal] for found in steps], 1) for signal in SIGNALS[cell]}


_Step = tuple[dict[str, Tensor], tuple[Tensor, ...]]


def _rnn(sums: Tensor, states: tuple[Tensor, ...], weights: Weights, change: Change, activation: Activation) -> _Step:
    h = change("h", activation(sums + functional.linear(states[0], weights.weight_hh, weights.bias_hh)))
    return {"h": h}, (h,)


def _lstm(sums: Tensor, states: tuple[Tensor, ...], weights: Weights, change: Change, _: Activation) -> _Step:
    h_prev, c_prev = states
    i, f, g, o = (sums + functional.linear(h_prev, weights.weight_hh, weights.bias_hh)).chunk(4, -1)
    i, f, g, o = (
        change("i", i.sigmoid()),
        change("f", f.sigmoid()),
        change("g", g.tanh()),
        change("o", o.sigmoid()),
    )
    c = change("c", f * c_prev + i * g)
    h = o * c.tanh()
    h = change("h", h if weights.weight_hr is None else functional.linear(h, weights.weight_hr))
    return {"h": h, "c": c, "i": i, "f": f, "g": g, "o": o}, (h, c)


def _gru(sums: Tensor, states: tuple[Tensor, ...], weights: Weights, change: Change, _: Activation) -> _Step:
    (h_prev,) = states
    x_r, x_z, x_n = sums.chunk(3, -1)
    h_r, h_z, h_n = functional.linear(h_prev, weights.weight_hh, weights.bias_hh).chunk(3, -1)
    r, z = change("r", (x_r + h_r).sigmoid()), change("z", (x_z + h_z).sigmoid())
    n = change("n", (x_n + r * h_n).tanh())
    h = change("h", (1 - z) * n + z * h_prev)
    return {"h": h, "r": r, "z": z, "n": n}, (h,)


def _gru_reset_before(
    sums: Tensor, states: tuple[Tensor, ...], weights: Weights, change: Change, _: Activation
) -> _Step:
    (h_prev,) = states
    own = gates_apart(weights)
    x_r, x_z, x_n = sums.chunk(3, -1)
    h_r, h_z = functional.linear(h_prev, own.gates, own.gates_bias).chunk(2, -1)
    r, z = change("r", (x_r + h_r).sigmoid()), change("z", (x_z + h_z).sigmoid())
    n = change("n", (x_n + functional.linear(r * h_prev, own.candidate, own.candidate_bias)).tanh())
    h = change("h", (1 - z) * n + z * h_prev)
    return {"h": h, "r": r, "z": z, "n": n}, (h,)


_STEPS: Final[Mapping[Cell, Callable[..., _Step]]] = {"rnn": _rnn, "lstm": _lstm, "gru": _gru}
