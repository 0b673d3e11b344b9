"""How networks that read characters learned, beside what n-grams of the same text come to."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import plotly.graph_objects as go

from rnnviz.figures import sheet, style
from rnnviz.figures.gradients import CELL_SHAPES, CELL_SIGNALS
from rnnviz.figures.table import listed
from rnnviz.names import CELL_LABELS, Cell
from rnnviz.palette import GROUNDS, SIGNAL_COLORS, Theme

MARKS: Final = 14
"""Shapes along a curve, at most."""


@dataclass(frozen=True, eq=False)
class CharacterCourse:
    """How one network learned; all three arrays are of shape (look,).

    ``updates`` is how many there had been at each look. ``train`` and ``validation`` are bits per character of what was
    read since the look before, and of held-out text.

    >>> import numpy as np
    >>> from rnnviz import figures
    >>> course = figures.CharacterCourse("lstm", np.array([200, 400]), np.array([3.1, 2.4]), np.array([3.2, 2.6]))
    >>> course.cell
    'lstm'
    """

    cell: Cell
    updates: np.ndarray
    train: np.ndarray
    validation: np.ndarray


def character_curves(
    courses: Sequence[CharacterCourse],
    baseline: tuple[str, float] | None,
    *,
    marked: Sequence[tuple[int, str]] = (),
    said: Sequence[str] = (),
    theme: Theme = "light",
) -> go.Figure:
    """Bits per character over the updates, on what is learned from and on held-out text; at least one course.

    ``baseline``: a name and its bits per character on held-out text; ``marked``: updates with a line, and its text.

    >>> import numpy as np
    >>> from rnnviz import figures
    >>> course = figures.CharacterCourse("lstm", np.array([200, 400]), np.array([3.1, 2.4]), np.array([3.2, 2.6]))
    >>> figure = figures.character_curves([course], ("5-grams", 2.3))
    >>> figure.data[0].type
    'scatter'
    """
    last = max(int(course.updates[-1]) for course in courses)
    low, high = _span(courses, baseline)
    figure = sheet.begin(
        "Learning to expect the next character",
        style.axis("updates", range=[0, 1.02 * last], zeroline=False, tickformat=",d"),
        style.log_axis("bits per character, log scale", low, high),
        theme,
        height=560,
    )
    for course in courses:
        figure.add_traces(_curves(course, theme))
    sentences = [*said, "Solid: validation text; dotted: what was learned from."]
    if baseline is not None:
        name, bits = baseline
        figure.add_hline(y=bits, line={"color": GROUNDS[theme]["soft"], "dash": "dash", "width": 2.5})
        sentences.append(f"Dashed, across: {name}, {bits:.2f} bits on the validation text.")
    for k, (update, text) in enumerate(marked):
        _mark(figure, update, text, "left" if k else "right", theme)
    ends = [f"{CELL_LABELS[each.cell]} ends at {each.validation[-1]:.2f} bits on held-out text." for each in courses]
    alt = " ".join([f"{figure.layout.title.text}.", *sentences, *ends])
    sheet.legend_below(figure, room=112, itemwidth=45)
    return sheet.finish(sheet.small_titles(figure), sentences, theme, alt=alt, headroom=22 if marked else 0)


def _span(courses: Sequence[CharacterCourse], baseline: tuple[str, float] | None) -> tuple[float, float]:
    """The least and the most that the axis must hold, with some room."""
    known = np.concatenate([np.concatenate([course.train, course.validation]) for course in courses])
    low = float(known.min()) if baseline is None else min(float(known.min()), baseline[1])
    return 0.94 * low, 1.06 * float(known.max())


def _curves(course: CharacterCourse, theme: Theme) -> list[go.Scatter]:
    color = SIGNAL_COLORS[theme][CELL_SIGNALS[course.cell]]
    label = CELL_LABELS[course.cell]
    looks = {
        "held-out": (course.validation, "solid", 3, CELL_SHAPES[course.cell]),
        "training": (course.train, "dot", 1.8, f"{CELL_SHAPES[course.cell]}-open"),
    }
    return [
        go.Scatter(
            x=course.updates, y=values.astype(np.float32), name=f"{label}, {what}", mode="lines+markers",
            line={"color": color, "dash": dash, "width": width},
            marker={"symbol": shape, "size": 8, "color": color, "maxdisplayed": MARKS},
            hovertemplate=f"{label}, {what}, after %{{x:,}} updates: %{{y:.3f}} bits<extra></extra>",
            meta=listed(wide=True, x="", y=""),
        )
        for what, (values, dash, width, shape) in looks.items()
    ]  # fmt: skip


def _mark(figure: go.Figure, update: int, text: str, anchor: str, theme: Theme) -> None:
    """A line down with its name: the first name ends at its line, so that a second one near it has room."""
    soft = GROUNDS[theme]["soft"]
    figure.add_shape(
        type="line", x0=update, x1=update, y0=0, y1=1, yref="paper", line={"color": soft, "width": 1.5}, layer="below"
    )
    figure.add_annotation(
        x=update, y=1, yref="paper", yanchor="bottom", xanchor=anchor, text=text,
        showarrow=False, font={"size": 14, "color": soft},
    )  # fmt: skip
