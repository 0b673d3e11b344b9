"""An RNN by hand: three steps and two units, against ``nn.RNN``.

Source: Raschka, Liu and Mirjalili 2022, Machine Learning with PyTorch and Scikit-Learn, chapter 15.
"""

from typing import Any, Final

import torch
from torch import Tensor, nn

from rnnviz.listings.block import Block, Names
from rnnviz.listings.executing import execute

STEPS: Final = 3


def _inputs() -> Names:
    """The input is one sequence of 3 steps with 5 features each."""
    x = torch.tensor([[[1.0] * 5, [2.0] * 5, [3.0] * 5]])
    return locals()


def _module(x: Tensor) -> Names:
    """`output` has the state of every step, and `h_n` has the last state once more, for each layer."""
    torch.manual_seed(1)
    rnn = nn.RNN(input_size=5, hidden_size=2, batch_first=True)
    output, h_n = rnn(x)
    return locals()


def _weights(rnn: Any) -> Names:
    """`detach` gives the numbers of a parameter without its graph of gradients. The first state is
    zero.
    """
    W_ih, b_ih = rnn.weight_ih_l0.detach(), rnn.bias_ih_l0.detach()
    W_hh, b_hh = rnn.weight_hh_l0.detach(), rnn.bias_hh_l0.detach()
    h = torch.zeros(1, 2)
    states: list[Tensor] = []
    return locals()


def _from_x(x: Tensor, t: int, W_ih: Tensor, b_ih: Tensor) -> Names:
    """`from_x` is the part of the sum that comes from the input of step t."""
    from_x = torch.matmul(x[:, t], W_ih.T) + b_ih
    return locals()


def _from_h(h: Tensor, W_hh: Tensor, b_hh: Tensor) -> Names:
    """`from_h` is the part of the sum that comes from the previous state. At t = 0 the previous state is zero, so only
    the bias is left.
    """
    from_h = torch.matmul(h, W_hh.T) + b_hh
    return locals()


def _state(from_x: Tensor, from_h: Tensor) -> Names:
    """The new state is the tanh of the sum of both parts."""
    h = torch.tanh(from_x + from_h)
    return locals()


def _same(h: Tensor, output: Tensor, states: list[Tensor], t: int) -> Names:
    """Each state is compared with that of `nn.RNN` at the same step."""
    states.append(h)
    torch_h = output[:, t].detach()
    difference = (h - torch_h).abs().max()
    return locals()


def _all(states: list[Tensor]) -> Names:
    """The three states together have the shape of `output`."""
    by_hand = torch.stack(states, dim=1)
    return locals()


MANUAL: Final = (
    Block("Input", _inputs, "", ("x",), "x", prints="x.shape", checks=("x.shape == (1, 3, 5)",)),
    Block(
        "nn.RNN",
        _module,
        "SimpleRNN(2, return_sequences=True, return_state=True)",
        ("output", "h_n"),
        "output",
        prints="output, h_n",
        checks=("output.shape == (1, 3, 2)", "h_n.shape == (1, 1, 2)", "torch.equal(h_n[0], output[:, -1])"),
    ),
    Block(
        "Weights without gradients",
        _weights,
        "rnn.get_weights()",
        ("W_ih", "b_ih", "W_hh", "b_hh", "h"),
        "weights",
        prints="W_ih.shape, W_hh.shape",
    ),
    Block("From the input", _from_x, "", ("from_x",), "W_ih", repeats=STEPS),
    Block("From the state before", _from_h, "", ("from_h",), "W_hh", repeats=STEPS),
    Block("New state", _state, "", ("h",), "h", repeats=STEPS),
    Block(
        "The same as nn.RNN",
        _same,
        "",
        ("h", "torch_h", "difference"),
        "output",
        prints="t, h, difference",
        checks=("difference < 1e-6",),
        repeats=STEPS,
    ),
    Block(
        "All states",
        _all,
        "",
        ("by_hand",),
        "output",
        prints="by_hand",
        checks=("torch.allclose(by_hand, output, atol=1e-6)",),
    ),
)
"""In their order; none needs a name from elsewhere."""


def first_state(start: float) -> list[float]:
    """The state of `nn.RNN` of the listing after the first input, from an initial state with this number in each unit.

    >>> from rnnviz.listings.manual import first_state
    >>> [round(unit, 4) for unit in first_state(0.0)]
    [-0.352, 0.5253]
    """
    _, names = execute(MANUAL[:2])
    with torch.no_grad():
        output, _ = names["rnn"](names["x"][:, :1], torch.full((1, 1, 2), start))
    found: list[float] = output[0, 0].tolist()
    return found
