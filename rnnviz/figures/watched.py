"""A training that was watched: the gradient at each step, over all updates and after one of them."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from rnnviz.figures import picture, sheet, style
from rnnviz.figures.curves import Canvas, Look, edges_said, window
from rnnviz.figures.gradients import MOST_CELLS, decades
from rnnviz.figures.picture import Axis, Line, Picture
from rnnviz.figures.watched_place import WatchedPlace, called, module_of, numbers, place_of, watched_place
from rnnviz.names import Direction
from rnnviz.palette import GROUNDS, SIGNAL_COLORS, Theme
from rnnviz.record import Record

HEIGHT = 500

SAMPLE = "Mean over up to 4 sequences of the batch."


def watched_gradients(
    record: Record,
    path: str | None = None,
    *,
    layer: int | None = None,
    direction: Direction = "forward",
    row: int | None = None,
    beside: Sequence[Record] = (),
    caption: Sequence[str] = (),
    theme: Theme = "light",
) -> go.Figure:
    """The gradient's norm at each step, a column for each update that was looked at, in logarithmic colours.

    Args:
        record: A training that was watched.
        path: Of the module; the first one by default.
        layer: The top layer by default.
        row: Of the record, which is marked.
        beside: Records in pictures beside this one, which is to have the same colours and axes.

    Raises:
        ValueError: If the record has no such module, layer or direction.

    >>> import torch
    >>> import rnnviz
    >>> from rnnviz import figures
    >>> gru = torch.nn.GRU(3, 4)
    >>> optimizer = torch.optim.SGD(gru.parameters(), lr=0.1)
    >>> with rnnviz.watch(gru, every=1) as watched:
    ...     for _ in range(3):
    ...         gru(torch.ones(6, 2, 3))[0][-1].sum().backward()
    ...         optimizer.step()
    >>> figure = figures.watched_gradients(watched.record)
    >>> figure.data[0].z.shape  # (step, update)
    (6, 3)
    """
    place = place_of(record, path, layer, direction)
    norms = numbers(record, place, "grad_norm").T  # (time, row)
    down, across = picture.strides(norms.shape[0], norms.shape[1], MOST_CELLS)
    steps, drawn = np.arange(0, len(norms), down), norms[::down, ::across]
    logs = _logarithms(drawn)
    others = [_logarithms(_norms(other, place)) for other in beside if other.layers]
    figure = sheet.begin(
        "Gradient of the loss at each step, over the training",
        style.axis("updates made", tickformat="d", showgrid=False, zeroline=False, **_range(record, beside)),
        style.axis("step t", tickformat="d", showgrid=False, zeroline=False),
        theme,
        plot_bgcolor=GROUNDS[theme]["panel"],
        height=HEIGHT,
    )
    cells = {"x": record.update[::across], "y": steps}
    known = np.concatenate([each[np.isfinite(each)] for each in (logs, *others)])
    colors, bar = decades(known, theme)
    hover = "after %{x:d} updates, t = %{y:d}"
    figure.add_trace(sheet.image(logs, colors, bar, f"{hover}<br>norm 10^%{{z:.3f}}", **cells, meta="log10"))
    sheet.grey_out(figure, np.isinf(drawn), theme, hover, **cells)
    if row is not None:
        sheet.outline(figure, *_column(record.update, row), theme)
    sentences = [
        *caption,
        called(record, place, caption),
        f"Each column: ‖∂L/∂h<sub>t</sub>‖. {SAMPLE} Empty: exactly 0, or no such step.",
    ]
    if np.isinf(norms).any():
        sentences.append("Grey: no finite number.")
    if (down, across) != (1, 1):
        sentences.append(f"One of {down} steps and one of {across} recorded updates is drawn.")
    return sheet.finish(figure, sentences, theme)


def watched_steps(
    record: Record,
    row: int = -1,
    path: str | None = None,
    *,
    layer: int | None = None,
    direction: Direction = "forward",
    beside: Sequence[Record] = (),
    caption: Sequence[str] = (),
    theme: Theme = "light",
) -> go.Figure:
    """The gradient's norm at each step after one update, and after the first; the axes are the same for every row.

    Args:
        record: A training that was watched.
        row: Of the record, one of its updates; the last by default.
        path: Of the module; the first one by default.
        layer: The top layer by default.
        beside: Records in pictures beside this one, which is to have the same axes.

    Raises:
        ValueError: If the record has no such row, module, layer or direction.

    >>> import torch
    >>> import rnnviz
    >>> from rnnviz import figures
    >>> gru = torch.nn.GRU(3, 4)
    >>> optimizer = torch.optim.SGD(gru.parameters(), lr=0.1)
    >>> with rnnviz.watch(gru, every=1) as watched:
    ...     for _ in range(3):
    ...         gru(torch.ones(6, 2, 3))[0][-1].sum().backward()
    ...         optimizer.step()
    >>> figure = figures.watched_steps(watched.record, 1)
    >>> [line.name for line in figure.data]
    ['after 1 update', 'after 0 updates']
    """
    drawn = steps_picture(record, row, path, layer=layer, direction=direction, beside=beside, caption=caption)
    figure = sheet.begin(
        drawn.title,
        style.axis(
            drawn.x.title, range=[drawn.x.low, drawn.x.high], zeroline=False, **style.counted(int(drawn.x.high))
        ),
        style.log_axis(drawn.y.title, drawn.y.low, drawn.y.high),
        theme,
        height=HEIGHT,
    )
    canvas = Canvas(figure, theme, drawn.y.low, drawn.y.high)
    looks = (Look(SIGNAL_COLORS[theme]["h"]), Look(GROUNDS[theme]["soft"], "dot", "diamond", row=1))
    for line, look in zip(drawn.lines, looks, strict=False):
        canvas.curve(line.x, line.y, line.name, look, hover=f"{line.name}<br>t = %{{x:d}}")
    sheet.legend_below(figure, itemwidth=45)
    return sheet.finish(figure, [*caption, *drawn.said], theme)


def steps_picture(
    record: Record,
    row: int = -1,
    path: str | None = None,
    *,
    layer: int | None = None,
    direction: Direction = "forward",
    beside: Sequence[Record] = (),
    caption: Sequence[str] = (),
) -> Picture:
    """What ``watched_steps`` draws, for a film of it; arguments and errors as there."""
    rows = len(record.update)
    if not -rows <= row < rows:
        raise ValueError(f"row must be in {-rows}..{rows - 1} for this record; got {row}")
    place, chosen = place_of(record, path, layer, direction), range(rows)[row]
    every = [_norms(record, place), *(_norms(other, place) for other in beside if other.layers)]
    low, high = window([each[~np.isnan(each)] for each in every], whole=False)
    last = max(each.shape[1] for each in every) - 1
    none = np.zeros(0, np.float32)
    arms = {chosen: "validation", 0: "training"} if chosen else {0: "validation"}
    lines = tuple(Line(arm, _after(record, k), *_curve(record, place, k), none, none) for k, arm in arms.items())
    said = [called(record, place, caption), *_share_said(lines[0].y), SAMPLE, *edges_said([line.y for line in lines])]
    return Picture(
        f"Gradient at each step {_after(record, chosen)}",
        Axis("step t", -0.03 * last - 0.5, 1.03 * last + 0.5, log=False),
        Axis("‖∂L/∂h<sub>t</sub>‖", low, high, log=True),
        lines,
        said=tuple(said),
    )


def _norms(record: Record, place: WatchedPlace) -> np.ndarray:
    """The norms of a place, or of the one that stands for it in this record, (row, time)."""
    return numbers(record, watched_place(record, place), "grad_norm")


def _curve(record: Record, place: WatchedPlace, row: int) -> tuple[np.ndarray, np.ndarray]:
    """The steps that the sequences of a row have, and the norms there."""
    norms, steps = numbers(record, place, "grad_norm")[row], module_of(record, place)["steps"][row]
    count = int(steps) if 1 <= steps <= len(norms) else len(norms)
    return np.arange(count), norms[:count]


def _after(record: Record, row: int) -> str:
    count = int(record.update[row])
    return f"after {count:,} update{'' if count == 1 else 's'}"


def _share_said(norms: np.ndarray) -> list[str]:
    """What is left of the gradient at the first step."""
    if len(norms) < 2 or not np.isfinite(norms).all() or norms.max() == 0:
        return []
    largest = int(norms.argmax())
    if largest == 0:
        return ["The gradient is largest at t = 0."]
    return [f"At t = 0 it is {style.power(float(norms[0] / norms[largest]))} of the largest, at t = {largest}."]


def _logarithms(norms: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore", invalid="ignore"):
        found: np.ndarray = np.where((norms > 0) & np.isfinite(norms), np.log10(norms), np.nan)
    return found


def _range(record: Record, beside: Sequence[Record]) -> dict[str, object]:
    """The axis of updates, if it has to be that of other records as well."""
    if not beside:
        return {}
    last = max((int(one.update[-1]) for one in (record, *beside) if len(one.update)), default=0)
    return {"range": [-0.01 * last - 0.5, 1.01 * last + 0.5]}


def _column(updates: np.ndarray, row: int) -> tuple[float, float]:
    """Where the column of a row begins and ends: halfway to its neighbours."""
    chosen = range(len(updates))[row]
    before = (updates[chosen] - updates[chosen - 1]) / 2 if chosen else None
    after = (updates[chosen + 1] - updates[chosen]) / 2 if chosen + 1 < len(updates) else None
    left, right = (before or after or 0.5), (after or before or 0.5)
    return float(updates[chosen] - left), float(updates[chosen] + right)
