"""The weights of one layer and direction by gate: as matrices, as histograms, and what they do to lengths."""

from collections.abc import Mapping
from typing import Final

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from rnnviz.analysis import gate_blocks, singular_values, spectral_radius
from rnnviz.figures import style
from rnnviz.names import ARROWS, CELL_LABELS, GATES, LABELS, Cell, Direction
from rnnviz.palette import DIVERGING, GROUNDS, SIGNAL_COLORS, Theme

KERNELS: Final = ("weight_ih", "weight_hh", "bias")
SYMBOLS: Final = {
    "weight_ih": "W<sub>ih</sub>",
    "weight_hh": "W<sub>hh</sub>",
    "bias": "b<sub>ih</sub>, b<sub>hh</sub>",
}
COLUMNS: Final = {"weight_ih": "input", "weight_hh": "unit of h<sub>t−1</sub>"}

OUTLIER: Final = 25
"""Entries more than so many times the median size get a mark and leave the scale to the others."""

MOST_CELLS: Final = 48_000
"""Entries that a picture of matrices has at most; beyond, several share a cell."""

MOST_MARKS: Final = 400
BINS: Final = 48
NO_BREAK: Final = "\N{NO-BREAK SPACE}"


def weight_heatmap(
    weights: Mapping[str, np.ndarray],
    kernel: str = "weight_hh",
    *,
    cell: Cell,
    layer: int = 0,
    direction: Direction = "forward",
    theme: Theme = "light",
) -> go.Figure:
    """The matrices of one kernel, a panel a gate, a row a unit.

    Parameters
    ----------
    weights : mapping of str to ndarray
        weight_ih, weight_hh and, if there are biases, bias_ih and bias_hh of one layer and direction, as torch stacks
        them.
    kernel : {"weight_ih", "weight_hh", "bias"}, default "weight_hh"
    cell : {"rnn", "lstm", "gru"}
    layer, direction
        For the caption.
    theme : {"light", "dark"}, default "light"

    Returns
    -------
    plotly.graph_objects.Figure
        One colour scale for all gates, symmetric about zero. NaN, infinity and entries far beyond the others have a
        mark each. ``layout.meta["alt"]`` says in words what is to be seen.

    Raises
    ------
    ValueError
        If there is no such kernel.
    """
    blocks = _blocks(weights, kernel, cell)
    bound = _bound(np.concatenate([block.reshape(-1) for block in blocks.values()]))
    stride = _stride(sum(block.size for block in blocks.values()))
    figure = _row(blocks, theme, shared_yaxes=True)
    for column, (gate, block) in enumerate(blocks.items(), 1):
        figure.add_trace(_image(_pooled(block, stride), stride, gate), 1, column)
        for marks in _flags(block, bound, theme):
            figure.add_trace(marks, 1, column)
    figure.update_layout(
        coloraxis={
            "colorscale": style.scale(DIVERGING[theme]),
            "cmin": -bound,
            "cmax": bound,
            "colorbar": {"title": {"text": "weight"}, "thickness": 14},
        },
        plot_bgcolor=GROUNDS[theme]["nan"],
        showlegend=False,
        height=460,
    )
    figure.update_yaxes(range=[len(next(iter(blocks.values()))) - 0.5, -0.5], dtick=_dtick(blocks, 0), **_PLAIN)
    figure.update_yaxes(title={"text": "unit"}, col=1)
    if kernel == "bias":
        figure.update_xaxes(tickmode="array", tickvals=[0, 1], ticktext=["b<sub>ih</sub>", "b<sub>hh</sub>"], **_PLAIN)
    else:
        figure.update_xaxes(dtick=_dtick(blocks, 1), tickangle=0, **_PLAIN)
        _below(figure, COLUMNS[kernel])
    said = _flagged(blocks, bound)
    if stride > 1:
        said.append(f"Each cell is the largest of {stride} × {stride} entries.")
    return _finished(figure, f"{SYMBOLS[kernel]}{_each(blocks)}", blocks, said, (cell, layer, direction, theme))


def weight_histogram(
    weights: Mapping[str, np.ndarray],
    kernel: str = "weight_hh",
    *,
    cell: Cell,
    layer: int = 0,
    direction: Direction = "forward",
    theme: Theme = "light",
) -> go.Figure:
    """How the entries of one kernel are spread, a panel a gate, all on the same axes.

    Parameters
    ----------
    weights, kernel, cell, layer, direction, theme
        As for ``weight_heatmap``.

    Returns
    -------
    plotly.graph_objects.Figure
        NaN, infinity and entries far beyond the others are counted in the caption, and are in no bar.

    Raises
    ------
    ValueError
        If there is no such kernel.
    """
    blocks = _blocks(weights, kernel, cell)
    bound = _bound(np.concatenate([block.reshape(-1) for block in blocks.values()]))
    most = max(block.size for block in blocks.values())
    edges = np.linspace(-bound, bound, min(BINS, max(8, int(2 * most**0.5))) + 1)
    figure = _row(blocks, theme, shared_yaxes="all")
    for column, (gate, block) in enumerate(blocks.items(), 1):
        known = block[np.isfinite(block) & (np.abs(block) <= bound)].astype(np.float64)
        counts, _ = np.histogram(known, edges)
        figure.add_trace(_histogram(gate, counts, edges, theme), 1, column)
    figure.update_layout(showlegend=False, bargap=0, height=420)
    tick = _nice(bound)
    labels = {"tickmode": "array", "tickvals": [-tick, 0, tick], "ticktext": ["", "0", f"{tick:g}"]}
    figure.update_xaxes(range=[-bound, bound], tickangle=0, tickfont={"size": 13}, **labels)
    _below(figure, "weight")
    figure.update_yaxes(title={"text": "entries (count)"}, col=1)
    said = _flagged(blocks, bound)
    means = [f"{gate} {_mean(block)}" if cell != "rnn" else _mean(block) for gate, block in blocks.items()]
    said.append(f"Mean ± standard deviation: {', '.join(mean.replace(' ', NO_BREAK) for mean in means)}.")
    title = f"The entries of {SYMBOLS[kernel]}, counted"
    return _finished(figure, title, blocks, said, (cell, layer, direction, theme))


def weight_norms(
    weights: Mapping[str, np.ndarray],
    kernel: str = "weight_hh",
    *,
    cell: Cell,
    layer: int = 0,
    direction: Direction = "forward",
    theme: Theme = "light",
) -> go.Figure:
    """What each gate's block of one kernel does to lengths: its norm, largest singular value and spectral radius.

    Parameters
    ----------
    weights, kernel, cell, layer, direction, theme
        As for ``weight_heatmap``.

    Returns
    -------
    plotly.graph_objects.Figure
        A row a gate. The spectral radius only of W_hh, which is square; of biases the norm alone. What has no number,
        because an entry is not finite, is written at the left edge.

    Raises
    ------
    ValueError
        If there is no such kernel.

    References
    ----------
    Pascanu, Mikolov, Bengio (2013), arXiv 1211.5063, section 2.1.
    """
    blocks = _blocks(weights, kernel, cell)
    measured = {gate: _measures(block, kernel) for gate, block in blocks.items()}
    figure = go.Figure(layout={"template": style.template(theme)})
    ground, rows = GROUNDS[theme], [style.named(gate) if cell != "rnn" else "W" for gate in blocks]
    values = [value for found in measured.values() for value in found.values() if np.isfinite(value)]
    logarithmic = bool(values) and max(values) > 100 * max(min(values), 1e-30)
    for measure, (shape, _) in _SHAPES.items():
        found = {
            row: measured[gate][measure] for row, gate in zip(rows, blocks, strict=True) if measure in measured[gate]
        }
        if found:
            colors = [SIGNAL_COLORS[theme][gate] for gate in blocks]
            figure.add_trace(_dots(found, measure, colors, min(values, default=1.0)))
            key = {"symbol": shape, "size": 13, "color": ground["ink"]}
            figure.add_trace(go.Scatter(x=[None], y=[None], mode="markers", name=measure, marker=key))
    if kernel == "weight_hh":
        figure.add_vline(x=1, line={"color": ground["soft"], "dash": "dash", "width": 1.5}, layer="below")
    figure.update_layout(
        title={"text": f"Sizes of {SYMBOLS[kernel]}{_each(blocks)}"},
        xaxis={"title": {"text": "size (dashed: 1, a length is kept)" if kernel == "weight_hh" else "size"}},
        yaxis={"autorange": "reversed", "type": "category", "automargin": True},
        legend={"orientation": "h", "x": 0, "y": -60 / (60 * len(blocks)), "yanchor": "top"},
        height=260 + 60 * len(blocks),
    )
    if logarithmic:
        figure.update_xaxes(type="log", dtick="D1" if max(values) < 1e3 * min(values) else None)
    else:
        figure.update_xaxes(rangemode="tozero", range=[0, 1.2 * max([*values, 1.0])])
    said = _flagged(blocks, float("inf"))
    return _finished(figure, None, blocks, said, (cell, layer, direction, theme))


_PLAIN: Final = {"showgrid": False, "zeroline": False, "tick0": 0}
_SHAPES: Final = {
    "Frobenius norm": ("circle", "middle right"),
    "largest singular value": ("diamond", "top center"),
    "spectral radius": ("x", "bottom center"),
}
"""What stands for a measure, and where its number does: they are often close to each other."""


def _blocks(weights: Mapping[str, np.ndarray], kernel: str, cell: Cell) -> dict[str, np.ndarray]:
    """A matrix a gate; the two biases side by side."""
    known = [name for name in KERNELS if name in weights or (name == "bias" and "bias_ih" in weights)]
    if kernel not in known:
        raise ValueError(f"kernel must be one of {', '.join(known)} for these weights; got {kernel!r}")
    if kernel != "bias":
        return gate_blocks(weights[kernel], cell)
    return gate_blocks(np.stack([weights["bias_ih"], weights["bias_hh"]], 1), cell)


def _bound(values: np.ndarray) -> float:
    """Where the scale ends: at the largest entry that is no outlier."""
    sizes = np.abs(values[np.isfinite(values)].astype(np.float64))
    if not sizes.any():
        return 1.0
    near = sizes[sizes <= OUTLIER * np.median(sizes)]
    return float(near.max(initial=0.0)) or float(sizes.max())


def _each(blocks: Mapping[str, np.ndarray]) -> str:
    return ", gate by gate" if len(blocks) > 1 else ""


def _nice(bound: float) -> float:
    """A round number near the end of an axis."""
    power = 10.0 ** np.floor(np.log10(0.9 * bound))
    return float(power * max(k for k in (1, 1.5, 2, 3, 4, 5, 6, 8) if k * power <= 0.9 * bound * (1 + 1e-9)))


def _stride(entries: int) -> int:
    return int(np.ceil(np.sqrt(entries / MOST_CELLS)))


def _pooled(block: np.ndarray, stride: int) -> np.ndarray:
    """Of every ``stride`` × ``stride`` entries the one of largest size; NaN where one is not finite."""
    if stride == 1:
        return block
    rows, columns = (-(-size // stride) for size in block.shape)
    filled = np.zeros((rows * stride, columns * stride), block.dtype)
    filled[: block.shape[0], : block.shape[1]] = block
    tiles = filled.reshape(rows, stride, columns, stride).swapaxes(1, 2).reshape(rows, columns, -1)
    with np.errstate(invalid="ignore"):
        chosen = np.abs(np.where(np.isfinite(tiles), tiles, np.inf)).argmax(2)
    return np.take_along_axis(tiles, chosen[..., None], 2)[..., 0]


def _row(blocks: Mapping[str, np.ndarray], theme: Theme, *, shared_yaxes: bool | str) -> go.Figure:
    """A panel a gate, under its name in its colour."""
    single = len(blocks) == 1
    titles = [""] if single else [style.named(gate) for gate in blocks]
    figure = make_subplots(1, len(blocks), shared_yaxes=shared_yaxes, subplot_titles=titles, horizontal_spacing=0.03)
    figure.update_layout(template=style.template(theme))
    if not single:
        for note, gate in zip(figure.layout.annotations, blocks, strict=True):
            note.update(text=f"{style.symbol(gate)}<br>{LABELS[gate].split()[0]}")
            note.update(font={"size": 14, "color": SIGNAL_COLORS[theme][gate]})
    return figure


def _below(figure: go.Figure, text: str) -> None:
    """One title for the horizontal axes of all panels."""
    place = {"x": 0.5, "xref": "paper", "y": 0, "yref": "paper", "yanchor": "top", "yshift": -32}
    figure.add_annotation(text=text, showarrow=False, font={"size": 17}, **place)


def _image(block: np.ndarray, stride: int, gate: str) -> go.Heatmap:
    finite = np.where(np.isfinite(block), block, np.nan).astype(np.float32)
    step = {"x0": (stride - 1) / 2, "dx": stride, "y0": (stride - 1) / 2, "dy": stride}
    return go.Heatmap(
        z=finite,
        **step,
        coloraxis="coloraxis",
        name=gate,
        hoverongaps=False,
        hovertemplate=f"{style.symbol(gate)} row %{{y}}, column %{{x}}<br>%{{z:.7g}}<extra></extra>",
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
        rows, columns = (at[:MOST_MARKS] for at in np.nonzero(where))
        if len(rows):
            marks.append(
                go.Scatter(
                    x=columns.astype(np.int32),
                    y=rows.astype(np.int32),
                    mode="markers",
                    marker={"symbol": shape, "size": 13, "color": ground[color], "line": {"width": 2}},
                    customdata=[f"{value:.7g}" for value in block[rows, columns]],
                    hovertemplate="row %{y}, column %{x}<br>%{customdata}<extra></extra>",
                )
            )
    return marks


def _flagged(blocks: Mapping[str, np.ndarray], bound: float) -> list[str]:
    """How many entries are no numbers, infinite or off the scale."""
    values = np.concatenate([block.reshape(-1) for block in blocks.values()])
    nan, infinite = int(np.isnan(values).sum()), int(np.isinf(values).sum())
    finite = np.abs(values[np.isfinite(values)])
    said = []
    if nan or infinite:
        counts = [f"{count} {word}" for count, word in ((nan, "NaN"), (infinite, "infinite")) if count]
        said.append(f"⚠ {' and '.join(counts)} of {values.size} entries.")
    if beyond := int((finite > bound).sum()):
        entries = "entry is" if beyond == 1 else "entries are"
        said.append(f"⚠ {beyond} {entries} off this scale, the largest of size {finite.max():.4g}.")
    return said


def _histogram(gate: str, counts: np.ndarray, edges: np.ndarray, theme: Theme) -> go.Bar:
    return go.Bar(
        x=((edges[1:] + edges[:-1]) / 2).astype(np.float32),
        y=counts.astype(np.int32),
        width=float(edges[1] - edges[0]),
        name=gate,
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


def _dots(found: Mapping[str, float], measure: str, colors: list[str], edge: float) -> go.Scatter:
    shape, side = _SHAPES[measure]
    known = [np.isfinite(value) for value in found.values()]
    return go.Scatter(
        x=[value if fine else edge for value, fine in zip(found.values(), known, strict=True)],
        y=list(found),
        mode="markers+text",
        name=measure,
        text=[style.digits(value) for value in found.values()],
        textposition=side,
        marker={"symbol": shape, "size": 13, "color": colors},
        showlegend=False,
        hovertemplate=f"{measure} %{{text}}<extra></extra>",
        cliponaxis=False,
    )


def _dtick(blocks: Mapping[str, np.ndarray], axis: int) -> int:
    size: int = next(iter(blocks.values())).shape[axis]
    return max(1, -(-size // (16 if axis == 0 else 2)))


def _finished(
    figure: go.Figure,
    title: str | None,
    blocks: Mapping[str, np.ndarray],
    said: list[str],
    place: tuple[Cell, int, Direction, Theme],
) -> go.Figure:
    cell, layer, direction, theme = place
    if title:
        figure.update_layout(title={"text": title})
    rows, columns = next(iter(blocks.values())).shape
    count = f"{len(GATES[cell])} × " if len(blocks) > 1 else ""
    where = f"{CELL_LABELS[cell]}, layer {layer} {ARROWS[direction]}, {count}{rows} × {columns} numbers"
    alt = " ".join([f"{figure.layout.title.text}: {where}.", *said])
    figure.update_layout(meta={"alt": style.spoken(alt)})
    style.paragraph(figure, [where, *said], theme, headroom=44 if figure.layout.annotations else 12)
    return figure
