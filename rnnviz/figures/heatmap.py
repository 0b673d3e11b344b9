"""Units by time: one signal of one layer and direction, under the words that were read."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from rnnviz.figures import sheet, style, thinning
from rnnviz.figures.panel import Panel
from rnnviz.names import LABELS, Direction
from rnnviz.palette import GROUNDS, Theme
from rnnviz.trace import Trace


def signal_heatmap(
    trace: Trace,
    signal: str = "h",
    *,
    layer: int = 0,
    direction: Direction = "forward",
    batch: int = 0,
    said: Sequence[str] = (),
    theme: Theme = "light",
) -> go.Figure:
    """A signal over time as a heatmap: a row is a unit, a column a step.

    Padded steps and numbers that are not finite stay gaps. Of many numbers several share a cell, which is their mean.

    Raises:
        ValueError: If the trace has no such signal, layer, direction or sample.

    >>> import torch
    >>> from rnnviz import capture, figures
    >>> trace = capture(torch.nn.LSTM(3, 4, batch_first=True), torch.ones(1, 6, 3), tokens=[list("abcdef")])
    >>> figure = figures.signal_heatmap(trace, "f")
    >>> figure.data[0].type
    'heatmap'
    """
    panel = Panel(trace, layer, direction, batch)
    values = panel.values(signal, padded=True).T  # (unit, time)
    down, across = thinning.strides(*values.shape)
    drawn = thinning.means(values, down, across)
    finite = np.abs(drawn[np.isfinite(drawn)])
    largest = max(float(finite.max(initial=0.0)), 1.0 if signal != "c" else 1e-9)
    symbol, name = style.symbol(signal), LABELS[signal]
    each = "" if down == across == 1 else f"<br>mean of {_shared(down, across)}"
    hover = f"t = %{{x:d}}<br>unit %{{y}}<br>{signal} = %{{z:.7g}}{each}"
    colors = style.color_axis(signal, largest, theme)
    figure = sheet.begin(
        f"{name[0].upper()}{name[1:]} {symbol} over time",
        style.axis("step t", **style.word_axis(trace.tokens[batch])),
        style.axis("unit", autorange="reversed", tick0=0, dtick=-(-len(values) // 16), showgrid=False),
        theme,
        plot_bgcolor=GROUNDS[theme]["nan"],
    )
    bar = {"title": {"text": symbol}}
    figure.add_trace(sheet.image(drawn, colors, bar, hover, **thinning.cells(down, across)))
    sentences = [*said, panel.where(said, steps=f"{trace.sizes['time']:,}")]
    if each:
        sentences.append(f"A cell is the mean of {_shared(down, across)}.")
    if not np.isfinite(values).all():
        sentences.append("Grey: no finite number.")
    return sheet.finish(figure, sentences, theme)


def _shared(down: int, across: int) -> str:
    return f"{across} steps × {down} units" if down > 1 else f"{across} steps"
