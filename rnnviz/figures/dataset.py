"""A data set of labelled texts: how long they are, how much of a batch is padding, and how frequent words are."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import plotly.graph_objects as go

from rnnviz.figures import sheet, style
from rnnviz.figures.predictions import SIDES
from rnnviz.figures.table import listed
from rnnviz.palette import SIGNAL_COLORS, Theme

_BIN: Final = 5
"""Tokens of a bar."""

_SIGNALS: Final = ("h", "y")
"""Whose colours tell two series apart."""


def length_histogram(
    lengths: np.ndarray, labels: np.ndarray, *, caption: Sequence[str] = (), theme: Theme = "light"
) -> go.Figure:
    """How many texts of each label have how many tokens.

    ``lengths`` are int of shape (text,), ``labels`` of the same shape, 1 for positive and 0 for negative.

    >>> import numpy as np
    >>> from rnnviz import figures
    >>> figure = figures.length_histogram(np.array([4, 9, 12, 13]), np.array([0, 1, 1, 0]))
    >>> [int(sum(bar.y)) for bar in figure.data]
    [2, 2]
    """
    edges = np.arange(0, lengths.max() + _BIN + 1, _BIN)
    figure = sheet.begin(
        "How long are the texts?", style.axis("tokens of a text", zeroline=False),
        style.axis("texts", rangemode="tozero"), theme, height=380, barmode="group", bargap=0.15,
    )  # fmt: skip
    for k, side in enumerate(SIDES):
        counts, _ = np.histogram(lengths[labels.astype(int) == k], edges)
        spans = [f"{low} to {low + _BIN - 1}" for low in edges[:-1]]
        figure.add_bar(
            x=edges[:-1] + _BIN / 2, y=counts, name=side, customdata=spans,
            marker={"color": SIGNAL_COLORS[theme][_SIGNALS[k]], "pattern": {"shape": "/" if k else ""}},
            meta=listed(x="middle of the bar, tokens", y="texts"),
            hovertemplate=f"%{{customdata}} tokens, {side}: %{{y:,}} texts<extra></extra>",
        )  # fmt: skip
    sheet.legend_below(figure)
    said = f"{int(lengths.min())} to {int(lengths.max())} tokens, median {np.median(lengths):g}."
    return sheet.finish(sheet.small_titles(figure), [*caption, said], theme)


def padding_shares(
    shares: Mapping[str, np.ndarray], *, caption: Sequence[str] = (), theme: Theme = "light"
) -> go.Figure:
    """The share of each batch that is padding, for some ways to make batches; each is of shape (batch,).

    >>> import numpy as np
    >>> from rnnviz import figures
    >>> figure = figures.padding_shares({"shuffled": np.array([0.4, 0.5]), "sorted": np.array([0.0, 0.1])})
    >>> [trace.name for trace in figure.data]
    ['shuffled', 'sorted']
    """
    figure = sheet.begin(
        "How much of each batch is padding?", style.axis("batch", zeroline=False),
        style.axis("share of padding", tickformat=".0%", range=[-0.03, 1]), theme, height=380,
    )  # fmt: skip
    for k, (name, each) in enumerate(shares.items()):
        figure.add_scatter(
            x=np.arange(1, len(each) + 1), y=each.astype(np.float32), name=name, mode="lines+markers",
            line={"color": SIGNAL_COLORS[theme][_SIGNALS[k]], "dash": ("solid", "dash")[k % 2]},
            marker={"symbol": ("circle", "square")[k % 2], "size": 8},
            meta=listed(wide=True, x="", y=""), hovertemplate=f"batch %{{x}}, {name}: %{{y:.1%}}<extra></extra>",
        )  # fmt: skip
    sheet.legend_below(figure)
    said = [f"Mean, {name}: {each.mean():.1%}." for name, each in shares.items()]
    return sheet.finish(sheet.small_titles(figure), [*caption, *said], theme)


def word_ranks(
    words: Sequence[str], counts: np.ndarray, *, caption: Sequence[str] = (), theme: Theme = "light"
) -> go.Figure:
    """How often each word stands in the texts, over its rank, both axes logarithmic.

    ``counts`` are int of shape (word,), the largest first.

    >>> import numpy as np
    >>> from rnnviz import figures
    >>> figures.word_ranks(("the", "film", "good"), np.array([30, 12, 5])).data[0].type
    'scatter'
    """
    ranks = np.arange(1, len(words) + 1)
    figure = sheet.begin(
        "How frequent is each word?", style.log_axis("rank of the word", 1, len(words)),
        style.log_axis("occurrences", float(counts.min()), float(counts.max())), theme, height=380, showlegend=False,
    )  # fmt: skip
    figure.add_scatter(
        x=ranks, y=counts, mode="markers", customdata=list(words),
        marker={"color": SIGNAL_COLORS[theme][_SIGNALS[0]], "size": 7},
        meta=listed(x="rank", y="occurrences", customdata="word"),
        hovertemplate="%{customdata}: rank %{x}, %{y:,} times<extra></extra>",
    )  # fmt: skip
    total = np.cumsum(counts) / counts.sum()
    half = int(np.searchsorted(total, 0.5)) + 1
    said = f"{len(words):,} words; the {half} most frequent ones are half of all {int(counts.sum()):,} tokens."
    return sheet.finish(sheet.small_titles(figure), [*caption, said], theme)
