"""Numbers from trainings, going on or finished: what clipping cut, where a run went wrong, how it ended."""

import math
from bisect import insort
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from rnnviz.history import CURVES, MEASURES, History
from rnnviz.progress import Numbers, Progress
from rnnviz.spec import TrainSpec

SUDDEN: Final = 10.0
"""A gradient so many times as long as the median before it is a bad update."""

_STATES: Final = ("singular_value", "dead", "saturated")

LAST: Final = 100
"""The loss at the end is the median of so many last updates."""


@dataclass(frozen=True, eq=False)
class Course:
    """What one arm of a training has done so far.

    Attributes:
        update: int64 of shape (step,). The updates of the curves, counted from 1.
        loss, grad_norm, update_norm: float32 of shape (run, step). As in History; of several updates the largest.
        measured_at: int64 of shape (measurement,). The updates made before each measurement.
        score, singular_value, dead, saturated: float32 of shape (run, measurement).
        answers: float32 of shape (run, example, output). The last that were measured.

    >>> from rnnviz import analysis, clipping
    >>> unclipped, clipped = clipping.shipped_pair()
    >>> analysis.course(clipped).grad_norm.shape
    (3, 1500)
    """

    spec: TrainSpec
    update: np.ndarray
    loss: np.ndarray
    grad_norm: np.ndarray
    update_norm: np.ndarray
    measured_at: np.ndarray
    score: np.ndarray
    singular_value: np.ndarray
    dead: np.ndarray
    saturated: np.ndarray
    answers: np.ndarray


def course(history: History) -> Course:
    """The course of a finished training.

    >>> from rnnviz import ModelSpec, analysis
    >>> from rnnviz.spec import TaskSpec, TrainSpec
    >>> from rnnviz.train import train
    >>> history = train(TrainSpec(ModelSpec("rnn", 2, 4), TaskSpec("adding", 5), steps=10, seeds=(0, 1)))
    >>> analysis.course(history).loss.shape
    (2, 10)
    """
    recorded = {name: getattr(history, name) for name in (*CURVES, "measured_at", *MEASURES)}
    return Course(history.spec, np.arange(1, history.steps + 1), **recorded, answers=history.answers[:, -1])


def courses(specs: Sequence[TrainSpec], events: Sequence[Progress]) -> tuple[Course, ...]:
    """The courses of the arms of a training that goes on, from all its events so far; empty before the first.

    >>> from rnnviz import analysis
    >>> from rnnviz.progress import Progress
    >>> from rnnviz.spec import TrainSpec
    >>> events = [Progress(step, loss=(0.5,), grad_norm=(1.2,), update_norm=(0.01,), measured=None) for step in (1, 2)]
    >>> [course] = analysis.courses([TrainSpec(steps=5)], events)
    >>> course.loss.shape
    (1, 2)
    """
    if not events:
        return ()
    runs = sum(len(spec.seeds) for spec in specs)
    curves = {name: _rows([getattr(event, name) for event in events], runs) for name in CURVES}
    known = [(event.step, event.measured) for event in events if event.measured is not None]
    measures = {name: _rows([getattr(measured, name) for _, measured in known], runs) for name in MEASURES}
    answers = known[-1][1].answers if known else ()
    last = np.array(answers, np.float32) if answers else np.zeros((runs, 0, 0), np.float32)
    update, measured_at = np.array([event.step for event in events]), np.array([at for at, _ in known], np.int64)
    return tuple(
        Course(
            spec, update, **{name: rows[own] for name, rows in curves.items()}, measured_at=measured_at,
            **{name: rows[own] for name, rows in measures.items()}, answers=last[own],
        )
        for spec, own in _shares(specs)
    )  # fmt: skip


@dataclass(frozen=True)
class BadUpdate:
    """The first update of a run whose gradient is not finite, or is ``SUDDEN`` times the median before it.

    Attributes:
        update: Counted from 1.
        grad_norm, update_norm, loss: Of this update.
        usual: The median of the gradient norms before it; infinite for the first.
        before, after, end: ``singular_value``, ``dead`` and ``saturated``: the last before it, the first after it, and
            the last of all; empty where nothing was measured.
        measured_at: The updates made when ``after`` was measured; 0 where it was not.

    >>> from rnnviz import analysis, clipping
    >>> unclipped, clipped = clipping.shipped_pair()
    >>> bad = analysis.first_bad_update(analysis.course(unclipped))
    >>> bad.grad_norm > 100 * bad.usual
    True
    """

    update: int
    grad_norm: float
    update_norm: float
    loss: float
    usual: float
    before: Mapping[str, float]
    after: Mapping[str, float]
    end: Mapping[str, float]
    measured_at: int


def first_bad_update(course: Course, run: int = 0) -> BadUpdate | None:
    """Where one run of a training first goes wrong; None where no gradient stands out so.

    >>> from rnnviz import analysis, clipping
    >>> unclipped, clipped = clipping.shipped_pair()
    >>> analysis.first_bad_update(analysis.course(unclipped)).update
    2
    """
    norms = course.grad_norm[run].tolist()
    before: list[float] = []
    for k, norm in enumerate(norms):
        usual = before[len(before) // 2] if before else math.inf
        if math.isnan(norm) and course.spec.goal is not None:
            return None  # the run has ended
        if not math.isfinite(norm) or norm > SUDDEN * usual:
            return _bad(course, run, k, usual)
        insort(before, norm)
    return None


def share_clipped(course: Course) -> np.ndarray:
    """The share of the updates whose gradient was longer than ``max_norm``, of shape (run,).

    It is 0 for an unclipped arm, and NaN where values were clipped: no training records how many.

    >>> from rnnviz import analysis, clipping
    >>> unclipped, clipped = clipping.shipped_pair()
    >>> analysis.share_clipped(analysis.course(clipped)).round(2)
    array([0.79, 0.69, 0.6 ])
    """
    if course.spec.max_value is not None:
        return np.full(len(course.grad_norm), np.nan)
    known = ~np.isnan(course.loss) | ~np.isnan(course.grad_norm)
    limit = np.inf if course.spec.max_norm is None else course.spec.max_norm
    with np.errstate(invalid="ignore"):
        cut = known & (course.grad_norm > limit)
    found: np.ndarray = cut.sum(1) / np.maximum(known.sum(1), 1)
    return found


def last_loss(course: Course) -> np.ndarray:
    """The median loss of the ``LAST`` last updates of every run, of shape (run,); NaN where one loss is not finite.

    >>> from rnnviz import analysis, clipping
    >>> unclipped, clipped = clipping.shipped_pair()
    >>> analysis.last_loss(analysis.course(clipped)).shape
    (3,)
    """
    recent = course.loss[:, course.update > course.update[-1] - LAST].astype(np.float64)
    found: np.ndarray = np.median(np.where(np.isfinite(recent), recent, np.nan), axis=1)
    return found


def _rows(parts: Sequence[Numbers], runs: int) -> np.ndarray:
    """(run, event), from the numbers of every event; what float32 cannot hold becomes infinite."""
    with np.errstate(over="ignore"):
        rows: np.ndarray = np.array(parts, np.float64).reshape(-1, runs).T.astype(np.float32)
    return rows


def _shares(specs: Sequence[TrainSpec]) -> Iterator[tuple[TrainSpec, slice]]:
    """Each arm with the runs that belong to it."""
    begin = 0
    for spec in specs:
        yield spec, slice(begin, begin + len(spec.seeds))
        begin += len(spec.seeds)


def _bad(course: Course, run: int, k: int, usual: float) -> BadUpdate:
    update = int(course.update[k])
    first = int(np.searchsorted(course.measured_at, update))  # measured after it
    known = range(len(course.measured_at))
    before, after, end = (
        {name: float(getattr(course, name)[run, at]) for name in _STATES} if at in known else {}
        for at in (first - 1, first, len(known) - 1)
    )
    norm, moved, loss = (float(getattr(course, name)[run, k]) for name in ("grad_norm", "update_norm", "loss"))
    measured_at = int(course.measured_at[first]) if first in known else 0
    return BadUpdate(update, norm, moved, loss, usual, before, after, end, measured_at)
