"""What the bar tells Python: taken where it makes sense, else refused in words; nothing from a browser is trusted."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.serving import ROOT


def said(what: str, told: Any) -> AppTest:
    """A page that has heard something from its bar."""

    def page(what: str, told: object) -> None:
        import streamlit as st

        from rnnviz.ui.selection import state
        from rnnviz.ui.shell import bar, presenting

        st.session_state["before"] = state.current().present
        {"present": lambda told: bar._present(told, "opening"), "asked": bar._ask}[what](told)
        st.session_state["messages"] = state.messages()
        st.session_state["present"] = state.current().present
        st.session_state["scale"] = presenting.known_scale()
        st.session_state["up"] = presenting.is_up("opening")
        st.session_state["code"] = st.session_state.get("rnnviz.code")

    at = AppTest.from_function(page, default_timeout=20, kwargs={"what": what, "told": told}).run()
    assert not at.exception
    return at


def test_presenting_is_kept_with_its_scale() -> None:
    at = said("present", {"on": True, "scale": 1.5, "wide": True, "question": False})
    assert at.session_state["present"] is True
    assert at.session_state["scale"] == 1.5
    assert at.session_state["up"] is False
    assert at.session_state["messages"] == []


def test_the_question_is_up_until_the_page_is_opened_again() -> None:
    at = said("present", {"on": True, "scale": None, "wide": True, "question": True})
    assert at.session_state["up"] is True
    assert at.session_state["rnnviz.question"] == "opening"
    assert said("present", {"on": False, "scale": None, "wide": True, "question": False}).session_state["up"] is False


@pytest.mark.parametrize(
    "told",
    [
        None,
        "on",
        [],
        {},
        {"on": 1, "scale": None, "wide": True, "question": False},
        {"on": "yes", "scale": 2, "wide": True, "question": False},
        {"on": True, "scale": 2, "wide": True},
        {"on": True, "scale": 2, "question": True},
        {"on": True, "scale": 2, "wide": "yes", "question": True},
        {"on": True, "scale": 2, "wide": True, "question": 1},
        {"scale": 2, "wide": True, "question": False},
    ],
)
def test_what_is_no_presenting_is_refused(told: Any) -> None:
    at = said("present", told)
    assert at.session_state["present"] is False
    assert at.session_state["messages"][0].startswith(
        "presenting must be on or off, with a scale, a width and a question or none; got "
    )


@pytest.mark.parametrize("scale", [100, float("nan"), 0.5, "1", "large", {"scale": 1.5}])
def test_a_scale_that_cannot_be_is_refused_and_the_usual_taken(scale: Any) -> None:
    at = said("present", {"on": True, "scale": scale, "wide": True, "question": False})
    assert at.session_state["present"] is True
    assert at.session_state["scale"] is None
    assert at.session_state["messages"][0].startswith("a scale must be in 1..3; got ")


def test_an_address_gets_its_code() -> None:
    code = said("asked", "http://localhost/Gates?t=1").session_state["code"]
    assert code["address"] == "http://localhost/Gates?t=1"
    assert code["path"].startswith("M4 4h1v1h-1z")


def test_why_there_is_no_code() -> None:
    code = said("asked", "http://localhost/?words=" + "x" * 2_000).session_state["code"]
    assert "path" not in code
    assert code["problem"].startswith("This link has 2,024 characters")


@pytest.mark.parametrize("told", [None, 7, {"address": "http://a"}, "x" * 50_001])
def test_what_is_no_address_is_refused(told: Any) -> None:
    at = said("asked", told)
    assert at.session_state["code"] is None
    assert at.session_state["messages"][0].startswith("an address must be a text of at most 50,000 characters; got ")


def test_figures_are_larger_and_alone_while_presenting() -> None:
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    at.query_params["views"] = "attention.view:against-length"
    at.switch_page("pages/9_Attention.py").run()
    plain = chart(at)
    assert [one.label for one in at.expander]
    large = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    large.query_params["views"] = "attention.view:against-length"
    large.query_params["present"] = "1"
    large.switch_page("pages/9_Attention.py").run()
    assert chart(large)["template"]["layout"]["font"]["size"] == 1.5 * plain["template"]["layout"]["font"]["size"]
    least = round(0.8 * 1.5 * plain["height"])
    assert "height" not in chart(large)
    (rule,) = [one.proto.body for one in large.get("html") if ".st-key-attention-" in one.proto.body]
    room = "100vh - var(--present-above, var(--present-first, 112px))"
    assert f"max({least}px * var(--present-squeeze, 1), {room})" in rule
    assert not [one for one in large.expander if one.label == "The numbers"]


def chart(at: AppTest) -> Any:
    import json

    assert not at.exception
    (only,) = at.get("plotly_chart")
    return json.loads(only.proto.spec)["layout"]
