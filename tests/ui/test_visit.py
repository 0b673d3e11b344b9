"""A visit takes a bounded part of the server's memory, whatever its links bring, and forgets what is longest ago."""

from typing import Any, Final

import pytest
from streamlit.runtime.scriptrunner import RerunData, get_script_run_ctx
from streamlit.testing.v1 import AppTest

from rnnviz import caching
from rnnviz.caching import cached, size_of
from rnnviz.spec import Edit
from rnnviz.ui.selection import DEFAULT, MAX_CHARACTERS, Selection
from rnnviz.ui.selection.changes import changed
from rnnviz.ui.selection.fields import MAX_EDITS, MAX_ENTRIES, MAX_ENTRY, MAX_VIEWS
from rnnviz.ui.selection.link import from_params, to_params
from rnnviz.ui.selection.visit import MOST_BYTES, Address, Visit

BYTES: Final = 3_000_000


def address(k: int, **params: str) -> Address:
    return "page", (*sorted(params.items()), ("t", str(k)))


def looked_at(k: int, **params: str) -> tuple[Address, Selection]:
    """A link and what it means: texts are unpacked anew for each."""
    return address(k, **params), from_params(params)[0]


def packed(text: str, kind: str = "words") -> dict[str, str]:
    return to_params(changed(DEFAULT, **{kind: text}))


def test_cheap_links_to_long_texts_do_not_add_up() -> None:
    assert MOST_BYTES <= BYTES
    visit = Visit()
    for k in range(30):
        link = packed(f"{k} " + "\N{MATHEMATICAL BOLD SMALL A}" * 30_000) | packed("1 2\n" * 4_000, "numbers")
        now, visit.selection = looked_at(k, **link)
        assert len(str(link)) < 1_000
        visit.remember(now)
    assert size_of(visit) <= BYTES
    assert visit.seen[now] == visit.selection
    assert 1 < len(visit.seen) < 30


def fullest(k: int) -> dict[str, Any]:
    """As much as one selection can hold, in characters of four bytes."""
    wide = "\N{MATHEMATICAL BOLD SMALL A}"
    names = [f"a.{chr(97 + n // 26)}{chr(97 + n % 26)}" for n in range(MAX_ENTRIES)]
    return {
        "words": f"{k} " + wide * (MAX_CHARACTERS - 9),
        "second": f"{k} " + wide * (MAX_CHARACTERS - 9),
        "numbers": f"{k}\n" * 4_999,
        "entries": tuple((name, f"{k}" + wide * (MAX_ENTRY - 9)) for name in names),
        "views": tuple((f"b.{name[2:]}", "c" * 120) for name in names[:MAX_VIEWS]),
        "edits": tuple(Edit("weight_hh_l0", (n // 16, n % 16), float(k)) for n in range(MAX_EDITS)),
        "hidden_size": 16,
    }


def test_the_longest_of_everything_is_kept_and_nothing_beside_it() -> None:
    visit = Visit()
    for k, trained in enumerate(["latch", "adding", "", "latch"]):
        visit.selection = changed(visit.selection, **fullest(k))
        visit.texts[trained] = visit.selection
        visit.draft("words", "\N{MATHEMATICAL BOLD SMALL A}" * (3 * MAX_CHARACTERS), "too long")
        visit.remember(address(k))
    assert size_of(visit) <= BYTES
    assert visit.seen == {address(3): visit.selection}
    assert visit.drafts[None, "words"] == ("\N{MATHEMATICAL BOLD SMALL A}" * MAX_CHARACTERS, "too long")


@pytest.mark.parametrize("text", ["a b", f"{chr(97) * 19} " * 4_900])
def test_the_way_back_is_a_hundred_steps_long_where_the_text_is_the_same(text: str) -> None:
    visit = Visit(changed(DEFAULT, input="words", words=text[:MAX_CHARACTERS], cell="lstm"))
    for k in range(120):
        visit.selection = changed(visit.selection, t=k % 2, fold=bool(k % 3))
        visit.remember(address(k))
    assert list(visit.seen) == [address(k) for k in range(20, 120)]
    assert size_of(visit) <= BYTES


COMPUTED: Final[list[str]] = []


@cached(9)
def line(name: str) -> str:
    """One line of a costly picture; the visitor moves on while the second is computed."""
    context = get_script_run_ctx()
    assert context is not None
    assert context.script_requests is not None
    COMPUTED.append(name)
    if name == "second":
        context.script_requests.request_rerun(RerunData(query_string="moved=on"))
    return name


def costly() -> None:
    import streamlit as st

    from tests.ui.test_visit import line

    if "moved" in st.query_params:
        st.text("elsewhere")
    else:
        st.text(" ".join(line(name) for name in ("first", "second", "third", "fourth")))


def test_a_costly_picture_is_left_when_its_visitor_moves_on() -> None:
    caching.clear()
    COMPUTED.clear()
    at = AppTest.from_function(costly, default_timeout=60).run()
    assert not at.exception
    assert [one.value for one in at.text] == ["elsewhere"]
    assert COMPUTED == ["first", "second"]
    assert line("first") == "first"  # what was computed before is kept
    assert COMPUTED == ["first", "second"]
