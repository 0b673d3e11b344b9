"""A model's predictions for labelled texts: how often right, how sure, and what padding or another order changes."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import plotly.graph_objects as go

from rnnviz.figures import sheet, style
from rnnviz.figures.memory_grid import ink_on
from rnnviz.figures.table import listed
from rnnviz.palette import GROUNDS, SEQUENTIAL, SIGNAL_COLORS, Theme
from rnnviz.sides import RULE, UNDECIDED, side

_GREY: Final = f"{RULE[:-1]} (grey)."

SIDES: Final = ("negative", "positive")

SURE: Final = 1.96
"""Standard errors to either side that hold the true share 19 times in 20."""


def confusion_matrix(
    counts: Sequence[Sequence[int]], *, caption: Sequence[str] = (), theme: Theme = "light"
) -> go.Figure:
    """The texts of each label (row) by prediction (column), negative before positive, with shares of the label.

    >>> from rnnviz import figures
    >>> figure = figures.confusion_matrix([[80, 20], [10, 90]])
    >>> figure.data[0].type
    'heatmap'
    """
    of = np.array(counts, np.int64)  # (label, prediction)
    shares = of / np.maximum(of.sum(1, keepdims=True), 1)
    sides = {"type": "category", "categoryarray": list(SIDES), "ticks": "", "showgrid": False, "fixedrange": True}
    figure = sheet.begin(
        "Confusion matrix",
        style.axis("prediction", **sides, range=[-0.5, 1.5]),
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
    sentences = [*caption, f"{right:,} of {texts:,} are correct: {right / max(texts, 1):.2%}."]
    cells = [
        f"{of[row, column]:,} {SIDES[row]} texts were predicted {SIDES[column]} ({shares[row, column]:.1%})"
        for row in (0, 1)
        for column in (0, 1)
    ]
    alt = f"{figure.layout.title.text}. {' '.join(sentences)} {'; '.join(cells)}."
    return sheet.finish(sheet.small_titles(figure), sentences, theme, alt=alt)


def reliability_diagram(
    bins: Sequence[Sequence[float | None]], *, caption: Sequence[str] = (), theme: Theme = "light"
) -> go.Figure:
    """The share of positive texts among those of like prediction, over the predicted probability.

    A bin is texts, their mean P(positive) and the share of positive ones among them; None or NaN where there is no
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
        "Are the probabilities calibrated?",
        style.axis("predicted P(positive), mean of the texts", **percent, anchor="y2"),
        style.axis("share of positive texts", **percent, domain=[0.34, 1]),
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
        *caption,
        f"On average {error:.2%} off the diagonal, over {int(counts.sum()):,} texts (ECE, {len(bins)} bins).",
        "Above the diagonal more texts are positive than predicted, below it fewer.",
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
            f"<b>{'✓' if row == column else '✗'} {of[row, column]:,}</b>"
            f"<br>{shares[row, column]:.1%}<br>of {SIDES[row]}"
            for row, column in places
        ],
        textfont={"size": 18, "color": [ink_on(shares[place], theme) for place in places]},
        customdata=[[int(of[place]), float(shares[place])] for place in places],
        meta=listed(y="", x="", customdata_0="texts", customdata_1="share of the label"),
        hovertemplate="label %{y}, predicted %{x}<br>%{customdata[0]:,} texts<extra></extra>",
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
        meta=listed(x="predicted P(positive)", y="share of positive texts", customdata="texts"),
        hovertemplate="predicted %{x:.1%}, true %{y:.1%}<br>%{customdata:,} texts<extra></extra>",
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


# --- Words that change places ---


def shuffle_strip(
    predicted: np.ndarray,
    right: float,
    bag: float,
    *,
    caption: Sequence[str] = (),
    theme: Theme = "light",
) -> go.Figure:
    """P(positive) of one text's words in random orders, beside what a bag of words predicts for all of them.

    ``judged``, of shape (order,), and ``right``, of the words as they stand, are the network's; ``bag`` is the bag's.

    >>> import numpy as np
    >>> from rnnviz import figures
    >>> figure = figures.shuffle_strip(np.array([0.2, 0.4, 0.7]), right=0.9, bag=0.5)
    >>> figure.data[0].type
    'scatter'
    """
    figure = sheet.begin(
        "The same words in other orders",
        style.axis("P(positive)", range=[-0.03, 1.03], dtick=0.25, zeroline=False),
        style.axis(
            "", range=[-0.7, 1.7], tickvals=[1, 0], ticktext=["network", "bag of words"], showgrid=False, zeroline=False
        ),
        theme,
        height=370,
    )
    ink, color = GROUNDS[theme]["ink"], SIGNAL_COLORS[theme]["h"]
    heights = 1 + 0.36 * np.sin(2.4 * np.arange(len(predicted)))  # apart, so that dots of like orders are seen
    figure.add_trace(_dots(predicted, heights, "network, shuffled", {"symbol": "circle", "size": 9, "color": color}))
    for at, row, name, symbol in (
        (right, 1.0, "network, original order", "diamond"),
        (bag, 0.0, "bag of words, any order", "square"),
    ):
        figure.add_trace(_dots(np.array([at]), np.array([row]), name, {"symbol": symbol, "size": 16, "color": ink}))
    figure.add_vrect(*UNDECIDED, fillcolor=GROUNDS[theme]["line"], line_width=0, layer="below")
    sheet.legend_below(figure)
    turned = sum(_is_other_side(one, right) for one in predicted)
    between = f"In {turned} of {len(predicted)} random orders the prediction changes sides"
    told = f"{between}; P(positive) is between {predicted.min():.2f} and {predicted.max():.2f}. {_GREY}"
    return sheet.finish(figure, [*caption, told, f"A bag of words predicts {bag:.2f} for every order."], theme)


def _dots(x: np.ndarray, y: np.ndarray, name: str, looks: dict[str, object]) -> go.Scatter:
    return go.Scatter(
        x=x.astype(np.float32),
        y=y,
        name=name,
        mode="markers",
        marker={**looks, "opacity": 1 if len(x) == 1 else 0.65},
        meta=listed(x="P(positive)"),
        hovertemplate=f"{name}: %{{x:.3f}}<extra></extra>",
    )


# --- Padding that is read ---


def padding_curve(
    predicted: np.ndarray, norms: np.ndarray | None = None, *, caption: Sequence[str] = (), theme: Theme = "light"
) -> go.Figure:
    """P(positive) over the pads that are read after a text, beside the right one.

    ``judged`` is of shape (pad + 1,): after none, one, two, … pads; the first is the right one. ``norms``, of the same
    shape, are L2 norms of the states after them, in a picture below.

    >>> import numpy as np
    >>> from rnnviz import figures
    >>> figure = figures.padding_curve(np.array([0.9, 0.7, 0.6, 0.55]))
    >>> figure.data[0].type
    'scatter'
    """
    most = len(predicted) - 1
    figure = sheet.begin(
        "The same text with padding that the network reads",
        style.axis("padding tokens after the text", range=[-0.02 * most - 0.3, 1.02 * most + 0.3], zeroline=False),
        style.axis("P(positive)", range=[-0.1, 1.1], tickformat=".0%", dtick=0.25, zeroline=False),
        theme,
        showlegend=False,
        height=430,
    )
    figure.add_trace(_curve(predicted, "P(positive)", "%{y:.2%}", SIGNAL_COLORS[theme]["y"]))
    if norms is not None:
        figure.update_layout(
            height=600,
            xaxis={"anchor": "y2"},
            yaxis={"domain": [0.44, 1]},
            yaxis2=style.axis("‖h<sub>t</sub>‖", domain=[0, 0.34], rangemode="tozero", nticks=5),
        )
        figure.add_trace(_curve(norms, "norm of h", "%{y:.4g}", SIGNAL_COLORS[theme]["h"]).update(yaxis="y2"))
    _right(figure, predicted, theme)
    sentences = [*caption, *_told(predicted)]
    return sheet.finish(sheet.small_titles(figure), sentences, theme)


def _curve(values: np.ndarray, name: str, number: str, color: str) -> go.Scatter:
    return go.Scatter(
        x=np.arange(len(values)),
        y=values.astype(np.float32),
        name=name,
        mode="lines+markers",
        line={"color": color, "width": 2.5},
        marker={"symbol": ["circle"] + ["circle-open"] * (len(values) - 1), "size": 8, "maxdisplayed": 26},
        meta=listed(wide=True, x="", y=""),
        hovertemplate=f"%{{x}} padding tokens: {number}<extra></extra>",
    )


def _right(figure: go.Figure, predicted: np.ndarray, theme: Theme) -> None:
    """What is right, across, named on the side where the curve does not end, and where a prediction changes sides."""
    ground, right = GROUNDS[theme], float(predicted[0])
    figure.add_hline(y=right, line={"color": ground["good"], "dash": "dash", "width": 2}, layer="below")
    figure.add_hrect(*UNDECIDED, fillcolor=ground["line"], line_width=0, layer="below")
    side = {"yanchor": "top", "yshift": -2} if predicted[-1] > right else {"yanchor": "bottom", "yshift": 2}
    place = {"x": 1, "xref": "x domain", "xanchor": "right", "y": right, **side}
    font = {"color": ground["good"], "size": 14}
    figure.add_annotation(text="correct: no padding is read", showarrow=False, font=font, **place)


def _told(predicted: np.ndarray) -> list[str]:
    """How far off it gets, and when it turns."""
    right, last = float(predicted[0]), float(predicted[-1])
    said = [f"Without padding: {right:.1%}. After {_pads(len(predicted) - 1)}: {last:.1%}."]
    turned = next((pads for pads, one in enumerate(predicted) if _is_other_side(one, right)), None)
    return said if turned is None else [*said, f"The prediction changes sides after {_pads(turned)}.", _GREY]


def _is_other_side(predicted: float, right: float) -> bool:
    """Whether a prediction is decided, and for the other side."""
    return side(predicted) * side(right) < 0


def _pads(count: int) -> str:
    return f"{count} padding token{'' if count == 1 else 's'}"
