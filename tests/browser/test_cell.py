"""The drawn cell in a real browser: its numbers against torch, pointing in both directions, one unit, an edit."""

import re
from collections.abc import Callable

import pytest
import torch
from playwright.sync_api import Locator, Page, expect
from torch import nn

from tests.browser.test_step_through import at_step, part
from tests.browser.waiting import settle

Visit = Callable[[str], Page]
PAGE = "/Step_through?picture=cell"
TOLERANCE = 1e-6


def strip(page: Page, key: str) -> Locator:
    """The frame of a strip of the diagram."""
    return page.locator(f'.step-through .strip-frame[data-key="{key}"]')


def number(page: Page, key: str, unit: int, of: int) -> float:
    """A number of a strip of so many, as it is told to who points at it."""
    box = strip(page, key).bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] * (min(unit, of - 1) + 0.5) / of)
    tip = page.locator(".step-through .stage .tip")
    expect(tip).to_have_text(re.compile(rf"\[{unit}\] = "))
    return float(tip.inner_text().partition(" = ")[2].replace("−", "-"))


def lecture(kind: type[nn.LSTM | nn.GRU | nn.RNN]) -> tuple[nn.Module, torch.Tensor]:
    torch.manual_seed(1)
    return kind(5, 2, batch_first=True), torch.tensor([[[1.0] * 5, [2.0] * 5, [3.0] * 5]])


@torch.no_grad()
def lstm_by_hand(t: int) -> dict[str, torch.Tensor]:
    """What an LSTM's wires carry at step ``t``, by torch's equations."""
    rnn, x = lecture(nn.LSTM)
    h, (_, c) = torch.zeros(2), (None, torch.zeros(2))
    for k in range(t + 1):
        sums = rnn.weight_ih_l0 @ x[0, k] + rnn.bias_ih_l0 + rnn.weight_hh_l0 @ h + rnn.bias_hh_l0
        i, f, g, o = sums.split(2)
        wires = {"c_prev": c, "h_prev": h, "sum.f": f, "f": f.sigmoid(), "i": i.sigmoid()}
        wires |= {"g": g.tanh(), "o": o.sigmoid()}
        wires |= {"f*c": wires["f"] * c, "i*g": wires["i"] * wires["g"]}
        c = wires["c"] = wires["f*c"] + wires["i*g"]
        wires["tanh(c)"] = c.tanh()
        h = wires["h"] = wires["o"] * c.tanh()
    return wires


@torch.no_grad()
def gru_by_hand(t: int) -> dict[str, torch.Tensor]:
    """The same of a GRU."""
    rnn, x = lecture(nn.GRU)
    h = torch.zeros(2)
    for k in range(t + 1):
        a_i = (rnn.weight_ih_l0 @ x[0, k] + rnn.bias_ih_l0).split(2)
        a_h = (rnn.weight_hh_l0 @ h + rnn.bias_hh_l0).split(2)
        r, z = (a_i[0] + a_h[0]).sigmoid(), (a_i[1] + a_h[1]).sigmoid()
        n = (a_i[2] + r * a_h[2]).tanh()
        wires = {"h_prev": h, "r": r, "z": z, "hh.n+b": a_h[2], "r*(hh.n+b)": r * a_h[2], "n": n}
        wires |= {"(1-z)*n": (1 - z) * n, "z*h": z * h}
        h = wires["h"] = wires["(1-z)*n"] + wires["z*h"]
    return wires


@torch.no_grad()
def rnn_by_hand(t: int) -> dict[str, torch.Tensor]:
    """The same of a plain RNN."""
    rnn, x = lecture(nn.RNN)
    h = torch.zeros(2)
    for k in range(t + 1):
        wires = {"h_prev": h, "ih.h": rnn.weight_ih_l0 @ x[0, k], "hh.h": rnn.weight_hh_l0 @ h}
        wires["sum.h"] = wires["ih.h"] + rnn.bias_ih_l0 + wires["hh.h"] + rnn.bias_hh_l0
        h = wires["h"] = wires["sum.h"].tanh()
    return wires


@pytest.mark.parametrize(
    ("cell", "by_hand"),
    [
        ("lstm", lstm_by_hand),
        ("gru", gru_by_hand),
        ("rnn", rnn_by_hand),
    ],
)
def test_every_wire_carries_what_torch_computes(
    visit: Visit, cell: str, by_hand: Callable[[int], dict[str, torch.Tensor]]
) -> None:
    page = visit(f"{PAGE}&cell={cell}")
    expect(strip(page, "h")).to_be_visible()
    for t in range(3):
        at_step(page, t, 2)
        for key, values in by_hand(t).items():
            for unit in range(2):
                assert number(page, key, unit, 2) == pytest.approx(float(values[unit]), abs=TOLERANCE), (t, key)
        page.keyboard.press("ArrowRight")


def test_who_points_at_a_wires_numbers_sees_their_line_and_who_points_at_a_line_sees_the_wires(visit: Visit) -> None:
    page = visit(f"{PAGE}&cell=lstm&t=1")
    number(page, "f*c", 1, 2)
    expect(page.locator(".inside .line.here")).to_have_attribute("data-line", "c")
    lit = page.locator(".step-through .wire.lit")
    assert {wire.get_attribute("data-key") for wire in lit.all()} == {"f", "c_prev", "f*c"}
    page.locator('.inside .line[data-line="o"] .values').last.hover()
    expect(strip(page, "o")).to_have_class(re.compile("lit"))
    expect(strip(page, "f*c")).not_to_have_class(re.compile("lit"))


def test_a_node_tells_how_its_number_is_computed(visit: Visit) -> None:
    page = visit(f"{PAGE}&cell=lstm&t=1")
    page.locator('.step-through g[data-key="c"] text').hover()
    expect(page.locator(".inside .line.here")).to_have_attribute("data-line", "c")
    expect(part(page, "detail")).to_contain_text("+")


def test_a_click_shows_one_unit_and_the_link_and_a_reload_show_it_too(visit: Visit) -> None:
    page = visit(f"{PAGE}&cell=lstm&t=1")
    strip(page, "c").click(position={"x": 20, "y": 32})
    expect(part(page, "unit")).to_have_value("1")
    page.wait_for_url(re.compile("units=1"))
    wires = lstm_by_hand(1)
    page.mouse.move(5, 5)
    assert number(page, "c", 1, 1) == pytest.approx(float(wires["c"][1]), abs=TOLERANCE)
    page.reload()
    expect(part(page, "unit")).to_have_value("1")
    settle(page)
    assert number(page, "tanh(c)", 1, 1) == pytest.approx(float(wires["tanh(c)"][1]), abs=TOLERANCE)
    part(page, "unit").select_option("all units")
    assert number(page, "c", 0, 2) == pytest.approx(float(wires["c"][0]), abs=TOLERANCE)


def test_escape_shows_all_units_again_and_a_valve_says_what_it_is(visit: Visit) -> None:
    page = visit(f"{PAGE}&cell=lstm&t=1&units=0")
    expect(part(page, "unit")).to_have_value("0")
    page.locator('.step-through g[data-key="f*c"] rect').hover(force=True)
    tip = page.locator(".step-through .stage .tip")
    expect(tip).to_contain_text(re.compile(r"f t\[0\] = 0\.\d+$"))
    assert float(tip.inner_text().rpartition(" ")[2]) == pytest.approx(float(lstm_by_hand(1)["f"][0]), abs=TOLERANCE)
    page.keyboard.press("Escape")
    expect(part(page, "unit")).to_have_value("")


def test_a_click_on_an_input_edits_it(visit: Visit) -> None:
    page = visit(f"{PAGE}&cell=lstm&t=1")
    strip(page, "inputs").click(position={"x": 20, "y": 8})
    page.keyboard.type("7")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("edits=x"))


def test_an_edit_runs_along_the_wires_that_it_has_changed(visit: Visit) -> None:
    page = visit(f"{PAGE}&cell=lstm&t=1")
    # The first bias of the input gate: what lies before it does not run.
    page.locator('.inside .line[data-line="i"] .operand:not(.matrix) .values').nth(2).locator("span").first.click()
    page.keyboard.type("2.5")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("edits=bias_ih_l0"))
    running = page.locator(".step-through .wire.flowing")
    expect(running.first).to_be_attached()
    keys = {wire.get_attribute("data-key") for wire in running.all()}
    assert {"i", "i*g", "c", "h", "h_prev"} <= keys
    assert "inputs" not in keys
    expect(running).to_have_count(0)


def test_the_cell_on_a_phone_scrolls_in_its_own_frame(visit: Visit) -> None:
    page = visit(f"{PAGE}&cell=gru")
    page.set_viewport_size({"width": 390, "height": 844})
    stage = part(page, "stage")
    expect(stage).to_be_visible()
    assert stage.evaluate("(node) => node.scrollWidth > node.clientWidth")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    box = strip(page, "h").bounding_box()
    stage.evaluate("(node) => node.scrollTo(9999, 0)")
    moved = strip(page, "h").bounding_box()
    assert box
    assert moved
    assert moved["x"] < box["x"]
    assert moved["x"] + moved["width"] <= 390
