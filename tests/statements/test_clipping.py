"""What the page of clipping says of the trainings that ship."""

from typing import Final

import numpy as np

from rnnviz import clipping
from tests.statements.reading import numbers

PAGE: Final = "assets/text/clipping.md"


def test_a_dead_network_outputs_one_number_and_its_output_bias_goes_on_learning():
    early, early_update, late, late_update = numbers(
        PAGE,
        "at any one time the network gives the same answer to every sequence. Only the output bias still learns: for "
        "seed 0 that answer is {} after update {} and {} after update {}, near 1, the mean of all sums.",
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
