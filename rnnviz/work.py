"""The long work itself, of either kind: trained, told on its way, and at its end packed as files."""

import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from rnnviz import runs
from rnnviz.progress import ANSWERS_LIMIT, Measures, Progress, ReviewProgress, Thinning
from rnnviz.spec import REVIEWS_VARIABLE, ReviewSpec, TrainSpec

if TYPE_CHECKING:
    from rnnviz.history import History
    from rnnviz.sentiment import SentimentModel
    from rnnviz.sentiment.loop import Event as ReviewEvent
    from rnnviz.sentiment.reviews import Part, Reviews
    from rnnviz.train import Event, Measured

TELL_EVERY: Final = 0.1
"""Seconds between messages while there is something to tell."""

Specs = tuple[TrainSpec, ...] | tuple[ReviewSpec, ...]
Tell = Callable[[Sequence[Progress | ReviewProgress]], None]


def files_of(specs: Specs, tell: Tell, is_stopped: Callable[[], bool]) -> dict[str, bytes] | None:
    """Do what is asked for.

    Parameters
    ----------
    specs : tuple of TrainSpec, or of one ReviewSpec
    tell : callable
        Gets what there is to tell, the first update at once and then some ten times a second.
    is_stopped : callable
        Asked after every update.

    Returns
    -------
    dict of str to bytes or None
        The finished run as ``runs.pack`` or ``runs.pack_review`` makes it; None if it was stopped.
    """
    first = specs[0]
    if isinstance(first, ReviewSpec):
        model = perform_review(first, tell, is_stopped)
        return None if model is None else runs.pack_review(model)
    histories = perform([spec for spec in specs if isinstance(spec, TrainSpec)], tell, is_stopped)
    return None if histories is None else _packed(histories)


def perform_review(spec: ReviewSpec, tell: Tell, is_stopped: Callable[[], bool]) -> "SentimentModel | None":
    """Train a network on reviews, those that the environment names; as ``files_of``.

    Raises
    ------
    ValueError
        If it names none, or there are too few.
    """
    from rnnviz.sentiment.here import train_on_few

    data = _reviews()
    waiting: list[ReviewProgress] = []
    told_at = 0.0

    def on_step(event: "ReviewEvent") -> bool:
        nonlocal told_at
        stopped = is_stopped()
        waiting.append(ReviewProgress(event.step, event.batch_loss, event.accuracy, event.validation))
        if stopped or event.step == event.steps or time.monotonic() - told_at > TELL_EVERY:
            tell(waiting.copy())
            waiting.clear()
            told_at = time.monotonic()
        return not stopped

    return train_on_few(spec, data, on_step)


def perform(specs: Sequence[TrainSpec], tell: Tell, is_stopped: Callable[[], bool]) -> "list[History] | None":
    """Train all arms in one pass; as ``files_of``.

    Parameters
    ----------
    specs : sequence of TrainSpec
    tell, is_stopped : callable

    Returns
    -------
    list of History or None
        None if it was stopped.
    """
    from rnnviz.train import train_together

    numbers = sum(len(spec.seeds) for spec in specs)
    thinning = Thinning(specs[0].steps, numbers)
    waiting: list[Progress] = []
    told_at, stopped = 0.0, False

    def on_step(event: "Event") -> bool:
        nonlocal told_at, stopped
        waiting.extend(thinning.add(_progress(event)))
        if waiting and time.monotonic() - told_at > TELL_EVERY:
            tell(waiting.copy())
            waiting.clear()
            told_at = time.monotonic()
        stopped = is_stopped()
        return not stopped

    histories = train_together(specs, on_step)
    waiting.extend(thinning.rest())
    if waiting:
        tell(waiting)
    return None if stopped else histories


def _reviews() -> "Mapping[Part, Reviews]":
    """Those that the environment names; whoever asks for a training is not told where they lie."""
    named = os.environ.get(REVIEWS_VARIABLE)
    if not named:
        raise ValueError(
            f"{REVIEWS_VARIABLE} must name the reviews where a network is trained on them; it is not set there"
        )
    from rnnviz.sentiment.reviews import read

    try:
        return read(Path(named))
    except Exception as error:  # noqa: BLE001 - a file of anybody's is read by libraries of others
        print(f"rnnviz: the reviews cannot be read; {error}", file=sys.stderr)
        raise ValueError(
            f"the reviews that {REVIEWS_VARIABLE} names cannot be read ({type(error).__name__}); "
            "the server's output says why"
        ) from None


def _packed(histories: "Sequence[History]") -> dict[str, bytes]:
    """With the networks, each measured."""
    from rnnviz.train import checkpoint_of

    networks = (
        checkpoint_of(history, runs.network_name(history.spec, run), run)
        for history in histories
        for run in range(len(history.spec.seeds))
    )
    return runs.pack(histories, networks)


def _progress(event: "Event") -> Progress:
    measured = None if event.measured is None else _measures(event.measured)
    return Progress(event.step, event.loss, event.grad_norm, event.update_norm, measured)


def _measures(measured: "Measured") -> Measures:
    def numbers(array: Any) -> tuple[float, ...]:
        return tuple(array.tolist())

    answers = measured.answers if measured.answers.size <= ANSWERS_LIMIT else measured.answers[:0]
    return Measures(
        numbers(measured.score),
        numbers(measured.singular_value),
        numbers(measured.dead),
        numbers(measured.saturated),
        tuple(tuple(tuple(row) for row in of_run) for of_run in answers.tolist()),
    )
