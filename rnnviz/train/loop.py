"""The training loop that all families share: update, event, stop, and what is stored on the way."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

MeasuredT = TypeVar("MeasuredT")
EventT = TypeVar("EventT")

KEEP_EVERY: Final = 10.0
"""Seconds between two calls of ``keep``. The trained network does not depend on it."""


@dataclass(frozen=True)
class Event(Generic[MeasuredT]):
    """What is known after an update.

    Attributes:
        step, steps: The updates made, and those of the whole training.
        loss: Of the last update, a number for each network that is trained; where only some updates have an event, the
            mean since the event before.
        measured: What else is known of the networks, which depends on the family; None between two measurements.
        grad_norm, update_norm: As in History, a number for each network. Empty where ``rnnviz.train`` did not train.

    >>> from rnnviz.spec import ModelSpec, TaskSpec, TrainSpec
    >>> from rnnviz.train import Event, train
    >>> told: list[Event] = []
    >>> spec = TrainSpec(ModelSpec("rnn", 2, 4), TaskSpec("adding", 5), steps=3, seeds=(0,))
    >>> history = train(spec, told.append)
    >>> [event.step for event in told]
    [1, 2, 3]
    """

    step: int
    steps: int
    loss: tuple[float, ...]
    measured: MeasuredT
    grad_norm: tuple[float, ...] = ()
    update_norm: tuple[float, ...] = ()


def run(
    steps: Iterable[int],
    update: Callable[[int], EventT | None],
    tell: Callable[[EventT], object] | None = None,
    keep: Callable[[], object] | None = None,
    every: float | None = None,
) -> bool:
    """Make one update after the other; return whether all were made.

    Args:
        steps: The updates, counted from 0. Those before an interruption are not among them.
        update: Makes one, and returns its event; None where it has none.
        tell: Gets each event; False stops the training there.
        keep: Called between two updates, about every ``every`` seconds (``KEEP_EVERY`` for None). It stores what the
            training needs to go on later.
    """
    kept, every = time.monotonic(), KEEP_EVERY if every is None else every
    for step in steps:
        event = update(step)
        if event is not None and tell is not None and tell(event) is False:
            return False
        if keep is not None and time.monotonic() - kept > every:
            keep()
            kept = time.monotonic()
    return True
