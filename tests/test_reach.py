"""How far back learning reaches, against autograd through a loop of steps, exact powers and measured tables."""

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from rnnviz.analysis import gradient_norms
from rnnviz.capture import capture
from rnnviz.cells import cell_of, directions_of, gru_step, lstm_step, rnn_step, weights_of
from rnnviz.models import build
from rnnviz.names import CELLS
from rnnviz.reach import contribution_triangle, input_gradients, jacobian_products, reach
from rnnviz.reach.jacobians import largest_stretch
from rnnviz.spec import ModelSpec
from tests.analysis.test_gradients import POWERS, linear
from tests.together import together

MODULES: Final[dict[str, Callable[..., Any]]] = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}
DOUBLE: Final = torch.float64


def by_steps(module: Any, x: Tensor, hx: Sequence[Any] = ()) -> tuple[Tensor, dict[tuple[int, str, str], list[Tensor]]]:
    """The output for one sample (time, feature), and each h and c as autograd knows it, by a loop of readable steps."""
    steps = {
        "rnn": lambda x, h, _, w: rnn_step(x, h, w, nonlinearity=module.nonlinearity),
        "lstm": lstm_step,
        "gru": lambda x, h, _, w: gru_step(x, h, w),
    }
    states: dict[tuple[int, str, str], list[Tensor]] = {}
    for layer in range(module.num_layers):
        for direction in directions_of(module):
            h = c = x.new_zeros(module.hidden_size)
            if hx:
                h, c = (torch.from_numpy(hx[k][len(states) // 2]).to(x) for k in (0, -1))
            found = []
            for x_t in x if direction == "forward" else x.flip(0):
                values = steps[cell_of(module)](x_t, h, c, weights_of(module, layer, direction))
                h, c = values["h"], values.get("c", c)
                found.append((h, c))
            for k, state in enumerate("hc"):
                states[layer, direction, state] = [pair[k] for pair in found[:: 1 if direction == "forward" else -1]]
        x = torch.cat([torch.stack(states[layer, direction, "h"]) for direction in directions_of(module)], 1)
    return x, states


def first_states(spec: ModelSpec) -> tuple[np.ndarray, ...]:
    """Initial states that are not zero, each (layer * direction, unit)."""
    shape = (spec.num_layers * len(spec.directions), spec.hidden_size)
    random = np.random.default_rng(9)
    return tuple(random.uniform(-0.9, 0.9, shape).astype(np.float32) for _ in range(2 if spec.cell == "lstm" else 1))


def squares(output: Tensor) -> Tensor:
    """A loss at every step that takes in the step before it."""
    summed = output + 0.5 * torch.cat([torch.zeros_like(output[:1]), output[:-1]])
    return (summed - 0.1).square().sum(-1)


@together("cell", CELLS)
@together("batch_first", [False, True])
@together("bidirectional", [False, True])
def test_input_gradients_are_those_of_autograd(cell: str, *, batch_first: bool, bidirectional: bool) -> None:
    torch.manual_seed(0)
    options = {"batch_first": batch_first, "bidirectional": bidirectional, "bias": batch_first, "dtype": DOUBLE}
    module = MODULES[cell](3, 4, 2, **options)
    x = torch.randn(2, 5, 3, dtype=DOUBLE)
    weight = torch.randn(2, 5, 4 * (1 + bidirectional), dtype=DOUBLE)

    def loss(output: Tensor) -> Tensor:
        return (output.tanh() * (weight if batch_first else weight.transpose(0, 1))).sum()

    got = input_gradients(module, x if batch_first else x.transpose(0, 1), loss=loss)
    assert got.shape == (2, 5, 3)
    for k in range(2):
        sample = x[k].clone().requires_grad_()
        output, _ = by_steps(module, sample)
        (expected,) = torch.autograd.grad((output.tanh() * weight[k]).sum(), sample)
        np.testing.assert_allclose(got[k], expected, rtol=1e-10, atol=1e-14)
        alone = input_gradients(module, x[k], loss=lambda output, k=k: (output.tanh() * weight[k]).sum())
        np.testing.assert_allclose(alone, got[k : k + 1], rtol=1e-10, atol=1e-14)
    assert all(parameter.grad is None for parameter in module.parameters())


def test_input_gradients_wherever_the_module_comes_from() -> None:
    with torch.inference_mode():
        module, x = nn.LSTM(3, 4), torch.randn(5, 3)
        got = input_gradients(module, x, loss=torch.sum)
    assert got.dtype == np.float32
    assert got.any()
    assert not x.requires_grad
    assert not input_gradients(module, x, loss=lambda output: (0 * output).sum()).any()


def test_input_gradients_that_cannot_be_had() -> None:
    module, x = nn.GRU(3, 4, 2, dropout=0.5, batch_first=True), torch.randn(2, 5, 3)
    with pytest.raises(ValueError, match=r"eval mode; got dropout 0\.5"):
        input_gradients(module, x, loss=torch.sum)
    module.eval()
    for wrong in (x[..., :2], x.double(), x[:0]):
        with pytest.raises(ValueError, match=r"x must be \(batch, time, 3\)"):
            input_gradients(module, wrong, loss=torch.sum)
    for loss in (lambda _: 1.0, lambda _: torch.tensor(1.0)):
        with pytest.raises(ValueError, match="loss must return a tensor that depends on the output"):
            input_gradients(module, x, loss=loss)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"loss must return a scalar tensor; got shape \(2, 5, 4\)"):
        input_gradients(module, x, loss=torch.tanh)
    with pytest.raises(TypeError, match="got Linear"):
        input_gradients(nn.Linear(3, 4), x, loss=torch.sum)


TABLE: Final = [
    # cell, start, log10 of the ratio at k = 10, 20, 50, 100, factor a step to k = 20, the same from k = 20 on
    ("rnn", {}, (-2.85, -5.63, -13.64, None), 0.523, 0.544),
    ("lstm", {}, (-2.34, -4.40, -10.42, -20.3), 0.603, 0.630),
    ("gru", {}, (-2.26, -4.31, -10.27, -20.1), 0.609, 0.636),
    ("lstm", {"forget_bias": 1.0}, (-1.02, -1.81, -4.00, -7.54), 0.812, 0.850),
    ("lstm", {"forget_bias": 3.0}, (-0.47, -0.53, -0.61, -0.11), 0.94, 1.016),
    ("rnn", {"recurrent": "orthogonal", "recurrent_scale": 0.9}, (None, None, None, None), 0.773, 0.774),
    ("rnn", {"recurrent": "orthogonal", "recurrent_scale": 1.0}, (None, None, None, None), 0.835, 0.836),
    ("rnn", {"recurrent": "orthogonal", "recurrent_scale": 1.5}, (None, None, None, None), 1.024, 1.030),
    ("rnn", {"recurrent": "orthogonal", "recurrent_scale": 2.0}, (None, None, None, 6.41), 1.154, 1.156),
]
"""Means of five seeds of another computation, with other random numbers: log10 at k = 10, 20, 50 and 100, and the
factor a step, the mean over the first 20 steps; the last column is from k = 20 on."""


@pytest.mark.parametrize(("cell", "start", "logs", "first", "later"), TABLE)
def test_reach_at_initialisation(
    cell: Any, start: dict[str, Any], logs: tuple[float | None, ...], first: float, later: float
) -> None:
    found = reach(ModelSpec(cell=cell, input_size=16, hidden_size=64, output_size=0, **start))
    assert found.seeds == (0, 1, 2, 3, 4)
    assert found.log_ratios.shape == (5, 101)
    assert not found.log_ratios[:, 0].any()
    # Two means of five seeds each differ by less than three times the standard error of their difference, and rounding.
    error = 3 * np.sqrt(2 / 5) * found.log_ratios.std(0, ddof=1) + 0.01
    mean = found.log_ratios.mean(0)
    for k, expected in zip((10, 20, 50, 100), logs, strict=True):
        if expected is not None:
            assert abs(mean[k] - expected) < error[k], (k, mean[k], expected, error[k])
    assert abs(mean[20] - 20 * np.log10(first)) < error[20]
    np.testing.assert_allclose(found.factors.mean(), later, rtol=0.02)


def test_reach_goes_on_where_float32_ends() -> None:
    """In float32 the squares in the norm of a plain RNN underflow by k = 100; the sum of logarithms does not."""
    found = reach(ModelSpec(input_size=4, hidden_size=16, output_size=0), steps=700, seeds=[7], samples=2, begin=0)
    assert np.isfinite(found.log_ratios).all()
    assert found.log_ratios[0, -1] < -160  # where the squares would leave float64 as well
    np.testing.assert_allclose(np.diff(found.log_ratios[0, 100:]).mean(), np.log10(found.factors[0]), rtol=0.05)


def test_reach_of_ones_own_modules() -> None:
    spec = ModelSpec(cell="gru", input_size=3, hidden_size=4, num_layers=2, bidirectional=True, output_size=0)
    own = reach(lambda seed: build(ModelSpec(**{**vars(spec), "seed": seed})).rnn, steps=12, seeds=(3, 1), begin=2)
    same = reach(spec, steps=12, seeds=(3, 1), begin=2)
    np.testing.assert_array_equal(own.log_ratios, same.log_ratios)
    np.testing.assert_array_equal(own.factors, same.factors)

    def time_first(seed: int) -> nn.Module:
        module = build(ModelSpec(**{**vars(spec), "seed": seed})).rnn
        module.batch_first = False
        return module

    np.testing.assert_allclose(
        reach(time_first, steps=12, seeds=(3, 1), begin=2).log_ratios, own.log_ratios, atol=1e-12
    )
    with pytest.raises(ValueError, match="seeds must hold at least one"):
        reach(spec, seeds=[])
    with pytest.raises(ValueError, match=r"begin must be in 0\.\.10 for 12 steps; got 11"):
        reach(spec, steps=12, begin=11)


@pytest.mark.parametrize("kind", ["permutation", "any orthogonal"])
@pytest.mark.parametrize(("s", "printed"), POWERS)
def test_jacobian_of_a_linear_recurrence_meets_its_bound(kind: str, s: float, printed: float) -> None:
    module, x, h_0 = linear(kind, s)
    found = jacobian_products(module, capture(module, x, hx=h_0))
    powers = s ** np.arange(51.0)
    for norms in (found.norms, found.weight_norms, found.bound, found.bound_here):
        np.testing.assert_allclose(norms, powers, rtol=1e-10)
    np.testing.assert_allclose(found.norms[50], printed, rtol=1e-4)
    np.testing.assert_array_equal(found.activation_norms, 1)
    np.testing.assert_array_equal(found.slopes, 1)


@pytest.mark.parametrize("size", [4, 130])
@pytest.mark.parametrize("scale", [1.0, 1e-200, 1e200])
def test_the_largest_stretch_is_the_largest_singular_value(size: int, scale: float) -> None:
    random = np.random.default_rng(size)
    W = random.uniform(-1, 1, (size, size)) / np.sqrt(size)
    orthogonal = np.linalg.qr(random.standard_normal((size, size)))[0]
    one_row, twins = np.zeros((size, size)), np.diag(np.repeat([2.0, 1.0], size // 2))
    one_row[1] = W[0]
    for matrix in (W, W @ W @ W, np.linalg.matrix_power(W, 30), 1.5 * orthogonal, one_row, twins, np.diag(W[0])):
        expected = np.linalg.svd(matrix, compute_uv=False)[0] * scale
        assert largest_stretch(torch.from_numpy(matrix * scale)) == pytest.approx(expected, rel=1e-9)
    assert largest_stretch(torch.zeros(size, size, dtype=DOUBLE)) == 0
    for bad in (np.nan, np.inf):
        assert np.isnan(largest_stretch(torch.full((size, size), bad, dtype=DOUBLE)))


def test_jacobians_of_a_few_steps_are_the_first_of_all() -> None:
    module = build(ModelSpec(input_size=3, hidden_size=5)).rnn
    trace = capture(module, torch.randn(9, 3))
    whole, some = jacobian_products(module, trace), jacobian_products(module, trace, steps=4)
    assert (len(whole.norms), len(some.norms), some.t) == (9, 5, 8)
    for name in ("norms", "weight_norms", "activation_norms", "bound", "bound_here"):
        np.testing.assert_array_equal(getattr(some, name), getattr(whole, name)[:5])
    assert len(jacobian_products(module, trace, steps=40).norms) == 9


@pytest.mark.parametrize("nonlinearity", ["tanh", "relu"])
@pytest.mark.parametrize("direction", ["forward", "reverse"])
def test_jacobians_are_those_of_autograd(nonlinearity: str, direction: Any) -> None:
    torch.manual_seed(2)
    module = nn.RNN(3, 5, 2, nonlinearity=nonlinearity, bidirectional=True, batch_first=True, dtype=DOUBLE)
    x = torch.randn(2, 8, 3, dtype=DOUBLE)
    trace = capture(module, x, (8, 6))
    sample = x[1, :6].clone().requires_grad_()
    _, states = by_steps(module, sample)
    h, t = states[1, direction, "h"], 4 if direction == "forward" else 1
    found = jacobian_products(module, trace, layer=1, direction=direction, batch=1, t=t)
    before = h[t::-1] if direction == "forward" else h[t:]
    assert len(found.norms) == len(before) == 5
    for k, h_k in enumerate(before):
        rows = [torch.autograd.grad(unit, h_k, retain_graph=True, materialize_grads=True)[0] for unit in h[t]]
        np.testing.assert_allclose(found.norms[k], torch.linalg.matrix_norm(torch.stack(rows), 2), rtol=1e-10)
    W = weights_of(module, 1, direction).weight_hh.numpy()
    np.testing.assert_allclose(found.weight_norms[3], np.linalg.norm(W @ W @ W, 2))
    np.testing.assert_allclose(found.largest, np.linalg.svd(W)[1][0])
    order = [t, t - 1, t - 2] if direction == "forward" else [t, t + 1, t + 2]
    np.testing.assert_allclose(found.activation_norms[3], found.slopes[order].max(1).prod())
    assert np.isnan(found.slopes[6:]).all()
    assert jacobian_products(module, trace, direction=direction, batch=1).t == (5 if direction == "forward" else 0)


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 10_000), s=st.floats(0.3, 3), nonlinearity=st.sampled_from(["tanh", "relu"]))
def test_no_jacobian_exceeds_its_bounds(seed: int, s: float, nonlinearity: str) -> None:
    torch.manual_seed(seed)
    module = nn.RNN(2, 4, nonlinearity=nonlinearity, dtype=DOUBLE)
    with torch.no_grad():
        module.weight_hh_l0.mul_(2 * s)
    found = jacobian_products(module, capture(module, torch.randn(12, 2, dtype=DOUBLE)))
    assert found.norms[0] == found.weight_norms[0] == found.activation_norms[0] == found.bound[0] == 1
    assert (found.norms <= found.bound_here * (1 + 1e-12)).all()
    assert (found.bound_here <= found.bound * (1 + 1e-12)).all()
    assert (found.weight_norms <= found.bound * (1 + 1e-12)).all()


def test_jacobians_that_cannot_be_had() -> None:
    x = torch.randn(1, 4, 3)
    trace = capture(nn.RNN(3, 5, batch_first=True), x)
    with pytest.raises(TypeError, match=r"must be an nn\.RNN, whose Jacobian has these two parts; got GRU"):
        jacobian_products(nn.GRU(3, 5), trace)
    with pytest.raises(ValueError, match=r"trace must be of this module, \('rnn', 1, 1, 6\); got \('rnn', 1, 1, 5\)"):
        jacobian_products(nn.RNN(3, 6), trace)
    with pytest.raises(ValueError, match=r"t must be in 0\.\.3 for this sample; got 4"):
        jacobian_products(nn.RNN(3, 5), trace, t=4)


@pytest.mark.parametrize("steps", [1, 2, 3])
@pytest.mark.parametrize("direction", ["forward", "reverse"])
def test_jacobians_of_few_steps(steps: int, direction: str) -> None:
    module = nn.RNN(3, 5, batch_first=True, bidirectional=True)
    found = jacobian_products(module, capture(module, torch.randn(1, steps, 3)), direction=direction)
    assert len(found.norms) == steps
    assert found.norms[0] == 1


def test_jacobians_that_overflow_are_nan_not_a_failure() -> None:
    module, x, h_0 = linear("permutation", 1e12, steps=10)
    trace = capture(module, x, hx=h_0)
    module.weight_hh_l0.data *= 1e30  # larger than what the states were made with
    found = jacobian_products(module, trace)
    assert np.isfinite(found.norms[:8]).all()
    assert np.isnan(found.norms[8:]).all()
    assert np.isinf(found.bound[8:]).all()


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("bidirectional", [False, True])
def test_triangle_is_that_of_autograd(cell: str, *, bidirectional: bool) -> None:
    torch.manual_seed(4)
    module = MODULES[cell](3, 4, 2, bidirectional=bidirectional, batch_first=True, dtype=DOUBLE)
    x = torch.randn(7, 3, dtype=DOUBLE)
    output, states = by_steps(module, x.clone().requires_grad_())
    losses = squares(output)
    for (layer, direction, state), h in states.items():
        if state != "h":
            continue
        found = contribution_triangle(module, x, squares, layer=layer, direction=direction)  # type: ignore[arg-type]
        np.testing.assert_allclose(found.losses, losses.detach(), rtol=1e-12)
        for t, one in enumerate(losses):
            grads = torch.autograd.grad(one, h, retain_graph=True, materialize_grads=True)
            np.testing.assert_allclose(found.norms[t], [g.norm() for g in grads], rtol=1e-10, atol=1e-300)
            if not bidirectional:
                assert not found.norms[t, t + 1 :].any()
    # what all losses together say of a state is what the whole loss says
    trace = capture(module, x, loss=lambda output: squares(output).sum())
    for (layer, direction, state), h in states.items():
        if state != "h":
            continue
        expected = [g.norm() for g in torch.autograd.grad(losses.sum(), h, retain_graph=True)]
        index = trace.directions.index(direction)  # type: ignore[arg-type]
        np.testing.assert_allclose(gradient_norms(trace)[layer, index, 0], expected, rtol=1e-10)
    assert all(parameter.grad is None for parameter in module.parameters())


@pytest.mark.parametrize("batch_first", [False, True])
def test_triangle_in_any_layout_and_in_pieces(monkeypatch: pytest.MonkeyPatch, *, batch_first: bool) -> None:
    torch.manual_seed(5)
    module = nn.LSTM(3, 4, batch_first=batch_first)
    x = torch.randn(70, 3)
    whole = contribution_triangle(module, x, squares)
    axis = 0 if batch_first else 1
    one = contribution_triangle(module, x.unsqueeze(axis), lambda output: squares(output.squeeze(axis)))
    np.testing.assert_array_equal(one.norms, whole.norms)
    deep = nn.LSTM(3, 4, 2, batch_first=batch_first)
    below = contribution_triangle(deep, x, squares)
    monkeypatch.setattr("rnnviz.reach.back._HELD", 70 * 4 * 3)  # three losses at a time
    monkeypatch.setattr("rnnviz.reach.back._PORTION", 3 * 4 * 4 * 7)  # seven steps at a time
    np.testing.assert_allclose(contribution_triangle(deep, x, squares).norms, below.norms, rtol=1e-12)
    np.testing.assert_allclose(contribution_triangle(module, x, squares).norms, whole.norms, rtol=1e-12)
    some = contribution_triangle(module, x, lambda output: squares(output)[[69, 0]])  # as many losses as one likes
    np.testing.assert_allclose(some.norms, whole.norms[[69, 0]], rtol=1e-4, atol=1e-12)
    with torch.inference_mode():
        np.testing.assert_array_equal(contribution_triangle(module, x, squares).losses, whole.losses)
        contribution_triangle(MODULES["gru"](3, 4), x.clone(), squares)
    silent = contribution_triangle(module, x, lambda output: (0 * squares(output))[:2])
    assert silent.norms.shape == (2, 70)
    assert not silent.norms.any()


@pytest.mark.parametrize(("s", "printed"), POWERS)
def test_triangle_of_a_linear_recurrence(s: float, printed: float) -> None:
    module, x, _ = linear("permutation", s)
    found = contribution_triangle(module, x, lambda output: output[0].sum(-1))
    back = np.arange(51)[:, None] - np.arange(51)
    expected = np.where(back >= 0, np.sqrt(6) * s ** np.maximum(back, 0), 0)
    np.testing.assert_allclose(found.norms, expected, rtol=1e-10)
    np.testing.assert_allclose(found.norms[50, 0] / found.norms[50, 50], printed, rtol=1e-4)


def test_triangles_that_cannot_be_had() -> None:
    module, x = nn.GRU(3, 4, batch_first=True), torch.randn(5, 3)
    with pytest.raises(ValueError, match=r"x must be one sample; got shape \(2, 5, 3\)"):
        contribution_triangle(module, torch.randn(2, 5, 3), squares)
    with pytest.raises(ValueError, match="losses must return a tensor that depends on the output"):
        contribution_triangle(module, x, lambda _: torch.ones(5))
    with pytest.raises(ValueError, match=r"layer must be in 0\.\.0"):
        contribution_triangle(module, x, squares, layer=1)
    with pytest.raises(ValueError, match="direction must be forward"):
        contribution_triangle(module, x, squares, direction="reverse")
    with pytest.raises(TypeError, match="got Linear"):
        contribution_triangle(nn.Linear(3, 4), x, squares)
