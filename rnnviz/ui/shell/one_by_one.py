"""Pages run one after another: runs that take the interpreter from each other all end later."""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Final, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

LONGEST: Final = 0.05
"""Seconds after which nobody waits for a run any more: it computes something, and goes on beside the others."""


class Turns:
    """First come, first served.

    Args:
        longest: Seconds that a turn keeps others waiting at most.
    """

    def __init__(self, longest: float = LONGEST) -> None:
        self.longest = longest
        self._lock = threading.Lock()
        self._waiting: deque[threading.Event] = deque()
        self._holder: threading.Event | None = None
        self._until = 0.0
        self._here = threading.local()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for a turn, and have it until the end of the block; a turn inside of a turn is the same one."""
        if self._mine() is not None:
            yield
            return
        self._here.mine = self._wait()
        try:
            yield
        finally:
            self.leave()
            self._here.mine = None

    def leave(self) -> None:
        """End the turn of this thread before its block ends, if it has one: it goes on beside the others."""
        with self._lock:
            if self._holder is not None and self._holder is self._mine():
                self._holder = None
                self._call_first()

    def _mine(self) -> threading.Event | None:
        return getattr(self._here, "mine", None)

    def _wait(self) -> threading.Event:
        called = threading.Event()
        with self._lock:
            self._waiting.append(called)
            self._call_first()
        while True:
            called.wait()
            with self._lock:
                left = self._until - time.monotonic()
                if self._holder is None or left <= 0:
                    self._waiting.popleft()
                    self._holder, self._until = called, time.monotonic() + self.longest
                    self._call_first()
                    return called
                called.clear()
            called.wait(left)
            called.set()

    def _call_first(self) -> None:
        """Have the first one in the row look whether it is its turn; only it is ever called."""
        if self._waiting:
            self._waiting[0].set()


_turns: Final = Turns()
leave: Final = _turns.leave


def runs(run: Callable[P, R]) -> Callable[P, R]:
    """A function that draws something, as one that waits for its turn among all visitors of this process."""

    @wraps(run)
    def in_turn(*args: P.args, **kwargs: P.kwargs) -> R:
        with _turns.turn():
            return run(*args, **kwargs)

    return in_turn
