"""A term explains itself under the pointer, the keyboard and a finger, and leads to the glossary and back."""

import re
from collections.abc import Callable, Iterator
from typing import Final, Literal

import pytest
from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect

from tests.browser.conftest import WINDOW
from tests.browser.test_accessibility import predicted, said, turn_dark
from tests.browser.waiting import settle, steady
from tests.serving import Server

Visit = Callable[[str], Page]

NORMS: Final = "/Gates?views=gates.view:weights+gates.weights_picture:norms"
TELEPHONE: Final[ViewportSize] = {"width": 390, "height": 844}

CUT: Final = """(tip) => {
  const box = tip.getBoundingClientRect();
  const main = document.querySelector("[data-testid=stMain]").getBoundingClientRect();
  return box.width < 200 || box.left < main.left || box.right > innerWidth || box.top < 0 || box.bottom > innerHeight;
}"""


def term(page: Page, text: str) -> Locator:
    return page.locator(".rnnviz-term").filter(has_text=re.compile(f"^{text}"))


def tip(of: Locator) -> Locator:
    return of.get_by_role("note")


def opened_terms(page: Page) -> Iterator[Locator]:
    """All terms of a page, the folded text included."""
    folded = page.get_by_text(re.compile("^(More|The answer)$"))
    expect(folded.last).to_be_visible()
    for line in folded.all():
        line.click()
    settle(page)
    found = page.locator(".rnnviz-term")
    expect(found.last).to_be_visible()
    yield from found.all()


@pytest.mark.smoke
def test_a_term_explains_itself_and_opens_the_glossary_and_its_page_stays_as_it_was(visit: Visit) -> None:
    page = visit(NORMS + "&cell=lstm&trained=none&seed=31")
    page.evaluate("window.visit = 1")
    radius, singular = term(page, "spectral radius"), term(page, "singular value")
    expect(tip(radius)).to_be_hidden()
    radius.hover()
    expect(tip(radius)).to_contain_text("The largest absolute value of the eigenvalues")
    singular.hover()
    expect(tip(radius)).to_be_hidden()
    page.mouse.move(0, 0)
    expect(tip(singular)).to_be_hidden()
    singular.focus()
    expect(tip(singular)).to_be_visible()
    page.keyboard.press("Tab")
    expect(tip(singular).get_by_role("link")).to_be_focused()
    page.keyboard.press("Tab")
    expect(tip(singular)).to_be_hidden()
    expect(tip(radius)).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/Glossary#spectral-radius$"))
    expect(page.get_by_role("heading", name="spectral radius")).to_be_in_viewport()
    settle(page)
    page.get_by_test_id("stSidebar").get_by_role("link", name="Gates", exact=True).click()
    expect(page).to_have_url(re.compile(r"/Gates\?.*seed=31"))
    settle(page)
    page.go_back()
    settle(page)
    page.go_back()
    expect(page).to_have_url(re.compile(r"/Gates\?.*seed=31"))
    settle(page)
    assert page.evaluate("window.visit") == 1, "the application was loaded again, and the visit is lost"


def test_escape_puts_an_explanation_away_until_it_is_asked_for_again(visit: Visit) -> None:
    page = visit(NORMS)
    radius = term(page, "spectral radius")
    for ask, leave in ((radius.hover, lambda: page.mouse.move(0, 0)), (radius.focus, radius.blur)):
        ask()
        expect(tip(radius)).to_be_visible()
        page.keyboard.press("Escape")
        expect(tip(radius)).to_be_hidden()
        leave()
        ask()
        expect(tip(radius)).to_be_visible()
        leave()


def test_who_leaves_a_term_and_is_back_within_a_frame_asks_anew(visit: Visit) -> None:
    radius = term(visit(NORMS), "spectral radius")
    radius.hover()
    radius.page.keyboard.press("Escape")
    expect(tip(radius)).to_be_hidden()
    out = "new PointerEvent('pointerout', { bubbles: true, relatedTarget: document.body })"
    radius.evaluate(f"(term) => term.dispatchEvent({out})")  # the pointer is over it at the next frame
    expect(tip(radius)).to_be_visible()


def test_the_glossary_leads_to_a_view_that_shows_a_term(visit: Visit) -> None:
    page = visit("/Glossary#mask")
    heading = page.get_by_role("heading", name="mask")
    expect(heading).to_be_in_viewport()
    page.get_by_role("link", name="Gates, saturation").click()
    expect(page).to_have_url(re.compile(r"/Gates\?.*views=gates\.view(:|%3A)saturation"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Gates")


def test_home_leads_to_the_glossary(visit: Visit) -> None:
    page = visit("/")
    page.get_by_test_id("stMain").get_by_role("link", name="Glossary →").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Glossary")


@pytest.mark.parametrize("window", [WINDOW, TELEPHONE], ids=["laptop", "telephone"])
@pytest.mark.parametrize("address", [NORMS, "/Sentiment?views=sentiment.view:why", "/Hidden_states"])
def test_no_explanation_is_cut_at_the_edge_of_the_window(visit: Visit, address: str, window: ViewportSize) -> None:
    page = visit(address)
    page.set_viewport_size(window)
    settle(page)
    seen = 0
    for one in opened_terms(page):
        for block in ("start", "end"):
            one.evaluate(f"(node) => node.scrollIntoView({{ block: {block!r} }})")
            one.focus()
            expect(tip(one)).to_be_visible()
            assert not tip(one).evaluate(CUT), one.text_content()
            seen += 1
    assert seen >= 4


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_objects_to_no_explanation(visit: Visit, scheme: Literal["light", "dark"]) -> None:
    page = visit(NORMS)
    if scheme == "dark":
        turn_dark(page)
    radius = term(page, "spectral radius")
    radius.focus()
    expect(tip(radius)).to_be_visible()
    found = predicted(page)
    assert not found, said(found)


def test_a_finger_opens_and_closes_an_explanation(browser: Browser, server: Server) -> None:
    with browser.new_context(viewport=TELEPHONE, has_touch=True, is_mobile=True) as context:
        page = context.new_page()
        page.goto(server.url + NORMS)
        settle(page)
        radius = term(page, "spectral radius")
        radius.scroll_into_view_if_needed()
        steady(radius)
        radius.tap()
        expect(tip(radius)).to_be_visible()
        page.get_by_text("What you see.").tap()
        expect(tip(radius)).to_be_hidden()


def test_a_frame_of_another_page_has_no_way_to_the_glossary(visit: Visit) -> None:
    page = visit(NORMS + "&embed=true")
    radius = term(page, "spectral radius")
    radius.hover()
    expect(tip(radius)).to_be_visible()
    expect(tip(radius).get_by_role("link")).to_have_count(0)
