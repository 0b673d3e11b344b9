"""A training at many thresholds, in numbers: against a real one, and through its text and back."""

from dataclasses import fields, replace

import numpy as np
import pytest

from rnnviz.analysis import Sweep, course, last_loss, sweeps
from rnnviz.analysis.training import EDGES
from rnnviz.spec import ModelSpec, TaskSpec, TrainSpec
from rnnviz.train import train_together

BARE = TrainSpec(
    model=ModelSpec(cell="gru", input_size=2, hidden_size=6), task=TaskSpec("adding", 6), rate=1.0, steps=120,
    batch_size=8, seeds=(0, 1), every=120,
)  # fmt: skip
ARMS = [
    *(replace(BARE, max_norm=limit) for limit in (10.0, 0.1)),
    *(replace(BARE, max_value=limit) for limit in (1.0, 0.01)),
    BARE,
]


@pytest.fixture(scope="module")
def both() -> tuple[Sweep, ...]:
    return sweeps([course(history) for history in train_together(ARMS)])


def test_norms_and_values_are_apart_and_both_end_unclipped(both: tuple[Sweep, ...]) -> None:
    assert [sweep.by_value for sweep in both] == [False, True]
    assert [list(sweep.limits) for sweep in both] == [[0.1, 10, np.inf], [0.01, 1, np.inf]]
    np.testing.assert_array_equal(both[0].last_loss[-1], both[1].last_loss[-1])


def test_the_numbers_are_those_of_the_runs(both: tuple[Sweep, ...]) -> None:
    histories = train_together([ARMS[1]])
    norms = histories[0].grad_norm
    sweep = both[0]
    np.testing.assert_allclose(sweep.last_loss[0], last_loss(course(histories[0])), rtol=1e-4)
    np.testing.assert_allclose(sweep.largest_loss[0], histories[0].loss.max(1), rtol=1e-4)
    np.testing.assert_allclose(sweep.mean_norm[0], norms.mean(1), rtol=1e-3)
    np.testing.assert_allclose(sweep.clipped[0], (norms > 0.1).mean(1), atol=0.02)
    assert sweep.counts[0].sum() == norms.size
    middle = np.sqrt(EDGES[:-1] * EDGES[1:])
    assert (sweep.counts[0] * middle).sum() / norms.size == pytest.approx(norms.mean(), rel=0.1)
    assert sweep.updates == BARE.steps


def test_the_best_arm_ends_lowest_and_one_without_a_number_never_is(both: tuple[Sweep, ...]) -> None:
    sweep = both[0]
    assert sweep.last_loss[sweep.best].mean() == np.nanmin(sweep.last_loss.mean(1))
    lost = replace(sweep, last_loss=np.where([[True], [False], [False]], np.nan, sweep.last_loss))
    assert lost.best != 0


def test_one_kind_alone_gives_one_sweep() -> None:
    runs = [course(history) for history in train_together([ARMS[2], BARE])]
    (only,) = sweeps(runs)
    assert only.by_value
    assert np.isnan(only.clipped[0]).all()
    (bare,) = sweeps(runs[1:])
    assert list(bare.limits) == [np.inf]


def test_a_sweep_comes_back_from_its_text(both: tuple[Sweep, ...]) -> None:
    lost = replace(both[0], last_loss=np.array([[1.0, 2.0], [np.inf, 3.0], [np.nan, np.nan]]))
    found = Sweep.from_json(lost.to_json())
    for field in fields(Sweep):
        one, other = getattr(found, field.name), getattr(lost, field.name)
        if field.name in ("specs", "updates"):
            assert one == other
        else:
            np.testing.assert_allclose(one, other, rtol=1e-5)
    assert found.to_json() == lost.to_json()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format":2}', '{"format":1,"specs":[{"rate":-1}]}'])
def test_what_is_no_sweep_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected a sweep that to_json wrote"):
        Sweep.from_json(text)


def test_shapes_are_checked(both: tuple[Sweep, ...]) -> None:
    with pytest.raises(ValueError, match=r"clipped must be of shape \(3, 2\); got \(2, 2\)"):
        replace(both[0], clipped=both[0].clipped[:2])
