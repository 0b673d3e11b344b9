"""The gradients of a record are those of autograd through a loop of single steps, whatever the loss reads."""

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

import rnnviz
from rnnviz.cells import Recurrent, cell_of, directions_of, gru_step, lstm_step, rnn_step, weights_of
from rnnviz.watching import Watched
from tests.together import together

Loss = Callable[[Tensor, tuple[Tensor, ...]], Tensor]

LOSSES: Final[dict[str, Loss]] = {
    "the last step": lambda output, _: output[:, -1].sin().sum(),
    "all steps": lambda output, _: output.square().mean(),
    "the last states of all layers": lambda _, states: sum(state.cos().sum() for state in states),  # type: ignore[misc]
    "all of these": lambda output, states: output.square().sum() + sum(state.sin().sum() for state in states),
}

MODULES: Final[dict[str, Callable[[], Recurrent]]] = {
    "tanh": lambda: nn.RNN(3, 5, batch_first=True),
    "relu, two layers": lambda: nn.RNN(3, 5, num_layers=2, nonlinearity="relu", batch_first=True),
    "lstm, two layers, bidirectional": lambda: nn.LSTM(3, 5, num_layers=2, bidirectional=True, batch_first=True),
    "gru, two layers, bidirectional": lambda: nn.GRU(3, 5, num_layers=2, bidirectional=True, batch_first=True),
    "lstm, no bias": lambda: nn.LSTM(3, 5, bias=False, batch_first=True),
    "lstm, projected, two layers": lambda: nn.LSTM(3, 5, num_layers=2, proj_size=2, batch_first=True),
    "gru, float64": lambda: nn.GRU(3, 5, batch_first=True).double(),
}


def states_of(state: Any) -> tuple[Tensor, ...]:
    return (state,) if isinstance(state, Tensor) else state


def watch_once(module: nn.Module, forward: Callable[[], Tensor]) -> Watched:
    optimizer = torch.optim.SGD(module.parameters(), lr=0.1)
    with rnnviz.watch(module, every=1) as watched:
        forward().backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    return watched


def step_by_step(
    module: Recurrent, x: Tensor, hx: tuple[Tensor, ...], loss: Loss, masks: Sequence[Tensor] = ()
) -> np.ndarray:
    """‖∂L/∂h_t‖ of one sequence by autograd: (layer, direction, time); masks are between the layers."""
    cell, kept, current = cell_of(module), [], x
    last: list[list[Tensor]] = [[] for _ in hx]
    for layer in range(module.num_layers):
        ways = []
        for k, direction in enumerate(directions_of(module)):
            weights = weights_of(module, layer, direction)
            state = [one[layer * len(directions_of(module)) + k] for one in hx]
            steps = list(current.unbind(1))
            found = []
            for x_t in steps if direction == "forward" else reversed(steps):
                if cell == "lstm":
                    made = lstm_step(x_t, state[0], state[1], weights)
                    state = [made["h"].requires_grad_(), made["c"]]
                elif cell == "gru":
                    state = [gru_step(x_t, state[0], weights)["h"].requires_grad_()]
                else:
                    kind = module.nonlinearity if isinstance(module, nn.RNN) else "tanh"
                    state = [rnn_step(x_t, state[0], weights, nonlinearity=kind)["h"].requires_grad_()]  # type: ignore[arg-type]
                state[0].retain_grad()
                found.append(state[0])
            for ends, one in zip(last, state, strict=True):
                ends.append(one)
            ways.append(found if direction == "forward" else found[::-1])
        kept.append(ways)
        current = torch.cat([torch.stack(found, 1) for found in ways], -1)
        current = current * masks[layer] if layer < len(masks) else current
    loss(current, tuple(torch.stack(ends) for ends in last)).backward()  # type: ignore[no-untyped-call]
    return np.array([
        [[0.0 if h.grad is None else float(h.grad.norm()) for h in way] for way in ways] for ways in kept
    ])  # fmt: skip


@pytest.mark.filterwarnings("ignore:LSTM with projections")  # torch says once that oneDNN has none
@together("loss", LOSSES)
@together("name", MODULES)
def test_gradients_are_those_of_single_steps(name: str, loss: str) -> None:
    torch.manual_seed(1)
    module = MODULES[name]()
    dtype = module.weight_ih_l0.dtype
    x = torch.randn(3, 7, 3, dtype=dtype)  # type: ignore[call-overload]
    count = 2 if isinstance(module, nn.LSTM) else 1
    layers = module.num_layers * len(directions_of(module))
    sizes = (module.proj_size or 5, 5)[:count]
    hx = tuple(torch.randn(layers, 3, units, dtype=dtype) for units in sizes)  # type: ignore[call-overload]

    expected = [
        step_by_step(module, x[k : k + 1], tuple(one[:, k : k + 1] for one in hx), one_of_three(loss, k))
        for k in range(3)
    ]

    def forward() -> Tensor:
        output, state = module(x, hx if count == 2 else hx[0])
        return sum_of_three(loss, output, states_of(state))

    (layer,) = watch_once(module, forward).record.layers
    np.testing.assert_allclose(layer["grad_norm"][0], np.mean(expected, 0), rtol=1e-4, atol=1e-7)


def one_of_three(loss: str, k: int) -> Loss:
    """The loss of one sequence, which weighs each of the three differently."""
    return lambda output, states: (k + 1) * LOSSES[loss](output, states)


def sum_of_three(loss: str, output: Tensor, states: tuple[Tensor, ...]) -> Tensor:
    parts = [one_of_three(loss, k)(output[k : k + 1], tuple(one[:, k : k + 1] for one in states)) for k in range(3)]
    return torch.stack(parts).sum()


@pytest.mark.parametrize("cell", [nn.LSTM, nn.GRU])
def test_of_a_packed_batch_each_sequence_has_its_own_end(cell: Any) -> None:
    torch.manual_seed(2)
    module, x, lengths = cell(3, 5, num_layers=2, bidirectional=True), torch.randn(3, 6, 3), [4, 6, 2]
    loss = LOSSES["all of these"]

    def forward() -> Tensor:
        packed = pack_padded_sequence(x, torch.tensor(lengths), batch_first=True, enforce_sorted=False)
        output, state = module(packed)
        padded, _ = pad_packed_sequence(output, batch_first=True)
        states = states_of(state)
        return torch.stack([
            loss(padded[k : k + 1, :length], tuple(one[:, k : k + 1] for one in states))
            for k, length in enumerate(lengths)
        ]).sum()  # fmt: skip

    zeros = tuple(torch.zeros(4, 1, 5) for _ in range(2 if cell is nn.LSTM else 1))
    expected = np.full((3, 2, 2, 6), np.nan)
    for k, length in enumerate(lengths):
        expected[k, :, :, :length] = step_by_step(module, x[k : k + 1, :length], zeros, loss)
    (layer,) = watch_once(module, forward).record.layers
    np.testing.assert_allclose(layer["grad_norm"][0], np.nanmean(expected, 0), rtol=1e-4, atol=1e-7)
    assert layer["packed"][0] == 1
    assert layer["steps"][0] == 6
    assert np.isnan(layer["padded"][0])


@pytest.mark.parametrize("batch_first", [False, True])
def test_an_input_without_a_batch_and_one_with_time_first(batch_first: bool) -> None:
    torch.manual_seed(3)
    module = nn.LSTM(3, 5, batch_first=batch_first)
    x = torch.randn(6, 3)

    def alone() -> Tensor:
        output, (h_n, c_n) = module(x)
        return output.square().sum() + h_n.sum() + c_n.sum()

    def in_a_batch() -> Tensor:
        output, (h_n, c_n) = module(x[None] if batch_first else x[:, None])
        return output.square().sum() + h_n.sum() + c_n.sum()

    before = {name: value.clone() for name, value in module.state_dict().items()}
    first = watch_once(module, alone).record.layers[0]
    module.load_state_dict(before)
    second = watch_once(module, in_a_batch).record.layers[0]
    np.testing.assert_allclose(first["grad_norm"], second["grad_norm"], rtol=1e-5)
    assert first["grad_norm"].shape == (1, 1, 1, 6)


def test_dropout_between_layers_falls_as_it_fell() -> None:
    torch.manual_seed(4)
    module = nn.LSTM(3, 5, num_layers=3, dropout=0.5, bidirectional=True)
    x, loss = torch.randn(6, 1, 3), LOSSES["all of these"]
    zeros = tuple(torch.zeros(6, 1, 5) for _ in range(2))
    torch.manual_seed(5)
    masks = [functional.dropout(torch.ones(6, 1, 10)).transpose(0, 1) for _ in range(2)]
    expected = step_by_step(module, x.transpose(0, 1), zeros, loss, masks)

    def forward() -> Tensor:
        torch.manual_seed(5)
        output, states = module(x)
        return loss(output.transpose(0, 1), states)

    layer = watch_once(module, forward).record.layers[0]
    np.testing.assert_allclose(layer["grad_norm"][0], expected, rtol=1e-4, atol=1e-7)


class Negated(nn.GRU):
    """A subclass that computes something else."""

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Any:  # noqa: A002 - torch's name
        output, h_n = super().forward(input, hx)
        return -output, h_n


def test_of_a_subclass_that_computes_something_else_only_the_call_is_known() -> None:
    module, x = Negated(3, 5), torch.randn(6, 2, 3)
    layer = watch_once(module, lambda: module(x)[0][-1].square().sum()).record.layers[0]
    assert layer["grad_norm"].shape == (1, 1, 1, 0)
    assert np.isnan(layer["saturated"]).all()
    assert layer["at_last"][0] == 1
    assert np.isfinite(layer["singular_value"]).all()


def test_half_precision_is_looked_at_in_float32() -> None:
    torch.manual_seed(4)
    module = nn.GRU(3, 5).bfloat16()
    x = torch.randn(6, 2, 3).bfloat16()
    layer = watch_once(module, lambda: module(x)[0].float().square().sum()).record.layers[0]
    assert np.isfinite(layer["grad_norm"]).all()
    assert not isinstance(x, PackedSequence)
