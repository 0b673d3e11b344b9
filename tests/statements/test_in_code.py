"""What the page “In code” says of the counts of parameters and of the length of the program."""

from typing import Final

import torch
from torch import nn

from rnnviz import listings
from tests.statements.reading import numbers

PAGE: Final = "assets/text/in_code.md"


def counts() -> tuple[int, int]:
    """The parameters of the network in torch, and those of the biases that Keras does not have."""
    lstm = nn.LSTM(64, 64, bidirectional=True)
    layers = (nn.Embedding(1000, 64), lstm, nn.Linear(128, 64), nn.Linear(64, 1))
    second = sum(p.numel() for name, p in lstm.named_parameters() if "bias_hh" in name)
    return sum(p.numel() for layer in layers for p in layer.parameters()), second


def test_the_counts_of_torch_and_keras() -> None:
    torchs, keras, more = numbers(
        PAGE,
        "Torch counts {} parameters, and Keras counts {} for the same network. Where do the other {} come from?",
    )
    assert (torchs.value, more.value) == counts()
    assert keras.value == torchs.value - more.value


def test_the_biases() -> None:
    torchs, keras, directions, gates, units, more = numbers(
        PAGE,
        "Torch has {} biases for each gate and unit, and Keras has {}. With {} directions, {} gates and {} units these "
        "are {} biases more.",
    )
    assert (torchs.value, keras.value) == (2, 1)
    assert directions.value * gates.value * units.value == more.value == counts()[1]


def test_the_shapes() -> None:
    output, h_n = nn.RNN(5, 2, batch_first=True)(torch.ones(1, 3, 5))
    found = numbers(PAGE, "`output` has the shape ({}, {}, {}), and `h_n` has the shape ({}, {}, {}).")
    assert tuple(one.value for one in found) == (*output.shape, *h_n.shape)


def test_the_length_of_the_program() -> None:
    (lines,) = numbers(PAGE, "The whole program is about {} lines of PyTorch.")
    length = sum(bool(line.strip()) for block in listings.SENTIMENT for line in block.source.splitlines())
    assert abs(length - lines.value) <= 5
