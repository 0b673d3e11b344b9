"""The bag of words against a slow regression, and what it cannot know."""

import numpy as np
import torch

from rnnviz.sentiment.bag import fit_bag
from rnnviz.sentiment.reading import Encoded, vocabulary_of
from tests.sentiment.made_up import frames


def texts_and_labels() -> tuple[Encoded, np.ndarray]:
    labelled, _ = frames()
    vocabulary = vocabulary_of(labelled["text"], 40, has_marks=True)
    return vocabulary.encode(labelled["text"]), labelled["label"].to_numpy(np.float32)


def test_weights_are_those_of_a_plain_regression() -> None:
    texts, labels = texts_and_labels()
    bag = fit_bag(texts, labels, 1, 0.01)
    has = np.array([[piece - 1 in texts[k] for piece in bag.pieces] for k in range(len(texts))], float)
    positive, negative = (1 + has[labels == side].sum(0) for side in (1, 0))
    ratio = np.log(positive / positive.sum()) - np.log(negative / negative.sum())
    trust = torch.zeros(len(ratio) + 1, dtype=torch.float64, requires_grad=True)
    x, y = torch.from_numpy(has * ratio), torch.from_numpy(labels.astype(float))
    descent = torch.optim.Adam([trust], lr=0.05)
    for _ in range(3000):
        loss = torch.nn.functional.binary_cross_entropy_with_logits(x @ trust[:-1] + trust[-1], y)
        loss = loss + 0.005 * trust[:-1].square().sum()
        trust.grad = torch.autograd.grad(loss, trust)[0]
        descent.step()
    expected = trust.detach().numpy()
    np.testing.assert_allclose(bag.weights, expected[:-1] * ratio, atol=2e-3)
    np.testing.assert_allclose(bag.logits(texts), has @ bag.weights + bag.bias)


def test_only_pairs_and_triples_know_of_order() -> None:
    rows = [[1, 2, 3], [1, 2], [3, 2, 1], [2, 1]] * 3
    texts, labels = Encoded.of([np.array(row, np.int32) for row in rows]), np.array([1.0, 1.0, 0.0, 0.0] * 3)
    words, triples = (fit_bag(texts, labels, orders, 0.001).logits(texts)[:4] for orders in (1, 3))
    np.testing.assert_allclose(words, words.mean(), atol=1e-6)
    assert (triples[:2] > 1).all()
    assert (triples[2:] < -1).all()


def test_words_that_it_never_saw() -> None:
    texts, labels = texts_and_labels()
    bag = fit_bag(texts, labels, 2, 0.01)
    unknown = Encoded.of([np.array([38, 39, 38], np.int32), np.array([], np.int32)])
    assert bag.logits(unknown).tolist() == [bag.bias, bag.bias]
