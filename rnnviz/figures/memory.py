"""How long units remember, what is left of a step at any later one, and which steps a state was made by."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import plotly.graph_objects as go

from rnnviz.analysis import along, contributions, half_life, mean_retention
from rnnviz.figures import style
from rnnviz.names import ARROWS, CELL_LABELS, Direction
from rnnviz.palette import GROUNDS, SEQUENTIAL, SIGNAL_COLORS, Theme
from rnnviz.trace import Trace

KEEPS: Final = {"lstm": ("f", "c"), "gru": ("z", "h")}
"""The gate that says what is kept, and the state it is kept of."""

MOST_CELLS: Final = 200
"""Steps that the picture of retention has at most along each side: a screen shows no more."""
_ORDINALS: Final = {2: "2nd", 3: "3rd"}


def half_life_bars(
    trace: Trace,
    *,
    units: Sequence[int] = (),
    layer: int = 0,
    direction: Direction = "forward",
    batch: int = 0,
    theme: Theme = "light",
) -> go.Figure:
    """The half-life of every unit's state by its forget gate (LSTM) or update gate (GRU), longest first.

    Parameters
    ----------
    trace : Trace
        Of an LSTM or a GRU.
    units : sequence of int, optional
        Those to mark.
    layer, direction, batch
        Which panel of the trace.
    theme : {"light", "dark"}, default "light"

    Returns
    -------
    plotly.graph_objects.Figure
        A bar a unit on a logarithmic axis, from 1 step up or down; infinity, 0 and no number as marks at the edges.
        ``layout.meta["alt"]`` says in words what is to be seen.

    Raises
    ------
    ValueError
        If the cell has no such gate, or the trace no such layer, direction or sample.
    """
    gate, state = _keeps(trace)
    lives = half_life(trace.panel(gate, layer=layer, direction=direction, batch=batch))  # (unit,)
    known = np.nan_to_num(lives, nan=-1, posinf=np.inf)
    order = np.argsort(-known, kind="stable")
    ranked, bars = lives[order], np.isfinite(lives[order]) & (lives[order] > 0)
    low, high = _decades(ranked[bars])
    figure = go.Figure(layout={"template": style.template(theme)})
    figure.add_trace(_life_bars(order, ranked, bars, gate=gate, units=units, theme=theme))
    edges = (
        (np.isinf(ranked), high, "∞", "triangle-up", "always 1: never forgets"),
        (ranked == 0, low, "0", "triangle-down", "once 0: all forgotten"),
        (np.isnan(ranked), low, "NaN", "x", "no number"),
    )
    for where, y, text, shape, meaning in edges:
        if where.any():
            said = f"{gate} {meaning}"
            figure.add_trace(_life_marks(order, where, y, text=text, shape=shape, meaning=said, theme=theme))
    ground, count = GROUNDS[theme], len(order)
    figure.add_hline(y=1, line={"color": ground["soft"], "width": 1.5, "dash": "dash"}, layer="below")
    stride = -(-count // 40)
    figure.update_layout(
        title={"text": "How many steps each unit remembers"},
        xaxis={
            "title": {"text": "unit, longest memory first"},
            "tickmode": "array",
            "tickvals": list(range(0, count, stride)),
            "ticktext": [str(unit) for unit in order[::stride]],
            "range": [-0.7, count - 0.3],
            "showgrid": False,
        },
        yaxis={
            "title": {"text": f"half-life of {style.symbol(state)} (steps)"},
            "type": "log",
            "range": [np.log10(low / 1.25), np.log10(high * 1.25)],
            **_log_ticks(low / 1.25, high * 1.25),
        },
        showlegend=False,
        bargap=0.25 if count <= 64 else 0.05,
        height=460,
    )
    said = _said_of_lives(lives, gate, trace)
    figure.update_layout(meta={"alt": style.spoken(said)})
    style.paragraph(figure, [_where(trace, layer, direction), said], theme)
    return figure


def retention_heatmap(
    trace: Trace,
    *,
    units: Sequence[int] | None = None,
    t: int | None = None,
    layer: int = 0,
    direction: Direction = "forward",
    batch: int = 0,
    theme: Theme = "light",
) -> go.Figure:
    """What is left of each step's writing at every later step: the product of the gates read in between.

    Parameters
    ----------
    trace : Trace
        Of an LSTM or a GRU.
    units : sequence of int, optional
        The mean of these; of all by default.
    t : int, optional
        A step to mark.
    layer, direction, batch
        Which panel of the trace.
    theme : {"light", "dark"}, default "light"

    Returns
    -------
    plotly.graph_objects.Figure
        A row for the step that wrote, a column for the step at which it is looked at; of more than ``MOST_CELLS`` steps
        every second, third, … is shown, each with its exact value.

    Raises
    ------
    ValueError
        If the cell has no such gate, or the trace no such layer, direction or sample.
    """
    gate, state = _keeps(trace)
    length = int(trace.lengths[batch])
    panel = trace.panel(gate, layer=layer, direction=direction, batch=batch)[:length]
    stride = -(-length // MOST_CELLS)
    whole = mean_retention(panel, units, direction=direction).T  # (written, looked at)
    left = whole[::stride, ::stride]
    steps, tokens, ground = np.arange(0, length, stride), trace.tokens[batch][:length], GROUNDS[theme]
    kept = style.symbol(gate, "k")
    figure = go.Figure(
        go.Heatmap(
            z=left.astype(np.float32),
            x=steps.astype(np.int32),
            y=steps.astype(np.int32),
            colorscale=style.scale(SEQUENTIAL[theme]),
            zmin=0,
            zmax=1,
            hoverongaps=False,
            colorbar={"title": {"text": "left"}, "thickness": 14, "tickformat": ".0%", "dtick": 0.25},
            hovertemplate="written at t = %{y:d}<br>at t = %{x:d} left: %{z:.4~g}<extra></extra>",
        )
    )
    later = "later" if direction == "forward" else "earlier"
    edges = [-0.5, length - 0.5]
    words = style.word_axis(tokens, t)
    rows = style.word_axis(tokens, most=24)
    figure.update_layout(
        template=style.template(theme),
        title={"text": f"What is left of each word in {style.symbol(state)}"},
        xaxis={"title": {"text": "step t at which it is looked at"}, "range": edges, **words},
        yaxis={"title": {"text": "step that wrote"}, "range": edges[::-1], **rows},
        height=560,
    )
    if t is not None:
        figure.add_vrect(x0=t - 0.5, x1=t + 0.5, line={"color": ground["ink"], "width": 2}, fillcolor="rgba(0,0,0,0)")
    offset = np.diagonal(whole, 1 if direction == "forward" else -1)
    once = float(np.nanmean(offset)) if np.isfinite(offset).any() else float("nan")
    who = _units(units, trace.sizes["unit"])
    said = [
        f"{_where(trace, layer, direction)}, {who}.",
        f"Read along a row: the product of {kept} over the steps read since."
        + (f" One step {later}, {once:.0%} is left on average." if length > 1 else ""),
    ]
    if stride > 1:
        said.append(f"Only every {_ORDINALS.get(stride, f'{stride}th')} step is drawn.")
    figure.update_layout(
        meta={"alt": f"Product of the gates {gate} from each step to each {later} one. {style.spoken(said[1])}"}
    )
    style.paragraph(figure, said, theme)
    return figure


def contribution_bars(
    trace: Trace,
    *,
    units: Sequence[int] | None = None,
    t: int | None = None,
    layer: int = 0,
    direction: Direction = "forward",
    batch: int = 0,
    theme: Theme = "light",
) -> go.Figure:
    """What of the state at one step came from which word: bars that add up to the state.

    Parameters
    ----------
    trace : Trace
        Of an LSTM (its c_t is taken apart) or a GRU (its h_t).
    units : sequence of int, optional
        One unit: its shares. Several: how far each word moved them towards where they are, which adds up to the length
        of that part of the state. All by default.
    t : int, optional
        The last step read by default.
    layer, direction, batch
        Which panel of the trace.
    theme : {"light", "dark"}, default "light"

    Returns
    -------
    plotly.graph_objects.Figure
        ``layout.meta`` holds ``sum``, ``state`` and ``alt``.

    Raises
    ------
    ValueError
        If the trace is of a plain RNN, or has no such layer, direction, sample, step or unit.
    """
    _, signal = _keeps(trace)
    found = contributions(trace, layer=layer, direction=direction, batch=batch, t=t)
    t, length = found.t, int(trace.lengths[batch])
    chosen = list(range(trace.sizes["unit"])) if units is None else list(units)
    if not chosen or not set(chosen) <= set(range(trace.sizes["unit"])):
        raise ValueError(f"units must be in 0..{trace.sizes['unit'] - 1}, at least one; got {chosen}")
    state = trace.panel(signal, layer=layer, direction=direction, batch=batch)[t, chosen]
    parts, before = found.steps[:length][:, chosen], found.initial[chosen]
    if len(chosen) == 1:
        bars, start, whole = parts[:, 0], float(before[0]), float(state[0])
        name = f"{style.symbol(signal)} of unit {chosen[0]}"
    else:
        bars, start = along(parts, state), float(along(before, state))
        whole = float(np.linalg.norm(state.astype(np.float64)))
        name = f"‖{style.symbol(signal)}‖ of {_units(units, trace.sizes['unit'])}"
    total = float(np.nansum(bars)) + start if np.isfinite(whole) else float("nan")
    tokens = trace.tokens[batch][:length]
    figure = go.Figure(layout={"template": style.template(theme)})
    figure.add_trace(_share_bars(bars, tokens, start, signal, theme, backwards=direction == "reverse"))
    _mark_step(figure, t, length, theme, backwards=direction == "reverse")
    several = len(chosen) > 1
    figure.update_layout(
        title={"text": f"Which word wrote {style.symbol(signal)} at t = {t}"},
        xaxis={
            "title": {"text": "step that wrote"},
            "range": _edges(length, start, direction),
            **style.word_axis(tokens, t),
        },
        yaxis={"title": {"text": f"share of {'‖' + style.symbol(signal) + '‖' if several else style.symbol(signal)}"}},
        showlegend=False,
        bargap=0.25 if length <= 100 else 0.05,
        height=460,
    )
    said = [
        f"{_where(trace, layer, direction)}.",
        f"The bars add up to {style.digits(total, 7)}; {name} is {style.digits(whole, 7)}.",
    ]
    if several:
        said.append("A bar is how far that word moved these units towards where they are.")
    alt = f"Shares of every step in the state {signal} at t = {t}. {style.spoken(said[1])}"
    figure.update_layout(meta={"alt": alt, "sum": total, "state": whole})
    style.paragraph(figure, said, theme)
    return figure


def _keeps(trace: Trace) -> tuple[str, str]:
    if trace.cell not in KEEPS:
        raise ValueError(f"trace must be of an lstm or a gru, which keep a part of their state; got {trace.cell}")
    return KEEPS[trace.cell]


def _decades(lives: np.ndarray) -> tuple[float, float]:
    """A range that holds all half-lives and 1 step, at least a factor of 4."""
    low, high = min(lives.min(initial=1), 1.0), max(lives.max(initial=1), 1.0)
    return min(low, 0.5), max(high, 2.0)


def _log_ticks(low: float, high: float) -> dict[str, object]:
    """Round numbers of steps, few enough to be read."""
    for factors in ((1, 2, 5), (1,)):
        ticks = [k * 10.0**power for power in range(-12, 13) for k in factors if low <= k * 10.0**power <= high]
        if len(ticks) <= 8:
            break
    return {"tickmode": "array", "tickvals": ticks, "ticktext": [f"{tick:g}" for tick in ticks]}


def _life_bars(
    order: np.ndarray, ranked: np.ndarray, bars: np.ndarray, *, gate: str, units: Sequence[int], theme: Theme
) -> go.Bar:
    ink, color = GROUNDS[theme]["ink"], SIGNAL_COLORS[theme][gate]
    chosen = np.isin(order[bars], list(units))
    return go.Bar(
        x=np.flatnonzero(bars).astype(np.int32),
        y=ranked[bars] - 1,  # a bar is drawn from its base on
        base=1,
        customdata=np.stack([order[bars], ranked[bars]], 1).astype(np.float32),
        marker={"color": color, "line": {"color": ink, "width": np.where(chosen, 3, 0).tolist()}},
        hovertemplate="unit %{customdata[0]:d}<br>half-life %{customdata[1]:.4g} steps<extra></extra>",
    )


def _life_marks(
    order: np.ndarray, where: np.ndarray, y: float, *, text: str, shape: str, meaning: str, theme: Theme
) -> go.Scatter:
    at = np.flatnonzero(where)
    return go.Scatter(
        x=at.astype(np.int32),
        y=np.full(len(at), y),
        mode="markers+text" if len(at) <= 24 else "markers",
        text=text,
        textposition="bottom center" if text == "∞" else "top center",
        marker={"symbol": shape, "size": 12, "color": GROUNDS[theme]["bad" if text == "NaN" else "ink"]},
        customdata=order[at].astype(np.int32),
        hovertemplate=f"unit %{{customdata:d}}<br>half-life {text}: {meaning}<extra></extra>",
        cliponaxis=False,
    )


def _share_bars(
    bars: np.ndarray, tokens: Sequence[str], start: float, signal: str, theme: Theme, *, backwards: bool
) -> go.Bar:
    x, y, text = list(range(len(bars))), bars.tolist(), list(tokens)
    if start:
        x, y, text = [*x, len(bars) if backwards else -1], [*y, start], [*text, "before the first step"]
    hover = [f"t = {at} {style.label(word)}" if 0 <= at < len(bars) else word for at, word in zip(x, text, strict=True)]
    return go.Bar(
        x=np.array(x, np.int32),
        y=np.array(y, np.float32),
        marker={"color": SIGNAL_COLORS[theme][signal]},
        customdata=hover,
        hovertemplate="%{customdata}<br>share %{y:.6g}<extra></extra>",
    )


def _mark_step(figure: go.Figure, t: int, length: int, theme: Theme, *, backwards: bool) -> None:
    """The selected step, and the steps that were not read when it was reached."""
    ground = GROUNDS[theme]
    figure.add_vrect(x0=t - 0.5, x1=t + 0.5, fillcolor=ground["mark"], line_width=0, layer="below")
    unread = (-0.5, t - 0.5) if backwards else (t + 0.5, length - 0.5)
    if unread[0] < unread[1]:
        figure.add_vrect(x0=unread[0], x1=unread[1], fillcolor=ground["panel"], line_width=0, layer="below")
        if unread[1] - unread[0] > length / 6:
            font = {"color": ground["soft"], "size": 14}
            figure.add_annotation(
                x=sum(unread) / 2, y=0.96, yref="paper", text="not read yet", showarrow=False, font=font
            )


def _edges(length: int, start: float, direction: Direction) -> list[float]:
    before = 1 if start else 0
    return [-0.5, length - 0.5 + before] if direction == "reverse" else [-0.5 - before, length - 0.5]


def _where(trace: Trace, layer: int, direction: Direction) -> str:
    return f"{CELL_LABELS[trace.cell]}, {trace.sizes['unit']} units, layer {layer} {ARROWS[direction]}"


def _units(units: Sequence[int] | None, count: int) -> str:
    if units is None:
        return f"all {count} units" if count > 1 else "its one unit"
    if len(units) == 1:
        return f"unit {units[0]}"
    named = ", ".join(map(str, units[:6]))
    return f"units {named}" if len(units) <= 6 else f"{len(units)} units ({named} …)"


def _said_of_lives(lives: np.ndarray, gate: str, trace: Trace) -> str:
    known = lives[~np.isnan(lives)]
    if not len(known):
        return "No unit has a number."
    longest = int(np.nanargmax(lives))
    steps = trace.sizes["time"]
    return (
        f"Median {style.digits(float(np.median(known)))} steps, longest {style.digits(float(lives[longest]))} "
        f"(unit {longest}), of {steps} read. "
        f"1 step means that {style.symbol(gate)} = ½."
    )
