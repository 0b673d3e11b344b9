"""A training on a page, with real workers: begun, watched, stopped, killed and begun again, found by the link."""

import os
import signal
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from rnnviz import jobs
from rnnviz.runs import identity
from rnnviz.spec import ModelSpec, TaskSpec, TrainSpec
from rnnviz.ui.shell import runs as page_runs
from rnnviz.ui.shell import visitors

PATIENCE = 60.0
QUICK = TrainSpec(
    model=ModelSpec(input_size=2, hidden_size=4), task=TaskSpec("adding", 6), steps=40, batch_size=4, every=20
)
LONG = replace(QUICK, model=replace(QUICK.model, hidden_size=64), task=TaskSpec("adding", 100), steps=20_000)

pytestmark = pytest.mark.usefixtures("place")


def script() -> None:
    import streamlit as st

    from rnnviz.ui.selection import state
    from rnnviz.ui.shell import runs

    specs = st.session_state["specs"]
    state.current()
    runs.live(
        specs, lambda run: st.text(f"{run.id} {run.going} {len(run.courses)} arms, {run.courses[0].update[-1]}"),
        key="clipping.run", label="Train", ready=st.session_state["ready"], missing="Not trained yet.",
    )  # fmt: skip
    for message in state.messages():
        st.warning(message)
    state.write_link()


def page(*specs: TrainSpec, ready: Callable[[], Any] = lambda: None, **params: str) -> AppTest:
    """The page as a visitor opens it."""
    at = AppTest.from_function(script, default_timeout=PATIENCE)
    at.session_state["specs"], at.session_state["ready"] = specs, ready
    for name, value in params.items():
        at.query_params[name] = value
    return at.run()


def press(at: AppTest, label: str) -> AppTest:
    (button,) = (button for button in at.button if button.label == label)
    return button.click().run()


def labels(at: AppTest) -> list[str]:
    return [button.label for button in at.button]


def until(at: AppTest, holds: Callable[[AppTest], object]) -> AppTest:
    end = time.monotonic() + PATIENCE
    while not holds(at):
        assert time.monotonic() < end, (labels(at), [text.value for text in at.text], [one.value for one in at.error])
        time.sleep(0.2)
        at.run()
    assert not at.exception
    return at


def drawn(at: AppTest) -> str:
    return at.text[0].value if at.text else ""


def end(*specs: TrainSpec) -> None:
    job = jobs.find(identity(specs), TrainSpec)
    assert job is not None
    jobs.cancel(job, "the test")
    deadline = time.monotonic() + PATIENCE
    while jobs.events(job, visitor="the test").state in ("queued", "running"):
        assert time.monotonic() < deadline
        jobs.cancel(job, "the test")
        time.sleep(0.2)


def test_nothing_is_trained_unasked_and_then_the_link_finds_it() -> None:
    arms = (replace(QUICK, max_norm=None), replace(QUICK, max_norm=1.0))
    at = page(*arms)
    assert labels(at) == ["Train"]
    assert not at.text
    assert [note.value for note in at.info] == ["Not trained yet."]
    at = press(at, "Train")
    assert at.query_params["views"] == f"clipping.run:{identity(arms)}"
    at = until(at, lambda at: "Trained" in labels(at))
    assert drawn(at) == f"{identity(arms)} False 2 arms, 40"
    assert at.button[0].disabled
    assert labels(page(*arms, views=at.query_params["views"])) == ["Trained", "Train again"]  # by the link
    other = page(replace(QUICK, rate=0.5), views=f"clipping.run:{identity(arms)}")
    assert drawn(other) == drawn(at)
    assert "The settings have changed." in other.info[0].value
    assert not next(button for button in other.button if button.label == "Train").disabled


def test_a_run_of_somebody_else_is_shown_and_can_be_trained_here_too() -> None:
    spec = replace(QUICK, seeds=(11,))
    until(press(page(spec), "Train"), lambda at: "Trained" in labels(at))
    at = page(spec)  # another visitor, without a link
    assert labels(at) == ["Train"]
    assert not at.button[0].disabled
    assert [one.value for one in at.caption] == [
        "Another visitor has trained these settings: the figures show that run."
    ]
    assert drawn(at) == f"{identity([spec])} False 1 arms, 40"
    at = until(press(at, "Train"), lambda at: "Trained" in labels(at))
    assert not at.caption
    at.session_state["specs"] = (replace(spec, rate=0.5),)
    at.run()
    at.session_state["specs"] = (spec,)
    assert labels(at.run()) == ["Trained", "Train again"]  # there and back


def test_a_run_is_watched_and_stopped() -> None:
    spec = replace(LONG, seeds=(1,))
    at = press(page(spec), "Train")
    at = until(at, lambda at: at.text)
    assert "Stop" in labels(at)
    assert " True 1 arms, " in drawn(at)
    before = drawn(at)
    until(at, lambda at: drawn(at) != before)
    at = until(press(at, "Stop"), lambda at: "Train" in labels(at))
    assert "The run has ended early after" in at.info[0].value
    assert "stopped by a visitor" in at.info[0].value
    assert " False 1 arms, " in drawn(at)


@pytest.mark.slow
def test_one_who_stops_what_others_watch_only_leaves_it() -> None:
    spec = replace(LONG, seeds=(2,))
    mine = until(press(page(spec), "Train"), lambda at: at.text)
    yours = page(spec)
    assert "Stop" in labels(yours)  # the same run, not a second one
    yours = press(yours, "Stop")
    assert labels(yours) == ["Watch it again"]
    assert "Other visitors watch this run" in yours.info[0].value
    assert "Stop" in labels(mine.run())
    assert "Stop" in labels(press(yours, "Watch it again"))
    end(spec)


@pytest.mark.slow
def test_a_killed_worker_is_told_and_the_run_begun_again() -> None:
    spec = replace(LONG, seeds=(3,))
    at = until(press(page(spec), "Train"), lambda at: at.text)
    for worker in jobs._the_scheduler()._engine._workers:
        os.kill(worker.process.pid, signal.SIGKILL)
    at = until(at, lambda at: at.error)
    assert "The run has failed" in at.error[0].value
    assert "The button starts it again" in at.error[0].value
    at = until(press(at, "Train"), lambda at: "Stop" in labels(at) and at.text)
    assert not at.error
    end(spec)


def test_too_much_is_refused_with_the_reason_before_it_is_begun() -> None:
    at = page(*(replace(LONG, batch_size=64, max_norm=float(k)) for k in range(1, 32)))
    assert "must be at most" in at.error[0].value
    (button,) = at.button
    assert button.disabled


def test_settings_that_mean_nothing_leave_a_button_that_cannot_be_pressed() -> None:
    (button,) = page().button
    assert button.disabled


@pytest.mark.parametrize("run", ["0123456789abcdef", "nonsense", "..+.."])
def test_a_link_to_a_run_that_is_not_there_is_told(run: str) -> None:
    at = page(replace(QUICK, rate=0.123), views=f"clipping.run:{run}")
    assert not at.exception
    assert "The run of this link is not stored here" in at.info[0].value
    assert not at.button[0].disabled


def test_what_ships_is_shown_at_once_and_can_be_trained_here() -> None:
    from rnnviz.ui.pages.clipping import training as training_view

    ready = training_view.shipped_pair("GRU, SGD")
    at = page(*ready.specs, ready=lambda: ready)
    assert drawn(at) == f"{ready.id} False 2 arms, 1500"
    assert ready.id == identity(ready.specs)
    assert labels(at) == ["Train"]
    assert "that ships" in at.caption[0].value
    assert not at.info


@pytest.mark.slow
def test_what_ships_stays_until_there_is_something_of_the_run() -> None:
    first, spec = replace(LONG, seeds=(4,)), replace(LONG, seeds=(5,))
    until(press(page(first), "Train"), lambda at: at.text)
    shipped = SimpleNamespace(id="shipped", going=False, courses=(SimpleNamespace(update=[7]),))
    at = press(page(spec, ready=lambda: shipped), "Train")  # waits for the one worker
    assert "Stop" in labels(at)
    assert drawn(at) == "shipped False 1 arms, 7"
    end(first)
    until(at, lambda at: " True 1 arms, " in drawn(at))
    end(spec)


def test_a_run_that_failed_is_told_of_beside_what_ships() -> None:
    spec = replace(LONG, seeds=(6,))
    shipped = SimpleNamespace(id="shipped", going=False, courses=(SimpleNamespace(update=[7]),))
    at = until(press(page(spec, ready=lambda: shipped), "Train"), lambda at: " True 1 arms, " in drawn(at))
    for worker in jobs._the_scheduler()._engine._workers:
        os.kill(worker.process.pid, signal.SIGKILL)
    at = until(at, lambda at: "Stop" not in labels(at))
    assert drawn(at) == "shipped False 1 arms, 7"
    assert "The run has failed" in at.error[0].value
    assert "signal 9" in at.error[0].value
    assert "that ships" in at.caption[0].value
    assert not next(button for button in at.button if button.label == "Train").disabled


@pytest.mark.slow
def test_who_finds_a_run_in_the_queue_can_ask_for_it_too() -> None:
    first, spec = replace(LONG, seeds=(7,)), replace(LONG, seeds=(8,))
    until(press(page(first), "Train"), lambda at: at.text)
    mine = press(page(spec), "Train")
    assert labels(mine) == ["Stop"]
    yours = page(spec)
    assert labels(yours) == ["Stop", "Train"]
    assert "Another visitor requested this run" in yours.get("progress")[0].proto.text
    assert labels(press(yours, "Train")) == ["Stop"]
    end(first)
    end(spec)


@pytest.mark.parametrize(
    ("named", "headers", "connection", "found"),
    [
        ("", {}, None, ""),
        ("", {"X-Forwarded-For": "198.51.100.7"}, "203.0.113.5", "203.0.113.5"),
        ("X-Forwarded-For", {"X-Forwarded-For": "10.0.0.1, 198.51.100.7"}, "203.0.113.5", "198.51.100.7"),
        ("X-Real-IP", {"X-Real-IP": "198.51.100.7"}, None, "198.51.100.7"),
        ("X-Real-IP", {"X-Real-IP": "<b>me</b>"}, "203.0.113.5", "203.0.113.5"),
        ("X-Real-IP", {}, "203.0.113.5", "203.0.113.5"),
        ("", {}, "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("", {}, "::ffff:203.0.113.5", "203.0.113.5"),
    ],
)
def test_where_a_visitor_comes_from(
    monkeypatch: pytest.MonkeyPatch, named: str, headers: dict[str, str], connection: str | None, found: str
) -> None:
    monkeypatch.setenv("RNNVIZ_PROXY_HEADER", named)
    assert visitors.address(headers, connection) == found


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.4, "0 s"), (61, "61 s"), (119.4, "119 s"), (120, "2 min"), (5_000, "83 min"), (7_200, "2 h")],
)
def test_how_long_it_will_take_is_said_as_one_says_it(seconds: float, said: str) -> None:
    assert page_runs._duration(seconds) == said


def test_the_pace_is_that_of_the_last_seconds_and_none_before_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("rnnviz.ui.shell.runs.time.monotonic", lambda: now)
    monkeypatch.setattr("streamlit.session_state", {})
    job = jobs.Job("0123456789abcdef", (QUICK,))
    steps = QUICK.steps
    assert page_runs._seconds_left(job, 0) is None
    now += 60  # a process starts, which says nothing of the pace
    assert page_runs._seconds_left(job, 1) is None
    now += 4
    assert page_runs._seconds_left(job, 3) == pytest.approx(2 * (steps - 3))
    now += 4
    assert page_runs._seconds_left(job, 2) is None, "it began anew"


def test_that_a_result_will_not_be_written_is_said_before_anything_is_trained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("RNNVIZ_RUNS", str(tmp_path / "file" / "runs"))
    jobs.close()
    at = page(QUICK)
    assert at.warning[0].value.startswith(
        "The server cannot write to its folder of finished runs \\(Not a directory\\)"
    )
    assert [button.label for button in at.button] == ["Train"]
