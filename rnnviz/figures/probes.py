"""What probes read out of states: their accuracy beside that on control tasks, and a direction by unit."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import plotly.graph_objects as go

from rnnviz.figures import sheet, style
from rnnviz.figures.table import listed
from rnnviz.palette import GROUNDS, SIGNAL_COLORS, Theme

MOST_BARS: Final = 512
"""Units that have a bar; of more, the first ones."""


def probe_accuracy(
    names: Sequence[str],
    accuracy: np.ndarray,
    intervals: np.ndarray,
    control: np.ndarray,
    commonest: float,
    *,
    of: str,
    caption: Sequence[str] = (),
    theme: Theme = "light",
) -> go.Figure:
    """The accuracy of one probe for each state, beside that on control tasks and that of the most frequent label.

    Args:
        names: What each probe reads.
        accuracy, control: Of shape (probe,), as ``rnnviz.probe`` gives them.
        intervals: Of shape (probe, 2), the ends of the intervals of the accuracies.
        commonest: What the most frequent label alone would reach.
        of: The property that is read.

    Source: Hewitt and Liang (2019), arXiv 1909.03368, for control tasks and selectivity.

    >>> import numpy as np
    >>> from rnnviz import figures
    >>> numbers = np.array([0.9]), np.array([[0.8, 0.95]]), np.array([0.5])
    >>> figure = figures.probe_accuracy(["h, layer 0"], *numbers, 0.4, of="bracket depth")
    >>> [trace.name for trace in figure.data]
    ['accuracy', 'control tasks', 'most frequent label']
    """
    best = _most_selective(accuracy, control)
    figure = sheet.begin(
        _read_best(names[best], accuracy[best], control[best], commonest, of),
        style.axis("state", type="category", showgrid=False, range=[-0.6, len(names) - 0.4]),
        style.axis("share of held-out steps", range=[0, 1.04]),
        theme,
        barmode="group",
        bargap=0.4,
        height=440,
    )
    sheet.legend_below(figure, 110)
    ground = GROUNDS[theme]
    shown = {"hovertemplate": "%{x}, %{fullData.name}: %{y:.4g}<extra></extra>"}
    figure.add_trace(
        go.Bar(
            x=list(names), y=accuracy.astype(np.float32), name="accuracy", marker={"color": SIGNAL_COLORS[theme]["h"]},
            error_y={
                "type": "data", "symmetric": False, "array": (intervals[:, 1] - accuracy).astype(np.float32),
                "arrayminus": (accuracy - intervals[:, 0]).astype(np.float32), "color": ground["ink"],
                "thickness": 1.5, "width": 5,
            },
            customdata=np.column_stack([intervals, accuracy - control]).astype(np.float32),
            hovertemplate="%{x}: %{y:.4g}<br>%{customdata[0]:.4g} to %{customdata[1]:.4g}"
            "<br>selectivity %{customdata[2]:.4g}<extra></extra>",
            meta=listed(x="state", y="accuracy", customdata_0="low", customdata_1="high", customdata_2="selectivity"),
        )
    )  # fmt: skip
    figure.add_trace(
        go.Bar(
            x=list(names), y=control.astype(np.float32), name="control tasks",
            marker={"color": ground["soft"], "pattern": {"shape": "/"}}, meta=listed(x="state", y="accuracy"), **shown,
        )
    )  # fmt: skip
    figure.add_trace(
        go.Scatter(
            x=list(names), y=np.full(len(names), commonest, np.float32),
            name="most frequent label", mode="lines", line={"color": ground["ink"], "width": 2},
            meta=listed(x="state", y="accuracy"), **shown,
        )
    )  # fmt: skip
    figure.add_hline(commonest, line={"color": ground["ink"], "width": 2})
    selectivity = accuracy[best] - control[best]
    said = [] if np.isnan(selectivity) else [f"Its selectivity, the two apart, is {style.digits(selectivity)}."]
    return sheet.finish(figure, [*said, *caption], theme)


def _most_selective(accuracy: np.ndarray, control: np.ndarray) -> int:
    """The probe with the largest selectivity, or without control tasks with the largest accuracy."""
    return int(accuracy.argmax() if np.isnan(control).all() else np.nanargmax(accuracy - control))


def _read_best(name: str, accuracy: float, control: float, commonest: float, of: str) -> str:
    """From which state a property is read best, if any state tells more of it than the most frequent label."""
    if accuracy <= commonest:
        return f"No probe of {of} is more accurate than the most frequent label, {style.digits(commonest)}"
    other = "" if np.isnan(control) else f", control tasks {style.digits(control)}"
    subject = f"{of[0].upper()}{of[1:]}"
    return f"{subject} is read best from {name}: accuracy {style.digits(accuracy)}{other}"


def probe_direction(
    direction: np.ndarray,
    label: str,
    *,
    of: str,
    units: Sequence[int] = (),
    caption: Sequence[str] = (),
    theme: Theme = "light",
) -> go.Figure:
    """The direction along which a probe gains most towards a label, a bar for each unit; ``units`` are marked.

    Args:
        direction: Of shape (unit,), as ``Probe.direction`` gives it.
        of: The signal that the probe reads.

    >>> import numpy as np
    >>> from rnnviz import figures
    >>> figure = figures.probe_direction(np.array([0.6, -0.8]), "yes", of="h")
    >>> len(figure.data[0].y)
    2
    """
    shown = direction[:MOST_BARS]
    most = float(np.abs(shown).max())
    figure = sheet.begin(
        f"The direction towards “{style.label(label)}”",
        style.axis("unit", range=[-0.7, len(shown) - 0.3], showgrid=False),
        style.axis(f"weight of the unit’s {of}", range=[-1.1 * most, 1.1 * most], zeroline=True),
        theme,
        showlegend=False,
        bargap=0.25,
        height=380,
    )
    marked = np.isin(np.arange(len(shown)), list(units))
    figure.add_trace(
        go.Bar(
            x=np.arange(len(shown)), y=shown.astype(np.float32),
            marker={
                "color": SIGNAL_COLORS[theme][of],
                "line": {"color": GROUNDS[theme]["ink"], "width": np.where(marked, 3, 0)},
            },
            hovertemplate="unit %{x}: %{y:.4g}<extra></extra>", meta=listed(x="unit", y="weight"),
        )
    )  # fmt: skip
    order = np.argsort(-np.abs(shown), kind="stable")
    share = float((shown[order[:3]] ** 2).sum() / (direction**2).sum())
    three = ", ".join(map(str, order[:3]))
    said = [
        f"The direction has length 1. The units {three} have the largest weights: {share:.0%} of the squared length."
    ]
    if len(direction) > MOST_BARS:
        said.append(f"The first {MOST_BARS} units are drawn.")
    return sheet.finish(figure, [*said, *caption], theme)
