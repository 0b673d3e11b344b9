"""Text as numbers: the row that a one-hot vector picks, and two texts of the same words."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from rnnviz.figures import picture, sheet, style
from rnnviz.figures.panel import Panel
from rnnviz.palette import GROUNDS, SEQUENTIAL, Theme
from rnnviz.trace import Trace

# --- A one-hot vector times a matrix ---


def one_hot_product(
    matrix: np.ndarray, chosen: int, tokens: Sequence[str], *, caption: Sequence[str] = (), theme: Theme = "light"
) -> go.Figure:
    """A one-hot vector beside an embedding, and below it their product, with the numbers of all three.

    ``matrix`` is of shape (token, feature), with a token for each row; ``chosen`` is the place of the one.

    >>> import numpy as np
    >>> from rnnviz import figures
    >>> figure = figures.one_hot_product(np.arange(6.0).reshape(3, 2), 1, ["a", "b", "c"])
    >>> figure.data[0].type
    'heatmap'
    """
    rows, width = matrix.shape
    hot = np.eye(rows)[chosen]
    product = (hot @ matrix)[None]  # (1, feature)
    names = [f"{k}: {style.label(token)}" for k, token in enumerate(tokens)]
    across = {"side": "top", "showgrid": False, "zeroline": False, "dtick": 1, "ticks": ""}
    down = {"autorange": "reversed", "showgrid": False, "zeroline": False, "ticks": ""}
    figure = sheet.begin(
        "A one-hot vector times the embedding matrix is one of its rows",
        style.axis("", domain=[0, 0.09], anchor="y", tickvals=[0], ticktext=["x, one-hot"], **across),
        style.axis("number: token", domain=[0.2, 1], tickvals=list(range(rows)), ticktext=names, **down),
        theme,
        xaxis2=style.axis("", domain=[0.16, 1], anchor="y", tickprefix="e", **across),
        xaxis3=style.axis(f"xᵀE, {width} numbers: row {chosen} of E", domain=[0.16, 1], anchor="y3", showgrid=False,
                          zeroline=False, dtick=1, showticklabels=False, ticks=""),
        yaxis3=style.axis("", domain=[0, 0.8 / rows], tickvals=[0], ticktext=["product"], **down),
        height=560,
    )  # fmt: skip
    largest = float(np.abs(matrix).max())
    signed = style.color_axis("h", largest, theme)
    counts: dict[str, Any] = {"colorscale": style.scale(SEQUENTIAL[theme]), "zmin": 0, "zmax": 1}
    parts: tuple[tuple[np.ndarray, dict[str, Any], dict[str, str], str, str], ...] = (
        (hot[:, None], counts, {}, "one-hot", "%d"),
        (matrix, signed, {"xaxis": "x2"}, "E", "%.2f"),
        (product, signed, {"xaxis": "x3", "yaxis": "y3"}, "product", "%.2f"),
    )
    for values, colors, axes, name, digits in parts:
        hover = f"{name}[%{{y}}, %{{x}}] = %{{z:.6g}}"
        image = sheet.image(values, colors, {"title": {"text": "E"}}, hover, x0=0, dx=1, y0=0, dy=1)
        texts = [[_digits(digits % value) for value in row] for row in values]
        image.update(
            name=name,
            showscale=False,
            textfont={"size": 13},
            xgap=1,
            ygap=1,
            text=texts,
            texttemplate="%{text}",
            **axes,
        )
        figure.add_trace(image)
    frame = {"type": "rect", "line": {"color": GROUNDS[theme]["ink"], "width": 3}}
    for xref, last in (("x", 0), ("x2", width - 1)):
        figure.add_shape(**frame, xref=xref, yref="y", x0=-0.5, x1=last + 0.5, y0=chosen - 0.5, y1=chosen + 0.5)
    told = f"All other rows are multiplied by 0: {rows} × {width} products to look up {width} numbers."
    return sheet.finish(sheet.small_titles(figure), [*caption, told], theme, headroom=34)


def _digits(number: str) -> str:
    """With a minus sign in place of a hyphen, and none before zero."""
    return number.replace("-", "−") if float(number) else number.lstrip("-")


# --- Two texts of the same words: the states they leave, and the counts, which are the same ---


_NAMES = ("first text", "second text")
_BARE = {"showgrid": False, "zeroline": False}


def state_pair(
    traces: tuple[Trace, Trace], predicted: tuple[float, float], *, caption: Sequence[str] = (), theme: Theme = "light"
) -> go.Figure:
    """One network's hidden states over two texts as heatmaps under each other, in one range of colours.

    ``judged`` is the P(positive) of each text.

    >>> import torch
    >>> from rnnviz import capture, figures
    >>> rnn = torch.nn.RNN(2, 3, batch_first=True)
    >>> traces = capture(rnn, torch.randn(1, 4, 2)), capture(rnn, torch.randn(1, 4, 2))
    >>> figure = figures.state_pair(traces, (0.8, 0.3))
    >>> [panel.type for panel in figure.data]
    ['heatmap', 'heatmap']
    """
    panels = [Panel(trace, 0, "forward", 0) for trace in traces]
    values = [panel.values("h").T for panel in panels]  # each (unit, time)
    largest = max(float(np.abs(one).max()) for one in values)
    domains = ([0.64, 1.0], [0.0, 0.36])  # apart, for words that stand upright in a narrow window
    figure = sheet.begin(
        "The same words in two orders give different states" if _in_two_orders(traces) else "The states over two texts",
        style.axis("", anchor="y", **style.word_axis(traces[0].tokens[0])),
        style.axis("unit", domain=domains[0], autorange="reversed", showgrid=False, nticks=5),
        theme,
        xaxis2=style.axis("step t", anchor="y2", **style.word_axis(traces[1].tokens[0])),
        yaxis2=style.axis("unit", domain=domains[1], autorange="reversed", showgrid=False, nticks=5),
        height=700,
    )
    for k, one in enumerate(values):
        down, across = picture.strides(*one.shape)
        colors = style.color_axis("h", largest, theme)
        hover = f"{_NAMES[k]}, t = %{{x:d}}<br>unit %{{y}}<br>h = %{{z:.5g}}"
        image = sheet.image(
            picture.means(one, down, across), colors, {"title": {"text": style.symbol("h")}}, hover,
            **picture.cells(down, across),
        )  # fmt: skip
        axes = {} if k == 0 else {"xaxis": "x2", "yaxis": "y2"}
        figure.add_trace(image.update(name=_NAMES[k], showscale=k == 0, **axes))
        _title(figure, f"{_NAMES[k].capitalize()}: P(positive) = {predicted[k]:.3f}", domains[k][1])
    gap = float(np.linalg.norm(values[0][:, -1] - values[1][:, -1]))
    last = float(np.linalg.norm(values[0][:, -1]))
    sentences = [
        *caption,
        (
            f"The distance between the last states is {style.digits(gap)}; the first text’s last state is "
            f"{style.digits(last)} in norm."
        ),
    ]
    return sheet.finish(sheet.small_titles(figure), sentences, theme, headroom=26)


def _in_two_orders(traces: tuple[Trace, Trace]) -> bool:
    first, second = ([token.casefold() for token in trace.tokens[0]] for trace in traces)
    return first != second and sorted(first) == sorted(second)


def _title(figure: go.Figure, text: str, top: float) -> None:
    place = {"x": 0, "xref": "paper", "xanchor": "left", "y": top, "yref": "paper", "yanchor": "bottom"}
    figure.add_annotation(text=text, showarrow=False, font={"size": 16}, **place)


def bags_of_words(
    words: Sequence[str],
    present: np.ndarray,
    shares: np.ndarray,
    *,
    total: float,
    caption: Sequence[str] = (),
    theme: Theme = "light",
) -> go.Figure:
    """The words of two texts, a row a text: 1 or 0 for every word, which is what a bag of words is given.

    Args:
        present: int of shape (2, word). 1 where a word stands in the text, however often.
        shares: Of shape (word,). What each word adds to the bag's logit of “positive”.
        total: What those of the first text add together.

    >>> import numpy as np
    >>> from rnnviz import figures
    >>> words, present = ["not", "good", "bad"], np.array([[1, 1, 1], [1, 1, 0]])  # (text, word)
    >>> figure = figures.bags_of_words(words, present, np.array([-0.4, 0.9, -1.1]), total=-0.6)
    >>> figure.data[0].type
    'heatmap'
    """
    alike = bool((present[0] == present[1]).all())
    figure = sheet.begin(
        "Both texts are the same bag of words" if alike else "Two texts as bags of words",
        style.axis("word, in alphabetical order", **style.word_axis(words)),
        style.axis("", tickvals=[0, 1], ticktext=["first", "second"], autorange="reversed", **_BARE),
        theme,
        height=300,
    )
    colors = {"colorscale": style.scale(SEQUENTIAL[theme]), "zmin": 0, "zmax": 2}
    hover = "%{y}, %{x}: %{z:d}"
    image = sheet.image(present, colors, {"title": {"text": "in the text"}}, hover, x0=0, dx=1, y0=0, dy=1)
    figure.add_trace(image.update(showscale=False, xgap=2, ygap=2))
    _write_cells(figure, present, theme)
    pairs = zip(words, shares.tolist(), present[0].tolist(), strict=True)
    read = [(word, share) for word, share, is_present in pairs if is_present]
    strongest = sorted(read, key=lambda pair: -abs(pair[1]))[:3]
    told = ", ".join(f"{word} {style.digits(share)}" for word, share in strongest)
    added = (
        f"The words of the first text add {style.digits(total)} to the logit of “positive”, which has a bias too. "
        f"The largest terms: {told}."
    )
    return sheet.finish(figure, [*caption, added], theme)


def _write_cells(figure: go.Figure, present: np.ndarray, theme: Theme) -> None:
    """Each number in its cell."""
    if present.shape[1] > 40:
        return
    for row, column in np.ndindex(present.shape):
        figure.add_annotation(
            x=column, y=row, text=str(present[row, column]), showarrow=False,
            font={"size": 15, "color": GROUNDS[theme]["ink"]},
        )  # fmt: skip
