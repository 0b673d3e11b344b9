"""The look of every figure: the template of both themes, the colour scales, labels, axes and captions.

The template is always given explicitly: importing Streamlit makes a template of placeholder colours plotly's default.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from html import escape, unescape
from re import sub
from typing import Final

import numpy as np
import plotly.graph_objects as go

from rnnviz.names import LABELS, SIGMOID_GATES
from rnnviz.palette import DIVERGING, GROUNDS, SEQUENTIAL, SIGNAL_COLORS, Theme
from rnnviz.written import raised

FONT: Final = '"Source Sans", "Source Sans 3", "Source Sans Pro", Helvetica, Arial, sans-serif'
ORDER: Final = ("h", "c", "i", "f", "g", "o", "r", "z", "n")
SHAPES: Final = {
    "h": "circle-open",
    "i": "circle-open",
    "f": "square-open",
    "g": "triangle-up-open",
    "o": "diamond-open",
    "r": "square-open",
    "z": "diamond-open",
    "n": "triangle-up-open",
}
"""The shape that stands for a signal beside its colour, different within a cell and seen through where they meet."""
MARGIN: Final = {"l": 96, "r": 36, "t": 84, "b": 70}
"""Room at the edges for what axes usually have there: with too little, plotly lays all out and draws it twice."""

USUAL: Final = 450
"""Pixels of a figure that does not say its height, as plotly takes them."""

_PICTURE: Final = 200
"""Pixels between the margins below which a picture is too low to be read."""

_LOWERED: Final = str.maketrans("0123456789+−aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉₊₋ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ")
_RAISED: Final = str.maketrans("0123456789+−k", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ᵏ")

CAPTION_WIDTH: Final = 58
"""Characters a line of a caption, so that it fits a narrow window."""

WIDE_CAPTION: Final = 120
"""Characters a line of a caption on a slide, where the width is known."""

_LINE: Final = 19
_TITLE_LINE: Final = 27
"""Pixels from one line to the next, of a caption and of a title."""

_PAD, _LINES_PAD = 12, 15
"""Pixels above a title, and how many more above one of several lines, which plotly sets higher by most of a line."""

_TITLE_LONG: Final = 54
_TITLE_WIDTH: Final = 46
"""Characters from which on a title is in lines, and those of such a line."""


@lru_cache(maxsize=2)
def template(theme: Theme = "light") -> go.layout.Template:
    """The plotly template of a theme, made once."""
    ground = GROUNDS[theme]
    axis = {
        "gridcolor": ground["line"],
        "linecolor": ground["soft"],
        "zerolinecolor": ground["soft"],
        "tickcolor": ground["soft"],
        "ticks": "outside",
        "title": {"standoff": 12},
        "automargin": True,
    }
    layout = go.Layout(
        font={"family": FONT, "size": 16, "color": ground["ink"]},
        title={"x": 0.0, "xref": "paper", "xanchor": "left", "font": {"size": 21}},
        paper_bgcolor=ground["background"],
        plot_bgcolor=ground["background"],
        colorway=[SIGNAL_COLORS[theme][signal] for signal in ORDER],
        colorscale={"diverging": scale(DIVERGING[theme]), "sequential": scale(SEQUENTIAL[theme])},
        xaxis=axis,
        yaxis=axis,
        margin=MARGIN,
        hoverlabel={"font": {"family": FONT, "size": 15}},
    )
    return go.layout.Template(layout=layout)


def scale(stops: tuple[str, ...]) -> list[list[float | str]]:
    """Evenly spaced colours as plotly takes a colour scale."""
    return [[k / (len(stops) - 1), color] for k, color in enumerate(stops)]


def color_axis(signal: str, largest: float, theme: Theme) -> dict[str, object]:
    """Scale and range for the values of a signal: gates on 0 to 1, everything else symmetric about zero.

    What comes back is ``colorscale``, ``zmin``, ``zmax`` of a heatmap; ``largest`` is the largest size on show.
    """
    if signal in SIGMOID_GATES:
        return {"colorscale": scale(SEQUENTIAL[theme]), "zmin": 0.0, "zmax": 1.0}
    return {"colorscale": scale(DIVERGING[theme]), "zmin": -largest, "zmax": largest}


def caption(figure: go.Figure, text: str, theme: Theme) -> None:
    """Set a caption under a figure's title, so that it stands alone on a slide; long tick labels cannot cover it."""
    font = {"size": 14, "color": GROUNDS[theme]["soft"]}
    figure.update_layout(title={"subtitle": {"text": text, "font": font}})


def paragraph(figure: go.Figure, sentences: Sequence[str], theme: Theme, headroom: int = 0) -> None:
    """Set a caption of several lines under a figure's title, and make room for it.

    Sentences without a full stop get one. ``headroom`` is pixels between caption and picture that other titles need.
    """
    lines, above = headed(sentences, headroom)
    caption(figure, "<br>".join(lines), theme)
    title = _in_lines(figure.layout.title.text or "")
    more = title.count("<br>")
    pad = {"t": _PAD + (more > 0) * _LINES_PAD, "l": 4}
    place = {"x": 0, "xref": "container", "y": 1, "yref": "container", "yanchor": "top", "pad": pad}
    figure.update_layout(margin={"t": above + _TITLE_LINE * more}, title={"text": title, **place})


def _in_lines(title: str) -> str:
    """A title, or if it is a sentence, the lines of it that a phone has room for."""
    if len(spoken(title)) <= _TITLE_LONG:
        return title
    return "<br>".join(_broken(title, _TITLE_WIDTH))


def headed(sentences: Sequence[str], headroom: int = 0) -> tuple[list[str], int]:
    """The lines of a caption, and the pixels above the picture that they take together with the title.

    A sentence begins on the line of the one before where it has room; long ones are broken. ``headroom`` is in pixels.
    """
    lines = _packed(map(_ended, filter(None, sentences)), CAPTION_WIDTH)
    return lines, 56 + _LINE * len(lines) + headroom


def widened(figure: go.Figure, width: int = WIDE_CAPTION) -> go.Figure:
    """A copy of a figure whose title has one line and whose caption has longer ones, of ``width`` characters.

    >>> import torch
    >>> from rnnviz import capture, figures
    >>> trace = capture(torch.nn.RNN(1, 2, batch_first=True), torch.ones(1, 3, 1))
    >>> figure = figures.signal_heatmap(trace)
    >>> figures.widened(figure) is figure
    False
    """
    wider, title = go.Figure(figure), figure.layout.title
    lines = (title.subtitle.text or "").split("<br>")
    sentences = "".join(f"{line}\n" if _ended(line) == line else f"{line} " for line in lines).splitlines()
    longer, heading = _packed(sentences, width), title.text or ""
    if title.xref == "container":
        spared = _LINE * max(0, len(lines) - len(longer)) + _TITLE_LINE * heading.count("<br>")
        wider.update_layout(
            title={
                "text": heading.replace("<br>", " "),
                "subtitle": {"text": "<br>".join(longer)},
                "pad": {"t": _PAD},
            },
            margin={"t": figure.layout.margin.t - spared},
        )
    return wider


def add_sentence(figure: go.Figure, sentence: str) -> None:
    """Add a sentence to the caption of a finished figure, to its alt text too, and make room for it."""
    *lines, last = (figure.layout.title.subtitle.text or "").split("<br>")
    lines += _packed(filter(None, (last, _ended(sentence))), CAPTION_WIDTH)
    more = len(lines) - len((figure.layout.title.subtitle.text or "").split("<br>"))
    meta = dict(figure.layout.meta or {})
    figure.update_layout(
        title={"subtitle": {"text": "<br>".join(lines)}},
        margin={"t": (MARGIN["t"] if figure.layout.margin.t is None else figure.layout.margin.t) + _LINE * more},
        meta={**meta, "alt": f"{_ended(meta.get('alt', ''))} {spoken(sentence)}"},
    )


def roomy(figure: go.Figure) -> int | None:
    """The height that leaves a picture its room between a long caption and a legend.

    It is in pixels; None where the usual height does, or where a figure says its own.

    >>> import plotly.graph_objects as go
    >>> from rnnviz import figures
    >>> figures.roomy(go.Figure()) is None
    True
    >>> figures.roomy(go.Figure(layout={"margin": {"b": 500}})) > 500
    True
    """
    margin = figure.layout.margin
    needed = sum(MARGIN[side] if margin[side] is None else margin[side] for side in "tb") + _PICTURE
    return needed if figure.layout.height is None and needed > USUAL else None


def _ended(sentence: str) -> str:
    """A sentence with the full stop that ends it."""
    return sentence if spoken(sentence).rstrip()[-1:] in (".", "!", "?", ":", "…") else f"{sentence}."


def _packed(sentences: Iterable[str], width: int) -> list[str]:
    """Lines of ``width`` characters at most; a sentence begins where the last one ends if all of it has room there."""
    lines: list[str] = []
    for sentence in sentences:
        after = f"{lines[-1]} {sentence}" if lines else sentence
        if lines and len(spoken(after)) <= width:
            lines[-1] = after
        else:
            lines += _broken(sentence, width)
    return lines


def _broken(sentence: str, width: int) -> list[str]:
    """Lines of at most ``width`` characters, as few as it takes; the last is not much shorter than the others."""
    lines = _filled(sentence, width)
    for narrower in range(width - 1, 0, -1):
        again = _filled(sentence, narrower)
        if len(lines) == 1 or len(spoken(lines[-1])) > width // 3 or len(again) > len(lines):
            break
        lines = again
    return lines


def _filled(sentence: str, width: int) -> list[str]:
    """Lines of at most ``width`` characters, tags not counted; a no-break space is kept, a longer word too."""
    lines = [""]
    for word in sentence.split(" "):
        longer = f"{lines[-1]} {word}".strip()
        if len(spoken(longer)) <= width or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def spoken(text: str) -> str:
    """A text without tags, for tables and for those who hear it: hₜ, W_T and 10³ in place of lowered and raised."""
    text = sub(r"<sub>(.*?)</sub>", lambda found: _moved(found[1], _LOWERED, "_"), text)
    text = sub(r"<sup>(.*?)</sup>", lambda found: _moved(found[1], _RAISED, "^"), text)
    return sub(r"</?b>", "", text.replace("<br>", " "))


def _moved(letters: str, table: dict[int, int], sign: str) -> str:
    """Letters as Unicode has them lowered or raised, or after a sign for it where it has not."""
    return letters.translate(table) if all(ord(letter) in table for letter in letters) else f"{sign}{letters}"


def unescaped(label: str) -> str:
    """A word as it was before it became a label."""
    return unescape(label)


def digits(value: float, count: int = 3) -> str:
    """A number with ``count`` digits, with a minus sign and its power of ten as people write them, infinity as ∞."""
    return raised(f"{value:.{count}g}").replace("inf", "∞").replace("nan", "NaN")


def _minus(text: str) -> str:
    return text.replace("-", "−")


def power(value: float, count: int = 2) -> str:
    """A number as ``digits`` has it, as a multiple of a power of ten where it is very large or small."""
    number, _, exponent = f"{value:.{count}g}".partition("e")
    return f"{_minus(number)} × 10<sup>{_minus(str(int(exponent)))}</sup>" if exponent else digits(value, count)


def symbol(signal: str, at: str = "t") -> str:
    """A signal's letter with its step as plotly writes it."""
    return f"{signal}<sub>{at}</sub>"


def named(signal: str) -> str:
    """A signal's letter and what it is called."""
    return f"{symbol(signal)} {LABELS[signal]}"


def axis(title: str, **options: object) -> dict[str, object]:
    """An axis under its title."""
    return {"title": {"text": title}, **options}


def log_axis(title: str, low: float, high: float, most: int = 6) -> dict[str, object]:
    """A logarithmic axis with its powers of ten, about ``most`` at most; between few of them with round numbers."""
    decades = np.log10(high / low)
    ticks = {"dtick": int(np.ceil(decades / most))} if decades > 2 else _round_ticks(low, high)
    return axis(title, type="log", range=[np.log10(low), np.log10(high)], exponentformat="power", **ticks)


def _round_ticks(low: float, high: float) -> dict[str, object]:
    """Round numbers between two near ones, all written alike; plotly's own where there are next to none."""
    powers = range(int(np.floor(np.log10(low))), int(np.ceil(np.log10(high))) + 1)
    for steps in ((1, 2, 5), range(1, 10)):
        found = [step * 10.0**exponent for exponent in powers for step in steps if low <= step * 10.0**exponent <= high]
        if len(found) > 2:
            return {"tickvals": found, "ticktext": [power(value, 1) for value in found]}
    return {}


def counted(last: int) -> dict[str, object]:
    """Ticks of an axis that counts to a number: whole ones, also where there are few."""
    return {"tickformat": "d", **({"tick0": 0, "dtick": 1} if last <= 10 else {})}


def word_axis(
    tokens: Sequence[str], selected: int | None = None, most: int = 40, window: tuple[int, int] | None = None
) -> dict[str, object]:
    """Ticks of ``xaxis`` or ``yaxis`` for steps, labelled by what was read; the selected one always, and in bold.

    Args:
        most: Of more steps, half as many are labelled, evenly spaced: they are legible in a narrow window too.
        window: The first step in view and the one after the last, if these are not all; outside, labels are as far
            apart as if all were in view.
    """
    shown = _labelled(0, len(tokens), selected, most)
    if window:
        inner = _labelled(*window, selected, most)
        shown = sorted({*inner, *(t for t in shown if not window[0] <= t < window[1])})
    return {
        "tickmode": "array",
        "tickvals": shown,
        "ticktext": [f"<b>{label(tokens[t])}</b>" if t == selected else label(tokens[t]) for t in shown],
        "showgrid": False,
        "zeroline": False,
    }


def is_word_axis(axis: go.layout.XAxis | go.layout.YAxis) -> bool:
    """Whether an axis is one of ``word_axis``: no other has its labels given and neither a grid nor a line at zero."""
    return axis.tickmode == "array" and axis.showgrid is False and axis.zeroline is False


def _labelled(first: int, end: int, selected: int | None, most: int) -> list[int]:
    """The steps that have room for a label, the selected one among them and none close to it."""
    stride = 1 if end - first <= most else -(-(end - first) // (most // 2))
    near = range(0) if selected is None else range(selected - stride + 1, selected + stride)
    return [t for t in range(first, end) if t == selected or (t % stride == 0 and t not in near)]


def label(token: str, most: int = 12) -> str:
    """A word as a label: cut, a space made visible, and without a sign that plotly would read as a tag."""
    token = "␣" if token.isspace() else token
    return escape(token if len(token) <= most else f"{token[: most - 1]}…", quote=False)
