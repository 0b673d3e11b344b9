"""A phrase's units and the places that are like it; the view while the library is being read, and afterwards."""

import re
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from rnnviz import characters
from rnnviz.characters import index
from rnnviz.characters.corpus import Searched
from rnnviz.jobs import indexing
from rnnviz.jobs.indexing import Making
from rnnviz.matching import search as matching
from rnnviz.matching.search import Place
from rnnviz.ui.pages.characters import match as match_view
from rnnviz.ui.pages.characters import match_payload
from rnnviz.ui.pages.characters.match_payload import Pattern, Request, payload, rows
from rnnviz.ui.selection import state
from rnnviz.ui.widgets.matches import Row, table
from tests.serving import ROOT

TEXT: Final = "def f(x):\n    return x\ndef g(y):\n    return y + 1\n"
ASKED: Final = Request("python-lstm", TEXT, "h")


def test_the_widget_is_given_exact_levels() -> None:
    for signal in "hc":
        sent = payload(Request("python-lstm", TEXT, signal))
        values = characters.load("python-lstm").trace(TEXT).panel(signal)
        wanted = sum((values >= np.float32(threshold)).astype(int) for threshold in matching.THRESHOLDS[signal])
        np.testing.assert_array_equal(sent["reached"].codes, wanted)
        assert sent["thresholds"] == [f"{threshold:g}" for threshold in matching.THRESHOLDS[signal]]


def test_places_are_grouped_by_what_they_read() -> None:
    begin = TEXT.index("return")
    pattern = Pattern(begin, begin + 6)
    units, bits = match_payload.units_of(ASKED, pattern), match_payload.own_bits(ASKED)
    assert units.on
    found = match_payload.search(ASKED, pattern, bits.read, bits, of_library=False)
    listed = rows(found, bits, units.on, pattern, TEXT)
    assert sum(row.alike for row in listed) == len(found.places)
    first = listed[0]
    assert (first.phrase, first.place.units, first.where) == ("return", len(units.on), f"t = {first.place.start}")
    assert len(first.counts) == len(first.before + first.phrase + first.after)
    start = len(first.before)
    assert set(first.counts[start : start + 6]) == {len(units.on)}, "all of them are on throughout"


def test_a_place_of_the_library_has_its_module_and_line(monkeypatch: pytest.MonkeyPatch) -> None:
    text = Searched("", TEXT, (0, TEXT.index("def g")), ("a.py", "b.py"), len(TEXT))
    monkeypatch.setattr(match_payload, "searched_text", lambda: text)
    begin = TEXT.rindex("return")
    pattern = Pattern(begin, begin + 6)
    units, bits = match_payload.units_of(ASKED, pattern), match_payload.own_bits(ASKED)
    found = match_payload.search(ASKED, pattern, bits.read, bits, of_library=False)
    where = {row.where for row in rows(found, bits, units.on, pattern, None) if row.phrase == "return"}
    assert where <= {"a.py:2", "b.py:2"}


def test_nothing_in_a_text_is_markup() -> None:
    row = Row(Place(0, 2, 1), "<i>.py:1", "<script>", "&amp;\n<b>", "</code>'\"", tuple([1] * 26), 1)
    html = table([row], 2)
    assert "<script>" not in html
    assert "<i>.py" not in html
    assert "&lt;script&gt;" in html
    assert "&amp;amp;↵&lt;b&gt;" in html


def test_the_middle_of_a_long_phrase_is_left_out() -> None:
    row = Row(Place(0, 2, 1), "a.py:1", "", "x" * 50 + "y" * 100 + "z" * 50, "", tuple([2] * 200), 1)
    html = table([row], 2)
    assert "xx" in html
    assert "yy" not in html
    assert "…" in html


# --- The page ---


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, Any]:
    """A page without any index, on which none is made."""
    monkeypatch.setenv("RNNVIZ_RUNS", str(tmp_path))
    state_of: dict[str, Any] = {"begun": [], "now": None}

    def begin(network: str, signal: str) -> None:
        state_of["begun"].append((network, signal))
        state_of["now"] = Making("waiting")

    monkeypatch.setattr(indexing, "begin", begin)
    monkeypatch.setattr(indexing, "progress", lambda *_: state_of["now"])
    match_payload.whole_index.clear()
    return state_of


def page(**params: str) -> AppTest:
    test = AppTest.from_file(ROOT / "app.py", default_timeout=90).switch_page("pages/10_Characters.py")
    for name, value in params.items():
        test.query_params[name] = value
    return test.run()


def test_the_library_is_read_once_somebody_looks(made: dict[str, Any]) -> None:
    found = page(views="characters.view:match")
    assert not found.exception
    assert made["begun"] == [("python-lstm", "c")]
    assert "waiting for its turn" in found.get("progress")[0].proto.text


def test_what_failed_is_said_and_can_be_begun_again(made: dict[str, Any]) -> None:
    made["now"] = Making("failed", message="<b>disk</b> full")
    found = page(views="characters.view:match")
    assert "disk" in found.error[0].value
    assert "<b>" not in found.error[0].value
    assert any(" characters of the text above" in one.value for one in found.markdown)
    next(one for one in found.button if one.label == "Read it again").click().run()
    assert made["begun"] == [("python-lstm", "c")]


def test_without_a_play_the_text_itself_is_searched(made: dict[str, Any]) -> None:
    found = page(views="characters.view:match characters.subject:shakespeare")
    assert not found.exception
    assert made["begun"] == []
    assert any("This machine has no play to search" in one.value for one in found.caption)
    assert any(re.search(r"at \d+ places?\*\* of", one.value) for one in found.markdown)


def test_without_the_librarys_sources_the_text_itself_is_searched(
    made: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def none() -> None:
        raise ValueError("it must have 1,048,576 characters; got 0")

    monkeypatch.setattr(match_payload, "searched_text", none)
    found = page(views="characters.view:match")
    assert not found.exception
    assert made["begun"] == []
    assert any("cannot be searched" in one.value for one in found.caption)


def test_an_index_that_is_gone_is_made_again(made: dict[str, Any]) -> None:
    made["now"] = Making("done", ".making-x", 16_384)
    assert not page(views="characters.view:match").exception
    assert made["begun"] == [("python-lstm", "c")]


def test_an_index_that_cannot_be_used_is_told_and_stands_in_nobodys_way(made: dict[str, Any]) -> None:
    wanted = match_payload.index_spec("python-lstm", "c")
    path = index.folder() / f"{wanted.key}.bits"
    path.mkdir(parents=True)  # can be neither read nor removed as a file, whoever runs the test
    found = page(views="characters.view:match")
    assert not found.exception
    assert made["begun"] == [("python-lstm", "c")]
    assert any("cannot be used" in one.value and "directory" in one.value for one in found.caption)
    assert path.is_dir()


def test_a_phrase_without_units_is_said(made: dict[str, Any]) -> None:
    found = page(views="characters.view:match characters.subject:shakespeare characters.pattern:0.200.3.1")
    assert not found.exception
    assert any("No unit is on" in one.value for one in found.info)


@pytest.mark.parametrize(
    ("pattern", "wanted"),
    [
        (
            Pattern(0, 9, 2, alone=True),
            "a lower threshold or a shorter phrase or “off just before and after” unchecked",
        ),
        (Pattern(0, 9), "a shorter phrase"),
        (Pattern(0, 1, 1, alone=True), "“off just before and after” unchecked"),
        (Pattern(0, 1), "another phrase"),
    ],
)
def test_only_what_there_is_to_be_done_is_offered(pattern: Pattern, wanted: str) -> None:
    told = match_view._none(pattern)
    assert told.endswith(f". Try {wanted}.")
    assert ("off just before and after it." in told) is pattern.alone


def test_a_phrase_is_of_its_text(made: dict[str, Any]) -> None:
    found = page(views="characters.view:match characters.pattern:3.16.1.0 characters.subject:shakespeare")
    assert "characters.pattern:3.16.1.0" in str(found.query_params["views"])
    found.session_state["characters.matched"] = (found.session_state["characters.matched"][0], "another text")
    found.run()
    assert "characters.pattern" not in str(found.query_params["views"])


@pytest.mark.parametrize(
    "sent",
    [None, {"span": [0, 0], "level": 1, "alone": False}, {"span": [0, 201], "level": 1, "alone": False},
     {"span": [0, 3], "level": 4, "alone": False}, {"span": [0, 3], "level": 1, "alone": 1}, {"span": [0], "level": 1},
     {"span": [-1, 3], "level": 1, "alone": False}, {"span": [0, 10**9], "level": 1, "alone": False}],
)  # fmt: skip
def test_what_a_browser_sends_is_checked(sent: object, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(state, "tell", told.append)
    monkeypatch.setattr(state, "choose", lambda *_: pytest.fail("kept"))
    match_view.take(sent, ASKED)
    assert told[0].startswith("a phrase must be 1 to 200 characters")


@pytest.mark.parametrize("kept", ["", "1", "a.b.c.d", "5.4.1.0", "0.300.1.0", "0.5.9.0", "0.5.1.0.7", "0.99999.1.0"])
def test_a_link_to_no_phrase_means_the_usual_one(kept: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state, "view", lambda _: kept)
    begin = TEXT.index("return")
    assert match_view._pattern(ASKED) == Pattern(begin, begin + 6)


def test_a_link_to_a_phrase(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state, "view", lambda _: "3.9.2.1")
    assert match_view._pattern(ASKED) == Pattern(3, 9, 2, alone=True)
