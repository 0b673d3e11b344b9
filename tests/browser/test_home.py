"""Home in a real browser: its picture is legible however narrow the window is."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

SCALE = """(image) => image.getBoundingClientRect().width /
  Number(atob(image.src.split("base64,")[1]).match(/viewBox="0 0 (\\d+)/)[1])"""

LONG = "▶ " + "The whole of the second term, from states to attention. " * 3
WHOLE = """(link) => [...link.querySelectorAll("*")].every((node) =>
  getComputedStyle(node).display === "inline" || node.scrollWidth <= node.clientWidth)"""


@pytest.mark.parametrize("width", [480, 1440])
def test_one_picture_is_on_show_and_its_letters_are_not_shrunk(
    visit: Callable[[str], Page], page: Page, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    visit("/")
    shown = page.get_by_role("img", name=re.compile("A trained LSTM reads"))
    expect(shown).to_have_count(1)
    expect(shown).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert shown.evaluate(SCALE) > 0.9


def test_a_long_title_of_a_tour_is_whole(visit: Callable[[str], Page], page: Page) -> None:
    page.set_viewport_size({"width": 480, "height": 900})
    visit("/")
    link = page.locator(".st-key-home").get_by_test_id("stPageLink-NavLink").filter(has_text="▶")
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
