"""Networks that read and write characters: how they learned, and what a temperature does to what they write."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import plotly.graph_objects as go

from rnnviz.figures import sheet, style
from rnnviz.figures.gradients import CELL_SHAPES
from rnnviz.figures.table import listed
from rnnviz.names import CELL_LABELS, Cell
from rnnviz.palette import GROUNDS, Theme, network_color

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
    caption: Sequence[str] = (),
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
        "Learning to predict the next character",
        style.axis("updates", range=[0, 1.02 * last], zeroline=False, tickformat=",d"),
        style.log_axis("bits per character, log scale", low, high),
        theme,
        height=560,
    )
    for course in courses:
        figure.add_traces(_curves(course, theme))
    sentences = [*caption, "Solid: a stretch of the validation text. Dotted: training text."]
    if baseline is not None:
        name, bits = baseline
        figure.add_hline(y=bits, line={"color": GROUNDS[theme]["soft"], "dash": "dash", "width": 2.5})
        sentences.append(f"Dashed line: {name}, {bits:.2f} bits on the validation text.")
    for k, (update, text) in enumerate(marked):
        _mark(figure, update, text, "left" if k else "right", theme)
    ends = [f"{CELL_LABELS[each.cell]} ends at {each.validation[-1]:.2f} bits on that stretch." for each in courses]
    alt = " ".join([f"{figure.layout.title.text}.", *sentences, *ends])
    sheet.legend_below(figure, room=112, itemwidth=45)
    return sheet.finish(sheet.small_titles(figure), sentences, theme, alt=alt, headroom=22 if marked else 0)


def _span(courses: Sequence[CharacterCourse], baseline: tuple[str, float] | None) -> tuple[float, float]:
    """The least and the most that the axis must hold, with some room."""
    known = np.concatenate([np.concatenate([course.train, course.validation]) for course in courses])
    low = float(known.min()) if baseline is None else min(float(known.min()), baseline[1])
    return 0.94 * low, 1.06 * float(known.max())


def _curves(course: CharacterCourse, theme: Theme) -> list[go.Scatter]:
    color = network_color(theme, course.cell)
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


# --- Temperatures ---


ROW: Final = 132
"""Pixels of the picture of one temperature."""

FEW: Final = 6
"""Bars up to which their numbers are as large as all else."""

APART: Final = 0.1
"""Share of the largest entropy that two points must be apart in height for a label each."""

GAP: Final = 0.3
"""Share of a picture's height that its title takes above it."""


def temperature_bars(
    labels: Sequence[str],
    probabilities: np.ndarray,
    temperatures: Sequence[float],
    *,
    entropies: np.ndarray,
    title: str,
    decimals: int = 2,
    caption: Sequence[str] = (),
    theme: Theme = "light",
) -> go.Figure:
    """The same logits as probabilities at several temperatures, a picture of bars each, one under the other.

    Args:
        labels: What the columns stand for, each once.
        probabilities: Of shape (temperature, label).
        entropies: Of shape (temperature,). Of each whole distribution, in bits.
        decimals: Of the numbers on the bars.

    >>> import numpy as np
    >>> from rnnviz import figures
    >>> temperatures = np.array([0.5, 1.0, 2.0])
    >>> logits = np.array([1.0, 1.0, 3.0]) / temperatures[:, None]
    >>> p = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)  # (temperature, symbol)
    >>> entropies = -(p * np.log2(p)).sum(1)
    >>> figure = figures.temperature_bars(["a", "b", "c"], p, temperatures, entropies=entropies, title="Temperature")
    >>> figure.data[0].type
    'bar'
    """
    count = len(temperatures)
    names = [style.label(label) for label in labels]
    figure = sheet.begin(
        title,
        style.axis("next character", type="category", showgrid=False, anchor=_axis(count - 1), tickangle=0),
        {},
        theme,
        height=200 + ROW * count + 19 * len(caption),
        showlegend=False,
        bargap=0.25,
    )
    for k, (temperature, found, bits) in enumerate(zip(temperatures, probabilities, entropies, strict=True)):
        _row(figure, k, count)
        figure.add_trace(_bars(names, found, temperature, _axis(k), decimals=decimals, theme=theme))
        figure.add_annotation(
            x=0, xref="paper", xanchor="left", y=1.0, yref=f"{_axis(k)} domain", yanchor="bottom", yshift=6,
            text=f"<b>T = {temperature:g}</b> · entropy {bits:.2f} bits", showarrow=False, font={"size": 16},
        )  # fmt: skip
    told = [_told(labels, *row) for row in zip(temperatures, probabilities, entropies, strict=True)]
    alt = " ".join([f"{title}.", *caption, *told])
    return sheet.finish(sheet.small_titles(figure), caption, theme, alt=alt, headroom=24)


def entropy_curve(
    temperatures: np.ndarray,
    entropies: np.ndarray,
    chosen: Sequence[tuple[float, float]],
    symbols: int,
    *,
    caption: Sequence[str] = (),
    theme: Theme = "light",
) -> go.Figure:
    """How unsure a distribution of so many ``symbols`` is at every temperature; it nears log2 of their number.

    Temperatures and entropies, in bits, are of shape (place,). ``chosen`` is temperature and entropy of points to mark.

    >>> import numpy as np
    >>> from rnnviz import figures
    >>> temperatures = np.linspace(0.1, 2, 20)
    >>> figure = figures.entropy_curve(temperatures, 1.5 * np.tanh(temperatures), [(1.0, 1.14)], symbols=3)
    >>> figure.data[0].type
    'scatter'
    """
    ground, most = GROUNDS[theme], float(np.log2(symbols))
    figure = sheet.begin(
        "A higher temperature gives a higher entropy",
        style.axis("temperature T", range=[0, float(temperatures[-1]) * 1.02], zeroline=False),
        style.axis("entropy (bits)", range=[-0.12 * most, 1.08 * most], zeroline=False),
        theme,
        height=460,
        showlegend=False,
    )
    figure.add_trace(
        go.Scatter(
            x=temperatures.astype(np.float32), y=entropies.astype(np.float32), mode="lines", name="entropy",
            line={"color": ground["accent"], "width": 3}, meta=listed(x="", y=""),
            hovertemplate="T = %{x:.2f}: %{y:.3f} bits<extra></extra>",
        )
    )  # fmt: skip
    marker = {"size": 12, "color": ground["ink"], "line": {"color": ground["background"], "width": 2}}
    figure.add_trace(
        go.Scatter(
            x=[temperature for temperature, _ in chosen], y=[bits for _, bits in chosen], mode="markers+text",
            text=_points(chosen, APART * most), textposition="bottom right",
            marker=marker, cliponaxis=False, hoverinfo="skip", name="chosen",
        )
    )  # fmt: skip
    figure.add_hline(y=most, line={"color": ground["soft"], "dash": "dot", "width": 2})
    dotted = f"Dotted: log<sub>2</sub> {symbols} = {most:.2f} bits, all {symbols} characters equally likely."
    return sheet.finish(sheet.small_titles(figure), [*caption, dotted], theme)


def _points(chosen: Sequence[tuple[float, float]], apart: float) -> list[str]:
    """The labels of points on the curve; where some are as good as level, one at the last of them is for all."""
    labels, level = [], []
    nexts = [*(bits for _, bits in chosen[1:]), np.inf]
    for (temperature, bits), after in zip(chosen, nexts, strict=True):
        level.append(f"T = {temperature:g}: {bits:.2f}")
        is_last = abs(after - bits) >= apart
        labels.append(" · ".join(level) if is_last else "")
        level = [] if is_last else level
    return labels


def _axis(k: int) -> str:
    return "y" if k == 0 else f"y{k + 1}"


def _row(figure: go.Figure, k: int, count: int) -> None:
    """The axis of a picture, the first on top."""
    low, high = 1 - (k + 1) / count, 1 - (k + GAP) / count
    title = "probability" if k == count // 2 else ""
    options = {"range": [0, 1.18], "tickvals": [0, 0.5, 1], "domain": [low, high], "zeroline": False}
    figure.update_layout({f"yaxis{k + 1 if k else ''}": style.axis(title, **options)})


def _bars(
    names: Sequence[str], found: np.ndarray, temperature: float, axis: str, *, decimals: int, theme: Theme
) -> go.Bar:
    return go.Bar(
        x=names, y=found.astype(np.float32), yaxis=axis, name=f"T = {temperature:g}",
        marker={"color": GROUNDS[theme]["accent"]},
        text=[_short(value, decimals) for value in found], textposition="outside",
        cliponaxis=False, textangle=0, textfont={"size": 16 if len(names) <= FEW else 13},
        hovertemplate=f"T = {temperature:g}: P(%{{x}}) = %{{y:.4f}}<extra></extra>",
        meta=listed(wide=True, x="", y=""),
    )  # fmt: skip


def _short(value: float, decimals: int) -> str:
    """A probability without its leading zero, so that twelve fit a narrow window; only zero is written as zero."""
    least = 10.0**-decimals
    sign, shown = ("&lt;", least) if 0 < value < least / 2 else ("", value)
    return sign + f"{shown:.{decimals}f}".removeprefix("0")


def _told(labels: Sequence[str], temperature: float, found: np.ndarray, bits: float) -> str:
    """A distribution in words: its likeliest, and how sure it is."""
    best = int(np.argmax(found))
    return f"At T = {temperature:g} the most likely is {labels[best]!r} with {found[best]:.4f}; {bits:.2f} bits."
