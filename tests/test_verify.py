"""verify finds what torch computes, and finds every number that was tampered with."""

import dataclasses
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from rnnviz.capture import capture
from rnnviz.names import CELLS, SIGNALS
from rnnviz.stepping.verify import farthest, gru_conventions, verify
from rnnviz.stepping.walk import walk
from rnnviz.trace import Trace
from tests.together import together

MODULES = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}


def made(cell: str, dtype: torch.dtype = torch.float32, *, batch_first: bool = True, **options: Any) -> Any:
    torch.manual_seed(0)
    module = MODULES[cell](3, 8, 2, bidirectional=True, batch_first=batch_first, dtype=dtype, **options)
    x = torch.randn(3, 12, 3, dtype=dtype)
    states = tuple(torch.randn(4, 3, 8, dtype=dtype) for _ in range(2))
    return module, x if batch_first else x.transpose(0, 1), states if cell == "lstm" else states[0]


@together("cell", CELLS)
@together("dtype", [torch.float32, torch.float64])
@together("options", [{}, {"bias": False}, {"batch_first": False}])
@together("lengths", [None, (12, 5, 1)])
def test_all_agree_to_rounding(cell: Any, dtype: torch.dtype, options: dict[str, Any], lengths: Any) -> None:
    module, x, hx = made(cell, dtype, **options)
    trace = capture(module, x, lengths, hx=hx)
    for batch in range(3):
        walks = [
            walk(module, x, trace, hx=hx, layer=layer, direction=direction, batch=batch)
            for layer in range(2)
            for direction in trace.directions
        ]
        found = verify(module, x, trace, walks, hx=hx, batch=batch)
        assert len(found) == 2 * 2 * 2 * len(SIGNALS[cell])
        assert {each.signal for each in found} == set(SIGNALS[cell])
        assert {each.shown for each in found} == {"trace", "walk"}
        limit = 1e-6 if dtype == torch.float32 else 1e-14
        assert max(each.difference for each in found) < limit


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize(("scale", "limit"), [(0.1, 1e-6), (1.0, 2e-6), (3.0, 5e-5)])
def test_small_and_saturated_gates(cell: Any, scale: float, limit: float) -> None:
    """Weights of 3 give sums of some 30, of which float32 keeps 2e-6, and pass an error on tripled."""
    module, x, hx = made(cell)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.mul_(scale / 0.35)
    trace = capture(module, x, hx=hx)
    assert max(each.difference for each in verify(module, x, trace, hx=hx)) < limit


def tampered(trace: Trace, signal: str, at: tuple[int, ...], by: float) -> Trace:
    values = {name: array.copy() for name, array in trace.values.items()}
    values[signal][at] += by
    return dataclasses.replace(trace, values=values)


@together("cell, signal", [(cell, signal) for cell in CELLS for signal in SIGNALS[cell]])
@together("by", [1e-3, float("nan")])
def test_a_tampered_number_is_found(cell: Any, signal: str, by: float) -> None:
    module, x, _ = made(cell)
    trace = tampered(capture(module, x), signal, (1, 1, 2, 5, 3), by)
    found = {(each.signal, each.layer, each.direction): each for each in verify(module, x, trace, batch=2)}
    hit = found.pop((signal, 1, "reverse"))
    assert hit.where == (5, 3) or np.isnan(by)
    assert hit.difference == pytest.approx(1e-3, rel=1e-2) or (np.isnan(by) and hit.difference == np.inf)
    assert max(each.difference for each in found.values()) < 1e-6
    assert max(each.difference for each in verify(module, x, trace, batch=0)) < 1e-6


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_units_in_the_last_place(dtype: Any) -> None:
    """Counted by stepping from one number to the next, so that a float of any size has the same count."""
    truth = np.array([[0.3, -700.0], [1e-30, 0.0]], dtype)
    assert farthest(truth, truth.copy()) == (0, 0, (0, 0))
    shown = truth.copy()
    for _ in range(3):
        shown[0, 1] = np.nextafter(shown[0, 1], dtype(-np.inf))
    apart = farthest(shown, truth)
    assert (apart.ulps, apart.where) == (3, (0, 1))
    assert apart.difference == 3 * np.spacing(dtype(700))
    shown[1, 1] = np.nan
    assert farthest(shown, truth) == (np.inf, np.inf, (1, 1))
    truth[1, 1] = np.nan
    assert farthest(shown, truth).ulps == 3


def test_a_tampered_walk_is_found() -> None:
    module, x, _ = made("gru")
    trace = capture(module, x)
    shown = walk(module, x, trace)
    values = {key: array.copy() for key, array in shown.values.items()}
    values["z"][7, 2] -= 0.01
    found = verify(module, x, trace, [dataclasses.replace(shown, values=values)])
    worst = max(found, key=lambda each: each.difference)
    assert (worst.shown, worst.signal, worst.where) == ("walk", "z", (7, 2))
    assert worst.difference == pytest.approx(0.01, rel=1e-3)


def test_another_module_is_found() -> None:
    module, x, _ = made("lstm")
    trace = capture(module, x)
    with torch.no_grad():
        module.weight_hh_l0[0, 0] += 0.5
    found = {each.signal: each.difference for each in verify(module, x, trace, layer=0, direction="forward")}
    assert set(found) == set(SIGNALS["lstm"])
    assert min(found["h"], found["i"]) > 1e-3


def test_the_last_cell_state_is_that_of_the_whole_sequence() -> None:
    """A c that is wrong from the start but consistent step by step cannot pass."""
    module, x, hx = made("lstm")
    other = capture(module, x, hx=(hx[0], hx[1] + 1.0))
    wrong = {each.signal: each.difference for each in verify(module, x, other, hx=hx, layer=0, direction="forward")}
    assert wrong["c"] > 0.1


def test_nothing_is_left_behind() -> None:
    module, x, _ = made("gru")
    before = {name: value.clone() for name, value in module.state_dict().items()}
    random = torch.get_rng_state()
    verify(module, x, capture(module, x))
    gru_conventions(module, x)
    assert all(torch.equal(before[name], value) for name, value in module.state_dict().items())
    assert all(parameter.grad is None for parameter in module.parameters())
    assert torch.equal(torch.get_rng_state(), random)
    assert module.training


def test_gru_conventions() -> None:
    """GRU 4 -> 3, seed 0, 6 steps: at the last step 0.100 with the reset before the product, 0.222 with z swapped."""
    torch.manual_seed(0)
    module, x = nn.GRU(4, 3, batch_first=True), torch.randn(1, 6, 4)
    found = gru_conventions(module, x)
    assert list(found) == ["torch", "reset before the product", "z swapped"]
    assert found["torch"].difference < 1e-7
    assert found["reset before the product"].last_step == pytest.approx(0.100, abs=5e-4)
    assert found["z swapped"].last_step == pytest.approx(0.222, abs=5e-4)
    assert found["z swapped"].difference == pytest.approx(0.356, abs=5e-4)
    assert all(convention.h.shape == (6, 3) for convention in found.values())


def test_gru_conventions_of_a_deep_bidirectional_gru() -> None:
    module, x, hx = made("gru", torch.float64)
    found = gru_conventions(module, x, hx=hx, batch=1)
    assert found["torch"].difference < 1e-14
    assert found["torch"].h.shape == (12, 16)
    assert found["reset before the product"].difference > 1e-2


def test_refusals() -> None:
    module, x, _ = made("gru")
    trace = capture(module, x)
    with pytest.raises(TypeError, match=r"module must be an nn\.GRU; got LSTM"):
        gru_conventions(nn.LSTM(3, 4), x)
    with pytest.raises(ValueError, match=r"layer must be in 0\.\.1"):
        verify(module, x, trace, layer=2)
    with pytest.raises(ValueError, match="walks must be of sample 0"):
        verify(module, x, trace, [walk(module, x, trace, batch=1)])
    with pytest.raises(ValueError, match="trace must be of this"):
        verify(module, x, capture(made("rnn")[0], x))
