import re
from typing import Final

import pytest

from rnnviz.names import CELLS, GATES, NONLINEARITIES, READ_OUT, RESETS, Cell, formulas, products
from rnnviz.notation import HELP, LABELS, NOTATIONS, Notation, rewritten, table
from rnnviz.parameters import parameter_table
from rnnviz.spec import ModelSpec

TOKEN: Final = re.compile(r"[Wb]_(?:\{\w+\}|\w)")


def written(cell: Cell) -> list[str]:
    """All formulas, products, symbols of parameters of a cell."""
    found = [
        latex
        for nonlinearity in NONLINEARITIES
        for reset in RESETS
        for bias in (True, False)
        for latex in formulas(cell, bias=bias, nonlinearity=nonlinearity, reset=reset).values()
    ]
    found += [latex for reset in RESETS for latex in products(cell, reset).values()]
    return [*found, *READ_OUT[cell], *(row.symbol for row in parameter_table(ModelSpec(cell, output_size=1)))]


@pytest.mark.parametrize("cell", CELLS)
def test_torchs_notation_is_what_is_written(cell: Cell) -> None:
    assert [rewritten(latex, "torch") for latex in written(cell)] == written(cell)


@pytest.mark.parametrize("cell", CELLS)
def test_goodfellows_letters_replace_all_of_torchs(cell: Cell) -> None:
    for latex in written(cell):
        tokens = TOKEN.findall(latex)
        now = rewritten(latex, "goodfellow")
        assert all(token not in now for token in tokens), now
        assert set(TOKEN.findall(now)) <= {"b_{U}", "b_{W}", "b_V"}, "of torch's letters none is left"


@pytest.mark.parametrize("cell", CELLS)
def test_raschkas_indices_have_an_x_for_the_input(cell: Cell) -> None:
    for latex in written(cell):
        now = rewritten(latex, "raschka")
        assert not re.search(r"[Wb]_\{i", now)
        assert re.sub(r"([Wb])_\{x", r"\1_{i", now) == latex, "nothing else is changed, so there is a way back"


@pytest.mark.parametrize("notation", NOTATIONS)
@pytest.mark.parametrize("cell", CELLS)
def test_no_two_letters_become_one(cell: Cell, notation: Notation) -> None:
    torchs = sorted({token for latex in written(cell) for token in TOKEN.findall(latex)})
    assert len({rewritten(token, notation) for token in torchs}) == len(torchs)


def test_both_biases_are_told_apart_and_explained() -> None:
    assert rewritten("b_{ih} + b_{hh}", "goodfellow") == "b_{U} + b_{W}"
    assert rewritten("b_{ih} + b_{hh}", "raschka") == "b_{xh} + b_{hh}"
    assert "$b_U + b_W$" in HELP
    assert "$b_{xh} + b_{hh}$" in HELP
    assert set(LABELS) == set(NOTATIONS)


@pytest.mark.parametrize(
    ("text", "goodfellow", "raschka"),
    [
        ("the norm of W_hh, then W_ih.", "the norm of W, then U.", "the norm of W_hh, then W_xh."),
        ("b_if and b_hf", "b_U^f and b_W^f", "b_xf and b_hf"),
        ("σ(W<sub>hh</sub>)", "σ(W)", "σ(W<sub>hh</sub>)"),
        ("b<sub>if</sub>", "b<sub>U</sub><sup>f</sup>", "b<sub>xf</sub>"),
        (r"$W_{hf}^\top$, $W_{hh}^k$", r"${W^{f}}^\top$, $W^k$", r"$W_{hf}^\top$, $W_{hh}^k$"),
        ("`W_hh @ h` is W_hh h", "`W_hh @ h` is W h", "`W_hh @ h` is W_hh h"),
        ("```\nW_ih\n``` W_ih", "```\nW_ih\n``` U", "```\nW_ih\n``` W_xh"),
        ("weight_ih_l0, W_ih_l0, W_q, W_{ihh}, a_t", "weight_ih_l0, W_ih_l0, W_q, W_{ihh}, a_t", None),
    ],
)
def test_words_keep_their_markup_and_code_its_names(text: str, goodfellow: str, raschka: str | None) -> None:
    assert rewritten(text, "goodfellow") == goodfellow
    assert rewritten(text, "raschka") == (text if raschka is None else raschka)
    assert rewritten(text, "torch") == text


def test_the_table_has_every_gate() -> None:
    gates = {gate for cell in CELLS for gate in GATES[cell]}
    assert {f"{letter}_{side}{gate}" for letter in "Wb" for side in "ih" for gate in gates} <= set(table("goodfellow"))
    assert not table("torch")
