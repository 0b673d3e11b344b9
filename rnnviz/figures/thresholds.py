"""What the threshold of clipping leads to: the loss at the end over many thresholds, and which gradients they cut."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from rnnviz.analysis import Sweep
from rnnviz.analysis.thresholds import ADVICE, EDGES
from rnnviz.figures import sheet, style
from rnnviz.figures.cliff import DASHES, SHAPES
from rnnviz.figures.curves import Canvas, Look, edges_said, window
from rnnviz.figures.table import listed
from rnnviz.palette import GROUNDS, SIGNAL_COLORS, Theme


def threshold_curve(
    sweeps: Sequence[Sweep], *, baseline: float | None = None, said: Sequence[str] = (), theme: Theme = "light"
) -> go.Figure:
    """The loss at the end of training over the threshold, with the advised range of thresholds shaded.

    Parameters
    ----------
    sweeps : sequence of Sweep
        By norm, by value, or one of each.
    baseline : float, optional
        The loss of the best answer that remembers nothing.
    said : sequence of str, optional
        What the caption says first.
    theme : {"light", "dark"}, default "light"

    Returns
    -------
    plotly.graph_objects.Figure
        The mean over the seeds as a line in a band of all, the unclipped arm at the right edge; what float32 cannot
        hold stands as marks at the edges.
    """
    first = sweeps[0]
    low, high = _span(first.limits)
    floor = [] if baseline is None else [np.array([baseline])]
    bottom, top = window([*(sweep.last_loss for sweep in sweeps), *floor], whole=False)
    figure = sheet.begin(
        f"Loss after {first.updates:,} updates over the threshold",
        style.log_axis(_limit_title(sweeps), low / 1.5, high * 2),
        style.log_axis("loss at the end", bottom, top),
        theme,
        height=560,
        uirevision="thresholds",
    )
    canvas = Canvas(figure, theme, bottom, top)
    for row, sweep in enumerate(sweeps):
        finite = np.isfinite(sweep.limits)
        name = "clipped by value" if sweep.by_value else "clipped by norm"
        _losses(canvas, sweep.limits[finite], sweep.last_loss[finite], name, _look(sweep, theme, row))
    bare = ~np.isfinite(first.limits)
    unclipped = Look(SIGNAL_COLORS[theme]["unclipped"], DASHES["unclipped"], SHAPES["unclipped"], 2.6, len(sweeps))
    if bare.any():
        where = {"x": np.log10(high), "y": 0, "yref": "paper", "yanchor": "top", "yshift": -6}
        figure.add_annotation(**where, text="no threshold", showarrow=False, font={"size": 14})
        _losses(canvas, np.full(1, high), first.last_loss[bare], "unclipped", unclipped)
    lines = [*said, *(line for sweep in sweeps for line in _advised(figure, sweep, theme))]
    if baseline is not None:
        figure.add_hline(y=baseline, line={"color": GROUNDS[theme]["ink"], "width": 1.5, "dash": "dot"})
        lines.append(f"Dotted: {baseline:.3g}, the best answer that remembers nothing.")
    sheet.legend_below(figure, itemwidth=45)
    with np.errstate(invalid="ignore"):
        edges = edges_said(sweep.last_loss.mean(1) for sweep in sweeps)
    return sheet.finish(figure, [*lines, *_seeds_said(first), *edges], theme)


def clipped_bars(sweep: Sweep, *, said: Sequence[str] = (), theme: Theme = "light") -> go.Figure:
    """The share of updates that each threshold clipped, mean over the seeds.

    Parameters
    ----------
    sweep : Sweep
        By norm.
    said : sequence of str, optional
        What the caption says first.
    theme : {"light", "dark"}, default "light"

    Returns
    -------
    plotly.graph_objects.Figure
    """
    known = np.isfinite(sweep.limits)
    shares = sweep.clipped[known].mean(1)
    labels = [f"{limit:g}" for limit in sweep.limits[known]]
    figure = sheet.begin(
        "Share of updates that were clipped",
        style.axis(_limit_title([sweep]), type="category"),
        style.axis("updates clipped", range=[0, 1.12], tickformat=".0%"),
        theme,
        height=420,
        uirevision="thresholds",
    )
    figure.add_trace(
        go.Bar(
            x=labels, y=shares.astype(np.float32), marker={"color": SIGNAL_COLORS[theme]["clipped"]},
            text=[f"{share:.0%}" for share in shares], textposition="outside", cliponaxis=False,
            meta=listed(x="", y=""), hovertemplate="max_norm %{x}<br>%{y:.2%} of updates<extra></extra>",
        )
    )  # fmt: skip
    return sheet.finish(figure, [*said, "A longer gradient than max_norm is cut to it."], theme)


def norm_histogram(sweep: Sweep, arm: int, *, said: Sequence[str] = (), theme: Theme = "light") -> go.Figure:
    """How long the gradients of one arm were, before clipping, over all its updates and seeds.

    Parameters
    ----------
    sweep : Sweep
    arm : int
        Its place in ``sweep.specs``.
    said : sequence of str, optional
        What the caption says first.
    theme : {"light", "dark"}, default "light"

    Returns
    -------
    plotly.graph_objects.Figure

    Raises
    ------
    ValueError
        If there is no such arm.
    """
    if not 0 <= arm < len(sweep.specs):
        raise ValueError(f"arm must be in 0..{len(sweep.specs) - 1} for this sweep; got {arm}")
    counts, limit = sweep.counts[arm], float(sweep.limits[arm])
    used = np.flatnonzero(counts)
    first, last = (used[0], used[-1] + 1) if len(used) else (70, 90)
    low, high = EDGES[first], EDGES[last]
    if np.isfinite(limit) and not sweep.by_value:
        low, high = min(low, limit / 2), max(high, limit * 2)
    middles = np.sqrt(EDGES[:-1] * EDGES[1:])[first:last]
    kind = "clipped" if np.isfinite(limit) else "unclipped"
    figure = sheet.begin(
        f"How long the gradients are, {_called(sweep, arm)}",
        style.log_axis("‖g‖ before clipping (loss per unit of weight)", low, high),
        style.axis("updates"),
        theme,
        height=420,
        uirevision="thresholds",
        bargap=0.05,
    )
    figure.add_trace(
        go.Bar(
            x=middles, y=counts[first:last], width=np.diff(EDGES)[first:last], showlegend=False,
            marker={"color": SIGNAL_COLORS[theme][kind], "line": {"width": 0}}, meta=listed(x="", y=""),
            hovertemplate="‖g‖ about %{x:.3g}<br>%{y} updates<extra></extra>",
        )
    )  # fmt: skip
    lines = [*said, *_mean_said(sweep, arm)]
    if np.isfinite(limit) and not sweep.by_value:
        _mark_limit(figure, limit, theme)
        lines.append(f"Right of the line: clipped, {sweep.clipped[arm].mean():.1%} of all updates.")
    return sheet.finish(figure, lines, theme, headroom=22)


# --- Parts ---


def _limit_title(sweeps: Sequence[Sweep]) -> str:
    names = ["max_value" if sweep.by_value else "max_norm" for sweep in sweeps]
    return f"{' or '.join(names)} (loss per unit of weight)"


def _look(sweep: Sweep, theme: Theme, row: int) -> Look:
    if sweep.by_value:
        return Look(GROUNDS[theme]["soft"], "dashdot", "square", 2.6, row)
    return Look(SIGNAL_COLORS[theme]["clipped"], DASHES["clipped"], SHAPES["clipped"], 2.6, row)


def _losses(canvas: Canvas, x: np.ndarray, losses: np.ndarray, name: str, look: Look) -> None:
    """The mean over the seeds, in a band of all."""
    if losses.shape[1] > 1 and len(x) > 1:
        canvas.band(x, losses.T, name, look)
    with np.errstate(invalid="ignore"):
        means = losses.mean(1)
    canvas.curve(x, means, name, look, hover=f"{name}<br>%{{x:.3g}}")


def _span(limits: np.ndarray) -> tuple[float, float]:
    """The smallest threshold, and where the unclipped arm stands: beyond the largest."""
    finite = limits[np.isfinite(limits)]
    return (float(finite.min()), float(finite.max()) * 4) if len(finite) else (0.01, 400.0)


def _called(sweep: Sweep, arm: int) -> str:
    limit = sweep.limits[arm]
    name = "max_value" if sweep.by_value else "max_norm"
    return f"{name} {limit:g}" if np.isfinite(limit) else "unclipped"


def _advised(figure: go.Figure, sweep: Sweep, theme: Theme) -> list[str]:
    """Shade half to ten times the average norm of the run that ended best, where norms are clipped."""
    average = float(sweep.mean_norm[sweep.best].mean())
    if sweep.by_value or not np.isfinite(average):
        return []
    low, high = (share * average for share in ADVICE)
    sheet.shade(figure, low, high, GROUNDS[theme]["mark"])
    of = f"the average norm with {_called(sweep, sweep.best)}, the arm that ended lowest"
    return [f"Shaded: {low:.2g} to {high:.2g}, half to ten times {average:.2g}, {of}."]


def _mark_limit(figure: go.Figure, limit: float, theme: Theme) -> None:
    ink = GROUNDS[theme]["ink"]
    figure.add_vline(x=limit, line={"color": ink, "width": 2, "dash": "dash"})
    figure.add_annotation(
        x=np.log10(limit), y=1, yref="paper", yanchor="bottom", text=f"max_norm {limit:g}", showarrow=False,
        font={"color": ink, "size": 14},
    )  # fmt: skip


def _mean_said(sweep: Sweep, arm: int) -> list[str]:
    lost = sweep.updates * len(sweep.specs[0].seeds) - int(sweep.counts[arm].sum())
    said = [f"Average norm {style.digits(float(sweep.mean_norm[arm].mean()))}."]
    return [*said, f"{lost:,} updates had no finite gradient."] if lost else said


def _seeds_said(sweep: Sweep) -> list[str]:
    seeds = sweep.specs[0].seeds
    if len(seeds) == 1:
        return ["Loss: median of the last 100 updates."]
    return [
        f"Loss: median of the last 100 updates; line: mean of seeds {', '.join(map(str, seeds))}; band: all of them."
    ]
