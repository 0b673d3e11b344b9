"""Events on their way from a training to whoever watches it: some together, ten times a second."""

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

TELL_EVERY: Final = 0.1
"""Seconds between messages while there is something to tell."""


class Telling:
    """What has not been told yet; after the last of ``steps`` all is told at once. ``step`` counts the updates made."""

    def __init__(self, tell: Callable[[Sequence[Any]], None], steps: int) -> None:
        self._tell, self._steps = tell, steps
        self._waiting: list[Any] = []
        self._told_at = 0.0
        self.step = 0

    def add(self, *events: Any, step: int | None = None, stopped: bool) -> bool:
        """Take what an update has to tell; return whether the training goes on."""
        self.step = events[-1].step if step is None else step
        self._waiting.extend(events)
        if self._waiting and (stopped or self.step == self._steps or time.monotonic() - self._told_at > TELL_EVERY):
            self.flush()
        return not stopped

    def flush(self, more: Iterable[Any] = ()) -> None:
        """Tell what is left."""
        self._waiting.extend(more)
        if self._waiting:
            self._tell(self._waiting.copy())
            self._waiting.clear()
            self._told_at = time.monotonic()
