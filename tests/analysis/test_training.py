"""What is read off trainings: against real ones, and against curves whose answer is known by hand."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from rnnviz.analysis import Course, course, courses, first_bad_update, last_loss, share_clipped
from rnnviz.history import CURVES, MEASURES, History
from rnnviz.progress import Measures, Progress
from rnnviz.spec import ModelSpec, TaskSpec, TrainSpec
from rnnviz.train import Event, train_together

SPEC = TrainSpec(
    model=ModelSpec(cell="rnn", input_size=2, hidden_size=8, nonlinearity="relu", recurrent="identity"),
    task=TaskSpec("adding", 20), rate=0.05, steps=60, batch_size=8, seeds=(0, 1), every=20, max_norm=1.0,
)  # fmt: skip
ARMS = (replace(SPEC, max_norm=None), SPEC)


def drawn(norms: Sequence[float], loss: Sequence[float] | None = None, **spec: object) -> Course:
    """A course of one run with these gradient norms."""
    row = np.array([norms], np.float32)
    losses = row if loss is None else np.array([loss], np.float32)
    measured = np.arange(2, dtype=np.float32)[None]
    return Course(
        replace(SPEC, seeds=(0,), **spec), np.arange(1, len(norms) + 1), losses, row, row * 0.05,
        np.array([0, 3]), measured, measured, measured, measured, np.zeros((1, 8, 1), np.float32),
    )  # fmt: skip


@pytest.fixture(scope="module")
def trained() -> tuple[list[History], list[Progress]]:
    told: list[Progress] = []

    def on_step(event: Event) -> None:
        measured = None
        if event.measured is not None:
            parts = {name: tuple(getattr(event.measured, name).tolist()) for name in MEASURES}
            answers = tuple(tuple(tuple(row) for row in run) for run in event.measured.answers.tolist())
            measured = Measures(**parts, answers=answers)
        told.append(Progress(event.step, event.loss, event.grad_norm, event.update_norm, measured))

    return train_together(ARMS, on_step), told


def test_a_course_of_events_is_that_of_the_history(trained: tuple[list[History], list[Progress]]) -> None:
    histories, told = trained
    found = courses(ARMS, told)
    assert [one.spec for one in found] == list(ARMS)
    for live, history in zip(found, histories, strict=True):
        whole = course(history)
        for name in ("update", *CURVES, "answers"):
            np.testing.assert_array_equal(getattr(live, name), getattr(whole, name))
        for name in ("measured_at", *MEASURES):  # what was measured before the first update has no event
            np.testing.assert_array_equal(getattr(live, name), getattr(whole, name)[..., 1:])


def test_there_is_no_course_before_the_first_event_and_none_of_measurements_before_the_first() -> None:
    assert courses(ARMS, []) == ()
    early = courses(ARMS, [Progress(1, (1.0,) * 4, (2.0,) * 4, (3.0, 3.0, 1e40, float("nan")))])
    assert early[0].answers.shape == (2, 0, 0)
    assert early[1].score.shape == (2, 0)
    np.testing.assert_array_equal(early[1].update_norm, np.array([[np.inf], [np.nan]], np.float32))


def test_the_first_bad_update_is_ten_times_the_median_before() -> None:
    bad = first_bad_update(drawn([1, 3, 2, 19.9, 20.1, 400]))
    assert bad is not None
    assert (bad.update, bad.usual) == (6, 3)
    assert bad.grad_norm == 400
    assert bad.update_norm == pytest.approx(20)
    assert bad.before == {"singular_value": 1, "dead": 1, "saturated": 1}
    assert bad.after == {}
    assert bad.measured_at == 0
    early = first_bad_update(drawn([1, 11, 2, 2]))
    assert early is not None
    assert early.update == 2
    assert early.before["dead"] == 0
    assert early.after["dead"] == early.end["dead"] == 1
    assert early.measured_at == 3
    assert first_bad_update(drawn([1, 3, 2, 9])) is None


@pytest.mark.parametrize("lost", [np.inf, np.nan])
def test_a_gradient_that_is_no_number_is_bad(lost: float) -> None:
    bad = first_bad_update(drawn([1, 1, lost, 1]))
    assert bad is not None
    assert bad.update == 3
    first = first_bad_update(drawn([lost]))
    assert first is not None
    assert first.usual == np.inf


def test_the_end_of_a_run_that_has_reached_its_goal_is_not_bad() -> None:
    assert first_bad_update(drawn([1, 1, np.nan, np.nan], goal=0.01)) is None


def test_the_share_of_clipped_updates() -> None:
    norms = [0.5, 1.0, 1.5, np.inf, np.nan]
    assert share_clipped(drawn(norms, [1, 1, 1, 1, np.nan])) == pytest.approx(2 / 4)
    assert share_clipped(drawn(norms, max_norm=None)) == 0
    assert np.isnan(share_clipped(drawn(norms, max_norm=None, max_value=1.0))).all()


def test_the_loss_at_the_end_is_the_median_of_the_last_hundred() -> None:
    losses = np.concatenate([np.full(50, 9.0), np.linspace(1, 2, 100)])
    assert last_loss(drawn(losses, losses))[0] == pytest.approx(1.5)
    losses[-1] = np.nan
    assert np.isnan(last_loss(drawn(losses, losses))[0])


def test_an_unclipped_update_that_explodes_is_found_in_a_real_training() -> None:
    usual = replace(SPEC, model=replace(SPEC.model, hidden_size=32), task=TaskSpec("adding", 50), rate=0.01, steps=50)
    bare, clipped = (course(history) for history in train_together([replace(usual, max_norm=None), usual]))
    for run in range(2):
        bad = first_bad_update(bare, run)
        assert bad is not None
        assert bad.update == 2
        assert bad.grad_norm > 100 * bad.usual
        assert bad.update_norm == pytest.approx(0.01 * bad.grad_norm, rel=1e-4)
        assert bad.before["singular_value"] == pytest.approx(1)
        assert bad.after["singular_value"] > 50
        assert first_bad_update(clipped, run) is None
