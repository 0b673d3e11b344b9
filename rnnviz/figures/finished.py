"""A finished figure for other places: one HTML file, larger for those at the back, or on another background."""

import re
from collections.abc import Iterator
from html import escape
from typing import Any, Final, Literal, get_args

import numpy as np
import plotly.graph_objects as go

from rnnviz.figures import style
from rnnviz.figures.table import table_of
from rnnviz.palette import DIVERGING, GROUNDS, RELIEF, SEQUENTIAL, SIGNAL_COLORS, Theme

# --- One HTML file that holds all it needs: hovered and zoomed without a network or a server ---


Background = Literal["white", "dark", "transparent"]
"""What is behind a saved picture; on a transparent one, lines and letters are as in the theme on show."""

_FEW: Final = 4_000
"""Cells up to which the table of the numbers is set in the file; more are in the CSV."""

_CONFIG: Final[dict[str, Any]] = {
    "displaylogo": False,
    "showSendToCloud": False,
    "responsive": True,
}

_PAGE: Final = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<title>{title}</title>
<style>
body {{ margin: 0 auto; max-width: 1200px; padding: 16px; background: {background}; color: {ink}; }}
body {{ font: 16px/1.5 {font}; }}
figure {{ margin: 0; }}
figcaption, footer {{ color: {soft}; font-size: 14px; overflow-wrap: anywhere; }}
a {{ color: {accent}; }}
table {{ border-collapse: collapse; font-variant-numeric: tabular-nums; }}
th, td {{ border: 1px solid {line}; padding: 2px 8px; text-align: right; }}
.wide {{ overflow-x: auto; }}
</style>
</head>
<body>
<figure role="group" aria-label="{title}">
{picture}
<figcaption>{alt}</figcaption>
</figure>
{numbers}
<footer>{link}</footer>
</body>
</html>
"""

POLICY: Final = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; font-src data:"
)
"""What a saved file may do, written into it: nothing but run what it holds."""


def standalone(figure: go.Figure, background: Background, theme: Theme, link: str = "") -> str:
    """A page with one figure, plotly's script, the numbers as a table and the link to the view it was saved from.

    It is HTML of about 5 MB, nearly all of it plotly's. The figure was drawn for ``theme``.

    >>> import torch
    >>> from rnnviz import capture, figures
    >>> trace = capture(torch.nn.RNN(1, 2, batch_first=True), torch.ones(1, 3, 1))
    >>> page = figures.standalone(figures.signal_heatmap(trace), "white", "light")
    >>> page[:15]
    '<!doctype html>'
    """
    wanted = THEMES.get(background, theme)
    drawn = go.Figure(recolored(figure.to_dict(), theme, wanted))
    colors = dict(GROUNDS[wanted])
    if background == "transparent":
        drawn.update_layout(paper_bgcolor="rgba(0,0,0,0)", plot_bgcolor="rgba(0,0,0,0)")
        colors["background"] = "transparent"
    height = figure.layout.height or HEIGHT
    picture = drawn.to_html(
        full_html=False, include_plotlyjs=True, config=_CONFIG, default_height=f"{height}px", validate=False
    )
    return _PAGE.format(
        policy=POLICY,
        title=escape(titled(figure)),
        alt=escape((figure.layout.meta or {}).get("alt", "")),
        picture=picture,
        numbers=_numbers(figure),
        link=linked(link),
        font=escape(style.FONT, quote=False),
        **{name: colors[name] for name in ("background", "ink", "soft", "accent", "line")},
    )


def titled(figure: go.Figure) -> str:
    """The title of a figure as plain text.

    >>> import plotly.graph_objects as go
    >>> from rnnviz import figures
    >>> figures.titled(go.Figure(layout={"title": {"text": "<b>Forget gate</b>"}}))
    'Forget gate'
    """
    return style.unescaped(style.spoken(figure.layout.title.text or "")).strip()


def linked(link: str) -> str:
    """Where a saved file comes from, as HTML; ``link`` is an address, or the part after it if others cannot open that.

    >>> from rnnviz import figures
    >>> "Gates" in figures.linked("https://rnn.example.org/Gates")
    True
    >>> figures.linked("/Gates?cell=gru")
    'Made with rnnviz. This view: /Gates?cell=gru'
    """
    if not link:
        return "Made with rnnviz."
    if not link.startswith(("http://", "https://")):
        return f"Made with rnnviz. This view: {escape(link)}"
    return f'Made with rnnviz. This view: <a href="{escape(link)}" rel="noreferrer">{escape(link)}</a>'


def _numbers(figure: go.Figure) -> str:
    table = table_of(figure)
    if not 0 < table.size <= _FEW:
        return ""
    html = table.to_html(border=0, na_rep="–", float_format=lambda value: f"{value:.7g}")
    return f'<details><summary>The numbers</summary><div class="wide">{html}</div></details>'


# --- Larger: type, lines, marks and the room between them ---


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


# --- On another background: slides are not always white ---


THEMES: Final[dict[str, Theme]] = {"white": "light", "dark": "dark"}
WIDTH: Final = 960
"""Pixels across that a saved picture is laid out at: its letters are then 16 points on a slide of the usual size."""

HEIGHT: Final = 540
SLIDE: Final = (1280, 720)
"""Pixels of a slide of 13.33 x 7.5 inches, 96 to the inch."""

_SLIDE_TYPE: Final = 14 * 96 / 72
_EDGE: Final = 20
"""Pixels between a title and the edge of the picture, which a page has around it and a slide has not."""

_FADED: Final = re.compile(r"rgba\((\d+), ?(\d+), ?(\d+), ?([\d.]+)\)")


def on_background(figure: go.Figure, background: Background, theme: Theme, *, height: int | None = None) -> go.Figure:
    """A copy of a figure as it is saved: on a background and of a fixed size.

    The caption takes the width of the picture.

    Args:
        theme: The figure was drawn for it.
        height: In pixels.

    Raises:
        ValueError: If there is no such background.

    >>> import torch
    >>> from rnnviz import capture, figures
    >>> trace = capture(torch.nn.RNN(1, 2, batch_first=True), torch.ones(1, 3, 1))
    >>> figure = figures.on_background(figures.signal_heatmap(trace), "dark", "light")
    >>> figure.layout.width
    960
    """
    if background not in get_args(Background):
        raise ValueError(f"background must be one of {', '.join(get_args(Background))}; got {background!r}")
    saved = style.widened(go.Figure(recolored(figure.to_dict(), theme, THEMES.get(background, theme))))
    saved.update_layout(width=WIDTH, height=height or figure.layout.height or HEIGHT, autosize=False)
    if saved.layout.title.xref == "container":
        saved.update_layout(title={"pad": {"l": _EDGE}})
    if background == "transparent":
        saved.update_layout(paper_bgcolor="rgba(0,0,0,0)", plot_bgcolor="rgba(0,0,0,0)")
    return saved


def slide(figure: go.Figure, background: Background, theme: Theme) -> go.Figure:
    """A copy of a figure as it fills a slide of 13.33 x 7.5 inches: its smallest type has 14 points there.

    >>> import torch
    >>> from rnnviz import capture, figures
    >>> trace = capture(torch.nn.RNN(1, 2, batch_first=True), torch.ones(1, 3, 1))
    >>> layout = figures.slide(figures.signal_heatmap(trace), "white", "light").layout
    >>> layout.width, layout.height, round(layout.title.subtitle.font.size, 1)
    (1280, 720, 18.7)
    """
    width, height = SLIDE
    by = max(width / WIDTH, _SLIDE_TYPE / min(_type_sizes(figure.to_plotly_json(), "figure")))
    large = enlarged(style.widened(figure), by)
    return on_background(large, background, theme, height=height).update_layout(width=width)


def _type_sizes(part: Any, name: str) -> Iterator[float]:
    """The sizes of all type that a part of a figure asks for, in pixels."""
    if isinstance(part, list | tuple) and part and isinstance(part[0], dict):
        for one in part:
            yield from _type_sizes(one, name)
    if isinstance(part, dict):
        for key, value in part.items():
            if key == "size" and name.endswith("font"):
                yield from np.ravel(value).tolist()
            elif key not in _NUMBERS:
                yield from _type_sizes(value, key)


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
    """A colour that lets the background through, which is written in another way."""
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
