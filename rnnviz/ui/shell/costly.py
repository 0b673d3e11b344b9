"""Computations that take long: each visitor has one at a time, and visitors take turns."""

import itertools
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from streamlit.runtime.scriptrunner import get_script_run_ctx

from rnnviz import caching
from rnnviz.jobs.fair_queue import in_turn
from rnnviz.ui.selection import Selection, step_count
from rnnviz.ui.selection.visit import let_go
from rnnviz.ui.shell import one_by_one
from rnnviz.ui.shell.visitors import visitor

COSTLY: Final = 20_000_000
"""Steps times units squared; from here on the gradients of an LSTM took a tenth of a second of one core."""

LOOKS: Final = 0.1
"""Seconds between two checks whether a waiting visitor has moved on."""

PATIENCE: Final = 120.0
"""Seconds after which nobody waits any longer, whatever went wrong with those before."""


def is_costly(network: Selection, *_: object) -> bool:
    """Whether the computation on a network at every step takes about a tenth of a second or longer."""
    model = network.model
    return step_count(network) * model.hidden_size**2 * model.num_layers * len(model.directions) > COSTLY


class FairQueue:
    """A limit on simultaneous computations, one for each visitor; addresses and sessions that wait take turns."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._changed = threading.Condition()
        self._names = map(str, itertools.count())
        self._waiting: dict[str, str] = {}  # who, by a name for each time that somebody waits, in the order of coming
        self._going: dict[str, str] = {}
        self._last: list[list[str]] = []  # whose turn was over last, who comes behind others now

    @contextmanager
    def turn(self, owner: str, pause: Callable[[], None]) -> Iterator[None]:
        """Wait for a visitor's turn, which ends with the context.

        Args:
            owner: ``address/session``.
            pause: Called now and then while waiting; an error that it raises ends the wait.
        """
        patience = time.monotonic() + PATIENCE
        with self._changed:
            name = next(self._names)
            self._waiting[name] = owner
        try:
            while not self._begins(name) and time.monotonic() < patience:
                pause()
            yield
        finally:
            with self._changed:
                self._waiting.pop(name, None)
                if (ended := self._going.pop(name, None)) is not None:
                    self._last = [[ended]]
                self._changed.notify_all()

    def _begins(self, name: str) -> bool:
        """Whether it is this visitor's turn; if so, the turn begins."""
        with self._changed:
            if not self._is_next(name):
                self._changed.wait(LOOKS)
            if self._is_next(name):
                self._going[name] = self._waiting.pop(name)
                return True
        return False

    def _is_next(self, name: str) -> bool:
        going = set(self._going.values())
        ready = [(other, [owner]) for other, owner in self._waiting.items() if owner not in going]
        order = in_turn(ready, [*([owner] for owner in self._going.values()), *self._last])
        return len(self._going) < self._most and order[:1] == [name]


_turns: Final = FairQueue(max(1, (os.cpu_count() or 1) - 1))
"""One core stays free for what is answered at once."""


@contextmanager
def _turn() -> Iterator[None]:
    if get_script_run_ctx(suppress_warning=True) is None:  # nobody's: it is computed before anybody asks
        yield
        return
    one_by_one.leave()
    with _turns.turn(visitor(), let_go):
        yield


caching.costly_in(_turn)
