"""What a training on reviews may be asked for with; nothing from outside is trusted."""

import json
from dataclasses import replace
from typing import Any

import pytest

from rnnviz import runs
from rnnviz.progress import EVENTS_LIMIT
from rnnviz.spec import REVIEW_LIMITS, ReviewSpec, TrainSpec, from_json, to_json
from tests.together import together


def test_it_travels_as_json_and_equal_ones_have_one_name() -> None:
    spec = ReviewSpec("lecture-bilstm", epochs=3, rate=1.0)
    assert from_json(ReviewSpec, json.loads(json.dumps(to_json(spec)))) == spec
    name = runs.identity([spec])
    assert runs.identity([replace(spec, rate=1)]) == name
    others = [
        replace(spec, **{field: value}) for field, value in {"seed": 1, "epochs": 4, "network": "lecture-lstm"}.items()
    ]  # type: ignore[arg-type]
    assert len({name, *(runs.identity([other]) for other in others)}) == 4


def test_a_run_from_before_there_were_sources_keeps_its_name() -> None:
    assert runs.identity([ReviewSpec()]) == "8144f5aeec9a82c9"
    assert runs.identity([ReviewSpec(source="synthetic")]) != runs.identity([ReviewSpec()])


def test_every_update_of_the_usual_ones_is_told() -> None:
    assert ReviewSpec().steps == 320
    assert ReviewSpec(epochs=REVIEW_LIMITS["epochs"][1]).steps <= EVENTS_LIMIT


@together(
    "fields, message",
    [
        ({"network": "bilstm"}, "network must be one of lecture-lstm, lecture-bilstm; got 'bilstm'"),
        ({"network": ["lecture-lstm"]}, "network must be one of"),
        ({"reviews": 1}, r"reviews must be a whole number in 2\.\.5000 to be trained; got 1"),
        ({"reviews": 2_000.0}, "reviews must be a whole number"),
        ({"epochs": 21}, r"epochs must be a whole number in 1\.\.20"),
        ({"epochs": True}, "epochs must be a whole number"),
        ({"words": 10**9}, "words must be a whole number"),
        ({"batch_size": 0}, "batch_size must be a whole number"),
        ({"batch_size": 8, "epochs": 20}, "updates must be at most 2,000; got 5,000"),
        ({"seed": -1}, "seed must be a whole number"),
        ({"rate": float("nan")}, "rate must be a finite number of at least 0; got nan"),
        ({"source": "/etc/passwd"}, "source must be one of imdb, synthetic; got '/etc/passwd'"),
        ({"rate": "fast"}, "rate must be a finite number"),
        ({"reviews": 5_000, "epochs": 20}, "reviews x words x epochs must be at most 8,000,000; got 20,000,000"),
        ({"path": "/etc/passwd"}, "a ReviewSpec may only have network, reviews, words, .*; got 'path'"),
    ],
)
def test_what_is_too_much_or_nonsense_is_refused(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        from_json(ReviewSpec, fields)


@pytest.mark.parametrize("specs", [[ReviewSpec(), ReviewSpec(seed=1)], [ReviewSpec(), TrainSpec()]])
def test_one_run_trains_one(specs: list[ReviewSpec | TrainSpec]) -> None:
    with pytest.raises(ValueError, match="a network that reads texts must be trained by itself; got 2 arms"):
        runs.check(specs)
    runs.check(specs[:1])
