import math

import pytest
from streamlit.runtime.scriptrunner_utils.script_run_context import ScriptRunContext
from streamlit.runtime.state.query_params import QueryParams
from streamlit.testing.v1 import AppTest

from rnnviz.spec import ModelSpec
from rnnviz.ui.selection import Selection, visit
from rnnviz.ui.selection.changes import changed
from rnnviz.ui.selection.link import to_params

LONG_NUMBERS = "\n".join(
    " ".join(str((7919 * row * column) % 9973) for column in range(1, 11)) for row in range(1, 401)
)
"""4,000 numbers that do not compress into a link."""


def page():
    import streamlit as st

    from rnnviz.ui.selection import state, visit

    title = visit.address()[0]
    state.current(title if title in ("Memory", "Gates") else "first")
    for message in state.messages():
        st.warning(message)
    asked = st.session_state.get("asked", {})
    st.button("try", on_click=lambda: state.try_update(**asked))
    st.button("lstm", on_click=lambda: state.update(cell="lstm"))
    st.button("show", on_click=lambda: state.update(present=True))
    st.button("hide", on_click=lambda: state.update(present=False))
    st.button("wide", on_click=lambda: state.update(hidden_size=256, num_layers=4, bidirectional=True))
    for kind in ("numbers", "words"):
        st.session_state[kind] = state.draft(kind)
        st.text_area(kind, key=kind, on_change=lambda kind=kind: state.submit_text(kind, st.session_state[kind]))
        if problem := state.problem(kind):
            st.error(problem)
    state.write_link()
    st.session_state["selection"] = state.current()


def session(**params):
    at = AppTest.from_function(page, default_timeout=20)
    at.query_params.update(params)
    return run(at)


def run(at):
    at.run()
    assert not at.exception
    return at


def button(at, label):
    return next(button for button in at.button if button.label == label)


@pytest.fixture
def walk(monkeypatch):
    """Runs a script as the browser's back button does: with an old address."""

    def back(at, **params):
        at.query_params = params
        with monkeypatch.context() as patch:
            patch.setattr(visit, "_walked_history", lambda: True)
            return run(at)

    return back


@pytest.fixture
def written(monkeypatch):
    """The addresses of which the browser is told, in their order."""
    told, write = [], QueryParams.from_dict

    def note(params, address):
        told.append(dict(address))
        write(params, address)

    monkeypatch.setattr(QueryParams, "from_dict", note)
    return told


def test_an_act_that_is_taken_back_before_the_browser_has_heard_of_its_address_writes_the_one_before(written):
    before = {"cell": "gru", "v": "1"}
    at = session(**before)
    del written[:]
    for label, heard in (("show", False), ("hide", False), ("show", True), ("hide", True)):
        button(at, label).click()
        run(at)
        if not heard:
            at.query_params = dict(before)
    assert [address.get("present") for address in written] == ["1", None, "1", None]
    del written[:]
    run(at)
    assert not written


@pytest.fixture
def visit_page(monkeypatch):
    """Runs a script as another page than the one before."""

    def go(at, name, **params):
        plain = visit.address
        monkeypatch.setattr(visit, "address", lambda: (name, plain()[1]))
        at.query_params = params
        return run(at)

    return go


def test_a_session_begins_with_its_link():
    at = session(cell="lstm", t="2")
    assert at.session_state["selection"] == changed(Selection(), cell="lstm", t=2)
    assert at.query_params == {"cell": "lstm", "t": "2"}


def test_problems_of_a_link_are_told_once_and_the_link_is_put_right():
    at = session(cell="elman", t="1")
    assert [warning.value for warning in at.warning] == ["cell must be one of rnn, lstm, gru; got 'elman'"]
    assert at.query_params == {"t": "1"}
    assert not run(at).warning


def test_a_change_is_written_into_the_link():
    at = session()
    assert at.query_params == {}
    button(at, "lstm").click()
    assert run(at).query_params == {"cell": "lstm"}


def test_an_address_that_is_older_than_the_last_change_means_nothing():
    at = session()
    button(at, "lstm").click()
    run(at)
    at.query_params = {}
    assert run(at).session_state["selection"].model.cell == "lstm"
    assert at.query_params == {"cell": "lstm"}


def test_back_and_forward(walk):
    at = session(seed="3")
    button(at, "lstm").click()
    run(at)
    assert walk(at, seed="3").session_state["selection"].model == ModelSpec(seed=3)
    assert run(at).session_state["selection"].model == ModelSpec(seed=3)
    assert walk(at, seed="3", cell="lstm").session_state["selection"].model == ModelSpec("lstm", seed=3)
    assert walk(at, cell="gru").session_state["selection"].model == ModelSpec("gru")


def test_a_change_on_the_run_of_a_step_back_counts(walk):
    at = session(cell="gru")
    at = walk(at)
    button(at, "lstm").click()
    assert run(at).session_state["selection"].model.cell == "lstm"


def test_back_brings_a_text_that_no_link_can_hold(walk):
    at = session()
    at.text_area(key="numbers").set_value(LONG_NUMBERS)
    run(at)
    button(at, "lstm").click()
    run(at)
    assert walk(at).session_state["selection"] == changed(Selection(), numbers=LONG_NUMBERS)


def test_another_page_has_a_selection_of_its_own(visit_page):
    at = session()
    button(at, "lstm").click()
    run(at)
    at = visit_page(at, "Memory")
    assert at.session_state["selection"] == Selection()
    assert at.query_params == {}
    button(at, "wide").click()
    wide = run(at).session_state["selection"]
    assert visit_page(at, "first").session_state["selection"].model == ModelSpec("lstm")
    assert at.query_params == {"cell": "lstm"}
    assert visit_page(at, "Memory").session_state["selection"] == wide


def test_what_is_of_the_whole_visit_goes_to_every_page(visit_page):
    at = session(present="1", tour="lecture.3", cell="gru")
    assert visit_page(at, "Memory").query_params == {"present": "1", "tour": "lecture.3"}
    at.session_state["asked"] = {"present": False, "tour": "lecture.4"}
    button(run(at), "try").click()
    run(at)
    assert visit_page(at, "first").query_params == {"cell": "gru", "tour": "lecture.4"}


def test_what_a_callback_changes_as_another_page_is_asked_for_is_of_the_page_that_is_left(visit_page):
    at = session()
    button(at, "lstm").click()
    at = visit_page(at, "Memory", seed="4")
    assert at.session_state["selection"].model == ModelSpec(seed=4)
    assert visit_page(at, "first").session_state["selection"].model == ModelSpec("lstm")


def test_an_older_address_of_another_page_means_nothing_but_the_page(visit_page):
    at = session(cell="lstm")
    at = visit_page(at, "Memory", cell="lstm")
    assert at.session_state["selection"] == Selection()
    assert at.query_params == {}


def test_a_link_to_another_page_may_bring_a_selection(visit_page):
    at = visit_page(session(seed="3"), "Gates", cell="gru")
    assert at.session_state["selection"].model == ModelSpec("gru")
    assert visit_page(at, "first").session_state["selection"].model == ModelSpec(seed=3)


def test_numbers_between_semicolons_are_asked_about():
    at = session()
    at.text_area(key="numbers").set_value("1;2;3")
    run(at)
    assert at.session_state["selection"] == Selection()
    (error,) = at.error
    assert error.value.startswith("'1;2;3' may be one row or 3.")


def test_a_bad_text_is_kept_and_the_last_good_one_stays_in_view():
    at = session()
    at.text_area(key="numbers").set_value("1 2\n3 cat")
    run(at)
    assert at.session_state["selection"] == Selection()
    assert [error.value for error in at.error] == ["Row 2, number 2 must be a number; got 'cat'."]
    assert run(at).text_area(key="numbers").value == "1 2\n3 cat"
    at.text_area(key="numbers").set_value("1 2\n3 4")
    run(at)
    assert at.session_state["selection"] == changed(Selection(), numbers="1 2\n3 4")
    assert not at.error


def test_drafts_are_of_their_page_and_outlive_changes_and_steps_back(visit_page, walk):
    at = session()
    at.text_area(key="words").set_value(" ")
    run(at)
    at.text_area(key="numbers").set_value("1 cat")
    run(at)
    button(at, "lstm").click()
    run(at)
    at = visit_page(at, "Memory")
    assert at.text_area(key="words").value == Selection().words
    at = walk(visit_page(at, "first"))
    assert at.text_area(key="words").value == " "
    assert at.text_area(key="numbers").value == "1 cat"
    assert walk(at, numbers="4 5").text_area(key="numbers").value == "4 5"


def test_a_smaller_hidden_size_is_told():
    at = session(numbers=to_params(changed(Selection(), numbers="1\n" * 2000))["numbers"])
    button(at, "wide").click()
    told = "hidden_size must be at most 32 with 2,000 steps, 4 layers and 2 directions; got 256"
    assert [warning.value for warning in run(at).warning] == [told]
    assert at.session_state["selection"].model.hidden_size == 32


def test_what_streamlit_says_about_the_browsers_history_is_still_there():
    assert "is_history_navigation" in ScriptRunContext.__dataclass_fields__


def test_a_change_that_is_tried():
    at = session()
    at.session_state["asked"] = {"cell": "gru", "t": 1}
    button(run(at), "try").click()
    assert not run(at).warning
    assert at.session_state["selection"] == changed(Selection(), cell="gru", t=1)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"t": None}, "t must be a whole number in 0..2147483647; got None"),
        ({"t": 1.5}, "t must be a whole number in 0..2147483647; got 1.5"),
        ({"t": math.nan}, "t must be a whole number in 0..2147483647; got nan"),
        ({"t": 10**400}, f"t must be a whole number in 0..2147483647; got 1{'0' * 17}...{'0' * 19}"),
        ({"t": 1, "fold": "yes"}, "fold must be True or False; got 'yes'"),
        ({"cell": {"a": ["\x1b"]}}, "cell must be one of rnn, lstm, gru; got {'a': ['\\x1b']}"),
        ({"words": "a" * 130_000}, "the text must have at most 100,000 characters; got 130,000"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_change_that_cannot_be_made_is_told_once_and_leaves_all_as_it_was(asked, message):
    at = session()
    at.session_state["asked"] = asked
    button(run(at), "try").click()
    assert [warning.value for warning in run(at).warning] == [message]
    assert at.session_state["selection"] == Selection()
    assert not run(at).warning
