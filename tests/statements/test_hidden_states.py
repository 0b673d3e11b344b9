"""What the page of hidden states says of three untrained cells, over 40 seeds."""

from dataclasses import replace
from functools import cache
from typing import Final

import numpy as np

from rnnviz.names import CELLS, Cell
from rnnviz.spec import ModelSpec
from rnnviz.stepping import record
from rnnviz.ui.selection import Selection, inputs, network, steps
from tests.statements.reading import numbers

PAGE: Final = "assets/text/hidden_states.md"
READ: Final = Selection(input="words", model=ModelSpec(hidden_size=16))
OTHER: Final = READ.words.replace("The", "A")
SEEDS: Final = range(40)


@cache
def states(cell: Cell, words: str) -> list[np.ndarray]:
    """The states h of each seed, (time, unit)."""
    chosen = [replace(READ, words=words, model=replace(READ.model, cell=cell, seed=seed)) for seed in SEEDS]
    return [record(network(one), inputs(one), steps(one)).trace.panel("h") for one in chosen]


def changes(cell: Cell) -> np.ndarray:
    """The share of numbers that change sign from one word to the next, (seed,)."""
    return np.array([np.mean(np.diff(np.sign(h), axis=0) != 0) for h in states(cell, READ.words)])


def test_how_many_numbers_change_sign():
    seeds, *means = numbers(
        PAGE,
        "Untrained, and averaged over {} seeds, {} % of the RNN's numbers change sign from one word to the next, {} % "
        "of the GRU's and {} % of the LSTM's",
    )
    assert seeds.value == len(SEEDS)
    for said, cell in zip(means, ("rnn", "gru", "lstm"), strict=True):
        assert said.is_rounded(100 * changes(cell).mean()), cell


def test_in_how_many_seeds_the_rnn_changes_most_signs():
    most, seeds = numbers(PAGE, "The RNN changes most in {} of the {} seeds; which of the gated cells changes least")
    found = changes("rnn") > np.maximum(changes("gru"), changes("lstm"))
    assert (found.sum(), len(SEEDS)) == (most.value, seeds.value)
    assert most.value >= 0.95 * seeds.value
    gru_first = (changes("gru") < changes("lstm")).mean()
    assert 0.2 < gru_first < 0.8


def test_what_is_left_of_another_first_word():
    means = numbers(
        PAGE,
        "at the last word, {} % of the first difference is left in the RNN's state, {} % in the GRU's and the LSTM's, "
        "on average over the same seeds",
    )
    left = {}
    for cell in CELLS:
        pairs = zip(states(cell, READ.words), states(cell, OTHER), strict=True)
        left[cell] = 100 * np.mean([np.linalg.norm(h[-1] - g[-1]) / np.linalg.norm(h[0] - g[0]) for h, g in pairs])
    assert means[0].is_rounded(left["rnn"])
    assert means[1].is_rounded(left["gru"])
    assert means[1].is_rounded(left["lstm"])
