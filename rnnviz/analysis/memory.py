"""Memory: how long a gate keeps what was written, and which step wrote what the state holds."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rnnviz.names import Direction
from rnnviz.trace import Trace

_ROUNDING = 16  # in units in the last place at 1: what a first state may differ by from what its own step wrote


@dataclass(frozen=True, eq=False)
class Contributions:
    """What every step wrote of the state at step t; the parts add up to that state.

    Attributes:
        signal: The state that is taken apart: c of an LSTM, h of a GRU.
        steps: Of shape (time, unit). Share of every step read so far; NaN on steps not yet read, and on padding.
        initial: Of shape (unit,). Share of the state before the first step; zero if that was zero.

    >>> import torch
    >>> from rnnviz import analysis, capture
    >>> trace = capture(torch.nn.GRU(3, 4, batch_first=True), torch.ones(1, 6, 3))
    >>> parts = analysis.contributions(trace)
    >>> parts.signal, parts.t
    ('h', 5)
    """

    signal: str
    t: int
    steps: np.ndarray
    initial: np.ndarray


def along(shares: np.ndarray, state: np.ndarray) -> np.ndarray:
    """How far each part of a state moved it towards where it is: ⟨share, state⟩ / ‖state‖, float64 of shape (...).

    These add up to the length of the state; a negative part pulled the other way.

    Args:
        shares: Of shape (..., unit). Parts that add up to the state, as from ``contributions``.
        state: Of shape (unit,).

    >>> import numpy as np
    >>> from rnnviz import analysis
    >>> shares = np.array([[3.0, 0.0], [0.0, 4.0]])  # two parts of the state (3, 4)
    >>> analysis.along(shares, shares.sum(0)).round(2)
    array([1.8, 3.2])
    """
    length = float(np.linalg.norm(state.astype(np.float64)))
    direction = state.astype(np.float64) / length if length else np.zeros(len(state))
    projected: np.ndarray = shares.astype(np.float64) @ direction
    return projected


def half_life(gate: np.ndarray) -> np.ndarray:
    """Steps after which half of a unit's state is left, if its gate is always at its geometric mean: of shape (unit,).

    It is -ln 2 / mean ln gate: infinite where the gate is always 1, and 0 where it was ever 0.

    Args:
        gate: Of shape (..., time, unit). What a step keeps: f of an LSTM, z of a GRU. NaN on padded steps is left out.

    Raises:
        ValueError: If a value is outside 0..1.

    Source: Tallec and Ollivier (2018), arXiv 1804.11188, section 1: a gate's value as a characteristic time.

    >>> import numpy as np
    >>> from rnnviz import analysis
    >>> gate = np.array([[0.5, 0.9], [0.5, 0.9]])  # (time, unit)
    >>> analysis.half_life(gate).round(2)
    array([1.  , 6.58])
    """
    _check_gate(gate)
    values = gate.reshape(-1, gate.shape[-1])  # (steps, unit)
    known = ~np.isnan(values)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.where(known, np.log(values), 0).sum(0, dtype=np.float64) / known.sum(0)
        steps: np.ndarray = np.log(2) / np.abs(mean)
    return steps


def retention(
    panel: np.ndarray, units: int | Sequence[int] | np.ndarray | None = None, *, direction: Direction = "forward"
) -> np.ndarray:
    """The share of what was there after step k that is left after step t: the product of the gates in between.

    Args:
        panel: Of shape (time, unit). What a step keeps: f of an LSTM, z of a GRU.
        units: All by default, which takes 8 time² unit bytes.
        direction: Of the panel; in the reverse one, later steps were read first.

    Returns:
        float64 of shape (time, time, unit), or (time, time) where ``units`` is one number. At [t, k] the product of the
        gates of the steps read after k up to t: 1 at k = t, NaN where k was not yet read and on padded steps.

    Raises:
        ValueError: If a value is outside 0..1.

    >>> import numpy as np
    >>> from rnnviz import analysis
    >>> forget = np.array([[0.5], [0.5], [0.5]])  # (time, unit)
    >>> analysis.retention(forget, 0)
    array([[1.  ,  nan,  nan],
           [0.5 , 1.  ,  nan],
           [0.25, 0.5 , 1.  ]])
    """
    _check_gate(panel)
    kept = panel if units is None else panel[:, units]
    backwards = direction == "reverse"
    kept = (kept[::-1] if backwards else kept).astype(np.float64)  # in reading order
    share = np.full((len(kept), *kept.shape), np.nan)
    for t, gate in enumerate(kept):  # a product of numbers in 0..1, never a quotient: exact to rounding, also at 0
        share[t, t] = np.where(np.isnan(gate), np.nan, 1)
        if t:
            np.multiply(share[t - 1, :t], gate, out=share[t, :t])
    return share[::-1, ::-1] if backwards else share


def mean_retention(
    panel: np.ndarray,
    units: Sequence[int] | np.ndarray | None = None,
    *,
    direction: Direction = "forward",
    every: int = 1,
) -> np.ndarray:
    """The mean over units of ``retention``, (time, time), in a fraction of its time and memory.

    Args:
        panel: Of shape (time, unit). What a step keeps: f of an LSTM, z of a GRU.
        units: All by default. A unit whose gate is NaN at a step makes the mean NaN from there on.
        every: The result has steps 0, every, 2 every, … alone, each with the product over all steps in between.

    Raises:
        ValueError: If a value is outside 0..1, there is no unit, or ``every`` is no step.

    >>> import numpy as np
    >>> from rnnviz import analysis
    >>> forget = np.array([[0.5, 1.0], [0.5, 1.0], [0.5, 1.0]])  # (time, unit)
    >>> analysis.mean_retention(forget)
    array([[1.   ,   nan,   nan],
           [0.75 , 1.   ,   nan],
           [0.625, 0.75 , 1.   ]])
    """
    _check_gate(panel)
    if every < 1:
        raise ValueError(f"every must be at least 1; got {every}")
    kept = panel if units is None else panel[:, np.asarray(units, dtype=np.intp)]
    if not kept.shape[1]:
        raise ValueError("units must be at least one; got none")
    told = np.arange(len(kept)) % every == 0
    if direction == "reverse":  # in reading order
        kept, told = kept[::-1], told[::-1]
    mean = np.full((int(told.sum()), int(told.sum())), np.nan)
    share = np.empty((len(mean), kept.shape[1]))  # (written at, unit), as it is after the step last read
    row = 0
    for gate, tells in zip(kept.astype(np.float64), told, strict=True):
        share[:row] *= gate
        if tells:
            share[row] = np.where(np.isnan(gate), np.nan, 1)
            mean[row, : row + 1] = share[: row + 1].mean(1)
            row += 1
    return mean[::-1, ::-1] if direction == "reverse" else mean


def contributions(
    trace: Trace, *, layer: int = 0, direction: Direction = "forward", batch: int = 0, t: int | None = None
) -> Contributions:
    """Which step wrote what of the state at step t, exactly.

    An LSTM's cell state is c_t = Σ_k (Π_{j=k+1..t} f_j) i_k g_k, a GRU's hidden state
    h_t = Σ_k (Π_{j=k+1..t} z_j) (1 - z_k) n_k, each with the share of the initial state; later than k means read later.
    By default t is the last step read, which is step 0 in the reverse direction.

    Raises:
        ValueError: If the trace is of a plain RNN, whose state is no sum over steps, has no such layer, direction or
            sample, or ``t`` is no true step of the sample.

    Source: Levy, Lee, FitzGerald, Zettlemoyer (2018), arXiv 1805.03716, section 2 (LSTM).

    >>> import numpy as np
    >>> import torch
    >>> from rnnviz import analysis, capture
    >>> trace = capture(torch.nn.LSTM(3, 4, batch_first=True), torch.ones(1, 6, 3))
    >>> parts = analysis.contributions(trace, t=5)
    >>> parts.steps.shape
    (6, 4)
    >>> np.allclose(parts.steps.sum(0) + parts.initial, trace.panel("c")[5], atol=1e-6)
    True
    """
    if trace.cell == "rnn":
        raise ValueError("trace must be of an lstm or a gru, whose states are sums over steps; got rnn")
    true, turn = int(trace.lengths[batch]) if 0 <= batch < len(trace.lengths) else 0, direction == "reverse"

    def read(signal: str) -> np.ndarray:
        panel = trace.panel(signal, layer=layer, direction=direction, batch=batch)[:true].astype(np.float64)
        return panel[::-1] if turn else panel  # (time, unit), in reading order

    signal = "c" if trace.cell == "lstm" else "h"
    state = read(signal)
    if t is None:
        t = 0 if turn else true - 1
    if not 0 <= t < true:
        raise ValueError(f"t must be in 0..{true - 1} for this sample; got {t}")
    keep, written = (read("f"), read("i") * read("g")) if signal == "c" else (read("z"), (1 - read("z")) * read("n"))
    last = true - 1 - t if turn else t
    left = np.ones_like(state[: last + 1])
    left[:-1] = np.cumprod(keep[last:0:-1], 0)[::-1]  # what is left of step k's writing
    steps = np.full((trace.sizes["time"], state.shape[1]), np.nan)
    shares = left * written[: last + 1]
    steps[slice(t, true) if turn else slice(t + 1)] = shares[::-1] if turn else shares
    before = state[0] - written[0]  # what the first step kept of the initial state
    if (np.abs(before) <= _ROUNDING * np.finfo(trace[signal].dtype).eps).all():
        before = np.zeros_like(before)
    return Contributions(signal=signal, t=t, steps=steps, initial=left[0] * before)


def _check_gate(values: np.ndarray) -> None:
    if ((values < 0) | (values > 1)).any():
        raise ValueError(f"values of a gate must be in 0..1; got {np.nanmin(values)} to {np.nanmax(values)}")
