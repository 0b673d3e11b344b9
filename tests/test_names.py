"""The vocabulary is closed and of one piece, and the formulas mean what the cells compute."""

import re
from typing import Any, Final, get_args

import pytest
import torch
from torch import Tensor

from rnnviz.cells import Weights, gru_step, lstm_step, rnn_step
from rnnviz.names import (
    ARROWS,
    AXES,
    CELL_LABELS,
    CELLS,
    DIRECTIONS,
    GATES,
    LABELS,
    NONLINEARITIES,
    PRODUCTS,
    SIGMOID_GATES,
    SIGNALS,
    SYMBOLS,
    Cell,
    Nonlinearity,
    formulas,
    products,
)

EVERY_SIGNAL: Final = {signal for signals in SIGNALS.values() for signal in signals}
LATEX: Final = (
    (r"W_\{(\w+)\} ([xh])_(t|\{t-1\})", r"(\2_\3 @ W_\1.T)"),
    (r"W_\{(\w+)\} (\([^()]*\))", r"(\2 @ W_\1.T)"),
    (r"b_\{(\w+)\}", r"b_\1"),
    (r"_\{t-1\}", "_before"),
    (r"\\odot", "*"),
    (r"\\mathrm\{(\w+)\}", r"\1"),
    (r"\\(\w+)", r"\1"),
)
"""The few forms that the formulas are made of, as Python; ``h_{t-1}`` becomes ``h_before``."""


def meaning(latex: str, letters: dict[str, Any]) -> Tensor:
    for form, python in LATEX:
        latex = re.sub(form, python, latex)
    value: Tensor = eval(latex, {"tanh": torch.tanh, "sigma": torch.sigmoid, "ReLU": torch.relu}, letters)  # noqa: S307
    return value


def made(cell: Cell, *, bias: bool) -> tuple[Weights, dict[str, Tensor]]:
    """Weights of four units, and all letters that are known before a step."""
    generator = torch.Generator().manual_seed(0)

    def draw(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator, dtype=torch.float64)

    rows = 4 * len(GATES[cell])
    biases = (draw(rows), draw(rows)) if bias else ()
    weights = Weights(draw(rows, 3), draw(rows, 4), *biases)
    letters = {"x_t": draw(5, 3), "h_before": draw(5, 4), "c_before": draw(5, 4)}
    for letter, side, stacked in zip("WWbb", "ihih", weights[:4], strict=True):
        if stacked is not None:
            parts = zip(GATES[cell], stacked.chunk(len(GATES[cell])), strict=True)
            letters |= {f"{letter}_{side}{k}": part for k, part in parts}
    return weights, letters


def stepped(
    cell: Cell, weights: Weights, letters: dict[str, Tensor], nonlinearity: Nonlinearity = "tanh"
) -> dict[str, Tensor]:
    x, h, c = letters["x_t"], letters["h_before"], letters["c_before"]
    if cell == "rnn":
        return rnn_step(x, h, weights, nonlinearity=nonlinearity)
    return lstm_step(x, h, c, weights) if cell == "lstm" else gru_step(x, h, weights)


def test_the_vocabulary_is_closed() -> None:
    assert AXES == ("layer", "direction", "batch", "time", "unit")
    assert set(SIGNALS) == set(GATES) == set(PRODUCTS) == set(CELL_LABELS) == set(CELLS) == {"rnn", "lstm", "gru"}
    assert set(ARROWS) == set(DIRECTIONS) == {"forward", "reverse"}
    assert set(NONLINEARITIES) == set(get_args(Nonlinearity)) == {"tanh", "relu"}
    assert set(LABELS) == EVERY_SIGNAL | {"x", "y"}
    assert {signal: f"{signal}_t" for signal in LABELS} == SYMBOLS
    assert len(set(LABELS.values())) == len(LABELS)


@pytest.mark.parametrize("cell", CELLS)
def test_states_come_first_then_the_gates_in_the_order_of_torch(cell: Cell) -> None:
    assert {"rnn": "h", "lstm": "ifgo", "gru": "rzn"}[cell] == "".join(GATES[cell])
    states = {"rnn": (), "lstm": ("h", "c"), "gru": ("h",)}[cell]
    assert SIGNALS[cell] == (*states, *GATES[cell])


def test_sigmoid_gates_are_the_gates_squashed_by_sigma() -> None:
    activated = {
        signal
        for cell in CELLS
        for signal, latex in formulas(cell).items()
        if latex.startswith(f"{signal}_t = \\sigma(")
    }
    assert activated == SIGMOID_GATES < EVERY_SIGNAL


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("cell", CELLS)
def test_every_weight_stands_in_the_formulas_exactly_once(cell: Cell, bias: bool) -> None:
    found = re.findall(r"([Wb])_\{(\w+)\}", " ".join(formulas(cell, bias=bias).values()))
    letters = "Wb" if bias else "W"
    assert sorted(found) == sorted((letter, f"{side}{k}") for letter in letters for side in "ih" for k in GATES[cell])


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize(
    ("cell", "nonlinearity"), [("rnn", "tanh"), ("rnn", "relu"), ("lstm", "tanh"), ("gru", "tanh")]
)
def test_formulas_in_their_order_give_the_step(cell: Cell, nonlinearity: Nonlinearity, bias: bool) -> None:
    weights, letters = made(cell, bias=bias)
    expected = stepped(cell, weights, letters, nonlinearity)
    given = formulas(cell, bias=bias, nonlinearity=nonlinearity)
    assert set(given) == set(SIGNALS[cell])
    for signal, latex in given.items():
        left, right = latex.split(" = ")
        assert left == SYMBOLS[signal]
        letters[left] = meaning(right, letters)
        torch.testing.assert_close(letters[left], expected[signal], rtol=0, atol=1e-14)


@pytest.mark.parametrize("cell", CELLS)
def test_products_are_those_of_a_step_and_mean_them(cell: Cell) -> None:
    weights, letters = made(cell, bias=True)
    kept = stepped(cell, weights, letters)
    assert set(PRODUCTS[cell]) == {
        key for key in kept if key not in SIGNALS[cell] and key[:3] not in ("ih.", "sum")
    } - {f"hh.{k}" for k in GATES[cell]}
    letters |= {SYMBOLS[signal]: kept[signal] for signal in SIGNALS[cell]}
    for key, latex in PRODUCTS[cell].items():
        torch.testing.assert_close(meaning(latex, letters), kept[key], rtol=0, atol=1e-14)


def test_a_gru_that_resets_before_means_its_own_step() -> None:
    for bias in (True, False):
        weights, letters = made("gru", bias=bias)
        kept = gru_step(letters["x_t"], letters["h_before"], weights, reset_before=True)
        given = formulas("gru", bias=bias, reset="before")
        assert list(given) == list(formulas("gru", bias=bias))
        for signal, latex in given.items():
            left, right = latex.split(" = ")
            letters[left] = meaning(right, letters)
            torch.testing.assert_close(letters[left], kept[signal], rtol=0, atol=1e-14)
    weights, letters = made("gru", bias=True)
    kept = gru_step(letters["x_t"], letters["h_before"], weights, reset_before=True)
    letters |= {SYMBOLS[signal]: kept[signal] for signal in SIGNALS["gru"]}
    for key, latex in products("gru", "before").items():
        torch.testing.assert_close(meaning(latex, letters), kept[key], rtol=0, atol=1e-14)
    assert products("gru") == PRODUCTS["gru"]
    assert products("lstm", "before") == PRODUCTS["lstm"]
