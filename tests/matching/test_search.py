"""Searching by shifted bits finds what a search character by character finds."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnviz.matching.search import THRESHOLDS, Bits, always_on, count_on, find, levels, packed, runs, units_on
from tests.together import together

LEVELS = (1, 2, 3)


def made_up(time: int, units: int, seed: int = 0) -> np.ndarray:
    """Levels that stay for a while, as those of states do."""
    rng = np.random.default_rng(seed)
    walk = np.cumsum(rng.normal(size=(time, units)), axis=0)
    return np.clip(np.abs(walk) // 2 % 4, 0, 3).astype(np.uint8)


def by_hand(reached: np.ndarray, units: list[int], length: int, level: int, alone: bool) -> list[tuple[int, int]]:
    """At every character: how many of the units are on throughout, and how many others."""
    time = len(reached)
    found = []
    for begin in range(time):
        if begin + length > time:
            found.append((0, 0))
            continue
        on = (reached[begin : begin + length] >= level).all(axis=0)
        if alone and begin:
            on &= reached[begin - 1] < level
        if alone and begin + length < time:
            on &= reached[begin + length] < level
        shared = int(on[units].sum())
        found.append((shared, int(on.sum()) - shared))
    return found


@given(st.integers(1, 200), st.integers(1, 130), st.booleans(), st.integers(0, 2**32 - 1))
@settings(max_examples=150, deadline=None)
def test_runs_of_bits(words: int, length: int, alone: bool, seed: int) -> None:
    words = words % 4 + 1
    bits = np.random.default_rng(seed).random(64 * words) < 0.9
    on = np.packbits(bits, bitorder="little").view("<u8")
    found = np.unpackbits(runs(on, length, alone=alone).view(np.uint8), bitorder="little").astype(bool)
    around = np.concatenate([[False], bits, np.zeros(length + 1, bool)])
    wanted = [
        around[k + 1 : k + 1 + length].all() and not (alone and (around[k] or around[k + 1 + length]))
        for k in range(len(bits))
    ]
    assert found.tolist() == wanted


@together("alone", [False, True])
@together("level", LEVELS)
@together("length", [1, 2, 5, 17, 70])
def test_a_search_is_the_search_by_hand(length: int, level: int, alone: bool) -> None:
    reached = made_up(640, 20)
    units = [0, 3, 4, 11, 19]
    told = by_hand(reached, units, length, level, alone)
    found = find(packed(reached), units, length, level, alone=alone)
    assert found.searched == 640
    assert found.complete == sum(shared == len(units) for shared, _ in told)
    order = sorted((k for k in range(640) if told[k][0]), key=lambda k: (-told[k][0], told[k][1], k))
    apart: list[int] = []
    for k in order:
        if all(abs(k - other) >= length for other in apart):
            apart.append(k)
    assert [place.start for place in found.places] == apart[:1000]
    assert [(place.units, place.others) for place in found.places] == [told[k] for k in apart[:1000]]


def test_units_that_are_left_out_do_not_count_as_others() -> None:
    reached = made_up(320, 6)
    reached[:, 5] = 3
    everywhere, without = (find(packed(reached), [0], 4, 1, left_out=out) for out in ((), (5,)))
    assert {place.others for place in without.places} < {place.others for place in everywhere.places} | {0}
    assert always_on(reached, 1).tolist() == [5]


def test_the_units_of_a_phrase() -> None:
    reached = np.array([[0, 1, 2, 3], [1, 1, 3, 3], [2, 0, 1, 3], [0, 0, 1, 3]], np.uint8)
    assert units_on(reached, 1, 3, 1, often=1).tolist() == [0, 2, 3]
    assert units_on(reached, 1, 3, 1).tolist() == [0], "those that are on at more than nine of ten say nothing"
    assert units_on(reached, 1, 3, 1, alone=True).tolist() == [0]
    assert units_on(reached, 1, 2, 2, often=1).tolist() == [2, 3]
    assert units_on(reached, 1, 2, 2, alone=True, often=1).tolist() == []
    for begin, end in ((-1, 2), (2, 2), (3, 5)):
        with pytest.raises(ValueError, match="a phrase must lie in"):
            units_on(reached, begin, end, 1)


def test_a_threshold_is_reached_by_what_equals_it_as_a_float32() -> None:
    values = np.array([0.1, 0.3, 0.6, 0.59999, -0.6, np.nan], np.float32)
    assert levels(values, THRESHOLDS["h"]).tolist() == [1, 2, 3, 2, 0, 0]


def test_what_has_not_been_read_is_no_place() -> None:
    reached = np.full((256, 3), 3, np.uint8)
    whole = packed(reached)
    half = Bits(whole.planes, 256, 2, 40)
    found = find(half, [0, 1], 8, 1)
    assert found.searched == 80
    assert {place.start for place in found.places} <= {*range(32), *range(128, 160)}
    assert found.complete == 64, "the last place ends one character before what has not been read"
    across = find(Bits(whole.planes, 256, 2, 128), [0, 1], 8, 1)
    assert across.complete == 249, "once all is read, places go over from one stretch to the next"


def test_counts_around_a_place() -> None:
    reached = made_up(200, 9, seed=4)
    for level in LEVELS:
        wanted = (reached[13:77][:, [1, 2, 8]] >= level).sum(axis=1)
        assert count_on(packed(reached), [1, 2, 8], level, 13, 77).tolist() == wanted.tolist()


@pytest.mark.parametrize(("units", "length"), [([], 3), ([1], 0), ([1], 321)])
def test_a_search_for_nothing_is_refused(units: list[int], length: int) -> None:
    with pytest.raises(ValueError, match="at least one unit"):
        find(packed(made_up(320, 4)), units, length, 1)
