"""What takes long is computed for one visitor at a time, and whose turn it is."""

import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from rnnviz import caching
from rnnviz.caching import cached
from rnnviz.ui.pages.gradients.figures import relevant
from rnnviz.ui.pages.gradients.lines import OWN, step_gradients
from rnnviz.ui.selection import DEFAULT, without_viewpoint
from rnnviz.ui.selection.changes import changed
from rnnviz.ui.shell import networks
from rnnviz.ui.shell.costly import FairQueue


class MovedOnError(Exception):
    """The visitor has gone to another view."""


class Asking:
    """Visitors who ask a server for something costly, which ends when they are told."""

    def __init__(self, most: int = 1) -> None:
        self.turns = FairQueue(most)
        self.pool = ThreadPoolExecutor(9)
        self.began: list[str] = []
        self.ends: dict[str, threading.Event] = {}
        self.left: set[str] = set()

    def ask(self, owner: str, *, waits: bool) -> "Future[None]":
        """Ask for one more; return when it goes on, or waits as is expected."""
        name = f"{owner} {len(self.ends)}"
        self.ends[name] = threading.Event()
        asked = threading.Event()

        def pause() -> None:
            asked.set()
            if name in self.left:
                raise MovedOnError

        def work() -> None:
            with self.turns.turn(owner, pause):
                self.began.append(name)
                asked.set()
                assert self.ends[name].wait(60)

        future = self.pool.submit(work)
        assert asked.wait(60)
        assert (name not in self.began) == waits
        return future

    def end(self, name: str, future: "Future[None]") -> None:
        """End one, and all that it led to."""
        self.ends[name].set()
        future.result(60)


def until_began(asking: Asking, count: int) -> None:
    for _ in range(600):
        if len(asking.began) >= count:
            return
        threading.Event().wait(0.05)
    raise AssertionError(asking.began)


def test_a_visitor_has_one_at_a_time_also_where_there_is_room() -> None:
    asking = Asking(most=3)
    first = asking.ask("a/1", waits=False)
    second = asking.ask("a/1", waits=True)
    other = asking.ask("b/1", waits=False)
    asking.end("a/1 0", first)
    until_began(asking, 3)
    assert asking.began == ["a/1 0", "b/1 2", "a/1 1"]
    asking.end("a/1 1", second)
    asking.end("b/1 2", other)


def test_who_opens_many_sessions_waits_behind_another_address() -> None:
    asking = Asking()
    first = asking.ask("a/1", waits=False)
    crowd = [asking.ask(f"a/{k}", waits=True) for k in (2, 3)]
    other = asking.ask("b/1", waits=True)
    asking.end("a/1 0", first)
    until_began(asking, 2)
    assert asking.began[1] == "b/1 3"
    asking.end("b/1 3", other)
    until_began(asking, 3)
    for name, future in zip(("a/2 1", "a/3 2"), crowd, strict=True):
        asking.end(name, future)
    assert asking.began[2:] == ["a/2 1", "a/3 2"]


def test_who_moves_on_while_waiting_takes_no_turn() -> None:
    asking = Asking()
    first = asking.ask("a/1", waits=False)
    gone = asking.ask("b/1", waits=True)
    last = asking.ask("c/1", waits=True)
    asking.left.add("b/1 1")
    with pytest.raises(MovedOnError):
        gone.result(60)
    asking.end("a/1 0", first)
    until_began(asking, 2)
    asking.end("c/1 2", last)
    assert asking.began == ["a/1 0", "c/1 2"]


@pytest.fixture
def entered(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """When a turn is taken, and when it is over."""
    entered: list[str] = []

    @contextmanager
    def turn() -> Iterator[None]:
        entered.append("in")
        yield
        entered.append("out")

    monkeypatch.setattr(caching, "_turn", turn)
    return entered


@pytest.mark.parametrize(("units", "turns"), [(8, 0), (512, 2)])
def test_what_is_computed_of_a_large_network_takes_turns(units: int, turns: int, entered: list[str]) -> None:
    caching.clear()
    numbers = "\n".join(f"{k % 7}" for k in range(300))
    network = relevant(changed(DEFAULT, cell="rnn", hidden_size=units, numbers=numbers))
    step_gradients(network, OWN, "h", "projection", 299)
    networks.recording(without_viewpoint(network))
    assert entered == ["in", "out"] * turns
    step_gradients(network, OWN, "h", "projection", 299)
    assert entered == ["in", "out"] * turns


def test_a_costly_result_takes_one_turn_with_all_that_it_needs_and_none_if_it_is_kept(entered: list[str]) -> None:
    @cached(9, costly=lambda size: size > 1)
    def inner(size: int) -> int:
        entered.append(f"inner {size}")
        return size

    @cached(9, costly=lambda size: size > 1)
    def outer(size: int) -> int:
        return inner(size) + inner(1)

    assert outer(2) == 3
    assert entered == ["in", "inner 2", "inner 1", "out"]
    assert (outer(2), inner(2), inner(1)) == (3, 2, 1)
    assert len(entered) == 4
    inner(5)
    assert entered[4:] == ["in", "inner 5", "out"]
