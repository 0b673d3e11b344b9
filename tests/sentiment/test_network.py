"""The networks against packed sequences, and their states against capture."""

import numpy as np
import pytest
import torch
from torch import nn

from rnnviz.capture import capture
from rnnviz.sentiment.network import SentimentNetwork, started
from rnnviz.sentiment.prefixes import prefix_logits
from rnnviz.sentiment.recipes import RECIPES, NetworkSpec, Noise

SPECS = [
    NetworkSpec(50, 7, 6, False, "last", 4),
    NetworkSpec(50, 7, 6, True, "last", 4),
    NetworkSpec(50, 7, 6, True, "last"),
    NetworkSpec(50, 7, 6, False, "attention"),
    NetworkSpec(50, 7, 6, True, "attention"),
]
LENGTHS = torch.tensor([9, 1, 5])


def network_of(spec: NetworkSpec) -> SentimentNetwork:
    """In float64, and with an embedding that is large enough for words to matter."""
    network = started(spec, 3).double()
    with torch.no_grad():
        network.embedding.weight.mul_(30)
    return network


def batch() -> torch.Tensor:
    ids = torch.randint(1, 50, (3, 9), generator=torch.Generator().manual_seed(1))
    return ids * (torch.arange(9) < LENGTHS[:, None])


@pytest.mark.parametrize("spec", SPECS)
def test_states_are_those_of_packed_sequences(spec: NetworkSpec) -> None:
    network, ids = network_of(spec), batch()
    x = network.embedding(ids)
    packed = nn.utils.rnn.pack_padded_sequence(x, LENGTHS, batch_first=True, enforce_sorted=False)
    output, (h, _) = network.rnn(packed)
    expected, _ = nn.utils.rnn.pad_packed_sequence(output, batch_first=True)
    states = network.states(x, LENGTHS)
    for k, length in enumerate(LENGTHS.tolist()):
        torch.testing.assert_close(states[k, :length], expected[k, :length])
    if spec.pooling == "last":
        torch.testing.assert_close(network.pool(states, LENGTHS), h.transpose(0, 1).flatten(1))


@pytest.mark.parametrize("spec", SPECS)
def test_capture_sees_the_same_states(spec: NetworkSpec) -> None:
    network = network_of(spec)
    x = network.embedding(batch()).detach()
    h = capture(network.rnn, x, LENGTHS)["h"][0]  # (direction, batch, time, unit)
    states = network.states(x, LENGTHS).detach().numpy()
    for k, length in enumerate(LENGTHS.tolist()):
        np.testing.assert_allclose(np.concatenate(h[:, k, :length], -1), states[k, :length], atol=1e-12)


@pytest.mark.parametrize("spec", SPECS)
def test_company_and_padding_change_nothing(spec: NetworkSpec) -> None:
    network, ids = network_of(spec), batch()
    together = network(ids, LENGTHS)
    noisy = torch.where(torch.arange(9) < LENGTHS[:, None], ids, 17)
    torch.testing.assert_close(network(noisy, LENGTHS), together)
    for k, length in enumerate(LENGTHS.tolist()):
        torch.testing.assert_close(network(ids[k : k + 1, :length], LENGTHS[k : k + 1])[0], together[k])


@pytest.mark.parametrize("spec", SPECS)
def test_every_beginning_as_if_it_were_the_whole(spec: NetworkSpec) -> None:
    network = network_of(spec)
    ids = torch.randint(50, (23,), generator=torch.Generator().manual_seed(2))
    alone = [network(ids[None, : t + 1], torch.tensor([t + 1]))[0] for t in range(len(ids))]
    found = prefix_logits(network, ids)
    torch.testing.assert_close(found, torch.stack(alone).detach())
    assert found.std() > 1e-3  # the beginnings differ, so that agreeing means something
    for first in (1, 11, 22):
        torch.testing.assert_close(prefix_logits(network, ids, first), found[first:])


def test_weights_of_attention() -> None:
    network, ids = network_of(SPECS[-1]), batch()
    states = network.states(network.embedding(ids), LENGTHS)
    weights = network.weigh(states, LENGTHS)
    torch.testing.assert_close(weights.sum(1), torch.ones(3, dtype=torch.float64))
    assert (weights[torch.arange(9) >= LENGTHS[:, None]] == 0).all()
    said = states @ network.head.weight[0]
    torch.testing.assert_close((weights * said).nan_to_num().sum(1) + network.head.bias, network(ids, LENGTHS))
    with pytest.raises(ValueError, match="only a network with attention"):
        network_of(SPECS[0]).weigh(states, LENGTHS)


def test_parameters_of_the_lecture() -> None:
    counts = {
        name: sum(parameter.numel() for parameter in SentimentNetwork(RECIPES[name].network).parameters())
        for name in ("lecture-lstm", "lecture-bilstm")
    }
    assert counts == {"lecture-lstm": 101_505, "lecture-bilstm": 138_881}


def test_how_networks_start() -> None:
    network = started(SPECS[1], 0)
    hidden = network.rnn.get_parameter("weight_hh_l0_reverse").view(4, 6, 6)
    for block in hidden:
        torch.testing.assert_close(block @ block.T, torch.eye(6))
    assert network.rnn.get_parameter("bias_ih_l0").tolist() == [0.0] * 6 + [1.0] * 6 + [0.0] * 12
    assert network.embedding.weight.abs().max() <= 0.05
    again, other = started(SPECS[1], 0), started(SPECS[1], 1)
    torch.testing.assert_close(again.embedding.weight, network.embedding.weight, rtol=0, atol=0)
    assert not torch.equal(other.embedding.weight, network.embedding.weight)


def test_noise_comes_from_its_generator() -> None:
    network, ids = network_of(SPECS[-1]), batch()
    noise = Noise(words=0.3, embedding=0.3, pooled=0.3)

    def logits(seed: int) -> torch.Tensor:
        return network(ids, LENGTHS, noise, torch.Generator().manual_seed(seed))

    torch.testing.assert_close(logits(1), logits(1), rtol=0, atol=0)
    assert not torch.equal(logits(1), logits(2))
    torch.testing.assert_close(network(ids, LENGTHS, Noise()), network(ids, LENGTHS))


@pytest.mark.parametrize("share", [slice(None), slice(1, 3), slice(0, None, 2), slice(1)])
def test_a_share_of_a_batch_is_what_the_whole_says_of_it(share: slice) -> None:
    network, ids = network_of(SPECS[-1]), batch()
    noise = Noise(words=0.3, embedding=0.3, pooled=0.3)
    whole, part = (
        network(ids, LENGTHS, noise, torch.Generator().manual_seed(4), texts) for texts in (slice(None), share)
    )
    torch.testing.assert_close(part, whole[share])


@pytest.mark.parametrize("spec", SPECS)
def test_all_is_computed_where_the_network_is(spec: NetworkSpec) -> None:
    network = SentimentNetwork(spec).to("meta")  # a device that is everywhere, and not the CPU
    ids, lengths = batch().to("meta"), LENGTHS.to("meta")
    logits = network(ids, lengths, Noise(words=0.3, embedding=0.3, pooled=0.3), torch.Generator())
    assert (logits.shape, logits.device.type) == ((3,), "meta")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"pooling": "mean"}, "pooling must be one of last, attention; got 'mean'"),
        ({"pooling": "attention", "dense": 3}, "dense must be 0 with attention"),
    ],
)
def test_networks_that_cannot_be(wrong: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        NetworkSpec(**({"words": 9, "embedding": 2, "hidden": 2, "bidirectional": True} | wrong))
