"""How far two ways of asking put words in the same order: for one text, and as a distribution over many."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import plotly.graph_objects as go

from rnnviz.figures import sheet, style
from rnnviz.figures.table import listed
from rnnviz.palette import GROUNDS, SEQUENTIAL, Theme

PANEL: Final = 120
GAP: Final = 44
"""Pixels of a pair's picture, and between two, where the name of the lower one stands."""

BELOW: Final = 70
BIN: Final = 0.025


@dataclass(frozen=True, eq=False)
class Agreement:
    """How far two ways agree; ``name`` is that of the pair.

    Attributes:
        measured: Of shape (text,). Kendall's tau of each of many texts.
        here: Tau of the text that is looked at; NaN where it has none.
        cited: What others found on average.

    >>> import numpy as np
    >>> from rnnviz import figures
    >>> figures.Agreement("attention and gradient", np.array([0.3, 0.5]), here=0.4).cited is None
    True
    """

    name: str
    measured: np.ndarray
    here: float
    cited: float | None = None


def agreement_histograms(
    pairs: Sequence[Agreement], *, caption: Sequence[str] = (), theme: Theme = "light"
) -> go.Figure:
    """A histogram of tau for each pair, of which there is at least one, with the mark of one text on it.

    Raises:
        ValueError: If there is no pair, or nothing was measured of one.

    >>> import numpy as np
    >>> from rnnviz import figures
    >>> measured = np.random.default_rng(0).uniform(-1, 1, 50)
    >>> figure = figures.agreement_histograms([figures.Agreement("attention and gradient", measured, here=0.4)])
    >>> figure.data[0].type
    'bar'
    """
    if not pairs or any(pair.measured.size == 0 for pair in pairs):
        raise ValueError(f"pairs must be at least one, each with something measured; got {len(pairs)}")
    low = min(0.0, *(float(pair.measured.min()) for pair in pairs), *(_known(pair.here, 0.0) for pair in pairs))
    figure = sheet.begin(
        "Do they put the words in the same order?",
        style.axis(
            "Kendall’s τ: 0 unrelated, 1 the same order", range=[low - BIN, 1.0], dtick=0.2, anchor=_axis(pairs)
        ),
        {},
        theme,
        showlegend=False,
        bargap=0.08,
    )
    edges = np.arange(np.floor(low / BIN), round(1 / BIN) + 1) * BIN
    for row, (pair, domain) in enumerate(zip(pairs, _domains(len(pairs)), strict=True), 1):
        counts, _ = np.histogram(pair.measured, edges)
        highest = float(counts.max() / len(pair.measured))
        figure.update_layout({f"yaxis{row}": _shares(domain, highest)})
        figure.add_trace(_bars(pair, edges, counts / len(pair.measured), row, theme))
        _mark(figure, pair, highest, row, theme)
        _head(figure, pair, domain[1], theme)
    has_order = not all(np.isnan(pair.here) for pair in pairs)
    sentences = [*caption, "The line with the diamond is this text." if has_order else "This text has no order."]
    if any(pair.cited is not None for pair in pairs):
        sentences.append("Dotted: the means that Jain and Wallace (2019) found.")
    alt = " ".join(["Kendall’s tau of pairs of ways to ask which words count.", *sentences, *map(_heard, pairs)])
    sheet.finish(sheet.small_titles(figure), sentences, theme, alt=alt, headroom=GAP - 12)
    height = figure.layout.margin.t + len(pairs) * PANEL + (len(pairs) - 1) * GAP + BELOW
    return figure.update_layout(height=height, margin={"b": BELOW})


def _known(number: float, otherwise: float) -> float:
    return otherwise if np.isnan(number) else number


def _axis(pairs: Sequence[Agreement]) -> str:
    return "y" if len(pairs) == 1 else f"y{len(pairs)}"


def _domains(count: int) -> list[list[float]]:
    """Where each picture stands, from 0 at the lowest to 1, the first at the top."""
    whole = count * PANEL + (count - 1) * GAP
    tops = [1 - row * (PANEL + GAP) / whole for row in range(count)]
    return [[max(0.0, top - PANEL / whole), top] for top in tops]


def _shares(domain: list[float], highest: float) -> dict[str, object]:
    return style.axis("reviews", domain=domain, range=[0, 1.25 * highest], tickformat=".0%", nticks=4)


def _bars(pair: Agreement, edges: np.ndarray, shares: np.ndarray, row: int, theme: Theme) -> go.Bar:
    kept = np.flatnonzero(shares)
    spans = [f"{edges[k]:.3g} to {edges[k + 1]:.3g}".replace("-", "−") for k in kept.tolist()]
    return go.Bar(
        x=((edges[:-1] + edges[1:]) / 2)[kept].astype(np.float32),
        y=shares[kept].astype(np.float32),
        width=BIN,
        yaxis="y" if row == 1 else f"y{row}",
        name=pair.name,
        marker={"color": SEQUENTIAL[theme][1], "line": {"width": 0.5, "color": GROUNDS[theme]["background"]}},
        customdata=spans,
        meta=listed(customdata="τ", y="share of the reviews"),
        hovertemplate=f"{pair.name}<br>τ %{{customdata}}: %{{y:.1%}} of the reviews<extra></extra>",
    )


def _mark(figure: go.Figure, pair: Agreement, highest: float, row: int, theme: Theme) -> None:
    """The line of this text, and that of what others found."""
    place = {"yref": "y" if row == 1 else f"y{row}", "y0": 0, "y1": 1.25 * highest}
    if pair.cited is not None:
        dots = {"color": GROUNDS[theme]["ink"], "width": 2, "dash": "dot"}
        figure.add_shape(type="line", x0=pair.cited, x1=pair.cited, line=dots, **place)
    if np.isnan(pair.here):
        return
    ink = GROUNDS[theme]["ink"]
    figure.add_shape(type="line", x0=pair.here, x1=pair.here, line={"color": ink, "width": 3}, **place)
    figure.add_trace(
        go.Scatter(
            x=[pair.here], y=[1.25 * highest], yaxis=place["yref"], name=f"{pair.name}, this text", mode="markers",
            marker={"symbol": "diamond", "size": 13, "color": ink}, cliponaxis=False,
            text=[style.digits(pair.here)], meta=listed(text="τ"),
            hovertemplate="this text: τ = %{text}<extra></extra>",
        )
    )  # fmt: skip


def _head(figure: go.Figure, pair: Agreement, top: float, theme: Theme) -> None:
    """The pair's name with its numbers, over the left edge of its picture."""
    here = "has no order" if np.isnan(pair.here) else f"τ = {_two(pair.here)}"
    text = f"<b>{pair.name}</b>: here {here}, mean {_two(float(pair.measured.mean()))}"
    place = {"x": 0, "xref": "paper", "xanchor": "left", "y": top, "yref": "paper", "yanchor": "bottom", "yshift": 9}
    figure.add_annotation(text=text, showarrow=False, font={"color": GROUNDS[theme]["ink"]}, **place)


def _two(number: float) -> str:
    return f"{number:.2f}".replace("-", "−")


def _heard(pair: Agreement) -> str:
    least, most = np.quantile(pair.measured, [0.05, 0.95])
    here = "no order" if np.isnan(pair.here) else _two(pair.here)
    cited = "" if pair.cited is None else f"; Jain and Wallace found {_two(pair.cited)}"
    return (
        f"{pair.name}: {here} here, {_two(float(pair.measured.mean()))} on average over {len(pair.measured):,} texts, "
        f"nine in ten between {_two(float(least))} and {_two(float(most))}{cited}."
    )
