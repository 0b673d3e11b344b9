"""The one-unit network: its error and gradient are autograd's, its descents those that were computed with torch."""

import math
from dataclasses import replace
from typing import Final

import numpy as np
import pytest
import torch

from rnnviz.cliff import FIRST, STATES, TARGET, Descent, Settings, descend, edge, error_and_gradient, parted

STARTS: Final = ((5.0, -2.5), (6.0, -2.9), (6.0, -3.05), (7.0, -3.5))


def both(w: float, b: float, cushion: float = 1e-6) -> tuple[Descent, Descent]:
    settings = Settings(w, b)
    return descend(settings), descend(replace(settings, max_norm=1.0), cushion=cushion)


def autograd(w: float, b: float) -> tuple[torch.Tensor, torch.Tensor]:
    """E and its gradient by (w, b) as torch computes them, in float64."""
    weights = torch.tensor([w, b], dtype=torch.float64, requires_grad=True)
    x = torch.tensor(FIRST, dtype=torch.float64)
    for _ in range(STATES):
        x = weights[0] * torch.sigmoid(x) + weights[1]
    error = (torch.sigmoid(x) - TARGET) ** 2
    return error.detach(), torch.autograd.grad(error, weights)[0]


# --- The surface ---


def test_error_and_gradient_are_those_of_autograd() -> None:
    rng = np.random.default_rng(0)
    w, b = rng.uniform(-9, 9, 200), rng.uniform(-5, 3, 200)
    error, grad_w, grad_b = error_and_gradient(w, b)
    for k in range(200):
        expected, grad = autograd(w[k], b[k])
        assert error[k] == pytest.approx(float(expected), rel=1e-9, abs=1e-15)
        assert (grad_w[k], grad_b[k]) == pytest.approx(tuple(grad.tolist()), rel=1e-7, abs=1e-15)


def test_the_gradient_is_the_slope_of_the_error() -> None:
    (left, _, _), (right, _, _) = (error_and_gradient(np.array(4.5 + off), np.array(-2.0)) for off in (-1e-6, 1e-6))
    _, grad_w, _ = error_and_gradient(np.array(4.5), np.array(-2.0))
    assert grad_w == pytest.approx((right - left) / 2e-6, rel=1e-6)


def test_places_of_any_shape_that_fit_together() -> None:
    w, b = np.linspace(4, 8, 5), np.linspace(-4, -2, 3)[:, None]
    error, grad_w, grad_b = error_and_gradient(w, b)
    assert error.shape == grad_w.shape == grad_b.shape == (3, 5)
    assert error[1, 2] == error_and_gradient(w[2], b[1, 0])[0]


def test_the_largest_gradient_and_the_usual_one() -> None:
    """On 101 x 601 places over w from 4 to 6 and b from -5 to -2."""
    w, b = np.meshgrid(np.linspace(4, 6, 101), np.linspace(-5, -2, 601))
    _, grad_w, grad_b = error_and_gradient(w, b)
    norms = np.hypot(grad_w, grad_b)
    assert norms.max() == pytest.approx(3_320, rel=1e-3)
    place = norms.argmax()
    assert (w.flat[place], b.flat[place]) == pytest.approx((4.94, -2.575))
    assert np.median(norms) == pytest.approx(0.044, abs=1e-3)
    assert np.percentile(norms, 99) == pytest.approx(0.47, abs=1e-3)


def test_the_map_of_the_page_has_the_same_largest_gradient() -> None:
    """On 401 x 401 places over w from 4 to 8 and b from -4 to -2."""
    w, b = np.meshgrid(np.linspace(4, 8, 401), np.linspace(-4, -2, 401))
    _, grad_w, grad_b = error_and_gradient(w, b)
    norms = np.hypot(grad_w, grad_b)
    assert norms.max() == pytest.approx(3_320, rel=1e-3)
    assert (w.flat[norms.argmax()], b.flat[norms.argmax()]) == pytest.approx((4.94, -2.575))


def test_at_the_edge_the_gradient_is_a_power_of_fifty_and_beside_it_the_states_part() -> None:
    w = np.array([4.5, 5.0, 6.0, 7.5])
    b = edge(w)
    activated = 1 / (1 + math.exp(-FIRST))
    np.testing.assert_allclose(w * activated + b, FIRST, rtol=1e-15)  # x_1 = x_0
    # From 7.5 on, rounding alone leads away from the edge within 50 states.
    _, _, grad_b = error_and_gradient(w[:3], b[:3])
    stretch = w[:3] * activated * (1 - activated)
    off = 2 * (activated - TARGET) * activated * (1 - activated)
    np.testing.assert_allclose(grad_b, off * (stretch**STATES - 1) / (stretch - 1), rtol=1e-2)
    (above, _, _), (below, _, _) = (error_and_gradient(w, b + aside) for aside in (0.02, -0.02))
    assert (np.abs(above - below) > 0.05).all()
    assert np.isnan(edge(np.array([0.0, 4.25]))).all()
    assert np.isfinite(edge(np.array([4.26])))


# --- The descents ---


@pytest.mark.parametrize(
    ("start", "unclipped", "clipped"),
    [
        ((5, -2.5), 0.0900, 0.0001),
        ((6, -2.9), 0.0900, 0.0031),
        ((6, -3.05), 0.0900, 0.0008),
        ((7, -3.5), 0.0396, 0.0396),
    ],
)
def test_where_the_descents_end(start: tuple[float, float], unclipped: float, clipped: float) -> None:
    """As computed with autograd and the paper's rule, which adds nothing to the norm: the last bit decides some."""
    ends = [descent.error[-1] for descent in both(*start, cushion=0.0)]
    assert ends == pytest.approx([unclipped, clipped], abs=1e-3)


def test_one_step_leaves_the_valley() -> None:
    descent, _ = both(5, -2.5)
    assert descent.grad_norm[descent.longest] == pytest.approx(58, abs=0.1)
    assert descent.update_norm[descent.longest] == pytest.approx(5.8, abs=0.01)
    after = descent.error[descent.longest + 1 :]
    np.testing.assert_allclose(after, 0.09, atol=1e-3)  # and stays there


def test_a_step_of_218_ends_where_there_is_no_gradient() -> None:
    descent, clipped = both(6, -3.05)
    assert descent.update_norm[descent.longest] == pytest.approx(218, abs=0.5)
    np.testing.assert_allclose(descent.error[descent.longest + 1 :], 0.09, atol=1e-3)
    np.testing.assert_array_equal(descent.grad_norm[descent.longest + 1 :], 0)
    assert clipped.update_norm.max() <= 0.1


def test_a_start_that_never_meets_the_cliff_is_not_clipped() -> None:
    unclipped, clipped = both(7, -3.5)
    assert not clipped.clipped.any()
    np.testing.assert_array_equal(unclipped.w, clipped.w)


@pytest.mark.parametrize("start", STARTS)
def test_every_gradient_on_the_way_is_that_of_autograd(start: tuple[float, float]) -> None:
    for descent in both(*start):
        for k in range(0, 400, 3):
            error, grad = autograd(descent.w[k], descent.b[k])
            assert descent.error[k] == pytest.approx(float(error), rel=1e-6, abs=1e-15)
            assert (descent.grad_w[k], descent.grad_b[k]) == pytest.approx(tuple(grad.tolist()), rel=1e-6, abs=1e-15)


@pytest.mark.parametrize("start", STARTS)
def test_each_step_is_that_of_clip_grad_norm_and_plain_descent(start: tuple[float, float]) -> None:
    for descent in both(*start):
        settings = descent.settings
        for k in (0, 1, 100, min(descent.longest, 398)):
            weights = torch.nn.Parameter(torch.tensor([descent.w[k], descent.b[k]]))
            weights.grad = torch.tensor([descent.grad_w[k], descent.grad_b[k]])
            if settings.max_norm is not None:
                norm = torch.nn.utils.clip_grad_norm_([weights], settings.max_norm)
                assert descent.grad_norm[k] == pytest.approx(float(norm), rel=1e-12)
            assert descent.clipped_norm[k] == pytest.approx(float(weights.grad.norm()), rel=1e-12)
            torch.optim.SGD([weights], lr=settings.rate).step()
            assert (descent.w[k + 1], descent.b[k + 1]) == pytest.approx(tuple(weights.tolist()), rel=1e-12)


def test_both_go_the_same_way_until_the_first_gradient_is_clipped() -> None:
    unclipped, clipped = both(6, -3.05)
    first = int(clipped.clipped.argmax())
    np.testing.assert_array_equal(unclipped.w[: first + 1], clipped.w[: first + 1])
    assert unclipped.w[first + 1] != clipped.w[first + 1]
    assert clipped.clipped_norm[first] == pytest.approx(1, abs=1e-5)
    assert not unclipped.clipped.any()


def test_at_the_cliff_the_last_bits_decide_where_a_clipped_descent_ends() -> None:
    ends = [both(6 + k * 1e-13, -2.9)[1].error[-1] for k in range(12)]
    assert max(ends) > 5 * min(ends)
    assert max(ends) < 0.05  # and yet none of them is thrown out of the valley


def test_how_many_steps_are_no_chance() -> None:
    unclipped, clipped = both(6.0, -3.05)
    assert parted(unclipped) == len(unclipped.w)  # thrown to where nothing changes any more
    assert 163 < parted(clipped) < len(clipped.w)
    along, _ = both(7.0, -3.5)
    assert parted(along) == len(along.w)


def test_what_is_no_number_is_kept() -> None:
    settings = Settings(5.0, float(edge(np.array(5.0))), rate=1e308, steps=5)
    descent = descend(settings)
    assert len(descent.w) == 5
    assert np.isfinite(descent.grad_norm[0])
    assert descent.update_norm[0] == np.inf
    assert np.isinf(descent.w[1])
    assert np.isnan(descent.grad_norm[1:]).all()
    assert not np.isfinite(descent.update_norm[descent.longest])
    clipped = descend(replace(settings, max_norm=1e-300))
    assert np.isfinite(clipped.error).all()


def test_far_away_everything_is_flat_and_nothing_overflows() -> None:
    for w, b in ((1e300, 1e300), (-1e300, -1e300), (-1e300, 1e300)):
        descent = descend(Settings(w, b, steps=3))
        assert np.isfinite(descent.error).all()
        np.testing.assert_array_equal(descent.error[0], error_and_gradient(np.array(w), np.array(b))[0])


def test_a_descent_is_only_read() -> None:
    with pytest.raises(ValueError, match="read-only"):
        descend(Settings(5, -2.5, steps=2)).w[0] = 1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"w": math.nan}, "w must be finite; got nan"),
        ({"b": math.inf}, "b must be finite; got inf"),
        ({"rate": 0.0}, "rate must be above 0 and finite; got 0.0"),
        ({"max_norm": -1.0}, "max_norm must be above 0 and finite; got -1.0"),
        ({"max_norm": math.nan}, "max_norm must be above 0 and finite; got nan"),
        ({"steps": 0}, "steps must be at least 1; got 0"),
    ],
)
def test_impossible_settings(changes: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Settings(**{"w": 5.0, "b": -2.5, **changes})
