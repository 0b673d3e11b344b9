"""What the texts beside the listings say, in the application and in the notebook."""

import re

import torch
from torch import nn

from rnnviz import listings
from rnnviz.listings.block import Block
from rnnviz.sentiment import synthetic

SEEDS = 20


def block(name: str) -> Block:
    every = [*listings.SENTIMENT, *(one for lesson in listings.LESSONS for one in lesson.blocks)]
    return next(one for one in every if one.name == name)


def test_the_training_is_as_long_as_its_text_says() -> None:
    found = re.search(r"This program trains for (\d+) epochs on ([\d,]+) reviews", block("optimizer").text)
    assert found is not None
    assert f"range({found[1]})" in block("fit").source
    assert len(synthetic.reviews()["train"]) == int(found[2].replace(",", ""))


def test_a_network_that_outputs_one_half_has_the_loss_that_the_text_names() -> None:
    found = re.search(r"ln 2 = ([\d.]+)", block("loss").text)
    assert found is not None
    for label in (0.0, 1.0):
        loss = nn.BCEWithLogitsLoss()(torch.zeros(1), torch.tensor([label])).item()
        assert f"{loss:.3f}" == found[1]


def test_the_words_of_the_sample_occur_in_the_training_reviews() -> None:
    _, names = listings.execute(listings.SENTIMENT, data=listings.pairs(synthetic.reviews()))
    assert 1 not in names["encode"]([names["sample"]])
    assert names["sample"] not in [text for text, _ in names["train"]]


def test_the_gradient_of_an_rnn_vanishes_for_other_seeds_too() -> None:
    for seed in range(SEEDS):
        torch.manual_seed(seed)
        inputs = torch.randn(1, 60, 8, requires_grad=True)
        states, _ = nn.RNN(8, 32, batch_first=True)(inputs)
        (gradient,) = torch.autograd.grad(states[:, -1].sum(), inputs)
        norms = gradient.norm(dim=2).squeeze(0)
        assert norms[0] / norms[-1] < 1e-4, seed
