"""The weights of one kind, layer and direction, gate by gate: as matrices, how they spread, what they do to lengths."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from rnnviz.analysis import gate_blocks, singular_values, spectral_radius
from rnnviz.figures import picture, sheet, style
from rnnviz.figures.panel import placed
from rnnviz.figures.table import listed
from rnnviz.names import CELL_LABELS, GATES, LABELS, Cell, Direction
from rnnviz.palette import DIVERGING, GROUNDS, SIGNAL_COLORS, Theme

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
            said.append(f"⚠ {beyond} {entries} off this scale; the largest has size {finite.max():.4g}.")
        return said

    def finish(self, figure: go.Figure, caption: Sequence[str], sentences: Sequence[str], theme: Theme) -> go.Figure:
        """The figure with what is said of the network, where the weights are, and what is to be seen."""
        headroom = 44 if len(figure.layout.annotations) > 1 else 12  # the names of the gates over their panels
        rows, columns = self.shape
        count = f"{len(GATES[self.cell])} × " if len(self.blocks) > 1 else ""
        numbers = f"{count}{rows} × {columns} numbers"
        where = placed(CELL_LABELS[self.cell], self.layer, self.direction, numbers, caption)
        return sheet.finish(figure, [*caption, where, *sentences], theme, headroom=headroom)


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


# --- Matrices side by side ---


COLUMNS: Final = {"weight_ih": "input", "weight_hh": "unit of h<sub>t−1</sub>"}

MOST_MARKS: Final = 150
"""Marks of one kind in one panel; the caption counts all."""

_PLAIN: Final = {"showgrid": False, "zeroline": False, "tick0": 0}


def weight_heatmap(
    weights: Mapping[str, np.ndarray],
    kernel: str = "weight_hh",
    *,
    cell: Cell,
    layer: int = 0,
    direction: Direction = "forward",
    caption: Sequence[str] = (),
    theme: Theme = "light",
) -> go.Figure:
    """The matrices of one kernel, a panel a gate, a row a unit.

    All gates have one colour scale, symmetric about zero; of many entries, a cell is the largest of several. NaN,
    infinity and entries far beyond the others have a mark each.

    Args:
        weights: weight_ih, weight_hh and, if any, bias_ih, bias_hh of a layer and direction, as torch stacks them.
        kernel: One of "weight_ih", "weight_hh", "bias".
        layer, direction: For the caption.

    Raises:
        ValueError: If there is no such kernel.

    >>> import torch
    >>> from rnnviz import figures
    >>> rnn = torch.nn.LSTM(3, 4)
    >>> weights = {name.removesuffix("_l0"): p.detach().numpy() for name, p in rnn.named_parameters()}
    >>> figure = figures.weight_heatmap(weights, "weight_hh", cell="lstm")
    >>> [panel.type for panel in figure.data]
    ['heatmap', 'heatmap', 'heatmap', 'heatmap']
    """
    found = Kernel.of(weights, kernel, cell, layer, direction)
    bound, (rows, columns) = found.bound, found.shape
    by = int(np.ceil(np.sqrt(found.values.size / picture.MOST_CELLS)))
    figure = row_of_panels(found, found.title, theme, shared_yaxes=True)
    for column, (gate, block) in enumerate(found.blocks.items(), 1):
        figure.add_trace(_image(picture.largest(block, by), by, gate), 1, column)
        for marks in _flags(block, bound, theme):
            figure.add_trace(marks, 1, column)
    bar = {"title": {"text": "weight"}, "thickness": 14, **sheet.ends(-bound, bound)}
    colors = {"colorscale": style.scale(DIVERGING[theme]), "cmin": -bound, "cmax": bound, "colorbar": bar}
    figure.update_layout(coloraxis=colors, plot_bgcolor=GROUNDS[theme]["nan"], height=460)
    figure.update_yaxes(range=[rows - 0.5, -0.5], dtick=max(1, -(-rows // 8)), **_PLAIN)
    figure.update_yaxes(title={"text": "unit"}, col=1)
    if kernel == "bias":
        figure.update_xaxes(tickmode="array", tickvals=[0, 1], ticktext=["b<sub>ih</sub>", "b<sub>hh</sub>"], **_PLAIN)
    else:
        figure.update_xaxes(dtick=max(1, -(-columns // 2)), tickangle=0, **_PLAIN)
        below(figure, COLUMNS[kernel])
    pooled = [f"Each cell is the largest of {by} × {by} entries."] if by > 1 else []
    return found.finish(figure, caption, [*found.flagged(bound), *pooled], theme)


def _image(block: np.ndarray, by: int, gate: str) -> go.Heatmap:
    largest = f"<br>the largest of {by} × {by}" if by > 1 else ""
    return go.Heatmap(
        z=np.where(np.isfinite(block), block, np.nan).astype(np.float32),
        **picture.cells(by, by),
        coloraxis="coloraxis",
        name=gate,
        hoverongaps=False,
        hovertemplate=f"{style.symbol(gate)} row %{{y}}, column %{{x}}<br>%{{z:.7g}}{largest}<extra></extra>",
    )


def _flags(block: np.ndarray, bound: float, theme: Theme) -> list[go.Scatter]:
    """Marks on what no colour can show."""
    ground = GROUNDS[theme]
    with np.errstate(invalid="ignore"):
        beyond = np.isfinite(block) & (np.abs(block) > bound)
    kinds = (
        (np.isnan(block), "x", "bad"),
        (np.isposinf(block), "triangle-up", "bad"),
        (np.isneginf(block), "triangle-down", "bad"),
        (beyond, "diamond-open", "ink"),
    )
    marks = []
    for where, shape, color in kinds:
        rows, columns = np.nonzero(where)
        if len(rows):
            some = slice(None, None, -(-len(rows) // MOST_MARKS))
            marks.append(
                go.Scatter(
                    x=columns[some],
                    y=rows[some],
                    mode="markers",
                    marker={"symbol": shape, "size": 13, "color": ground[color], "line": {"width": 2}},
                    customdata=[f"{value:.7g}" for value in block[rows, columns][some]],
                    hovertemplate="row %{y}, column %{x}<br>%{customdata}<extra></extra>",
                    meta="flag",
                )
            )
    return marks


# --- How entries are spread, and what the matrices do to lengths ---


BINS: Final = 48
NO_BREAK: Final = "\N{NO-BREAK SPACE}"

_SHAPES: Final = {
    "Frobenius norm": ("circle", "middle right"),
    "largest singular value": ("diamond", "top center"),
    "spectral radius": ("x", "bottom center"),
}
"""What stands for a measure, and where its number does: they are often close to each other."""


def weight_histogram(
    weights: Mapping[str, np.ndarray],
    kernel: str = "weight_hh",
    *,
    cell: Cell,
    layer: int = 0,
    direction: Direction = "forward",
    caption: Sequence[str] = (),
    theme: Theme = "light",
) -> go.Figure:
    """How the entries of one kernel are spread, a panel a gate, all on the same axes.

    NaN, infinity and entries far beyond the others are in the caption, in no bar. Arguments as for ``weight_heatmap``.

    Raises:
        ValueError: If there is no such kernel.

    >>> import torch
    >>> from rnnviz import figures
    >>> rnn = torch.nn.GRU(3, 16)
    >>> weights = {name.removesuffix("_l0"): p.detach().numpy() for name, p in rnn.named_parameters()}
    >>> figure = figures.weight_histogram(weights, cell="gru")
    >>> len(figure.data)
    3
    """
    found = Kernel.of(weights, kernel, cell, layer, direction)
    bound, (rows, columns) = found.bound, found.shape
    edges = np.linspace(-bound, bound, min(BINS, max(8, int(2 * (rows * columns) ** 0.5))) + 1)
    figure = row_of_panels(found, f"Histogram of the entries of {SYMBOLS[kernel]}", theme, shared_yaxes="all")
    for column, (gate, block) in enumerate(found.blocks.items(), 1):
        known = block[np.isfinite(block) & (np.abs(block) <= bound)].astype(np.float64)
        figure.add_trace(_histogram(gate, np.histogram(known, edges)[0], edges, theme), 1, column)
    figure.update_layout(bargap=0, height=420)
    tick = _nice(bound)
    labels = {"tickmode": "array", "tickvals": [-tick, 0, tick], "ticktext": ["", "0", f"{tick:g}"]}
    figure.update_xaxes(range=[-bound, bound], tickangle=0, tickfont={"size": 13}, **labels)
    below(figure, "weight")
    figure.update_yaxes(title={"text": "entries (count)"}, col=1)
    means = [f"{gate} {_mean(block)}" if cell != "rnn" else _mean(block) for gate, block in found.blocks.items()]
    spread = f"Mean ± standard deviation: {', '.join(mean.replace(' ', NO_BREAK) for mean in means)}."
    return found.finish(figure, caption, [*found.flagged(bound), spread], theme)


def weight_norms(
    weights: Mapping[str, np.ndarray],
    kernel: str = "weight_hh",
    *,
    cell: Cell,
    layer: int = 0,
    direction: Direction = "forward",
    caption: Sequence[str] = (),
    theme: Theme = "light",
) -> go.Figure:
    """What each gate's block of one kernel does to lengths: its norm, largest singular value and spectral radius.

    A row is a gate. Only W_hh, which is square, has a spectral radius; biases have the norm alone. What has no number,
    because an entry is not finite, is written at the left edge. Arguments are as for ``weight_heatmap``.

    Raises:
        ValueError: If there is no such kernel.

    Source: Pascanu, Mikolov, Bengio (2013), arXiv 1211.5063, section 2.1.

    >>> import torch
    >>> from rnnviz import figures
    >>> rnn = torch.nn.LSTM(3, 4)
    >>> weights = {name.removesuffix("_l0"): p.detach().numpy() for name, p in rnn.named_parameters()}
    >>> figure = figures.weight_norms(weights, cell="lstm")
    >>> len(figure.data)
    6
    """
    found = Kernel.of(weights, kernel, cell, layer, direction)
    measured = {gate: _measures(block, kernel) for gate, block in found.blocks.items()}
    values = [value for sizes in measured.values() for value in sizes.values() if np.isfinite(value)]
    kept = " (dashed: 1, a length is kept)" if kernel == "weight_hh" else ""
    figure = sheet.begin(
        f"Norms of {found.title}",
        style.axis(f"size{kept}", **_scaled(values)),
        {"autorange": "reversed", "type": "category", "automargin": True},
        theme,
        height=300 + 60 * len(measured),
    )
    sheet.legend_below(figure)
    colors = [SIGNAL_COLORS[theme][gate] for gate in measured]
    for measure, (shape, _) in _SHAPES.items():
        of_gates = [sizes[measure] for sizes in measured.values() if measure in sizes]
        if of_gates:
            rows = [style.named(gate) if cell != "rnn" else "W" for gate in measured]
            figure.add_trace(_dots(rows, of_gates, measure, colors, min(values, default=1.0)))
            key = {"symbol": shape, "size": 13, "color": GROUNDS[theme]["ink"]}
            figure.add_trace(go.Scatter(x=[None], y=[None], mode="markers", name=measure, marker=key, hoverinfo="skip"))
    if kernel == "weight_hh":
        figure.add_vline(x=1, line={"color": GROUNDS[theme]["soft"], "dash": "dash", "width": 1.5}, layer="below")
    return found.finish(figure, caption, found.flagged(float("inf")), theme)


def _scaled(values: Sequence[float]) -> dict[str, object]:
    """A linear axis from 0 on, or where sizes are far apart a logarithmic one."""
    if values and max(values) > 100 * max(min(values), 1e-30):
        return {"type": "log", "dtick": "D1" if max(values) < 1e3 * min(values) else None}
    return {"rangemode": "tozero", "range": [0, 1.2 * max([*values, 1.0])]}


def _nice(bound: float) -> float:
    """A round number near the end of an axis."""
    power = 10.0 ** np.floor(np.log10(0.9 * bound))
    return float(power * max(k for k in (1, 1.5, 2, 3, 4, 5, 6, 8) if k * power <= 0.9 * bound * (1 + 1e-9)))


def _histogram(gate: str, counts: np.ndarray, edges: np.ndarray, theme: Theme) -> go.Bar:
    return go.Bar(
        x=((edges[1:] + edges[:-1]) / 2).astype(np.float32),
        y=counts,
        width=float(edges[1] - edges[0]),
        name=gate,
        meta=listed(x="weight", y=""),
        marker={"color": SIGNAL_COLORS[theme][gate], "line": {"width": 0}},
        hovertemplate="%{y} entries near %{x:.3g}<extra></extra>",
    )


def _mean(block: np.ndarray) -> str:
    known = block[np.isfinite(block)].astype(np.float64)
    return f"{style.digits(known.mean(), 2)} ± {known.std():.2g}" if len(known) else "not finite"


def _measures(block: np.ndarray, kernel: str) -> dict[str, float]:
    norm = {"Frobenius norm": float(np.linalg.norm(block.astype(np.float64)))}
    if kernel == "bias":
        return norm
    norm["largest singular value"] = float(singular_values(block)[0])
    return norm | ({"spectral radius": spectral_radius(block)} if kernel == "weight_hh" else {})


def _dots(rows: list[str], sizes: list[float], measure: str, colors: list[str], edge: float) -> go.Scatter:
    shape, side = _SHAPES[measure]
    return go.Scatter(
        x=[size if np.isfinite(size) else edge for size in sizes],
        y=rows,
        mode="markers+text",
        name=measure,
        text=[style.digits(size) for size in sizes],
        textposition=side,
        meta=listed(y="gate", text="size"),
        marker={"symbol": shape, "size": 13, "color": colors},
        showlegend=False,
        hovertemplate=f"{measure} %{{text}}<extra></extra>",
        cliponaxis=False,
    )
