"""However quickly a link of the navigation is followed, it leads to what is on show, in one step of the history."""

import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.waiting import PATIENCE, more_settings, settle, steady
from tests.ui.test_link import LONG_NUMBERS

Visit = Callable[[str], Page]


def link_to(page: Page, title: str) -> Locator:
    return page.locator(".st-key-navigation").get_by_role("link", name=title, exact=True)


def choose_seed(page: Page, seed: str) -> None:
    box = page.get_by_role("spinbutton", name="Seed").first
    if not box.is_visible():
        more_settings(page)
    box.fill(seed)
    box.press("Enter")
    expect(page).to_have_url(re.compile(f"seed={seed}"), timeout=PATIENCE)
    settle(page)


def seed_of(address: str) -> list[str]:
    return parse_qs(urlsplit(address).query).get("seed", [])


def entries(page: Page) -> int:
    count: int = page.evaluate("history.length")
    return count


@pytest.mark.parametrize("act", ["click", "key"])
def test_a_link_that_is_older_than_the_view_is_made_again_before_it_is_followed(visit: Visit, act: str) -> None:
    page = visit("/Step_through?cell=lstm&trained=none")
    choose_seed(page, "31")
    before, gates = entries(page), link_to(page, "Gates")
    assert seed_of(gates.get_attribute("href") or "") == []
    if act == "click":
        gates.scroll_into_view_if_needed()
        box = steady(gates)
        page.mouse.click(box["x"] + 5, box["y"] + 5)
    else:
        gates.evaluate("(link) => link.focus()")
        page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Gates", exact=True)).to_be_visible()
    expect(page).to_have_url(re.compile(r"seed=31"))
    settle(page)
    assert entries(page) == before + 1
    page.go_back()
    expect(page.get_by_role("heading", name="Step through", exact=True)).to_be_visible()
    expect(page).to_have_url(re.compile(r"seed=31"))


def test_a_pointer_over_the_navigation_makes_its_links_new_for_another_tab(visit: Visit) -> None:
    page = visit("/Step_through?cell=lstm&trained=none")
    choose_seed(page, "32")
    link_to(page, "Memory").hover()
    for title in ("Gates", "Gradients"):
        expect(link_to(page, title)).to_have_attribute("href", f"{title}?cell=lstm&seed=32")


def test_a_view_too_long_for_a_link_is_left_by_one_click(visit: Visit) -> None:
    page = visit("/Step_through?cell=lstm&trained=none")
    box = page.get_by_role("textbox", name="Numbers", exact=True)
    box.fill(LONG_NUMBERS)
    box.press("Control+Enter")
    settle(page)
    choose_seed(page, "33")
    link_to(page, "Hidden states").click()
    expect(page.get_by_role("heading", name="Hidden states", exact=True)).to_be_visible()
    expect(page).to_have_url(re.compile(r"seed=33"))
    expect(page.get_by_role("textbox", name="Numbers", exact=True)).to_have_value(LONG_NUMBERS)


def test_what_is_on_show_comes_along_whatever_the_page_showed_before(visit: Visit) -> None:
    page = visit("/Gates?cell=lstm&trained=none&seed=3")
    link_to(page, "Step through").click()
    expect(page.get_by_role("heading", name="Step through", exact=True)).to_be_visible()
    settle(page)
    choose_seed(page, "34")
    box = page.get_by_role("textbox", name="Numbers", exact=True)
    box.fill(LONG_NUMBERS)
    box.press("Control+Enter")
    settle(page)
    link_to(page, "Gates").click()
    expect(page.get_by_role("heading", name="Gates", exact=True)).to_be_visible()
    expect(page).to_have_url(re.compile(r"seed=34"))
    expect(page.get_by_role("textbox", name="Numbers", exact=True)).to_have_value(LONG_NUMBERS)
    assert "kept" not in page.url


def test_the_open_page_is_marked_and_a_phone_shows_it_at_once(visit: Visit) -> None:
    page = visit("/Step_through?cell=lstm&trained=none")
    expect(page.locator(".st-key-navigation [aria-current=page]")).to_have_text("Step through")
    page.set_viewport_size({"width": 390, "height": 844})
    page.reload()
    page.get_by_test_id("stExpandSidebarButton").click()
    link_to(page, "Gates").click()
    expect(page.get_by_role("heading", name="Gates", exact=True)).to_be_in_viewport()
    expect(page.get_by_test_id("stSidebar")).to_have_attribute("data-collapsed", "true")
    expect(page.locator(".st-key-navigation [aria-current=page]")).to_have_text("Gates")


def test_a_link_that_is_made_again_keeps_the_keyboard(visit: Visit) -> None:
    page = visit("/Step_through?cell=lstm&trained=none")
    choose_seed(page, "32")
    gates = link_to(page, "Gates")
    gates.evaluate("(link) => link.focus()")
    expect(gates).to_have_attribute("href", re.compile("seed=32"))
    expect(gates).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Gates", exact=True)).to_be_visible()


def test_a_press_that_ends_on_the_link_made_again_follows_it(visit: Visit) -> None:
    page = visit("/Step_through?cell=lstm&trained=none")
    choose_seed(page, "33")
    gates = link_to(page, "Gates")
    gates.scroll_into_view_if_needed()
    box = steady(gates)
    page.mouse.move(box["x"] + 5, box["y"] + 5)
    expect(gates).to_have_attribute("href", re.compile("seed=33"))
    page.mouse.down()
    page.locator(".st-key-navigation nav").evaluate("(links) => { links.innerHTML = links.innerHTML; }")
    page.mouse.up()
    expect(page.get_by_role("heading", name="Gates", exact=True)).to_be_visible()
    expect(page).to_have_url(re.compile(r"seed=33"))


def test_what_is_done_when_another_page_has_just_been_asked_for_leads_back_to_none(visit: Visit) -> None:
    page = visit("/Step_through?cell=lstm&trained=none")
    link = link_to(page, "Gates").element_handle()
    page.evaluate(
        """(link) => {
          link.click();
          document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "p", bubbles: true, composed: true }));
        }""",
        link,
    )
    expect(page.locator("html[data-presenting]")).to_be_attached()
    expect(page.get_by_role("heading", name="Gates", exact=True)).to_be_visible()
    settle(page)
    expect(page).to_have_url(re.compile(r"/Gates\?.*present=1"))
    page.keyboard.press("p")
    expect(page.locator(".st-key-navigation [aria-current=page]")).to_have_text("Gates")


@pytest.mark.parametrize(
    ("start", "text"),
    [
        ("/Gates?cell=lstm&input=words", "the cat sat"),
        ("/Step_through?cell=lstm&trained=brackets", "(a(b"),
        ("/Step_through?cell=gru&trained=encoder-dates-dot", "THE cat"),
    ],
)
def test_a_text_that_was_just_typed_goes_along_and_the_link_is_followed(visit: Visit, start: str, text: str) -> None:
    """Streamlit sends a text when it loses the focus, which is after the click that takes it away."""
    page = visit(start)
    box = page.get_by_test_id("stSidebar").locator("textarea")
    box.fill(text)
    link_to(page, "Hidden states").click()
    expect(page.locator("h1")).to_have_text("Hidden states")
    settle(page)
    expect(box).to_have_value(text)
