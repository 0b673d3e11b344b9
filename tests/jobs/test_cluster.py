"""The same trainings on a Dask cluster: a real scheduler and two real workers on this machine."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from distributed import Client

from rnnviz import checkpoints, jobs, runs
from rnnviz.sentiment.in_app import train_on_few
from rnnviz.sentiment.reviews import read
from rnnviz.spec import REVIEWS_VARIABLE, CharacterSpec, ReviewSpec, text_key
from rnnviz.train import train_together
from rnnviz.worker import TOPIC
from tests.jobs.trainings import PATIENCE, arms, before, long, over, quick, underway, until
from tests.sentiment.made_up import write_many
from tests.serving import ROOT, free_port


@dataclass
class Cluster:
    """Processes of our own, all on the loopback."""

    folder: Path
    address: str = field(default_factory=lambda: f"tcp://127.0.0.1:{free_port()}")
    scheduler: "subprocess.Popen[bytes] | None" = None
    workers: list["subprocess.Popen[bytes]"] = field(default_factory=list)

    def start(self, *arguments: str, imports: bool = True) -> "subprocess.Popen[bytes]":
        """``dask …``, which says what it does into a file; it can import rnnviz or not."""
        without = self.folder / "without"
        without.mkdir(exist_ok=True)
        (without / "rnnviz.py").write_text("raise ModuleNotFoundError(\"No module named 'rnnviz'\")")
        with (self.folder / "dask.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "dask", *arguments, "--host", "127.0.0.1"],
                cwd=self.folder,
                env={
                    **os.environ,
                    "PYTHONPATH": str(ROOT if imports else without),
                    "OMP_NUM_THREADS": "1",
                    REVIEWS_VARIABLE: str(self.folder / "imdb_reviews.parquet"),
                },
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def add_scheduler(self, *, imports: bool = True) -> None:
        port = self.address.rpartition(":")[2]
        options = ("--port", port, "--no-dashboard", "--dashboard-address", "127.0.0.1:0")
        self.scheduler = self.start("scheduler", *options, imports=imports)

    def add_worker(self, *, imports: bool = True) -> None:
        options = ("--no-nanny", "--no-dashboard", "--nthreads", "1", "--local-directory", ".")
        self.workers.append(self.start("worker", self.address, *options, imports=imports))

    def wait(self) -> None:
        """Until the scheduler answers and has all workers."""
        with Client(self.address, timeout=PATIENCE, set_as_default=False) as client:
            client.wait_for_workers(len(self.workers), timeout=PATIENCE)

    def end(self) -> None:
        for process in (*self.workers, *filter(None, [self.scheduler])):
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A scheduler and two workers, and ``rnnviz.jobs`` told to use them."""
    made = Cluster(tmp_path_factory.mktemp("dask"))
    write_many(made.folder, 300)
    made.add_scheduler()
    for _ in range(2):
        made.add_worker()
    made.wait()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RNNVIZ_RUNS", str(tmp_path_factory.mktemp("runs")))
        patch.setenv("RNNVIZ_SCHEDULER", made.address)
        jobs.close()
        try:
            yield made
        finally:
            jobs.close()
            made.end()


def test_a_run_gives_what_training_gives_with_progress_on_the_way(cluster: Cluster) -> None:
    specs = arms(quick(1, steps=300))
    job = jobs.submit(specs)
    seen = until(job, over)
    assert (seen.state, seen.message) == ("done", "")
    assert [event.step for event in seen.events] == list(range(1, 301))
    for ours, theirs in zip(jobs.result(job), train_together(specs), strict=True):
        np.testing.assert_array_equal(ours.loss, theirs.loss)
    assert checkpoints.load(f"{runs.network_name(specs[1], 0)}-gru").card["updates"] == 300


def test_a_network_that_judges_reviews_is_trained_there_on_the_reviews_of_the_worker(cluster: Cluster) -> None:
    spec = ReviewSpec(reviews=64, words=12, epochs=2, batch_size=32)
    job = jobs.submit(spec)
    seen = until(job, over)
    assert (seen.state, seen.message) == ("done", "")
    expected = train_on_few(spec, read(cluster.folder), lambda _: True)
    assert expected is not None
    assert [event.loss for event in seen.events] == expected.card["losses"]
    assert jobs.result(job).card["validation"] == expected.card["validation"]


def test_a_text_is_learned_there_stopped_and_gone_on_with_from_what_is_kept_here(cluster: Cluster) -> None:
    text = "the cat sat on the mat; the dog sat on the log. " * 100
    spec = CharacterSpec(text_key(text), hidden_size=64, updates=20_000)
    job = jobs.submit(spec, "", text)
    until(job, lambda seen: underway(seen) and seen.events[-1].step > 10)
    jobs.cancel(job)
    seen = until(job, over)
    assert seen.state == "stopped"
    made = replace(spec, updates=seen.events[-1].step)
    part = jobs.find(runs.identity([made]), CharacterSpec)
    assert part is not None
    further = jobs.submit(replace(spec, updates=made.updates + 5), "", text)
    told = until(further, over)
    assert (told.state, told.events[0].step) == ("done", 1)
    learned, gone_on = jobs.result(part).card, jobs.result(further).card
    assert gone_on["losses"][: made.updates] == learned["losses"]


def test_two_runs_go_on_beside_each_other_a_third_waits_and_each_can_be_stopped(cluster: Cluster) -> None:
    first, second, third = (jobs.submit(long(seed)) for seed in (1, 2, 3))
    for job in (first, second):
        until(job, underway)
    assert (jobs.events(third).state, jobs.events(third).position) == ("queued", 1)
    assert jobs.cancel(second) == 0
    assert until(second, over).state == "stopped"
    until(third, underway)
    assert jobs.events(first).state == "running"
    for job in (first, third):
        jobs.cancel(job)
        until(job, over)


def test_what_fails_there_is_said_here(cluster: Cluster) -> None:
    seen = until(jobs.submit([quick(1), quick(2)]), over)
    assert seen.state == "failed"
    assert seen.message.startswith("ValueError: arms may only differ in optimizer, rate, max_norm, max_value; got ")


def test_what_anybody_else_tells_at_the_cluster_is_not_trusted(cluster: Cluster) -> None:
    job = jobs.submit(long(4))
    until(job, underway)
    (token,) = jobs._the_scheduler()._engine._attempts
    lies: list[Any] = [
        "hello",
        {},
        {"token": "another", "events": [1]},
        {"token": token, "events": [{"step": "x"}]},
        {"token": token, "events": 7},
        {"token": token, "begins": 1},
    ]
    with Client(cluster.address, set_as_default=False) as liar:
        for lie in lies:
            liar.log_event(TOPIC, lie)
    now = jobs.events(job).next
    seen = until(job, lambda seen: seen.next > now + 20)
    assert [event.step for event in seen.events][:3] == [1, 10, 20]
    jobs.cancel(job)
    until(job, over)


def test_a_run_whose_worker_is_killed_is_begun_anew_by_the_next(cluster: Cluster) -> None:
    job = jobs.submit(long(5))
    first = until(job, underway)
    for process in cluster.workers:
        process.kill()
        process.wait()
    until(job, lambda seen: seen.message == f"waiting for a worker at the scheduler {cluster.address}")
    cluster.add_worker()
    seen = until(job, lambda seen: underway(seen) and before(seen) > before(first))
    assert before(seen) >= first.next
    assert seen.events[0].step == 1
    assert seen.message == ""
    jobs.cancel(job)
    until(job, over)


def test_what_cannot_be_handed_over_is_said_and_the_next_run_goes_on(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(runs, "read_begun", lambda *_: 1 / 0)
        text = "the cat sat on the mat; the dog sat on the log. " * 100
        seen = until(jobs.submit(CharacterSpec(text_key(text), updates=30, seed=77), "", text), over)
    assert seen.state == "failed"
    assert seen.message == "it could not be handed to the Dask scheduler; ZeroDivisionError: division by zero"
    assert until(jobs.submit(quick(8)), over).state == "done"


def test_without_a_scheduler_it_is_said_and_tried_again(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere = f"tcp://127.0.0.1:{free_port()}"
    monkeypatch.setenv("RNNVIZ_SCHEDULER", nowhere)
    monkeypatch.setattr("rnnviz.jobs.cluster.PATIENCE", 1.0)
    jobs.close()
    seen = until(jobs.submit(quick(6)), over)
    assert (seen.state, seen.message) == ("failed", f"no Dask scheduler answers at {nowhere}; OSError")
    jobs.close()
    monkeypatch.setenv("RNNVIZ_SCHEDULER", cluster.address)
    assert until(jobs.submit(quick(6)), over).state == "done"


def test_a_scheduler_that_is_killed_fails_what_goes_on(cluster: Cluster) -> None:
    job = jobs.submit(long(7))
    until(job, underway)
    assert cluster.scheduler is not None
    cluster.scheduler.kill()
    seen = until(job, over)
    assert seen.state == "failed"
    assert "Dask" in seen.message


# --- A scheduler that cannot import rnnviz ---


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cluster]:
    """A scheduler without rnnviz, and no worker yet."""
    made = Cluster(tmp_path)
    made.add_scheduler(imports=False)
    monkeypatch.setenv("RNNVIZ_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("RNNVIZ_SCHEDULER", made.address)
    monkeypatch.setenv("RNNVIZ_WORKERS", "1")
    jobs.close()
    try:
        yield made
    finally:
        jobs.close()
        made.end()


def own_workers() -> list[Any]:
    return jobs._the_scheduler()._engine._own._workers


def test_the_scheduler_needs_no_rnnviz(bare: Cluster) -> None:
    bare.add_worker()
    bare.wait()
    seen = until(jobs.submit(quick(9)), over)
    assert (seen.state, seen.message) == ("done", "")
    assert [event.step for event in seen.events] == list(range(1, 21))
    assert not own_workers()


@pytest.mark.slow
def test_workers_that_cannot_import_rnnviz_are_named_and_this_server_trains(bare: Cluster) -> None:
    bare.add_worker(imports=False)
    bare.wait()
    job = jobs.submit(long(9))
    seen = until(job, underway)
    assert re.fullmatch(
        r"The Dask worker at tcp://127\.0\.0\.1:\d+ cannot import rnnviz \(ModuleNotFoundError: No module named "
        r"'rnnviz'\), so this server trains by itself\.",
        seen.message,
    )
    assert own_workers()
    bare.add_worker()
    other = jobs.submit(quick(10))
    assert until(other, over).state == "done", "a worker that can import it has come, and gets what is asked for next"
    assert jobs.events(job).state == "running"
    jobs.cancel(job)
    assert until(job, over).state == "stopped"
