"""Keys of one character can be switched off, and who wants little motion gets little."""

import re
from collections.abc import Callable
from typing import Final

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.waiting import LISTEN, PATIENCE, settle
from tests.serving import Server

Visit = Callable[[str], Page]
SWITCH: Final = "Single keys are shortcuts"

STEPPED: Final = {
    "/Sequences": ".unrolled",
    "/Step_through": ".step-through",
    "/Hidden_states": ".panels",
    "/Clipping": ".cliff",
    "/Attention": ".decoding",
    "/Characters": ".writing",
}
"""Pages with something to play, and where it is."""


def presented(page: Page) -> bool:
    return bool(page.evaluate("() => 'presenting' in document.documentElement.dataset"))


def switch(page: Page) -> None:
    page.get_by_role("button", name="Keys", exact=True).click()
    page.get_by_role("checkbox", name=SWITCH).click()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_keys_of_one_character_can_be_switched_off_and_stay_so(visit: Visit, page: Page) -> None:
    visit("/Step_through")
    page.keyboard.press("p")
    assert presented(page)
    page.keyboard.press("p")
    assert not presented(page)
    settle(page)
    switch(page)
    for again in (False, True):
        if again:
            page.reload()
            settle(page)
        page.keyboard.press("p")
        page.keyboard.press("?")
        assert not presented(page)
        expect(page.get_by_role("dialog")).to_have_count(0)
        page.keyboard.press("ArrowLeft" if again else "ArrowRight")
        expect(page).to_have_url(re.compile(f"[?&]t={1 if again else 2}"))
        settle(page)
    page.get_by_role("button", name="Present").click()
    assert presented(page)
    expect(page.get_by_role("button", name="Leave (Esc)")).to_be_visible()
    page.keyboard.press("]")
    page.keyboard.press("Escape")
    assert not presented(page)
    settle(page)
    switch(page)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    expect(page.get_by_role("checkbox", name=SWITCH)).to_be_checked()


def test_on_a_tour_too(visit: Visit, page: Page) -> None:
    visit("/Step_through?tour=lecture.1")
    stops = page.locator(".tour-bar [data-part=stops]")
    expect(stops).to_have_value("1", timeout=PATIENCE)
    switch(page)
    page.keyboard.press("n")
    page.wait_for_timeout(400)
    expect(stops).to_have_value("1")
    switch(page)
    page.keyboard.press("n")
    expect(stops).to_have_value("2", timeout=PATIENCE)
    settle(page)


@pytest.mark.parametrize("address", STEPPED)
def test_what_plays_is_slow_where_little_motion_is_wanted(visit: Visit, address: str) -> None:
    """The fixture's visitor wants little motion; no step is more than a cut, and there are at most four a second."""
    page = visit(address)
    widget = page.locator(STEPPED[address])
    expect(widget).to_be_visible(timeout=PATIENCE)
    assert float(widget.get_by_label("Speed").input_value()) <= 4
    moving = widget.evaluate(
        """(node) => [...node.getRootNode().querySelectorAll('*')].filter((one) => {
            const { transitionDuration, animationName, scrollBehavior } = getComputedStyle(one);
            return /[1-9]/.test(transitionDuration) || animationName !== 'none' || scrollBehavior === 'smooth';
        }).length"""
    )
    assert moving == 0


def test_what_plays_is_fast_where_nobody_has_asked_for_less(browser: Browser, server: Server) -> None:
    with browser.new_context(reduced_motion="no-preference") as context:
        context.add_init_script(LISTEN)
        page = context.new_page()
        page.goto(server.url + "/Characters")
        settle(page)
        expect(page.locator(".writing").get_by_label("Speed")).to_have_value("30", timeout=PATIENCE)
