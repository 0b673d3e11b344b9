"""The matrices of the gates side by side."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import plotly.graph_objects as go

from rnnviz.figures import style, thinning
from rnnviz.figures.weights import Kernel, below, row_of_panels
from rnnviz.names import Cell, Direction
from rnnviz.palette import DIVERGING, GROUNDS, Theme

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
    said: Sequence[str] = (),
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
    by = int(np.ceil(np.sqrt(found.values.size / thinning.MOST_CELLS)))
    figure = row_of_panels(found, found.title, theme, shared_yaxes=True)
    for column, (gate, block) in enumerate(found.blocks.items(), 1):
        figure.add_trace(_image(thinning.largest(block, by), by, gate), 1, column)
        for marks in _flags(block, bound, theme):
            figure.add_trace(marks, 1, column)
    bar = {"title": {"text": "weight"}, "thickness": 14}
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
    return found.finish(figure, said, [*found.flagged(bound), *pooled], theme)


def _image(block: np.ndarray, by: int, gate: str) -> go.Heatmap:
    largest = f"<br>the largest of {by} × {by}" if by > 1 else ""
    return go.Heatmap(
        z=np.where(np.isfinite(block), block, np.nan).astype(np.float32),
        **thinning.cells(by, by),
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
