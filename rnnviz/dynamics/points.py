"""What is known of fixed points, as plain arrays: where they are, how fast the state still moves, what is near them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from rnnviz.names import Cell, Direction
from rnnviz.trace import Trace

Kind = Literal["stable", "saddle", "unstable", "slow"]
KINDS: Final[tuple[Kind, ...]] = ("stable", "saddle", "unstable", "slow")
"""Of a fixed point: no eigenvalue outside the unit circle, some, or all; and of a slow point, which is not fixed.

Along an eigenvalue of 1 the state neither returns nor leaves, and its time constant is infinite: a line of fixed points
comes as many stable ones beside each other.
"""


@dataclass(frozen=True, eq=False)
class FixedPoints:
    """The states at which a recurrent layer stays, or nearly stays, while its input is constant.

    A state is h of an RNN and a GRU, and h followed by c of an LSTM. The stable points come first, then those with more
    and more unstable directions, then the slow ones.

    Attributes:
        layer: Of the module, from 0.
        x: Of shape (input_size,). The constant input of this layer.
        states: Of shape (point, state).
        speeds: Of shape (point,). q = |F(state, x) - state|² / 2, by torch's own layer in float64.
        drifts: Of shape (point,). How far torch's own layer is from the point after ten steps from it. A rounding grows
            along unstable directions, by the largest eigenvalue at each step.
        jacobians: Of shape (point, state, state). dF/dstate at the point.
        eigenvalues: Complex, of shape (point, state), the largest first. Those of the Jacobian.
        kinds: Of shape (point,), each of ``KINDS``. A point is fixed if its speed is at most ``tolerance``; a slow
            point is a minimum of the speed above it.
        unstable: Of shape (point,). How many eigenvalues are outside the unit circle.
        found: Of shape (point,). How many start states ended there.
        outputs: Of shape (point, output). What the output layer gives for h, logits of a classifier; no columns without
            an output layer.
        starts: Of shape (start, state). Where the search began.
        ends: Of shape (start,). The point that each start led to, -1 where the search did not converge: it went on, or
            came to rest at a speed above ``slow`` or at the bound of the range of h.
        end_speeds: Of shape (start,). The lowest speed that was found from each start.
        tolerance: The speed up to which a point is fixed.
        merged: Points closer than this, in Euclidean distance, are one point.
        stopped: Whether ``on_progress`` stopped the search.

    Source: Sussillo and Barak (2013).

    >>> import torch, rnnviz
    >>> rnn = torch.nn.RNN(1, 1)
    >>> for parameter, value in zip(rnn.parameters(), (0.0, 2.0, 0.0, 0.0)):
    ...     _ = torch.nn.init.constant_(parameter, value)
    >>> points = rnnviz.fixed_points(rnn)
    >>> points.kinds.tolist(), abs(points.states).round(4).ravel().tolist()
    (['stable', 'stable', 'unstable'], [0.9575, 0.9575, 0.0])
    """

    cell: Cell
    layer: int
    x: np.ndarray
    states: np.ndarray
    speeds: np.ndarray
    drifts: np.ndarray
    jacobians: np.ndarray
    eigenvalues: np.ndarray
    kinds: np.ndarray
    unstable: np.ndarray
    found: np.ndarray
    outputs: np.ndarray
    starts: np.ndarray
    ends: np.ndarray
    end_speeds: np.ndarray
    tolerance: float
    merged: float
    stopped: bool = False

    def __len__(self) -> int:
        return len(self.states)

    def __repr__(self) -> str:
        return f"FixedPoints({self.cell}; {self.summary})"

    @property
    def h(self) -> np.ndarray:
        """The hidden states, of shape (point, unit)."""
        return self.states[:, : self._units]

    @property
    def c(self) -> np.ndarray:
        """The cell states of an LSTM, of shape (point, unit); no columns for other cells."""
        return self.states[:, self._units :]

    @property
    def time_constants(self) -> np.ndarray:
        """-1 / ln|λ| in steps, of shape (point, state): the steps in which a small deviation falls to 1/e of itself.

        It is negative where the deviation grows, 0 where it is gone after one step, and infinite where it stays.
        """
        return time_constants(self.eigenvalues)

    @property
    def probabilities(self) -> np.ndarray:
        """The softmax of ``outputs``, of shape (point, output)."""
        powers = np.exp(self.outputs - self.outputs.max(-1, keepdims=True, initial=-np.inf))
        shares: np.ndarray = powers / powers.sum(-1, keepdims=True)
        return shares

    @property
    def summary(self) -> str:
        """How many points of each kind there are, and how many starts led nowhere, with the lowest speed of these."""
        counts = Counter(self.kinds.tolist())
        said = ", ".join(f"{counts[kind]} {kind}" for kind in KINDS if counts[kind]) or "no point"
        lost = self.ends < 0
        if not lost.any():
            return f"{said}; all {len(self.ends):,} starts converged"
        least = self.end_speeds[lost].min()
        return f"{said}; {lost.sum():,} of {len(self.ends):,} starts did not converge, lowest speed q = {least:.2g}"

    @property
    def _units(self) -> int:
        return int(self.states.shape[1]) // (2 if self.cell == "lstm" else 1)


@dataclass(frozen=True, eq=False)
class Modes:
    """The directions along which a small deviation from a fixed point lasts longest, or grows most.

    Attributes:
        point: The number of the point among those that were found.
        eigenvalues: Complex, of shape (mode,), the largest first; one of each complex pair.
        directions: Complex, of shape (mode, state), of length 1: the eigenvectors. The largest number of each is real
            and positive; those of a complex pair turn, and the real part is what they begin with.
        readouts: Complex, of shape (mode, output). What a unit along each direction adds to the outputs; no columns
            without an output layer.

    >>> import numpy as np, torch, rnnviz
    >>> from rnnviz.dynamics import leading_modes
    >>> modes = leading_modes(rnnviz.fixed_points(torch.nn.GRU(2, 8), count=10), weight=np.ones((3, 8)))
    >>> modes.directions.shape, modes.readouts.shape
    ((3, 8), (3, 3))
    """

    point: int
    eigenvalues: np.ndarray
    directions: np.ndarray
    readouts: np.ndarray


def leading_modes(points: FixedPoints, point: int = 0, *, count: int = 3, weight: np.ndarray | None = None) -> Modes:
    """The modes at one point with the largest eigenvalues: first those that grow, then the slowest ones.

    Args:
        count: The most of them.
        weight: Of the output layer, of shape (output, unit); it is applied to h.

    Raises:
        ValueError: If there is no such point, or the weight does not fit.

    Source: Maheswaranathan et al. (2019): what the slowest directions hold, and how it is read out.

    >>> import torch, rnnviz
    >>> from rnnviz.dynamics import leading_modes
    >>> points = rnnviz.fixed_points(torch.nn.RNN(2, 8), count=10)
    >>> modes = leading_modes(points)
    >>> modes.directions.shape[1], abs(modes.directions[0] @ modes.directions[0].conj()).round(6).item()
    (8, 1.0)
    """
    if type(point) is not int or not 0 <= point < len(points):
        raise ValueError(f"point must be one of the {len(points)} that were found, from 0; got {point!r}")
    if type(count) is not int or count < 1:
        raise ValueError(f"count must be a whole number of at least 1; got {count!r}")
    units = points.h.shape[1]
    read = np.empty((0, units)) if weight is None else np.asarray(weight, np.float64)
    if read.ndim != 2 or read.shape[1] != units:
        raise ValueError(f"weight must be of shape (output, {units}), as of the output layer; got {read.shape}")
    values, vectors = np.linalg.eig(points.jacobians[point])
    order = np.argsort(-np.abs(values), kind="stable")
    order = order[values.imag[order] >= 0][:count]
    directions = vectors[:, order].T
    largest = np.take_along_axis(directions, np.abs(directions).argmax(1)[:, None], 1)
    directions = directions * (np.abs(largest) / largest)
    return Modes(point, values[order], directions, directions[:, :units] @ read.T)


def time_constants(eigenvalues: np.ndarray) -> np.ndarray:
    """-1 / ln|λ| in steps of eigenvalues, as ``FixedPoints.time_constants`` has them.

    >>> import numpy as np
    >>> from rnnviz.dynamics.points import time_constants
    >>> time_constants(np.array([np.exp(-0.1), 1.0, 0.0])).round(3).tolist()
    [10.0, inf, 0.0]
    """
    with np.errstate(divide="ignore"):
        logs = np.log(np.abs(eigenvalues))
        steps: np.ndarray = np.where(logs == 0, np.inf, -1 / logs)
    return steps + 0.0


@dataclass(frozen=True, eq=False)
class SpeedPlane:
    """The speed of the state on a plane through the space of states, and where the state goes from there.

    The numbers are those of the network at the points of this plane, whose other coordinates are those of ``origin``.

    Attributes:
        x: Of shape (input_size,). The constant input.
        origin: Of shape (state,).
        directions: Of shape (2, state), at right angles, of length 1.
        across, up: Of shapes (column,) and (row,). Coordinates along the two directions.
        speeds: Of shape (row, column). q = |F(state, x) - state|² / 2.
        flow: Of shape (row, column, 2). The two coordinates of F(state, x) - state.
        explained: Of shape (2,). The share of the variance of the visited states along each direction; NaN for
            directions that were chosen.

    >>> import torch
    >>> from rnnviz import capture
    >>> from rnnviz.dynamics import speed_plane
    >>> gru = torch.nn.GRU(2, 8, batch_first=True)
    >>> plane = speed_plane(gru, through=capture(gru, torch.randn(3, 10, 2)), resolution=20)
    >>> plane.speeds.shape, plane.flow.shape
    ((20, 20), (20, 20, 2))
    """

    cell: Cell
    layer: int
    x: np.ndarray
    origin: np.ndarray
    directions: np.ndarray
    across: np.ndarray
    up: np.ndarray
    speeds: np.ndarray
    flow: np.ndarray
    explained: np.ndarray

    def projected(self, states: np.ndarray) -> np.ndarray:
        """The coordinates (…, 2) of states (…, state) in the plane."""
        coordinates: np.ndarray = (states - self.origin) @ self.directions.T
        return coordinates

    def distances(self, states: np.ndarray) -> np.ndarray:
        """How far states (…, state) are from the plane, (…)."""
        off = states - self.origin - self.projected(states) @ self.directions
        distances: np.ndarray = np.linalg.norm(off, axis=-1)
        return distances


def visited_states(
    trace: Trace, *, layer: int = 0, direction: Direction | None = None, batch: int | Sequence[int] | None = None
) -> np.ndarray:
    """The states that a layer went through, sequence by sequence: (step, state), float64, without padded steps.

    Args:
        direction: Needed for a trace of two directions; their states stand in the order of the steps.
        batch: One sequence or several; all by default.

    Raises:
        ValueError: If the trace has two directions and none is chosen, no such layer or sequence, or projections.

    >>> import torch
    >>> from rnnviz import capture
    >>> from rnnviz.dynamics import visited_states
    >>> visited_states(capture(torch.nn.LSTM(3, 4, batch_first=True), torch.ones(2, 6, 3))).shape
    (12, 8)
    """
    if len(trace.directions) > 1 and direction is None:
        raise ValueError("direction must be chosen for a trace of two directions; got None")
    signals = ("h", "c") if trace.cell == "lstm" else ("h",)
    if trace["h"].shape[-1] != trace.sizes["unit"]:
        raise ValueError(f"h must have {trace.sizes['unit']} units, without a projection; got {trace['h'].shape[-1]}")
    chosen = range(trace.sizes["batch"]) if batch is None else [batch] if isinstance(batch, int) else batch
    rows = [
        np.concatenate(
            [trace.panel(name, layer=layer, direction=direction or "forward", batch=k) for name in signals], -1
        )
        for k in chosen
    ]
    states = np.concatenate(rows).astype(np.float64)
    return states[np.isfinite(states).all(1)]
