"""The training on the page Sentiment: only where the server was told of reviews, never of a visitor's choosing."""

import json
import time
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from rnnviz import jobs, runs
from rnnviz.progress import ReviewProgress
from rnnviz.sentiment import synthetic
from rnnviz.spec import REVIEWS_VARIABLE, ReviewSpec
from rnnviz.ui.reviews import training as review_training
from rnnviz.ui.shell import networks
from tests.ui.messages import unpacked

PATIENCE = 120.0
SPEC = ReviewSpec(reviews=128, epochs=2, batch_size=64)


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RNNVIZ_RUNS", str(tmp_path))
    monkeypatch.setenv("RNNVIZ_WORKERS", "1")
    jobs.close()
    yield  # type: ignore[misc]
    jobs.close()


def script() -> None:
    from rnnviz.ui.reviews import training as review_training
    from rnnviz.ui.selection import state

    state.current()
    review_training.show()
    for message in state.messages():
        import streamlit as st

        st.warning(message)
    state.write_link()


def page(**params: str) -> AppTest:
    at = AppTest.from_function(script, default_timeout=60)
    for name, value in params.items():
        at.query_params[name] = value
    at.run()
    assert not at.exception
    return at


def test_without_real_reviews_it_trains_on_synthetic_ones_and_says_how_to_give_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv(REVIEWS_VARIABLE, raising=False)
    at = page(views="lesson.source:imdb")
    assert [button.label for button in at.button] == ["Train it here"]
    assert not at.text_input
    settings, synthetic, how = (caption.value for caption in at.caption)
    assert "on 2,000 synthetic reviews drawn with the seed" in settings
    assert "accuracy on 2,352 real held-out reviews" in synthetic
    assert "--reviews PATH" in how
    assert REVIEWS_VARIABLE in how


def test_the_place_of_the_reviews_is_nowhere_on_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(REVIEWS_VARIABLE, "/secret/aclImdb")
    at = page(views="lesson.epochs:3 lesson.rate:0.5 lesson.seed:7")
    assert [button.label for button in at.button] == ["Train it here"]
    assert [number.value for number in at.number_input] == [2_000, 3, 0.5, 7]
    assert not at.text_input
    said = " ".join(one.value for kind in (at.markdown, at.caption) for one in kind)
    assert "The button trains the Baseline BiLSTM from its initialization on 2,000 reviews" in said
    assert "secret" not in said


def test_the_button_says_where_a_training_of_these_settings_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(REVIEWS_VARIABLE, "/secret/aclImdb")
    runs.keep_begun(tmp_path, [ReviewSpec("lecture-bilstm", epochs=12)], 123, b"of any content")
    assert [button.label for button in page(views="lesson.epochs:12").button] == ["Continue from update 123"]
    assert [button.label for button in page(views="lesson.epochs:11").button] == ["Train it here"]
    run = runs.identity([ReviewSpec("lecture-bilstm", epochs=12)])
    linked = page(views=f"lesson.epochs:12 lesson.run:{run}")
    assert "has ended early. The button continues it." in linked.info[0].value
    changed = page(views=f"lesson.epochs:11 lesson.run:{run}")
    assert "not stored here. The button starts it again." in changed.info[0].value


@pytest.mark.parametrize(
    "views",
    [
        "lesson.reviews:1 lesson.run:0123456789abcdef lesson.epochs:999 lesson.rate:-1 lesson.seed:-5",
        "lesson.earlier:.0123 lesson.run:nonsense lesson.epochs:many lesson.rate:nan lesson.seed:1e999",
    ],
)
def test_a_link_can_ask_for_nothing_beyond_the_limits(monkeypatch: pytest.MonkeyPatch, views: str) -> None:
    monkeypatch.setenv(REVIEWS_VARIABLE, "/secret/aclImdb")
    at = page(views=views)
    reviews, epochs, rate, _ = (number.value for number in at.number_input)
    assert review_training.LEAST_REVIEWS <= reviews <= 2_000
    assert 1 <= epochs <= 20
    assert review_training.LEAST_RATE <= rate <= review_training.LARGEST_RATE
    assert "The run of this link is not stored here" in at.info[0].value
    assert unquote(at.query_params["views"]).startswith("lesson.")


def test_the_visitor_chooses_between_real_and_synthetic_reviews(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(REVIEWS_VARIABLE, "/secret/aclImdb")
    assert "on 2,000 reviews drawn" in page().caption[0].value
    assert "on 2,000 synthetic reviews drawn" in page(views="lesson.source:synthetic-reviews").caption[0].value


def test_the_network_that_ships_is_measured_on_the_reviews_of_the_training() -> None:
    model = networks.sentiment_model("lecture-lstm")
    validation = synthetic.reviews(1)["validation"]
    right = np.mean((model.predict(validation.texts) > 0.5) == (validation.labels > 0.5))
    assert review_training.shipped_accuracy("lecture-lstm", "synthetic") == pytest.approx(right, abs=1e-4)
    assert review_training.shipped_accuracy("lecture-lstm", "imdb") == model.card["validation"]["accuracy"]


def test_what_goes_on_is_drawn_of_what_was_told() -> None:
    told = (ReviewProgress(1, 0.7, 0.5), ReviewProgress(2, 0.6, 0.55, 0.52), ReviewProgress(3, 0.5, 0.7))
    run = review_training.run_so_far(
        jobs.ReviewJob("0123456789abcdef", (SPEC,)), ("running", 3), jobs.ReviewSeen("running", events=told, next=3)
    )
    assert (run.going, run.version) == (True, 3)
    sent = unpacked(review_training.live_message(run, 0.86))
    loss, accuracy = sent["panels"]
    assert loss["lines"][0]["y"].tolist() == pytest.approx([0.7, 0.6, 0.5])
    assert {line["name"]: line["y"].tolist() for line in accuracy["lines"]} == {
        "training": pytest.approx([0.55]), "validation": pytest.approx([0.52]),
    }  # fmt: skip
    assert "So far 3 of 4 updates." in " ".join(loss["caption"])
    before = review_training.ReviewRun("one", -1, False, SPEC, (0.5,) * 4, ((0.6, 0.7),) * 2)
    beside = unpacked(review_training.live_message(run, 0.86, (before,)))
    assert [line["arm"] for line in beside["panels"][0]["lines"]] == ["batch", "earlier0"]
    assert [line["arm"] for line in beside["panels"][1]["lines"]] == ["training", "validation", "earlier0"]


def trained(at: AppTest) -> AppTest:
    """The page once the training that its button begins is over."""
    (begin,) = (button for button in at.button if button.label == "Train it here")
    at = begin.click().run()
    end = time.monotonic() + PATIENCE
    while "Trained" not in [button.label for button in at.button]:
        assert time.monotonic() < end
        time.sleep(0.2)
        at.run()
    assert not at.exception
    return at


def names(at: AppTest) -> list[list[str]]:
    charts = [json.loads(one.proto.spec) for one in at.get("plotly_chart")]
    return [[trace["name"] for trace in chart["data"]] for chart in charts]


@pytest.mark.slow
def test_the_curves_of_a_training_before_stay_beside_the_next_until_they_are_removed() -> None:
    """In the link too; the script draws the same."""
    at = trained(page(views="lesson.epochs:2 lesson.reviews:64"))
    assert names(at) == [["each batch"], ["training", "validation"]]
    at.number_input[2].set_value(0.01).run()
    at = trained(at)
    assert names(at) == [
        ["each batch", "earlier: rate 0.001"],
        ["training", "validation", "earlier: rate 0.001"],
    ]
    linked = page(views=unquote(at.query_params["views"]))
    assert names(linked) == names(at)
    (remove,) = (button for button in linked.button if button.label == "Remove the earlier curves")
    assert names(remove.click().run()) == [["each batch"], ["training", "validation"]]
    at.number_input[1].set_value(1).run()
    three = trained(at)
    assert names(three)[0] == ["each batch", "earlier: 2 epochs, rate 0.001", "earlier: 2 epochs"]
