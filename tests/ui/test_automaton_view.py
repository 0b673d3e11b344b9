"""The view of networks as automata: what is learned, what the widget gets, the table, the scripts."""

import numpy as np
import pytest

from rnnviz import checkpoints
from rnnviz.grammars import GRAMMARS
from rnnviz.ui.pages.dynamics import automaton, automaton_code
from rnnviz.ui.pages.dynamics.machines import CASES, learned, reading
from rnnviz.ui.selection.fields import MAX_ENTRY
from rnnviz.ui.widgets.controls import slug
from rnnviz.widgets import packing
from tests.ui.codegen.running import assert_same, drawn, run
from tests.ui.messages import unpacked


@pytest.mark.parametrize("label", CASES)
def test_every_network_is_there_and_its_words_can_be_read(label: str) -> None:
    case = CASES[label]
    assert len({slug(one) for one in CASES}) == len(CASES)
    assert set(case.alphabet) <= set(checkpoints.load(case.network).tokens)
    found = learned(case)
    for word in filter(None, (*case.samples, found.breaks)):
        assert automaton._problem(case, word) == ""
        assert len(word) <= automaton.MOST <= MAX_ENTRY
        steps = reading(case, word)
        assert steps.h.shape[0] == len(word)
    assert found.is_the_rules is (True if case.grammar else None)


def test_the_target_is_that_of_the_rule_where_the_automaton_breaks_it_too() -> None:
    case = CASES["Brackets, GRU"]
    data = automaton.payload(case, reading(case, "((((())))"), {"id": "0.0", "t": 8})
    assert [(one["said"], one["wanted"]) for one in data["columns"]] == [("rejected", "rejected")] * 8 + [
        ("accepted", "rejected")
    ]
    assert learned(case).machine.accepts("((((())))")
    assert case.targets("())(") == [False, True, None, None]


def test_samples_of_grammars_have_words_of_both_kinds() -> None:
    for case in CASES.values():
        if case.grammar:
            assert {GRAMMARS[case.grammar].holds(word) for word in case.samples} == {True, False}, case


def test_where_a_network_breaks_it_breaks() -> None:
    for case in CASES.values():
        word = learned(case).breaks
        if word is None:
            continue
        rule = GRAMMARS[case.grammar].holds if case.grammar else lambda text: text.count("(") == text.count(")")
        outputs = reading(case, word).accepted.tolist()
        assert outputs[-1] != rule(word)
        assert all(output == rule(word[: t + 1]) for t, output in enumerate(outputs[:-1]))
    assert learned(CASES["Brackets, GRU"]).breaks == "((((())))"


def test_what_the_widget_gets() -> None:
    case = CASES["Parity"]
    read, found = reading(case, "10110"), learned(case)
    data = unpacked(packing.message(automaton.payload(case, read, {"id": "0.0", "t": 4})))
    assert [column["read"] for column in data["columns"]] == list("10110")
    assert [column["wanted"] for column in data["columns"]] == [
        "accepted",
        "accepted",
        "rejected",
        "accepted",
        "accepted",
    ]
    assert all(column["said"] == column["wanted"] and column["p"] > 0.99 for column in data["columns"])
    for column, p in zip(data["columns"], read.probabilities, strict=True):
        assert dict(column["likeliest"])["accepted"] == pytest.approx(float(p))
    table = automaton.numbers(case, found, read)
    assert table["state"].tolist() == [1, 1, 0, 1, 1]
    np.testing.assert_array_equal(table.filter(regex=r"^h\[").to_numpy(), read.h)


@pytest.mark.parametrize("label", ["Tomita 3", "Brackets, GRU"])
def test_the_scripts_give_the_picture_and_the_numbers(label: str) -> None:
    case = CASES[label]
    word = case.samples[0]
    drawing = automaton_code.drawing(case, word, 3)
    figure = drawing.figure(learned(case).machine, theme="light")
    assert_same(drawn(automaton_code.figure(case, drawing)), figure)
    left = run(automaton_code.read(case, word, 3))
    np.testing.assert_allclose(left["found"].probabilities, reading(case, word).probabilities, atol=1e-6)
    assert str(learned(case).machine.run(word)[-1]) in left["printed"]


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("", "Enter at least one of the symbols 0 and 1: the network has no output before its first input."),
        ("01x", "Enter only the symbols 0 and 1; got 'x'"),
        ("01é", "Enter only the symbols 0 and 1; got 'é'"),
    ],
)
def test_other_words_are_refused(word: str, message: str) -> None:
    assert automaton._problem(CASES["Parity"], word) == message
