"""What the page Sentiment shows while its network is still loading, and that the network says the same."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from rnnviz.sentiment import load
from rnnviz.ui.reviews import prepared
from rnnviz.ui.reviews.answers import NETWORKS, OURS, READ_MARKS
from rnnviz.ui.reviews.samples import OPENING
from rnnviz.ui.shell import warmup
from tests.serving import ROOT
from tests.ui.opened import address_of, opened
from tests.ui.widgets import mounted

AGAIN = "after another training or review: python -c 'from rnnviz.ui.reviews import prepared; prepared.write()'"


@pytest.fixture
def torch_comes(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """The server before torch is loaded; set it, and torch is there."""
    event = threading.Event()
    monkeypatch.setattr(warmup, "_thread", threading.current_thread())
    monkeypatch.setattr(warmup, "_has_torch", event)
    yield event
    event.set()


def data_of(page: AppTest) -> dict[str, Any]:
    """The data of the page's own widgets, by their names."""
    return {one.proto.component_name: json.loads(one.proto.json) for one in mounted(page) if one.proto.json}


def test_the_example_that_ships_is_what_the_network_predicts() -> None:
    shown, new = prepared.example(), prepared.computed()
    assert (shown.network, shown.text, shown.reading) == (OURS, OPENING, new.reading), AGAIN
    assert shown.positive == pytest.approx(new.positive, abs=1e-4), AGAIN
    assert list(shown.lines) == list(new.lines) == ["running", "forward", "reverse"]
    for key, row in new.lines.items():
        np.testing.assert_allclose(shown.lines[key], row, atol=1e-4, err_msg=AGAIN)


def test_the_example_says_what_it_is() -> None:
    shown = prepared.example()
    told, curves = prepared.answer(OURS, OPENING), prepared.words(OURS, OPENING)
    assert told["notices"][0] == prepared.LABEL
    assert told["said"] == f"P(positive) = {shown.positive:.3f}"
    assert str(curves["foot"]).startswith(prepared.LABEL)
    assert curves["tokens"] == list(load(OURS).read(OPENING).tokens)


@pytest.mark.parametrize(("network", "text"), [(OURS, f"{OPENING} Not."), ("lecture-lstm", OPENING), (OURS, "")])
def test_beside_any_other_review_or_network_there_is_no_number(network: str, text: str) -> None:
    told, curves = prepared.answer(network, text), prepared.words(network, text)
    assert (told["probability"], told["said"], told["notices"]) == (None, "", [prepared.LOADING])
    assert (curves["tokens"], curves["turns"]) == ([], [])


def test_the_networks_read_punctuation_as_the_page_takes_it() -> None:
    assert [load(name).vocabulary.has_marks for name in NETWORKS.values()] == [
        name in READ_MARKS for name in NETWORKS.values()
    ]


def test_the_example_stands_on_the_page_until_torch_is_loaded(torch_comes: threading.Event) -> None:
    page = opened("/Sentiment")
    told = data_of(page)
    assert told["rnnviz_review"]["answer"]["notices"] == [prepared.LABEL]
    assert told["rnnviz_review"]["text"] == OPENING
    assert told["rnnviz_review_words"]["foot"].startswith(prepared.LABEL)
    torch_comes.set()
    page.run()
    assert not page.exception
    told = data_of(page)
    assert told["rnnviz_review"]["answer"]["notices"] == []
    assert "Predicted in" in told["rnnviz_review"]["answer"]["took"]
    assert prepared.LABEL not in told["rnnviz_review_words"]["foot"]


@pytest.mark.usefixtures("torch_comes")
@pytest.mark.parametrize(
    "address",
    [
        *(address_of("Sentiment", views=f"sentiment.view:{view}") for view in ("read", "why", "traps", "training")),
        address_of("Sentiment", cell="lstm", trained="reviews-lecture-lstm", words="A good film."),
        address_of("Attention", views="attention.view:sentiment"),
    ],
)
def test_every_other_view_says_that_its_network_is_still_loading(address: str) -> None:
    box = data_of(opened(address))["rnnviz_review"]
    assert box["answer"]["notices"] in ([prepared.LABEL], [prepared.LOADING])


def test_a_review_that_is_typed_meanwhile_is_kept_and_answered(torch_comes: threading.Event) -> None:
    page = opened("/Sentiment")
    start = data_of(page)["rnnviz_review"]["start"]["id"]
    from rnnviz.ui.widgets.typed import Typed

    page.session_state["review.typed"] = Typed(start, 3, "A superb film.")
    page.run()
    answer = data_of(page)["rnnviz_review"]["answer"]
    assert (answer["count"], answer["probability"], answer["notices"]) == (3, None, [prepared.LOADING])
    torch_comes.set()
    page.run()
    box = data_of(page)["rnnviz_review"]
    assert box["answer"]["probability"] == pytest.approx(load(OURS).predict(["A superb film."])[0])
    assert box["text"] == "A superb film."


# In a process of its own, which has no torch yet.
CHECKED = """
from rnnviz.tours import Stop
from rnnviz.ui.shell.tour_check import page_problems
where = ("views", "sentiment.view:why")
print(page_problems(Stop("", "Sentiment", (where,), "sentiment.importance", "", "", "", 1)))
"""


def test_the_stop_of_a_tour_is_checked_with_the_network() -> None:
    told = subprocess.run([sys.executable, "-c", CHECKED], cwd=ROOT, capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
