"""What a learning rate leads to, with clipping and without it: the loss at the end over many rates and seeds."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import plotly.graph_objects as go

from rnnviz.analysis import RateSweep
from rnnviz.analysis.training import LEARNED
from rnnviz.figures import sheet, style
from rnnviz.figures.cliff import DASHES, SHAPES
from rnnviz.figures.curves import Canvas, Look, window
from rnnviz.figures.training import HEIGHT
from rnnviz.palette import GROUNDS, SIGNAL_COLORS, Theme

MOST: Final = 1.0
"""A larger loss has no place on the axis: the task's numbers are between 0 and 2, so such a network is only wrong."""

OUTSIDE: Final = 10
"""One in so many seeds is left out of the band at either end."""


def rate_curve(
    found: RateSweep, *, baseline: float | None = None, caption: Sequence[str] = (), theme: Theme = "light"
) -> go.Figure:
    """The loss on held-out sequences over the learning rate: the median of all seeds, in a band of most of them.

    A run whose numbers were not finite counts as worse than all others. Larger losses than ``MOST`` stand as marks at
    the upper edge. The title counts the rates at which the median seed learns, see ``RateSweep.trains``; a line stands
    at the loss below which they do.

    >>> from rnnviz import clipping, figures
    >>> figure = figures.rate_curve(clipping.shipped_rates("IRNN"), baseline=1 / 6)
    >>> figure.layout.xaxis.type
    'log'
    """
    arms = {"unclipped": found.unclipped, f"clipped, max_norm {found.spec.max_norm:g}": found.clipped}
    ranked = {name: _ranked(losses) for name, losses in arms.items()}
    compared = [*ranked.values(), np.array([LEARNED]), *([] if baseline is None else [np.array([baseline])])]
    low, high = window(compared, whole=False, most=MOST)
    figure = sheet.begin(
        _finding(found),
        style.log_axis("learning rate", found.rates.min() / 1.4, found.rates.max() * 1.4) | _ticks(found.rates),
        style.log_axis("loss on held-out sequences", low, high),
        theme,
        height=HEIGHT,
        uirevision="rates",
    )
    canvas = Canvas(figure, theme, low, high, most=MOST)
    for row, (name, (least, middle, largest)) in enumerate(ranked.items()):
        arm = name.partition(",")[0]
        look = Look(SIGNAL_COLORS[theme][arm], DASHES[arm], SHAPES[arm], 2.6, row)
        canvas.band(found.rates, np.stack([least, largest]), name, look)
        canvas.curve(found.rates, middle, name, look, hover=f"{name}<br>rate %{{x:.3g}}")
    _draw_learned(figure, theme)
    said = [f"After {found.spec.steps:,} updates. {_seeds_said(found.clipped.shape[1])}"]
    if any((middle > MOST).any() for _, middle, _ in ranked.values()):
        said.append(f"△ median above {MOST:g}, or diverged.")
    if baseline is not None:
        color = SIGNAL_COLORS[theme]["y"]
        figure.add_hline(y=baseline, line={"color": color, "width": 2, "dash": "dot"})
        said.insert(0, f"Dotted: {baseline:.3g}, the best loss without memory.")
    sheet.legend_below(figure, room=104, itemwidth=45)
    return sheet.finish(sheet.small_titles(figure), [*caption, *said], theme)


def _draw_learned(figure: go.Figure, theme: Theme) -> None:
    """The loss that the title counts by; what it means stands in the legend, where it hides no curve."""
    figure.add_hline(
        y=LEARNED,
        line={"color": GROUNDS[theme]["ink"], "width": 1.5, "dash": "dashdot"},
        name=f"trains: the median is below {LEARNED:g}",
        showlegend=True,
    )


def _ranked(losses: np.ndarray) -> np.ndarray:
    """Of every rate's losses a small one, the median and a large one, (3, rate); one that is not finite is infinite."""
    ordered = np.sort(np.where(np.isnan(losses), np.inf, losses), axis=1)
    seeds = ordered.shape[1]
    middle = ordered[:, [(seeds - 1) // 2, seeds // 2]].mean(1)
    return np.stack([ordered[:, seeds // OUTSIDE], middle, ordered[:, seeds - 1 - seeds // OUTSIDE]])


def _finding(found: RateSweep) -> str:
    """How many rates train the network with clipping, and how many without it."""
    clipped, unclipped = (int(found.trains(arm).sum()) for arm in ("clipped", "unclipped"))
    return f"Clipped, {clipped or 'none'} of {len(found.rates)} learning rates train; unclipped, {unclipped or 'none'}"


def _ticks(rates: np.ndarray) -> dict[str, object]:
    """The rates that begin with 1 or 3: two in each power of ten, about evenly."""
    texts = [text for text in map("{:g}".format, rates) if text.strip("0.")[:1] in ("1", "3") and "15" not in text]
    return {"tickmode": "array", "tickvals": [float(text) for text in texts], "ticktext": texts}


def _seeds_said(seeds: int) -> str:
    return f"Line: median of {seeds} seeds; band: without the best and the worst {seeds // OUTSIDE}."
