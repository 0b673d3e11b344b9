"""What padding does to a network that reads it."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from rnnviz.figures import sheet, style
from rnnviz.figures.table import listed
from rnnviz.palette import GROUNDS, SIGNAL_COLORS, Theme


def padding_curve(
    judged: np.ndarray, norms: np.ndarray | None = None, *, said: Sequence[str] = (), theme: Theme = "light"
) -> go.Figure:
    """The probability of praise over the pads that are read after a text, beside what is right.

    ``judged`` is of shape (pad + 1,): after none, one, two, … pads; the first is the right one. ``norms``, of the same
    shape, are L2 norms of the states after them, in a picture below.

    >>> import numpy as np
    >>> from rnnviz import figures
    >>> figure = figures.padding_curve(np.array([0.9, 0.7, 0.6, 0.55]))
    >>> figure.data[0].type
    'scatter'
    """
    most = len(judged) - 1
    figure = sheet.begin(
        "The same text, padded and read on",
        style.axis("pads read after the text", range=[-0.02 * most - 0.3, 1.02 * most + 0.3], zeroline=False),
        style.axis("P(praise)", range=[-0.1, 1.1], tickformat=".0%", dtick=0.25, zeroline=False),
        theme,
        showlegend=False,
        height=430,
    )
    figure.add_trace(_curve(judged, "P(praise)", "%{y:.2%}", SIGNAL_COLORS[theme]["y"]))
    if norms is not None:
        figure.update_layout(
            height=600,
            xaxis={"anchor": "y2"},
            yaxis={"domain": [0.44, 1]},
            yaxis2=style.axis("‖h<sub>t</sub>‖", domain=[0, 0.34], rangemode="tozero", nticks=5),
        )
        figure.add_trace(_curve(norms, "norm of h", "%{y:.4g}", SIGNAL_COLORS[theme]["h"]).update(yaxis="y2"))
    _right(figure, judged, theme)
    sentences = [*said, *_told(judged)]
    return sheet.finish(sheet.small_titles(figure), sentences, theme)


def _curve(values: np.ndarray, name: str, number: str, color: str) -> go.Scatter:
    return go.Scatter(
        x=np.arange(len(values)),
        y=values.astype(np.float32),
        name=name,
        mode="lines+markers",
        line={"color": color, "width": 2.5},
        marker={"symbol": ["circle"] + ["circle-open"] * (len(values) - 1), "size": 8, "maxdisplayed": 26},
        meta=listed(wide=True, x="", y=""),
        hovertemplate=f"%{{x}} pads: {number}<extra></extra>",
    )


def _right(figure: go.Figure, judged: np.ndarray, theme: Theme) -> None:
    """What is right, across, with its name on the side where the curve does not end, and where a judgement turns."""
    ground, right = GROUNDS[theme], float(judged[0])
    for at, color, dash in ((right, "good", "dash"), (0.5, "soft", "dot")):
        figure.add_hline(y=at, line={"color": ground[color], "dash": dash, "width": 2}, layer="below")
    side = {"yanchor": "top", "yshift": -2} if judged[-1] > right else {"yanchor": "bottom", "yshift": 2}
    place = {"x": 1, "xref": "x domain", "xanchor": "right", "y": right, **side}
    font = {"color": ground["good"], "size": 14}
    figure.add_annotation(text="right: no pad is read", showarrow=False, font=font, **place)


def _told(judged: np.ndarray) -> list[str]:
    """How far off it gets, and when it turns."""
    right, last = float(judged[0]), float(judged[-1])
    said = [f"Right: {right:.1%}. After {_pads(len(judged) - 1)}: {last:.1%}."]
    turned = np.flatnonzero((judged > 0.5) != (right > 0.5))
    return [*said, f"The judgement turns after {_pads(int(turned[0]))}."] if len(turned) else said


def _pads(count: int) -> str:
    return f"{count} pad{'' if count == 1 else 's'}"
