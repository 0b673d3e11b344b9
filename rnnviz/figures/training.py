"""What networks in training have done, update by update: loss, gradients, weights, units and answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import plotly.graph_objects as go

from rnnviz.analysis import Course
from rnnviz.figures import sheet, style
from rnnviz.figures.cliff import DASHES, SHAPES
from rnnviz.figures.course_curves import HEIGHT, Measure, answers_picture, course_picture
from rnnviz.figures.curves import Canvas, Look, inside
from rnnviz.figures.picture import Axis, Level, Line, Picture
from rnnviz.figures.table import listed
from rnnviz.palette import GROUNDS, SIGNAL_COLORS, Theme

MARK_ROOM: Final = 22
"""Pixels above a picture for what is said of a mark."""


@dataclass(frozen=True)
class Mark:
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
    mark: Mark | None = None,
    baseline: float | None = None,
    logarithmic: bool = True,
    said: Sequence[str] = (),
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
    canvas = Canvas(figure, theme, drawn.y.low, drawn.y.high, drawn.y.log)
    for row, line in enumerate(drawn.lines):
        (_draw if drawn.joined else _mark)(canvas, line, row)
    shapes = [_across(level, theme) for level in drawn.levels]
    notes = []
    if mark is not None:
        shapes.append(_down(mark, theme))
        notes.append(_note(mark, courses[0].spec.steps, theme, logarithmic=logarithmic))
    figure.update_layout(shapes=shapes, annotations=notes)
    sentences = [*said, *drawn.said]
    ends = [f"{line.name}: {style.digits(float(line.y[-1]))} at the end." for line in drawn.lines if len(line.y)]
    alt = " ".join([f"{drawn.title}.", *sentences, *ends, mark.text if mark else ""])
    return sheet.finish(figure, sentences, theme, alt=alt, headroom=MARK_ROOM if mark else 0)


def training_answers(
    courses: Sequence[Course], wanted: np.ndarray, *, said: Sequence[str] = (), theme: Theme = "light"
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
    return sheet.finish(figure, [*said, *drawn.said], theme)


# --- Parts ---


def _begin(drawn: Picture, x: dict[str, object], theme: Theme) -> go.Figure:
    """A figure with its axes and its legend."""
    y = drawn.y
    height = style.log_axis(y.title, y.low, y.high) if y.log else style.axis(y.title, range=[y.low, y.high])
    figure = sheet.begin(drawn.title, x, height, theme, height=HEIGHT, uirevision="training")
    sheet.legend_below(figure, room=104, itemwidth=45)
    return sheet.small_titles(figure)


def _updates(axis: Axis) -> dict[str, object]:
    if axis.log:
        return style.log_axis(axis.title, axis.low, axis.high) | {
            "tickformat": "~r", "exponentformat": "none", "dtick": 1,
        }  # fmt: skip
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
        held = np.where(inside(each), each, np.nan) if canvas.log else each
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
        hovertemplate=f"{answers.name}<br>wanted %{{x:.3f}}, answer %{{y:.3f}}<extra></extra>",
    )  # fmt: skip


def _across(level: Level, theme: Theme) -> dict[str, object]:
    line = {"color": SIGNAL_COLORS[theme][level.signal], "width": 2, "dash": "dot"}
    return {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": level.at, "y1": level.at, "line": line}


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
