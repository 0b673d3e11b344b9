"""The layers of the lecture's networks, counted by hand."""

from rnnviz.sentiment.network import SentimentNetwork, layers_of
from rnnviz.sentiment.recipes import RECIPES


def test_the_lectures_bilstm() -> None:
    layers = layers_of(SentimentNetwork(RECIPES["lecture-bilstm"].network))
    assert [layer.name for layer in layers] == ["embedding", "rnn", "dense", "head"]
    embedding, rnn, dense, head = layers
    assert embedding.torch == embedding.keras == 1_000 * 64
    assert rnn.torch == 2 * 4 * 64 * (64 + 64 + 2)
    assert rnn.keras == 2 * 4 * 64 * (64 + 64 + 1)
    assert dense.torch == dense.keras == 64 * 128 + 64
    assert head.torch == head.keras == 64 + 1
    assert rnn.matrices == ((256, 64),) * 4
    assert sum(layer.torch for layer in layers) == 138_881
