"""What every figure has around its picture: title, axes and caption, the legend, marks of a step, and its alt text."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from rnnviz.figures import style
from rnnviz.palette import GROUNDS, Theme


def begin(title: str, x: Mapping[str, object], y: Mapping[str, object], theme: Theme, **layout: object) -> go.Figure:
    """A figure with a title and axes, as from ``style.axis``, and as yet no picture."""
    looks = {"template": style.template(theme), "title": {"text": title}, "xaxis": x, "yaxis": y}
    return go.Figure(layout={**looks, **layout})


def finish(
    figure: go.Figure,
    sentences: Sequence[str],
    theme: Theme,
    *,
    alt: str | None = None,
    headroom: int = 0,
    meta: Mapping[str, object] | None = None,
) -> go.Figure:
    """The same figure with its caption, and in ``layout.meta["alt"]`` what is to be seen, in words.

    By default ``alt`` is title and caption. ``headroom`` is pixels between caption and picture that other titles need,
    ``meta`` more for ``layout.meta``.
    """
    style.paragraph(figure, sentences, theme, headroom)
    heard = style.spoken(alt or f"{figure.layout.title.text}: {' '.join(sentences)}")
    figure.update_layout(meta={"alt": heard, **(meta or {})})
    return figure


def reading(tokens: Sequence[str] | None, steps: Iterable[int]) -> dict[str, object]:
    """What ``layout.meta`` has of what was read at the steps that are drawn, for the table of the numbers."""
    return {} if tokens is None else {"read": {str(t): tokens[t] for t in steps}}


def image(z: np.ndarray, colors: Mapping[str, Any], bar: Mapping[str, object], hover: str, **place: Any) -> go.Heatmap:
    """A picture of numbers, a cell a number, of shape (row, column). What is not finite is a gap.

    ``colors`` is scale and range, ``bar`` the bar of colours, ``place`` where the cells are: x, y, or x0, dx, y0, dy.
    A bar that names no ticks has numbers at both ends and in the middle.
    """
    has_ticks = "zmin" not in colors or bar.keys() & {"tickvals", "dtick", "tickformat"}
    ticks = {} if has_ticks else ends(colors["zmin"], colors["zmax"])
    return go.Heatmap(
        z=z.astype(np.float32, copy=False),
        **place,
        **colors,
        colorbar={"thickness": 14, **ticks, **bar},
        hoverongaps=False,
        hovertemplate=f"{hover}<extra></extra>",
    )


def ends(low: float, high: float) -> dict[str, list[float] | list[str]]:
    """Ticks of a bar of colours at both ends, where plotly's round numbers hardly ever are, and in the middle.

    >>> ends(-0.2468, 0.2468)["ticktext"]
    ['−0.247', '0', '0.247']
    """
    values = [low, (low + high) / 2, high]
    return {"tickvals": values, "ticktext": [style.digits(value) for value in values]}


def grey_out(figure: go.Figure, bad: np.ndarray, theme: Theme, hover: str, **place: Any) -> None:
    """Lay grey over the cells of a picture whose number is not finite, where its gaps mean something else.

    ``bad`` is bool of shape (row, column). ``hover`` says what the cell is; that it has no number is added.
    """
    if bad.any():
        grey = {"colorscale": style.scale((GROUNDS[theme]["nan"],) * 2), "showscale": False}
        layer = image(np.where(bad, 1.0, np.nan), grey, {}, f"{hover}<br>no finite number", **place)
        figure.add_trace(layer.update(meta="grey"))


def outline(figure: go.Figure, low: float, high: float, theme: Theme, *, axis: str = "x") -> None:
    """Mark the selected step by a frame from edge to edge."""
    line = {"color": GROUNDS[theme]["ink"], "width": 2}
    _stripe(figure, axis, low, high, line=line, fillcolor="rgba(0,0,0,0)")


def shade(figure: go.Figure, low: float, high: float, color: str) -> None:
    """Colour the ground under some steps."""
    _stripe(figure, "x", low, high, line={"width": 0}, fillcolor=color, layer="below")


def _stripe(figure: go.Figure, axis: str, low: float, high: float, **looks: object) -> None:
    other = "y" if axis == "x" else "x"
    ends = {f"{axis}0": low, f"{axis}1": high, f"{other}0": 0, f"{other}1": 1, f"{other}ref": f"{other} domain"}
    figure.add_shape(type="rect", **ends, **looks)


def legend_below(figure: go.Figure, room: int = 120, **looks: object) -> None:
    """The legend under the picture, where it covers nothing in a narrow window; ``room`` is pixels, with the axis."""
    place = {"orientation": "h", "yref": "container", "y": 0, "yanchor": "bottom", "x": 0, **looks}
    figure.update_layout(legend=place, margin={"b": room})


def small_titles(figure: go.Figure) -> go.Figure:
    """Axis titles no larger than the ticks, so that they fit beside a picture of half a window's width."""
    size = {"title": {"font": {"size": 16}}}
    return figure.update_xaxes(size).update_yaxes(size)
