"""Trainings by real worker processes: shared, queued, watched, stopped, killed, found again."""

import os
import queue
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnnviz import checkpoints, jobs, models, runs
from rnnviz.jobs import Job, processes, scheduler
from rnnviz.spec import TrainSpec
from rnnviz.train import train_together
from tests.jobs.trainings import PATIENCE, arms, before, long, over, quick, underway, until
from tests.serving import ROOT

pytestmark = pytest.mark.usefixtures("place", "nothing_left")


def the_scheduler() -> Any:
    return jobs._the_scheduler()


def workers() -> list[Any]:
    return the_scheduler()._engine._workers


def states(*asked: Job, visitor: str = "") -> list[tuple[str, int]]:
    return [(seen.state, seen.position) for seen in (jobs.events(job, visitor=visitor) for job in asked)]


def test_a_run_gives_what_training_gives_and_networks_that_can_be_opened() -> None:
    specs = arms(quick(1, seeds=(1, 2)))
    job = jobs.submit(specs)
    seen = until(job, over)
    assert (seen.state, seen.message, seen.position) == ("done", "", 0)
    expected = train_together(specs)
    for ours, theirs in zip(jobs.result(job), expected, strict=True):
        np.testing.assert_array_equal(ours.loss, theirs.loss)
        np.testing.assert_array_equal(ours.grad_norm, theirs.grad_norm)
    assert [event.step for event in seen.events] == list(range(1, 21))
    told = np.array([event.loss for event in seen.events], np.float32).T
    np.testing.assert_array_equal(told, np.concatenate([history.loss for history in expected]))
    measured = [event.measured for event in seen.events if event.measured is not None]
    assert np.shape([one.answers for one in measured]) == (4, 4, 8, 2)
    checkpoint = checkpoints.load(f"{runs.network_name(specs[1], 1)}-gru")
    weights = models.build(checkpoint.model).state_dict()["rnn.weight_hh_l0"].numpy()
    np.testing.assert_array_equal(weights, expected[1].weights["weight_hh_l0"][1])


def test_a_class_that_presses_the_same_button_has_one_run(place: Path) -> None:
    asked: list[Job] = []
    threads = [
        threading.Thread(target=lambda k=k: asked.append(jobs.submit(quick(3), f"student {k}"))) for k in range(30)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(asked) == 30
    assert len(set(asked)) == 1
    until(asked[0], over)
    kept = (place / "jobs" / asked[0].id / "0.safetensors").stat().st_mtime_ns
    assert jobs.events(jobs.submit(quick(3), "a late one")).state == "done"
    assert (place / "jobs" / asked[0].id / "0.safetensors").stat().st_mtime_ns == kept


def test_a_finished_run_is_trained_again_where_that_is_asked_for(place: Path) -> None:
    job = jobs.submit(quick(5))
    first = until(job, over)
    before = jobs.result(job)[0].loss
    assert jobs.submit(quick(5), anew=True) == job
    assert jobs.events(job).state in ("queued", "running")
    assert jobs.events(jobs.submit(quick(5), "a late one", anew=True)).state in ("queued", "running"), "once for all"
    again = until(job, over)
    assert again.state == "done"
    assert [event.loss for event in again.events] == [event.loss for event in first.events]
    np.testing.assert_array_equal(jobs.result(job)[0].loss, before)


def test_one_that_is_trained_again_and_stopped_is_still_there() -> None:
    job = jobs.submit(quick(6))
    until(job, over)
    jobs.submit(quick(6), anew=True)
    jobs.cancel(job)
    until(job, over)
    assert jobs.events(jobs.submit(quick(6))).state == "done"
    assert len(jobs.result(job)) == 1


def test_a_run_that_goes_on_is_stopped_on_the_way() -> None:
    job = jobs.submit(long(1))
    until(job, underway)
    assert jobs.cancel(job) == 0
    seen = until(job, over)
    assert seen.events[-1].step < job.specs[0].steps
    assert (seen.state, seen.message) == ("stopped", "stopped by a visitor")
    with pytest.raises(ValueError, match="a run must be done to have a result; this one is stopped"):
        jobs.result(job)
    assert jobs.events(jobs.submit(quick(4))).state in ("queued", "running", "done")


def test_nobody_takes_a_run_away_from_others_who_watch_it() -> None:
    job = jobs.submit(long(1), "ann")
    until(job, underway, visitor="ben")
    jobs.events(job, visitor="cem")
    assert jobs.cancel(job, "ann") == 2
    assert jobs.cancel(job, "ben") == 1
    time.sleep(0.3)
    assert jobs.events(job, visitor="cem").state == "running"
    assert jobs.cancel(job, "cem") == 0
    assert until(job, over, visitor="cem").state == "stopped"


def test_those_who_have_left_do_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    job = jobs.submit(long(1), "ann")
    until(job, underway, visitor="ann")
    monkeypatch.setattr(scheduler, "PRESENT", 0.0)
    assert jobs.cancel(job, "ben") == 0
    assert until(job, over).state == "stopped"


def test_asked_for_again_while_it_stops_it_goes_on_afterwards() -> None:
    job = jobs.submit(long(1))
    first = until(job, underway).next
    jobs.cancel(job)
    jobs.submit(long(1), "ben")
    seen = until(job, lambda seen: underway(seen) and before(seen) >= first, visitor="ben")
    assert seen.events[0].step == 1


def test_runs_wait_in_turn_and_can_be_taken_out_of_the_queue() -> None:
    present = jobs.submit(long(1), "ann")
    until(present, underway, visitor="ann")
    anns = [jobs.submit(quick(seed), "ann") for seed in (11, 12)]
    bens = jobs.submit(quick(13), "ben")
    assert states(bens, visitor="ben") == [("queued", 1)]
    assert states(*anns, visitor="ann") == [("queued", 2), ("queued", 3)]
    assert jobs.cancel(bens, "ben") == 0
    assert states(bens, visitor="ben") == [("stopped", 0)]
    assert states(*anns, visitor="ann") == [("queued", 1), ("queued", 2)]
    jobs.cancel(present, "ann")
    assert [until(job, over).state for job in anns] == ["done", "done"]


def test_the_queue_is_bounded_for_each_and_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scheduler, "WAITING_LIMIT_EACH", 2)
    monkeypatch.setattr(scheduler, "WAITING_LIMIT", 3)
    present = jobs.submit(long(1), "ann")
    until(present, underway)
    for seed in (21, 22):
        jobs.submit(quick(seed), "ann")
    with pytest.raises(queue.Full, match="at most 2 runs of one visitor may wait, and so many of yours do"):
        jobs.submit(quick(23), "ann")
    jobs.submit(quick(22), "ben")
    jobs.submit(quick(23), "ben")
    with pytest.raises(queue.Full, match="at most 3 runs may wait, and that many do; try again later"):
        jobs.submit(quick(24), "cem")
    assert jobs.submit(quick(21), "cem") == jobs.find(runs.identity([quick(21)]), TrainSpec)


def test_of_one_visitor_four_may_wait() -> None:
    present = jobs.submit(long(1), "ann")
    until(present, underway)
    for seed in range(400, 404):
        jobs.submit(quick(seed), "ann")
    with pytest.raises(queue.Full, match="at most 4 runs of one visitor may wait, and so many of yours do; wait until"):
        jobs.submit(quick(404), "ann")
    assert jobs.submit(quick(404), "ben") == jobs.find(runs.identity([quick(404)]), TrainSpec)


def test_the_last_places_of_the_queue_are_for_addresses_that_have_few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scheduler, "WAITING_LIMIT", 6)
    monkeypatch.setattr(scheduler, "RESERVED", 2)
    until(jobs.submit(long(1), "cem/0"), underway)
    for k in range(4):
        jobs.submit(quick(410 + k), f"ann/{k}")
    with pytest.raises(queue.Full, match="the last 2 places of the queue are for visitors from elsewhere"):
        jobs.submit(quick(414), "ann/4")
    for k in range(2):
        jobs.submit(quick(415 + k), f"ben/{k}")
    with pytest.raises(queue.Full, match="at most 6 runs may wait"):
        jobs.submit(quick(417), "cem/1")


def test_many_sessions_of_one_person_do_not_hold_up_another() -> None:
    until(jobs.submit(long(1), "ann/0"), underway)
    anns = [jobs.submit(quick(420 + k), f"ann/{k % 8}") for k in range(24)]
    assert jobs.events(anns[-1], visitor="ann/7").position == 23
    bens = jobs.submit(quick(450), "ben/0")
    assert states(bens, visitor="ben/0") == [("queued", 1)]
    seen = jobs.events(anns[20], visitor="cem/0")
    assert (seen.position, seen.asked) == (21, False)
    assert jobs.submit(quick(440), "cem/0") == anns[20]
    seen = jobs.events(anns[20], visitor="cem/0")
    assert (seen.position, seen.asked) == (1, True), "whoever asks for it too has it at their own turn"


def test_what_nobody_watches_leaves_the_queue_after_half_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    present, left, watched = jobs.submit(long(1), "ann"), jobs.submit(quick(461), "ann"), jobs.submit(quick(462), "ben")
    until(present, underway)
    now = time.monotonic() + 31
    with monkeypatch.context() as patch:
        patch.setattr(the_scheduler(), "_clock", lambda: now)
        jobs.events(watched, visitor="ben")
        the_scheduler().abandon()
    assert jobs.events(present).state == "running"
    assert jobs.events(watched).state == "queued"
    seen = jobs.events(left)
    assert (seen.state, seen.message) == ("stopped", "it left the queue because nobody watched it for 30 seconds")


def test_a_run_that_nobody_watches_any_more_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    present, waiting = jobs.submit(long(1)), jobs.submit(quick(31))
    until(present, underway)
    later = time.monotonic() + scheduler.ABANDONED
    with monkeypatch.context() as patch:
        patch.setattr(the_scheduler(), "_clock", lambda: later)
        jobs.events(waiting)
        patch.setattr(the_scheduler(), "_clock", lambda: later + 1)
        the_scheduler().abandon()
    seen = until(present, over)
    assert (seen.state, seen.message) == ("stopped", "stopped because nobody watched it for 10 minutes")
    assert until(waiting, over).state == "done"


def test_what_training_refuses_is_said_with_its_reason() -> None:
    seen = until(jobs.submit([quick(61), quick(62)]), over)
    assert seen.state == "failed"
    assert seen.message.startswith("ValueError: arms may only differ in optimizer, rate, max_norm, max_value; got ")


def test_a_run_that_is_kept_no_longer_is_done_again(place: Path) -> None:
    job = jobs.submit(quick(72))
    until(job, over)
    (place / "jobs" / job.id / "0.safetensors").write_bytes(b"damaged")
    with pytest.raises(ValueError, match="the run must be on disk; expected a history"):
        jobs.result(job)
    assert jobs.events(job).message == "this run is not known any more; start it again"
    assert until(jobs.submit(job.specs), over).state == "done"
    assert jobs.result(job)


def test_a_killed_worker_is_said_and_the_next_one_goes_on() -> None:
    present, waiting = jobs.submit(long(1)), jobs.submit(quick(41))
    until(present, underway)
    workers()[0].process.kill()
    seen = until(present, over)
    how = "exit code 1" if os.name == "nt" else "signal 9"
    assert seen.state == "failed"
    assert seen.message == f"the process that trained it ended ({how}) before it was done"
    assert seen.events
    assert jobs.submit(present.specs) == present
    assert until(waiting, over).state == "done"
    begun_anew = until(present, underway)
    assert begun_anew.events[0].step == 1
    assert before(begun_anew) >= seen.next


@pytest.mark.skipif(os.name == "nt", reason="there is no SIGSTOP on Windows")
def test_a_worker_that_does_not_answer_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "GRACE", 0.3)
    job = jobs.submit(long(1))
    until(job, underway)
    stuck = workers()[0].process
    os.kill(stuck.pid, signal.SIGSTOP)
    jobs.cancel(job)
    assert until(job, over, patience=5).state == "stopped"
    assert stuck.wait(5) == -signal.SIGKILL


def test_a_worker_that_says_what_is_no_message_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    while workers():
        workers()[0].kill()
        time.sleep(0.05)
    started = subprocess.Popen
    lies = [
        "print('hello')",
        'print(\'{"ready": true}\'); print(\'{"run": "0123456789abcdef", "events": []}\')',
        "print('{\"ready\": true}'); print('{\"ready\": true}')",
        f"print('x' * {processes.LINE_LIMIT + 99})",
    ]
    for lie in lies:
        program = [sys.executable, "-c", f"{lie}; import sys; sys.stdout.flush(); sys.stdin.read()"]
        monkeypatch.setattr(subprocess, "Popen", lambda _, program=program, **options: started(program, **options))
        job = jobs.submit(quick(51))
        seen = until(job, over)
        assert seen.state == "failed"
        assert seen.message.startswith(("a worker process said something that is no message", "a worker process did"))
        assert not workers()


def test_a_worker_that_cannot_start_fails_what_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    while workers():
        workers()[0].kill()
        time.sleep(0.05)
    with monkeypatch.context() as patch:
        patch.setattr(sys, "executable", "/nowhere/python")
        assert "no worker process can be started: " in until(jobs.submit(quick(52)), over).message
    started = subprocess.Popen
    monkeypatch.setattr(subprocess, "Popen", lambda _, **rest: started([sys.executable, "-c", "exit(3)"], **rest))
    seen = until(jobs.submit(quick(52)), over)
    assert seen.message == "a worker process did not start (exit code 3); the server's output says why"


def test_a_finished_run_is_found_after_a_restart_and_others_are_not() -> None:
    specs = arms(quick(1, seeds=(1, 2)))
    job = jobs.submit(specs)
    assert until(job, over).state == "done"
    jobs.close()
    found = jobs.find(job.id, TrainSpec)
    assert found == job
    assert jobs.events(job).state == "done"
    assert [history.spec for history in jobs.result(job)] == list(specs)
    assert not workers()
    for nothing in ("0123456789abcdef", "../../etc/passwd", "", None, 7):
        assert jobs.find(nothing, TrainSpec) is None


@pytest.mark.slow
def test_two_workers_work_beside_each_other_low_in_priority_and_end_when_idle(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("RNNVIZ_WORKERS", "2")
    jobs.close()
    jobs.prepare()
    assert len(workers()) == 1
    first = jobs.submit(long(1))
    until(first, underway)
    assert len(workers()) == 2, "the next worker is kept warm"
    second = jobs.submit(long(2))
    until(second, underway)
    assert states(first, second) == [("running", 0)] * 2
    if os.name != "nt":
        assert {os.getpriority(os.PRIO_PROCESS, worker.process.pid) for worker in workers()} == {
            min(19, os.getpriority(os.PRIO_PROCESS, 0) + 10)
        }
    for job in (first, second):
        jobs.cancel(job)
        until(job, over)
    for worker in workers():
        worker.due = 0.0
    deadline = time.monotonic() + PATIENCE
    while workers():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    deadline = time.monotonic() + PATIENCE
    while left := [thread for thread in threading.enumerate() if thread.name in ("rnnviz-jobs", "rnnviz-worker")]:
        assert time.monotonic() < deadline, f"no thread must be left when there is nothing to do; got {left}"
        time.sleep(0.05)


@pytest.mark.parametrize("named", ["0", "-1", "many", "1.5", "999", "²"])
def test_the_number_of_workers_is_checked(monkeypatch: pytest.MonkeyPatch, named: str) -> None:
    monkeypatch.setenv("RNNVIZ_WORKERS", named)
    with pytest.raises(ValueError, match=r"RNNVIZ_WORKERS must be a whole number in 1\.\.256; got "):
        processes._limit()


def test_asking_loads_neither_torch_nor_dask_and_starts_nothing() -> None:
    program = (
        "import sys, threading, rnnviz.jobs; print([n for n in ('torch', 'dask', 'distributed') if n in sys.modules]"
    )
    program += ", threading.active_count(), rnnviz.jobs._scheduler)"
    ran = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout.split("\n")[0] == "[] 1 None"


def test_a_closed_scheduler_starts_no_worker() -> None:
    """A page that runs while the server ends may still hold the scheduler."""
    closed = the_scheduler()
    jobs.close()
    closed.prepare()
    started = list(closed._engine._workers)
    for worker in started:
        worker.kill()
    assert not started
    with pytest.raises(queue.Full, match="the server is ending"):
        closed.submit([quick(81)], "ann")
