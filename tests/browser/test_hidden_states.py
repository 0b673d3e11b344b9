"""The linked heatmaps and the figures under them in a real browser."""

import re
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import parse_qs, quote, urlsplit

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from rnnviz.analysis import on_in_range, unit_order
from rnnviz.names import Cell
from rnnviz.spec import ModelSpec
from rnnviz.stepping import record
from rnnviz.ui.selection import Selection, inputs, network, steps
from tests.browser.waiting import settle

Visit = Callable[[str], Page]
PAGE = "/Hidden_states"
SENTENCE = f"{PAGE}?cell=lstm&input=words&hidden_size=16"
SELECTION = Selection(input="words", model=ModelSpec("lstm", hidden_size=16))
LONG = f"{PAGE}?cell=lstm&input=words&hidden_size=256&words={quote(' '.join(f'w{k}' for k in range(500)))}"
GUTTER = 64
LAST = 9


def states(signal: str = "h", cell: Cell = "lstm") -> np.ndarray:
    seen = replace(SELECTION, model=replace(SELECTION.model, cell=cell))
    return record(network(seen), inputs(seen), steps(seen)).trace.panel(signal)


def part(page: Page, name: str) -> Locator:
    return page.locator(f".panels [data-part={name}]")


def link(page: Page) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}


def place(target: Locator, t: int, row: int = 0, *, time: int = 10, rows: int = 16) -> dict[str, float]:
    """Where step t and a row are, from the corner of a heatmap or of the words."""
    box = target.bounding_box()
    assert box is not None
    return {
        "x": GUTTER + (t + 0.5) / time * (box["width"] - GUTTER),
        "y": (row + 0.5) / rows * box["height"],
    }


def point(page: Page, panel: int, t: int, row: int) -> None:
    plot = page.locator(".panel .plot").nth(panel)
    plot.hover(position=place(plot, t, row))


def values(page: Page) -> list[float]:
    texts = page.locator(".panels .detail .value").all_text_contents()
    return [float(text.split()[-1].replace("−", "-")) for text in texts]


def drag(page: Page, begin: int, end: int) -> None:
    words = part(page, "words")
    words.scroll_into_view_if_needed()
    box = words.bounding_box()
    assert box is not None
    first, last = place(words, begin), place(words, end)
    page.mouse.move(box["x"] + first["x"], box["y"] + 12)
    page.mouse.down()
    page.mouse.move(box["x"] + last["x"], box["y"] + 12, steps=6)
    page.mouse.up()


def ink(page: Page, panel: int, x: float, y: float) -> int:
    """How opaque the marks over a heatmap are near a place."""
    overlay = page.locator(".panel .plot canvas:last-child").nth(panel)
    found: int = overlay.evaluate(
        """(canvas, [x, y]) => {
          const near = canvas.getContext('2d').getImageData(x - 3, y - 3, 6, 6).data;
          return Math.max(...near.filter((_, k) => k % 4 === 3));
        }""",
        [x, y],
    )
    return found


def test_every_signal_of_the_network_has_its_panel(visit: Visit) -> None:
    page = visit(SENTENCE)
    expect(page.locator(".panel .name")).to_have_text([re.compile("hidden state"), re.compile("cell state")])
    page.get_by_test_id("stSidebar").get_by_role("radio", name="GRU").click()
    expect(page.locator(".panel .tag")).to_have_text(["GRU"])


def test_a_place_under_the_pointer_is_marked_and_read_in_every_panel(visit: Visit) -> None:
    page = visit(SENTENCE)
    point(page, 0, 6, 11)
    expect(part(page, "detail")).to_contain_text("unit 11, t = 6, “it”")
    assert values(page) == pytest.approx([states("h")[6, 11], states("c")[6, 11]], abs=1e-7)
    plot = page.locator(".panel .plot").nth(1)
    row = place(plot, 2, 11)
    assert ink(page, 1, row["x"], row["y"] - plot.bounding_box()["height"] / 32) > 128  # type: ignore[index]
    assert ink(page, 1, row["x"], row["y"] - 5 * plot.bounding_box()["height"] / 16) == 0  # type: ignore[index]
    point(page, 1, 3, 2)
    expect(part(page, "detail")).to_contain_text("unit 2, t = 3, “not”")
    assert values(page) == pytest.approx([states("h")[3, 2], states("c")[3, 2]], abs=1e-7)


def test_pointing_moves_nothing(visit: Visit) -> None:
    page = visit(SENTENCE)
    before = [panel.bounding_box() for panel in page.locator(".panel").all()]
    point(page, 0, 6, 11)
    expect(part(page, "detail")).to_contain_text("unit 11")
    assert [panel.bounding_box() for panel in page.locator(".panel").all()] == before


def test_a_click_pins_a_unit_and_settles_into_the_link_and_a_reload_shows_it(visit: Visit) -> None:
    page = visit(SENTENCE)
    for t, row in ((4, 7), (5, 2)):
        plot = page.locator(".panel .plot").first
        plot.click(position=place(plot, t, row))
    expect(part(page, "hint")).to_have_text("Chosen units: 7, 2")
    page.wait_for_url(re.compile("units=7%2C2.*|t=5"))
    settle(page)
    page.wait_for_url(re.compile("units=7%2C2"))
    assert link(page) | {"units": "7,2", "t": "5"} == link(page)
    page.reload()
    settle(page)
    expect(part(page, "hint")).to_have_text("Chosen units: 7, 2")
    expect(part(page, "step")).to_have_text(f"t = 5 of {LAST}")
    plot = page.locator(".panel .plot").first
    plot.click(position=place(plot, 4, 7))
    expect(part(page, "hint")).to_have_text("Chosen units: 2")
    page.wait_for_url(re.compile("units=2(&|$)"))


def test_a_range_chooses_the_units_that_python_finds(visit: Visit) -> None:
    page = visit(SENTENCE)
    begin, end = 7, 9
    drag(page, begin, end)
    threshold = float(part(page, "threshold-value").text_content() or "")
    found = on_in_range(states("h"), begin, end, threshold).tolist()
    assert len(found) == 2
    listed = ", ".join(map(str, found))
    expect(part(page, "hint")).to_have_text(
        f"{len(found)} on in h of the LSTM from t = {begin} to {end} and off just outside: {listed}"
    )
    page.wait_for_url(re.compile("span="))
    assert (link(page)["units"], link(page)["span"]) == (",".join(map(str, found)), f"{begin},{end}")
    page.reload()
    settle(page)
    expect(part(page, "hint")).to_contain_text(f"{len(found)} on in h of the LSTM from t = {begin} to {end}")


def test_the_threshold_asks_again_and_a_pick_is_no_answer(visit: Visit) -> None:
    page = visit(SENTENCE)
    drag(page, 7, 9)
    part(page, "threshold").fill("0.05")
    found = on_in_range(states("h"), 7, 9, 0.05).tolist()
    assert found != on_in_range(states("h"), 7, 9, 0.09).tolist()
    expect(part(page, "hint")).to_contain_text(f"{len(found)} on in h of the LSTM")
    page.wait_for_url(re.compile(f"units={'%2C'.join(map(str, found))}(&|$)"))
    plot = page.locator(".panel .plot").first
    plot.click(position=place(plot, 5, next(unit for unit in range(16) if unit not in found)))
    expect(part(page, "hint")).to_contain_text("Chosen units: ")
    page.get_by_role("button", name="Clear selection").click()
    expect(part(page, "hint")).to_contain_text("Drag over the words")
    settle(page)
    page.wait_for_url(re.compile(r"^(?!.*(units|span)=)"))


def test_another_order_of_units_moves_the_rows_and_keeps_the_numbers(visit: Visit) -> None:
    page = visit(SENTENCE)
    h = states("h")
    for label, by in (("likeness", "cluster"), ("variance", "variance"), ("time of the peak", "peak")):
        part(page, "order").select_option(label=label)
        order = unit_order(h, by)  # type: ignore[arg-type]
        point(page, 0, 8, 3)
        expect(part(page, "detail")).to_contain_text(f"unit {order[3]}, t = 8")
        assert values(page)[0] == pytest.approx(h[8, order[3]], abs=1e-7)
        page.mouse.move(2, 2)


def test_three_cells_side_by_side_on_the_same_words_in_one_range_of_colours(visit: Visit) -> None:
    page = visit(SENTENCE)
    page.get_by_role("radio", name="RNN, LSTM and GRU").click()
    expect(page.locator(".panel .tag")).to_have_text(["RNN", "LSTM", "GRU"])
    assert len(set(page.locator(".panel .legend").all_text_contents())) == 1
    point(page, 2, 4, 9)
    expect(part(page, "detail")).to_contain_text("unit 9, t = 4, “good”")
    wanted = [states("h", cell)[4, 9] for cell in ("rnn", "lstm", "gru")]
    assert values(page) == pytest.approx(wanted, abs=1e-7)


def test_keys_step(visit: Visit) -> None:
    page = visit(SENTENCE)
    for key, t in (("ArrowRight", 1), ("ArrowRight", 2), ("ArrowLeft", 1), ("End", LAST), ("Home", 0)):
        page.keyboard.press(key)
        expect(part(page, "step")).to_have_text(f"t = {t} of {LAST}")
    page.keyboard.press("ArrowRight")
    page.wait_for_url(re.compile("t=1"))
    expect(page.get_by_role("slider", name="Time step")).to_have_attribute("aria-valuetext", "t = 1, film")


def test_the_path_takes_a_second_sentence_and_says_what_is_wrong_with_it(visit: Visit) -> None:
    page = visit(SENTENCE)
    box = page.get_by_label("Another sentence for the same network")
    chart = page.get_by_test_id("stPlotlyChart")
    expect(chart.locator(".scatterlayer .textpoint text").first).to_have_text("start 0: The")
    box.fill("The film was great, it was not good!")
    box.press("Control+Enter")
    expect(chart.locator(".legendtext")).to_have_count(2)
    expect(chart.get_by_text("3: great")).to_be_visible()
    box.fill("word " * 5001)
    box.press("Control+Enter")
    expect(page.get_by_test_id("stMain").get_by_test_id("stAlert")).to_contain_text("at most 5,000 words")
    expect(box).to_have_value("word " * 5001)
    expect(chart.locator(".legendtext")).to_have_count(0)
    box.fill("Good film")
    box.press("Control+Enter")
    expect(chart.locator(".legendtext")).to_have_count(2)
    page.get_by_test_id("stSidebar").get_by_role("link", name="Gates").click()
    expect(page.get_by_role("heading", name="Gates", level=1)).to_be_visible()
    page.get_by_test_id("stSidebar").get_by_role("link", name="Hidden states").click()
    expect(page.get_by_label("Another sentence for the same network")).to_have_value("Good film")


def test_words_and_units_together(visit: Visit) -> None:
    page = visit(SENTENCE)
    page.get_by_role("radio", name="Words and units together").click()
    order = unit_order(states("h").T, "cluster")
    words = [f"{step} {steps(SELECTION)[step]}" for step in order]
    expect(page.get_by_test_id("stPlotlyChart").locator(".xtick text")).to_have_text(words)
    expect(page.get_by_label("Another sentence for the same network")).to_have_count(0)


def test_one_unit_has_no_path_and_says_so(visit: Visit) -> None:
    page = visit(f"{PAGE}?hidden_size=1")
    expect(page.get_by_text("needs at least two hidden units")).to_be_visible()
    expect(page.get_by_test_id("stPlotlyChart")).to_have_count(0)


def test_a_shorter_input_drops_what_it_has_no_room_for(visit: Visit) -> None:
    page = visit(f"{SENTENCE}&units=3&span=8,9&t=9")
    box = page.get_by_role("textbox", name="Words", exact=True)
    box.fill("Only three words")
    box.press("Control+Enter")
    expect(part(page, "step")).to_have_text("t = 2 of 2")
    expect(part(page, "hint")).to_have_text("Chosen units: 3")
    settle(page)
    page.wait_for_url(re.compile(r"^(?!.*span=)"))


def test_a_narrow_window_scrolls_in_no_direction_but_down(visit: Visit) -> None:
    page = visit(SENTENCE)
    page.set_viewport_size({"width": 420, "height": 900})
    page.wait_for_timeout(600)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert page.locator(".panels").evaluate("node => node.scrollWidth - node.clientWidth") <= 1
    plot = page.locator(".panel .plot").first
    plot.scroll_into_view_if_needed()
    point(page, 0, 6, 11)
    expect(part(page, "detail")).to_contain_text("unit 11, t = 6")


WATCH = """() => {
  window.frames = [];
  document.addEventListener('pointermove', (event) => requestAnimationFrame(() => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => window.frames.push(performance.now() - event.timeStamp);
    channel.port2.postMessage(0);
  }), true);
}"""


def test_500_words_and_256_units_stay_fluid_and_tell_that_they_are_rounded(visit: Visit, page: Page) -> None:
    """Bounds are for a busy machine."""
    received: list[int] = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: received.append(len(frame or ""))))
    visit(LONG)
    received.clear()
    page.get_by_role("radio", name="RNN, LSTM and GRU").click()
    expect(page.locator(".panel")).to_have_count(3)
    settle(page)
    page.evaluate(WATCH)
    plot = page.locator(".panel .plot").first
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    assert box is not None
    for k in range(60):
        page.mouse.move(box["x"] + 90 + 9 * k, box["y"] + 5 + (7 * k) % (box["height"] - 10))
        page.wait_for_timeout(25)
    frames = sorted(page.evaluate("window.frames"))
    print(f"pointer to painted: median {frames[30]:.1f} ms, 95 % {frames[57]:.1f} ms; {sum(received):,} bytes")
    assert frames[30] < 60
    assert sum(received) < 1_200_000
    expect(part(page, "detail")).to_contain_text(re.compile(r"rounded to ±0\.0000\d+, as so many numbers are sent"))
    expect(page.locator(".panels .detail .value").first).to_contain_text("≈")
