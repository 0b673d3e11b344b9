"""States as a whole: their path in two dimensions, and words and units beside those that are like them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import plotly.graph_objects as go

from rnnviz.analysis import principal_components, unit_order
from rnnviz.figures import picture, sheet, style
from rnnviz.figures.panel import Panel
from rnnviz.figures.table import listed
from rnnviz.names import CELL_LABELS, LABELS, Direction
from rnnviz.palette import GROUNDS, SIGNAL_COLORS, Theme
from rnnviz.trace import Trace

# --- The path through the two directions of largest variance ---


LOOKS: Final = (("solid", "circle"), ("dot", "square"), ("dash", "diamond"), ("dashdot", "triangle-up"))
"""Dash and marker of the first input, the second, …; from the fifth on they begin again."""

MOST_LABELS: Final = 40
FEW_LABELS: Final = 16
MOST_MARKERS: Final = 200
"""Words that are written, and steps that have a marker, in all; beyond, the line is thin and has few words."""

LETTER: Final = 8.0
"""Pixels of a letter of a label, about."""

NEAR: Final = 5
"""Pixels within which two points are one."""

MOST_ALONG: Final = 5_000
"""Points along a line at which it is looked for under a label."""

SIDES: Final = {
    "top center": np.array([0, 1]),
    "bottom center": np.array([0, -1]),
    "middle right": np.array([1, 0]),
    "middle left": np.array([-1, 0]),
}
"""Where a label may stand beside its point, and which way that is."""

MOST_CHARACTERS: Final = 50_000
"""Of all words that a hover shows, where there are many."""


def state_trajectory(
    trace: Trace | Sequence[Trace],
    signal: str = "h",
    *,
    t: int | None = None,
    layer: int = 0,
    direction: Direction = "forward",
    batch: int = 0,
    caption: Sequence[str] = (),
    theme: Theme = "light",
) -> go.Figure:
    """The path of a state from step to step, in the two principal components that all its inputs share.

    All traces are of one network; each input gets a line of its own. Both axes have equal lengths; a step with a number
    that is not finite is a gap.

    Raises:
        ValueError: If a trace has no such signal, layer, direction or sample; if the units differ; or if there are
            fewer than two units or fewer than two steps with finite numbers.

    Source: Maheswaranathan, Williams, Golub, Ganguli, Sussillo (2019), arXiv 1906.10720: states in their first
        components.

    >>> import torch
    >>> from rnnviz import capture, figures
    >>> trace = capture(torch.nn.GRU(3, 4, batch_first=True), torch.randn(1, 6, 3))
    >>> figure = figures.state_trajectory(trace)
    >>> figure.data[0].type
    'scatter'
    """
    traces = [trace] if isinstance(trace, Trace) else list(trace)
    panels = [Panel(one, layer, direction, batch) for one in traces]
    principal = principal_components([panel.values(signal) for panel in panels], 2)
    shares = [_share(ratio) for ratio in principal.explained_ratio]
    symbol = style.symbol(signal)
    figure = sheet.begin(
        _path_title(symbol, traces[0][signal].shape[-1], principal.explained_ratio),
        style.axis(f"component 1 of {symbol}: {shares[0]}"),
        style.axis(f"component 2 of {symbol}: {shares[1]}", scaleanchor="x"),
        theme,
        showlegend=len(traces) > 1,
    )
    if len(traces) > 1:
        sheet.legend_below(figure, orientation="v")
    pixel = _pixel(principal.projections)
    points = np.concatenate(principal.projections).astype(np.float32)
    written = np.empty((0, 2, 2))  # the lower left and the upper right of each label, and of the point that it names
    for k, (panel, path) in enumerate(zip(panels, principal.projections, strict=True)):
        line = _Line(path.astype(np.float32), panel.tokens, k, signal, theme, panel.backwards, pixel, points)
        chosen = line.choose(len(panels), written)
        written = np.concatenate([written, *(line.boxes(step, side) for step, side in chosen.items())])
        figure.add_traces([line.line(), *line.selected(t), line.ends(), line.labels(chosen)])
    counts = " and ".join(f"{panel.length:,}" for panel in panels)
    where = panels[0].where(caption, steps=counts)
    return sheet.finish(figure, [*caption, where], theme, alt=" ".join([*caption, _alt(panels, signal, shares)]))


@dataclass(frozen=True, eq=False)
class _Line:
    """One input's path, the k-th, and all that is drawn along it."""

    path: np.ndarray
    words: Sequence[str]
    k: int
    signal: str
    theme: Theme
    backwards: bool
    pixel: float
    points: np.ndarray

    @property
    def few(self) -> bool:
        """Whether all inputs together leave room for markers and words."""
        return len(self.points) <= MOST_MARKERS

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

    def line(self) -> go.Scatter:
        """Thin and without markers where there are many steps, and with words that are cut short."""
        most = 40 if self.few else max(6, min(12, MOST_CHARACTERS // len(self.points)))
        return self._scatter(
            self.steps,
            mode="lines+markers" if self.few else "lines",
            opacity=1 if self.few else 0.6,
            line={"color": self.color, "dash": LOOKS[self.k % len(LOOKS)][0], "width": 2 if self.few else 1},
            marker={"color": self.color, "symbol": self.symbol, "size": 8},
            name=f"input {self.k + 1}: {style.label(' '.join(self.words[:12]), 36)}",
            text=[style.label(self.words[step], most) for step in self.steps],
            customdata=self.steps,
            meta=listed(customdata="step t", text="input", x="", y=""),
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

    def choose(self, lines: int, written: np.ndarray) -> dict[int, str]:
        """Which words are written along one of ``lines`` lines, and on which side: evenly spaced ones, few or all."""
        most = MOST_LABELS if self.few else FEW_LABELS
        last, stride = len(self.steps) - 1, -(-len(self.steps) * lines // most)
        between = range(1, last) if self.few else ()
        return self._free([last, 0, *range(stride, last - stride + 1, stride), *between], written)

    def labels(self, chosen: Mapping[int, str]) -> go.Scatter:
        """The chosen words along the line."""
        return self._scatter(
            self.steps[list(chosen)],
            mode="markers+text",
            marker={"opacity": 0, "size": [2 * self._reach(k) for k in chosen]},  # keeps the text off the line
            text=[self._text(k) for k in chosen],
            textposition=list(chosen.values()),
            textfont={"color": self.color, "size": 15},
            cliponaxis=False,
            showlegend=False,
            hoverinfo="skip",
        )

    def box(self, k: int, side: str) -> np.ndarray:
        """The lower left and the upper right of a label on one side of its point, (2, 2), as far as Python knows."""
        wide, high = LETTER * len(self._text(k)) + 4, 22
        away = SIDES[side] * (np.array([wide, high]) / 2 + self._reach(k))
        middle = self.path[self.steps[k]] + away * self.pixel
        half = np.array([wide, high]) / 2 * self.pixel
        return np.stack([middle - half, middle + half])

    def _text(self, k: int) -> str:
        said = {0: "start ", len(self.steps) - 1: "end "}.get(k, "")
        return f"{said}{self.steps[k]}: {style.label(self.words[self.steps[k]], 14)}"

    def _reach(self, k: int) -> int:
        """Pixels from a point to its label."""
        return 15 if k in (0, len(self.steps) - 1) else 7

    def _free(self, wanted: list[int], written: np.ndarray) -> dict[int, str]:
        """Those of the wanted labels, the first ones first, that have room of their own.

        The last step's always, and the first step's unless another line begins there. Each stands on the side on which
        the line crosses it least.
        """
        kept: dict[int, str] = {}
        taken, along = written, self._along()
        for k in dict.fromkeys(wanted):
            if len(kept) > MOST_LABELS:
                break
            found = {side: self.box(k, side) for side in SIDES}
            free = [side for side, box in found.items() if not _meet(box, taken)]
            if k not in wanted[:2]:
                named = _is_in(taken, self.path[self.steps[k]])
                free = [side for side in free if not named and not _holds(found[side], self.points).any()]
            if k == wanted[1] and _is_in(written, self.path[self.steps[k]]):
                continue
            if free or k in wanted[:2]:
                kept[k] = min(
                    free or SIDES,
                    key=lambda side: (_holds(found[side], self.points).sum(), _holds(found[side], along).sum()),
                )
                taken = np.concatenate([taken, self.boxes(k, kept[k])])
        return dict(sorted(kept.items()))

    def boxes(self, k: int, side: str) -> np.ndarray:
        """What a label takes up: its own box, and that of the point that it names, (2, 2, 2)."""
        point = self.path[self.steps[k]]
        near = NEAR * self.pixel
        return np.stack([self.box(k, side), [point - near, point + near]])

    def _along(self) -> np.ndarray:
        """Points along the line, a few pixels apart, (point, 2)."""
        path = self.path[np.isfinite(self.path).all(1)].astype(np.float64)
        ends = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))])
        at = np.linspace(0, ends[-1], int(min(MOST_ALONG, 2 + ends[-1] / (NEAR * self.pixel or 1))))
        return np.stack([np.interp(at, ends, path[:, axis]) for axis in (0, 1)], 1)

    def selected(self, t: int | None) -> list[go.Scatter]:
        """A ring around the selected step, if it is one of these."""
        if t is None or t >= len(self.path):
            return []
        marker = {"size": 22, "color": self.ground["mark"], "line": {"width": 2, "color": self.ground["ink"]}}
        name = f"selected step t = {t}"
        here = np.array([t])
        return [self._scatter(here, mode="markers", marker=marker, name=name, showlegend=False, hoverinfo="skip")]

    def _scatter(self, steps: np.ndarray, **options: object) -> go.Scatter:
        return go.Scatter(x=self.path[steps, 0], y=self.path[steps, 1], legendgroup=f"input {self.k + 1}", **options)


def _path_title(symbol: str, units: int, ratio: np.ndarray) -> str:
    """How much of what happens the picture shows, where the states vary at all and in more than its two dimensions."""
    if units <= 2 or not np.isfinite(ratio).all():
        return f"Path of {symbol} in two of {units} dimensions"
    return f"Two principal components hold {ratio.sum():.0%} of the variance of {symbol}"


def _pixel(paths: Sequence[np.ndarray]) -> float:
    """About the size of a pixel in the units of the axes, which are equal, in a figure as pages show it."""
    points = np.concatenate(paths)
    spans = np.nanmax(points, axis=0) - np.nanmin(points, axis=0)
    return float(max(spans[0] / 700, spans[1] / 320))


def _meet(box: np.ndarray, boxes: np.ndarray) -> bool:
    """Whether a box lies on any of others, (box, 2, 2)."""
    return bool(((box[0] <= boxes[:, 1]) & (box[1] >= boxes[:, 0])).all(1).any())


def _is_in(boxes: np.ndarray, point: np.ndarray) -> bool:
    return _meet(np.stack([point, point]), boxes)


def _holds(box: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Which of some points, (point, 2), lie in a box."""
    with np.errstate(invalid="ignore"):
        inside: np.ndarray = ((points >= box[0]) & (points <= box[1])).all(1)
    return inside


def _share(ratio: float) -> str:
    return "no variance" if np.isnan(ratio) else f"{ratio:.1%} of the variance"


def _alt(panels: Sequence[Panel], signal: str, shares: list[str]) -> str:
    paths = []
    for panel in panels:
        read = panel.tokens[:: -1 if panel.backwards else 1]
        paths.append(f"{panel.length:,} steps from “{read[0]}” to “{read[-1]}”")
    components, cell = f"principal components 1 ({shares[0]}) and 2 ({shares[1]})", panels[0].trace.cell
    return f"The {LABELS[signal]} of the {CELL_LABELS[cell]} as a path in {components}: {'; '.join(paths)}."


# --- Words and units in order of similarity ---


MOST_CELLS: Final = picture.MOST_CELLS // 2
"""On a page the states themselves are sent beside it."""

MOST_WORDS: Final = 1_000
"""Words that are put in order; of more, every second, third, …"""


def word_unit_clusters(
    trace: Trace,
    signal: str = "h",
    *,
    t: int | None = None,
    layer: int = 0,
    direction: Direction = "forward",
    batch: int = 0,
    caption: Sequence[str] = (),
    theme: Theme = "light",
) -> go.Figure:
    """A state over words and units: words that leave like states stand side by side, and so do units that answer alike.

    A row is a unit, a column a word with its step. ``analysis.unit_order`` orders both: it chains them by correlation,
    the most correlated first. Words are compared by the state after them, over all units; units by their values, over
    all words. Steps with a number that is not finite come last.

    Raises:
        ValueError: If the trace has no such signal, layer, direction or sample.

    Source: Ming, Cao, Zhang, Li, Chen, Song, Qu (2017), RNNVis, arXiv 1710.10777: units and words clustered together.

    >>> import torch
    >>> from rnnviz import capture, figures
    >>> trace = capture(torch.nn.GRU(3, 4, batch_first=True), torch.randn(1, 6, 3))
    >>> figure = figures.word_unit_clusters(trace)
    >>> figure.data[0].type
    'heatmap'
    """
    panel = Panel(trace, layer, direction, batch)
    values = panel.values(signal)  # (time, unit)
    every = -(-len(values) // MOST_WORDS)
    steps, units = _steps_in_order(values, every, t), unit_order(values, "cluster")
    down, across = picture.strides(len(units), len(steps), MOST_CELLS)
    drawn = picture.means(values[steps][:, units].T, down, across)
    read = [f"{step} {panel.tokens[step]}" for step in steps]
    words, names = _groups(read, across), _groups([f"unit {unit}" for unit in units], down)
    symbol = style.symbol(signal)
    across_axis = _words("step t and word, ordered by similarity", read, across)
    down_axis = _axis("unit, ordered by similarity", [f"{unit}" for unit in units], down, 24)
    figure = sheet.begin(
        f"Words and units by {symbol}, similar ones together",
        across_axis,
        down_axis | {"autorange": "reversed"},
        theme,
        plot_bgcolor=GROUNDS[theme]["nan"],
        margin={"b": 140},  # words stand on end
    )
    largest = max(float(np.abs(drawn[np.isfinite(drawn)]).max(initial=0.0)), 1e-9)
    hover = f"after %{{x}}<br>%{{y}}<br>{signal} = %{{z:.7g}}"
    x, y = [style.label(word, 40) for word in words], names
    colors, bar = style.color_axis(signal, largest, theme), {"title": {"text": symbol}}
    figure.add_trace(sheet.image(drawn, colors, bar, hover, x=x, y=y))
    if t is not None and t in steps:
        column = int(np.flatnonzero(steps == t)[0]) // across
        sheet.outline(figure, column - 0.5, column + 0.5, theme)
    sentences = [*caption, panel.where(caption), *_left_out(every, down, across)]
    if not np.isfinite(values).all():
        sentences.append("Grey: no finite number.")
    seen = _in_order(trace, signal, words, names, (len(steps), len(units)))
    return sheet.finish(figure, sentences, theme, alt=" ".join([*caption, seen]))


def _steps_in_order(values: np.ndarray, every: int, t: int | None) -> np.ndarray:
    """Every so many steps and the marked one, like beside like, those that are not finite at the end."""
    steps = np.arange(len(values))
    steps = steps[(steps % every == 0) | (steps == t)]
    finite = np.isfinite(values[steps]).all(1)
    known = steps[finite]
    return np.concatenate([known[unit_order(values[known].T, "cluster")], steps[~finite]])


def _groups(names: Sequence[str], by: int) -> list[str]:
    """A name for every so many neighbours: the first and the last."""
    groups = [names[k : k + by] for k in range(0, len(names), by)]
    return [group[0] if len(group) == 1 else f"{group[0]} … {group[-1]}" for group in groups]


def _words(title: str, read: Sequence[str], by: int) -> dict[str, object]:
    """The axis of the words, with as many labels as have room; a cell of several words has the first of some."""
    return style.axis(title, type="category", showgrid=False) if by == 1 else _axis(title, read, by, 40)


def _axis(title: str, names: Sequence[str], by: int, most: int) -> dict[str, object]:
    """A category axis with at most ``most`` labels, evenly spaced, each the first name of its cell."""
    cells = -(-len(names) // by)
    places = list(range(0, cells, -(-cells // most)))
    more = " …" if by > 1 else ""
    labels = [f"{style.label(names[place * by], 16)}{more}" for place in places]
    ticks = {"tickmode": "array", "tickvals": places, "ticktext": labels}
    return style.axis(title, type="category", showgrid=False, **ticks)


def _left_out(every: int, down: int, across: int) -> list[str]:
    said = [f"Only every {picture.ordinal(every)} word is shown."] if every > 1 else []
    if across > 1 or down > 1:
        cell = f"{across} words × {down} units" if down > 1 else f"{across} words"
        said.append(f"Each cell is the mean of {cell} that are neighbours here.")
    return said


def _in_order(trace: Trace, signal: str, words: list[str], names: list[str], count: tuple[int, int]) -> str:
    return (
        f"The {LABELS[signal]} of the {CELL_LABELS[trace.cell]}, {count[1]} units by {count[0]} words, both in "
        f"order of similarity: words from “{words[0]}” to “{words[-1]}”, units from {names[0][5:]} to {names[-1][5:]}."
    )
