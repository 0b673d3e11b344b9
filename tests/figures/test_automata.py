"""Pictures of automata: every transition is drawn, nothing lies on anything else, the way of a word is marked."""

from itertools import combinations
from typing import Any

import numpy as np
import pytest

from rnnviz import figures
from rnnviz.automata import GRAMMARS, Automaton
from rnnviz.figures import style
from rnnviz.figures.automata import MOST_STATES, RADIUS, _Drawn
from rnnviz.palette import GROUNDS, Theme
from tests.figures.test_payload import MOST
from tests.test_automata import random_machine

MACHINES = {**{name: grammar.machine for name, grammar in GRAMMARS.items()}, "one": Automaton("ab", ((0, 0),), (True,))}


def ring(states: int) -> Automaton:
    """Steps around, and back to the start."""
    return Automaton(
        "01", tuple(((k + 1) % states, 0) for k in range(states)), tuple(k % 3 == 0 for k in range(states))
    )


@pytest.mark.parametrize("name", MACHINES)
def test_the_table_has_every_transition(name: str) -> None:
    machine = MACHINES[name]
    table = figures.table_of(figures.automaton(machine))
    rows = {
        (int(row["from state"]), symbol, int(row["to state"]))
        for _, row in table.iterrows()
        for symbol in (str(int(row["symbol"])) if isinstance(row["symbol"], float) else row["symbol"]).split(", ")
    }
    assert rows == {
        (state, symbol, end)
        for state, ends in enumerate(machine.transitions)
        for symbol, end in zip(machine.alphabet, ends, strict=True)
    }


@pytest.mark.parametrize("name", [*MACHINES, "random", "ring"])
def test_nothing_lies_on_a_state_or_on_another_label(name: str) -> None:
    machine = {"random": random_machine(3, 6, "ab"), "ring": ring(12)}.get(name) or MACHINES[name]
    drawn = _Drawn.of(machine, "light")
    for one, other in combinations(drawn.places, 2):
        assert np.linalg.norm(one - other) > 2.5 * RADIUS
    for edge in drawn.joined:
        away = np.linalg.norm(edge.curve[:, None] - drawn.places, axis=-1)
        assert away.min() > RADIUS - 1e-3, "an arrow ends at the circle and crosses none"
        assert np.linalg.norm(drawn.places - edge.label, axis=1).min() > RADIUS
        assert away[-1].argmin() == edge.end
        assert away[-1].min() == pytest.approx(RADIUS, abs=0.02)
    labels = [edge.label for edge in drawn.joined]
    if name in GRAMMARS:
        assert min(np.linalg.norm(a - b) for a, b in combinations(labels, 2)) > 0.12
    for pair in combinations(drawn.joined, 2):
        if (pair[0].begin, pair[0].end) == (pair[1].end, pair[1].begin):
            gap = np.linalg.norm(pair[0].curve[:, None] - pair[1].curve, axis=-1)
            assert gap[len(gap) // 2].min() > 0.1, "two ways are parted"


def texts(figure: Any, name: str) -> list[str]:
    return [text for trace in figure.data if trace.name == name and trace.mode == "text" for text in trace.text]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_way_of_a_word(theme: Theme) -> None:
    machine = GRAMMARS["tomita-4"].machine
    figure = figures.automaton(machine, word="10010", step=3, theme=theme)
    assert figure.layout.title.text == "After “100”: state 2, accepted"
    assert "Word: <b>100</b>10, 3 of 5 symbols." in figure.layout.title.subtitle.text
    circles = [trace for trace in figure.data if trace.fill == "toself" and len(trace.x) == 61]
    assert len(circles) == 4 + 3, "a second circle inside of those that accept"
    filled = [trace for trace in circles if trace.fillcolor == GROUNDS[theme]["mark"]]
    at = _Drawn.of(machine, theme).places[2]
    assert len(filled) == 2
    np.testing.assert_allclose([np.mean(filled[0].x[:-1]), np.mean(filled[0].y[:-1])], at, atol=1e-5)
    heads = [len(trace.x) // 5 for trace in figure.data if trace.name == "on the way of the word" and trace.fill]
    assert heads == [2], "the loop of the start and the first 0; the second 0 is the last"
    assert [len(trace.x) // 5 for trace in figure.data if trace.name == "the last transition" and trace.fill] == [1]
    assert texts(figure, "states") == ["0", "1", "2", "3"]


def test_before_the_first_symbol_and_without_a_word() -> None:
    machine = GRAMMARS["parity"].machine
    assert (
        figures.automaton(machine, word="01", step=0).layout.title.text == "Before the first symbol: state 0, rejected"
    )
    figure = figures.automaton(machine)
    assert figure.layout.title.text == "A finite automaton of 2 states"
    marked = GROUNDS["light"]["mark"]
    assert not [trace for trace in figure.data if trace.fillcolor == marked]
    assert figure.layout.meta["alt"].startswith(
        "A finite automaton of 2 states. It accepts in state 1. From 0 by 0 to 0;"
    )


def test_a_disagreement_and_what_was_typed_are_said_and_are_no_tags() -> None:
    machine = Automaton("<b", ((0, 1), (1, 0)), (True, False), disagreement="<b" * 40)
    figure = figures.automaton(machine, word="<b<b", step=4)
    text = figure.layout.title.subtitle.text
    assert "disagree on “…" in style.spoken(text.replace("<br>", " "))
    assert "&lt;b&lt;b" in text
    assert "<b<" not in text


def test_long_words_and_large_machines_stay_small() -> None:
    figure = figures.automaton(ring(MOST_STATES), word="0" * 5000, step=2500)
    assert len(figure.to_json().encode()) <= MOST
    assert len(style.spoken(figure.layout.title.text)) < 60
    assert figure.layout.height < 700


@pytest.mark.parametrize(
    ("machine", "arguments", "message"),
    [
        (ring(MOST_STATES + 1), {}, "machine must have at most 24 states to be drawn; got 25"),
        (ring(3), {"word": "01", "step": 3}, "step must be in 0..2 for this word; got 3"),
        (ring(3), {"word": "012"}, "a word must be of the symbols 0 1; got '2'"),
    ],
)
def test_what_cannot_be_drawn(machine: Automaton, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        figures.automaton(machine, **arguments)
