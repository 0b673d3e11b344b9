"""Settings of a training: presets that set the same network in every view, and which of them is lit."""

import pytest
from streamlit.testing.v1 import AppTest

from rnnviz import clipping


def page():
    import streamlit as st

    from rnnviz.ui.pages.clipping.settings import presets, training_settings
    from rnnviz.ui.selection import state

    state.current()
    presets("training")
    presets("thresholds")
    st.session_state["specs"] = training_settings("training"), training_settings("thresholds", limited=False)


def run(at):
    at.run()
    assert not at.exception
    return at


def lit(at):
    return [at.segmented_control(key=f"preset_{view}").value for view in ("training", "thresholds")]


def trained(at):
    """The trainings of both views without what clips them."""
    return [clipping.pair(spec)[0] for spec in at.session_state["specs"]]


@pytest.fixture
def at():
    return run(AppTest.from_function(page, default_timeout=20))


def test_the_preset_that_the_controls_are_at_is_lit(at):
    assert lit(at) == ["IRNN, SGD", "GRU, SGD"]
    assert trained(at) == [clipping.pair(one)[0] for one in (clipping.USUAL, clipping.USUAL_SWEEP)]
    at.number_input(key="choice_training.length").set_value(49)
    assert lit(run(run(at))) == [None, "GRU, SGD"]
    at.number_input(key="choice_training.length").set_value(50)
    assert lit(run(run(at))) == ["IRNN, SGD", "GRU, SGD"]


@pytest.mark.parametrize("view", ["training", "thresholds"])
def test_a_preset_means_the_same_network_in_every_view(at, view):
    for name, preset in reversed(clipping.PRESETS.items()):  # not the lit one first
        at.segmented_control(key=f"preset_{view}").set_value(name)
        assert lit(run(run(at))) == [name, name]
        assert trained(at) == [clipping.pair(preset)[0]] * 2
        assert at.session_state["specs"][0] == preset


def test_a_preset_that_is_lit_stays_so(at):
    at.segmented_control(key="preset_training").set_value(None)
    assert lit(run(run(at))) == ["IRNN, SGD", "GRU, SGD"]
