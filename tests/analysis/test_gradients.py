"""Norms against autograd, the exact power law of a linear recurrence, and the fit of a factor."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from rnnviz.analysis import factor_per_step, gradient_norms
from rnnviz.analysis.gradients import stable_norm
from rnnviz.capture import capture

POWERS = [(0.9, 0.0051538), (1.1, 117.39), (1.5, 6.376e8)]  # of s = W_hh's scale, over 50 steps


def linear(kind: str, s: float, units: int = 6, steps: int = 51) -> tuple[nn.RNN, Tensor, Tensor]:
    """An nn.RNN that is linear where it works: ReLU with W_hh = s x orthogonal, no unit ever off; its x and h_0.

    A permutation is an orthogonal matrix without a negative entry, so positive inputs switch no unit off. Any other
    is held at the fixed point h = 1 by the constant input 1 - W_hh 1.
    """
    random = np.random.default_rng(3)
    if kind == "permutation":
        W = np.eye(units)[random.permutation(units)]
        x = random.uniform(0.1, 1, (steps, units))
    else:
        W = np.linalg.qr(random.standard_normal((units, units)))[0]
        assert (W < 0).any()
        x = np.tile(1 - s * W.sum(1), (steps, 1))
    module = nn.RNN(units, units, nonlinearity="relu", bias=False, batch_first=True, dtype=torch.float64)
    with torch.no_grad():
        module.weight_ih_l0.copy_(torch.eye(units))
        module.weight_hh_l0.copy_(torch.from_numpy(s * W))
    return module, torch.from_numpy(x)[None], torch.ones(1, 1, units, dtype=torch.float64)


@pytest.mark.parametrize("kind", ["permutation", "any orthogonal"])
@pytest.mark.parametrize(("s", "printed"), POWERS)
def test_linear_recurrence_is_an_exact_power(kind: str, s: float, printed: float) -> None:
    module, x, h_0 = linear(kind, s)
    pull = torch.from_numpy(np.random.default_rng(4).standard_normal(6))
    trace = capture(module, x, hx=h_0, loss=lambda output: output[0, -1] @ pull)
    assert (trace["h"] > 0).all()
    norms = gradient_norms(trace)[0, 0, 0]  # (time,), T = 50 steps from the first to the last
    ratio = norms[0] / norms[-1]
    np.testing.assert_allclose(ratio, s**50, rtol=1e-6)
    np.testing.assert_allclose(ratio, printed, rtol=1e-4)
    factor, fit, ignored = factor_per_step(norms[::-1])
    assert ignored == 0
    np.testing.assert_allclose(factor, s, rtol=1e-10)
    np.testing.assert_allclose(fit, norms[::-1], rtol=1e-6)


@pytest.mark.parametrize("cell", [nn.RNN, nn.LSTM, nn.GRU])
def test_norms_are_those_of_autograd(cell: type[nn.RNN]) -> None:
    torch.manual_seed(0)
    module = cell(3, 4, batch_first=True, dtype=torch.float64)
    x = torch.randn(2, 5, 3, dtype=torch.float64)
    trace = capture(module, x, (5, 3), loss=lambda output: output.square().sum())
    assert gradient_norms(trace).shape == (1, 1, 2, 5)
    assert np.isnan(gradient_norms(trace)[0, 0, 1, 3:]).all()
    for signal in trace.grads:
        np.testing.assert_allclose(
            gradient_norms(trace, signal), np.linalg.norm(trace.grads[signal], axis=-1), rtol=1e-12
        )
    # the last state has no later one: its gradient is that of the output
    output = module(x)[0].detach()
    np.testing.assert_allclose(gradient_norms(trace)[0, 0, 0, 4], 2 * output[0, 4].norm(), rtol=1e-12)


def test_norms_that_are_not_there() -> None:
    x = torch.randn(1, 4, 3)
    with pytest.raises(ValueError, match=r"captured without a loss\); got 'h'"):
        gradient_norms(capture(nn.RNN(3, 4, batch_first=True), x))
    with pytest.raises(ValueError, match=r"holds \(h, r, z, n\); got 'c'"):
        gradient_norms(capture(nn.GRU(3, 4, batch_first=True), x, loss=torch.sum), "c")


@settings(deadline=None, max_examples=60)
@given(exponent=st.integers(-300, 300), seed=st.integers(0, 1000))
def test_norm_neither_underflows_nor_overflows(exponent: int, seed: int) -> None:
    values = np.random.default_rng(seed).uniform(0.1, 1, (3, 5))
    np.testing.assert_allclose(
        stable_norm(values * 10.0**exponent) / 10.0**exponent, np.linalg.norm(values, axis=-1), rtol=1e-12
    )


def test_norm_keeps_what_is_not_a_number_in_sight() -> None:
    values = np.array([[0, 0], [3, 4], [np.inf, 1], [np.nan, 1], [np.nan, np.inf]])
    np.testing.assert_array_equal(stable_norm(values), [0, 5, np.inf, np.nan, np.nan])
    np.testing.assert_array_equal(stable_norm(np.full((2, 3, 2), 2.0), axis=(0, 2)), [4, 4, 4])


@settings(deadline=None, max_examples=60)
@given(factor=st.floats(0.5, 2), scale=st.floats(1e-3, 1e3), steps=st.integers(12, 60), begin=st.integers(0, 5))
def test_factor_of_a_power_is_found_beside_what_has_no_logarithm(
    factor: float, scale: float, steps: int, begin: int
) -> None:
    norms = scale * factor ** np.arange(steps)
    clean = factor_per_step(norms, begin)
    norms[[begin + 1, begin + 2, begin + 3, begin + 4]] = 0, np.inf, np.nan, 1e-310
    found = factor_per_step(norms, begin)
    for one, ignored in ((clean, 0), (found, 4)):
        assert one.ignored == ignored
        np.testing.assert_allclose(one.factor, factor, rtol=1e-9)
        assert np.isnan(one.fit[:begin]).all()
        np.testing.assert_allclose(one.fit[begin:], scale * factor ** np.arange(begin, steps), rtol=1e-9)


def test_factor_is_the_least_squares_line_of_the_logarithms() -> None:
    norms = np.exp(np.random.default_rng(0).standard_normal(20))
    found = factor_per_step(norms, 4)
    slope, start = np.polyfit(np.arange(4, 20), np.log(norms[4:]), 1)
    np.testing.assert_allclose(found.factor, np.exp(slope), rtol=1e-12)
    np.testing.assert_allclose(found.fit[4:], np.exp(start + slope * np.arange(4, 20)), rtol=1e-12)


def test_factor_knows_where_float32_ends() -> None:
    norms = (0.1 ** np.arange(60.0)).astype(np.float32)  # below 1e-38 only some digits are left, below 1e-45 none
    found = factor_per_step(norms)
    assert found.ignored == 22
    np.testing.assert_allclose(found.factor, 0.1, rtol=1e-6)


def test_factor_without_two_numbers() -> None:
    for norms in (np.zeros(5), np.array([np.nan, np.inf, 1.0])):
        found = factor_per_step(norms)
        assert np.isnan(found.factor)
        assert np.isnan(found.fit).all()
        assert found.ignored == np.sum(norms != 1)
    with pytest.raises(ValueError, match=r"one curve of shape \(step,\); got shape \(2, 3\)"):
        factor_per_step(np.ones((2, 3)))
    with pytest.raises(ValueError, match=r"begin must be in 0\.\.2 for this curve; got 3"):
        factor_per_step(np.ones(3), 3)
