"""Units by time: one signal of one layer and direction, under the words that were read."""

import numpy as np
import plotly.graph_objects as go

from rnnviz.figures import style
from rnnviz.names import ARROWS, CELL_LABELS, LABELS, Direction
from rnnviz.palette import Theme
from rnnviz.trace import Trace


def signal_heatmap(
    trace: Trace,
    signal: str = "h",
    *,
    layer: int = 0,
    direction: Direction = "forward",
    batch: int = 0,
    theme: Theme = "light",
) -> go.Figure:
    """A signal over time as a heatmap, a row a unit, a column a step.

    Parameters
    ----------
    trace : Trace
    signal : str, default "h"
        Any signal of ``trace.cell``.
    layer, direction, batch
        Which panel of the trace.
    theme : {"light", "dark"}, default "light"

    Returns
    -------
    plotly.graph_objects.Figure
        NaN, as on padded steps, stays a gap.

    Raises
    ------
    ValueError
        If the trace has no such signal, layer, direction or sample.
    """
    values = trace.panel(signal, layer=layer, direction=direction, batch=batch)  # (time, unit)
    finite = np.abs(values[np.isfinite(values)])
    largest = max(float(finite.max(initial=0.0)), 1.0 if signal != "c" else 1e-9)
    label = f"{LABELS[signal]} {signal}<sub>t</sub>"
    figure = go.Figure(
        go.Heatmap(
            z=values.T,
            **style.color_axis(signal, largest, theme),
            colorbar={"title": {"text": f"{signal}<sub>t</sub>"}, "thickness": 14},
            hovertemplate=f"t = %{{x:d}}<br>unit %{{y}}<br>{signal} = %{{z:.7g}}<extra></extra>",
        )
    )
    tokens = trace.tokens[batch]
    figure.update_layout(
        template=style.template(theme),
        title={"text": f"{label[0].upper()}{label[1:]} over time"},
        xaxis={
            "title": {"text": "step t"},
            "tickmode": "array",
            "tickvals": list(range(len(tokens))),
            "ticktext": _spaced(tokens),
        },
        yaxis={"title": {"text": "unit"}, "autorange": "reversed", "tick0": 0, "dtick": -(-values.shape[1] // 16)},
    )
    sizes = trace.sizes
    style.caption(
        figure,
        f"{CELL_LABELS[trace.cell]}, {sizes['unit']} units, layer {layer} {ARROWS[direction]}, {sizes['time']} steps",
        theme,
    )
    return figure


def _spaced(tokens: tuple[str, ...], most: int = 40) -> list[str]:
    """At most ``most`` of the labels, evenly spaced, so that they stay legible."""
    stride = -(-len(tokens) // most)
    return [token if t % stride == 0 else "" for t, token in enumerate(tokens)]
