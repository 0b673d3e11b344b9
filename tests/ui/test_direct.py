"""Keys in a review that are answered over HTTP, without a run of the page: the same numbers, and what is refused."""

import json
from typing import Any

import numpy as np
import pytest

from rnnviz.ui.reviews import answers, direct
from rnnviz.ui.reviews.answers import NETWORKS, OURS, answer, curves
from rnnviz.ui.shell import modules, networks, warmup

TEXT = "The film was long, but I liked the end of it. "


def asked(text: str, network: str = OURS, *, box: str = "0.1", in_words: bool = True) -> bytes:
    return json.dumps({"box": box, "network": network, "text": text, "in_words": in_words}).encode()


def found(raw: bytes) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """What is said of a question, and its curves, as they arrive."""
    read = json.loads(json.dumps(direct.answered(direct.question(raw)), allow_nan=False))
    return read["said"], read["words"]


def untimed(said: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in said.items() if name != "took"}


@pytest.mark.parametrize("network", NETWORKS.values())
def test_the_answer_is_that_of_the_page(network: str) -> None:
    model = networks.sentiment_model(network)
    said, words = found(asked(TEXT, network))
    reading = model.read(TEXT)
    assert said["probability"] == pytest.approx(float(model.predict([TEXT])[0]), abs=1e-6)
    assert untimed(said) == untimed(answer(model, TEXT, reading))
    of_the_page = curves(model, reading, said["probability"], "another", rests=True)
    assert of_the_page is not None
    assert words is not None
    expected = json.loads(json.dumps(of_the_page))
    assert words["tokens"] == expected["tokens"]
    for line, other in zip(words["lines"], expected["lines"], strict=True):
        as_numbers = [np.array([value or np.nan for value in one["values"]], float) for one in (line, other)]
        np.testing.assert_allclose(*as_numbers, atol=1e-5)


def test_letters_that_follow_are_what_a_text_from_the_start_would_give() -> None:
    model = networks.sentiment_model(OURS)
    for end in range(len(TEXT) - 6, len(TEXT) + 1):
        _, words = found(asked(TEXT[:end], box="typed"))
        assert words is not None
        whole = model.running(model.read(TEXT[:end]))
        values = [np.nan if value is None else value for value in words["lines"][0]["values"]]
        np.testing.assert_allclose(values, whole, atol=1e-5)


def test_an_edit_far_from_the_end_waits_until_nobody_types_and_is_answered_all_the_same() -> None:
    long = TEXT * 30
    said, words = found(asked(long, box="long"))
    assert words is None
    assert said["probability"] == pytest.approx(float(networks.sentiment_model(OURS).predict([long])[0]), abs=1e-6)


def test_a_word_at_the_end_of_a_long_text_that_the_page_has_read_does_not_wait() -> None:
    long, model = TEXT * 30, networks.sentiment_model(OURS)
    assert curves(model, model.read(long), None, "read", rests=True) is not None
    _, words = found(asked(f"{long} good", box="read"))
    assert words is not None
    values = [np.nan if value is None else value for value in words["lines"][0]["values"]]
    np.testing.assert_allclose(values, model.running(model.read(f"{long} good")), atol=1e-5)


def test_without_the_curves_on_show_none_are_computed() -> None:
    assert found(asked(TEXT, box="none", in_words=False))[1] is None
    assert "none" not in answers._kept


def test_what_is_kept_of_boxes_is_bounded() -> None:
    for box in range(answers.MOST_BOXES + 5):
        found(asked("good", box=f"{box}"))
    assert len(answers._kept) == answers.MOST_BOXES
    assert "0" not in answers._kept


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "must be JSON"),
        (b"[" * 100_000, "must be JSON"),
        (b"[]", "must have the texts box, network and text"),
        (asked("a" * 10_001), "a text must have at most 10,000 characters; got 10,001"),
        (asked(TEXT, "../bilstm"), "network must be one of bilstm, lecture-bilstm, lecture-lstm"),
        (json.dumps({"box": "1", "network": OURS, "text": 5, "in_words": True}).encode(), "must have the texts"),
    ],
)
def test_anything_else_is_refused(raw: bytes, why: str) -> None:
    with pytest.raises(ValueError, match=why.replace(".", r"\.")):
        direct.question(raw)


def test_a_text_is_taken_as_one_from_the_page_is() -> None:
    assert direct.question(asked("\ud800")).text == "?"


def test_it_is_offered_where_the_server_is_ours_and_the_network_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(modules, "_served", False)
    assert direct.offered(OURS, in_words=True) is None
    monkeypatch.setattr(modules, "_served", True)
    offered = direct.offered(OURS, in_words=True)
    assert offered is not None
    assert len(str(offered.pop("box"))) == 16
    assert offered == {"address": direct.ADDRESS, "longest": direct.LONGEST, "network": OURS, "in_words": True}
    monkeypatch.setattr(warmup, "is_loading", lambda: True)
    assert direct.offered(OURS, in_words=True) is None
