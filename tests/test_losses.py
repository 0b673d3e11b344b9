"""Gradients by step, by length and by the step of the loss, against torch's autograd and exact powers."""

from dataclasses import replace
from typing import Any, get_args

import numpy as np
import pytest
import torch

from rnnviz.models import Network, build
from rnnviz.names import CELLS
from rnnviz.reach import By, Of, length_gradients, loss_rows, loss_vectors, step_gradients
from rnnviz.spec import Edit, ModelSpec
from tests.analysis.test_gradients import POWERS
from tests.test_reach import by_steps, first_states
from tests.together import together

SPEC = ModelSpec(input_size=3, hidden_size=6, output_size=2, seed=4)
X = np.random.default_rng(0).standard_normal((12, 3)).astype(np.float32)
PLACES: tuple[tuple[int, Any], ...] = ((0, "forward"), (0, "reverse"), (1, "forward"), (1, "reverse"))


def losses_of(network: Network, output: torch.Tensor, of: Of, seed: int) -> torch.Tensor:
    """The loss of every step, straight from what it is said to be."""
    if of == "read-out":
        assert network.head is not None
        return network.head(output).max(-1).values
    drawn = torch.from_numpy(np.random.default_rng([seed, 3]).standard_normal(output.shape[-1]))
    return output @ (drawn / drawn.norm())


@together("cell", CELLS)
@together("of", get_args(Of))
@together("bidirectional", [False, True])
@together("is_started", [False, True])
def test_every_row_is_that_of_autograd_in_float64(cell: Any, of: Of, *, bidirectional: bool, is_started: bool) -> None:
    """By h and c of every layer and direction, and by x; a loss at a step, and at all; from zeros, and not."""
    spec = replace(SPEC, cell=cell, bidirectional=bidirectional, num_layers=2)
    network = build(spec).double()
    x = torch.from_numpy(X).double().requires_grad_()
    hx = first_states(spec) if is_started else ()
    output, states = by_steps(network.rnn, x, hx)
    losses = losses_of(network, output, of, spec.seed)
    rows = (5, 0, 11)

    def check(by: By, leaves: list[torch.Tensor], layer: int = 0, direction: Any = "forward") -> None:
        found = loss_rows(spec, X, rows, by=by, of=of, layer=layer, direction=direction, hx=hx)
        whole = step_gradients(spec, X, by=by, of=of, layer=layer, direction=direction, hx=hx)
        one = step_gradients(spec, X, by=by, of=of, at=5, layer=layer, direction=direction, hx=hx)
        for norms, loss in zip([*found, one.norms, whole.norms], [*losses[[*rows, 5]], losses.sum()], strict=True):
            grads = torch.autograd.grad(loss, leaves, retain_graph=True, materialize_grads=True)
            expected = torch.cat([grad.reshape(-1, grad.shape[-1]) for grad in grads]).norm(dim=-1)
            np.testing.assert_allclose(norms, expected, rtol=1e-9, atol=1e-300)
        assert one.began is None

    check("x", [x])
    for layer, direction in PLACES if bidirectional else PLACES[::2]:
        for by in ("h", "c") if cell == "lstm" else ("h",):
            check(by, states[layer, direction, by], layer, direction)


def test_the_loss_of_h_is_a_projection_of_length_1() -> None:
    for cell in CELLS:
        spec = replace(SPEC, cell=cell)
        vectors = loss_vectors(build(spec), np.zeros((3, 6)), seed=4)
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1)
        found = step_gradients(spec, X, at=11)
        assert found.norms[11] == pytest.approx(1)
        assert (found.norms[:11] > 0).all()
        earlier = step_gradients(spec, X, at=4).norms
        assert earlier[4] == pytest.approx(1)
        assert not earlier[5:].any()


@pytest.mark.parametrize(("s", "printed"), POWERS)
def test_a_linear_recurrence_changes_a_length_by_its_scale(s: float, printed: float) -> None:
    """ReLU with positive states and W_hh = s x a permutation: each step back multiplies by s."""
    spec = ModelSpec(input_size=2, hidden_size=6, output_size=0, nonlinearity="relu")
    onto = np.random.default_rng(3).permutation(6)
    edits = [Edit("weight_hh_l0", (j, k), s * (onto[j] == k)) for j in range(6) for k in range(6)]
    edits += [Edit("bias_ih_l0", (j,), 3.0) for j in range(6)]
    powers = float(np.float32(s)) ** np.arange(50, -1, -1.0)
    x = np.random.default_rng(1).uniform(-1, 1, (51, 2))
    by_h = step_gradients(spec, x, at=50, edits=edits).norms
    np.testing.assert_allclose(by_h, powers, rtol=1e-6)
    np.testing.assert_allclose(by_h[0], printed, rtol=1e-4)
    rows = loss_rows(spec, x, range(51), edits=edits)
    np.testing.assert_allclose(rows[:, 0], powers[::-1], rtol=1e-6)
    np.testing.assert_allclose(rows[50], by_h, rtol=1e-12)  # one of 51 in a product, and alone: roundings of float64


def test_of_a_linear_recurrence_the_length_alone_counts() -> None:
    spec = ModelSpec(input_size=1, hidden_size=1, output_size=0)
    places = {"weight_hh_l0": (0, 0), "weight_ih_l0": (0, 0), "bias_ih_l0": (0,), "bias_hh_l0": (0,)}
    tiny = [Edit(name, places[name], value) for name, value in zip(places, (0.9, 1e-6, 0.0, 0.0), strict=True)]
    x = np.random.default_rng(2).standard_normal((51, 1))
    np.testing.assert_allclose(length_gradients(spec, x, (1, 11, 51), edits=tiny), [1, 0.9**10, 0.9**50], rtol=1e-5)


@pytest.mark.parametrize(("bias", "printed"), [(0.0, 9.5e-7), (1.0, 1.9e-3), (2.0, 7.9e-2)])
def test_along_c_nothing_but_the_forget_gate_counts(bias: float, printed: float) -> None:
    """σ(b) a step where nothing else reaches the gate and W_hh is 0; twenty steps leave σ(b)^20."""
    spec = ModelSpec("lstm", input_size=1, hidden_size=1, output_size=0, forget_bias=bias)
    edits = [Edit("weight_hh_l0", (k, 0), 0.0) for k in range(4)] + [Edit("weight_ih_l0", (1, 0), 0.0)]
    x = np.random.default_rng(2).standard_normal((21, 1))
    norms = step_gradients(spec, x, by="c", at=20, edits=edits).norms
    gate = 1 / (1 + np.exp(-bias))
    np.testing.assert_allclose(norms / norms[20], gate ** np.arange(20, -1, -1.0), rtol=1e-6)
    assert float(f"{norms[0] / norms[20]:.1e}") == printed


def test_the_more_open_the_forget_gate_the_more_is_left() -> None:
    """As torch starts 64 units, 20 steps back: the ladder of forget biases, for every seed."""
    x = np.random.default_rng(5).standard_normal((21, 16))
    for seed in range(3):
        spec = ModelSpec("lstm", input_size=16, hidden_size=64, output_size=0, seed=seed)
        left = [step_gradients(replace(spec, forget_bias=b), x, at=20).norms[0] for b in (0.0, 1.0, 2.0, 3.0)]
        assert left == sorted(left)
        assert left[3] > 1000 * left[0]


def test_a_first_state_without_slope_lets_nothing_through() -> None:
    spec = ModelSpec(input_size=1, hidden_size=1, output_size=0, nonlinearity="relu")
    off = [Edit("bias_ih_l0", (0,), -9.0)]
    assert not length_gradients(spec, np.ones((5, 1)), (1, 5), edits=off).any()


@pytest.mark.parametrize("cell", CELLS)
def test_lengths_are_one_pass_a_length(cell: Any) -> None:
    spec = replace(SPEC, cell=cell, output_size=0)
    network = build(spec).double()
    drawn = np.random.default_rng(6).standard_normal((30, 3))
    norms = []
    for length in (1, 8, 30):
        x = torch.from_numpy(drawn[:length]).requires_grad_()
        loss = losses_of(network, network.rnn(x)[0], "projection", spec.seed)[-1]
        norms.append(float(torch.autograd.grad(loss, x)[0][0].norm()))
    np.testing.assert_allclose(length_gradients(spec, drawn, (1, 8, 30)), np.array(norms) / norms[0], rtol=1e-9)


@pytest.mark.parametrize("cell", CELLS)
def test_what_is_not_finite_is_told_and_stays_where_it_is(cell: Any) -> None:
    spec = replace(SPEC, cell=cell, nonlinearity="relu")
    edits = [Edit("weight_hh_l0", (k, k), 1e6) for k in range(6)] if cell == "rnn" else []
    x = np.ones((80, 3), np.float32)
    if cell != "rnn":
        x[50] = np.nan  # a gated cell's state has no other way out of the finite
    found = step_gradients(spec, x, at=79, edits=edits)
    assert found.began is not None
    assert 40 < found.began < 60
    before = found.began - 2
    rows = loss_rows(spec, x, (before, 79), by="x", edits=edits)
    assert np.isfinite(rows[0]).all()
    assert rows[0, before] > 0
    assert not rows[0, before + 1 :].any()
    if cell != "rnn":
        assert np.isnan(rows[1, 0])


def test_gradients_below_the_smallest_number_are_zero() -> None:
    found = step_gradients(replace(SPEC, output_size=0), np.zeros((3_000, 3)), at=2_999).norms
    assert found[-1] == pytest.approx(1)
    assert found[0] == 0
    assert found[found > 0].min() >= np.finfo(np.float64).tiny


def test_what_cannot_be_had() -> None:
    with pytest.raises(ValueError, match="of must be projection for a network without a read-out"):
        step_gradients(replace(SPEC, output_size=0), X, of="read-out")
    with pytest.raises(ValueError, match="bidirectional must be False"):
        length_gradients(replace(SPEC, bidirectional=True), X, (1, 2))
    with pytest.raises(ValueError, match="x must have 13 steps, as the longest takes; got 12"):
        length_gradients(SPEC, X, (1, 13))
    with pytest.raises(ValueError, match="'c'"):
        step_gradients(SPEC, X, by="c")
    with pytest.raises(ValueError, match=r"layer must be in 0\.\.0"):
        loss_rows(SPEC, X, (1,), layer=1)
