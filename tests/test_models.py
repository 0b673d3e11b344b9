"""build: torch's own weights by seed, whatever else happens in the process; edits of single numbers."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import torch
from torch import nn

from rnnviz.models import Network, build, edit_input
from rnnviz.names import CELLS
from rnnviz.spec import Edit, ModelSpec

MODULES = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("seed", [0, 1, 123456])
@pytest.mark.parametrize("options", [{}, {"bidirectional": True, "num_layers": 2}, {"bias": False}])
def test_weights_are_those_that_torch_draws(cell: Any, seed: int, options: dict[str, Any]) -> None:
    network = build(ModelSpec(cell, 7, 5, output_size=3, seed=seed, **options))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        rnn = MODULES[cell](7, 5, batch_first=True, **options)
        head = nn.Linear(10 if "bidirectional" in options else 5, 3)
    for built, expected in ((network.rnn, rnn), (network.head, head)):
        assert built is not None
        assert list(built.state_dict()) == list(expected.state_dict())
        for name, parameter in expected.named_parameters():
            # Torch rounds product and sum of its uniform numbers apart or together, as the processor can.
            torch.testing.assert_close(built.get_parameter(name), parameter.detach(), rtol=0, atol=2**-24)
    x = torch.randn(2, 4, 7)
    with torch.no_grad():
        torch.testing.assert_close(network(x), head(rnn(x)[0]))


def test_the_lecture_network() -> None:
    network = build(ModelSpec())
    h, _ = network.rnn(torch.tensor([[1.0] * 5, [2.0] * 5, [3.0] * 5]))
    printed = torch.tensor([[-0.3519801, 0.52525216], [-0.68424344, 0.76074266], [-0.8649416, 0.90466356]])
    assert torch.equal(h, printed)
    assert network.rnn.batch_first


def test_relu_and_no_head() -> None:
    network = build(ModelSpec("rnn", nonlinearity="relu", output_size=0))
    assert network.rnn.nonlinearity == "relu"
    assert network.head is None
    assert network(torch.zeros(3, 5)).shape == (3, 2)


def test_a_shared_network_does_not_learn() -> None:
    network = build(ModelSpec("lstm"))
    assert not network.training
    assert not any(parameter.requires_grad for parameter in network.parameters())
    assert all(parameter.device.type == "cpu" for parameter in network.parameters())


def test_random_state_is_neither_moved_nor_read() -> None:
    before = torch.get_rng_state()
    first = build(ModelSpec("gru"))
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(99)
    assert torch.equal(build(ModelSpec("gru")).rnn.weight_hh_l0, first.rnn.weight_hh_l0)


def test_many_threads_build_the_same() -> None:
    specs = [ModelSpec("lstm", 8, 16, 2, seed=seed) for seed in range(8)]
    expected = [build(spec).state_dict() for spec in specs]

    def rebuild(k: int) -> bool:
        torch.rand(10)  # others draw meanwhile
        state = build(specs[k % 8]).state_dict()
        return all(torch.equal(state[name], value) for name, value in expected[k % 8].items())

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(rebuild, range(200)))


def test_edits() -> None:
    spec = ModelSpec("lstm", 3, 4, 2, output_size=2, bidirectional=True)
    edits = [
        Edit("weight_ih_l0", (15, 2), 1.5),
        Edit("bias_hh_l1_reverse", (0,), -2.0),
        Edit("head.weight", (1, 7), 3.0),
        Edit("head.bias", (0,), 4.0),
        Edit("head.bias", (0,), 5.0),
        Edit("x", (0, 0), 9.0),
    ]
    plain, edited = build(spec), build(spec, edits)
    assert edited.rnn.weight_ih_l0[15, 2] == 1.5
    assert edited.rnn.bias_hh_l1_reverse[0] == -2
    assert edited.head is not None
    assert edited.head.weight[1, 7] == 3
    assert edited.head.bias[0] == 5
    changed = sum(int((a != b).sum()) for a, b in zip(plain.parameters(), edited.parameters(), strict=True))
    assert changed == 4


def test_edited_input() -> None:
    x = torch.zeros(3, 2)
    edited = edit_input(x, [Edit("x", (2, 1), 7.0), Edit("weight_ih_l0", (99, 99), 1.0)])
    assert edited.tolist() == [[0, 0], [0, 0], [0, 7]]
    assert not x.any()


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (Edit("weight_ih_l1", (0, 0), 1.0), "must name x or one of weight_ih_l0, .*head.bias; got 'weight_ih_l1'"),
        (Edit("rnn.weight_ih_l0", (0, 0), 1.0), "got 'rnn.weight_ih_l0'"),
        (Edit("weight_ih_l0", (2, 0), 1.0), r"weight_ih_l0 must be in \(0..1, 0..4\); got \(2, 0\)"),
        (Edit("weight_ih_l0", (-1, 0), 1.0), r"got \(-1, 0\)"),
        (Edit("weight_ih_l0", (0,), 1.0), r"got \(0,\)"),
        (Edit("bias_ih_l0", (0, 0), 1.0), r"bias_ih_l0 must be in \(0..1\); got \(0, 0\)"),
        (Edit("bias_ih_l0", (0,), float("nan")), "finite number; got nan"),
    ],
)
def test_wrong_edits_are_refused(edit: Edit, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        build(ModelSpec(), [edit])


def test_wrong_edits_of_the_input_are_refused() -> None:
    with pytest.raises(ValueError, match=r"x must be in \(0..2, 0..1\); got \(3, 0\)"):
        edit_input(torch.zeros(3, 2), [Edit("x", (3, 0), 1.0)])


def test_gradients_flow_to_activations() -> None:
    network: Network = build(ModelSpec("gru"))
    x = torch.zeros(3, 5, requires_grad=True)
    (gradient,) = torch.autograd.grad(network(x).sum(), x)
    assert (gradient != 0).all()
