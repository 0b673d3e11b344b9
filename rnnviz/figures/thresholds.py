"""What the threshold of clipping leads to: the loss at the end over many thresholds, and which gradients they cut."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from rnnviz.analysis import Sweep
from rnnviz.analysis.training import EDGES, LAST
from rnnviz.figures import sheet, style
from rnnviz.figures.cliff import DASHES, SHAPES
from rnnviz.figures.curves import BEYOND, Canvas, Look, edges_said, window
from rnnviz.figures.picture import Axis, Level, Line, Picture
from rnnviz.figures.table import listed
from rnnviz.figures.training import HEIGHT
from rnnviz.palette import GROUNDS, SIGNAL_COLORS, Theme


def threshold_curve(
    sweeps: Sequence[Sweep], *, baseline: float | None = None, caption: Sequence[str] = (), theme: Theme = "light"
) -> go.Figure:
    """The loss at the end of training over the threshold.

    The sweeps are by norm, by value, or one of each. The mean over the seeds is a line in a band of all, the unclipped
    arm stands at the right edge; what float32 cannot hold stands as marks at the edges.

    >>> from rnnviz import ModelSpec, analysis, clipping, figures
    >>> from rnnviz.spec import TaskSpec, TrainSpec
    >>> from rnnviz.train import train_together
    >>> spec = TrainSpec(ModelSpec("rnn", 2, 4), TaskSpec("adding", 5), max_norm=1.0, steps=5)
    >>> arms = train_together(clipping.arms(spec, ["norm"]))
    >>> sweeps = analysis.sweeps([analysis.course(history) for history in arms])
    >>> figure = figures.threshold_curve(sweeps, baseline=1 / 6)
    >>> figure.layout.xaxis.type
    'log'
    """
    drawn = threshold_picture(sweeps, baseline=baseline)
    figure = sheet.begin(
        drawn.title,
        style.log_axis(drawn.x.title, drawn.x.low, drawn.x.high) | _ticks(drawn.x),
        style.log_axis(drawn.y.title, drawn.y.low, drawn.y.high),
        theme,
        height=HEIGHT,
        uirevision="thresholds",
    )
    canvas = Canvas(figure, theme, drawn.y.low, drawn.y.high, most=drawn.y.most)
    for row, line in enumerate(drawn.lines):
        _losses(canvas, line, row)
    for level in drawn.levels:
        color = SIGNAL_COLORS[theme][level.signal]
        figure.add_hline(y=level.at, line={"color": color, "width": 2, "dash": "dot"})
    sheet.legend_below(figure, room=104, itemwidth=45)
    return sheet.finish(sheet.small_titles(figure), [*caption, *drawn.said], theme)


def threshold_picture(sweeps: Sequence[Sweep], *, baseline: float | None = None) -> Picture:
    """What is to be drawn by ``threshold_curve``. The unclipped arm is a line of one point."""
    first, lines = sweeps[0], []
    low, high = _span(first.limits)
    for sweep in sweeps:
        known = np.isfinite(sweep.limits)
        arm, name = ("value", "clipped by value") if sweep.by_value else ("clipped", "clipped by norm")
        lines.append(_line(arm, name, sweep.limits[known], sweep.last_loss[known]))
    bare = ~np.isfinite(first.limits)
    if bare.any():
        lines.append(_line("unclipped", "unclipped", np.full(1, high), first.last_loss[bare]))
    levels = () if baseline is None else (
        Level(baseline, "y", f"Dotted: {baseline:.3g}, the best loss without memory."),
    )  # fmt: skip
    floor = [np.array([level.at]) for level in levels]
    bottom, top = window([*(sweep.last_loss for sweep in sweeps), *floor], whole=False, most=BEYOND)
    said = [*(level.said for level in levels), *_seeds_said(first), *edges_said((line.y for line in lines), BEYOND)]
    return Picture(
        _lowest_said(sweeps),
        Axis(_limit_title(sweeps), low / 1.5, high * 2, log=True, written=_written(first.limits)),
        Axis(f"loss after {first.updates:,} updates", bottom, top, log=True, most=BEYOND),
        tuple(lines), levels, tuple(said),
    )  # fmt: skip


def clipped_bars(sweep: Sweep, *, caption: Sequence[str] = (), theme: Theme = "light") -> go.Figure:
    """The share of updates that each threshold of a sweep by norm clipped, mean over the seeds.

    >>> from rnnviz import ModelSpec, analysis, clipping, figures
    >>> from rnnviz.spec import TaskSpec, TrainSpec
    >>> from rnnviz.train import train_together
    >>> spec = TrainSpec(ModelSpec("rnn", 2, 4), TaskSpec("adding", 5), max_norm=1.0, steps=5)
    >>> arms = train_together(clipping.arms(spec, ["norm"]))
    >>> [sweep] = analysis.sweeps([analysis.course(history) for history in arms])
    >>> figure = figures.clipped_bars(sweep)
    >>> figure.data[0].type
    'bar'
    """
    known = np.isfinite(sweep.limits)
    shares = sweep.clipped[known].mean(1)
    labels = [f"{limit:g}" for limit in sweep.limits[known]]
    figure = sheet.begin(
        _clipped_most(shares, labels),
        style.axis(_limit_title([sweep]), type="category"),
        style.axis("updates clipped", range=[0, 1.12], tickformat=".0%"),
        theme,
        height=HEIGHT,
        uirevision="thresholds",
    )
    figure.add_trace(
        go.Bar(
            x=labels, y=shares.astype(np.float32), marker={"color": SIGNAL_COLORS[theme]["clipped"]},
            text=[f"{100 * share:.0f}" for share in shares], textposition="outside", textangle=0, constraintext="none",
            textfont={"size": 12}, cliponaxis=False,
            meta=listed(x="", y=""), hovertemplate="max_norm %{x}<br>%{y:.2%} of updates<extra></extra>",
        )
    )  # fmt: skip
    return sheet.finish(
        sheet.small_titles(figure), [*caption, "A gradient that is longer than max_norm is scaled down to it."], theme
    )


def _clipped_most(shares: np.ndarray, labels: Sequence[str]) -> str:
    """At which threshold the most updates were clipped, and at which the fewest."""
    most, least = int(shares.argmax()), int(shares.argmin())
    if f"{shares[most]:.0%}" == f"{shares[least]:.0%}":
        return f"At every threshold {shares[most]:.0%} of the updates were clipped"
    return f"Clipped: {shares[most]:.0%} of the updates at {labels[most]}, {shares[least]:.0%} at {labels[least]}"


def norm_histogram(sweep: Sweep, arm: int, *, caption: Sequence[str] = (), theme: Theme = "light") -> go.Figure:
    """How long the gradients of ``sweep.specs[arm]`` were, before clipping, over all its updates and seeds.

    Raises:
        ValueError: If there is no such arm.

    >>> from rnnviz import ModelSpec, analysis, clipping, figures
    >>> from rnnviz.spec import TaskSpec, TrainSpec
    >>> from rnnviz.train import train_together
    >>> spec = TrainSpec(ModelSpec("rnn", 2, 4), TaskSpec("adding", 5), max_norm=1.0, steps=5)
    >>> arms = train_together(clipping.arms(spec, ["norm"]))
    >>> [sweep] = analysis.sweeps([analysis.course(history) for history in arms])
    >>> figure = figures.norm_histogram(sweep, arm=0)
    >>> figure.data[0].type
    'bar'
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
    kind = ("value" if sweep.by_value else "clipped") if np.isfinite(limit) else "unclipped"
    figure = sheet.begin(
        f"Gradient norms, {_called(sweep, arm)}",
        style.log_axis("‖g‖ (loss per unit of weight)", low, high),
        style.axis("updates"),
        theme,
        height=HEIGHT,
        uirevision="thresholds",
        bargap=0.05,
    )
    figure.add_trace(
        go.Bar(
            x=middles, y=counts[first:last], width=np.diff(EDGES)[first:last], showlegend=False,
            marker={"color": _look(kind, theme, 0).color, "line": {"width": 0}}, meta=listed(x="", y=""),
            hovertemplate="‖g‖ about %{x:.3g}<br>%{y} updates<extra></extra>",
        )
    )  # fmt: skip
    lines = [*caption, *_mean_said(sweep, arm)]
    if np.isfinite(limit) and not sweep.by_value:
        _mark_limit(figure, limit, theme)
        lines.append(f"Right of the line: clipped, {sweep.clipped[arm].mean():.1%} of all updates.")
    return sheet.finish(sheet.small_titles(figure), lines, theme, headroom=22)


# --- Parts ---


def _lowest_said(sweeps: Sequence[Sweep]) -> str:
    """At which threshold of each kind the loss is lowest."""
    best = [(sweep, sweep.best) for sweep in sweeps if np.isfinite(sweep.last_loss[sweep.best]).all()]
    if not best:
        return "At no threshold is the loss finite"
    known = [f"{style.digits(float(sweep.last_loss[arm].mean()))} {_where(sweep, arm)}" for sweep, arm in best]
    return f"The lowest loss is {', and '.join(dict.fromkeys(known))}"


def _where(sweep: Sweep, arm: int) -> str:
    return f"at {_called(sweep, arm)}" if np.isfinite(sweep.limits[arm]) else "without clipping"


def _limit_title(sweeps: Sequence[Sweep]) -> str:
    names = ["max_value" if sweep.by_value else "max_norm" for sweep in sweeps]
    return f"{' or '.join(names)} (loss per unit of weight)"


def _look(arm: str, theme: Theme, row: int) -> Look:
    if arm == "value":
        return Look(GROUNDS[theme]["soft"], "dashdot", "square", 2.6, row)
    return Look(SIGNAL_COLORS[theme][arm], DASHES[arm], SHAPES[arm], 2.6, row)


def _losses(canvas: Canvas, line: Line, row: int) -> None:
    look = _look(line.arm, canvas.theme, row)
    if line.band.size:
        canvas.band(line.band_x, line.band, line.name, look)
    canvas.curve(line.x, line.y, line.name, look, hover=f"{line.name}<br>%{{x:.3g}}")


def _line(arm: str, name: str, limits: np.ndarray, losses: np.ndarray) -> Line:
    """The mean over the seeds, in a band of all."""
    x, several = limits.astype(np.float32), losses.shape[1] > 1 and len(limits) > 1
    with np.errstate(invalid="ignore"):
        means, band = losses.mean(1).astype(np.float32), np.stack([losses.min(1), losses.max(1)]).astype(np.float32)
    return Line(arm, name, x, means, x, band) if several else Line(arm, name, x, means, x[:0], band[:, :0])


def _written(limits: np.ndarray) -> tuple[tuple[float, str], ...]:
    """The decades of the thresholds, and at the place of the unclipped arm that it has none."""
    finite = limits[np.isfinite(limits)]
    powers = (
        range(int(np.ceil(np.log10(finite.min()) - 1e-9)), int(np.log10(finite.max()) + 1e-9) + 1)
        if len(finite)
        else ()
    )
    decades = [(10.0**power, f"{10.0**power:g}") for power in powers]
    return (*decades, (_span(limits)[1], "none"))


def _ticks(axis: Axis) -> dict[str, object]:
    places, texts = zip(*axis.written, strict=True)
    return {"tickmode": "array", "tickvals": places, "ticktext": texts}


def _span(limits: np.ndarray) -> tuple[float, float]:
    """The smallest threshold, and where the unclipped arm stands: beyond the largest."""
    finite = limits[np.isfinite(limits)]
    return (float(finite.min()), float(finite.max()) * 8) if len(finite) else (0.01, 800.0)


def _called(sweep: Sweep, arm: int) -> str:
    limit = sweep.limits[arm]
    name = "max_value" if sweep.by_value else "max_norm"
    return f"{name} {limit:g}" if np.isfinite(limit) else "unclipped"


def _mark_limit(figure: go.Figure, limit: float, theme: Theme) -> None:
    ink = GROUNDS[theme]["ink"]
    figure.add_vline(x=limit, line={"color": ink, "width": 2, "dash": "dash"})
    figure.add_annotation(
        x=np.log10(limit), y=1, yref="paper", yanchor="bottom", text=f"max_norm {limit:g}", showarrow=False,
        font={"color": ink, "size": 14},
    )  # fmt: skip


def _mean_said(sweep: Sweep, arm: int) -> list[str]:
    when = ", before clipping" if np.isfinite(sweep.limits[arm]) else ""
    norm = float(sweep.mean_norm[arm].mean())
    said = [f"Average norm {style.digits(norm)}{when}."] if np.isfinite(norm) else []
    if sweep.updates < sweep.specs[0].steps:  # of a run that was stopped, not every update is known
        return said if np.isfinite(sweep.mean_norm[arm]).all() else [*said, "Some updates had no finite gradient."]
    lost = sweep.updates * len(sweep.specs[0].seeds) - int(sweep.counts[arm].sum())
    return [*said, f"{lost:,} updates had no finite gradient."] if lost else said


def _seeds_said(sweep: Sweep) -> list[str]:
    several = "; line: mean; band: all" if len(sweep.specs[0].seeds) > 1 else ""
    return [f"Median of the last {LAST} updates{several}."]
