"""The gradients of many losses, stepped back through one pass forward that all of them share.

Losses differ in where they depend on the output, not in the slopes on the way back. So nothing is copied: a step back
is one matrix product for all losses together, and each joins in at the last step that it depends on.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Final, Literal, NamedTuple

import numpy as np
import torch
from torch import nn

from rnnviz.analysis.gradients import stable_norm
from rnnviz.capture.gradients import flushed
from rnnviz.cells import Recurrent, Weights, weights_of
from rnnviz.kernels import reset_of
from rnnviz.names import Direction
from rnnviz.trace import Trace

# --- The slopes of one layer and direction at every step ---


class Slopes(NamedTuple):
    """What a step does to gradients, elementwise; W_hh comes after.

    Attributes:
        sums: Of shape (time, gate, unit). dh_t/da, a the pre-activations; dc_t/da of an LSTM's i, f and g. For the n
            of torch's GRU it is dh_t/d(W_hn h_{t-1} + b_hn); for the r of one that resets before the product it is
            d(r_t h_{t-1})/da_r.
        onto_c: Of shape (time, unit). dh_t/dc_t of an LSTM.
        kept: Of shape (time, unit). What reaches the state before past W_hh: f of an LSTM's c, z of a GRU's h.
        read: Of shape (time, unit). dh_t/da_n of torch's GRU: the way of the input, which does not go through r.
        reset: Of shape (time, unit). r_t of a GRU that resets before the product: d(r_t h_{t-1})/dh_{t-1}.
    """

    sums: np.ndarray
    onto_c: np.ndarray | None = None
    kept: np.ndarray | None = None
    read: np.ndarray | None = None
    reset: np.ndarray | None = None


def slopes_of(
    module: nn.Module,
    trace: Trace,
    weights: Weights,
    layer: int,
    direction: Direction,
    *,
    hx: Sequence[np.ndarray] = (),
) -> Slopes:
    """The slopes of one layer and direction in float64, from a trace of one sample that began from ``hx``.

    Source: Pascanu, Mikolov, Bengio (2013), arXiv 1211.5063, equation 5 (a plain RNN's).
    """
    values = {s: trace.panel(s, layer=layer, direction=direction).astype(np.float64) for s in trace.values}
    h, first = values["h"], first_of(trace, layer, direction, hx)
    if trace.cell == "lstm":
        return _lstm(values, before(values["c"], direction, first[1]))
    if trace.cell == "gru":
        h_prev = before(h, direction, first[0])
        return _reset_before(values, h_prev) if reset_of(module) == "before" else _gru(values, h_prev, weights)
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


def _reset_before(values: dict[str, np.ndarray], h_prev: np.ndarray) -> Slopes:
    r, z, n = (values[s] for s in "rzn")
    sums = [h_prev * r * (1 - r), (h_prev - n) * z * (1 - z), (1 - z) * (1 - n * n)]
    return Slopes(np.stack(sums, 1), kept=z, reset=r)


def first_of(trace: Trace, layer: int, direction: Direction, hx: Sequence[np.ndarray]) -> tuple[np.ndarray, ...]:
    """The initial h, and c of an LSTM, of one layer and direction, each (unit,), from those of all or from none."""
    if not len(hx):
        return (np.zeros(trace.sizes["unit"]),) * (2 if trace.cell == "lstm" else 1)
    return tuple(state[layer * len(trace.directions) + trace.directions.index(direction)] for state in hx)


def before(states: np.ndarray, direction: Direction, first: np.ndarray) -> np.ndarray:
    """The state before each, in the order of reading: (time, unit); ``first`` is the one before all, (unit,)."""
    if direction == "forward":
        return np.concatenate([first[None], states[:-1]])
    return np.concatenate([states[1:], first[None]])


# --- The way back ---


By = Literal["h", "c", "x"]
"""What a gradient is by: a state, a cell state, the input."""

_HELD: Final = 2**22  # gradients by the inputs of a layer that are held at once
_PORTION: Final = 2**16  # gradients by pre-activations that are held at once, so that they stay in a cache


class Pulls(NamedTuple):
    """How losses depend on the output of the top layer: the gradients that are not zero.

    Attributes:
        losses, steps: Of shape (pull,). Which loss depends on the output of which step; no pair comes twice.
        vectors: Of shape (pull, direction * unit). The gradient of that loss by that output alone.
    """

    losses: np.ndarray
    steps: np.ndarray
    vectors: np.ndarray


def norms_back(
    module: Recurrent,
    trace: Trace,
    pulls: Pulls,
    count: int,
    *,
    by: By = "h",
    layer: int = 0,
    direction: Direction = "forward",
    hx: Sequence[np.ndarray] = (),
) -> np.ndarray:
    """How large the gradient of every loss is at every step of the one sample in the trace.

    Args:
        count: How many losses there are; one without a pull has no gradient.
        layer, direction: Of the state; the input has neither.
        hx: The initial states that the trace began from, as ``capture.state_of`` takes them.

    Returns:
        float64 of shape (loss, time). Norm over ``unit``, or over the features of the input, of the total derivative;
        exactly 0 where a loss does not depend on it.
    """
    if by != "x":
        trace.panel(by, layer=layer, direction=direction)  # there is such a state
    crossed = range(trace.sizes["layer"] - 1, -1 if by == "x" else layer, -1)
    above = [[Way(module, trace, k, way, hx) for way in trace.directions] for k in crossed]
    target = None if by == "x" else Way(module, trace, layer, direction, hx)
    joining, joined = _order(pulls, count, trace)
    # What a layer receives is kept for all its steps and losses, so a long input takes several groups of losses.
    held = trace.sizes["time"] * max((ways[0].features for ways in above), default=0)
    most = max(1, _HELD // held) if held else count
    norms = np.empty((count, trace.sizes["time"]))
    with np.errstate(all="ignore"), flushed():
        for first in range(0, count, most):
            losses = joining[first : first + most]
            flow = flow_from_losses(pulls, losses)
            active = np.clip(joined - first, 0, len(losses))
            norms[losses] = _norms(above, target, flow, active, count=len(losses), by=by)
    return norms


def _order(pulls: Pulls, count: int, trace: Trace) -> tuple[np.ndarray, np.ndarray]:
    """The losses in the order in which they join in on the way back, (loss,), and how many have at a step, (time,)."""
    time = trace.sizes["time"]
    # Reading both directions, a loss may depend on any step, so all take part from the start.
    last = np.full(count, time if len(trace.directions) > 1 else -1)
    np.maximum.at(last, pulls.losses, pulls.steps)
    joining = np.argsort(-last, kind="stable")
    # At step t those with last >= t have joined; with both signs turned, the order rises as searchsorted wants it.
    return joining, np.searchsorted(-last[joining], -np.arange(time), side="right")


Flow = Callable[[int, np.ndarray, slice], None]
"""Adds to the gradients (loss, unit) of a step what its units, those of the slice, receive from above."""


def flow_from_losses(pulls: Pulls, losses: np.ndarray) -> Flow:
    """What the losses themselves add, each in its row."""
    places = {loss: place for place, loss in enumerate(losses.tolist())}
    by_step: dict[int, list[tuple[int, np.ndarray]]] = {}
    for loss, step, vector in zip(pulls.losses.tolist(), pulls.steps.tolist(), pulls.vectors, strict=True):
        if loss in places:
            by_step.setdefault(step, []).append((places[loss], vector))

    def flow(t: int, onto: np.ndarray, units: slice) -> None:
        for place, vector in by_step.get(t, ()):
            onto[place] += vector[units]

    return flow


def flow_from_above(below: np.ndarray) -> Flow:
    """What the layer above adds, (time, loss, direction * unit)."""

    def flow(t: int, onto: np.ndarray, units: slice) -> None:
        onto += below[t, : len(onto), units]

    return flow


def _norms(
    above: "list[list[Way]]", target: "Way | None", flow: Flow, active: np.ndarray, *, count: int, by: By
) -> np.ndarray:
    """The norms of some losses, (loss, time); ``active`` says how many of them take part at each step."""
    below = np.empty(0)
    for ways in above:
        below = np.zeros((len(active), count, ways[0].features))
        for way in ways:
            for steps, found in way.walk(flow, active, count):
                below[steps] += way.onward(found)  # added: both directions read the same input
        flow = flow_from_above(below)
    if target is None:
        return stable_norm(below).T
    norms = np.empty((len(active), count))
    for steps, found in target.walk(flow, active, count):
        norms[steps] = stable_norm(found.h if by == "h" else found.c)
    return norms.T


class Found(NamedTuple):
    """The gradients at some steps, (step, loss, …): by h; by an LSTM's c or a GRU's a_n; by the pre-activations."""

    h: np.ndarray
    c: np.ndarray
    sums: np.ndarray


class Way:
    """One layer and direction on the way back."""

    def __init__(
        self, module: Recurrent, trace: Trace, layer: int, direction: Direction, hx: Sequence[np.ndarray] = ()
    ) -> None:
        weights = weights_of(module, layer, direction)
        self.slopes = slopes_of(module, trace, weights, layer, direction, hx=hx)
        self.is_lstm = trace.cell == "lstm"
        self.W_ih, self.W_hh = weights.weight_ih.double(), weights.weight_hh.double()
        self.features = self.W_ih.shape[1]
        time, _, size = self.slopes.sums.shape
        self.units = slice(0, size) if direction == "forward" else slice(size, 2 * size)
        self.steps = np.arange(time)[:: -1 if direction == "forward" else 1]

    def walk(self, flow: Flow, active: np.ndarray, count: int) -> Iterator[tuple[np.ndarray, Found]]:
        """The steps in portions, the last one read first, with the gradients there, valid until the next portion."""
        _, gates, size = self.slopes.sums.shape
        onto_h, onto_c = np.zeros((2, count, size))  # what a step passes on to h and c of the one before
        length = min(len(self.steps), max(1, _PORTION // (count * gates * size)))
        found = Found(*(np.zeros((length, count, *shape)) for shape in ((size,), (size,), (gates, size))))
        for first in range(0, len(self.steps), length):
            steps = self.steps[first : first + length]
            for k, t in enumerate(steps.tolist()):
                # Rows from m on were never written, so they hold 0: on the way back m never falls.
                if m := int(active[t]):
                    flow(t, onto_h[:m], self.units)
                    self.step_back(t, onto_h[:m], onto_c[:m], Found(*(part[k, :m] for part in found)))
            yield steps, Found(*(part[: len(steps)] for part in found))

    def step_back(self, t: int, onto_h: np.ndarray, onto_c: np.ndarray, found: Found) -> None:
        """Note the gradients at a step, and replace what it was passed by what it passes on."""
        slopes, (dh, dc, sums) = self.slopes, found
        dh[:] = onto_h
        if slopes.reset is not None and slopes.kept is not None:
            of_gates, of_n = (part.numpy() for part in self.W_hh.tensor_split((2 * dh.shape[1],)))
            np.multiply(dh[:, None], slopes.sums[t, 1:], out=sums[:, 1:])
            onto_reset = sums[:, 2] @ of_n  # dL/d(r_t h_{t-1}) = W_hn' dL/da_n
            np.multiply(onto_reset, slopes.sums[t, 0], out=sums[:, 0])
            onto_h[:] = sums[:, :2].reshape(len(dh), -1) @ of_gates
            onto_h += onto_reset * slopes.reset[t] + dh * slopes.kept[t]
            return
        if slopes.onto_c is not None and slopes.kept is not None:
            # An LSTM: dL/dc_t = dL/dc_{t+1} f_{t+1} + dL/dh_t o_t (1 - tanh²(c_t)); i, f, g act on c_t, o on h_t.
            np.multiply(dh, slopes.onto_c[t], out=dc)
            dc += onto_c
            np.multiply(dc[:, None], slopes.sums[t, :3], out=sums[:, :3])
            np.multiply(dh, slopes.sums[t, 3], out=sums[:, 3])
            np.multiply(dc, slopes.kept[t], out=onto_c)  # dL/dc_{t-1} = dL/dc_t f_t: the conveyor, past W_hh
        else:
            np.multiply(dh[:, None], slopes.sums[t], out=sums)
        # dL/dh_{t-1} = W_hh' dL/da_t, a the pre-activations
        torch.mm(torch.from_numpy(sums).flatten(1), self.W_hh, out=torch.from_numpy(onto_h))
        if slopes.read is not None and slopes.kept is not None:
            np.multiply(dh, slopes.read[t], out=dc)  # a GRU has no c: here dc is by a_n, without r_t
            onto_h += dh * slopes.kept[t]  # of h_t = (1 - z_t) n_t + z_t h_{t-1}, the second term

    def jacobians(self) -> np.ndarray:
        """d(h_t, c_t)/d(h_{t-1}, c_{t-1}) of every step, (time, state, state): each unit of the state is a loss."""
        time, gates, size = self.slopes.sums.shape
        states = size * (2 if self.is_lstm else 1)
        found = Found(*(np.zeros((states, *shape)) for shape in ((size,), (size,), (gates, size))))
        every = np.zeros((time, states, states))
        for t in range(time):
            onto_h, onto_c = np.eye(states)[:, :size].copy(), np.eye(states)[:, size:].copy()
            self.step_back(t, onto_h, onto_c if self.is_lstm else np.zeros((states, size)), found)
            every[t] = np.concatenate([onto_h, onto_c], 1)
        return every

    def onward(self, found: Found) -> np.ndarray:
        """The gradients by the layer's input, dL/dx_t = W_ih' dL/da_t: (step, loss, feature)."""
        sums = found.sums
        if self.slopes.read is not None:  # in torch's GRU r_t multiplies W_hn h_{t-1} + b_hn, not W_in x_t
            sums = np.concatenate([sums[:, :, :2], found.c[:, :, None]], 2)
        return torch.matmul(torch.from_numpy(sums).flatten(2), self.W_ih).numpy()
