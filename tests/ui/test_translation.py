"""A translation on the page: the widget is given what torch computes, and what comes from anybody is checked."""

from typing import Any, Final
from urllib.parse import parse_qsl

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from rnnviz.attention import load
from rnnviz.attention.edits import Edit, Forced, Weighed
from rnnviz.attention.recipes import SCORES, TASKS
from rnnviz.ui.pages.attention import lengths as attention_lengths
from rnnviz.ui.pages.attention import payload as attention_payload
from rnnviz.ui.pages.attention import translation
from rnnviz.ui.pages.attention.translation import OPENING, Request, Score, TaskName
from rnnviz.ui.selection import entries, state
from rnnviz.ui.shell import frame
from rnnviz.widgets import packing
from tests.ui.messages import unpacked

PROSE: Final = " ".join((frame.TEXTS / "attention.md").read_text(encoding="utf-8").split())
LONG: Final = "314159265358979323846264338327"


def sent(task: TaskName, score: Score, source: str | None = None, edits: tuple[Edit, ...] = ()) -> Any:
    asked = Request(task, score, source or OPENING[task], edits)
    return unpacked(packing.message(attention_payload.payload(asked)))


# --- What the widget is given ---


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("score", SCORES)
def test_the_payload_is_the_decoding(task: TaskName, score: Score) -> None:
    given = sent(task, score)
    model = load(f"{task}-{score}")
    decoding = model.decode(OPENING[task])
    assert tuple(given["source"]) == tuple(OPENING[task])
    assert tuple(given["output"]) == decoding.output
    assert given["right"] == model.task.right(OPENING[task]) == decoding.text
    assert given["before"] is None
    arrays = given["arrays"]
    for name in ("probabilities", "queries", "encoded", "start"):
        np.testing.assert_array_equal(arrays[name], getattr(decoding, name))
    for name in ("weights", "scores", "context"):
        assert (name in arrays) == (score != "none")
        if score != "none":
            np.testing.assert_array_equal(arrays[name], getattr(decoding, name))


@pytest.mark.parametrize("task", TASKS)
def test_the_terms_that_the_browser_writes_out_make_the_score(task: TaskName) -> None:
    dot = sent(task, "dot")["arrays"]
    products = dot["queries"][:, None] * dot["encoded"]
    np.testing.assert_allclose(products.sum(-1), dot["scores"], rtol=1e-4, atol=1e-4)
    additive = sent(task, "additive")["arrays"]
    summed = additive["fromQuery"][:, None] + additive["fromKeys"] + additive["bias"]
    np.testing.assert_allclose(np.tanh(summed), additive["activated"], atol=1e-6)
    products = additive["activated"] * additive["v"]
    np.testing.assert_allclose(products.sum(-1), additive["scores"], rtol=1e-4, atol=1e-4)
    for arrays in (dot, additive):
        np.testing.assert_allclose(arrays["exponentials"] / arrays["total"], arrays["weights"], rtol=1e-5, atol=1e-9)
        np.testing.assert_allclose(np.exp(arrays["scores"] - arrays["largest"]), arrays["exponentials"], rtol=1e-4)
        np.testing.assert_allclose(arrays["sum"], 1, atol=1e-6)
        np.testing.assert_allclose(arrays["weights"] @ arrays["encoded"], arrays["context"], atol=1e-5)


def test_it_is_small_at_its_largest() -> None:
    asked = Request("reverse", "additive", "7" * 40)
    assert len(packing.message(attention_payload.payload(asked))) < 400_000
    assert len(packing.message(attention_payload.payload(Request("reverse", "additive", LONG)))) < 250_000


def test_changes_are_listed_with_what_was_said_before() -> None:
    edits = (Forced(2, "8"), Weighed(4, 1, 0.5), Forced(13, "1"))
    given = sent("reverse", "additive", edits=edits)
    assert [edit["used"] for edit in given["edits"]] == [True, True, False]  # the end comes before step 13
    assert given["forced"] == {"2": "8"}
    assert given["edited"] == {"4": {"1": 0.5}}
    assert given["output"][2] == "8" != given["before"][2]
    assert given["arrays"]["weights"][4, 1] == pytest.approx(0.5)
    assert given["arrays"]["weights"][4].sum() == pytest.approx(1)
    assert not np.array_equal(given["arrays"]["softmax"][4], given["arrays"]["weights"][4])


def test_without_attention_a_weight_is_of_no_use() -> None:
    given = sent("reverse", "none", edits=(Weighed(0, 0, 0.5),))
    assert given["edits"][0]["used"] is False
    assert given["before"] is None
    assert "one vector of 64 numbers" in given["alt"]


def test_the_alternative_text_says_where_it_looks() -> None:
    alt = sent("reverse", "dot")["alt"]
    assert alt.startswith(
        "31415926 is the input, 62951413 is the output. The largest weight of each step: 6 from position 7 6 "
    )
    assert "GRU encoder in two directions" in sent("dates", "dot")["caption"]
    assert "dot-product score, seed 0; 22 positions, 11 steps" in sent("dates", "dot")["caption"]


# --- What comes from anybody ---


def script() -> None:
    import streamlit as st

    from rnnviz.ui.pages.attention import view as attention_view
    from rnnviz.ui.selection import state

    state.current("Attention")
    for message in state.messages():
        st.warning(message)
    attention_view.translate(*attention_view.pickers("translate"))


def page(kept: str = "", views: str = "") -> AppTest:
    at = AppTest.from_function(script, default_timeout=60)
    if kept:
        at.query_params["entries"] = kept
    if views:
        at.query_params["views"] = views
    at.run()
    assert not at.exception
    return at


def link(at: AppTest) -> dict[str, str]:
    kept = at.query_params.get("entries", "")
    return dict(parse_qsl(kept[0] if isinstance(kept, list) else kept))


def test_a_link_is_followed() -> None:
    at = page("attention.edits=2%3D8%3B4%401%3A0.5&attention.reverse=271828&attention.step=3")
    assert not at.warning
    assert link(at) == {"attention.edits": "2=8;4@1:0.5", "attention.reverse": "271828", "attention.step": "3"}


@pytest.mark.parametrize(
    ("kept", "told"),
    [
        ("attention.reverse=12x", "attention.reverse: Enter digits 0 to 9; got 'x'. '31415926'"),
        (
            "attention.reverse=" + "7" * 41,
            "attention.reverse: Enter at most 40 characters; got 41.",
        ),
        ("attention.edits=2", "attention.edits must look like 3=7 or 4@2:0.5"),
        ("attention.edits=2%3Dx", "attention.edits: a forced token must be one of 0 1 2 3"),
        ("attention.edits=99%3D1", "attention.edits: a forced step must be a whole number in 0..13; got 99"),
        ("attention.edits=2%4040%3A0.5", "attention.edits: an edited position must be a whole number in 0..7; got 40"),
        ("attention.edits=2%400%3A0.9%3B2%401%3A0.9", "the edited weights of step 2 must sum to at most 1; got 1.8"),
        ("attention.step=-1", "attention.step: must be a whole number in 0..999; got '-1'"),
        ("attention.place=x", "attention.place: must be a whole number in 0..999; got 'x'"),
    ],
)
def test_what_a_link_says_wrong_is_told_and_put_right(kept: str, told: str) -> None:
    at = page(kept)
    assert told in at.warning[0].value
    assert link(at) == {}


def test_a_link_to_dates_without_attention_opens() -> None:
    at = page(
        "attention.dates=5.3.98&attention.date_edits=0%400%3A0.5", "attention.task:dates attention.score:no-attention"
    )
    assert not at.warning
    assert link(at)["attention.dates"] == "5.3.98"


def test_a_change_of_the_digits_is_none_of_the_dates() -> None:
    at = page("attention.dates=5.3.98&attention.edits=0%407%3A0.5", "attention.task:dates")
    assert not at.warning
    assert link(at)["attention.edits"] == "0@7:0.5"
    at = page("attention.dates=5.3.98&attention.date_edits=0%407%3A0.5", "attention.task:dates")
    assert "attention.date_edits: an edited position must be a whole number in 0..5; got 7" in at.warning[0].value


@pytest.mark.parametrize(
    "change",
    [
        None,
        7,
        {},
        {"kind": "force"},
        {"kind": "force", "step": "0", "token": "7"},
        {"kind": "force", "step": 0, "token": "x"},
        {"kind": "force", "step": -1, "token": "7"},
        {"kind": "weight", "step": 0, "place": 0, "value": 1.5},
        {"kind": "weight", "step": 0, "place": 0, "value": float("nan")},
        {"kind": "weight", "step": 0, "place": 99, "value": 0.5},
        {"kind": "weight", "step": 0, "place": 0, "value": "0.5"},
        {"kind": "undo", "of": "weight"},
        {"kind": "undo", "step": 10**30},
    ],
)
def test_a_browser_can_send_anything(change: object, monkeypatch: pytest.MonkeyPatch) -> None:
    kept, told = list[tuple[str, ...]](), list[str]()
    monkeypatch.setattr(entries, "keep", lambda *what: kept.append(what))
    monkeypatch.setattr(state, "tell", told.append)
    translation.change(change, Request("reverse", "additive", "31415926"))
    assert not kept
    assert len(told) == 1
    assert "got" in told[0]


def test_changes_come_and_go(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = list[str]()
    monkeypatch.setattr(entries, "keep", lambda _name, text, _usual: kept.append(text))
    now = Request("reverse", "additive", "31415926", (Forced(0, "1"),))
    translation.change({"kind": "force", "step": 0, "token": "2"}, now)
    translation.change({"kind": "weight", "step": 3, "place": 7, "value": 1}, now)
    translation.change({"kind": "undo", "of": "force", "step": 0}, now)
    translation.change({"kind": "undo", "of": "weight", "step": 3, "place": 7}, now)
    translation.change({"kind": "reset"}, now)
    assert kept == ["0=2", "0=1;3@7:1", "", "0=1", ""]


@pytest.mark.parametrize("text", ["2,7,1", "2 7 1", " 2; 7, 1 "])
def test_digits_may_stand_apart_and_stay_so_in_the_box(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = dict[str, str]()
    monkeypatch.setattr(entries, "keep", lambda name, text, _usual: kept.update({name: text}))
    translation.take({"start": "a", "count": 1, "text": text}, Request("reverse", "additive", "31415926"))
    assert kept["attention.reverse"] == "271"
    assert translation.typed("a", "271").text == text
    assert translation.typed("a", "271").problem == ""


@pytest.mark.parametrize("sent_", [None, 3, {}, {"start": 1, "count": 1, "text": "1"}, {"start": "a", "count": "b"}])
def test_what_is_no_text_is_not_heard(sent_: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entries, "keep", lambda *_: pytest.fail("kept"))
    translation.take(sent_, Request("reverse", "additive", "31415926"))
    translation.step_to("x")
    translation.step_to(-1)
    translation.step_to(True)
    translation.look_at(None)
    translation.look_at(10**9)


# --- What is said ---


def test_what_is_said_of_the_networks_is_measured() -> None:
    from rnnviz.attention import cards

    by_length, by_form = cards.by_length(), cards.by_form()
    none = by_length["none"]
    assert "64 numbers come to hold a dozen digits, then errors set in" in PROSE
    assert none.accuracy[none.lengths <= 12].min() > 0.99
    assert none.accuracy[none.lengths == 16] < 0.9
    for score in ("additive", "dot"):
        assert by_length[score].accuracy[by_length[score].lengths <= 30].min() > 0.99
        assert by_length[score].accuracy[-1] < 0.05
    assert "the largest weight of the additive score is mostly one position further" in PROSE
    assert cards.card("reverse-additive")["alignment"]["after"] > 0.9
    assert cards.card("reverse-dot")["alignment"]["exact"] > 0.9
    assert all(row.accuracy > 0.99 for rows in by_form.values() for row in rows if row.learned)
    strange = {score: np.array([row.accuracy for row in by_form[score] if not row.learned]) for score in SCORES}
    assert "With attention more of these come out right" in PROSE
    assert min(strange["additive"].mean(), strange["dot"].mean()) > strange["none"].mean() + 0.1
    iso = [row.accuracy for rows in by_form.values() for row in rows if row.form == "1998-03-05"]
    assert len(iso) == 3
    assert max(iso) < 0.05


def test_the_numbers_of_the_cards_are_in_the_table() -> None:
    from rnnviz.attention import cards

    table = attention_lengths.numbers("reverse", {score: cards.card(f"reverse-{score}") for score in SCORES})
    assert list(table.loc["no attention"])[-2:] == ["–", "–"]
    assert table.loc["additive attention", "accuracy"] == f"{cards.card('reverse-additive')['accuracy']:.1%}"
    dates = attention_lengths.numbers("dates", {score: cards.card(f"dates-{score}") for score in SCORES})
    assert dates.columns[-1] == "for the day"
    for task in TASKS:
        figure = attention_lengths.figure_of(task, "dark")
        assert len(figure.data) == 3
        assert "seed 0" in figure.layout.meta["alt"]
