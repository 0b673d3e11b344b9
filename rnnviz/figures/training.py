"""What networks in training do, update by update: loss, gradients, weights, units and answers, arm beside arm."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import plotly.graph_objects as go

from rnnviz.analysis import Course
from rnnviz.figures import sheet, style
from rnnviz.figures.cliff import DASHES, SHAPES
from rnnviz.figures.curves import Canvas, Look, edges_said, inside, window
from rnnviz.figures.table import listed
from rnnviz.palette import GROUNDS, SIGNAL_COLORS, Theme
from rnnviz.spec import TrainSpec

Measure = Literal["loss", "grad_norm", "update_norm", "singular_value", "dead", "saturated"]

TITLES: Final[dict[Measure, str]] = {
    "loss": "Loss of each batch",
    "grad_norm": "Gradient norm before clipping",
    "update_norm": "How far each update moves the weights",
    "singular_value": "Largest singular value of W<sub>hh</sub>",
    "dead": "Dead units",
    "saturated": "Saturated units",
}
AXES: Final[dict[Measure, str]] = {
    "loss": "loss",
    "grad_norm": "‖g‖ (loss per unit of weight)",
    "update_norm": "‖Δθ‖ (units of weight)",
    "singular_value": "σ<sub>1</sub>(W<sub>hh</sub>)",
    "dead": "units that are 0 throughout",
    "saturated": "units beyond ±0.9 at nine steps of ten",
}
RECORDED: Final = ("loss", "grad_norm", "update_norm")
COUNTED: Final = ("dead", "saturated")

HEIGHT: Final = 460

FIRST: Final = 64
"""So many first updates are all drawn, since a logarithmic axis spreads them."""

MOST: Final = 400
"""Points of a curve beyond the first; of what lies between two the largest and the smallest are kept."""


@dataclass(frozen=True)
class Mark:
    """An update to be marked.

    Attributes
    ----------
    update : int
        Counted from 1.
    text : str
        What stands beside the line.
    """

    update: int
    text: str


def training_curve(
    courses: Sequence[Course],
    measure: Measure,
    *,
    beside: Sequence[Course] = (),
    mark: Mark | None = None,
    baseline: float | None = None,
    logarithmic: bool = True,
    said: Sequence[str] = (),
    theme: Theme = "light",
) -> go.Figure:
    """One quantity over the updates, the first seed of an arm as a line in a band of all.

    Parameters
    ----------
    courses : sequence of Course
        The arms in the picture.
    measure : {"loss", "grad_norm", "update_norm", "singular_value", "dead", "saturated"}
    beside : sequence of Course, optional
        Arms in pictures beside this one, which is to have the same axes.
    mark : Mark, optional
    baseline : float, optional
        The loss of the best answer that remembers nothing; drawn where the loss is.
    logarithmic : bool, default True
        Whether the axis of updates is; counts of units never are.
    said : sequence of str, optional
        What the caption says first.
    theme : {"light", "dark"}, default "light"

    Returns
    -------
    plotly.graph_objects.Figure
        What float32 cannot hold stands as marks at the edges.
    """
    shown = [_values(course, measure) for course in (*courses, *beside)]
    counts = measure in COUNTED
    width = max(course.spec.model.hidden_size * course.spec.model.num_layers for course in courses)
    low, high = (0.0, float(width)) if counts else _window(shown, measure, courses, baseline)
    figure = sheet.begin(
        _title(measure, courses, beside),
        _updates(courses[0].spec.steps, logarithmic=logarithmic),
        style.axis(AXES[measure], range=[-0.04 * width, 1.06 * width]) if counts
        else style.log_axis(AXES[measure], low, high),
        theme,
        height=HEIGHT,
        uirevision="training",
    )  # fmt: skip
    canvas = Canvas(figure, theme, low, high)
    for row, course in enumerate(courses):
        _draw(canvas, course, measure, row)
    levels = _levels(courses, measure, baseline)
    shapes = [_across(y, looks, theme) for y, looks, _ in levels]
    notes = []
    if mark is not None:
        shapes.append(_down(mark, theme))
        notes.append(_note(mark, courses[0].spec.steps, theme, logarithmic=logarithmic))
    figure.update_layout(shapes=shapes, annotations=notes)
    lines = [*said, *(text for _, _, text in levels)]
    edges = [] if counts else edges_said(part[:1] for part in shown[: len(courses)])
    sheet.legend_below(figure, room=104, itemwidth=45)
    ends = [_end_said(course, measure) for course in courses]
    sentences = [*lines, *_drawn_said(courses[0], measure), *edges]
    alt = " ".join([f"{figure.layout.title.text}.", *sentences, *ends, mark.text if mark else ""])
    return sheet.finish(figure, sentences, theme, alt=alt, headroom=22 if mark else 0)


def training_answers(
    courses: Sequence[Course], wanted: np.ndarray, *, said: Sequence[str] = (), theme: Theme = "light"
) -> go.Figure:
    """What the first seed's network of every arm answers to held-out sequences, against what is wanted.

    Parameters
    ----------
    courses : sequence of Course
        Of a task whose answer is one number.
    wanted : ndarray of shape (example,)
    said : sequence of str, optional
        What the caption says first.
    theme : {"light", "dark"}, default "light"

    Returns
    -------
    plotly.graph_objects.Figure
        Answers that are no finite number, or beyond the picture, are told in the caption.
    """
    span = [min(-0.1, float(wanted.min()) - 0.1), max(2.1, float(wanted.max()) + 0.1)]
    low, high = span[0] - 0.4, span[1] + 0.4
    figure = sheet.begin(
        "Answers to held-out sequences",
        style.axis("wanted", range=span),
        style.axis("answer of the network", range=[low, high]),
        theme,
        height=HEIGHT,
        uirevision="training",
    )
    line = {"color": GROUNDS[theme]["soft"], "width": 1.5, "dash": "dot"}
    figure.add_shape(type="line", x0=span[0], y0=span[0], x1=span[1], y1=span[1], line=line, layer="below")
    lost = []
    for course in courses:
        answers = course.answers[0, :, 0] if course.answers.size else np.full(len(wanted), np.nan, np.float32)
        with np.errstate(invalid="ignore"):
            within = (answers >= low) & (answers <= high)
        if not within.all():
            beyond = ", ".join(style.digits(float(value)) for value in np.unique(answers[~within])[:3])
            lost.append(
                f"{arm_name(course.spec)}: {int((~within).sum())} of {len(answers)} beyond the picture: {beyond}."
            )
        arm = _arm(course.spec)
        figure.add_trace(
            go.Scatter(
                x=wanted.astype(np.float32), y=np.where(within, answers, np.nan).astype(np.float32), mode="markers",
                name=arm_name(course.spec), meta=listed(x="", y=""),
                marker={"symbol": SHAPES[arm], "size": 12, "color": SIGNAL_COLORS[theme][arm], "line": {"width": 2.5}},
                hovertemplate=f"{arm_name(course.spec)}<br>wanted %{{x:.3f}}, answer %{{y:.3f}}<extra></extra>",
            )
        )  # fmt: skip
    sheet.legend_below(figure, room=104, itemwidth=45)
    sentences = [*said, f"{len(wanted)} sequences, seed {courses[0].spec.seeds[0]}. Dotted: answer = wanted.", *lost]
    return sheet.finish(figure, sentences, theme)


def arm_name(spec: TrainSpec) -> str:
    """What an arm is called: ``unclipped``, ``clipped, max_norm 1``, ``clipped, values to ±0.1``."""
    parts = [f"max_norm {spec.max_norm:g}"] if spec.max_norm is not None else []
    parts += [f"values to ±{spec.max_value:g}"] if spec.max_value is not None else []
    return ", ".join(["clipped" if parts else "unclipped", *parts])


# --- Parts ---


def _arm(spec: TrainSpec) -> str:
    return "unclipped" if spec.max_norm is None and spec.max_value is None else "clipped"


def _title(measure: Measure, courses: Sequence[Course], beside: Sequence[Course]) -> str:
    """The title, with the arm in it where each has a picture of its own."""
    return f"{TITLES[measure]}{f': {arm_name(courses[0].spec)}' if beside else ''}"


def _values(course: Course, measure: Measure) -> np.ndarray:
    values: np.ndarray = getattr(course, measure)
    return values


def _places(course: Course, measure: Measure) -> np.ndarray:
    """Where the numbers stand on the axis: what was measured, between the updates before and after it."""
    return course.update.astype(np.float32) if measure in RECORDED else course.measured_at.astype(np.float32) + 0.5


def _window(
    shown: Sequence[np.ndarray], measure: Measure, courses: Sequence[Course], baseline: float | None
) -> tuple[float, float]:
    """A range for all curves and for the lines that they are compared with."""
    lines = [[baseline]] if measure == "loss" and baseline else []
    lines += [[course.spec.max_norm] for course in courses if measure == "grad_norm" and course.spec.max_norm]
    return window([*shown, *(np.array(line, np.float32) for line in lines)], whole=False)


def _updates(steps: int, *, logarithmic: bool) -> dict[str, object]:
    if logarithmic:
        return style.log_axis("update", 0.45, steps * 1.1) | {"tickformat": "~r", "exponentformat": "none", "dtick": 1}
    return style.axis("update", range=[-0.02 * steps, 1.02 * steps], zeroline=False, tickformat="d")


def _draw(canvas: Canvas, course: Course, measure: Measure, row: int) -> None:
    arm, label = _arm(course.spec), arm_name(course.spec)
    look = Look(SIGNAL_COLORS[canvas.theme][arm], DASHES[arm], SHAPES[arm], 2.2, row)
    x, each = _places(course, measure), _values(course, measure)
    if not each.shape[1]:
        return
    begin = _bins(each.shape[1])
    if measure in COUNTED:
        _steps(canvas, x, each, label, look)
        return
    if len(each) > 1:
        edges = np.stack([np.minimum.reduceat(each.min(0), begin), np.maximum.reduceat(each.max(0), begin)])
        canvas.band(x[begin], edges, label, look)
    kept = _extremes(each[0], begin)
    canvas.curve(x[kept], each[0, kept], label, look, hover=f"{label}<br>update %{{x:.0f}}")


def _steps(canvas: Canvas, x: np.ndarray, each: np.ndarray, label: str, look: Look) -> None:
    """Counts, of every seed: the first as a line, the others as faint ones."""
    for run, counts in reversed(list(enumerate(each))):
        first = run == 0
        canvas.figure.add_trace(
            go.Scatter(
                x=x, y=counts, name=label, legendgroup=label, showlegend=first, opacity=1 if first else 0.35,
                mode="lines+markers" if first else "lines", meta=listed(wide=True, x="", y="") if first else "band",
                line={"color": look.color, "dash": look.dash, "width": look.width if first else 1.5},
                marker={"symbol": look.shape, "size": 8, "maxdisplayed": 14, "color": look.color},
                hovertemplate=f"{label}<br>after update %{{x:d}}: %{{y:.0f}} units<extra></extra>",
            )
        )  # fmt: skip


def _bins(count: int) -> np.ndarray:
    """Where bins of updates begin: one for each of the first, then wider ones."""
    few = max(1, -(-2 * (count - FIRST) // MOST))
    return np.concatenate([np.arange(min(count, FIRST)), np.arange(FIRST, count, few)])


def _extremes(values: np.ndarray, begin: np.ndarray) -> np.ndarray:
    """The places of the smallest and the largest of every bin, of those that are finite, and of one that is not."""
    order = np.arange(len(values))
    bins = np.searchsorted(begin, order, side="right") - 1
    held = inside(values)
    kept = []
    for fill, sign in ((np.inf, 1), (np.inf, -1), (0.0, -1)):
        key = np.where(held, sign * values.astype(np.float64), fill) if fill else np.where(held, 0.0, -1.0)
        ranked = np.lexsort((order, key, bins))
        kept.append(ranked[np.searchsorted(bins[ranked], np.arange(len(begin)))])
    kept[2] = kept[2][~held[kept[2]]]
    found: np.ndarray = np.unique(np.concatenate([*kept, [len(values) - 1]]))
    return found


def _levels(courses: Sequence[Course], measure: Measure, baseline: float | None) -> list[tuple[float, str, str]]:
    """What the curves are compared with: where, whose colour, and what it is."""
    if measure == "loss" and baseline is not None:
        return [(baseline, "y", f"Dotted: {baseline:.3g}, the best answer that remembers nothing.")]
    limits = [course.spec.max_norm for course in courses if course.spec.max_norm and measure == "grad_norm"]
    return [(limit, "clipped", f"Dotted: max_norm = {limit:g}; longer gradients are cut to it.") for limit in limits]


def _across(y: float, signal: str, theme: Theme) -> dict[str, object]:
    line = {"color": SIGNAL_COLORS[theme][signal], "width": 2, "dash": "dot"}
    return {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": y, "y1": y, "line": line}


def _down(mark: Mark, theme: Theme) -> dict[str, object]:
    line = {"color": GROUNDS[theme]["bad"], "dash": "dash", "width": 2}
    return {"type": "line", "yref": "paper", "y0": 0, "y1": 1, "x0": mark.update, "x1": mark.update, "line": line}


def _note(mark: Mark, steps: int, theme: Theme, *, logarithmic: bool) -> dict[str, object]:
    share = np.log(mark.update + 1) / np.log(steps + 1) if logarithmic else mark.update / steps
    return {
        "x": np.log10(mark.update) if logarithmic else mark.update,
        "xanchor": "left" if share < 0.5 else "right",
        "y": 1,
        "yref": "paper",
        "yanchor": "bottom",
        "text": mark.text,
        "showarrow": False,
        "font": {"color": GROUNDS[theme]["bad"], "size": 14},
    }


def _drawn_said(course: Course, measure: Measure) -> list[str]:
    seeds, said = course.spec.seeds, []
    if len(seeds) > 1:
        others = "faint: the others" if measure in COUNTED else "band: all"
        said.append(f"Line: seed {seeds[0]}; {others} of seeds {', '.join(map(str, seeds))}.")
    return said if measure in RECORDED else [*said, f"Measured every {course.spec.every} updates."]


def _end_said(course: Course, measure: Measure) -> str:
    values = _values(course, measure)
    if not values.shape[1]:
        return ""
    return f"{arm_name(course.spec)}: {style.digits(float(values[0, -1]))} at the end."
