"""How often every unit's gate is nearly shut, how often nearly open: a point a unit, a colour and a shape a gate."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import plotly.graph_objects as go

from rnnviz.analysis import saturation, tanh_saturation
from rnnviz.figures import sheet, style
from rnnviz.figures.table import listed, shared
from rnnviz.names import ARROWS, CELL_LABELS, SIGMOID_GATES, Direction
from rnnviz.palette import GROUNDS, SIGNAL_COLORS, Theme
from rnnviz.trace import Trace

SMALLEST, LARGEST = 11.0, 26.0
"""Pixels across the mark of one unit, and of the most that share a place."""

MOST_NAMED, FEW_NAMED = 12, 3
"""Units that a hover lists by number; fewer where there are very many."""

MOST_PLACES: Final = 800
"""Places of a gate that are told apart; of more, those within a fortieth are one."""

Unit = tuple[int, int, int]
"""The numbers of its layer, its direction and itself."""

Places = dict[tuple[float, float], list[Unit]]
"""The units at every place, by the fractions that make it."""


def saturation_scatter(
    trace: Trace,
    *,
    layer: int | None = None,
    direction: Direction | None = None,
    caption: Sequence[str] = (),
    theme: Theme = "light",
) -> go.Figure:
    """The fraction of steps on which each unit's gates are below 0.1 against the fraction above 0.9.

    A plain RNN has no gates: here the fractions are those on which the tanh of its state is below -0.9 and above 0.9.
    All samples count; padded steps do not. Units of a gate that share a place are one mark, larger the more they are;
    the hover says which. ``layer`` and ``direction`` are all by default.

    Raises:
        ValueError: If the trace has no such layer or direction.

    Source: Karpathy, Johnson, Fei-Fei (2015), arXiv 1506.02078, figure 3.

    >>> import torch
    >>> from rnnviz import capture, figures
    >>> trace = capture(torch.nn.LSTM(3, 4, batch_first=True), torch.ones(1, 6, 3))
    >>> figure = figures.saturation_scatter(trace)
    >>> figure.data[0].type
    'scatter'
    """
    trace.panel("h", layer=layer or 0, direction=direction or "forward")  # refuses what is not there
    gates = [signal for signal in trace.values if signal in SIGMOID_GATES] or ["h"]
    tanh = gates == ["h"]
    exact = {gate: _places(trace, gate, layer, direction) for gate in gates}
    places = {gate: _fewer(found) for gate, found in exact.items()}
    figure = sheet.begin(f"How often the {'states h' if tanh else 'gates'} saturate", {}, {}, theme, height=520)
    most = max((len(units) for found in places.values() for units in found.values()), default=1)
    for gate, found in places.items():
        names = _names(found, trace, MOST_NAMED if places == exact else FEW_NAMED)
        figure.add_trace(_marks(gate, found, most, theme, names).update(meta=_listed(found, trace)))
    _ground(figure, theme, tanh=tanh)
    sheet.small_titles(figure)
    sheet.legend_below(figure, itemsizing="constant")
    head, seen = _said(trace, gates, exact, layer, direction)
    sentences = [*caption, _where(trace, layer, direction, caption), seen]
    if most > 1:
        sentences.append(f"A larger mark stands for more units, at most {most}.")
    if places != exact:
        sentences.append("Units within a fortieth of each other share a mark.")
    return sheet.finish(figure, sentences, theme, alt=" ".join([*caption, head, seen]))


def _places(trace: Trace, gate: str, layer: int | None, direction: Direction | None) -> Places:
    left, right = tanh_saturation(trace) if gate == "h" else saturation(trace, gate)
    found: Places = defaultdict(list)
    for (at, way, unit), low in np.ndenumerate(left):
        name = trace.directions[way]
        high = right[at, way, unit]
        if layer in (None, at) and direction in (None, name) and not np.isnan(low):
            found[float(low), float(high)].append((at, way, unit))
    return found


def _fewer(exact: Places) -> Places:
    """The places that a screen tells apart."""
    if len(exact) <= MOST_PLACES:
        return exact
    found: Places = defaultdict(list)
    for (low, high), units in exact.items():
        found[round(40 * low) / 40, round(40 * high) / 40] += units
    return found


def _many(trace: Trace) -> bool:
    """Whether a unit's number alone does not say which one it is."""
    return trace.sizes["layer"] * trace.sizes["direction"] > 1


def _marks(gate: str, found: Places, most: int, theme: Theme, names: list[str]) -> go.Scatter:
    counts = np.array([len(units) for units in found.values()])
    grown = (np.sqrt(counts) - 1) / (np.sqrt(most) - 1) if most > 1 else np.zeros(len(counts))
    return go.Scatter(
        x=np.array([place[0] for place in found], np.float32),
        y=np.array([place[1] for place in found], np.float32),
        mode="markers",
        name=style.named(gate),
        marker={
            "symbol": style.SHAPES[gate],
            "color": SIGNAL_COLORS[theme][gate],
            "size": np.round(SMALLEST + (LARGEST - SMALLEST) * grown).astype(np.int8),
            "line": {"width": 2.5},
        },
        text=names,
        hovertemplate=f"{style.named(gate)}<br>%{{text}}<br>shut %{{x:.1%}}, open %{{y:.1%}}<extra></extra>",
        cliponaxis=False,
    )


def _names(found: Places, trace: Trace, most: int) -> list[str]:
    """What the hover of each place calls its units."""
    return [_list([_name(unit, trace) for unit in units], most) for units in found.values()]


def _name(unit: Unit, trace: Trace) -> str:
    layer, way, number = unit
    return f"layer {layer} {ARROWS[trace.directions[way]]} unit {number}" if _many(trace) else f"{number}"


def _list(units: list[str], most: int) -> str:
    if len(units) == 1:
        return f"unit {units[0]}" if units[0].isdecimal() else units[0]
    named = (", " if units[0].isdecimal() else "<br>").join(units[:most])
    return f"{len(units)} units here: {named}{' …' if len(units) > most else ''}"


def _listed(found: Places, trace: Trace) -> dict[str, Any]:
    """A row a unit in the table: a hover has no room for all units of a mark, and a table has."""
    sizes = trace.sizes
    marks = np.full((sizes["layer"], sizes["direction"], sizes["unit"]), -1, np.int16)
    for mark, units in enumerate(found.values()):
        marks[tuple(np.transpose(units))] = mark
    levels = {"layer": range(sizes["layer"]), "direction": trace.directions} if _many(trace) else {}
    return listed(x="", y="") | shared(marks, **levels, unit=range(sizes["unit"]))


def _ground(figure: go.Figure, theme: Theme, *, tanh: bool) -> None:
    """Axes, the line that no point can be beyond, and what its corners mean."""
    soft = GROUNDS[theme]["soft"]
    low, high = ("h below −0.9", "h above 0.9") if tanh else ("shut, below 0.1", "open, above 0.9")
    shut, wide = ("near −1", "near 1") if tanh else ("shut", "open")
    figure.add_shape(
        type="line", x0=0, y0=1, x1=1, y1=0, line={"color": soft, "dash": "dash", "width": 1.5}, layer="below"
    )
    font = {"color": soft, "size": 14}
    for x, y, text, anchor, up in ((0, 1, f"always {wide}", "left", 12), (1, 0, f"always {shut}", "right", -12)):
        figure.add_annotation(x=x, y=y, text=text, xanchor=anchor, xshift=6, yshift=up, showarrow=False, font=font)
    share = {"range": [-0.08, 1.08], "tickformat": ".0%", "dtick": 0.25}
    figure.update_layout(
        xaxis=style.axis(f"{low} (% of steps)", **share), yaxis=style.axis(f"{high} (% of steps)", **share)
    )


def _said(
    trace: Trace, gates: list[str], places: dict[str, Places], layer: int | None, direction: Direction | None
) -> tuple[str, str]:
    """What the picture is of, and what it shows."""
    units = sum(len(units) for found in places.values() for units in found.values())
    still = sum(len(found.get((0.0, 0.0), [])) for found in places.values())
    what = "the states are" if gates == ["h"] else "the gates are"
    low, high = _range(trace, gates, layer, direction)
    span = f"{what} between {style.digits(low, 2)} and {_below_one(high)} at every step"
    head = f"Fractions of steps on which {what} saturated, {units} marks counted by unit."
    if not units:
        return head, "There are no finite numbers to count."
    if still == units:
        return head, f"All {units:,} lie at the origin: nothing ever saturates; {span}."
    return head, f"{still:,} of {units:,} lie at the origin: these never saturate. Over all units, {span}."


def _below_one(high: float) -> str:
    """The largest value, not rounded to the 1 that it does not reach."""
    return next(
        (text for text in (style.digits(high, count) for count in (2, 3, 4)) if text != "1" or high == 1), "almost 1"
    )


def _range(trace: Trace, gates: list[str], layer: int | None, direction: Direction | None) -> tuple[float, float]:
    at = slice(None) if layer is None else slice(layer, layer + 1)
    way = trace.directions.index(direction) if direction else None
    ways = slice(None) if way is None else slice(way, way + 1)
    shown = [trace[gate][at, ways] for gate in gates]
    known = [values[~np.isnan(values)] for values in shown]
    return min(v.min(initial=np.inf) for v in known), max(v.max(initial=-np.inf) for v in known)


def _where(trace: Trace, layer: int | None, direction: Direction | None, caption: Sequence[str]) -> str:
    sizes = trace.sizes
    layers = f"layer {layer}" if layer is not None else "all layers" if sizes["layer"] > 1 else "one layer"
    ways = direction or ("both directions" if len(trace.directions) > 1 else trace.directions[0])
    steps = int(trace.lengths.sum())
    place = f"{layers}{',' * (layer is None)} {ways}, {steps:,} step{'s' * (steps != 1)}"
    return f"{place[0].upper()}{place[1:]}" if caption else f"{CELL_LABELS[trace.cell]}, {sizes['unit']} units, {place}"
