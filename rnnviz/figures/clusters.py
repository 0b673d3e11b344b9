"""Words and units in one picture, each beside those that are like it."""

import numpy as np
import plotly.graph_objects as go

from rnnviz.analysis import unit_order
from rnnviz.figures import style
from rnnviz.names import ARROWS, CELL_LABELS, LABELS, Direction
from rnnviz.palette import GROUNDS, Theme
from rnnviz.trace import Trace


def word_unit_clusters(
    trace: Trace,
    signal: str = "h",
    *,
    t: int | None = None,
    layer: int = 0,
    direction: Direction = "forward",
    batch: int = 0,
    theme: Theme = "light",
) -> go.Figure:
    """A state over words and units, words that leave like states side by side, and units that answer alike.

    Both are put in order by ``analysis.unit_order``: chained by correlation, the most correlated first. Words are
    compared by the state after them, over all units; units by their values, over all words.

    Parameters
    ----------
    trace : Trace
    signal : str, default "h"
        Any signal of ``trace.cell``.
    t : int, optional
        A step to mark.
    layer, direction, batch
        Which panel of the trace.
    theme : {"light", "dark"}, default "light"

    Returns
    -------
    plotly.graph_objects.Figure
        A row a unit, a column a word with its step; steps with a number that is not finite come last.
        ``layout.meta["alt"]`` says in words what is to be seen.

    Raises
    ------
    ValueError
        If the trace has no such signal, layer, direction or sample.

    References
    ----------
    Ming, Cao, Zhang, Li, Chen, Song, Qu (2017), RNNVis, arXiv 1710.10777: units and words clustered together.
    """
    panel = trace.panel(signal, layer=layer, direction=direction, batch=batch)[: trace.lengths[batch]]  # (time, unit)
    finite = np.isfinite(panel).all(1)
    known = np.flatnonzero(finite)
    steps = np.concatenate([known[unit_order(panel[known].T, "cluster")], np.flatnonzero(~finite)])
    units = unit_order(panel, "cluster")
    read = [f"{step} {trace.tokens[batch][step]}" for step in steps]
    words = [style.label(word, 40) for word in read]
    names = [f"unit {unit}" for unit in units]
    symbol = style.symbol(signal)
    largest = max(float(np.abs(panel[known]).max(initial=0.0)), 1e-9)
    figure = go.Figure(
        go.Heatmap(
            z=panel[steps][:, units].T,
            x=words,
            y=names,
            **style.color_axis(signal, largest, theme),
            colorbar={"title": {"text": symbol}, "thickness": 14},
            hovertemplate=f"after %{{x}}<br>%{{y}}<br>{signal} = %{{z:.7g}}<extra></extra>",
        )
    )
    figure.update_layout(
        template=style.template(theme),
        title={"text": f"Words and units by {symbol}, like beside like"},
        xaxis=_axis("step t and word, in order of likeness", words, [style.label(word, 16) for word in read], 40),
        yaxis={
            **_axis("unit, in order of likeness", names, [f"{unit}" for unit in units], 24),
            "autorange": "reversed",
        },
        meta={"alt": _alt(trace, signal, read, units)},
    )
    if t is not None and t < len(panel):
        _mark(figure, int(np.flatnonzero(steps == t)[0]), len(units), theme)
    sizes = f"{len(units)} units, layer {layer} {ARROWS[direction]}, {len(steps)} steps"
    style.caption(figure, f"{CELL_LABELS[trace.cell]}, {sizes}", theme)
    return figure


def _axis(title: str, names: list[str], labels: list[str], most: int) -> dict[str, object]:
    """A category axis with at most ``most`` labels, evenly spaced."""
    stride = -(-len(names) // most)
    ticks = {"tickmode": "array", "tickvals": list(range(0, len(names), stride)), "ticktext": labels[::stride]}
    return {"title": {"text": title}, "type": "category", "showgrid": False, **ticks}


def _mark(figure: go.Figure, column: int, rows: int, theme: Theme) -> None:
    """The selected step's outline, as in the linked heatmaps."""
    line = {"color": GROUNDS[theme]["ink"], "width": 2}
    figure.add_shape(x0=column - 0.5, x1=column + 0.5, y0=-0.5, y1=rows - 0.5, line=line, fillcolor="rgba(0,0,0,0)")


def _alt(trace: Trace, signal: str, words: list[str], units: np.ndarray) -> str:
    return (
        f"The {LABELS[signal]} of the {CELL_LABELS[trace.cell]}, {len(units)} units by {len(words)} words, both in "
        f"order of likeness: words from “{words[0]}” to “{words[-1]}”, units from {units[0]} to {units[-1]}."
    )
