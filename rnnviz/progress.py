"""The events of a training that goes on: thinned for those who watch, and as plain data on their way.

A search for fixed points, and the learning of an automaton, have events as well.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

EVENTS_LIMIT: Final = 2000
"""The most events of one training."""

NUMBERS_LIMIT: Final = 400_000
"""The most numbers of the curves in all events of one training, but for ``FEWEST`` events in any case."""

FEWEST: Final = 200

MEASURES_LIMIT: Final = 250
"""The most measurements among the events of one training."""

ANSWERS_LIMIT: Final = 400
"""The most numbers of answers in one event."""

SAMPLE_LIMIT: Final = 400
"""The most characters that a network writes to show how far it is."""

_CURVES: Final = ("loss", "grad_norm", "update_norm")
_SCORES: Final = ("score", "singular_value", "dead", "saturated")

Numbers = tuple[float, ...]


@dataclass(frozen=True)
class Measures:
    """What was measured on held-out data, a number a run, as in History; no answers where there are too many."""

    score: Numbers
    singular_value: Numbers
    dead: Numbers
    saturated: Numbers
    answers: tuple[tuple[Numbers, ...], ...] = ()


class _Plain:
    """An event as plain data."""

    def to_json(self) -> dict[str, Any]:
        """Every field by its name, for ``json.dumps``."""
        return asdict(self)  # type: ignore[call-overload,no-any-return]  # each event is a dataclass


@dataclass(frozen=True)
class Progress(_Plain):
    """The updates since the event before.

    Attributes:
        step: The updates made.
        loss, grad_norm, update_norm: The largest in these updates, NaN if one was; a number a run: the seeds of the
            first arm, then those of the next. NaN once a run has ended. A short training has an event for every update.
        measured: The last that was measured in these updates.
    """

    step: int
    loss: Numbers
    grad_norm: Numbers
    update_norm: Numbers
    measured: Measures | None = None


@dataclass(frozen=True)
class ReviewProgress(_Plain):
    """One update of a network that judges reviews.

    Attributes:
        step: The updates made.
        loss: Of the reviews of this update, in nats.
        accuracy: On all reviews of the epoch so far.
        validation: The accuracy on the validation reviews, at the end of an epoch.
    """

    step: int
    loss: float
    accuracy: float
    validation: float | None = None


@dataclass(frozen=True)
class CharacterProgress(_Plain):
    """The updates since the event before of a network that learns from a text.

    Attributes:
        step: The updates made.
        loss: Bits per character, the mean over these updates; each is measured before it changes the weights.
        validation: Bits per character of the end of the text, which is held back; now and then.
        counted: The same by the best n-grams of the text; only in the first event.
        sample: What the network writes by now; empty where it was not asked.
    """

    step: int
    loss: float
    validation: float | None = None
    counted: float | None = None
    sample: str = ""


@dataclass(frozen=True)
class SearchProgress(_Plain):
    """An iteration of a search for fixed points.

    Attributes:
        step: The iterations made; the start states are searched from in groups, one after the other.
        ended, starts: The start states whose search has ended, and all of them.
        speed: The median speed q over all start states so far.
    """

    step: int
    ended: int
    starts: int
    speed: float


@dataclass(frozen=True)
class LearningProgress(_Plain):
    """An automaton that was compared with a network, in the course of ``rnnviz.extract``.

    Attributes:
        states: Of the automaton.
        queries: The words that the network was asked so far, those of comparisons apart.
        disagreement: The shortest word that was found on which they differ; None if there was none.
    """

    states: int
    queries: int
    disagreement: str | None


def character_progress_from_json(data: object) -> CharacterProgress:
    """An event of a training on a text from plain data that is not trusted; ValueError if it is no such event."""
    fields = _object(data, ("step", "loss", "validation", "counted", "sample"))
    sample = fields["sample"]
    if not isinstance(sample, str) or len(sample) > SAMPLE_LIMIT:
        raise ValueError(f"sample must be a text of at most {SAMPLE_LIMIT} characters; got {sample!r:.80}")
    told = {name: fields[name] for name in ("validation", "counted") if fields[name] is not None}
    numbers = _numbers([fields["loss"], *told.values()])
    return CharacterProgress(
        _step(fields["step"]), numbers[0], **dict(zip(told, numbers[1:], strict=True)), sample=sample
    )


def review_progress_from_json(data: object) -> ReviewProgress:
    """An event of a training on reviews from plain data that is not trusted; ValueError if it is no such event."""
    fields = _object(data, ("step", "loss", "accuracy", "validation"))
    step, validation = _step(fields["step"]), fields["validation"]
    held_back = () if validation is None else (validation,)
    loss, accuracy, *last = _numbers([fields["loss"], fields["accuracy"], *held_back])
    return ReviewProgress(step, loss, accuracy, *last)


def progress_from_json(data: object, runs: int) -> Progress:
    """An event from plain data that is not trusted; ValueError if it is none, or a tuple has not a number a run."""
    fields = _object(data, ("step", *_CURVES, "measured"))
    step, measured = _step(fields["step"]), fields["measured"]
    curves = {name: _numbers(fields[name], runs) for name in _CURVES}
    return Progress(step, **curves, measured=None if measured is None else _measures(measured, runs))


class Thinning:
    """Thins the updates of a training of at most ``steps`` to the events that are worth telling."""

    def __init__(self, steps: int, runs: int) -> None:
        events = min(EVENTS_LIMIT, max(FEWEST, NUMBERS_LIMIT // (len(_CURVES) * runs)))
        self._stride = math.ceil(steps / events)
        self._steps = steps
        self._between = steps / MEASURES_LIMIT
        self._waiting: Progress | None = None
        self._measured_at = -math.inf

    def add(self, progress: Progress) -> Iterator[Progress]:
        """Take one update; yield the event that it completes, if any."""
        self._waiting = _merged(self._waiting, self._without_much(progress))
        if progress.step == 1 or progress.step % self._stride == 0:
            yield from self.rest()

    def rest(self) -> Iterator[Progress]:
        """The updates that are in no event yet, as one."""
        if self._waiting is not None:
            yield self._waiting
            self._waiting = None

    def _without_much(self, progress: Progress) -> Progress:
        """The same, without a measurement that comes too soon after the one before."""
        if progress.measured is None:
            return progress
        if progress.step - self._measured_at < self._between and progress.step < self._steps:
            return Progress(progress.step, progress.loss, progress.grad_norm, progress.update_norm)
        self._measured_at = progress.step
        return progress


def _merged(before: Progress | None, after: Progress) -> Progress:
    if before is None:
        return after
    curves = {
        name: tuple(_worse(a, b) for a, b in zip(getattr(before, name), getattr(after, name), strict=True))
        for name in _CURVES
    }
    return Progress(after.step, **curves, measured=after.measured or before.measured)


def _worse(first: float, second: float) -> float:
    return first if first > second or math.isnan(first) else second


def _measures(data: object, runs: int) -> Measures:
    fields = _object(data, (*_SCORES, "answers"))
    answers = _sequence(fields["answers"])
    if len(answers) not in (0, runs):
        raise ValueError(f"answers must be none or those of {runs} runs; got {len(answers)}")
    return Measures(
        **{name: _numbers(fields[name], runs) for name in _SCORES},
        answers=tuple(tuple(_numbers(row) for row in _sequence(of_run)) for of_run in answers),
    )


def _object(data: object, names: tuple[str, ...]) -> Mapping[str, Any]:
    if type(data) is not dict or set(data) != set(names):
        raise ValueError(f"an event must have {', '.join(names)}; got {data!r:.80}")
    return data


def _step(data: object) -> int:
    if type(data) is not int or data < 1:
        raise ValueError(f"step must be a whole number of at least 1; got {data!r:.80}")
    return data


def _sequence(data: object) -> Sequence[Any]:
    if not isinstance(data, list | tuple):
        raise ValueError(f"expected a list; got {data!r:.80}")  # noqa: TRY004 - it is data from outside
    return data


def _numbers(data: object, count: int | None = None) -> Numbers:
    numbers = _sequence(data)
    if not all(type(number) is float for number in numbers) or count not in (None, len(numbers)):
        raise ValueError(f"expected {'' if count is None else f'{count} '}numbers; got {data!r:.80}")
    return tuple(numbers)
