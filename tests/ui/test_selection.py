import numpy as np
import pytest

from rnnviz.spec import Edit, ModelSpec
from rnnviz.text import word_vectors
from rnnviz.ui.selection import Selection, inputs, network, shapes, steps
from rnnviz.ui.selection.changes import changed


def test_the_default_is_the_lectures_rnn():
    selection = Selection()
    assert network(selection) == ModelSpec("rnn", 5, 2)
    assert inputs(selection).tolist() == [[1] * 5, [2] * 5, [3] * 5]
    assert steps(selection) == ("1 1 1 1 1", "2 2 2 2 2", "3 3 3 3 3")
    assert selection.text == selection.numbers


def test_words():
    selection = changed(Selection(), input="words", words="Good, good!", input_size=3, seed=4)
    assert steps(selection) == ("Good", ",", "good", "!")
    assert network(selection).input_size == 3
    assert np.array_equal(inputs(selection), word_vectors(("good", ",", "good", "!"), 3, 4))
    assert selection.text == "Good, good!"


def test_the_rows_decide_the_width():
    selection = changed(Selection(), numbers="1 2\n3 4")
    assert network(selection).input_size == 2
    assert selection.model.input_size == 5
    assert shapes(selection)["weight_ih_l0"] == (2, 2)
    assert shapes(selection)["x"] == (2, 2)


def test_inputs_hold_what_was_typed_over():
    selection = changed(Selection(), edits=(Edit("x", (1, 0), 7.5), Edit("weight_hh_l0", (0, 0), 1.0)))
    assert inputs(selection)[1].tolist() == [7.5, 2, 2, 2, 2]
    assert steps(selection)[1] == "7.5 2 2 2 2"
    assert inputs(Selection())[1, 0] == 2


def test_long_rows_have_short_labels():
    assert steps(changed(Selection(), numbers="0.123456789 " * 64)) == ("0.123457 0.…",)


def test_a_text_that_cannot_be_read():
    for ask in (network, inputs, steps):
        with pytest.raises(ValueError, match="Row 1, number 1 must be a number; got 'cat'"):
            ask(Selection(numbers="cat"))


def test_shapes_are_those_of_torch():
    from rnnviz.models import build

    selection = changed(Selection(), cell="gru", num_layers=2, bidirectional=True, output_size=3)
    built = build(network(selection))
    named = {name.removeprefix("rnn."): tuple(value.shape) for name, value in built.named_parameters()}
    assert shapes(selection) == {"x": (3, 5)} | named
