"""A link of the navigation leads to what its page shows by itself, in one step of the history."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from rnnviz.page_registry import BESIDE, PAGES
from tests.browser.waiting import PATIENCE, more_settings, settle
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


def entries(page: Page) -> int:
    count: int = page.evaluate("history.length")
    return count


def go(page: Page, title: str) -> None:
    link_to(page, title).click()
    expect(page.get_by_role("heading", name=title, exact=True)).to_be_visible(timeout=PATIENCE)
    settle(page)


def headlines(page: Page) -> dict[str, object]:
    """What a page says first: the titles of its figures, the first words of its widgets; and its address."""
    found: dict[str, object] = page.evaluate(
        """() => {
          const hosts = [...document.querySelectorAll("[data-testid=stMain] *")].filter((each) => each.shadowRoot);
          const blocks = hosts.flatMap((host) => [...host.shadowRoot.children]);
          return {
            figures: [...document.querySelectorAll(".js-plotly-plot .gtitle")].map((each) => each.textContent),
            widgets: blocks.map((each) => (each.innerText ?? "").slice(0, 300).replace(/[0-9.]+\\s*ms/g, "")),
            query: decodeURIComponent(location.search),
          };
        }"""
    )
    return found


def walk(page: Page, visit: Visit, *wanted: str) -> None:
    """Go to all pages in their order: each but the ``wanted`` shows what it shows at its own address."""
    shown = {}
    for one in (*PAGES, *BESIDE):
        go(page, one.title)
        expect(page.locator(".st-key-navigation [aria-current=page]")).to_have_text(one.title)
        shown[one.title] = headlines(page)
    for one in (*PAGES, *BESIDE):
        alone = headlines(visit(f"/{one.address}"))
        assert (shown[one.title] == alone) == (one.title not in wanted), one.title


def test_after_a_walk_through_all_pages_each_shows_what_its_own_address_shows(visit: Visit) -> None:
    walk(visit("/"), visit)


def test_a_network_that_was_changed_on_one_page_is_on_no_other(visit: Visit) -> None:
    page = visit("/Step_through?cell=lstm&trained=none")
    choose_seed(page, "31")
    walk(page, visit, "Step through")


def test_back_leads_to_what_each_page_showed_in_one_step(visit: Visit) -> None:
    page = visit("/Step_through?cell=lstm&trained=none")
    choose_seed(page, "31")
    before = entries(page)
    go(page, "Gates")
    own = page.url
    assert entries(page) == before + 1
    page.get_by_role("button", name=re.compile("Take your .* along")).click()
    expect(page).to_have_url(re.compile("seed=31"), timeout=PATIENCE)
    settle(page)
    page.get_by_role("button", name="This page’s example").press("Enter")
    expect(page).to_have_url(own, timeout=PATIENCE)
    settle(page)
    page.go_back()
    expect(page).to_have_url(re.compile("seed=31"), timeout=PATIENCE)
    settle(page)
    page.go_back()
    expect(page).to_have_url(own, timeout=PATIENCE)
    settle(page)
    page.go_back()
    expect(page.get_by_role("heading", name="Step through", exact=True)).to_be_visible()
    expect(page).to_have_url(re.compile("seed=31"), timeout=PATIENCE)


def test_what_one_visitor_has_chosen_is_offered_to_no_other(visit: Visit) -> None:
    page = visit("/Step_through?cell=lstm&trained=none")
    choose_seed(page, "31")
    go(page, "Gates")
    expect(page.get_by_role("button", name=re.compile("Take your .* along"))).to_be_visible()
    other = page.context.new_page()  # a session of its own
    other.goto(page.url)
    settle(other)
    go(other, "Hidden states")
    expect(other.locator(".st-key-along")).to_have_count(0)


def test_the_line_is_at_the_top_of_a_phone_and_not_in_a_presentation(visit: Visit) -> None:
    page = visit("/Step_through?cell=lstm&trained=none&seed=31")
    go(page, "Gates")
    take = page.get_by_role("button", name=re.compile("Take your .* along"))
    page.set_viewport_size({"width": 390, "height": 844})
    expect(take).to_be_in_viewport(ratio=1)
    page.keyboard.press("p")
    expect(take).to_have_count(0, timeout=PATIENCE)


def test_a_text_that_was_just_typed_stays_on_its_page(visit: Visit) -> None:
    page = visit("/Step_through?cell=lstm&trained=none")
    box = page.get_by_role("textbox", name="Numbers", exact=True)
    box.fill(LONG_NUMBERS)
    link_to(page, "Hidden states").click()
    expect(page.get_by_role("heading", name="Hidden states", exact=True)).to_be_visible(timeout=PATIENCE)
    settle(page)
    expect(page.get_by_role("textbox", name="Numbers", exact=True)).to_have_count(0)
    go(page, "Step through")
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
def test_a_text_that_was_just_typed_is_taken_and_the_link_is_followed(visit: Visit, start: str, text: str) -> None:
    """Streamlit sends a text when it loses the focus, which is after the click that takes it away."""
    page = visit(start)
    box = page.get_by_test_id("stSidebar").locator("textarea")
    box.fill(text)
    link_to(page, "Hidden states").click()
    expect(page.locator("h1")).to_have_text("Hidden states")
    settle(page)
    go(page, "Gates" if "Gates" in start else "Step through")
    expect(box).to_have_value(text)
