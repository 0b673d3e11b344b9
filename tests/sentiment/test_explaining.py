"""Contributions against captum and by hand, words left out one by one, and how far two orders agree."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from captum.attr import IntegratedGradients
from hypothesis import given
from hypothesis import strategies as st

from rnnviz.sentiment import explaining
from rnnviz.sentiment.bag import Bag
from rnnviz.sentiment.explaining import Contributions, agreement, integrated_gradients, leave_one_out
from rnnviz.sentiment.model import SentimentModel
from rnnviz.sentiment.network import SentimentNetwork
from tests.sentiment.test_model import MODELS, TEXT, bag, model_of

EVERY = [*MODELS, bag()]


def logit(predicted: float) -> float:
    return float(np.log(predicted / (1 - predicted)))


def in_double(*, attention: bool) -> tuple[SentimentModel, SentimentNetwork]:
    model = model_of(attention=attention)
    assert isinstance(model.network, SentimentNetwork)
    return model, model.network.double()


@pytest.mark.parametrize(("attention", "rtol"), [(True, 1e-5), (False, 1e-2)])
def test_against_captum(attention: bool, rtol: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Captum's places are float32, and 200 of them are few where dense units have kinks: it misses as much itself."""
    monkeypatch.setattr(explaining, "WANTED", 1e-7)
    model, network = in_double(attention=attention)
    found = integrated_gradients(model, TEXT)
    ids = torch.tensor([model.read(TEXT).ids])

    def classify(x: torch.Tensor) -> torch.Tensor:
        lengths = torch.full((len(x),), x.shape[1])
        return network.classify(network.pool(network.states(x, lengths), lengths)) / model.temperature

    known, unknown = (network.embedding(numbers).detach() for numbers in (ids, torch.zeros_like(ids)))
    expected = IntegratedGradients(classify).attribute(known, unknown, n_steps=200, method="gausslegendre")
    np.testing.assert_allclose(found.values, expected.sum(-1)[0], rtol=rtol, atol=1e-7)
    missed = abs(expected.sum().item() - (found.logit - found.baseline_logit))
    assert abs(found.values.sum() - (found.logit - found.baseline_logit)) <= max(missed, 1e-6)
    assert found.baseline_logit == pytest.approx(classify(unknown).item())


def missed(found: Contributions) -> float:
    """The share of the difference between the two logits that the values do not add up to."""
    difference = found.logit - found.baseline_logit
    return float(abs(found.values.sum() / difference - 1))


@pytest.mark.parametrize("model", EVERY)
def test_contributions_add_up(model: SentimentModel) -> None:
    found = integrated_gradients(model, TEXT)
    assert found.tokens == model.read(TEXT).tokens
    assert found.logit == pytest.approx(logit(model.predict([TEXT])[0]), abs=1e-5)
    difference = found.logit - found.baseline_logit
    assert found.values.sum() == pytest.approx(difference, rel=0.01)
    assert np.ptp(found.values) > 1e-3


@pytest.mark.parametrize("model", MODELS)
def test_unknown_words_add_nothing(model: SentimentModel) -> None:
    found = integrated_gradients(model, "the zyx is good")
    assert found.values[1] == 0
    assert (found.values[[0, 2, 3]] != 0).all()
    nothing = integrated_gradients(model, "zyx yxz")
    assert nothing.baseline_logit == pytest.approx(nothing.logit, abs=1e-6)
    assert nothing.values.tolist() == [0, 0]
    assert nothing.steps < 16


def test_many_words_go_in_several_passes() -> None:
    model, _ = in_double(attention=True)
    whole = integrated_gradients(model, TEXT * 200, longest=1500)
    assert len(whole.values) == 1500
    assert missed(whole) < 0.01


def test_a_network_that_jumps_is_said_not_to_add_up() -> None:
    model, network = in_double(attention=False)
    with torch.no_grad():
        for parameter in network.rnn.parameters():
            parameter.mul_(300)
    found = integrated_gradients(model, TEXT)
    assert found.steps == 256
    assert missed(found) > 0.01


@pytest.mark.parametrize("model", MODELS)
def test_a_shared_network_stays_as_it_was(model: SentimentModel) -> None:
    assert isinstance(model.network, SentimentNetwork)
    with torch.no_grad():
        integrated_gradients(model, TEXT)
    assert all(parameter.grad is None for parameter in model.network.parameters())


def test_a_bag_adds_the_weights_of_its_words() -> None:
    weights = np.array([0.0, 1.0, -3.0, 0.5])
    known = Bag(1, np.array([1, 2, 3, 4]), weights, 0.25)
    model = replace(bag(), network=known, temperature=2.0)  # [UNK], the, film, is
    found = integrated_gradients(model, "film the film the zyx the film")
    np.testing.assert_allclose(found.values, np.array([-1, 1 / 3, -1, 1 / 3, 0, 1 / 3, -1]) / 2)
    assert (found.baseline_logit, found.steps) == (0.125, 0)
    assert found.logit == pytest.approx((0.25 - 3 + 1) / 2)


@pytest.mark.parametrize("model", EVERY)
def test_each_word_left_out(model: SentimentModel) -> None:
    tokens = model.read(TEXT).tokens
    rest = [" ".join((*tokens[:k], *tokens[k + 1 :])) for k in range(len(tokens))]
    expected = [logit(model.predict([TEXT])[0]) - logit(predicted) for predicted in model.predict(rest)]
    np.testing.assert_allclose(leave_one_out(model, TEXT), expected, atol=1e-5)


def test_a_single_word_left_out() -> None:
    for model in MODELS:
        unknown, known = model.logits(model.vocabulary.encode(["zyx", "good"]))
        assert leave_one_out(model, "good") == pytest.approx([known - unknown], abs=1e-5)
    assert leave_one_out(bag(), "good") == pytest.approx([logit(bag().predict(["good"])[0]) - 0.1])
    assert leave_one_out(bag(), "good good") == pytest.approx([0, 0])


@pytest.mark.parametrize("explain", [integrated_gradients, leave_one_out])
@pytest.mark.parametrize("model", [MODELS[-1], bag()])
def test_nothing_to_explain(explain: type, model: SentimentModel) -> None:
    with pytest.raises(ValueError, match="a text must have at least one word that can be read; got none"):
        explain(model, " \n")


@pytest.mark.parametrize("model", [MODELS[-1], bag()])
@given(text=st.text(max_size=40))
def test_whatever_is_typed(model: SentimentModel, text: str) -> None:
    if model.read(text).ids:
        assert np.isfinite(integrated_gradients(model, text).values).all()
        assert np.isfinite(leave_one_out(model, text)).all()


def test_agreement_by_hand() -> None:
    rising = np.arange(5.0)
    assert agreement(rising, rising**3) == 1
    assert agreement(rising, -rising) == -1
    assert agreement(rising, np.array([0.0, 2, 1, 3, 4])) == pytest.approx(0.8)  # one pair of ten is turned around
    # With ties, as in the documentation of scipy.stats.kendalltau.
    tied = agreement(np.array([12.0, 2, 1, 12, 2]), np.array([1.0, 4, 7, 1, 0]))
    assert tied == pytest.approx(-0.47140452079103173)
    assert np.isnan(agreement(rising, np.ones(5)))
    assert np.isnan(agreement(np.ones(1), np.ones(1)))
    with pytest.raises(ValueError, match=r"a number a token; got the shapes \(5,\) and \(4,\)"):
        agreement(rising, rising[:4])
