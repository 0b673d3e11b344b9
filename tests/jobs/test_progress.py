"""Thousands of updates become some two thousand events, in which no peak is lost; nothing from outside is trusted."""

import json
import math
from typing import Any

import pytest

from rnnviz.progress import (
    EVENTS_LIMIT,
    FEWEST,
    MEASURES_LIMIT,
    Measures,
    Progress,
    ReviewProgress,
    Thinning,
    progress_from_json,
    review_progress_from_json,
)
from tests.together import together


def update(step: int, loss: float = 0.5, runs: int = 1, *, measured: bool = False) -> Progress:
    curve = (loss,) * runs
    return Progress(step, curve, curve, curve, Measures(curve, curve, curve, curve) if measured else None)


def thinned(updates: list[Progress], steps: int, runs: int = 1) -> list[Progress]:
    thinning = Thinning(steps, runs)
    return [event for one in updates for event in thinning.add(one)] + list(thinning.rest())


def test_a_short_training_is_told_update_by_update() -> None:
    updates = [update(step, step / 7) for step in range(1, 1501)]
    assert thinned(updates, 1500) == updates


def test_a_long_one_is_told_in_some_two_thousand_events() -> None:
    events = thinned([update(step) for step in range(1, 20_001)], 20_000)
    assert EVENTS_LIMIT <= len(events) <= EVENTS_LIMIT + 2
    assert [events[0].step, events[1].step, events[-1].step] == [1, 10, 20_000]


def test_many_runs_are_told_in_fewer_events() -> None:
    assert len(thinned([update(step, runs=320) for step in range(1, 20_001)], 20_000, 320)) <= 2 * FEWEST + 20


def test_no_peak_is_lost() -> None:
    peaks = {4_567: 8.0, 12_345: math.inf, 17_003: math.nan}
    events = thinned([update(step, peaks.get(step, 0.5)) for step in range(1, 20_001)], 20_000)
    assert [(event.step, str(event.grad_norm[0])) for event in events if event.loss != (0.5,)] == [
        (4_570, "8.0"),
        (12_350, "inf"),
        (17_010, "nan"),
    ]


def test_what_a_stopped_training_has_not_told_yet_is_told_at_its_end() -> None:
    events = thinned([update(step, 9.0 if step == 15 else 0.5) for step in range(1, 19)], 20_000)
    assert [(event.step, event.loss) for event in events] == [(1, (0.5,)), (10, (0.5,)), (18, (9.0,))]


def test_measurements_are_thinned_too_but_the_last_is_told() -> None:
    events = thinned([update(step, measured=True) for step in range(1, 20_001)], 20_000)
    measured = [event.step for event in events if event.measured is not None]
    assert MEASURES_LIMIT * 0.8 < len(measured) <= MEASURES_LIMIT + 2
    assert measured[-1] == 20_000


def test_an_event_travels_as_json() -> None:
    measured = Measures((1.0,), (math.inf,), (3.0,), (0.0,), (((0.1, -0.2), (0.3, math.inf)),))
    event = Progress(7, (0.1,), (math.inf,), (0.3,), measured)
    assert progress_from_json(json.loads(json.dumps(event.to_json())), 1) == event


def plain(**changes: Any) -> dict[str, Any]:
    return {**update(3, runs=2, measured=True).to_json(), **changes}


@together(
    "data",
    [
        None,
        [],
        "step",
        {},
        plain(more=1),
        plain(step=0),
        plain(step=True),
        plain(step="3"),
        plain(loss=[0.5]),
        plain(loss=[0.5, 0.5, 0.5]),
        plain(loss=0.5),
        plain(loss=[0.5, "0.5"]),
        plain(grad_norm=[0.5, None]),
        plain(grad_norm=[0.5, 10**400]),
        plain(measured=[]),
        plain(measured={"score": [0.5, 0.5]}),
        plain(measured={**plain()["measured"], "answers": [[[0.5]]]}),
        plain(measured={**plain()["measured"], "answers": [[[0.5]], [["x"]]]}),
        plain(measured={**plain()["measured"], "answers": [5, 5]}),
    ],
)
def test_what_is_no_event_is_refused(data: object) -> None:
    with pytest.raises(ValueError, match=r"^(an event|step|expected|answers)\b.* got "):
        progress_from_json(data, 2)


@pytest.mark.parametrize("validation", [None, 0.8, math.inf])
def test_an_event_of_reviews_travels_as_json(validation: float | None) -> None:
    event = ReviewProgress(7, 0.69, 0.5, validation)
    assert review_progress_from_json(json.loads(json.dumps(event.to_json()))) == event


REVIEW = ReviewProgress(7, 0.69, 0.5).to_json()


@pytest.mark.parametrize(
    "data",
    [
        None,
        {},
        plain(),
        {**REVIEW, "more": 1},
        {**REVIEW, "step": 0},
        {**REVIEW, "step": 1.0},
        {**REVIEW, "loss": None},
        {**REVIEW, "loss": [0.5]},
        {**REVIEW, "accuracy": "0.5"},
        {**REVIEW, "validation": True},
        {**REVIEW, "validation": 1},
    ],
    ids=lambda data: f"{data!r:.60}",
)
def test_what_is_no_event_of_reviews_is_refused(data: object) -> None:
    with pytest.raises(ValueError, match=r"^(an event|step|expected)\b.* got "):
        review_progress_from_json(data)
