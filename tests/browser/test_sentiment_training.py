"""A network trained on reviews in a real browser, by a real worker: begun, watched, reloaded, stopped, compared."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from rnnviz import runs
from rnnviz.sentiment import SentimentModel, load
from rnnviz.spec import REVIEWS_VARIABLE, ReviewSpec
from tests.browser.test_clipping_training import LEFT, LIVE, WATCH, button, curves, kill_workers, reached_live
from tests.browser.test_sentiment import box
from tests.browser.waiting import PATIENCE, settle, shown_charts, until
from tests.sentiment.made_up import write_many
from tests.serving import Server, running

Visit = Callable[[str], Page]
SHORT: Final = ReviewSpec("lecture-lstm", epochs=3, rate=0.01)
LONG: Final = ReviewSpec("lecture-bilstm", epochs=20)


@dataclass(frozen=True)
class Place:
    """A server that was told of reviews, and where it keeps what it has trained."""

    server: Server
    runs: Path
    reviews: Path

    def model(self, spec: ReviewSpec) -> SentimentModel:
        """What a run has come to."""
        return runs.load(self.runs, runs.identity([spec]))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("runs")
    reviews = write_many(tmp_path_factory.mktemp("secret"), at_once=6)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RNNVIZ_RUNS", str(folder))
        patch.setenv(REVIEWS_VARIABLE, str(reviews))
        with running(tmp_path_factory.mktemp("server") / "output.txt") as server:
            server.wait_until_ready()
            yield Place(server, folder, reviews)


def address(spec: ReviewSpec) -> str:
    chosen = {"lesson.epochs": f"{spec.epochs}", "lesson.rate": f"{spec.rate:g}", "sentiment.view": "training"}
    views = " ".join(f"{name}:{value}" for name, value in sorted(chosen.items()))
    return f"/Sentiment?trained=reviews-{spec.network}&views={quote(views)}"


def opened(page: Page, place: Place, spec: ReviewSpec) -> Page:
    page.goto(place.server.url + address(spec))
    return settle(page)


def predicted(page: Page) -> dict[str, str]:
    """P(positive) of the review in the box, by who judges it."""
    rows = page.get_by_test_id("stTable").first.locator("tbody tr").all()
    return {row.locator("th").inner_text(): row.locator("td").first.inner_text() for row in rows}


def test_without_real_reviews_it_trains_on_synthetic_ones(visit: Visit) -> None:
    page = visit(address(SHORT))
    expect(page.get_by_text("To train on real reviews, start the server with")).to_be_visible()
    button(page, "Train it here").click()
    expect(page.get_by_text("accuracy on 500 synthetic validation reviews")).to_be_visible(timeout=PATIENCE)


def test_the_curves_of_a_training_before_stay_beside_the_next(visit: Visit) -> None:
    page = visit(address(SHORT))
    button(page, "Train it here").click()
    expect(button(page, "Trained")).to_be_disabled(timeout=2 * PATIENCE)
    rate = page.get_by_role("spinbutton", name="Learning rate (Adam)")
    rate.fill("0.02")
    rate.press("Enter")
    begin = button(page, "Train it here")
    expect(begin).to_be_enabled(timeout=PATIENCE)
    begin.click()
    expect(button(page, "Trained")).to_be_disabled(timeout=2 * PATIENCE)
    settle(page)
    name = f"earlier: rate {SHORT.rate:g}"
    for k in (0, 1):
        assert name in curves(page, k)
    page.reload()
    settle(page)
    assert name in curves(page, 0)
    button(page, "Remove the earlier curves").click()
    until(page, lambda: name not in curves(page, 0))


def test_it_is_watched_to_its_end_and_what_is_shown_is_what_came_of_it(page: Page, place: Place) -> None:
    opened(page, place, SHORT)
    expect(page.get_by_text("on 2,000 reviews drawn with the seed")).to_be_visible()
    page.evaluate(WATCH)
    button(page, "Train it here").click()
    expect(button(page, "Stop")).to_be_visible(timeout=PATIENCE)
    until(page, lambda: reached_live(page) > 0)
    expect(button(page, "Trained")).to_be_disabled(timeout=2 * PATIENCE)
    drawn: list[Any] = page.evaluate("window.drawn")
    assert len(drawn) >= 3, "it was seen to grow"
    settle(page)
    model, ships = place.model(SHORT), load("lecture-lstm")
    card = model.card
    here, count = card["validation"]["accuracy"], card["reviews"]["validation"]
    expect(page.get_by_text(f"{here:.1%} accuracy on {count:,} validation reviews")).to_be_visible()
    expect(page.get_by_text(f"has {ships.card['validation']['accuracy']:.1%} accuracy")).to_be_visible()
    loss, accuracy = curves(page, 0), curves(page, 1)
    np.testing.assert_allclose(loss["each batch"]["y"], card["losses"], rtol=1e-6)
    for name, key in (("training", "accuracy"), ("validation", "validation_accuracy")):
        np.testing.assert_allclose(accuracy[name]["y"], [entry[key] for entry in card["history"]], rtol=1e-6)
    text = box(page).input_value()
    expected = {"Baseline LSTM, trained here": model, "Baseline LSTM, as it ships": ships}
    wanted = {name: f"{one.predict([text])[0]:.3f}" for name, one in expected.items()}
    until(page, lambda: predicted(page) == wanted)
    box(page).fill("The film is superb.")
    said = f"{model.predict(['The film is superb.'])[0]:.3f}"
    until(page, lambda: predicted(page).get("Baseline LSTM, trained here") == said)
    page.reload()
    settle(page)
    expect(button(page, "Trained")).to_be_disabled()
    expect(shown_charts(page).first).to_be_visible()
    assert "secret" not in page.content()


def test_it_is_reloaded_and_stopped_and_goes_on(page: Page, place: Place) -> None:
    opened(page, place, LONG)
    button(page, "Train it here").click()
    until(page, lambda: reached_live(page) > 0)
    expect(page).to_have_url(re.compile(f"lesson.run%3A{runs.identity([LONG])}"), timeout=PATIENCE)
    page.goto(page.url)
    settle(page)
    expect(button(page, "Stop")).to_be_visible(timeout=PATIENCE)
    until(page, lambda: reached_live(page) > 0)
    before = reached_live(page)
    until(page, lambda: reached_live(page) > before)
    expect(page.locator("[aria-label*='So far']")).not_to_have_count(0)
    label = page.evaluate(f"{LIVE}.getAttribute('aria-label')")
    assert "Loss of each batch of 64 reviews" in label
    page.wait_for_timeout(LEFT)  # until the page of before the reload is no other visitor any more
    button(page, "Stop").click()
    expect(page.get_by_text("The run has ended early after")).to_be_visible(timeout=PATIENCE)
    found = runs.begun(place.runs, [LONG])
    assert found is not None
    go_on = button(page, f"Continue from update {found[0]:,}")
    expect(go_on).to_be_enabled()
    expect(page.get_by_text(f"after {found[0]:,} of {LONG.steps:,} updates")).to_be_visible()
    until(page, lambda: not (place.runs / "jobs" / runs.identity([LONG])).exists())
    opened(page, place, LONG)
    expect(page.get_by_text("stopped by a visitor")).to_be_visible()
    go_on.click()
    until(page, lambda: reached_live(page) * LONG.steps / LONG.epochs > found[0])  # it counts epochs
    page.wait_for_timeout(LEFT)
    button(page, "Stop").click()
    expect(page.get_by_text("The run has ended early after")).to_be_visible(timeout=PATIENCE)
    expect(button(page, re.compile(r"Continue from update [\d,]+"))).to_be_enabled()


def test_a_killed_worker_is_told_and_it_can_be_begun_again(page: Page, place: Place) -> None:
    spec = ReviewSpec("lecture-bilstm", epochs=19)
    opened(page, place, spec)
    button(page, "Train it here").click()
    until(page, lambda: reached_live(page) > 0)
    kill_workers(place.server)
    expect(page.get_by_text("The run has failed")).to_be_visible(timeout=PATIENCE)
    assert "secret" not in page.content()
    button(page, re.compile(r"Train it here|Continue from update")).click()  # that, if an epoch was over
    until(page, lambda: button(page, "Stop").count() and reached_live(page) > 0)
    button(page, "Stop").click()
    expect(page.get_by_text("The run has ended early")).to_be_visible(timeout=PATIENCE)
