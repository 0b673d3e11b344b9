"""The linked heatmaps and the figures under them in a real browser."""

import re
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from urllib.parse import parse_qs, quote, urlsplit

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from rnnviz.analysis import on_in_range, unit_order
from rnnviz.names import Cell
from rnnviz.spec import ModelSpec
from rnnviz.stepping import record
from rnnviz.ui.selection import Selection, inputs, network, steps
from tests.browser.waiting import more_settings, settle, shown_charts, steady, until

Visit = Callable[[str], Page]
PAGE = "/Hidden_states"
SENTENCE = f"{PAGE}?cell=lstm&input=words&hidden_size=16"
SELECTION = Selection(input="words", model=ModelSpec("lstm", hidden_size=16))
WORDS = " ".join(f"w{k}" for k in range(1000))
LONG = f"{PAGE}?cell=lstm&input=words&hidden_size=256&words={quote(WORDS)}"
GUTTER = 64
LAST = 9


def states(signal: str = "h", cell: Cell = "lstm") -> np.ndarray:
    seen = replace(SELECTION, model=replace(SELECTION.model, cell=cell))
    return record(network(seen), inputs(seen), steps(seen)).trace.panel(signal)


@lru_cache
def long_states() -> np.ndarray:
    seen = Selection(input="words", words=WORDS, model=ModelSpec("lstm", hidden_size=256))
    return record(network(seen), inputs(seen), steps(seen)).trace.panel("h")


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


def on_are(units: list[int]) -> str:
    """The beginning of the sentence about units of h of the LSTM that are on."""
    return "1 unit of h (LSTM) is" if len(units) == 1 else f"{len(units)} units of h (LSTM) are"


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


def expect_ink(page: Page, panel: int, x: float, y: float, least: int) -> None:
    """Wait for the marks, which are painted with the next frame."""
    until(page, lambda: ink(page, panel, x, y) > least)


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


def test_a_visit_begins_with_the_panels_and_the_chart_below_follows(page: Page, visit: Visit) -> None:
    page.add_init_script("""new MutationObserver(() => {
      window.came ??= [];
      const seen = { place: ".rnnviz-later", bar: ".bar-top", chart: ".js-plotly-plot" };
      for (const [name, sign] of Object.entries(seen)) {
        if (!window.came.includes(name) && document.querySelector(sign)) window.came.push(name);
      }
    }).observe(document, { subtree: true, childList: true })""")
    visit(SENTENCE)
    expect(shown_charts(page)).to_have_count(1)
    came = page.evaluate("window.came")
    assert came[-1] == "chart"
    assert {"place", "bar"} < set(came)
    page.evaluate("window.came = []")
    page.get_by_role("link", name="Clipping").first.click()
    expect(page.get_by_role("heading", name="Clipping")).to_be_visible()
    settle(page)
    expect(shown_charts(page)).to_have_count(1)
    assert "place" not in page.evaluate("window.came")  # plotly is there from now on


def test_every_signal_of_the_network_has_its_panel(visit: Visit) -> None:
    page = visit(SENTENCE)
    expect(page.locator(".panel .name")).to_have_text([re.compile("hidden state"), re.compile("cell state")])
    page.get_by_role("radio", name="GRU", exact=True).click()
    expect(page.locator(".panel .tag")).to_have_text(["GRU"])


@pytest.mark.smoke("panels")
def test_a_place_under_the_pointer_is_marked_and_read_in_every_panel(visit: Visit) -> None:
    page = visit(SENTENCE)
    point(page, 0, 6, 11)
    expect(part(page, "detail")).to_contain_text("unit 11, t = 6, “it”")
    assert values(page) == pytest.approx([states("h")[6, 11], states("c")[6, 11]], abs=1e-7)
    plot = page.locator(".panel .plot").nth(1)
    row = place(plot, 2, 11)
    expect_ink(page, 1, row["x"], row["y"] - plot.bounding_box()["height"] / 32, 128)  # type: ignore[index]
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
        f"{len(found)} units of h (LSTM) are on at t = {begin} to {end} and off just before and after: {listed}"
    )
    page.wait_for_url(re.compile(f"span={begin}%2C{end}(&|$)"))  # a drag that is slow has settled on its way too
    settle(page)
    assert (link(page)["units"], link(page)["span"]) == (",".join(map(str, found)), f"{begin},{end}")
    page.reload()
    settle(page)
    expect(part(page, "hint")).to_contain_text(f"{len(found)} units of h (LSTM) are on at t = {begin} to {end}")


def test_the_threshold_asks_again_and_a_pick_is_no_answer(visit: Visit) -> None:
    page = visit(SENTENCE)
    drag(page, 7, 9)
    part(page, "threshold").fill("0.05")
    found = on_in_range(states("h"), 7, 9, 0.05).tolist()
    assert found != on_in_range(states("h"), 7, 9, 0.09).tolist()
    expect(part(page, "hint")).to_contain_text(f"{on_are(found)} on at t = 7 to 9")
    page.wait_for_url(re.compile(f"units={'%2C'.join(map(str, found))}(&|$)"))
    plot = page.locator(".panel .plot").first
    plot.click(position=place(plot, 5, next(unit for unit in range(16) if unit not in found)))
    expect(part(page, "hint")).to_contain_text("Chosen units: ")
    page.get_by_role("button", name="Clear selection").click()
    expect(part(page, "hint")).to_contain_text("Drag over the steps")
    settle(page)
    page.wait_for_url(re.compile(r"^(?!.*(units|span)=)"))


def test_a_range_is_framed_and_its_colours_are_as_they_were(visit: Visit) -> None:
    page = visit(SENTENCE)
    drag(page, 6, 9)
    expect(part(page, "hint")).to_contain_text("of h (LSTM)")
    page.get_by_role("button", name="Clear selection").hover()
    plot = page.locator(".panel .plot").first
    edge, middle = place(plot, 6, 3), place(plot, 8, 3)
    width = place(plot, 7, 3)["x"] - edge["x"]
    expect_ink(page, 0, edge["x"] - width / 2, edge["y"], 100)
    assert ink(page, 0, middle["x"], middle["y"]) == 0


def test_the_order_of_units_is_in_the_link(visit: Visit) -> None:
    page = visit(SENTENCE)
    part(page, "order").select_option(label="similarity")
    page.wait_for_url(re.compile("panels.order%3Acluster"))
    page.reload()
    settle(page)
    expect(part(page, "order")).to_have_value("cluster")
    point(page, 0, 8, 3)
    expect(part(page, "detail")).to_contain_text(f"unit {unit_order(states('h'), 'cluster')[3]}, t = 8")


def test_another_order_of_units_moves_the_rows_and_keeps_the_numbers(visit: Visit) -> None:
    page = visit(SENTENCE)
    h = states("h")
    for label, by in (("similarity", "cluster"), ("variance", "variance"), ("time of the peak", "peak")):
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
    box = page.get_by_label("Another text for the same network")
    chart = shown_charts(page)
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
    page.wait_for_url(re.compile("second=Good"))
    page.reload()
    expect(box).to_have_value("Good film")
    expect(chart.locator(".legendtext")).to_have_count(2)
    page.get_by_test_id("stSidebar").get_by_role("link", name="Gates").click()
    expect(page.get_by_role("heading", name="Gates", level=1)).to_be_visible()
    page.get_by_test_id("stSidebar").get_by_role("link", name="Hidden states").click()
    expect(page.get_by_label("Another text for the same network")).to_have_value("Good film")


def test_words_and_units_together(visit: Visit) -> None:
    page = visit(SENTENCE)
    page.get_by_role("radio", name="Words and units together").click()
    order = unit_order(states("h").T, "cluster")
    words = [f"{step} {steps(SELECTION)[step]}" for step in order]
    expect(shown_charts(page).locator(".xtick text")).to_have_text(words)
    expect(page.get_by_label("Another text for the same network")).to_have_count(0)


def test_one_unit_has_no_path_and_says_so(visit: Visit) -> None:
    page = visit(f"{PAGE}?hidden_size=1")
    expect(page.get_by_text("needs at least two hidden units")).to_be_visible()
    expect(shown_charts(page)).to_have_count(0)


def test_a_shorter_input_drops_what_it_has_no_room_for(visit: Visit) -> None:
    page = visit(f"{SENTENCE}&units=3&span=8,9&t=9")
    box = page.get_by_role("textbox", name="Words", exact=True)
    box.fill("Only three words")
    box.press("Control+Enter")
    expect(part(page, "step")).to_have_text("t = 2 of 2")
    expect(part(page, "hint")).to_have_text("Chosen units: 3")
    settle(page)
    page.wait_for_url(re.compile(r"^(?!.*span=)"))


def test_single_characters_stand_upright_and_words_rise(visit: Visit) -> None:
    page = visit(f"{PAGE}?trained=brackets&cell=lstm")
    axis = part(page, "words")
    expect(axis).to_have_attribute("aria-valuemax", re.compile("[34][0-9]"))  # too many for words beside each other
    upright = axis.evaluate("node => node.clientHeight")
    page = visit(f"{PAGE}?cell=lstm&input=words&words={'+'.join(['word'] * 40)}")
    assert axis.evaluate("node => node.clientHeight") > 1.5 * upright


def expect_no_wider(page: Page) -> None:
    """The page is within its window, and the heatmaps within the page, once they are drawn for its width."""
    settle(page)
    steady(page.locator(".panel .plot").first)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert page.locator(".panels").evaluate("node => node.scrollWidth - node.clientWidth") <= 1


def test_a_narrow_window_scrolls_in_no_direction_but_down(visit: Visit) -> None:
    page = visit(SENTENCE)
    page.set_viewport_size({"width": 420, "height": 900})
    expect_no_wider(page)
    plot = page.locator(".panel .plot").first
    plot.scroll_into_view_if_needed()
    point(page, 0, 6, 11)
    expect(part(page, "detail")).to_contain_text("unit 11, t = 6")


def test_the_server_hears_nothing_of_a_pointer_over_a_thousand_words_and_256_units(visit: Visit, page: Page) -> None:
    """What the read-out says is looked up in the browser; benchmarks/pages.py has how soon."""
    sent: list[int] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(len(frame))))
    visit(LONG)
    page.get_by_role("radio", name="RNN, LSTM and GRU").click()
    expect(page.locator(".panel")).to_have_count(3)
    settle(page)
    plot = page.locator(".panel .plot").first
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    assert box is not None
    sent.clear()
    told = set()
    for k in range(60):
        page.mouse.move(box["x"] + 90 + 9 * k, box["y"] + 5 + (7 * k) % (box["height"] - 10))
        told.add(part(page, "detail").inner_text())
    assert len(told) > 30
    page.wait_for_timeout(500)
    assert sent == []


def test_what_is_sent_stays_below_300_kb_and_stepping_sends_none_of_it_again(visit: Visit, page: Page) -> None:
    received: list[int] = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: received.append(len(frame or ""))))
    visit(LONG)
    together, path = "Words and units together", "Path of the state"
    chosen = ((together, "together"), (path, "^(?!.*together)"), ("RNN, LSTM and GRU", "networks"))
    more_settings(page)
    for seed, (choice, said) in enumerate(chosen, start=5):
        page.get_by_role("radio", name=choice).click()
        page.wait_for_url(re.compile(said))
        settle(page)
        page.wait_for_timeout(500)
        received.clear()
        box = page.get_by_role("spinbutton", name="Seed")
        box.fill(str(seed))
        box.press("Enter")
        page.wait_for_url(re.compile(f"seed={seed}"))
        settle(page)
        page.wait_for_timeout(500)
        print(f"{choice}: {max(received):,} bytes, {sum(received):,} in all")
        assert 100_000 < sum(received) < 300_000
    near(page).click()
    expect(near(page)).to_have_attribute("aria-pressed", "true")
    settle(page)
    page.wait_for_timeout(500)
    received.clear()
    page.keyboard.press("ArrowRight")
    page.wait_for_url(re.compile("t=1"))
    until(page, lambda: received)
    page.wait_for_timeout(1500)
    settle(page)
    assert max(received) < 100_000, "the panels were sent again"


def test_a_short_input_has_no_overview(visit: Visit) -> None:
    page = visit(SENTENCE)
    expect(part(page, "zoom")).to_be_hidden()
    expect(part(page, "strip")).to_be_hidden()


def shown_steps(page: Page) -> tuple[int, int]:
    """First and last step of the window, or of the one that is offered."""
    found = re.fullmatch(r"Steps ([\d,]+) to ([\d,]+)", near(page).text_content() or "")
    assert found
    first, last = (int(number.replace(",", "")) for number in found.groups())
    return first, last


def near(page: Page) -> Locator:
    return part(page, "near")


def zoom_in(page: Page) -> tuple[int, int]:
    wanted = shown_steps(page)
    near(page).click()
    expect(near(page)).to_have_attribute("aria-pressed", "true")
    assert shown_steps(page) == wanted
    return wanted


def test_a_thousand_steps_open_as_means_with_the_selected_step_marked(visit: Visit) -> None:
    page = visit(f"{LONG}&t=400")
    h = long_states()
    expect(part(page, "all")).to_have_text(re.compile(r"All 1,000 steps, \d to a column"))
    expect(part(page, "all")).to_have_attribute("aria-pressed", "true")
    stride = int(re.findall(r"\d+", part(page, "all").text_content() or "")[-1])
    columns = -(-1000 // stride)
    expect(part(page, "step")).to_have_text("t = 400 of 999")
    first, last = shown_steps(page)
    assert first < 400 < last
    plot = page.locator(".panel .plot").first
    plot.hover(position=place(plot, 100, 30, time=columns, rows=256))
    begin = 100 * stride
    expect(part(page, "detail")).to_contain_text(f"unit 30, t = {begin} to {begin + stride - 1}, mean")
    expect(part(page, "detail")).to_contain_text(re.compile(r"rounded to ±0\.00\d+, since there are many numbers"))
    assert values(page)[0] == pytest.approx(h[begin : begin + stride, 30].mean(), abs=0.003)
    plot.click(position=place(plot, 100, 30, time=columns, rows=256))
    expect(part(page, "step")).to_have_text(f"t = {begin} of 999")
    expect(page.get_by_role("slider", name="Time step")).to_have_attribute("aria-valuetext", f"t = {begin}, w{begin}")


def test_a_window_shows_single_steps_around_the_selected_one(visit: Visit) -> None:
    page = visit(f"{LONG}&t=400")
    h = long_states()
    first, last = zoom_in(page)
    assert first < 400 < last
    plot = page.locator(".panel .plot").first
    plot.hover(position=place(plot, 7, 30, time=last - first + 1, rows=256))
    expect(part(page, "detail")).to_contain_text(f"unit 30, t = {first + 7}, “w{first + 7}”")
    expect(page.locator(".panels .detail .value").first).to_contain_text("≈")
    assert values(page)[0] == pytest.approx(h[first + 7, 30], abs=2e-5)
    part(page, "all").click()
    expect(part(page, "all")).to_have_attribute("aria-pressed", "true")
    expect(near(page)).to_have_attribute("aria-pressed", "false")


READ = """() => {
  const host = [...document.querySelectorAll('*')].find((node) => node.shadowRoot?.querySelector('.panels'));
  const step = host.shadowRoot.querySelector('[data-part=step]');
  window.steps = [];
  const all = { childList: true, characterData: true, subtree: true };
  new MutationObserver(() => window.steps.push(step.textContent)).observe(step, all);
}"""


def test_a_key_that_is_held_crosses_the_edge_of_a_window_and_skips_no_step(visit: Visit) -> None:
    page = visit(f"{LONG}&t=400")
    _, last = zoom_in(page)
    page.evaluate(READ)
    presses = last - 400 + 25
    for _ in range(presses):
        page.keyboard.down("ArrowRight")
        page.wait_for_timeout(25)
    page.keyboard.up("ArrowRight")
    expect(part(page, "step")).to_have_text(f"t = {400 + presses} of 999")
    seen = [int(re.findall(r"\d+", text)[0]) for text in page.evaluate("window.steps")]
    assert list(dict.fromkeys(seen)) == list(range(401, 401 + presses))
    assert seen == sorted(seen)
    expect(near(page)).not_to_have_text(re.compile(f"to {last}$"))
    first, later = shown_steps(page)
    assert first <= 400 + presses <= later
    plot = page.locator(".panel .plot").first
    column = place(plot, 400 + presses - first, time=later - first + 1)["x"]
    until(page, lambda: ink(page, 0, column - 3, 100) > 128 or ink(page, 0, column + 3, 100) > 128)
    page.keyboard.press("End")
    expect(near(page)).to_have_text(re.compile("to 999$"))
    page.keyboard.press("Home")
    expect(near(page)).to_have_text(re.compile("^Steps 0 to"))
    assert [panel.bounding_box() is not None for panel in page.locator(".panel").all()] == [True, True]


def test_the_strip_leads_to_any_step(visit: Visit) -> None:
    page = visit(LONG)
    zoom_in(page)
    box = part(page, "strip").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 0.75 * box["width"], box["y"] + 6)
    expect(part(page, "step")).to_have_text(re.compile(r"t = 7[45]\d of 999"))
    expect(near(page)).not_to_have_text(re.compile("^Steps 0 to"))
    first, last = shown_steps(page)
    assert first < 749 < last


def test_a_range_of_the_overview_is_answered_by_python_from_single_steps(visit: Visit) -> None:
    page = visit(LONG)
    stride = int(re.findall(r"\d+", part(page, "all").text_content() or "")[-1])
    words = part(page, "words")
    words.scroll_into_view_if_needed()
    box = words.bounding_box()
    assert box is not None
    x = box["x"] + GUTTER + (50.5 / -(-1000 // stride)) * (box["width"] - GUTTER)
    page.mouse.move(x + 12, box["y"] + 12)
    page.mouse.down()
    page.mouse.move(x, box["y"] + 12, steps=4)
    page.mouse.up()
    page.wait_for_url(re.compile("span="))
    begin, end = (int(step) for step in link(page)["span"].split(","))
    assert begin == 50 * stride
    for threshold in ("0.01", "0.05"):
        part(page, "threshold").fill(threshold)
        found = on_in_range(long_states(), begin, end, float(threshold)).tolist()
        where = f"on at t = {begin} to {end} and off just before and after"
        listed = ", ".join(map(str, found))
        said = f"{on_are(found)} {where}: {listed}" if found else f"No unit of h (LSTM) is {where}."
        expect(part(page, "hint")).to_have_text(said)
    if found:
        page.wait_for_url(re.compile(f"units={'%2C'.join(map(str, found))}(&|$)"))
    else:
        page.wait_for_timeout(500)
    settle(page)
    page.reload()
    settle(page)
    expect(part(page, "hint")).to_have_text(said)


def test_a_thousand_steps_in_a_narrow_window_scroll_in_no_direction_but_down(visit: Visit) -> None:
    page = visit(LONG)
    page.set_viewport_size({"width": 420, "height": 900})
    expect_no_wider(page)
    zoom_in(page)
    expect_no_wider(page)


def test_on_a_phone_the_player_keeps_below_the_header_and_can_be_pressed(visit: Visit, page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    visit(PAGE)
    page.get_by_test_id("stMain").evaluate("main => main.scrollBy(0, 700)")
    play = steady(page.locator(".panels").get_by_role("button", name="Next"))
    header = page.get_by_test_id("stHeader").bounding_box()
    assert header is not None
    assert play["y"] >= header["y"] + header["height"]
    page.mouse.click(play["x"] + play["width"] / 2, play["y"] + play["height"] / 2)
    expect(page.locator(".panels [data-part=step]")).to_contain_text("t = 1 of")
    settle(page)


def test_the_units_of_a_dragged_range_are_matched_and_named(visit: Visit) -> None:
    page = visit(
        f"{PAGE}?trained=brackets&cell=gru&words=((a)b)&views=hidden_states.edges:any-before-and-after%20hidden_states.view:match"
    )
    rows = page.locator(".matches tbody tr")
    expect(rows.first).to_be_visible()
    expect(page.get_by_text("sequences drawn from its task")).to_be_visible()
    words = part(page, "words")
    box = steady(words)
    y = box["y"] + 12

    def drag(begin: int, end: int) -> None:
        page.mouse.move(box["x"] + place(words, begin, time=6)["x"], y)
        page.mouse.down()
        page.mouse.move(box["x"] + place(words, end, time=6)["x"], y, steps=6)
        page.mouse.up()

    drag(2, 3)
    expect(page.get_by_text("t = 2 to 3.")).to_be_visible()
    assert link(page)["span"] == "2,3"
    named = page.get_by_label("Name these units")
    named.fill("<b>deep</b>")
    named.press("Enter")
    expect(page.get_by_role("button", name="Remove this group")).to_be_visible()
    until(page, lambda: "hidden_states.group:1" in link(page)["views"])
    expect(page.get_by_role("combobox", name="Units", exact=True)).to_have_value(re.compile("<b>deep</b>: "))
    units = link(page)["units"].split(",")
    expect(page.locator(".panels .detail")).to_contain_text(units[0])
    box = steady(words)
    y = box["y"] + 12
    drag(1, 2)
    expect(page.get_by_text("t = 1 to 2.")).to_be_visible()
    expect(page.get_by_role("combobox", name="Units", exact=True)).to_have_value("The selected range")
