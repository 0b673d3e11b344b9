"""The lecture's tour as a visitor goes through it: by keys to its end, playing in between, leaving, coming back."""

import re
from collections.abc import Callable
from typing import Final
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Locator, Page, expect

from rnnviz import tours
from rnnviz.ui.shell import touring
from tests.browser.test_accessibility import predicted, said, turn_dark
from tests.browser.waiting import PATIENCE, settle, steady, until

Visit = Callable[[str], Page]

SHELVED: Final = tours.find("lecture")
assert SHELVED is not None
assert SHELVED.tour is not None
STOPS: Final = SHELVED.tour.stops
SEEN: Final = """(node) => {
    const { top, bottom } = node.getBoundingClientRect();
    return Math.min(bottom, window.innerHeight) - Math.max(top, 0) > 60;
}"""


LAID: Final = """(selector) => {
    const box = (one) => document.querySelector(one)?.getBoundingClientRect() ?? { top: 0, bottom: 0, height: 0 };
    const strip = box('[data-testid=stLayoutWrapper]:has(> .st-key-tour_strip)');
    const words = box('.st-key-tour_text'), target = box(selector);
    const shown = Math.min(target.bottom, innerHeight) - Math.max(target.top, strip.bottom);
    return {
        strip: strip.height, words: words.height, below: strip.bottom,
        gap: target.top - strip.bottom, whole: target.bottom <= innerHeight, shown: shown / innerHeight,
        top: document.querySelector('[data-testid=stMain]').scrollTop,
    };
}"""
"""Where the strip of the tour and what is pointed at are, and the share of the window that the latter has."""

SIZE: Final = "(node) => parseFloat(getComputedStyle(node).fontSize) * (node.currentCSSZoom ?? 1)"


def at(page: Page, number: int) -> Page:
    """Wait for a stop of the lecture, which the address names."""
    expect(page).to_have_url(re.compile(rf"[?&]tour=lecture\.{number}(&|$)"), timeout=PATIENCE)
    chosen = page.locator(".tour-bar select")
    expect(chosen).to_have_value(str(number), timeout=PATIENCE)
    return settle(page)


def pointed_at(page: Page, number: int) -> Locator:
    key = STOPS[number - 1].look.replace(".", "-")
    return page.locator(f".st-key-{key}")


def seen(page: Page, target: Locator) -> bool:
    """Whether more than an edge of something is in the window, or soon."""
    for _ in range(300):
        if target.evaluate(SEEN):
            return True
        page.wait_for_timeout(100)
    return False


def label(target: Locator) -> str:
    return str(target.evaluate("(node) => getComputedStyle(node, '::before').content"))


def test_through_the_whole_lecture_by_keys(visit: Visit, page: Page) -> None:
    visit("/")
    page.get_by_role("link", name="From sequences to attention").click()
    for number, stop in enumerate(STOPS, start=1):
        at(page, number)
        expect(page.locator("h1")).to_have_text(stop.page)
        expect(page.get_by_test_id("stException")).to_have_count(0)
        assert [one.inner_text() for one in page.get_by_test_id("stAlert").all()] == []
        target = pointed_at(page, number)
        expect(target).to_have_css("outline-style", "solid", timeout=PATIENCE)
        assert label(target) == '"Look here"'
        expect(page.locator(".st-key-tour_text")).to_be_in_viewport()
        if not target.evaluate(SEEN):
            page.get_by_role("button", name="Look at").click()
        assert seen(page, target), f"{stop.look} is not in the window at stop {number}"
        expect(page.get_by_role("button", name="The stop’s view again")).to_have_count(0)
        page.keyboard.press("n")
    at(page, len(STOPS))
    expect(page.get_by_role("button", name="Next →")).to_be_disabled()
    page.keyboard.press("b")
    page.keyboard.press("b")
    at(page, len(STOPS) - 2)


@pytest.mark.smoke("tour")
def test_playing_inside_a_stop_and_back(visit: Visit, page: Page) -> None:
    visit(address(4))
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile("[?&]t=2"))
    again = page.get_by_role("button", name="The stop’s view again")
    expect(again).to_be_visible(timeout=PATIENCE)
    settle(page)
    page.reload()
    at(page, 4)
    expect(page.locator(".step-through .read-out")).to_contain_text("t = 2")
    again.click()
    expect(page).to_have_url(re.compile("[?&]t=1"))
    expect(page.locator(".step-through .read-out")).to_contain_text("t = 1")
    expect(again).to_have_count(0)
    settle(page)


def test_back_and_forth_in_the_history_is_one_entry_a_stop(visit: Visit, page: Page) -> None:
    visit(address(2))
    for number in (3, 4):
        page.keyboard.press("n")
        at(page, number)
    for number in (3, 2):
        page.go_back()
        at(page, number)
        expect(page.locator("h1")).to_have_text(STOPS[number - 1].page)
    page.go_forward()
    at(page, 3)


def test_the_menu_and_quick_presses(visit: Visit, page: Page) -> None:
    visit(address(1))
    page.locator(".tour-bar select").select_option("14")
    at(page, 14)
    expect(page.locator("h1")).to_have_text("Sentiment")
    for _ in range(3):
        page.keyboard.press("b")
    at(page, 11)
    box = page.locator(".st-key-tour_text")
    expect(box).to_contain_text("none for the gates")
    for keys, number in (("nnn", 14), ("bbbbb", 9), ("bbb", 6), ("nbnn", 8)):
        for key in keys:
            page.keyboard.press(key)
            page.wait_for_timeout(80)
        at(page, number)
        expect(page.locator("h1")).to_have_text(STOPS[number - 1].page)


def test_leaving_keeps_the_view_and_a_letter_is_a_letter(visit: Visit, page: Page) -> None:
    visit(address(14))
    box = page.locator(".review textarea")
    box.click()
    page.keyboard.press("End")
    page.keyboard.type(" nb")
    expect(box).to_have_value(re.compile("awful nb$"))
    expect(page).to_have_url(re.compile("nb"), timeout=PATIENCE)
    at(page, 14)
    page.get_by_role("button", name="Leave").click()
    expect(page.locator(".tour-bar")).to_have_count(0, timeout=PATIENCE)
    expect(page).not_to_have_url(re.compile("tour="))
    expect(page).to_have_url(re.compile("nb"))
    expect(box).to_have_value(re.compile("awful nb$"))
    settle(page)
    page.locator("h1").click()
    page.keyboard.press("n")
    settle(page)
    expect(page.locator("h1")).to_have_text("Sentiment")


def test_another_page_in_between(visit: Visit, page: Page) -> None:
    visit(address(9))
    page.get_by_test_id("stSidebar").get_by_role("link", name="Hidden states").click()
    expect(page.locator("h1")).to_have_text("Hidden states")
    settle(page)
    expect(page.locator(".st-key-tour_text")).to_have_count(0)
    page.get_by_role("button", name="To the stop, on “Memory”").click()
    at(page, 9)
    expect(page.locator("h1")).to_have_text("Memory")


def test_a_tour_that_is_gone(visit: Visit) -> None:
    page = visit("/Gates?cell=gru&seed=3&tour=physics.2")
    expect(page.get_by_text("The tour physics is not on this server")).to_be_visible()
    expect(page.locator(".tour-bar")).to_have_count(0)
    expect(page).to_have_url(re.compile("seed=3"))


def test_presenting(visit: Visit, page: Page) -> None:
    page.set_viewport_size({"width": 1024, "height": 768})
    visit(address(11) + "&present=1")
    at(page, 11)
    expect(page.get_by_test_id("stSidebar")).to_be_hidden()
    page.get_by_text("Reveal the answer").click()
    for height, least in ((768, 18), (1080, 23)):
        page.set_viewport_size({"width": {768: 1024, 1080: 1920}[height], "height": height})
        for words in (page.locator(".st-key-tour_text p").first, page.get_by_text("At 6 and 19")):
            expect(words).to_be_visible()
            until(page, lambda words=words, least=least: words.evaluate(SIZE) >= least)
        settle(page)
        scrolled, width = page.get_by_test_id("stMain").evaluate("(node) => [node.scrollWidth, node.clientWidth]")
        assert scrolled <= width
    page.keyboard.press("n")
    at(page, 12)
    expect(page.locator("html")).to_have_attribute("data-presenting", "")
    expect(page.locator(".st-key-tour_text p").first).to_be_visible()
    expect(page.get_by_text("0.61 to the power of 1/20")).to_be_hidden()
    page.keyboard.press("p")
    expect(page.get_by_test_id("stSidebar")).to_be_visible()
    settle(page)


def laid(page: Page, number: int) -> dict[str, float]:
    key = STOPS[number - 1].look.replace(".", "-")
    told: dict[str, float] = page.evaluate(LAID, f".st-key-{key}")
    return told


def wait_until_laid(page: Page, number: int, condition: str) -> dict[str, float]:
    """Wait for something of what ``laid`` says."""
    key = STOPS[number - 1].look.replace(".", "-")
    told: dict[str, float] = page.wait_for_function(
        f"([selector]) => {{ const at = ({LAID})(selector); return ({condition}) && at; }}",
        arg=[f".st-key-{key}"],
        timeout=PATIENCE,
    ).json_value()
    return told


def test_words_and_figure_are_in_one_window_at_every_stop_while_presenting(visit: Visit, page: Page) -> None:
    page.set_viewport_size({"width": 1024, "height": 768})
    visit(address(1) + "&present=1")
    for number in range(1, len(STOPS) + 1):
        at(page, number)
        expect(page.locator(".st-key-tour_text")).to_be_in_viewport(ratio=0.99)
        expect(pointed_at(page, number)).to_have_css("outline-style", "solid", timeout=PATIENCE)
        seen_whole = "at.shown > 0.65 || at.whole && at.gap > 0"
        at_the_top = "Math.abs(at.below - at.strip) < 2"  # no bar of the page is above the tour's
        there = wait_until_laid(page, number, f"({seen_whole}) && {at_the_top}")
        assert there["strip"] < 0.27 * 768, "the words take more than a quarter of the window"
        page.keyboard.press("n")


def test_what_comes_late_above_a_figure_does_not_move_it_until_the_visitor_scrolls(visit: Visit, page: Page) -> None:
    """On a busy machine it may come long after all was still."""
    page.set_viewport_size({"width": 1024, "height": 768})
    visit(address(1) + "&present=1")
    at(page, 1)
    page.keyboard.press("n")
    at(page, 2)
    wait_until_laid(page, 2, "at.whole && at.gap > 0")
    steady(pointed_at(page, 2))
    placed = f"Math.abs(at.gap - {laid(page, 2)['gap']}) < 2"
    page.wait_for_timeout(4000)
    come = """(target, pixels) => {
        const before = target.getBoundingClientRect().top;
        document.querySelector('[data-testid=stMain]').style.overflowAnchor = 'none';
        target.parentElement.style.setProperty('padding-top', `${pixels}px`, 'important');
        return target.getBoundingClientRect().top - before;
    }"""
    assert pointed_at(page, 2).evaluate(come, 300) > 250
    wait_until_laid(page, 2, placed)
    page.mouse.move(500, 600)
    page.mouse.wheel(0, 40)
    wait_until_laid(page, 2, f"!({placed})")
    before = laid(page, 2)["top"]
    pointed_at(page, 2).evaluate(come, 600)
    page.wait_for_timeout(1000)
    assert laid(page, 2)["top"] == before, "the page was scrolled back"


@pytest.mark.parametrize("screen", [(1024, 768), (1920, 1080)], ids=str)
@pytest.mark.parametrize("number", [6, 17])
def test_stepping_to_the_figure_folds_the_words(visit: Visit, page: Page, number: int, screen: tuple[int, int]) -> None:
    """Stop 6 has a chart, which grows into the room; stop 17 a widget that is higher than any window."""
    page.set_viewport_size({"width": screen[0], "height": screen[1]})
    visit(address(number) + "&present=1")
    at(page, number)
    words = page.locator(".st-key-tour_text")
    button = page.get_by_role("button", name="Words")
    before = wait_until_laid(page, number, "at.words > 50 && at.shown > 0.65")
    expect(button).to_have_attribute("aria-expanded", "true")
    for on, back in (("]", "["), ("w", "w")):
        page.keyboard.press(on)
        expect(words).to_be_hidden()
        expect(button).to_have_attribute("aria-expanded", "false")
        there = wait_until_laid(page, number, "at.shown > 0.84")
        assert there["strip"] < 75
        assert there["whole"] or number == 17
        page.keyboard.press(back)
        expect(words).to_be_visible()
        again = wait_until_laid(page, number, f"Math.abs(at.strip - {before['strip']}) < 1")
        assert again["shown"] > 0.65
    button.click()
    expect(words).to_be_hidden()
    page.keyboard.press("n")
    at(page, number + 1)
    expect(words).to_be_visible()
    page.keyboard.press("p")
    settle(page)
    expect(button).to_be_hidden()


def test_the_question_of_the_page_takes_the_place_of_the_words(visit: Visit, page: Page) -> None:
    visit(address(4) + "&present=1")
    at(page, 4)
    words, card = page.locator(".st-key-tour_text"), page.locator(".st-key-predict")
    question = page.locator(".tour-bar").get_by_role("button", name="Question")
    expect(words).to_be_visible()
    expect(question).to_have_attribute("aria-pressed", "false")
    page.keyboard.press("q")
    expect(card.locator("input:focus")).to_have_count(1, timeout=PATIENCE)
    expect(words).to_be_hidden()
    expect(page.get_by_role("button", name="Words")).to_be_hidden()
    expect(question).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("q")
    expect(card).to_have_count(0, timeout=PATIENCE)
    expect(words).to_be_visible()
    question.click()
    expect(card.locator("input:focus")).to_have_count(1, timeout=PATIENCE)
    question.click()
    expect(card).to_have_count(0, timeout=PATIENCE)
    expect(words).to_be_visible()
    expect(question).to_have_attribute("aria-pressed", "false")
    page.keyboard.press("q")
    expect(card.locator("input:focus")).to_have_count(1, timeout=PATIENCE)
    page.keyboard.press("b")
    at(page, 3)
    expect(card).to_have_count(0, timeout=PATIENCE)
    expect(words).to_be_visible()


def test_what_is_held_at_the_top_of_a_widget_is_held_under_the_words(visit: Visit, page: Page) -> None:
    page.set_viewport_size({"width": 1024, "height": 768})
    visit(address(17) + "&present=1")
    at(page, 17)
    rail = page.locator(".decoding .rail")
    page.mouse.move(500, 600)
    for strip in ("at.strip > 100", "at.strip < 75"):
        held = wait_until_laid(page, 17, strip)["below"]
        page.mouse.wheel(0, 500)
        top = "(node) => node.getBoundingClientRect().top"
        until(page, lambda top=top, held=held: abs(rail.evaluate(top) - held) < 1.5)
        page.keyboard.press("w")


def test_the_next_figure_after_the_stop_is_under_the_strip(visit: Visit, page: Page) -> None:
    """The network of the first stop stands under the kinds of problem, which are pointed at."""
    visit(address(1) + "&present=1")
    at(page, 1)
    wait_until_laid(page, 1, "at.shown > 0.65 || at.whole && at.gap > 0")
    settle(page)  # the next figure is one that is there
    page.keyboard.press("]")
    expect(page.locator(".st-key-tour_text")).to_be_hidden(timeout=PATIENCE)
    settle(page)  # and what stands under it has moved up
    page.keyboard.press("]")
    page.wait_for_function(
        """() => {
            const { bottom } = document.querySelector('.tour-bar').getBoundingClientRect();
            const { top } = document.querySelector('.st-key-sequences-unrolled').getBoundingClientRect();
            return top > bottom && top < bottom + 40;
        }"""
    )
    expect(page.locator(".st-key-tour_text")).to_be_hidden(timeout=PATIENCE)


def test_axe_objects_to_nothing_of_a_stop_while_presenting(visit: Visit, page: Page) -> None:
    page.set_viewport_size({"width": 1024, "height": 768})
    visit(address(4) + "&present=1")
    at(page, 4)
    for dark in (False, True):
        if dark:
            turn_dark(page)
        page.get_by_text("Reveal the answer").click()
        expect(page.get_by_text("is added before the tanh")).to_be_visible(timeout=PATIENCE)
        found = predicted(page)
        page.keyboard.press("w")
        expect(page.locator(".st-key-tour_text")).to_be_hidden(timeout=PATIENCE)
        found += predicted(page)
        assert not found, said(found)


def test_axe_objects_to_no_stop_in_either_theme(visit: Visit, page: Page) -> None:
    visit(address(4))
    answer = page.get_by_text("is added before the tanh")
    expect(answer).to_be_hidden()
    page.get_by_text("Reveal the answer").click()
    expect(answer).to_be_visible()
    found = predicted(page)
    assert not found, said(found)
    turn_dark(page)
    found = predicted(page, ["color-contrast"])
    assert not found, said(found)
    names = [one.get_attribute("lang") for one in page.locator(".st-key-tour_text, .tour-bar select").all()]
    assert names == ["en", "en"]


def test_in_a_narrow_window_the_page_is_no_wider(visit: Visit, page: Page) -> None:
    page.set_viewport_size({"width": 480, "height": 900})
    visit(address(9))
    at(page, 9)
    look = page.get_by_role("button", name="Look")
    look.click()
    page.wait_for_function(f"() => ({SEEN})(document.querySelector('.st-key-memory-grid'))")
    scrolled, seen = page.get_by_test_id("stMain").evaluate("(node) => [node.scrollWidth, node.clientWidth]")
    assert scrolled <= seen
    page.get_by_role("button", name="Next →").click()
    at(page, 10)


def address(number: int) -> str:
    """The address of a stop, as somebody may have copied it."""
    stop = STOPS[number - 1]
    return f"/{stop.page.replace(' ', '_')}?{urlencode(touring.params_of(stop, 'lecture', number))}"
