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
from rnnviz.characters.in_app import train_on_text
from rnnviz.checkpoints.storing import packed, unpacked
from rnnviz.spec import CharacterSpec, TrainSpec, text_key
from rnnviz.train import train_together
from tests.jobs.trainings import PATIENCE, arms, long, over, quick, underway, until
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
    told = TOLD.format("Not a directory")
    assert re.match(told, jobs.unwritable())
    job = jobs.submit(specs)
    assert re.match(told, jobs.events(job).message)
    seen = until(job, over)
    assert seen.state == "done", seen.message
    assert re.match(told, seen.message)
    for ours, theirs in zip(jobs.result(job), train_together(specs), strict=True):
        np.testing.assert_array_equal(ours.loss, theirs.loss)
    assert jobs.find(job.id, TrainSpec) == job
    assert jobs.events(jobs.submit(specs, "ben")).state == "done", "it is not trained again"
    no_folder.unlink()
    assert jobs.result(job)
    assert runs.has(no_folder / "runs", job.id), "it is written once that can be done"
    assert jobs.events(job).message == ""
    jobs.close()
    assert jobs.unwritable() == ""


def test_a_disk_that_is_full_by_the_end_loses_nothing(place: Path) -> None:
    jobs.close()
    with small_files(20_000):
        jobs.prepare()
        until(jobs.submit(quick(2)), over)
    specs = arms(quick(3, steps=1_000, seeds=(1, 2, 3)))
    job = jobs.submit(specs)
    assert jobs.events(job).message == ""
    seen = until(job, over)
    assert (seen.state, runs.has(place, job.id)) == ("done", False)
    assert re.match(TOLD.format("File too large"), seen.message)
    assert jobs.result(job)[0].loss.shape == (3, 1_000)
    jobs.close()  # the worker that cannot write


@pytest.mark.slow
def test_what_a_stopped_training_on_a_text_has_learned_is_in_memory_too(no_folder: Path) -> None:
    job = jobs.submit(LONG, "", TEXT)
    until(job, lambda seen: underway(seen) and seen.events[-1].step > 20)
    jobs.cancel(job)
    seen = until(job, over)
    assert seen.state == "stopped"
    part = jobs.find(runs.identity([replace(LONG, updates=seen.events[-1].step)]), CharacterSpec)
    assert part is not None
    assert jobs.result(part).card["spec"]["updates"] == seen.events[-1].step


def test_results_in_memory_are_bounded(no_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def held() -> list[int]:
        return [sum(map(len, files.values())) for files in jobs._the_scheduler()._unwritten.values()]

    first = jobs.submit(quick(10))
    until(first, over)
    limit = 5 * held()[0] // 2
    monkeypatch.setattr("rnnviz.jobs.scheduler.UNWRITTEN_LIMIT", limit)
    more = [jobs.submit(quick(seed)) for seed in range(11, 14)]
    for job in more:
        until(job, over)
    assert (len(held()), sum(held()) <= limit) == (2, True)
    assert jobs.find(more[-1].id, TrainSpec) == more[-1]
    with pytest.raises(ValueError, match="the run must be on disk"):
        jobs.result(first)


SERVER = """
import time
from rnnviz import jobs
from tests.jobs.test_unwritable import LONG, TEXT
from tests.jobs.trainings import long
jobs.submit(LONG, "", TEXT)
jobs.submit(long(0))
time.sleep(600)
"""


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a server leaves in the folder of its runs that was killed while it trained on a text and on a task."""
    folder = tmp_path_factory.mktemp("killed")
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER],
        cwd=ROOT,
        env={**os.environ, "RNNVIZ_RUNS": str(folder), "RNNVIZ_WORKERS": "2", "PYTHONPATH": str(ROOT)},
    )
    with server:
        try:
            deadline = time.monotonic() + 2 * PATIENCE
            while server.poll() is None and not (
                runs.read_begun(folder, [LONG]) and runs.read_begun(folder, [long(0)])
            ):
                assert time.monotonic() < deadline
                time.sleep(0.05)
        finally:
            server.send_signal(signal.SIGKILL)
    return folder


@pytest.mark.slow
def test_a_training_on_a_text_goes_on_after_the_server_was_killed(killed: Path) -> None:
    found = runs.begun(killed, [LONG])
    assert found is not None
    spec = replace(LONG, updates=found[0] + 5)
    model, _ = train_on_text(spec, TEXT, lambda _: True, runs.read_begun(killed, [spec]))
    expected, _ = train_on_text(spec, TEXT, lambda _: True)
    np.testing.assert_allclose(model.card["losses"], expected.card["losses"], atol=2e-4)


@pytest.mark.slow
def test_a_training_on_a_task_goes_on_after_the_server_was_killed(
    killed: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = long(0)
    arrays, about = unpacked(runs.read_begun(killed, [spec]))
    assert about["made"] > 20
    marked = {**arrays, "curves": np.where(np.arange(about["made"]) == 0, 77, arrays["curves"]).astype(np.float32)}
    runs.keep_begun(place, [spec], about["made"], packed(marked, about))
    job = jobs.submit(spec)
    seen = until(job, lambda seen: seen.events and seen.events[-1].step > about["made"])
    assert seen.events[0].loss == (77,), "what was told before is told again, from what was kept"
    assert seen.events[1].loss != (77,)
    jobs.cancel(job)
    until(job, over)
