"""Networks that read texts in a notebook: their own numbers, and a decoding that is changed."""

import re
from typing import Any, Final

import numpy as np
import pytest
import torch

import rnnviz
from rnnviz import attention, sentiment
from rnnviz.notebook import Page
from rnnviz.notebook.live import Live
from tests.ui.messages import unpacked

TEXT: Final = "It was not good, but the ending moved me."


def live(what: object, x: object) -> Live:
    view = rnnviz.show(what, x, live=True)
    assert isinstance(view, Live)
    return view


def say(view: Live, name: str, value: object) -> dict[str, Any]:
    view._take(view, {"name": name, "value": value}, [])
    return unpacked(view.message)


@pytest.mark.parametrize("name", ["bilstm", "lecture-lstm"])
def test_word_by_word_is_what_the_network_predicts(name: str) -> None:
    model = sentiment.load(name)
    shown = rnnviz.show(model, TEXT)
    assert isinstance(shown, Page)
    (running, *alone) = live(model, TEXT).message["lines"]
    np.testing.assert_allclose(running["values"], model.running(TEXT), atol=1e-6)
    assert len(alone) == (2 if name == "bilstm" else 0)
    assert repr(shown) == f"Page({name}: P(positive) {model.predict([TEXT])[0]:.3f})"
    assert "ending" in shown.html


def test_a_decoding_is_that_of_the_network_and_changes_with_what_is_typed() -> None:
    model = attention.load("reverse-dot")
    view = live(model, "31415926")
    given = unpacked(view.message)["model"]
    decoding = model.decode("31415926")
    assert "".join(given["output"]) == "".join(decoding.output)
    np.testing.assert_array_equal(given["arrays"]["weights"], decoding.weights)
    forced = say(view, "change", {"kind": "force", "step": 1, "token": "7"})["model"]
    assert "".join(forced["output"]) == "".join(model.decode("31415926", forced={1: "7"}).output)
    assert forced["before"] == list(decoding.output)
    edited = say(view, "change", {"kind": "weight", "step": 0, "place": 2, "value": 1})["model"]
    again = model.decode("31415926", forced={1: "7"}, edited={0: {2: 1.0}})
    np.testing.assert_allclose(edited["arrays"]["weights"], again.weights, atol=1e-6)
    typed = say(view, "typed", {"start": "notebook", "count": 1, "text": "123"})
    assert (typed["model"]["source"], typed["model"]["edits"], typed["answer"]["count"]) == (list("123"), [], 1)
    assert repr(view) == "Live(reverse-dot: 123 → 321)"


def test_what_cannot_be_read_or_changed_says_so_and_nothing_is_lost() -> None:
    view = live(attention.load("reverse-none"), "31415926")
    wrong = say(view, "typed", {"start": "notebook", "count": 2, "text": "12x"})
    assert wrong["answer"] == {
        "start": "notebook",
        "count": 2,
        "text": "12x",
        "problem": "Enter digits 0 to 9; got 'x'.",
    }
    assert wrong["model"]["source"] == list("31415926")
    before = view.message
    for change in ({"kind": "force", "step": 1, "token": "x"}, {"kind": "nonsense"}):
        say(view, "change", change)
        assert view.problem
        assert view.message == before
    say(view, "t", 3)
    assert (view.t, view.problem) == (3, "")


@pytest.mark.parametrize(
    ("load", "x", "error", "problem"),
    [
        (lambda: sentiment.load("bilstm"), 3, TypeError, "x must be a text; got int"),
        (lambda: sentiment.load("bilstm"), None, TypeError, "x must be a text; got NoneType"),
        (lambda: sentiment.load("bilstm"), "zzzqq", ValueError, "a word that the network knows; got 'zzzqq'"),
        (lambda: attention.load("dates-dot"), None, ValueError, "got None"),
        (lambda: attention.load("dates-dot"), "1" * 41, ValueError, "Enter at most 40 characters; got 41"),
    ],
)
def test_what_is_no_text_for_the_network_is_refused(load: Any, x: object, error: type[Exception], problem: str) -> None:
    with pytest.raises(error, match=re.escape(problem)):
        rnnviz.show(load(), x)
    with pytest.raises(ValueError, match="tokens is for a module only"):
        rnnviz.show(load(), TEXT, tokens=["a"])


def test_a_page_speaks_only_of_what_can_be_changed() -> None:
    pages = {
        "nothing": rnnviz.show(sentiment.load("lecture-lstm"), TEXT, live=False),
        "source, tokens and weights": rnnviz.show(attention.load("reverse-dot"), "314", live=False),
        "numbers": rnnviz.show(torch.nn.GRU(3, 4), torch.ones(1, 3), live=False),
    }
    for changed, page in pages.items():
        assert isinstance(page, Page)
        assert "Steps and numbers work offline." in page.html
        assert ("run the notebook with anywidget" in page.html) == (changed != "nothing")
        assert ("To edit numbers" in page.html) == (changed == "numbers")
