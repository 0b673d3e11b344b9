"""The weights of one kind, layer and direction: a block a gate, and what captions say of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from rnnviz.analysis import gate_blocks
from rnnviz.figures import sheet, style
from rnnviz.figures.panel import placed
from rnnviz.names import CELL_LABELS, GATES, LABELS, Cell, Direction
from rnnviz.palette import SIGNAL_COLORS, Theme

KERNELS: Final = ("weight_ih", "weight_hh", "bias")
SYMBOLS: Final = {
    "weight_ih": "W<sub>ih</sub>",
    "weight_hh": "W<sub>hh</sub>",
    "bias": "b<sub>ih</sub>, b<sub>hh</sub>",
}

OUTLIER: Final = 25
"""Entries more than so many times the median size leave the scale to the others."""


@dataclass(frozen=True, eq=False)
class Kernel:
    """The weights of one kind, of one layer and direction.

    Attributes:
        name: One of "weight_ih", "weight_hh", "bias".
        blocks: Mapping of str to ndarray of shape (unit, column). A matrix a gate, in torch's order; biases: 2 columns.
    """

    name: str
    blocks: Mapping[str, np.ndarray]
    cell: Cell
    layer: int
    direction: Direction

    @classmethod
    def of(cls, weights: Mapping[str, np.ndarray], name: str, cell: Cell, layer: int, direction: Direction) -> Self:
        """One of ``KERNELS`` from all weights of a layer and direction, as torch stacks them; ValueError if absent."""
        known = [kind for kind in KERNELS if kind in weights or (kind == "bias" and "bias_ih" in weights)]
        if name not in known:
            raise ValueError(f"kernel must be one of {', '.join(known)} for these weights; got {name!r}")
        stacked = np.stack([weights["bias_ih"], weights["bias_hh"]], 1) if name == "bias" else weights[name]
        return cls(name, gate_blocks(stacked, cell), cell, layer, direction)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of every block."""
        rows, columns = next(iter(self.blocks.values())).shape
        return rows, columns

    @property
    def values(self) -> np.ndarray:
        """All entries, one after the other."""
        return np.concatenate([block.reshape(-1) for block in self.blocks.values()])

    @property
    def title(self) -> str:
        """Its symbol, and that it is shown by gate."""
        return f"{SYMBOLS[self.name]}{', gate by gate' if len(self.blocks) > 1 else ''}"

    @property
    def bound(self) -> float:
        """Where a scale ends: at the largest entry that is no outlier."""
        values = self.values
        sizes = np.abs(values[np.isfinite(values)].astype(np.float64))
        if not sizes.any():
            return 1.0
        near = sizes[sizes <= OUTLIER * np.median(sizes)]
        return float(near.max(initial=0.0)) or float(sizes.max())

    def flagged(self, bound: float) -> list[str]:
        """How many entries are no numbers, infinite or off the scale, in sentences."""
        values = self.values
        nan, infinite = int(np.isnan(values).sum()), int(np.isinf(values).sum())
        finite = np.abs(values[np.isfinite(values)])
        said = []
        if nan or infinite:
            counts = [f"{count} {word}" for count, word in ((nan, "NaN"), (infinite, "infinite")) if count]
            said.append(f"⚠ {' and '.join(counts)} of {values.size:,} entries.")
        if beyond := int((finite > bound).sum()):
            entries = "entry is" if beyond == 1 else "entries are"
            said.append(f"⚠ {beyond} {entries} off this scale, the largest of size {finite.max():.4g}.")
        return said

    def finish(self, figure: go.Figure, said: Sequence[str], sentences: Sequence[str], theme: Theme) -> go.Figure:
        """The figure with what is said of the network, where the weights are, and what is to be seen."""
        headroom = 44 if len(figure.layout.annotations) > 1 else 12  # the names of the gates over their panels
        rows, columns = self.shape
        count = f"{len(GATES[self.cell])} × " if len(self.blocks) > 1 else ""
        numbers = f"{count}{rows} × {columns} numbers"
        where = placed(CELL_LABELS[self.cell], self.layer, self.direction, numbers, said)
        return sheet.finish(figure, [*said, where, *sentences], theme, headroom=headroom)


def row_of_panels(kernel: Kernel, title: str, theme: Theme, *, shared_yaxes: bool | str) -> go.Figure:
    """A panel a gate, under its name in its colour; ``shared_yaxes`` is that of ``plotly.subplots.make_subplots``."""
    gates = list(kernel.blocks)
    titles = [f"{style.symbol(gate)}<br>{LABELS[gate].split()[0]}" for gate in gates] if len(gates) > 1 else None
    figure = make_subplots(1, len(gates), shared_yaxes=shared_yaxes, subplot_titles=titles, horizontal_spacing=0.03)
    figure.update_layout(template=style.template(theme), title={"text": title}, showlegend=False)
    for note, gate in zip(figure.layout.annotations, gates, strict=False):
        note.update(font={"size": 14, "color": SIGNAL_COLORS[theme][gate]})
    return figure


def below(figure: go.Figure, text: str) -> None:
    """One title for the horizontal axes of all panels."""
    place = {"x": 0.5, "xref": "paper", "y": 0, "yref": "paper", "yanchor": "top", "yshift": -32}
    figure.add_annotation(text=text, showarrow=False, font={"size": 17}, **place)
