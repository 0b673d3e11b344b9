"""A worker process that does not read holds up nobody, and its order goes to another."""

import itertools
import os
import signal
import subprocess
import sys
import threading
import time
from typing import Any

import pytest

from rnnviz import jobs, runs
from rnnviz.jobs import processes
from rnnviz.spec import CharacterSpec, TrainSpec, text_key
from tests.jobs.trainings import over, quick, until

pytestmark = [
    pytest.mark.slow,
    pytest.mark.usefixtures("place", "nothing_left"),
    pytest.mark.skipif(os.name == "nt", reason="there is no SIGSTOP on Windows"),
]

PATIENCE = 15.0
"""Seconds: what comes back at once does so within these on a busy machine, what is held up does not come back."""

_seeds = itertools.count(200)


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker has not long to read an order."""
    monkeypatch.setattr(processes, "TAKING", 3.0)


def workers() -> list[Any]:
    return jobs._the_scheduler()._engine._workers


def stopped_worker() -> "subprocess.Popen[bytes]":
    """The one worker, which is free and reads nothing any more."""
    until(jobs.submit(quick(next(_seeds))), over)
    (worker,) = workers()
    os.kill(worker.process.pid, signal.SIGSTOP)
    process: subprocess.Popen[bytes] = worker.process
    return process


def test_a_long_order_to_a_worker_that_does_not_read_holds_up_nobody() -> None:
    process = stopped_worker()
    text = "the cat sat on the mat. " * 20_000  # many times what a pipe holds
    spec = CharacterSpec(text_key(text), hidden_size=16, updates=3, batch=4, length=16)
    submitting = threading.Thread(target=lambda: jobs.submit(spec, "ann", text), daemon=True)
    finding = threading.Thread(target=lambda: jobs.find("0123456789abcdef", TrainSpec), daemon=True)
    submitting.start()
    submitting.join(PATIENCE)
    finding.start()
    finding.join(PATIENCE)
    held_up = [thread.is_alive() for thread in (submitting, finding)]
    if any(held_up):
        process.kill()  # so that this test ends
    assert held_up == [False, False]
    job = jobs.find(runs.identity([spec]), CharacterSpec)
    assert job is not None
    assert until(job, over, visitor="ann").state == "done"


def test_an_order_that_is_not_taken_is_given_to_another_worker() -> None:
    process = stopped_worker()
    seen = until(jobs.submit(quick(next(_seeds))), over)
    assert process.wait(PATIENCE) == -signal.SIGKILL
    assert (seen.state, seen.message) == ("done", "")
    assert [event.step for event in seen.events] == list(range(1, 21))


def test_an_order_that_no_worker_takes_fails_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    until(jobs.submit(quick(next(_seeds))), over)
    workers()[0].kill()
    while workers():
        time.sleep(0.05)
    started, deaf = subprocess.Popen, "import time; print('{\"ready\": true}', flush=True); time.sleep(600)"
    monkeypatch.setattr(processes, "TAKING", 0.1)
    monkeypatch.setattr(subprocess, "Popen", lambda _, **rest: started([sys.executable, "-c", deaf], **rest))
    seen = until(jobs.submit(quick(next(_seeds))), over)
    assert (seen.state, seen.message) == (
        "failed", "3 worker processes did not read the order; the last one ended (signal 9)",
    )  # fmt: skip


def test_an_idle_worker_that_is_stuck_makes_room_for_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "GRACE", 0.3)
    process = stopped_worker()
    workers()[0].due = 0.0
    assert process.wait(PATIENCE) == -signal.SIGKILL
    assert until(jobs.submit(quick(next(_seeds))), over).state == "done"
