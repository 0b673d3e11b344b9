"""Files made when they are asked for: what a browser may send, what it gets, and that nothing is kept."""

import pytest
import streamlit as st

from rnnviz.ui.shell import made_files


def never() -> str:
    raise AssertionError("it was not asked for")


def spoiled() -> str:
    raise ValueError("a table must have rows; got none")


@pytest.fixture(autouse=True)
def session(monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    kept: dict[str, object] = {}
    monkeypatch.setattr(st, "session_state", kept)
    return kept


def kept_file(session: dict[str, object]) -> dict[str, object]:
    (kept,) = session.values()
    assert isinstance(kept, dict)
    file: dict[str, object] = kept["file"]
    return file


def test_what_is_asked_for_is_made_and_kept_until_it_has_come(session: dict[str, object]) -> None:
    made_files.take("gates.figure", {"id": "1", "format": "csv"}, {"html": never, "csv": lambda: "a,b\n1,2\n"})
    assert kept_file(session) == {"id": "1", "text": "a,b\n1,2\n"}
    made_files.forget("another.menu")
    assert session
    made_files.take("gates.figure", {"id": "1", "done": True}, {})
    assert not session


def test_only_one_file_is_kept(session: dict[str, object]) -> None:
    for menu, text in (("a", "first"), ("b", "second")):
        made_files.take(menu, {"id": menu, "format": "csv"}, {"csv": lambda text=text: text})  # type: ignore[misc]
    assert kept_file(session) == {"id": "b", "text": "second"}


def test_why_there_is_none_is_said(session: dict[str, object]) -> None:
    made_files.take("a", {"id": "1", "format": "csv"}, {"csv": spoiled})
    assert kept_file(session) == {"id": "1", "problem": "a table must have rows; got none"}
    made_files.take("a", {"id": "2", "format": "exe"}, {"csv": never})
    assert "csv" in str(kept_file(session)["problem"])


@pytest.mark.parametrize(
    "sent", [None, 3, "csv", [], {}, {"id": 1, "format": "csv"}, {"id": "1" * 41, "format": "csv"}, {"format": "csv"}]
)
def test_whatever_a_browser_sends_makes_nothing(session: dict[str, object], sent: object) -> None:
    made_files.take("a", sent, {"csv": never})
    assert not session
