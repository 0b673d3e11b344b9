"""What each word of a text speaks for, as several ways of asking have it, and how far two of them agree."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import plotly.graph_objects as go

from rnnviz.figures import picture, sheet, style
from rnnviz.figures.table import listed
from rnnviz.palette import DIVERGING, GROUNDS, SEQUENTIAL, Theme


@dataclass(frozen=True)
class _Rows:
    """Pictures one under the other.

    Attributes:
        panel: Pixels of each.
        gap: Pixels between two, where the name of the lower one stands.
        below: Pixels under the last, for its words and the title of its axis.
    """

    panel: int
    gap: int
    below: int

    @staticmethod
    def axis(row: int) -> str:
        """The vertical axis of a picture, from 1; the words stand under that of the last."""
        return "y" if row == 1 else f"y{row}"

    def domains(self, count: int) -> list[list[float]]:
        """Where each of so many stands, from 0 at the lowest to 1, the first at the top."""
        whole = self._inside(count)
        tops = [1 - row * (self.panel + self.gap) / whole for row in range(count)]
        return [[max(0.0, top - self.panel / whole), top] for top in tops]

    def fit(self, figure: go.Figure, count: int) -> go.Figure:
        """The same figure, as high as so many pictures need."""
        height = figure.layout.margin.t + self._inside(count) + self.below
        return figure.update_layout(height=height, margin={"b": self.below})

    def _inside(self, count: int) -> int:
        return count * self.panel + (count - 1) * self.gap


def _head(figure: go.Figure, text: str, top: float, theme: Theme, over: int) -> None:
    """A text over the left edge of a picture, as many pixels."""
    place = {"x": 0, "xref": "paper", "xanchor": "left", "y": top, "yref": "paper", "yanchor": "bottom", "yshift": over}
    figure.add_annotation(text=text, showarrow=False, align="left", font={"color": GROUNDS[theme]["ink"]}, **place)


# --- How each word pushes the prediction ---

WAY: Final = _Rows(150, 34, 110)

FEWEST: Final = 8
"""Words that there is room for, so that the bars of few are not as wide as the picture."""

LABELLED: Final = 40
"""As many words are all named, in full size."""

FLAT: Final = 14
"""The most words whose names stand level."""

LOUDEST: Final = 20
"""Of more words those that speak loudest are named, as many as stand legibly in a narrow window."""

NOTHING: Final = 1e-3
"""A range that is not made smaller, so that rounding does not look like something."""


@dataclass(frozen=True, eq=False)
class Importance:
    """How much each word counts for one way of asking.

    Attributes:
        values: Of shape (time,).
        unit: Of the values.
        is_signed: Whether they are for or against, or only more or less.

    >>> import numpy as np
    >>> from rnnviz import figures
    >>> figures.Importance("Attention", np.array([0.2, 0.8]), unit="share", is_signed=False).unit
    'share'
    """

    name: str
    values: np.ndarray
    unit: str = "logit"
    is_signed: bool = True


def importance_bars(
    tokens: Sequence[str],
    ways: Sequence[Importance],
    *,
    selected: int | None = None,
    caption: Sequence[str] = (),
    theme: Theme = "light",
) -> go.Figure:
    """A bar for each word, up for positive and down for negative; a picture for each way of asking, at least one.

    Of very many words, a bar is the sum of several. ``selected`` is a word to mark.

    Raises:
        ValueError: If a way has not a number for each token, or there is none of either.

    >>> import numpy as np
    >>> from rnnviz import figures
    >>> way = figures.Importance("Leaving one out", np.array([0.1, -2.0, 0.3]))
    >>> figure = figures.importance_bars(["an", "awful", "film"], [way])
    >>> figure.data[0].type
    'bar'
    """
    if not ways or not tokens or any(way.values.shape != (len(tokens),) for way in ways):
        shapes = ", ".join(str(way.values.shape) for way in ways) or "none"
        raise ValueError(f"ways must have a number for each of the tokens, at least 1; got {len(tokens)} and {shapes}")
    figure = sheet.begin(
        "How each word pushes the prediction",
        style.axis(
            "word",
            **_words(tokens, ways, selected),
            range=[-0.6, max(len(tokens), FEWEST) - 0.4],
            anchor=_Rows.axis(len(ways)),
        ),
        {},
        theme,
        showlegend=False,
        bargap=0.25 if len(tokens) <= 100 else 0.05,
    )
    few = -(-len(tokens) // picture.MOST_POINTS)
    for row, (way, place) in enumerate(zip(ways, WAY.domains(len(ways)), strict=True), 1):
        figure.update_layout({f"yaxis{row}": style.axis(way.unit, domain=place, **_range(way, few))})
        figure.add_trace(_bars(way, tokens, few, row, theme))
        _head(figure, f"<b>{way.name}</b>", place[1], theme, 3)
    if selected is not None:
        ends = {"x0": selected - 0.5, "x1": selected + 0.5, "y0": 0, "y1": 1, "yref": "paper"}
        figure.add_shape(type="rect", fillcolor=GROUNDS[theme]["mark"], line={"width": 0}, layer="below", **ends)
    sentences = list(caption)
    if any(way.is_signed for way in ways):
        sentences.append("Bars up push toward “positive”, bars down toward “negative”.")
    if len(tokens) > LABELLED:
        sentences.append("The words with the largest bars are named.")
    if few > 1:
        sentences.append(f"Each bar is the sum over {few} words.")
    alt = " ".join(["How each word pushes the prediction.", *sentences, *(_heard(way, tokens) for way in ways)])
    sheet.finish(sheet.small_titles(figure), sentences, theme, alt=alt, headroom=WAY.gap - 8)
    return WAY.fit(figure, len(ways))


def _words(tokens: Sequence[str], ways: Sequence[Importance], selected: int | None) -> dict[str, object]:
    """The names of all words or, of many, of those that speak loudest in any way and stand apart."""
    count = len(tokens)
    looks = {"tickangle": -90 if count > FLAT else None, "tickfont": {"size": 16 if count <= LABELLED else 13}}
    axis = style.word_axis(tokens, selected, LABELLED)
    if count <= LABELLED:
        return axis | looks
    sizes = [np.abs(np.nan_to_num(way.values)) for way in ways]
    loudness = np.max([size / max(float(size.max()), 1e-30) for size in sizes], 0)
    kept = [] if selected is None else [selected]
    for t in np.argsort(-loudness, kind="stable").tolist():
        if len(kept) < LOUDEST and all(abs(t - other) * LOUDEST >= count for other in kept):
            kept.append(t)
    names = [f"<b>{style.label(tokens[t])}</b>" if t == selected else style.label(tokens[t]) for t in kept]
    return axis | looks | {"tickvals": kept, "ticktext": names}


def _range(way: Importance, few: int) -> dict[str, object]:
    """From what is most against to what is most for, or as far to either side where there is little."""
    sums = np.nan_to_num(_sums(way.values, few))
    low, high = min(float(sums.min()), 0.0), max(float(sums.max()), 0.0)
    if max(high, -low) < NOTHING:
        low, high = -NOTHING, NOTHING
    room = 0.08 * (high - low)
    if way.is_signed:
        low, high = min(low, -high / 4), max(high, -low / 4)
    ends = [low - room if way.is_signed else 0.0, high + room]
    return {"range": ends, "nticks": 5, "zeroline": True, "zerolinewidth": 1.5, "tickformat": "~g"}


def _sums(values: np.ndarray, few: int) -> np.ndarray:
    sums: np.ndarray = np.add.reduceat(values.astype(np.float64), np.arange(0, len(values), few))
    return sums


def _bars(way: Importance, tokens: Sequence[str], few: int, row: int, theme: Theme) -> go.Bar:
    sums = _sums(way.values, few)
    first = np.arange(0, len(tokens), few)
    last = np.minimum(first + few, len(tokens)) - 1
    against, in_favour = DIVERGING[theme][0], DIVERGING[theme][-1]
    colors = np.where(sums < 0, against, in_favour).tolist() if way.is_signed else SEQUENTIAL[theme][-1]
    return go.Bar(
        x=((first + last) / 2).astype(np.float32),
        y=sums.astype(np.float32),
        yaxis=_Rows.axis(row),
        name=way.name,
        marker={"color": colors, "line": {"width": 0}},
        customdata=[_named(tokens, *ends) for ends in zip(first.tolist(), last.tolist(), strict=True)],
        meta=listed(customdata="word", y="value"),
        hovertemplate=f"%{{customdata}}<br>{way.name}: %{{y:.4g}} {way.unit}<extra></extra>",
    )


def _named(tokens: Sequence[str], first: int, last: int) -> str:
    if first == last:
        return f"{first} {style.label(tokens[first], 40)}"
    return f"{first} to {last}, {style.label(tokens[first])} …"


def _heard(way: Importance, tokens: Sequence[str]) -> str:
    """Which words speak loudest."""
    sizes = np.abs(np.nan_to_num(way.values))
    loudest = [t for t in np.argsort(-sizes, kind="stable")[:5].tolist() if sizes[t]]
    words = ", ".join(f"{tokens[t]} {style.digits(float(way.values[t]), 2)}" for t in loudest)
    return f"{way.name}, largest: {words or 'none'}."


# --- How far two ways put words in the same order: for one text, and as a distribution over many ---


PAIR: Final = _Rows(120, 66, 70)
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
        "Do they rank the words in the same order?",
        style.axis(
            "Kendall’s τ (0: unrelated, 1: the same order)",
            range=[low - BIN, 1.0],
            dtick=0.2,
            anchor=_Rows.axis(len(pairs)),
        ),
        {},
        theme,
        showlegend=False,
        bargap=0.08,
    )
    edges = np.arange(np.floor(low / BIN), round(1 / BIN) + 1) * BIN
    for row, (pair, domain) in enumerate(zip(pairs, PAIR.domains(len(pairs)), strict=True), 1):
        counts, _ = np.histogram(pair.measured, edges)
        highest = float(counts.max() / len(pair.measured))
        figure.update_layout({f"yaxis{row}": _shares(domain, highest)})
        figure.add_trace(_counts(pair, edges, counts / len(pair.measured), row, theme))
        _mark(figure, pair, highest, row, theme)
        _head(figure, _numbers(pair), domain[1], theme, 9)
    has_order = not all(np.isnan(pair.here) for pair in pairs)
    sentences = [*caption, "The line with the diamond is this text." if has_order else "This text has no ranking."]
    if any(pair.cited is not None for pair in pairs):
        sentences.append("Dotted lines: the means that Jain and Wallace (2019) found.")
    alt = " ".join(
        ["Kendall’s tau between pairs of measures of which words count.", *sentences, *map(_heard_of_pair, pairs)]
    )
    sheet.finish(sheet.small_titles(figure), sentences, theme, alt=alt, headroom=PAIR.gap - 12)
    return PAIR.fit(figure, len(pairs))


def _known(number: float, otherwise: float) -> float:
    return otherwise if np.isnan(number) else number


def _shares(domain: list[float], highest: float) -> dict[str, object]:
    return style.axis("reviews", domain=domain, range=[0, 1.25 * highest], tickformat=".0%", nticks=4)


def _counts(pair: Agreement, edges: np.ndarray, shares: np.ndarray, row: int, theme: Theme) -> go.Bar:
    kept = np.flatnonzero(shares)
    spans = [f"{edges[k]:.3g} to {edges[k + 1]:.3g}".replace("-", "−") for k in kept.tolist()]
    return go.Bar(
        x=((edges[:-1] + edges[1:]) / 2)[kept].astype(np.float32),
        y=shares[kept].astype(np.float32),
        width=BIN,
        yaxis=_Rows.axis(row),
        name=pair.name,
        marker={"color": SEQUENTIAL[theme][1], "line": {"width": 0.5, "color": GROUNDS[theme]["background"]}},
        customdata=spans,
        meta=listed(customdata="τ", y="share of the reviews"),
        hovertemplate=f"{pair.name}<br>τ %{{customdata}}: %{{y:.1%}} of the reviews<extra></extra>",
    )


def _mark(figure: go.Figure, pair: Agreement, highest: float, row: int, theme: Theme) -> None:
    """The line of this text, and that of what others found."""
    place = {"yref": _Rows.axis(row), "y0": 0, "y1": 1.25 * highest}
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


def _numbers(pair: Agreement) -> str:
    """The pair's name with its numbers."""
    here = "has no ranking" if np.isnan(pair.here) else f"τ = {_two(pair.here)}"
    return f"<b>{pair.name}</b><br>here {here}, mean {_two(float(pair.measured.mean()))}"


def _two(number: float) -> str:
    return f"{number:.2f}".replace("-", "−")


def _heard_of_pair(pair: Agreement) -> str:
    least, most = np.quantile(pair.measured, [0.05, 0.95])
    here = "no order" if np.isnan(pair.here) else _two(pair.here)
    cited = "" if pair.cited is None else f"; Jain and Wallace found {_two(pair.cited)}"
    return (
        f"{pair.name}: {here} here, {_two(float(pair.measured.mean()))} on average over {len(pair.measured):,} texts, "
        f"nine in ten between {_two(float(least))} and {_two(float(most))}{cited}."
    )
