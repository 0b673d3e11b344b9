"""Why gradients fade: what W_hh does to lengths, what the squashing does, and which step's loss reaches which state."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import plotly.graph_objects as go

from rnnviz.figures import style
from rnnviz.figures.gradients import LARGEST, SMALLEST, draw_edges, log_axis, untagged
from rnnviz.palette import GROUNDS, SEQUENTIAL, SIGNAL_COLORS, Theme

PARTS: Final = {
    "norms": ("actual: ‖∂h<sub>t</sub>/∂h<sub>t−k</sub>‖", "h", "solid", "circle"),
    "weight_norms": ("weights alone: ‖W<sub>hh</sub><sup>k</sup>‖", "c", "dash", "square"),
    "squash_norms": ("squashing alone: ∏ max φ′", "i", "dot", "diamond"),
    "bound_here": ("bound with these slopes: σ<sub>1</sub><sup>k</sup> ∏ max φ′", "f", "dashdot", "triangle-up"),
    "bound": ("bound: σ<sub>1</sub><sup>k</sup>", "r", "longdash", "x"),
}
"""What is drawn of the Jacobians: its label, the signal that lends its colour, dash and mark."""

DECADES: Final = 12
"""Decades below 1, or below the largest if that is less, that the colours of the triangle tell apart."""


def singular_value_bars(
    singular: np.ndarray, radius: float, *, said: Sequence[str] = (), theme: Theme = "light"
) -> go.Figure:
    """The singular values of W_hh beside its spectral radius and the line at 1.

    Parameters
    ----------
    singular : ndarray of shape (unit,)
        Largest first.
    radius : float
    said : sequence of str, optional
        What the caption says first.
    theme : {"light", "dark"}, default "light"

    Returns
    -------
    plotly.graph_objects.Figure
        ``layout.meta["alt"]`` says in words what is to be seen.
    """
    colors, ground, count = SIGNAL_COLORS[theme], GROUNDS[theme], len(singular)
    figure = go.Figure(layout={"template": style.template(theme)})
    figure.add_trace(
        go.Bar(
            x=np.arange(1, count + 1), y=singular.astype(np.float32), name="singular values σ",
            marker={"color": colors["c"], "line": {"width": 0}}, hovertemplate="σ%{x}: %{y:.4g}<extra></extra>",
        )
    )  # fmt: skip
    for y, name, color, dash in (
        (radius, f"spectral radius ρ = {radius:.3g}", colors["h"], "dash"),
        (1.0, "1: lengths stay", ground["ink"], "dot"),
    ):
        figure.add_trace(
            go.Scatter(
                x=[0.4, count + 0.6], y=[y, y], mode="lines", name=name, hovertemplate=f"{name}<extra></extra>",
                line={"color": color, "dash": dash, "width": 2.5},
            )
        )  # fmt: skip
    figure.update_layout(
        title={"text": "How far W<sub>hh</sub> stretches"},
        xaxis={"title": {"text": "direction, most stretched first"}, "range": [0.4, count + 0.6], "showgrid": False},
        yaxis={"title": {"text": "singular value σ (factor)"}, "rangemode": "tozero"},
        legend={"orientation": "h", "yref": "container", "y": 0, "yanchor": "bottom", "x": 0},
        margin={"b": 120},
        bargap=0.2 if count <= 64 else 0,
        height=520,
    )
    above = int((singular > 1).sum())
    sentence = f"{above} of {count} singular values are above 1, the largest {singular[0]:.3g}; ρ = {radius:.3g}."
    figure.update_layout(meta={"alt": untagged(" ".join([*said, sentence]))})
    style.paragraph(figure, [*said, sentence], theme)
    return figure


def jacobian_curves(
    parts: Mapping[str, np.ndarray], *, largest: float, said: Sequence[str] = (), theme: Theme = "light"
) -> go.Figure:
    """The stretch of the Jacobian over k steps, its two parts, and what bounds it.

    Parameters
    ----------
    parts : mapping of str to ndarray of shape (step,)
        The keys of ``PARTS``.
    largest : float
        Largest singular value of W_hh.
    said : sequence of str, optional
        What the caption says first.
    theme : {"light", "dark"}, default "light"

    Returns
    -------
    plotly.graph_objects.Figure
        ``layout.meta["alt"]`` says in words what is to be seen.

    References
    ----------
    Pascanu, Mikolov, Bengio (2013), arXiv 1211.5063, section 2.
    """
    ground, same = GROUNDS[theme], _close(parts["bound_here"], parts["bound"])
    figure = go.Figure(layout={"template": style.template(theme)})
    shown = [name for name in PARTS if name != "bound_here" or not same]
    held = np.concatenate([parts[name][(parts[name] >= SMALLEST) & (parts[name] <= LARGEST)] for name in shown])
    low, high = float(held.min()), float(held.max())
    room = max(1.35, (high / low) ** 0.06)
    window = low / room, high * room
    for row, name in enumerate(shown):
        label, signal, dash, shape = PARTS[name]
        values, color, steps = parts[name], SIGNAL_COLORS[theme][signal], np.arange(len(parts[name]))
        inside = np.where((values >= SMALLEST) & (values <= LARGEST), values, np.nan)
        figure.add_trace(
            go.Scatter(
                x=steps, y=inside.astype(np.float32), mode="lines+markers", name=label, legendgroup=label,
                line={"color": color, "dash": dash, "width": 3.5 if name == "norms" else 2.2},
                marker={"symbol": shape, "size": 8, "maxdisplayed": 10, "color": color},
                hovertemplate=f"{label}<br>k = %{{x}}: %{{y:.4g}}<extra></extra>",
            )
        )  # fmt: skip
        draw_edges(figure, values, steps, label, color=color, window=window, row=row)
    last = len(parts["norms"]) - 1
    figure.add_hline(y=1, line={"color": ground["soft"], "width": 1.5, "dash": "dot"})
    figure.update_layout(
        title={"text": "What the bound allows and what happens"},
        xaxis={"title": {"text": "steps back k"}, "tickformat": "d", "range": [-0.02 * last - 0.2, last * 1.02 + 0.2]},
        yaxis={"title": {"text": "largest stretch (factor)"}, **log_axis(*window)},
        legend={"orientation": "h", "yref": "container", "y": 0, "yanchor": "bottom", "x": 0, "itemwidth": 45},
        margin={"b": 150},
        height=560,
    )
    actual, bound = float(parts["norms"][last]), float(parts["bound"][last])
    if largest < 1:
        verdict = f"σ<sub>1</sub> = {largest:.3g} is below 1: the bound alone says that the gradient must vanish."
    elif actual < 1:
        verdict = f"σ<sub>1</sub> = {largest:.3g} is above 1: the bound forbids nothing, and yet the gradient vanishes."
    else:
        verdict = f"σ<sub>1</sub> = {largest:.3g} is above 1, so that the gradient may grow; here it does."
    over = f"Over {last} step{'s' * (last != 1)}: at most {bound:.2g}, actually {actual:.2g}."
    lines = [*said, verdict, over]
    if same:
        lines.append("With the slopes that this input led to, the bound is the same: somewhere a unit is not squashed.")
    figure.update_layout(meta={"alt": untagged(" ".join(lines))})
    style.paragraph(figure, lines, theme)
    return figure


def contribution_heatmap(
    norms: np.ndarray,
    rows: Sequence[int],
    *,
    tokens: Sequence[str] | None = None,
    t: int | None = None,
    said: Sequence[str] = (),
    theme: Theme = "light",
) -> go.Figure:
    """How much the loss of every step depends on the state of every step, in logarithmic colours.

    Parameters
    ----------
    norms : ndarray of shape (row, time)
        Exactly 0 where a loss does not depend on a state.
    rows : sequence of int
        The steps of the losses.
    tokens : sequence of str, optional
        Labels of the steps; numbers by default.
    t : int, optional
        A loss to mark.
    said : sequence of str, optional
        What the caption says first.
    theme : {"light", "dark"}, default "light"

    Returns
    -------
    plotly.graph_objects.Figure
        Exact zeros are gaps, what is no finite number grey. ``layout.meta["alt"]`` says in words what is to be seen.

    References
    ----------
    Cashman et al. (2018), RNNbow, arXiv 1907.12545.
    """
    time, ground = norms.shape[1], GROUNDS[theme]
    stride = -(-norms.size // 24_000)
    columns = np.arange(0, time, stride)
    drawn = norms[:, columns]
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.where((drawn > 0) & np.isfinite(drawn), np.log10(drawn), np.nan)
    known = logs[np.isfinite(logs)]
    top = float(known.max()) if len(known) else 0.0
    bottom = max(float(known.min()) if len(known) else -1.0, min(top, 0.0) - DECADES)
    bottom = min(bottom, top - 1)
    stops = SEQUENTIAL[theme]
    x, y = columns.astype(np.int32), np.asarray(rows, np.int32)
    figure = go.Figure(layout={"template": style.template(theme), "plot_bgcolor": ground["panel"]})
    figure.add_trace(
        go.Heatmap(
            z=logs.astype(np.float32), x=x, y=y, zmin=bottom, zmax=top, colorscale=style.scale(stops),
            colorbar={"title": {"text": "norm"}, "thickness": 14, **_decade_ticks(bottom, top, known.min(initial=top))},
            hovertemplate="loss at t = %{y:d}, state at t = %{x:d}<br>norm 10^%{z:.3f}<extra></extra>",
            hoverongaps=False,
        )
    )  # fmt: skip
    bad = ~np.isfinite(drawn)
    if bad.any():
        figure.add_trace(
            go.Heatmap(
                z=np.where(bad, 1.0, np.nan).astype(np.float32), x=x, y=y, showscale=False, hoverongaps=False,
                colorscale=style.scale((ground["nan"], ground["nan"])),
                hovertemplate="loss at t = %{y:d}, state at t = %{x:d}<br>no finite number<extra></extra>",
            )
        )  # fmt: skip
    edges = [-0.5, time - 0.5]
    labels = style.word_axis(tokens, t, most=28) if tokens is not None else {"tickformat": "d", "showgrid": False}
    across = style.word_axis(tokens, t, most=24) if tokens is not None else {"tickformat": "d", "showgrid": False}
    figure.update_layout(
        title={"text": "Which loss reaches which step"},
        xaxis={"title": {"text": "step k of the state h<sub>k</sub>"}, "range": edges, **labels},
        yaxis={"title": {"text": "step t of the loss L<sub>t</sub>"}, "range": edges[::-1], **across},
        height=600,
    )
    if t is not None:
        figure.add_hrect(y0=t - 0.5, y1=t + 0.5, line={"color": ground["ink"], "width": 2}, fillcolor="rgba(0,0,0,0)")
    lines = [*said, "Read along a row: ‖∂L<sub>t</sub>/∂h<sub>k</sub>‖ of one loss. Empty: exactly 0."]
    if bad.any():
        lines.append("Grey: no finite number.")
    if stride > 1:
        lines.append(f"Every {stride}th state is drawn.")
    shares = _long_share(norms, rows)
    if shares is not None:
        lines.append(f"States ten and more steps back have {shares:.2%} of the sum of all norms.")
    figure.update_layout(meta={"alt": untagged(" ".join(lines))})
    style.paragraph(figure, lines, theme)
    return figure


def _close(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether two curves are one on paper."""
    return bool(np.allclose(one[-1], other[-1], rtol=0.05, atol=0, equal_nan=True))


def _decade_ticks(bottom: float, top: float, least: float) -> dict[str, object]:
    """Whole decades along a bar of logarithms; the last stands for all below it, where there is more."""
    step = max(1, round((top - bottom) / 6))
    ticks = list(range(int(np.ceil(bottom)), int(np.floor(top)) + 1, step))
    texts = [f"10<sup>{tick}</sup>" for tick in ticks]
    if least < bottom and ticks:
        texts[0] = f"≤ {texts[0]}"
    return {"tickvals": ticks, "ticktext": texts}


def _long_share(norms: np.ndarray, rows: Sequence[int], back: int = 10) -> float | None:
    """The part of the sum of all norms that comes from states many steps before their loss."""
    apart = np.asarray(rows)[:, None] - np.arange(norms.shape[1])
    total = norms.sum()
    if not np.isfinite(total) or total <= 0 or apart.max() < back:
        return None
    return float(norms[apart >= back].sum() / total)
