"""The part of a long sequence that is sent: all single steps if they fit, else means of several each, or a window."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from rnnviz.widgets.packing import Packed, coarse, exact, largest, roundable, rounded

MOST_COLUMNS: Final = 1_000
"""About the pixels of a panel's width."""

MOST_WINDOW: Final = 250
"""Single steps of a window: each is wide enough to be pointed at."""


@dataclass(frozen=True)
class View:
    """Which steps stand in which column: column k is the mean of ``stride`` steps from ``first + k * stride`` on.

    Attributes:
        single: Whether a column is one step, to the last digit or to a 65,534th.
        window: How many single steps a window holds; 0 if all of them are here.
        overview: The stride of the view of all steps.
    """

    first: int
    stride: int = 1
    single: bool = True
    window: int = 0
    overview: int = 1


def excerpt(panels: Sequence[np.ndarray], room: int, first: int | None) -> tuple[View, list[Packed]]:
    """As many numbers of some panels as there is room for.

    Args:
        panels: Of shape (time, unit), all of the same steps.
        room: Bytes.
        first: Where a window of single steps is to begin, if one is asked for; moved so that it is full.

    Returns:
        View.
        One array a panel, of shape (column, unit).
    """
    steps = len(panels[0])
    numbers = sum(panel.shape[1] for panel in panels)  # a step
    finest, smaller = 4 * numbers, sum((2 if roundable(panel) else 4) * panel.shape[1] for panel in panels)  # bytes
    for pack, size in ((exact, finest), (rounded, smaller)):
        if steps <= MOST_COLUMNS and steps * size <= room:
            return View(0), [pack(panel) for panel in panels]
    pack, size = (exact, finest) if MOST_WINDOW * finest <= room else (rounded, smaller)
    window = max(1, min(MOST_WINDOW, steps - 1, room // size))
    columns = max(1, min(MOST_COLUMNS, steps, room // numbers))
    stride = -(-steps // columns)
    if first is None:
        view = View(0, stride, single=False, window=window, overview=stride)
        return view, [coarse(means(panel, stride), largest(panel)) for panel in panels]
    begin = max(0, min(steps - window, first))
    view = View(begin, window=window, overview=stride)
    return view, [pack(panel[begin : begin + window]) for panel in panels]


def means(panel: np.ndarray, stride: int) -> np.ndarray:
    """The mean of every ``stride`` steps, the last of as many as are left; NaN where one of them is.

    Args:
        panel: Of shape (time, unit).

    Returns:
        Of shape (column, unit).
    """
    if stride == 1:
        return panel
    begins = np.arange(0, len(panel), stride)
    counts = np.minimum(stride, len(panel) - begins)[:, None]
    with np.errstate(invalid="ignore"):  # inf - inf
        averaged: np.ndarray = np.add.reduceat(panel, begins, axis=0, dtype=np.float64) / counts
    return averaged
