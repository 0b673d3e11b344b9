"""The page of attention in a real browser: stepped, typed into, changed by hand; its numbers are those of torch."""

import re
from collections.abc import Callable, Sequence
from typing import Final
from urllib.parse import parse_qs, parse_qsl, urlsplit

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from rnnviz.attention import AttentionModel, load
from rnnviz.sentiment import faithfulness
from rnnviz.sentiment import load as load_judge
from rnnviz.ui.reviews.samples import OPENING as REVIEW
from tests.browser.waiting import LISTEN, PATIENCE, settle, steady
from tests.serving import Server

Visit = Callable[[str], Page]
PAGE: Final = "/Attention"
ADDITIVE: Final = f"{PAGE}?cell=rnn"
"""Where something is chosen already, what is first in each choice counts and not what the page opens with."""
OPENING: Final = "31415926"
LONG: Final = "314159265358979323846264338327"


@pytest.fixture(scope="module")
def additive() -> AttentionModel:
    return load("reverse-additive")


def part(page: Page, name: str, of: str = "decoding") -> Locator:
    return page.locator(f".{of} [data-part={name}]")


def entries(page: Page) -> dict[str, str]:
    """What the link keeps of the page."""
    return dict(parse_qsl(parse_qs(urlsplit(page.url).query).get("entries", [""])[0]))


def expect_kept(page: Page, wanted: str) -> None:
    """Wait for a piece of the link, as it stands in the address: packed twice."""
    expect(page).to_have_url(re.compile(re.escape(wanted)), timeout=PATIENCE)
    settle(page)


def said(page: Page, name: str = "Output") -> str:
    line = part(page, "said").locator("p").filter(has=page.locator(".of", has_text=name))
    return "".join(line.locator("b").all_text_contents())


def expect_said(page: Page, wanted: str) -> None:
    line = part(page, "said").locator("p").filter(has=page.locator(".of", has_text="Output"))
    expect(line).to_have_text(re.compile(f"^Output{wanted}■"), timeout=PATIENCE)


def test_it_opens_with_a_decoding(visit: Visit, additive: AttentionModel) -> None:
    page = visit(ADDITIVE)
    expect(part(page, "text")).to_have_value(OPENING)
    expect_said(page, "62951413")
    expect(part(page, "said")).to_contain_text("✓ correct")
    expect(part(page, "step")).to_have_text("step 0 of 8")
    expect(page.get_by_text("Ask yourself.")).to_be_visible()
    weights = additive.decode(OPENING).weights
    assert weights is not None
    numbers = page.locator(".decoding .stage .weight").all_text_contents()
    np.testing.assert_allclose([float(number) for number in numbers], weights[0], atol=0.0051)


def test_keys_step_and_tokens_appear(visit: Visit, additive: AttentionModel) -> None:
    page = visit(ADDITIVE)
    boxes = page.locator(".decoding .stage .box")
    expect(page.locator(".decoding .stage .box.later")).to_have_count(8)
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    expect(part(page, "step")).to_have_text("step 3 of 8")
    expect(page.locator(".decoding .stage .box.later")).to_have_count(5)
    expect(page.locator(".decoding .stage .box.done")).to_have_count(3)
    assert boxes.count() == 8 + 9
    decoding = additive.decode(OPENING)
    assert decoding.weights is not None
    place = int(decoding.weights[3].argmax())
    expect(page.locator(".decoding h3")).to_have_text(
        f"Step 3: the output is “5”; position {place} of the source, “{OPENING[place]}”"
    )
    expect_kept(page, "attention.step%3D3")
    page.keyboard.press("End")
    expect(part(page, "token")).to_contain_text("output the end ■")
    page.keyboard.press("Home")
    expect(part(page, "step")).to_have_text("step 0 of 8")
    page.keyboard.press("ArrowRight")
    expect_kept(page, "attention.step%3D1")
    page.reload()
    settle(page)
    expect(part(page, "step")).to_have_text("step 1 of 8")


def test_it_plays_to_the_end(visit: Visit) -> None:
    page = visit(ADDITIVE)
    page.get_by_label("Speed").select_option("30")
    page.keyboard.press(" ")
    expect(part(page, "step")).to_have_text("step 8 of 8")
    expect(page.get_by_role("button", name="Play (Space)")).to_be_visible()


def test_the_arithmetic_is_torchs(visit: Visit, additive: AttentionModel) -> None:
    page = visit(f"{PAGE}?entries=attention.step%3D4%26attention.place%3D2")
    expect(page.locator(".decoding h3")).to_contain_text("position 2 of the source")
    look = additive.arithmetic(additive.decode(OPENING), 4)
    score = page.locator(".decoding section").nth(0)
    shown = [title.replace("−", "-") for title in exact(score)]
    assert np.float32(shown[-1]) == look.scores[2]
    order = np.argsort(-np.abs(look.products[2]), kind="stable")[:3]
    np.testing.assert_array_equal(single(shown[:3]), np.abs(look.products[2][order]))
    page.locator(".decoding .strips").nth(0).focus()
    page.keyboard.press("Home")
    assert look.from_query is not None
    assert look.from_keys is not None
    assert look.bias is not None
    assert look.activated is not None
    assert look.v is not None
    terms = [
        look.from_query[0],
        look.from_keys[2, 0],
        look.bias[0],
        look.activated[2, 0],
        look.v[0],
        look.products[2, 0],
    ]
    shown = [title.replace("−", "-") for title in exact(score)]
    np.testing.assert_array_equal(single(shown), single(terms))
    weight = [title.replace("−", "-") for title in exact(page.locator(".decoding section").nth(1))]
    wanted = [look.scores[2], look.largest, look.total, look.exponentials[2], look.total, look.weights[2]]
    np.testing.assert_array_equal(single(weight[:-1]), single(wanted))
    assert float(weight[-1]) == pytest.approx(1, abs=1e-6)


def single(numbers: Sequence[object]) -> np.ndarray:
    return np.array(numbers).astype(np.float32)


def exact(section: Locator) -> list[str]:
    """All digits of the numbers that a section writes out."""
    return [title or "" for title in (one.get_attribute("title") for one in section.locator(".number").all())]


def test_hovering_a_cell_lights_row_and_column(visit: Visit, additive: AttentionModel) -> None:
    page = visit(ADDITIVE)
    stage = part(page, "stage")
    stage.locator(".frame").scroll_into_view_if_needed()
    frame = steady(stage.locator(".frame"))
    page.mouse.move(frame["x"] + frame["width"] * 5.5 / 8, frame["y"] + frame["height"] * 3.5 / 9)
    expect(stage.locator("[data-hover=row]")).to_have_count(1)
    expect(stage.locator("[data-hover=column]")).to_have_count(1)
    weights = additive.decode(OPENING).weights
    assert weights is not None
    text = part(page, "tip").inner_text()
    assert text.startswith("step 3, “5” and position 5, “9”: α = ")
    assert np.float32(text.rpartition("= ")[2].replace("−", "-")) == weights[3, 5]
    page.mouse.click(frame["x"] + frame["width"] * 5.5 / 8, frame["y"] + frame["height"] * 3.5 / 9)
    expect(page.locator(".decoding h3")).to_have_text("Step 3: the output is “5”; position 5 of the source, “9”")
    expect_kept(page, "attention.place%3D5")
    page.keyboard.press("Shift+ArrowRight")
    expect(page.locator(".decoding h3")).to_have_text("Step 3: the output is “5”; position 6 of the source, “2”")
    page.mouse.move(10, 10)
    expect(stage.locator(".hover")).to_have_count(0)


def test_typed_fast_nothing_is_lost_and_the_last_key_is_answered(visit: Visit) -> None:
    page = visit(ADDITIVE)
    box = part(page, "text")
    box.fill("")
    expect(part(page, "notice")).to_have_text("Enter digits 0 to 9.", timeout=PATIENCE)
    box.press_sequentially("2718281828", delay=1000 / 15)
    expect(box).to_have_value("2718281828")
    expect_said(page, "8281828172")
    expect(part(page, "notice")).to_be_empty()
    expect_kept(page, "attention.reverse%3D2718281828")
    page.reload()
    settle(page)
    expect(box).to_have_value("2718281828")
    expect_said(page, "8281828172")


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("12a4", "Enter digits 0 to 9; got 'a'."),
        ("7" * 41, "Enter at most 40 characters; got 41."),
    ],
)
def test_what_cannot_be_read_is_told_and_kept_in_the_box(visit: Visit, typed: str, told: str) -> None:
    page = visit(ADDITIVE)
    part(page, "text").fill(typed)
    expect(part(page, "notice")).to_contain_text(told, timeout=PATIENCE)
    settle(page)
    expect(part(page, "text")).to_have_value(typed)
    page.get_by_role("radio", name="Dot product").click()
    settle(page)
    expect(part(page, "text")).to_have_value(typed)
    expect(part(page, "notice")).to_contain_text(told)
    expect(part(page, "before")).to_have_text("The picture below is of the previous input.")
    expect(part(page, "said")).to_have_css("opacity", "0.4")
    assert "attention.reverse" not in entries(page)


def test_a_weight_is_typed_over_and_taken_back(visit: Visit, additive: AttentionModel) -> None:
    page = visit(f"{PAGE}?entries=attention.step%3D2%26attention.place%3D0")
    field = page.locator(".decoding .over input")
    field.fill("1.5")
    field.press("Enter")
    expect(page.locator(".decoding .problem")).to_have_text("A weight must be a number between 0 and 1; got “1.5”.")
    field.fill("1")
    field.press("Enter")
    wanted = additive.decode(OPENING, edited={2: {0: 1.0}}).text
    assert wanted != OPENING[::-1]
    expect_said(page, wanted)
    assert said(page, "Before") == "62951413■"
    expect(part(page, "chips")).to_contain_text("step 2, position 0: α = 1")
    expect(page.locator(".decoding section").nth(1)).to_contain_text("Edited")
    expect_kept(page, "2%25400%253A1")
    page.reload()
    settle(page)
    expect_said(page, wanted)
    page.get_by_role("button", name="Take back: step 2, position 0: α = 1").click()
    expect_said(page, "62951413")
    expect(part(page, "edits")).to_be_hidden()


def test_a_token_is_forced_and_all_is_reset(visit: Visit, additive: AttentionModel) -> None:
    page = visit(ADDITIVE)
    page.keyboard.press("ArrowRight")
    page.get_by_label("Output instead").select_option("7")
    page.get_by_role("button", name="Apply").click()
    wanted = additive.decode(OPENING, forced={1: "7"}).text
    expect_said(page, wanted)
    expect(page.locator(".decoding .candidate.is")).to_contain_text("✎ forced")
    expect(part(page, "step")).to_contain_text("step 1 of")
    page.locator(".decoding .candidate:not(.is)").first.click()
    expect_said(page, "62951413")
    expect(part(page, "chips")).to_contain_text("step 1, output “2”")
    part(page, "reset").click()
    expect(part(page, "edits")).to_be_hidden(timeout=PATIENCE)
    settle(page)
    assert "attention.edits" not in entries(page)


def test_a_weight_that_was_typed_over_stays_in_sight(visit: Visit, additive: AttentionModel) -> None:
    page = visit(ADDITIVE)
    field = page.locator(".decoding .over input")
    label = page.locator(".decoding .over label")
    expect(label).to_contain_text("α of position 7")
    field.fill("0")
    field.press("Enter")
    expect(part(page, "chips")).to_contain_text("step 0, position 7: α = 0", timeout=PATIENCE)
    settle(page)
    weights = additive.decode(OPENING, edited={0: {7: 0.0}}).weights
    assert weights is not None
    assert weights[0].argmax() != 7  # another place is looked at most now
    expect(label).to_contain_text("α of position 7")
    page.keyboard.press("Escape")
    field.blur()
    page.keyboard.press("ArrowRight")
    expect(label).to_contain_text("α of position 7")  # of the second step, where it has the largest weight
    page.keyboard.press("Home")
    page.get_by_role("button", name="Reset all").click()
    expect(part(page, "edits")).to_be_hidden()


def test_weights_that_sum_to_more_than_one_are_refused(visit: Visit) -> None:
    page = visit(f"{PAGE}?entries=attention.edits%3D0%25407%253A0.9%26attention.place%3D0")
    field = page.locator(".decoding .over input")
    field.fill("0.5")
    field.press("Enter")
    expect(page.get_by_text("the edited weights of step 0 must sum to at most 1; got 1.4")).to_be_visible(
        timeout=PATIENCE
    )
    expect(part(page, "chips").locator(".chip")).to_have_count(1)


def test_without_attention_there_is_one_vector(visit: Visit) -> None:
    page = visit(f"{PAGE}?views=attention.score:no-attention&entries=attention.reverse%3D{LONG}")
    expect(page.locator(".decoding .only")).to_have_text("No weights: everything goes through these 64 numbers.")
    expect(page.locator(".decoding h2")).to_have_text("Without attention, the whole source goes through one vector")
    expect(part(page, "said")).to_contain_text("✗ wrong")
    page.keyboard.press("ArrowRight")
    expect(part(page, "step")).to_contain_text("step 1 of")
    page.get_by_role("radio", name="Dot product").click()
    expect(part(page, "said")).to_contain_text("✓ correct", timeout=PATIENCE)
    assert said(page) == f"{LONG[::-1]}■"


def test_what_is_said_without_attention_fits_a_narrow_window(visit: Visit, page: Page) -> None:
    page.set_viewport_size({"width": 480, "height": 900})
    visit(f"{PAGE}?views=attention.score:no-attention attention.task:dates")
    sentence, stage = page.locator(".decoding .only").bounding_box(), part(page, "stage").bounding_box()
    assert sentence is not None
    assert stage is not None
    assert stage["x"] <= sentence["x"]
    assert sentence["x"] + sentence["width"] <= stage["x"] + stage["width"]


def test_dates_have_a_box_of_their_own(visit: Visit) -> None:
    page = visit(ADDITIVE)
    part(page, "text").fill("271")
    expect_said(page, "172")
    page.get_by_role("radio", name="Dates").click()
    settle(page)
    expect(part(page, "text")).to_have_value("Thursday, 5 March 1998")
    expect_said(page, "1998-03-05")
    page.get_by_role("button", name="Mon 21-Jul-69", exact=True).click()
    expect_said(page, "1969-07-21")
    page.get_by_role("radio", name="Digits reversed").click()
    settle(page)
    expect(part(page, "text")).to_have_value("271")


def test_another_view_and_back_is_where_it_was(visit: Visit) -> None:
    page = visit(ADDITIVE)
    part(page, "text").fill("27182x")
    expect(part(page, "notice")).to_contain_text("got 'x'", timeout=PATIENCE)
    part(page, "text").blur()
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    expect_kept(page, "attention.step%3D4")
    page.get_by_role("radio", name="Against length").click()
    expect(part(page, "step")).to_have_count(0, timeout=PATIENCE)
    settle(page)
    page.get_by_role("radio", name="Translate").click()
    expect(part(page, "step")).to_have_text("step 4 of 8", timeout=PATIENCE)
    expect(part(page, "text")).to_have_value("27182x")
    expect(part(page, "notice")).to_contain_text("got 'x'")


def test_all_numbers_stand_in_a_table(visit: Visit, additive: AttentionModel) -> None:
    page = visit(ADDITIVE)
    part(page, "numbers").locator("summary").click()
    rows = part(page, "table").locator("tr")
    expect(rows).to_have_count(10)
    weights = additive.decode(OPENING).weights
    assert weights is not None
    shown = [row.locator("td").all_text_contents() for row in rows.all()[1:]]
    np.testing.assert_allclose([[float(cell) for cell in row[3:]] for row in shown], weights, atol=6e-5)
    assert [row[1] for row in shown] == list("62951413■")


def test_accuracy_against_length(visit: Visit) -> None:
    page = visit(f"{PAGE}?views=attention.view:against-length")
    expect(page.get_by_text("How often is the whole sequence reversed correctly?")).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_role("table").filter(has_text="parameters")).to_contain_text("dot-product attention")
    page.get_by_role("radio", name="Dates").click()
    expect(page.get_by_text("How often is the whole date correct?")).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_text("The answer")).to_be_visible()


def test_attention_over_a_review_beside_two_other_answers(visit: Visit) -> None:
    page = visit(f"{PAGE}?views=attention.view:sentiment")
    found = faithfulness.sizes(load_judge("bilstm"), REVIEW, 400)
    words = page.locator(".word-weights .word")
    expect(words).to_have_count(len(found.tokens), timeout=PATIENCE)
    heaviest = int(found.values[0].argmax())
    detail = part(page, "detail", "word-weights")
    expect(detail).to_contain_text(f"t = {heaviest} of {len(found.tokens) - 1}, “{found.tokens[heaviest]}”: attention ")
    part(page, "numbers", "word-weights").locator("summary").click()
    rows = part(page, "table", "word-weights").locator("tr")
    expect(rows).to_have_count(1 + len(found.tokens))
    shown = np.array([[float(cell) for cell in row.locator("td").all_text_contents()[2:]] for row in rows.all()[1:]])
    np.testing.assert_allclose(shown.T, found.values, rtol=6e-4, atol=1e-7)
    part(page, "words", "word-weights").focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    expect(detail).to_contain_text(f"t = 1 of {len(found.tokens) - 1}, ")
    expect(page.get_by_text(f"here τ = {found.taus[0]:.2f}").first).to_be_visible(timeout=PATIENCE)
    box = page.get_by_role("textbox", name="A review; the network predicts while you type")
    box.fill("not good")
    expect(words).to_have_count(2, timeout=PATIENCE)


def test_it_is_drawn_in_the_dark_and_in_a_narrow_window(browser: Browser, server: Server) -> None:
    with browser.new_context(viewport={"width": 480, "height": 900}, color_scheme="dark") as context:
        context.add_init_script(LISTEN)
        page = context.new_page()
        page.goto(f"{server.url}{PAGE}?entries=attention.reverse%3D{LONG}")
        settle(page)
        expect(part(page, "step")).to_have_text("step 0 of 30", timeout=PATIENCE)
        assert page.evaluate("document.documentElement.scrollWidth") <= 480
        stage = part(page, "stage").bounding_box()
        panel = part(page, "arithmetic").bounding_box()
        assert stage is not None
        assert panel is not None
        assert panel["y"] > stage["y"] + stage["height"] - 1
        color = page.locator(".decoding .bar").first.evaluate("node => getComputedStyle(node).fill")
        assert color == "rgb(143, 235, 219)"
