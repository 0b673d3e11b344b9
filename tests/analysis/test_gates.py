"""Saturation against counts by hand, also beside padding; deviation."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from rnnviz.analysis import deviation, saturation, tanh_saturation
from rnnviz.capture import capture
from rnnviz.trace import Trace


def with_forget(f: np.ndarray, lengths: list[int]) -> Trace:
    """An LSTM's trace whose forget gate is given as AXES; all else is zero."""
    padded = np.arange(f.shape[3]) >= np.array(lengths)[:, None]
    values = {signal: np.zeros_like(f) for signal in "hcigo"} | {"f": f.copy()}
    for value in values.values():
        value[:, :, padded] = np.nan
    return Trace("lstm", tuple(("w",) * f.shape[3] for _ in lengths), np.array(lengths), values)


def test_saturation_by_hand() -> None:
    f = np.zeros((1, 1, 2, 4, 3), np.float32)
    f[0, 0, 0] = [[0.05, 0.1, 0.95], [0.5, 0.9, 0.95], [0.05, 0.5, 0.95], [0.05, 0.0, 0.5]]
    f[0, 0, 1] = [[0.5, 0.5, 0.05], [0.95, 0.5, 0.95], [0.0, 0.0, 0.0], [1.0, 1.0, 1.0]]  # the last two are padding
    left, right = saturation(with_forget(f, [4, 2]), "f")
    np.testing.assert_array_equal(left[0, 0], [3 / 6, 1 / 6, 1 / 6])  # .1 and .9 themselves are neither
    np.testing.assert_array_equal(right[0, 0], [1 / 6, 0, 4 / 6])
    left, right = saturation(with_forget(f, [4, 2]), "f", low=0.5, high=0.5)
    np.testing.assert_array_equal(left[0, 0], [3 / 6, 2 / 6, 1 / 6])
    np.testing.assert_array_equal(right[0, 0], [1 / 6, 1 / 6, 4 / 6])


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 10_000), low=st.floats(0, 0.5), high=st.floats(0.5, 1))
def test_saturation_is_a_share_of_the_true_steps(seed: int, low: float, high: float) -> None:
    random = np.random.default_rng(seed)
    f, lengths = random.uniform(size=(2, 2, 3, 5, 4)), [5, 1, 3]
    left, right = saturation(with_forget(f, lengths), "f", low, high)
    assert left.shape == right.shape == (2, 2, 4)
    true = np.concatenate([f[:, :, k, :length] for k, length in enumerate(lengths)], 2)
    np.testing.assert_allclose(left, (true < low).mean(2), atol=1e-15)
    np.testing.assert_allclose(right, (true > high).mean(2), atol=1e-15)
    assert (left + right <= 1).all()


def test_saturation_of_a_network_and_of_what_has_no_gates() -> None:
    torch.manual_seed(0)
    x = torch.randn(2, 6, 3)
    gru = capture(nn.GRU(3, 4, 2, bidirectional=True, batch_first=True), x, (6, 2))
    left, right = saturation(gru, "z")
    assert left.shape == right.shape == (2, 2, 4)
    with pytest.raises(ValueError, match="gate must be one of r, z for this gru; got 'n'"):
        saturation(gru, "n")
    with pytest.raises(ValueError, match="gate must be one of none for this rnn; got 'f'"):
        saturation(capture(nn.RNN(3, 4, batch_first=True), x), "f")
    with pytest.raises(ValueError, match="low and high must be in order"):
        saturation(gru, "z", 0.9, 0.1)


def test_saturation_of_a_unit_without_a_number() -> None:
    f = np.full((1, 1, 1, 2, 2), 0.95)
    f[..., 1] = np.nan
    left, right = saturation(with_forget(f, [2]), "f")
    np.testing.assert_array_equal(left[0, 0], [0, np.nan])
    np.testing.assert_array_equal(right[0, 0], [1, np.nan])


def test_deviation() -> None:
    panel = np.array([[0.75, 0.5], [0.25, 0.5], [np.nan, np.nan]], np.float32)
    np.testing.assert_array_equal(deviation(panel, 0.5), [[0.25, 0], [-0.25, 0], [np.nan] * 2])
    np.testing.assert_array_equal(deviation(panel, np.array([0.5, 0.25])), [[0.25, 0.25], [-0.25, 0.25], [np.nan] * 2])
    assert deviation(panel, np.array([0.5, 0.25])).dtype == np.float32
    with pytest.raises(ValueError, match=r"one number or 2, one a unit; got shape \(3,\)"):
        deviation(panel, np.zeros(3))


def test_tanh_saturation_by_hand() -> None:
    h = np.zeros((1, 1, 2, 4, 2), np.float32)
    h[0, 0, 0] = [[-0.95, 0.9], [0.95, -0.9], [-0.91, 0.99], [0, 1]]
    h[0, 0, 1] = [[1, 1], [np.nan] * 2, [np.nan] * 2, [np.nan] * 2]
    left, right = tanh_saturation(Trace("rnn", (tuple("abcd"), ("a", "", "", "")), np.array([4, 1]), {"h": h}))
    np.testing.assert_allclose(left[0, 0], [2 / 5, 0])
    np.testing.assert_allclose(right[0, 0], [2 / 5, 3 / 5])


def test_tanh_saturation_is_of_what_a_tanh_gives() -> None:
    torch.manual_seed(0)
    lstm = capture(nn.LSTM(3, 4, batch_first=True), torch.randn(1, 5, 3) * 9)
    assert tanh_saturation(lstm, "g").left.shape == (1, 1, 4)
    with pytest.raises(ValueError, match="signal must be g, what the tanh of this lstm gives; got 'h'"):
        tanh_saturation(lstm)
    with pytest.raises(ValueError, match=r"bound must be in 0\.\.1; got 2"):
        tanh_saturation(lstm, "g", 2)
