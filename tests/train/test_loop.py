"""What a training promises beside right numbers: the same again, events, an end, and no raised explosion."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
import torch

from rnnviz.checkpoints.storing import RefusedError
from rnnviz.history import CURVES, MEASURES, History
from rnnviz.spec import ModelSpec, TaskSpec, TrainSpec
from rnnviz.train import Event, loop, train, train_together
from tests.train.specs import spec_of


def equal(a: History, b: History) -> bool:
    """To the last bit."""
    names = (*CURVES, *MEASURES, "answers", "measured_at", "taken", "diverged_at", "solved_at")
    return all(np.array_equal(getattr(a, name), getattr(b, name), equal_nan=True) for name in names) and all(
        np.array_equal(a.weights[name], b.weights[name], equal_nan=True) for name in a.weights
    )


def test_the_same_again_in_any_thread() -> None:
    specs = [spec_of("latch", "gru"), spec_of("adding", "lstm"), spec_of("brackets", "rnn", optimizer="adam")]
    expected = [train(spec) for spec in specs]
    before = torch.get_rng_state()
    with ThreadPoolExecutor(6) as pool:
        again = list(pool.map(train, specs * 4))
    assert torch.equal(torch.get_rng_state(), before)
    assert all(equal(history, expected[k % 3]) for k, history in enumerate(again))
    assert not equal(train(replace(specs[0], seeds=(0, 4))), expected[0])


def test_a_run_is_the_same_beside_others() -> None:
    spec = spec_of("copy", "lstm", rate=0.1)
    both = train(spec)
    for run, seed in enumerate(spec.seeds):
        alone = train(replace(spec, seeds=(seed,)))
        np.testing.assert_allclose(alone.loss[0], both.loss[run], rtol=1e-5)
        np.testing.assert_allclose(alone.weights["head.weight"][0], both.weights["head.weight"][run], atol=1e-6)


def test_arms() -> None:
    first = spec_of("adding", "rnn", rate=0.05)
    arms = [
        first,
        replace(first, max_norm=0.1),
        replace(first, max_value=0.01),
        replace(first, optimizer="adam", rate=0.01),
        replace(first, optimizer="adam", rate=0.02, max_norm=0.5),
    ]
    for arm, history in zip(arms, train_together(arms), strict=True):
        alone = train(arm)
        assert history.spec == arm
        for name in CURVES:
            np.testing.assert_allclose(getattr(history, name), getattr(alone, name), rtol=1e-4, err_msg=name)
        for name, weights in alone.weights.items():
            np.testing.assert_allclose(history.weights[name], weights, atol=1e-5, err_msg=name)
    clipped, unclipped = train(arms[1]), train(arms[0])
    assert clipped.grad_norm[0, 0] == pytest.approx(unclipped.grad_norm[0, 0])
    assert clipped.update_norm.max() <= 0.1 * 0.05 * 1.0001


@pytest.mark.parametrize(
    "change", [{"steps": 3}, {"seeds": (1,)}, {"window": 2}, {"batch_size": 5}, {"goal": 0.5}], ids=str
)
def test_arms_differ_in_how_they_descend_alone(change: dict[str, object]) -> None:
    spec = spec_of("adding", "rnn")
    with pytest.raises(ValueError, match="arms may only differ in optimizer, rate, max_norm, max_value"):
        train_together([spec, replace(spec, **change)])
    with pytest.raises(ValueError, match="at least one TrainSpec; got none"):
        train_together([])


def test_events_say_what_the_history_says() -> None:
    spec = spec_of("order", "gru", every=5)
    arms = [spec, replace(spec, rate=0.1)]
    events: list[Event] = []
    histories = train_together(arms, events.append)
    assert [event.step for event in events] == list(range(1, 13))
    for name in CURVES:
        told = np.array([getattr(event, name) for event in events], np.float32).T
        np.testing.assert_array_equal(told, np.concatenate([getattr(history, name) for history in histories]))
    assert [event.step for event in events if event.measured] == [5, 10, 12]
    assert histories[0].measured_at.tolist() == [0, 5, 10, 12]
    last = events[-1].measured
    assert last is not None
    np.testing.assert_array_equal(last.score, [*histories[0].score[:, -1], *histories[1].score[:, -1]])


def test_it_stops_when_told() -> None:
    spec = spec_of("order", "gru", every=5, steps=50)
    stopped = train(spec, lambda event: event.step < 7)
    assert stopped.taken.tolist() == [7, 7]
    assert stopped.loss.shape == (2, 7)
    assert stopped.measured_at.tolist() == [0, 5, 7]
    np.testing.assert_array_equal(stopped.loss, train(spec).loss[:, :7])
    short = train(replace(spec, steps=7))
    assert all(np.array_equal(stopped.weights[name], short.weights[name]) for name in short.weights)


def test_a_solved_run_ends() -> None:
    spec = spec_of("latch", "gru", 8, optimizer="adam", rate=0.02, steps=400, every=4, batch_size=32, goal=0.995)
    spec = replace(spec, seeds=(0, 3, 4))
    history = train(spec)
    assert (history.solved_at > 0).all()
    assert len(set(history.solved_at.tolist())) > 1
    np.testing.assert_array_equal(history.taken, history.solved_at)
    assert history.steps == history.solved_at.max()
    for run, solved in enumerate(history.solved_at):
        assert np.isfinite(history.loss[run, :solved]).all()
        assert np.isnan(history.loss[run, solved:]).all()
        measured = history.measured_at <= solved
        assert (history.score[run, measured][:-1] < 0.995).all()
        assert history.score[run, measured][-1] >= 0.995
        assert np.isnan(history.score[run, ~measured]).all()
        alone = train(replace(spec, seeds=(spec.seeds[run],), steps=int(solved), goal=None))
        np.testing.assert_allclose(alone.weights["head.weight"][0], history.weights["head.weight"][run], atol=1e-3)
    assert history.diverged_at.tolist() == [-1, -1, -1]


def test_a_goal_that_is_met_before_training_ends_it_at_the_first_measurement() -> None:
    history = train(spec_of("latch", "rnn", 4, steps=6, every=2, seeds=(0, 1), goal=0.0))
    assert history.solved_at.tolist() == [2, 2]
    assert history.taken.tolist() == [2, 2]
    assert np.isfinite(history.loss).all()


def test_an_unsolved_run_goes_on() -> None:
    history = train(spec_of("latch", "rnn", 40, goal=0.995))
    assert history.solved_at.tolist() == [-1, -1]
    assert history.taken.tolist() == [12, 12]


def test_an_explosion_is_recorded_as_it_comes() -> None:
    model = ModelSpec("rnn", 2, 8, output_size=1, nonlinearity="relu", recurrent_scale=40.0)
    spec = TrainSpec(model, TaskSpec("adding", 40), steps=6, batch_size=4, seeds=(0, 1), every=2, max_norm=1.0)
    clipped, unclipped = train_together([spec, replace(spec, max_norm=None)])
    for history in (clipped, unclipped):
        assert (history.diverged_at >= 0).all()
        for run, step in enumerate(history.diverged_at):
            finite = np.isfinite(history.loss[run]) & np.isfinite(history.grad_norm[run])
            assert not finite[step]
            assert finite[:step].all()
        assert history.taken.tolist() == [6, 6]
    assert np.isnan(unclipped.loss[:, -1]).all()
    assert np.isnan(unclipped.singular_value[:, -1]).all()
    assert np.isnan(unclipped.score[:, -1]).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"output_size": 3}, "output_size must be 2 for latch; got 3"),
        ({"output_size": 0}, "output_size must be 2 for latch; got 0"),
    ],
    ids=str,
)
def test_sizes_that_do_not_fit(change: dict[str, int], message: str) -> None:
    spec = spec_of("latch", "gru")
    with pytest.raises(ValueError, match=message):
        train(replace(spec, model=replace(spec.model, **change)))


def test_numbers_have_their_width() -> None:
    spec = spec_of("adding", "gru")
    with pytest.raises(ValueError, match="input_size must be 2 for adding; got 3"):
        train(replace(spec, model=replace(spec.model, input_size=3)))


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
def test_it_goes_on_from_what_was_kept_and_tells_all_of_it_again(
    cell: str, optimizer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "KEEP_EVERY", 0.0)
    first = spec_of("latch", cell, steps=12, every=4, optimizer=optimizer)
    arms = [first, replace(first, max_norm=0.1)]
    kept: list[bytes] = []
    whole: list[Event] = []
    expected = train_together(arms, whole.append, keep=kept.append)
    for begun in kept[::3]:
        told: list[Event] = []
        again = train_together(arms, told.append, begun)
        assert [event.step for event in told] == [event.step for event in whole]
        for one, other in zip(told, whole, strict=True):
            assert (one.measured is None) == (other.measured is None)
            np.testing.assert_allclose(one.loss, other.loss, rtol=1e-5)
        for ours, theirs in zip(again, expected, strict=True):
            for name in (*CURVES, *MEASURES, "answers", "measured_at", "taken", "diverged_at", "solved_at"):
                np.testing.assert_allclose(getattr(ours, name), getattr(theirs, name), rtol=1e-4, atol=1e-6)
            for name, weights in theirs.weights.items():
                np.testing.assert_allclose(ours.weights[name], weights, rtol=1e-4, atol=1e-6)


def test_runs_that_have_ended_stay_ended_where_it_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "KEEP_EVERY", 0.0)
    spec = spec_of("latch", "gru", 3, steps=300, every=10, rate=0.05, optimizer="adam", seeds=(0, 1, 2, 3), goal=0.9)
    kept: list[bytes] = []
    expected = train_together([spec], keep=kept.append)[0]
    assert len(set(expected.taken)) > 1
    again = train_together([spec], begun=kept[-1])[0]
    np.testing.assert_array_equal(again.taken, expected.taken)
    np.testing.assert_array_equal(again.solved_at, expected.solved_at)
    np.testing.assert_allclose(again.weights["head.weight"], expected.weights["head.weight"], rtol=1e-4, atol=1e-6)


def test_what_it_cannot_go_on_from_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "KEEP_EVERY", 0.0)
    spec = spec_of("latch", "gru")
    kept: list[bytes] = []
    train_together([spec], keep=kept.append)
    with pytest.raises(RefusedError, match="it must be of the same settings and data; it is of others"):
        train_together([replace(spec, rate=0.5)], begun=kept[0])
    with pytest.raises(RefusedError, match="expected an unfinished training"):
        train_together([spec], begun=b"nonsense")
