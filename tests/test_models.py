"""build: torch's own weights by seed, whatever else happens in the process; edits of single numbers."""

import dataclasses
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from rnnviz import checkpoints
from rnnviz.capture import capture
from rnnviz.models import Network, build, edit_input
from rnnviz.names import CELLS
from rnnviz.spec import Edit, ModelSpec
from tests.together import together

MODULES = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}


@together("cell", CELLS)
@together("seed", [0, 1, 123456])
@together("options", [{}, {"bidirectional": True, "num_layers": 2}, {"bias": False}])
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
    # The weights are those of every processor; their sums of ten products are rounded as the processor can.
    torch.testing.assert_close(h, printed, rtol=0, atol=1e-6)
    assert network.rnn.batch_first


DEEP: dict[str, Any] = {"num_layers": 2, "bidirectional": True, "output_size": 3, "seed": 7}


def differing(spec: ModelSpec, **start: Any) -> set[str]:
    """The kinds of parameters that another start of the same seed changes."""
    plain, started = build(spec), build(dataclasses.replace(spec, **start))
    pairs = zip(plain.named_parameters(), started.parameters(), strict=True)
    return {name.removeprefix("rnn.").split("_l")[0] for (name, a), b in pairs if not torch.equal(a, b)}


@pytest.mark.parametrize("bias", [-2.0, 0.0, 1.0, 3.0])
def test_a_forget_gate_that_reads_nothing_is_the_sigmoid_of_its_bias(bias: float) -> None:
    spec = ModelSpec("lstm", 3, 4, **DEEP)
    network = build(dataclasses.replace(spec, forget_bias=bias))
    for name, parameter in network.rnn.named_parameters():
        if name.startswith("bias"):
            assert torch.equal(parameter[4:8], torch.full((4,), bias if "_ih_" in name else 0.0))
            kept = torch.cat([parameter[:4], parameter[8:]])
            drawn = build(spec).rnn.get_parameter(name)
            assert torch.equal(kept, torch.cat([drawn[:4], drawn[8:]]))
    nothing = torch.zeros(1, 1, 3)
    f = capture(network.rnn, nothing)["f"][0]  # (direction, batch, time, unit): layer 0 alone reads nothing
    np.testing.assert_allclose(f, 1 / (1 + np.exp(-bias)), rtol=1e-6)
    assert differing(spec, forget_bias=bias) == {"bias_ih", "bias_hh"}


@pytest.mark.parametrize("spec", [ModelSpec("rnn"), ModelSpec("gru"), ModelSpec("lstm", bias=False)], ids=str)
def test_what_has_no_forget_bias_does_not_heed_one(spec: ModelSpec) -> None:
    assert not spec.has_forget_bias
    assert differing(spec, forget_bias=3.0) == set()


@together("size", [1, 2, 33])
@together("scale", [0.0, 0.9, 1.0, 2.0])
@together("cell", CELLS)
def test_orthogonal_blocks(cell: Any, scale: float, size: int) -> None:
    spec = ModelSpec(cell, 3, size, **DEEP)
    start: dict[str, Any] = {"recurrent": "orthogonal", "recurrent_scale": scale}
    network = build(dataclasses.replace(spec, **start))
    blocks = [
        block.double()
        for name, parameter in network.rnn.named_parameters()
        if name.startswith("weight_hh")
        for block in parameter.split(size)
    ]
    assert len(blocks) == 4 * {"rnn": 1, "lstm": 4, "gru": 3}[cell]
    for block in blocks:
        torch.testing.assert_close(block.T @ block, scale**2 * torch.eye(size).double(), rtol=0, atol=1e-6)
    if size > 1 and scale:
        assert len({tuple(block.flatten().tolist()) for block in blocks}) == len(blocks)
    assert differing(spec, **start) == {"weight_hh"}


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("scale", [1.0, 0.5])
def test_identity_blocks(cell: Any, scale: float) -> None:
    spec = ModelSpec(cell, 3, 40, **DEEP)
    start: dict[str, Any] = {"recurrent": "identity", "recurrent_scale": scale}
    network = build(dataclasses.replace(spec, **start))
    for name, parameter in network.rnn.named_parameters():
        if name.startswith("weight_hh"):
            for block in parameter.split(40):
                assert torch.equal(block, scale * torch.eye(40))
        elif cell == "rnn":  # as the authors of this start have it
            assert parameter.std() == pytest.approx(0.001 if name.startswith("weight") else 0, rel=0.2)
            assert parameter.mean().abs() < 0.0005
    kinds = {"weight_hh", "weight_ih", "bias_ih", "bias_hh"} if cell == "rnn" else {"weight_hh"}
    assert differing(spec, **start) == kinds
    assert torch.equal(build(dataclasses.replace(spec, **start)).rnn.weight_ih_l0, network.rnn.weight_ih_l0)


@pytest.mark.parametrize("cell", CELLS)
def test_scale_alone_multiplies_what_torch_draws(cell: Any) -> None:
    spec = ModelSpec(cell, 3, 4, **DEEP)
    scaled = build(dataclasses.replace(spec, recurrent_scale=1.5)).rnn
    for name, parameter in build(spec).rnn.named_parameters():
        factor = 1.5 if name.startswith("weight_hh") else 1.0
        assert torch.equal(scaled.get_parameter(name), factor * parameter)
    assert differing(spec, recurrent_scale=1.0, recurrent="default", forget_bias=None) == set()


def test_orthogonal_matrices_are_as_repeatable_as_the_rest() -> None:
    spec = ModelSpec("lstm", 3, 16, recurrent="orthogonal", seed=4)
    first = build(spec).rnn.weight_hh_l0
    torch.rand(10)
    assert torch.equal(build(spec).rnn.weight_hh_l0, first)
    assert not torch.equal(build(dataclasses.replace(spec, seed=5)).rnn.weight_hh_l0, first)
    # Rounded from float64, so that they are the same whatever a processor does to the last bit there.
    torch.testing.assert_close(first[0, :3], torch.tensor([0.11877422, -0.40226957, 0.03651955]), rtol=0, atol=0)


def test_edits_come_after_the_initialisation() -> None:
    spec = ModelSpec("lstm", 3, 4, forget_bias=3.0, recurrent="orthogonal", recurrent_scale=2.0)
    network = build(spec, [Edit("weight_hh_l0", (0, 1), 0.25), Edit("bias_hh_l0", (4,), -1.0)])
    assert network.rnn.weight_hh_l0[0, 1] == 0.25
    assert network.rnn.bias_hh_l0[4:8].tolist() == [-1, 0, 0, 0]


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


def test_the_forward_half_of_a_trained_network_reads_as_in_the_whole() -> None:
    whole = checkpoints.load("reviews-bilstm-lstm").model
    half = dataclasses.replace(whole, bidirectional=False, output_size=0)
    x = torch.randn(1, 9, whole.input_size, generator=torch.Generator().manual_seed(1))
    states, _ = build(whole).rnn(x)
    torch.testing.assert_close(build(half)(x), states[..., : whole.hidden_size], rtol=0, atol=1e-6)
    with pytest.raises(ValueError, match="bidirectional must be True"):
        build(dataclasses.replace(whole, bidirectional=False))
