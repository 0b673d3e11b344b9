"""What becomes of a judgement when the words change places."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from rnnviz.figures import sheet, style
from rnnviz.figures.table import listed
from rnnviz.palette import GROUNDS, SIGNAL_COLORS, Theme


def shuffle_strip(
    judged: np.ndarray,
    right: float,
    bag: float,
    *,
    said: Sequence[str] = (),
    theme: Theme = "light",
) -> go.Figure:
    """The probabilities of praise of one text's words in random orders, beside what a bag of words says of all of them.

    ``judged``, of shape (order,), and ``right``, of the words as they stand, are the network's; ``bag`` is the bag's.

    >>> import numpy as np
    >>> from rnnviz import figures
    >>> figure = figures.shuffle_strip(np.array([0.2, 0.4, 0.7]), right=0.9, bag=0.5)
    >>> figure.data[0].type
    'scatter'
    """
    figure = sheet.begin(
        "The same words in other orders",
        style.axis("P(praise)", range=[-0.03, 1.03], dtick=0.25, zeroline=False),
        style.axis(
            "", range=[-0.7, 1.7], tickvals=[1, 0], ticktext=["network", "bag of words"], showgrid=False, zeroline=False
        ),
        theme,
        height=370,
    )
    ink, color = GROUNDS[theme]["ink"], SIGNAL_COLORS[theme]["h"]
    heights = 1 + 0.36 * np.sin(2.4 * np.arange(len(judged)))  # apart, so that dots of like orders are seen
    figure.add_trace(_dots(judged, heights, "network, shuffled", {"symbol": "circle", "size": 9, "color": color}))
    for at, row, name, symbol in (
        (right, 1.0, "network, as it stands", "diamond"),
        (bag, 0.0, "bag of words, any order", "square"),
    ):
        figure.add_trace(_dots(np.array([at]), np.array([row]), name, {"symbol": symbol, "size": 16, "color": ink}))
    figure.add_vline(x=0.5, line={"color": GROUNDS[theme]["soft"], "dash": "dot", "width": 2}, layer="below")
    sheet.legend_below(figure)
    turned = int(np.sum((judged > 0.5) != (right > 0.5)))
    between = f"In {turned} of {len(judged)} random orders the judgement turns"
    told = f"{between}; it lies between {judged.min():.2f} and {judged.max():.2f}."
    return sheet.finish(figure, [*said, told, f"A bag of words says {bag:.2f} of every order."], theme)


def _dots(x: np.ndarray, y: np.ndarray, name: str, looks: dict[str, object]) -> go.Scatter:
    return go.Scatter(
        x=x.astype(np.float32),
        y=y,
        name=name,
        mode="markers",
        marker={**looks, "opacity": 1 if len(x) == 1 else 0.65},
        meta=listed(x="P(praise)"),
        hovertemplate=f"{name}: %{{x:.3f}}<extra></extra>",
    )
