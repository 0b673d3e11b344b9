"""What the words of a review are given, and the agreement beside it."""

from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from rnnviz.sentiment import faithfulness, load
from rnnviz.ui.pages.attention import review as attention_review
from rnnviz.ui.reviews.samples import OPENING
from rnnviz.widgets import packing
from tests.serving import ROOT
from tests.ui.messages import unpacked


def payload(text: str) -> Any:
    found = faithfulness.sizes(load("bilstm"), text, attention_review.LONGEST)
    return unpacked(packing.message(attention_review.drawn_of(found).data))


def test_words_and_the_three_sizes() -> None:
    given = payload(OPENING)
    found = faithfulness.sizes(load("bilstm"), OPENING)
    assert tuple(given["tokens"]) == found.tokens
    np.testing.assert_array_equal(given["values"], found.values.astype(np.float32))
    assert [way["name"] for way in given["ways"]] == ["attention", "gradient", "left out"]
    assert f"Most attention: “{found.tokens[int(found.values[0].argmax())]}”" in given["foot"]
    assert "The first" not in given["foot"]


def test_a_long_review_is_cut_and_said_to_be() -> None:
    given = payload("good " * 500)
    assert len(given["tokens"]) == attention_review.LONGEST
    assert "Only the first 400 tokens are used, as if the review ended there." in given["foot"]


def test_words_that_the_network_does_not_know_are_marked() -> None:
    given = payload("good xyzzy film qwerty .")
    assert [given["tokens"][t] for t in given["unknown"]] == ["xyzzy", "qwerty"]
    assert "A dotted line marks words that are not in the vocabulary ([UNK])." in given["foot"]
    assert payload("good film")["unknown"] == []
    assert "[UNK]" not in payload("good film")["foot"]


def test_the_figure_has_this_review_on_many() -> None:
    figure = attention_review.figure_of("bilstm", OPENING, "light")
    taus = faithfulness.sizes(load("bilstm"), OPENING, attention_review.LONGEST).taus
    assert [trace.x[0] for trace in figure.data if trace.type == "scatter"] == pytest.approx(taus)
    dotted = {shape.yref: shape.x0 for shape in figure.layout.shapes if shape.line.dash == "dot"}
    assert dotted == {"y": 0.437, "y2": 0.341, "y3": 0.517}  # of attention: with the gradient, with leaving out
    assert "attention and left out: 0.30 here, 0.28 on average" in figure.layout.meta["alt"]
    assert "Jain and Wallace found 0.34" in figure.layout.meta["alt"]
    assert "1,000 test reviews, seed 0" in figure.layout.meta["alt"]
    assert len(figure.to_json()) < 100_000


def test_where_there_is_nothing_to_judge_that_is_said() -> None:
    at = AppTest.from_file(ROOT / "app.py", default_timeout=60)
    at.switch_page("pages/9_Attention.py")
    at.query_params.update({"views": "attention.view:sentiment", "input": "words", "words": "xqzzy"})
    at.run()
    assert not at.exception
    assert "None of these words is in the vocabulary" in at.info[0].value
