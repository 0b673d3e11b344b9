"""What a state keeps: how long every unit remembers, what is left of each word, which word wrote what is there."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import plotly.graph_objects as go

from rnnviz.analysis import along, contributions, half_life, mean_retention
from rnnviz.figures import picture, sheet, style
from rnnviz.figures.panel import Panel
from rnnviz.figures.table import listed
from rnnviz.names import Direction
from rnnviz.palette import GROUNDS, SEQUENTIAL, SIGNAL_COLORS, Theme
from rnnviz.trace import Trace

KEEPS: Final = {"lstm": ("f", "c"), "gru": ("z", "h")}
"""The gate that sets how much is kept, and the state of which it is kept."""


def keeps(panel: Panel) -> tuple[str, str]:
    """The gate and the state of a panel; ValueError if it is of a plain RNN."""
    cell = panel.trace.cell
    if cell not in KEEPS:
        raise ValueError(f"trace must be of an lstm or a gru, which keep a part of their state; got {cell}")
    return KEEPS[cell]


def named_units(units: Sequence[int] | None, count: int) -> str:
    """Some of so many units, or all of them, by their numbers if they are few."""
    if units is None:
        return f"all {count} units" if count > 1 else "its one unit"
    if len(units) == 1:
        return f"unit {units[0]}"
    named = ", ".join(map(str, units[:6]))
    return f"units {named}" if len(units) <= 6 else f"{len(units)} units ({named} …)"


# --- How long every unit remembers ---


def half_life_bars(
    trace: Trace,
    *,
    units: Sequence[int] = (),
    layer: int = 0,
    direction: Direction = "forward",
    batch: int = 0,
    caption: Sequence[str] = (),
    theme: Theme = "light",
) -> go.Figure:
    """The half-life of every unit's state by its forget gate (LSTM) or update gate (GRU), longest first.

    A bar is a unit (``units`` are marked) on a logarithmic axis from 1 step; ∞, 0 and NaN are marks at its edges.

    Raises:
        ValueError: If the cell has no such gate, or the trace no such layer, direction or sample.

    >>> import torch
    >>> from rnnviz import capture, figures
    >>> trace = capture(torch.nn.LSTM(3, 4, batch_first=True), torch.ones(1, 6, 3))
    >>> figure = figures.half_life_bars(trace)
    >>> figure.data[0].type
    'bar'
    """
    panel = Panel(trace, layer, direction, batch)
    gate, state = keeps(panel)
    lives = half_life(panel.values(gate))  # (unit,)
    order = np.argsort(-np.nan_to_num(lives, nan=-1, posinf=np.inf), kind="stable")
    ranked = lives[order]
    bars = np.isfinite(ranked) & (ranked > 0)
    low, high = _decades(ranked[bars])
    figure = sheet.begin(
        _lives_title(lives, state),
        style.axis("unit, longest memory first", **_ranks(order)),
        style.axis(f"half-life of {style.symbol(state)} (steps)", **_steps(low / 1.25, high * 1.25)),
        theme,
        showlegend=False,
        bargap=0.25 if len(order) <= 64 else 0.05,
        height=460,
    )
    figure.add_trace(_life_bars(order, ranked, bars, gate=gate, units=units, theme=theme))
    edges = (
        (np.isinf(ranked), high, "∞", "triangle-up", "always 1: never forgets"),
        (ranked == 0, low, "0", "triangle-down", "0 at some step: all forgotten"),
        (np.isnan(ranked), low, "NaN", "x", "not finite"),
    )
    for where, y, text, shape, meaning in edges:
        if where.any():
            reason = f"{gate} {meaning}"
            figure.add_trace(_life_marks(order, where, y, text=text, shape=shape, meaning=reason, theme=theme))
    figure.add_hline(y=1, line={"color": GROUNDS[theme]["soft"], "width": 1.5, "dash": "dash"}, layer="below")
    return sheet.finish(
        figure, [*caption, f"{panel.where(caption)}.", _said_of_lives(lives, gate, panel.length)], theme
    )


def _ranks(order: np.ndarray) -> dict[str, object]:
    """The numbers of the units under their bars; plotly leaves out those that have no room."""
    places = {"categoryorder": "array", "categoryarray": _units(order), "range": [-0.7, len(order) - 0.3]}
    return {"type": "category", **places, "showgrid": False}


def _units(numbers: np.ndarray) -> list[str]:
    return [str(unit) for unit in numbers]


def _steps(low: float, high: float) -> dict[str, object]:
    """A logarithmic axis with round numbers of steps, few enough to be read."""
    for factors in ((1, 2, 5), (1,)):
        ticks = [k * 10.0**power for power in range(-12, 13) for k in factors if low <= k * 10.0**power <= high]
        if len(ticks) <= 8:
            break
    labels = {"tickmode": "array", "tickvals": ticks, "ticktext": [f"{tick:g}" for tick in ticks]}
    return {"type": "log", "range": [np.log10(low), np.log10(high)], **labels}


def _decades(lives: np.ndarray) -> tuple[float, float]:
    """A range that holds all half-lives and 1 step, at least a factor of 4."""
    low, high = min(lives.min(initial=1), 1.0), max(lives.max(initial=1), 1.0)
    return min(low, 0.5), max(high, 2.0)


def _life_bars(
    order: np.ndarray, ranked: np.ndarray, bars: np.ndarray, *, gate: str, units: Sequence[int], theme: Theme
) -> go.Bar:
    ink, color = GROUNDS[theme]["ink"], SIGNAL_COLORS[theme][gate]
    chosen = np.isin(order[bars], list(units))
    return go.Bar(
        x=_units(order[bars]),
        y=ranked[bars] - 1,  # a bar is drawn from its base on
        base=1,
        customdata=np.stack([order[bars], ranked[bars]], 1).astype(np.float32),
        meta=listed(customdata_0="unit", customdata_1="half-life (steps)"),
        marker={"color": color, "line": {"color": ink, "width": np.where(chosen, 3, 0).tolist()}},
        hovertemplate="unit %{customdata[0]:d}<br>half-life %{customdata[1]:.4g} steps<extra></extra>",
    )


def _life_marks(
    order: np.ndarray, where: np.ndarray, y: float, *, text: str, shape: str, meaning: str, theme: Theme
) -> go.Scatter:
    at = np.flatnonzero(where)
    return go.Scatter(
        x=_units(order[at]),
        y=np.full(len(at), y),
        mode="markers+text" if len(at) <= 24 else "markers",
        text=text,
        textposition="bottom center" if text == "∞" else "top center",
        marker={"symbol": shape, "size": 12, "color": GROUNDS[theme]["bad" if text == "NaN" else "ink"]},
        customdata=order[at],
        meta=listed(customdata="unit", text="half-life (steps)"),
        hovertemplate=f"unit %{{customdata:d}}<br>half-life {text}: {meaning}<extra></extra>",
        cliponaxis=False,
    )


def _lives_title(lives: np.ndarray, state: str) -> str:
    """The unit that keeps its state longest, if there is one that loses it at all."""
    if not np.isfinite(lives).any() or np.isinf(lives).any():
        return "How many steps each unit remembers"
    unit = int(np.nanargmax(lives))
    steps = style.digits(float(lives[unit]))
    return f"Unit {unit} remembers longest: its {style.symbol(state)} has a half-life of {steps} steps"


def _said_of_lives(lives: np.ndarray, gate: str, steps: int) -> str:
    known = lives[~np.isnan(lives)]
    if not len(known):
        return "No unit has a finite half-life."
    longest = int(np.nanargmax(lives))
    middle = float(np.median(known))
    if np.isinf(middle) and np.isfinite(lower := float(np.quantile(known, 0.5, method="lower"))):
        median = f"between {style.digits(lower)} and ∞"  # of an even number of units
    else:
        median = style.digits(middle)
    return (
        f"Median {median} steps, longest {style.digits(float(lives[longest]))} "
        f"(unit {longest}), over {steps:,} step{'s' * (steps != 1)}. 1 step means that {style.symbol(gate)} = ½."
    )


# --- What is left of each word at every later one ---


MOST_STEPS: Final = 140
"""Steps along each side of the picture; half the cells where some are grey, which is a second picture."""


def retention_heatmap(
    trace: Trace,
    *,
    units: Sequence[int] | None = None,
    t: int | None = None,
    layer: int = 0,
    direction: Direction = "forward",
    batch: int = 0,
    caption: Sequence[str] = (),
    theme: Theme = "light",
) -> go.Figure:
    """What is left of each step's writing at every later step: the product of the gates read in between.

    A row is the step that wrote, a column the step at which it is looked at: the mean of ``units``, by default of all.
    Of more than ``MOST_STEPS`` steps every second, third, … is shown, each with its exact value.

    Raises:
        ValueError: If the cell has no such gate, or the trace no such layer, direction or sample.

    >>> import torch
    >>> from rnnviz import capture, figures
    >>> trace = capture(torch.nn.LSTM(3, 4, batch_first=True), torch.ones(1, 6, 3))
    >>> figure = figures.retention_heatmap(trace, units=[0, 1])
    >>> figure.data[0].type
    'heatmap'
    """
    panel = Panel(trace, layer, direction, batch)
    gate, state = keeps(panel)
    values = panel.values(gate)
    chosen = values if units is None else values[:, list(units)]
    clean, length = bool(np.isfinite(chosen).all()), panel.length
    every = -(-length // (MOST_STEPS if clean else round(MOST_STEPS * 0.7)))
    left = mean_retention(values, units, direction=direction, every=every).T  # (written, looked at)
    steps, edges = np.arange(0, length, every), [-0.5, length - 0.5]
    figure = sheet.begin(
        f"How much of each input is left in {style.symbol(state)}",
        style.axis("step t of the state", range=edges, **style.word_axis(panel.tokens, t)),
        style.axis("step that wrote", range=edges[::-1], **style.word_axis(panel.tokens, most=16)),
        theme,
        height=560,
    )
    colors = {"colorscale": style.scale(SEQUENTIAL[theme]), "zmin": 0, "zmax": 1}
    bar = {"title": {"text": "left"}, "tickformat": ".0%", "dtick": 0.25}
    hover = "written at t = %{y:d}<br>at t = %{x:d}"
    figure.add_trace(sheet.image(left, colors, bar, f"{hover} left: %{{z:.4~g}}", x=steps, y=steps))
    read = steps[:, None] >= steps if panel.backwards else steps[:, None] <= steps
    sheet.grey_out(figure, read & ~np.isfinite(left), theme, hover, x=steps, y=steps)
    if t is not None:
        sheet.outline(figure, t - 0.5, t + 0.5, theme)
    sentences = [
        *caption,
        f"{panel.where(caption)}, {named_units(units, panel.units)}.",
        f"Each row: the product of {style.symbol(gate, 'k')} over the steps since then.{_once(chosen, panel)}",
        *([] if clean else ["Grey: no finite number."]),
        *([f"Only every {picture.ordinal(every)} step is drawn."] if every > 1 else []),
    ]
    return sheet.finish(figure, sentences, theme)


def _once(chosen: np.ndarray, panel: Panel) -> str:
    """What is left after a single step, on average over steps and units."""
    followed = chosen[:-1] if panel.backwards else chosen[1:]  # the gates of the steps before which another was read
    each = followed.mean(1)
    if not np.isfinite(each).any():
        return ""
    later = "earlier" if panel.backwards else "later"
    return f" One step {later}, {float(np.nanmean(each)):.0%} is left on average."


# --- Which step wrote what is in the state ---


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
    caption: Sequence[str] = (),
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
        f"Which step wrote {symbol} at t = {t}",
        style.axis("step that wrote", range=edges, **style.word_axis(panel.tokens, t, window=(first, end))),
        style.axis(f"part of {f'‖{symbol}‖' if several else symbol}"),
        theme,
        showlegend=False,
        bargap=0.25 if end - first <= 100 else 0.05,
        height=460,
    )
    few = -(-panel.length // picture.MOST_POINTS)
    figure.add_trace(_bars(shares, few, start, panel, SIGNAL_COLORS[theme][signal]))
    read = np.arange(panel.length) >= t if panel.backwards else np.arange(panel.length) <= t
    _cross_out(figure, np.flatnonzero(read & ~np.isfinite(shares)), theme)
    _mark_step(figure, t, panel, edges, theme)
    total = float(np.nansum(shares)) + start if np.isfinite(whole) else float("nan")
    name = f"‖{symbol}‖ of {named_units(units, panel.units)}" if several else f"{symbol} of unit {chosen[0]}"
    adds_up = f"The bars add up to {style.digits(total, 7)}; {name} is {style.digits(whole, 7)}."
    sentences = [*caption, f"{panel.where(caption)}.", adds_up]
    if several:
        sentences.append("A bar is how far that word moved these units toward their present values.")
    if few > 1:
        sentences.append(f"Each bar is the sum over {few} steps.")
    if end - first < panel.length:
        outside = float(np.nansum(shares[:first]) + np.nansum(shares[end:]))
        sentences.append(f"Steps {first} to {end - 1} are shown; all others add up to {style.digits(outside)}.")
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
