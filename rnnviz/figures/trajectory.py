"""The path of a state through its two directions of largest variance, one input or several in one picture."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import plotly.graph_objects as go

from rnnviz.analysis import principal_components
from rnnviz.figures import style
from rnnviz.names import ARROWS, CELL_LABELS, LABELS, Direction
from rnnviz.palette import GROUNDS, SIGNAL_COLORS, Theme
from rnnviz.trace import Trace

LOOKS: Final = (("solid", "circle"), ("dot", "square"), ("dash", "diamond"), ("dashdot", "triangle-up"))
"""Dash and marker of the first input, the second, …; from the fifth on they begin again."""

MOST_LABELS: Final = 40
FEW_LABELS: Final = 16
MOST_MARKERS: Final = 200
"""Words that are written, and steps that have a marker, in all; beyond, the line is thin and has few words."""


def state_trajectory(
    trace: Trace | Sequence[Trace],
    signal: str = "h",
    *,
    t: int | None = None,
    layer: int = 0,
    direction: Direction = "forward",
    batch: int = 0,
    theme: Theme = "light",
) -> go.Figure:
    """The path of a state from step to step, in the two principal components that all its inputs share.

    Parameters
    ----------
    trace : Trace or sequence of Trace
        One network on one input or on several; each gets a line of its own.
    signal : str, default "h"
        Any signal of the network.
    t : int, optional
        A step to mark, in every input that has it.
    layer, direction, batch
        Which panel of each trace.
    theme : {"light", "dark"}, default "light"

    Returns
    -------
    plotly.graph_objects.Figure
        Equal lengths on both axes; a step with a number that is not finite is a gap. ``layout.meta["alt"]`` says in
        words what is to be seen.

    Raises
    ------
    ValueError
        If a trace has no such signal, layer, direction or sample; if the units differ; or if there are fewer than two
        units or fewer than two steps with finite numbers.

    References
    ----------
    Maheswaranathan, Williams, Golub, Ganguli, Sussillo (2019), arXiv 1906.10720: states in their first components.
    """
    traces = [trace] if isinstance(trace, Trace) else list(trace)
    panels = [
        one.panel(signal, layer=layer, direction=direction, batch=batch)[: one.lengths[batch]] for one in traces
    ]  # (time, unit) each
    principal = principal_components(panels, 2)
    backwards, apart = direction == "reverse", _room(principal.projections)
    steps = sum(map(len, panels))
    few, most = steps <= MOST_MARKERS, MOST_LABELS if steps <= MOST_MARKERS else FEW_LABELS
    figure = go.Figure(layout={"template": style.template(theme)})
    for k, (one, path) in enumerate(zip(traces, principal.projections, strict=True)):
        line = _Line(path.astype(np.float32), one.tokens[batch][: len(path)], k, signal, theme, backwards, apart)
        figure.add_traces(
            [line.line(markers=few), *line.selected(t), line.ends(), line.labels(-(-steps // most), fill=few)]
        )
    shares = [_share(ratio) for ratio in principal.explained_ratio]
    symbol, sizes = style.symbol(signal), traces[0].sizes
    figure.update_layout(
        title={"text": f"Path of {symbol} in two of {sizes['unit']} dimensions"},
        xaxis={"title": {"text": f"component 1 of {symbol}: {shares[0]}"}},
        yaxis={"title": {"text": f"component 2 of {symbol}: {shares[1]}"}, "scaleanchor": "x"},
        showlegend=len(traces) > 1,
        legend={"y": -0.2, "yanchor": "top", "x": 0, "xanchor": "left"},
        meta={"alt": _alt(traces, batch, signal, shares, backwards=backwards)},
    )
    counts = " and ".join(f"{len(panel)}" for panel in panels)
    label = f"{CELL_LABELS[traces[0].cell]}, {sizes['unit']} units, layer {layer} {ARROWS[direction]}, {counts} steps"
    style.caption(figure, label, theme)
    return figure


@dataclass(frozen=True, eq=False)
class _Line:
    """One input's path, the k-th, and all that is drawn along it."""

    path: np.ndarray
    words: Sequence[str]
    k: int
    signal: str
    theme: Theme
    backwards: bool
    apart: np.ndarray

    @property
    def steps(self) -> np.ndarray:
        """In reading order."""
        return np.arange(len(self.path))[:: -1 if self.backwards else 1]

    @property
    def color(self) -> str:
        return SIGNAL_COLORS[self.theme][self.signal] if self.k == 0 else self.ground["ink" if self.k % 2 else "soft"]

    @property
    def ground(self) -> dict[str, str]:
        return GROUNDS[self.theme]

    @property
    def symbol(self) -> str:
        return LOOKS[self.k % len(LOOKS)][1]

    def line(self, *, markers: bool) -> go.Scatter:
        """Thin and without markers where there are many."""
        return self._scatter(
            self.steps,
            mode="lines+markers" if markers else "lines",
            opacity=1 if markers else 0.6,
            line={"color": self.color, "dash": LOOKS[self.k % len(LOOKS)][0], "width": 2 if markers else 1},
            marker={"color": self.color, "symbol": self.symbol, "size": 8},
            name=f"input {self.k + 1}: {style.label(' '.join(self.words[:12]), 36)}",
            text=[style.label(self.words[step], 40) for step in self.steps],
            customdata=self.steps.astype(np.int32),
            hovertemplate="t = %{customdata}, %{text}<br>%{x:.4g}, %{y:.4g}<extra></extra>",
        )

    def ends(self) -> go.Scatter:
        """The first step read, open, and the last, filled."""
        return self._scatter(
            self.steps[[0, -1]],
            mode="markers",
            marker={
                "symbol": [f"{self.symbol}-open", self.symbol],
                "size": 16,
                "color": self.color,
                "line": {"width": 3, "color": self.color},
            },
            showlegend=False,
            hoverinfo="skip",
        )

    def labels(self, stride: int, *, fill: bool) -> go.Scatter:
        """The words, every so many of them and, to fill up, those between, as far as there is room."""
        last = len(self.steps) - 1
        chosen = self._free([0, last, *range(stride, last - stride + 1, stride), *(range(1, last) if fill else ())])
        said = {0: "start ", last: "end "}
        return self._scatter(
            self.steps[chosen],
            mode="markers+text",
            marker={"opacity": 0, "size": [30 if k in said else 14 for k in chosen]},  # keeps the text off the line
            text=[f"{said.get(k, '')}{self.steps[k]}: {style.label(self.words[self.steps[k]], 14)}" for k in chosen],
            textposition=[self._side(k) for k in chosen],
            textfont={"color": self.color, "size": 15},
            cliponaxis=False,
            showlegend=False,
            hoverinfo="skip",
        )

    def _free(self, wanted: list[int]) -> list[int]:
        """Those of the wanted labels, the first ones first, that do not stand on another."""
        kept: list[int] = []
        for k in dict.fromkeys(wanted):
            off = np.abs(self.path[self.steps[kept]] - self.path[self.steps[k]]) if kept else np.empty((0, 2))
            if len(kept) > MOST_LABELS:
                break
            if k == wanted[1] or not (off <= self.apart).all(1).any():
                kept.append(k)
        return sorted(kept)

    def selected(self, t: int | None) -> list[go.Scatter]:
        """A ring around the selected step, if it is one of these."""
        if t is None or t >= len(self.path):
            return []
        marker = {"size": 22, "color": self.ground["mark"], "line": {"width": 2, "color": self.ground["ink"]}}
        name = f"selected step t = {t}"
        here = np.array([t])
        return [self._scatter(here, mode="markers", marker=marker, name=name, showlegend=False, hoverinfo="skip")]

    def _side(self, k: int) -> str:
        """Where a label is out of the way of the line: away from the steps before and after."""
        near = self.path[self.steps[[max(k - 1, 0), min(k + 1, len(self.steps) - 1)]]]
        above = self.path[self.steps[k], 1] >= near[:, 1].mean()
        return "top center" if above else "bottom center"

    def _scatter(self, steps: np.ndarray, **options: object) -> go.Scatter:
        return go.Scatter(x=self.path[steps, 0], y=self.path[steps, 1], legendgroup=f"input {self.k + 1}", **options)


def _room(paths: Sequence[np.ndarray]) -> np.ndarray:
    """About the width and height of a label in the units of the axes, which are equal, in a figure as pages show it."""
    points = np.concatenate(paths)
    spans = np.nanmax(points, axis=0) - np.nanmin(points, axis=0)
    room: np.ndarray = np.array([64, 15]) * max(spans[0] / 900, spans[1] / 320)
    return room


def _share(ratio: float) -> str:
    return "nothing varies" if np.isnan(ratio) else f"{ratio:.1%} of the variance"


def _alt(traces: Sequence[Trace], batch: int, signal: str, shares: list[str], *, backwards: bool) -> str:
    paths = []
    for trace in traces:
        words = trace.tokens[batch][: trace.lengths[batch]]
        first, last = (words[-1], words[0]) if backwards else (words[0], words[-1])
        paths.append(f"{len(words)} steps from “{first}” to “{last}”")
    components = f"principal components 1 ({shares[0]}) and 2 ({shares[1]})"
    return f"The {LABELS[signal]} of the {CELL_LABELS[traces[0].cell]} as a path in {components}: {'; '.join(paths)}."
