"""A plane of states under a constant input: the speed, fixed points, and the way of one sequence."""

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from rnnviz import palette
from rnnviz.widgets.drawn import Drawn
from rnnviz.widgets.packing import exact
from rnnviz.written import raised, visible

if TYPE_CHECKING:
    from rnnviz.dynamics import FixedPoints, SpeedPlane
    from rnnviz.names import Direction
    from rnnviz.trace import Trace

ARROWS: Final = 15
"""About the arrows along each edge."""

LOWEST: Final = -10
"""Speeds below this power of ten have its shade."""

KINDS: Final = {"stable": "stable point", "saddle": "saddle", "unstable": "unstable point", "slow": "slow point"}


def phase_plane(
    points: "FixedPoints | None",
    plane: "SpeedPlane",
    trace: "Trace",
    *,
    layer: int = 0,
    direction: "Direction" = "forward",
    batch: int = 0,
    inputs: np.ndarray | None = None,
    step: int | None = None,
    constant: str = "",
    outputs: Sequence[str] = (),
    starts: str = "start states",
    caption: Sequence[str] = (),
    at_the_end: bool = False,
    unknown: Collection[int] = (),
    t: int | None = None,
    point: int | None = None,
) -> Drawn:
    """A plane with the points of ``rnnviz.fixed_points``, and the states of a sequence projected onto it.

    Args:
        points: None before they are searched.
        plane: Of ``rnnviz.dynamics.speed_plane``.
        trace: With the sequence ``batch``, in whose ``layer`` and ``direction`` the points are.
        inputs: Of shape (time, feature). What the layer reads in the sequence: steps with the same have one plane.
        step: Whose input is constant, if it is that of a step.
        constant: The constant input, in words.
        outputs: What the network outputs at each point, in words.
        starts: Where the search began, in words: “random states”.
        caption: The network, in sentences.
        at_the_end: Whether the plane is that of the end of a training, of which the network is an earlier moment.
        unknown: Steps whose tokens the network does not know.
        t: The selected step; by default the first.
        point: The selected point.

    >>> import torch, rnnviz
    >>> from rnnviz import dynamics, pictures
    >>> gru = torch.nn.GRU(2, 8, batch_first=True)
    >>> x = torch.randn(1, 10, 2)
    >>> trace, constant = rnnviz.capture(gru, x), [0.0, 0.0]
    >>> points = rnnviz.fixed_points(gru, constant, starts=trace)
    >>> plane = dynamics.speed_plane(gru, constant, through=trace, including=points.states)
    >>> drawn = pictures.phase_plane(points, plane, trace, constant="zeros")
    >>> drawn.widget
    'phase_plane'
    """
    time = int(trace.lengths[batch])
    said = [*caption, *sentences(points, plane, starts, at_the_end=at_the_end)]
    title = headline(points, constant)
    low, high = _range(plane)
    data = {
        "plane": {
            "powers": exact(np.clip(_powers(plane), low, high)),
            "across": [float(plane.across[0]), float(plane.across[-1])],
            "up": [float(plane.up[0]), float(plane.up[-1])],
            "low": low,
            "high": high,
        },
        "arrows": exact(_arrows(plane)),
        "path": exact(_path(plane, trace, layer, direction, batch)[:time]),
        "points": [] if points is None else _points(points, plane, outputs),
        "axes": _axes(plane),
        "tokens": [f"“{visible(one)}”{' [UNK]' * (k in unknown)}" for k, one in enumerate(trace.tokens[batch][:time])],
        "input": {"t": step, "first": _first(inputs, time)},
        "title": title,
        "caption": " ".join(said),
        "alt": f"{title}. {' '.join(said)} The numbers stand in a table below.",
        "point": point,
        "palette": palette.relief_themes(),
        "start": {"id": "alone", "t": t},
    }
    return Drawn("phase_plane", title, data, is_titled=True)


def named(constant: str) -> str:
    """Under which input, as a sentence goes on; ``constant`` is a quoted text or a description, empty if not known."""
    if constant.startswith("“"):
        return f"under the constant input {constant}"
    return f"under a constant input, {constant}" if constant else "under a constant input"


def headline(points: "FixedPoints | None", constant: str = "") -> str:
    """What was found, in a sentence made of the numbers; ``constant`` is the constant input in words."""
    under = named(constant)
    if points is None:
        return f"Where the state goes {under}"
    counts = {kind: int((points.kinds == kind).sum()) for kind in KINDS}
    if not len(points):
        return f"No fixed point was found {under}"
    said = [f"{count} {name}{'s' * (count != 1)}" for (kind, name) in KINDS.items() if (count := counts[kind])]
    return f"{' and '.join([', '.join(said[:-1]), said[-1]] if said[:-1] else said)} {under}"


def sentences(points: "FixedPoints | None", plane: "SpeedPlane", starts: str, *, at_the_end: bool = False) -> list[str]:
    """The search, and how the picture is to be read."""
    said = [] if points is None else _searched(points, starts)
    late = " at the end of the training" * at_the_end
    how = "Shade and arrows are computed for states on this plane; points and path are projected onto it."
    return [*said, f"The plane spans the two main components of {_state(plane)}{late}. {how}"]


def short(said: str) -> str:
    """An output without its probability."""
    name, _, share = said.rpartition(" (")
    return name if share.endswith(")") else said


def lasting(steps: float) -> str:
    """A time constant in words."""
    if not np.isfinite(steps):
        return "The most lasting deviation neither shrinks nor grows"
    if steps < 0:
        return f"The fastest deviation grows by a factor of e in {-steps:.1f} steps"
    return f"The deviation that shrinks most slowly falls to 1/e in {steps:,.1f} steps"


# --- Parts ---


def _searched(points: "FixedPoints", starts: str) -> list[str]:
    said = [f"Searched from {len(points.ends)} {starts}."]
    if lost := int((points.ends < 0).sum()):
        least = raised(f"{points.end_speeds[points.ends < 0].min():,.1g}")
        said.append(f"From {lost} of them the search did not converge; the lowest speed there is q = {least}.")
    if points.stopped:
        said.append("The search was stopped before its end.")
    return said


def _state(plane: "SpeedPlane") -> str:
    return "(h, c)" if plane.cell == "lstm" else "h"


def _path(plane: "SpeedPlane", trace: "Trace", layer: int, direction: "Direction", batch: int) -> np.ndarray:
    """The states of the sequence on the plane, (time, 2); NaN where they are not finite."""
    names = ("h", "c") if trace.cell == "lstm" else ("h",)
    panels = [trace.panel(name, layer=layer, direction=direction, batch=batch) for name in names]
    return plane.projected(np.concatenate(panels, 1).astype(np.float64))


def _powers(plane: "SpeedPlane") -> np.ndarray:
    with np.errstate(divide="ignore"):
        powers: np.ndarray = np.log10(plane.speeds)
    return powers


def _range(plane: "SpeedPlane") -> tuple[int, int]:
    """Whole powers of ten around the speeds of the plane."""
    powers = _powers(plane)
    powers = powers[np.isfinite(powers)]
    low, high = (int(np.floor(powers.min())), int(np.ceil(powers.max()))) if len(powers) else (LOWEST, 0)
    low = max(low, LOWEST)
    return low, max(high, low + 1)


def _arrows(plane: "SpeedPlane") -> np.ndarray:
    """Place and flow of some places of the plane, (arrow, 4)."""
    every = max(1, (len(plane.up) - 1) // ARROWS)
    some = slice(every // 2, None, every)
    places = np.stack(np.meshgrid(plane.across[some], plane.up[some]), -1)
    return np.concatenate([places, plane.flow[some, some]], -1).reshape(-1, 4)


def _points(points: "FixedPoints", plane: "SpeedPlane", outputs: Sequence[str]) -> list[dict[str, object]]:
    """Each point: where it is, its kind, and what is said where somebody points at it."""
    places, off, steps = plane.projected(points.states), plane.distances(points.states), points.time_constants
    said = list(outputs) or [""] * len(points)
    return [
        {
            "number": k,
            "at": places[k].tolist(),
            "kind": str(points.kinds[k]),
            "said": short(said[k]),
            "lines": [
                f"Point {k}: {KINDS[str(points.kinds[k])]}",
                *([f"Output: {said[k]}"] if said[k] else []),
                f"Speed q = {raised(f'{points.speeds[k]:,.2g}')}",
                f"Unstable directions: {points.unstable[k]}",
                lasting(steps[k, 0]),
                f"Distance from the plane: {off[k]:.2f}",
                f"Start states that end here: {points.found[k]}",
            ],
        }
        for k in range(len(points))
    ]


def _axes(plane: "SpeedPlane") -> list[str]:
    shares = [f": {share:.0%} of the variance" if np.isfinite(share) else "" for share in plane.explained]
    return [f"component {k + 1} of {_state(plane)}{share}" for k, share in enumerate(shares)]


def _first(inputs: np.ndarray | None, time: int) -> list[int]:
    """For each step the first one with the same input."""
    if inputs is None:
        return list(range(time))
    _, first, inverse = np.unique(inputs, axis=0, return_index=True, return_inverse=True)
    places: list[int] = first[inverse.ravel()].tolist()
    return places
