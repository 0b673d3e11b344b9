"""Which axis of a batch has an order."""

import math

import torch

from rnnviz.watching.neighbours import orders


def test_steps_of_waves_follow_from_each_other_and_sequences_do_not() -> None:
    torch.manual_seed(0)
    x = torch.sin(torch.rand(24, 1) * 6 + torch.arange(20) * 0.4)[..., None]
    steps, sequences = orders(x)
    assert steps > 4 > abs(sequences)
    turned = orders(x.transpose(0, 1))
    assert turned[1] > 4 > abs(turned[0])


def test_letters_follow_from_each_other_as_whole_numbers_and_as_one_hot_rows() -> None:
    torch.manual_seed(0)
    text = torch.tensor([ord(letter) - 96 for letter in "thecatandthedogandtherat" * 8])
    ids = text[torch.randint(100, (30, 1)) + torch.arange(24)]
    steps, sequences = orders(ids)
    assert steps > 6 > abs(sequences)
    assert orders(torch.nn.functional.one_hot(ids, 30).float()) == (steps, sequences)


def test_noise_has_no_order_and_few_are_not_compared() -> None:
    torch.manual_seed(0)
    assert all(abs(found) < 4 for found in orders(torch.randn(30, 20, 3)))
    assert all(map(math.isnan, orders(torch.randn(3, 4, 3))))
    assert orders(torch.ones(9, 8, 3)) == (0, 0)
    assert all(map(math.isfinite, orders(torch.full((9, 8, 3), math.nan))))
