"""The page of gates in a real browser: its views, the sum that adds up, other cells, broken weights, links, speed."""

import re
import time
from collections.abc import Callable
from typing import Final
from urllib.parse import quote

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from rnnviz.analysis import half_life
from rnnviz.spec import ModelSpec
from rnnviz.stepping import Recording, record
from rnnviz.text import word_vectors, words_of
from tests.browser.test_step_through import link
from tests.browser.waiting import PATIENCE, settle, shown_charts, until

Visit = Callable[[str], Page]
PAGE: Final = "/Gates"
SENTENCE: Final = "The film was not good, it was great!"
SIZES: Final = "input=words&input_size=16&hidden_size=16"
LSTM: Final = f"{PAGE}?cell=lstm&{SIZES}&t=7"
BIGRU: Final = f"{PAGE}?cell=gru&{SIZES}&num_layers=2&bidirectional=1&layer=1&direction=reverse&t=3"
LONG: Final = (
    f"{PAGE}?cell=lstm&input=words&input_size=16&hidden_size=64&words={quote(' '.join(f'w{k}' for k in range(200)))}"
)


def show(page: Page, *views: str) -> None:
    for view in views:
        page.get_by_test_id("stMain").get_by_role("radio", name=view, exact=True).click()
        settle(page)


def titled(page: Page, text: str) -> None:
    """Wait for a figure of such a title; the one before may still be there for a moment."""
    expect(shown_charts(page).locator(".gtitle").filter(has_text=text).first).to_be_visible()


def caption(page: Page) -> str:
    """The captions of all figures, lines joined, with plain minus signs and without what plotly puts at subscripts."""
    lines: list[str] = []
    for shown in shown_charts(page).locator(".gtitle-subtitle").all():
        lines += shown.locator(".line").all_text_contents() or shown.all_text_contents()
    return " ".join(lines).replace("−", "-").replace("\u200b", "")


def says(page: Page, pattern: str, patience: float = PATIENCE / 1000) -> re.Match[str]:
    """What the pattern finds in the caption, once it is there."""
    deadline = time.monotonic() + patience
    while not (found := re.search(pattern, caption(page))):
        assert time.monotonic() < deadline, f"{pattern!r} is not in {caption(page)!r}"
        page.wait_for_timeout(50)
    return found


def recorded(cell: str, **options: object) -> Recording:
    words = words_of(SENTENCE)
    spec = ModelSpec(cell=cell, input_size=16, hidden_size=16, **options)
    return record(spec, word_vectors(words, 16, spec.seed), words)


def panels(page: Page) -> Locator:
    return page.locator(".panels .panel")


def test_views_switch_and_only_the_one_chosen_is_there(visit: Visit) -> None:
    page = visit(LSTM)
    expect(panels(page)).to_have_count(5)
    expect(shown_charts(page)).to_have_count(0)
    show(page, "Saturation")
    titled(page, "How often the gates saturate")
    expect(panels(page)).to_have_count(0)
    says(page, "All 48 lie at the origin: nothing ever saturates")
    show(page, "Unit memory")
    titled(page, "remembers longest")
    expect(panels(page)).to_have_count(2)
    show(page, "What is left")
    titled(page, "How much of each input is left")
    show(page, "Weights")
    titled(page, "gate by gate")
    expect(panels(page)).to_have_count(0)
    show(page, "Histograms")
    says(page, "Mean ± standard deviation")
    show(page, "Norms", "Input W_ih")
    titled(page, "Norms of Wih")
    show(page, "Over time")
    expect(panels(page)).to_have_count(5)


@pytest.mark.parametrize(("cell", "state", "gate"), [("lstm", "c", "f"), ("gru", "h", "z")])
def test_the_stated_sum_is_the_state_of_a_capture_in_python(visit: Visit, cell: str, state: str, gate: str) -> None:
    trace = recorded(cell).trace
    unit = int(np.argmax(half_life(trace.panel(gate))))
    expected = trace.panel(state)[7]
    page = visit(f"{PAGE}?cell={cell}&{SIZES}&t=7")
    show(page, "Unit memory", "Which step wrote it")
    stated = says(page, rf"add up to (\S+); {state}t of unit {unit} is (\S+)\.$")
    assert float(stated[1]) == pytest.approx(expected[unit], abs=1e-6)
    assert float(stated[2]) == pytest.approx(expected[unit], rel=1e-6)
    show(page, "All units")
    stated = says(page, rf"add up to (\S+); ‖{state}t‖ of all 16 units is (\S+)\. ")
    for number in stated.groups():
        assert float(number) == pytest.approx(np.linalg.norm(expected), rel=1e-5)


def test_a_layer_and_direction_of_its_own(visit: Visit) -> None:
    trace = recorded("gru", num_layers=2, bidirectional=True).trace
    expected = trace.panel("h", layer=1, direction="reverse")[3]
    page = visit(BIGRU)
    show(page, "Unit memory", "Which step wrote it", "All units")
    says(page, "Layer 1 reverse")
    stated = says(page, r"add up to (\S+); ‖")
    assert float(stated[1]) == pytest.approx(np.linalg.norm(expected), rel=1e-5)
    show(page, "forward →")
    says(page, "Layer 1 forward")
    show(page, "Saturation")
    says(page, "All layers, both directions")
    show(page, "This layer and direction")
    says(page, "Layer 1 forward")


def test_a_step_and_a_unit_chosen_in_the_heatmaps_are_those_of_the_figure_and_of_the_link(visit: Visit) -> None:
    page = visit(LSTM)
    show(page, "Unit memory", "Which step wrote it")
    titled(page, "at t = 7")
    page.locator(".panels .icon").nth(1).click()
    titled(page, "at t = 6")
    plot = panels(page).first.locator(".plot")
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    assert box
    plot.click(position={"x": box["width"] * 0.3, "y": box["height"] * (5.5 / 16)})
    expect(shown_charts(page).locator(".gtitle-subtitle")).to_contain_text("of unit 5 is")
    expect(page).to_have_url(re.compile("units=5"))
    settle(page)
    t = link(page)["t"]
    show(page, "Over time")
    expect(page.locator(".panels [data-part=step]")).to_have_text(f"t = {t} of 9")
    page.reload()
    settle(page)
    assert (link(page)["t"], link(page)["units"]) == (t, "5")
    show(page, "Unit memory", "Which step wrote it")
    titled(page, f"at t = {t}")
    says(page, "of unit 5 is")


def test_the_numbers_behind_a_figure_come_when_they_are_asked_for(visit: Visit) -> None:
    page = visit(LSTM)
    show(page, "Unit memory", "Half-life")
    expect(page.get_by_test_id("stTable")).to_have_count(0)
    page.get_by_text("The numbers", exact=True).first.click()
    expect(page.get_by_test_id("stTable")).to_contain_text("half-life (steps)")
    expect(page.get_by_test_id("stTable").get_by_role("row")).to_have_count(17)
    show(page, "Weights", "Matrices")
    expect(page.get_by_test_id("stTable")).to_have_count(0)
    expect(page.get_by_test_id("stDataFrame")).to_be_visible()  # what was opened stays open, of the figure in its place
    page.get_by_text("The numbers", exact=True).first.click()
    expect(page.get_by_test_id("stDataFrame")).to_have_count(0)


def test_the_scale_of_the_heatmaps(visit: Visit) -> None:
    page = visit(LSTM)
    legend = panels(page).nth(1).locator(".legend")
    expect(legend).to_contain_text("1.00")
    page.locator(".panels [data-part=scale]").select_option("deviation")
    expect(legend).not_to_contain_text("1.00")
    expect(legend).to_contain_text("−0.")
    page.locator(".panels [data-part=scale]").select_option("value")
    expect(legend).to_contain_text("1.00")


def test_a_plain_rnn_says_what_it_has_not(visit: Visit) -> None:
    page = visit(f"{PAGE}?cell=rnn")
    expect(page.get_by_test_id("stAlert")).to_contain_text("A plain RNN has no gates")
    expect(panels(page)).to_have_count(1)
    show(page, "Saturation")
    says(page, "1 of 2 lie at the origin")
    expect(shown_charts(page)).to_contain_text("h above 0.9")
    show(page, "Unit memory")
    expect(page.get_by_test_id("stAlert")).to_contain_text("a half-life is not defined")
    expect(shown_charts(page)).to_have_count(0)
    show(page, "Weights", "Norms")
    expect(shown_charts(page)).to_contain_text("spectral radius")
    page = visit(f"{PAGE}?nonlinearity=relu")
    show(page, "Saturation")
    expect(page.get_by_test_id("stAlert")).to_contain_text("ReLU has no upper limit")


@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn"])
def test_weights_beyond_all_bounds_break_nothing(visit: Visit, cell: str) -> None:
    edits = "weight_hh_l0[1,1]=1e6;weight_ih_l0[17,0]=-1e6;bias_ih_l0[18]=1e6"
    page = visit(f"{PAGE}?cell={cell}&input=words&input_size=16&hidden_size=20&edits={quote(edits)}")
    views = [("Over time",), ("Saturation",), ("Weights", "Matrices"), ("Histograms",), ("Norms",)]
    memory = [("Unit memory", "Half-life"), ("What is left",), ("Which step wrote it",), ("All units",)]
    for view in views if cell == "rnn" else [*views, *memory]:
        show(page, *view)
        expect(page.get_by_test_id("stException")).to_have_count(0)
        if view != ("Over time",):
            titled(page, "")
        if "Matrices" in view:
            says(page, "1 entry is off this scale; the largest has size 1e.06")


def test_a_narrow_window_scrolls_in_no_direction_but_down(visit: Visit) -> None:
    page = visit(LSTM)
    page.set_viewport_size({"width": 420, "height": 900})
    for view in ("Saturation", "Unit memory", "What is left", "Which step wrote it", "Weights", "Histograms", "Norms"):
        show(page, view)
        titled(page, "")
        page.wait_for_function("() => document.documentElement.scrollWidth <= window.innerWidth")
        over = """nodes => nodes.map((node) => node.querySelector('.gtitle-subtitle').getBoundingClientRect().right
                            - node.getBoundingClientRect().right)"""
        until(page, lambda over=over: [shown <= 0 for shown in shown_charts(page).evaluate_all(over)] == [True])
