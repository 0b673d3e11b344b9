"""What the text box and the words are given, and what is taken from a browser."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import streamlit as st
from streamlit.runtime.scriptrunner import RerunData, get_script_run_ctx
from streamlit.testing.v1 import AppTest

from rnnviz.answers import sentiment_answer
from rnnviz.sentiment.reading import Reading
from rnnviz.sides import side, side_name
from rnnviz.ui.reviews import answers
from rnnviz.ui.reviews import answers as review_answers
from rnnviz.ui.reviews import view as review_view
from rnnviz.ui.reviews.answers import answer, label
from rnnviz.ui.reviews.changes import CHANGES, changeable
from rnnviz.ui.reviews.samples import REVIEWS, human_label
from rnnviz.ui.selection import DEFAULT, MAX_CHARACTERS
from rnnviz.ui.widgets.typed import Typed
from rnnviz.widgets.words import mostly_unknown, payload, turns_of
from tests.sentiment.test_model import TEXT, model_of
from tests.serving import ROOT
from tests.together import together
from tests.ui.opened import opened

CARD = {"test": {"accuracy": 0.9, "calibration_error": 0.012}}
MODEL = replace(model_of(), card=CARD)


def test_the_answer_is_the_models() -> None:
    found = answer(MODEL, TEXT, MODEL.read(TEXT))
    assert found["probability"] == pytest.approx(MODEL.predict([TEXT])[0])
    assert found["said"] == f"P(positive) = {found['probability']:.3f}"
    assert "Test accuracy 90.0%; calibration error 0.012." in found["about"]
    json.dumps(found)


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("", "no word yet"),
        (" \n\t ", "no word yet"),
        ("zyx qwv", "no known word"),
        ("😀", "no known word"),
    ],
)
def test_nothing_known_is_no_number(text: str, sign: str) -> None:
    found = answer(MODEL, text, MODEL.read(text))
    assert (found["probability"], found["said"], found["sign"]) == (None, "", sign)
    assert found["took"] == "", "nothing was predicted"


def test_no_prediction_takes_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    for seconds, said in ((0.0, "less than 0.1 ms"), (0.00004, "less than 0.1 ms"), (0.0061, "6.1 ms")):
        clock = iter([1.0, 1.0 + seconds])
        monkeypatch.setattr(answers.time, "perf_counter", lambda clock=clock: next(clock))
        assert answer(MODEL, TEXT, MODEL.read(TEXT))["took"] == f"Predicted in {said}."


def test_before_the_first_known_word_there_is_a_gap() -> None:
    reading = MODEL.read("zyx good bad")
    sent = json.loads(
        json.dumps(payload(label(MODEL.name), reading, {"running": MODEL.running(reading)}), allow_nan=False)
    )
    (line,) = sent["lines"]
    assert line["values"][0] is None
    assert line["told"][0] == "–"
    assert None not in line["values"][1:]
    assert "There is no prediction before the first known word." in sent["foot"]


def test_a_very_long_text_is_cut_and_said_to_be() -> None:
    text = "good " * 3_000
    found = answer(MODEL, text, MODEL.read(text))
    assert found["notices"] == ["The network reads only the first 2,500 words and punctuation marks."]


@pytest.mark.parametrize(
    ("count", "title"),
    [(400, "The prediction after each word"), (2_500, "The prediction after each of the first 400 words")],
)
def test_a_curve_of_the_first_words_alone_says_so_over_it(count: int, title: str) -> None:
    found = answers.curves(MODEL, MODEL.read("good " * count), 0.9, "box", rests=True)
    assert found is not None
    assert found["title"] == title
    assert ("The prediction of the whole text can be another." in str(found["foot"])) == (count > 400)
    assert len(found["tokens"]) == 400  # type: ignore[arg-type]


def test_words_turn_where_the_judgement_crosses_one_half() -> None:
    reading = MODEL.read("good bad good zyx bad")
    running = np.array([0.9, 0.2, 0.3, 0.8, 0.51])
    sent = json.loads(
        json.dumps(payload(label(MODEL.name), reading, {"running": running, "forward": running, "reverse": running}))
    )
    assert sent["turns"] == [1, 3]
    assert sent["unknown"] == [3]
    assert sent["tokens"] == ["good", "bad", "good", "zyx", "bad"]
    assert [line["key"] for line in sent["lines"]] == ["running", "forward", "reverse"]
    np.testing.assert_allclose(sent["lines"][0]["values"], running)


@pytest.mark.parametrize(
    ("running", "turns"),
    [([0.4, 0.6, 0.4], [1, 2]), ([0.49, 0.51, 0.49], []), ([0.6, 0.49, 0.51, 0.45], [3]), ([0.5, 0.5], []), ([], [])],
)
def test_a_waver_about_one_half_is_no_turn(running: list[float], turns: list[int]) -> None:
    assert turns_of(np.array(running)) == turns


def test_a_turn_is_a_word_after_which_the_prediction_has_left_the_band_that_is_drawn() -> None:
    sent = payload(label(MODEL.name), MODEL.read("good bad good bad"), {"running": np.array([0.62, 0.49, 0.47, 0.53])})
    low, high = sent["band"]
    assert sent["turns"] == [2, 3]
    assert f"From P = {low} to {high} the prediction is undecided. ▲ ▼ mark where it leaves" in str(sent["foot"])


def test_a_sample_is_told_from_what_a_person_would_say() -> None:
    text = REVIEWS["Positive"].text
    assert human_label(text) is True
    assert human_label(f"{text} ") is None
    beside = "a person would call this review positive."
    for predicted, notices in (
        (0.6, []),
        (0.5, [f"The network is undecided here: {beside}"]),
        (0.1, [f"The prediction is wrong here: {beside}"]),
    ):
        assert review_answers._beside_a_person(text, predicted) == notices


@pytest.mark.parametrize(
    ("predicted", "sign"),
    [(0.592, "positive"), (0.52, "undecided"), (0.5, "undecided"), (0.48, "undecided"), (0.479, "negative")],
)
def test_one_rule_says_what_is_undecided(predicted: float, sign: str) -> None:
    """In the box, along the words, in the steps of other pages, and on the slide of another order."""
    assert review_answers.in_words("bilstm", "good", MODEL.read("good"), predicted, "")["sign"] == sign
    assert sentiment_answer(1, predicted)[0].output == sign
    assert bool(turns_of(np.array([0.5 - 0.4 * side(predicted), predicted]))) == (sign != "undecided")
    assert side_name(predicted) == sign


def test_a_text_of_mostly_unknown_words_is_told_to_be_one_before_its_number() -> None:
    text = "zyx qwv blork good ."
    found = answer(MODEL, text, MODEL.read(text))
    assert found["notices"][0].startswith("3 of 4 words are not in the vocabulary")
    assert found["sign"].endswith(", few known words")
    sent = payload(label(MODEL.name), MODEL.read(text), {"running": MODEL.running(MODEL.read(text))})
    assert str(sent["foot"]).startswith("3 of 4 words are not in the vocabulary. ")
    for enough in ("good bad", "zyx good", TEXT):
        assert answer(MODEL, enough, MODEL.read(enough))["notices"] == []


def test_punctuation_alone_is_told_to_be_no_words() -> None:
    assert mostly_unknown(["!", "!", "."], []).startswith("This text has no words")
    assert mostly_unknown(["😀"], [0]).startswith("1 of 1 word is not")
    assert mostly_unknown([], []) == ""
    assert mostly_unknown(["(", "x"], [], "character") == ""


def test_a_text_too_long_for_other_pages_is_kept_as_far_as_it_is_read() -> None:
    assert review_view.readable_part("a  good film") == "a  good film"
    assert len(review_view.readable_part("good " * 5_001).split()) == 2_500


def test_what_is_known_of_a_beginning_is_not_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    found: review_answers.Running | None = None
    asked = []
    running = type(MODEL).running

    def counted(model: Any, text: Reading, longest: int, first: int) -> np.ndarray:
        asked.append(first)
        return running(model, text, longest, first)

    monkeypatch.setattr(type(MODEL), "running", counted)
    for text in (TEXT, f"{TEXT} good", "The film is bad"):
        found = review_answers._running(MODEL, MODEL.read(text), None, found, rests=True)
        assert found is not None
        np.testing.assert_allclose(found.values, running(MODEL, text), atol=1e-6)
    assert asked == [0, len(MODEL.read(TEXT).ids), 3]
    predicted = float(MODEL.predict(["The film is bad !"])[0])
    found = review_answers._running(MODEL, MODEL.read("The film is bad !"), predicted, found, rests=True)
    assert found is not None
    np.testing.assert_allclose(found.values, running(MODEL, "The film is bad !"), atol=1e-6)
    assert len(asked) == 3


@pytest.mark.parametrize("sent", [None, 3, "x", {}, {"start": 1, "count": 2, "text": "a"}, {"start": "1", "text": "a"}])
def test_what_is_no_text_is_not_heard(sent: object, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: dict[str, Any] = {}
    monkeypatch.setattr(st, "session_state", kept)
    review_view._take(sent)
    review_view._rest(sent, apart=False)
    assert "review.typed" not in kept
    assert "review.news" not in kept or sent == {"start": "1", "count": 2}


def test_what_is_heard_can_be_stored(monkeypatch: pytest.MonkeyPatch) -> None:
    kept: dict[str, Any] = {}
    monkeypatch.setattr(st, "session_state", kept)
    review_view._take({"start": "1.0", "count": 4, "text": "\ud83d" + "x" * (2 * MAX_CHARACTERS)})
    typed: Typed = kept["review.typed"]
    assert (typed.start, typed.count, len(typed.text)) == ("1.0", 4, MAX_CHARACTERS)
    typed.text.encode("utf-8")


def test_which_network_and_which_text() -> None:
    assert review_view.network_name(DEFAULT) == "bilstm"
    lectures = replace(DEFAULT, model=replace(DEFAULT.model, cell="lstm", trained="reviews-lecture-lstm"))
    assert review_view.network_name(lectures) == "lecture-lstm"


def test_changes_of_a_text() -> None:
    tokens = ("it", "was", "great")
    found = {name: change(tokens, 1, "is not") for name, change in CHANGES.items()}
    assert found["Leave it out"] == ["it", "great"]
    assert found["Replace it"] == ["it", "is", "not", "great"]
    assert found["Insert before it"] == ["it", "is", "not", "was", "great"]
    assert found["Insert after it"] == ["it", "was", "is", "not", "great"]
    assert found["Swap with the next"] == ["it", "great", "was"]
    assert found["Begin with it"] == ["was", "great", "it"]
    assert found["Backwards"] == ["great", "was", "it"]
    assert sorted(found["Shuffle"]) == sorted(tokens)
    assert CHANGES["Swap with the next"](tokens, 2, "") == list(tokens)
    assert CHANGES["Insert after it"](tokens, 2, "indeed") == [*tokens, "indeed"]
    assert CHANGES["Insert before it"](tokens, 0, " ") == list(tokens)


def test_a_word_can_be_chosen_only_where_the_change_depends_on_it() -> None:
    places = {name: changeable(change, 4) for name, change in CHANGES.items()}
    assert places.pop("Backwards") == []
    assert places.pop("Swap with the next") == [0, 1, 2]
    assert set(map(tuple, places.values())) == {(0, 1, 2, 3)}
    assert changeable(CHANGES["Swap with the next"], 1) == []


def test_the_samples_can_be_read() -> None:
    assert len(REVIEWS) == len({sample.text for sample in REVIEWS.values()})
    halves, exchanged = (REVIEWS[name].text.lower().split() for name in ("Halves", "Halves exchanged"))
    assert sorted(halves) == sorted(exchanged)
    assert halves != exchanged


@together("view", ["tokens", "why", "what-if", "traps", "its-training"])
@together("trained", ["reviews-bilstm", "reviews-lecture-bilstm", "reviews-lecture-lstm"])
def test_every_view_of_every_network(view: str, trained: str) -> None:
    page = AppTest.from_file(ROOT / "app.py", default_timeout=60).switch_page("pages/8_Sentiment.py")
    page.query_params.update(
        {"cell": "lstm", "trained": trained, "views": f"sentiment.view:{view}", "words": "Not bad."}
    )
    page.run()
    assert not page.exception
    assert not page.error
    assert page.session_state["choice_sentiment.view"].lower().replace(" ", "-") == view


@together("words", ["zyxw", "<script>alert(1)</script>", "مرحبا", "😀😀", "x" * 400])
@together("view", ["tokens", "why", "what-if", "traps"])
def test_any_text_is_shown_and_none_is_markup(view: str, words: str) -> None:
    page = AppTest.from_file(ROOT / "app.py", default_timeout=60).switch_page("pages/8_Sentiment.py")
    page.query_params.update(
        {"cell": "lstm", "trained": "reviews-bilstm", "views": f"sentiment.view:{view}", "words": words}
    )
    page.run()
    assert not page.exception
    assert not any("<script" in element.proto.body for element in page.get("html"))


def test_what_was_typed_last_is_in_the_link_also_where_its_run_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    at = opened("Sentiment")
    start = at.session_state["start_review"]["id"]
    cut: list[str] = []
    keep = review_view.keep

    def cut_off_once(text: str) -> None:
        cut.append(text)
        if len(cut) == 1:  # the browser has asked for another run meanwhile
            context = get_script_run_ctx()
            assert context is not None
            assert context.script_requests is not None
            context.script_requests.request_rerun(
                RerunData(query_string=context.query_string, page_script_hash=context.page_script_hash)
            )
        keep(text)

    monkeypatch.setattr(review_view, "keep", cut_off_once)
    at.session_state["review.typed"] = Typed(start, 3, "It was great")
    at.session_state["review.rested"] = (start, 3)
    at.session_state["review.news"] = True
    at.run()
    assert not at.exception
    assert cut[:2] == ["It was great"] * 2
    assert at.query_params["words"] in ("It was great", ["It was great"])


WHAT_IF = "/Sentiment?views=sentiment.view:what-if%20sentiment.change:{}&trained=reviews-bilstm&input=words&words={}"


@pytest.mark.parametrize(
    ("change", "labels"),
    [("backwards", []), ("shuffle", ["Word (each gives another order)"]), ("leave-it-out", ["Word"])],
)
def test_a_word_is_asked_for_where_it_changes_something(change: str, labels: list[str]) -> None:
    page = opened(WHAT_IF.format(change, "a%20good%20film"))
    assert [box.label for box in page.selectbox if box.key == "control_review_word"] == labels
