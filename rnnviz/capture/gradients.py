"""The backward pass: total derivatives of every state and gate, stepped back through time.

With all gates known from the forward pass, a step back is a few elementwise products and one matrix product for the
whole batch. The kernels' own backward passes record every step for autograd, or also compute the gradients of all
weights, which nobody asks for here.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from rnnviz.capture.forward import Forward, product, room
from rnnviz.cells import Weights, gates_apart
from rnnviz.names import SIGNALS

# --- Stepped back through time ---


_PORTION = 50_000  # derivatives of pre-activations that are computed at a time, so that they stay in a cache


@dataclass(frozen=True)
class End:
    """What the final states of a call receive from whatever read them, its next call too.

    Attributes:
        last: Of shape (batch,). The last true step of each sample in the call.
        states: dLoss by the final h, and for an LSTM c, each of shape (layer * direction, batch, unit).
    """

    last: np.ndarray
    states: tuple[Tensor, ...]


def step_back(run: Forward, grads: dict[str, np.ndarray], flow: Tensor, ends: Sequence[End] = ()) -> None:
    """Fill the gradients of every layer and direction, the top layer first; ``run`` has its values.

    Args:
        grads: Each of shape AXES. Of an LSTM, those of the gates may be left out.
        flow: Of shape (batch, time, direction * unit). dLoss/d(output of the top layer).
        ends: Of each call, where several were joined along time; nothing is stepped back from one call to another.
    """
    units, ways = run.h_shape[4], len(run.directions)
    for layer in reversed(range(run.shape[0])):
        # The loss may weigh the zeros on padded steps, and the layer above walks back into them in reverse.
        if run.batch.padded is not None:
            flow = flow.masked_fill(run.batch.padded[..., None], 0)
        below = torch.zeros_like(run.inputs[layer]) if layer > 0 else None
        for k in range(ways):
            way = (_ResetBeforeGRU if run.resets_before else _WAYS[run.cell])(run, grads, layer, k)
            way.receive(ends)
            way.walk(flow[..., k * units : (k + 1) * units].numpy(), below)
        if below is not None:
            flow = below * run.batch.masks[layer - 1] if run.batch.masks else below


class _Way:
    """One layer and direction, its arrays in the order of reading: (time, batch, unit)."""

    gates: int

    def __init__(self, run: Forward, grads: dict[str, np.ndarray], layer: int, k: int) -> None:
        self.turn = -1 if run.directions[k] == "reverse" else 1
        self.index = layer * len(run.directions) + k
        self.values = {s: self.read(array[layer, k]) for s, array in run.values.items()}
        self.grads = {s: self.read(array[layer, k]) for s, array in grads.items()}
        self.weights = run.weights[self.index]
        samples, units = run.shape[2], run.shape[4]
        self.steps = min(max(1, _PORTION // (samples * self.gates * units)), run.shape[3])
        self.sums = np.empty((self.steps, samples, self.gates, units), run.dtype)  # dL/da_t, a the pre-activations
        self.onto_h = np.zeros((samples, run.h_shape[4]), run.dtype)  # what step t passes on to h of t - 1
        self.onto_c = np.zeros((samples, units), run.dtype)  # … and to c of t - 1
        self.through = np.empty_like(self.onto_c)
        # The same memory, step by step, as torch multiplies it: views are made once, since each takes microseconds.
        self.made = torch.from_numpy(self.sums).flatten(2).unbind()
        self.passed = torch.from_numpy(self.onto_h)

    def receive(self, ends: Sequence[End]) -> None:
        """Note what h and c receive at the end of each call, by the step in the order of reading."""
        self.ends: dict[int, list[tuple[np.ndarray, list[np.ndarray]]]] = {}
        for end in ends:
            last = end.last if self.turn == 1 else np.full_like(end.last, len(self.grads["h"]) - 1)
            states = [state[self.index].numpy() for state in end.states]
            for step in np.unique(last).tolist():
                self.ends.setdefault(step, []).append((last == step, states))

    def enter(self, t: int) -> None:
        """Before step t: where a call ended with it, the states receive what the loss hands back to them."""
        for here, states in self.ends.get(self.start + t, ()):
            for onto, state in zip((self.onto_h, self.onto_c), states, strict=False):
                onto[here] = state[here]

    def read(self, array: np.ndarray) -> np.ndarray:
        """A view of an array (batch, time, unit) in the order of reading."""
        return array.swapaxes(0, 1)[:: self.turn]

    def walk(self, flow: np.ndarray, below: Tensor | None) -> None:
        """Go from dLoss/d(output) to the gradients of all signals, and add those of the layer below."""
        self.grads["h"][:] = self.read(flow)
        for start in reversed(range(0, len(self.grads["h"]), self.steps)):
            part = slice(start, start + self.steps)
            self.start = start
            values, grads = ({s: a[part] for s, a in arrays.items()} for arrays in (self.values, self.grads))
            self.walk_part(values, grads)
            if below is not None:
                made = torch.from_numpy(self.sums).flatten(2)[: len(grads["h"])]
                # dL/dx_t = W_ih' dL/da_t
                onward = product(made, self.weights.weight_ih.T).numpy()  # (time, batch, feature)
                self.read(below.numpy())[part] += onward  # added: both directions read the same input

    def walk_part(self, values: dict[str, np.ndarray], grads: dict[str, np.ndarray]) -> None:
        """Fill the gradients of some steps, the last one first, and those of their pre-activations in ``sums``."""
        raise NotImplementedError

    def pass_on(self, t: int) -> None:
        """Put into ``onto_h`` what h_{t-1} receives through W_hh: W_hh' dL/da_t."""
        torch.mm(self.made[t], self.weights.weight_hh, out=self.passed)


class _RNN(_Way):
    gates = 1

    def __init__(self, run: Forward, grads: dict[str, np.ndarray], layer: int, k: int) -> None:
        super().__init__(run, grads, layer, k)
        self.relu = isinstance(run.module, nn.RNN) and run.module.nonlinearity == "relu"

    def walk_part(self, values: dict[str, np.ndarray], grads: dict[str, np.ndarray]) -> None:
        h = values["h"]
        slopes = 1 - h * h  # tanh'(a_t), from its value
        for t in reversed(range(len(h))):
            dh = grads["h"][t]
            self.enter(t)
            np.add(dh, self.onto_h, out=dh)  # the total derivative: what the output receives, and what t + 1 passes on
            # ReLU'(a_t) is 1 where h_t > 0; at 0 it is taken as 0, as torch does.
            self.sums[t, :, 0] = np.where(h[t] > 0, dh, 0) if self.relu else slopes[t] * dh
            self.pass_on(t)


def unprojected(dh: np.ndarray, weights: Weights) -> np.ndarray:
    """dLoss/d(o_t tanh(c_t)) of dLoss/dh_t: the same, or with a projection h_t = W_hr (o_t tanh(c_t)), through it."""
    return dh if weights.weight_hr is None else dh @ weights.weight_hr.numpy()


class _LSTM(_Way):
    gates = 4

    def __init__(self, run: Forward, grads: dict[str, np.ndarray], layer: int, k: int) -> None:
        super().__init__(run, grads, layer, k)
        self.values["c_prev"] = self.read(run.previous(run.c, layer, k))

    def walk_part(self, values: dict[str, np.ndarray], grads: dict[str, np.ndarray]) -> None:
        i, f, g, o = (values[s] for s in "ifgo")
        c_prev, tanh_c = values["c_prev"], np.tanh(values["c"])
        to_c = o * (1 - tanh_c * tanh_c)  # dh_t/dc_t
        slopes = np.empty_like(self.sums[: len(i)])  # dc_t/da of i, f and g; dh_t/da of o
        for k, slope in enumerate((g * i * (1 - i), c_prev * f * (1 - f), i * (1 - g * g), tanh_c * o * (1 - o))):
            slopes[:, :, k] = slope
        (by_c, by_h), (sums_by_c, sums_by_h) = ((a[:, :, :3], a[:, :, 3]) for a in (slopes, self.sums))
        for t in reversed(range(len(i))):
            dh, dc = grads["h"][t], grads["c"][t]
            self.enter(t)
            np.add(dh, self.onto_h, out=dh)
            shown = unprojected(dh, self.weights)
            # dL/dc_t = dL/dc_{t+1} f_{t+1} + dL/dh_t o_t (1 - tanh²(c_t)): along c, and out through h.
            np.multiply(shown, to_c[t], out=self.through)
            np.add(self.onto_c, self.through, out=dc)
            np.multiply(by_c[t], dc[:, None], out=sums_by_c[t])
            np.multiply(by_h[t], shown, out=sums_by_h[t])
            np.multiply(dc, f[t], out=self.onto_c)  # dL/dc_{t-1} = dL/dc_t f_t: the conveyor, past all weights
            self.pass_on(t)
        if "o" not in grads:
            return
        # By the gates themselves, after their squashing: h_t = o_t tanh(c_t), c_t = f_t c_{t-1} + i_t g_t.
        np.multiply(unprojected(grads["h"], self.weights), tanh_c, out=grads["o"])
        np.multiply(grads["c"], g, out=grads["i"])
        np.multiply(grads["c"], i, out=grads["g"])
        np.multiply(grads["c"], c_prev, out=grads["f"])


class _GRU(_Way):
    gates = 3

    def __init__(self, run: Forward, grads: dict[str, np.ndarray], layer: int, k: int) -> None:
        super().__init__(run, grads, layer, k)
        self.values["h_prev"] = self.read(run.previous(run.h, layer, k))
        self.values["hidden_n"] = self.read(run.hidden_n[layer, k])

    def walk_part(self, values: dict[str, np.ndarray], grads: dict[str, np.ndarray]) -> None:
        r, z, n = (values[s] for s in "rzn")
        to_z, by_n = values["h_prev"] - n, 1 - n * n  # dh_t/dz_t of h_t = (1 - z_t) n_t + z_t h_{t-1}; dn_t/da_n
        by_r = by_n * values["hidden_n"]  # dn_t/dr_t, of n_t = tanh(W_in x_t + b_in + r_t (W_hn h_{t-1} + b_hn))
        slopes = np.empty_like(self.sums[: len(r)])  # dh_t/da of r and z; for n, dh_t/d(W_hn h_{t-1} + b_hn)
        for k, slope in enumerate(((1 - z) * by_r * r * (1 - r), to_z * z * (1 - z), (1 - z) * by_n * r)):
            slopes[:, :, k] = slope
        for t in reversed(range(len(r))):
            dh = grads["h"][t]
            self.enter(t)
            np.add(dh, self.onto_h, out=dh)
            np.multiply(slopes[t], dh[:, None], out=self.sums[t])
            self.pass_on(t)
            np.multiply(dh, z[t], out=self.through)  # the way past the weights: z_t of h_{t-1} stays in h_t
            np.add(self.onto_h, self.through, out=self.onto_h)
        np.multiply(grads["h"], to_z, out=grads["z"])
        np.multiply(grads["h"], 1 - z, out=grads["n"])
        np.multiply(grads["n"], by_r, out=grads["r"])
        # Only now that every step is passed on: r_t does not multiply W_in x_t, which receives dL/da_n itself.
        np.multiply(grads["n"], by_n, out=self.sums[: len(r), :, 2])


class _ResetBeforeGRU(_Way):
    gates = 3

    def __init__(self, run: Forward, grads: dict[str, np.ndarray], layer: int, k: int) -> None:
        super().__init__(run, grads, layer, k)
        self.values["h_prev"] = self.read(run.previous(run.h, layer, k))

    def walk_part(self, values: dict[str, np.ndarray], grads: dict[str, np.ndarray]) -> None:
        r, z, n, h_prev = (values[s] for s in ("r", "z", "n", "h_prev"))
        to_z, to_n = h_prev - n, (1 - z) * (1 - n * n)  # dh_t/dz_t; dh_t/da_n, which W_hn hands to r_t h_{t-1}
        slope_r, slope_z = r * (1 - r), to_z * z * (1 - z)
        of_gates, of_n = (part.numpy() for part in gates_apart(self.weights)[:2])
        for t in reversed(range(len(r))):
            dh, sums = grads["h"][t], self.sums[t]
            self.enter(t)
            np.add(dh, self.onto_h, out=dh)
            np.multiply(slope_z[t], dh, out=sums[:, 1])
            np.multiply(to_n[t], dh, out=sums[:, 2])
            onto_reset = sums[:, 2] @ of_n  # dL/d(r_t h_{t-1}) = W_hn' dL/da_n
            np.multiply(onto_reset, h_prev[t], out=grads["r"][t])
            np.multiply(grads["r"][t], slope_r[t], out=sums[:, 0])
            np.matmul(sums[:, :2].reshape(len(dh), -1), of_gates, out=self.onto_h)
            self.onto_h += onto_reset * r[t] + dh * z[t]
        np.multiply(grads["h"], to_z, out=grads["z"])
        np.multiply(grads["h"], 1 - z, out=grads["n"])


_WAYS: dict[str, type[_Way]] = {"rnn": _RNN, "lstm": _LSTM, "gru": _GRU}


# --- All gradients of a trace ---


def differentiate(run: Forward, loss: Callable[[Tensor], Tensor]) -> tuple[dict[str, np.ndarray], float]:
    """Run a fresh forward pass, fill its values, and go back through it; return the gradients and the loss.

    The gradients are dLoss/dvalue of every signal, each of shape AXES; padded steps may hold anything. ``loss`` takes
    the top layer's output, batch first.
    """
    with torch.no_grad():
        output = run.read()
        run.fill_values()
    output.requires_grad_()
    total, (flow,) = backward(lambda: loss(output.clone()), [output])
    return stepped_back(run, flow), total


def stepped_back(run: Forward, flow: Tensor, ends: Sequence[End] = ()) -> dict[str, np.ndarray]:
    """All gradients of a run that has its values, from those of its output and its final states: see ``step_back``."""
    grads = _room(run)
    with torch.no_grad(), np.errstate(all="ignore"), flushed():
        step_back(run, grads, flow, ends)
    return grads


def _room(run: Forward) -> dict[str, np.ndarray]:
    return {s: room(run.h_shape if s == "h" else run.shape, run.dtype) for s in SIGNALS[run.cell]}


def backward(loss: Callable[[], Tensor], inputs: Sequence[Tensor]) -> tuple[float, tuple[Tensor, ...]]:
    """The loss, and its gradients by some tensors of its graph, zeros by those that it does not depend on."""
    with torch.enable_grad():
        total = _scalar(loss())
        return float(total.detach()), torch.autograd.grad(total, inputs, materialize_grads=True)


def _scalar(loss: object) -> Tensor:
    if not isinstance(loss, Tensor) or loss.numel() != 1:
        got = f"shape {tuple(loss.shape)}" if isinstance(loss, Tensor) else type(loss).__name__
        raise ValueError(f"loss must return a scalar tensor; got {got}")
    if not loss.requires_grad:
        raise ValueError("loss must be computed from the output it is given, without detaching; got no gradient")
    return loss


@contextmanager
def flushed() -> Iterator[None]:
    """Within this context and in this thread, numbers too small for a normal float become zero.

    A gradient that shrinks by less than half a step would otherwise be rounded to the smallest number there is for
    ever, instead of vanishing, and every operation on it takes some hundred times as long.
    """
    before = bool(np.float32(1e-38) * np.float32(0.1) == 0)
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(before)
