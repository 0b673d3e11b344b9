"""Any nn.RNN, nn.LSTM or nn.GRU on a batch: every state and gate of every step, at the speed of torch's fused kernel.

Nothing is replayed step by step. The fused kernel gives every h; with every h_{t-1} known, the pre-activations of all
steps are one matrix product, and c follows by an elementwise recurrence. For gradients the fused kernel is given,
beside x, some inputs that are zero and enter through W_hh: their gradient is what flows from step t into h_{t-1}.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from rnnviz.cells import Recurrent, Weights, cell_of, directions_of, recurrent, weights_of
from rnnviz.names import GATES, SIGNALS, Cell, Direction
from rnnviz.trace import Trace

Loss = Callable[[Tensor], Tensor]
State = Tensor | tuple[Tensor, Tensor]
_KERNELS: dict[str, Callable[..., Any]] = {
    "lstm": torch.lstm,
    "gru": torch.gru,
    "tanh": torch.rnn_tanh,
    "relu": torch.rnn_relu,
}


@dataclass(frozen=True)
class Batch:
    """A checked input of a module, batch first whatever the module's layout.

    Attributes
    ----------
    x : Tensor of shape (batch, time, feature)
        Zero on padded steps.
    lengths : ndarray of shape (batch,)
    padded : Tensor of shape (batch, time) or None
        Where a step is padding; None where none is.
    states : tuple of Tensor of shape (layer * direction, batch, unit)
        The initial h, and for an LSTM c.
    """

    x: Tensor
    lengths: np.ndarray
    padded: Tensor | None
    states: tuple[Tensor, ...]


def capture(
    module: nn.Module,
    x: Tensor,
    lengths: Sequence[int] | np.ndarray | Tensor | None = None,
    *,
    hx: State | None = None,
    loss: Loss | None = None,
    tokens: Sequence[Sequence[object]] | Sequence[object] | None = None,
) -> Trace:
    """Every state and gate of a recurrent module on a batch, and their gradients where a loss is given.

    The module is only read: it gains no ``.grad``, and its mode, its weights and torch's random state stay as they are.

    Parameters
    ----------
    module : nn.RNN, nn.LSTM or nn.GRU
        On the CPU, in float32 or float64; any number of layers, one or two directions, with or without biases.
    x : Tensor
        As the module takes it: batched or not, batch first or not.
    lengths : sequence of int, optional
        True lengths of padded samples, in any order.
    hx : Tensor or tuple of two Tensors, optional
        Initial state as the module takes it; zeros by default.
    loss : callable, optional
        From the output that the module returns (same layout, zeros on padded steps) to a scalar tensor.
    tokens : sequence of sequence, optional
        Labels by (batch, time), or by time for an unbatched ``x``; a sample's own length is enough. Step numbers
        from 0 by default.

    Returns
    -------
    Trace
        With ``grads`` and ``loss`` where a loss is given: total derivatives dLoss/dvalue.

    Raises
    ------
    TypeError
        If the module is none of the three.
    ValueError
        If it has projections or active dropout, or if another argument does not fit it.

    References
    ----------
    torch.nn.LSTM and its siblings, whose equations and order of gates these are.
    """
    module = recurrent(module)
    batch = read_batch(module, x, lengths, hx=hx)
    labels = _labels(tokens, batch, unbatched=x.dim() == 2)
    run = _Run(module, batch)
    if loss is None:
        with torch.inference_mode():
            run.read()
            run.fill_values()
        return run.trace(labels)
    with torch.inference_mode(mode=False):
        with torch.enable_grad():
            total = _scalar(loss(_layout(module, run.read(probed=True), unbatched=x.dim() == 2)))
            flows = torch.autograd.grad(total, run.outputs + run.probes, materialize_grads=True)
        with torch.no_grad():
            run.fill_values()
            run.fill_gradients(flows)
    return run.trace(labels, loss=float(total.detach()))


class _Run:
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
        self.shape = (module.num_layers, len(self.directions), samples, time, module.hidden_size)  # AXES
        self.weights = [weights_of(module, layer, direction) for layer, _, direction in self.states]
        self.inputs: list[Tensor] = []
        self.outputs: list[Tensor] = []
        self.probes: list[Tensor] = []
        self.h, self.c = (np.empty((*self.shape[:3], time + 2, self.shape[4]), _dtype(batch.x)) for _ in range(2))
        self.values = {s: np.empty(self.shape, _dtype(batch.x)) for s in GATES[cell] if s != "h"}
        self.values |= {"h": self.h[..., 1:-1, :]} | ({"c": self.c[..., 1:-1, :]} if cell == "lstm" else {})
        self.grads: dict[str, np.ndarray] = {}
        self.hidden_n = np.empty(self.shape if cell == "gru" else 0, _dtype(batch.x))  # W_hn h_{t-1} + b_hn

    def read(self, *, probed: bool = False) -> Tensor:
        """The fused kernel on every layer and direction in turn; the top layer's output, batch first."""
        current = self.batch.x
        for layer in range(self.module.num_layers):
            outputs = [self._read(current, layer, k, probed) for k in range(len(self.directions))]
            self.inputs.append(current.detach())
            self.outputs += outputs
            current = torch.cat(outputs, -1) if len(outputs) > 1 else outputs[0]  # (batch, time, direction * unit)
        return current

    def _read(self, x: Tensor, layer: int, k: int, probed: bool) -> Tensor:
        index = layer * len(self.directions) + k
        weights, direction = self.weights[index], self.directions[k]
        states = tuple(state[index : index + 1] for state in self.batch.states)  # (1, batch, unit)
        if probed:
            x, weights, states = self._probed(x, weights, states)
        padded = self.batch.padded
        if direction == "reverse":
            x = _turned(x, self.batch)
        output = _fused(self.module, self.cell, x, weights, states)  # (batch, time, unit)
        if direction == "reverse":
            output = _turned(output, self.batch)
        return output if padded is None else output.masked_fill(padded[..., None], 0)

    def _probed(
        self, x: Tensor, weights: Weights, states: tuple[Tensor, ...]
    ) -> tuple[Tensor, Weights, tuple[Tensor, ...]]:
        """The same step with zeros beside x: their gradient is W_hh' dLoss/d(pre-activation), what h_{t-1} receives.

        A GRU multiplies the candidate's hidden product by r, so there the probe leaves out those rows of W_hh, and
        more zeros give dLoss/d(pre-activation) of the candidate.
        """
        weights = Weights(*(None if w is None else _plain(w) for w in weights))  # type: ignore[arg-type]
        enters = weights.weight_hh  # (gates * unit, unit)
        if self.cell == "gru":
            units = self.module.hidden_size
            enters = torch.cat([enters, torch.zeros_like(enters)], 1)
            enters[2 * units :, :units] = 0
            enters[2 * units :, units:].fill_diagonal_(1)
        probe = x.new_zeros(*x.shape[:2], enters.shape[1]).requires_grad_()
        self.probes.append(probe)
        widened = weights._replace(weight_ih=torch.cat([weights.weight_ih, enters], 1))
        return torch.cat([x, probe], -1), widened, tuple(map(_plain, states))

    @np.errstate(all="ignore")  # overflow is shown, not warned of
    def fill_values(self) -> None:
        """Every gate, and c, from the states that the fused kernel gave."""
        for (layer, k, direction), output, weights in zip(self.states, self.outputs, self.weights, strict=True):
            h_prev = self._states(self.h, layer, k, direction, self.batch.states[0])
            self.h[layer, k, :, 1:-1] = output.detach().numpy()
            if direction == "reverse" and self.batch.padded is not None:  # the first step read follows padding
                padded = self.batch.padded.numpy()
                self.h[layer, k, :, 1:-1][padded] = np.broadcast_to(h_prev[:, -1:], self.shape[2:])[padded]
            if self.cell == "rnn":
                continue
            for part in self._parts():
                x, before = self.inputs[layer][part], h_prev[part]
                gates = {s: self.values[s][layer, k, part] for s in GATES[self.cell]}  # each (batch, time, unit)
                if self.cell == "gru":
                    _gru_gates(x, before, weights, gates, self.hidden_n[layer, k, part])
                else:
                    _lstm_gates(x, before, weights, gates)
            if self.cell == "lstm":
                self._states(self.c, layer, k, direction, self.batch.states[1])
                self._fill_c(layer, k, direction)

    def _parts(self) -> list[slice]:
        """The samples in portions whose pre-activations fit into a cache."""
        _, _, samples, time, units = self.shape
        portion = max(1, 500_000 // (time * units * len(GATES[self.cell])))
        return [slice(start, start + portion) for start in range(0, samples, portion)]

    def _states(self, array: np.ndarray, layer: int, k: int, direction: Direction, first: Tensor) -> np.ndarray:
        """Put the initial state in its place; the view of all previous states, (batch, time, unit)."""
        reverse = direction == "reverse"
        array[layer, k, :, -1 if reverse else 0] = first[layer * len(self.directions) + k].numpy()
        view: np.ndarray = array[layer, k, :, 2:] if reverse else array[layer, k, :, :-2]
        return view

    def _fill_c(self, layer: int, k: int, direction: Direction) -> None:
        c, f, i, g = (array[layer, k] for array in (self.c, *(self.values[s] for s in "fig")))
        np.multiply(i, g, out=c[:, 1:-1])
        if direction == "forward":
            _accumulate(c[:, :-1], f)
            return
        if self.batch.padded is not None:  # carry the initial state over the padding to the first step read
            padded = self.batch.padded.numpy()
            f[padded], c[:, 1:-1][padded] = 1, 0
        _accumulate(c[:, :0:-1], f[:, ::-1])

    @np.errstate(all="ignore")  # overflow is shown, not warned of
    def fill_gradients(self, flows: Sequence[Tensor]) -> None:
        """Total derivatives of all signals from what the fused kernel's backward pass gave."""
        self.grads = {s: np.empty(self.shape, self.h.dtype) for s in SIGNALS[self.cell]}
        outputs, probes = flows[: len(self.outputs)], flows[len(self.outputs) :]
        for index, (layer, k, direction) in enumerate(self.states):
            output, probe = outputs[index], probes[index]
            grads = {s: self.grads[s][layer, k] for s in self.grads}
            values = {s: self.values[s][layer, k] for s in self.values}
            to_h = probe.numpy()  # (batch, time, unit), twice as wide for a GRU
            if self.cell == "gru":
                to_h = self._gru_flow(self.weights[index], probe, values["r"])
            later, earlier = (slice(1, None), slice(None, -1))[:: 1 if direction == "forward" else -1]
            grads["h"][:] = output.numpy()
            if self.batch.padded is not None:  # the loss may weigh the zeros there
                grads["h"][self.batch.padded.numpy()] = 0
            grads["h"][:, earlier] += to_h[:, later]
            before = slice(2, None) if direction == "reverse" else slice(None, -2)
            if self.cell == "lstm":
                _lstm_gradients(grads, values, self.c[layer, k, :, before], direction)
            elif self.cell == "gru":
                h_prev = self.h[layer, k, :, before]
                _gru_gradients(grads, values, h_prev, self.hidden_n[layer, k], direction)

    def _gru_flow(self, weights: Weights, probe: Tensor, r: np.ndarray) -> np.ndarray:
        """What h_{t-1} receives through the three hidden products of step t."""
        units = self.module.hidden_size
        weight_hn = _plain(weights.weight_hh)[2 * units :]
        through_n = probe[..., units:].mul_(torch.from_numpy(r)) @ weight_hn
        flow: np.ndarray = through_n.add_(probe[..., :units]).numpy()  # (batch, time, unit)
        return flow

    def trace(self, labels: tuple[tuple[str, ...], ...], loss: float | None = None) -> Trace:
        """What was filled, padded steps as NaN."""
        if self.batch.padded is not None:
            padded = self.batch.padded.numpy()
            for array in (*self.values.values(), *self.grads.values()):
                array[:, :, padded] = np.nan
        return Trace(self.cell, labels, self.batch.lengths, self.values, self.grads, loss)


def read_batch(
    module: Recurrent,
    x: Tensor,
    lengths: Sequence[int] | np.ndarray | Tensor | None = None,
    *,
    hx: State | None = None,
) -> Batch:
    """A module's input, checked and brought into one layout.

    Parameters
    ----------
    module : nn.RNN, nn.LSTM or nn.GRU
    x, lengths, hx
        As ``capture`` takes them.

    Returns
    -------
    Batch

    Raises
    ------
    ValueError
        If the module has active dropout, or an argument does not fit it.
    """
    if module.training and module.dropout > 0 and module.num_layers > 1:
        raise ValueError(
            f"dropout must not be active: call module.eval() first; got dropout {module.dropout} in training"
        )
    weight = weights_of(module, 0, "forward").weight_ih
    if weight.dtype not in (torch.float32, torch.float64) or weight.device.type != "cpu":
        raise ValueError(f"module must be float32 or float64 on the CPU; got {weight.dtype} on {weight.device}")
    if not _fits(x, weight):
        raise ValueError(f"x must be a {weight.dtype} tensor on the CPU like the module's weights; got {_described(x)}")
    if x.dim() not in (2, 3) or x.shape[-1] != module.input_size or 0 in x.shape:
        order = "(batch, time, feature)" if module.batch_first else "(time, batch, feature)"
        raise ValueError(
            f"x must have shape {order} or (time, feature), nothing empty, with {module.input_size} features; "
            f"got {tuple(x.shape)}"
        )
    unbatched = x.dim() == 2
    x = x.detach()
    x = x[None] if unbatched else x if module.batch_first else x.transpose(0, 1)  # (batch, time, feature)
    samples, time, _ = x.shape
    states = _states(module, hx, samples, unbatched, weight)
    if lengths is None:
        return Batch(x, np.full(samples, time), None, states)
    true = np.asarray(lengths.tolist() if isinstance(lengths, Tensor) else lengths)
    if true.dtype.kind not in "iu" or true.shape != (samples,) or true.min() < 1 or true.max() > time:
        raise ValueError(
            f"lengths must be {samples} whole numbers in 1..{time}; got {np.array2string(true, threshold=9)}"
        )
    padded = torch.arange(time) >= torch.from_numpy(true.astype(np.int64))[:, None]  # (batch, time)
    if not padded.any():
        return Batch(x, true, None, states)
    return Batch(x.masked_fill(padded[..., None], 0), true, padded, states)


def _states(module: Recurrent, hx: State | None, samples: int, unbatched: bool, weight: Tensor) -> tuple[Tensor, ...]:
    """The initial states, each (layer * direction, batch, unit), zeros where none are given."""
    cell = cell_of(module)
    shape = (module.num_layers * len(directions_of(module)), samples, module.hidden_size)
    if hx is None:
        return tuple(weight.new_zeros(shape) for _ in range(2 if cell == "lstm" else 1))
    given = (hx,) if isinstance(hx, Tensor) else tuple(hx)
    if len(given) != (2 if cell == "lstm" else 1) or isinstance(hx, Tensor) == (cell == "lstm"):
        expected = "a tuple (h, c) for an LSTM" if cell == "lstm" else f"one tensor for {cell.upper()}"
        raise ValueError(f"hx must be {expected}; got {type(hx).__name__} of {len(given)}")
    for state in given:
        expected_shape = (shape[0], shape[2]) if unbatched else shape
        if not _fits(state, weight) or tuple(state.shape) != expected_shape:
            raise ValueError(f"hx must have shape {expected_shape} and be {weight.dtype}; got {_described(state)}")
    return tuple(state.detach().reshape(shape) for state in given)


def _labels(
    tokens: Sequence[Sequence[object]] | Sequence[object] | None, batch: Batch, *, unbatched: bool
) -> tuple[tuple[str, ...], ...]:
    """A label for each (batch, time), empty on padded steps."""
    samples, time, _ = batch.x.shape
    if tokens is None:
        numbers = _numbers(time)
        return tuple(numbers[:length] + ("",) * (time - length) for length in batch.lengths.tolist())
    rows: Sequence[Any] = (
        [tokens] if unbatched and not (len(tokens) == 1 and isinstance(tokens[0], list | tuple)) else tokens
    )
    if len(rows) != samples:
        raise ValueError(f"tokens must hold labels for {samples} samples; got {len(rows)}")
    labels = []
    for row, length in zip(rows, batch.lengths.tolist(), strict=True):
        if isinstance(row, str) or len(row) not in (length, time):
            got = repr(row) if isinstance(row, str) else len(row)
            raise ValueError(f"tokens must hold {length} labels for a sample of that length; got {got}")
        labels.append(tuple(map(str, row[:length])) + ("",) * (time - length))
    return tuple(labels)


@lru_cache(maxsize=64)
def _numbers(time: int) -> tuple[str, ...]:
    return tuple(map(str, range(time)))


def _fused(module: Recurrent, cell: Cell, x: Tensor, weights: Weights, states: tuple[Tensor, ...]) -> Tensor:
    """The output of torch's kernel for one layer in reading order, (batch, time, unit)."""
    kernel = _KERNELS[module.nonlinearity if isinstance(module, nn.RNN) else cell]
    flat = [weight for weight in weights if weight is not None]
    options = {"dropout": 0.0, "train": False, "bidirectional": False, "batch_first": True}
    hx = states if cell == "lstm" else states[0]
    output: Tensor = kernel(x, hx, flat, has_biases=len(flat) == 4, num_layers=1, **options)[0]
    return output


def _turned(x: Tensor, batch: Batch) -> Tensor:
    """Every sequence read backwards by its own length, padding left where it is."""
    if batch.padded is None:
        return x.flip(1)
    steps = torch.arange(x.shape[1])
    mirrored = torch.from_numpy(batch.lengths.astype(np.int64))[:, None] - 1 - steps  # (batch, time)
    index = torch.where(mirrored >= 0, mirrored, steps)
    return x.gather(1, index[..., None].expand_as(x))


def _lstm_gates(x: Tensor, h_prev: np.ndarray, weights: Weights, gates: dict[str, np.ndarray]) -> None:
    bias = None if weights.bias_ih is None or weights.bias_hh is None else weights.bias_ih + weights.bias_hh
    sums = functional.linear(x.reshape(-1, x.shape[-1]), weights.weight_ih, bias)  # (batch * time, 4 * unit)
    sums.addmm_(torch.from_numpy(h_prev).reshape(-1, h_prev.shape[-1]), weights.weight_hh.T)
    for (k, gate), a in zip(gates.items(), sums.chunk(4, -1), strict=True):
        (_tanh if k == "g" else _sigmoid)(a, gate)


def _gru_gates(
    x: Tensor, h_prev: np.ndarray, weights: Weights, gates: dict[str, np.ndarray], hidden_n: np.ndarray
) -> None:
    units = h_prev.shape[-1]
    states = torch.from_numpy(h_prev).reshape(-1, units)
    sums = functional.linear(x.reshape(-1, x.shape[-1]), weights.weight_ih, weights.bias_ih)  # (batch * time, 3 * unit)
    hidden = functional.linear(states, weights.weight_hh, weights.bias_hh)  # (batch * time, 3 * unit)
    sums[:, : 2 * units] += hidden[:, : 2 * units]
    r, z, n = sums.chunk(3, -1)
    _sigmoid(r, gates["r"])
    _sigmoid(z, gates["z"])
    hidden_n[:] = hidden[:, 2 * units :].numpy().reshape(h_prev.shape)
    np.multiply(gates["r"], hidden_n, out=gates["n"])
    gates["n"] += n.numpy().reshape(h_prev.shape)
    np.tanh(gates["n"], out=gates["n"])


def _sigmoid(a: Tensor, gate: np.ndarray) -> None:
    torch.sigmoid(a, out=torch.from_numpy(gate).view_as(a))


def _tanh(a: Tensor, gate: np.ndarray) -> None:
    """NumPy's tanh, on a CPU several times faster than torch's."""
    np.tanh(a.numpy(), out=gate.reshape(a.shape))


def _lstm_gradients(
    grads: dict[str, np.ndarray], values: dict[str, np.ndarray], c_prev: np.ndarray, direction: Direction
) -> None:
    """Fill dLoss by c and by every gate, each (batch, time, unit), from dLoss/dh."""
    tanh_c = np.tanh(values["c"])
    dh, dc = grads["h"], grads["c"]
    np.multiply(dh, tanh_c, out=grads["o"])
    np.multiply(tanh_c, tanh_c, out=tanh_c)
    np.subtract(1, tanh_c, out=tanh_c)
    np.multiply(dh, values["o"], out=dc)
    dc *= tanh_c
    _accumulate_back(dc, values["f"], direction)
    np.multiply(dc, values["g"], out=grads["i"])
    np.multiply(dc, values["i"], out=grads["g"])
    np.multiply(dc, c_prev, out=grads["f"])


def _gru_gradients(
    grads: dict[str, np.ndarray],
    values: dict[str, np.ndarray],
    h_prev: np.ndarray,
    hidden_n: np.ndarray,
    direction: Direction,
) -> None:
    """Fill dLoss by every gate, each (batch, time, unit), and add to dLoss/dh what it receives through z * h_{t-1}."""
    dh, n = grads["h"], values["n"]
    _accumulate_back(dh, values["z"], direction)
    np.multiply(dh, h_prev - n, out=grads["z"])
    np.multiply(dh, 1 - values["z"], out=grads["n"])
    np.multiply(grads["n"], (1 - n * n) * hidden_n, out=grads["r"])


def _accumulate(total: np.ndarray, factor: np.ndarray) -> None:
    """total_t += factor_{t-1} * total_{t-1} in place, t from 1, time on the second axis."""
    samples, length, units = total.shape
    if length > 32 and samples * units <= 600:  # where a call to NumPy costs more than what it computes
        _accumulate_blocks(total, factor)
    else:
        _accumulate_steps(total, factor)


def _accumulate_steps(total: np.ndarray, factor: np.ndarray) -> None:
    rows = total.swapaxes(0, 1)  # (time, batch, unit)
    carried = np.empty_like(rows[0])
    for previous, row, share in zip(rows[:-1], rows[1:], factor.swapaxes(0, 1), strict=False):
        np.multiply(share, previous, out=carried)
        np.add(row, carried, out=row)


def _accumulate_blocks(total: np.ndarray, factor: np.ndarray) -> None:
    """The same in blocks of steps side by side: each from zero, then the ends in turn, then what each end adds on."""
    samples, length, units = total.shape
    size = math.isqrt(length - 1) * 2 // 3
    blocks = (length - 1) // size
    whole = blocks * size
    shape = (samples, blocks, size, units)
    share, row = factor[:, :whole].reshape(shape), total[:, 1 : whole + 1].reshape(shape)  # views of time split in two
    reach = np.empty(shape, total.dtype)  # how much of what comes before its block a step still holds
    reach[:, :, 0] = share[:, :, 0]
    carried = np.empty((samples, blocks, units), total.dtype)
    for k in range(1, size):
        np.multiply(share[:, :, k], row[:, :, k - 1], out=carried)
        np.add(row[:, :, k], carried, out=row[:, :, k])
        np.multiply(share[:, :, k], reach[:, :, k - 1], out=reach[:, :, k])
    _accumulate_steps(total[:, : whole + 1 : size], reach[:, :, -1])
    row[:, :, :-1] += reach[:, :, :-1] * total[:, :whole:size][:, :, None]
    _accumulate_steps(total[:, whole:], factor[:, whole:])


def _accumulate_back(total: np.ndarray, factor: np.ndarray, direction: Direction) -> None:
    """total_t += factor * total of the step that was read after t, in place, the last one read first."""
    if direction == "forward":
        _accumulate(total[:, ::-1], factor[:, :0:-1])
    else:
        _accumulate(total, factor)


def _scalar(loss: object) -> Tensor:
    if not isinstance(loss, Tensor) or loss.numel() != 1:
        got = f"shape {tuple(loss.shape)}" if isinstance(loss, Tensor) else type(loss).__name__
        raise ValueError(f"loss must return a scalar tensor; got {got}")
    if not loss.requires_grad:
        raise ValueError("loss must be computed from the output it is given, without detaching; got no gradient")
    return loss


def _layout(module: Recurrent, output: Tensor, *, unbatched: bool) -> Tensor:
    """The output as the module would return it."""
    if unbatched:
        return output[0]
    return output if module.batch_first else output.transpose(0, 1)


def _fits(value: object, like: Tensor) -> bool:
    return isinstance(value, Tensor) and value.dtype == like.dtype and value.device == like.device


def _described(value: object) -> str:
    return f"{tuple(value.shape)} of {value.dtype}" if isinstance(value, Tensor) else type(value).__name__


def _plain(tensor: Tensor) -> Tensor:
    """A tensor that autograd may save, even where the caller's was made in inference mode."""
    return tensor.detach().clone() if tensor.is_inference() else tensor.detach()


def _dtype(x: Tensor) -> Any:
    return np.float64 if x.dtype == torch.float64 else np.float32
