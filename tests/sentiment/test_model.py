"""What a model says of texts, whole and word by word, whatever is typed."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from rnnviz.sentiment.bag import Bag
from rnnviz.sentiment.model import SentimentModel
from rnnviz.sentiment.network import SentimentNetwork, started
from rnnviz.sentiment.reading import UNKNOWN, Vocabulary
from rnnviz.sentiment.recipes import NetworkSpec

TOKENS = (UNKNOWN, "the", "film", "is", "not", "good", "bad", ".", "!")
TEXT = "The film is not good. Not bad! The acting is not bad."


def model_of(*, bidirectional: bool = True, attention: bool = True, temperature: float = 2.0) -> SentimentModel:
    spec = NetworkSpec(len(TOKENS), 6, 5, bidirectional, "attention" if attention else "last", 0 if attention else 4)
    network = started(spec, 2)
    with torch.no_grad():
        network.embedding.weight.mul_(30)
    return SentimentModel("bilstm", network, Vocabulary(TOKENS, has_marks=True), temperature, {})


def bag() -> SentimentModel:
    weights = np.random.Generator(np.random.PCG64(1)).normal(size=len(TOKENS))
    known = Bag(1, np.arange(1, len(TOKENS) + 1), weights, 0.1)
    return SentimentModel("bag-of-words", known, Vocabulary(TOKENS, has_marks=True), 1.0, {})


MODELS = [model_of(bidirectional=both, attention=attention) for both in (False, True) for attention in (False, True)]


@pytest.mark.parametrize("model", [*MODELS, bag()])
def test_running_is_what_predict_says_of_each_beginning(model: SentimentModel) -> None:
    tokens = model.read(TEXT).tokens
    running = model.running(TEXT)
    assert running.shape == (len(tokens),)
    np.testing.assert_allclose(
        running, model.predict([" ".join(tokens[: k + 1]) for k in range(len(tokens))]), atol=1e-6
    )
    assert np.ptp(running) > 1e-3


@pytest.mark.parametrize("model", MODELS)
def test_company_changes_nothing(model: SentimentModel) -> None:
    texts = ["good", TEXT * 30, "bad bad", "", "the film"]
    together = model.predict(texts)
    np.testing.assert_allclose(together, [model.predict([text])[0] for text in texts], atol=1e-6)
    assert np.isnan(together[3])


def test_temperature_divides_the_logit() -> None:
    cold, warm = (model_of(temperature=t).predict([TEXT])[0] for t in (1.0, 4.0))
    assert np.log(cold / (1 - cold)) == pytest.approx(4 * np.log(warm / (1 - warm)), rel=1e-4)


def test_very_long_texts_are_cut() -> None:
    model = MODELS[-1]
    beginning = "good bad " * 1250
    assert model.read(beginning + "film").is_cut
    assert not model.read(beginning).is_cut
    np.testing.assert_array_equal(model.predict([beginning + "film " * 20_000]), model.predict([beginning]))
    assert len(model.running("good " * 500, longest=20)) == 20


@pytest.mark.parametrize("model", [MODELS[-1], bag()])
@given(text=st.text(max_size=60))
def test_whatever_is_typed(model: SentimentModel, text: str) -> None:
    predicted, running = model.predict([text])[0], model.running(text)
    ids = model.read(text).ids
    assert len(running) == len(ids)
    if any(ids):
        assert 0 < predicted < 1
        assert running[-1] == pytest.approx(predicted, abs=1e-6)
    else:
        assert np.isnan(predicted)
        assert np.isnan(running).all()


@pytest.mark.parametrize("model", [*MODELS, bag()])
def test_unknown_words_alone_get_no_prediction(model: SentimentModel) -> None:
    assert np.isnan(model.predict(["zyx", "good", "zyx qwv"])).tolist() == [True, False, True]
    assert np.isnan(model.running("zyx qwv good zyx")).tolist() == [True, True, False, False]
    long = "zyx " * 10 + "good"
    assert np.isnan(model.running(long)).tolist() == [True] * 10 + [False]
    assert np.isnan(model.running(long, first=8)).tolist() == [True, True, False]


def test_one_text_is_not_several() -> None:
    with pytest.raises(TypeError, match="texts must be a sequence of texts; got one text"):
        MODELS[0].predict(TEXT)
    assert MODELS[0].predict([]).shape == (0,)


def test_a_bag_knows_nothing_of_order() -> None:
    one, other = bag().predict(["the film is not good", "good not film the is"])
    assert one == other
    one, other = MODELS[-1].predict(["the film is not good", "good not film the is"])
    assert one != pytest.approx(other, abs=1e-4)


@pytest.mark.parametrize("model", MODELS)
def test_the_judgement_follows_from_the_trace(model: SentimentModel) -> None:
    trace = model.trace(TEXT)
    assert trace.tokens[0] == model.read(TEXT).tokens
    network = model.network
    assert isinstance(network, SentimentNetwork)
    h = trace["h"][0, :, 0]  # (direction, time, unit)
    states = torch.from_numpy(np.concatenate(list(h), -1))[None]
    pooled = network.pool(states, torch.tensor([states.shape[1]]))
    logit = network.classify(pooled).item() / model.temperature
    assert model.predict([TEXT])[0] == pytest.approx(1 / (1 + np.exp(-logit)), abs=1e-6)


def test_attention() -> None:
    weights = MODELS[-1].attention(TEXT)
    assert weights.shape == (len(MODELS[-1].read(TEXT).tokens),)
    assert weights.sum() == pytest.approx(1)
    with pytest.raises(ValueError, match="only a network with attention weighs its states"):
        MODELS[0].attention(TEXT)


def test_what_cannot_be_looked_into() -> None:
    with pytest.raises(TypeError, match="a model must be a network to be looked into; bag-of-words counts words"):
        bag().trace(TEXT)
    with pytest.raises(ValueError, match="a text must have at least one word that can be read; got none"):
        MODELS[0].trace("")
