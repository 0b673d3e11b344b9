"""The long work itself, of any kind: trained, told on its way, and at its end packed as files."""

import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from rnnviz import runs
from rnnviz.checkpoints.storing import RefusedError
from rnnviz.progress import ANSWERS_LIMIT, CharacterProgress, Measures, Progress, ReviewProgress, Thinning
from rnnviz.spec import REVIEWS_VARIABLE, CharacterSpec, ReviewSpec, TrainSpec, from_json, text_key

if TYPE_CHECKING:
    from rnnviz.history import History
    from rnnviz.sentiment import SentimentModel
    from rnnviz.sentiment.loop import Event as ReviewEvent
    from rnnviz.sentiment.reviews import Part, Reviews
    from rnnviz.train import Event, Measured

TELL_EVERY: Final = 0.1
"""Seconds between messages while there is something to tell."""

Specs = tuple[TrainSpec, ...] | tuple[ReviewSpec, ...] | tuple[CharacterSpec, ...]
Tell = Callable[[Sequence[Progress | ReviewProgress | CharacterProgress]], None]
Keep = Callable[[int, bytes], None]


class Made(NamedTuple):
    """What has come of an order.

    Attributes
    ----------
    run : str
        The identity of what was made: of a training on a text that was stopped, that of as many updates as there were.
    files : dict of str to bytes
        As ``runs.pack``, ``runs.pack_review`` or ``runs.pack_characters`` makes them.
    """

    run: str
    files: dict[str, bytes]


def make(
    specs: Specs,
    tell: Tell,
    is_stopped: Callable[[], bool],
    text: str = "",
    begun: bytes = b"",
    *,
    keep: Keep = lambda *_: None,
) -> Made | None:
    """Do what is asked for.

    Parameters
    ----------
    specs : tuple of TrainSpec, or of one ReviewSpec or CharacterSpec
    tell : callable
        Gets what there is to tell, the first update at once and then some ten times a second.
    is_stopped : callable
        Asked after every update.
    text : str
        Of a training on a text.
    begun : bytes
        From ``runs.read_begun``: with it a training goes on. If it is damaged, the training begins anew.
    keep : callable, optional
        Given now and then how many updates were made, and with what the training would go on.

    Returns
    -------
    Made or None
        None if it was stopped and nothing is worth keeping.
    """
    try:
        return _made(specs, tell, is_stopped, text, begun=begun, keep=keep)
    except RefusedError as error:
        if not begun:
            raise
        print(f"rnnviz: a training begins anew: {error}", file=sys.stderr)
        return _made(specs, tell, is_stopped, text, begun=b"", keep=keep)


def _made(
    specs: Specs, tell: Tell, is_stopped: Callable[[], bool], text: str, *, begun: bytes, keep: Keep
) -> Made | None:
    first, run = specs[0], runs.identity(specs)
    if isinstance(first, CharacterSpec):
        return perform_characters(first, text, tell, is_stopped, begun=begun, keep=keep)
    if isinstance(first, ReviewSpec):
        model = perform_review(first, tell, is_stopped, begun=begun, keep=keep)
        return None if model is None else Made(run, runs.pack_review(model))
    arms = [spec for spec in specs if isinstance(spec, TrainSpec)]
    histories = perform(arms, tell, is_stopped, begun=begun, keep=keep)
    return None if histories is None else Made(run, _packed(histories))


def perform_characters(
    spec: CharacterSpec, text: str, tell: Tell, is_stopped: Callable[[], bool], *, begun: bytes, keep: Keep
) -> Made:
    """Train a network on a text; as ``make``.

    Raises
    ------
    ValueError
        If it is another text than that of the settings.
    """
    from rnnviz.characters.here import train_here

    if text_key(text) != spec.text:
        raise ValueError("the text must be that of the settings; this is another one")
    waiting: list[CharacterProgress] = []
    told_at = 0.0

    def on_event(event: CharacterProgress) -> bool:
        nonlocal told_at
        stopped = is_stopped()
        waiting.append(event)
        if stopped or event.step == spec.updates or time.monotonic() - told_at > TELL_EVERY:
            tell(waiting.copy())
            waiting.clear()
            told_at = time.monotonic()
        return not stopped

    model, going = train_here(spec, text, on_event, begun, keep)
    made = from_json(CharacterSpec, model.card["spec"])
    return Made(runs.identity([made]), runs.pack_characters(model, going))


def perform_review(
    spec: ReviewSpec, tell: Tell, is_stopped: Callable[[], bool], *, begun: bytes, keep: Keep
) -> "SentimentModel | None":
    """Train a network on reviews, those that the environment names; as ``make``, but the network.

    Raises
    ------
    ValueError
        If it names none, or there are too few.
    """
    from rnnviz.sentiment.here import train_on_few

    data = _reviews()
    waiting: list[ReviewProgress] = []
    told_at, step = 0.0, 0

    def on_step(event: "ReviewEvent") -> bool:
        nonlocal told_at, step
        stopped, step = is_stopped(), event.step
        waiting.append(ReviewProgress(event.step, event.batch_loss, event.accuracy, event.validation))
        if stopped or event.step == event.steps or time.monotonic() - told_at > TELL_EVERY:
            tell(waiting.copy())
            waiting.clear()
            told_at = time.monotonic()
        return not stopped

    return train_on_few(spec, data, on_step, begun, lambda content: keep(step, content))


def perform(
    specs: Sequence[TrainSpec], tell: Tell, is_stopped: Callable[[], bool], *, begun: bytes, keep: Keep
) -> "list[History] | None":
    """Train all arms in one pass; as ``make``, but what was recorded.

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
    told_at, stopped, step = 0.0, False, 0

    def on_step(event: "Event") -> bool:
        nonlocal told_at, stopped, step
        step = event.step
        waiting.extend(thinning.add(_progress(event)))
        if waiting and time.monotonic() - told_at > TELL_EVERY:
            tell(waiting.copy())
            waiting.clear()
            told_at = time.monotonic()
        stopped = is_stopped()
        return not stopped

    histories = train_together(specs, on_step, begun, lambda content: keep(step, content))
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
