"""Radius, singular values and the blocks of stacked weights."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from rnnviz.analysis import gate_blocks, singular_values, spectral_radius
from rnnviz.names import CELLS, GATES


def test_radius_and_singular_values_by_hand() -> None:
    matrix = np.array([[0, 100], [0.01, 0]], np.float32)  # stretches by 100, yet two steps of it do nothing
    np.testing.assert_allclose(spectral_radius(matrix), 1, rtol=1e-6)
    np.testing.assert_allclose(singular_values(matrix), [100, 0.01], rtol=1e-6)
    np.testing.assert_allclose(spectral_radius(np.array([[0, -2.0], [2.0, 0]])), 2)  # eigenvalues ±2i
    assert singular_values(np.ones((2, 5))).shape == (2,)


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 10_000), units=st.integers(1, 8), s=st.floats(0.1, 3))
def test_radius_lies_below_the_largest_singular_value(seed: int, units: int, s: float) -> None:
    matrix = np.random.default_rng(seed).standard_normal((units, units))
    assert spectral_radius(matrix) <= singular_values(matrix)[0] * (1 + 1e-12)
    orthogonal = s * np.linalg.qr(matrix)[0]
    np.testing.assert_allclose(spectral_radius(orthogonal), s, rtol=1e-12)
    np.testing.assert_allclose(singular_values(orthogonal), s, rtol=1e-12)


def test_weights_that_ran_away_give_nan() -> None:
    matrix = np.array([[np.inf, 0], [0, 1]])
    assert np.isnan(spectral_radius(matrix))
    assert np.isnan(singular_values(matrix)).all()
    with pytest.raises(ValueError, match=r"must be square; got shape \(2, 3\)"):
        spectral_radius(np.ones((2, 3)))
    with pytest.raises(ValueError, match=r"rows and columns; got shape \(3,\)"):
        singular_values(np.ones(3))


@pytest.mark.parametrize("cell", CELLS)
def test_blocks_are_views_in_torchs_order(cell: str) -> None:
    module = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}[cell](3, 4)
    for name in ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0"):
        weight = getattr(module, name).detach().numpy()
        blocks = gate_blocks(weight, cell)
        assert tuple(blocks) == GATES[cell]
        for at, block in enumerate(blocks.values()):
            assert np.shares_memory(block, weight)
            assert np.array_equal(block, weight[4 * at : 4 * at + 4])
    with pytest.raises(ValueError, match="multiple of 4 rows; got 6"):
        gate_blocks(np.ones((6, 2)), "lstm")
    with pytest.raises(ValueError, match="cell must be one of rnn, lstm, gru; got 'qrnn'"):
        gate_blocks(np.ones((6, 2)), "qrnn")  # type: ignore[arg-type]
