"""What the page of gates says of untrained networks, over 20 seeds."""

from functools import cache
from typing import Final

import numpy as np

from rnnviz import analysis
from rnnviz.names import Cell
from rnnviz.spec import ModelSpec
from rnnviz.stepping import record
from rnnviz.ui.selection import Selection, inputs, network, steps
from tests.statements.reading import numbers

PAGE: Final = "assets/text/gates.md"
SEEDS: Final = range(20)
GATES: Final[dict[Cell, str]] = {"lstm": "ifo", "gru": "rz"}


@cache
def marks_and_lives(cell: Cell, units: int, embedding: int) -> tuple[np.ndarray, np.ndarray]:
    """Of untrained networks: the share of marks that are not at the origin, (seed,), and half-lives, (seed, unit)."""
    moved, lives = [], []
    for seed in SEEDS:
        one = Selection(input="words", model=ModelSpec(cell, embedding, units, seed=seed))
        trace = record(network(one), inputs(one), steps(one)).trace
        found = [analysis.saturation(trace, gate) for gate in GATES[cell]]
        moved.append(np.mean([(gate.left > 0) | (gate.right > 0) for gate in found]))
        lives.append(analysis.half_life(trace.panel({"lstm": "f", "gru": "z"}[cell])))
    return np.array(moved), np.stack(lives)


@cache
def gates(cell: Cell, units: int, embedding: int) -> np.ndarray:
    """Of untrained networks: every number of every gate, one after the other for all seeds."""
    found = []
    for seed in SEEDS:
        one = Selection(input="words", model=ModelSpec(cell, embedding, units, seed=seed))
        trace = record(network(one), inputs(one), steps(one)).trace
        found += [trace.panel(gate).ravel() for gate in GATES[cell]]
    return np.concatenate(found)


def settings(units: int, embedding: int) -> list[tuple[Cell, int, int]]:
    """Networks of so many units and more, and embeddings up to so many numbers."""
    return [
        (cell, size, size_of_word)
        for cell in GATES
        for size in (units, 4 * units)
        for size_of_word in (embedding // 2, embedding)
    ]


def test_untrained_gates_stay_around_one_half():
    units, embedding, low, high, seeds = numbers(
        PAGE,
        "with {} units and embeddings of {} numbers, *The film was not good, it was great!* leaves all gates of an "
        "LSTM and of a GRU between {} and {}, for each of {} seeds.",
    )
    assert Selection().words == "The film was not good, it was great!"
    assert seeds.value == len(SEEDS)
    found = np.concatenate([gates(cell, int(units.value), int(embedding.value)) for cell in GATES])
    assert low.value < found.min() < low.value + 0.02
    assert high.value - 0.02 < found.max() < high.value


def test_before_training_all_gates_lie_at_the_origin():
    units, embedding = numbers(
        PAGE, "with {} units or more and embeddings of at most {} numbers, all gates of *The film was not good, it was"
    )
    assert Selection().words.startswith("The film was not good, it was")
    for one in settings(int(units.value), int(embedding.value)):
        moved, _ = marks_and_lives(*one)
        assert not moved.any(), one


def test_longer_embeddings_move_marks_from_the_origin():
    units, embedding, seeds = numbers(
        PAGE, "With {} units and embeddings of {} numbers, some marks leave it for each of {} seeds."
    )
    assert seeds.value == len(SEEDS)
    for cell in GATES:
        moved, _ = marks_and_lives(cell, int(units.value), int(embedding.value))
        assert moved.all()


def test_half_lives_before_training_are_about_one_step():
    units, embedding, low, high = numbers(
        PAGE,
        "with {} units or more and embeddings of at most {} numbers, the units of an untrained network lie about "
        "there, between {} and {} steps.",
    )
    found = [marks_and_lives(*one)[1] for one in settings(int(units.value), int(embedding.value))]
    assert low.value < min(lives.min() for lives in found) < low.value + 0.1
    # Other words than those of the page reach a tenth further.
    assert high.value - 0.3 < max(lives.max() for lives in found) < high.value
    assert all(0.85 < np.median(lives) < 1.15 for lives in found)
