"""What the page of clipping says of the trainings that ship."""

from dataclasses import replace
from typing import Final

import numpy as np
import pytest

from rnnviz import clipping
from rnnviz.train import train
from tests.statements.reading import Number, numbers

PAGE: Final = "assets/text/clipping.md"


def test_a_dead_network_outputs_one_number_and_its_output_bias_goes_on_learning():
    early, early_update, late, late_update = numbers(
        PAGE,
        "the network's output is the same for every sequence; only training changes it. Only the output bias still "
        "learns: for seed 0 that output is {} after update {} and {} after update {}, near 1, the mean of all sums.",
    )
    bare, _ = clipping.shipped_pair()
    at = {int(update): k for k, update in enumerate(bare.measured_at)}
    answers = bare.answers[..., 0]  # (run, measurement, example)
    assert not np.ptp(answers[:, at[early_update.value] :], axis=2).any()
    for said, update in ((early, early_update), (late, late_update)):
        assert said.is_rounded(answers[0, at[update.value], 0])
    assert late_update.value == bare.steps
    np.testing.assert_allclose(answers[:, -1, 0], bare.weights["head.bias"][:, 0], rtol=1e-6)  # the states are 0
    assert abs(answers[:, -1] - 1).max() < 0.03


def test_how_many_units_of_the_shipped_runs_are_0_and_from_when_on():
    runs, fewest, units, first, every, later = numbers(
        PAGE,
        "In the {} stored runs, at least {} of the {} units are 0 at every step from update {} on, and all {} from "
        "update {} on.",
    )
    bare, _ = clipping.shipped_pair()
    at = {int(update): k for k, update in enumerate(bare.measured_at)}
    assert (len(bare.dead), every.value) == (runs.value, units.value)
    assert bare.spec.model.hidden_size == units.value
    assert bare.dead[:, at[first.value] :].min() == fewest.value
    assert (bare.dead[:, at[later.value] :] == every.value).all()
    assert not (bare.dead[:, at[later.value] - 1] == every.value).all()


def test_over_20_seeds_nearly_all_units_are_0_or_no_number_is_left():
    seeds, update, fewest, units = numbers(
        PAGE,
        "For each of {} seeds, after {} updates at least {} of the {} units are 0 at every step, or no finite number "
        "is left.",
    )
    bare, _ = clipping.pair(clipping.USUAL)
    assert bare.model.hidden_size == units.value
    for some in np.split(np.arange(int(seeds.value)), 2):
        dead = train(replace(bare, seeds=tuple(some.tolist()), steps=int(update.value))).dead
        assert (dead[:, 0] < fewest.value).all()
        assert ((dead[:, -1] >= fewest.value) | np.isnan(dead[:, -1])).all()


@pytest.mark.parametrize(("preset", "cell"), [("GRU, SGD", "GRU"), ("LSTM, SGD", "LSTM")])
def test_of_the_shipped_runs_the_unclipped_end_early_and_the_clipped_learn(preset: str, cell: str):
    update, rate, moved = numbers(
        PAGE,
        f"Without clipping, the {cell} has no finite number left by update {{}}; with clipping it learns to add two "
        "marked numbers. Both have the same weights and the same batches; the only difference is one line, the "
        "clipping of the gradient. At a learning rate of {}, each unclipped update is as long as its gradient. "
        "Clipped, no update moves the weights by more than {}, and the loss falls far below",
    )
    bare, clipped = clipping.shipped_pair(preset)
    assert (bare.diverged_at >= 0).all()
    assert bare.diverged_at.max() + 1 == update.value  # counted from 1
    assert bare.spec.rate == rate.value == 1  # so an update is as long as its gradient
    assert (clipped.diverged_at < 0).all()
    assert clipped.update_norm.max() <= moved.value * 1.001
    assert clipped.score[:, -1].max() < 1 / 6 / 5
    assert clipped.loss[:, -100:].mean() < 1 / 6 / 5


def test_the_norm_of_a_clipped_gru_stays_short():
    (longest,) = numbers(PAGE, "In the clipped run the norm before clipping never exceeds {}.")
    bare, clipped = clipping.shipped_pair("GRU, SGD")
    assert 0.9 * longest.value < clipped.grad_norm.max() < longest.value
    assert np.isinf(bare.grad_norm).any()


@pytest.mark.slow
def test_over_20_seeds_a_gru_and_an_lstm_end_unless_they_are_clipped_and_then_learn():
    seeds, by, least, updates = numbers(
        PAGE,
        "Each of {} seeds shows the same: unclipped, a number is infinite or NaN by update {}; clipped, the loss on "
        "held-out sequences is below {} after {} updates.",
    )
    bare, loss = _over(seeds, "GRU, SGD", updates)
    assert ((bare >= 0) & (bare + 1 <= by.value)).all()
    assert loss.max() < least.value
    seeds, ended, by, alive_at, least, updates = numbers(
        PAGE,
        "Of {} seeds, {} have an infinite number or NaN by update {} if they are unclipped; one has none in {} "
        "updates. Clipped, the loss on held-out sequences is below {} after {} updates for each of them.",
    )
    bare, loss = _over(seeds, "LSTM, SGD", updates)
    assert ((bare >= 0) & (bare + 1 <= by.value)).sum() == ended.value
    assert (bare < 0).sum() == seeds.value - ended.value == 1
    assert alive_at.value == UNCLIPPED
    assert loss.max() < least.value


UNCLIPPED: Final = 200
"""Updates without clipping."""


def _over(seeds: Number, preset: str, updates: Number) -> tuple[np.ndarray, np.ndarray]:
    """Where each unclipped run ends, and the held-out loss of each clipped run."""
    bare, clipped = clipping.pair(clipping.PRESETS[preset])
    assert clipped.steps == updates.value
    some = [tuple(part.tolist()) for part in np.split(np.arange(int(seeds.value)), 2)]
    ended = [train(replace(bare, seeds=part, steps=UNCLIPPED)).diverged_at for part in some]
    return np.concatenate(ended), np.concatenate([train(replace(clipped, seeds=part)).score[:, -1] for part in some])


def test_an_orthogonal_rnn_ends_unless_it_is_clipped_and_does_not_learn():
    (updates,) = numbers(PAGE, "the network does not learn to add within these {} updates.")
    bare, clipped = clipping.shipped_pair("RNN orthogonal × 1.5, SGD")
    assert (bare.diverged_at >= 0).all()
    assert (clipped.diverged_at < 0).all()
    assert clipped.steps == updates.value
    assert clipped.score[:, -1].min() > 1 / 6


def test_with_adam_both_train_almost_alike():
    bare, clipped = clipping.shipped_pair("RNN, Adam")
    for history in (bare, clipped):
        assert ((history.score[:, -1] > 0.8 / 6) & (history.score[:, -1] < 1 / 6)).all()
    np.testing.assert_allclose(bare.score[:, -1], clipped.score[:, -1], rtol=0.06)


def test_which_thresholds_learn_and_how_many_updates_each_clips():
    least, most, best, updates, share, few, above, *long, step, longer = numbers(
        PAGE,
        "The loss ends below the dotted line from max_norm {} to {}; it is lowest at {}. With a smaller threshold "
        "every step is short, and after {} updates the network is still on its way. With a larger one single steps "
        "move the weights far, to where gradients are long: {} % of the updates are clipped at {}, over {} % at {} and "
        "{}, each to a step of still {} or {}. Without a threshold, at the right edge, "
        "the weights soon become infinite or NaN.",
    )
    sweep = clipping.shipped_sweep("norm")
    at = {limit: k for k, limit in enumerate(sweep.limits)}
    learns = (sweep.last_loss < 1 / 6).all(1)
    assert sweep.limits[learns].tolist() == [limit for limit in clipping.THRESHOLDS if limit <= most.value]
    assert clipping.THRESHOLDS[0] == least.value
    assert sweep.limits[sweep.best] == best.value
    assert sweep.updates == updates.value
    assert share.is_rounded(100 * sweep.clipped[at[few.value]].mean())
    assert [limit.value for limit in long] == [step.value, longer.value]
    assert sweep.last_loss[0].min() > 5 * sweep.last_loss[sweep.best].max()  # still on its way
    assert sweep.clipped[0].min() > 0.99
    assert np.isnan(sweep.last_loss[-1]).all()
    assert sweep.specs[0].rate == 1  # so a clipped step is as long as the threshold
    for limit in long:
        assert 100 * sweep.clipped[at[limit.value]].min() > above.value
        assert sweep.mean_norm[at[limit.value]].min() > 5 * limit.value


def test_the_range_around_the_average_norm_is_no_guarantee():
    times, best, norm, low, high, inside, last = numbers(
        PAGE,
        "find that from half to {} times that norm training can still converge. At max_norm {} the average norm here "
        "is {}, so this range is {} to {}. The best threshold lies below it, and at {} and {}, inside of it, the loss "
        "ends above the dotted line.",
    )
    sweep = clipping.shipped_sweep("norm")
    average = sweep.mean_norm[sweep.best].mean()
    assert norm.is_rounded(average)
    assert low.is_rounded(average / 2)
    assert high.is_rounded(times.value * average)
    assert sweep.limits[sweep.best] == best.value < low.value
    for limit in (inside, last):
        assert low.value < limit.value < high.value
        assert (sweep.last_loss[sweep.limits == limit.value] > 1 / 6).all()
