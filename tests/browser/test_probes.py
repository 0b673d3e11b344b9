"""The view "Probe" in a real browser: from a property and a label to a steering, which the link has."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.test_interventions import PAGE, made, press
from tests.browser.waiting import settle, until

Visit = Callable[[str], Page]


def test_steering_along_a_probe_opens_reach_in(visit: Visit) -> None:
    page = visit(f"{PAGE}?trained=latch&cell=gru&interventions=&views=interventions.view:probe")
    expect(page.get_by_text("A linear probe computes “first word” from h, layer 0")).to_be_visible()
    press(page, "Steer along this direction")
    settle(page)
    until(page, lambda: made(page) == "steer:h@0=4*probe.first.yes")
    expect(page.get_by_text("the probe’s direction of first word towards “yes”")).to_be_visible()
