"""The scores of one training over its updates, beside its goal and what remembers nothing."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import plotly.graph_objects as go

from rnnviz.figures import sheet, style
from rnnviz.figures.gradients import CELL_SHAPES, CELL_SIGNALS
from rnnviz.figures.memory_grid import is_loss, told
from rnnviz.figures.table import listed
from rnnviz.history import NEVER
from rnnviz.outcome import Outcome
from rnnviz.palette import GROUNDS, SIGNAL_COLORS, Theme

DASHES: Final = ("solid", "dash", "dot", "dashdot", "longdash")
"""Of each seed's curve."""

SCORES: Final = ("accuracy on held-out data", "loss on held-out data")
"""What the score is called, where it is an accuracy and where it is a loss."""


def score_curves(
    outcome: Outcome,
    name: str,
    *,
    baseline: float,
    chance: str,
    caption: Sequence[str] = (),
    theme: Theme = "light",
) -> go.Figure:
    """The score of every run of a training over its updates, with its goal; on a logarithmic axis if it is a loss.

    ``name`` is the title: what was trained. ``baseline`` is the score without memory, ``chance`` what that is called.

    >>> from rnnviz import clipping, figures
    >>> from rnnviz.outcome import outcome
    >>> unclipped, clipped = map(outcome, clipping.shipped_pair())
    >>> figure = figures.score_curves(clipped, "RNN", baseline=1 / 6, chance="always answering 1")
    >>> figure.data[0].type
    'scatter'
    """
    figure = sheet.begin(
        name,
        style.axis("updates", range=[-0.02 * outcome.spec.steps, 1.03 * outcome.spec.steps], zeroline=False),
        _score_axis(outcome, baseline),
        theme,
        height=460,
    )
    color = SIGNAL_COLORS[theme][CELL_SIGNALS[outcome.spec.model.cell]]
    for run, (seed, scores) in enumerate(zip(outcome.spec.seeds, outcome.scores, strict=True)):
        figure.add_trace(
            go.Scatter(
                x=np.array(outcome.measured_at[: len(scores)]), y=np.array(scores, np.float32), name=f"seed {seed}",
                mode="lines+markers", line={"color": color, "dash": DASHES[run % len(DASHES)], "width": 2.5},
                marker={"symbol": _ends(outcome, run), "size": 9, "color": color, "maxdisplayed": 16},
                hovertemplate=f"seed {seed}, %{{x}} updates: %{{y:.4~g}}<extra></extra>",
                meta=listed(wide=True, x="", y=""),
            )
        )  # fmt: skip
    figure.add_hline(y=baseline, line={"color": GROUNDS[theme]["soft"], "dash": "dash", "width": 2})
    levels = f"Across, dashed: {chance.replace(':', ',')}"
    if outcome.spec.goal is not None:
        figure.add_hline(y=outcome.spec.goal, line={"color": GROUNDS[theme]["good"], "dash": "dot", "width": 2})
        levels = f"{levels}; dotted: {goal_said(outcome).replace(':', ',')}"
    sheet.legend_below(figure, room=104)
    return sheet.finish(figure, [*caption, told(outcome), f"{levels}."], theme)


def goal_said(outcome: Outcome) -> str:
    """The score from which on a run has solved its task."""
    goal = outcome.spec.goal or 0.0
    return f"solved: at most {style.digits(goal)}" if is_loss(outcome) else f"solved: above {goal:.1%}"


def score_span(outcome: Outcome, baseline: float) -> tuple[float, float]:
    """The lowest and the highest score on an axis."""
    if not is_loss(outcome):
        return 0.0, 1.09
    known = [score for scores in outcome.scores for score in scores if 0 < score < np.inf]
    return min([*known, outcome.spec.goal or baseline]) / 2, 2 * max([*known, baseline])


def _score_axis(outcome: Outcome, baseline: float) -> dict[str, object]:
    low, high = score_span(outcome, baseline)
    if is_loss(outcome):
        return style.log_axis(f"{SCORES[True]} (log)", low, high)
    return style.axis(SCORES[False], range=[low, high], tickformat=".0%", dtick=0.25)


def _ends(outcome: Outcome, run: int) -> list[str]:
    """A star where a run has solved the task."""
    shape = CELL_SHAPES[outcome.spec.model.cell]
    last = "star" if outcome.solved_at[run] != NEVER else shape
    return [shape] * (len(outcome.scores[run]) - 1) + [last]
