"""What the figures of the states are given, and that the prose beside them is true of the networks it names."""

import re
from dataclasses import replace
from typing import Final
from urllib.parse import parse_qsl

import numpy as np
import pytest

from rnnviz import analysis, checkpoints
from rnnviz.names import CELLS, Cell
from rnnviz.spec import Edit, ModelSpec
from rnnviz.stepping import record
from rnnviz.ui.pages.hidden_states import figures as state_figures
from rnnviz.ui.selection import Selection, families, inputs, network, steps
from rnnviz.ui.selection.changes import changed, with_example
from rnnviz.ui.selection.link import from_params
from rnnviz.ui.selection.openings import OPENINGS
from rnnviz.ui.shell import frame

READ: Final = Selection(input="words", model=ModelSpec(hidden_size=16))
SWAPPED: Final = "The film was great, it was not good!"
PROSE: Final = " ".join((frame.TEXTS / "hidden_states.md").read_text(encoding="utf-8").split())


def states(selection: Selection, cell: Cell) -> np.ndarray:
    seen = replace(selection, model=replace(selection.model, cell=cell))
    return record(network(seen), inputs(seen), steps(seen)).trace.panel("h")


def test_the_prose_opens_what_its_numbers_are_of() -> None:
    numbers, match = (
        from_params(dict(parse_qsl(link)), OPENINGS["Hidden states"])
        for link in re.findall(r"Hidden_states[?]([^)]*)", PROSE)
    )
    assert numbers == (replace(READ, model=replace(READ.model, cell="lstm")), [])
    opened, problems = match
    assert problems == []
    assert opened.views == (("hidden_states.view", "match"),)
    assert [steps(opened)[step] for step in opened.span] == ["delight", "delight"]


def words_in_order(cell: Cell) -> list[int]:
    return analysis.unit_order(states(READ, cell).T, "cluster").tolist()


def test_the_prose_on_the_path() -> None:
    first, second = states(READ, "lstm"), states(state_figures.compared(READ, SWAPPED), "lstm")
    one, two = analysis.principal_components([first]).explained_ratio
    assert f"{100 * one:.0f} % and {100 * two:.0f} % in the LSTM of this setting" in PROSE
    np.testing.assert_array_equal(first[:3], second[:3])
    assert np.linalg.norm(first[3] - second[3]) > 0.1
    assert np.linalg.norm(first[-1] - second[-1]) > 0.1
    assert sorted(steps(READ)) == sorted(steps(replace(READ, words=SWAPPED)))


def test_the_prose_on_the_path_of_a_trained_network() -> None:
    model = replace(checkpoints.load("brackets-lstm").model, trained="brackets")
    opened = with_example(replace(Selection(), model=model), ())
    recording = record(network(opened), inputs(opened), steps(opened))
    depth = np.cumsum([(read == "(") - (read == ")") for read in recording.tokens])
    (path,) = analysis.principal_components([recording.trace.panel("h")]).projections
    middles = np.stack([path[depth == level].mean(0) for level in range(depth.max() + 1)])
    spread = max(np.linalg.norm(path[depth == level] - middles[level], axis=1).max() for level in range(len(middles)))
    assert "steps of equal depth lie together, in four groups along an arc" in PROSE
    assert len(middles) == 4
    apart = np.linalg.norm(middles[:, None] - middles, axis=2)
    assert apart[np.triu_indices(4, 1)].min() > spread
    ways = np.diff(middles, axis=0)
    turns = ways[:-1, 0] * ways[1:, 1] - ways[:-1, 1] * ways[1:, 0]
    assert (turns < 0).all() or (turns > 0).all()  # always to the same side


def test_the_prose_on_words_that_are_alike() -> None:
    places = {cell: {step: place for place, step in enumerate(words_in_order(cell))} for cell in CELLS}
    assert [steps(READ)[step] for step in (2, 3, 7)] == ["was", "not", "was"]
    assert abs(places["rnn"][2] - places["rnn"][7]) == 1
    assert abs(places["lstm"][2] - places["lstm"][7]) > 1
    assert abs(places["lstm"][2] - places["lstm"][3]) == 1


def test_a_question_for_every_figure() -> None:
    asked, _, answered = PROSE.partition(" **Answer.** ")
    answered, _, more = answered.partition(" **More.** ")
    for text in (asked, answered):
        assert re.findall(r" ([0-9])\. ", text) == ["1", "2", "3", "4", "5", "6", "7"]
    names = re.findall(r" [0-9]\. \*(.+?)[.?]\* ", asked)
    assert len(names) == 7
    assert re.findall(r"\*\*More: (.+?)[.?]\*\*", more) == [name.lower() for name in names[1:]]


def test_the_other_input_keeps_the_weights_and_not_what_was_typed_over_in_the_first() -> None:
    weight = Edit("weight_hh_l0", (0, 1), 0.5)
    edited = replace(READ, edits=(Edit("x", (9, 0), 2.0), weight))
    other = state_figures.compared(edited, "Short")
    assert (other.words, other.edits, other.model) == ("Short", (weight,), READ.model)


def test_the_example_of_a_second_input_can_be_read_and_is_another_one() -> None:
    for family in families():
        one = changed(Selection(), trained=family)
        example = state_figures.example(one)
        assert example != one.text
        assert state_figures.compared(one, example).text == example
    for one in (Selection(), READ):
        assert state_figures.compared(one, state_figures.example(one)).text != one.text


@pytest.mark.parametrize(
    ("selection", "text", "message"),
    [
        (Selection(), "1 2", "as many numbers as the first input, 5; got 2"),
        (Selection(), "1 2 cat 3 4", "must be a number; got 'cat'"),
        (Selection(), "1;2;3;4;5", "may be one row or 5"),
        (READ, "\u200b", "at least one word"),
        (READ, "word " * 5001, "at most 5,000 words"),
        (changed(Selection(), trained="brackets"), "a" * 5001, "at most 5,000 characters"),
        (changed(Selection(), trained="adding"), "1 2 3", "The trained network needs 2 numbers per row; got 3"),
        (
            replace(READ, model=ModelSpec(hidden_size=256, num_layers=4)),
            "word " * 1600,
            "may have at most 80 hidden units; it has 256",
        ),
    ],
)
def test_what_the_network_cannot_read_is_refused(selection: Selection, text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        state_figures.compared(selection, text)


def test_a_figure_depends_on_the_place_looked_at_and_on_no_chosen_unit() -> None:
    looked = replace(READ, layer=1, direction="reverse", t=3, units=(1,), span=(0, 1), model=ModelSpec(num_layers=2))
    assert state_figures.seen(looked) == replace(looked, t=0, units=(), span=(), numbers=Selection().numbers)
