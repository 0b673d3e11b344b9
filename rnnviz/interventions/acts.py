"""Interventions as plain data: which numbers of which signal at which steps, and what becomes of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from torch import Tensor

from rnnviz.names import DIRECTIONS, SIGNALS, Direction
from rnnviz.trace import Trace

Ablation = Literal["zero", "mean", "resample"]

_ALL: Final = tuple(dict.fromkeys(signal for signals in SIGNALS.values() for signal in signals))


@dataclass(frozen=True, eq=False)
class Intervention:
    """One signal of a layer and direction, at some steps and units, that is not what the network computes.

    A gate is replaced after its nonlinearity, and what the cell makes of it follows. c and h are replaced at the end of
    their step; the h of a step is what its output, the layer above and the next step read.

    Attributes:
        signal: As in a trace: ``h``, ``c``, ``i``, ``f``, ``g``, ``o``, ``r``, ``z`` or ``n``.
        values: What is put there: a number, or an array that broadcasts to (step, unit) or (sample, step, unit).
        units: Their indices; None for all.
        steps: Their indices in the input, also in the reverse direction; None for all.
        adds: Whether the values are added to what the network computes, in place of replacing it.
        samples: Indices of the sequences of the batch in which this is done; None for all. With one edit for each
            sample, copies of one sequence go through many interventions in one pass.

    >>> from rnnviz.interventions import Intervention
    >>> Intervention("f", 1.0, units=(0, 3), steps=range(2, 5)).steps
    (2, 3, 4)
    """

    signal: str
    values: float | np.ndarray | Tensor | Sequence[float]
    units: tuple[int, ...] | None = None
    steps: tuple[int, ...] | None = None
    layer: int = 0
    direction: Direction = "forward"
    adds: bool = False
    samples: tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        if self.signal not in _ALL:
            raise ValueError(f"signal must be one of {', '.join(_ALL)}; got {self.signal!r}")
        if self.direction not in DIRECTIONS:
            raise ValueError(f"direction must be {' or '.join(DIRECTIONS)}; got {self.direction!r}")
        for name in ("units", "steps", "samples"):
            if (given := getattr(self, name)) is not None:
                object.__setattr__(self, name, _indices(name, given))
        values = _numbers(self.values)
        if not np.isfinite(values).all():
            raise ValueError(f"values must be finite; got {values[~np.isfinite(values)].flat[0]}")
        values.flags.writeable = False
        object.__setattr__(self, "values", values)


def _numbers(values: object) -> np.ndarray:
    """A copy in float64; of a tensor without its graph."""
    return np.array(values.detach().cpu().numpy() if isinstance(values, Tensor) else values, dtype=np.float64)


def _indices(name: str, given: Sequence[int]) -> tuple[int, ...]:
    try:
        indices = tuple(int(index) for index in given if index == int(index))
    except (TypeError, ValueError):
        indices = ()
    if not indices or len(indices) != len(given) or len(set(indices)) != len(indices) or min(indices) < 0:
        raise ValueError(f"{name} must be different whole numbers of at least 0, at least one; got {given!r:.80}")
    return indices


def ablate(
    signal: str,
    units: Sequence[int] | None = None,
    *,
    to: Ablation = "zero",
    of: Trace | None = None,
    seed: int = 0,
    steps: Sequence[int] | None = None,
    layer: int = 0,
    direction: Direction = "forward",
) -> Intervention:
    """Units that have nothing more to say: their signal is 0, its mean, or drawn at random at every step.

    Args:
        units: None for all.
        to: ``mean`` is the mean of each unit over all steps and sequences of ``of``. ``resample`` draws a step of any
            sequence of ``of`` for each step, whole, so that units that go together stay together; every sequence that
            is read gets the same draws.
        of: What the means or the draws are taken from, best other sequences; not used by ``zero``.
        steps: None for all; with ``resample`` they have to be told.

    Raises:
        ValueError: If ``of`` is missing or has no such signal, layer or direction, or steps are missing.

    >>> from rnnviz.interventions import ablate
    >>> float(ablate("h", [2]).values)
    0.0
    """
    if to not in ("zero", "mean", "resample"):
        raise ValueError(f"to must be zero, mean or resample; got {to!r}")
    place: dict[str, object] = {"layer": layer, "direction": direction}
    if to == "zero":
        return Intervention(signal, 0.0, units, steps, **place)  # type: ignore[arg-type]
    if of is None:
        raise ValueError(f"of must be a trace for {to}; got None")
    seen = _seen(of, signal, layer, direction)
    chosen = seen if units is None else seen[:, _within("units", units, seen.shape[1])]
    if to == "mean":
        return Intervention(signal, chosen.mean(axis=0), units, steps, **place)  # type: ignore[arg-type]
    if steps is None:
        raise ValueError("steps must be told for resample, one draw each; got None")
    drawn = np.random.default_rng(seed).integers(len(chosen), size=len(steps))
    return Intervention(signal, chosen[drawn], units, steps, **place)  # type: ignore[arg-type]


def clamp(
    signal: str,
    value: float,
    units: Sequence[int] | None = None,
    *,
    steps: Sequence[int] | None = None,
    layer: int = 0,
    direction: Direction = "forward",
) -> Intervention:
    """A signal held at one value: a forget gate at 1 is wide open, at 0 it is shut.

    >>> from rnnviz.interventions import clamp
    >>> clamp("f", 1, steps=range(3)).steps
    (0, 1, 2)
    """
    return Intervention(signal, float(value), units, steps, layer=layer, direction=direction)  # type: ignore[arg-type]


def patch(
    signal: str,
    source: Trace,
    units: Sequence[int] | None = None,
    *,
    steps: Sequence[int],
    from_steps: Sequence[int] | None = None,
    batch: int = 0,
    layer: int = 0,
    direction: Direction = "forward",
) -> Intervention:
    """A signal as it was on another sequence, at the same steps or at those that stand for them.

    Args:
        source: A trace of the same network on the other sequence.
        from_steps: Which steps of the source are taken, one for each of ``steps``, the same more than once if wished;
            by default ``steps``.
        batch: The sample of the source.

    Raises:
        ValueError: If the source has no such signal, unit or step, or the two have not as many steps.

    Source: Vig et al. (2020), arXiv 2004.12265, section 3: what a unit does is what follows from its value elsewhere.

    >>> import torch, rnnviz
    >>> from rnnviz.interventions import patch
    >>> source = rnnviz.capture(torch.nn.GRU(3, 4), torch.ones(6, 3))
    >>> patch("h", source, [0, 1], steps=[5]).values.shape
    (1, 2)
    """
    taken = steps if from_steps is None else from_steps
    if len(taken) != len(steps):
        raise ValueError(f"from_steps must be as many as steps, {len(steps)}; got {len(taken)}")
    panel = _panel(source, signal, layer, direction, batch)
    for step in taken:  # one may be taken for several steps
        _within("steps of the source", [step], len(panel))
    rows = panel[list(taken)]
    chosen = rows if units is None else rows[:, _within("units", units, rows.shape[1])]
    return Intervention(signal, chosen, units, steps, layer=layer, direction=direction)  # type: ignore[arg-type]


def steer(
    along: np.ndarray | Tensor | Sequence[float],
    strength: float,
    *,
    signal: str = "h",
    steps: Sequence[int] | None = None,
    layer: int = 0,
    direction: Direction = "forward",
) -> Intervention:
    """A direction, times a strength, added to a state at the end of every step, or of some.

    Args:
        along: Of shape (unit,): a difference of means, the normal of a probe, a principal component. Its length counts.

    Source: Turner et al. (2023), arXiv 2308.10248, on activation addition.

    >>> from rnnviz.interventions import steer
    >>> steer([0.6, 0.8], 2).values
    array([1.2, 1.6])
    """
    added = float(strength) * _numbers(along)
    if added.ndim != 1:
        raise ValueError(f"along must have shape (unit,); got {added.shape}")
    return Intervention(signal, added, None, steps, layer, direction, adds=True)  # type: ignore[arg-type]


def _seen(trace: Trace, signal: str, layer: int, direction: Direction) -> np.ndarray:
    """Every step of every sequence, without padding: (step, unit)."""
    panels = [_panel(trace, signal, layer, direction, sample) for sample in range(trace.sizes["batch"])]
    return np.concatenate(panels)


def _panel(trace: Trace, signal: str, layer: int, direction: Direction, batch: int) -> np.ndarray:
    """(step, unit) of one sequence, without padding."""
    panel = trace.panel(signal, layer=layer, direction=direction, batch=batch)
    return panel[: trace.lengths[batch]]


def _within(name: str, given: Sequence[int], size: int) -> list[int]:
    indices = list(_indices(name, given))
    if max(indices) >= size:
        raise ValueError(f"{name} must be in 0..{size - 1}; got {max(indices)}")
    return indices
