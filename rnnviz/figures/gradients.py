"""How large gradients are, step by step and by length, for several networks at once, on a logarithmic axis."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import plotly.graph_objects as go

from rnnviz.analysis import factor_per_step
from rnnviz.analysis.gradients import Factor
from rnnviz.figures import style
from rnnviz.names import CELL_LABELS, Cell, Direction
from rnnviz.palette import GROUNDS, SIGNAL_COLORS, Theme

SMALLEST: Final = 2.0**-149
LARGEST: Final = float(np.finfo(np.float32).max)
"""The window of float32, in which networks are trained: below it everything is 0, above it infinity."""

CELL_SIGNALS: Final[dict[Cell, str]] = {"rnn": "h", "lstm": "c", "gru": "n"}
"""The signal whose colour a cell has: the state alone, the cell state, the new candidate."""
CELL_SHAPES: Final[dict[Cell, str]] = {"rnn": "circle", "lstm": "square", "gru": "diamond"}
Window = tuple[float, float]
MARKS: Final = 14
"""Marks along a curve, and of what lies beyond an edge."""


@dataclass(frozen=True, eq=False)
class Curve:
    """The norms of one network, for one or several seeds.

    Attributes
    ----------
    cell : {"rnn", "lstm", "gru"}
    start : str
        What is said of its start: "forget bias 1"; empty for torch's default.
    norms : ndarray of shape (seed, step)
        The first is drawn as a line, all of them as a band.
    dash : str
        Of the line, different for the starts of a cell.
    strong : bool
        Whether the line is a thick one.
    """

    cell: Cell
    start: str
    norms: np.ndarray
    dash: str = "solid"
    strong: bool = False

    @property
    def name(self) -> str:
        """The cell and its start."""
        comma = "" if not self.start or self.start.startswith("(") else ","
        return f"{CELL_LABELS[self.cell]}{comma} {self.start}".strip()


def step_gradient_curves(
    curves: Sequence[Curve],
    *,
    signal: str = "h",
    at: int | None = None,
    direction: Direction = "forward",
    tokens: Sequence[str] | None = None,
    began: int | None = None,
    said: Sequence[str] = (),
    theme: Theme = "light",
) -> go.Figure:
    """The norm of a loss's gradient at every step, on a logarithmic axis, with the factor a step and its fit.

    Parameters
    ----------
    curves : sequence of Curve
        All over the same steps.
    signal : str, default "h"
        What the gradient is by.
    at : int, optional
        The step of the loss; every step has one by default, and there is no factor.
    direction : {"forward", "reverse"}, default "forward"
        The gradient goes the other way.
    tokens : sequence of str, optional
        Labels of the steps; numbers by default.
    began : int, optional
        The first step at which a network's state is no finite number.
    said : sequence of str, optional
        What the caption says first.
    theme : {"light", "dark"}, default "light"

    Returns
    -------
    plotly.graph_objects.Figure
        What float32 cannot hold stands as marks at the edges. ``layout.meta["alt"]`` says in words what is to be seen.
    """
    count, ground = curves[0].norms.shape[1], GROUNDS[theme]
    steps, name = np.arange(count), f"‖∂L/∂{style.symbol(signal)}‖"
    beyond = _silent(curves)
    figure = go.Figure(layout={"template": style.template(theme)})
    low, high = _window(curves, beyond)
    sentences: list[str] = []
    for k, curve in enumerate(curves):
        factor = _factor(curve.norms[0], at, direction)
        label = curve.name
        if factor is not None and np.isfinite(factor.factor):
            label += f": ×{factor.factor:.3g} a step"
            sentences.append(label)
        _draw(figure, curve, steps, label, theme=theme, window=(low, high), beyond=beyond)
        color = SIGNAL_COLORS[theme][CELL_SIGNALS[curve.cell]]
        draw_edges(figure, curve.norms[0][~beyond], steps[~beyond], label, color=color, window=(low, high), row=k)
        if factor is not None and at is not None and np.isfinite(factor.factor):
            _draw_fit(figure, factor.fit, at, label, direction=direction, theme=theme, window=(low, high))
    figure.update_layout(
        title={"text": f"Gradient {name} at every step"},
        xaxis=_step_axis(count, tokens, at),
        yaxis={**log_axis(low, high), "title": {"text": f"{name} (loss per unit of {signal})"}},
        height=540,
    )
    _legend(figure)
    if at is not None:
        figure.add_vrect(x0=at - 0.5, x1=at + 0.5, fillcolor=ground["mark"], line={"width": 0}, layer="below")
    if 0 < beyond.sum() < count:
        _shade(figure, np.flatnonzero(beyond), ground, "L does not depend on these: exactly 0")
    if began is not None:
        figure.add_vline(x=began, line={"color": ground["bad"], "dash": "dash", "width": 2})
        figure.add_annotation(
            x=began, y=1, yref="paper", yanchor="top", xanchor="left" if began < count / 2 else "right",
            text=f"not finite from t = {began}", showarrow=False, font={"color": ground["bad"]},
            bgcolor=ground["background"],
        )  # fmt: skip
    lines = [*said]
    if sentences:
        begin = _begin(count, at, direction)
        lines.append(f"Factor fitted {f'from {begin} steps back on' if begin > 1 else 'over all steps'}, dotted.")
    lines += _edges_said(curves, beyond)
    figure.update_layout(
        meta={"alt": untagged(" ".join([*said, *(f"{one}." for one in sentences), *_edges_said(curves, beyond)]))}
    )
    style.paragraph(figure, lines, theme)
    return figure


def length_gradient_curves(
    curves: Sequence[Curve], lengths: Sequence[int], *, said: Sequence[str] = (), theme: Theme = "light"
) -> go.Figure:
    """The gradient by the first step against the number of steps, on a logarithmic axis.

    Parameters
    ----------
    curves : sequence of Curve
        Relative norms at these lengths.
    lengths : sequence of int
    said : sequence of str, optional
        What the caption says first.
    theme : {"light", "dark"}, default "light"

    Returns
    -------
    plotly.graph_objects.Figure
        What float32 cannot hold stands as marks at the edges. ``layout.meta["alt"]`` says in words what is to be seen.
    """
    none = np.zeros(len(lengths), bool)
    low, high = _window(curves, none)
    figure = go.Figure(layout={"template": style.template(theme)})
    steps = np.asarray(lengths)
    for k, curve in enumerate(curves):
        _draw(figure, curve, steps, curve.name, theme=theme, window=(low, high), beyond=none)
        color = SIGNAL_COLORS[theme][CELL_SIGNALS[curve.cell]]
        draw_edges(figure, curve.norms[0], steps, curve.name, color=color, window=(low, high), row=k)
    ratio = "‖∂L<sub>T</sub>/∂x<sub>1</sub>‖ / ‖∂L<sub>1</sub>/∂x<sub>1</sub>‖"
    figure.update_layout(
        title={"text": "How much gradient reaches the first of T steps"},
        xaxis={"title": {"text": "length T (steps)"}, "range": [0, max(lengths) * 1.02]},
        yaxis={**log_axis(low, high), "title": {"text": f"{ratio} (ratio)"}},
        height=540,
    )
    _legend(figure)
    reached = [_reach_said(curve, steps) for curve in curves]
    lines = [*said, *_edges_said(curves, none)]
    figure.update_layout(meta={"alt": untagged(" ".join([*said, *reached]))})
    style.paragraph(figure, lines, theme)
    return figure


# --- Parts ---


def _draw(
    figure: go.Figure, curve: Curve, steps: np.ndarray, label: str, *, theme: Theme, window: Window, beyond: np.ndarray
) -> None:
    """Band and line of one curve, without what lies beyond the edges."""
    color = SIGNAL_COLORS[theme][CELL_SIGNALS[curve.cell]]
    if len(curve.norms) > 1:
        _draw_band(figure, curve.norms, steps, label, color=_faded(color, 0.16), window=window, beyond=beyond)
    inside = _inside(curve.norms[0])
    figure.add_trace(
        go.Scatter(
            x=steps, y=np.where(inside, curve.norms[0], np.nan).astype(np.float32), mode="lines+markers", name=label,
            legendgroup=label, line={"color": color, "dash": curve.dash, "width": 4 if curve.strong else 2.2},
            marker={"symbol": CELL_SHAPES[curve.cell], "size": 8, "maxdisplayed": MARKS, "color": color},
            hovertemplate=f"{curve.name}<br>%{{x:d}}: %{{y:.4g}}<extra></extra>",
        )
    )  # fmt: skip


def _draw_band(
    figure: go.Figure,
    norms: np.ndarray,
    steps: np.ndarray,
    label: str,
    *,
    color: str,
    window: Window,
    beyond: np.ndarray,
) -> None:
    """From the smallest to the largest of all seeds."""
    held = np.where(np.isnan(norms), np.nan, np.clip(norms, SMALLEST, window[1]))
    edges = np.stack([held.min(0), held.max(0)])
    edges[:, beyond | np.isnan(edges).any(0)] = np.nan
    for k, edge in enumerate(edges):
        figure.add_trace(
            go.Scatter(
                x=steps, y=edge.astype(np.float32), mode="lines", line={"width": 0}, hoverinfo="skip", name=label,
                fill="tonexty" if k else None, fillcolor=color, showlegend=False, legendgroup=label, meta="band",
            )
        )  # fmt: skip


def draw_edges(
    figure: go.Figure, norms: np.ndarray, steps: np.ndarray, label: str, *, color: str, window: Window, row: int
) -> None:
    """Marks at the edges for what float32 cannot hold, each curve's in a row of its own.

    Parameters
    ----------
    figure : plotly.graph_objects.Figure
    norms, steps : ndarray of shape (step,)
    label, color : str
    window : tuple of float
        The range of the axis.
    row : int
    """
    low, high = window
    inset = (high / low) ** (0.02 + 0.028 * row)
    with np.errstate(invalid="ignore"):
        kinds = (
            (norms < SMALLEST, low * inset, "triangle-down-open"),
            (norms > LARGEST, high / inset, "triangle-up-open"),
            (np.isnan(norms), low * inset, "x-thin-open"),
        )
    for where, y, mark in kinds:
        at = np.flatnonzero(where)
        if len(at):
            at = at[:: -(-len(at) // (2 * MARKS))]
            figure.add_trace(
                go.Scatter(
                    x=steps[at], y=np.full(len(at), y), mode="markers", showlegend=False, legendgroup=label, name=label,
                    marker={"symbol": mark, "size": 9, "color": color, "line": {"width": 2, "color": color}},
                    text=[f"{value:.4g}" for value in norms[at]], cliponaxis=False, meta="edge",
                    hovertemplate=f"{label}<br>%{{x:d}}: %{{text}}<extra></extra>",
                )
            )  # fmt: skip


def _draw_fit(
    figure: go.Figure, fit: np.ndarray, at: int, label: str, *, direction: Direction, theme: Theme, window: Window
) -> None:
    """The fitted curve where it lies in the window."""
    back = np.arange(len(fit))
    with np.errstate(invalid="ignore"):
        shown = np.where((fit >= max(window[0], SMALLEST)) & (fit <= window[1]), fit, np.nan)
    figure.add_trace(
        go.Scatter(
            x=at - back if direction == "forward" else at + back, y=shown.astype(np.float32), mode="lines", meta="fit",
            line={"color": GROUNDS[theme]["ink"], "dash": "dot", "width": 1.5}, showlegend=False, hoverinfo="skip",
            name=f"{label}: fit", legendgroup=label,
        )
    )  # fmt: skip


def _factor(norms: np.ndarray, at: int | None, direction: Direction) -> Factor | None:
    """The factor a step on the way back from the loss; none where every step has a loss."""
    if at is None:
        return None
    back = norms[at::-1] if direction == "forward" else norms[at:]
    return factor_per_step(back, _begin(len(norms), at, direction))


def _begin(count: int, at: int | None, direction: Direction) -> int:
    """From how far back the factor is fitted: what the loss itself adds is over by then."""
    back = 0 if at is None else at if direction == "forward" else count - 1 - at
    begin = min(20, back // 4)
    return begin if begin > 1 else 0


def _inside(norms: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore"):
        found: np.ndarray = (norms >= SMALLEST) & (norms <= LARGEST)
    return found


def _silent(curves: Sequence[Curve]) -> np.ndarray:
    """The steps that no loss depends on: exactly 0 in every network and seed."""
    silent: np.ndarray = np.all([(curve.norms == 0).all(0) for curve in curves], 0)
    if silent.all():
        return np.zeros_like(silent)
    step, other = np.arange(len(silent)), np.flatnonzero(~silent)
    outside: np.ndarray = silent & ((step > other[-1]) | (step < other[0]))
    return outside


def _window(curves: Sequence[Curve], beyond: np.ndarray) -> tuple[float, float]:
    """The range of the axis: all that float32 can hold of the curves, and room for the marks at the edges."""
    found = [curve.norms[:, ~beyond][_inside(curve.norms[:, ~beyond])] for curve in curves]
    values = np.concatenate([part.ravel() for part in found])
    low, high = (float(values.min()), float(values.max())) if len(values) else (1e-3, 1.0)
    if any(((curve.norms < SMALLEST) & ~beyond).any() for curve in curves):
        low = min(low, SMALLEST)
    if any((curve.norms > LARGEST).any() for curve in curves):
        high = max(high, LARGEST)
    room = max(1.35, (high / low) ** 0.04)
    return low / room, high * room


def log_axis(low: float, high: float) -> dict[str, object]:
    """A logarithmic axis with its powers of ten."""
    decades = np.log10(high / low)
    ticks: dict[str, object] = {"dtick": max(1, round(decades / 8))} if decades > 2 else {}
    return {"type": "log", "range": [np.log10(low), np.log10(high)], "exponentformat": "power", **ticks}


def _step_axis(count: int, tokens: Sequence[str] | None, at: int | None) -> dict[str, object]:
    axis: dict[str, object] = {"title": {"text": "step t"}, "range": [-0.5, count - 0.5], "zeroline": False}
    return axis | (style.word_axis(tokens, at, most=28) if tokens is not None else {"tickformat": "d"})


def _legend(figure: go.Figure) -> None:
    """Under the picture, where it covers nothing in a narrow window."""
    figure.update_layout(
        legend={"orientation": "h", "yref": "container", "y": 0.0, "yanchor": "bottom", "x": 0.0, "itemwidth": 45},
        margin={"b": 120},
    )


def _shade(figure: go.Figure, steps: np.ndarray, ground: dict[str, str], text: str) -> None:
    for part in np.split(steps, np.flatnonzero(np.diff(steps) > 1) + 1):
        figure.add_vrect(
            x0=part[0] - 0.5, x1=part[-1] + 0.5, fillcolor=ground["panel"], line={"width": 0}, layer="below",
            annotation={"text": text if len(part) > len(steps) / 3 else "", "font": {"color": ground["soft"]}},
            annotation_position="top left",
        )  # fmt: skip


def _edges_said(curves: Sequence[Curve], beyond: np.ndarray) -> list[str]:
    """What the marks at the edges mean, of those that there are."""
    said = []
    if any(((curve.norms[0] < SMALLEST) & ~beyond).any() for curve in curves):
        said.append("▽ below 1.4·10⁻⁴⁵, where float32 has only 0.")
    if any((curve.norms[0] > LARGEST).any() for curve in curves):
        said.append("△ above 3.4·10³⁸, where float32 has only infinity.")
    if any(np.isnan(curve.norms[0]).any() for curve in curves):
        said.append("× no number: the network's own numbers are not finite.")
    return said


def untagged(text: str) -> str:
    """A caption as plain text."""
    return re.sub("</?su[bp]>", "", text)


def _reach_said(curve: Curve, lengths: np.ndarray) -> str:
    last = curve.norms[0, -1]
    return f"{curve.name}: {last:.2g} of it is left at T = {lengths[-1]}."


def _faded(color: str, share: float) -> str:
    red, green, blue = (int(color[k : k + 2], 16) for k in (1, 3, 5))
    return f"rgba({red},{green},{blue},{share})"
