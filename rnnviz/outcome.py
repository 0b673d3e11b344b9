"""The outcome of a training in a few numbers: when each run had solved its task, and how its score went."""

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Final

from rnnviz.history import NEVER, History
from rnnviz.spec import ModelSpec, TrainSpec, from_json, to_json

DIGITS: Final = 4
"""The digits of a score: one of 500 sequences is 0.002, and losses far below their baselines stay different."""


@dataclass(frozen=True)
class Outcome:
    """How the runs of one training went; it is checked once, here.

    Attributes:
        measured_at: The updates made before each measurement, 0 first.
        scores: A row a run, up to its end: the accuracy on held-out data, for adding the loss on it; NaN where the
            network gave no numbers.
        solved_at: The updates after which each run had reached its goal; -1 for never.
    """

    spec: TrainSpec
    measured_at: tuple[int, ...]
    scores: tuple[tuple[float, ...], ...]
    solved_at: tuple[int, ...]

    def __post_init__(self) -> None:
        runs = len(self.spec.seeds)
        if not len(self.scores) == len(self.solved_at) == runs:
            raise ValueError(
                f"scores and solved_at must have {runs} runs; got {len(self.scores)} and {len(self.solved_at)}"
            )
        most = len(self.measured_at)
        if not all(1 <= len(row) <= most for row in self.scores):
            raise ValueError(f"scores must have 1 to {most} numbers a run; got {[len(row) for row in self.scores]}")

    @property
    def solved(self) -> int:
        """How many runs have reached the goal."""
        return sum(at != NEVER for at in self.solved_at)

    @property
    def last(self) -> tuple[float, ...]:
        """The last score of every run."""
        return tuple(row[-1] for row in self.scores)

    def until(self, steps: int) -> "Outcome | None":
        """The outcome of the same training with another limit of updates, as far as this one tells it.

        It is None where a run would go on after what is known of it, or end between two measurements.
        """
        solved_at = tuple(at if at <= steps else NEVER for at in self.solved_at)
        if NEVER in solved_at and steps not in self.measured_at:
            return None
        count = sum(at <= steps for at in self.measured_at)
        scores = tuple(row[:count] for row in self.scores)
        return Outcome(replace(self.spec, steps=steps), self.measured_at[:count], scores, solved_at)


def outcome(history: History) -> Outcome:
    """The outcome of a finished training."""
    ends = [int((history.measured_at <= taken).sum()) for taken in history.taken]
    return Outcome(
        spec=history.spec,
        measured_at=tuple(history.measured_at.tolist()),
        scores=tuple(
            tuple(round(value, DIGITS) for value in row[:end].tolist())
            for row, end in zip(history.score, ends, strict=True)
        ),
        solved_at=tuple(history.solved_at.tolist()),
    )


def as_text(outcomes: Iterable[Outcome], **about: str) -> str:
    """Outcomes as JSON, one a line, with what ``about`` says of all of them; equal ones give equal texts."""
    lines = (json.dumps(_plain(one), separators=(",", ":"), allow_nan=False) for one in outcomes)
    return f'{{"about":{json.dumps(about)},"outcomes":[\n' + ",\n".join(lines) + "\n]}\n"


def from_text(text: str) -> tuple[list[Outcome], dict[str, str]]:
    """The outcomes and ``about`` of a text that ``as_text`` wrote; ValueError if it is anything else."""
    try:
        data = json.loads(text)
        outcomes = [_read(one) for one in data["outcomes"]]
        return outcomes, {str(name): str(value) for name, value in data["about"].items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"expected outcomes as as_text writes them; {type(error).__name__}: {error}") from error


def _plain(one: Outcome) -> dict[str, Any]:
    scores = [[None if math.isnan(value) else _short(value) for value in row] for row in one.scores]
    spec = _without_defaults(to_json(one.spec), TrainSpec)
    spec["model"] = _without_defaults(spec["model"], ModelSpec)
    regular = one.measured_at == _regular(one.spec, one.scores)
    measured_at = {} if regular else {"measured_at": one.measured_at}
    return {"spec": spec, **measured_at, "scores": scores, "solved_at": one.solved_at}


def _short(value: float) -> float:
    """The same number, as an int where it is whole: 1 in place of 1.0."""
    return int(value) if value.is_integer() else value


def _regular(spec: TrainSpec, scores: Sequence[Sequence[object]]) -> tuple[int, ...]:
    """When each score was measured, if it was every ``spec.every`` updates."""
    return tuple(spec.every * k for k in range(max(map(len, scores), default=0)))


def _without_defaults(data: dict[str, Any], kind: type[TrainSpec | ModelSpec]) -> dict[str, Any]:
    """Settings without those at their defaults, which ``from_json`` knows: many trainings repeat them."""
    usual = {field.name: field.default for field in fields(kind)}
    return {name: value for name, value in data.items() if name == "cell" or value != usual[name]}


def _read(data: dict[str, Any]) -> Outcome:
    spec = from_json(TrainSpec, data["spec"])
    return Outcome(
        spec=spec,
        measured_at=_whole(data.get("measured_at", _regular(spec, data["scores"]))),
        scores=tuple(tuple(math.nan if value is None else float(value) for value in row) for row in data["scores"]),
        solved_at=_whole(data["solved_at"]),
    )


def _whole(values: Sequence[Any]) -> tuple[int, ...]:
    return tuple(int(value) for value in values)
