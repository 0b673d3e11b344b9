"""The widget of the plane: its data, made of what was found, and what it shows in words."""

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from rnnviz import palette
from rnnviz.palette import RELIEF
from rnnviz.ui.pages.dynamics import search
from rnnviz.ui.pages.dynamics.request import EXAMPLES, Request, in_words, inputs_of
from rnnviz.ui.pages.dynamics.search import Found
from rnnviz.ui.selection import described, network
from rnnviz.ui.shell import networks
from rnnviz.ui.shell.question import token
from rnnviz.widgets.packing import exact

if TYPE_CHECKING:
    from rnnviz.dynamics import SpeedPlane

ARROWS: Final = 16
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
    said = [f"{described.line(model, len(request.network.edits))}{where}.", *described.start_sentence(request.network)]
    if found is not None:
        lost = int((found.points.ends < 0).sum())
        said.append(f"Searched from {len(found.points.ends)} {_BEGUN[request.starts]}.")
        if lost:
            least = found.points.end_speeds[found.points.ends < 0].min()
            said.append(f"From {lost} of them the search did not converge; their lowest speed is q = {least:.1g}.")
        if found.points.stopped:
            said.append("The search was stopped before its end.")
    said.append(
        f"The plane has the two main components of {state}. Shade and arrows are the network’s own on this plane; "
        "points and path are projected onto it."
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
    every = max(1, round(len(shown.up) / ARROWS))
    some = slice(every // 2, None, every)
    places = np.stack(np.meshgrid(shown.across[some], shown.up[some]), -1)
    return np.concatenate([places, shown.flow[some, some]], -1).reshape(-1, 4)


def _points(found: Found, shown: "SpeedPlane") -> list[dict[str, object]]:
    """Each point: where it is, its kind, and what is said where somebody points at it."""
    points, places = found.points, shown.projected(found.points.states)
    off, steps = shown.distances(points.states), points.time_constants
    return [
        {
            "number": number,
            "at": places[number].tolist(),
            "kind": str(points.kinds[number]),
            "said": short(found.outputs.said[number]),
            "lines": [
                f"Point {number}: {KINDS[str(points.kinds[number])]}",
                *([f"Output: {found.outputs.said[number]}"] if found.outputs.said[number] else []),
                f"Speed q = {points.speeds[number]:.1e}".replace("-", "−"),
                f"Unstable directions: {points.unstable[number]}",
                lasting(steps[number, 0]),
                f"Distance from the plane: {off[number]:.2f}",
                f"Starts that led here: {points.found[number]}",
            ],
        }
        for number in range(len(points))
    ]


def short(said: str) -> str:
    """An output without its probability."""
    name, _, share = said.rpartition(" (")
    return name if share.endswith(")") else said


def lasting(steps: float) -> str:
    """A time constant in words."""
    if not np.isfinite(steps):
        return "The slowest deviation neither shrinks nor grows"
    if steps < 0:
        return f"The fastest deviation grows e-fold in {-steps:.1f} steps"
    return f"The slowest deviation falls to 1/e in {steps:,.1f} steps"


def _axes(shown: "SpeedPlane") -> list[str]:
    state = "(h, c)" if shown.cell == "lstm" else "h"
    return [f"component {k + 1} of {state}: {share:.0%} of the variance" for k, share in enumerate(shown.explained)]


def _input(request: Request) -> dict[str, object]:
    """The step whose input the map has, if it is that of one; for each step the first one with the same input."""
    rows = inputs_of(request.network, request.layer)
    _, first, inverse = np.unique(rows, axis=0, return_index=True, return_inverse=True)
    return {"t": request.t if request.kind == "step" else None, "first": first[inverse.ravel()].tolist()}
