"""What is left of each word at every later one."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import plotly.graph_objects as go

from rnnviz.analysis import mean_retention
from rnnviz.figures import sheet, style, thinning
from rnnviz.figures.memory import keeps, named_units
from rnnviz.figures.panel import Panel
from rnnviz.names import Direction
from rnnviz.palette import SEQUENTIAL, Theme
from rnnviz.trace import Trace

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
    said: Sequence[str] = (),
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
        f"What is left of each word in {style.symbol(state)}",
        style.axis("step t at which it is looked at", range=edges, **style.word_axis(panel.tokens, t)),
        style.axis("step that wrote", range=edges[::-1], **style.word_axis(panel.tokens, most=24)),
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
        *said,
        f"{panel.where(said)}, {named_units(units, panel.units)}.",
        f"Read along a row: the product of {style.symbol(gate, 'k')} over the steps read since.{_once(chosen, panel)}",
        *([] if clean else ["Grey: no finite number."]),
        *([f"Only every {thinning.ordinal(every)} step is drawn."] if every > 1 else []),
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
