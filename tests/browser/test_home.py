"""Home in a real browser: the network reads what is typed, one thing is changed at a time, and each part leads on."""

import re
from collections.abc import Callable
from typing import Final

import pytest
from playwright.sync_api import Locator, Page, expect

from rnnviz.names import Cell
from rnnviz.pictures.reader import TaskName, finding, name_of
from rnnviz.pictures.reader import turned_text as turned
from rnnviz.ui.pages.home import reading as home
from rnnviz.ui.pages.home.reading import Request
from rnnviz.ui.pages.home.stories import STORIES
from tests.browser.waiting import PATIENCE, settle, until

Visit = Callable[[str], Page]

OPENING: Final = STORIES["brackets"].opening
WORDS: Final = STORIES["first-word"].opening
BRACKETS: Final = "/?views=home.task:brackets"
CUT: Final = OPENING.replace(")", "", 1)

LETTERS: Final = """(field) => {
  const pen = document.createElement("canvas").getContext("2d");
  const style = getComputedStyle(field);
  pen.font = style.font;
  const wide = pen.measureText("m".repeat(40)).width / 40;
  return [parseFloat(style.paddingLeft) + 1 + wide / 2, wide + parseFloat(style.letterSpacing), field.scrollLeft];
}"""
"""The middle of the first letter in the field, and pixels from one letter to the next."""

NOTE: Final = """(step) => {
  window.said = [];
  new MutationObserver(() => window.said.push(step.textContent)).observe(
    step, { childList: true, characterData: true, subtree: true });
}"""
"""Keeps what is said of each step."""

LONG = "▶ " + "The whole of the second term, from states to attention. " * 3
WHOLE = """(link) => [...link.querySelectorAll("*")].every((node) =>
  getComputedStyle(node).display === "inline" || node.scrollWidth <= node.clientWidth)"""


def part(page: Page, name: str) -> Locator:
    return page.locator(f".reader [data-part={name}]")


def field(page: Page) -> Locator:
    return page.get_by_role("textbox", name=re.compile("A text for the network"))


def change(page: Page, name: str) -> Locator:
    return page.get_by_role("group", name="Change one thing:").get_by_role("button", name=name)


def expect_shown(
    page: Page, text: str, cell: Cell = "lstm", *, lowered: bool = False, name: TaskName = "brackets"
) -> None:
    """Sentence, outputs, marks and the table are those of the network."""
    request = Request(text, cell, lowered, name)
    found = home.reading(request)
    said, more = finding(name, name_of(cell, lowered=lowered), found.tokens, found.answers, found.turned)
    expect(part(page, "finding")).to_have_text(said, timeout=PATIENCE)
    expect(part(page, "more")).to_have_text(more, timeout=PATIENCE)
    expect(field(page)).to_have_value(text)
    depths = page.locator(".reader svg .depth")
    expect(depths).to_have_text([one.output for one in found.answers])
    expect(page.locator(".reader svg .cross")).to_have_count(sum(one.correct is False for one in found.answers))
    expect(page.locator(".reader svg .target")).to_have_text([one.target or "–" for one in found.answers])
    expect(part(page, "gate")).to_be_visible(visible=cell != "rnn")


@pytest.mark.smoke("reader")
def test_it_reads_while_one_types_and_each_change_is_computed(visit: Visit) -> None:
    page = visit(BRACKETS)
    expect_shown(page, OPENING)
    change(page, "Forget bias 3 lower").click()
    expect_shown(page, OPENING, lowered=True)
    change(page, "Remove the first").click()
    expect_shown(page, CUT, lowered=True)
    change(page, "GRU").click()
    expect_shown(page, CUT, "gru")
    expect(change(page, "Forget bias 3 lower")).to_be_disabled()
    change(page, "RNN").click()
    expect_shown(page, CUT, "rnn")
    expect(page.get_by_text("A plain RNN has no gate.")).to_be_visible()
    change(page, "Remove the first").click()
    expect_shown(page, OPENING, "rnn")
    field(page).fill("")
    field(page).press_sequentially("a((b) c)", delay=20)
    expect_shown(page, "a((b) c)", "rnn")
    expect(page).to_have_url(re.compile("home.cell"), timeout=PATIENCE)
    settle(page)
    page.reload()
    settle(page)
    expect_shown(page, "a((b) c)", "rnn")


def test_one_click_shows_that_the_rnn_has_lost_the_first_word(visit: Visit) -> None:
    page = visit("/")
    expect_shown(page, WORDS, name="first-word")
    expect(part(page, "finding")).to_contain_text("it remembers the first word")
    change(page, "RNN").click()
    expect_shown(page, WORDS, "rnn", name="first-word")
    expect(part(page, "finding")).to_contain_text("it has lost the first word")
    change(page, "Change the first word to “no”").click()
    expect_shown(page, turned(WORDS), "rnn", name="first-word")
    expect(change(page, "Change the first word to “yes”")).to_be_enabled()
    field(page).fill("no ")
    field(page).press_sequentially("I never liked it", delay=20)
    expect_shown(page, "no I never liked it", "rnn", name="first-word")
    expect(page.locator(".reader svg .letter.unknown")).to_have_count(4)
    settle(page)
    page.reload()
    settle(page)
    expect_shown(page, "no I never liked it", "rnn", name="first-word")
    change(page, "Bracket depth").click()
    expect_shown(page, OPENING, "rnn")
    change(page, "The first word").click()
    expect_shown(page, "no I never liked it", "rnn", name="first-word")


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (1920, 1080), (1024, 768)])
def test_the_first_word_and_the_last_are_in_view(visit: Visit, page: Page, width: int, height: int) -> None:
    page.set_viewport_size({"width": width, "height": height})
    visit("/")
    expect_shown(page, WORDS, name="first-word")
    for name in ("finding", "text", "gate", "states"):
        expect(part(page, name)).to_be_in_viewport(ratio=1)
    for t in (0, len(WORDS.split()) - 1):
        expect(page.locator(f".reader [data-step='{t}'] .letter")).to_be_in_viewport(ratio=1)


def test_what_the_network_does_not_know_is_named_and_nothing_typed_is_lost(visit: Visit) -> None:
    page = visit(BRACKETS)
    field(page).click()
    field(page).press("End")
    for typed, said in (("*", "Not in the vocabulary of the network: *"), ("a" * 20, "Not in the vocabulary")):
        field(page).press_sequentially(typed)
        expect(part(page, "finding")).to_contain_text(said, timeout=PATIENCE)
    expect(field(page)).to_have_value(f"{OPENING}*{'a' * 20}")
    expect(page.locator(".reader svg .depth")).to_have_count(len(OPENING))
    expect(part(page, "more")).to_have_text(f"The picture still shows “{OPENING}”.")
    field(page).fill("x" * 41)
    expect(part(page, "finding")).to_have_text("At most 40 characters fit here; the text has 41.", timeout=PATIENCE)
    field(page).fill("x(y)")
    expect_shown(page, "x(y)")


def test_steps_need_no_server_and_are_said(visit: Visit) -> None:
    page = visit(BRACKETS)
    answers = home.reading(Request(OPENING, name="brackets")).answers
    page.evaluate("WebSocket.prototype.send = () => {}")  # nothing reaches the server any more
    page.keyboard.press("Home")
    expect(part(page, "step")).to_have_text(
        f"t = 0 of {len(OPENING) - 1}, “f”: depth {answers[0].output} (p = {answers[0].probability:.3f}), correct"
    )
    page.keyboard.press("ArrowRight")
    expect(part(page, "step")).to_contain_text("t = 1 of")
    part(page, "step").evaluate(NOTE)  # a look now and then may miss the step
    page.keyboard.press(" ")
    until(page, lambda: {2, 3, 4} <= {int(said.split()[2]) for said in page.evaluate("window.said")})
    page.keyboard.press(" ")


def test_the_step_is_in_the_link_and_another_text_begins_at_its_end(visit: Visit) -> None:
    page = visit("/")
    expect_shown(page, WORDS, name="first-word")
    page.keyboard.press("Home")
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    page.wait_for_url(re.compile(r"home\.step%3D3"))
    settle(page)
    page.reload()
    settle(page)
    expect(part(page, "step")).to_contain_text("t = 3 of")
    page.keyboard.press("End")
    expect(page).not_to_have_url(re.compile("home"), timeout=PATIENCE)
    visit("/?entries=home.text%3Dx(y)%26home.step%3D4")
    expect(page.get_by_text("home.step must be a whole number in 0..3; got")).to_be_visible()
    expect(part(page, "step")).to_contain_text("t = 3 of 3")


def test_while_one_types_the_step_is_the_character_before_the_cursor(visit: Visit) -> None:
    page = visit(BRACKETS)
    field(page).focus()
    field(page).press("Home")
    expect(part(page, "step")).to_contain_text("t = 0 of")
    field(page).press("ArrowRight")
    field(page).press("ArrowRight")
    expect(part(page, "step")).to_contain_text("t = 1 of")
    field(page).press("Escape")
    page.keyboard.press("ArrowRight")
    expect(part(page, "step")).to_contain_text("t = 2 of")


def test_a_square_says_unit_step_and_number(visit: Visit) -> None:
    page = visit(BRACKETS)
    found = home.reading(Request(OPENING, name="brackets"))
    for name, signal in (("gate", "f"), ("states", "h")):
        strip = part(page, name)
        box = strip.bounding_box()
        assert box is not None
        t, unit = 11, 20
        strip.hover(
            position={"x": box["width"] * (t + 0.5) / len(OPENING), "y": box["height"] * (unit + 0.5) / 32}, force=True
        )
        value = f"{found.signals[signal][t, unit]:.3f}".replace("-", "−")
        expect(page.locator(".reader .tip")).to_have_text(f"{signal}[{unit}] at t = {t}, “(”: {value}")


@pytest.mark.parametrize("label", ["step through →", "all gates →", "all 32 units →"])
def test_each_part_leads_to_its_page_with_the_same_network(visit: Visit, label: str) -> None:
    page = visit("/?views=home.forget_bias:3-lower")  # of a time when the page showed brackets alone
    expect_shown(page, OPENING, lowered=True)
    link = page.locator(".reader").get_by_role("link", name=label)
    address = link.get_attribute("href")
    assert address is not None
    link.click()
    expect(page).to_have_url(
        re.compile(f"/{address.partition('?')[0]}\\?.*trained=brackets.*bias_ih_l0"), timeout=PATIENCE
    )
    settle(page)
    expect(page.get_by_test_id("stException")).to_have_count(0)
    page.go_back()
    settle(page)
    expect_shown(page, OPENING, lowered=True)


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (1440, 900), (1024, 768)])
def test_the_whole_instrument_is_in_view_and_letters_stand_over_their_columns(
    visit: Visit, page: Page, width: int, height: int
) -> None:
    page.set_viewport_size({"width": width, "height": height})
    visit(BRACKETS)
    expect(page.get_by_role("heading", name="rnnviz")).to_be_in_viewport(ratio=1)
    for name in ("finding", "text", "gate", "states", "step"):
        expect(part(page, name)).to_be_in_viewport(ratio=1)
    expect(page.locator(".reader .stage > svg")).to_be_in_viewport(ratio=1)
    first, step, scrolled = field(page).evaluate(LETTERS)
    boxes = [page.locator(f".reader [data-step='{t}'] rect").first.bounding_box() for t in (0, 33)]
    left = field(page).bounding_box()
    assert left is not None
    assert scrolled == 0
    for t, box in zip((0, 33), boxes, strict=True):
        assert box is not None
        assert abs(box["x"] + box["width"] / 2 - left["x"] - first - t * step) < 2


def test_a_phone_scrolls_inside_to_the_step_that_it_tells_of(visit: Visit, page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    visit(BRACKETS)
    expect_shown(page, OPENING)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    scroller = part(page, "scroller")
    page.wait_for_function("(node) => node.scrollLeft > 0", arg=scroller.element_handle())
    page.keyboard.press("Home")
    page.wait_for_function("(node) => node.scrollLeft === 0", arg=scroller.element_handle())


def test_before_an_audience_the_instrument_fills_the_window(visit: Visit) -> None:
    page = visit("/?present=1")
    expect_shown(page, WORDS, name="first-word")
    for name in ("finding", "text", "gate", "states", "step"):
        expect(part(page, name)).to_be_in_viewport(ratio=1)
    expect(page.locator(".reader .changes")).to_be_hidden()
    scroller = part(page, "scroller").bounding_box()
    assert scroller is not None
    assert scroller["width"] > 1100
    page.keyboard.press("m")
    expect(page.locator(".reader .changes")).to_be_visible()


def test_a_long_title_of_a_tour_is_whole(visit: Callable[[str], Page], page: Page) -> None:
    page.set_viewport_size({"width": 480, "height": 900})
    visit("/")
    link = page.locator(".st-key-home").get_by_test_id("stPageLink-NavLink").filter(has_text="▶").first
    link.locator("strong").evaluate(f"(node) => {{ node.textContent = {LONG!r}; }}")
    assert link.evaluate(WHOLE)


def test_links_stand_above_the_text_of_their_cards(visit: Callable[[str], Page], page: Page) -> None:
    visit("/")
    link = page.locator(".st-key-home").get_by_test_id("stPageLink-NavLink").filter(has_text="3 · Hidden states")
    text = page.locator(".st-key-home p").filter(has_text="How do h and c change over time?")
    lefts = [part.evaluate("(node) => node.getBoundingClientRect().left") for part in (link.locator("p"), text)]
    assert abs(lefts[0] - lefts[1]) < 1
    begin = page.get_by_role("link", name=re.compile("Step through a network"))
    title = page.get_by_role("heading", name="rnnviz")
    left, right = (part.evaluate("(node) => node.getBoundingClientRect().left") for part in (begin, title))
    assert abs(left - right) < 1


def test_what_comes_late_above_the_picture_takes_nothing_of_it_out_of_the_window(visit: Visit) -> None:
    page = visit("/")
    reader = page.locator(".reader")
    room = """(node) => innerHeight - node.querySelector(".stage").getBoundingClientRect().bottom
      - node.querySelector(".rail").getBoundingClientRect().height"""
    until(page, lambda: reader.evaluate(room) >= 0)
    page.get_by_test_id("stMain").evaluate("""(main) => {
      const late = document.createElement("div");
      late.style.height = "60px";
      main.querySelector("[data-testid=stVerticalBlock]").prepend(late);
    }""")
    until(page, lambda: reader.evaluate(room) >= 0)
