"""What the page of clipping says of the trainings that ship."""

from dataclasses import replace
from typing import Final

import numpy as np
import pytest
import torch
from torch import nn

from rnnviz import clipping
from rnnviz.analysis import course, first_bad_update, rate_sweep
from rnnviz.analysis.training import LEARNED
from rnnviz.models import build
from rnnviz.tasks import task
from rnnviz.train import train, train_together
from rnnviz.train.reaching import first_gradients
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
    rate, update, moved = numbers(
        PAGE,
        f"The learning rate of {{}} is too high for this {cell}: unclipped, it has no finite number left by update "
        f"{{}}. "
        "Clipped, it learns to add two marked numbers: no update moves the weights by more than {}, and the loss "
        "falls far below",
    )
    bare, clipped = clipping.shipped_pair(preset)
    assert (bare.diverged_at >= 0).all()
    assert bare.diverged_at.max() + 1 == update.value  # counted from 1
    assert bare.spec.rate == rate.value == 1  # so an update is as long as its gradient
    assert (clipped.diverged_at < 0).all()
    assert clipped.update_norm.max() <= moved.value * 1.001
    assert clipped.score[:, -1].max() < 1 / 6 / 5
    assert clipped.loss[:, -100:].mean() < 1 / 6 / 5


def test_the_clipped_irnn_is_better_than_without_memory():
    low, high, one, six = numbers(
        PAGE,
        "with clipping it adds two marked numbers better than is possible without memory: its loss ends between {} and "
        "{}, where {}/{} is the best without memory.",
    )
    _, clipped = clipping.shipped_pair("IRNN, 10 steps, SGD")
    ends = clipped.score[:, -1]
    assert low.value < ends.min() < ends.max() < high.value < one.value / six.value
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


# --- Learning rates ---


def test_the_irnn_reaches_with_clipping_what_it_reaches_at_no_rate_without():
    norm, rate, seeds, below, most, of, updates = numbers(
        PAGE,
        "Clipped at max_norm {}, with a rate of {}, each of {} seeds ends below {}. Unclipped, at no rate do more "
        "than {} of {} end there: a low rate is too slow for {} updates, and a higher one ends the learning.",
    )
    found = clipping.shipped_rates("IRNN")
    assert (found.spec.max_norm, found.spec.steps) == (norm.value, updates.value)
    assert found.clipped.shape == (len(found.rates), seeds.value)
    assert seeds.value == of.value == 20
    assert below.value == LEARNED
    assert found.learned("clipped")[found.rates == rate.value] == seeds.value
    assert found.learned("unclipped").max() == most.value
    quick, updates, above, lowest, at, wide, *_ = numbers(
        PAGE,
        "At rates up to {} it does not break, and in {} updates it hardly learns: its median loss stays above {}. "
        "Its lowest median, {}, is at {}. From {} on, more than half of the networks have a loss above that of the "
        "best constant output, {}/{}.",
    )
    medians = found.medians("unclipped")
    assert found.spec.steps == updates.value
    assert medians[found.rates <= quick.value].min() > above.value
    assert lowest.is_rounded(medians.min())
    assert found.rates[medians.argmin()] == at.value
    with np.errstate(invalid="ignore"):
        lost = ~(found.unclipped < 1 / 6)
    assert (lost.mean(1) > 0.5).tolist() == (found.rates >= wide.value).tolist()
    (rates,) = numbers(PAGE, "batches of 32, 20 seeds at each of {} rates. With other thresholds")
    assert rates.value == len(found.rates)


@pytest.mark.slow
def test_the_irnn_reaches_it_at_a_low_rate_in_more_updates():
    rate, seeds, below, updates = numbers(
        PAGE, "unclipped at {}, each of {} networks ends below {} after {} updates. What clipping gains here is time."
    )
    spec = clipping.shipped_rates("IRNN").spec
    steps = int(updates.value)
    bare = replace(spec, rate=rate.value, max_norm=None, steps=steps, every=steps)
    for some in np.split(np.arange(int(seeds.value)), 2):
        assert train(replace(bare, seeds=tuple(some.tolist()))).score[:, -1].max() < below.value == LEARNED
    assert seeds.value == 20


@pytest.mark.parametrize("cell", ["GRU", "LSTM"])
def test_a_gated_network_reaches_with_clipping_no_lower_loss(cell: str):
    best, loss, seeds, below, norm, clipped_loss, clipped_rate, fewest, of, limit, low, high = numbers(
        PAGE,
        f"For this {cell} clipping moves the range of learning rates that train to higher rates and widens it; it "
        "reaches no lower loss. "
        "Unclipped, a rate of {} is best: its median loss is {}, and each of {} seeds ends below {}. Clipped at "
        "max_norm {} the best is {}, at a rate of {}. Clipped, at least {} of {} seeds end below {} at each rate "
        "from {} to {}; unclipped,",
    )
    found = clipping.shipped_rates(cell)
    bare, clipped = found.medians("unclipped"), found.medians("clipped")
    assert found.rates[bare.argmin()] == best.value
    assert loss.is_rounded(bare.min())
    assert found.learned("unclipped")[bare.argmin()] == seeds.value == of.value == 20
    assert below.value == limit.value == LEARNED
    assert found.spec.max_norm == norm.value
    assert found.rates[clipped.argmin()] == clipped_rate.value
    assert clipped_loss.is_rounded(clipped.min())
    trains = {arm: found.rates[found.trains(arm)] for arm in clipping.ARMS}
    assert len(trains["clipped"]) > len(trains["unclipped"])
    assert trains["clipped"].min() > trains["unclipped"].min()
    assert trains["clipped"].max() > trains["unclipped"].max()
    assert clipped.min() > bare.min()
    inside = (found.rates >= low.value) & (found.rates <= high.value)
    assert found.learned("clipped")[inside].min() == fewest.value
    assert found.rates[-1] == high.value
    assert not found.learned("unclipped")[found.rates >= 1].any()
    assert not np.isnan(found.clipped).any()


def test_at_a_rate_of_0_3_no_gated_network_needs_clipping():
    rate, seeds, below = numbers(
        PAGE, "Unclipped at a rate of {}, none of {} seeds diverges, and the loss is below {}."
    )
    gru = clipping.shipped_rates("GRU").unclipped[clipping.shipped_rates("GRU").rates == rate.value]
    assert gru.shape == (1, seeds.value)
    assert gru.max() < below.value
    rate, seeds = numbers(PAGE, "Unclipped at a rate of {}, none of {} seeds diverges. **References.**")
    lstm = clipping.shipped_rates("LSTM").unclipped[clipping.shipped_rates("LSTM").rates == rate.value]
    assert lstm.shape == (1, seeds.value)
    assert not np.isnan(lstm).any()
    assert np.isnan(clipping.shipped_rates("GRU").unclipped[clipping.shipped_rates("GRU").rates >= 1]).all()


def test_on_the_home_page_the_units_output_0_by_the_update_that_it_names() -> None:
    by, units = numbers(
        "rnnviz/ui/pages/home/view.py",
        "the second update ends the learning: by update {} all {} units output 0 at every step.",
    )
    bad = first_bad_update(course(clipping.shipped_pair()[0]))
    assert bad is not None
    assert (bad.update, bad.measured_at) == (2, by.value)
    assert (bad.after["dead"], bad.end["dead"]) == (units.value, units.value)


def first_updates(preset: str, seeds: int, updates: int) -> list[dict[str, np.ndarray]]:
    """Of the first unclipped updates of a preset, over many seeds: the gradient's norm, and what has which part of it.

    Returns:
        By name, each of shape (seed,): ``norm``; ``fading``, the gradient by h_0 beside that by the last state; and the
        shares of the norm that the output layer (``head``) and W_hh (``recurrent``) have.
    """
    spec = clipping.pair(clipping.PRESETS[preset])[0]
    found: list[dict[str, list[float]]] = [{} for _ in range(updates)]
    for seed in range(seeds):
        network, generator = build(replace(spec.model, seed=seed)), np.random.default_rng([seed, 0])
        network.requires_grad_()
        optimizer = torch.optim.SGD(network.parameters(), lr=spec.rate)
        for told in found:
            batch = task(spec.task).draw(spec.batch_size, generator)
            states = network.rnn(torch.from_numpy(batch.x))[0]
            loss = nn.functional.mse_loss(network.head(states[:, -1]), torch.from_numpy(batch.y))
            optimizer.zero_grad()
            loss.backward()
            parts = {
                name: float(part.grad.norm()) for name, part in network.named_parameters() if part.grad is not None
            }
            norm = np.hypot.reduce(list(parts.values()))
            head = np.hypot.reduce([part for name, part in parts.items() if name.startswith("head")])
            recurrent = next(part for name, part in parts.items() if name.endswith("weight_hh_l0"))
            for name, value in {"norm": norm, "head": head / norm, "recurrent": recurrent / norm}.items():
                told.setdefault(name, []).append(float(value))
            optimizer.step()
        if not seed:
            assert (spec.batch_size, spec.task.length) == (32, 10)
    fading = [first_gradients(replace(spec, seeds=(seed,))) for seed in range(seeds)]
    found[0]["fading"] = [float(norms[0] / norms[-1]) for norms in fading]
    return [{name: np.array(values) for name, values in told.items()} for told in found]


def test_the_gradient_of_an_irnn_does_not_fade_and_its_recurrence_has_most_of_it():
    seeds, rate, least, most, share = numbers(
        PAGE,
        "over {} seeds the first batch’s gradient with respect to $h_0$ has at least half of the norm of that "
        "with respect to $h_9$. The ten steps add up, in the states as in the gradient. Unclipped at rate {}, the "
        "second gradient has a norm of {} to {}, and the recurrent matrix alone has at least {} % of that norm.",
    )
    first, later = first_updates("IRNN, 10 steps, SGD", int(seeds.value), 2)
    assert rate.value == clipping.PRESETS["IRNN, 10 steps, SGD"].rate
    assert first["fading"].min() > 0.5
    assert later["norm"].min() == pytest.approx(least.value, rel=0.05)
    assert later["norm"].max() == pytest.approx(most.value, rel=0.05)
    assert 100 * later["recurrent"].min() > share.value


@pytest.mark.parametrize("cell", ["GRU", "LSTM"])
def test_of_a_gated_network_the_output_layer_has_most_of_the_first_gradient(cell: str):
    (first,) = first_updates(f"{cell}, SGD", 20, 1)
    beside, training = {"GRU": ("A lower rate", "Through time"), "LSTM": ("**More", "A step")}[cell]
    share, seeds, fading = numbers(
        PAGE,
        "At the first update the output layer has at least {} % of the norm of the gradient in each of {} seeds, and "
        "the gradient with respect to $h_0$ at most {} % of the norm of that with respect to $h_9$: nothing explodes "
        "through time. The step is "
        "too "
        f"long, and clipping makes it short. {beside}",
    )
    again = numbers(
        PAGE,
        "In each of {} seeds, the output layer has at least {} % of the norm of the first gradient, and the gradient "
        f"with respect to $h_0$ has at most {{}} % of the norm of that with respect to $h_9$. {training}",
    )
    assert again == [seeds, share, fading]
    assert len(first["norm"]) == seeds.value
    assert 100 * first["head"].min() > share.value
    assert 100 * first["fading"].max() < fading.value


def test_the_shipped_irnn_over_10_steps_ends_with_the_second_update_unless_it_is_clipped():
    low, high, units = numbers(
        PAGE,
        "The second gradient is {} to {} times as long as the first in the three stored runs. Unclipped, it throws the "
        "weights so far that all {} units are 0 at every step.",
    )
    bare, clipped = clipping.shipped_pair("IRNN, 10 steps, SGD")
    times = bare.grad_norm[:, 1] / bare.grad_norm[:, 0]
    assert low.is_rounded(times.min())
    assert high.is_rounded(times.max())
    assert (bare.dead[:, 1:] == units.value).all()
    (loss,) = numbers(PAGE, "On the held-out sequences its loss is {}, a little more than the dotted line")
    assert loss.is_rounded(bare.score[:, -1].min())
    assert loss.is_rounded(bare.score[:, -1].max())
    assert clipped.score[:, -1].max() < LEARNED


@pytest.mark.nightly
@pytest.mark.parametrize("name", clipping.RATED)
def test_rates_trained_again_come_out_alike(name: str):
    """Some of the seeds, at the rates that the text speaks of: not the last digits, which another processor changes."""
    rates = {"IRNN": (0.03, 0.1), "GRU": (0.3, 1.0), "LSTM": (0.3, 1.0)}[name]
    seeds = range(4)
    again = rate_sweep([train_together(clipping.rate_arms(name, rates, seeds))])
    shipped = clipping.shipped_rates(name)
    at = np.isin(shipped.rates, rates)
    assert replace(again.spec, seeds=shipped.spec.seeds, rate=shipped.spec.rate) == shipped.spec
    for arm in clipping.ARMS:
        few = getattr(shipped, arm)[at][:, : len(seeds)]
        learned = (np.nan_to_num(few, nan=np.inf) < LEARNED).sum(1)
        assert abs(again.learned(arm) - learned).max() <= 1


# --- Thresholds and others ---


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
