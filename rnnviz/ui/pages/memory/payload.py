"""The data of the widget of a grid that fills in live: plain, so that a new picture costs next to nothing.

Streamlit makes a plotly chart anew whenever its numbers change, and it flickers; this widget only changes its words.
"""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from rnnviz.history import NEVER
from rnnviz.outcome import Outcome
from rnnviz.palette import GROUNDS, SEQUENTIAL, network_color
from rnnviz.spec import TrainSpec
from rnnviz.tasks import Task, task
from rnnviz.ui.pages.memory.figures import Request, chance_said, grid_of, score_task, score_title

if TYPE_CHECKING:
    from rnnviz.figures import Grid

_SHARES: Final = (0.0, 0.25, 0.5, 0.75, 1.0)
"""The ticks of an accuracy."""


@dataclass(frozen=True)
class _Axis:
    """An axis of scores from ``low`` to ``high``."""

    low: float
    high: float
    log: bool

    def share(self, score: float) -> float:
        """How far up a score is, 0 to 1; one beyond the ends stands at the end."""
        low, high, at = (
            (np.log10(np.maximum(end, 1e-30)) if self.log else end) for end in (self.low, self.high, score)
        )
        return round(float(np.clip((at - low) / (high - low), 0, 1)), 4)

    def ticks(self) -> list[dict[str, object]]:
        """Places and labels of the ticks: powers of ten, or quarters."""
        if not self.log:
            return [{"at": self.share(share), "text": f"{share:.0%}"} for share in _SHARES]
        powers = range(math.ceil(np.log10(self.low)), math.floor(np.log10(self.high)) + 1)
        return [{"at": self.share(10.0**power), "text": f"{10.0**power:g}"} for power in powers]


def live_grid(request: Request, scores: Request, words: str) -> dict[str, object]:
    """A grid as it stands, and the scores so far of the selected cell; all places are shares of the way along an axis.

    Args:
        request: The request for the grid.
        scores: That for the scores; its cell is an Outcome, or a text before the first.
        words: The state of that training.
    """
    from rnnviz.figures import style
    from rnnviz.figures.memory_grid import KEYS

    grid, title, said = grid_of(request)
    lines, _ = style.headed([KEYS[grid.losses], *said])
    known = task(request.task)
    row, column = request.chosen or (0, 0)
    return {
        "title": title,
        "said": lines,
        "down": grid.down,
        "across": grid.across,
        "rows": grid.rows,
        "columns": grid.columns,
        "cells": _cells(grid),
        "chosen": row * len(grid.columns) + column,
        "scores": _scores(scores, known, words),
        "palette": {theme: {"sequential": SEQUENTIAL[theme], "ground": GROUNDS[theme]} for theme in GROUNDS},
    }


def _cells(grid: "Grid") -> list[dict[str, object]]:
    """The lines of every cell, and the share of its seeds that have solved the task, if it is known."""
    from rnnviz.figures.memory_grid import cell_lines, cell_share

    shares = [(cell, cell_share(cell)) for row in grid.cells for cell in row]
    return [{"lines": cell_lines(cell), "share": None if np.isnan(share) else share} for cell, share in shares]


def _scores(request: Request, known: Task, words: str) -> dict[str, object]:
    """The axes, the levels that the curves are compared with, and the curves, if there is a score yet."""
    from rnnviz.figures.memory_grid import SCORES, goal_said, is_loss, score_span

    if request.spec is None:
        raise TypeError("spec must be the training that the scores are of; got None")
    outcome = request.cells[0]
    model = request.spec.model
    made = outcome if isinstance(outcome, Outcome) else _nothing_yet(request.spec)
    loss, (low, high) = is_loss(made), score_span(made, known.chance)
    axis = _Axis(low, high, log=loss)
    levels = [{"at": axis.share(known.chance), "text": chance_said(known), "ground": "soft"}]
    if request.spec.goal is not None:
        levels.append({"at": axis.share(request.spec.goal), "text": goal_said(made), "ground": "good"})
    return {
        "title": score_title(request),
        "said": [score_task(request), words],
        "axis": f"{SCORES[loss]} (log)" if loss else SCORES[loss],
        "ticks": axis.ticks(),
        "updates": [0, request.spec.steps // 2, request.spec.steps],
        "levels": levels,
        "color": {theme: network_color(theme, model.cell, model.initialisation) for theme in GROUNDS},
        "runs": _runs(made, axis),
    }


def _nothing_yet(spec: TrainSpec) -> Outcome:
    runs = len(spec.seeds)
    return Outcome(spec, (0,), ((np.nan,),) * runs, (NEVER,) * runs)


def _runs(made: Outcome, axis: "_Axis") -> list[dict[str, Any]]:
    runs = []
    for seed, scores, at in zip(made.spec.seeds, made.scores, made.solved_at, strict=True):
        places = zip(made.measured_at[: len(scores)], scores, strict=True)
        points = [[round(when / made.spec.steps, 4), axis.share(score)] for when, score in places if np.isfinite(score)]
        runs.append({"name": f"seed {seed}", "points": points, "solved": at != NEVER})
    return runs
