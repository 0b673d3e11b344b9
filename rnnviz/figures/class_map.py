"""Words in a plane, each with the mark and colour of its part of speech."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import plotly.graph_objects as go

from rnnviz.figures import sheet, style
from rnnviz.figures.table import listed
from rnnviz.palette import GROUNDS, SIGNAL_COLORS, Theme

_MARKS: Final = (
    ("circle", "h"), ("square", "c"), ("diamond", "i"), ("cross", "f"), ("x", "g"), ("triangle-up", "o"),
    ("triangle-down", "r"), ("star", "z"), ("hexagram", "n"),
)  # fmt: skip
"""A shape and a colour for each class, in the order of their appearance."""

_ROOM: Final = (760, 470)
_LABEL: Final = (74, 20)
"""Pixels that a picture on a page has, and that a label takes."""


def class_map(
    words: Sequence[str],
    classes: Sequence[str],
    places: np.ndarray,
    *,
    title: str,
    shares: Sequence[float] | np.ndarray,
    said: Sequence[str] = (),
    theme: Theme = "light",
) -> go.Figure:
    """Words where their embeddings are, marked by their class. A word that has no room is written when it is hovered.

    ``places`` are of shape (word, 2); ``shares``, of shape (2,), are the parts of the variance that the axes show.

    >>> import numpy as np
    >>> from rnnviz import figures
    >>> places = np.array([[0.0, 1.0], [0.1, 1.0], [1.0, 0.0], [1.0, 0.1]])
    >>> figure = figures.class_map(
    ...     ["the", "a", "dog", "cat"],
    ...     ["determiner", "determiner", "noun", "noun"],
    ...     places,
    ...     title="Words",
    ...     shares=[0.9, 0.05],
    ... )
    >>> figure.data[0].type
    'scatter'
    """
    figure = sheet.begin(
        title,
        style.axis(f"component 1: {shares[0]:.1%} of the variance", zeroline=False),
        style.axis(f"component 2: {shares[1]:.1%} of the variance", zeroline=False),
        theme,
        height=640,
    )
    written = _room(places)
    for k, name in enumerate(dict.fromkeys(classes)):
        shape, signal = _MARKS[k % len(_MARKS)]
        at = [place for place, one in enumerate(classes) if one == name]
        figure.add_trace(
            go.Scatter(
                x=places[at, 0].astype(np.float32),
                y=places[at, 1].astype(np.float32),
                name=name,
                mode="markers+text",
                marker={"symbol": shape, "size": 11, "color": SIGNAL_COLORS[theme][signal]},
                text=[style.label(words[place]) if place in written else "" for place in at],
                textposition="top center",
                textfont={"size": 13, "color": GROUNDS[theme]["ink"]},
                hovertext=[style.label(words[place]) for place in at],
                hovertemplate=f"%{{hovertext}}: {name}<extra></extra>",
                meta=listed(hovertext="word", x="", y=""),
                cliponaxis=False,
            )
        )
    sheet.legend_below(figure, 150)
    return sheet.finish(sheet.small_titles(figure), said, theme, alt=_heard(title, classes, places, said))


def _room(places: np.ndarray) -> set[int]:
    """Which words are written above their marks, so that none covers another or a mark."""
    apart = np.array(_LABEL) * np.maximum(np.ptp(places, axis=0), 1e-12) / _ROOM
    kept: list[int] = []
    for k in np.argsort(-places[:, 1], kind="stable").tolist():
        on_marks = (np.abs(places - places[k] - [0, 0.8 * apart[1]]) < apart / 2).all(1)
        if not on_marks.any() and not (np.abs(places[kept] - places[k]) < apart).all(1).any():
            kept.append(k)
    return set(kept)


def _heard(title: str, classes: Sequence[str], places: np.ndarray, said: Sequence[str]) -> str:
    middles = []
    for name in dict.fromkeys(classes):
        x, y = places[[one == name for one in classes]].mean(0)
        middles.append(f"{name} {x:.2f}, {y:.2f}")
    return f"{title}: {len(places)} words in a plane. {' '.join(said)} Middles: {'; '.join(middles)}."
