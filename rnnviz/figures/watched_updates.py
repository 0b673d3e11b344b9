"""A training that was watched, over its updates: norms and clipping, the loss, units, gates, half-lives, W_hh."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import plotly.graph_objects as go

from rnnviz.figures import sheet, style
from rnnviz.figures.curves import MARKS, Canvas, Look, edges_said, inside, thinned_said, window
from rnnviz.figures.table import listed
from rnnviz.figures.watched_place import WatchedPlace, called, module_of, numbers, place_of, watched_place
from rnnviz.names import LABELS, Direction
from rnnviz.palette import SIGNAL_COLORS, Theme
from rnnviz.record import QUANTILES, Record

HEIGHT = 500

TOPS = (0.1, 0.25, 0.5, 1.0)
"""Where an axis of shares may end."""


@dataclass(frozen=True, eq=False)
class Curve:
    """One curve over the updates; ``low`` and ``high`` are the edges of bands around it."""

    name: str
    values: np.ndarray
    look: Look
    bands: Sequence[tuple[np.ndarray, np.ndarray]] = ()


def watched_norms(
    record: Record, *, beside: Sequence[Record] = (), caption: Sequence[str] = (), theme: Theme = "light"
) -> go.Figure:
    """The norm of all gradients after the backward pass, and at the updates that were clipped, what was left of it.

    What float32 cannot hold stands as marks at the edges.

    Args:
        record: A training that was watched.
        beside: Records in pictures beside this one, which is to have the same axes.

    >>> import torch
    >>> import rnnviz
    >>> from rnnviz import figures
    >>> gru = torch.nn.GRU(3, 4)
    >>> optimizer = torch.optim.SGD(gru.parameters(), lr=0.1)
    >>> with rnnviz.watch(gru, every=1) as watched:
    ...     for _ in range(3):
    ...         gru(torch.ones(6, 2, 3))[0].sum().backward()
    ...         _ = torch.nn.utils.clip_grad_norm_(gru.parameters(), 0.5)
    ...         optimizer.step()
    ...         optimizer.zero_grad()
    >>> figure = figures.watched_norms(watched.record)
    >>> [line.name for line in figure.data]
    ['before clipping', 'clipped to']
    """
    clipped = record.clipped
    before, after = record.grad_norm, record.grad_norm_after[clipped]
    all_of_them = [each for one in (record, *beside) for each in (one.grad_norm, one.grad_norm_after[one.clipped])]
    low, high = window(all_of_them, whole=False)
    figure = sheet.begin(
        f"{clipped.mean():.0%} of the gradients were clipped" if clipped.any() else "Norm of the gradient",
        updates_axis(record, beside),
        style.log_axis("‖g‖ (loss per unit of weight)", low, high),
        theme,
        height=HEIGHT,
    )
    canvas, colors = Canvas(figure, theme, low, high), SIGNAL_COLORS[theme]
    canvas.curve(record.update, before, "before clipping", Look(colors["unclipped"]), hover="before clipping")
    sentences = [*caption, f"{len(before)} of {record.updates:,} updates were looked at."]
    if clipped.any():
        look = Look(colors["clipped"], "dash", "diamond", row=1)
        canvas.curve(record.update[clipped], after, "clipped to", look, hover="clipped to")
        threshold = float(np.median(after))
        figure.add_hline(y=threshold, line={"color": colors["clipped"], "width": 2, "dash": "dot"})
        sentences.append(f"Dotted: {style.digits(threshold)}, what clipping left (median).")
    else:
        sentences.append("No gradient was clipped.")
    sheet.legend_below(figure, itemwidth=45)
    figure.update_layout(showlegend=True)
    return sheet.finish(figure, [*sentences, *edges_said([before, after])], theme)


def watched_loss(
    record: Record, *, beside: Sequence[Record] = (), caption: Sequence[str] = (), theme: Theme = "light"
) -> go.Figure:
    """The loss of the updates that were looked at, as ``note_loss`` was given it; logarithmic where it is above 0.

    Args:
        record: A training that was watched.
        beside: Records in pictures beside this one, which is to have the same axes.

    >>> import torch
    >>> import rnnviz
    >>> from rnnviz import figures
    >>> gru = torch.nn.GRU(3, 4)
    >>> optimizer = torch.optim.SGD(gru.parameters(), lr=0.1)
    >>> with rnnviz.watch(gru, every=1) as watched:
    ...     for _ in range(3):
    ...         loss = gru(torch.ones(6, 2, 3))[0].square().sum()
    ...         loss.backward()
    ...         watched.note_loss(loss)
    ...         optimizer.step()
    >>> len(figures.watched_loss(watched.record).data[0].y)
    3
    """
    losses = np.concatenate([one.loss for one in (record, *beside)])
    line = Curve("loss", record.loss, Look(SIGNAL_COLORS[theme]["h"]))
    finite = losses[np.isfinite(losses)]
    height = _heights([losses]) if (finite > 0).all() else _plain(finite)
    ends = record.loss[np.isfinite(record.loss)]
    said = (
        f"It begins at {style.digits(float(ends[0]))} and ends at {style.digits(float(ends[-1]))}." if len(ends) else ""
    )
    return _over_updates(
        record, [line], beside, theme, title="Loss of each batch", y="loss", height=height, sentences=[*caption, said]
    )


def watched_units(
    record: Record,
    path: str | None = None,
    *,
    layer: int | None = None,
    direction: Direction = "forward",
    beside: Sequence[Record] = (),
    caption: Sequence[str] = (),
    theme: Theme = "light",
) -> go.Figure:
    """The shares of saturated hidden states and of dead units, over the updates.

    Args:
        record: A training that was watched.
        path: Of the module; the first one by default.
        layer: The top layer by default.
        beside: Records in pictures beside this one, which is to have the same axes.

    Raises:
        ValueError: If the record has no such module, layer or direction.

    >>> import torch
    >>> from rnnviz import figures
    >>> from rnnviz.watching import pass_once
    >>> figure = figures.watched_units(pass_once(torch.nn.GRU(3, 4), torch.ones(6, 2, 3)))
    >>> [line.name for line in figure.data]
    ['saturated', 'dead']
    """
    place, colors = place_of(record, path, layer, direction), SIGNAL_COLORS[theme]
    lines = [
        Curve("saturated", numbers(record, place, "saturated"), Look(colors["h"])),
        Curve("dead", numbers(record, place, "dead"), Look(colors["c"], "dash", "diamond")),
    ]
    said = [
        called(record, place, caption),
        "Saturated: the share of numbers of h beyond ±0.95. Dead: the share of units that never change.",
    ]
    return _over_updates(
        record, lines, beside, theme, title="Saturated and dead units", y="share",
        height=_shares(record, beside, place, ("saturated", "dead")),
        sentences=[*caption, *said],
    )  # fmt: skip


def watched_gates(
    record: Record,
    path: str | None = None,
    *,
    layer: int | None = None,
    direction: Direction = "forward",
    beside: Sequence[Record] = (),
    caption: Sequence[str] = (),
    theme: Theme = "light",
) -> go.Figure:
    """The share of each gate's numbers that are open, above 0.95, and shut, below 0.05, over the updates.

    Args:
        record: A training that was watched.
        path: Of the module; the first one by default.
        layer: The top layer by default.
        beside: Records in pictures beside this one, which is to have the same axes.

    Raises:
        ValueError: If the record has no such module, layer or direction, or it is a plain RNN's.

    >>> import torch
    >>> from rnnviz import figures
    >>> from rnnviz.watching import pass_once
    >>> figure = figures.watched_gates(pass_once(torch.nn.GRU(3, 4), torch.ones(6, 2, 3)))
    >>> [line.name for line in figure.data]
    ['r open', 'r shut', 'z open', 'z shut']
    """
    place = place_of(record, path, layer, direction)
    gates = _gates(record, place)
    lines = [
        Curve(f"{gate} {state}", numbers(record, place, state)[:, k], Look(SIGNAL_COLORS[theme][gate], dash, shape))
        for k, gate in enumerate(gates)
        for state, dash, shape in (("open", "solid", "circle"), ("shut", "dash", "diamond"))
    ]
    named = ", ".join(f"{gate} {LABELS[gate]}" for gate in gates)
    said = [
        called(record, place, caption),
        f"{named}. The share of their numbers above 0.95 (open) and below 0.05 (shut).",
    ]
    return _over_updates(
        record, lines, beside, theme, title="Gates open and shut", y="share",
        height=_shares(record, beside, place, ("open", "shut")),
        sentences=[*caption, *said],
    )  # fmt: skip


def watched_half_lives(
    record: Record,
    path: str | None = None,
    *,
    layer: int | None = None,
    direction: Direction = "forward",
    beside: Sequence[Record] = (),
    caption: Sequence[str] = (),
    theme: Theme = "light",
) -> go.Figure:
    """After how many steps half of a unit's state is left, by its forget or update gate: quantiles over the units.

    Args:
        record: A training that was watched.
        path: Of the module; the first one by default.
        layer: The top layer by default.
        beside: Records in pictures beside this one, which is to have the same axes.

    Raises:
        ValueError: If the record has no such module, layer or direction, or it is a plain RNN's.

    >>> import torch
    >>> from rnnviz import figures
    >>> from rnnviz.watching import pass_once
    >>> figure = figures.watched_half_lives(pass_once(torch.nn.LSTM(3, 4), torch.ones(6, 2, 3)))
    >>> figure.data[-1].name
    'median unit'
    """
    place = place_of(record, path, layer, direction)
    gate = "f" if "f" in _gates(record, place) else "z"
    lives = numbers(record, place, "half_life")  # (row, quantile)
    others = [numbers(one, watched_place(one, place), "half_life") for one in beside if one.layers]
    bands = [(lives[:, 0], lives[:, -1]), (lives[:, 1], lives[:, -2])]
    line = Curve("median unit", lives[:, len(QUANTILES) // 2], Look(SIGNAL_COLORS[theme][gate]), bands)
    said = [called(record, place, caption), "Bands: 80% and 50% of the units."]
    if 0 < (steps := np.nanmax(module_of(record, place)["steps"], initial=0)) < np.inf:
        said.append(f"The sequences have up to {int(steps):,} steps.")
    return _over_updates(
        record, [line], beside, theme, title=f"Half-life of the state, by the {LABELS[gate]}", y="steps",
        height=_heights([lives, *others]), sentences=[*caption, *said],
    )  # fmt: skip


def watched_singular_values(
    record: Record,
    path: str | None = None,
    *,
    layer: int | None = None,
    direction: Direction = "forward",
    beside: Sequence[Record] = (),
    caption: Sequence[str] = (),
    theme: Theme = "light",
) -> go.Figure:
    """The largest singular value of W_hh, all gates stacked, over the updates.

    Args:
        record: A training that was watched.
        path: Of the module; the first one by default.
        layer: The top layer by default.
        beside: Records in pictures beside this one, which is to have the same axes.

    Raises:
        ValueError: If the record has no such module, layer or direction.

    >>> import torch
    >>> from rnnviz import figures
    >>> from rnnviz.watching import pass_once
    >>> lstm = torch.nn.LSTM(3, 4)
    >>> figure = figures.watched_singular_values(pass_once(lstm))
    >>> float(figure.data[0].y[0]) - torch.linalg.matrix_norm(lstm.weight_hh_l0, 2).item() < 1e-5
    True
    """
    place = place_of(record, path, layer, direction)
    values = numbers(record, place, "singular_value")
    others = [numbers(one, watched_place(one, place), "singular_value") for one in beside if one.layers]
    line = Curve("W<sub>hh</sub>", values, Look(SIGNAL_COLORS[theme]["h"]))
    said = [called(record, place, caption), *(["All gates stacked."] if module_of(record, place).gates else [])]
    return _over_updates(
        record, [line], beside, theme, title="Largest singular value of W<sub>hh</sub>",
        y="σ<sub>1</sub>(W<sub>hh</sub>)", height=_heights([values, *others]), sentences=[*caption, *said],
    )  # fmt: skip


def updates_axis(record: Record, beside: Sequence[Record]) -> dict[str, object]:
    """The axis of updates, the same for records beside each other."""
    last = max((int(one.update[-1]) for one in (record, *beside) if len(one.update)), default=0)
    return style.axis(
        "updates made", range=[-0.02 * last - 0.5, 1.02 * last + 0.5], zeroline=False, **style.counted(last)
    )


@dataclass(frozen=True)
class _Height:
    """The range of an axis."""

    low: float
    high: float
    log: bool


def _shares(record: Record, beside: Sequence[Record], place: WatchedPlace, names: Sequence[str]) -> _Height:
    """The range of an axis for shares, from 0 to a round number above all of them."""
    places = [(record, place), *((one, watched_place(one, place)) for one in beside if one.layers)]
    found = np.concatenate([numbers(one, its, name).ravel() for one, its in places for name in names])
    largest = float(np.nanmax(found, initial=0))
    top = next((top for top in TOPS if largest <= top), 1.0)
    return _Height(-0.03 * top, 1.03 * top, log=False)


def _heights(values: Sequence[np.ndarray]) -> _Height:
    return _Height(*window([each[inside(each)] for each in values], whole=False), log=True)


def _plain(finite: np.ndarray) -> _Height:
    low, high = float(finite.min()), float(finite.max())
    free = 0.05 * (high - low) or 1.0
    return _Height(low - free, high + free, log=False)


def _gates(record: Record, place: WatchedPlace) -> tuple[str, ...]:
    gates = module_of(record, place).gates
    if not gates:
        raise ValueError(f"a module must have gates; got a plain RNN at {place.path!r}")
    return gates


def _over_updates(
    record: Record,
    lines: Sequence[Curve],
    beside: Sequence[Record],
    theme: Theme,
    *,
    title: str,
    y: str,
    height: _Height,
    sentences: Sequence[str],
) -> go.Figure:
    """Curves over the updates; a row in which nothing was measured is a gap."""
    ends: Mapping[str, object] = {"range": [height.low, height.high], "zeroline": False}
    axis = style.log_axis(y, height.low, height.high) if height.log else style.axis(y, **ends)
    figure = sheet.begin(title, updates_axis(record, beside), axis, theme, height=HEIGHT)
    canvas, few = Canvas(figure, theme, height.low, height.high, height.log), 1
    for k, line in enumerate(lines):
        known = _measured(record, line.values)
        if not height.log:
            _linear(canvas, replace(line, look=replace(line.look, row=k)), record.update[known], line.values[known])
            continue
        for low, high in line.bands if known.any() else ():
            canvas.band(record.update[known], np.stack([low, high])[:, known], line.name, line.look)
        few = max(few, canvas.curve(
            record.update[known], line.values[known], line.name, line.look,
            hover=f"{line.name}<br>after %{{x:d}} updates",
        ))  # fmt: skip
    if len(lines) > 1:
        sheet.legend_below(figure, itemwidth=45)
    else:
        figure.update_layout(showlegend=False)
    drawn = [line.values[_measured(record, line.values)] for line in lines]
    if len(lines) > 1 and not any(each.any() for each in drawn):
        sentences = [*sentences, "All of them are 0 at every recorded update."]
    edges = edges_said(drawn if height.log else [np.where(np.isfinite(each), 1, each) for each in drawn])
    return sheet.finish(figure, [*filter(None, sentences), *edges, *thinned_said(few)], theme)


def _linear(canvas: Canvas, line: Curve, updates: np.ndarray, values: np.ndarray) -> None:
    """A curve on a plain axis, where 0 has a place."""
    look, hover = line.look, f"{line.name}<br>after %{{x:d}} updates"
    canvas.figure.add_trace(
        go.Scatter(
            x=updates, y=np.where(np.isfinite(values), values, np.nan), name=line.name, legendgroup=line.name,
            mode="lines+markers", line={"color": look.color, "dash": look.dash, "width": look.width},
            marker={"symbol": look.shape, "size": 8, "maxdisplayed": MARKS, "color": look.color},
            hovertemplate=f"{hover}: %{{y:.4g}}<extra></extra>", meta=listed(wide=True, x="", y=""),
        )
    )  # fmt: skip
    canvas.edges(updates, values, line.name, look, hover=hover)


def _measured(record: Record, values: np.ndarray) -> np.ndarray:
    """The rows in which something was measured; after the first number that is not finite, a NaN is one, too."""
    lost = record.update >= record.non_finite.update if record.non_finite else np.zeros(len(values), bool)
    found: np.ndarray = ~np.isnan(values) | (lost & ~np.isnan(values).all())
    return found
