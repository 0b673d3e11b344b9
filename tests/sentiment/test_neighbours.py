"""Which words are alike, by embeddings that are put in by hand."""

import numpy as np
import pytest
import torch

from rnnviz.sentiment.model import SentimentModel
from rnnviz.sentiment.neighbours import embedding_map, neighbours, sizes
from rnnviz.sentiment.network import SentimentNetwork
from tests.sentiment.test_model import TOKENS, bag, model_of

BY_HAND = {
    "[UNK]": (1, 0, 0),
    "the": (0, 0, 1),
    "film": (0, 0, 2),
    "is": (0, 1, 0),
    "not": (-1, 0.1, 0),
    "good": (2, 0, 0),
    "bad": (-2, 0, 0),
    ".": (0, -1, 0),
    "!": (1, 1, 0),
}


def by_hand() -> SentimentModel:
    model = model_of()
    assert isinstance(model.network, SentimentNetwork)
    with torch.no_grad():
        model.network.embedding.weight.zero_()
        model.network.embedding.weight[:, :3] = torch.tensor([BY_HAND[token] for token in TOKENS])
    return model


def test_the_nearest_words() -> None:
    found = neighbours(by_hand(), "GOOD", 3)
    assert [word for word, _ in found][:1] == ["!"]
    assert found[0][1] == pytest.approx(2**-0.5)
    assert neighbours(by_hand(), "film", 1) == [("the", pytest.approx(1.0))]
    everything = neighbours(by_hand(), "good", 100)
    assert sorted(word for word, _ in everything) == sorted(set(TOKENS) - {"[UNK]", "good"})
    assert everything[-1] == ("bad", pytest.approx(-1.0))
    cosines = [cosine for _, cosine in everything]
    assert cosines == sorted(cosines, reverse=True)


def test_how_long_embeddings_are() -> None:
    np.testing.assert_allclose(sizes(by_hand(), [TOKENS.index("film"), TOKENS.index("!")]), [2, 2**0.5], rtol=1e-6)
    with pytest.raises(TypeError, match="must be a network"):
        sizes(bag(), [1])


@pytest.mark.parametrize("word", ["zyx", "", "[UNK]", "good film", "\x00"])
def test_words_that_it_does_not_know(word: str) -> None:
    with pytest.raises(ValueError, match="a word must be among the 8 that bilstm knows"):
        neighbours(by_hand(), word)


def test_the_map_is_that_of_the_covariance() -> None:
    found = embedding_map(by_hand())
    assert found.words == TOKENS[1:]
    x = np.array([BY_HAND[word] for word in found.words])
    x = x - x.mean(0)
    sizes, axes = np.linalg.eigh(x.T @ x)
    np.testing.assert_allclose(found.shares, sizes[[2, 1]] / sizes.sum())
    for axis, column in ((2, 0), (1, 1)):
        expected = x @ axes[:, axis]
        np.testing.assert_allclose(found.places[:, column], expected * np.sign(expected @ found.places[:, column]))


def test_the_first_axis_points_to_praise() -> None:
    found = embedding_map(by_hand())
    logits = np.log(found.predicted / (1 - found.predicted))
    assert np.corrcoef(found.places[:, 0], logits)[0, 1] > 0
    np.testing.assert_allclose(found.predicted, by_hand().predict(found.words), atol=1e-6)


def test_words_asked_for_move_nothing() -> None:
    few, more = embedding_map(by_hand(), most=4), embedding_map(by_hand(), ["BAD", "zyx", "the", "[UNK]"], most=4)
    assert few.words == TOKENS[1:5]
    assert more.words == (*TOKENS[1:5], "bad")
    np.testing.assert_allclose(more.places[:4], few.places)
    np.testing.assert_allclose(more.shares, few.shares)


def test_a_bag_has_no_embedding() -> None:
    for function in (embedding_map, lambda model: neighbours(model, "good")):
        with pytest.raises(TypeError, match="a model must be a network to have embeddings; bag-of-words counts words"):
            function(bag())
