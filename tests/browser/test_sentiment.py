"""The page of sentiment in a real browser: every key answered, no character lost, and each number the network's own."""

import re
from collections.abc import Callable
from typing import Final
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from rnnviz.sentiment import SentimentModel, load
from rnnviz.sentiment.streams import alone
from rnnviz.sentiment.traps import last_output
from rnnviz.ui.reviews.samples import OPENING, REVIEWS
from tests.browser.conftest import Trouble
from tests.browser.waiting import PATIENCE, all_steady, settle, steady, until

Visit = Callable[[str], Page]
PAGE: Final = "/Sentiment"
RESTED: Final = 2_000
"""Milliseconds after the last key, by when typing has rested and what follows was asked for."""
TYPED: Final = "It was not good, it was great; and I'd see it again!"


@pytest.fixture(scope="module")
def ours() -> SentimentModel:
    return load("bilstm")


def box(page: Page) -> Locator:
    return page.get_by_role("textbox", name="A review; the network predicts while you type")


def part(page: Page, name: str, of: str = "review") -> Locator:
    return page.locator(f".{of} [data-part={name}]")


def expect_judged(page: Page, model: SentimentModel, text: str) -> None:
    said = f"P(positive) = {model.predict([text])[0]:.3f}"
    expect(part(page, "number")).to_have_text(said, timeout=PATIENCE)


def expect_in_the_link(page: Page, text: str) -> None:
    """A review reaches the link when typing rests, so on a slow machine parts of it stand there before."""
    until(page, lambda: parse_qs(urlsplit(page.url).query).get("words") == [text])
    settle(page)


def numbers(page: Page) -> list[list[str]]:
    """The table under the curves, without its heads."""
    details = part(page, "numbers", "review-words")
    if details.get_attribute("open") is None:
        details.locator("summary").click()
    rows = part(page, "table", "review-words").locator("tr")
    expect(rows.nth(1)).to_be_visible()
    return [row.locator("td").all_text_contents() for row in rows.all()[1:]]


def test_it_opens_with_a_review_of_ours(visit: Visit, ours: SentimentModel) -> None:
    page = visit(PAGE)
    expect(box(page)).to_have_value(OPENING)
    expect_judged(page, ours, OPENING)
    expect(part(page, "about")).to_contain_text(f"{len(ours.read(OPENING).ids)} tokens")
    expect(page.get_by_text("Ask yourself.")).to_be_visible()
    expect(part(page, "curves", "review-words").locator(".turn").first).to_have_text("▲ gorgeous")
    expect(part(page, "curves", "review-words").locator("[data-part=band]")).to_have_attribute("height", "6.0")


@pytest.mark.smoke("review")
def test_typed_fast_nothing_is_lost_and_the_last_key_is_answered(visit: Visit, ours: SentimentModel) -> None:
    page = visit(PAGE)
    box(page).fill("")
    expect(part(page, "word")).to_have_text("no word yet", timeout=PATIENCE)
    box(page).press_sequentially(TYPED, delay=1000 / 15)
    expect(box(page)).to_have_value(TYPED)
    expect_judged(page, ours, TYPED)
    expect_in_the_link(page, TYPED)
    page.reload()
    settle(page)
    expect(box(page)).to_have_value(TYPED)
    expect_judged(page, ours, TYPED)


SHORT: Final = "cell=lstm&trained=reviews-bilstm&words=The+cast+is+wonderful+but+the+story+is+awful"


@pytest.mark.parametrize(
    ("address", "screen"),
    [
        (PAGE, (1366, 768)),
        (PAGE, (1440, 900)),
        (f"{PAGE}?{SHORT}&tour=lecture.14", (1366, 768)),
        *((f"{PAGE}?present=1", screen) for screen in ((1024, 768), (1366, 768), (1440, 900), (1920, 1080))),
        *((f"{PAGE}?{SHORT}&tour=lecture.14&present=1", screen) for screen in ((1024, 768), (1920, 1080))),
    ],
    ids=str,
)
def test_the_curve_and_its_words_are_on_screen_whole(
    visit: Visit, page: Page, address: str, screen: tuple[int, int]
) -> None:
    page.set_viewport_size({"width": screen[0], "height": screen[1]})
    visit(address)
    curves = part(page, "curves", "review-words")
    expect(curves.locator(".turn").first).to_be_visible(timeout=PATIENCE)
    strip = page.locator(".st-key-tour_strip") if "present" in address else page.locator(".st-key-tour")
    held = steady(strip) if "tour" in address else {"y": 0.0, "height": 0.0}

    def is_whole() -> bool:
        boxes = [steady(curves), *all_steady(part(page, "flow", "review-words").locator("span"))]
        return all(held["y"] + held["height"] <= box["y"] and box["y"] + box["height"] <= screen[1] for box in boxes)

    until(page, is_whole)
    read_out = steady(part(page, "detail", "review-words"))
    assert read_out["y"] + read_out["height"] <= steady(curves)["y"]


def test_on_a_phone_every_network_can_be_chosen(visit: Visit, page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    visit(PAGE)
    last = page.get_by_role("radio", name="Baseline LSTM")
    expect(last).to_be_visible(timeout=PATIENCE)
    box = steady(last)
    assert box["x"] + box["width"] <= 390


KEYS_AT_ONCE: Final = """async (field) => {
  const busy = (ms) => { for (const until = performance.now() + ms; performance.now() < until;); };
  const key = (letter) => { field.value += letter; field.dispatchEvent(new InputEvent("input", { bubbles: true })); };
  const sent = () => new Promise((done) => setTimeout(done, 5));
  for (let k = 0; k < 6; k++) { key("a"); await sent(); busy(60); }
  busy(200); key("b"); await sent(); busy(330);
}"""
"""Keys of a browser that is too busy to hear of their answers until all are there; typing has not rested by then."""


def test_that_nobody_types_any_more_is_said_where_answers_come_together(visit: Visit) -> None:
    page = visit(PAGE)
    box(page).fill("It was ")
    expect(page).to_have_url(re.compile(r"words=It\+was"), timeout=PATIENCE)
    for k in range(1, 9):
        box(page).evaluate(KEYS_AT_ONCE)
        expect(page).to_have_url(re.compile(f"words=It.was.{'aaaaaab' * k}(&|$)"), timeout=PATIENCE)


def test_the_cursor_stays_where_it_is(visit: Visit, ours: SentimentModel) -> None:
    page = visit(PAGE)
    box(page).fill("the film is bad")
    expect_judged(page, ours, "the film is bad")
    settle(page)
    box(page).press("Home")
    for _ in range(12):
        box(page).press("ArrowRight")
    box(page).press_sequentially("not ", delay=120)
    expect(box(page)).to_have_value("the film is not bad")
    expect_judged(page, ours, "the film is not bad")
    box(page).press_sequentially("at all ", delay=30)
    expect(box(page)).to_have_value("the film is not at all bad")


def test_each_sample_is_a_click_away(visit: Visit, ours: SentimentModel) -> None:
    page = visit(PAGE)
    for label in ("Contrast", "Halves", "Halves exchanged"):
        page.get_by_role("button", name=label, exact=True).click()
        expect(box(page)).to_have_value(REVIEWS[label].text)
        expect_judged(page, ours, REVIEWS[label].text)


def test_word_by_word_is_what_torch_computes(visit: Visit, ours: SentimentModel) -> None:
    page = visit(PAGE)
    text = REVIEWS["Contrast"].text
    box(page).fill(text)
    expect(part(page, "detail", "review-words")).to_contain_text("After t = 10 of 10", timeout=PATIENCE)
    shown = numbers(page)
    assert [row[1] for row in shown] == list(ours.read(text).tokens)
    sides = alone(ours, text)
    for column, wanted in ((2, ours.running(text)), (3, sides["forward"]), (4, sides["reverse"])):
        np.testing.assert_allclose([float(row[column]) for row in shown], wanted, atol=5.1e-4)


def test_a_word_is_looked_at_by_mouse_and_keys(visit: Visit) -> None:
    page = visit(PAGE)
    box(page).fill(REVIEWS["Contrast"].text)
    detail = part(page, "detail", "review-words")
    expect(detail).to_contain_text("of 10", timeout=PATIENCE)
    curves = part(page, "curves", "review-words")
    curves.focus()
    page.keyboard.press("Home")
    expect(detail).to_contain_text("After t = 0 of 10, “I”")
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    expect(detail).to_contain_text("After t = 5 of 10, “great”")
    size = curves.bounding_box()
    assert size is not None
    step = (size["width"] - 80) / 11
    page.mouse.move(size["x"] + 62 + 9.5 * step, size["y"] + 120)
    expect(detail).to_contain_text("After t = 9 of 10, “terrible”")


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("", "no word yet"),
        ("\u200b \u0007", "no word yet"),
        ("xqzzy", "no known word"),
    ],
)
def test_nothing_to_judge_is_said(visit: Visit, text: str, sign: str) -> None:
    page = visit(PAGE)
    box(page).fill(text)
    expect(part(page, "word")).to_have_text(sign, timeout=PATIENCE)
    expect(part(page, "number")).to_have_text("–")


@pytest.mark.parametrize("text", ["Zyxqu blorfed flurb film", "!!! ... ?!"])
def test_few_known_words_are_told_while_one_types(visit: Visit, text: str) -> None:
    """By the server's direct answers to keys, in the place above the number."""
    page = visit(PAGE)
    box(page).fill("")
    box(page).press_sequentially(text)
    expect(part(page, "notice")).to_contain_text("Do not rely on this prediction.", timeout=PATIENCE)
    expect(part(page, "word")).to_contain_text("few known words")
    assert steady(part(page, "notice"))["y"] < steady(part(page, "number"))["y"]
    box(page).fill("A superb film")
    expect(part(page, "notice")).to_have_text("", timeout=PATIENCE)
    expect(part(page, "word")).to_have_text("positive")


@pytest.mark.parametrize(
    "text",
    [
        "<img src=x onerror=\"document.title='broken'\"> a good film",
        "فيلم رائع but bad",
        "👩‍👩‍👧 good 🎬",
        "good\u0000bad\u202e great",
        "日本の映画 is great",
    ],
)
def test_any_text_is_judged_and_none_is_markup(visit: Visit, ours: SentimentModel, text: str) -> None:
    page = visit(PAGE)
    box(page).fill(text)
    held = box(page).input_value()
    expect_judged(page, ours, held)
    settle(page)
    for view in ("Tokens", "Why", "Word by word"):
        page.get_by_role("button", name=view, exact=True).or_(page.get_by_role("radio", name=view, exact=True)).click()
        settle(page)
        expect(box(page)).to_have_value(held)
    assert page.title() == "Sentiment · rnnviz"
    assert page.locator("img[src=x]").count() == 0


def test_a_novel_is_cut_with_a_notice(visit: Visit) -> None:
    page = visit(PAGE)
    box(page).fill("It was the best of films. " * 5_000)
    expect(part(page, "notice")).to_contain_text("Cut to its first 100,000 characters; there were 130,000.")
    expect(part(page, "notice")).to_contain_text(
        "The network reads only the first 2,500 words and punctuation marks.", timeout=PATIENCE
    )
    assert len(box(page).input_value()) == 100_000
    settle(page)


def test_a_text_too_long_for_other_pages_stays_in_the_box(visit: Visit) -> None:
    page = visit(PAGE)
    text = ("good " * 5_010).strip()
    box(page).fill(text)
    expect(part(page, "notice")).to_contain_text("only the first 2,500", timeout=PATIENCE)
    settle(page)
    page.get_by_role("radio", name="Tokens", exact=True).click()
    expect(page.get_by_text(re.compile("2,?500 tokens, [0-9]+ of them unknown"))).to_be_visible(timeout=PATIENCE)
    settle(page)
    assert box(page).input_value() == text


def test_another_network_judges_the_same_text(visit: Visit) -> None:
    page = visit(PAGE)
    box(page).fill(TYPED)
    settle(page)
    page.get_by_text("Baseline LSTM", exact=True).click()
    settle(page)
    expect(box(page)).to_have_value(TYPED)
    expect_judged(page, load("lecture-lstm"), TYPED)
    expect(page).to_have_url(re.compile("trained=reviews-lecture-lstm"))
    page.reload()
    settle(page)
    expect_judged(page, load("lecture-lstm"), TYPED)
    expect(box(page)).to_have_value(TYPED)


def test_views_follow_the_text(visit: Visit, ours: SentimentModel) -> None:
    page = visit(f"{PAGE}?views=sentiment.view:tokens")
    box(page).fill("a good film")
    expect(page.get_by_text("3 tokens, 0 of them unknown (0%).")).to_be_visible(timeout=PATIENCE)
    settle(page)
    numbers = page.locator("ul.tokens small").all_text_contents()
    assert [int(number) for number in numbers] == list(ours.read("a good film").ids)


def test_traps_are_computed_on_the_typed_text(visit: Visit) -> None:
    page = visit(f"{PAGE}?views=sentiment.view:traps")
    box(page).fill(TYPED)
    found = last_output(load("lecture-bilstm"), TYPED)
    for wanted in (found.right, found.wrong):
        expect(page.get_by_role("cell", name=f"{wanted:.3f}", exact=True)).to_be_visible(timeout=PATIENCE)


def test_into_the_states_of_this_network_on_this_review(visit: Visit, ours: SentimentModel) -> None:
    page = visit(PAGE)
    box(page).fill(TYPED)
    expect_judged(page, ours, TYPED)
    expect_in_the_link(page, TYPED)
    page.get_by_test_id("stMain").get_by_role("link", name="Hidden states").click()
    expect(page.get_by_role("heading", name="Hidden states")).to_be_visible(timeout=PATIENCE)
    settle(page)
    query = parse_qs(urlsplit(page.url).query)
    assert query["trained"] == ["reviews-bilstm"]
    expect(page.get_by_role("textbox", name="Words")).to_have_value(TYPED)


@pytest.mark.parametrize("wait", [0, 60, 120, 180])
def test_a_link_right_after_a_key_leads_to_its_page_with_the_text(visit: Visit, wait: int) -> None:
    page = visit(PAGE)
    page.set_viewport_size({"width": 1366, "height": 1700})  # so that nothing scrolls between key and click
    settle(page)
    link = steady(page.get_by_test_id("stMain").get_by_role("link", name="Hidden states"))
    box(page).press("End")
    page.keyboard.type("s")
    typed = box(page).input_value()
    page.wait_for_timeout(wait)
    page.mouse.click(link["x"] + 20, link["y"] + 8)
    expect(page.get_by_role("heading", name="Hidden states")).to_be_visible(timeout=PATIENCE)
    settle(page)
    expect(page.get_by_role("textbox", name="Words")).to_have_value(typed)


def test_from_a_plain_network_the_links_lead_to_the_one_that_judges(visit: Visit) -> None:
    page = visit(f"{PAGE}?cell=gru&input=words&words=what+a+bad+day&trained=")
    expect(box(page)).to_have_value("what a bad day")
    page.get_by_test_id("stMain").get_by_role("link", name="Gates").click()
    expect(page.get_by_role("heading", name="Gates")).to_be_visible(timeout=PATIENCE)
    settle(page)
    query = parse_qs(urlsplit(page.url).query)
    assert (query["trained"], query["words"]) == (["reviews-bilstm"], ["what a bad day"])


def test_a_key_in_a_long_review_is_a_question_and_the_page_runs_when_typing_rests(visit: Visit, page: Page) -> None:
    """benchmarks/typing.py has how soon it is answered."""
    asked: list[int] = []
    answered: list[int] = []
    questions: list[str] = []
    page.on("request", lambda request: questions.append(request.url) if request.method == "POST" else None)
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: asked.append(len(frame))))
    page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: answered.append(len(frame))))
    visit(PAGE)
    asked.clear()
    box(page).fill(" ".join(["The film was long but I liked the end of it very much ."] * 16))
    until(page, lambda: len(asked) >= 1)  # typing has rested, however busy the browser is
    page.wait_for_timeout(RESTED)
    settle(page)
    box(page).press("Control+End")
    for key in ("a", "Space"):
        for seen in (asked, answered, questions):
            seen.clear()
        box(page).press(key)
        until(page, lambda: len(asked) >= 1)
        page.wait_for_timeout(RESTED)
        settle(page)
        assert (len(asked), len(questions)) == (1, 1)
        assert sum(answered) < 150_000


def test_where_no_question_is_answered_the_page_answers_each_key(
    visit: Visit, page: Page, ours: SentimentModel, trouble: Trouble
) -> None:
    page.route("**/answers/review", lambda route: route.abort())
    visit(PAGE)
    box(page).fill("")
    box(page).press_sequentially(TYPED, delay=1000 / 15)
    expect_judged(page, ours, TYPED)
    expect_in_the_link(page, TYPED)
    trouble.clear()


def test_whoever_leaves_the_box_has_all_of_it_in_the_next_view(visit: Visit) -> None:
    page = visit(PAGE)
    box(page).fill("")
    box(page).press_sequentially("what a bad day")
    page.get_by_test_id("stButtonGroup").get_by_text("Tokens").click()
    expect(page.locator("ul.tokens li")).to_have_count(4, timeout=PATIENCE)


def test_whoever_leaves_the_page_at_once_finds_the_whole_text_again(visit: Visit) -> None:
    page = visit(PAGE)
    links = page.locator(".st-key-navigation")
    box(page).fill("")
    box(page).press_sequentially("what a bad day")
    links.get_by_role("link", name="Gates", exact=True).click()
    expect(page.locator("h1")).to_have_text("Gates", timeout=PATIENCE)
    settle(page)
    links.get_by_role("link", name="Sentiment", exact=True).click()
    expect(box(page)).to_have_value("what a bad day", timeout=PATIENCE)


def test_on_slides_the_box_is_there_again_when_the_training_is_left(visit: Visit) -> None:
    page = visit(f"{PAGE}?present=1&views=sentiment.view:training")
    expect(page.locator(".st-key-sentiment-review")).to_be_hidden()
    page.keyboard.press("m")  # the controls come when they are asked for
    page.get_by_test_id("stButtonGroup").get_by_text("Word by word").click()
    expect(box(page)).to_be_visible(timeout=PATIENCE)


def test_a_long_changed_text_scrolls_and_leaves_the_result_in_sight(visit: Visit) -> None:
    words = "+".join(["a", "good", "film"] * 100)
    page = visit(f"{PAGE}?views=sentiment.view%3Awhat-if&trained=reviews-bilstm&input=words&words={words}")
    text = page.get_by_test_id("stCode").first
    expect(text).to_contain_text("a good film a good film", timeout=PATIENCE)
    assert steady(text)["height"] < 200
