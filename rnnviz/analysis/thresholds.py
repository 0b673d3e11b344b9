"""What the threshold of clipping leads to: the same training at many of them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Final, Self

import numpy as np

from rnnviz.analysis.training import Course, last_loss, share_clipped
from rnnviz.spec import TrainSpec, from_json, to_json

ADVICE: Final = (0.5, 10.0)
"""Thresholds from half to ten times the average norm are advised; Pascanu, Mikolov, Bengio (2013), section 3.2."""

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
