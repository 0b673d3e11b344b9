"""A figure on another ground, with the link to the view it was saved from: for slides, which are not always white."""

import re
from html import escape
from textwrap import wrap
from typing import Any, Final, Literal, get_args

import numpy as np
import plotly.graph_objects as go

from rnnviz.figures import style
from rnnviz.palette import DIVERGING, GROUNDS, RELIEF, SEQUENTIAL, SIGNAL_COLORS, Theme

Ground = Literal["white", "dark", "transparent"]
"""What is behind a saved picture; on a transparent one, lines and letters are as in the theme on show."""

THEMES: Final[dict[str, Theme]] = {"white": "light", "dark": "dark"}
WIDTH: Final = 960
"""Pixels across that a saved picture is laid out at: its letters are then 16 points on a slide of the usual size."""

HEIGHT: Final = 540
_EDGE: Final = 20
"""Pixels between a title and the edge of the picture, which a page has around it and a slide has not."""

_LINK_LINES: Final = 3
_LINK_WIDTH: Final = 130
_FONT: Final = "Arial, Helvetica, sans-serif"
"""Of saved pictures: a browser draws them without the fonts of the page, and letters must be as wide as measured."""
_FADED: Final = re.compile(r"rgba\((\d+), ?(\d+), ?(\d+), ?([\d.]+)\)")


def on_ground(figure: go.Figure, ground: Ground, theme: Theme, link: str = "", height: int | None = None) -> go.Figure:
    """A copy of a figure as it is saved: on a ground, of a fixed size, with the link to its view under its caption.

    The caption takes the width of the picture.

    Args:
        theme: The figure was drawn for it.
        link: The whole of it can be clicked; a very long one is written shortened.
        height: In pixels, of the picture without the link.

    Raises:
        ValueError: If there is no such ground.

    >>> import torch
    >>> from rnnviz import capture, figures
    >>> trace = capture(torch.nn.RNN(1, 2, batch_first=True), torch.ones(1, 3, 1))
    >>> figure = figures.on_ground(figures.signal_heatmap(trace), "dark", "light")
    >>> figure.layout.width
    960
    """
    if ground not in get_args(Ground):
        raise ValueError(f"ground must be one of {', '.join(get_args(Ground))}; got {ground!r}")
    saved = style.widened(go.Figure(recolored(figure.to_dict(), theme, THEMES.get(ground, theme))))
    saved.update_layout(
        width=WIDTH, height=height or figure.layout.height or HEIGHT, autosize=False, font={"family": _FONT}
    )
    if saved.layout.title.xref == "container":
        saved.update_layout(title={"pad": {"l": _EDGE}})
    if ground == "transparent":
        saved.update_layout(paper_bgcolor="rgba(0,0,0,0)", plot_bgcolor="rgba(0,0,0,0)")
    return _signed(saved, link) if link else saved


def recolored(value: Any, theme: Theme, wanted: Theme) -> Any:
    """Plain data with every colour of one theme's palette as the other theme has it; what is no colour stays."""
    if theme == wanted:
        return value
    return _replaced(value, _PAIRS[theme])


def _replaced(value: Any, pairs: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _replaced(part, pairs) for key, part in value.items()}
    if isinstance(value, list | tuple) or (isinstance(value, np.ndarray) and value.dtype.kind in "OU"):
        return [_replaced(part, pairs) for part in value]
    if isinstance(value, str):
        return pairs.get(value.upper()) or _replaced_faded(value, pairs)
    return value


def _replaced_faded(value: str, pairs: dict[str, str]) -> str:
    """A colour that lets the ground through, which is written in another way."""
    found = _FADED.fullmatch(value)
    other = found and pairs.get("#{:02X}{:02X}{:02X}".format(*map(int, found.groups()[:3])))
    if not found or not other:
        return value
    red, green, blue = (int(other[k : k + 2], 16) for k in (1, 3, 5))
    return f"rgba({red},{green},{blue},{found[4]})"


def _pairs(theme: Theme, wanted: Theme) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for colors in (SIGNAL_COLORS, GROUNDS):
        pairs |= {color: colors[wanted][name] for name, color in colors[theme].items()}
    for stops in (DIVERGING, SEQUENTIAL, RELIEF):
        pairs |= dict(zip(stops[theme], stops[wanted], strict=True))
    return pairs


_PAIRS: Final = {"light": _pairs("light", "dark"), "dark": _pairs("dark", "light")}


def _signed(figure: go.Figure, link: str) -> go.Figure:
    """The figure with the link as the last lines of its caption, and as much more room above the picture."""
    lines = wrap(link, _LINK_WIDTH, break_on_hyphens=False)
    if len(lines) > _LINK_LINES:
        lines = [*lines[: _LINK_LINES - 1], f"{lines[_LINK_LINES - 1][:-1]}…"]
    linked = "<br>".join(f'<a href="{escape(link)}">{escape(line)}</a>' for line in lines)
    linked = f'<span style="font-size: 11px">{linked}</span>'
    caption = figure.layout.title.subtitle.text
    room = 19 * len(lines)
    margin = figure.layout.margin.t or figure.layout.template.layout.margin.t or 0
    figure.update_layout(
        title={"subtitle": {"text": "<br>".join(part for part in (caption, linked) if part)}},
        margin={"t": margin + room},
        height=figure.layout.height + room,
    )
    return figure
