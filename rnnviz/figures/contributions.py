"""Which word wrote what is in the state."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import plotly.graph_objects as go

from rnnviz.analysis import along, contributions
from rnnviz.figures import sheet, style, thinning
from rnnviz.figures.memory import keeps, named_units
from rnnviz.figures.panel import Panel
from rnnviz.figures.table import listed
from rnnviz.names import Direction
from rnnviz.palette import GROUNDS, SIGNAL_COLORS, Theme
from rnnviz.trace import Trace

MOST_WORDS: Final = 200
"""Up to so many steps, all are in view at first; of more, those whose shares can be seen."""

NOTHING: Final = 1e-3
"""A share that is less than this part of the largest cannot be seen."""


def contribution_bars(
    trace: Trace,
    *,
    units: Sequence[int] | None = None,
    t: int | None = None,
    layer: int = 0,
    direction: Direction = "forward",
    batch: int = 0,
    said: Sequence[str] = (),
    theme: Theme = "light",
) -> go.Figure:
    """What of the state at step ``t`` came from which word: bars that add up to the state.

    By default ``t`` is the last step read. Of many steps, a bar sums several. ``layout.meta`` has ``sum``, ``state``.

    Args:
        trace: Of an LSTM (its c_t is taken apart) or a GRU (its h_t).
        units: Of one unit, its shares are drawn. Of several, by default all: how far each word moved them towards where
            they are, which adds up to the length of that part of the state.

    Raises:
        ValueError: If the trace is of a plain RNN, or has no such layer, direction, sample, step or unit.

    >>> import torch
    >>> from rnnviz import capture, figures
    >>> trace = capture(torch.nn.LSTM(3, 4, batch_first=True), torch.ones(1, 6, 3))
    >>> figure = figures.contribution_bars(trace, t=5)
    >>> figure.data[0].type
    'bar'
    """
    panel = Panel(trace, layer, direction, batch)
    _, signal = keeps(panel)
    found = contributions(trace, layer=layer, direction=direction, batch=batch, t=t)
    chosen = list(range(panel.units)) if units is None else list(units)
    if not chosen or not set(chosen) <= set(range(panel.units)):
        raise ValueError(f"units must be in 0..{panel.units - 1}, at least one; got {chosen}")
    t, several, symbol = found.t, len(chosen) > 1, style.symbol(signal)
    state = panel.values(signal)[t, chosen]
    shares, start, whole = _shares(found.steps[: panel.length][:, chosen], found.initial[chosen], state)
    first, end = _in_view(shares, t)
    edges = _edges(panel, first, end, start)
    figure = sheet.begin(
        f"Which word wrote {symbol} at t = {t}",
        style.axis("step that wrote", range=edges, **style.word_axis(panel.tokens, t, window=(first, end))),
        style.axis(f"part of {f'‖{symbol}‖' if several else symbol}"),
        theme,
        showlegend=False,
        bargap=0.25 if end - first <= 100 else 0.05,
        height=460,
    )
    few = -(-panel.length // thinning.MOST_POINTS)
    figure.add_trace(_bars(shares, few, start, panel, SIGNAL_COLORS[theme][signal]))
    read = np.arange(panel.length) >= t if panel.backwards else np.arange(panel.length) <= t
    _cross_out(figure, np.flatnonzero(read & ~np.isfinite(shares)), theme)
    _mark_step(figure, t, panel, edges, theme)
    total = float(np.nansum(shares)) + start if np.isfinite(whole) else float("nan")
    name = f"‖{symbol}‖ of {named_units(units, panel.units)}" if several else f"{symbol} of unit {chosen[0]}"
    adds_up = f"The bars add up to {style.digits(total, 7)}; {name} is {style.digits(whole, 7)}."
    sentences = [*said, f"{panel.where(said)}.", adds_up]
    if several:
        sentences.append("A bar is how far that word moved these units towards where they are.")
    if few > 1:
        sentences.append(f"Each bar is the sum of {few} steps.")
    if end - first < panel.length:
        outside = float(np.nansum(shares[:first]) + np.nansum(shares[end:]))
        sentences.append(f"In view: steps {first} to {end - 1}; all others add up to {style.digits(outside)}.")
    return sheet.finish(figure, sentences, theme, meta={"sum": total, "state": whole})


def _shares(parts: np.ndarray, before: np.ndarray, state: np.ndarray) -> tuple[np.ndarray, float, float]:
    """The share of every step, that of the state before the first, and what they add up to."""
    if len(state) == 1:
        return parts[:, 0], float(before[0]), float(state[0])
    return along(parts, state), float(along(before, state)), float(np.linalg.norm(state.astype(np.float64)))


def _bars(shares: np.ndarray, few: int, start: float, panel: Panel, color: str) -> go.Bar:
    """A bar for every ``few`` steps, and one for what was there before the first."""
    begin = np.arange(0, len(shares), few)
    sums = np.add.reduceat(np.nan_to_num(shares), begin)
    unknown = np.logical_and.reduceat(np.isnan(shares), begin)
    last = np.minimum(begin + few, len(shares)) - 1
    x, y = (begin + last) / 2, np.where(unknown, np.nan, sums)
    hover = [_named(panel.tokens, *ends) for ends in zip(begin.tolist(), last.tolist(), strict=True)]
    if start:
        x, y = np.append(x, len(shares) if panel.backwards else -1), np.append(y, start)
        hover.append("before the first step")
    return go.Bar(
        x=x.astype(np.float32),
        y=y.astype(np.float32),
        marker={"color": color},
        customdata=hover,
        meta=listed(customdata="step that wrote", y=""),
        hovertemplate="%{customdata}<br>part %{y:.6g}<extra></extra>",
    )


def _named(tokens: Sequence[str], first: int, last: int) -> str:
    if first == last:
        return f"t = {first} {style.label(tokens[first])}"
    return f"t = {first} to {last}, {style.label(tokens[first])} …"


def _cross_out(figure: go.Figure, steps: np.ndarray, theme: Theme) -> None:
    """A mark on the axis for every step whose share is no number, evenly thinned where there are many."""
    if len(steps):
        at = steps[:: -(-len(steps) // 100)]
        looks = {"symbol": "x", "size": 10, "color": GROUNDS[theme]["bad"]}
        hover = "t = %{x:d}<br>no finite number<extra></extra>"
        marks = go.Scatter(x=at, y=np.zeros(len(at)), mode="markers", marker=looks, hovertemplate=hover, meta="bad")
        figure.add_trace(marks)


def _mark_step(figure: go.Figure, t: int, panel: Panel, edges: Sequence[float], theme: Theme) -> None:
    """The selected step, and the steps that were not read when it was reached."""
    ground, length = GROUNDS[theme], panel.length
    sheet.shade(figure, t - 0.5, t + 0.5, ground["mark"])
    unread = (-0.5, t - 0.5) if panel.backwards else (t + 0.5, length - 0.5)
    if unread[0] < unread[1]:
        sheet.shade(figure, *unread, ground["panel"])
        low, high = max(unread[0], edges[0]), min(unread[1], edges[1])
        if high - low > (edges[1] - edges[0]) / 6:
            place = {"x": (low + high) / 2, "y": 0.96, "yref": "paper", "showarrow": False}
            figure.add_annotation(text="not read yet", font={"color": ground["soft"], "size": 14}, **place)


def _in_view(shares: np.ndarray, t: int) -> tuple[int, int]:
    """The first step in view and the one after the last: all or, of many, those about the steps that wrote anything."""
    if len(shares) <= MOST_WORDS:
        return 0, len(shares)
    sizes = np.abs(np.nan_to_num(shares))
    wrote = np.append(np.flatnonzero(sizes > sizes.max() * NOTHING), t)
    room = max(20, int(wrote.max() - wrote.min()) // 10)
    return max(0, int(wrote.min()) - room), min(len(shares), int(wrote.max()) + room + 1)


def _edges(panel: Panel, first: int, end: int, start: float) -> list[float]:
    """The range of the axis; the bar of what was there before all steps is in view where its neighbour is."""
    low, high = first - 0.5, end - 0.5
    if start and panel.backwards and end == panel.length:
        return [low, high + 1]
    return [low - 1, high] if start and not panel.backwards and first == 0 else [low, high]
