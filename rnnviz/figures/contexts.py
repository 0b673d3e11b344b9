"""Words by their contexts: the guesses for a masked word; one update of word vectors, and their training."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import plotly.graph_objects as go

from rnnviz.figures import sheet, style
from rnnviz.figures.table import listed
from rnnviz.palette import DIVERGING, GROUNDS, SIGNAL_COLORS, Theme

HALVES: Final = ("forward half", "backward half", "both")
"""What a guess is made from, in the order of ``rnnviz.words.HALVES``."""

_SIGNALS: Final = ("forward", "reverse", "o")
_DASHES: Final = ("solid", "dash", "dot")
_SYMBOLS: Final = ("triangle-right", "triangle-left", "diamond")

_BAR, _GAP, _BELOW = 24, 44, 70
"""Pixels of a bar with the room around it, between two pictures, and under the last."""

_LEAST: Final = 1e-6
"""Less than this is drawn at the lower edge."""


def word_guesses(
    guesses: Sequence[Sequence[tuple[str, float]]],
    correct: str = "",
    *,
    caption: Sequence[str] = (),
    theme: Theme = "light",
) -> go.Figure:
    """The most likely words for a blank: by the words before it, by those after it, and by both.

    Args:
        guesses: For each of ``HALVES``, words with their probabilities, the most likely first.
        correct: The word that stood there, which gets a mark.

    >>> from rnnviz import figures
    >>> guesses = [[("good", 0.2), ("bad", 0.1)], [("film", 0.4), ("movie", 0.3)], [("film", 0.6), ("movie", 0.3)]]
    >>> figure = figures.word_guesses(guesses, correct="film")
    >>> figure.data[0].type
    'bar'
    """
    figure = sheet.begin("The most likely words for the blank", {}, {}, theme, showlegend=False, bargap=0.3)
    rows = [max(1, len(part)) for part in guesses]
    whole = _BAR * sum(rows) + _GAP * (len(rows) - 1)
    top = 1.0
    most = max((p for part in guesses for _, p in part), default=1.0)
    for k, part in enumerate(guesses):
        low = max(0.0, top - _BAR * rows[k] / whole)
        _panel(figure, k, part, correct, domain=(low, top), most=most, theme=theme)
        top = low - _GAP / whole
    is_guessed = any(word == correct for part in guesses for word, _ in part)
    sentences = [*caption, *(["✓ marks the word of the sentence."] if is_guessed else [])]
    told = "; ".join(
        f"{name}: {', '.join(f'{word} {p:.1%}' for word, p in part[:3])}"
        for name, part in zip(HALVES, guesses, strict=True)
    )
    sheet.finish(figure, sentences, theme, alt=f"{figure.layout.title.text}. {told}.", headroom=30)
    return figure.update_layout(height=figure.layout.margin.t + whole + _BELOW, margin={"b": _BELOW})


def _panel(
    figure: go.Figure,
    k: int,
    part: Sequence[tuple[str, float]],
    correct: str,
    *,
    domain: tuple[float, float],
    most: float,
    theme: Theme,
) -> None:
    """The bars of one half, with its name over them."""
    number = "" if k == 0 else str(k + 1)
    color = SIGNAL_COLORS[theme][_SIGNALS[k]]
    words = [f"{'✓ ' if word == correct else ''}{style.label(word, 16)}" for word, _ in part]
    numbers = np.array([p for _, p in part], np.float32)
    is_last = k == len(HALVES) - 1
    x = style.axis(
        "probability" if is_last else "", range=[0, 1.18 * most], tickformat=".0%", anchor=f"y{number}", nticks=6,
        showticklabels=is_last, zeroline=False, fixedrange=True,
    )  # fmt: skip
    y = {
        "domain": list(domain), "anchor": f"x{number}", "range": [len(part) - 0.5, -0.5], "fixedrange": True,
        "ticks": "outside", "tickcolor": "rgba(0,0,0,0)", "tickmode": "array", "tickvals": list(range(len(part))),
        "ticktext": words,
    }  # fmt: skip
    figure.update_layout({f"xaxis{number}": x, f"yaxis{number}": y})
    figure.add_trace(
        go.Bar(
            x=numbers,
            y=np.arange(len(part)),
            orientation="h",
            name=HALVES[k],
            xaxis=f"x{number}",
            yaxis=f"y{number}",
            marker={"color": color, "line": {"width": 0}},
            text=[f"{p:.1%}" if p >= 0.0005 else "< 0.1%" for p in numbers],
            textposition="outside",
            textfont={"size": 14, "color": GROUNDS[theme]["ink"]},
            constraintext="none",
            cliponaxis=False,
            hovertext=[style.label(word, 24) for word, _ in part],
            hovertemplate="%{hovertext}: %{x:.4g}<extra></extra>",
            meta=listed(hovertext="word", x="probability"),
        )
    )
    figure.add_annotation(
        text=f"<b>{HALVES[k]}</b>", x=0, xref="paper", xanchor="left", y=domain[1], yref="paper", yanchor="bottom",
        yshift=4, showarrow=False, font={"color": color, "size": 16},
    )  # fmt: skip


def word_by_word(
    tokens: Sequence[str],
    correct: np.ndarray,
    *,
    selected: int | None = None,
    caption: Sequence[str] = (),
    theme: Theme = "light",
) -> go.Figure:
    """The probability of each word of a sentence, guessed without it: by those before, those after, and by both.

    Args:
        correct: Of shape (half, time), the halves as ``HALVES``; NaN where a word is not in the vocabulary.
        selected: A position to mark.

    >>> import numpy as np
    >>> from rnnviz import figures
    >>> figure = figures.word_by_word(["a", "good", "film"], np.full((3, 3), 0.25))
    >>> len(figure.data)
    3
    """
    is_known = bool(np.isfinite(correct).any())
    low = float(np.nanmin(correct)) if is_known else 1e-3
    low = 10.0 ** np.floor(np.log10(max(_LEAST, low)))
    figure = sheet.begin(
        "Every word in turn is the blank",
        style.axis("word", **style.word_axis(tokens, selected), range=[-0.5, len(tokens) - 0.5]),
        style.log_axis("probability of the word", low / 1.4, 1.4),
        theme,
        height=480,
    )
    for k, row in enumerate(correct):
        color = SIGNAL_COLORS[theme][_SIGNALS[k]]
        figure.add_trace(
            go.Scatter(
                x=np.arange(len(tokens)),
                y=np.maximum(row, low).astype(np.float32),
                name=HALVES[k],
                mode="lines+markers",
                line={"color": color, "dash": _DASHES[k], "width": 2},
                marker={"color": color, "symbol": _SYMBOLS[k], "size": 11},
                hovertext=[style.label(token, 24) for token in tokens],
                hovertemplate=f"%{{hovertext}}, {HALVES[k]}: %{{y:.4g}}<extra></extra>",
                meta=listed(wide=True, x="", y=""),
            )
        )
    if selected is not None:
        sheet.outline(figure, selected - 0.5, selected + 0.5, theme)
    sheet.legend_below(figure, 150)
    told = "The vocabulary has no word of this sentence."
    if is_known:
        means = np.exp(np.nanmean(np.log(correct), 1))
        said = ", ".join(f"{name} {mean:.2g}" for name, mean in zip(HALVES, means, strict=True))
        told = f"Geometric mean of the probability over the words of the sentence: {said}."
    sentences = [*caption, told]
    read = sheet.reading(tokens, range(len(tokens)))
    return sheet.finish(sheet.small_titles(figure), sentences, theme, meta=read)


# --- Word vectors ---


def vector_update(
    names: Sequence[str], before: np.ndarray, after: np.ndarray, *, caption: Sequence[str] = (), theme: Theme = "light"
) -> go.Figure:
    """The vectors of a pair and its negatives before an update, and below them how much each number changes.

    Both arrays are of shape (vector, feature), a row for each of ``names``.

    >>> import numpy as np
    >>> from rnnviz import figures
    >>> before = np.eye(2)
    >>> figure = figures.vector_update(["v film", "u good"], before, before + 0.1)
    >>> len(figure.data)
    2
    """
    labels = [style.label(name, 20) for name in names]
    feature = style.axis("feature", showgrid=False, zeroline=False, **style.counted(before.shape[1] - 1))
    rows = {"showgrid": False, "zeroline": False, "autorange": "reversed", "ticks": "", "type": "category"}
    figure = sheet.begin("What one update changes", feature, style.axis("", domain=[0.58, 1], **rows), theme)
    figure.update_layout(xaxis={"anchor": "y2"}, yaxis2=style.axis("", domain=[0, 0.42], **rows))
    for k, (name, z) in enumerate((("before", before), ("change", after - before))):
        largest = max(float(np.abs(z).max()), 1e-9)
        domain = figure.layout["yaxis" if k == 0 else "yaxis2"].domain
        bar = {"len": 0.42, "y": domain[0], "yanchor": "bottom"}
        colors = {"colorscale": style.scale(DIVERGING[theme]), "zmin": -largest, "zmax": largest}
        hover = f"%{{y}}, feature %{{x}}: %{{z:.4g}} ({name})"
        image = sheet.image(z, colors, bar, hover, x=list(range(z.shape[1])), y=labels)
        figure.add_trace(image.update(name=name, yaxis="y" if k == 0 else "y2"))
        figure.add_annotation(
            text=f"<b>{'before the update' if k == 0 else 'change by the update'}</b>", x=0, xref="paper",
            xanchor="left", y=domain[1], yref="paper", yanchor="bottom", yshift=2, showarrow=False,
            font={"color": GROUNDS[theme]["ink"]},
        )  # fmt: skip
    change = float(np.abs(after - before).max())
    sentences = [*caption, f"The largest change is {style.digits(change)}. The two pictures have their own scales."]
    sheet.finish(sheet.small_titles(figure), sentences, theme, headroom=24)
    inside = 2 * (26 * len(names) + 24)
    return figure.update_layout(height=figure.layout.margin.t + inside + 80, margin={"b": 80, "l": 130})


def skip_gram_curve(
    updates: np.ndarray, losses: np.ndarray, *, caption: Sequence[str] = (), theme: Theme = "light"
) -> go.Figure:
    """The loss of a training of word vectors: after how many updates, and the mean of a pair since the point before.

    Both arrays are of shape (point,).

    >>> import numpy as np
    >>> from rnnviz import figures
    >>> figure = figures.skip_gram_curve(np.array([10, 20]), np.array([4.1, 2.0]))
    >>> figure.data[0].type
    'scatter'
    """
    figure = sheet.begin(
        "The loss of the word vectors",
        style.axis("update", rangemode="tozero", tickformat=","),
        style.axis("loss of a pair", rangemode="tozero"),
        theme,
        showlegend=False,
        height=400,
    )
    line = {"color": SIGNAL_COLORS[theme]["y"], "width": 2.5}
    figure.add_trace(
        go.Scatter(
            x=updates,
            y=losses.astype(np.float32),
            name="loss",
            mode="lines",
            line=line,
            hovertemplate="update %{x:,}: %{y:.4g}<extra></extra>",
            meta=listed(wide=True, x="", y=""),
        )
    )
    told = f"goes from {losses[0]:.2f} to {losses[-1]:.2f} in {int(updates[-1]):,} updates"
    return sheet.finish(figure, [*caption, f"The loss of a pair, with its negatives, {told}."], theme)
