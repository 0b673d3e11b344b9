"""What the stepper's widget asks for, from a widget as it is and from a browser that lies."""

from types import SimpleNamespace

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from rnnviz import palette
from rnnviz.models import build
from rnnviz.spec import Edit, ModelSpec
from rnnviz.ui.selection import Selection
from rnnviz.ui.selection.changes import changed
from rnnviz.ui.widgets.step_view import Look, looked
from rnnviz.widgets.packing import message
from tests.together import together
from tests.ui.test_packing import decoded

W_HH, BIAS = Edit("weight_hh_l0", (0, 1), 0.5), Edit("bias_hh_l0", (1,), 2.0)


def page():
    import streamlit as st

    from rnnviz.ui.selection import state
    from rnnviz.ui.widgets import step_view

    start = st.session_state.pop("start", {})
    if start:
        state.update(**start)
    sent = st.session_state.get("sent")
    st.button("send", on_click=lambda: getattr(step_view, st.session_state["to"])(sent))
    for said in state.messages():
        st.warning(said)
    st.session_state["selection"] = state.current()


def after(sent, to="apply", **start):
    """The selection and the messages once the widget has sent something."""
    at = AppTest.from_function(page, default_timeout=60)
    at.session_state["start"], at.session_state["sent"], at.session_state["to"] = start, sent, to
    at.run().button[0].click().run()
    assert not at.exception
    return at.session_state["selection"], [warning.value for warning in at.warning]


def test_another_layer_and_direction():
    sent = {"kind": "select", "layer": 1, "direction": "reverse", "t": 2}
    network = {"num_layers": 2, "bidirectional": True}
    assert after(sent, **network) == (changed(Selection(), **network, layer=1, direction="reverse", t=2), [])


def test_a_number_typed_over():
    sent = {"kind": "edit", "name": "weight_hh_l0", "index": [0, 1], "value": 3, "t": 1}
    selection, messages = after(sent, edits=(W_HH, BIAS))
    assert (selection.edits, selection.t, messages) == ((BIAS, Edit("weight_hh_l0", (0, 1), 3.0)), 1, [])
    assert isinstance(selection.edits[1].value, float)


def test_a_number_typed_over_again_when_there_is_no_room_for_more():
    full = tuple(Edit("x", (k // 5, k % 5), 0.0) for k in range(100))
    numbers = "1 1 1 1 1\n" * 20
    sent = {"kind": "edit", "name": "x", "index": [0, 0], "value": 7.5, "t": 0}
    selection, messages = after(sent, numbers=numbers, edits=full)
    assert (selection.edits, messages) == ((*full[1:], Edit("x", (0, 0), 7.5)), [])
    sent |= {"name": "bias_hh_l0", "index": [0]}
    assert after(sent, numbers=numbers, edits=full)[1] == ["edits must be at most 100; got 101"]


def test_a_number_taken_back():
    sent = {"kind": "undo", "name": "weight_hh_l0", "index": [0, 1], "t": 2}
    selection, messages = after(sent, edits=(W_HH, BIAS))
    assert (selection.edits, selection.t, messages) == ((BIAS,), 2, [])


def test_a_number_taken_back_twice():
    sent = {"kind": "undo", "name": "weight_hh_l0", "index": [0, 1], "t": 0}
    assert after(sent, edits=(BIAS,)) == (changed(Selection(), edits=(BIAS,)), [])


def test_all_taken_back():
    assert after({"kind": "reset", "t": 0}, edits=(W_HH, BIAS)) == (Selection(), [])


EDIT = {"kind": "edit", "name": "weight_hh_l0", "index": [0, 1], "value": 1.0, "t": 0}
SELECT = {"kind": "select", "layer": 0, "direction": "forward", "t": 0}
UNDO = {"kind": "undo", "name": "weight_hh_l0", "index": [0, 1], "t": 0}
KINDS = "kind must be one of select, edit, undo, reset; got"
PLACES = "edits: weight_hh_l0 has shape 2 x 2 and places from 0; got"
RANGE = "must be between −1,000,000 and 1,000,000; got"


@together(
    "sent, message",
    [
        ("reset", "a change must be a mapping; got 'reset'"),
        ([EDIT], "a change must be a mapping; got [{'index': [0, 1], 'kind': 'edit', 'name"),
        ({}, f"{KINDS} None"),
        ({**EDIT, "kind": ["edit"]}, f"{KINDS} ['edit']"),
        ({**EDIT, "kind": "<b>\x1b"}, f"{KINDS} '<b> '"),
        ({"kind": "reset"}, "t must be a whole number in 0..2147483647; got None"),
        ({"kind": "reset", "t": True}, "t must be a whole number in 0..2147483647; got True"),
        ({**EDIT, "t": -1}, "t must be a whole number in 0..2147483647; got -1"),
        ({**EDIT, "t": "2"}, "t must be a whole number in 0..2147483647; got '2'"),
        ({**SELECT, "t": float("inf")}, "t must be a whole number in 0..2147483647; got inf"),
        ({**SELECT, "layer": "abc"}, "layer must be a whole number in 0..2147483647; got 'abc'"),
        ({"kind": "select", "t": 0}, "layer must be a whole number in 0..2147483647; got None"),
        ({**SELECT, "direction": {}}, "direction must be one of forward, reverse; got {}"),
        ({**EDIT, "value": None}, "value must be a number; got None"),
        ({**EDIT, "value": "1"}, "value must be a number; got '1'"),
        ({**EDIT, "value": True}, "value must be a number; got True"),
        ({**EDIT, "value": float("nan")}, f"edits: weight_hh_l0[0,1] {RANGE} nan"),
        ({**EDIT, "value": float("-inf")}, f"edits: weight_hh_l0[0,1] {RANGE} -inf"),
        ({**EDIT, "value": 10**400}, f"edits: weight_hh_l0[0,1] {RANGE} 1{'0' * 17}...{'0' * 19}"),
        ({**EDIT, "name": None}, "name must be a text; got None"),
        ({**EDIT, "name": ["x"]}, "name must be a text; got ['x']"),
        ({**EDIT, "name": "\ud83d"}, "edits must be of x or a parameter of this network; got ' '"),
        ({**EDIT, "name": "__class__"}, "edits must be of x or a parameter of this network; got '__class__'"),
        ({**EDIT, "index": None}, "index must be a list of whole numbers; got None"),
        ({**EDIT, "index": "01"}, "index must be a list of whole numbers; got '01'"),
        ({**EDIT, "index": [0, [1]]}, "index must be a list of whole numbers; got [0, [1]]"),
        ({**EDIT, "index": [0, True]}, "index must be a list of whole numbers; got [0, True]"),
        ({**EDIT, "index": [0, 0.5]}, "index must be a list of whole numbers; got [0, 0.5]"),
        ({**EDIT, "index": [0] * 10**6}, f"{PLACES} [0, 0, 0, 0, 0, 0, ...]"),
        ({**EDIT, "index": [0, -1]}, f"{PLACES} [0, -1]"),
        ({**EDIT, "index": [0, 2]}, f"{PLACES} [0, 2]"),
        ({**UNDO, "name": 5}, "name must be a text; got 5"),
        ({**UNDO, "index": {"0": 0}}, "index must be a list of whole numbers; got {'0': 0}"),
    ],
)
def test_what_cannot_be_done_is_told_and_leaves_all_as_it_was(sent, message):
    assert after(sent, edits=(W_HH,)) == (changed(Selection(), edits=(W_HH,)), [message])


@pytest.mark.parametrize(
    ("to", "sent", "change"),
    [
        ("show_picture", "cell", {"picture": "cell"}),
        ("show_picture", "rolled", {"fold": True}),
        ("show_picture", "unrolled", {}),
        ("show_unit", 1, {"units": (1,)}),
        ("show_unit", None, {}),
    ],
)
def test_another_picture_and_one_unit_of_the_cell(to, sent, change):
    assert after(sent, to) == (changed(Selection(), **change), [])


@pytest.mark.parametrize(
    ("to", "sent", "message"),
    [
        ("show_picture", "loop", "picture must be one of unrolled, rolled, cell, backward; got 'loop'"),
        ("show_picture", ["cell"], "picture must be one of unrolled, rolled, cell, backward; got ['cell']"),
        ("show_unit", "1", "units must be a whole number in 0..2147483647; got '1'"),
        ("show_unit", -1, "units must be a whole number in 0..2147483647; got -1"),
    ],
)
def test_a_picture_or_unit_that_there_is_not_is_told(to, sent, message):
    assert after(sent, to) == (Selection(), [message])


LONG = changed(Selection(), cell="lstm", input="words", words=" ".join(f"w{k}" for k in range(1000)), hidden_size=256)


def views():
    """What a widget is given while it is looked at in one way after the other."""
    import streamlit as st

    from rnnviz.ui.widgets import step_view

    given = []
    for selection, look in st.session_state["looks"]:
        if look.look and look.look["token"] == "first":  # noqa: S105 - no secret
            look.look["token"] = given[0]["token"]
        st.session_state["step_through"] = look
        given.append(step_view.data(selection))
    st.session_state["given"] = given


def given(*looks):
    """What the widget is given for each selection and what it asks for, one after the other in one session.

    The token "first" stands for that of what it is given first.
    """
    at = AppTest.from_function(views, default_timeout=60)
    at.session_state["looks"] = [(selection, SimpleNamespace(look=look)) for selection, look in looks]
    at.run()
    assert not at.exception
    return at.session_state["given"]


def test_stepping_and_folding_send_nothing_anew():
    changes = ({}, {"t": 2}, {"fold": True}, {"picture": "cell"}, {"units": (1,)})
    opened, *later = given(*((changed(LONG, **change), None) for change in changes))
    assert opened["start"] == {"id": "0.1", "t": 0, "picture": "unrolled", "unit": None}
    assert {message(one) for one in later[: len(changes) - 1]} == {message(opened)}
    for theme in ("light", "dark"):
        assert opened["still"]["palette"][theme]["signal"] == palette.SIGNAL_COLORS[theme]
        assert opened["still"]["palette"][theme]["ground"] == palette.GROUNDS[theme]


def test_another_layer_and_the_same_again_are_sent_whole():
    deep = changed(Selection(), num_layers=2)
    above, below, again = given((changed(deep, layer=1), None), (deep, None), (changed(deep, layer=1), None))
    assert [sent["still"]["view"]["layer"] for sent in (above, below, again)] == [1, 0, 1]
    assert len({sent["token"] for sent in (above, below, again)}) == 3


@pytest.mark.parametrize(("t", "first"), [(0, 0), (430, 409), (999, 958)])
def test_the_first_window_lies_around_the_selected_step(t, first):
    (sent,) = given((changed(LONG, t=t), None))
    assert sent["window"]["first"] == first
    assert first <= t < first + sent["still"]["opening"]


def test_a_window_that_is_asked_for_comes_alone():
    opened, later = given((LONG, None), (LONG, {"token": "first", "first": 42}))
    assert set(later) == {"token", "start", "window"}
    assert (later["token"], later["window"]["first"]) == (opened["token"], 42)
    h = decoded(later["window"]["arrays"]["h"])
    assert h.shape == (1, 1, opened["still"]["size"], 256)
    state = decoded(opened["window"]["arrays"]["h"])[0, 0, 41]
    np.testing.assert_array_equal(decoded(later["window"]["before"]["h"]), state)


def test_matrices_that_are_asked_for_come_alone():
    opened, asked, both = given(
        (LONG, None), *((LONG, {"token": "first", "gate": "o", "first": at}) for at in (None, 42))
    )
    assert set(opened["matrices"]) == {"ih.i", "hh.i"}
    assert set(asked) == {"token", "start", "matrices"}
    assert set(both) == {"token", "start", "matrices", "window"}
    rnn = build(ModelSpec("lstm", 5, 256)).rnn
    assert set(asked["matrices"]) == {"ih.o", "hh.o"}
    np.testing.assert_array_equal(decoded(asked["matrices"]["hh.o"]), rnn.weight_hh_l0[768:].detach())
    np.testing.assert_array_equal(decoded(asked["matrices"]["ih.o"]), rnn.weight_ih_l0[768:].detach())


@pytest.mark.parametrize("gate", ["z", "", "__class__", "hh.i", "ifgo"])
def test_there_are_no_matrices_of_no_gate(gate):
    _, sent = given((LONG, None), (LONG, {"token": "first", "gate": gate}))
    assert set(sent) == {"token", "start"}


def test_what_was_asked_for_before_a_change_is_not_given_after_it():
    ask = {"token": "first", "first": 500}
    other = changed(LONG, seed=5)
    _, window, changed_network, undone = given((LONG, None), (LONG, ask), (other, ask), (LONG, ask))
    assert "still" not in window
    assert "still" in changed_network
    assert "still" in undone
    assert changed_network["window"]["first"] == undone["window"]["first"] == 0
    assert len({window["token"], changed_network["token"], undone["token"]}) == 3


def test_a_widget_that_has_lost_what_it_had_is_given_all():
    opened, _, lost = given(
        (LONG, None), (LONG, {"token": "first", "first": 500}), (LONG, {"token": None, "first": None, "gate": None})
    )
    assert message(lost) == message(opened)


@pytest.mark.parametrize(("first", "begins"), [(-(10**30), 0), (-1, 0), (970, 958), (10**30, 958)])
def test_no_window_is_beyond_the_steps(first, begins):
    (_, sent) = given((LONG, None), (LONG, {"token": "first", "first": first}))
    assert sent["window"]["first"] == begins
    assert sent["window"]["arrays"]["x"].codes.shape[0] == 42


TRIED = {"name": "weight_hh_l0", "index": [0, 1], "value": 0.5}


def test_a_number_is_tried_before_it_is_applied_and_kept_nowhere():
    """With a slider the network runs at every number on the way, and none of them is in the link."""
    small = Selection()
    opened, tried, applied, back = given(
        (small, None),
        (small, {"token": "first", "tried": TRIED}),
        (changed(small, edits=(W_HH,)), {"token": "first", "tried": TRIED}),
        (small, {"token": "first"}),
    )
    assert (
        tried["still"]["edits"]
        == applied["still"]["edits"]
        == [{"name": "weight_hh_l0", "index": [0, 1], "label": "weight_hh_l0[0, 1] = 0.5"}]
    )
    rnn = build(ModelSpec("rnn", 5, 2), [W_HH]).rnn
    np.testing.assert_array_equal(decoded(tried["matrices"]["hh.h"]), rnn.weight_hh_l0.detach())
    assert tried["token"] == applied["token"]
    assert back["still"]["edits"] == opened["still"]["edits"] == []


@pytest.mark.parametrize(
    "tried",
    [
        "weight_hh_l0", {}, {**TRIED, "name": "__class__"}, {**TRIED, "index": [9, 9]}, {**TRIED, "index": None},
        {**TRIED, "value": "1"}, {**TRIED, "value": float("nan")}, {**TRIED, "value": 10**400},
    ],
)  # fmt: skip
def test_a_number_that_cannot_be_tried_is_none(tried):
    opened, sent = given((Selection(), None), (Selection(), {"token": "first", "tried": tried}))
    assert set(sent) == {"token", "start"}
    assert sent["token"] == opened["token"]


@pytest.mark.parametrize(
    ("sent", "look"),
    [
        ({"token": "a", "first": 7, "gate": "f"}, Look("a", 7, "f")),
        ({"token": None, "first": None}, Look()),
        (None, Look()),
        ("token", Look()),
        ([1, 2], Look()),
        ({"token": True, "first": False}, Look()),
        ({"token": 1, "first": 1.0}, Look()),
        ({"token": "a", "first": float("nan")}, Look("a")),
        ({"token": {}, "first": [0], "gate": ["i"]}, Look()),
        ({"token": "a", "tried": TRIED}, Look("a", tried=TRIED)),
        ({"token": "a", "tried": [TRIED]}, Look("a")),
    ],
)
def test_what_a_browser_asks_for_is_not_trusted(sent, look):
    assert looked(sent) == look
