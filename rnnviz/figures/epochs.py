"""How a training of a network that judges texts went, epoch by epoch."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import plotly.graph_objects as go

from rnnviz.figures import sheet, style
from rnnviz.figures.table import listed
from rnnviz.palette import GROUNDS, Theme

LOOKS: Final = {"training": ("soft", "dash", "circle-open"), "validation": ("accent", "solid", "circle")}
"""Ground colour, dash and shape of what is learned from and of what is held back."""

CURVES: Final = (
    ("accuracy", "training", "accuracy", "y2"),
    ("validation_accuracy", "validation", "accuracy", "y2"),
    ("loss", "training", "loss", "y"),
    ("validation_loss", "validation", "loss", "y"),
)
"""Of each curve: its key in the history, whose it is, what it is, its axis."""


def epoch_curves(
    history: Sequence[Mapping[str, float]], *, said: Sequence[str] = (), theme: Theme = "light"
) -> go.Figure:
    """Accuracy above and loss below, on what is learned from and on what is held back; a line where a phase ends.

    An entry has ``phase``, ``loss`` (nats), ``accuracy``, ``validation_loss``, ``validation_accuracy`` of an epoch.

    Raises:
        ValueError: If there is no epoch.

    >>> from rnnviz import figures
    >>> epoch = {"phase": "train", "loss": 0.6, "accuracy": 0.7, "validation_loss": 0.5, "validation_accuracy": 0.75}
    >>> figure = figures.epoch_curves([epoch, epoch | {"loss": 0.4, "accuracy": 0.8}])
    >>> figure.data[0].type
    'scatter'
    """
    if not history:
        raise ValueError("history must have at least one epoch; got none")
    count = len(history)
    figure = sheet.begin(
        "The training, epoch by epoch",
        style.axis("epoch", range=[0.7, count + 0.3], dtick=-(-count // 12), zeroline=False),
        style.axis("loss (nats)", domain=[0, 0.45], nticks=6, zeroline=False),
        theme,
        height=600,
        yaxis2=style.axis("accuracy", domain=[0.55, 1], tickformat=".0%", nticks=6, zeroline=False),
    )
    for key, whose, what, axis in CURVES:
        values = np.array([entry[key] for entry in history], np.float32)
        figure.add_trace(_curve(values, whose, what, axis, theme))
    for whose in LOOKS:
        looks = _looks(whose, theme)
        figure.add_trace(go.Scatter(x=[None], y=[None], name=whose, mode="lines+markers", hoverinfo="skip", **looks))
    ends = [k + 0.5 for k in range(1, count) if history[k]["phase"] != history[k - 1]["phase"]]
    line = {"color": GROUNDS[theme]["soft"], "width": 1.5, "dash": "dot"}
    for end in ends:
        figure.add_shape(type="line", x0=end, x1=end, y0=0, y1=1, yref="paper", line=line, layer="below")
    sheet.legend_below(figure, room=104, itemwidth=45)
    return sheet.finish(sheet.small_titles(figure), [*said, *_told(history, bool(ends))], theme)


def _looks(whose: str, theme: Theme) -> dict[str, object]:
    ground, dash, shape = LOOKS[whose]
    color = GROUNDS[theme][ground]
    return {
        "line": {"color": color, "dash": dash, "width": 2.5},
        "marker": {"symbol": shape, "size": 9, "color": color},
    }


def _curve(values: np.ndarray, whose: str, what: str, axis: str, theme: Theme) -> go.Scatter:
    number = "%{y:.2%}" if what == "accuracy" else "%{y:.4f}"
    return go.Scatter(
        x=np.arange(1, len(values) + 1),
        y=values,
        yaxis=axis,
        name=f"{whose} {what}",
        mode="lines+markers",
        showlegend=False,
        meta=listed(wide=True, x="", y=""),
        hovertemplate=f"epoch %{{x}}, {whose} {what}: {number}<extra></extra>",
        **_looks(whose, theme),
    )


def _told(history: Sequence[Mapping[str, float]], phases: bool) -> list[str]:
    """The best epoch by what is held back, and what the lines mean."""
    held = [entry["validation_accuracy"] for entry in history]
    best = int(np.argmax(held))
    said = [f"Best on validation: {held[best]:.1%}, epoch {best + 1} of {len(history)}."]
    return [*said, "Dotted: a new phase of the training."] if phases else said
