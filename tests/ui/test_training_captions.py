"""What is said of a training: the sentences of the run that ships, and of runs that end in other ways."""

from dataclasses import replace

import numpy as np
import pytest

from rnnviz import clipping
from rnnviz.analysis import Course, course
from rnnviz.figures import style
from rnnviz.tasks import task
from rnnviz.ui.shell import frame, training_captions
from rnnviz.ui.shell.training_captions import number
from tests.analysis.test_training import drawn

PROSE = " ".join((frame.TEXTS / "clipping.md").read_text(encoding="utf-8").split())


@pytest.fixture(scope="module")
def usual() -> tuple[Course, Course]:
    bare, clipped = (course(history) for history in clipping.shipped_pair())
    return bare, clipped


def test_the_bad_update_of_the_usual_run_is_told_from_its_numbers(usual: tuple[Course, Course]) -> None:
    bare, clipped = usual
    told = training_captions.sentences(usual, 1 / 6)
    norm, loss = bare.grad_norm[0, 1], bare.loss[0, 1]
    assert told[0].startswith(
        f"Seed 0, unclipped: at update 2 the loss is {loss:,.0f} and the gradient’s norm {norm:,.0f}, "
        f"{norm / bare.grad_norm[0, 0]:,.0f} times the median before; "
    )
    assert (
        f"moves the weights by {bare.update_norm[0, 1]:,.0f}; at the next measurement, after update 50, the largest "
        f"singular value of W_hh has gone from 1 to {bare.singular_value[0, 1]:.0f}, and "
    ) in told[0]
    assert told[0].endswith("and 32 of 32 units are dead, 0 at every step, and stay so until the end.")
    assert (
        told[1]
        == f"Clipped, at the same update: norm {clipped.grad_norm[0, 1]:.1f} before clipping, the weights move by 0.01."
    )
    assert told[2] == "All 3 unclipped runs had such an update."
    assert "after 1,500 updates is unclipped " in told[3]
    assert told[3].endswith("the best loss without memory is 0.167.")


def test_a_run_whose_numbers_end_is_told_so() -> None:
    lost, kept = drawn([1, 1, np.inf, np.nan], [1, 1, np.inf, np.nan]), drawn([1, 1, 1, 1])
    told = training_captions.sentences((lost, kept), 1 / 6)
    assert told[0] == "Seed 0, unclipped: at update 3 the loss is ∞ and the gradient is not finite any more."
    assert "norm 1 before clipping" in told[1]


def test_what_one_step_did_is_said_of_that_step_only_where_it_was_measured_there() -> None:
    told = training_captions.sentences((drawn([1, 1, 30]), drawn([1, 1, 1])), 1 / 6)
    assert "moves the weights by 1.5, the largest singular value of W_hh goes from 0 to 1, and " in told[0]
    lost = replace(drawn([1, 30, 1]), dead=np.array([[0, np.nan]]), singular_value=np.array([[1.67, np.nan]]))
    told = training_captions.sentences((lost, drawn([1, 1, 1])), 1 / 6)
    assert told[0].endswith(
        "; at the next measurement, after update 3, the largest singular value of W_hh has gone from 1.67 to NaN, and "
        "no state is finite."
    )


def test_a_quiet_run_is_told_so() -> None:
    told = training_captions.sentences((drawn([1, 2, 1]), drawn([1, 2, 1])), 1 / 6)
    assert told[0] == "Seed 0, unclipped: no gradient norm is 10 times the median of those before it."
    assert len(told) == 2


def test_what_has_not_been_measured_yet_is_not_told() -> None:
    early = replace(drawn([1, 20]), measured_at=np.zeros(0, np.int64), score=np.zeros((1, 0), np.float32))
    told = training_captions.sentences((early, replace(early, update=early.update[:1])), 1 / 6)
    assert told[0].endswith("that one step moves the weights by 1.")
    assert told[1].endswith("this update has not been reached yet.")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (26069.2, "26,069"), (1.6e9, "1.6·10⁹"), (0.0123, "0.0123"), (2.5e-7, "2.5·10⁻⁷"), (0.0, "0"), (1.0, "1"),
        (float("inf"), "∞"), (float("-inf"), "−∞"), (float("nan"), "NaN"), (-3.25, "−3.25"), (1e6, "1·10⁶"),
    ],
)  # fmt: skip
def test_numbers_in_sentences(value: float, text: str) -> None:
    assert number(value) == text


def test_settings_in_a_line() -> None:
    assert training_captions.settings(clipping.USUAL, clipping=True) == (
        "RNN, ReLU, 2 → 32 units, W_hh identity, W_ih small, b 0; adding, T = 50; SGD, rate 0.01, batch 32; "
        "seeds 0, 1, 2; max_norm 1"
    )
    assert style.spoken(
        training_captions.settings(replace(clipping.USUAL, seeds=(3,), max_norm=None), clipping=True)
    ).endswith("seed 3; unclipped")


def test_the_prose_on_the_usual_run_is_true_of_it(usual: tuple[Course, Course]) -> None:
    bare, clipped = usual
    baseline = task(bare.spec.task).baseline
    assert "all 32 from update 200 on" in PROSE
    assert (bare.dead[:, -1] == 32).all()
    assert "It keeps the network alive" in PROSE
    assert (clipped.dead[:, -1] < 32).all()
    assert "after 1,500 updates the clipped ReLU network, too, answers no better than the dotted line" in PROSE
    assert (clipped.score[:, -1] > baseline).all()
    assert "the norm before clipping stays large for a long time" in PROSE
    assert (np.median(clipped.grad_norm[:, :500], axis=1) > 1).all()
