"""What is to be drawn, as few numbers as a screen shows. A picture leaves open who draws it.

Plotly draws a finished training, a widget of the browser one that goes on: both from the same picture.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np


@dataclass(frozen=True)
class Axis:
    """An axis under its title.

    Attributes:
        log: Whether it is logarithmic.
        written: Places with what is written there; if there are none, whoever draws chooses.
        most: What is above it has no place on the axis, and stands as marks at its upper edge.
    """

    title: str
    low: float
    high: float
    log: bool
    written: tuple[tuple[float, str], ...] = ()
    most: float = float(np.finfo(np.float32).max)


@dataclass(frozen=True, eq=False)
class Line:
    """One arm in a picture.

    Attributes:
        arm: One of "unclipped", "clipped", "value", "batch", "held", "training", "validation", "earlier0" to
            "earlier2". The line has its colour, dash and shape.
        x, y: float32 of shape (point,). What is not finite is among them.
        band_x: float32 of shape (bin,).
        band: float32 ndarray of shape (2, bin), the smallest and the largest of all seeds; or of counts, of shape (run,
            bin), those of the other seeds. Of one seed, none.
    """

    arm: str
    name: str
    x: np.ndarray
    y: np.ndarray
    band_x: np.ndarray
    band: np.ndarray


@dataclass(frozen=True)
class Level:
    """What curves are compared with: where, whose colour it has, and what it is."""

    at: float
    signal: str
    said: str


@dataclass(frozen=True, eq=False)
class Picture:
    """Some arms over the same axis.

    Attributes:
        x, y: All that float32 holds lies within.
        said: Of the caption, what is true of this picture only.
        joined: Whether a line joins neighbouring points. If not, nothing is known between them, each is a mark, and
            ``band`` has those of the other seeds.
    """

    title: str
    x: Axis
    y: Axis
    lines: tuple[Line, ...]
    levels: tuple[Level, ...] = ()
    said: tuple[str, ...] = ()
    joined: bool = True


# --- As many numbers as a screen can show, and the words that say what was left out ---


MOST_CELLS: Final = 40_000
"""Numbers that a picture has at most: as float32 in base64 they take 215 to 270 kB."""
MOST_ROWS: Final = 160
"""About as many rows are left of a picture that is too large, unless it has fewer."""
MOST_POINTS: Final = 1_000
"""Steps of a curve, or bars beside each other, that are told apart."""

_ORDINALS: Final = {2: "2nd", 3: "3rd"}


def strides(rows: int, columns: int, most: int = MOST_CELLS) -> tuple[int, int]:
    """How many rows and columns share a cell, so that there are at most ``most`` cells; (1, 1) where all have room."""
    if rows * columns <= most:
        return 1, 1
    down = max(1, round(rows / MOST_ROWS))
    return down, -(-columns // (most // -(-rows // down)))


def means(values: np.ndarray, down: int, across: int) -> np.ndarray:
    """The mean of every ``down`` × ``across`` numbers of an array of shape (row, column), fewer at the far edges.

    A cell with a number that is not finite is not finite. Where a cell is one number, the values come back themselves.
    """
    if down == across == 1:
        return values
    with np.errstate(invalid="ignore", over="ignore"):
        sums = np.add.reduceat(values.astype(np.float64), np.arange(0, values.shape[0], down), 0)
        sums = np.add.reduceat(sums, np.arange(0, values.shape[1], across), 1)
    counts = [np.diff([*range(0, size, by), size]) for size, by in zip(values.shape, (down, across), strict=True)]
    found: np.ndarray = sums / np.outer(*counts)
    return found


def largest(values: np.ndarray, by: int) -> np.ndarray:
    """Of every ``by`` × ``by`` numbers of an array of shape (row, column), the one of largest size.

    One that is not finite comes before all others. Where a cell is one number, the values themselves return.
    """
    if by == 1:
        return values
    rows, columns = (-(-size // by) for size in values.shape)
    filled = np.zeros((rows * by, columns * by), values.dtype)
    filled[: values.shape[0], : values.shape[1]] = values
    tiles = filled.reshape(rows, by, columns, by).swapaxes(1, 2).reshape(rows, columns, -1)
    chosen = np.abs(np.where(np.isfinite(tiles), tiles, np.inf)).argmax(2)
    return np.take_along_axis(tiles, chosen[..., None], 2)[..., 0]


def cells(down: int, across: int) -> dict[str, float]:
    """Where the cells of a pooled picture stand, each in the middle of the numbers it is of."""
    return {"x0": (across - 1) / 2, "dx": across, "y0": (down - 1) / 2, "dy": down}


def extremes(values: np.ndarray, most: int = MOST_POINTS) -> tuple[np.ndarray, int]:
    """The steps of a curve, of shape (step,), that a screen tells apart: of every few the largest and the smallest.

    A curve has a gap where a value is NaN.

    Returns:
        Ascending; all where they have room. The first, the last and a NaN of every few that hold one are among them.
        How many are "every few"; 1 where nothing is left out.
    """
    count = len(values)
    if count <= most:
        return np.arange(count), 1
    few = -(-2 * count // most)
    padded = np.append(values, np.repeat(values[-1], -count % few)).reshape(-1, few)
    gap = np.isnan(padded)
    begin = np.arange(0, len(padded) * few, few)
    kept = [
        begin + np.where(gap, np.inf, padded).argmin(1),
        begin + np.where(gap, -np.inf, padded).argmax(1),
        (begin + gap.argmax(1))[gap.any(1)],
        np.array([0, count - 1]),
    ]
    return np.unique(np.concatenate(kept).clip(max=count - 1)), few


def ordinal(count: int) -> str:
    """A number as one counts places: 2nd, 3rd, 4th."""
    return _ORDINALS.get(count, f"{count}th")
