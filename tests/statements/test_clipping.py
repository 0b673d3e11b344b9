"""What the page of clipping says of the trainings that ship."""

from dataclasses import replace
from typing import Final

import numpy as np

from rnnviz import clipping
from rnnviz.train import train
from tests.statements.reading import numbers

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
        "In the {} runs that ship, at least {} of the {} units are 0 at every step from update {} on, and all {} from "
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
