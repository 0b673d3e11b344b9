"""A tour on the pages: each stop opens as its file says, and a visitor goes on, plays, comes back."""

import json
from itertools import groupby
from typing import Any, Final

import pytest
from streamlit.testing.v1 import AppTest

from rnnviz import tours
from rnnviz.page_registry import PAGES
from rnnviz.ui.selection import DEFAULT, addresses, link
from rnnviz.ui.selection.fields import quoted
from rnnviz.ui.selection.openings import OPENINGS
from rnnviz.ui.shell import frame, tour_check, touring
from tests.serving import ROOT
from tests.together import together

SECONDS: Final = 60.0
PATHS: Final = {page.title: page.path for page in PAGES}
SHELVED: Final = tours.find("lecture")
assert SHELVED is not None
assert SHELVED.tour is not None, SHELVED.problems
LECTURE: Final = SHELVED.tour
STOPS: Final = len(LECTURE.stops)
SHIPPED: Final = {one.name: one.tour for one in tours.listed() if one.tour}
EVERY: Final = [(name, number) for name, tour in SHIPPED.items() for number in range(1, len(tour.stops) + 1)]
EXAMPLE: Final = (
    (ROOT / "docs" / "tours.md").read_text(encoding="utf-8").partition("```markdown\n")[2].partition("```")[0]
)

VIEWS: Final = {
    (page.title, target.view): [key for key, one in page.targets.items() if one.view == target.view]
    for page in PAGES
    for target in page.targets.values()
}


def opened(title: str, params: dict[str, str]) -> AppTest:
    page = AppTest.from_file(ROOT / "app.py", default_timeout=SECONDS)
    page = page.switch_page(PATHS[title]) if title in PATHS else page
    for name, value in params.items():
        page.query_params[name] = value
    page.run()
    assert not page.exception
    return page


def bar(page: AppTest) -> dict[str, Any] | None:
    """What the bar is given; None without one."""
    found = [one.proto for one in page.get("bidi_component") if one.proto.id.endswith("-tour")]
    return json.loads(found[0].json) if found else None


def words(page: AppTest) -> str:
    return "\n".join(str(one.value) for one in page.markdown)


def at_stop(number: int, name: str = "lecture", **params: str) -> AppTest:
    stop = SHIPPED[name].stops[number - 1]
    return opened(stop.page, {**touring.params_of(stop, name, number), **params})


@together("name, number", EVERY)
def test_a_stop_of_a_tour_that_ships(name: str, number: int) -> None:
    stop = SHIPPED[name].stops[number - 1]
    page = at_stop(number, name)
    assert not page.warning
    assert stop.look in tour_check.keys_on(page)
    told = bar(page)
    assert told is not None
    assert (told["number"], told["here"], told["changed"]) == (number, True, False)
    assert told["target"]["key"] == stop.look
    assert touring.prose(stop.text) in words(page)
    selection, problems = link.from_params(dict(stop.params), OPENINGS.get(stop.page, DEFAULT))
    assert problems == []
    assert set(dict(stop.params)) <= set(addresses.link_of(selection, stop.page)), "every parameter has an effect"


def test_why_it_works_leads_over_its_two_pages() -> None:
    why = SHIPPED["why"]
    assert tour_check.link_problems(why) == []
    assert [page for page, _ in groupby(stop.page for stop in why.stops)] == ["Dynamics", "Interventions"]
    assert len({stop.title for stop in why.stops}) == len(why.stops)


def test_the_lecture_in_its_order() -> None:
    assert tour_check.link_problems(LECTURE) == []
    visited = list(dict.fromkeys(stop.page for stop in LECTURE.stops))
    assert len(visited) >= 9
    assert visited[0] == PAGES[0].title
    assert len({stop.title for stop in LECTURE.stops}) == len(LECTURE.stops)


@pytest.mark.slow
@together("page, view", VIEWS)
def test_what_may_be_pointed_at_is_there(page: str, view: str) -> None:
    stop, problems = tours.read(
        f"---\ntitle: x\n---\n## x\nlink: {page.replace(' ', '_')}?{view}\nlook: {VIEWS[page, view][0]}\n\nx\n\n"
        "**Question.** x\n\n**Answer.** x\n"
    )
    assert stop is not None, problems
    shown = opened(page, dict(stop.stops[0].params))
    assert not shown.warning
    assert set(VIEWS[page, view]) <= tour_check.keys_on(shown)


def test_the_example_of_the_documents() -> None:
    tour, problems = tours.read(EXAMPLE)
    assert problems == []
    assert tour is not None
    assert len(tour.stops) > 1
    assert tour_check.link_problems(tour) == []
    assert [problem for stop in tour.stops for problem in tour_check.page_problems(stop)] == []


def test_without_a_tour_there_is_no_bar() -> None:
    assert bar(opened("Gates", {})) is None


def test_what_a_visitor_changes_is_noticed_and_taken_back() -> None:
    page = at_stop(4, t="2")
    told = bar(page)
    assert told is not None
    assert told["changed"]
    page.session_state["rnnviz.tour"] = (4, "lecture.4")
    told = bar(page.run())
    assert told is not None
    assert not told["changed"]
    assert page.query_params["t"] == "1"


def test_the_next_stop_of_the_same_page_keeps_presenting() -> None:
    page = at_stop(3, present="1")
    page.session_state["rnnviz.tour"] = (4, "lecture.3")
    told = bar(page.run())
    assert told is not None
    assert (told["number"], told["changed"]) == (4, False)
    assert page.query_params == {"cell": "rnn", "t": "1", "picture": "cell", "present": "1", "tour": "lecture.4"}


def test_what_was_asked_for_from_another_stop_is_forgotten() -> None:
    page = at_stop(4)
    page.session_state["rnnviz.tour"] = (9, "lecture.3")
    assert not leads_to(page.run(), 9)
    page.session_state["rnnviz.tour"] = (9, "lecture.4")
    for _ in range(2):
        assert leads_to(page.run(), 9)


def test_who_asks_for_another_stop_on_the_way_has_the_page_run_again() -> None:
    """A stop on another page was asked for, and before its link came one on this page."""

    def page() -> None:
        import streamlit as st

        from rnnviz.ui.shell import frame

        around = []
        for number in (6, 8):
            st.session_state["rnnviz.tour"] = (number, "lecture.7")
            around.append(frame._around())
        st.json({"differ": around[0] != around[1]})

    ran = AppTest.from_function(page, default_timeout=SECONDS)
    ran.query_params["tour"] = "lecture.7"
    ran.run()
    assert not ran.exception
    assert json.loads(ran.json[0].value) == {"differ": True}


def leads_to(page: AppTest, number: int) -> bool:
    """Whether the bar, at stop 4, has a link to a stop."""
    told = bar(page)
    assert told is not None
    assert (told["number"], told["page"]) == (4, "Step through")
    return any(one.proto.query_string.endswith(f"tour=lecture.{number}") for one in page.get("page_link"))


def test_stops_of_other_pages_are_links() -> None:
    links = [(one.proto.page, one.proto.query_string.rpartition("tour=")[2]) for one in at_stop(11).get("page_link")]
    assert links == [("Step_through", "lecture.10")]  # the stop after it is on the same page


def test_on_another_page_the_bar_leads_back() -> None:
    for title in ("Home", "Hidden states"):
        page = opened(title, {"tour": "lecture.4"})
        told = bar(page)
        assert told is not None
        assert (told["here"], told["pages"][3], told["target"]) == (False, "Step through", None)
        assert LECTURE.stops[3].text not in words(page)


@pytest.mark.parametrize(
    ("tour", "told"),
    [
        ("physics.3", "The tour 'physics' is not on this server; the view of its link is shown"),
        ("lecture.99", f"The tour 'lecture' has {STOPS} stops; got 99: the last is shown"),
        ("lecture", "tour must be a stop like lecture.3; got 'lecture'"),
        ("../etc.1", "tour must be a stop like lecture.3; got '../etc.1'"),
        ("lecture.0", "tour must be a stop like lecture.3; got 'lecture.0'"),
        ("<b>.1", "tour must be a stop like lecture.3; got '<b>.1'"),
    ],
)
def test_a_tour_that_is_not_there(tour: str, told: str) -> None:
    page = opened("Gates", {"cell": "gru", "seed": "7", "tour": tour})
    assert [str(one.value) for one in page.warning] == [frame.plain(told)]
    assert page.query_params["seed"] == "7"
    assert page.query_params.get("tour") == (f"lecture.{STOPS}" if "99" in tour else None)
    assert not page.run().warning


def test_a_tour_that_breaks_while_it_is_on(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(tours.FOLDER_VARIABLE, str(tmp_path))
    (tmp_path / "own.md").write_text(EXAMPLE, encoding="utf-8")
    tour, _ = tours.read(EXAMPLE)
    assert tour is not None
    page = opened(tour.stops[0].page, touring.params_of(tour.stops[0], "own", 1))
    assert bar(page) is not None
    (tmp_path / "own.md").write_text("no tour any more", encoding="utf-8")
    page.run()
    assert bar(page) is None
    assert [str(one.value) for one in page.warning] == [
        frame.plain("The tour 'own' cannot be read any more; the view of its link is shown")
    ]


@pytest.mark.parametrize("sent", [None, 3, "x", {}, {"to": "3"}, {"to": True}, {"leave": False}, {"to": 2.5}])
def test_a_browser_may_send_anything(sent: object) -> None:
    told = asked(sent)
    assert told["going"] is None
    assert told["messages"] == [f"a tour must be asked for a stop, or to leave; got {quoted(sent)}"]
    assert told["tour"] == "lecture.2"


@pytest.mark.parametrize("number", [5, 10**30, -5])
def test_any_number_means_the_nearest_stop(number: int) -> None:
    assert asked({"to": number}) == {"going": [number, "lecture.2"], "messages": [], "tour": "lecture.2"}
    place = touring.Place("lecture", LECTURE, 2).at(number)
    assert place.number == min(max(number, 1), STOPS)
    assert place.stop == LECTURE.stops[place.number - 1]


def test_leaving() -> None:
    assert asked({"leave": True}) == {"going": None, "messages": [], "tour": ""}


def asked(sent: object) -> dict[str, Any]:
    """What is known once a browser has sent something from stop 2 of the lecture."""

    def page(sent: object) -> None:
        import streamlit as st

        from rnnviz.ui.selection import state
        from rnnviz.ui.shell import touring

        touring._ask(sent)
        going = st.session_state.get("rnnviz.tour")
        st.json({"going": going, "messages": state.messages(), "tour": state.current().tour})

    ran = AppTest.from_function(page, kwargs={"sent": sent}, default_timeout=SECONDS)
    ran.query_params["tour"] = "lecture.2"
    ran.run()
    assert not ran.exception
    told: dict[str, Any] = json.loads(ran.json[0].value)
    return told


def test_home_offers_every_tour(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(tours.FOLDER_VARIABLE, str(tmp_path))
    (tmp_path / "own.md").write_text(EXAMPLE, encoding="utf-8")
    (tmp_path / "broken.md").write_text("---\nauthor: <b>x</b>\n---\n", encoding="utf-8")
    (tmp_path / "lecture.md").write_text(EXAMPLE, encoding="utf-8")
    page = opened("Home", {})
    links = [one.proto for one in page.get("page_link") if "tour=" in one.proto.query_string]
    begun = [one.query_string.rpartition("tour=")[2].partition("&")[0] for one in links]
    assert begun == ["lecture.1", "why.1", "own.1"]
    assert LECTURE.title in links[0].label
    assert "**broken**.md cannot be read" in words(page)
    assert "**lecture**.md cannot be read" in words(page)
    assert any("a tour that ships has this name" in str(one.value) for one in page.caption)


def test_brackets_of_a_tour_make_no_links() -> None:
    assert touring.prose("[0, 1] and :red[x], $[a]$, `x[0]`") == r"\[0, 1\] and :red\[x\], $[a]$, `x[0]`"


HOSTILE: Final = r"""---
title: **bold** $x$ [a] :red[b] &lt;b>
about: :material/home: `x`
---

## $\href{javascript:alert(1)}{t} & "quotes" '
link: Gates?cell=lstm
look: gates.time.panels

[red] [ref] [ref][] &lt;img src=x onerror=alert(1)> &#106;avascript&#58;alert(1)

**Question.** `code [0] ( :red[a] $$`

**Answer.** data&colon;text/html,x
"""


def test_what_a_file_says_stays_text(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(tours.FOLDER_VARIABLE, str(tmp_path))
    (tmp_path / "own.md").write_text(HOSTILE, encoding="utf-8")
    page = opened("Gates", {"cell": "lstm", "tour": "own.1"})
    assert r"\[red\] \[ref\] \[ref\]\[\]" in words(page)
    told = bar(page)
    assert told is not None
    assert told["titles"] == ['$\\href{javascript:alert(1)}{t} & "quotes" \'']
    assert not any(one.proto.allow_html for one in page.markdown if "onerror" in str(one.value))
    home = opened("Home", {})
    (label,) = [one.proto.label for one in home.get("page_link") if "own.1" in one.proto.query_string]
    assert label == f"**▶ {frame.plain('**bold** $x$ [a] :red[b] &lt;b>')}**"


SHORT: Final = """---
title: Short
---

## A view
link: Gates?cell=lstm

## And a question
link: Gates?cell=gru
look: gates.time.panels

**Question.** Open?
"""


def test_a_stop_needs_no_more_than_a_view(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(tours.FOLDER_VARIABLE, str(tmp_path))
    (tmp_path / "short.md").write_text(SHORT, encoding="utf-8")
    page = opened("Gates", {"cell": "lstm", "tour": "short.1"})
    told = bar(page)
    assert told is not None
    assert (told["here"], told["target"]) == (True, None)
    assert not page.warning
    page = opened("Gates", {"cell": "gru", "tour": "short.2"})
    assert "**Question.** Open?" in words(page)
    assert not [one for one in page.expander if "Reveal" in one.label]
    tour, problems = tours.read(SHORT)
    assert tour is not None, problems
    assert [tour_check.page_problems(stop) for stop in tour.stops] == [[], []]


def test_of_a_visitors_own_tour_only_the_number_is_known_here() -> None:
    page = opened("Gates", {"cell": "lstm", "tour": "_lecture.3"})
    told = bar(page)
    assert told is not None
    assert told.pop("start").keys() == {"id"}
    assert told == {"own": 3, "page": "Gates", "view": {"cell": "lstm"}}
    assert not page.warning
    assert page.query_params["tour"] in ("_lecture.3", ["_lecture.3"])


@pytest.mark.parametrize("number", ["0", "1000", "x", ""])
def test_a_number_that_no_stop_has_is_said(number: str) -> None:
    page = opened("Gates", {"cell": "lstm", "tour": f"_lecture.{number}"})
    assert bar(page) is None
    assert len(page.warning) == 1
