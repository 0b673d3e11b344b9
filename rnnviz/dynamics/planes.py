"""The speed of the state on a plane: computed by the network itself at the points of the plane."""

from typing import Any, Final

import numpy as np
import torch
from torch import nn

from rnnviz.analysis import principal_components
from rnnviz.dynamics.points import SpeedPlane, visited_states
from rnnviz.dynamics.steps import constant_input
from rnnviz.names import Direction
from rnnviz.trace import Trace

ROOM: Final = 0.15
"""The part of its width that a plane goes on beyond the states that it shows, at each edge."""


def speed_plane(
    module: nn.Module,
    x: Any = None,
    *,
    through: Any,
    directions: Any = None,
    including: Any = None,
    layer: int = 0,
    direction: Direction | None = None,
    resolution: int = 61,
) -> SpeedPlane:
    """The speed q on the plane of the two principal components of visited states, or of two chosen directions.

    Args:
        module, x, layer, direction: As for ``fixed_points``.
        through: A ``Trace`` of the module, or states (step, state); the plane goes through their mean.
        directions: Of shape (2, state), in place of the principal components; made orthonormal in their order.
        including: More states (count, state), as those of fixed points, that the plane shall reach to.
        resolution: Points along each edge, 2 to 400.

    Raises:
        TypeError: If the module is no recurrent module.
        ValueError: If the states are not of this layer or fewer than three, or the directions are parallel.

    >>> import torch, rnnviz
    >>> from rnnviz.dynamics import speed_plane
    >>> rnn = torch.nn.RNN(2, 4, batch_first=True)
    >>> plane = speed_plane(rnn, through=rnnviz.capture(rnn, torch.randn(1, 30, 2)), resolution=5)
    >>> plane.speeds.shape, bool((plane.speeds >= 0).all())
    ((5, 5), True)
    """
    step = constant_input(module, x, layer, direction)
    if isinstance(through, Trace):
        visited = visited_states(through, layer=layer, direction=direction)
    else:
        visited = np.asarray(through, np.float64)
    if visited.ndim != 2 or visited.shape[1] != step.size or len(visited) < 3:
        raise ValueError(f"through must be three states or more of {step.size} numbers; got shape {visited.shape}")
    if type(resolution) is not int or not 2 <= resolution <= 400:
        raise ValueError(f"resolution must be a whole number in 2..400; got {resolution!r}")
    axes, explained = _axes(visited, directions, step.size)
    origin = visited.mean(0)
    shown = visited if including is None else np.concatenate([visited, np.asarray(including, np.float64)])
    across, up = (_grid(along, resolution) for along in ((shown - origin) @ axes.T).T)
    points = origin + across[None, :, None] * axes[0] + up[:, None, None] * axes[1]  # (row, column, state)
    with torch.inference_mode():
        moved = step.next(torch.from_numpy(points)).numpy() - points
    return SpeedPlane(
        cell=step.cell,
        layer=layer,
        x=step.x.numpy(),
        origin=origin,
        directions=axes,
        across=across,
        up=up,
        speeds=np.square(moved).sum(-1) / 2,
        flow=moved @ axes.T,
        explained=explained,
    )


def _axes(visited: np.ndarray, directions: Any, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Two orthonormal directions (2, state), and the share of the variance along each."""
    if directions is None:
        principal = principal_components([visited], 2)
        return principal.components, principal.explained_ratio
    chosen = np.asarray(directions, np.float64)
    if chosen.shape != (2, size) or not np.isfinite(chosen).all():
        raise ValueError(f"directions must be two vectors of {size} finite numbers; got shape {chosen.shape}")
    columns, triangle = np.linalg.qr(chosen.T)
    if np.abs(np.diag(triangle)).min() <= 1e-9 * np.abs(triangle).max():
        raise ValueError("directions must not be parallel or zero; got such")
    return (columns * np.sign(np.diag(triangle))).T, np.full(2, np.nan)


def _grid(along: np.ndarray, resolution: int) -> np.ndarray:
    """Coordinates from edge to edge, with room around what is shown."""
    low, high = along.min(), along.max()
    room = ROOM * (high - low) or 1.0
    return np.linspace(low - room, high + room, resolution)
