"""The search for fixed points: the speed of the state is minimised from many starts at once."""

from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor, nn

from rnnviz.dynamics.points import FixedPoints, visited_states
from rnnviz.dynamics.steps import ConstantInput, constant_input, recurrent_part, states_by_kernel
from rnnviz.models import Network
from rnnviz.names import Direction
from rnnviz.progress import SearchProgress
from rnnviz.trace import Trace

OnProgress = Callable[[SearchProgress], object]
"""Called after every iteration; False stops the search there."""

DRIFTING: Final = 10
"""Steps of torch's own layer after which the drift of a point is measured."""

_LEAST: Final = 1e-13
_FIRST: Final = 1e-3
_MOST: Final = 1e8
"""The damping: its least, that of the first iteration, and that at which a search ends, since no step helps."""

_AT_ONCE: Final = 2**19
"""The most numbers of the Jacobians that are computed at once: the arrays of an iteration then stay in the cache."""

_STALL: Final = 25
"""Iterations within which the speed must halve, as long as it is above that of slow points: else the search ends."""

_FLAT: Final = 1e-7
"""A search ends where the gradient of the speed is shorter than this part of the residual F(state) - state."""

_RESTING: Final = 1e-4
"""It has found a minimum of the speed where the gradient is shorter than this part."""


def fixed_points(
    module: nn.Module,
    x: Any = None,
    *,
    starts: Any = None,
    layer: int = 0,
    direction: Direction | None = None,
    head: nn.Module | None = None,
    count: int = 128,
    noise: float = 0.1,
    seed: int = 0,
    tolerance: float = 1e-20,
    slow: float = 1e-4,
    merged: float = 1e-3,
    iterations: int = 300,
    on_progress: OnProgress | None = None,
) -> FixedPoints:
    """The states at which a recurrent layer would stay if its input stayed constant: where its memory can rest.

    From each start the speed q(h) = |F(h, x) - h|² / 2 is minimised in float64: damped Newton steps on its root
    (Levenberg and Marquardt's), which turn into gradient descent where there is no root. A slow point is a minimum of q
    that is no root. The search stays where h can be: within the range of the activation. It may miss points; more
    starts find more. An iteration takes time with the cube of the state: with hundreds of units, take fewer starts.
    Nothing is drawn from torch's random state.

    Args:
        module: An ``nn.RNN``, ``nn.LSTM`` or ``nn.GRU``, or a network of ``rnnviz.build``.
        x: Of shape (width of the layer's input,); zeros by default. Above the first layer it is a state h of the layer
            below, since that layer settles by itself whatever the layers above do.
        starts: A ``Trace`` of the module, of whose visited states ``count`` are drawn, or states (start, state), all of
            which are taken; for an LSTM each is h followed by c. By default ``count`` random states within the range of
            the activation.
        direction: Needed for a module of two directions: each settles by itself.
        head: The output layer, applied to h; of a network of ``build`` its own, for the last layer of one direction.
        noise: The standard deviation of normal noise on given starts, states or a trace.
        seed: Of starts and noise.
        tolerance: The speed up to which a point is fixed; 1e-20 is a step of length 1.4e-10.
        slow: The speed up to which a minimum is a slow point; minima above it are left out. 1e-4 is a step of 0.014.
        merged: Points closer than this, in Euclidean distance, are one.
        iterations: The most of them from a start. A search whose speed stays above ``slow`` ends where 25 of them have
            not halved it.
        on_progress: Called after each iteration with a ``SearchProgress``; False stops the search, and what was found
            by then comes back.

    Raises:
        TypeError: If the module is no recurrent module, or starts are traces by their layers.
        ValueError: If it has projections or two directions of which none is chosen, or an argument has another shape or
            range.

    Source: Sussillo and Barak (2013): fixed and slow points as minima of the speed, from visited states.

    >>> import torch, rnnviz
    >>> gru = torch.nn.GRU(2, 16, batch_first=True)
    >>> trace = rnnviz.capture(gru, torch.randn(4, 25, 2))
    >>> points = rnnviz.fixed_points(gru, starts=trace, count=20)
    >>> points.kinds.tolist(), bool(points.speeds.max() < 1e-20)
    (['stable'], True)
    """
    for name, value, least in (("count", count, 1), ("iterations", iterations, 1)):
        if type(value) is not int or value < least:
            raise ValueError(f"{name} must be a whole number of at least {least}; got {value!r}")
    for name, number in (("noise", noise), ("tolerance", tolerance), ("slow", slow), ("merged", merged)):
        if not (np.isfinite(number) and number >= 0):
            raise ValueError(f"{name} must be a finite number of at least 0; got {number!r}")
    with torch.inference_mode():
        step = constant_input(module, x, layer, direction)
        begun = torch.from_numpy(_starts(step, starts, layer, direction, count=count, noise=noise, seed=seed))
        search = _Search(step, begun, tolerance, slow)
        stopped = search.run(iterations, on_progress)
        resting = search.flatness <= _RESTING
        settled = (search.speeds <= tolerance) | (resting & (search.speeds <= slow))
        leaders, ends = _merged(search.states.numpy(), search.speeds.numpy(), settled.numpy(), merged)
        described = _described(step, search.states[leaders], tolerance)
        order = _order(described)
        ranks = np.append(np.argsort(order), -1)  # so that the end -1 of a start that led nowhere stays -1
        ends = ranks[ends]
        described = {name: array[order] for name, array in described.items()}
        return FixedPoints(
            cell=step.cell,
            layer=layer,
            x=step.x.numpy(),
            **described,
            found=np.bincount(ends[ends >= 0], minlength=len(order)),
            outputs=_outputs(module, head, layer, described["states"][:, : step.units]),
            starts=begun.numpy(),
            ends=ends,
            end_speeds=search.speeds.numpy(),
            tolerance=tolerance,
            merged=merged,
            stopped=stopped,
        )


# --- Starts ---


def _starts(
    step: ConstantInput,
    starts: Any,
    layer: int,
    direction: Direction | None,
    *,
    count: int,
    noise: float,
    seed: int,
) -> np.ndarray:
    """Where the search begins: (start, state)."""
    generator = np.random.default_rng(seed)
    if starts is None:
        return _drawn(step, count, generator)
    if isinstance(starts, Mapping):
        raise TypeError(f"starts must be the trace of one layer; got {len(starts)} in a {type(starts).__name__}")
    if isinstance(starts, Trace):
        if (starts.cell, starts.sizes["unit"]) != (step.cell, step.units):
            got = f"{starts.cell} of {starts.sizes['unit']} units"
            raise ValueError(f"starts must be a trace of this module, a {step.cell} of {step.units} units; got {got}")
        visited = visited_states(starts, layer=layer, direction=direction)
        states = visited[np.sort(generator.permutation(len(visited))[:count])]
    else:
        states = np.array(starts.detach().cpu() if isinstance(starts, Tensor) else starts, dtype=np.float64)
        if states.ndim != 2 or not len(states) or states.shape[1] != step.size:
            raise ValueError(f"starts must be of shape (start, {step.size}) for this layer; got {states.shape}")
    if not np.isfinite(states).all():
        raise ValueError("starts must be finite numbers; got others")
    return states + noise * generator.standard_normal(states.shape)


def _drawn(step: ConstantInput, count: int, generator: np.random.Generator) -> np.ndarray:
    """Random states within the range of h: evenly from -1 to 1, of ReLU from 0 to 1; c of an LSTM from -2 to 2."""
    h = generator.uniform(step.least, 1, (count, step.units))
    return np.concatenate([h, generator.uniform(-2, 2, h.shape)], 1) if step.cell == "lstm" else h


# --- Minimising the speed ---


@dataclass(eq=False)
class _Local:
    """What is known at some states: the residual F - state, its Jacobian, the speed and its gradient."""

    residuals: Tensor
    jacobians: Tensor
    speeds: Tensor
    gradients: Tensor

    @classmethod
    def at(cls, step: ConstantInput, states: Tensor) -> "_Local":
        after, jacobians = step.next_and_jacobians(states)
        jacobians.diagonal(dim1=-2, dim2=-1).sub_(1)
        residuals = after - states
        gradients = (jacobians.mT @ residuals[..., None])[..., 0]
        speeds = residuals.square().sum(-1) / 2
        return cls(residuals, jacobians, speeds.nan_to_num(torch.inf, torch.inf), gradients)

    def of(self, rows: Tensor) -> "_Local":
        """The same at some of the states."""
        return self if bool(rows.all()) else _Local(*(part[rows] for part in vars(self).values()))

    def put(self, rows: Tensor, other: "_Local") -> None:
        """Take over some of the rows of what is known at other states."""
        for name, part in vars(self).items():
            part[rows] = getattr(other, name)[rows]

    @property
    def flatness(self) -> Tensor:
        """The gradient's length as part of the residual's; 0 where there is no residual."""
        flatness: Tensor = self.gradients.norm(dim=-1) / self.residuals.norm(dim=-1)
        return flatness.nan_to_num(0.0)


class _Search:
    """Many searches at once, each with a damping of its own.

    Attributes:
        states: Of shape (start, state): the slowest so far from each start.
        speeds, flatness: Of shape (start,), at these states.
    """

    def __init__(self, step: ConstantInput, starts: Tensor, tolerance: float, near: float) -> None:
        self.step = step
        self.tolerance, self.near = tolerance, near
        self.states = step.within(starts)
        self.speeds = (step.next(self.states) - self.states).square().sum(-1) / 2
        self.flatness = torch.ones_like(self.speeds)
        self.made = self.ended = 0

    def run(self, iterations: int, on_progress: OnProgress | None) -> bool:
        """Minimise until every search has ended; return whether ``on_progress`` stopped it."""
        size = max(1, _AT_ONCE // self.step.size**2)
        for group in torch.split(torch.arange(len(self.states)), size):
            for going in self._iterations(group, iterations):
                self.made += 1
                told = SearchProgress(
                    self.made, self.ended + len(group) - going, len(self.states), float(self.speeds.median())
                )
                if on_progress is not None and on_progress(told) is False:
                    return True
            self.ended += len(group)
        return False

    def _iterations(self, going: Tensor, iterations: int) -> Iterator[int]:
        """Minimise from some starts; yield after each iteration from how many of them the search goes on."""
        here, damping = _Local.at(self.step, self.states[going]), torch.full((len(going),), _FIRST, dtype=torch.float64)
        self.flatness[going], before = here.flatness, here.speeds
        for iteration in range(iterations):
            is_open = (here.speeds > self.tolerance) & (here.flatness > _FLAT) & (damping < _MOST)
            if iteration and iteration % _STALL == 0:
                is_open &= (here.speeds < before / 2) | (here.speeds < self.near)
                before = here.speeds
            going, damping, here, before = going[is_open], damping[is_open], here.of(is_open), before[is_open]
            if not len(going):
                break
            tried = self.step.within(self.states[going] - self._steps(here, damping, self.states[going]))
            there = _Local.at(self.step, tried)
            better = torch.nonzero(there.speeds < here.speeds)[:, 0]
            here.put(better, there)
            self.states[going[better]] = tried[better]
            self.speeds[going], self.flatness[going] = here.speeds, here.flatness
            damping *= 10
            damping[better] = (damping[better] / 100).clamp(min=_LEAST)
            yield len(going)

    def _steps(self, here: _Local, damping: Tensor, states: Tensor) -> Tensor:
        """The damped Newton steps (JᵀJ + λ)⁻¹ Jᵀr; a step of a matrix that is singular to rounding is no number.

        What is at its bound, and would leave, stays there, and the others move without it.
        """
        held = (self.step.within(states - here.gradients) == states) & (here.gradients != 0)
        matrices = here.jacobians.mT @ here.jacobians
        matrices.masked_fill_(held[:, :, None] | held[:, None], 0.0)
        matrices.diagonal(dim1=-2, dim2=-1).add_(damping[:, None])
        factors, failed = torch.linalg.cholesky_ex(matrices)
        steps = torch.cholesky_solve(here.gradients.masked_fill(held, 0.0)[..., None], factors)[..., 0]
        return torch.where(failed[:, None] == 0, steps, torch.nan)


# --- What was found ---


def _merged(states: np.ndarray, speeds: np.ndarray, settled: np.ndarray, closer: float) -> tuple[list[int], np.ndarray]:
    """The starts that stand for a point each, the slowest of those that are close, and the point of each start."""
    leaders: list[int] = []
    ends = np.full(len(states), -1)
    for start in np.argsort(speeds, kind="stable"):
        if not settled[start]:
            continue
        near = np.linalg.norm(states[leaders] - states[start], axis=-1)
        if len(near) and near.min() < closer:
            ends[start] = near.argmin()
        else:
            ends[start] = len(leaders)
            leaders.append(int(start))
    return leaders, ends


def _described(step: ConstantInput, states: Tensor, tolerance: float) -> dict[str, np.ndarray]:
    """Speed and drift by the layer's own kernel, the Jacobian, its eigenvalues and the kind of each point."""
    after = states_by_kernel(step, states, DRIFTING)
    speeds = ((after[0] - states).square().sum(-1) / 2).numpy()
    _, jacobians = step.next_and_jacobians(states)
    found = torch.linalg.eigvals(jacobians).numpy()
    eigenvalues = np.take_along_axis(found, np.argsort(-np.abs(found), axis=-1, kind="stable"), -1)
    unstable = (np.abs(eigenvalues) > 1).sum(-1)
    some = np.where(unstable == 0, "stable", np.where(unstable < step.size, "saddle", "unstable"))
    return {
        "states": states.numpy(),
        "speeds": speeds,
        "drifts": (after[-1] - states).norm(dim=-1).numpy(),
        "jacobians": jacobians.numpy(),
        "eigenvalues": eigenvalues,
        "unstable": unstable,
        "kinds": np.where(speeds <= tolerance, some, "slow"),
    }


def _order(described: dict[str, np.ndarray]) -> np.ndarray:
    """Stable points first, then by unstable directions, slow ones last; among the same by their first number."""
    return np.lexsort((described["states"][:, 0], described["unstable"], described["kinds"] == "slow"))


def _outputs(module: nn.Module, head: nn.Module | None, layer: int, h: np.ndarray) -> np.ndarray:
    """What the output layer gives for the states, (point, output), in float64."""
    rnn = recurrent_part(module)
    is_all = layer == rnn.num_layers - 1 and not rnn.bidirectional
    if head is None and isinstance(module, Network) and is_all:
        head = module.head
    if head is None:
        return np.empty((len(h), 0))
    outputs: np.ndarray = deepcopy(head).double().cpu()(torch.from_numpy(h)).numpy()
    return outputs
