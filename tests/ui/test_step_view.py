"""What the stepper's widget asks for, from a widget as it is and from a browser that lies."""

import pytest
from streamlit.testing.v1 import AppTest

from rnnviz.spec import Edit
from rnnviz.ui.changes import changed
from rnnviz.ui.selection import Selection

W_HH, BIAS = Edit("weight_hh_l0", (0, 1), 0.5), Edit("bias_hh_l0", (1,), 2.0)


def page():
    import streamlit as st

    from rnnviz.ui import state, step_view

    start = st.session_state.pop("start", {})
    if start:
        state.update(**start)
    sent = st.session_state.get("sent")
    st.button("send", on_click=lambda: step_view.apply(sent))
    for message in state.messages():
        st.warning(message)
    st.session_state["selection"] = state.current()


def after(sent, **start):
    """The selection and the messages once the widget has sent something."""
    at = AppTest.from_function(page, default_timeout=60)
    at.session_state["start"], at.session_state["sent"] = start, sent
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
RANGE = "must be between -1,000,000 and 1,000,000; got"


@pytest.mark.parametrize(
    ("sent", "message"),
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
    ids=lambda value: str(value)[:60],
)  # fmt: skip
def test_what_cannot_be_done_is_told_and_leaves_all_as_it_was(sent, message):
    assert after(sent, edits=(W_HH,)) == (changed(Selection(), edits=(W_HH,)), [message])
