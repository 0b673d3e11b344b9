"""A caption says all that a network is, and of a trained one nothing that no longer holds."""

from dataclasses import replace
from typing import Any

import pytest

from rnnviz.spec import Edit, ModelSpec
from rnnviz.ui.selection import DEFAULT, described


@pytest.mark.parametrize(
    ("changes", "edits", "expected"),
    [
        ({}, 0, "RNN, 5 → 2 units, seed 1"),
        ({"nonlinearity": "relu", "seed": 7}, 0, "RNN, ReLU, 5 → 2 units, seed 7"),
        ({"cell": "gru", "nonlinearity": "relu"}, 2, "GRU, 5 → 2 units, seed 1, 2 numbers edited"),
        (
            {"cell": "lstm", "num_layers": 2, "bidirectional": True, "forget_bias": 3.0},
            1,
            "LSTM, 5 → 2 units, 2 layers, both directions, forget bias 3, seed 1, 1 number edited",
        ),
        ({"cell": "gru", "reset": "before"}, 0, "GRU, reset before the product, 5 → 2 units, seed 1"),
        ({"cell": "lstm", "reset": "before"}, 0, "LSTM, 5 → 2 units, seed 1"),
        (
            {"recurrent": "orthogonal", "recurrent_scale": 1.5},
            0,
            "RNN, 5 → 2 units, W_hh orthogonal × 1.5, seed 1",
        ),
    ],
)
def test_a_network_in_a_line(changes: dict[str, Any], edits: int, expected: str) -> None:
    assert described.line(ModelSpec(**changes), edits) == expected


def test_a_trained_network_has_neither_seed_nor_start() -> None:
    trained = ModelSpec(cell="lstm", trained="latch", seed=9, forget_bias=3.0)
    assert described.line(trained) == "LSTM, 5 → 2 units, trained: the first word"
    assert described.start(trained, 2) == "trained: the first word, 2 numbers edited"


def test_what_is_not_as_torch_starts_it() -> None:
    assert described.start(ModelSpec()) == ""
    assert described.start(ModelSpec(nonlinearity="relu", recurrent_scale=2.0), 1) == "ReLU, W_hh × 2, 1 number edited"


def test_figures_are_told_of_the_network_that_reads_the_input() -> None:
    model = replace(DEFAULT.model, recurrent="orthogonal", input_size=16)
    typed = replace(DEFAULT, model=model, edits=(Edit("x", (0, 0), 1.0),))
    assert described.sentences(typed) == ("RNN, 5 → 2 units, W<sub>hh</sub> orthogonal, seed 1, 1 number edited.",)
