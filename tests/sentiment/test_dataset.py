"""The synthetic reviews as a training meets them: counted, numbered, in batches of the right padding."""

from collections import Counter

import numpy as np
import pytest
import torch
from torch.nn.utils.rnn import pad_sequence

from rnnviz.sentiment import dataset
from rnnviz.text import fold


@pytest.fixture(scope="module")
def data() -> dataset.Dataset:
    return dataset.shipped()


def test_words_are_counted_and_numbered_by_rank(data: dataset.Dataset) -> None:
    counts = Counter(
        fold(token) for text in data.reviews.texts for token in text.replace(".", " ").replace(",", " ").split()
    )
    assert data.counts[data.words.index("the")] == counts["the"]
    assert np.all(np.diff(data.counts) <= 0)
    assert data.vocabulary.tokens == ("[UNK]", *data.words)
    assert np.all(data.encoded.ids > 0)
    assert data.counts.sum() == len(data.encoded.ids)


@pytest.mark.parametrize("is_sorted", [True, False])
def test_each_review_is_in_one_batch_and_the_padding_is_what_torch_fills_up(
    data: dataset.Dataset, is_sorted: bool
) -> None:
    made = dataset.batches(data.encoded.lengths, is_sorted=is_sorted)
    assert sorted(np.concatenate(made).tolist()) == list(range(2_000))
    shares = dataset.padding(data.encoded.lengths, made)
    for batch, share in zip(made, shares, strict=True):
        filled = pad_sequence([torch.from_numpy(data.encoded[k]) for k in batch], batch_first=True)
        assert share == pytest.approx((filled == 0).float().mean().item(), abs=1e-6)


def test_sorting_leaves_almost_no_padding(data: dataset.Dataset) -> None:
    shuffled, by_length = (
        dataset.padding(data.encoded.lengths, dataset.batches(data.encoded.lengths, is_sorted=one)).mean()
        for one in (False, True)
    )
    assert by_length < 0.05
    assert shuffled > 0.4
