import pytest
from streamlit.testing.v1 import AppTest

from rnnviz.ui.selection import DEFAULT
from rnnviz.ui.widgets.network_controls import EXAMPLE, MORE, TORCHS
from tests.ui.test_controls import run


def network_page(changes):
    import streamlit as st

    from rnnviz.ui.selection import state
    from rnnviz.ui.widgets import network_controls

    if "begun" not in st.session_state:
        state.update(**changes)
    st.session_state["begun"] = True
    network_controls.network_picker(state.current())
    network_controls.sidebar(state.current())
    st.session_state["start"] = state.current().model
    st.session_state["said"] = state.messages()


def network_session(**changes):
    at = AppTest.from_function(network_page, default_timeout=20, kwargs={"changes": changes})
    at.session_state[MORE] = True
    return run(at)


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
    assert forget_bias(at) == (None, TORCHS, None)
    at.segmented_control(key=PRESETS).set_value("3")
    assert forget_bias(run(run(at))) == (3, "3", 3)
    at.number_input(key=NUMBER).set_value(-2.5)
    assert forget_bias(run(run(at))) == (-2.5, None, -2.5)
    at.number_input(key=NUMBER).set_value(1)
    assert forget_bias(run(run(at))) == (1, "1", 1)
    at.number_input(key=NUMBER).set_value(None)
    assert forget_bias(run(run(at))) == (None, TORCHS, None)
    at.segmented_control(key=PRESETS).set_value("0")
    assert forget_bias(run(run(at))) == (0, "0", 0)
    at.segmented_control(key=PRESETS).set_value(None)
    assert forget_bias(run(run(at))) == (0, "0", 0)
    at.segmented_control(key=PRESETS).set_value(TORCHS)
    assert forget_bias(run(run(at))) == (None, TORCHS, None)


@pytest.mark.parametrize("name", ["hidden_size", "num_layers", "output_size", "seed"])
def test_an_empty_box_of_a_number_keeps_the_one_before_and_says_so(name: str) -> None:
    at = network_session(hidden_size=5, num_layers=2, output_size=3, seed=7)
    box = at.number_input(key=f"control_{name}")
    before = box.value
    box.set_value(None)
    assert run(at).number_input(key=f"control_{name}").value == before
    assert getattr(at.session_state["start"], name) == before
    (said,) = at.session_state["said"]
    assert said == f"{box.label}: there was no number in the box, so the one before stays"


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


def test_where_a_gru_resets():
    at = network_session(cell="gru")
    assert at.segmented_control(key="control_reset").value == "after"
    at.segmented_control(key="control_reset").set_value("before")
    assert run(run(at)).session_state["start"].reset == "before"
    assert not [widget for widget in network_session(cell="lstm").button_group if widget.key == "control_reset"]


@pytest.mark.parametrize(("scale", "end"), [(1, 3), (3, 3), (0.333, 3), (4.2, 5)])
def test_the_slider_shows_every_scale_of_a_link(scale, end):
    slider = network_session(recurrent_scale=scale).slider(key="control_recurrent_scale")
    assert (slider.value, slider.min, slider.max) == (scale, 0, end)


def test_the_example_computed_by_hand_is_first_and_brings_its_network_and_numbers():
    at = network_session(trained="parity", cell="gru")
    network = at.selectbox(key="control_trained")
    assert network.value == "parity"
    assert network.options[:2] == [f"Untrained: {EXAMPLE}", "Untrained"]
    network.set_value(EXAMPLE)
    run(run(at))
    assert at.session_state["start"] == DEFAULT.model
    assert at.text_area(key="text_numbers").value == DEFAULT.numbers
    network = at.selectbox(key="control_trained")
    assert network.value == EXAMPLE
    assert network.options.count("Untrained") == 0
    at.segmented_control(key="control_cell").set_value("lstm")
    run(run(at))
    assert at.selectbox(key="control_trained").value == ""
