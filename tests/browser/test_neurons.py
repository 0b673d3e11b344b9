"""Neurons and matching in a real browser: every number the trace's, units by key, phrases by mouse and keys."""

import re
from collections.abc import Callable
from typing import Final
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from rnnviz import characters
from rnnviz.characters import neurons
from rnnviz.matching.search import THRESHOLDS, levels, units_on
from rnnviz.trace import Trace
from rnnviz.ui.widgets import character_text
from tests.browser.waiting import LISTEN, PATIENCE, settle
from tests.serving import Server

Visit = Callable[[str], Page]
NEURONS: Final = "/Characters?views=characters.view:neurons"
MATCH: Final = "/Characters?views=characters.view:match"
LONG: Final = 150_000
"""Milliseconds that reading the library may take beside other work."""

WIDE: Final = "(canvas) => canvas.getContext('2d').measureText('m').width"
PIXELS: Final = """(canvas) => {
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  let sum = 0;
  for (const byte of data) sum = (sum * 31 + byte) % 1000000007;
  return sum;
}"""


@pytest.fixture(scope="module")
def text() -> str:
    return character_text.usual("python-lstm")


@pytest.fixture(scope="module")
def trace(text: str) -> Trace:
    return characters.load("python-lstm").trace(text)


def part(page: Page, name: str, of: str = "colored-text") -> Locator:
    return page.locator(f".{of} [data-part={name}]")


def unit_of(page: Page) -> int:
    return int(part(page, "unit").input_value())


def told(page: Page) -> tuple[int, int, float]:
    """Character, unit and number of the read-out."""
    found = re.search(r"t = (\d+), .*: unit (\d+) \w+ = ([−\d.e+]+)", part(page, "told").inner_text())
    assert found is not None, part(page, "told").inner_text()
    return int(found[1]), int(found[2]), float(found[3].replace("−", "-"))


def expect_true(page: Page, values: np.ndarray) -> None:
    """That the number of the read-out is the trace's."""
    t, unit, number = told(page)
    assert number == pytest.approx(values[t, unit], abs=1e-4 * max(1.0, float(np.abs(values[:, unit]).max())))


def over(page: Page, column: int, of: str = "colored-text", row: int = 0, pitch: float = 43) -> tuple[float, float]:
    """The middle of a character of a row on show."""
    host = part(page, "text", of)
    box, wide = host.bounding_box(), host.locator("canvas").evaluate(WIDE)
    assert box is not None
    return box["x"] + (column + 0.5) * wide, box["y"] + row * pitch + 8


def test_it_opens_with_the_unit_that_tracks_quotes_best(visit: Visit, trace: Trace) -> None:
    page = visit(NEURONS)
    expect(part(page, "told")).to_contain_text("t = 0", timeout=PATIENCE)
    found = neurons.load(characters.load("python-lstm"))
    assert found is not None
    best = found.tracking.best("c", "quotes", 10)
    assert unit_of(page) == best[0]
    buttons = part(page, "ranks").get_by_role("button").all_text_contents()
    assert buttons[:10] == [f"unit {unit}" for unit in best]
    expect_true(page, trace.panel("c"))
    expect(page.get_by_text("Ask yourself.")).to_be_visible()


def test_units_and_characters_by_key(visit: Visit, trace: Trace) -> None:
    page = visit(NEURONS)
    host = part(page, "text")
    first = unit_of(page)
    before = host.locator("canvas").evaluate(PIXELS)
    host.focus()
    page.keyboard.press("ArrowDown")
    expect(part(page, "unit")).to_have_value(str(first + 1))
    assert host.locator("canvas").evaluate(PIXELS) != before, "another unit has other colours"
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    expect(part(page, "told")).to_contain_text("t = 3, “s”")
    expect_true(page, trace.panel("c"))
    page.keyboard.press("ArrowUp")
    page.keyboard.press("End")
    expect_true(page, trace.panel("c"))
    assert told(page)[:2] == (trace.sizes["time"] - 1, first)
    expect(page).to_have_url(re.compile(rf"characters\.unit(:|%3A){first}\.\d+\.quotes"), timeout=PATIENCE)


def test_the_number_under_the_pointer_is_the_traces(visit: Visit, trace: Trace, text: str) -> None:
    page = visit(NEURONS)
    for column in (0, 6, 12):
        page.mouse.move(*over(page, column))
        expect(part(page, "told")).to_contain_text(f"t = {column}, “{text[column]}”".replace("“ ”", "space"))
        expect_true(page, trace.panel("c"))
    page.mouse.move(*over(page, 5, row=1))
    assert told(page)[0] == text.index("\n") + 1 + 5


def test_a_ranked_unit_colours_the_text_and_its_property_is_chosen(visit: Visit) -> None:
    page = visit(NEURONS)
    part(page, "what").select_option("brackets")
    buttons = part(page, "ranks").get_by_role("button")
    wanted = buttons.nth(1).inner_text()
    buttons.nth(1).click()
    expect(part(page, "unit")).to_have_value(wanted.removeprefix("unit "))
    expect(buttons.nth(1)).to_have_attribute("aria-pressed", "true")
    expect(part(page, "told")).to_contain_text("how many brackets are open 0")
    expect(page).to_have_url(re.compile(rf"{wanted.removeprefix('unit ')}\.0\.brackets"), timeout=PATIENCE)
    settle(page)
    page.reload()
    settle(page)
    expect(part(page, "unit")).to_have_value(wanted.removeprefix("unit "), timeout=PATIENCE)
    expect(part(page, "what")).to_have_value("brackets")


def test_a_property_and_another_network_bring_their_best_unit(visit: Visit) -> None:
    page = visit(NEURONS)
    part(page, "what").select_option("line_position")
    for name, signal in (("python-lstm", "c"), ("python-gru", "h")):
        found = neurons.load(characters.load(name))
        assert found is not None
        best = found.tracking.best(signal, "line_position", 1)[0]
        expect(part(page, "unit")).to_have_value(str(best), timeout=PATIENCE)
        expect(page).to_have_url(re.compile(rf"{best}\.0\.line-position"), timeout=PATIENCE)
        settle(page)
        page.get_by_test_id("stMain").get_by_text("GRU", exact=True).click()
        settle(page)


def test_what_was_chosen_is_still_chosen_after_another_view(visit: Visit) -> None:
    page = visit(NEURONS)
    part(page, "unit").fill("99")
    part(page, "unit").press("Enter")
    expect(page).to_have_url(re.compile(r"99\.0\.quotes"), timeout=PATIENCE)
    settle(page)
    for view in ("Learning", "Neurons"):
        page.get_by_test_id("stMain").get_by_text(view, exact=True).click()
        settle(page)
    expect(part(page, "unit")).to_have_value("99", timeout=PATIENCE)


@pytest.mark.parametrize("signal", ["h", "f"])
def test_hidden_state_and_gates(visit: Visit, trace: Trace, signal: str) -> None:
    page = visit(f"{NEURONS}+characters.signal:{signal}")
    expect(part(page, "told")).to_contain_text(f"{signal} = ", timeout=PATIENCE)
    expect_true(page, trace.panel(signal))
    expect(part(page, "legend")).to_contain_text("how open" if signal == "f" else "0 in the middle")


def test_the_numbers_stand_in_a_table(visit: Visit, trace: Trace) -> None:
    page = visit(NEURONS)
    page.locator(".colored-text summary").click()
    cells = part(page, "table").locator("tr").nth(8).locator("td")
    expect(cells.first).to_have_text("7")
    row = cells.all_text_contents()
    assert row[:2] == ["7", "o"]
    assert float(row[2].replace("−", "-")) == pytest.approx(trace.panel("c")[7, unit_of(page)], abs=1e-4)


def test_a_pasted_text_is_coloured_and_is_no_markup(visit: Visit) -> None:
    page = visit(NEURONS)
    page.get_by_role("button", name="Another text").click()
    box = page.get_by_role("textbox", name=re.compile("Text, at most"))
    pasted = "<img src=x onerror=\"document.title='broken'\"> = 'é'"
    box.fill(pasted)
    box.press("Control+Enter")
    expect(part(page, "foot")).to_contain_text(f"your text; {len(pasted)} characters", timeout=PATIENCE)
    expect(page.get_by_text("is not in the alphabet of the network")).to_be_visible()
    settle(page)
    assert page.title() == "Characters · rnnviz"
    page.reload()
    settle(page)
    expect(part(page, "foot")).to_contain_text("your text", timeout=PATIENCE)


def test_in_the_dark_and_in_a_narrow_window(browser: Browser, server: Server) -> None:
    with browser.new_context(viewport={"width": 480, "height": 900}, color_scheme="dark") as context:
        context.add_init_script(LISTEN)
        page = context.new_page()
        for address, name in ((NEURONS, "colored-text"), (MATCH, "phrase")):
            page.goto(server.url + address)
            settle(page)
            expect(part(page, "told", name)).not_to_be_empty(timeout=PATIENCE)
            assert page.evaluate("document.documentElement.scrollWidth") <= 480
            canvas = part(page, "text", name).locator("canvas")
            assert canvas.evaluate(PIXELS) != 0


# --- Match ---


def pattern(page: Page) -> str:
    return part(page, "told", "phrase").inner_text()


def on_throughout(trace: Trace, begin: int, end: int, level: int, *, alone: bool = False) -> str:
    reached = levels(trace.panel("c"), THRESHOLDS["c"])
    count = len(units_on(reached, begin, end, level, alone=alone))
    return "1 unit is on throughout" if count == 1 else f"{count} units are on throughout"


def test_a_phrase_is_dragged_and_its_units_are_counted(visit: Visit, trace: Trace) -> None:
    page = visit(MATCH)
    expect(part(page, "told", "phrase")).to_contain_text("“a set of methods”", timeout=PATIENCE)
    host = part(page, "text", "phrase")
    host.focus()
    page.keyboard.press("Home")
    page.mouse.move(*over(page, 6, "phrase"))
    page.mouse.down()
    page.mouse.move(*over(page, 20, "phrase"), steps=5)
    page.mouse.up()
    expect(part(page, "told", "phrase")).to_contain_text("“RobotFileParser”, 15 characters")
    assert on_throughout(trace, 6, 21, 1) in pattern(page)
    expect(page).to_have_url(re.compile(r"characters\.pattern(:|%3A)6\.21\.1\.0"), timeout=PATIENCE)
    part(page, "alone", "phrase").check()
    assert on_throughout(trace, 6, 21, 1, alone=True) in pattern(page)
    part(page, "levels", "phrase").get_by_role("button", name="0.5").click()
    assert on_throughout(trace, 6, 21, 2, alone=True) in pattern(page)
    expect(page).to_have_url(re.compile(r"6\.21\.2\.1"), timeout=PATIENCE)
    settle(page)
    page.reload()
    settle(page)
    expect(part(page, "told", "phrase")).to_contain_text("“RobotFileParser”", timeout=PATIENCE)
    expect(part(page, "alone", "phrase")).to_be_checked()


def test_a_phrase_is_selected_by_keys(visit: Visit, trace: Trace) -> None:
    page = visit(MATCH)
    part(page, "text", "phrase").focus()
    page.keyboard.press("Home")
    for _ in range(4):
        page.keyboard.press("Shift+ArrowRight")
    expect(part(page, "told", "phrase")).to_contain_text("“class”, 5 characters")
    assert on_throughout(trace, 0, 5, 1) in pattern(page)
    page.keyboard.press("Shift+ArrowLeft")
    expect(part(page, "told", "phrase")).to_contain_text("“clas”, 4 characters")
    page.locator(".phrase summary").click()
    rows = part(page, "table", "phrase").locator("tr")
    expect(rows).to_have_count(trace.sizes["time"] + 1)
    reached = levels(trace.panel("c"), THRESHOLDS["c"])
    units = units_on(reached, 0, 4, 1)
    wanted = [str(int((reached[t, units] >= 1).sum())) for t in range(40)]
    assert rows.locator("td:nth-child(3)").all_text_contents()[:40] == wanted


def test_another_text_has_a_phrase_of_its_own(visit: Visit) -> None:
    page = visit(f"{MATCH}+characters.pattern:300.310.1.0")
    page.get_by_role("button", name="Another text").click()
    box = page.get_by_role("textbox", name=re.compile("Text, at most"))
    box.fill("def f(x):\n    return x\n")
    box.press("Control+Enter")
    expect(part(page, "told", "phrase")).to_contain_text("“return”, 6 characters", timeout=PATIENCE)
    settle(page)
    page.keyboard.press("Escape")
    part(page, "text", "phrase").focus()
    page.keyboard.press("Home")
    page.keyboard.press("Shift+ArrowRight")
    expect(page).to_have_url(re.compile(r"characters\.pattern(:|%3A)0\.2\.1\.0"), timeout=PATIENCE)


def test_places_are_found_while_the_library_is_being_read_and_afterwards(visit: Visit, trace: Trace, text: str) -> None:
    page = visit(MATCH)
    places = page.locator(".matches tbody tr")
    expect(places.first).to_be_visible(timeout=LONG)
    begin = text.index("a set of methods")
    count = len(units_on(levels(trace.panel("c"), THRESHOLDS["c"]), begin, begin + 16, 1))
    expect(page.get_by_text(re.compile(r"1,048,576 characters of the standard library"))).to_be_visible(timeout=LONG)
    expect(page.get_by_test_id("stProgress")).to_have_count(0, timeout=LONG)
    settle(page)
    cells = places.first.locator("td").all_text_contents()
    assert cells[2] == f"{count} of {count}"
    assert re.fullmatch(r"[\w/]+\.py:\d+", cells[1])
    shown = places.first.locator("b").all_text_contents()
    assert len("".join(shown)) == 16
    query = parse_qs(urlsplit(page.url).query)
    assert "characters.view:match" in query["views"][0]
