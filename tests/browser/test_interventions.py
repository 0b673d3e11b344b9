"""The page of interventions in a real browser: made, removed, undone; in the link; and from a cell of the grid."""

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.waiting import more_settings, settle, shown_charts, until

Visit = Callable[[str], Page]
PAGE = "/Interventions"


def made(page: Page) -> str:
    return parse_qs(urlsplit(page.url).query).get("interventions", [""])[0]


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).first.click()
    settle(page)


def typed(page: Page, label: str, text: str) -> None:
    box = page.get_by_label(label, exact=True)
    box.fill(text)
    box.press("Enter")
    settle(page)


@pytest.mark.smoke
def test_interventions_are_added_removed_and_undone(visit: Visit) -> None:
    page = visit(PAGE)
    expect(page.get_by_text("The likeliest output changes at")).to_be_visible()
    typed(page, "Units", "3 99")
    expect(page.get_by_text("Units must be whole numbers from 0 to 31")).to_be_visible()
    expect(page.get_by_label("Units", exact=True)).to_have_value("3 99")
    typed(page, "Units", "3 5")
    typed(page, "Steps", "4-9")
    press(page, "Add")
    both = "clamp:h@0:u2=1;clamp:h@0:u3.5:t4-9=0"
    until(page, lambda: made(page) == both)
    expect(page.get_by_text("2. Clamp hidden state h, units 3, 5, at t = 4 to 9: to 0")).to_be_visible()
    press(page, "Remove")
    until(page, lambda: made(page) == "clamp:h@0:u3.5:t4-9=0")
    press(page, "Undo")
    until(page, lambda: made(page) == both)


def test_a_decimal_comma_is_a_point_and_a_box_of_whole_numbers_has_none(visit: Visit) -> None:
    page = visit(PAGE)
    page.get_by_text("Clamp", exact=True).first.click()
    value = settle(page).get_by_role("spinbutton", name="Value", exact=True)
    for write in (lambda: page.keyboard.type("1,5"), lambda: page.keyboard.press("Control+v")):
        page.get_by_label("Units", exact=True).fill("1,5")
        page.get_by_label("Units", exact=True).press("Control+a")
        page.keyboard.press("Control+x")
        value.fill("")
        value.focus()
        write()
        expect(value).to_have_value("1.5")
    value.press("Enter")
    typed(page, "Units", "3")
    press(page, "Add")
    until(page, lambda: made(page).endswith(":u3=1.5"))
    seed = more_settings(visit("/Gates?cell=gru")).get_by_role("spinbutton", name="Seed").first
    seed.fill("")
    seed.focus()
    page.keyboard.type("1,234")
    expect(seed).to_have_value("1234")


def test_a_cell_of_the_grid_opens_its_patch(visit: Visit) -> None:
    page = visit(f"{PAGE}?views=interventions.view:patch-grid")
    box = shown_charts(page).locator(".nsewdrag").first.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] * 1.5 / 46, box["y"] + box["height"] * 3.5 / 16)
    settle(page)
    until(page, lambda: made(page) == "patch:h@0:u6.7:t1=start")
    expect(page.get_by_text("1. Patch hidden state h, units 6, 7, at t = 1 “(”")).to_be_visible()
