"""What the page of fixed points says of the networks that ship, and of untrained ones over 20 seeds."""

from dataclasses import replace
from itertools import product
from typing import Final

import numpy as np
import pytest

from rnnviz import checkpoints
from rnnviz.checkpoints.moments import TAKEN_AT, family_at
from rnnviz.dynamics import iterated
from rnnviz.dynamics.points import time_constants
from rnnviz.names import CELLS
from rnnviz.ui.pages.dynamics import search
from rnnviz.ui.pages.dynamics.request import Kind, Starts, constant_input, request_of
from rnnviz.ui.pages.dynamics.search import Found
from rnnviz.ui.selection import DEFAULT, Selection, steps
from rnnviz.ui.selection.changes import changed
from rnnviz.ui.shell import networks
from tests.statements.reading import numbers

PAGE: Final = "assets/text/dynamics.md"
PARITY: Final = changed(DEFAULT, trained="parity", cell="gru")


def found(selection: Selection, kind: Kind = "step", starts: Starts = "visited", typed: str = "") -> Found:
    return search.found(request_of(selection, kind, starts, typed))


def outputs(some: Found, kind: str = "stable") -> list[str]:
    """What the network outputs at the points of a kind."""
    at = np.flatnonzero(some.points.kinds == kind)
    return sorted(some.outputs.said[k].rpartition(" (")[0] for k in at)


def test_how_much_longer_a_deviation_lasts() -> None:
    low, one, high, other = numbers(PAGE, "$-1/\\ln|\\lambda|$: {} steps at {} and {} at {}, about ten times")
    assert low.is_rounded(float(time_constants(np.array(one.value))))
    assert high.is_rounded(float(time_constants(np.array(other.value))))


def test_the_flip_flops() -> None:
    stable, saddles = numbers(
        PAGE, "at the input 0 0 0 the network has {} stable points, one for each of its memories. From random states "
        "the search also finds {} saddles",
    )  # fmt: skip
    opening = changed(DEFAULT, trained="flip-flop", cell="gru", t=2)
    assert steps(opening)[2] == "0 0 0"
    for starts in ("visited", "random"):
        some = found(opening, starts=starts)
        assert len(set(outputs(some))) == (some.points.kinds == "stable").sum() == stable.value
    counts = np.bincount(some.points.unstable[some.points.kinds == "saddle"], minlength=4)
    assert counts.tolist() == [0, 12, 6, 1]  # edges, faces, the middle
    assert counts.sum() == saddles.value


def test_the_depths_of_brackets() -> None:
    stable, first, last, opened, closed = numbers(
        PAGE, "has {} stable points while the input stays “a”: one for each depth from {} to {}, and at each the "
        "output is that depth. While the input stays “(” it has one stable point, at depth {}; while it stays “)” one, "
        "at depth {}.",
    )  # fmt: skip
    brackets = changed(DEFAULT, trained="brackets", cell="gru", t=17)
    assert steps(brackets)[17] == "a"
    some = found(brackets, starts="examples")
    assert (some.points.kinds == "stable").sum() == stable.value
    assert outputs(some) == [f"depth {k}" for k in range(int(first.value), int(last.value) + 1)]
    assert outputs(found(brackets, "chosen", "examples", "(")) == [f"depth {opened.value:g}"]
    assert outputs(found(brackets, "chosen", "examples", ")")) == [f"depth {closed.value:g}"]


def test_the_latch() -> None:
    (one,) = numbers(PAGE, "which has not learned the task, has {} stable point: whatever")
    (two,) = numbers(
        PAGE, "[the LSTM](Dynamics?cell=lstm&trained=latch&t=8&views=dynamics.starts:from-examples) have {},"
    )
    for cell, count in (("rnn", one), ("gru", two), ("lstm", two)):
        latch = changed(DEFAULT, trained="latch", cell=cell, t=8)
        assert steps(latch)[8] == "you"
        some = found(latch, starts="examples")
        assert (some.points.kinds == "stable").sum() == count.value, cell
        if count is two:
            assert outputs(some) == ["no", "yes"]
            assert "saddle" in some.points.kinds


def test_the_training_of_the_latch() -> None:
    guessed, before, slower, some, late = numbers(
        PAGE, "After 400 updates it classifies {} % of held-out sequences correctly, no better than guessing, and the "
        "deviation from the one stable point that shrinks most slowly falls to 1/e in {} steps. After 450 there is "
        "still one point, but its time constant is {} steps, and {} % are classified correctly. After 465 all are, "
        "although the search finds no stable point: at a slow point the state hardly moves in twenty steps. After "
        "520 there are {} stable points and a saddle.",
    )  # fmt: skip
    latch = changed(DEFAULT, trained="latch", cell="gru", t=8)
    at = {
        updates: replace(latch, model=replace(latch.model, trained=family_at("latch", updates)))
        for updates in TAKEN_AT["latch-gru"]
    }
    points = {updates: found(one, starts="examples").points for updates, one in at.items()}
    accuracy = {updates: checkpoints.load(f"latch-at-{updates}-gru").card["accuracy"] for updates in at}
    for updates, (steps_, share) in {400: (before, guessed), 450: (slower, some)}.items():
        assert points[updates].kinds.tolist() == ["stable"]
        assert steps_.is_rounded(float(points[updates].time_constants[0, 0]))
        assert share.is_rounded(100 * accuracy[updates])
    assert accuracy[465] == accuracy[520] == 1
    assert set(points[465].kinds.tolist()) == {"slow"}
    assert np.sqrt(2 * points[465].speeds.max()) * 20 < 0.01, "how far the state moves in twenty steps"
    assert (points[520].kinds == "stable").sum() == late.value
    assert "saddle" in points[520].kinds


def test_parity() -> None:
    (value,) = numbers(PAGE, "while the input stays 1, with λ = {}: the sign")
    some = found(PARITY, "chosen", "random", "1")
    assert some.points.kinds.tolist() == ["saddle"]
    assert value.is_rounded(float(some.points.eigenvalues[0, 0].real))
    held, gone = numbers(PAGE, "keeps *odd* for {} zeros, and after {} zeros its output is *even*")
    request = request_of(PARITY, "chosen", "random", "0")
    assert outputs(search.found(request)) == ["even"]
    recording = networks.recording(request.network)
    h = recording.trace.panel("h").astype(np.float64)
    head = recording.network.head
    assert head is not None

    def parity(states: np.ndarray) -> list[int]:
        return (states @ head.weight.detach().numpy().T + head.bias.detach().numpy()).argmax(1).tolist()

    begun = parity(h)
    assert 1 in begun
    assert parity(iterated(recording.network.rnn, constant_input(request), h, int(held.value))) == begun
    assert not any(parity(iterated(recording.network.rnn, constant_input(request), h, int(gone.value))))


def test_the_slow_direction_of_reviews() -> None:
    slowest, second = numbers(
        PAGE, "the deviation that shrinks most slowly falls to 1/e in {} steps, the next one in {}:"
    )
    some = found(changed(DEFAULT, trained="reviews-lecture-lstm", cell="lstm"), "zeros")
    assert outputs(some) == ["negative"]
    at = int(np.flatnonzero(some.points.kinds == "stable")[0])
    assert slowest.is_rounded(float(some.points.time_constants[at, 0]))
    assert second.is_rounded(float(some.points.time_constants[at, 1]))


@pytest.mark.slow
def test_untrained_networks_have_one_stable_point() -> None:
    seeds, most, size, most_there, other_size = numbers(
        PAGE, "in each of {} seeds. The deviation that shrinks most slowly falls to 1/e in at most {} steps with "
        "embeddings of {} numbers, and in at most {} with embeddings of {}",
    )  # fmt: skip
    assert seeds.value >= 20
    for width, told in ((size, most), (other_size, most_there)):
        longest = 0.0
        for cell, seed in product(CELLS, range(int(seeds.value))):
            chosen = changed(
                DEFAULT, cell=cell, input_size=int(width.value), hidden_size=32, input="words", seed=seed, t=3
            )
            some = found(chosen, starts="random")
            assert some.points.kinds.tolist() == ["stable"], (width, cell, seed)
            longest = max(longest, float(some.points.time_constants[0, 0]))
        assert steps(chosen)[3] == "not"
        assert told.is_rounded(longest)
