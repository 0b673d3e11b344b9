"""One step of each cell in reading order, with every product kept: the reference that the fast capture is tested by.

All functions broadcast over leading axes, so that one call computes all steps where every previous state is known.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from rnnviz.names import DIRECTIONS, GATES, Cell, Direction, Nonlinearity

Recurrent = nn.RNN | nn.LSTM | nn.GRU


class Weights(NamedTuple):
    """The weights of one layer and direction, in torch's order; None where there are no biases or no projection."""

    weight_ih: Tensor
    weight_hh: Tensor
    bias_ih: Tensor | None = None
    bias_hh: Tensor | None = None
    weight_hr: Tensor | None = None


def rnn_step(x: Tensor, h_prev: Tensor, weights: Weights, *, nonlinearity: Nonlinearity = "tanh") -> dict[str, Tensor]:
    """Everything that a plain RNN computes in a step, in reading order, each shaped as h_prev: (..., hidden_size).

    These are ``ih.h`` (W_ih x), ``hh.h`` (W_hh h_prev), ``sum.h`` (with the biases), ``h``; x is (..., input_size).

    Source: Elman (1990), Finding structure in time; torch.nn.RNN.
    """
    (ih,), (hh,), (b_i,), (b_h,) = _products("rnn", x, h_prev, weights)
    a = (ih + b_i) + (hh + b_h)
    h = torch.tanh(a) if nonlinearity == "tanh" else torch.relu(a)
    return {"ih.h": ih, "hh.h": hh, "sum.h": a, "h": h}


def lstm_step(x: Tensor, h_prev: Tensor, c_prev: Tensor, weights: Weights) -> dict[str, Tensor]:
    """Everything that an LSTM computes in a step, in reading order, each shaped as h_prev: (..., hidden_size).

    These are ``ih.k``, ``hh.k``, ``sum.k``, ``k`` of each gate i, f, g, o, then ``f*c``, ``i*g``, ``c``, ``tanh(c)``,
    ``h``; x is (..., input_size). With a projection h_prev and ``h`` are (..., proj_size), and ``o*tanh(c)`` is kept.

    Source: Hochreiter and Schmidhuber (1997), with the forget gate of Gers et al. (2000); the projection is that of
    Sak, Senior and Beaufays (2014), arXiv 1402.1128; torch.nn.LSTM.
    """
    kept: dict[str, Tensor] = {}
    for k, ih, hh, b_i, b_h in zip(GATES["lstm"], *_products("lstm", x, h_prev, weights), strict=True):
        a = (ih + b_i) + (hh + b_h)
        kept |= {f"ih.{k}": ih, f"hh.{k}": hh, f"sum.{k}": a, k: torch.tanh(a) if k == "g" else torch.sigmoid(a)}
    fc = kept["f"] * c_prev
    ig = kept["i"] * kept["g"]
    c = fc + ig
    tanh_c = torch.tanh(c)
    kept |= {"f*c": fc, "i*g": ig, "c": c, "tanh(c)": tanh_c}
    shown = kept["o"] * tanh_c
    if weights.weight_hr is None:
        return kept | {"h": shown}
    return kept | {"o*tanh(c)": shown, "h": shown @ weights.weight_hr.T}


def gru_step(
    x: Tensor, h_prev: Tensor, weights: Weights, *, reset_before: bool = False, swap_z: bool = False
) -> dict[str, Tensor]:
    """Everything that a GRU computes in a step, in reading order, each shaped as h_prev: (..., hidden_size).

    These are ``ih.k``, ``hh.k``, ``sum.k``, ``k`` of each gate r, z, n, with ``hh.n+b`` and ``r*(hh.n+b)`` before
    ``sum.n``, then ``(1-z)*n``, ``z*h``, ``h``; x is (..., input_size). The variants have ``r*h`` before ``hh.n`` in
    place of ``r*(hh.n+b)``, and ``z*n``, ``(1-z)*h``.

    Args:
        reset_before: The textbook's candidate, W_hn (r * h_prev) + b_hn, in place of torch's r * (W_hn h_prev + b_hn).
        swap_z: The textbook's h = (1 - z) * h_prev + z * n in place of torch's h = (1 - z) * n + z * h_prev.

    Source: Cho et al. (2014), arXiv 1406.1078, equations 5 to 8 (reset before the product); torch.nn.GRU (after it).
    """
    ih, hh, b_i, b_h = _products("gru", x, h_prev, weights)
    kept: dict[str, Tensor] = {}
    for k, ih_k, hh_k, b_ik, b_hk in zip("rz", ih, hh, b_i, b_h, strict=False):
        a = (ih_k + b_ik) + (hh_k + b_hk)
        kept |= {f"ih.{k}": ih_k, f"hh.{k}": hh_k, f"sum.{k}": a, k: torch.sigmoid(a)}
    r, z = kept["r"], kept["z"]
    kept["ih.n"] = ih[2]
    if reset_before:
        kept["r*h"] = r * h_prev
        kept["hh.n"] = kept["r*h"] @ weights.weight_hh.chunk(3)[2].T
        from_h = kept["hh.n+b"] = kept["hh.n"] + b_h[2]
    else:
        kept["hh.n"] = hh[2]
        kept["hh.n+b"] = hh[2] + b_h[2]
        from_h = kept["r*(hh.n+b)"] = r * kept["hh.n+b"]
    kept["sum.n"] = (ih[2] + b_i[2]) + from_h
    n = kept["n"] = torch.tanh(kept["sum.n"])
    mixed = {"z*n": z * n, "(1-z)*h": (1 - z) * h_prev} if swap_z else {"(1-z)*n": (1 - z) * n, "z*h": z * h_prev}
    new, old = mixed.values()
    return kept | mixed | {"h": new + old}


def recurrent(module: object, *, projections: bool = False) -> Recurrent:
    """The module itself, if it is one of the three that can be read.

    Raises:
        TypeError: If the module is something else.
        ValueError: If it is an LSTM with projections, unless they are allowed.
    """
    if not isinstance(module, Recurrent):
        raise TypeError(f"module must be an nn.RNN, nn.LSTM or nn.GRU; got {type(module).__name__}")
    if module.proj_size and not projections:
        raise ValueError(f"proj_size must be 0, projections are not supported; got {module.proj_size}")
    return module


def cell_of(module: Recurrent) -> Cell:
    """The kind of cell of a recurrent module."""
    if isinstance(module, nn.LSTM):
        return "lstm"
    return "gru" if isinstance(module, nn.GRU) else "rnn"


def directions_of(module: Recurrent) -> tuple[Direction, ...]:
    """The directions that a recurrent module reads in."""
    return DIRECTIONS if module.bidirectional else DIRECTIONS[:1]


def weights_of(module: Recurrent, layer: int, direction: Direction) -> Weights:
    """The weights of one layer and direction, detached but not copied.

    Raises:
        ValueError: If the module has no such layer or direction.
    """
    if not 0 <= layer < module.num_layers:
        raise ValueError(f"layer must be in 0..{module.num_layers - 1} for this module; got {layer}")
    if direction not in directions_of(module):
        raise ValueError(f"direction must be {' or '.join(directions_of(module))} for this module; got {direction!r}")
    ending = f"_l{layer}" + ("_reverse" if direction == "reverse" else "")
    absent = {*(() if module.bias else ("bias_ih", "bias_hh")), *(() if module.proj_size else ("weight_hr",))}
    names = [name for name in Weights._fields if name not in absent]
    return Weights(**{name: getattr(module, name + ending).detach() for name in names})


class GatesApart(NamedTuple):
    """The recurrent weights of a GRU's r and z, and those of its n, which reads another state if r comes before it."""

    gates: Tensor
    candidate: Tensor
    gates_bias: Tensor | None
    candidate_bias: Tensor | None


def gates_apart(weights: Weights) -> GatesApart:
    """W_hh and b_hh of a GRU in two parts, as views."""
    units = weights.weight_hh.shape[1]
    biases = (None, None) if weights.bias_hh is None else weights.bias_hh.tensor_split((2 * units,))
    return GatesApart(*weights.weight_hh.tensor_split((2 * units,)), *biases)


def _products(
    cell: Cell, x: Tensor, h_prev: Tensor, weights: Weights
) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...], tuple[Tensor, ...], tuple[Tensor, ...]]:
    """W_i* x, W_h* h_prev and the two biases, each split by gate."""
    gates = len(GATES[cell])
    zero = weights.weight_hh.new_zeros(weights.weight_hh.shape[0])
    ih = x @ weights.weight_ih.T  # (..., gates * unit)
    hh = h_prev @ weights.weight_hh.T  # (..., gates * unit)
    b_i = zero if weights.bias_ih is None else weights.bias_ih
    b_h = zero if weights.bias_hh is None else weights.bias_hh
    return ih.chunk(gates, -1), hh.chunk(gates, -1), b_i.chunk(gates), b_h.chunk(gates)
