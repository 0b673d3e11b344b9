"""How the entries of the gates' weights are spread, and what the matrices do to lengths."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import plotly.graph_objects as go

from rnnviz.analysis import singular_values, spectral_radius
from rnnviz.figures import sheet, style
from rnnviz.figures.table import listed
from rnnviz.figures.weights import SYMBOLS, Kernel, below, row_of_panels
from rnnviz.names import Cell, Direction
from rnnviz.palette import GROUNDS, SIGNAL_COLORS, Theme

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
    said: Sequence[str] = (),
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
    figure = row_of_panels(found, f"The entries of {SYMBOLS[kernel]}, counted", theme, shared_yaxes="all")
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
    return found.finish(figure, said, [*found.flagged(bound), spread], theme)


def weight_norms(
    weights: Mapping[str, np.ndarray],
    kernel: str = "weight_hh",
    *,
    cell: Cell,
    layer: int = 0,
    direction: Direction = "forward",
    said: Sequence[str] = (),
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
        f"Sizes of {found.title}",
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
    return found.finish(figure, said, found.flagged(float("inf")), theme)


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
    return f"{style.digits(known.mean(), 2)} ± {known.std():.2g}" if len(known) else "no number"


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
