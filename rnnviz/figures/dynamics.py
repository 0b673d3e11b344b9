"""Fixed points of a network under constant input: on a plane through its states, and their eigenvalues."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
import plotly.graph_objects as go

from rnnviz.figures import sheet, style
from rnnviz.figures.table import listed
from rnnviz.names import CELL_LABELS
from rnnviz.palette import GROUNDS, RELIEF, SIGNAL_COLORS, Theme

if TYPE_CHECKING:
    from rnnviz.dynamics import FixedPoints, SpeedPlane

LOOKS: Final = {
    "stable": ("circle", "h", "stable"),
    "saddle": ("diamond", "r", "saddle"),
    "unstable": ("square", "c", "unstable in every direction"),
    "slow": ("x", "f", "slow, not fixed"),
}
"""The shape of a kind of point, the signal that lends its colour, and what the legend says."""

ARROWS: Final = 16
"""Arrows along each edge of the plane."""

LOWEST: Final = -12.0
"""Speeds below this power of ten have its shade."""

MOST_STEPS: Final = 2000
"""The steps of a path that are drawn."""

MOST_VALUES: Final = 4000
"""The eigenvalues that are drawn: those of the first points."""


def fixed_points(
    points: "FixedPoints",
    plane: "SpeedPlane",
    *,
    path: np.ndarray | None = None,
    caption: Sequence[str] = (),
    theme: Theme = "light",
) -> go.Figure:
    """Fixed points over a plane of states, whose shade is the speed, with arrows along which the state moves.

    Shade and arrows are the network's own at the states of this plane. Points and path are projected onto it, so a
    point may stand where the plane itself is fast; how far it is from the plane is in the table.

    Args:
        path: States (step, state) in their order, as of ``dynamics.visited_states``; a row of NaN is a gap.

    Raises:
        ValueError: If points and plane are of other states or another constant input.

    Source: Sussillo and Barak (2013): fixed points and paths in principal components.

    >>> import torch, rnnviz
    >>> from rnnviz import dynamics, figures
    >>> gru = torch.nn.GRU(2, 8, batch_first=True)
    >>> trace = rnnviz.capture(gru, torch.randn(1, 30, 2))
    >>> points = rnnviz.fixed_points(gru, starts=trace, count=10)
    >>> plane = dynamics.speed_plane(gru, through=trace, including=points.states, resolution=20)
    >>> figure = figures.fixed_points(points, plane, path=dynamics.visited_states(trace))
    >>> figure.data[0].type
    'contour'
    """
    if points.states.shape[1] != len(plane.origin) or not np.array_equal(points.x, plane.x):
        raise ValueError(
            f"points and plane must be of the same states and constant input; got {points.states.shape[1]} numbers "
            f"a state and {len(plane.origin)}, inputs {points.x} and {plane.x}"
        )
    principal = bool(np.isfinite(plane.explained).all())
    shares = [f": {share:.1%}" if principal else "" for share in plane.explained]
    state = "(h, c)" if points.cell == "lstm" else "h"
    component = "component" if principal else "direction"
    edges = [[float(along[0]), float(along[-1])] for along in (plane.across, plane.up)]
    figure = sheet.begin(
        f"{_counted(points)} under constant input",
        style.axis(f"{component} 1 of {state}{shares[0]}", range=edges[0], showgrid=False, zeroline=False),
        style.axis(f"{component} 2 of {state}{shares[1]}", range=edges[1], showgrid=False, zeroline=False),
        theme,
        height=680,
    )
    sheet.legend_below(figure)
    sheet.small_titles(figure)
    figure.add_traces([_relief(plane, theme), _arrows(plane, theme)])
    if path is not None:
        figure.add_trace(_path(plane.projected(path[:MOST_STEPS]), theme))
    figure.add_traces(_marks(points, plane, theme))
    sentences = [
        *(caption or [_where(points), f"Constant input x = {_vector(points.x)}."]),
        "The shade is the speed q = ½ |F(h, x) − h|² on this plane alone; arrows show where the state goes from there.",
        "Points are projected onto the plane.",
        *(["Percentages are of the variance of the visited states."] if principal else []),
        *_lost(points),
    ]
    if path is not None and len(path) > MOST_STEPS:
        sentences.append(f"The path has the first {MOST_STEPS:,} of {len(path):,} steps.")
    return sheet.finish(figure, sentences, theme, alt=" ".join([_heard(points), *sentences]))


def eigenvalues(points: "FixedPoints", *, caption: Sequence[str] = (), theme: Theme = "light") -> go.Figure:
    """The eigenvalues of the Jacobian at fixed points in the complex plane, with the unit circle.

    A deviation along an eigenvector is multiplied by λ at each step: it shrinks inside the circle and grows outside.

    Source: Sussillo and Barak (2013): the linear system around a fixed point.

    >>> import torch, rnnviz
    >>> from rnnviz import figures
    >>> points = rnnviz.fixed_points(torch.nn.RNN(2, 8), count=10)
    >>> figure = figures.eigenvalues(points)
    >>> figure.data[0].name
    'unit circle |λ| = 1'
    """
    reach = 1.08 * max(1.0, float(np.abs(points.eigenvalues).max(initial=0)))
    figure = sheet.begin(
        f"Eigenvalues at {_counted(points)}",
        style.axis("real part of λ", range=[-reach, reach], constrain="domain"),
        style.axis("imaginary part of λ", range=[-reach, reach], scaleanchor="x", constrain="domain"),
        theme,
        height=680,
    )
    sheet.legend_below(figure)
    sheet.small_titles(figure)
    around = np.exp(2j * np.pi * np.linspace(0, 1, 121))
    figure.add_trace(
        go.Scatter(
            x=around.real.astype(np.float32), y=around.imag.astype(np.float32), mode="lines",
            name="unit circle |λ| = 1", line={"color": GROUNDS[theme]["soft"], "dash": "dash", "width": 2},
            hoverinfo="skip",
        )
    )  # fmt: skip
    shown = max(1, MOST_VALUES // max(1, points.states.shape[1]))
    for kind, (symbol, signal, label) in reversed(LOOKS.items()):  # the stable ones, which are closest, on top
        at = np.flatnonzero(points.kinds[:shown] == kind)
        if not len(at):
            continue
        values, steps = points.eigenvalues[at].ravel(), points.time_constants[at].ravel()
        numbers = np.repeat(at, points.eigenvalues.shape[1])
        looks = {"symbol": f"{symbol}-open", "size": 7, "color": SIGNAL_COLORS[theme][signal], "line": {"width": 2}}
        figure.add_trace(
            go.Scatter(
                x=values.real.astype(np.float32), y=values.imag.astype(np.float32), mode="markers", name=label,
                marker=looks, customdata=np.stack([numbers, np.abs(values), steps], 1).astype(np.float32),
                text=[lasting(step) for step in steps],
                meta=listed(
                    customdata_0="point", x="", y="", customdata_1="|λ|", customdata_2="time constant (steps)"
                ),
                hovertemplate="point %{customdata[0]}<br>λ = %{x:.4f} + %{y:.4f} i, |λ| = %{customdata[1]:.4f}"
                "<br>%{text}<extra></extra>",
            )
        )  # fmt: skip
    sentences = [
        *(caption or [_where(points), f"Constant input x = {_vector(points.x)}."]),
        "A small deviation is multiplied by λ at each step: inside the circle it shrinks, outside it grows.",
        *_lost(points),
    ]
    if len(points) > shown:
        sentences.append(f"Shown are the first {shown} of {len(points)} points.")
    return sheet.finish(figure, sentences, theme, alt=" ".join([_heard(points), *sentences]))


# --- Parts ---


def _relief(plane: "SpeedPlane", theme: Theme) -> go.Contour:
    """The speed as a power of ten, pale enough for all that stands on it."""
    with np.errstate(divide="ignore"):
        powers = np.maximum(np.log10(plane.speeds), LOWEST)
    return go.Contour(
        x=plane.across.astype(np.float32), y=plane.up.astype(np.float32), z=powers.astype(np.float32),
        colorscale=style.scale(RELIEF[theme]), ncontours=14, name="speed",
        line={"width": 0.8, "color": GROUNDS[theme]["line"]},
        colorbar={"thickness": 14, "title": {"text": "log<sub>10</sub> q"}},
        hovertemplate="%{x:.3f}, %{y:.3f}<br>log<sub>10</sub> q = %{z:.2f}<extra></extra>",
    )  # fmt: skip


def _arrows(plane: "SpeedPlane", theme: Theme) -> go.Scatter:
    """Short arrows along the flow, all of about one length; the shade has how fast it is."""
    rows, columns = (
        np.linspace(0, len(along) - 1, ARROWS + 2).round().astype(int)[1:-1] for along in (plane.up, plane.across)
    )
    span = np.array([np.ptp(plane.across), np.ptp(plane.up)])
    flow = plane.flow[np.ix_(rows, columns)].reshape(-1, 2) / span
    lengths = np.linalg.norm(flow, axis=1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        along = flow / lengths * 0.7 / ARROWS
    tails = np.stack(np.meshgrid(plane.across[columns], plane.up[rows]), -1).reshape(-1, 2)
    ends = np.where(lengths > 0, tails + along * span, np.nan)
    x, y = (np.stack([tails[:, k], ends[:, k], np.full(len(tails), np.nan)], 1).ravel() for k in (0, 1))
    return go.Scatter(
        x=x.astype(np.float32), y=y.astype(np.float32), mode="lines+markers", name="where the state goes",
        line={"color": GROUNDS[theme]["soft"], "width": 1}, hoverinfo="skip", opacity=0.8,
        marker={
            "symbol": "arrow", "angleref": "previous", "color": GROUNDS[theme]["soft"],
            "size": np.tile([0, 8, 0], len(tails)),
        },
    )  # fmt: skip


def _path(projected: np.ndarray, theme: Theme) -> go.Scatter:
    """The way of the state of a sequence."""
    return go.Scatter(
        x=projected[:, 0].astype(np.float32), y=projected[:, 1].astype(np.float32), mode="lines", name="path",
        line={"color": GROUNDS[theme]["ink"], "width": 1.6}, text=[f"t = {t}" for t in range(len(projected))],
        hovertemplate="path, %{text}<br>%{x:.3f}, %{y:.3f}<extra></extra>",
    )  # fmt: skip


def _marks(points: "FixedPoints", plane: "SpeedPlane", theme: Theme) -> list[go.Scatter]:
    """The points in the shape and the colour of their kind."""
    places, off = plane.projected(points.states), plane.distances(points.states)
    marks = []
    for kind, (symbol, signal, label) in LOOKS.items():
        at = np.flatnonzero(points.kinds == kind)
        if not len(at):
            continue
        numbers = np.stack([at, points.speeds[at], points.unstable[at], off[at], points.found[at]], 1)
        marks.append(
            go.Scatter(
                x=places[at, 0], y=places[at, 1], mode="markers", name=label, customdata=numbers,
                text=[label] * len(at),
                marker={
                    "symbol": symbol, "size": 14 if kind == "stable" else 12, "color": SIGNAL_COLORS[theme][signal],
                    "line": {"width": 2, "color": GROUNDS[theme]["background"]},
                },
                meta=listed(
                    customdata_0="point", text="kind", x="", y="", customdata_1="speed q",
                    customdata_2="unstable directions", customdata_3="distance from the plane", customdata_4="starts",
                ),
                hovertemplate="point %{customdata[0]}: %{text}<br>unstable directions: %{customdata[2]}"
                "<br>q = %{customdata[1]:.2g}<br>distance from the plane: %{customdata[3]:.3f}"
                "<br>starts that led here: %{customdata[4]}<extra></extra>",
            )
        )  # fmt: skip
    return marks


def _counted(points: "FixedPoints") -> str:
    """How many points there are, fixed and slow."""
    slow = int((points.kinds == "slow").sum())
    fixed = len(points) - slow
    said = f"{fixed} fixed point{'s' * (fixed != 1)}"
    return f"{said} and {slow} slow point{'s' * (slow != 1)}" if slow else said


def _where(points: "FixedPoints") -> str:
    units = points.h.shape[1]
    return f"{CELL_LABELS[points.cell]}, layer {points.layer}, {units} unit{'s' * (units != 1)}"


def _heard(points: "FixedPoints") -> str:
    """How many points of each kind, in words."""
    counts = [f"{(points.kinds == kind).sum()} {label}" for kind, (*_, label) in LOOKS.items() if kind in points.kinds]
    return f"{_counted(points)}: {', '.join(counts) or 'none'}."


def _lost(points: "FixedPoints") -> list[str]:
    """What is said of starts from which the search led nowhere."""
    lost = points.ends < 0
    if not lost.any():
        return []
    least = style.power(float(points.end_speeds[lost].min()))
    return [
        f"From {lost.sum():,} of {len(lost):,} starts the search did not converge; the lowest speed there is {least}."
    ]


def _vector(x: np.ndarray, most: int = 6) -> str:
    """A constant input in a caption: all of it, or its first numbers."""
    if not x.any():
        return "0"
    numbers = ", ".join(style.digits(value) for value in x[:most])
    return f"({numbers}{', …' if len(x) > most else ''})"


def lasting(steps: float) -> str:
    """A time constant in words."""
    if not np.isfinite(steps):
        return "neither shrinks nor grows"
    change = "falls to 1/e" if steps >= 0 else "grows by a factor of e"
    return f"{change} in {style.digits(abs(steps))} steps"
