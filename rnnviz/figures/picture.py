"""What is to be drawn, as few numbers as a screen shows. A picture leaves open who draws it.

Plotly draws a finished training, a widget of the browser one that goes on: both from the same picture.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Axis:
    """An axis under its title.

    Attributes:
        log: Whether it is logarithmic.
        written: Places with what is written there; if there are none, whoever draws chooses.
    """

    title: str
    low: float
    high: float
    log: bool
    written: tuple[tuple[float, str], ...] = ()


@dataclass(frozen=True, eq=False)
class Line:
    """One arm in a picture.

    Attributes:
        arm: One of "unclipped", "clipped", "value", "batch", "held", "training", "validation". The line has its colour,
            dash and shape.
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
