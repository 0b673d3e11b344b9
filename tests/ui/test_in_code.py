"""The page “In code”: its widget's data, its links, its questions and its files."""

import json
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from rnnviz import listings
from rnnviz.pictures import schematics
from rnnviz.pictures.listings import listing, words_of
from rnnviz.ui.pages.in_code import questions, view
from tests.ui.codegen.running import run
from tests.ui.opened import opened, warned

PROGRAMS = {"sentiment": (listings.SENTIMENT, schematics.sentiment), "manual": (listings.MANUAL, schematics.manual)}


@pytest.mark.parametrize("name", PROGRAMS)
def test_lines_of_the_widget_are_the_source(name: str) -> None:
    blocks, picture = PROGRAMS[name]
    data: Any = dict(listing(blocks, {}, picture()).data)
    for block, shown in zip(blocks, data["blocks"], strict=True):
        lines = ["".join(text for _, text in line) for line in shown["lines"]]
        inside = [line.removeprefix("    " * bool(block.repeats)) for line in lines if not line.startswith("for t in")]
        assert "\n".join(inside) == block.source
    heads = [line for shown in data["blocks"] for line in shown["lines"] if line[0:1] == [("keyword", "for")]]
    assert len([head for head in heads if "range(3):" in "".join(text for _, text in head)]) == 1


def test_words_are_told_apart() -> None:
    assert words_of('    for k in (1, "a"):  # why') == [
        [("", "    "), ("keyword", "for"), ("", " k "), ("keyword", "in"), ("", " ("), ("number", "1"), ("", ", "),
         ("text", '"a"'), ("", "):  "), ("comment", "# why")],
    ]  # fmt: skip


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_part_of_each_block_is_in_the_picture(name: str) -> None:
    blocks, picture = PROGRAMS[name]
    drawn = picture()
    there = {part for one in (*drawn["boxes"], *drawn["arrows"]) for part in one["parts"]}
    assert {block.part for block in blocks} == set(drawn["parts"]) == there
    for box in drawn["boxes"]:
        assert 0 <= box["x"] <= box["x"] + box["width"] <= drawn["width"]
        assert 0 <= box["y"] <= box["y"] + box["height"] <= drawn["height"]


def test_a_link_opens_at_its_block_and_a_wrong_one_is_named() -> None:
    at = opened("/In_code?views=in_code.view:manual-loop in_code.manual:state")
    assert not warned(at)
    at = opened("/In_code?views=in_code.view:manual-loop in_code.manual:nothing")
    assert any("in_code.manual must be one of inputs, module" in one for one in warned(at))


def test_a_browser_may_send_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(view.state, "tell", told.append)
    monkeypatch.setattr(view.state, "choose", lambda *_: told.append("chosen"))
    data: dict[str, Any] = view.manual_data()
    for sent in (None, 3, {"a": 1}, ["state"], "nothing"):
        view._choose(view.MANUAL, data, sent)
    assert len(told) == 5
    assert "chosen" not in told


def test_the_right_answers_are_those_of_torch() -> None:
    import torch

    small, large = (sum(p.numel() for p in torch.nn.LSTM(64, n, bidirectional=True).parameters()) for n in (64, 128))
    (grown,) = questions.ask_sentiment()
    assert f"{small:,} before and {large:,} after" in grown.answer().said
    assert grown.options[grown.answer().right[0]] == "About three times as many"
    assert 2.5 < large / small < 3.5
    (started,) = questions.ask_manual()
    assert started.options[started.answer().right[0]] == "Larger than now"


def test_the_code_of_a_program_computes_what_it_shows() -> None:
    (page,) = run(view.MANUAL.code(view.MANUAL.title, "state"))["views"]
    sent = page._picture.whole()
    assert sent["blocks"] == view.manual_data()["blocks"]
    assert sent["start"]["block"] == "state"


def test_the_files_are_offered_and_the_table_has_every_value() -> None:
    at: AppTest = opened("/In_code?views=in_code.view:manual-loop")
    labels = [button.proto.label for button in at.get("download_button")]
    assert labels == ["Script (.py)", "Notebook of all listings (.ipynb)"]
    table = view.table(view.manual_data())
    assert list(table.columns) == ["block", "name", "t", "is", "values"]
    assert len(table) == sum(len(block["values"]) for block in view.manual_data()["blocks"])
    assert set(np.array(table["t"].dropna())) == {0, 1, 2}


def test_the_reviews_of_the_script_are_its_data() -> None:
    data = json.loads(json.dumps(view._reviews()))
    assert set(data) >= {"train", "validation", "test"}
    assert len(data["train"]) == 2_000
    assert {label for _, label in data["train"]} == {0.0, 1.0}
