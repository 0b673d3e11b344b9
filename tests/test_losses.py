"""Gradients by step, by length and by the step of the loss, against torch's autograd."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from rnnviz.models import Network, build
from rnnviz.names import CELLS
from rnnviz.reach import input_rows, length_gradients, state_rows, step_gradients, step_losses
from rnnviz.reach.losses import Of
from rnnviz.spec import Edit, ModelSpec

SPEC = ModelSpec(input_size=3, hidden_size=6, output_size=2, seed=4)
X = np.random.default_rng(0).standard_normal((12, 3)).astype(np.float32)


def by_autograd(network: Network, losses: Any, x: np.ndarray, at: int | None) -> tuple[torch.Tensor, torch.Tensor]:
    """The input and the loss of torch's own module in float64."""
    given = torch.from_numpy(x).double().requires_grad_()
    each = losses(network.rnn(given)[0])
    return given, each.sum() if at is None else each[at]


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("of", ["projection", "read-out"])
@pytest.mark.parametrize("at", [None, 7])
def test_gradients_by_the_input_are_those_of_autograd(cell: Any, of: Of, at: int | None) -> None:
    spec = replace(SPEC, cell=cell, bidirectional=True)
    network = build(spec).double()
    x, loss = by_autograd(network, step_losses(network, of, seed=spec.seed), X, at)
    (expected,) = torch.autograd.grad(loss, x)
    found = step_gradients(spec, X, signal="x", of=of, at=at)
    np.testing.assert_allclose(found.norms, expected.norm(dim=-1), rtol=1e-9)
    assert found.loss == pytest.approx(float(loss.detach()), rel=1e-12)
    assert found.began is None


def test_the_loss_of_h_is_a_projection_of_length_1() -> None:
    for cell in CELLS:
        found = step_gradients(replace(SPEC, cell=cell), X, at=11)
        assert found.norms[11] == pytest.approx(1)
        assert (found.norms[:11] > 0).all()
        earlier = step_gradients(replace(SPEC, cell=cell), X, at=4).norms
        assert earlier[4] == pytest.approx(1)
        assert not earlier[5:].any()


def test_a_linear_recurrence_loses_just_its_scale() -> None:
    """ReLU with positive states and W_hh = s: each step back multiplies by s."""
    spec = ModelSpec(input_size=1, hidden_size=1, output_size=0, nonlinearity="relu")
    places = {"weight_hh_l0": (0, 0), "weight_ih_l0": (0, 0), "bias_ih_l0": (0,), "bias_hh_l0": (0,)}
    edits = [Edit(name, places[name], value) for name, value in zip(places, (0.9, 1.0, 0.0, 0.0), strict=True)]
    found = step_gradients(spec, np.ones((51, 1), np.float32), at=50, edits=edits).norms
    np.testing.assert_allclose(found, np.float32(0.9) ** np.arange(50, -1, -1.0), rtol=1e-6)
    assert found[0] == pytest.approx(0.0051538, rel=1e-4)  # NUMBERS.md
    tanh = replace(spec, nonlinearity="tanh")
    tiny = [Edit("weight_ih_l0", (0, 0), 1e-6), *(edit for edit in edits if edit.name != "weight_ih_l0")]
    np.testing.assert_allclose(length_gradients(tanh, (1, 11, 51), edits=tiny), [1, 0.9**10, 0.9**50], rtol=1e-5)


def test_a_first_state_without_slope_lets_nothing_through() -> None:
    spec = ModelSpec(input_size=1, hidden_size=1, output_size=0, nonlinearity="relu")
    assert not length_gradients(spec, (1, 5), edits=[Edit("bias_ih_l0", (0,), -9.0)]).any()


@pytest.mark.parametrize("cell", CELLS)
def test_lengths_are_one_pass_a_length(cell: Any) -> None:
    spec = replace(SPEC, cell=cell, output_size=0)
    network = build(spec).double()
    losses = step_losses(network, seed=spec.seed)
    drawn = np.random.default_rng([spec.seed, 2]).standard_normal((30, 3))
    norms = []
    for length in (1, 8, 30):
        x, loss = by_autograd(network, losses, drawn[:length], length - 1)
        norms.append(float(torch.autograd.grad(loss, x)[0][0].norm()))
    found = length_gradients(spec, (1, 8, 30))
    np.testing.assert_allclose(found, np.array(norms) / norms[0], rtol=1e-9)


@pytest.mark.parametrize("bidirectional", [False, True])
def test_rows_are_single_passes(*, bidirectional: bool) -> None:
    spec = replace(SPEC, cell="gru", bidirectional=bidirectional, num_layers=2)
    rows = (0, 5, 9)
    states = state_rows(spec, X, rows, layer=1)
    inputs = input_rows(spec, X, rows)
    for k, at in enumerate(rows):
        np.testing.assert_allclose(states[k], step_gradients(spec, X, at=at, layer=1).norms, rtol=1e-9)
        np.testing.assert_allclose(inputs[k], step_gradients(spec, X, signal="x", at=at).norms, rtol=1e-9)
    if not bidirectional:
        assert not inputs[0, 1:].any()
        assert not inputs[1, 6:].any()


def test_what_is_not_finite_is_told_and_does_not_fail() -> None:
    spec = replace(SPEC, nonlinearity="relu")
    edits = [Edit("weight_hh_l0", (k, k), 1e6) for k in range(6)]
    x = np.ones((80, 3), np.float32)
    found = step_gradients(spec, x, at=79, edits=edits)
    assert found.began is not None
    assert 40 < found.began < 60
    assert not np.isfinite(found.loss)
    assert np.isfinite(step_gradients(spec, x, at=found.began - 2, edits=edits).loss)
    assert input_rows(spec, x, (79,), edits=edits).shape == (1, 80)


def test_what_cannot_be_had() -> None:
    with pytest.raises(ValueError, match="of must be projection for a network without a read-out"):
        step_gradients(replace(SPEC, output_size=0), X, of="read-out")
    with pytest.raises(ValueError, match="bidirectional must be False"):
        length_gradients(replace(SPEC, bidirectional=True), (1, 2))
