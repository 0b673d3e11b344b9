import pytest
from streamlit.testing.v1 import AppTest


def run(at):
    at.run()
    assert not at.exception
    return at


def number_page(views):
    import streamlit as st

    from rnnviz.ui.selection import state
    from rnnviz.ui.widgets import controls

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
        (("page.length", "99999"), 200, "page.length must be a whole number in 2..200; got '99999': 200 is used"),
        (("page.length", "7.5"), 7, "page.length must be a whole number in 2..200; got '7.5': 7 is used"),
        (("page.rate", "nan"), 0.01, "page.rate must be a number in 1e-06..100; got 'nan': 0.01 is used"),
        (("page.rate", "-3"), 1e-6, "page.rate must be a number in 1e-06..100; got '-3': 1e-06 is used"),
        (("page.rate", "inf"), 100, "page.rate must be a number in 1e-06..100; got 'inf': 100 is used"),
        (("page.most", "many"), 1, "page.most must be a number in 0.1..5; got 'many': 1 is used"),
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

    from rnnviz.ui.selection import state
    from rnnviz.ui.widgets import controls

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


def choice_page(views):
    import streamlit as st

    from rnnviz.ui.selection import state
    from rnnviz.ui.widgets import controls

    if "begun" not in st.session_state:
        state.update(views=views)
    st.session_state["begun"] = True
    st.session_state["told"] = state.messages()
    options = {"Random projection of h": "projection", "Output layer": "read-out"}
    st.session_state["chosen"] = controls.choice("Loss", options, key="gradients.of")


@pytest.mark.parametrize("written", ["read-out", "output-layer"])
def test_a_label_that_was_renamed_is_understood_in_its_older_name(written):
    at = run(AppTest.from_function(choice_page, default_timeout=20, kwargs={"views": (("gradients.of", written),)}))
    assert at.session_state["chosen"] == "read-out"
    assert at.session_state["told"] == []
