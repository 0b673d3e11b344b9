"""Gradients stepped back through time, which takes less than the fused kernels' backward passes.

With all gates known from the forward pass, a step back is a few elementwise products and one matrix product for the
whole batch. The kernels' own backward passes record every step for autograd, or also compute the gradients of all
weights, which nobody asks for here.
"""

import numpy as np
import torch
from torch import Tensor, nn

from rnnviz.capture.forward import Forward, product

_PORTION = 250_000  # derivatives of pre-activations that are computed at a time, so that they stay in a cache


def step_back(run: Forward, grads: dict[str, np.ndarray], flow: Tensor) -> None:
    """Fill the gradients of every layer and direction, the top layer first; ``run`` has its values.

    Args:
        grads: Each of shape AXES.
        flow: Of shape (batch, time, direction * unit). dLoss/d(output of the top layer).
    """
    units, ways = run.shape[4], len(run.directions)
    for layer in reversed(range(run.shape[0])):
        # The loss may weigh the zeros on padded steps, and the layer above walks back into them in reverse.
        if run.batch.padded is not None:
            flow = flow.masked_fill(run.batch.padded[..., None], 0)
        below = flow.new_zeros(*flow.shape[:2], run.inputs[layer].shape[2]) if layer > 0 else None
        for k in range(ways):
            way = _WAYS[run.cell](run, grads, layer, k)
            way.walk(flow[..., k * units : (k + 1) * units].numpy(), below)
        if below is not None:
            flow = below


class _Way:
    """One layer and direction, its arrays in the order of reading: (time, batch, unit)."""

    gates: int

    def __init__(self, run: Forward, grads: dict[str, np.ndarray], layer: int, k: int) -> None:
        self.turn = -1 if run.directions[k] == "reverse" else 1
        self.values = {s: self.read(array[layer, k]) for s, array in run.values.items()}
        self.grads = {s: self.read(array[layer, k]) for s, array in grads.items()}
        self.weights = run.weights[layer * len(run.directions) + k]
        samples, units = run.shape[2], run.shape[4]
        self.steps = max(1, _PORTION // (samples * self.gates * units))
        self.sums = np.empty((self.steps, samples, self.gates, units), run.dtype)  # dL/da_t, a the pre-activations
        self.onto_h, self.onto_c = np.zeros((2, samples, units), run.dtype)  # what step t passes on to h and c of t - 1
        self.through = np.empty_like(self.onto_h)

    def read(self, array: np.ndarray) -> np.ndarray:
        """A view of an array (batch, time, unit) in the order of reading."""
        return array.swapaxes(0, 1)[:: self.turn]

    def walk(self, flow: np.ndarray, below: Tensor | None) -> None:
        """Go from dLoss/d(output) to the gradients of all signals, and add those of the layer below."""
        self.grads["h"][:] = self.read(flow)
        for start in reversed(range(0, len(self.grads["h"]), self.steps)):
            part = slice(start, start + self.steps)
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
        sums = torch.from_numpy(self.sums[t]).flatten(1)
        torch.mm(sums, self.weights.weight_hh, out=torch.from_numpy(self.onto_h))


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
            np.add(dh, self.onto_h, out=dh)  # the total derivative: what the output receives, and what t + 1 passes on
            # ReLU'(a_t) is 1 where h_t > 0; at 0 it is taken as 0, as torch does.
            self.sums[t, :, 0] = np.where(h[t] > 0, dh, 0) if self.relu else slopes[t] * dh
            self.pass_on(t)


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
        for t in reversed(range(len(i))):
            dh, dc = grads["h"][t], grads["c"][t]
            np.add(dh, self.onto_h, out=dh)
            # dL/dc_t = dL/dc_{t+1} f_{t+1} + dL/dh_t o_t (1 - tanh²(c_t)): along c, and out through h.
            np.multiply(dh, to_c[t], out=self.through)
            np.add(self.onto_c, self.through, out=dc)
            np.multiply(slopes[t, :, :3], dc[:, None], out=self.sums[t, :, :3])
            np.multiply(slopes[t, :, 3], dh, out=self.sums[t, :, 3])
            np.multiply(dc, f[t], out=self.onto_c)  # dL/dc_{t-1} = dL/dc_t f_t: the conveyor, past all weights
            self.pass_on(t)
        # By the gates themselves, after their squashing: h_t = o_t tanh(c_t), c_t = f_t c_{t-1} + i_t g_t.
        np.multiply(grads["h"], tanh_c, out=grads["o"])
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


_WAYS: dict[str, type[_Way]] = {"rnn": _RNN, "lstm": _LSTM, "gru": _GRU}
