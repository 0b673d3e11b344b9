"""The look of every figure: the template of both themes, the colour scales, and the caption of a figure.

The template is always given explicitly: importing Streamlit makes a template of placeholder colours plotly's default.
"""

from typing import Final

import plotly.graph_objects as go

from rnnviz.names import SIGMOID_GATES
from rnnviz.palette import DIVERGING, GROUNDS, SEQUENTIAL, SIGNAL_COLORS, Theme

FONT: Final = "Source Sans, Source Sans 3, Source Sans Pro, Helvetica, Arial, sans-serif"
ORDER: Final = ("h", "c", "i", "f", "g", "o", "r", "z", "n")


def template(theme: Theme = "light") -> go.layout.Template:
    """The plotly template of a theme.

    Parameters
    ----------
    theme : {"light", "dark"}, default "light"

    Returns
    -------
    plotly.graph_objects.layout.Template
    """
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
        margin={"l": 70, "r": 24, "t": 84, "b": 70},
        hoverlabel={"font": {"family": FONT, "size": 15}},
    )
    return go.layout.Template(layout=layout)


def scale(stops: tuple[str, ...]) -> list[list[float | str]]:
    """Evenly spaced colours as plotly takes a colour scale."""
    return [[k / (len(stops) - 1), color] for k, color in enumerate(stops)]


def color_axis(signal: str, largest: float, theme: Theme) -> dict[str, object]:
    """Scale and range for the values of a signal: gates on 0 to 1, everything else symmetric about zero.

    Parameters
    ----------
    signal : str
    largest : float
        Largest absolute value on show.
    theme : {"light", "dark"}

    Returns
    -------
    dict
        ``colorscale``, ``zmin``, ``zmax`` of a heatmap.
    """
    if signal in SIGMOID_GATES:
        return {"colorscale": scale(SEQUENTIAL[theme]), "zmin": 0.0, "zmax": 1.0}
    return {"colorscale": scale(DIVERGING[theme]), "zmin": -largest, "zmax": largest}


def caption(figure: go.Figure, text: str, theme: Theme) -> None:
    """Set a caption under a figure's title, so that it stands alone on a slide; long tick labels cannot cover it."""
    font = {"size": 14, "color": GROUNDS[theme]["soft"]}
    figure.update_layout(title={"subtitle": {"text": text, "font": font}})
