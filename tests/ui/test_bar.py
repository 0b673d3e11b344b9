"""What the bar tells Python: taken where it makes sense, else refused in words; nothing from a browser is trusted."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.serving import ROOT


def said(what: str, told: Any) -> AppTest:
    """A page that has heard something from its bar."""

    def page(what: str, told: object) -> None:
        import streamlit as st

        from rnnviz.ui import bar, presenting, state

        st.session_state["before"] = state.current().present
        {"present": bar._present, "asked": bar._ask}[what](told)
        st.session_state["messages"] = state.messages()
        st.session_state["present"] = state.current().present
        st.session_state["screen"] = presenting.told()
        st.session_state["code"] = st.session_state.get("rnnviz.code")

    at = AppTest.from_function(page, default_timeout=20, kwargs={"what": what, "told": told}).run()
    assert not at.exception
    return at


def test_presenting_is_kept_with_its_screen() -> None:
    at = said("present", {"on": True, "screen": {"scale": 1.5, "height": 1080}})
    assert at.session_state["present"] is True
    assert at.session_state["screen"] == {"scale": 1.5, "height": 1080}
    assert at.session_state["messages"] == []


@pytest.mark.parametrize(
    "told",
    [
        None,
        "on",
        [],
        {},
        {"on": 1, "screen": None},
        {"on": "yes", "screen": {}},
        {"screen": {"scale": 2, "height": 700}},
    ],
)
def test_what_is_no_presenting_is_refused(told: Any) -> None:
    at = said("present", told)
    assert at.session_state["present"] is False
    assert at.session_state["messages"][0].startswith("presenting must be on or off, with a screen; got ")


@pytest.mark.parametrize(
    "screen",
    [
        {"scale": 100, "height": 1080},
        {"scale": float("nan"), "height": 1080},
        {"scale": 1.5, "height": 10**9},
        {"scale": 1.5, "height": 0.5},
        {"scale": "1", "height": 1080},
        "large",
    ],
)
def test_a_screen_that_cannot_be_is_refused_and_the_usual_taken(screen: Any) -> None:
    at = said("present", {"on": True, "screen": screen})
    assert at.session_state["present"] is True
    assert at.session_state["screen"] is None
    assert at.session_state["messages"][0].startswith(
        "a screen must have a scale in 1..3 and a height in 200..5000; got "
    )


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
    assert chart(large)["height"] == 1080 - 112
    assert not [one for one in large.expander if one.label == "The numbers"]


def chart(at: AppTest) -> Any:
    import json

    assert not at.exception
    (only,) = at.get("plotly_chart")
    return json.loads(only.proto.spec)["layout"]
