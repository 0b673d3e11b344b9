"""Half-life, retention and the parts of a state against products written out; the parts add up to the state."""

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from rnnviz.analysis import along, contributions, half_life, mean_retention, retention
from rnnviz.capture import capture
from rnnviz.names import Direction

MODULES = {"lstm": nn.LSTM, "gru": nn.GRU}
EXACT = {torch.float64: 1e-12, torch.float32: 1e-5}


def sigmoid(b: float) -> float:
    return float(1 / (1 + np.exp(-b)))


def test_half_life_by_hand() -> None:
    gate = np.array([[0.5, 1, 0.5, 0.9, 0], [0.5, 1, 0.25, np.nan, 0.9]])
    expected = [1, np.inf, 1 / 1.5, np.log(2) / -np.log(0.9), 0]
    np.testing.assert_allclose(half_life(gate), expected, rtol=1e-14)
    np.testing.assert_allclose(half_life(np.stack([gate, gate])), expected, rtol=1e-14)  # over a batch
    assert np.isnan(half_life(np.full((3, 1), np.nan))).all()
    assert half_life(gate.astype(np.float32)).dtype == np.float64
    with pytest.raises(ValueError, match=r"must be in 0\.\.1; got -0\.5 to"):
        half_life(gate - 0.5)


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 10_000), share=st.floats(0.01, 0.99))
def test_after_the_half_life_half_is_left(seed: int, share: float) -> None:
    gate = np.clip(np.random.default_rng(seed).uniform(size=(7, 3)) * share + 1e-3, 0, 1)
    left = np.exp(np.log(gate).mean(0) * half_life(gate))
    np.testing.assert_allclose(left, 0.5, rtol=1e-12)


@pytest.mark.parametrize(("bias", "expected"), [(0, 9.5e-7), (1, 1.9e-3), (2, 7.9e-2)])
def test_ladder_of_forget_biases(bias: float, expected: float) -> None:
    f = np.full((21, 1), sigmoid(bias))
    left = retention(f, 0)[20, 0]
    assert float(f"{left:.1e}") == expected
    np.testing.assert_allclose(left, sigmoid(bias) ** 20, rtol=1e-13)
    np.testing.assert_allclose(0.5 ** (20 / half_life(f)), left, rtol=1e-12)


@settings(deadline=None, max_examples=40)
@given(
    gate=st.lists(st.sampled_from([0.0, 1e-200, 0.3, 0.99, 1.0]), min_size=1, max_size=8),
    padding=st.integers(0, 2),
    direction=st.sampled_from(["forward", "reverse"]),
)
def test_retention_is_the_product_of_the_gates_in_between(
    gate: list[float], padding: int, direction: Direction
) -> None:
    panel = np.array(gate + [np.nan] * padding)[:, None]
    left = retention(panel, direction=direction)
    assert left.shape == (len(panel), len(panel), 1)
    for t in range(len(panel)):
        for k in range(len(panel)):
            read = k <= t if direction == "forward" else k >= t
            if not read or max(t, k) >= len(gate):
                assert np.isnan(left[t, k, 0])
            else:
                between = gate[k + 1 : t + 1] if direction == "forward" else gate[t:k]
                np.testing.assert_allclose(left[t, k, 0], np.prod(between), rtol=1e-13)


def test_retention_of_chosen_units_alone() -> None:
    panel = np.random.default_rng(0).uniform(size=(1000, 256)).astype(np.float32)
    one, two = retention(panel, 7), retention(panel, [7, 200])
    assert one.shape == (1000, 1000)
    assert two.shape == (1000, 1000, 2)
    np.testing.assert_array_equal(one, two[..., 0])
    np.testing.assert_allclose(one[9, 4], panel[5:10, 7].astype(np.float64).prod(), rtol=1e-14)


@pytest.mark.parametrize("cell", MODULES)
@pytest.mark.parametrize("dtype", EXACT)
@pytest.mark.parametrize("started", [False, True])
def test_parts_add_up_to_the_state(cell: str, dtype: torch.dtype, *, started: bool) -> None:
    torch.manual_seed(0)
    module = MODULES[cell](3, 5, 2, bidirectional=True, batch_first=True, dtype=dtype)
    x, lengths = 2 * torch.randn(3, 40, 3, dtype=dtype), (40, 7, 1)
    states = torch.randn(2, 4, 3, 5, dtype=dtype)
    hx: Any = None if not started else tuple(states) if cell == "lstm" else states[0]
    trace = capture(module, x, lengths, hx=hx)
    first = states[1 if cell == "lstm" else 0].numpy()
    for layer in range(2):
        for index, direction in enumerate(trace.directions):
            for batch, length in enumerate(lengths):
                at: dict[str, Any] = {"layer": layer, "direction": direction, "batch": batch}
                f = trace.panel("f" if cell == "lstm" else "z", **at).astype(np.float64)
                state = trace.panel("c" if cell == "lstm" else "h", **at)
                for t in {0, length // 2, length - 1}:
                    parts = contributions(trace, **at, t=t)
                    read = slice(t + 1) if direction == "forward" else slice(t, length)
                    shares = parts.steps[read]
                    assert np.isnan(parts.steps).sum() == (40 - len(shares)) * 5
                    np.testing.assert_allclose(shares.sum(0) + parts.initial, state[t], rtol=0, atol=EXACT[dtype])
                    kept = f[read].prod(0) * first[2 * layer + index, batch] if started else np.zeros(5)
                    np.testing.assert_allclose(parts.initial, kept, rtol=0, atol=EXACT[dtype])
                    if not started:
                        assert not parts.initial.any()


@pytest.mark.parametrize("cell", MODULES)
def test_each_part_is_what_its_step_wrote_and_the_gates_left(cell: str) -> None:
    torch.manual_seed(1)
    module = MODULES[cell](3, 4, bidirectional=True, batch_first=True, dtype=torch.float64)
    trace = capture(module, torch.randn(1, 6, 3, dtype=torch.float64))
    for direction in trace.directions:
        read = {signal: trace.panel(signal, direction=direction) for signal in trace.values}
        keep = read["f"] if cell == "lstm" else read["z"]
        written = read["i"] * read["g"] if cell == "lstm" else (1 - read["z"]) * read["n"]
        t = 4 if direction == "forward" else 1
        parts = contributions(trace, direction=direction, t=t)
        assert (parts.signal, parts.t) == ("c" if cell == "lstm" else "h", t)
        left = retention(keep, direction=direction)[t]
        np.testing.assert_allclose(parts.steps, left * written, rtol=1e-13)
        last = contributions(trace, direction=direction)
        assert last.t == (5 if direction == "forward" else 0)


def test_contributions_that_cannot_be_had() -> None:
    x = torch.randn(2, 5, 3)
    trace = capture(nn.LSTM(3, 4, batch_first=True), x, (5, 2))
    with pytest.raises(ValueError, match="must be of an lstm or a gru"):
        contributions(capture(nn.RNN(3, 4, batch_first=True), x))
    with pytest.raises(ValueError, match=r"t must be in 0\.\.1 for this sample; got 2"):
        contributions(trace, batch=1, t=2)
    with pytest.raises(ValueError, match=r"batch must be in 0\.\.1"):
        contributions(trace, batch=2)
    with pytest.raises(ValueError, match="direction must be forward"):
        contributions(trace, direction="reverse")


@pytest.mark.parametrize("way", ["forward", "reverse"])
@pytest.mark.parametrize("units", [None, [2], [4, 0]])
def test_mean_retention_is_the_mean_of_retention(way: Direction, units: list[int] | None) -> None:
    panel = np.random.default_rng(0).uniform(0, 1, (9, 5)).astype(np.float32)
    panel[3, 0], panel[4, 1] = 0, 1
    expected = retention(panel, range(5) if units is None else units, direction=way).mean(2)
    np.testing.assert_allclose(mean_retention(panel, units, direction=way), expected, rtol=1e-12)


def test_mean_retention_keeps_what_is_no_number_in_sight() -> None:
    panel = np.full((4, 2), 0.5)
    panel[2, 1] = np.nan
    mean = mean_retention(panel)
    assert np.isfinite(mean[1, :2]).all()
    assert np.isnan(mean[2, :3]).all()
    assert mean[3, 3] == 1
    np.testing.assert_allclose(mean_retention(panel, [0])[3], [0.125, 0.25, 0.5, 1])
    with pytest.raises(ValueError, match="units must be at least one; got none"):
        mean_retention(panel, [])


def test_parts_along_a_state_add_up_to_its_length() -> None:
    parts = np.random.default_rng(0).normal(size=(6, 4))
    state = parts.sum(0)
    assert along(parts, state).sum() == pytest.approx(np.linalg.norm(state))
    np.testing.assert_array_equal(along(parts, np.zeros(4)), 0)
    assert along(-state, state) == pytest.approx(-np.linalg.norm(state))
    assert np.isnan(along(parts, np.array([1, np.nan, 0, 0]))).all()
