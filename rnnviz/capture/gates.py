"""All gates of all steps at once, from the inputs and the previous states."""

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from rnnviz.cells import Weights


def lstm_gates(x: Tensor, h_prev: Tensor, weights: Weights, gates: dict[str, np.ndarray]) -> None:
    """Fill i, f, g, o from x (batch, time, feature) and h_prev (batch, time, unit); gates are shaped as h_prev."""
    # W_ih x_t + W_hh h_{t-1} is one product of both side by side. A GRU's is not: r_t multiplies a part of it.
    joined = torch.cat([weights.weight_ih, weights.weight_hh], 1)  # (4 * unit, feature + unit)
    bias = None if weights.bias_ih is None or weights.bias_hh is None else weights.bias_ih + weights.bias_hh
    sums = product(torch.cat([x, h_prev], -1), joined, bias)  # (batch, time, 4 * unit)
    for (k, gate), a in zip(gates.items(), sums.chunk(4, -1), strict=True):  # both in torch's order, i, f, g, o
        (_tanh if k == "g" else _sigmoid)(a, gate)


def gru_gates(x: Tensor, h_prev: Tensor, weights: Weights, gates: dict[str, np.ndarray], hidden_n: np.ndarray) -> None:
    """Fill r, z, n, and hidden_n = W_hn h_prev + b_hn; h_prev and all these are (batch, time, unit)."""
    units = h_prev.shape[-1]
    sums = product(x, weights.weight_ih, weights.bias_ih)  # (batch, time, 3 * unit)
    hidden = product(h_prev, weights.weight_hh, weights.bias_hh)  # (batch, time, 3 * unit)
    sums[..., : 2 * units] += hidden[..., : 2 * units]  # of r and z alone; n's part goes through r_t first
    r, z, n = sums.chunk(3, -1)
    _sigmoid(r, gates["r"])
    _sigmoid(z, gates["z"])
    hidden_n[:] = hidden[..., 2 * units :].numpy()
    # n_t = tanh(W_in x_t + b_in + r_t (W_hn h_{t-1} + b_hn)): torch resets after the product, the textbooks before it.
    np.multiply(gates["r"], hidden_n, out=gates["n"])
    gates["n"] += n.numpy()
    np.tanh(gates["n"], out=gates["n"])


def product(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """``functional.linear`` of x (batch, time, feature), by way of oneDNN where that pays.

    In float32 torch's matrix product is MKL's, which took twice as long as oneDNN's on an AMD processor. A convolution
    of width 1 over the rows is the same product, and torch gives it to oneDNN for 16 samples or more.
    """
    samples, time, features = x.shape
    rows, backends = samples * time, torch.backends
    both = backends.mkl.is_available() and backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
    if rows < 256 or x.dtype != torch.float32 or not both:
        return functional.linear(x, weight, bias)
    x = x.reshape(rows, features)
    if rows % 16:
        x = functional.pad(x, (0, 0, 0, -rows % 16))  # rows of zeros, whose products are cut off again
    image = x.view(16, -1, 1, features).permute(0, 3, 1, 2)  # (16, feature, rows / 16, 1) without a copy
    sums = functional.conv2d(image, weight[:, :, None, None], bias).permute(0, 2, 3, 1)
    return sums.reshape(-1, len(weight))[:rows].view(samples, time, -1)


def _sigmoid(a: Tensor, gate: np.ndarray) -> None:
    torch.sigmoid(a, out=torch.from_numpy(gate))


def _tanh(a: Tensor, gate: np.ndarray) -> None:
    """NumPy's tanh is ten times as fast as torch's, which takes 2 ns for every number."""
    np.tanh(a.numpy(), out=gate)
