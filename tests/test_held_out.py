"""Held-out sequences of networks that ship: their targets, and what the networks make of them."""

import numpy as np
import pytest

from rnnviz import build, checkpoints
from rnnviz.held_out import correct, held_out
from rnnviz.interventions import each_alone


@pytest.mark.parametrize(
    ("name", "least"),
    [
        ("brackets-gru", 0.98), ("latch-lstm", 0.98), ("adding-gru", 0.9), ("parity-gru", 0.98),
        ("word-classes-gru", 0.95), ("reviews-bilstm-lstm", 0.55),
    ],
)  # fmt: skip
def test_the_network_is_as_good_as_its_card_says(name: str, least: float) -> None:
    known = checkpoints.load(name)
    held = held_out(known, 20)
    (states,) = each_alone(build(known.model).rnn, held.x, [[]], held.lengths)
    shares = correct(known, held, states)
    assert shares.shape == (20,)
    assert shares.mean() >= least


def test_depths_are_those_of_the_brackets() -> None:
    held = held_out(checkpoints.load("brackets-lstm"), 5)
    for tokens, targets in zip(held.tokens, held.targets, strict=True):
        depths = np.cumsum([{"(": 1, ")": -1}.get(token, 0) for token in tokens])
        assert [str(depth) for depth in depths] == list(targets)


def test_networks_without_such_sequences_are_refused() -> None:
    with pytest.raises(ValueError, match="characters-shakespeare-gru must have held-out sequences"):
        held_out(checkpoints.load("characters-shakespeare-gru"))
