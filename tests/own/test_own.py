"""Twenty networks of other people open, and their gates are those of a loop over cells."""

import pytest
import torch

from rnnviz.capture import capture
from tests.cell_loop import check, check_gradients, record, weighed
from tests.own.networks import NETWORKS, Own
from tests.together import together


def test_there_are_twenty_networks() -> None:
    assert len({network.make for network in NETWORKS}) == 20


# torch says so of each LSTM with projections that it runs in float32.
@pytest.mark.filterwarnings("ignore:LSTM with projections is not supported with oneDNN")
@together("own", NETWORKS)
def test_a_network_opens_with_the_gates_of_a_cell_loop(own: Own) -> None:
    torch.manual_seed(0)
    model = own.make().train(own.training)
    torch.manual_seed(1)
    traces = capture(model, own.x)
    calls = record(model, own.x)
    assert {path: (trace.cell, *trace.sizes.values()) for path, trace in traces.items()} == own.traces
    for path, trace in traces.items():
        name, _, number = path.partition("#")
        check(trace, [calls[name][int(number) - 1]] if number else calls[name])


@pytest.mark.filterwarnings("ignore:LSTM with projections is not supported with oneDNN")
@together("own", NETWORKS)
def test_gradients_of_a_loss_of_what_the_network_returns(own: Own) -> None:
    torch.manual_seed(0)
    model = own.make().train(own.training)
    torch.manual_seed(1)
    traces = capture(model, own.x, loss=weighed)
    assert all(parameter.grad is None for parameter in model.parameters())
    check_gradients(traces, model, own.x, weighed)
