"""Trainings on reviews by real worker processes: shared, watched, stopped, killed, found again; files that lie."""

import json
import os
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnnviz import jobs, runs
from rnnviz.jobs import ReviewJob
from rnnviz.sentiment import synthetic
from rnnviz.sentiment.in_app import train_on_few
from rnnviz.sentiment.reviews import read
from rnnviz.spec import REVIEWS_VARIABLE, ReviewSpec, TrainSpec
from tests.jobs.trainings import before, over, quick, underway, until
from tests.sentiment.made_up import write_many

QUICK = ReviewSpec(reviews=64, words=12, epochs=2, batch_size=32)
LONG = ReviewSpec("lecture-bilstm", words=100, epochs=20, batch_size=32)

pytestmark = pytest.mark.usefixtures("place", "reviews", "nothing_left")


@pytest.fixture(scope="module")
def reviews(place: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Reviews that the workers find."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(REVIEWS_VARIABLE, str(write_many(tmp_path_factory.mktemp("data"))))
        yield


def the_scheduler() -> Any:
    return jobs._the_scheduler()


def data_file() -> Path:
    return Path(os.environ[REVIEWS_VARIABLE])


def finished(spec: ReviewSpec) -> ReviewJob:
    job = jobs.submit(spec)
    assert until(job, over).state == "done"
    return job


def test_a_run_gives_what_training_gives_and_is_told_update_by_update() -> None:
    job = jobs.submit(QUICK)
    seen = until(job, over)
    assert (seen.state, seen.message) == ("done", "")
    expected = train_on_few(QUICK, read(data_file()), lambda _: True)
    assert expected is not None
    model = jobs.result(job)
    assert [event.step for event in seen.events] == [1, 2, 3, 4]
    assert [event.loss for event in seen.events] == model.card["losses"] == expected.card["losses"]
    ends = [(event.accuracy, event.validation) for event in seen.events if event.validation is not None]
    assert ends == [(entry["accuracy"], entry["validation_accuracy"]) for entry in model.card["history"]]
    assert model.card["validation"] == expected.card["validation"]
    texts = ["The film is superb!", "The film is awful."]
    np.testing.assert_array_equal(model.predict(texts), expected.predict(texts))


def test_equal_specs_are_one_run_found_after_a_restart_and_by_no_page_of_other_trainings(place: Path) -> None:
    job = finished(replace(QUICK, seed=1))
    kept = (place / "jobs" / job.id / "lecture-lstm.json").stat().st_mtime_ns
    assert jobs.submit(replace(QUICK, seed=1), "ben") == job
    assert jobs.events(job, visitor="ben").state == "done"
    jobs.close()
    assert jobs.find(job.id, TrainSpec) is None
    assert jobs.find(job.id, ReviewSpec) == job
    assert jobs.events(job).state == "done"
    assert jobs.result(job).card["spec"]["seed"] == 1
    assert (place / "jobs" / job.id / "lecture-lstm.json").stat().st_mtime_ns == kept
    other = jobs.submit(quick(1))
    until(other, over)
    for nothing in (other.id, "0123456789abcdef", "../../etc/passwd", None, 7):
        assert jobs.find(nothing, ReviewSpec) is None
    assert jobs.find(other.id, TrainSpec) == other


@pytest.mark.slow
def test_it_waits_its_turn_among_other_trainings_and_is_stopped() -> None:
    job = jobs.submit(LONG, "ann")
    until(job, underway, visitor="ann")
    waiting, other = jobs.submit(QUICK, "ann"), jobs.submit(quick(2), "ben")
    assert jobs.events(other, visitor="ben").position == 1
    assert jobs.events(waiting, visitor="ann").position in (0, 2)  # done already by the test before, or second
    assert jobs.cancel(job, "ann") == 0
    seen = until(job, over, visitor="ann")
    assert (seen.state, seen.message) == ("stopped", "stopped by a visitor")
    with pytest.raises(ValueError, match="a run must be done to have a result; this one is stopped"):
        jobs.result(job)
    assert until(other, over, visitor="ben").state == "done"


@pytest.mark.slow
def test_what_was_stopped_is_kept_and_goes_on_to_the_same_network(place: Path) -> None:
    spec = replace(QUICK, reviews=600, words=40, epochs=12, batch_size=8, seed=6)
    job = jobs.submit(spec)
    until(job, lambda seen: underway(seen) and seen.events[-1].step > 5)
    jobs.cancel(job)
    seen = until(job, over)
    assert seen.state == "stopped"
    made = seen.events[-1].step
    found = runs.begun(place, [spec])
    assert found is not None
    assert found[0] == made < spec.steps
    jobs.close()  # as after a restart of the server
    assert jobs.submit(spec) == job
    ended = until(job, over)
    assert ended.state == "done"
    assert [event.loss for event in ended.events][:made] == [event.loss for event in seen.events]
    expected = train_on_few(spec, read(data_file()), lambda _: True)
    assert expected is not None
    model = jobs.result(job)
    assert model.card["losses"] == expected.card["losses"]
    texts = ["The film is superb!", "The film is awful."]
    np.testing.assert_array_equal(model.predict(texts), expected.predict(texts))
    assert runs.begun(place, [spec]) is None


@pytest.mark.slow
def test_a_killed_worker_is_said_and_the_run_begun_again() -> None:
    job = jobs.submit(replace(LONG, seed=2))
    until(job, underway)
    the_scheduler()._engine._workers[0].process.kill()
    seen = until(job, over)
    assert seen.state == "failed"
    assert seen.message.startswith("the process that trained it ended")
    jobs.submit(replace(LONG, seed=2))
    assert before(until(job, underway)) >= seen.next


@pytest.mark.slow
@pytest.mark.parametrize(
    ("named", "said"),
    [
        (
            "",
            "ValueError: RNNVIZ_REVIEWS must name the reviews where a network is trained on them; it is not set there",
        ),
        ("secret/aclImdb", r"ValueError: the reviews that RNNVIZ_REVIEWS names cannot be read \(FileNotFoundError\);"),
        ("secret/damaged.parquet", r"ValueError: the reviews that RNNVIZ_REVIEWS names cannot be read \(Arrow"),
    ],
)
def test_why_it_cannot_be_is_said_without_the_place(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, named: str, said: str
) -> None:
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "damaged.parquet").write_bytes(b"PAR1 nothing PAR1")
    monkeypatch.setenv(REVIEWS_VARIABLE, str(tmp_path / named) if named else "")
    jobs.close()  # the workers of before have another environment
    seen = until(jobs.submit(replace(QUICK, seed=9)), over)
    jobs.close()
    assert seen.state == "failed"
    assert "secret" not in seen.message
    assert re.match(said, seen.message), seen.message


@pytest.mark.slow
def test_synthetic_reviews_need_none_that_the_environment_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(REVIEWS_VARIABLE)
    jobs.close()
    spec = replace(QUICK, source="synthetic")
    job = finished(spec)
    expected = train_on_few(spec, synthetic.reviews(spec.reviews), lambda _: True)
    jobs.close()
    assert expected is not None
    assert jobs.result(job).card["losses"] == expected.card["losses"]
    assert job.id != runs.identity([QUICK])


@pytest.mark.slow
def test_too_few_reviews_are_said() -> None:
    seen = until(jobs.submit(replace(QUICK, reviews=5_000)), over)
    assert seen.state == "failed"
    assert "there must be at least 5,000 reviews to learn from" in seen.message


# --- Files ---


@pytest.mark.slow
def test_a_damaged_run_is_said_to_be_and_done_again(place: Path) -> None:
    job = finished(replace(QUICK, seed=3))
    file = place / "jobs" / job.id / "lecture-lstm.safetensors"
    file.write_bytes(file.read_bytes()[:-9])
    with pytest.raises(ValueError, match="the run must be on disk; expected the sentiment model lecture-lstm"):
        jobs.result(job)
    assert not runs.has(place, job.id)
    assert jobs.result(finished(replace(QUICK, seed=3)))


@pytest.mark.parametrize(
    "change",
    [
        {"spec": {"network": "lecture-lstm", "seed": 77}},
        {"spec": {"network": "/etc/passwd"}},
        {"losses": [0.5]},
        {"losses": ["<b>"] * 4},
        {"history": [{}, {}]},
        {"history": []},
        {"validation": {"accuracy": "1", "loss": 0.1, "calibration_error": 0.1}},
        {"validation": None},
        {"reviews": {"train": "all", "validation": 1}},
        {"seconds": "long"},
    ],
    ids=lambda change: f"{change!r:.50}",
)
def test_a_card_that_is_none_is_refused(place: Path, tmp_path: Path, change: dict[str, object]) -> None:
    job = finished(QUICK)
    packed = {path.name: path.read_bytes() for path in (place / "jobs" / job.id).iterdir() if path.suffix}
    card = json.loads(packed["lecture-lstm.json"]) | change
    with pytest.raises(ValueError, match=r"must|expected|may only"):
        runs.keep(tmp_path, job.id, packed | {"lecture-lstm.json": json.dumps(card).encode()})
    assert not list((tmp_path / "jobs").iterdir())
    runs.keep(tmp_path, job.id, packed)
    assert runs.specs_of(tmp_path, job.id) == (QUICK,)


def test_other_files_and_other_networks_are_refused(place: Path, tmp_path: Path) -> None:
    one, other = finished(QUICK), finished(replace(QUICK, network="lecture-bilstm"))
    packed = {path.name: path.read_bytes() for path in (place / "jobs" / one.id).iterdir() if path.suffix}
    with pytest.raises(ValueError, match=r"the files must be lecture-lstm\.json, lecture-lstm\.safetensors; got "):
        runs.keep(tmp_path, one.id, {**packed, "../evil.json": b"{}"})
    larger = (place / "jobs" / other.id / "lecture-bilstm.safetensors").read_bytes()
    with pytest.raises(ValueError, match="must have the sizes of lecture-lstm"):
        runs.keep(tmp_path, one.id, packed | {"lecture-lstm.safetensors": larger})
    with pytest.raises(ValueError, match=f"expected the run {other.id}; got {one.id}"):
        runs.keep(tmp_path, other.id, packed)


def test_what_was_not_used_for_longest_goes_first_of_whichever_kind(place: Path, tmp_path: Path) -> None:
    old, trained = finished(replace(QUICK, seed=4)), jobs.submit(quick(3))
    until(trained, over)
    for job in (old, trained):  # in a folder of their own: a worker that was killed may leave files half written
        folder = place / "jobs" / job.id
        networks = (folder / "networks").read_text().split()
        files = [path for path in folder.iterdir() if path.suffix] + [place / name for name in networks]
        runs.keep(tmp_path, job.id, {path.name: path.read_bytes() for path in files})
    os.utime(tmp_path / "jobs" / old.id, (time.time() - 1e6,) * 2)
    sizes = sum(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file())
    runs.trim(tmp_path, sizes)
    assert runs.has(tmp_path, old.id)
    runs.trim(tmp_path, sizes - 1)
    assert not runs.has(tmp_path, old.id)
    assert runs.has(tmp_path, trained.id)
