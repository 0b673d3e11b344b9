"""Numbers from trainings: what clipping cut, where a run went wrong, how it ended; the same at many thresholds."""

import json
import math
from bisect import insort
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final, Literal, Self

import numpy as np

from rnnviz.history import CURVES, MEASURES, History
from rnnviz.progress import Numbers, Progress
from rnnviz.spec import TrainSpec, from_json, to_json

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


# --- What the threshold of clipping leads to ---


EDGES: Final = np.logspace(-8, 8, 161)
"""Between the bins in which gradient norms are counted; the first and the last bin have all beyond."""

_FORMAT: Final = 1


@dataclass(frozen=True, eq=False)
class Sweep:
    """A training at many thresholds, and without one.

    Attributes:
        specs: The arms, by threshold, the unclipped one last.
        last_loss, largest_loss, clipped, mean_norm: float64 of shape (arm, run). The loss at the end as
            ``training.last_loss`` takes it, the largest on the way, the share of updates that were clipped, and the
            mean norm of the gradient before clipping. NaN or infinite where the run is.
        counts: int64 of shape (arm, bin). The finite gradient norms of all runs, counted between ``EDGES``.

    >>> from rnnviz import ModelSpec, analysis, clipping
    >>> from rnnviz.spec import TaskSpec, TrainSpec
    >>> from rnnviz.train import train_together
    >>> spec = TrainSpec(ModelSpec("rnn", 2, 4), TaskSpec("adding", 5), max_norm=1.0, steps=5)
    >>> arms = train_together(clipping.arms(spec, ["norm"]))
    >>> [sweep] = analysis.sweeps([analysis.course(history) for history in arms])
    >>> [arm.max_norm for arm in sweep.specs][-3:]
    [30.0, 100.0, None]
    """

    specs: tuple[TrainSpec, ...]
    updates: int
    last_loss: np.ndarray
    largest_loss: np.ndarray
    clipped: np.ndarray
    mean_norm: np.ndarray
    counts: np.ndarray

    def __post_init__(self) -> None:
        runs = len(self.specs[0].seeds) if self.specs else 0
        for name in (*_NUMBERS, "counts"):
            shape = getattr(self, name).shape
            wanted = (len(self.specs), len(EDGES) - 1 if name == "counts" else runs)
            if shape != wanted:
                raise ValueError(f"{name} must be of shape {wanted}; got {shape}")

    @property
    def limits(self) -> np.ndarray:
        """The threshold of each arm, of norms or of values; infinite for none."""
        return np.array([_limit(spec) for spec in self.specs])

    @property
    def by_value(self) -> bool:
        """Whether values are clipped, not norms."""
        return any(spec.max_value is not None for spec in self.specs)

    @property
    def best(self) -> int:
        """The arm with the smallest mean loss at the end."""
        means = self.last_loss.mean(1)
        return int(np.where(np.isnan(means), np.inf, means).argmin())

    def to_json(self) -> str:
        """All numbers as a text; equal ones give equal texts."""
        numbers = {name: _plain(getattr(self, name)) for name in _NUMBERS}
        specs = [to_json(spec) for spec in self.specs]
        plain = {"format": _FORMAT, "specs": specs, "updates": self.updates, **numbers, "counts": self.counts.tolist()}
        return json.dumps(plain, separators=(",", ":")) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The numbers of a text that ``to_json`` gave.

        Raises:
            ValueError: If it is anything else.
        """
        try:
            data: dict[str, Any] = json.loads(text)
            if data["format"] != _FORMAT:
                raise ValueError(f"its format must be {_FORMAT}; got {data['format']!r}")  # noqa: TRY301 - told below
            specs = tuple(from_json(TrainSpec, spec) for spec in data["specs"])
            numbers = {name: np.array(data[name], np.float64) for name in _NUMBERS}
            return cls(specs, int(data["updates"]), **numbers, counts=np.array(data["counts"], np.int64))
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(f"expected a sweep that to_json wrote; {type(error).__name__}: {error}") from error


_NUMBERS: Final = tuple(field.name for field in fields(Sweep) if field.name not in ("specs", "updates", "counts"))


def sweeps(courses: Sequence[Course]) -> tuple[Sweep, ...]:
    """What the arms of one training have come to so far: those with clipped norms, then those with clipped values.

    There is at least one arm, and all have the same seeds and updates. The unclipped ones are in both sweeps.

    >>> from rnnviz import ModelSpec, analysis, clipping
    >>> from rnnviz.spec import TaskSpec, TrainSpec
    >>> from rnnviz.train import train_together
    >>> spec = TrainSpec(ModelSpec("rnn", 2, 4), TaskSpec("adding", 5), max_norm=1.0, steps=5)
    >>> arms = train_together(clipping.arms(spec, ["norm"]))
    >>> [sweep] = analysis.sweeps([analysis.course(history) for history in arms])
    >>> sweep.last_loss.shape
    (10, 1)
    """
    by_value = [course for course in courses if course.spec.max_value is not None]
    by_norm = [course for course in courses if course.spec.max_value is None]
    bare = [course for course in by_norm if course.spec.max_norm is None]
    clips_norms = len(by_norm) > len(bare) or not by_value
    return tuple(_sweep(group) for group in (clips_norms * by_norm, by_value and by_value + bare) if group)


LEARNED: Final = 0.1
"""A network with a smaller loss on "adding" has learned more than the mean of all sums, whose loss is 1/6."""

Arm = Literal["unclipped", "clipped"]


@dataclass(frozen=True, eq=False)
class RateSweep:
    """A training at many learning rates, without clipping and with it.

    Attributes:
        spec: The clipped arm at one of the rates, with some of the seeds.
        rates: float64 of shape (rate,).
        unclipped, clipped: float64 of shape (rate, seed). The loss on held-out sequences after the last update; NaN
            where a loss or a gradient on the way was not finite.

    >>> from rnnviz import clipping
    >>> found = clipping.shipped_rates("IRNN")
    >>> found.clipped.shape
    (14, 20)
    """

    spec: TrainSpec
    rates: np.ndarray
    unclipped: np.ndarray
    clipped: np.ndarray

    def medians(self, arm: Arm) -> np.ndarray:
        """The median over the seeds at each rate, (rate,); a run that diverged is worse than all others: infinite."""
        losses = getattr(self, arm)
        found: np.ndarray = np.median(np.where(np.isnan(losses), np.inf, losses), axis=1)
        return found

    def learned(self, arm: Arm) -> np.ndarray:
        """How many seeds have a loss below ``LEARNED`` at each rate, (rate,)."""
        with np.errstate(invalid="ignore"):
            found: np.ndarray = (getattr(self, arm) < LEARNED).sum(1)
        return found

    def trains(self, arm: Arm) -> np.ndarray:
        """Whether the median over the seeds is below ``LEARNED`` at each rate, bool of shape (rate,)."""
        found: np.ndarray = self.medians(arm) < LEARNED
        return found

    def __post_init__(self) -> None:
        if not self.unclipped.shape == self.clipped.shape == (len(self.rates), self.unclipped.shape[-1]):
            got = f"{self.unclipped.shape} and {self.clipped.shape}"
            raise ValueError(f"unclipped and clipped must be of shape ({len(self.rates)}, seeds); got {got}")

    def to_json(self) -> str:
        """All numbers as a text; equal ones give equal texts."""
        numbers = {name: _plain(getattr(self, name)) for name in ("unclipped", "clipped")}
        plain = {"format": _FORMAT, "spec": to_json(self.spec), "rates": self.rates.tolist(), **numbers}
        return json.dumps(plain, separators=(",", ":")) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The numbers of a text that ``to_json`` gave.

        Raises:
            ValueError: If it is anything else.
        """
        try:
            data: dict[str, Any] = json.loads(text)
            if data["format"] != _FORMAT:
                raise ValueError(f"its format must be {_FORMAT}; got {data['format']!r}")  # noqa: TRY301 - told below
            numbers = [np.array(data[name], np.float64) for name in ("rates", "unclipped", "clipped")]
            return cls(from_json(TrainSpec, data["spec"]), *numbers)
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(f"expected a RateSweep that to_json wrote; {type(error).__name__}: {error}") from error


def rate_sweep(groups: Sequence[Sequence[History]]) -> RateSweep:
    """The losses at the end of arms at many rates, unclipped ones first, as ``clipping.rate_arms`` has them.

    Args:
        groups: The same arms, trained with other seeds in each group.

    >>> from rnnviz import ModelSpec, analysis
    >>> from rnnviz.spec import TaskSpec, TrainSpec
    >>> from rnnviz.train import train_together
    >>> bare = TrainSpec(ModelSpec("rnn", 2, 4), TaskSpec("adding", 5), steps=5)
    >>> arms = [TrainSpec(bare.model, bare.task, steps=5, rate=0.1, max_norm=norm) for norm in (None, 1.0)]
    >>> analysis.rate_sweep([train_together(arms)]).rates
    array([0.1])
    """
    ends = [np.concatenate([_end(group[k]) for group in groups]) for k in range(len(groups[0]))]
    count = len(ends) // 2
    specs = [history.spec for history in groups[0]]
    rates = np.array([spec.rate for spec in specs[count:]])
    return RateSweep(specs[-1], rates, np.stack(ends[:count]), np.stack(ends[count:]))


def _end(history: History) -> np.ndarray:
    """The last score of every run, (run,); NaN for one that diverged."""
    found: np.ndarray = np.where(history.diverged_at < 0, history.score[:, -1].astype(np.float64), np.nan)
    return found


def _sweep(courses: Sequence[Course]) -> Sweep:
    ordered = sorted(courses, key=lambda course: _limit(course.spec))
    return Sweep(
        tuple(course.spec for course in ordered),
        int(ordered[0].update[-1]),
        last_loss=np.stack([last_loss(course) for course in ordered]),
        largest_loss=np.stack([course.loss.max(1).astype(np.float64) for course in ordered]),
        clipped=np.stack([share_clipped(course) for course in ordered]),
        mean_norm=np.stack([course.grad_norm.mean(1, dtype=np.float64) for course in ordered]),
        counts=np.stack([_counted(course.grad_norm) for course in ordered]),
    )


def _limit(spec: TrainSpec) -> float:
    limit = spec.max_norm if spec.max_value is None else spec.max_value
    return np.inf if limit is None else limit


def _counted(norms: np.ndarray) -> np.ndarray:
    finite = norms[np.isfinite(norms)].astype(np.float64)
    counts: np.ndarray = np.histogram(finite.clip(EDGES[0], EDGES[-1]), EDGES)[0]
    return counts


def _plain(numbers: np.ndarray) -> list[list[float]]:
    """Six digits are more than a figure shows."""
    return [[float(f"{number:.6g}") for number in row] for row in numbers]
