"""The page "Sequences" without a browser: every kind fed, what the drawing is given, links and bad input."""

import json
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from rnnviz.models import build
from rnnviz.sequences import KINDS, PROBLEMS, unroll
from rnnviz.ui import selection
from rnnviz.ui.pages.sequences import masked_word as masked_word_view
from rnnviz.ui.pages.sequences import view as sequence_view
from rnnviz.ui.pages.sequences import word_figures
from rnnviz.ui.pages.sequences import word_vectors as word_vectors_view
from rnnviz.ui.pages.sequences.view import elsewhere, reversing
from rnnviz.ui.pages.sequences.word_code import WordFigure
from rnnviz.ui.selection.link import to_params
from rnnviz.ui.shell import frame
from rnnviz.words import SkipGramSpec
from tests.serving import ROOT
from tests.ui.messages import unpacked
from tests.ui.widgets import mounted

PATH = "pages/1_Sequences.py"
FIGURES = {"order": 3, "embeddings": 2, "word-vectors": 3, "masked-word": 2}


def opened(**params: str) -> AppTest:
    page = AppTest.from_file(ROOT / "app.py", default_timeout=60)
    page.switch_page(PATH)
    for name, value in params.items():
        page.query_params[name] = value
    return page.run()


def texts(page: AppTest) -> str:
    return " ".join(part.value for part in [*page.markdown, *page.error, *page.warning, *page.info])


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_opens_by_link_with_its_own_text_and_a_question(kind: str) -> None:
    page = opened(views=f"sequences.kind:{kind}")
    assert not page.exception
    assert not page.error
    assert len(mounted(page)) == 2
    assert "**Ask yourself.**" in texts(page)
    asks = next(problem.asks for problem in PROBLEMS.values() if problem.kind == kind)
    assert page.text_input[0].label == asks


@pytest.mark.parametrize("view", ["order", "text-to-numbers", "embeddings", "word-vectors", "masked-word"])
def test_the_other_views(view: str) -> None:
    page = opened(views=f"sequences.view:{view}")
    assert not page.exception
    assert not page.error
    assert "**Ask yourself.**" in texts(page)
    charts = page.get("plotly_chart")
    assert len(charts) == FIGURES.get(view, 0)
    for chart in charts:
        assert len(chart.proto.spec) < 300_000
        assert chart.proto.alt


def test_typed_text_is_in_the_link_and_bad_text_is_answered() -> None:
    page = opened(views="sequences.kind:one-to-many")
    page.text_input[0].set_value("12").run()
    assert page.query_params["entries"] in ("sequences.counting=12", ["sequences.counting=12"])
    page.text_input[0].set_value("<b>21</b>").run()
    assert len(page.error) == 1
    assert "Enter a whole number from 1 to 20" in page.error[0].value.replace("\\", "")
    assert "<b>" not in page.error[0].value
    assert "The picture still shows “12”" in page.error[0].value.replace("\\", "")
    assert len(mounted(page)) == 2
    page.text_input[0].set_value("5").run()
    assert "entries" not in page.query_params
    assert not page.error


@pytest.mark.parametrize(
    "params",
    [
        {"views": "sequences.kind:nothing sequences.step:99999 sequences.view:nothing"},
        {"views": "sequences.kind:in-step sequences.in_step:nothing sequences.step:x"},
        {"entries": "sequences.digit_word=" + "7" * 2000},
        {"entries": "sequences.digit_word=%00%ff", "views": "sequences.kind:one-to-one"},
        {"views": "sequences.view:text-to-numbers sequences.size:-5", "entries": "sequences.sentences=<script>"},
        {
            "views": "sequences.view:embeddings sequences.of:reviews sequences.token:77",
            "entries": "sequences.word=zyxx",
        },
        {"views": "sequences.view:order", "entries": "sequences.first=&sequences.second=a"},
        {
            "views": "sequences.view:masked-word sequences.blank:99",
            "entries": "sequences.masked=<b>*a*</b> [b](c) $x$ \u202e",
        },
        {"views": "sequences.view:masked-word sequences.blank:x", "entries": "sequences.masked=" + "a " * 400},
        {
            "views": "sequences.view:word-vectors sequences.vectors_text:your-text sequences.pair:7 sequences.window:9",
            "entries": "sequences.learned=<b>a</b> *b* [c](d)&sequences.walked=a b&sequences.near=<b>",
        },
        {"views": "sequences.view:word-vectors sequences.vectors_text:your-text", "entries": "sequences.learned=a"},
    ],
)
def test_hostile_links(params: dict[str, str]) -> None:
    page = opened(**params)
    assert not page.exception


def test_a_pair_is_taken_by_its_button() -> None:
    page = opened(views="sequences.view:order")
    next(button for button in page.button if button.label == "Book and film").click().run()
    assert page.text_input[1].value == "the book is bad but the film is good"
    table = page.table[0].value
    assert table.loc["Bag of words", "P(positive), first"] == table.loc["Bag of words", "P(positive), second"]
    page.text_input[1].set_value("the book is worse").run()
    assert "The two texts have different words" in page.info[0].value


def test_two_orders_of_unknown_words_get_no_prediction() -> None:
    page = opened(views="sequences.view:order", entries="sequences.first=zyx&sequences.second=a film")
    assert not page.exception
    assert any("First text: none of its words is in the vocabulary" in note.value for note in page.info)
    assert set(page.table[0].value["P(positive), first"]) == {"–"}


def sent(name: str, text: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.setattr(frame, "start", lambda _, **values: {"id": "1", **values})
    monkeypatch.setattr(sequence_view, "_step", lambda: None)
    return sequence_view.payload(PROBLEMS[name], text, unroll(name, text))


@pytest.mark.parametrize("name", PROBLEMS)
def test_the_drawing_is_given_what_the_network_did(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text = PROBLEMS[name].samples[0]
    found, data = unroll(name, text), sent(name, text, monkeypatch)
    np.testing.assert_array_equal(data["h"].codes, found.h)
    assert [column["said"] for column in data["columns"]] == list(found.outputs)
    assert [column["read"] for column in data["columns"]] == list(found.inputs)
    for column, row in zip(data["columns"], found.probabilities, strict=True):
        if column["said"]:
            assert column["p"] == row.max() == dict(column["likeliest"])[column["said"]]
        else:
            assert column["likeliest"] == []
    assert data["range"] >= np.abs(found.h).max()


@pytest.mark.parametrize(("name", "text"), [("parity", "1" * 200), ("review", "word " * 200), ("reversing", "1" * 30)])
def test_the_largest_that_can_be_typed_is_small(name: str, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from rnnviz.widgets.packing import message

    packed = message(sent(name, text, monkeypatch))
    assert len(packed) < 300_000
    assert len(unpacked(packed)["columns"]) >= len(text.split()) // 2


@pytest.mark.parametrize("name", [name for name in PROBLEMS if name != "reversing"])
def test_the_same_network_with_the_same_states_elsewhere(name: str) -> None:
    import torch

    problem = PROBLEMS[name]
    found = unroll(name, problem.samples[-1])
    there = elsewhere(problem, found)
    assert there is not None
    x = torch.from_numpy(selection.inputs(there).copy())
    h = build(there.model).rnn(x)[0]
    assert len(h) == (found.steps if found.is_recurrent else 1)
    np.testing.assert_allclose(h, found.h[: len(h)], atol=2e-6)


def test_two_networks_in_a_row_lead_to_attention() -> None:
    found = unroll("reversing", "1 2 3")
    assert elsewhere(PROBLEMS["reversing"], found) is None
    there = reversing(found)
    assert dict(there.entries)["attention.reverse"] == "123"
    at = AppTest.from_file(ROOT / "app.py", default_timeout=60)
    at.switch_page("pages/9_Attention.py")
    at.query_params.update(to_params(there))
    at.run()
    assert not at.exception
    assert not at.error
    assert at.session_state["choice_attention.score"] == "No attention"


@pytest.mark.parametrize("heard", [None, 3, {"token": "x", "t": 1}, {"t": 1}, {"token": None, "t": "1"}, "in-step!"])
def test_a_browser_can_send_anything(heard: object, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[tuple[str, str, str]] = []
    told: list[str] = []
    monkeypatch.setattr(sequence_view.state, "choose", lambda *choice: kept.append(choice))
    monkeypatch.setattr(sequence_view.state, "tell", told.append)
    sequence_view._keep_step(heard)
    sequence_view._choose(heard)
    assert not kept
    assert len(told) == 1


def test_only_used_words_of_a_large_vocabulary_are_sent() -> None:
    from rnnviz import pictures, sentiment
    from rnnviz.sequences.batching import batch_of

    data = dict(pictures.text_numbers(batch_of(["the film", "zyxx !"], sentiment.load("bilstm").vocabulary)).data)
    assert [word for _, word in data["words"]] == ["[UNK]", "the", "film", "!"]
    assert data["ids"][1][0] == 0
    assert len(json.dumps(data)) < 2_000


# --- Words by their contexts ---


def test_another_sentence_has_another_blank_and_the_blank_is_in_the_link() -> None:
    page = opened(views="sequences.view:masked-word")
    assert page.radio[0].value == 7
    page.radio[0].set_value(1).run()
    assert "sequences.blank:1" in str(page.query_params["views"])
    assert "probability of “was”" in page.table[0].value.columns
    page.text_input[0].set_value("It is *not* a zyxx.").run()
    assert page.radio[0].options == ["It", "is", "\\*", "not", "\\*", "a", "zyxx", "\\."]
    assert page.radio[0].value == 4
    page.radio[0].set_value(6).run()
    assert set(page.table[0].value["rank"]) == {"not in the vocabulary"}
    page.text_input[0].set_value("word").run()
    assert "Enter a sentence of 2 to 40 words" in page.error[0].value


def test_a_masked_sentence_that_is_too_long_gets_one_message() -> None:
    page = opened(views="sequences.view:masked-word")
    typed = "word " * 5_000
    page.text_input[0].set_value(typed).run()
    said = [one.value for kind in (page.error, page.warning, page.info) for one in kind]
    assert len([one for one in said if "characters" in one or "2 to 40" in one]) == 1
    assert page.text_input[0].value == typed
    assert f"The picture still shows “{masked_word_view.EXAMPLES[0][0]}”" in page.error[0].value.replace("\\", "")
    assert page.radio[0].value == 7
    next(button for button in page.button if button.label == "Example 2").click().run()
    assert page.text_input[0].value == masked_word_view.EXAMPLES[1][0]
    assert not page.error
    page.text_input[0].set_value("word " * 100).run()
    page.text_input[0].set_value(masked_word_view.EXAMPLES[1][0]).run()
    assert not page.error


def test_the_curve_says_how_many_pairs_an_update_has() -> None:
    figure = word_figures.figure_of(WordFigure("loss", "light"))
    assert "Each update: 256 pairs." in figure.to_json()


def test_the_opening_example_needs_both_sides() -> None:
    from rnnviz import words

    model = words.load()
    for sentence, blank in masked_word_view.EXAMPLES:
        ranks = model.guesses(sentence).ranks()[:, blank]
        assert ranks[0] > 3, sentence
        assert ranks[2] == 1, sentence


def test_a_pair_is_shown_with_the_numbers_of_its_update() -> None:
    page = opened(views="sequences.view:word-vectors sequences.pair:6")
    steps = word_figures.updates("", SkipGramSpec(), word_vectors_view.SENTENCE)
    table = page.table[0].value
    assert table["v · u"].tolist() == [f"{dot:.4f}" for dot in steps[6].dots]
    assert table["v · u after"].tolist() == [f"{dot:.4f}" for dot in steps[6].dots_after]
    sentence = next(part.value for part in page.markdown if "centre word" in part.value)
    assert sentence.startswith("**the** **(acting)** **\\[was\\]** **good** **and** the plot")


def test_a_text_of_the_visitor_is_learned_and_its_words_are_compared() -> None:
    page = opened(views="sequences.view:word-vectors sequences.vectors_text:your-text sequences.own_epochs:20")
    assert not page.exception
    assert len(page.get("plotly_chart")) == 3
    assert not page.info
    assert page.text_input[0].value == "the cat sees the dog"
    page.text_input[1].set_value("zyxx").run()
    assert "Enter one word of the text" in page.info[0].value
    page.text_area[0].set_value("one two three. one two four.").run()
    assert "sequences.learned=one" in str(page.query_params["entries"])
    assert page.text_input[0].value == "one two three"
