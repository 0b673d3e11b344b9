import pytest
from streamlit.testing.v1 import AppTest

from rnnviz.ui import controls


def run(at):
    at.run()
    assert not at.exception
    return at


def network_page(changes):
    import streamlit as st

    from rnnviz.ui import controls, state

    if "begun" not in st.session_state:
        state.update(**changes)
    st.session_state["begun"] = True
    controls.network_picker(state.current())
    st.session_state["start"] = state.current().model


def network_session(**changes):
    return run(AppTest.from_function(network_page, default_timeout=20, kwargs={"changes": changes}))


PRESETS, NUMBER = "control_forget_bias", "control_forget_bias_number"


def forget_bias(at):
    """What is stored, then what the two controls show."""
    return (
        at.session_state["start"].forget_bias,
        at.segmented_control(key=PRESETS).value,
        at.number_input(key=NUMBER).value,
    )


def test_a_forget_bias_by_click_and_by_number():
    at = network_session(cell="lstm")
    assert forget_bias(at) == (None, controls.TORCHS, None)
    at.segmented_control(key=PRESETS).set_value("3")
    assert forget_bias(run(run(at))) == (3, "3", 3)
    at.number_input(key=NUMBER).set_value(-2.5)
    assert forget_bias(run(run(at))) == (-2.5, None, -2.5)
    at.number_input(key=NUMBER).set_value(1)
    assert forget_bias(run(run(at))) == (1, "1", 1)
    at.number_input(key=NUMBER).set_value(None)
    assert forget_bias(run(run(at))) == (None, controls.TORCHS, None)
    at.segmented_control(key=PRESETS).set_value("0")
    assert forget_bias(run(run(at))) == (0, "0", 0)
    at.segmented_control(key=PRESETS).set_value(None)
    assert forget_bias(run(run(at))) == (0, "0", 0)
    at.segmented_control(key=PRESETS).set_value(controls.TORCHS)
    assert forget_bias(run(run(at))) == (None, controls.TORCHS, None)


@pytest.mark.parametrize("changes", [{}, {"cell": "gru"}, {"cell": "lstm", "bias": False}], ids=str)
def test_a_forget_bias_only_where_there_is_one(changes):
    at = network_session(**changes)
    assert not [widget for widget in [*at.button_group, *at.number_input] if "forget_bias" in (widget.key or "")]


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
def test_names_of_controls_are_read_aloud_as_they_stand(cell):
    at = network_session(cell=cell)
    names = [widget.label for widget in [*at.segmented_control, *at.slider, *at.number_input, *at.selectbox]]
    assert "Scale s of W_hh" in names
    assert not [name for name in names if "$" in name]


def test_recurrent_weights():
    at = network_session()
    at.segmented_control(key="control_recurrent").set_value("orthogonal")
    at.slider(key="control_recurrent_scale").set_value(0.15000000000000002)
    model = run(run(at)).session_state["start"]
    assert (model.recurrent, model.recurrent_scale) == ("orthogonal", 0.15)


@pytest.mark.parametrize(("scale", "end"), [(1, 3), (3, 3), (0.333, 3), (4.2, 5)])
def test_the_slider_shows_every_scale_of_a_link(scale, end):
    slider = network_session(recurrent_scale=scale).slider(key="control_recurrent_scale")
    assert (slider.value, slider.min, slider.max) == (scale, 0, end)


def number_page(views):
    import streamlit as st

    from rnnviz.ui import controls, state

    if "begun" not in st.session_state:
        state.update(views=views)
    st.session_state["begun"] = True
    st.session_state["told"] = state.messages()
    st.session_state["length"] = controls.number("Length", 2, 200, key="page.length", default=50)
    st.session_state["rate"] = controls.number("Rate", 1e-6, 100.0, key="page.rate", default=0.01)
    st.session_state["most"] = controls.amount("Most", 0.1, 5.0, 0.1, key="page.most", default=1.0)
    st.session_state["views"] = state.current().views


@pytest.mark.parametrize(
    ("given", "kept", "told"),
    [
        (("page.length", "99999"), 200, "page.length must be a whole number in 2..200; got '99999': 200 is taken"),
        (("page.length", "7.5"), 7, "page.length must be a whole number in 2..200; got '7.5': 7 is taken"),
        (("page.rate", "nan"), 0.01, "page.rate must be a number in 1e-06..100; got 'nan': 0.01 is taken"),
        (("page.rate", "-3"), 1e-6, "page.rate must be a number in 1e-06..100; got '-3': 1e-06 is taken"),
        (("page.rate", "inf"), 100, "page.rate must be a number in 1e-06..100; got 'inf': 100 is taken"),
        (("page.most", "many"), 1, "page.most must be a number in 0.1..5; got 'many': 1 is taken"),
    ],
)
def test_a_number_of_a_link_that_cannot_be_is_put_right_and_told(given, kept, told):
    at = run(AppTest.from_function(number_page, default_timeout=20, kwargs={"views": (given,)}))
    name = given[0].removeprefix("page.")
    assert at.session_state[name] == kept
    assert at.session_state["told"] == [told]
    usual = {"length": 50, "rate": 0.01, "most": 1}[name]
    assert at.session_state["views"] == (() if kept == usual else ((given[0], f"{kept:.10g}"),))
    assert run(at).session_state["told"] == []


def test_all_numbers_of_a_link_that_cannot_be_are_told():
    views = (("page.length", "0"), ("page.most", "x"), ("page.rate", "nan"))
    at = run(AppTest.from_function(number_page, default_timeout=20, kwargs={"views": views}))
    assert [told.partition(" ")[0] for told in at.session_state["told"]] == ["page.length", "page.rate", "page.most"]


def test_a_number_of_a_link_that_can_be_is_taken():
    views = (("page.length", "7"), ("page.most", "2.5"), ("page.rate", "1e-05"))
    at = run(AppTest.from_function(number_page, default_timeout=20, kwargs={"views": views}))
    assert (at.session_state["length"], at.session_state["rate"], at.session_state["most"]) == (7, 1e-5, 2.5)
    assert at.session_state["told"] == []
    assert at.session_state["views"] == views


def view_page(views):
    import streamlit as st

    from rnnviz.ui import controls, state

    if "begun" not in st.session_state:
        state.update(views=views)
    st.session_state["begun"] = True
    st.session_state["told"] = state.messages()
    st.session_state["view"] = controls.choice("View", {"All of it": 1, "A part": 2}, key="page.view")
    st.session_state["unit"] = controls.choice("Unit", {"First": 1, "Second": 2}, key="page.unit", ever=["Third"])
    st.session_state["lines"] = controls.choices("Lines", ["A b", "C"], key="page.lines", default=["C"], hint="")
    st.session_state["views"] = state.current().views


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (("page.view", "long-gone"), "page.view must be one of all-of-it, a-part; got 'long-gone': all-of-it is shown"),
        (("page.unit", "fourth"), "page.unit must be one of first, second; got 'fourth': first is shown"),
        (("page.lines", "c+d"), "page.lines must be of a-b, c, with + between, or none; got 'c+d': c is shown"),
    ],
)
def test_a_choice_that_is_gone_is_told_and_the_usual_shown(given, told):
    at = run(AppTest.from_function(view_page, default_timeout=20, kwargs={"views": (given,)}))
    assert at.session_state["told"] == [told]
    assert (at.session_state["view"], at.session_state["unit"], at.session_state["lines"]) == (1, 1, ["C"])
    assert at.session_state["views"] == ()
    assert run(at).session_state["told"] == []


def test_a_choice_that_comes_and_goes_with_the_network_is_kept():
    views = (("page.unit", "third"), ("page.view", "a-part"))
    at = run(AppTest.from_function(view_page, default_timeout=20, kwargs={"views": views}))
    assert (at.session_state["view"], at.session_state["unit"]) == (2, 1)
    assert (at.session_state["told"], at.session_state["views"]) == ([], views)
