"""How a network learns to judge reviews while one looks on: the loss of each batch, the accuracy after each epoch."""

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
import plotly.graph_objects as go

from rnnviz.figures import sheet, style
from rnnviz.figures.course_curves import HEIGHT
from rnnviz.figures.epochs import LOOKS
from rnnviz.figures.picture import Axis, Level, Line, Picture
from rnnviz.figures.table import listed
from rnnviz.palette import GROUNDS, SIGNAL_COLORS, Theme
from rnnviz.spec import ReviewSpec

ARMS: Final = {"batch": ("soft", "solid", "circle"), "held": ("accent", "solid", "diamond"), **LOOKS}
"""Ground colour, dash and shape of each line; the widget of live curves has the same."""

GUESS: Final = math.log(2)
"""The loss of an even chance for every review, in nats."""

_NONE: Final = np.zeros(0, np.float32)


def review_loss_picture(spec: ReviewSpec, losses: Sequence[float]) -> Picture:
    """What is to be drawn of the losses so far, in nats: one for each update.

    >>> from rnnviz import figures
    >>> from rnnviz.spec import ReviewSpec
    >>> picture = figures.review_loss_picture(ReviewSpec(epochs=1), [0.69, 0.68, 0.66])
    >>> figures.review_curve(picture).data[0].type
    'scatter'
    """
    y = np.array(losses, np.float32)
    highest = float(y[np.isfinite(y)].max(initial=1.0))
    said = [f"Dotted: {GUESS:.3f}, an even chance for every review."]
    if not np.isfinite(y).all():
        said.append("A gap, or ×: the loss is no finite number.")
    line = _line("batch", "each batch", np.arange(1, len(y) + 1) * spec.epochs / spec.steps, y)
    return Picture(
        f"Loss of each batch of {spec.batch_size} reviews", _epochs(spec),
        Axis("loss (nats)", 0.0, 1.05 * highest, log=False), (line,), (Level(GUESS, "y", said[0]),), tuple(said),
    )  # fmt: skip


def review_accuracy_picture(spec: ReviewSpec, ends: Sequence[tuple[float, float]], shipped: float) -> Picture:
    """What is to be drawn of the accuracies so far.

    ``ends`` are those at the end of each epoch, on what was learned from in it and on what is held back; ``shipped`` is
    that of the network that ships, on what is held back.

    >>> from rnnviz import figures
    >>> from rnnviz.spec import ReviewSpec
    >>> picture = figures.review_accuracy_picture(ReviewSpec(epochs=2), [(0.6, 0.58), (0.8, 0.7)], shipped=0.87)
    >>> figures.review_curve(picture).data[0].type
    'scatter'
    """
    training, validation = np.array(ends, np.float32).reshape(-1, 2).T
    x = np.arange(1, len(training) + 1)
    level = Level(shipped, "y", f"Dotted: {shipped:.1%} on validation, the one that ships.")
    low = min(0.45, float(validation.min(initial=0.45)) - 0.02)
    written = tuple((tenth / 10, f"{tenth:d}0%") for tenth in range(11) if tenth / 10 >= low)
    return Picture(
        "Accuracy at the end of each epoch", _epochs(spec), Axis("accuracy", low, 1.01, log=False, written=written),
        (_line("training", "training", x, training), _line("validation", "validation", x, validation)),
        (level,), (level.said,),
    )  # fmt: skip


def review_curve(drawn: Picture, *, said: Sequence[str] = (), theme: Theme = "light") -> go.Figure:
    """One of these pictures, or of ``lesson_curves``, of a training that is over.

    >>> from rnnviz import figures
    >>> from rnnviz.spec import ReviewSpec
    >>> figure = figures.review_curve(figures.review_loss_picture(ReviewSpec(epochs=1), [0.69, 0.68, 0.66]))
    >>> figure.data[0].type
    'scatter'
    """
    x, y = (_axis(axis) for axis in (drawn.x, drawn.y))
    figure = sheet.begin(drawn.title, x, y, theme, height=HEIGHT, uirevision="review")
    for line in drawn.lines:
        figure.add_trace(_curve(line, drawn, theme))
    for level in drawn.levels:
        color = SIGNAL_COLORS[theme][level.signal]
        ends = {"xref": "paper", "x0": 0, "x1": 1, "y0": level.at, "y1": level.at}
        figure.add_shape(type="line", line={"color": color, "width": 2, "dash": "dot"}, **ends)
    sheet.legend_below(figure, room=104, itemwidth=45)
    last = [f"{line.name}: {style.digits(float(line.y[-1]))} at the end." for line in drawn.lines if line.y.size]
    sentences = [*said, *drawn.said]
    return sheet.finish(
        sheet.small_titles(figure), sentences, theme, alt=" ".join([f"{drawn.title}.", *sentences, *last])
    )


def _epochs(spec: ReviewSpec) -> Axis:
    return Axis("epoch", 0.0, spec.epochs * 1.02, log=False)


def _axis(axis: Axis) -> dict[str, object]:
    ticks = {"tickvals": [at for at, _ in axis.written], "ticktext": [text for _, text in axis.written]}
    looks = ticks if axis.written else {"nticks": 8}
    return style.axis(axis.title, range=[axis.low, axis.high], zeroline=False, **looks)


def _line(arm: str, name: str, x: np.ndarray, y: np.ndarray) -> Line:
    return Line(arm, name, x.astype(np.float32), y, _NONE, _NONE[:, None].T)


def _curve(line: Line, drawn: Picture, theme: Theme) -> go.Scatter:
    ground, dash, shape = ARMS[line.arm]
    color, dense = GROUNDS[theme][ground], line.arm == "batch"
    number = "%{y:.2%}" if drawn.y.title == "accuracy" else "%{y:.4g}"
    return go.Scatter(
        x=line.x, y=line.y, name=line.name, mode="lines+markers", meta=listed(wide=True, x="", y=""), showlegend=True,
        line={"color": color, "dash": dash, "width": 1.5 if dense else 2.5},
        marker={"symbol": shape, "size": 5 if dense else 9, "color": color, "maxdisplayed": 14},
        hovertemplate=f"{drawn.x.title} %{{x:.5~g}}, {line.name}: {number}<extra></extra>",
    )  # fmt: skip
