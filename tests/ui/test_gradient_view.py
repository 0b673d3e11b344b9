"""The page of gradients draws the networks that are chosen and no other, and says of which there is no curve."""

from typing import Final

import pytest
from streamlit.testing.v1 import AppTest

from tests.serving import ROOT

NO_C: Final = "Only an LSTM has a cell state c, so there is no curve with respect to c of the "


def opened(page: str, **link: str) -> AppTest:
    at = AppTest.from_file(ROOT / "app.py", default_timeout=60)
    at.query_params.update(link)
    at = at.switch_page(f"pages/{page}.py").run()
    assert not at.exception
    return at


@pytest.mark.parametrize(
    ("cell", "lines", "said", "figures"),
    [
        ("rnn", "gradients.by:by-c gradients.lines:this-network", f"{NO_C}RNN.", 0),
        ("rnn", "gradients.by:by-c", f"{NO_C}RNN or the GRU.", 1),
        ("lstm", "gradients.by:by-c gradients.lines:this-network", None, 1),
        ("lstm", "gradients.lines:none", "Choose at least one network.", 0),
    ],
)
def test_a_network_that_has_no_curve_is_named(cell: str, lines: str, said: str | None, figures: int) -> None:
    page = opened("5_Gradients", cell=cell, views=lines)
    assert [note.value for note in page.info] == ([said] if said else [])
    assert len(page.get("plotly_chart")) == figures


def test_a_chosen_step_is_the_last_until_another_is_chosen() -> None:
    page = opened("5_Gradients", cell="lstm", numbers="1\n2\n3\n4", views="gradients.where:at-a-chosen-step")
    assert page.slider(key="gradients.t").value == 3
    assert page.slider(key="gradients.t").set_value(0).run().slider(key="gradients.t").value == 0


def test_what_wrote_the_state_is_asked_of_the_last_step() -> None:
    page = opened("4_Gates", cell="lstm", numbers="1\n2\n3\n4", views="gates.view:memory")
    assert page.session_state["rnnviz.visit"].selection.t == 3
    plain = opened("4_Gates", cell="rnn", numbers="1\n2\n3\n4", views="gates.view:memory")
    assert plain.session_state["rnnviz.visit"].selection.t == 0
