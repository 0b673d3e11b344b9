"""The plane of fixed points, as a student uses it: steps that wait for nobody, points, examples, and a long search."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.waiting import PATIENCE, settle

Visit = Callable[[str], Page]


@pytest.mark.smoke("phase_plane")
def test_a_step_is_shown_at_once_and_the_map_follows_when_it_rests(visit: Visit) -> None:
    page = visit("/Dynamics")
    widget = page.locator(".phase-plane")
    expect(widget.locator("h2")).to_have_text("8 stable points under the constant input “0 0 0”")
    page.keyboard.press("ArrowRight")
    expect(widget).to_have_attribute("data-t", "3", timeout=200)
    expect(widget.locator("[data-part=late]")).to_be_empty()
    page.keyboard.press("ArrowRight")
    expect(widget.locator("[data-part=late]")).to_contain_text("belongs to the input “0 0 0”", timeout=200)
    expect(widget.locator("h2")).to_contain_text("under the constant input “0 0 -1”", timeout=PATIENCE)
    expect(widget.locator("[data-part=late]")).to_be_empty()
    expect(page).to_have_url(re.compile(r"[?&]t=4"))


def test_a_point_says_its_numbers_and_is_selected(visit: Visit) -> None:
    page = visit("/Dynamics")
    page.wait_for_function("() => document.querySelector('[data-testid=stBidiComponentIsolated]')")
    found = page.locator(".phase-plane [data-part=map]")
    at = found.evaluate("""(map) => {
        const canvas = map.querySelector("[data-part=marks]"), pen = canvas.getContext("2d");
        const { data } = pen.getImageData(0, 0, canvas.width, canvas.height);
        const ratio = canvas.width / canvas.clientWidth;
        for (let k = 0; k < data.length; k += 4) {
            if (data[k] === 11 && data[k + 1] === 92 && data[k + 2] === 173) {
                const place = k / 4;
                return { x: (place % canvas.width) / ratio, y: Math.floor(place / canvas.width) / ratio + 5 };
            }
        }
        return null;
    }""")
    assert at is not None
    found.hover(position=at)
    tip = page.locator(".phase-plane [data-part=tip]")
    expect(tip).to_contain_text("stable point")
    number = re.search(r"Point (\d+)", tip.inner_text())
    assert number is not None
    found.click(position=at)
    settle(page)
    if number[1] != "0":
        expect(page).to_have_url(re.compile(rf"dynamics\.point(:|%3A){number[1]}\b"))
    page.get_by_text("Leading modes", exact=True).click()
    expect(page.get_by_role("combobox", name="Point")).to_have_attribute("value", re.compile(rf"^{number[1]}: "))


def test_an_example_opens_with_one_click(visit: Visit) -> None:
    page = visit("/Dynamics")
    page.get_by_role("button", name="Bracket depth").click()
    title = page.locator(".phase-plane h2")
    expect(title).to_have_text(re.compile("5 stable points.* under the constant input “a”"), timeout=PATIENCE)
    expect(page).to_have_url(re.compile("trained=brackets"))
