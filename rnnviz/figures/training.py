"""Networks in training, update by update: what is to be drawn of them, live or finished, and the figures of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
import plotly.graph_objects as go

from rnnviz.analysis import Course
from rnnviz.figures import sheet, style
from rnnviz.figures.cliff import DASHES, SHAPES
from rnnviz.figures.curves import (
    BEYOND,
    NO_NUMBER,
    Canvas,
    End,
    Look,
    edges_said,
    inside,
    window,
    with_room,
)
from rnnviz.figures.picture import Axis, Level, Line, Picture
from rnnviz.figures.table import listed
from rnnviz.palette import GROUNDS, SIGNAL_COLORS, Theme
from rnnviz.spec import TrainSpec

Measure = Literal["loss", "grad_norm", "update_norm", "singular_value", "dead", "saturated"]

TITLES: Final[dict[Measure, str]] = {
    "loss": "Loss of each batch",
    "grad_norm": "Gradient norm before clipping",
    "update_norm": "Size of each update",
    "singular_value": "Largest singular value of W<sub>hh</sub>",
    "dead": "Dead units",
    "saturated": "Saturated units",
}
AXES: Final[dict[Measure, str]] = {
    "loss": "loss of each batch",
    "grad_norm": "‖g‖ (loss per unit of weight)",
    "update_norm": "‖Δθ‖ (units of weight)",
    "singular_value": "σ<sub>1</sub>(W<sub>hh</sub>)",
    "dead": "units that are 0 throughout",
    "saturated": "units beyond ±0.9",
}
RECORDED: Final = ("loss", "grad_norm", "update_norm")
COUNTED: Final = ("dead", "saturated")

HEIGHT: Final = 500
"""Pixels of a picture with its title, its caption and its legend."""

HALF: Final = 310
"""Pixels of a picture's width where two stand side by side."""

FIRST: Final = 64
"""So many first updates are all drawn, since a logarithmic axis spreads them."""

MOST: Final = 400
"""Points of a curve after the first; of what lies between two, the largest and the smallest are kept."""


def course_picture(
    courses: Sequence[Course], measure: Measure, *, beside: Sequence[Course] = (), baseline: float | None = None,
    logarithmic: bool = True,
) -> Picture:  # fmt: skip
    """What is to be drawn of one quantity; ``logarithmic`` says whether the axis of updates is."""
    steps = courses[0].spec.steps
    # 0.45, since what was measured before any update stands at 0.5, and a logarithmic axis has no 0.
    low, high = (0.45, steps * 1.1) if logarithmic else (-0.02 * steps, 1.02 * steps)
    high = _with_names(low, high, [_short(arm_name(course.spec)) for course in courses], measure, log=logarithmic)
    lines, levels = tuple(_line(course, measure) for course in courses), _levels(courses, measure, baseline)
    edges = _edges_said(lines, counted=measure in COUNTED)
    is_titled = measure == "loss" and not beside and _has_ended(courses)
    return Picture(
        title=f"{TITLES[measure]}: {arm_name(courses[0].spec)}" if beside else _title(courses, measure),
        x=Axis("update", low, high, logarithmic, _powers(steps) if logarithmic else ()),
        y=_height((*courses, *beside), measure, baseline),
        lines=lines, levels=levels,
        said=(*(level.said for level in levels), *_drawn_said(courses[0], measure, is_titled=is_titled), *edges),
        joined=measure in RECORDED,
    )  # fmt: skip


def answers_picture(courses: Sequence[Course], wanted: np.ndarray) -> Picture:
    """The answer, one number, of each arm's first seed to held-out sequences, against ``wanted`` of shape (example,).

    Each is a single point. Answers that are not finite, or beyond the picture, are NaN, and told.
    """
    low, high = float(wanted.min(initial=0.0)) - 0.1, float(wanted.max(initial=2.0)) + 0.1
    bottom, top = low - 0.4, high + 0.4
    none = np.zeros(0, np.float32)
    lines, said = [], [f"{len(wanted)} sequences, seed {courses[0].spec.seeds[0]}. Dotted: output = target."]
    for course in courses:
        name = arm_name(course.spec)
        answers = course.answers[0, :, 0] if course.answers.size else none
        with np.errstate(invalid="ignore"):
            within = (answers >= bottom) & (answers <= top)
        if not within.all():
            beyond = ", ".join(style.digits(float(value)) for value in np.unique(answers[~within])[:3])
            said.append(f"{name}: {int((~within).sum())} of {len(answers)} beyond the picture: {beyond}.")
        shown = np.where(within, answers, np.nan).astype(np.float32)
        lines.append(
            Line(arm(course.spec), name, wanted[: len(answers)].astype(np.float32), shown, none, none[None, :])
        )
    return Picture(
        "Outputs for held-out sequences", Axis("target", low, high, log=False),
        Axis("output of the network", bottom, top, log=False), tuple(lines), said=tuple(said),
    )  # fmt: skip


def arm(spec: TrainSpec) -> str:
    """The arm whose colour and dash a training has: ``unclipped`` or ``clipped``."""
    return "unclipped" if spec.max_norm is None and spec.max_value is None else "clipped"


def arm_name(spec: TrainSpec) -> str:
    """What an arm is called: ``unclipped``, ``clipped, max_norm 1``, ``clipped, values to ±0.1``."""
    parts = [f"max_norm {spec.max_norm:g}"] if spec.max_norm is not None else []
    parts += [f"values to ±{spec.max_value:g}"] if spec.max_value is not None else []
    return ", ".join([arm(spec), *parts])


def _title(courses: Sequence[Course], measure: Measure) -> str:
    """What a quantity is; of the loss, what the arms have come to, once they have ended."""
    if measure != "loss" or not _has_ended(courses):
        return TITLES[measure]
    ends = [f"{_number(float(course.score[0, -1]))} {arm(course.spec)}" for course in reversed(courses)]
    return f"Held-out loss: {', '.join(ends)}"


def _has_ended(courses: Sequence[Course]) -> bool:
    return all(course.score.size and course.update[-1] >= course.spec.steps for course in courses)


def _number(score: float) -> str:
    return style.digits(score, 2) if np.isfinite(score) else "not finite"


def _height(courses: Sequence[Course], measure: Measure, baseline: float | None) -> Axis:
    """The axis of a quantity, for all arms."""
    if measure in COUNTED:
        width = max(course.spec.model.hidden_size * course.spec.model.num_layers for course in courses)
        return Axis(AXES[measure], -0.04 * width, 1.06 * width, log=False)
    compared = [np.array([level.at], np.float32) for level in _levels(courses, measure, baseline)]
    low, high = window([*(getattr(course, measure) for course in courses), *compared], whole=False, most=BEYOND)
    return Axis(AXES[measure], low, high, log=True, most=BEYOND)


def _line(course: Course, measure: Measure) -> Line:
    each: np.ndarray = getattr(course, measure)
    # What was measured stands between the updates before and after it.
    x = (course.update if measure in RECORDED else course.measured_at + 0.5).astype(np.float32)
    name, of = arm_name(course.spec), arm(course.spec)
    if measure not in RECORDED or not each.shape[1]:
        return Line(of, name, x, each[0], x, each[1:])
    begin = _bins(each.shape[1])
    kept = _extremes(each[0], begin)
    if len(each) == 1:
        return Line(of, name, x[kept], each[0, kept], x[:0], each[:0, :0])
    # The line is of the first seed, the band from the smallest to the largest of all seeds in each bin.
    band = np.stack([np.minimum.reduceat(each.min(0), begin), np.maximum.reduceat(each.max(0), begin)])
    return Line(of, name, x[kept], each[0, kept], x[begin], band)


def _levels(courses: Sequence[Course], measure: Measure, baseline: float | None) -> tuple[Level, ...]:
    if measure == "loss" and baseline is not None:
        return (Level(baseline, "y", f"Dotted: {baseline:.3g}, the best loss without memory."),)
    limits = [course.spec.max_norm for course in courses if course.spec.max_norm and measure == "grad_norm"]
    return tuple(Level(at, "clipped", f"Dotted: max_norm = {at:g}; longer gradients are clipped.") for at in limits)


def _bins(count: int) -> np.ndarray:
    """Where bins of updates begin: one for each of the first, then wider ones."""
    few = max(1, -(-2 * (count - FIRST) // MOST))  # rounded up; a bin keeps two points, its smallest and its largest
    return np.concatenate([np.arange(min(count, FIRST)), np.arange(FIRST, count, few)])


def _extremes(values: np.ndarray, begin: np.ndarray) -> np.ndarray:
    """The places of the smallest and the largest of every bin, of those that are finite, and of one that is not."""
    order = np.arange(len(values))
    bins = np.searchsorted(begin, order, side="right") - 1
    held = inside(values)
    sizes = np.where(held, values, np.inf).astype(np.float64)
    kept = [order[-1:]]  # the last update always, since the curve ends there
    for key in (sizes, np.where(held, -sizes, np.inf), np.where(held, 1.0, 0.0)):
        ranked = np.lexsort((order, key, bins))  # by bin, then by key, then as they stand: the last key leads
        kept.append(ranked[np.searchsorted(bins[ranked], np.arange(len(begin)))])  # the first of each bin
    kept[3] = kept[3][~held[kept[3]]]  # the third key is for 0, infinity and NaN; most bins have none
    found: np.ndarray = np.unique(np.concatenate(kept))
    return found


def _edges_said(lines: Sequence[Line], *, counted: bool) -> list[str]:
    """What the marks at the edges mean; a count of 0 is none of them."""
    if not counted:
        return edges_said((line.y for line in lines), BEYOND)
    return [f"{NO_NUMBER}."] if any(np.isnan(line.y).any() for line in lines) else []


def _drawn_said(course: Course, measure: Measure, *, is_titled: bool = False) -> list[str]:
    """Which seeds lines, and a title with a number, are of, and how many updates stand at one point."""
    seeds, said = course.spec.seeds, []
    if len(seeds) > 1:
        first, others = ("Line", "band: all") if measure in RECORDED else ("Large", "small: the others")
        first = "Title and line" if is_titled else first
        said.append(f"{first}: seed {seeds[0]}; {others} of seeds {', '.join(map(str, seeds))}.")
    if measure == "saturated":
        said.append("Saturated: beyond ±0.9 at nine of ten steps.")
    if measure not in RECORDED:
        first = "; the first mark: before any" if 0 in course.measured_at[:1] else ""
        return [*said, f"Measured every {course.spec.every} updates{first}."]
    stride = int(np.diff(course.update).max(initial=1))
    return [*said, f"Each point: the largest of {stride} updates."] if stride > 1 else said


# --- Figures ---


MARK_ROOM: Final = 22
"""Pixels above a picture for what is said of a mark."""


@dataclass(frozen=True)
class TrainingMark:
    """An update to be marked, counted from 1, and the text that stands beside its line.

    >>> from rnnviz import figures
    >>> figures.TrainingMark(2, "the loss is 384").update
    2
    """

    update: int
    text: str


def training_curve(
    courses: Sequence[Course],
    measure: Measure,
    *,
    beside: Sequence[Course] = (),
    mark: TrainingMark | None = None,
    baseline: float | None = None,
    logarithmic: bool = True,
    caption: Sequence[str] = (),
    theme: Theme = "light",
) -> go.Figure:
    """One quantity over the updates, the first seed of an arm as a line in a band of all.

    What float32 cannot hold stands as marks at the edges. ``baseline`` is drawn where the loss is. ``logarithmic`` says
    whether the axis of updates is; counts of units never are.

    >>> from rnnviz import analysis, clipping, figures
    >>> courses = [analysis.course(history) for history in clipping.shipped_pair()]
    >>> figure = figures.training_curve(courses, "grad_norm")
    >>> figure.layout.yaxis.type
    'log'
    """
    drawn = course_picture(courses, measure, beside=beside, baseline=baseline, logarithmic=logarithmic)
    figure = _begin(drawn, _updates(drawn.x), theme)
    canvas = Canvas(figure, theme, drawn.y.low, drawn.y.high, drawn.y.log, drawn.y.most)
    for row, line in enumerate(drawn.lines):
        (_draw if drawn.joined else _mark)(canvas, line, row)
    shapes = [_across(level, drawn.x.low, courses[0].spec.steps, theme) for level in drawn.levels]
    notes = []
    if mark is not None:
        shapes.append(_down(mark, theme))
        notes.append(_note(mark, courses[0].spec.steps, theme, logarithmic=logarithmic))
    figure.update_layout(shapes=shapes, annotations=notes)
    sentences = [*caption, *drawn.said]
    if len(drawn.lines) > 1 and drawn.joined:
        names = [
            End(float(line.x[-1]), float(line.y[-1]), _short(line.name), SIGNAL_COLORS[theme][line.arm], row)
            for row, line in enumerate(drawn.lines)
            if len(line.x)
        ]
        canvas.ends(names, log_x=logarithmic)
    ends = [f"{line.name}: {style.digits(float(line.y[-1]))} at the end." for line in drawn.lines if len(line.y)]
    alt = " ".join([f"{drawn.title}.", *sentences, *ends, mark.text if mark else ""])
    return sheet.finish(figure, sentences, theme, alt=alt, headroom=MARK_ROOM if mark else 0)


def training_answers(
    courses: Sequence[Course], wanted: np.ndarray, *, caption: Sequence[str] = (), theme: Theme = "light"
) -> go.Figure:
    """What the first seed's network of every arm answers to held-out sequences, against ``wanted`` of shape (example,).

    Each answer is one number. Those that are not finite, or beyond the picture, are told in the caption.

    >>> import numpy as np
    >>> from rnnviz import analysis, clipping, figures
    >>> courses = [analysis.course(history) for history in clipping.shipped_pair()]
    >>> wanted = np.linspace(0, 2, courses[0].answers.shape[1])
    >>> figure = figures.training_answers(courses, wanted)
    >>> figure.data[0].type
    'scatter'
    """
    drawn = answers_picture(courses, wanted)
    figure = _begin(drawn, style.axis(drawn.x.title, range=[drawn.x.low, drawn.x.high]), theme)
    line = {"color": GROUNDS[theme]["soft"], "width": 1.5, "dash": "dot"}
    ends = {"x0": drawn.x.low, "y0": drawn.x.low, "x1": drawn.x.high, "y1": drawn.x.high}
    figure.add_shape(type="line", line=line, layer="below", **ends)
    for answers in drawn.lines:
        figure.add_trace(_points(answers, theme))
    return sheet.finish(figure, [*caption, *drawn.said], theme)


def _begin(drawn: Picture, x: dict[str, object], theme: Theme) -> go.Figure:
    """A figure with its axes and its legend."""
    y = drawn.y
    height = style.log_axis(y.title, y.low, y.high) if y.log else style.axis(y.title, range=[y.low, y.high])
    figure = sheet.begin(drawn.title, x, height, theme, height=HEIGHT, uirevision="training")
    sheet.legend_below(figure, room=104, itemwidth=45)
    return sheet.small_titles(figure)


def _short(name: str) -> str:
    """The name of an arm, short enough for its end in a picture of half a window's width."""
    return name.split(",", maxsplit=1)[0]


def _with_names(low: float, high: float, names: Sequence[str], measure: Measure, *, log: bool) -> float:
    """The end of the axis of updates, with room for the names of the arms where lines are drawn."""
    if measure not in RECORDED:
        return high
    ends = np.log10([low, high]) if log else np.array([low, high])
    _, end = with_room(float(ends[0]), float(ends[1]), names, width=HALF)
    return float(10**end) if log else end


def _powers(steps: int) -> tuple[tuple[float, str], ...]:
    """The powers of ten among the updates; in the room beside them, which is for names, is none."""
    return tuple((10.0**power, f"{10**power}") for power in range(len(f"{steps}")))


def _updates(axis: Axis) -> dict[str, object]:
    if axis.log:
        values, texts = zip(*axis.written, strict=True)
        return style.log_axis(axis.title, axis.low, axis.high) | {
            "tickmode": "array",
            "tickvals": values,
            "ticktext": texts,
        }
    return style.axis(axis.title, range=[axis.low, axis.high], zeroline=False, tickformat="d")


def _look(canvas: Canvas, line: Line, row: int) -> Look:
    return Look(SIGNAL_COLORS[canvas.theme][line.arm], DASHES[line.arm], SHAPES[line.arm], 2.2, row)


def _draw(canvas: Canvas, line: Line, row: int) -> None:
    """The first seed as a line in a band of all."""
    look = _look(canvas, line, row)
    if not len(line.x):
        return
    if len(line.band):
        canvas.band(line.band_x, line.band, line.name, look)
    canvas.curve(line.x, line.y, line.name, look, hover=f"{line.name}<br>update %{{x:.0f}}")


def _mark(canvas: Canvas, line: Line, row: int) -> None:
    """What was measured of every seed, a mark each: what lies between two measurements is not known."""
    if not len(line.x):
        return
    look = _look(canvas, line, row)
    marker = {"symbol": look.shape, "color": look.color}
    small = {"opacity": 0.45, "showlegend": False, "meta": "band", "marker": {**marker, "size": 5}}
    large = {
        "meta": listed(wide=True, x="", y=""),
        "marker": {**marker, "size": 8, "line": {"width": 1.6, "color": look.color}},
    }
    hover = f"{line.name}<br>after update %{{x:d}}"
    drawn: list[tuple[np.ndarray, dict[str, Any]]] = [*((other, small) for other in line.band), (line.y, large)]
    for each, looks in drawn:
        held = np.where(inside(each, canvas.most), each, np.nan) if canvas.log else each
        canvas.figure.add_trace(
            go.Scatter(
                x=line.x, y=held, mode="markers", name=line.name, legendgroup=line.name,
                hovertemplate=f"{hover}: %{{y:.4~g}}<extra></extra>", **looks,
            )
        )  # fmt: skip
    canvas.edges(line.x, line.y, line.name, look, hover=hover)


def _points(answers: Line, theme: Theme) -> go.Scatter:
    color = SIGNAL_COLORS[theme][answers.arm]
    return go.Scatter(
        x=answers.x, y=answers.y, mode="markers", name=answers.name, meta=listed(x="", y=""),
        marker={"symbol": SHAPES[answers.arm], "size": 12, "color": color, "line": {"width": 2.5, "color": color}},
        hovertemplate=f"{answers.name}<br>target %{{x:.3f}}, output %{{y:.3f}}<extra></extra>",
    )  # fmt: skip


def _across(level: Level, begin: float, end: float, theme: Theme) -> dict[str, object]:
    """A line that ends with the updates, so that it strikes no name through."""
    line = {"color": SIGNAL_COLORS[theme][level.signal], "width": 2, "dash": "dot"}
    return {"type": "line", "x0": begin, "x1": end, "y0": level.at, "y1": level.at, "line": line}


def _down(mark: TrainingMark, theme: Theme) -> dict[str, object]:
    line = {"color": GROUNDS[theme]["bad"], "dash": "dash", "width": 2}
    return {"type": "line", "yref": "paper", "y0": 0, "y1": 1, "x0": mark.update, "x1": mark.update, "line": line}


def _note(mark: TrainingMark, steps: int, theme: Theme, *, logarithmic: bool) -> dict[str, object]:
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
