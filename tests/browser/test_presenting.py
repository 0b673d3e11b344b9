"""The pictures alone and larger, for those who sit at the back, on two projectors."""

import re
from collections.abc import Callable
from typing import Final, NamedTuple

import pytest
from playwright.sync_api import Page, expect

from rnnviz.spec import ModelSpec
from rnnviz.stepping import record
from rnnviz.ui.selection import Selection, inputs, network, steps
from tests.browser.waiting import PATIENCE, settle, shown_charts, steady, until

Visit = Callable[[str], Page]

SCREENS: Final = {(1024, 768): 1.2, (1920, 1080): 1.5}
"""Two projectors, and how many times as large things are there."""

PICTURES: Final = "[data-testid=stMain] :is([data-testid=stPlotlyChart], [data-testid=stBidiComponentIsolated])"
CHROME: Final = ("stSidebar", "stHeader", "stExpander", "stPopover")
SENTENCE: Final = "/Hidden_states?cell=lstm&input=words&hidden_size=16"
GUTTER: Final = 64

TYPE: Final = """() => {
    const sizes = [];
    const look = (node) => {
        for (const one of node.querySelectorAll('*')) {
            if (one.shadowRoot) look(one.shadowRoot);
            const own = [...one.childNodes].some((child) => child.nodeType === 3 && child.data.trim());
            const { width, height } = one.getBoundingClientRect();
            const passed = one.closest('.unseen, style, script, title, option, math, sub, tspan');
            if (!own || !width || height < 4 || passed) continue;
            const size = parseFloat(getComputedStyle(one).fontSize) * (one.currentCSSZoom ?? 1);
            sizes.push([size, one.textContent.slice(0, 40)]);
        }
    };
    for (const picture of document.querySelectorAll('PICTURES')) {
        if (picture.getBoundingClientRect().height) look(picture);
        if (picture.shadowRoot) look(picture.shadowRoot);
    }
    return sizes;
}"""


class Shown(NamedTuple):
    """A page, the widget on it that has steps, and where it says which."""

    path: str
    step: str | None


SHOWN: Final = (
    Shown("/Step_through?cell=lstm", ".step-through .read-out"),
    Shown(SENTENCE, ".panels .read-out"),
    Shown("/Gradients", None),
    Shown("/Sentiment", None),
    Shown("/Attention", ".decoding .read-out"),
)


def present(page: Page) -> None:
    page.keyboard.press("p")
    expect(page.locator("html")).to_have_attribute("data-presenting", "")
    expect(page).to_have_url(re.compile("[?&]present=1"))
    settle(page)


def opened(visit: Visit, page: Page, path: str, screen: tuple[int, int]) -> Page:
    page.set_viewport_size({"width": screen[0], "height": screen[1]})
    visit(path)
    expect(page.locator(".bar-top")).to_be_visible(timeout=PATIENCE)
    return page


def type_sizes(page: Page) -> list[tuple[float, str]]:
    return [(float(size), str(text)) for size, text in page.evaluate(TYPE.replace("PICTURES", PICTURES))]


@pytest.mark.parametrize("screen", SCREENS, ids=str)
@pytest.mark.parametrize("shown", SHOWN, ids=lambda shown: shown.path.partition("?")[0].strip("/"))
def test_pictures_alone(visit: Visit, page: Page, shown: Shown, screen: tuple[int, int]) -> None:
    opened(visit, page, shown.path, screen)
    prose = page.locator("[data-testid=stMain] [data-testid=stMarkdown] p")
    assert any(one.is_visible() for one in prose.all())
    small = min(type_sizes(page))
    present(page)

    for name in CHROME:
        assert not [one for one in page.get_by_test_id(name).all() if one.is_visible()], name
    assert not [one.inner_text() for one in prose.all() if one.is_visible() and one.inner_text()]
    expect(page.locator("h1")).to_be_visible()
    expect(page.locator(PICTURES).first).to_be_visible()

    least = {768: 12, 1080: 16}[screen[1]]
    page.wait_for_function(f"() => ({TYPE.replace('PICTURES', PICTURES)})().every(([size]) => size >= {least})")
    sizes = sorted(size for size, _ in type_sizes(page))
    assert sizes[0] > small[0]
    quarter = {768: 15, 1080: 18}[screen[1]]
    until(page, lambda: sorted(size for size, _ in type_sizes(page))[len(sizes) // 4] >= quarter)

    page.wait_for_function(
        f"""() => [...document.querySelectorAll('{PICTURES}')].map((node) => node.getBoundingClientRect())
            .filter((box) => box.height).every((box) => box.left >= 0 && box.right <= window.innerWidth + 0.5)"""
    )
    until(page, lambda: page.get_by_test_id("stMain").evaluate("(node) => node.scrollWidth <= node.clientWidth"))

    if shown.step is not None:
        before = page.locator(shown.step).inner_text()
        page.keyboard.press("ArrowRight")
        expect(page.locator(shown.step)).not_to_have_text(before)
        after = page.locator(shown.step).inner_text()
    page.keyboard.press("p")
    expect(page.get_by_test_id("stSidebar")).to_be_visible()
    expect(page).not_to_have_url(re.compile("present"))
    settle(page)
    expect(page.locator("html")).not_to_have_attribute("data-presenting", "")
    if shown.step is not None:
        expect(page.locator(shown.step)).to_have_text(re.compile(re.escape(after.split("\n")[0])))


@pytest.mark.parametrize("screen", SCREENS, ids=str)
def test_a_chart_fills_the_window_with_larger_type(visit: Visit, page: Page, screen: tuple[int, int]) -> None:
    opened(visit, page, "/Attention?views=attention.view:against-length&present=1", screen)
    expect(page.locator("html")).to_have_attribute("data-presenting", "")
    chart = shown_charts(page)
    end = "document.querySelector('[data-testid=stPlotlyChart]')?.getBoundingClientRect().bottom"
    page.wait_for_function(f"() => {end} <= {screen[1]} && {end} > {screen[1] - 2}")
    box = steady(chart)
    assert screen[1] - 2 < box["y"] + box["height"] <= screen[1]
    tick = chart.locator(".xtick text").first
    page.wait_for_function(
        f"() => parseFloat(document.querySelector('.xtick text').style.fontSize) >= {16 * SCREENS[screen] - 0.1}"
    )
    expect(tick).to_be_visible()
    expect(page.locator(".modebar-container").first).to_be_hidden()


def test_it_begins_before_python_answers(visit: Visit, page: Page) -> None:
    opened(visit, page, SENTENCE, (1366, 768))
    """All of it in the script that presses the key: no message of the server comes in before it has ended."""
    width, presenting = page.evaluate(
        """() => {
            document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'p', bubbles: true, composed: true }));
            const side = document.querySelector('[data-testid=stSidebar]').getBoundingClientRect();
            return [side.width, 'presenting' in document.documentElement.dataset];
        }"""
    )
    assert (width, presenting) == (0, True)


def test_keys_go_from_figure_to_figure(visit: Visit, page: Page) -> None:
    opened(visit, page, SENTENCE, (1366, 768))
    present(page)
    chart = shown_charts(page)
    top = "() => Math.round(document.querySelector('[data-testid=stPlotlyChart]').getBoundingClientRect().top)"
    page.keyboard.press("]")
    page.wait_for_function(f"() => Math.abs(({top})()) <= 10")
    expect(chart).to_be_in_viewport(ratio=0.9)
    page.keyboard.press("[")
    page.wait_for_function(f"() => ({top})() > 300")
    page.get_by_role("button", name="Next figure").click()
    page.wait_for_function(f"() => Math.abs(({top})()) <= 10")


def test_a_clicker_goes_through_a_picture_that_is_taller_than_the_window(visit: Visit, page: Page) -> None:
    opened(visit, page, SENTENCE, (1366, 768))
    present(page)
    scrolled = "() => document.querySelector('[data-testid=stMain]').scrollTop"
    chart = shown_charts(page).first
    places = [page.evaluate(scrolled)]
    for _ in range(5):
        if abs(chart.evaluate("(node) => node.getBoundingClientRect().top")) <= 10:
            break
        page.keyboard.press("PageDown")
        page.wait_for_function(f"(from) => ({scrolled})() > from", arg=places[-1])
        settle(page)
        places.append(page.evaluate(scrolled))
        assert places[-1] - places[-2] <= 768, "nothing is passed over"
    expect(chart).to_be_in_viewport(ratio=0.9)
    assert len(places) > 2, "the panels are taller than this window"
    for _ in places[1:]:
        at = page.evaluate(scrolled)
        page.keyboard.press("PageUp")
        page.wait_for_function(f"(from) => ({scrolled})() < from", arg=at)
        settle(page)
    page.wait_for_function(f"() => ({scrolled})() < 100")


def test_escape_returns_and_keeps_what_is_selected(visit: Visit, page: Page) -> None:
    opened(visit, page, f"{SENTENCE}&units=3,5&t=4", (1366, 768))
    present(page)
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("stSidebar")).to_be_visible()
    settle(page)
    expect(page).to_have_url(re.compile(r"units=3(,|%2C)5"))
    expect(page).to_have_url(re.compile(r"[?&]t=4"))
    expect(page).not_to_have_url(re.compile("present"))


def test_a_link_opens_presenting_and_a_step_back_does_not(visit: Visit, page: Page) -> None:
    opened(visit, page, f"{SENTENCE}&present=1", (1366, 768))
    expect(page.get_by_test_id("stSidebar")).to_be_hidden()
    page.reload()
    settle(page)
    expect(page.get_by_test_id("stSidebar")).to_be_hidden()
    page.keyboard.press("p")
    expect(page.get_by_test_id("stSidebar")).to_be_visible()
    expect(page).not_to_have_url(re.compile("present"))
    settle(page)
    page.reload()
    settle(page)
    expect(page.get_by_test_id("stSidebar")).to_be_visible()


def test_the_input_can_be_changed_while_presenting(visit: Visit, page: Page) -> None:
    opened(visit, page, f"{SENTENCE}&present=1", (1366, 768))
    for _ in range(2):
        page.keyboard.type("mmm", delay=30)  # nothing is typed into the text
        expect(page.get_by_test_id("stSidebar")).to_be_visible()
        page.keyboard.press("m")
        expect(page.get_by_test_id("stSidebar")).to_be_hidden()
    page.keyboard.press("m")
    box = page.get_by_test_id("stSidebar").get_by_role("textbox")
    expect(box).not_to_have_value(re.compile("m{2}"))
    box.fill("Nobody was bored")
    box.press("Control+Enter")
    expect(page.locator(".panels .read-out")).to_contain_text("t = 0 of 2")
    expect(page.get_by_test_id("stSidebar").get_by_text("More settings")).to_be_visible()
    settle(page)
    box.press("Escape")
    expect(page.get_by_test_id("stSidebar")).to_be_hidden()
    expect(page.locator("html")).to_have_attribute("data-presenting", "")
    page.get_by_role("button", name="Menu", exact=True).click()
    expect(box).to_have_value("Nobody was bored")
    page.keyboard.press("m")
    expect(page.get_by_test_id("stSidebar")).to_be_hidden()


@pytest.mark.parametrize(("path", "label"), [("/Characters", "Prompt"), ("/Sequences", None)])
def test_texts_of_the_page_itself_come_with_the_menu(visit: Visit, page: Page, path: str, label: str | None) -> None:
    opened(visit, page, f"{path}?present=1", (1366, 768))
    main = page.get_by_test_id("stMain")
    box = (
        main.get_by_role("textbox", name=label) if label else main.get_by_test_id("stTextInput").get_by_role("textbox")
    )
    expect(box).to_be_hidden()
    page.keyboard.press("m")
    expect(box).to_be_visible()
    page.keyboard.press("Escape")
    expect(box).to_be_hidden()


def test_the_menu_comes_where_the_sidebar_was_closed(visit: Visit, page: Page) -> None:
    opened(visit, page, SENTENCE, (1366, 768))
    page.get_by_test_id("stSidebarHeader").hover()
    page.get_by_test_id("stSidebarCollapseButton").get_by_role("button").click()
    expect(page.get_by_test_id("stSidebar")).not_to_be_in_viewport()
    present(page)
    page.keyboard.press("m")
    expect(page.get_by_test_id("stSidebar").get_by_role("textbox")).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize("path", ["/Gradients", "/Hidden_states"])
def test_the_bar_keeps_to_one_line(visit: Visit, page: Page, path: str) -> None:
    for screen in ((1024, 768), (1366, 768), (1920, 1080)):
        opened(visit, page, path, screen)
        boxes = [button.bounding_box() for button in page.locator(".bar-top button:visible").all()]
        places = [(box["x"] + box["width"], box["y"]) for box in boxes if box is not None]
        assert len(places) == 8
        assert max(x for x, _ in places) <= screen[0]
        assert len({round(y) for _, y in places}) == 1, places


def test_the_bar_leaves_while_nobody_moves(visit: Visit, page: Page) -> None:
    opened(visit, page, f"{SENTENCE}&present=1", (1366, 768))
    bar = page.locator(".bar-top")
    page.mouse.move(600, 500)
    expect(bar).to_have_css("opacity", "1")
    expect(bar).to_have_css("opacity", "0", timeout=PATIENCE)
    page.mouse.move(610, 500)
    expect(bar).to_have_css("opacity", "1")
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("stSidebar")).to_be_visible()
    page.wait_for_timeout(4500)
    expect(bar).to_have_css("opacity", "1")


def test_light_or_dark_is_one_click_and_stays_on_all_pages(visit: Visit, page: Page) -> None:
    opened(visit, page, "/Gradients?present=1", (1366, 768))
    switch, app = page.get_by_role("button", name="Light or dark"), page.get_by_test_id("stApp")
    paper = page.locator(".js-plotly-plot .main-svg").first
    expect(app).to_have_css("color-scheme", "light")
    light = paper.evaluate("(node) => getComputedStyle(node).backgroundColor")
    switch.click()
    expect(app).to_have_css("color-scheme", "dark")
    expect(paper).not_to_have_css("background-color", light)
    expect(page.get_by_test_id("stMainMenuPopover")).to_have_count(0)
    settle(page)
    page.goto(page.url.replace("Gradients", "Step_through"))
    settle(page)
    expect(app).to_have_css("color-scheme", "dark")
    switch.click()
    expect(app).to_have_css("color-scheme", "light")


def test_a_letter_that_is_typed_is_a_letter(visit: Visit, page: Page) -> None:
    opened(visit, page, "/Sentiment", (1366, 768))
    box = page.locator(".review textarea")
    box.click()
    page.keyboard.press("Control+A")
    page.keyboard.type("people? perhaps")
    expect(box).to_have_value("people? perhaps")
    expect(page.locator("html")).not_to_have_attribute("data-presenting", "")
    assert page.locator("dialog[open]").count() == 0
    settle(page)


def test_the_pointer_finds_what_is_under_it_when_it_is_larger(visit: Visit, page: Page) -> None:
    opened(visit, page, SENTENCE, (1920, 1080))
    present(page)
    scale = SCREENS[1920, 1080]
    seen = Selection(input="words", model=ModelSpec("lstm", hidden_size=16))
    states = record(network(seen), inputs(seen), steps(seen)).trace.panel("h")
    plot = page.locator(".panels .panel .plot").first
    for t, unit in ((0, 0), (4, 7), (9, 15)):
        box = steady(plot)
        left = GUTTER * scale
        plot.hover(
            position={"x": left + (t + 0.5) / 10 * (box["width"] - left), "y": (unit + 0.5) / 16 * box["height"]}
        )
        expect(page.locator(".panels .detail")).to_contain_text(f"unit {unit}, t = {t}")
        told = page.locator(".panels .detail .value").first.inner_text()
        assert float(told.split()[-1].replace("−", "-")) == pytest.approx(states[t, unit], rel=1e-6)
    page.locator(".panels .panel .plot").first.click(position={"x": left + 0.25 * (box["width"] - left), "y": 8})
    expect(page.locator(".panels .read-out")).to_contain_text("t = 2")
    settle(page)


def test_a_click_hits_the_step_of_an_enlarged_network(visit: Visit, page: Page) -> None:
    opened(visit, page, "/Step_through?cell=rnn", (1920, 1080))
    present(page)
    words = page.locator(".step-through .word").nth(2)
    words.click()
    expect(page.locator(".step-through .read-out")).to_contain_text("t = 2")
    settle(page)


def test_a_slide_has_what_its_picture_needs(visit: Visit, page: Page) -> None:
    opened(visit, page, "/Sequences?views=sequences.view:order&present=1", (1366, 768))
    for label in ("First text", "Second text"):
        expect(page.get_by_label(label, exact=True)).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_test_id("stTable")).to_be_visible()
    chart = shown_charts(page)
    until(page, lambda: steady(chart.first)["y"] + steady(chart.first)["height"] <= 768)

    visit("/Sentiment?views=sentiment.view:what-if+sentiment.change:replace-it&present=1")
    expect(page.get_by_label("New word", exact=True)).to_be_visible(timeout=PATIENCE)
    table = page.get_by_test_id("stTable")
    expect(table).to_be_visible()
    expect(table).to_contain_text("P(positive) before")


def test_a_slide_has_nothing_else(visit: Visit, page: Page) -> None:
    opened(visit, page, "/Sentiment?views=sentiment.view:training", (1024, 768))
    review = page.locator(".review")
    expect(review).to_be_visible(timeout=PATIENCE)
    expect(review.locator("[data-part=took]")).to_have_text(re.compile(r"^Predicted in (less than )?[0-9.]+ ms\.$"))
    present(page)
    expect(review).to_be_hidden()
    until(page, lambda: steady(shown_charts(page).first)["y"] < 140)

    visit("/Sentiment?present=1")
    expect(review.locator("[data-part=about]")).to_be_visible(timeout=PATIENCE)
    expect(review.locator("[data-part=took]")).to_be_hidden()
