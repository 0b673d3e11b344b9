"""Words and units in one picture, each beside those that are like it."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import plotly.graph_objects as go

from rnnviz.analysis import unit_order
from rnnviz.figures import sheet, style, thinning
from rnnviz.figures.panel import Panel
from rnnviz.names import CELL_LABELS, LABELS, Direction
from rnnviz.palette import GROUNDS, Theme
from rnnviz.trace import Trace

MOST_CELLS: Final = thinning.MOST_CELLS // 2
"""On a page the states themselves are sent beside it."""

MOST_WORDS: Final = 1_000
"""Words that are put in order; of more, every second, third, …"""


def word_unit_clusters(
    trace: Trace,
    signal: str = "h",
    *,
    t: int | None = None,
    layer: int = 0,
    direction: Direction = "forward",
    batch: int = 0,
    said: Sequence[str] = (),
    theme: Theme = "light",
) -> go.Figure:
    """A state over words and units: words that leave like states stand side by side, and so do units that answer alike.

    A row is a unit, a column a word with its step. ``analysis.unit_order`` orders both: it chains them by correlation,
    the most correlated first. Words are compared by the state after them, over all units; units by their values, over
    all words. Steps with a number that is not finite come last.

    Raises:
        ValueError: If the trace has no such signal, layer, direction or sample.

    Source: Ming, Cao, Zhang, Li, Chen, Song, Qu (2017), RNNVis, arXiv 1710.10777: units and words clustered together.

    >>> import torch
    >>> from rnnviz import capture, figures
    >>> trace = capture(torch.nn.GRU(3, 4, batch_first=True), torch.randn(1, 6, 3))
    >>> figure = figures.word_unit_clusters(trace)
    >>> figure.data[0].type
    'heatmap'
    """
    panel = Panel(trace, layer, direction, batch)
    values = panel.values(signal)  # (time, unit)
    every = -(-len(values) // MOST_WORDS)
    steps, units = _steps_in_order(values, every, t), unit_order(values, "cluster")
    down, across = thinning.strides(len(units), len(steps), MOST_CELLS)
    drawn = thinning.means(values[steps][:, units].T, down, across)
    read = [f"{step} {panel.tokens[step]}" for step in steps]
    words, names = _groups(read, across), _groups([f"unit {unit}" for unit in units], down)
    symbol = style.symbol(signal)
    across_axis = _words("step t and word, in order of likeness", read, across)
    down_axis = _axis("unit, in order of likeness", [f"{unit}" for unit in units], down, 24)
    figure = sheet.begin(
        f"Words and units by {symbol}, like beside like",
        across_axis,
        down_axis | {"autorange": "reversed"},
        theme,
        plot_bgcolor=GROUNDS[theme]["nan"],
        margin={"b": 140},  # words stand on end
    )
    largest = max(float(np.abs(drawn[np.isfinite(drawn)]).max(initial=0.0)), 1e-9)
    hover = f"after %{{x}}<br>%{{y}}<br>{signal} = %{{z:.7g}}"
    x, y = [style.label(word, 40) for word in words], names
    colors, bar = style.color_axis(signal, largest, theme), {"title": {"text": symbol}}
    figure.add_trace(sheet.image(drawn, colors, bar, hover, x=x, y=y))
    if t is not None and t in steps:
        column = int(np.flatnonzero(steps == t)[0]) // across
        sheet.outline(figure, column - 0.5, column + 0.5, theme)
    sentences = [*said, panel.where(said), *_left_out(every, down, across)]
    if not np.isfinite(values).all():
        sentences.append("Grey: no finite number.")
    seen = _alt(trace, signal, words, names, (len(steps), len(units)))
    return sheet.finish(figure, sentences, theme, alt=" ".join([*said, seen]))


def _steps_in_order(values: np.ndarray, every: int, t: int | None) -> np.ndarray:
    """Every so many steps and the marked one, like beside like, those that are not finite at the end."""
    steps = np.arange(len(values))
    steps = steps[(steps % every == 0) | (steps == t)]
    finite = np.isfinite(values[steps]).all(1)
    known = steps[finite]
    return np.concatenate([known[unit_order(values[known].T, "cluster")], steps[~finite]])


def _groups(names: Sequence[str], by: int) -> list[str]:
    """A name for every so many neighbours: the first and the last."""
    groups = [names[k : k + by] for k in range(0, len(names), by)]
    return [group[0] if len(group) == 1 else f"{group[0]} … {group[-1]}" for group in groups]


def _words(title: str, read: Sequence[str], by: int) -> dict[str, object]:
    """The axis of the words, with as many labels as have room; a cell of several words has the first of some."""
    return style.axis(title, type="category", showgrid=False) if by == 1 else _axis(title, read, by, 40)


def _axis(title: str, names: Sequence[str], by: int, most: int) -> dict[str, object]:
    """A category axis with at most ``most`` labels, evenly spaced, each the first name of its cell."""
    cells = -(-len(names) // by)
    places = list(range(0, cells, -(-cells // most)))
    more = " …" if by > 1 else ""
    labels = [f"{style.label(names[place * by], 16)}{more}" for place in places]
    ticks = {"tickmode": "array", "tickvals": places, "ticktext": labels}
    return style.axis(title, type="category", showgrid=False, **ticks)


def _left_out(every: int, down: int, across: int) -> list[str]:
    said = [f"Every {thinning.ordinal(every)} word is shown."] if every > 1 else []
    if across > 1 or down > 1:
        cell = f"{across} words × {down} units" if down > 1 else f"{across} words"
        said.append(f"A cell is the mean of {cell} that are neighbours here.")
    return said


def _alt(trace: Trace, signal: str, words: list[str], names: list[str], count: tuple[int, int]) -> str:
    return (
        f"The {LABELS[signal]} of the {CELL_LABELS[trace.cell]}, {count[1]} units by {count[0]} words, both in "
        f"order of likeness: words from “{words[0]}” to “{words[-1]}”, units from {names[0][5:]} to {names[-1][5:]}."
    )
