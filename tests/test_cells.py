"""The readable steps against torch's own cells, and the textbooks' variants against torch's GRU."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from rnnviz.cells import Weights, cell_of, gru_step, lstm_step, recurrent, rnn_step, weights_of
from rnnviz.names import GATES, PRODUCTS


def expected_keys(cell: Any) -> list[str]:
    """ih, hh, sum and the gate, gate by gate; every product; c and h."""
    gates = [key for k in GATES[cell] for key in (f"ih.{k}", f"hh.{k}", f"sum.{k}", k)]
    return sorted({*gates, *PRODUCTS[cell], *(["c"] if cell == "lstm" else []), "h"})


def cell_weights(module: Any) -> Weights:
    weights = [getattr(module, name, None) for name in Weights._fields]
    return Weights(*(w if w is None else w.detach() for w in weights))


@pytest.fixture
def random() -> torch.Generator:
    return torch.Generator().manual_seed(0)


@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("nonlinearity", ["tanh", "relu"])
def test_rnn_step(random: torch.Generator, nonlinearity: Any, *, bias: bool) -> None:
    module = nn.RNNCell(3, 4, bias=bias, nonlinearity=nonlinearity, dtype=torch.float64)
    x, h = (torch.randn(2, 5, n, dtype=torch.float64, generator=random) for n in (3, 4))
    step = rnn_step(x, h, cell_weights(module), nonlinearity=nonlinearity)
    assert sorted(step) == expected_keys("rnn")
    assert list(step) == ["ih.h", "hh.h", "sum.h", "h"]
    torch.testing.assert_close(step["h"].flatten(0, 1), module(x.flatten(0, 1), h.flatten(0, 1)).detach())
    torch.testing.assert_close(step["ih.h"], x @ module.weight_ih.detach().T)
    torch.testing.assert_close(step["hh.h"], h @ module.weight_hh.detach().T)


@pytest.mark.parametrize("bias", [False, True])
def test_lstm_step(random: torch.Generator, *, bias: bool) -> None:
    module = nn.LSTMCell(3, 4, bias=bias, dtype=torch.float64)
    x, h, c = (torch.randn(2, 5, n, dtype=torch.float64, generator=random) for n in (3, 4, 4))
    step = lstm_step(x, h, c, cell_weights(module))
    assert sorted(step) == expected_keys("lstm")
    assert list(step)[-5:] == ["f*c", "i*g", "c", "tanh(c)", "h"]
    h_t, c_t = module(x.flatten(0, 1), (h.flatten(0, 1), c.flatten(0, 1)))
    torch.testing.assert_close(step["h"].flatten(0, 1), h_t.detach())
    torch.testing.assert_close(step["c"].flatten(0, 1), c_t.detach())
    torch.testing.assert_close(step["f*c"] + step["i*g"], step["c"])
    torch.testing.assert_close(step["f*c"], step["f"] * c)
    for k, activation in zip("ifgo", (torch.sigmoid, torch.sigmoid, torch.tanh, torch.sigmoid), strict=True):
        torch.testing.assert_close(step[k], activation(step[f"sum.{k}"]))


@pytest.mark.parametrize("bias", [False, True])
def test_gru_step(random: torch.Generator, *, bias: bool) -> None:
    module = nn.GRUCell(3, 4, bias=bias, dtype=torch.float64)
    x, h = (torch.randn(2, 5, n, dtype=torch.float64, generator=random) for n in (3, 4))
    step = gru_step(x, h, cell_weights(module))
    assert sorted(step) == expected_keys("gru")
    order = ["ih.n", "hh.n", "hh.n+b", "r*(hh.n+b)", "sum.n", "n", "(1-z)*n", "z*h", "h"]
    assert list(step)[-9:] == order
    torch.testing.assert_close(step["h"].flatten(0, 1), module(x.flatten(0, 1), h.flatten(0, 1)).detach())
    torch.testing.assert_close(step["r*(hh.n+b)"], step["r"] * step["hh.n+b"])
    torch.testing.assert_close(step["z*h"], step["z"] * h)


def read(x: Tensor, weights: Weights, **convention: bool) -> Tensor:
    h, states = torch.zeros(3), []
    for x_t in x:
        h = gru_step(x_t, h, weights, **convention)["h"]
        states.append(h)
    return torch.stack(states)


def test_gru_conventions_that_trip_people() -> None:
    """GRU 4 -> 3, seed 0, 6 steps: differences at the last step 0.100 and 0.222; torch's equations agree to 8e-8."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        module, x = nn.GRU(4, 3, batch_first=True), torch.randn(1, 6, 4)
    truth, weights = module(x)[0][0].detach(), weights_of(module, 0, "forward")
    assert (read(x[0], weights) - truth).abs().max() < 1e-7
    assert (read(x[0], weights, reset_before=True) - truth)[-1].abs().max().item() == pytest.approx(0.100, abs=5e-4)
    assert (read(x[0], weights, swap_z=True) - truth)[-1].abs().max().item() == pytest.approx(0.222, abs=5e-4)
    keys = gru_step(x[0], torch.zeros(6, 3), weights, reset_before=True, swap_z=True)
    assert list(keys)[-9:] == ["ih.n", "r*h", "hh.n", "hh.n+b", "sum.n", "n", "z*n", "(1-z)*h", "h"]


def test_one_call_for_all_steps_equals_the_loop(random: torch.Generator) -> None:
    weights = weights_of(nn.LSTM(3, 4), 0, "forward")
    x, h, c = (torch.randn(6, n, generator=random) for n in (3, 4, 4))
    together = lstm_step(x, h, c, weights)
    for t in range(6):
        for key, value in lstm_step(x[t], h[t], c[t], weights).items():
            torch.testing.assert_close(together[key][t], value)


def test_weights_of() -> None:
    module = nn.GRU(3, 4, 2, bidirectional=True)
    weights = weights_of(module, 1, "reverse")
    assert torch.equal(weights.bias_hh, module.bias_hh_l1_reverse)
    assert not weights.weight_ih.requires_grad
    assert weights_of(nn.RNN(3, 4, bias=False), 0, "forward").bias_ih is None
    with pytest.raises(ValueError, match=r"layer must be in 0\.\.1 for this module; got 2"):
        weights_of(module, 2, "forward")
    with pytest.raises(ValueError, match="direction must be forward for this module; got 'reverse'"):
        weights_of(nn.RNN(3, 4), 0, "reverse")


def test_kinds() -> None:
    assert [cell_of(kind(2, 2)) for kind in (nn.RNN, nn.LSTM, nn.GRU)] == ["rnn", "lstm", "gru"]
    with pytest.raises(TypeError, match=r"module must be an nn\.RNN, nn\.LSTM or nn\.GRU; got GRUCell"):
        recurrent(nn.GRUCell(2, 2))
