"""An error surface with a cliff in 3-D, and what gradient descent with and without clipping does on it."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import plotly.graph_objects as go

from rnnviz.cliff import Descent, parted
from rnnviz.figures import style
from rnnviz.figures.table import listed
from rnnviz.palette import GROUNDS, RELIEF, SIGNAL_COLORS, Theme

LEAST: Final = 1e-8
"""Smaller errors and norms, 0 among them, stand as marks at the lower edge of an axis."""

DASHES: Final = {"unclipped": "dash", "clipped": "solid"}
SHAPES: Final = {"unclipped": "diamond-open", "clipped": "circle"}
MARKS: Final = 12
"""Marks along a curve."""


def descent_curves(
    unclipped: Descent, clipped: Descent, *, caption: Sequence[str] = (), theme: Theme = "light"
) -> go.Figure:
    """Error and gradient norm before clipping at every step of two descents from the same start, on logarithmic axes.

    What is too small for an axis, or no finite number, stands as a mark at its edge.

    >>> from dataclasses import replace
    >>> from rnnviz import cliff, figures
    >>> start = cliff.Settings(w=5.0, b=-2.5)
    >>> unclipped, clipped = cliff.descend(start), cliff.descend(replace(start, max_norm=1.0))
    >>> figure = figures.descent_curves(unclipped, clipped)
    >>> figure.data[0].type
    'scatter'
    """
    figure = go.Figure(layout={"template": style.template(theme)})
    ends = [_end_said(arm, descent) for arm, descent in zip(DASHES, (unclipped, clipped), strict=True)]
    lines = [*caption, *ends, f"Dotted: max_norm. {_edges_said((unclipped, clipped))}".strip()]
    for axis, name in (("y", "error"), ("y2", "grad_norm")):
        low, high = _window([getattr(descent, name) for descent in (unclipped, clipped)])
        label, domain = _PANELS[name]
        for arm, descent in (("unclipped", unclipped), ("clipped", clipped)):
            _curve(figure, getattr(descent, name), f"{label}, {arm}", arm, axis=axis, window=(low, high), theme=theme)
        figure.update_layout({f"yaxis{axis[1:]}": {**style.log_axis(label, low, high, most=5), "domain": domain}})
    most = clipped.settings.max_norm
    figure.add_hline(y=most, yref="y2", line={"color": GROUNDS[theme]["ink"], "width": 1.5, "dash": "dot"})
    figure.update_layout(
        title={"text": "Error and gradient norm, step by step"},
        xaxis={"title": {"text": "step"}, "range": [-5, unclipped.settings.steps + 4], "anchor": "y2"},
        legend={"orientation": "h", "yref": "container", "y": 0, "yanchor": "bottom", "x": 0, "itemwidth": 45},
        margin={"b": 120},
        height=720,
        meta={"alt": style.spoken(" ".join(["Error and gradient norm over the steps of two descents.", *lines]))},
    )
    style.paragraph(figure, lines, theme)
    return figure


def descent_surface(
    w: np.ndarray,
    b: np.ndarray,
    error: np.ndarray,
    descents: tuple[Descent, Descent],
    *,
    caption: Sequence[str] = (),
    theme: Theme = "light",
) -> go.Figure:
    """The error as a height over w and b, with the paths of two descents, which end where they leave the surface.

    ``error`` is of shape (b, w); the descents are the unclipped and the clipped one.

    Source: Pascanu, Mikolov, Bengio (2013), arXiv 1211.5063, figure 6.

    >>> from dataclasses import replace
    >>> import numpy as np
    >>> from rnnviz import cliff, figures
    >>> w, b = np.linspace(4, 7, 31), np.linspace(-4, -2, 21)
    >>> error, _, _ = cliff.error_and_gradient(w, b[:, None])
    >>> start = cliff.Settings(w=5.0, b=-2.5)
    >>> descents = cliff.descend(start), cliff.descend(replace(start, max_norm=1.0))
    >>> figure = figures.descent_surface(w, b, error, descents)
    >>> figure.data[0].type
    'surface'
    """
    figure, ground = go.Figure(layout={"template": style.template(theme)}), GROUNDS[theme]
    lines_on_it = {"show": True, "color": ground["nan"], "width": 1}
    figure.add_trace(
        go.Surface(
            x=w.astype(np.float32), y=b.astype(np.float32), z=error.astype(np.float32), name="E",
            colorscale=style.scale(RELIEF[theme][:2]), showscale=False,
            contours={
                "x": {**lines_on_it, "start": w[0], "end": w[-1], "size": 0.25},
                "y": {**lines_on_it, "start": b[0], "end": b[-1], "size": 0.25},
            },
            lighting={"ambient": 0.85, "diffuse": 0.35, "specular": 0.02, "roughness": 0.9},
            hovertemplate="w = %{x:.3f}, b = %{y:.3f}<br>E = %{z:.4g}<extra></extra>",
        )
    )  # fmt: skip
    lines = [*caption]
    for arm, descent in zip(DASHES, descents, strict=True):
        left = _path(figure, descent, arm, (w, b), theme)
        off = f" It leaves the surface at step {left}." if left is not None else ""
        lines.append(f"{_end_said(arm, descent)}{off}")
    scene = {
        f"{axis}axis": {
            "title": {"text": title}, "color": ground["ink"], "gridcolor": ground["line"], "showbackground": False,
            "nticks": 5,
        }
        for axis, title in (("x", "w"), ("y", "b"), ("z", "error E"))
    }  # fmt: skip
    figure.update_layout(
        title={"text": "The error surface and its cliff"},
        scene={
            **scene, "camera": {"eye": {"x": -0.86, "y": 1.44, "z": 0.92}, "center": {"x": 0, "y": 0, "z": -0.26}},
            "aspectratio": {"x": 1.2, "y": 1, "z": 0.55},
        },
        legend={"orientation": "h", "yref": "container", "y": 0, "yanchor": "bottom", "x": 0, "itemwidth": 45},
        margin={"b": 40, "l": 0, "r": 0},
        height=720,
        meta={"alt": style.spoken(" ".join(["Error as a height over w and b, with two paths on it.", *lines]))},
    )  # fmt: skip
    style.paragraph(figure, lines, theme)
    return figure


# --- Parts ---

_PANELS: Final = {"error": ("error E", (0.57, 1.0)), "grad_norm": ("norm ‖g‖", (0.0, 0.43))}


def _curve(
    figure: go.Figure,
    values: np.ndarray,
    label: str,
    arm: str,
    *,
    axis: str,
    window: tuple[float, float],
    theme: Theme,
) -> None:
    """One curve, and marks at the edge for what its axis cannot show."""
    color, steps = SIGNAL_COLORS[theme][arm], np.arange(len(values), dtype=np.int32)
    held = _held(values)
    figure.add_trace(
        go.Scatter(
            x=steps, y=np.where(held, values, np.nan).astype(np.float32), yaxis=axis, mode="lines+markers", name=label,
            legendgroup=label, line={"color": color, "dash": DASHES[arm], "width": 3.2 if arm == "unclipped" else 1.8},
            marker={"symbol": SHAPES[arm], "size": 8, "maxdisplayed": MARKS, "color": color},
            hovertemplate=f"step %{{x}}<br>{label}: %{{y:.4g}}<extra></extra>", meta=listed(wide=True, x="", y=""),
        )
    )  # fmt: skip
    low, high = window
    inset = (high / low) ** (0.03 if arm == "clipped" else 0.07)
    small, large = ~np.isnan(values) & (values < LEAST), np.isinf(values)
    for where, height, mark in (
        (small, low * inset, "triangle-down-open"),
        (large, high / inset, "triangle-up-open"),
        (np.isnan(values), high / inset, "x-thin-open"),
    ):
        at = np.flatnonzero(where)
        if len(at):
            at = at[:: -(-len(at) // (2 * MARKS))]
            figure.add_trace(
                go.Scatter(
                    x=steps[at], y=np.full(len(at), height), yaxis=axis, mode="markers", name=label, showlegend=False,
                    legendgroup=label, meta="edge", cliponaxis=False, text=[f"{value:.4g}" for value in values[at]],
                    marker={"symbol": mark, "size": 9, "color": color, "line": {"width": 2, "color": color}},
                    hovertemplate=f"step %{{x}}<br>{label}: %{{text}}<extra></extra>",
                )
            )  # fmt: skip


def _path(
    figure: go.Figure, descent: Descent, arm: str, places: tuple[np.ndarray, np.ndarray], theme: Theme
) -> int | None:
    """Draw a path on the surface; return the first step after which it has left it, if there is one."""
    w, b = places
    color = SIGNAL_COLORS[theme][arm]
    with np.errstate(invalid="ignore"):
        off = ~((descent.w >= w[0]) & (descent.w <= w[-1]) & (descent.b >= b[0]) & (descent.b <= b[-1]))
    end = int(off.argmax()) if off.any() else len(off)
    figure.add_trace(
        go.Scatter3d(
            x=descent.w[:end].astype(np.float32), y=descent.b[:end].astype(np.float32),
            z=descent.error[:end].astype(np.float32), mode="lines+markers", name=arm,
            line={"color": color, "width": 5 if arm == "unclipped" else 2, "dash": DASHES[arm]},
            marker={"symbol": SHAPES[arm], "size": 3, "color": color},
            customdata=np.arange(end, dtype=np.int32)[:, None],
            meta=listed(customdata_0="step", x="w", y="b", z="error E"),
            hovertemplate=f"{arm}, step %{{customdata[0]}}<br>w = %{{x:.4f}}, b = %{{y:.4f}}<br>"
            "E = %{z:.4g}<extra></extra>",
        )
    )  # fmt: skip
    if end == len(off):
        return None
    last = slice(end - 1, end)
    figure.add_trace(
        go.Scatter3d(
            x=descent.w[last], y=descent.b[last], z=descent.error[last], mode="markers", name=f"{arm} leaves here",
            marker={"symbol": "x", "size": 8, "color": color}, hovertemplate=f"{arm} leaves here<extra></extra>",
        )
    )  # fmt: skip
    return end - 1


def _held(values: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore"):
        held: np.ndarray = np.isfinite(values) & (values >= LEAST)
    return held


def _window(curves: Sequence[np.ndarray]) -> tuple[float, float]:
    """The range of an axis for all that it can show, with room at both ends."""
    values = np.concatenate(curves)
    held = values[_held(values)]
    low, high = (float(held.min()), float(held.max())) if len(held) else (LEAST, 1.0)
    if len(held) < len(values):
        low = min(low, 10 * LEAST)
    return low / 3, high * 3


def _end_said(arm: str, descent: Descent) -> str:
    """The largest norm of a descent, in as many digits as the map says, of the steps that are no chance."""
    at, name = int(np.argmax(descent.grad_norm)), arm.capitalize()
    if not np.isfinite(descent.grad_norm[at]):
        return f"{name}: ‖g‖ is not finite from step {at} on."
    sure = parted(descent)
    if sure <= at:
        most = f"up to about {_rounded(descent.grad_norm[:sure].max())} before step {sure}" if sure else "changes"
        return f"{name}: ‖g‖ {most}; from there on the last bit of the start decides it."
    return f"{name}: ‖g‖ up to about {_rounded(descent.grad_norm[at])}."


def _rounded(norm: float) -> str:
    return f"{float(f'{norm:.2g}'):,g}"


def _edges_said(descents: Sequence[Descent]) -> str:
    """What the marks at the edges mean, for those that occur."""
    values = np.concatenate([part for descent in descents for part in (descent.error, descent.grad_norm)])
    said = "▽ 0, or below 10⁻⁸." if (values < LEAST).any() else ""
    return f"{said} △ × no finite number." if not np.isfinite(values).all() else said
