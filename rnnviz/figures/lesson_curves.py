"""How a network learns from a text while one looks on: bits per character, beside what counting comes to."""

import math
from collections.abc import Sequence

import numpy as np

from rnnviz.figures.picture import Axis, Level, Line, Picture

_NONE = np.zeros(0, np.float32)


def lesson_picture(
    updates: int,
    losses: tuple[Sequence[int], Sequence[float]],
    looks: tuple[Sequence[int], Sequence[float]],
    counted: float | None,
    symbols: int,
) -> Picture:
    """What is to be drawn of a training on a text so far.

    ``losses`` are after how many updates, and bits per character of what was read up to there; ``looks`` the same of
    the end of the text, which is held back. ``counted`` is bits per character of that end by the best n-grams, if
    known; ``symbols``, the size of the alphabet, is 0 where it is not known.

    >>> from rnnviz import figures
    >>> picture = figures.lesson_picture(100, ([50, 100], [3.1, 2.4]), ([50, 100], [3.2, 2.6]), 2.3, symbols=60)
    >>> figures.review_curve(picture).data[0].type
    'scatter'
    """
    lines = (
        _line("batch", "what was read", *losses),
        _line("held", "held-out end of the text", *looks),
    )
    known = np.concatenate([line.y[np.isfinite(line.y)] for line in lines])
    most = max(float(known.max(initial=4.0)), math.log2(symbols) if symbols else 0.0)
    said, levels = [], []
    if counted is not None:
        said.append(f"Dotted: {counted:.2f} bits, the best n-grams of the same text on its held-out end.")
        levels.append(Level(counted, "y", said[0]))
    if not all(np.isfinite(line.y).all() for line in lines):
        said.append("A gap, or ×: the loss is no finite number.")
    return Picture(
        "Bits per character while it learns",
        Axis("updates", 0.0, updates * 1.02, log=False),
        Axis("bits per character", 0.0, 1.05 * most, log=False),
        lines,
        tuple(levels),
        tuple(said),
    )


def _line(arm: str, name: str, x: Sequence[int], y: Sequence[float]) -> Line:
    return Line(arm, name, np.array(x, np.float32), np.array(y, np.float32), _NONE, _NONE[:, None].T)
