"""A figure as one HTML file that holds all it needs: it can be hovered and zoomed without a network or a server."""

from html import escape
from typing import Any, Final

import plotly.graph_objects as go

from rnnviz.figures import style
from rnnviz.figures.grounds import HEIGHT, THEMES, Ground, recolored
from rnnviz.figures.table import table_of
from rnnviz.palette import GROUNDS, Theme

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

POLICY: Final = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:"
"""What a saved file may do, written into it: nothing but run what it holds."""


def standalone(figure: go.Figure, ground: Ground, theme: Theme, link: str = "") -> str:
    """A page with one figure, plotly's script, the numbers as a table and the link to the view it was saved from.

    It is HTML of about 5 MB, nearly all of it plotly's. The figure was drawn for ``theme``.

    >>> import torch
    >>> from rnnviz import capture, figures
    >>> trace = capture(torch.nn.RNN(1, 2, batch_first=True), torch.ones(1, 3, 1))
    >>> page = figures.standalone(figures.signal_heatmap(trace), "white", "light")
    >>> page[:15]
    '<!doctype html>'
    """
    wanted = THEMES.get(ground, theme)
    drawn = go.Figure(recolored(figure.to_dict(), theme, wanted))
    colors = dict(GROUNDS[wanted])
    if ground == "transparent":
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
    """Where a saved file comes from, as HTML.

    >>> from rnnviz import figures
    >>> "Gates" in figures.linked("http://127.0.0.1:8501/Gates")
    True
    """
    if not link:
        return "Made with rnnviz."
    return f'Made with rnnviz. This view: <a href="{escape(link)}" rel="noreferrer">{escape(link)}</a>'


def _numbers(figure: go.Figure) -> str:
    table = table_of(figure)
    if not 0 < table.size <= _FEW:
        return ""
    html = table.to_html(border=0, na_rep="–", float_format=lambda value: f"{value:.7g}")
    return f'<details><summary>The numbers</summary><div class="wide">{html}</div></details>'
