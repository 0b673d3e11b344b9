"""Where the disk takes no run, that is told before it begins and its result stays in memory; what can go on is kept."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rnnviz import jobs, runs
from rnnviz.characters.here import train_here
from rnnviz.spec import CharacterSpec, text_key
from rnnviz.train import train_together
from tests.jobs.trainings import PATIENCE, arms, over, quick, underway, until
from tests.serving import ROOT

pytestmark = [
    pytest.mark.usefixtures("place", "nothing_left"),
    pytest.mark.skipif(os.name == "nt", reason="no limits on files there"),
]

TEXT = "the cat sat on the mat; the dog sat on the log. " * 100
LONG = CharacterSpec(text_key(TEXT), hidden_size=64, updates=20_000, batch=32, length=32)
TOLD = r"The server cannot write to its folder of finished runs \({}\)\. The result stays in the server's memory"


@contextmanager
def small_files(most: int) -> Iterator[None]:
    """What is started here cannot write more into a file, as if the disk were full."""
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.fixture
def no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for runs that cannot be made."""
    (tmp_path / "file").touch()
    monkeypatch.setenv("RNNVIZ_RUNS", str(tmp_path / "file" / "runs"))
    jobs.close()
    return tmp_path / "file"


def test_where_nothing_can_be_written_it_is_told_at_once_and_the_result_is_in_memory(no_folder: Path) -> None:
    specs = arms(quick(1, steps=60))
    job = jobs.submit(specs)
    told = TOLD.format("Not a directory")
    assert re.match(told, jobs.events(job).message)
    seen = until(job, over)
    assert seen.state == "done", seen.message
    assert re.match(told, seen.message)
    for ours, theirs in zip(jobs.result(job), train_together(specs), strict=True):
        np.testing.assert_array_equal(ours.loss, theirs.loss)
    assert jobs.find(job.id) == job
    assert jobs.events(jobs.submit(specs, "ben")).state == "done", "it is not trained again"
    no_folder.unlink()
    assert jobs.result(job)
    assert runs.has(no_folder / "runs", job.id), "it is written once that can be done"
    assert jobs.events(job).message == ""


def test_a_disk_that_is_full_by_the_end_loses_nothing(place: Path) -> None:
    jobs.close()
    with small_files(100_000):
        jobs.prepare()
        until(jobs.submit(quick(2)), over)
    specs = arms(quick(3, steps=4_000, seeds=(1, 2, 3)))
    job = jobs.submit(specs)
    assert jobs.events(job).message == ""
    seen = until(job, over)
    assert (seen.state, runs.has(place, job.id)) == ("done", False)
    assert re.match(TOLD.format("File too large"), seen.message)
    assert jobs.result(job)[0].loss.shape == (3, 4_000)
    jobs.close()  # the worker that cannot write


def test_what_a_stopped_training_on_a_text_has_learned_is_in_memory_too(no_folder: Path) -> None:
    job = jobs.submit(LONG, "", TEXT)
    until(job, lambda seen: underway(seen) and seen.events[-1].step > 20)
    jobs.cancel(job)
    seen = until(job, over)
    assert seen.state == "stopped"
    part = jobs.find_characters(runs.identity([replace(LONG, updates=seen.events[-1].step)]))
    assert part is not None
    assert jobs.character_result(part).card["spec"]["updates"] == seen.events[-1].step


def test_results_in_memory_are_bounded(no_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def held() -> list[int]:
        return [sum(map(len, files.values())) for files in jobs._the_desk()._unwritten.values()]

    first = jobs.submit(quick(10))
    until(first, over)
    limit = 5 * held()[0] // 2
    monkeypatch.setattr("rnnviz.jobs.desk.UNWRITTEN_LIMIT", limit)
    more = [jobs.submit(quick(seed)) for seed in range(11, 14)]
    for job in more:
        until(job, over)
    assert (len(held()), sum(held()) <= limit) == (2, True)
    assert jobs.find(more[-1].id) == more[-1]
    with pytest.raises(ValueError, match="the run must be on disk"):
        jobs.result(first)


SERVER = """
import sys, time
from rnnviz import jobs
from tests.jobs.test_unwritable import LONG, TEXT
from tests.jobs.trainings import until
until(jobs.submit(LONG, "", TEXT), lambda seen: seen.events and seen.events[-1].step > 20)
print("underway", flush=True)
time.sleep(600)
"""


def test_a_training_on_a_text_goes_on_after_the_server_was_killed(tmp_path: Path) -> None:
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER],
        cwd=ROOT,
        env={**os.environ, "RNNVIZ_RUNS": str(tmp_path), "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
    )
    assert server.stdout is not None
    with server:
        assert server.stdout.readline()
        deadline = time.monotonic() + PATIENCE
        while (begun := runs.begun(tmp_path, LONG)) is None or begun[0] < 20:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        server.send_signal(signal.SIGKILL)
    found = runs.begun(tmp_path, LONG)
    assert found is not None
    spec = replace(LONG, updates=found[0] + 5)
    model, _ = train_here(spec, TEXT, lambda _: True, runs.read_begun(tmp_path, spec))
    expected, _ = train_here(spec, TEXT, lambda _: True)
    assert model.card["losses"] == expected.card["losses"]
