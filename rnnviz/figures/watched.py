"""A training that was watched: the gradient at each step over the updates, and its norm before and after clipping."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from rnnviz.figures import picture, sheet, style
from rnnviz.figures.curves import Canvas, Look, edges_said, window
from rnnviz.figures.gradients import MOST_CELLS, decades
from rnnviz.figures.panel import placed
from rnnviz.names import CELL_LABELS, Direction
from rnnviz.palette import GROUNDS, SIGNAL_COLORS, Theme
from rnnviz.record import LayerRecord, Record

HEIGHT = 500


def watched_gradients(
    record: Record,
    path: str | None = None,
    *,
    layer: int | None = None,
    direction: Direction = "forward",
    caption: Sequence[str] = (),
    theme: Theme = "light",
) -> go.Figure:
    """The gradient's norm at each step, a column for each update that was looked at, in logarithmic colours.

    Args:
        record: A training that was watched.
        path: Of the module; the first one by default.
        layer: The top layer by default.

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
    module = _module(record, path)
    number = module.num_layers - 1 if layer is None else layer
    norms = _panel(module, number, direction)
    down, across = picture.strides(norms.shape[0], norms.shape[1], MOST_CELLS)
    steps, drawn = np.arange(0, len(norms), down), norms[::down, ::across]
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.where((drawn > 0) & np.isfinite(drawn), np.log10(drawn), np.nan)
    figure = sheet.begin(
        "Gradient of the loss at each step, over the training",
        style.axis("updates made", tickformat="d", showgrid=False, zeroline=False),
        style.axis("step t", tickformat="d", showgrid=False, zeroline=False),
        theme,
        plot_bgcolor=GROUNDS[theme]["panel"],
        height=HEIGHT,
    )
    place = {"x": record.update[::across], "y": steps}
    colors, bar = decades(logs[np.isfinite(logs)], theme)
    hover = "after %{x:d} updates, t = %{y:d}"
    figure.add_trace(sheet.image(logs, colors, bar, f"{hover}<br>norm 10^%{{z:.3f}}", **place, meta="log10"))
    sheet.grey_out(figure, np.isinf(drawn), theme, hover, **place)
    sentences = [
        *caption,
        placed(f"{CELL_LABELS[module.cell]}, {module.hidden_size} units", number, direction, _called(module), caption),
        "Each column: ‖∂L/∂h<sub>t</sub>‖, mean over up to 4 sequences. Empty: exactly 0, or no such step.",
    ]
    if np.isinf(norms).any():
        sentences.append("Grey: no finite number.")
    if (down, across) != (1, 1):
        sentences.append(f"One of {down} steps and one of {across} recorded updates is drawn.")
    return sheet.finish(figure, sentences, theme)


def watched_norms(record: Record, *, caption: Sequence[str] = (), theme: Theme = "light") -> go.Figure:
    """The norm of all gradients after the backward pass, and at the updates that were clipped, what was left of it.

    What float32 cannot hold stands as marks at the edges.

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
    low, high = window([before, after], whole=False)
    figure = sheet.begin(
        f"{clipped.mean():.0%} of the gradients were clipped" if clipped.any() else "Norm of the gradient",
        style.axis("updates made", tickformat="d"),
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
    sheet.legend_below(figure, itemwidth=45)
    return sheet.finish(figure, [*sentences, *edges_said([before, after])], theme)


def _module(record: Record, path: str | None) -> LayerRecord:
    found = next((layer for layer in record.layers if path is None or layer.path == path), None)
    if found is None:
        known = ", ".join(repr(layer.path) for layer in record.layers) or "none"
        raise ValueError(f"path must be one of this record's modules ({known}); got {path!r}")
    return found


def _panel(module: LayerRecord, layer: int, direction: Direction) -> np.ndarray:
    """The norms of one layer and direction, (time, row)."""
    if direction not in module.directions:
        raise ValueError(f"direction must be {' or '.join(module.directions)} for this module; got {direction!r}")
    if not 0 <= layer < module.num_layers:
        raise ValueError(f"layer must be in 0..{module.num_layers - 1} for this module; got {layer}")
    norms: np.ndarray = module["grad_norm"][:, layer, module.directions.index(direction)].T
    return norms


def _called(module: LayerRecord) -> str:
    return f"module {style.label(module.path, 40)}" if module.path else "the model itself"
