"""How long every unit remembers."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from rnnviz.analysis import half_life
from rnnviz.figures import sheet, style
from rnnviz.figures.memory import keeps
from rnnviz.figures.panel import Panel
from rnnviz.figures.table import listed
from rnnviz.names import Direction
from rnnviz.palette import GROUNDS, SIGNAL_COLORS, Theme
from rnnviz.trace import Trace


def half_life_bars(
    trace: Trace,
    *,
    units: Sequence[int] = (),
    layer: int = 0,
    direction: Direction = "forward",
    batch: int = 0,
    said: Sequence[str] = (),
    theme: Theme = "light",
) -> go.Figure:
    """The half-life of every unit's state by its forget gate (LSTM) or update gate (GRU), longest first.

    A bar is a unit (``units`` are marked) on a logarithmic axis from 1 step; ∞, 0 and no number are marks at its edges.

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
        "How many steps each unit remembers",
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
        (ranked == 0, low, "0", "triangle-down", "once 0: all forgotten"),
        (np.isnan(ranked), low, "NaN", "x", "no number"),
    )
    for where, y, text, shape, meaning in edges:
        if where.any():
            reason = f"{gate} {meaning}"
            figure.add_trace(_life_marks(order, where, y, text=text, shape=shape, meaning=reason, theme=theme))
    figure.add_hline(y=1, line={"color": GROUNDS[theme]["soft"], "width": 1.5, "dash": "dash"}, layer="below")
    return sheet.finish(figure, [*said, f"{panel.where(said)}.", _said_of_lives(lives, gate, panel.length)], theme)


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


def _said_of_lives(lives: np.ndarray, gate: str, steps: int) -> str:
    known = lives[~np.isnan(lives)]
    if not len(known):
        return "No unit has a number."
    longest = int(np.nanargmax(lives))
    return (
        f"Median {style.digits(float(np.median(known)))} steps, longest {style.digits(float(lives[longest]))} "
        f"(unit {longest}), of {steps:,} read. 1 step means that {style.symbol(gate)} = ½."
    )
