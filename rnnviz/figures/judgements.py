"""How right a model is on labelled texts, and whether it is as right as it is sure."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import plotly.graph_objects as go

from rnnviz.figures import sheet, style
from rnnviz.figures.memory_grid import ink_on
from rnnviz.figures.table import listed
from rnnviz.palette import GROUNDS, SEQUENTIAL, SIGNAL_COLORS, Theme

SIDES: Final = ("blame", "praise")

SURE: Final = 1.96
"""Standard errors to either side that hold the true share 19 times in 20."""


def confusion_matrix(counts: Sequence[Sequence[int]], *, said: Sequence[str] = (), theme: Theme = "light") -> go.Figure:
    """How many texts of each label (row) were judged how (column), blame before praise, with their shares of the label.

    >>> from rnnviz import figures
    >>> figure = figures.confusion_matrix([[80, 20], [10, 90]])
    >>> figure.data[0].type
    'heatmap'
    """
    of = np.array(counts, np.int64)  # (label, judgement)
    shares = of / np.maximum(of.sum(1, keepdims=True), 1)
    sides = {"type": "category", "categoryarray": list(SIDES), "ticks": "", "showgrid": False, "fixedrange": True}
    figure = sheet.begin(
        "What was judged as what",
        style.axis("judged as", **sides, range=[-0.5, 1.5]),
        style.axis("label", **sides, range=[1.5, -0.5]),
        theme,
        height=480,
        dragmode=False,
    )
    looks = {"colorscale": style.scale(SEQUENTIAL[theme]), "zmin": 0, "zmax": 1, "showscale": False}
    quiet = {"xgap": 4, "ygap": 4, "hoverinfo": "skip", "meta": "grey"}
    figure.add_trace(go.Heatmap(x=SIDES, y=SIDES, z=shares.astype(np.float32), **looks, **quiet))
    figure.add_trace(_cells(of, shares, theme))
    right, texts = int(np.trace(of)), int(of.sum())
    sentences = [*said, f"{right:,} of {texts:,} are right: {right / max(texts, 1):.2%}."]
    cells = [
        f"{of[row, column]:,} of {SIDES[row]} were judged as {SIDES[column]} ({shares[row, column]:.1%})"
        for row in (0, 1)
        for column in (0, 1)
    ]
    alt = f"{figure.layout.title.text}. {' '.join(sentences)} {'; '.join(cells)}."
    return sheet.finish(sheet.small_titles(figure), sentences, theme, alt=alt)


def reliability_diagram(
    bins: Sequence[Sequence[float | None]], *, said: Sequence[str] = (), theme: Theme = "light"
) -> go.Figure:
    """The share of praise among texts that were judged alike, over the probability that was said of them.

    A bin is texts, their mean probability of praise and the share of praise among them; None or NaN where there is no
    text. On the diagonal a probability means what it says. The lines through the points are 95 % intervals by Wilson;
    below stands how many texts there are.

    Source: Guo, Pleiss, Sun, Weinberger (2017), arXiv 1706.04599, figure 1; Wilson (1927), Probable Inference, the Law
        of Succession, and Statistical Inference, Journal of the American Statistical Association 22.

    >>> from rnnviz import figures
    >>> figure = figures.reliability_diagram([(100, 0.1, 0.12), (80, 0.5, 0.45), (120, 0.9, 0.93)])
    >>> figure.data[0].type
    'scatter'
    """
    counts, mean, share = np.array([[np.nan if value is None else value for value in row] for row in bins], float).T
    some = counts > 0
    counts, mean, share = counts[some], mean[some], share[some]
    percent = {"range": [-0.02, 1.02], "tickformat": ".0%", "dtick": 0.25, "zeroline": False}
    figure = sheet.begin(
        "Is it as right as it is sure?",
        style.axis("P(praise) that was said, mean of the texts", **percent, anchor="y2"),
        style.axis("share of praise", **percent, domain=[0.34, 1]),
        theme,
        height=620,
        showlegend=False,
        yaxis2=style.axis("texts", domain=[0, 0.24], rangemode="tozero", nticks=4, tickformat=","),
    )
    line = {"color": GROUNDS[theme]["soft"], "dash": "dash", "width": 2}
    figure.add_shape(type="line", x0=0, y0=0, x1=1, y1=1, line=line, layer="below")
    figure.add_trace(_points(counts, mean, share, theme))
    figure.add_trace(_texts(counts, mean, len(bins), theme))
    error = float(np.sum(counts * np.abs(mean - share)) / max(counts.sum(), 1))
    sentences = [
        *said,
        f"Off the diagonal by {error:.2%} on average over {int(counts.sum()):,} texts (ECE, {len(bins)} bins).",
        "Above it more praise than was said, below it less.",
    ]
    return sheet.finish(sheet.small_titles(figure), sentences, theme)


def _cells(of: np.ndarray, shares: np.ndarray, theme: Theme) -> go.Scatter:
    """The counts, as text on invisible marks that can be hovered."""
    places = [(row, column) for row in (0, 1) for column in (0, 1)]
    return go.Scatter(
        x=[SIDES[column] for _, column in places],
        y=[SIDES[row] for row, _ in places],
        mode="markers+text",
        marker={"symbol": "square", "size": 58, "color": "rgba(0,0,0,0)", "line": {"width": 0}},
        text=[
            f"<b>{'✓' if row == column else '✗'} {of[row, column]:,}</b><br>{shares[row, column]:.1%} of {SIDES[row]}"
            for row, column in places
        ],
        textfont={"size": 18, "color": [ink_on(shares[place], theme) for place in places]},
        customdata=[[int(of[place]), float(shares[place])] for place in places],
        meta=listed(y="", x="", customdata_0="texts", customdata_1="share of the label"),
        hovertemplate="label %{y}, judged as %{x}<br>%{customdata[0]:,} texts<extra></extra>",
        showlegend=False,
        cliponaxis=False,
    )


def _points(counts: np.ndarray, mean: np.ndarray, share: np.ndarray, theme: Theme) -> go.Scatter:
    low, high = wilson(share, counts)
    color = GROUNDS[theme]["accent"]
    return go.Scatter(
        x=mean.astype(np.float32),
        y=share.astype(np.float32),
        mode="lines+markers",
        line={"color": color, "width": 2},
        marker={"color": color, "size": 10},
        error_y={"array": high - share, "arrayminus": share - low, "symmetric": False, "thickness": 2, "width": 4},
        customdata=counts.astype(int),
        meta=listed(x="P(praise) said", y="share of praise", customdata="texts"),
        hovertemplate="said %{x:.1%}, true %{y:.1%}<br>%{customdata:,} texts<extra></extra>",
    )


def wilson(share: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Between which shares the true one is, 19 times in 20; never beyond 0 and 1."""
    by_count = SURE**2 / counts
    middle = (share + by_count / 2) / (1 + by_count)
    half = SURE * np.sqrt(share * (1 - share) / counts + by_count / (4 * counts)) / (1 + by_count)
    return np.minimum(middle - half, share), np.maximum(middle + half, share)


def _texts(counts: np.ndarray, mean: np.ndarray, bins: int, theme: Theme) -> go.Bar:
    """How many texts there are, in the bins that they were counted in."""
    places = (np.minimum((mean * bins).astype(int), bins - 1) + 0.5) / bins
    return go.Bar(
        x=places.astype(np.float32),
        y=counts.astype(int),
        width=0.85 / bins,
        yaxis="y2",
        marker={"color": SIGNAL_COLORS[theme]["y"], "line": {"width": 0}},
        hovertemplate="%{y:,} texts<extra></extra>",
    )
