"""What one direction says alone, against networks whose other half is cut off."""

import numpy as np
import pytest
import torch

from rnnviz.sentiment.model import SentimentModel
from rnnviz.sentiment.network import SentimentNetwork
from rnnviz.sentiment.streams import alone, parts
from tests.sentiment.test_model import TEXT, bag, model_of


def without(half: slice, *, attention: bool) -> SentimentModel:
    """A network that does not listen to some of its units."""
    model = model_of(attention=attention)
    network = model.network
    assert isinstance(network, SentimentNetwork)
    with torch.no_grad():
        for layer in (network.attention, network.dense, network.head if attention else None):
            if layer is not None:
                layer.weight[:, half] = 0
    return model


@pytest.mark.parametrize("attention", [False, True])
def test_the_forward_direction_says_of_each_beginning_what_it_says_without_the_other(attention: bool) -> None:
    found = alone(model_of(attention=attention), TEXT)
    assert list(found) == ["forward", "reverse"]
    np.testing.assert_allclose(found["forward"], without(slice(5, 10), attention=attention).running(TEXT), atol=1e-6)
    assert np.ptp(found["forward"]) > 1e-3


@pytest.mark.parametrize("attention", [False, True])
def test_the_reverse_direction_says_it_of_each_end(attention: bool) -> None:
    model = without(slice(0, 5), attention=attention)
    tokens = model.read(TEXT).tokens
    expected = model.predict([" ".join(tokens[k:]) for k in range(len(tokens))])
    found = alone(model_of(attention=attention), TEXT)["reverse"]
    np.testing.assert_allclose(found, expected, atol=1e-6)
    assert np.ptp(found) > 1e-3


@pytest.mark.parametrize("attention", [False, True])
def test_one_direction_alone_is_the_running_judgement(attention: bool) -> None:
    model = model_of(bidirectional=False, attention=attention)
    found = alone(model, TEXT)
    assert list(found) == ["forward"]
    np.testing.assert_allclose(found["forward"], model.running(TEXT), atol=1e-6)


@pytest.mark.parametrize("bidirectional", [False, True])
def test_parts_are_the_logit(bidirectional: bool) -> None:
    model = model_of(bidirectional=bidirectional)
    found, bias = parts(model, TEXT)
    whole = sum(part.sum() for part in found.values()) + bias
    assert model.predict([TEXT])[0] == pytest.approx(1 / (1 + np.exp(-whole)), abs=1e-6)
    assert all(part.shape == (len(model.read(TEXT).tokens),) for part in found.values())
    assert len(found) == 1 + bidirectional


def test_what_has_no_parts() -> None:
    with pytest.raises(ValueError, match="only a network with attention weighs its states"):
        parts(model_of(attention=False), TEXT)
    for function in (alone, parts):
        with pytest.raises(TypeError, match="bag-of-words counts words"):
            function(bag(), TEXT)
        with pytest.raises(ValueError, match="got none"):
            function(model_of(), "")
