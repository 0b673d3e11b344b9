"""What each word of a text speaks for, as several ways of asking have it, one under the other."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import plotly.graph_objects as go

from rnnviz.figures import picture, sheet, style
from rnnviz.figures.table import listed
from rnnviz.palette import DIVERGING, GROUNDS, SEQUENTIAL, Theme

PANEL: Final = 150
"""Pixels of each way's picture."""

GAP: Final = 34
"""Pixels between two pictures, where the name of the lower one stands."""

WORDS: Final = 110
"""Pixels under the last picture, for words on end and the title of the axis."""

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
    """A bar a word, up for praise and down for blame, a picture for each way of asking, of which there is at least one.

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
        "What each word speaks for",
        style.axis(
            "word",
            **_words(tokens, ways, selected),
            range=[-0.6, max(len(tokens), FEWEST) - 0.4],
            anchor=_axis(ways),
        ),
        {},
        theme,
        showlegend=False,
        bargap=0.25 if len(tokens) <= 100 else 0.05,
    )
    few = -(-len(tokens) // picture.MOST_POINTS)
    for row, (way, place) in enumerate(zip(ways, _places(len(ways)), strict=True), 1):
        figure.update_layout({f"yaxis{row}": style.axis(way.unit, domain=place, **_range(way, few))})
        figure.add_trace(_bars(way, tokens, few, row, theme))
        _head(figure, way.name, place[1], theme)
    if selected is not None:
        ends = {"x0": selected - 0.5, "x1": selected + 0.5, "y0": 0, "y1": 1, "yref": "paper"}
        figure.add_shape(type="rect", fillcolor=GROUNDS[theme]["mark"], line={"width": 0}, layer="below", **ends)
    sentences = list(caption)
    if any(way.is_signed for way in ways):
        sentences.append("Up speaks for praise, down for blame.")
    if len(tokens) > LABELLED:
        sentences.append("The words that speak loudest are named.")
    if few > 1:
        sentences.append(f"Each bar is the sum of {few} words.")
    alt = " ".join(["What each word speaks for.", *sentences, *(_heard(way, tokens) for way in ways)])
    sheet.finish(sheet.small_titles(figure), sentences, theme, alt=alt, headroom=GAP - 8)
    return figure.update_layout(height=figure.layout.margin.t + _inside(len(ways)) + WORDS, margin={"b": WORDS})


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


def _axis(ways: Sequence[Importance]) -> str:
    """The vertical axis that the words stand under."""
    return "y" if len(ways) == 1 else f"y{len(ways)}"


def _inside(count: int) -> int:
    return count * PANEL + (count - 1) * GAP


def _places(count: int) -> list[list[float]]:
    """Where each picture stands, from 0 at the lowest to 1, the first at the top."""
    tops = [1 - row * (PANEL + GAP) / _inside(count) for row in range(count)]
    return [[max(0.0, top - PANEL / _inside(count)), top] for top in tops]


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
        yaxis="y" if row == 1 else f"y{row}",
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


def _head(figure: go.Figure, name: str, top: float, theme: Theme) -> None:
    """A picture's name over its left edge."""
    place = {"x": 0, "xref": "paper", "xanchor": "left", "y": top, "yref": "paper", "yanchor": "bottom", "yshift": 3}
    figure.add_annotation(text=f"<b>{name}</b>", showarrow=False, font={"color": GROUNDS[theme]["ink"]}, **place)


def _heard(way: Importance, tokens: Sequence[str]) -> str:
    """Which words speak loudest."""
    sizes = np.abs(np.nan_to_num(way.values))
    loudest = [t for t in np.argsort(-sizes, kind="stable")[:5].tolist() if sizes[t]]
    words = ", ".join(f"{tokens[t]} {style.digits(float(way.values[t]), 2)}" for t in loudest)
    return f"{way.name}, most: {words or 'nothing'}."
