"""Curves on a logarithmic axis between two edges, at which what float32 cannot hold stands as marks."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np
import plotly.graph_objects as go

from rnnviz.figures import picture, style
from rnnviz.figures.table import listed
from rnnviz.palette import Theme

SMALLEST: Final = 2.0**-149
LARGEST: Final = float(np.finfo(np.float32).max)
"""The window of float32, in which networks are trained: below it everything is 0, above it infinity."""

BEYOND: Final = 1e6
"""What is larger has no place on the axis of a training: it says that the training diverged, not by how much."""

NO_NUMBER: Final = "× not finite"
"""The label of a mark at the upper edge: the network's own numbers are not finite."""

Side = Literal["left", "right"]

LETTER: Final = 7
"""Pixels of a letter of a name, about."""

WIDTH: Final = 740
PLOT: Final = 300
"""About the pixels of a picture's width and height."""

ROW: Final = 17
"""Pixels from one name to the next."""

FOOT: Final = 6
"""Pixels above the axis of the lowest name, so that it keeps off the ticks."""

ASTRAY: Final = 28
"""Pixels that a name may stand off the end of its curve."""

MOST_LETTERS: Final = 22

END: Final = "end"
"""What the annotation of a curve's end is called."""

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


@dataclass(frozen=True)
class End:
    """Where a curve ends, in the units of the axes, and what it is called there; ``row`` is that of its ``Look``."""

    x: float
    y: float
    text: str
    color: str
    row: int = 0


@dataclass(frozen=True, eq=False)
class Canvas:
    """A figure to draw curves into: ``low`` and ``high`` are the range of its axis.

    If that is logarithmic, 0 has no place on it. What is above ``most`` stands as marks at its upper edge.
    """

    figure: go.Figure
    theme: Theme
    low: float
    high: float
    log: bool = True
    most: float = LARGEST

    def curve(self, x: np.ndarray, y: np.ndarray, label: str, look: Look, *, hover: str) -> int:
        """Draw what float32 holds of a curve as a line, and the rest of it at the edges. x and y are of shape (step,).

        The hover says ``hover`` before a number. What comes back is the number of steps of which the largest and the
        smallest are drawn; 1 where all are.
        """
        held = np.where(inside(y, self.most), y, np.nan)
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
        held = np.where(np.isnan(each), np.nan, np.clip(each, SMALLEST, min(self.high, self.most)))
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
        bottom, top = self._insets(look.row)
        with np.errstate(invalid="ignore"):
            kinds = (
                ((y < SMALLEST) & self.log, bottom, "triangle-down-open"),
                (y > self.most, top, "triangle-up-open"),
                (np.isnan(y), top, "x-thin-open"),
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

    def ends(self, ends: Sequence[End], *, side: Side = "right", log_x: bool = False) -> None:
        """Write the names of curves beside their ends; one that would be far from its own for lack of room is left out.

        The axis of x has to leave room there: ``with_room``.
        """
        known = [replace(end, y=self._drawn(end)) for end in ends if np.isfinite(end.y) or end.y > self.most]
        known.sort(key=lambda end: end.y)
        wanted = [PLOT * self._share(end.y) for end in known]
        while known and (off := np.subtract(_apart(wanted, ROW), wanted)).size and np.abs(off).max() > ASTRAY:
            worst = int(np.argmax(np.abs(off)))
            known.pop(worst)
            wanted.pop(worst)
        for end, place, height in zip(known, wanted, _apart(wanted, ROW), strict=True):
            self.figure.add_annotation(
                x=np.log10(end.x) if log_x else end.x, y=np.log10(end.y) if self.log else end.y, text=end.text,
                showarrow=False, xanchor="left" if side == "right" else "right", xshift=9 if side == "right" else -9,
                yshift=float(height - place), font={"color": end.color, "size": 14}, name=END,
            )  # fmt: skip

    def _insets(self, row: int) -> tuple[float, float]:
        """Where the marks of a curve stand at the lower and at the upper edge."""
        inset = 0.02 + 0.028 * row
        return self._at(inset), self._at(1 - inset)

    def _drawn(self, end: End) -> float:
        """Where a curve is drawn to end: at its mark, if it has no place on the axis."""
        bottom, top = self._insets(end.row)
        y = bottom if self.log and end.y < SMALLEST else top if end.y > self.most else end.y
        return float(np.clip(y, self.low, self.high))

    def _share(self, y: float) -> float:
        """How far up a number stands."""
        if self.log:
            return float(np.log(y / self.low) / np.log(self.high / self.low))
        return (y - self.low) / (self.high - self.low)

    def _at(self, share: float) -> float:
        """The place at a share of the way up."""
        if self.log:
            return self.low * float((self.high / self.low) ** share)
        return self.low + (self.high - self.low) * share

    def _add(self, x: np.ndarray, y: np.ndarray, label: str, **looks: object) -> None:
        looks = {"legendgroup": label, **looks}
        self.figure.add_trace(go.Scatter(x=x, y=y, name=label, **looks))


def with_room(
    low: float, high: float, names: Sequence[str], *, side: Side = "right", width: int = WIDTH
) -> list[float]:
    """The range of an axis with room for the names of curves at one end; logarithmic ones take logarithms.

    ``width`` is about the pixels of the picture.
    """
    pixels = LETTER * max((len(style.spoken(name)) for name in names), default=0) + 14 if len(names) > 1 else 0
    room = pixels / (width - pixels) * (high - low)
    return [low, high + room] if side == "right" else [low - room, high]


def ticks_within(low: float, high: float) -> dict[str, object]:
    """Ticks at round whole numbers between two, about six, and none in the room beside them."""
    raw = max((high - low) / 6, 1)
    power = 10.0 ** np.floor(np.log10(raw))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= raw)
    return {"tickvals": np.arange(np.ceil(low / step) * step, high + step / 1e6, step).astype(int).tolist()}


def end_name(name: str) -> str:
    """The name of a curve, short enough for its end: as many of its parts as have room, without those in brackets."""
    short, *parts = name.replace("W<sub>hh</sub> ", "").split(" (")[0].split(", ")
    for part in parts:
        if len(style.spoken(f"{short}, {part}")) > MOST_LETTERS:
            break
        short = f"{short}, {part}"
    return short


def _apart(wanted: Sequence[float], gap: float) -> list[float]:
    """The places nearest to rising ones that are at least a gap apart, the lowest above the axis."""
    blocks: list[list[float]] = []
    for k, place in enumerate(wanted):
        blocks.append([place - k * gap])
        while len(blocks) > 1 and np.mean(blocks[-2]) >= np.mean(blocks[-1]):
            blocks[-2:] = [blocks[-2] + blocks[-1]]
    level = [max(float(np.mean(block)), FOOT) for block in blocks for _ in block]
    return [place + k * gap for k, place in enumerate(level)]


def inside(values: np.ndarray, most: float = LARGEST) -> np.ndarray:
    """Whether float32 can hold each of some sizes, and none is above ``most``."""
    with np.errstate(invalid="ignore"):
        found: np.ndarray = (values >= SMALLEST) & (values <= most)
    return found


def window(
    curves: Iterable[np.ndarray], *, room: float = 0.04, whole: bool = True, most: float = LARGEST
) -> tuple[float, float]:
    """The range of an axis for all that float32 can hold of some curves.

    ``room`` is the share of the range that is left free at either edge. A ``whole`` range reaches to the end of float32
    where a curve goes beyond. One that leaves out what is above ``most`` ends there.
    """
    values = np.concatenate([np.ravel(curve) for curve in curves])
    held = values[inside(values, most)]
    low, high = (float(held.min()), float(held.max())) if len(held) else (1e-3, 1.0)
    if most < LARGEST and (values > most).any():
        high = most
    if whole and (values < SMALLEST).any():
        low = min(low, SMALLEST)
    if whole and (values > LARGEST).any():
        high = max(high, LARGEST)
    free = max(1.35, (high / low) ** room)
    return low / free, high * free


def edges_said(curves: Iterable[np.ndarray], most: float = LARGEST) -> list[str]:
    """What the marks at the edges mean, for those that occur."""
    values = np.concatenate([np.ravel(curve) for curve in curves])
    said = []
    if (values < SMALLEST).any():
        said.append("▽ below 1.4·10⁻⁴⁵, 0 in float32")
    if (values > most).any():
        said.append(
            "△ above 3.4·10³⁸, infinity in float32" if most == LARGEST else f"△ above {most:,.0f}, off the axis"
        )
    if np.isnan(values).any():
        said.append(NO_NUMBER)
    return [f"{'; '.join(said)}."] if said else []


def thinned_said(few: int) -> list[str]:
    """What a curve of very many steps leaves out."""
    return [f"The largest and the smallest value of every {few} steps are drawn."] if few > 1 else []


def _faded(color: str, share: float) -> str:
    red, green, blue = (int(color[k : k + 2], 16) for k in (1, 3, 5))
    return f"rgba({red},{green},{blue},{share})"
