"""The numbers of one row of a record: of a call, of its states and gradients, and of the weights."""

import warnings
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn

from rnnviz.analysis import half_life
from rnnviz.analysis.gradients import stable_norm
from rnnviz.cells import Recurrent, Weights, cell_of, directions_of, weights_of
from rnnviz.names import GATES, sigmoid_gates
from rnnviz.record import QUANTILES
from rnnviz.watching.calls import SAMPLE, Listened
from rnnviz.watching.neighbours import orders
from rnnviz.watching.replay import Arrays

LOW: Final = 0.05
HIGH: Final = 0.95
"""Gates below and above, and states beyond ±0.95, are saturated."""

_KEEPS: Final = {"lstm": "f", "gru": "z"}
"""The gate that says how much of a state a step keeps."""

Numbers = dict[str, np.ndarray]


def of_weights(module: Recurrent) -> Numbers:
    """What the weights of every layer and direction come to."""
    each = [
        [_of_weights(module, weights_of(module, layer, way)) for way in directions_of(module)]
        for layer in range(module.num_layers)
    ]
    return {name: np.array([[way[name] for way in row] for row in each]) for name in each[0][0]}


def _of_weights(module: Recurrent, weights: Weights) -> dict[str, float]:
    found = {"singular_value": largest_singular_value(weights.weight_hh)}
    if weights.bias_ih is None or weights.bias_hh is None:
        return found | dict.fromkeys(("forget_bias", "bias_ih_used", "bias_hh_used", "bias_equal"), np.nan)
    ih, hh = _array(weights.bias_ih), _array(weights.bias_hh)
    forget = (ih + hh).reshape(len(GATES["lstm"]), -1)[1].mean() if cell_of(module) == "lstm" else np.nan
    shares = {"bias_ih_used": ih != 0, "bias_hh_used": hh != 0, "bias_equal": (ih == hh) & (ih != 0)}
    return found | {"forget_bias": forget} | {name: share.mean() for name, share in shares.items()}


def largest_singular_value(matrix: Tensor) -> float:
    """The most by which a tall matrix stretches, from its small square; NaN if an entry is not finite."""
    tall = matrix.detach().cpu().double()
    if not torch.isfinite(tall).all():
        return float("nan")
    return float(torch.linalg.eigvalsh(tall.T @ tall)[-1].clamp(min=0).sqrt())


def of_states(module: Recurrent, values: Arrays, grads: Arrays) -> Numbers:
    """What states, gates and gradients come to, over all sequences and their true steps."""
    cell, h = cell_of(module), values["h"]
    steps = ~np.isnan(h[:1, :1, ..., :1])
    count = steps.sum()
    with np.errstate(invalid="ignore"):
        found = {"saturated": _rate(np.abs(h) > HIGH, count), "dead": _constant(h).mean(-1)}
        gates = [values[gate] for gate in sigmoid_gates(cell)]
        if gates:
            found["shut"] = np.stack([_rate(gate < LOW, count) for gate in gates], -1)
            found["open"] = np.stack([_rate(gate > HIGH, count) for gate in gates], -1)
    if cell in _KEEPS:
        keeps = values[_KEEPS[cell]]
        found["half_life"] = np.array([[_half_lives(panel) for panel in layer] for layer in keeps])
    if grads:
        norms = stable_norm(grads["h"])  # (layer, direction, sequence, time)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # a step that no sequence has is NaN, as it should be
            found["grad_norm"] = np.nanmean(norms, 2)
    return found


def _rate(where: np.ndarray, steps: int) -> np.ndarray:
    """The share of units and steps at which it is so, of each layer and direction; to count is faster than a mean."""
    share: np.ndarray = np.count_nonzero(where, axis=(2, 3, 4)) / (steps * where.shape[-1])
    return share


def _constant(h: np.ndarray) -> np.ndarray:
    """Which units are the same number at every true step of every sequence: (layer, direction, unit)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        same: np.ndarray = np.nanmax(h, (2, 3)) == np.nanmin(h, (2, 3))
    return same


def _half_lives(panel: np.ndarray) -> np.ndarray:
    """Quantiles over the units of a gate (sequence, time, unit); a gate that was NaN throughout has none."""
    lives = half_life(np.where(np.isfinite(panel), panel.clip(0, 1), panel.dtype.type(np.nan)))
    known = lives[~np.isnan(lives)]
    if not len(known):
        return np.full(len(QUANTILES), np.nan)
    quantiles: np.ndarray = np.quantile(known, QUANTILES, method="nearest")
    return quantiles


# --- Of the call and of where its gradient arrived ---


def of_call(made: Listened) -> Numbers:
    """What a call was, and where the gradient arrived that came to its output from outside."""
    call, padding = made.call, _padding(made)
    found: dict[str, float] = {
        "batch": len(call.x),
        "steps": int(made.lengths.max()),
        "packed": call.lengths is not None,
        "given": bool(call.states),
        "carried": made.carried,
        "padding": float(padding.sum()) / (made.x.shape[0] * made.x.shape[1]),
    }
    if call.lengths is None:
        found["time_order"], found["batch_order"] = orders(call.x if made.tokens is None else made.tokens)
    if made.received and made.reached is not None:
        arrived, last = _arrived(made), made.lengths - 1
        found["reached"] = float(made.reached.float().mean())
        found["at_last"] = _share(arrived[..., 0], last)
        found["reverse_at_last"] = _share(arrived[..., 1], last) if arrived.shape[-1] == 2 else float("nan")
        if padding.any():
            found["padded"] = float((arrived[:, -1].sum(-1) > 0)[padding > 0].float().mean())
    return {name: np.float32(value) for name, value in found.items()}  # type: ignore[misc]


def _arrived(made: Listened) -> Tensor:
    """The square of the gradient that arrived at the top layer, (sequence, time, direction), summed over the units."""
    sequences, time = made.x.shape[:2]
    ways = 1 + bool(made.call.layer.bidirectional)
    shape, onto = (sequences, time, ways, made.call.output.shape[-1] // ways), made.onto_output
    flow = torch.zeros(shape, dtype=torch.float64) if onto is None else onto.reshape(shape).to(torch.float64, copy=True)
    if (top := made.onto_states.get(0)) is not None:
        flow[torch.arange(sequences), made.lengths - 1, 0] += top[-ways]
        if ways == 2:
            flow[:, 0, 1] += top[-1]
    return flow.square().sum(-1)


def _share(arrived: Tensor, step: Tensor) -> float:
    """The share of what arrived, (sequence, time), that one step of each sequence received."""
    total = float(arrived.sum())
    return float(arrived[torch.arange(len(step)), step].sum()) / total if total else float("nan")


def _padding(made: Listened) -> Tensor:
    """How many steps at the end of each sequence are one and the same row, if sequences differ in it: (sequence,).

    Where all end after the same number of such steps, these may be a part of the task.
    """
    none = torch.zeros(len(made.x), dtype=torch.int64)
    if made.call.lengths is not None:
        return none
    rows = (made.x if made.tokens is None else made.tokens[:SAMPLE].cpu()).reshape(*made.x.shape[:2], -1)
    if rows.shape[1] < 2 or not bool((rows[:, -1] == rows[:, -2]).all(-1).any()):
        return none
    own = (rows == rows[:, -1:]).all(-1).flip(1).long().cumprod(1).sum(1)  # how long each ends with its last row
    row = rows[own.argmax(), -1]
    ends = (rows == row).all(-1).flip(1).long().cumprod(1).sum(1)
    return ends if int(ends.max()) > 1 and int(ends.max()) > int(ends.min()) else none


def _array(weight: Tensor) -> np.ndarray:
    return weight.detach().cpu().double().numpy()


# --- Of the model's output ---


def softmax_twice(output: Tensor, gradient: Tensor) -> bool:
    """Whether an output is probabilities and its gradient is that of ``cross_entropy``, which takes them for logits.

    For class y that gradient is proportional to softmax(output) less 1 at y.
    """
    for axis in {output.dim() - 1, 1} if output.dim() > 1 else set():
        p, g = (tensor.detach().double().movedim(axis, -1).flatten(0, -2) for tensor in (output, gradient))
        p, g = p[g.abs().sum(1) > 0], g[g.abs().sum(1) > 0]
        if len(p) and p.shape[1] > 1 and bool((p >= 0).all()) and bool(((p.sum(1) - 1).abs() < 1e-4).all()):
            expected = torch.softmax(p, 1) - nn.functional.one_hot(g.argmin(1), p.shape[1])
            scale = (g * expected).sum(1) / expected.square().sum(1)
            # Two classes leave no freedom but the scale: other losses have another one in each sequence.
            alike = p.shape[1] > 2 or (len(p) > 1 and bool(((scale / scale.mean() - 1).abs() < 1e-3).all()))
            if alike and bool((scale > 0).all()) and bool(((g / scale[:, None] - expected).abs() < 1e-4).all()):
                return True
    return False


_SHAPES_ONLY: Final = (
    "View",
    "Squeeze",
    "Unsqueeze",
    "Transpose",
    "Permute",
    "Select",
    "Slice",
    "Alias",
    "Reshape",
    "TBackward",
)
"""What the operations that only change a shape are called in a graph, at the beginning."""


def is_sigmoid(output: Tensor) -> bool:
    """Whether a sigmoid made an output, by its graph; logits may be in 0 to 1 as well."""
    node = output.grad_fn
    while node is not None and node.name().removeprefix("Unsafe").startswith(_SHAPES_ONLY):
        node = node.next_functions[0][0]
    return node is not None and node.name().startswith("SigmoidBackward")


def sigmoid_twice(output: Tensor, gradient: Tensor) -> bool:
    """Whether the gradient by a sigmoid's output is that of ``binary_cross_entropy_with_logits``.

    For a target y of 0 or 1 that gradient is proportional to σ(output) - y. Where the outputs are nearly one number, so
    are the gradients of other losses; it has to fit much better than those of the binary cross-entropy and of squares.
    """
    p, g = output.detach().double().flatten(), gradient.detach().double().flatten()
    p, g = p[g != 0], g[g != 0]
    if len(p) < 4 or bool(((p <= 0) | (p >= 1)).any()):
        return False

    def misfit(above: Tensor, below: Tensor) -> float:
        scale = torch.where(g > 0, g / above, -g / below)
        return float((scale / scale.mean() - 1).abs().max())

    slope = torch.sigmoid(p)
    others = min(misfit(1 / (1 - p), 1 / p), misfit(p, 1 - p))
    return misfit(slope, 1 - slope) < min(1e-3, others / 20)
