import math

import pytest

from rnnviz.spec import Edit, ModelSpec
from rnnviz.ui.selection import DEFAULT, Selection
from rnnviz.ui.selection.changes import STATES_LIMIT, changed, largest_hidden_size
from tests.together import together


def test_places_move_to_what_exists():
    far = changed(Selection(), num_layers=3, bidirectional=True, layer=2, direction="reverse", t=2)
    assert (far.layer, far.direction, far.t) == (2, "reverse", 2)
    near = changed(far, num_layers=2, bidirectional=False, numbers="1\n2")
    assert (near.layer, near.direction, near.t) == (1, "forward", 1)
    assert changed(Selection(), layer=99, t=99) == changed(Selection(), t=2)


W_HH, W_IH, BIAS = Edit("weight_hh_l0", (0, 1), 0.5), Edit("weight_ih_l0", (1, 4), 1.0), Edit("bias_hh_l0", (0,), 2.0)
HEAD, X_FIRST, X_LAST = Edit("head.weight", (0, 1), 3.0), Edit("x", (0, 0), 7.0), Edit("x", (2, 4), 8.0)
W_HN = Edit("weight_hh_l0", (5, 1), 1.0)
EDITS = (W_HH, W_IH, BIAS, HEAD, X_FIRST, X_LAST)


@together(
    "changes, left",
    [
        ({"t": 1, "fold": True, "seed": 9, "nonlinearity": "relu", "layer": 0}, EDITS),
        ({"recurrent": "orthogonal", "recurrent_scale": 1.5, "forget_bias": 3.0}, EDITS),
        ({"cell": "lstm"}, (HEAD, X_FIRST, X_LAST)),
        ({"hidden_size": 3}, (X_FIRST, X_LAST)),
        ({"num_layers": 2}, EDITS),
        ({"bidirectional": True}, (W_HH, W_IH, BIAS, X_FIRST, X_LAST)),
        ({"bias": False}, (W_HH, W_IH, HEAD, X_FIRST, X_LAST)),
        ({"output_size": 0}, (W_HH, W_IH, BIAS, X_FIRST, X_LAST)),
        ({"output_size": 2}, (W_HH, W_IH, BIAS, X_FIRST, X_LAST)),
        ({"numbers": "1 1 1 1 1"}, (W_HH, W_IH, BIAS, HEAD, X_FIRST)),
        ({"numbers": "1,1,1,1,1\n2,2,2,2,2\n3,3,3,3,4"}, (W_HH, W_IH, BIAS, HEAD, X_FIRST)),
        ({"numbers": "1 1 1 1 1 1\n2 2 2 2 2 2\n3 3 3 3 3 3"}, (W_HH, BIAS, HEAD)),
        ({"input": "words"}, (W_HH, W_IH, BIAS, HEAD)),
        ({"words": "Other words"}, EDITS),
        ({"edits": (X_LAST,)}, (X_LAST,)),
        ({"cell": "gru", "edits": (*EDITS, W_HN)}, (HEAD, X_FIRST, X_LAST, W_HN)),
    ],
)
def test_edits_stay_while_they_fit(changes, left):
    assert changed(changed(Selection(), edits=EDITS), **changes).edits == left


def test_an_edit_of_a_word_stays_with_its_word():
    selection = changed(Selection(), input="words", words="not good", edits=(X_FIRST, Edit("x", (1, 1), 1.0)))
    assert changed(selection, words="NOT bad").edits == (X_FIRST,)
    assert changed(selection, input_size=3).edits == ()


def test_edits_that_are_nowhere_are_dropped_and_the_later_of_two_counts():
    nowhere = (
        Edit("weight_hh_l0", (2, 0), 1.0),
        Edit("no", (0,), 1.0),
        Edit("bias_hh_l0", (0, 0), 1.0),
        Edit("x", (0, -1), 1.0),
    )
    later = Edit("weight_hh_l0", (0, 1), 9.0)
    assert changed(Selection(), edits=(W_HH, *nowhere, later)).edits == (later,)


def test_hidden_size_makes_room_for_steps():
    wide = changed(Selection(), hidden_size=256, num_layers=4, bidirectional=True)
    assert wide.model.hidden_size == 256
    long = changed(wide, numbers="1\n" * 2000)
    assert long.model.hidden_size == largest_hidden_size(long) == 32
    assert STATES_LIMIT == 2000 * 4 * 2 * 32


@together(
    "changes, error, message",
    [
        ({"hidden_size": 513}, ValueError, r"hidden_size must be a whole number in 1\.\.512; got 513"),
        ({"seed": True}, ValueError, r"seed must be a whole number in 0\.\.2147483647; got True"),
        ({"t": "abc"}, ValueError, r"t must be a whole number in 0\.\.\d+; got 'abc'"),
        ({"layer": -1}, ValueError, "layer must be a whole number"),
        ({"cell": "elman"}, ValueError, "cell must be one of rnn, lstm, gru; got 'elman'"),
        ({"direction": []}, ValueError, r"direction must be one of forward, reverse; got \[\]"),
        ({"recurrent": None}, ValueError, "recurrent must be one of default, orthogonal, identity; got None"),
        ({"forget_bias": math.nan}, ValueError, r"forget_bias must be a number in -10\.\.10; got nan"),
        ({"forget_bias": False}, ValueError, r"forget_bias must be a number in -10\.\.10; got False"),
        ({"recurrent_scale": None}, ValueError, r"recurrent_scale must be a number in 0\.\.5; got None"),
        ({"recurrent_scale": 10**400}, ValueError, r"recurrent_scale must be a number in 0\.\.5; got 1000"),
        ({"fold": 1}, TypeError, "fold must be True or False; got 1"),
        ({"words": 1}, TypeError, "words must be a text; got 1"),
        ({"edits": [W_HH]}, TypeError, "edits must be a tuple of Edit"),
        ({"edits": (W_HH,) * 101}, ValueError, "edits must be at most 100; got 101"),
        ({"edits": (Edit("x", (0, 0), math.nan),)}, ValueError, r"x\[0,0\] must be between .*; got nan"),
        ({"numbers": "1\n1 1"}, ValueError, "Each row must have 1 number"),
        ({"words": " "}, ValueError, "at least one word"),
        ({"words": "a" * 100_001}, ValueError, "at most 100,000 characters; got 100,001"),
        ({"model": ModelSpec()}, TypeError, "a change must be of one of cell, .*; got 'model'"),
    ],
)
def test_changes_refused(changes, error, message):
    with pytest.raises(error, match=message):
        changed(Selection(), **changes)


def test_line_ends_and_halves_of_characters_are_made_plain():
    assert changed(Selection(), numbers="1\r\n2\r3").numbers == "1\n2\n3"
    assert changed(Selection(), words="a \ud83d").words == "a ?"


def test_a_second_input_goes_with_the_kind_that_it_was_of() -> None:
    one = changed(DEFAULT, second="3 3 3 3 3")
    assert changed(one, hidden_size=5).second == "3 3 3 3 3"
    assert changed(one, input="words").second == ""
    assert changed(one, trained="brackets").second == ""
    assert changed(one, input="words", second="Good film").second == "Good film"
