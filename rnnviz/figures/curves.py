"""Curves on a logarithmic axis between two edges, at which what float32 cannot hold stands as marks."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
import plotly.graph_objects as go

from rnnviz.figures import picture
from rnnviz.figures.table import listed
from rnnviz.palette import Theme

SMALLEST: Final = 2.0**-149
LARGEST: Final = float(np.finfo(np.float32).max)
"""The window of float32, in which networks are trained: below it everything is 0, above it infinity."""

NO_NUMBER: Final = "× not finite"
"""The label of a mark at the upper edge: the network's own numbers are not finite."""

MARKS: Final = 14
"""Marks along a curve, and of what lies beyond an edge."""


@dataclass(frozen=True)
class Look:
    """How a curve is told from the others; ``row`` keeps its marks at the edges apart from those of another curve."""

    color: str
    dash: str = "solid"
    shape: str = "circle"
    width: float = 2.2
    row: int = 0


@dataclass(frozen=True, eq=False)
class Canvas:
    """A figure to draw curves into: ``low`` and ``high`` are the range of its axis.

    If that is logarithmic, 0 has no place on it.
    """

    figure: go.Figure
    theme: Theme
    low: float
    high: float
    log: bool = True

    def curve(self, x: np.ndarray, y: np.ndarray, label: str, look: Look, *, hover: str) -> int:
        """Draw what float32 holds of a curve as a line, and the rest of it at the edges. x and y are of shape (step,).

        The hover says ``hover`` before a number. What comes back is the number of steps of which the largest and the
        smallest are drawn; 1 where all are.
        """
        held = np.where(inside(y), y, np.nan)
        shown, few = picture.extremes(held)
        marker = {"symbol": look.shape, "size": 8, "maxdisplayed": MARKS, "color": look.color}
        line = {"color": look.color, "dash": look.dash, "width": look.width}
        self._add(
            x[shown], held[shown].astype(np.float32), label, mode="lines+markers", line=line, marker=marker,
            hovertemplate=f"{hover}: %{{y:.4g}}<extra></extra>", meta=listed(wide=True, x="", y=""),
        )  # fmt: skip
        self.edges(x, y, label, look, hover=hover)
        return few

    def band(self, x: np.ndarray, each: np.ndarray, label: str, look: Look) -> None:
        """Fill from the smallest to the largest of several curves, of shape (curve, step)."""
        held = np.where(np.isnan(each), np.nan, np.clip(each, SMALLEST, min(self.high, LARGEST)))
        begin = np.arange(0, len(x), -(-len(x) // picture.MOST_POINTS))
        low, high = np.minimum.reduceat(held.min(0), begin), np.maximum.reduceat(held.max(0), begin)
        low, high = (np.where(np.isnan(low + high), np.nan, edge) for edge in (low, high))
        hidden = {"mode": "lines", "line": {"width": 0}, "showlegend": False, "hoverinfo": "skip", "meta": "band"}
        for edge, fill in ((low, None), (high, "tonexty")):
            between = {"fill": fill, "fillcolor": _faded(look.color, 0.16)}
            self._add(x[begin], edge.astype(np.float32), label, **between, **hidden)

    def fit(self, x: np.ndarray, y: np.ndarray, label: str, color: str) -> None:
        """Draw a fitted curve where it lies between the edges."""
        with np.errstate(invalid="ignore"):
            within = np.where((y >= max(self.low, SMALLEST)) & (y <= self.high), y, np.nan)
        shown, _ = picture.extremes(within)
        line = {"color": color, "dash": "dot", "width": 2}
        quiet = {"showlegend": False, "hoverinfo": "skip", "meta": "fit", "legendgroup": label}
        self._add(x[shown], within[shown].astype(np.float32), f"{label}: fit", mode="lines", line=line, **quiet)

    def edges(self, x: np.ndarray, y: np.ndarray, label: str, look: Look, *, hover: str) -> None:
        """Mark what has no place on the axis at its edges; no number is at the upper one, away from the best losses."""
        inset = 0.02 + 0.028 * look.row
        with np.errstate(invalid="ignore"):
            kinds = (
                ((y < SMALLEST) & self.log, self._at(inset), "triangle-down-open"),
                (y > LARGEST, self._at(1 - inset), "triangle-up-open"),
                (np.isnan(y), self._at(1 - inset), "x-thin-open"),
            )
        for where, height, shape in kinds:
            at = np.flatnonzero(where)
            if len(at):
                at = at[:: -(-len(at) // (2 * MARKS))]
                marker = {"symbol": shape, "size": 9, "color": look.color, "line": {"width": 2, "color": look.color}}
                self._add(
                    x[at], np.full(len(at), height), label, mode="markers", marker=marker, showlegend=False,
                    text=[f"{value:.4g}" for value in y[at]], cliponaxis=False, meta="edge",
                    hovertemplate=f"{hover}: %{{text}}<extra></extra>",
                )  # fmt: skip

    def _at(self, share: float) -> float:
        """The place at a share of the way up."""
        if self.log:
            return self.low * float((self.high / self.low) ** share)
        return self.low + (self.high - self.low) * share

    def _add(self, x: np.ndarray, y: np.ndarray, label: str, **looks: object) -> None:
        looks = {"legendgroup": label, **looks}
        self.figure.add_trace(go.Scatter(x=x, y=y, name=label, **looks))


def inside(values: np.ndarray) -> np.ndarray:
    """Whether float32 can hold each of some sizes."""
    with np.errstate(invalid="ignore"):
        found: np.ndarray = (values >= SMALLEST) & (values <= LARGEST)
    return found


def window(curves: Iterable[np.ndarray], *, room: float = 0.04, whole: bool = True) -> tuple[float, float]:
    """The range of an axis for all that float32 can hold of some curves.

    ``room`` is the share of the range that is left free at either edge. A ``whole`` range reaches to the end of float32
    where a curve goes beyond.
    """
    values = np.concatenate([np.ravel(curve) for curve in curves])
    held = values[inside(values)]
    low, high = (float(held.min()), float(held.max())) if len(held) else (1e-3, 1.0)
    if whole and (values < SMALLEST).any():
        low = min(low, SMALLEST)
    if whole and (values > LARGEST).any():
        high = max(high, LARGEST)
    free = max(1.35, (high / low) ** room)
    return low / free, high * free


def edges_said(curves: Iterable[np.ndarray]) -> list[str]:
    """What the marks at the edges mean, for those that occur."""
    values = np.concatenate([np.ravel(curve) for curve in curves])
    said = []
    if (values < SMALLEST).any():
        said.append("▽ below 1.4·10⁻⁴⁵, 0 in float32")
    if (values > LARGEST).any():
        said.append("△ above 3.4·10³⁸, infinity in float32")
    if np.isnan(values).any():
        said.append(NO_NUMBER)
    return [f"{'; '.join(said)}."] if said else []


def thinned_said(few: int) -> list[str]:
    """What a curve of very many steps leaves out."""
    return [f"The largest and the smallest value of every {few} steps are drawn."] if few > 1 else []


def _faded(color: str, share: float) -> str:
    red, green, blue = (int(color[k : k + 2], 16) for k in (1, 3, 5))
    return f"rgba({red},{green},{blue},{share})"
