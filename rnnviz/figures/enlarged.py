"""A finished figure drawn larger, for those who sit at the back: type, lines, marks and the room between them."""

from typing import Any, Final

import numpy as np
import plotly.graph_objects as go

_LENGTHS: Final = frozenset(
    {
        "standoff", "thickness", "xshift", "yshift", "ax", "ay", "ticklen", "tickwidth", "borderwidth", "borderpad",
        "arrowwidth", "xpad", "ypad", "zerolinewidth", "gridwidth", "linewidth", "outlinewidth", "itemwidth",
        "tracegroupgap", "startstandoff", "entrywidth", "ticklabelstandoff",
    }
)  # fmt: skip
"""What is a number of pixels wherever it stands."""

_INSIDE: Final[dict[str, frozenset[str]]] = {
    "line": frozenset({"width"}),
    "marker": frozenset({"size"}),
    "margin": frozenset("lrtb"),
    "pad": frozenset("lrtb"),
    "error_x": frozenset({"width"}),
    "error_y": frozenset({"width"}),
}
"""What is a number of pixels in parts of these names."""

_NUMBERS: Final = frozenset({"x", "y", "z", "text", "customdata", "meta", "transforms"})
"""Parts that hold no looks."""

LINE: Final = 2.0
MARK: Final = 6.0
"""What plotly takes for a line's width and a mark's diameter where a figure does not say."""


def enlarged(figure: go.Figure, by: float) -> go.Figure:
    """A copy in which everything measured in pixels is ``by`` times as large.

    On a place ``by`` times as wide and high it looks as ``figure`` does on its own.

    >>> import plotly.graph_objects as go
    >>> from rnnviz import figures
    >>> figures.enlarged(go.Figure(layout={"height": 400, "font": {"size": 12}}), 1.5).layout.height
    600.0
    """
    layout = _grown(figure.layout.to_plotly_json(), "layout", by)
    if "height" in layout:
        layout["height"] *= by
    # Part by part: a figure as a whole turns its arrays into text.
    return go.Figure({"data": [_trace(trace.to_plotly_json(), by) for trace in figure.data], "layout": layout})


def _trace(trace: dict[str, Any], by: float) -> dict[str, Any]:
    grown: dict[str, Any] = _grown(trace, "trace", by)
    if trace.get("type", "scatter") in ("scatter", "scattergl"):
        mode = trace.get("mode", "lines+markers")
        if "lines" in mode:
            grown["line"] = {"width": LINE * by, **grown.get("line", {})}
        if "markers" in mode:
            grown["marker"] = {"size": MARK * by, **grown.get("marker", {})}
    return grown


def _grown(part: Any, name: str, by: float) -> Any:
    """A part of a figure and all within it; numbers that are drawn are handed on as they are."""
    if isinstance(part, list | tuple) and part and isinstance(part[0], dict):
        return [_grown(one, name, by) for one in part]
    if not isinstance(part, dict):
        return part
    return {
        key: value if key in _NUMBERS else _times(value, by) if _is_length(name, key) else _grown(value, key, by)
        for key, value in part.items()
    }


def _is_length(name: str, key: str) -> bool:
    return key in _LENGTHS or key in _INSIDE.get(name, ()) or (name.endswith("font") and key == "size")


def _times(value: Any, by: float) -> Any:
    """A number of pixels, or one for each mark."""
    if isinstance(value, list | tuple | np.ndarray):
        return (np.asarray(value, np.float32) * np.float32(by)).round(1)
    return value if value is None else value * by
