"""The forward pass: the kernel layer by layer for h, torch's fused one if there is one, every gate at once, then c."""

import warnings
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from rnnviz.capture.batch import Batch
from rnnviz.cells import Recurrent, Weights, cell_of, directions_of, gates_apart, weights_of
from rnnviz.kernels import kernel_of, reset_of
from rnnviz.names import GATES, Direction

# --- All gates of all steps at once, from the inputs and the previous states ---


def lstm_gates(x: Tensor, h_prev: Tensor, weights: Weights, gates: dict[str, np.ndarray]) -> None:
    """Fill i, f, g, o, each (time, batch, unit), from x (time, batch, feature) and h_prev (time, batch, unit of h)."""
    # W_ih x_t + W_hh h_{t-1} is one product of both side by side. A GRU's is not: r_t multiplies a part of it.
    joined = torch.cat([weights.weight_ih, weights.weight_hh], 1)  # (4 * unit, feature + unit)
    bias = None if weights.bias_ih is None or weights.bias_hh is None else weights.bias_ih + weights.bias_hh
    sums = product(torch.cat([x, h_prev], -1), joined, bias)  # (time, batch, 4 * unit)
    for (k, gate), a in zip(gates.items(), sums.chunk(4, -1), strict=True):  # both in torch's order, i, f, g, o
        (_tanh if k == "g" else _sigmoid)(a, gate)


def gru_gates(x: Tensor, h_prev: Tensor, weights: Weights, gates: dict[str, np.ndarray], hidden_n: np.ndarray) -> None:
    """Fill r, z, n of torch's GRU, and hidden_n = W_hn h_prev + b_hn; h_prev and all these are (time, batch, unit)."""
    units = h_prev.shape[-1]
    sums = product(x, weights.weight_ih, weights.bias_ih)  # (time, batch, 3 * unit)
    hidden = product(h_prev, weights.weight_hh, weights.bias_hh)  # (time, batch, 3 * unit)
    sums[..., : 2 * units] += hidden[..., : 2 * units]  # of r and z alone; n's part goes through r_t first
    r, z, n = sums.chunk(3, -1)
    _sigmoid(r, gates["r"])
    _sigmoid(z, gates["z"])
    hidden_n[:] = hidden[..., 2 * units :].numpy()
    # n_t = tanh(W_in x_t + b_in + r_t (W_hn h_{t-1} + b_hn)): torch resets after the product.
    np.multiply(gates["r"], hidden_n, out=gates["n"])
    gates["n"] += n.numpy()
    np.tanh(gates["n"], out=gates["n"])


def reset_before_gates(x: Tensor, h_prev: Tensor, weights: Weights, gates: dict[str, np.ndarray]) -> None:
    """The same of a GRU that resets before the product: n = tanh(W_in x + b_in + W_hn (r h_prev) + b_hn)."""
    units = h_prev.shape[-1]
    sums = product(x, weights.weight_ih, weights.bias_ih)  # (time, batch, 3 * unit)
    own = gates_apart(weights)
    sums[..., : 2 * units] += product(h_prev, own.gates, own.gates_bias)
    r, z, n = sums.chunk(3, -1)
    _sigmoid(r, gates["r"])
    _sigmoid(z, gates["z"])
    n += product(torch.from_numpy(gates["r"]) * h_prev, own.candidate, own.candidate_bias)
    _tanh(n, gates["n"])


def product(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """``functional.linear`` of x (time, batch, feature), by way of oneDNN where that pays.

    In float32 torch's matrix product is MKL's, which took twice as long as oneDNN's on an AMD processor. A convolution
    of width 1 over the rows is the same product, and torch gives it to oneDNN for 16 samples or more.
    """
    time, samples, features = x.shape
    rows, backends = samples * time, torch.backends
    both = backends.mkl.is_available() and backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
    if rows < 256 or x.dtype != torch.float32 or not both:
        return functional.linear(x, weight, bias)
    x = x.reshape(rows, features)
    if rows % 16:
        x = functional.pad(x, (0, 0, 0, -rows % 16))  # rows of zeros, whose products are cut off again
    image = x.view(16, -1, 1, features).permute(0, 3, 1, 2)  # (16, feature, rows / 16, 1) without a copy
    sums = functional.conv2d(image, weight[:, :, None, None], bias).permute(0, 2, 3, 1)
    return sums.reshape(-1, len(weight))[:rows].view(time, samples, -1)


def _sigmoid(a: Tensor, gate: np.ndarray) -> None:
    torch.sigmoid(a, out=torch.from_numpy(gate))


def _tanh(a: Tensor, gate: np.ndarray) -> None:
    """NumPy's tanh is ten times as fast as torch's, which takes 2 ns for every number."""
    np.tanh(a.numpy(), out=gate)


# --- total_t += factor * total_{t-1} ---


_SHORT = 13_000  # numbers from which a call to NumPy for each step costs less than reaching over all of them


def accumulate(total: np.ndarray, factor: np.ndarray) -> None:
    """Add factor_{t-1} * total_{t-1} to total_t in place, for t = 1, 2, …; row 0 is the start.

    Args:
        total: Of shape (time, batch, unit).
        factor: Of shape (time or time - 1, batch, unit).
    """
    (_accumulate_doubling if total.size < _SHORT else _accumulate_steps)(total, factor)


def _accumulate_steps(total: np.ndarray, factor: np.ndarray) -> None:
    carried = np.empty_like(total[0])
    for previous, row, share in zip(total[:-1], total[1:], factor, strict=False):
        np.multiply(share, previous, out=carried)
        np.add(row, carried, out=row)


def _accumulate_doubling(total: np.ndarray, factor: np.ndarray) -> None:
    """The same in rounds: after each, a row holds what twice as many steps before it have left."""
    share = factor[: len(total) - 1].copy()  # how much of the row that many steps before it a row still holds
    reach = 1
    while reach < len(total):
        total[reach:] += share[reach - 1 :] * total[:-reach]
        share[2 * reach - 1 :] *= share[reach - 1 : -reach]
        reach *= 2


# --- Layer by layer ---


_PORTION = 1_000_000  # pre-activations that are computed at a time, so that they stay in a cache


class Forward:
    """One walk through the layers and directions of a module, and the arrays that it fills.

    ``h`` and ``c`` have an index before the first and after the last step for the initial states of the two directions,
    so that the previous states of all steps are a slice.
    """

    def __init__(self, module: Recurrent, batch: Batch) -> None:
        cell = cell_of(module)
        self.module, self.cell, self.batch = module, cell, batch
        self.directions = directions_of(module)
        self.states: list[tuple[int, int, Direction]] = [
            (layer, k, direction) for layer in range(module.num_layers) for k, direction in enumerate(self.directions)
        ]
        samples, time, _ = batch.x.shape
        self.shape = (module.num_layers, len(self.directions), samples, time, module.hidden_size)  # AXES, of the gates
        self.h_shape = (*self.shape[:4], module.proj_size or module.hidden_size)
        self.dtype = np.float64 if batch.x.dtype == torch.float64 else np.float32
        self.weights = [weights_of(module, layer, direction) for layer, _, direction in self.states]
        self.inputs: list[Tensor] = []
        self.outputs: list[Tensor] = []
        self.h, self.c = (room((*shape[:3], time + 2, shape[4]), self.dtype) for shape in (self.h_shape, self.shape))
        self.values = {s: room(self.shape, self.dtype) for s in GATES[cell] if s != "h"}
        self.values |= {"h": self.h[..., 1:-1, :]} | ({"c": self.c[..., 1:-1, :]} if cell == "lstm" else {})
        self.resets_before = reset_of(module) == "before"
        if cell == "gru" and not self.resets_before:
            self.hidden_n = room(self.shape, self.dtype)  # W_hn h_{t-1} + b_hn, which r_t multiplies in torch's GRU

    def read(self) -> Tensor:
        """The kernel on every layer and direction in turn; the top layer's output, batch first."""
        current = self.batch.x
        for layer in range(self.module.num_layers):
            outputs = [self._read(current, layer, k) for k in range(len(self.directions))]
            self.inputs.append(current)
            self.outputs += outputs
            current = torch.cat(outputs, -1) if len(outputs) > 1 else outputs[0]  # (batch, time, direction * unit)
            if layer < len(self.batch.masks):
                current = current * self.batch.masks[layer]
        return current

    def _read(self, x: Tensor, layer: int, k: int) -> Tensor:
        index = layer * len(self.directions) + k
        weights, direction = self.weights[index], self.directions[k]
        states = tuple(state[index : index + 1] for state in self.batch.states)  # (1, batch, unit)
        padded = self.batch.padded
        if direction == "reverse":
            x = turned(x, self.batch)
        output = self._kernel(x, weights, states)  # (batch, time, unit)
        if direction == "reverse":
            output = turned(output, self.batch)
        return output if padded is None else output.masked_fill(padded[..., None], 0)

    def _kernel(self, x: Tensor, weights: Weights, states: tuple[Tensor, ...]) -> Tensor:
        """The output of the kernel for one layer in reading order, (batch, time, unit)."""
        kernel = kernel_of(self.module)
        flat = [weight for weight in weights if weight is not None]
        options: dict[str, Any] = {"dropout": 0.0, "train": False, "bidirectional": False, "batch_first": True}
        hx = states if self.cell == "lstm" else states[0]
        options |= {"has_biases": weights.bias_ih is not None, "num_layers": 1}
        if weights.weight_hr is None:
            output: Tensor = kernel(x, hx, flat, **options)[0]
            return output
        with warnings.catch_warnings():  # torch says once that oneDNN has no projections
            warnings.filterwarnings("ignore", "LSTM with projections")
            projected: Tensor = kernel(x, hx, flat, **options)[0]
            return projected

    @np.errstate(all="ignore")  # overflow is shown, not warned of
    def fill_values(self) -> None:
        """Every gate, and c, from the states that the fused kernel gave."""
        for (layer, k, direction), output in zip(self.states, self.outputs, strict=True):
            self._fill(layer, k, direction, output)

    def _fill(self, layer: int, k: int, direction: Direction, output: Tensor) -> None:
        h_prev = self._place(self.h, layer, k, self.batch.states[0])
        self.h[layer, k, :, 1:-1] = output.numpy()
        if direction == "reverse" and self.batch.padded is not None:  # the first step read follows padding
            padded = self.batch.padded.numpy()
            self.h[layer, k, :, 1:-1][padded] = np.broadcast_to(h_prev[:, -1:], self.h_shape[2:])[padded]
        if self.cell != "rnn":
            self._fill_gates(layer, k, h_prev)
        if self.cell == "lstm":
            self._place(self.c, layer, k, self.batch.states[1])
            self._fill_c(layer, k, direction)

    def _fill_gates(self, layer: int, k: int, h_prev: np.ndarray) -> None:
        weights = self.weights[layer * len(self.directions) + k]
        x, before = self.inputs[layer].transpose(0, 1), torch.from_numpy(h_prev).transpose(0, 1)
        filled = {s: self.values[s][layer, k].swapaxes(0, 1) for s in GATES[self.cell]}  # each (time, batch, unit)
        time, samples, _ = x.shape
        portions = max(1, round(time * samples * weights.weight_hh.shape[0] / _PORTION))
        steps = -(-time // portions)
        for t in range(0, time, steps):
            part = slice(t, t + steps)
            gates = {s: gate[part] for s, gate in filled.items()}
            if self.resets_before:
                reset_before_gates(x[part], before[part], weights, gates)
            elif self.cell == "gru":
                gru_gates(x[part], before[part], weights, gates, self.hidden_n[layer, k].swapaxes(0, 1)[part])
            else:
                lstm_gates(x[part], before[part], weights, gates)

    def _place(self, array: np.ndarray, layer: int, k: int, first: Tensor) -> np.ndarray:
        """Put the initial state in its place; return the view of all previous states, (batch, time, unit)."""
        edge = -1 if self.directions[k] == "reverse" else 0
        array[layer, k, :, edge] = first[layer * len(self.directions) + k].numpy()
        return self.previous(array, layer, k)

    def previous(self, array: np.ndarray, layer: int, k: int) -> np.ndarray:
        """The state before every step, of ``h`` or ``c``: (batch, time, unit)."""
        view: np.ndarray = array[layer, k, :, 2:] if self.directions[k] == "reverse" else array[layer, k, :, :-2]
        return view

    def _fill_c(self, layer: int, k: int, direction: Direction) -> None:
        c, f, i, g = (array[layer, k].swapaxes(0, 1) for array in (self.c, *(self.values[s] for s in "fig")))
        np.multiply(i, g, out=c[1:-1])
        if direction == "forward":
            accumulate(c[:-1], f)
            return
        if self.batch.padded is not None:  # carry the initial state over the padding to the first step read
            padded = self.batch.padded.numpy().T
            f[padded], c[1:-1][padded] = 1, 0
        accumulate(c[:0:-1], f[::-1])


def room(shape: tuple[int, ...], dtype: type[np.floating]) -> np.ndarray:
    """An array of shape AXES to be filled, in memory with time before batch, so that a step is in one piece."""
    layers, ways, samples, time, units = shape
    return np.empty((layers, ways, time, samples, units), dtype).swapaxes(2, 3)


def turned(x: Tensor, batch: Batch) -> Tensor:
    """Every sequence turned around within its own length; padding stays where it is."""
    if batch.padded is None:
        return x.flip(1)
    steps = torch.arange(x.shape[1])
    mirrored = torch.from_numpy(batch.lengths.astype(np.int64))[:, None] - 1 - steps  # (batch, time)
    index = torch.where(mirrored >= 0, mirrored, steps)
    return x.gather(1, index[..., None].expand_as(x))
