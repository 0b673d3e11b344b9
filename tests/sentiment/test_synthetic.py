"""Synthetic reviews: the same for one seed, half positive, in parts that share no text, and order matters in them."""

import numpy as np
import pytest

from rnnviz.sentiment import synthetic
from rnnviz.sentiment.phrases import DESCRIBED
from rnnviz.sentiment.reading import Encoded, random_of, vocabulary_of
from rnnviz.text import tokenize


def test_the_parts_share_no_text_and_are_half_positive() -> None:
    data = synthetic.reviews(1_000)
    assert {part: len(reviews) for part, reviews in data.items()} == {
        "train": 1_000, "validation": 500, "test": 500, "unlabelled": 0,
    }  # fmt: skip
    assert len({text for reviews in data.values() for text in reviews.texts}) == 2_000
    assert all(0.44 < data[part].labels.mean() < 0.56 for part in ("train", "validation", "test"))


def test_a_seed_always_draws_the_same_and_fewer_are_the_first_of_more() -> None:
    few, many, others = synthetic.reviews(50), synthetic.reviews(200), synthetic.reviews(50, seed=1)
    assert few["train"].texts == many["train"].texts[:50]
    assert few["validation"].texts == many["validation"].texts
    assert not set(few["train"].texts) & set(others["train"].texts)


@pytest.mark.parametrize("count", [0, -3])
def test_there_must_be_one_to_learn_from(count: int) -> None:
    with pytest.raises(ValueError, match=f"count must be at least 1; got {count}"):
        synthetic.reviews(count)


def test_every_slot_is_filled_and_every_sentence_ends() -> None:
    for text in synthetic.reviews(500)["train"].texts:
        assert not set("{}_") & set(text), text
        assert text[-1] in ".!", text
        assert "  " not in text, text


@pytest.mark.parametrize("is_positive", [True, False])
def test_a_verdict_alone_has_the_sentiment_of_its_review(is_positive: bool) -> None:
    """A sentence keeps its meaning: without "not", "never" or "but", its only adjectives are of its own side."""
    random = random_of(5)
    other = set(DESCRIBED[not is_positive])
    for _ in range(200):
        said = synthetic._sentence(random, synthetic._STRAIGHT, is_positive=is_positive)
        assert not other & {token.lower() for token in tokenize(said)}, said


def test_the_words_alone_do_not_give_the_label() -> None:
    """The bag of words is right for most reviews and wrong for many: the order of the sentences decides those."""
    from rnnviz.sentiment.bag import fit_bag

    data = synthetic.reviews(1_000)
    vocabulary = vocabulary_of(data["train"].texts, 1_000, has_marks=False)
    read = {part: vocabulary.encode(data[part].texts) for part in ("train", "test")}
    bag = fit_bag(read["train"], data["train"].labels, 1, 1e-3)
    right = np.mean((bag.logits(read["test"]) > 0) == (data["test"].labels > 0.5))
    assert 0.6 < right < 0.9
    assert isinstance(read["train"], Encoded)
