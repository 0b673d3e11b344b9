"""One layer, direction and sample of a trace: as figures draw it and captions name it, and as units by time."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from rnnviz.figures import picture, sheet, style
from rnnviz.names import CELL_LABELS, LABELS, Direction
from rnnviz.palette import GROUNDS, Theme
from rnnviz.trace import Trace


@dataclass(frozen=True, eq=False)
class Panel:
    """A place in a trace, its padded steps left out."""

    trace: Trace
    layer: int = 0
    direction: Direction = "forward"
    batch: int = 0

    @property
    def length(self) -> int:
        """True steps."""
        return int(self.trace.lengths[self.batch])

    @property
    def tokens(self) -> tuple[str, ...]:
        """A label for every true step."""
        return self.trace.tokens[self.batch][: self.length]

    @property
    def units(self) -> int:
        """Hidden units."""
        return self.trace.sizes["unit"]

    @property
    def backwards(self) -> bool:
        """Whether the last step is read first."""
        return self.direction == "reverse"

    def values(self, signal: str, *, padded: bool = False) -> np.ndarray:
        """A signal, of shape (time, unit); ValueError if the trace has none at this place."""
        values = self.trace.panel(signal, layer=self.layer, direction=self.direction, batch=self.batch)
        return values if padded else values[: self.length]

    def where(self, caption: Sequence[str] = (), steps: str | None = None) -> str:
        """The place in words, with cell and units unless ``caption``, which stands before it, has them already.

        ``steps`` says how many steps there are; the true steps by default.
        """
        network = f"{CELL_LABELS[self.trace.cell]}, {self.units} units"
        many = f"{steps or f'{self.length:,}'} step{'s' * (self.length != 1)}"
        return placed(network, self.layer, self.direction, many, caption)


def placed(network: str, layer: int, direction: Direction, more: str, caption: Sequence[str]) -> str:
    """``LSTM, 4 units, layer 0 forward, 9 steps``; after a caption that has said the network, from the layer on."""
    place = f"ayer {layer} {direction}, {more}"
    return f"L{place}" if caption else f"{network}, l{place}"


def signal_heatmap(
    trace: Trace,
    signal: str = "h",
    *,
    layer: int = 0,
    direction: Direction = "forward",
    batch: int = 0,
    caption: Sequence[str] = (),
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
    down, across = picture.strides(*values.shape)
    drawn = picture.means(values, down, across)
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
    figure.add_trace(sheet.image(drawn, colors, bar, hover, **picture.cells(down, across)))
    sentences = [*caption, panel.where(caption, steps=f"{trace.sizes['time']:,}")]
    if each:
        sentences.append(f"Each cell is the mean of {_shared(down, across)}.")
    if not np.isfinite(values).all():
        sentences.append("Grey: no finite number.")
    return sheet.finish(figure, sentences, theme)


def _shared(down: int, across: int) -> str:
    return f"{across} steps × {down} units" if down > 1 else f"{across} steps"
