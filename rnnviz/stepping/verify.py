"""What a Trace or a Walk shows, checked against the kernels of its layers, run again now; a GRU by two conventions.

They are torch's own. Of a GRU that resets before the product it is ``kernels.reset_before_gru``, step by step.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from rnnviz.capture import State, read_batch
from rnnviz.cells import Recurrent, Weights, cell_of, directions_of, gru_step, recurrent, weights_of
from rnnviz.kernels import kernel_of, reset_of
from rnnviz.names import SIGNALS, Cell, Direction
from rnnviz.stepping.walk import Walk, check_trace
from rnnviz.trace import Trace

# --- Every signal out of the kernels ---


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
    """Output and final states of a layer's own kernel on x, batch first."""
    flat = [weight for way in weights for weight in way if weight is not None]
    options = {"dropout": 0.0, "train": False, "bidirectional": len(weights) == 2, "batch_first": True}
    hx = states if isinstance(module, nn.LSTM) else states[0]
    return kernel_of(module)(x, hx, flat, has_biases=weights[0].bias_ih is not None, num_layers=1, **options)


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
    """r, z, n out of the kernel: h_n = (1 - z) n + z h_0 with all but one of them known."""
    n = _single_step(module, own, None, _held(weights, 3, {1: _SHUT}))[0]  # z = 0
    tanh_r = _tanh_of_reset(module, own, weights)
    above = _single_step(module, own, None, _held(weights, 3, {2: _OPEN}))[0]  # n = 1
    below = _single_step(module, own, None, _held(weights, 3, {2: _SHUT}))[0]  # n = -1
    h_prev = own.h_prev
    z = torch.where(h_prev < 0, (above - 1) / (h_prev - 1), (below + 1) / (h_prev + 1))  # whichever n is farther away
    return {"r": torch.atanh(tanh_r).numpy(), "z": z.numpy(), "n": n.numpy()}


def _tanh_of_reset(module: Recurrent, own: Reading, weights: Weights) -> Tensor:
    """tanh(r) out of a GRU's kernel: z = 0, and the candidate is made of r alone."""
    if reset_of(module) == "after":
        return _single_step(module, own, None, _held(weights, 3, {1: _SHUT, 2: 0.0}, from_h=1.0))[0]
    # It multiplies the state, which therefore is 1 and W_hn the identity; what r reads of the state comes in beside x.
    held = _held(weights, 3, {1: _SHUT, 2: 0.0})
    units = held.weight_hh.shape[1]
    weight_hh = torch.zeros_like(held.weight_hh)
    weight_hh[2 * units :].fill_diagonal_(1)
    widened = held._replace(weight_ih=torch.cat([held.weight_ih, held.weight_hh], 1), weight_hh=weight_hh)
    state = replace(own, x=torch.cat([own.x, own.h_prev], 1), h_prev=torch.ones_like(own.h_prev))
    return _single_step(module, state, None, widened)[0]


def _single_step(module: Recurrent, own: Reading, c_prev: Tensor | None, weights: Weights) -> tuple[Tensor, ...]:
    """Final states of one step from every previous state, all steps as one batch: h, and c of an LSTM, (time, unit)."""
    states = (own.h_prev,) if c_prev is None else (own.h_prev, c_prev)
    _, *final = _kernel(module, own.x[:, None], tuple(state[None].contiguous() for state in states), [weights])
    return tuple(state[0] for state in final)


def _held(weights: Weights, gates: int, pre_activations: dict[int, float], *, from_h: float = 0.0) -> Weights:
    """The weights with some gates' pre-activations held at a number, by gate in torch's order."""
    units = weights.weight_hh.shape[1]
    zeros = weights.weight_hh.new_zeros(gates * units)
    held = [zeros if weight is None else weight for weight in weights[:4]]  # this room reads no projections
    held = [weight.clone() for weight in held]
    for gate, value in pre_activations.items():
        rows = slice(gate * units, (gate + 1) * units)
        for weight, number in zip(held, (0.0, 0.0, value, from_h), strict=True):
            weight[rows] = number
    return Weights(*held)


def _before(states: Tensor, first: Tensor, direction: Direction) -> Tensor:
    """The state before each step, (time, unit)."""
    return torch.cat([states[1:], first]) if direction == "reverse" else torch.cat([first, states[:-1]])


# --- The comparison ---


class Apart(NamedTuple):
    """How far two arrays are apart, where that is farthest.

    Attributes:
        difference: Largest absolute difference; infinite where only one of the two is a number.
        ulps: The same in units of the last place: the distance from the larger of the two to the next of its dtype.
        where: (time, unit) of it.
    """

    difference: float
    ulps: float
    where: tuple[int, int]


@dataclass(frozen=True)
class Difference:
    """How far one shown signal is from torch."""

    shown: Literal["trace", "walk"]
    signal: str
    layer: int
    direction: Direction
    apart: Apart

    @property
    def difference(self) -> float:
        """Largest absolute difference over (time, unit); infinite where only one of the two is a number."""
        return self.apart.difference

    @property
    def where(self) -> tuple[int, int]:
        """(time, unit) of it."""
        return self.apart.where


def verify(
    module: nn.Module,
    x: Tensor,
    trace: Trace,
    walks: Sequence[Walk] = (),
    *,
    hx: State | None = None,
    layer: int | None = None,
    direction: Direction | None = None,
    batch: int = 0,
) -> list[Difference]:
    """The largest difference of every shown signal from what torch's kernels compute now; the walks' come last.

    h is the module's own output (below the top layer, its kernel's on the layers up to there). c is what the kernel
    makes in each single step of the shown c_{t-1}, and in the last step also the c_n that it makes of the whole
    sequence. The gates are probed.

    Args:
        x, hx: As the trace was captured with.
        walks: Of the same sample; their states and gates are compared too.
        layer, direction: Only this one; all by default.
        batch: The sample to check, over its true length.

    Raises:
        TypeError: If the module is no recurrent module.
        ValueError: If trace, walks, layer, direction or batch do not fit it.
    """
    module = recurrent(module)
    cell, directions = cell_of(module), directions_of(module)
    whole = read_batch(module, x, hx=hx)
    check_trace(module, whole.x, trace)
    layers = range(module.num_layers) if layer is None else [layer]
    asked = [(of, to) for of in layers for to in (directions if direction is None else [direction])]
    panels = {at: _panels(trace, *at, batch) for at in asked}
    for shown in walks:
        if shown.batch != batch or (shown.layer, shown.direction) not in panels:
            raise ValueError(
                f"walks must be of sample {batch} and of a layer and direction that is checked; got {shown!r:.80}"
            )
    length = int(trace.lengths[batch])
    sample = whole.x[batch : batch + 1, :length]  # (1, time, feature)
    states = tuple(state[:, batch : batch + 1] for state in whole.states)
    results: list[Difference] = []
    with torch.inference_mode():
        truths = torch_states(module, sample, states, max(layers) + 1)
        probed = {}
        for of, to in asked:
            own = truths[of].direction(directions.index(to), to)
            probed[of, to] = torch_signals(module, cell, own, weights_of(module, of, to), panels[of, to])
            results += _compare("trace", panels[of, to], probed[of, to], of, to)
    for shown in walks:
        values = {signal: shown.values[signal][:length] for signal in SIGNALS[cell]}
        results += _compare("walk", values, probed[shown.layer, shown.direction], shown.layer, shown.direction)
    return results


def _panels(trace: Trace, layer: int, direction: Direction, batch: int) -> dict[str, np.ndarray]:
    """What the trace shows over the true length, each (time, unit)."""
    at: dict[str, Any] = {"layer": layer, "direction": direction, "batch": batch}
    return {signal: trace.panel(signal, **at)[: trace.lengths[batch]] for signal in SIGNALS[trace.cell]}


def _compare(
    of: Literal["trace", "walk"],
    shown: dict[str, np.ndarray],
    truth: dict[str, np.ndarray],
    layer: int,
    direction: Direction,
) -> list[Difference]:
    return [
        Difference(of, signal, layer, direction, farthest(values, truth[signal])) for signal, values in shown.items()
    ]


def farthest(shown: np.ndarray, truth: np.ndarray) -> Apart:
    """Where two arrays of shape (time, unit) are farthest apart, and how far; two NaN, or equal infinities, are not."""
    with np.errstate(invalid="ignore"):
        apart = np.abs(shown.astype(np.float64) - truth)
    apart[(shown == truth) | (np.isnan(shown) & np.isnan(truth))] = 0
    apart[np.isnan(apart)] = np.inf
    time, unit = np.unravel_index(int(apart.argmax()), apart.shape)
    difference = float(apart[time, unit])
    if difference in (0, np.inf):
        return Apart(difference, difference, (int(time), int(unit)))
    larger = max(abs(shown[time, unit]), abs(truth[time, unit]))
    return Apart(difference, difference / float(np.spacing(larger)), (int(time), int(unit)))


# --- A GRU by torch's and by the textbooks' equations ---


@dataclass(frozen=True, eq=False)
class Convention:
    """A GRU by some convention, beside torch's.

    Attributes:
        difference: Largest absolute difference of its h from nn.GRU's.
        last_step: The same at the last step alone.
        h: Of shape (time, direction * unit). The outputs of its top layer.
    """

    difference: float
    last_step: float
    h: np.ndarray


def gru_conventions(module: nn.Module, x: Tensor, *, hx: State | None = None, batch: int = 0) -> dict[str, Convention]:
    """The same weights by torch's and by the textbooks' equations of a GRU, over the whole sequence.

    They are ``torch`` (a difference of rounding only), ``reset before the product``, ``z swapped``. Which of the first
    two the module itself computes makes no difference: its weights are those of an nn.GRU here.

    Raises:
        TypeError: If the module is no GRU.
    """
    if not isinstance(module, nn.GRU):
        raise TypeError(f"module must be an nn.GRU; got {type(module).__name__}")
    whole = read_batch(module, x, hx=hx)
    if not 0 <= batch < len(whole.x):
        raise ValueError(f"batch must be in 0..{len(whole.x) - 1} for this input; got {batch}")
    sample, first = whole.x[batch], whole.states[0][:, batch]  # (time, feature), (layer * direction, unit)
    plain = _torchs_gru(module)
    with torch.inference_mode():
        truth = module_output(plain, sample[None], (first[:, None],))[0].numpy()  # (time, direction * unit)
        conventions = {}
        for name, reset_before, swap_z in (
            ("torch", False, False),
            ("reset before the product", True, False),
            ("z swapped", False, True),
        ):
            h = _gru_by(module, sample, first, reset_before=reset_before, swap_z=swap_z).numpy()
            apart = np.abs(h - truth)
            conventions[name] = Convention(float(apart.max()), float(apart[-1].max()), h)
    return conventions


def _torchs_gru(module: nn.GRU) -> nn.GRU:
    """Torch's own module with the same weights."""
    plain = nn.GRU(
        module.input_size, module.hidden_size, module.num_layers, bias=module.bias, batch_first=module.batch_first,
        bidirectional=module.bidirectional, device="meta",
    )  # fmt: skip
    plain.load_state_dict(module.state_dict(), assign=True)
    return plain


def _gru_by(module: nn.GRU, x: Tensor, first: Tensor, *, reset_before: bool, swap_z: bool) -> Tensor:
    """The outputs of the top layer, (time, direction * unit), step by step by one convention."""
    current, ways = x, directions_of(module)
    for layer in range(module.num_layers):
        outputs = []
        for k, direction in enumerate(ways):
            weights, h = weights_of(module, layer, direction), first[layer * len(ways) + k]
            states = []
            for x_t in current if direction == "forward" else current.flip(0):
                h = gru_step(x_t, h, weights, reset_before=reset_before, swap_z=swap_z)["h"]
                states.append(h)
            outputs.append(torch.stack(states if direction == "forward" else states[::-1]))
        current = torch.cat(outputs, -1)  # (time, direction * unit)
    return current
