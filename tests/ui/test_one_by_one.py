"""Turns of the runs: first come first served, and nobody waits long for a run that computes."""

import threading
import time
from collections.abc import Callable

import pytest

from rnnviz.ui.shell.one_by_one import Turns, runs

PATIENCE = 30.0
LONG = 600.0
"""A turn that no test waits for the end of."""


def begin(run: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread


def in_row(turns: Turns, count: int) -> None:
    """Wait until so many wait for their turn."""
    end = time.monotonic() + PATIENCE
    while len(turns._waiting) < count:
        assert time.monotonic() < end
        time.sleep(0.001)


def test_who_comes_first_is_served_first_and_alone() -> None:
    turns, order, inside = Turns(LONG), list[int](), list[int]()

    def run(k: int) -> None:
        with turns.turn():
            inside.append(k)
            time.sleep(0.002)
            assert inside == [k]
            inside.remove(k)
            order.append(k)

    threads = []
    with turns.turn():
        for k in range(20):
            threads.append(begin(lambda k=k: run(k)))
            in_row(turns, k + 1)
        assert order == []
    for thread in threads:
        thread.join(PATIENCE)
    assert order == list(range(20))


def test_a_run_that_computes_keeps_nobody_long() -> None:
    turns, goes_on, passed = Turns(0.05), threading.Event(), threading.Event()

    def compute() -> None:
        with turns.turn():
            goes_on.wait(PATIENCE)

    def pass_by() -> None:
        with turns.turn():
            passed.set()

    long = begin(compute)
    while turns._holder is None:
        time.sleep(0.001)
    short = [begin(pass_by) for _ in range(3)]
    assert passed.wait(PATIENCE)
    for thread in short:
        thread.join(PATIENCE)
    assert long.is_alive()
    goes_on.set()
    long.join(PATIENCE)


def test_who_is_waited_for_no_longer_does_not_end_anothers_turn() -> None:
    turns = Turns(0.01)
    with turns.turn():
        late = turns._holder
        time.sleep(0.02)
        turns.longest = LONG
        entered, leave = threading.Event(), threading.Event()

        def other() -> None:
            with turns.turn():
                entered.set()
                leave.wait(PATIENCE)

        thread = begin(other)
        assert entered.wait(PATIENCE)
        assert turns._holder is not late
    assert turns._holder is not None
    leave.set()
    thread.join(PATIENCE)
    assert turns._holder is None


def test_a_run_that_fails_leaves_its_turn() -> None:
    turns = Turns(LONG)
    with pytest.raises(KeyboardInterrupt), turns.turn():
        raise KeyboardInterrupt
    done = threading.Event()
    begin(lambda: _once(turns, done))
    assert done.wait(PATIENCE)


def _once(turns: Turns, done: threading.Event) -> None:
    with turns.turn():
        done.set()


def test_a_turn_inside_of_a_turn_is_the_same_one() -> None:
    @runs
    def inner(word: str) -> str:
        return word

    @runs
    def outer(word: str) -> str:
        return inner(word) + inner(word)

    assert outer("once ") == "once once "
    assert outer.__name__ == "outer"


def test_many_at_once_all_come_to_an_end() -> None:
    turns, done = Turns(0.002), list[int]()

    def run() -> None:
        for k in range(50):
            with turns.turn():
                time.sleep(0.003 if k % 7 == 0 else 0)
        done.append(1)

    threads = [begin(run) for _ in range(16)]
    for thread in threads:
        thread.join(PATIENCE)
    assert len(done) == 16
    assert not turns._waiting
    assert turns._holder is None


def test_a_run_may_leave_its_turn_and_go_on() -> None:
    turns, done = Turns(LONG), threading.Event()
    with turns.turn():
        turns.leave()
        begin(lambda: _once(turns, done))
        assert done.wait(PATIENCE)
        turns.leave()  # it has none any more, and takes nobody's
    with turns.turn():
        assert turns._holder is not None
        other = begin(turns.leave)
        other.join(PATIENCE)
        assert turns._holder is not None
