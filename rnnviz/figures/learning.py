"""How a network learns to classify reviews or to write a text, during the training and after it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import plotly.graph_objects as go

from rnnviz.figures import sheet, style
from rnnviz.figures.picture import Axis, Level, Line, Picture
from rnnviz.figures.table import listed
from rnnviz.figures.training import HEIGHT
from rnnviz.palette import GROUNDS, SIGNAL_COLORS, Theme
from rnnviz.spec import ReviewSpec

LOOKS: Final = {"training": ("soft", "dash", "circle-open"), "validation": ("accent", "solid", "circle")}
"""Ground colour, dash and shape of what is learned from and of what is held back."""

EARLIER: Final = {
    "earlier0": ("ink", "dot", "square-open"),
    "earlier1": ("ink", "dashdot", "triangle-up-open"),
    "earlier2": ("ink", "longdash", "diamond-open"),
}
"""The same of trainings before this one: as many as are compared with it."""

ARMS: Final = {"batch": ("soft", "solid", "circle"), "held": ("accent", "solid", "diamond"), **LOOKS, **EARLIER}
"""Ground colour, dash and shape of each line; the widget of live curves has the same."""

GUESS: Final = math.log(2)
"""The loss of an even chance for every review, in nats."""

_NONE: Final = np.zeros(0, np.float32)


@dataclass(frozen=True, eq=False)
class ReviewCourse:
    """A finished training on reviews, beside which another one is drawn.

    Attributes:
        losses: One for each update.
        ends: The accuracies on training and on validation reviews at the end of each epoch.

    >>> from rnnviz import figures
    >>> from rnnviz.spec import ReviewSpec
    >>> figures.ReviewCourse(ReviewSpec(epochs=1), [0.69, 0.66], [(0.61, 0.58)]).spec.epochs
    1
    """

    spec: ReviewSpec
    losses: Sequence[float]
    ends: Sequence[tuple[float, float]]


def review_loss_picture(spec: ReviewSpec, losses: Sequence[float], earlier: Sequence[ReviewCourse] = ()) -> Picture:
    """What is to be drawn of the losses so far, in nats: one for each update; of ``earlier`` the mean of each epoch.

    >>> from rnnviz import figures
    >>> from rnnviz.spec import ReviewSpec
    >>> picture = figures.review_loss_picture(ReviewSpec(epochs=1), [0.69, 0.68, 0.66])
    >>> figures.review_curve(picture).data[0].type
    'scatter'
    """
    y = np.array(losses, np.float32)
    before = [np.reshape(one.losses, (one.spec.epochs, -1)).mean(1) for one in earlier[-len(EARLIER) :]]
    known = np.concatenate([y, *before])
    highest = float(known[np.isfinite(known)].max(initial=1.0))
    said = [f"Dotted: {GUESS:.3f} nats, the loss of predicting 0.5 for every review."]
    if before:
        said.append("Earlier trainings: the mean loss of each epoch.")
    if not np.isfinite(y).all():
        said.append("A gap or × means that the loss is not finite.")
    line = _line("batch", "each batch", np.arange(1, len(y) + 1) * spec.epochs / spec.steps, y)
    return Picture(
        f"Loss of each batch of {spec.batch_size} reviews", _epochs(spec, earlier),
        Axis("loss (nats)", 0.0, 1.05 * highest, log=False), (line, *_earlier(spec, earlier, before)),
        (Level(GUESS, "y", said[0]),), tuple(said),
    )  # fmt: skip


def review_accuracy_picture(
    spec: ReviewSpec,
    ends: Sequence[tuple[float, float]],
    shipped: float,
    earlier: Sequence[ReviewCourse] = (),
) -> Picture:
    """What is to be drawn of the accuracies so far.

    ``ends`` are those at the end of each epoch, on what was learned from in it and on what is held back; ``shipped`` is
    that of the network that ships, on what is held back, as are those of ``earlier``.

    >>> from rnnviz import figures
    >>> from rnnviz.spec import ReviewSpec
    >>> picture = figures.review_accuracy_picture(ReviewSpec(epochs=2), [(0.6, 0.58), (0.8, 0.7)], shipped=0.87)
    >>> figures.review_curve(picture).data[0].type
    'scatter'
    """
    training, validation = np.array(ends, np.float32).reshape(-1, 2).T
    x = np.arange(1, len(training) + 1)
    ships = "the network that ships" + ", which learned from real reviews" * (spec.source == "synthetic")
    level = Level(shipped, "y", f"Dotted: {shipped:.1%} on validation reviews, {ships}.")
    before = [np.array(one.ends)[:, 1] for one in earlier[-len(EARLIER) :]]
    low = min(0.45, *(float(row.min(initial=0.45)) - 0.02 for row in (validation, *before)))
    written = tuple((tenth / 10, f"{tenth:d}0%") for tenth in range(11) if tenth / 10 >= low)
    return Picture(
        "Accuracy at the end of each epoch", _epochs(spec, earlier),
        Axis("accuracy", low, 1.01, log=False, written=written),
        (
            _line("training", "training", x, training), _line("validation", "validation", x, validation),
            *_earlier(spec, earlier, before),
        ),
        (level,), (level.said, *["Earlier trainings: on validation reviews."][: len(before)]),
    )  # fmt: skip


def review_curve(drawn: Picture, *, caption: Sequence[str] = (), theme: Theme = "light") -> go.Figure:
    """One of these pictures, or that of ``lesson_picture``, of a training that is over.

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
    sentences = [*caption, *drawn.said]
    return sheet.finish(
        sheet.small_titles(figure), sentences, theme, alt=" ".join([f"{drawn.title}.", *sentences, *last])
    )


def _epochs(spec: ReviewSpec, earlier: Sequence[ReviewCourse]) -> Axis:
    return Axis("epoch", 0.0, max([spec.epochs, *(one.spec.epochs for one in earlier)]) * 1.02, log=False)


def _earlier(spec: ReviewSpec, earlier: Sequence[ReviewCourse], rows: Sequence[np.ndarray]) -> tuple[Line, ...]:
    """A line for each of the last trainings before this one, by what is other in its settings."""
    return tuple(
        _line(arm, f"earlier: {_other(one.spec, spec)}", np.arange(1, len(row) + 1), row)
        for arm, one, row in zip(EARLIER, earlier[-len(EARLIER) :], rows, strict=False)
    )


def _other(one: ReviewSpec, than: ReviewSpec) -> str:
    """The settings of a training that are not those of another."""
    written = {
        "network": {"lecture-lstm": "LSTM", "lecture-bilstm": "BiLSTM"}.get(one.network, one.network),
        "reviews": f"{one.reviews:,} reviews",
        "epochs": f"{one.epochs} epochs",
        "rate": f"rate {one.rate:g}",
        "batch_size": f"batch {one.batch_size}",
        "words": f"{one.words} words",
        "seed": f"seed {one.seed}",
    }
    return ", ".join(said for name, said in written.items() if getattr(one, name) != getattr(than, name))


def _axis(axis: Axis) -> dict[str, object]:
    ticks = {"tickvals": [at for at, _ in axis.written], "ticktext": [text for _, text in axis.written]}
    looks = ticks if axis.written else {"nticks": 8}
    return style.axis(axis.title, range=[axis.low, axis.high], zeroline=False, **looks)


def _line(arm: str, name: str, x: Sequence[int] | np.ndarray, y: Sequence[float] | np.ndarray) -> Line:
    return Line(arm, name, np.asarray(x, np.float32), np.asarray(y, np.float32), _NONE, _NONE[:, None].T)


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


# --- On a text: bits per character, beside what counting comes to ---


def lesson_picture(
    updates: int,
    losses: tuple[Sequence[int], Sequence[float]],
    looks: tuple[Sequence[int], Sequence[float]],
    counted: float | None,
    symbols: int,
) -> Picture:
    """What is to be drawn of a training on a text so far.

    ``losses`` are after how many updates, and bits per character of what was read up to there; ``looks`` the same of
    the end of the text, which is held back. ``counted`` is bits per character of that end by the best n-grams, if
    known; ``symbols``, the size of the alphabet, is 0 where it is not known.

    >>> from rnnviz import figures
    >>> picture = figures.lesson_picture(100, ([50, 100], [3.1, 2.4]), ([50, 100], [3.2, 2.6]), 2.3, symbols=60)
    >>> figures.review_curve(picture).data[0].type
    'scatter'
    """
    lines = (
        _line("batch", "training text", *losses),
        _line("held", "held-out end of the text", *looks),
    )
    known = np.concatenate([line.y[np.isfinite(line.y)] for line in lines])
    most = max(float(known.max(initial=4.0)), math.log2(symbols) if symbols else 0.0)
    said, levels = [], []
    if counted is not None:
        said.append(f"Dotted: {counted:.2f} bits, the best n-gram model of the same text, on its held-out end.")
        levels.append(Level(counted, "y", said[0]))
    if not all(np.isfinite(line.y).all() for line in lines):
        said.append("A gap or × means that the loss is not finite.")
    return Picture(
        "Bits per character during training",
        Axis("updates", 0.0, updates * 1.02, log=False),
        Axis("bits per character", 0.0, 1.05 * most, log=False),
        lines,
        tuple(levels),
        tuple(said),
    )


# --- A finished training, epoch by epoch ---


CURVES: Final = (
    ("accuracy", "training", "accuracy", "y2"),
    ("validation_accuracy", "validation", "accuracy", "y2"),
    ("loss", "training", "loss", "y"),
    ("validation_loss", "validation", "loss", "y"),
)
"""Of each curve: its key in the history, whose it is, what it is, its axis."""


def epoch_curves(
    history: Sequence[Mapping[str, float]], *, caption: Sequence[str] = (), theme: Theme = "light"
) -> go.Figure:
    """Accuracy above and loss below, on what is learned from and on what is held back; a line where a phase ends.

    An entry has ``phase``, ``loss`` (nats), ``accuracy``, ``validation_loss``, ``validation_accuracy`` of an epoch.

    Raises:
        ValueError: If there is no epoch.

    >>> from rnnviz import figures
    >>> epoch = {"phase": "train", "loss": 0.6, "accuracy": 0.7, "validation_loss": 0.5, "validation_accuracy": 0.75}
    >>> figure = figures.epoch_curves([epoch, epoch | {"loss": 0.4, "accuracy": 0.8}])
    >>> figure.data[0].type
    'scatter'
    """
    if not history:
        raise ValueError("history must have at least one epoch; got none")
    count = len(history)
    figure = sheet.begin(
        "Training, epoch by epoch",
        style.axis("epoch", range=[0.7, count + 0.3], dtick=-(-count // 12), zeroline=False),
        style.axis("loss (nats)", domain=[0, 0.45], nticks=6, zeroline=False),
        theme,
        height=600,
        yaxis2=style.axis("accuracy", domain=[0.55, 1], tickformat=".0%", nticks=6, zeroline=False),
    )
    for key, whose, what, axis in CURVES:
        values = np.array([entry[key] for entry in history], np.float32)
        figure.add_trace(_epoch_curve(values, whose, what, axis, theme))
    for whose in LOOKS:
        looks = _looks(whose, theme)
        figure.add_trace(go.Scatter(x=[None], y=[None], name=whose, mode="lines+markers", hoverinfo="skip", **looks))
    ends = [k + 0.5 for k in range(1, count) if history[k]["phase"] != history[k - 1]["phase"]]
    line = {"color": GROUNDS[theme]["soft"], "width": 1.5, "dash": "dot"}
    for end in ends:
        figure.add_shape(type="line", x0=end, x1=end, y0=0, y1=1, yref="paper", line=line, layer="below")
    sheet.legend_below(figure, room=104, itemwidth=45)
    return sheet.finish(sheet.small_titles(figure), [*caption, *_told(history, bool(ends))], theme)


def _looks(whose: str, theme: Theme) -> dict[str, object]:
    ground, dash, shape = LOOKS[whose]
    color = GROUNDS[theme][ground]
    return {
        "line": {"color": color, "dash": dash, "width": 2.5},
        "marker": {"symbol": shape, "size": 9, "color": color},
    }


def _epoch_curve(values: np.ndarray, whose: str, what: str, axis: str, theme: Theme) -> go.Scatter:
    number = "%{y:.2%}" if what == "accuracy" else "%{y:.4f}"
    return go.Scatter(
        x=np.arange(1, len(values) + 1),
        y=values,
        yaxis=axis,
        name=f"{whose} {what}",
        mode="lines+markers",
        showlegend=False,
        meta=listed(wide=True, x="", y=""),
        hovertemplate=f"epoch %{{x}}, {whose} {what}: {number}<extra></extra>",
        **_looks(whose, theme),
    )


def _told(history: Sequence[Mapping[str, float]], phases: bool) -> list[str]:
    """The best epoch by what is held back, and what the lines mean."""
    held = [entry["validation_accuracy"] for entry in history]
    best = int(np.argmax(held))
    said = [f"Best on validation: {held[best]:.1%}, epoch {best + 1} of {len(history)}."]
    return [*said, "Dotted line: here the training changes its data or its targets."] if phases else said
