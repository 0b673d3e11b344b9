"""Every stop of the tours that ship, before an audience: through all of them with a clicker, each seen whole."""

import re
from collections.abc import Callable
from typing import Final
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from rnnviz import tours
from rnnviz.tours import Tour
from rnnviz.ui.selection import Selection
from rnnviz.ui.shell import touring
from tests.browser.waiting import PATIENCE, settle, until

Visit = Callable[[str], Page]

SCREENS: Final = ((1024, 768), (1366, 768), (1920, 1080))
PIXEL: Final = 2
"""How far an edge may be out of the window: borders and rounding."""

CONTROLS: Final = (
    ":is([class*=st-key-choice_], [class*=st-key-preset_], [class*=st-key-control_]):not([class*=st-key-slide_] *)"
)

SEEN: Final = """(selector) => {
    const box = (node) => node?.getBoundingClientRect().toJSON();
    const target = document.querySelector(selector);
    const widget = target?.querySelector('[data-testid=stBidiComponentIsolated]')?.shadowRoot;
    const part = (name) => widget?.querySelector(name);
    const question = document.querySelector('.st-key-tour_text');
    const strip = document.querySelector('[data-testid=stLayoutWrapper]:has(> .st-key-tour_strip)');
    const player = part('.rail');
    return {
        question: box(question), strip: box(strip), target: box(target),
        begin: box(part('[data-begin]') ?? target), end: box(part('[data-end]') ?? target),
        player: box(player), after: Boolean(part('[data-end] ~ .rail')),
    };
}"""
"""Where the words of a stop are, and what it points at: the figure, or of a widget what is from the beginning of its
picture to the end of it."""


def shipped(name: str) -> Tour:
    found = tours.find(name)
    assert found is not None
    assert found.tour is not None
    return found.tour


def address(name: str, number: int) -> str:
    stop = shipped(name).stops[number - 1]
    return f"/{stop.page.replace(' ', '_')}?{urlencode(touring.params_of(stop, name, number, Selection(present=True)))}"


def at(page: Page, name: str, number: int) -> None:
    expect(page).to_have_url(re.compile(rf"[?&]tour={name}\.{number}(&|$)"), timeout=PATIENCE)
    expect(page.locator(".tour-bar select")).to_have_value(str(number), timeout=PATIENCE)
    settle(page)


def unseen(page: Page, look: str) -> list[str]:
    """What of a stop is not in the window, of its question, what that is about and the player, one under the other."""
    told = page.evaluate(SEEN, f".st-key-{look.replace('.', '-')}")
    height = page.evaluate("innerHeight")
    if not told["target"] or not told["question"]:
        return ["the stop"]
    below, player = told["strip"]["bottom"], told["player"] or {"top": told["strip"]["bottom"], "height": 0}
    end = told["end"]["bottom"] + (player["height"] if told["after"] else 0)
    if look in SCROLLING:
        end = told["begin"]["top"] + SCROLLING[look] * height
    edges = {
        "the question's beginning": told["question"]["top"],
        "the question's end": height - told["question"]["bottom"],
        "the picture": told["end"]["bottom"] - told["begin"]["top"] - 40,
        "the picture's beginning": told["begin"]["top"] - below,
        "the picture's end": height - end,
        "the player": min(player["top"] - below, height - player["top"] - player["height"]),
    }
    return [f"{name} by {-edge:.0f} pixels" for name, edge in edges.items() if edge < -PIXEL]


SCROLLING: Final = {"characters.neurons": 0.5}
"""What has a text of its own that scrolls, and how much of the window it has to have at least."""


def soon(page: Page, missed: Callable[[], list[str]]) -> list[str]:
    """What is missed still when a page has had its time."""
    for _ in range(150):
        if not missed():
            return []
        page.wait_for_timeout(100)
    return missed()


@pytest.mark.parametrize("screen", SCREENS, ids=str)
@pytest.mark.parametrize("name", ["lecture", "why"])
def test_every_stop_is_seen_whole_with_a_clicker(visit: Visit, page: Page, name: str, screen: tuple[int, int]) -> None:
    stops = shipped(name).stops
    page.set_viewport_size({"width": screen[0], "height": screen[1]})
    visit(address(name, 1))
    for number, stop in enumerate(stops, start=1):
        at(page, name, number)
        expect(page.locator(f".st-key-{stop.look.replace('.', '-')}")).to_be_attached(timeout=PATIENCE)
        missed = soon(page, lambda stop=stop: unseen(page, stop.look))
        assert missed == [], f"stop {number}"
        assert [one for one in page.locator(CONTROLS).all() if one.is_visible()] == []
        page.keyboard.press("PageDown")
    at(page, name, len(stops))
    page.keyboard.press("PageUp")
    at(page, name, len(stops) - 1)


def test_quick_presses_of_a_clicker_are_all_counted(visit: Visit, page: Page) -> None:
    visit(address("lecture", 1))
    at(page, "lecture", 1)
    for presses, number in ((["PageDown"] * 5, 6), (["PageUp"] * 2, 4), (["PageDown", "PageUp", "PageDown"], 5)):
        for key in presses:
            page.keyboard.press(key)
            page.wait_for_timeout(60)
        at(page, "lecture", number)
        expect(page.locator("h1")).to_have_text(shipped("lecture").stops[number - 1].page)


def test_page_keys_are_the_clickers_and_arrows_the_players(visit: Visit, page: Page) -> None:
    visit(address("lecture", 4))
    at(page, "lecture", 4)
    scrub = page.locator(".step-through [data-part=scrub]")
    step = page.locator(".step-through .read-out")
    scrub.focus()
    page.keyboard.press("ArrowRight")
    expect(step).to_contain_text("t = 2")
    page.keyboard.press("ArrowRight")  # at the last step it is the player's still
    page.wait_for_timeout(500)
    at(page, "lecture", 4)
    page.locator(".tour-bar select").focus()
    page.keyboard.press("PageDown")
    at(page, "lecture", 5)
    scrub.focus()
    page.keyboard.press("PageUp")
    at(page, "lecture", 4)


def test_arrows_and_space_are_the_clickers_where_nothing_steps(visit: Visit, page: Page) -> None:
    visit(address("lecture", 8))
    at(page, "lecture", 8)
    page.keyboard.press("ArrowRight")
    at(page, "lecture", 9)
    page.keyboard.press(" ")
    at(page, "lecture", 10)
    page.keyboard.press("PageUp")
    at(page, "lecture", 9)
    page.keyboard.press("Shift+Space")
    at(page, "lecture", 8)


def test_a_text_box_keeps_its_keys_and_the_menu_brings_the_controls(visit: Visit, page: Page) -> None:
    visit(address("lecture", 12))
    at(page, "lecture", 12)
    controls = page.get_by_test_id("stMain").locator(CONTROLS)
    button = page.locator(".tour-bar").get_by_role("button", name="Menu")
    assert not [one for one in controls.all() if one.is_visible()]
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    until(page, lambda: any(one.is_visible() for one in controls.all()))
    page.wait_for_timeout(500)
    for one in controls.all():
        if one.is_visible():
            expect(one).to_be_in_viewport(ratio=1)
    box = page.get_by_test_id("stSidebar").get_by_role("textbox").first
    box.click()
    page.keyboard.press("PageDown")
    page.wait_for_timeout(500)
    at(page, "lecture", 12)
    page.keyboard.press("Escape")
    expect(button).to_have_attribute("aria-pressed", "false")
    page.keyboard.press("PageDown")
    at(page, "lecture", 13)
    assert not [one for one in controls.all() if one.is_visible()]


@pytest.mark.parametrize("leave", ["m", "Escape"])
def test_the_page_is_at_its_top_for_the_menu_and_then_where_it_was(visit: Visit, page: Page, leave: str) -> None:
    page.set_viewport_size({"width": 1024, "height": 768})
    visit(address("lecture", 17))
    at(page, "lecture", 17)
    missed = lambda: unseen(page, "attention.decoding")  # noqa: E731
    assert soon(page, missed) == []
    scrolled = "(node) => node.scrollTop"
    main = page.get_by_test_id("stMain")
    before = main.evaluate(scrolled)
    assert before > 20
    page.keyboard.press("m")
    controls = page.get_by_test_id("stMain").locator(CONTROLS)
    until(page, lambda: any(one.is_visible() for one in controls.all()))
    page.wait_for_timeout(500)
    assert main.evaluate(scrolled) == 0
    expect(controls.first).to_be_in_viewport(ratio=1)
    page.keyboard.press(leave)
    until(page, lambda: abs(main.evaluate(scrolled) - before) <= PIXEL)
    assert soon(page, missed) == []


def test_a_clicker_goes_through_the_figures_of_a_page_without_a_tour(visit: Visit, page: Page) -> None:
    page.emulate_media(reduced_motion="no-preference")  # the page scrolls smoothly, and is on its way at the next press
    visit("/Clipping?views=clipping.view:in-training&present=1")
    charts = page.locator("[data-testid=stPlotlyChart]:not([data-retained] *)")
    until(page, lambda: charts.count() >= 4)
    settle(page)
    top = "(node) => Math.abs(node.getBoundingClientRect().top)"
    for _ in range(2):
        page.keyboard.press("PageDown")
    until(page, lambda: charts.nth(2).evaluate(top) < 40)
    for _ in range(2):
        page.keyboard.press("PageUp")
    until(page, lambda: page.get_by_test_id("stMain").evaluate("(node) => node.scrollTop") < 100)


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/Dynamics?cell=gru&input=words&hidden_size=32&present=1", ".phase-plane"),
        ("/Clipping?present=1", ".cliff"),
        (address("lecture", 16), ".decoding"),
    ],
)
def test_a_widget_that_a_stop_shows_smaller_takes_no_room_in_return(
    visit: Visit, page: Page, path: str, shown: str
) -> None:
    """Such a one was made smaller for a moment's want of room, and never became large again."""
    page.set_viewport_size({"width": 1024, "height": 768})
    visit(path)
    high = (
        "(node) => Math.max(...[...node.querySelectorAll('canvas')].map((one) => one.getBoundingClientRect().height))"
    )
    widget = page.locator(shown)
    until(page, lambda: widget.evaluate(high) > 200)
    page.wait_for_timeout(500)
    before = widget.evaluate(high)
    page.add_style_tag(content="[data-testid=stBidiComponentIsolated] { --present-scale: 0.9 !important; }")
    until(page, lambda: widget.evaluate(high) < 0.95 * before)
    page.wait_for_timeout(500)
    assert widget.evaluate(high) < 0.95 * before
