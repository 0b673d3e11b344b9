"""walk against the trace it explains; the network without recurrence."""

import pickle
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from rnnviz.capture import capture
from rnnviz.models import build
from rnnviz.names import CELLS, GATES, PRODUCTS, SIGNALS
from rnnviz.spec import ModelSpec
from rnnviz.stepping.walk import feed_forward, walk
from tests.together import together

MODULES = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}
LECTURE_X = torch.tensor([[1.0] * 5, [2.0] * 5, [3.0] * 5])


def made(cell: str, *, batch_first: bool = True, bias: bool = True, **options: Any) -> tuple[Any, torch.Tensor, Any]:
    torch.manual_seed(0)
    module = MODULES[cell](
        3, 4, 2, bidirectional=True, batch_first=batch_first, bias=bias, dtype=torch.float64, **options
    )
    x = torch.randn(3, 5, 3, dtype=torch.float64)
    states = tuple(torch.randn(4, 3, 4, dtype=torch.float64) for _ in range(2))
    return module, x if batch_first else x.transpose(0, 1), states if cell == "lstm" else states[0]


@together("cell", CELLS)
@together("lengths", [None, (2, 5, 4)])
@together("bias", [False, True])
@together("batch_first", [False, True])
def test_values_are_the_trace(cell: Any, lengths: Any, *, bias: bool, batch_first: bool) -> None:
    module, x, hx = made(cell, bias=bias, batch_first=batch_first)
    trace = capture(module, x, lengths, hx=hx)
    for layer in range(2):
        for direction in trace.directions:
            for batch in range(3):
                at: dict[str, Any] = {"layer": layer, "direction": direction, "batch": batch}
                shown = walk(module, x, trace, hx=hx, **at)
                for signal in SIGNALS[cell]:
                    np.testing.assert_allclose(shown.values[signal], trace.panel(signal, **at), atol=1e-12)
                keys = {f"{p}.{k}" for k in GATES[cell] for p in ("ih", "hh", "sum")}
                assert {*keys, *SIGNALS[cell], *PRODUCTS[cell]} == set(shown.values)
                assert (shown.layer, shown.direction, shown.batch) == (layer, direction, batch)


def test_products_are_those_of_the_weights_shown() -> None:
    module, x, _ = made("lstm")
    trace = capture(module, x, (2, 5, 4))
    shown = walk(module, x, trace, layer=1, direction="reverse", batch=2)
    below = np.concatenate([trace.panel("h", batch=2), trace.panel("h", batch=2, direction="reverse")], -1)
    assert np.array_equal(shown.inputs, below, equal_nan=True)
    rows = slice(4, 8)  # the forget gate
    np.testing.assert_allclose(shown.values["ih.f"], below @ shown.weights["weight_ih"][rows].T)
    np.testing.assert_allclose(shown.values["hh.f"], shown.h_prev @ shown.weights["weight_hh"][rows].T)
    bias = shown.weights["bias_ih"][rows] + shown.weights["bias_hh"][rows]
    np.testing.assert_allclose(shown.values["sum.f"], shown.values["ih.f"] + shown.values["hh.f"] + bias)
    assert shown.c_prev is not None
    np.testing.assert_allclose(shown.values["f*c"], shown.values["f"] * shown.c_prev)
    h = trace.panel("h", layer=1, direction="reverse", batch=2)
    assert np.array_equal(shown.h_prev[:3], h[1:4])
    assert not shown.h_prev[3].any()
    assert np.isnan(shown.h_prev[4]).all()


def test_what_is_handed_out_cannot_change_the_module() -> None:
    module, x, _ = made("gru")
    shown = walk(module, x, capture(module, x))
    copied = pickle.loads(pickle.dumps(shown))  # noqa: S301 - our own bytes
    for one in (shown, copied):
        for array in (one.inputs, one.h_prev, *one.values.values(), *one.weights.values()):
            assert not array.flags.writeable
    assert shown.c_prev is None
    assert not np.shares_memory(shown.weights["weight_hh"], module.weight_hh_l0.detach().numpy())
    assert set(walk(nn.RNN(3, 4, bias=False), x[0].float(), capture(nn.RNN(3, 4), x[0].float())).weights) == {
        "weight_ih",
        "weight_hh",
    }


def test_relu() -> None:
    torch.manual_seed(0)
    module, x = nn.RNN(3, 4, nonlinearity="relu"), torch.randn(6, 3)
    trace = capture(module, x)
    np.testing.assert_allclose(walk(module, x, trace).values["h"], trace.panel("h"), atol=1e-6)
    (alone,) = feed_forward(module, x)
    expected = torch.relu(x @ module.weight_ih_l0.T + module.bias_ih_l0).detach()
    np.testing.assert_allclose(alone, expected, atol=1e-6)


def test_the_lecture_table() -> None:
    """What the lecture prints as "Hidden" is the input's part alone; its own lines, run here, give the same numbers.

    Sums of six and of ten products below 4, in an order that the processor and the shape of the product decide: 1e-6 is
    eight roundings of a number between 1 and 2.
    """
    close: Any = {"rtol": 0, "atol": 1e-6}
    module = build(ModelSpec()).rnn
    shown = walk(module, LECTURE_X, capture(module, LECTURE_X))
    hidden = shown.values["ih.h"] + shown.weights["bias_ih"]
    printed_hidden = [[-0.4701929, 0.5863904], [-0.88883156, 1.2364397], [-1.3074701, 1.886489]]
    printed_h = [[-0.3519801, 0.52525216], [-0.68424344, 0.76074266], [-0.8649416, 0.90466356]]
    np.testing.assert_allclose(hidden, printed_hidden, **close)
    np.testing.assert_allclose(shown.values["h"], printed_h, **close)
    state = torch.zeros(1, 2)
    for t, x_t in enumerate(LECTURE_X):
        part = torch.matmul(x_t.reshape(1, 5), module.weight_ih_l0.T) + module.bias_ih_l0
        state = torch.tanh(part + torch.matmul(state, module.weight_hh_l0.T) + module.bias_hh_l0)
        np.testing.assert_allclose(hidden[t], part[0].numpy(), **close)
        np.testing.assert_allclose(shown.values["h"][t], state[0].numpy(), **close)
    (alone,) = feed_forward(module, LECTURE_X)
    np.testing.assert_allclose(np.arctanh(alone), hidden, atol=1e-6)
    np.testing.assert_allclose(shown.values["h"], module(LECTURE_X)[0].numpy(), **close)


@pytest.mark.parametrize(("cell", "rows"), [("lstm", slice(8, 12)), ("gru", slice(8, 12))])
def test_the_candidate_alone(cell: str, rows: slice) -> None:
    module, x, _ = made(cell)
    layers = feed_forward(module, x, batch=1)
    assert [layer.shape for layer in layers] == [(5, 8), (5, 8)]
    weight, bias = module.weight_ih_l0[rows].detach(), module.bias_ih_l0[rows].detach()
    np.testing.assert_allclose(layers[0][:, :4], torch.tanh(x[1] @ weight.T + bias))
    weight, bias = module.weight_ih_l1_reverse[rows].detach(), module.bias_ih_l1_reverse[rows].detach()
    np.testing.assert_allclose(layers[1][:, 4:], torch.tanh(torch.tensor(layers[0]) @ weight.T + bias))


def test_steps_alone_do_not_see_each_other() -> None:
    module, x, _ = made("rnn")
    shuffled = feed_forward(module, x[0].flip(0))
    np.testing.assert_allclose(shuffled[1][::-1], feed_forward(module, x[0])[1])


def test_refusals() -> None:
    module, x, _ = made("gru")
    trace = capture(module, x)
    with pytest.raises(ValueError, match=r"layer must be in 0\.\.1 for this trace; got 2"):
        walk(module, x, trace, layer=2)
    with pytest.raises(
        ValueError, match=r"trace must be of this gru and input, with sizes .*\(2, 2, 3, 4, 4\); got gru"
    ):
        walk(module, x[:, :4], trace)
    with pytest.raises(ValueError, match="got rnn with"):
        walk(module, x, capture(made("rnn")[0], x))
    with pytest.raises(ValueError, match=r"batch must be in 0\.\.2 for this input; got 3"):
        feed_forward(module, x, batch=3)
