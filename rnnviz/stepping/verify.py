"""What a Trace or a Walk shows, checked against torch's own kernels, run again now; and a GRU by two conventions."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from rnnviz.capture import State, read_batch
from rnnviz.cells import cell_of, directions_of, gru_step, recurrent, weights_of
from rnnviz.names import SIGNALS, Direction
from rnnviz.stepping.probing import module_output, torch_signals, torch_states
from rnnviz.stepping.walk import Walk, check_trace
from rnnviz.trace import Trace


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

    They are ``torch`` (a difference of rounding only), ``reset before the product``, ``z swapped``.

    Raises:
        TypeError: If the module is no GRU.
    """
    if not isinstance(module, nn.GRU):
        raise TypeError(f"module must be an nn.GRU; got {type(module).__name__}")
    whole = read_batch(module, x, hx=hx)
    if not 0 <= batch < len(whole.x):
        raise ValueError(f"batch must be in 0..{len(whole.x) - 1} for this input; got {batch}")
    sample, first = whole.x[batch], whole.states[0][:, batch]  # (time, feature), (layer * direction, unit)
    with torch.inference_mode():
        truth = module_output(module, sample[None], (first[:, None],))[0].numpy()  # (time, direction * unit)
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
