"""Words in a plane: those of a text among the most frequent ones, and each with the mark of its part of speech."""

from collections.abc import Collection, Sequence
from typing import Final

import numpy as np
import plotly.graph_objects as go

from rnnviz.figures import sheet, style
from rnnviz.figures.table import listed
from rnnviz.palette import DIVERGING, GROUNDS, SIGNAL_COLORS, Theme

MOST_LABELS: Final = 36
"""Words that are written: those of the text first, then those that are farthest out."""

ROOM: Final = (640, 380)
LABEL: Final = (88, 28)
"""Pixels that a picture on a page has, and that a label takes, by which it is found whether two have room."""

FEW: Final = 40
"""Words of a text that have large marks."""

HEIGHT: Final = 620

LEAST: Final = 0.05
"""The least span of the colours, in probability on either side of one half: less is as good as nothing said."""


def word_map(
    words: Sequence[str],
    places: np.ndarray,
    predicted: np.ndarray,
    *,
    shares: Sequence[float] | np.ndarray,
    marked: Collection[str] = (),
    title: str = "Words that the network treats as similar",
    caption: Sequence[str] = (),
    theme: Theme = "light",
) -> go.Figure:
    """Words where their embeddings are, in the colour of the network's prediction for each alone.

    A word that has no room is written when it is hovered.

    Args:
        places: Of shape (word, 2).
        judged: Of shape (word,). P(positive) of a text of that word alone.
        shares: Of shape (2,). The part of the variance that each axis shows.

    >>> import numpy as np
    >>> from rnnviz import figures
    >>> places = np.array([[0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    >>> figure = figures.word_map(["good", "bad", "film"], places, np.array([0.9, 0.1, 0.5]), shares=[0.6, 0.2])
    >>> figure.data[0].type
    'scatter'
    """
    figure = _plane(title, shares, HEIGHT, theme)
    is_marked = np.array([word in marked for word in words])
    span = max(float(np.abs(predicted - 0.5).max()), LEAST)
    names = [style.label(word, 24) for word in words]
    for marks in (False, True):
        at = np.flatnonzero(is_marked == marks)
        figure.add_trace(_dots([names[k] for k in at], places[at], predicted[at], theme, span=span, marks=marks))
    written = _room(places, is_marked)
    for marks in (False, True):
        some = [k for k in written if is_marked[k] == marks]
        figure.add_trace(_labels(words, places, some, theme, marks=marks))
    sheet.legend_below(figure, itemsizing="constant")
    sentences = [*caption, "The colour is the prediction for each word alone."]
    return sheet.finish(sheet.small_titles(figure), sentences, theme, alt=_heard(words, places, predicted, sentences))


def _plane(title: str, shares: Sequence[float] | np.ndarray, height: int, theme: Theme) -> go.Figure:
    """The axes of a map, each with the part of the variance that it shows."""
    x, y = (
        style.axis(f"component {k}: {share:.1%} of the variance", zeroline=False) for k, share in enumerate(shares, 1)
    )
    return sheet.begin(title, x, y, theme, height=height)


def _dots(
    names: list[str], places: np.ndarray, predicted: np.ndarray, theme: Theme, *, span: float, marks: bool
) -> go.Scatter:
    bar = {"title": {"text": "P(positive)<br>alone"}, "thickness": 14, "tickformat": ".0%", "nticks": 7}
    return go.Scatter(
        x=places[:, 0].astype(np.float32),
        y=places[:, 1].astype(np.float32),
        name="words of the text" if marks else "frequent words",
        mode="markers",
        marker={
            "symbol": "diamond" if marks else "circle",
            "size": (15 if len(names) <= FEW else 10) if marks else 7,
            "color": predicted.astype(np.float32),
            "colorscale": style.scale(DIVERGING[theme]),
            "cmin": 0.5 - span,
            "cmax": 0.5 + span,
            "colorbar": bar,
            "showscale": not marks,
            "line": {"width": 2 if marks else 0.5, "color": GROUNDS[theme]["ink" if marks else "soft"]},
        },
        hovertext=names,
        customdata=predicted.astype(np.float32),
        meta=listed(hovertext="word", customdata="P(positive) alone", x="", y=""),
        hovertemplate="%{hovertext}<br>alone %{customdata:.1%}<extra></extra>",
    )


def _room(places: np.ndarray, is_marked: np.ndarray) -> list[int]:
    """Which words are written: none on another, those of the text and those far out before the others."""
    out = np.linalg.norm((places - places.mean(0)) / np.maximum(places.std(0), 1e-12), axis=1)
    apart = np.array(LABEL) * np.maximum(np.ptp(places, axis=0), 1e-12) / ROOM
    kept: list[int] = []
    for k in np.lexsort((-out, ~is_marked)).tolist():
        if len(kept) == MOST_LABELS:
            break
        if not (np.abs(places[kept] - places[k]) < apart).all(1).any():
            kept.append(k)
    return kept


def _labels(words: Sequence[str], places: np.ndarray, at: list[int], theme: Theme, *, marks: bool) -> go.Scatter:
    written = [style.label(words[k], 16) for k in at]
    ground = GROUNDS[theme]
    halo = ", ".join([f"0 0 2px {ground['background']}"] * 4)  # what is behind does not cross the letters
    return go.Scatter(
        x=places[at, 0].astype(np.float32),
        y=places[at, 1].astype(np.float32),
        mode="markers+text",
        marker={"opacity": 0, "size": 15 if marks else 7},  # keeps the text off the dot
        text=[f"<b>{word}</b>" for word in written] if marks else written,
        textposition="top center",
        textfont={"color": ground["ink"], "size": 16 if marks else 13, "shadow": halo},
        showlegend=False,
        hoverinfo="skip",
        cliponaxis=False,
    )


def _heard(words: Sequence[str], places: np.ndarray, predicted: np.ndarray, sentences: Sequence[str]) -> str:
    order = np.argsort(places[:, 0], kind="stable")
    left, right = (", ".join(words[k] for k in ends) for ends in (order[:5].tolist(), order[::-1][:5].tolist()))
    sure = ", ".join(f"{words[k]} {predicted[k]:.0%}" for k in (int(predicted.argmax()), int(predicted.argmin())))
    return f"{len(words):,} words in a plane. {' '.join(sentences)} Left: {left}. Right: {right}. Surest: {sure}."


# --- By part of speech ---


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
    caption: Sequence[str] = (),
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
    figure = _plane(title, shares, 640, theme)
    written = _above(places)
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
    return sheet.finish(
        sheet.small_titles(figure), caption, theme, alt=_heard_of_classes(title, classes, places, caption)
    )


def _above(places: np.ndarray) -> set[int]:
    """Which words are written above their marks, so that none covers another or a mark."""
    apart = np.array(_LABEL) * np.maximum(np.ptp(places, axis=0), 1e-12) / _ROOM
    kept: list[int] = []
    for k in np.argsort(-places[:, 1], kind="stable").tolist():
        on_marks = (np.abs(places - places[k] - [0, 0.8 * apart[1]]) < apart / 2).all(1)
        if not on_marks.any() and not (np.abs(places[kept] - places[k]) < apart).all(1).any():
            kept.append(k)
    return set(kept)


def _heard_of_classes(title: str, classes: Sequence[str], places: np.ndarray, caption: Sequence[str]) -> str:
    middles = []
    for name in dict.fromkeys(classes):
        x, y = places[[one == name for one in classes]].mean(0)
        middles.append(f"{name} {x:.2f}, {y:.2f}")
    return f"{title}: {len(places)} words in a plane. {' '.join(caption)} Middles: {'; '.join(middles)}."
