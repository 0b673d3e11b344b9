"""The widget of the plane: its data, made of what was found, and what it shows in words."""

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from rnnviz import palette
from rnnviz.palette import RELIEF
from rnnviz.ui.pages.dynamics import moments, search
from rnnviz.ui.pages.dynamics.request import EXAMPLES, Request, in_words, inputs_of
from rnnviz.ui.pages.dynamics.search import Found
from rnnviz.ui.selection import described, network
from rnnviz.ui.shell import networks
from rnnviz.ui.shell.question import number, token
from rnnviz.widgets.packing import exact

if TYPE_CHECKING:
    from rnnviz.dynamics import SpeedPlane

ARROWS: Final = 15
"""About the arrows along each edge."""

LOWEST: Final = -10
"""Speeds below this power of ten have its shade."""

KINDS: Final = {"stable": "stable point", "saddle": "saddle", "unstable": "unstable point", "slow": "slow point"}


_BEGUN: Final = {
    "visited": "states of this input",
    "examples": f"states of {EXAMPLES} examples of its task",
    "random": "random states",
}


def payload(request: Request, found: Found | None) -> dict[str, object]:
    """The data of the widget but for ``start``, ``point`` and ``palette``; without points before they are found."""
    shown = search.plane(request, reached(found))
    trace = networks.recording(request.network).trace
    path = _path(request, shown)
    low, high = _range(shown)
    said = sentences(request, found)
    return {
        "plane": {
            "powers": exact(np.clip(_powers(shown), low, high)),
            "across": [float(shown.across[0]), float(shown.across[-1])],
            "up": [float(shown.up[0]), float(shown.up[-1])],
            "low": low,
            "high": high,
        },
        "arrows": exact(_arrows(shown)),
        "path": exact(path),
        "points": [] if found is None else _points(found, shown),
        "axes": _axes(shown),
        "tokens": [f"“{token(one)}”" for one in networks.recording(request.network).tokens[: trace.sizes["time"]]],
        "input": _input(request),
        "title": headline(request, found),
        "caption": " ".join(said),
        "alt": f"{headline(request, found)}. {' '.join(said)} The numbers stand in a table below.",
    }


def look() -> dict[str, object]:
    """The colours of the widget."""
    looks: dict[str, Any] = palette.themes()
    return {theme: {**looks[theme], "relief": stops} for theme, stops in RELIEF.items()}


def headline(request: Request, found: Found | None) -> str:
    """What was found, in a sentence made of the numbers."""
    under = f"under the constant input {in_words(request)}"
    if found is None:
        return f"Where the state goes {under}"
    counts = {kind: int((found.points.kinds == kind).sum()) for kind in KINDS}
    if not len(found.points):
        return f"No fixed point was found {under}"
    said = [f"{count} {name}{'s' * (count != 1)}" for (kind, name) in KINDS.items() if (count := counts[kind])]
    return f"{' and '.join([', '.join(said[:-1]), said[-1]] if said[:-1] else said)} {under}"


def sentences(request: Request, found: Found | None) -> list[str]:
    """The caption: the network, the search, and how the picture is to be read."""
    model = network(request.network)
    where = f", layer {request.layer}" * (model.num_layers > 1) + f", {request.direction}" * model.bidirectional
    state = "(h, c)" if model.cell == "lstm" else "h"
    late = " at the end of the training" * moments.is_earlier(request.network)
    said = [f"{described.line(model, len(request.network.edits))}{where}.", *described.start_sentence(request.network)]
    said += moments.told(request.network)
    if found is not None:
        lost = int((found.points.ends < 0).sum())
        said.append(f"Searched from {len(found.points.ends)} {_BEGUN[request.starts]}.")
        if lost:
            least = float(found.points.end_speeds[found.points.ends < 0].min())
            said.append(
                f"From {lost} of them the search did not converge; the lowest speed there is q = {number(least, 1)}."
            )
        if found.points.stopped:
            said.append("The search was stopped before its end.")
    said.append(
        f"The plane spans the two main components of {state}{late}. Shade and arrows are computed for states on this "
        "plane; points and path are projected onto it."
    )
    return said


# --- Parts ---


def reached(found: Found | None) -> tuple[tuple[float, ...], ...]:
    """The states that the plane shall reach to."""
    return () if found is None else tuple(map(tuple, found.points.states.tolist()))


def _path(request: Request, shown: "SpeedPlane") -> np.ndarray:
    """The states of the sequence on the plane, (time, 2); NaN where they are not finite."""
    trace = networks.recording(request.network).trace
    names = ("h", "c") if trace.cell == "lstm" else ("h",)
    panels = [trace.panel(name, layer=request.layer, direction=request.direction) for name in names]
    return shown.projected(np.concatenate(panels, 1).astype(np.float64))


def _powers(shown: "SpeedPlane") -> np.ndarray:
    with np.errstate(divide="ignore"):
        powers: np.ndarray = np.log10(shown.speeds)
    return powers


def _range(shown: "SpeedPlane") -> tuple[int, int]:
    """Whole powers of ten around the speeds of the plane."""
    powers = _powers(shown)
    powers = powers[np.isfinite(powers)]
    low, high = (int(np.floor(powers.min())), int(np.ceil(powers.max()))) if len(powers) else (LOWEST, 0)
    low = max(low, LOWEST)
    return low, max(high, low + 1)


def _arrows(shown: "SpeedPlane") -> np.ndarray:
    """Place and flow of some places of the plane, (arrow, 4)."""
    every = max(1, (len(shown.up) - 1) // ARROWS)
    some = slice(every // 2, None, every)
    places = np.stack(np.meshgrid(shown.across[some], shown.up[some]), -1)
    return np.concatenate([places, shown.flow[some, some]], -1).reshape(-1, 4)


def _points(found: Found, shown: "SpeedPlane") -> list[dict[str, object]]:
    """Each point: where it is, its kind, and what is said where somebody points at it."""
    points, places = found.points, shown.projected(found.points.states)
    off, steps = shown.distances(points.states), points.time_constants
    return [
        {
            "number": k,
            "at": places[k].tolist(),
            "kind": str(points.kinds[k]),
            "said": short(found.outputs.said[k]),
            "lines": [
                f"Point {k}: {KINDS[str(points.kinds[k])]}",
                *([f"Output: {found.outputs.said[k]}"] if found.outputs.said[k] else []),
                f"Speed q = {number(float(points.speeds[k]), 2)}",
                f"Unstable directions: {points.unstable[k]}",
                lasting(steps[k, 0]),
                f"Distance from the plane: {off[k]:.2f}",
                f"Start states that end here: {points.found[k]}",
            ],
        }
        for k in range(len(points))
    ]


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


def _axes(shown: "SpeedPlane") -> list[str]:
    state = "(h, c)" if shown.cell == "lstm" else "h"
    shares = [f": {share:.0%} of the variance" if np.isfinite(share) else "" for share in shown.explained]
    return [f"component {k + 1} of {state}{share}" for k, share in enumerate(shares)]


def _input(request: Request) -> dict[str, object]:
    """The step whose input the map has, if it is that of one; for each step the first one with the same input."""
    rows = inputs_of(request.network, request.layer)
    _, first, inverse = np.unique(rows, axis=0, return_index=True, return_inverse=True)
    return {"t": request.t if request.kind == "step" else None, "first": first[inverse.ravel()].tolist()}
