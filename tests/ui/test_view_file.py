"""A view comes back from its file with all of it; what is no view file is refused in words."""

import json
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from rnnviz.page_registry import BY_TITLE
from rnnviz.ui.selection import MAX_CHARACTERS, Selection, view_file
from rnnviz.ui.selection.changes import changed
from rnnviz.ui.selection.fields import MAX_ENTRIES, MAX_ENTRY
from rnnviz.ui.selection.link import from_params, left_out, to_params, whole
from rnnviz.ui.selection.openings import OPENINGS
from tests.serving import ROOT
from tests.together import together
from tests.ui.test_link import LONG_NUMBERS, selections

PAGES: Final = list(BY_TITLE)
SLOW: Final = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}


def there_and_back(selection: Selection, page: str = "Gates") -> Selection:
    opened, params = view_file.read(view_file.written(page, whole(selection)), PAGES)
    again, problems = from_params(params)
    assert (opened, problems) == (page, [])
    return again


@settings(max_examples=100, **SLOW)
@given(selections(), st.sampled_from(PAGES))
def test_a_view_comes_back_from_its_file(selection: Selection, page: str) -> None:
    assert there_and_back(selection, page) == selection


def test_what_no_link_can_hold_comes_back() -> None:
    noise = "".join(chr(65_536 + (7919 * k * k) % 90_001) for k in range(MAX_ENTRY))
    typed = tuple((f"characters.{chr(97 + k // 26)}{chr(97 + k % 26)}", noise[k:] + "z") for k in range(MAX_ENTRIES))
    typed = tuple((name, text[:MAX_ENTRY]) for name, text in typed)
    words = "z." + noise[: MAX_CHARACTERS // 20]
    selection = changed(Selection(), numbers=LONG_NUMBERS, words=words, second=noise * 20, entries=typed)
    assert len(left_out(selection)) > MAX_ENTRIES - 5
    assert to_params(selection) != whole(selection)
    assert there_and_back(selection) == selection
    assert len(view_file.written("Gates", whole(selection)).encode()) < view_file.MOST


def test_texts_can_be_read_in_the_file() -> None:
    words = "The film was not good, it was great! " * 8
    text = view_file.written("Gates", whole(changed(Selection(), input="words", words=words)))
    assert json.loads(text) == {"rnnviz": 1, "page": "Gates", "params": {"input": "words", "words": words}}


LIKE: Final = 'a view file must look like {"rnnviz": 1, "page": "Gates", "params": {"cell": "lstm"}}; got '


def spoilt(**parts: Any) -> str:
    return json.dumps({"rnnviz": 1, "page": "Gates", "params": {}} | parts)


@together(
    "text, said",
    [
        ("", LIKE + "''"),
        ("\x89PNG\r\n\x1a\n\0\0", LIKE + "' PNG    "),
        ("[" * 200_000, LIKE + f"'{'[' * 40}…'"),
        ("[1, 2]", LIKE + "[1, 2]"),
        ("9" * 9_000, LIKE),
        (spoilt(rnnviz=2), "rnnviz, the version of the view file, must be 1; got 2"),
        (spoilt(rnnviz=True), "rnnviz, the version of the view file, must be 1; got True"),
        ('{"page": "Gates"}', "rnnviz, the version of the view file, must be 1; got None"),
        (spoilt(page="../app"), "page must be one of Home, Sequences, "),
        (spoilt(page=["Gates"]), "page must be one of Home, Sequences, "),
        (spoilt(params=[]), "params must be texts by their names; got []"),
        (spoilt(params={"t": 3}), "params must be texts by their names; got 3 for 't'"),
        (spoilt(params={"words": "a" * view_file.MOST}), "a view file must have at most 5,000,000 bytes; got 5,000,0"),
        ("é" * (view_file.MOST // 2 + 1), "a view file must have at most 5,000,000 bytes; got 5,000,002"),
    ],
)
def test_what_is_no_view_file_is_refused(text: str, said: str) -> None:
    with pytest.raises((TypeError, ValueError)) as refused:
        view_file.read(text, PAGES)
    assert str(refused.value).startswith(said)
    assert str(refused.value).isprintable()


def test_a_mark_at_the_beginning_and_half_characters_do_no_harm() -> None:
    page, params = view_file.read("\ufeff" + spoilt(params={"words": "a\ud800b"}), PAGES)
    assert (page, params) == ("Gates", {"words": "a?b"})


@settings(max_examples=200, **SLOW)
@given(st.text() | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(json.dumps))
def test_any_file_is_read_or_refused(text: str) -> None:
    with pytest.raises((TypeError, ValueError)):
        view_file.read(text, PAGES)


def heard(text: object) -> AppTest:
    """A visit whose bar has sent what should be the text of a view file."""

    def page(text: object, pages: list[str]) -> None:
        import streamlit as st

        from rnnviz.ui.selection import state
        from rnnviz.ui.shell import bar

        state.current("Sequences")
        state.update(cell="gru", seed=3)
        bar._open(text, pages)
        told = [bar.opened_page(title) for title in ("Sequences", "Sequences", "Memory", "Sequences")]
        st.session_state["wanted"] = told
        st.session_state["messages"] = state.messages()
        st.session_state["view"] = state.whole_view()

    at = AppTest.from_function(page, default_timeout=20, kwargs={"text": text, "pages": PAGES}).run()
    assert not at.exception
    return at


def test_an_opened_file_is_looked_at_and_what_is_wrong_in_it_is_said() -> None:
    params = {"cell": "lstm", "numbers": LONG_NUMBERS, "t": "3", "seed": "-1", "views": "gates.view:memory"}
    at = heard(spoilt(params=params))
    assert at.session_state["wanted"] == ["Gates", "Gates", None, None], "again to a page that was broken off"
    assert at.session_state["messages"] == ["seed must be a whole number in 0..2147483647; got -1"]
    assert at.session_state["view"] == ("Gates", {name: params[name] for name in params if name != "seed"})


def test_a_file_that_names_no_network_means_the_example_of_its_page() -> None:
    page, params = heard(spoilt(params={})).session_state["view"]
    assert page == "Gates"
    assert params["trained"] == "adding"
    assert from_params(params)[0] == OPENINGS["Gates"]


@pytest.mark.parametrize("text", [None, 7, "", spoilt(page="nowhere"), spoilt(params={"t": 3})])
def test_a_file_that_is_none_leaves_all_as_it_was(text: object) -> None:
    at = heard(text)
    assert at.session_state["wanted"] == [None] * 4
    assert len(at.session_state["messages"]) == 1
    assert at.session_state["view"] == ("Sequences", {"cell": "gru", "seed": "3", "views": "sequences.kind:in-step"})


def test_a_view_is_sent_once() -> None:
    def page() -> None:
        import streamlit as st

        from rnnviz.ui.selection import state
        from rnnviz.ui.shell import bar

        state.current("Gates")
        bar._save(7)
        st.session_state["sent"] = [st.session_state.pop("rnnviz.file", None) for _ in range(2)]

    at = AppTest.from_function(page, default_timeout=20).run()
    sent, again = at.session_state["sent"]
    assert again is None
    assert sent["name"] == "rnnviz-view.json"
    assert view_file.read(sent["text"], PAGES)[0] == "Gates"


def test_a_text_too_long_for_the_link_is_told_on_every_run_until_it_is_shorter() -> None:
    at = AppTest.from_file(ROOT / "app.py", default_timeout=60)
    at.query_params["cell"] = "rnn"
    at.switch_page("pages/2_Step_through.py").run()

    def told() -> list[str]:
        assert not at.exception
        return [caption.value for caption in at.caption if "too long" in caption.value.lower()]

    assert told() == []
    at.text_area(key="text_numbers").set_value(LONG_NUMBERS).run()
    said = ["Too long for a link: the numbers. “View as file” at the top saves the whole view."]
    assert told() == said
    at.run()
    assert told() == said
    at.text_area(key="text_numbers").set_value("1 2").run()
    assert told() == []
