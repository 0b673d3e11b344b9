"""The page “In code” in a real browser: blocks by mouse and by keys, the link, and a phone."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.waiting import PATIENCE, settle

Visit = Callable[[str], Page]


@pytest.mark.smoke("listing")
def test_a_block_shows_its_values_and_its_part_of_the_picture(visit: Visit) -> None:
    page = visit("/In_code?views=in_code.view:manual-loop")
    given = page.locator(".listing [data-part=given]")
    expect(given.locator("h2")).to_have_text("Input")
    page.locator(".listing label", has_text="torch.tanh").click()
    expect(given.locator("h2")).to_have_text("New state")
    expect(given.locator("dd").nth(2)).to_have_text("-0.8649 0.9047")
    expect(given.locator("svg .lit rect")).to_have_count(3)
    page.wait_for_url("**in_code.manual%3Astate**", timeout=PATIENCE)
    page.reload()
    settle(page)
    expect(given.locator("h2")).to_have_text("New state")
    page.get_by_role("radio", name="New state").focus()
    page.keyboard.press("ArrowDown")
    expect(given.locator("h2")).to_have_text("The same as nn.RNN")
    expect(given.locator("dt").first).to_contain_text("at t = 0")


def test_on_a_phone_the_values_stand_under_the_block(visit: Visit) -> None:
    page = visit("/In_code")
    page.set_viewport_size({"width": 390, "height": 844})
    block = page.locator(".listing label", has_text="nn.Embedding(1000, 64, padding_idx=0)").first
    block.click()
    given = page.locator(".listing [data-part=given]")
    expect(given.locator("h2")).to_have_text("Embedding")
    assert block.evaluate("(label) => label.nextElementSibling.dataset.part") == "given"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
