"""What plain torch code gives that takes its states at the wrong place."""

import numpy as np
import pytest
import torch

from rnnviz.sentiment.network import SentimentNetwork
from rnnviz.sentiment.traps import last_output, padding
from tests.sentiment.test_model import TEXT, bag, model_of


def naive(network: SentimentNetwork, ids: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """What everyone writes first: all outputs and the last states of a batch whose padding nobody tells the LSTM."""
    with torch.no_grad():
        output, (h, _) = network.rnn(network.embedding(ids))
    return output, torch.cat(list(h), -1)


@pytest.mark.parametrize("bidirectional", [False, True])
def test_pads_that_are_read(bidirectional: bool) -> None:
    model = model_of(bidirectional=bidirectional, attention=False)
    network = model.network
    assert isinstance(network, SentimentNetwork)
    found = padding(model, TEXT, most=30)
    assert found.predicted.shape == found.norms.shape == (31,)
    assert found.predicted[0] == pytest.approx(model.predict([TEXT])[0], abs=1e-6)
    ids = model.read(TEXT).ids
    for pads in (0, 1, 7, 30):
        _, last = naive(network, torch.tensor([[*ids, *[0] * pads]]))
        expected = torch.sigmoid(network.classify(last) / model.temperature).item()
        assert found.predicted[pads] == pytest.approx(expected, abs=1e-6)
        assert found.norms[pads] == pytest.approx(last[0, :5].norm().item(), abs=1e-6)
    assert np.ptp(found.predicted) > 1e-3


def test_attention_weighs_pads_among_the_words() -> None:
    model = model_of()
    network = model.network
    assert isinstance(network, SentimentNetwork)
    output, _ = naive(network, torch.tensor([[*model.read(TEXT).ids, 0, 0, 0]]))
    pooled = (network.weigh(output, torch.tensor([output.shape[1]]))[..., None] * output).sum(1)
    expected = torch.sigmoid(network.classify(pooled) / model.temperature).item()
    assert padding(model, TEXT, most=3).predicted[3] == pytest.approx(expected, abs=1e-6)


def test_the_last_output_of_two_directions() -> None:
    model = model_of(attention=False)
    network = model.network
    assert isinstance(network, SentimentNetwork)
    output, last = naive(network, torch.tensor([model.read(TEXT).ids]))
    found = last_output(model, TEXT)
    right, wrong = (
        torch.sigmoid(network.classify(pooled) / model.temperature).item() for pooled in (last, output[:, -1])
    )
    assert (found.right, found.wrong) == (pytest.approx(right, abs=1e-6), pytest.approx(wrong, abs=1e-6))
    assert found.right == pytest.approx(model.predict([TEXT])[0], abs=1e-6)
    assert abs(found.right - found.wrong) > 1e-3


def test_where_the_last_output_is_right() -> None:
    found = last_output(model_of(bidirectional=False, attention=False), TEXT)
    assert found.right == pytest.approx(found.wrong, abs=1e-6)
    found = last_output(model_of(attention=False), "good")
    assert found.right == pytest.approx(found.wrong)


def test_what_has_no_such_traps() -> None:
    with pytest.raises(ValueError, match="must take its last states to take the wrong ones; bilstm has attention"):
        last_output(model_of(), TEXT)
    for trap in (padding, last_output):
        with pytest.raises(TypeError, match="bag-of-words counts words"):
            trap(bag(), TEXT)
        with pytest.raises(ValueError, match="got none"):
            trap(model_of(attention=False), "")
