"""The page of gradients in a real browser: views, presets, a chosen step, links, numbers that end, narrow windows."""

import re
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import numpy as np
import pytest
import torch
from playwright.sync_api import Page, expect
from torch import nn

from tests.browser.waiting import settle

Visit = Callable[[str], Page]
PAGE = "/Gradients"
SENTENCE = f"{PAGE}?cell=lstm&input=words&input_size=3&hidden_size=8"
NUMBERS = quote("\n".join(f"{np.sin(k):.2f} {np.cos(2 * k):.2f}" for k in range(30)))
ROWS = f"{PAGE}?hidden_size=16&seed=3&numbers={NUMBERS}"
VIEWS = ("Over time", "Against length", "Why", "Which loss reaches which step", "On words")


def choose(page: Page, name: str) -> None:
    page.get_by_role("radio", name=name, exact=True).click()
    settle(page)


def link(page: Page) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}


def charts(page: Page) -> list[dict[str, Any]]:
    """What plotly has drawn: of every chart its traces with their numbers, and its captions."""
    page.wait_for_selector(".js-plotly-plot .main-svg")
    found: list[dict[str, Any]] = page.evaluate(
        """() => [...document.querySelectorAll(".js-plotly-plot")].map((plot) => ({
          title: plot._fullLayout.title.text,
          caption: plot._fullLayout.title.subtitle.text,
          traces: plot._fullData.map(({ name, meta, mode, _length, x, y }) => ({
            name, meta, mode, x: x && [...x], y: y && [...y] })),
        }))"""
    )
    return found


def curve(page: Page, name: str) -> list[float]:
    (found,) = (
        trace
        for trace in charts(page)[0]["traces"]
        if trace["mode"] == "lines+markers" and trace["name"].startswith(name)
    )
    return list(found["y"])


def test_every_view_is_shown_with_its_text(visit: Visit) -> None:
    page = visit(SENTENCE)
    for view in VIEWS:
        choose(page, view)
        expect(page.get_by_text("What you see.")).to_be_visible()
        expect(page.get_by_text("Ask yourself.")).to_be_visible()
        expect(page.get_by_test_id("stPlotlyChart")).to_have_count({"Why": 2, "On words": 0}.get(view, 1))
        expect(page.get_by_test_id("stException")).to_have_count(0)


def test_the_curve_is_that_of_autograd_in_float64(visit: Visit) -> None:
    page = visit(ROWS)
    torch.manual_seed(3)
    rnn = nn.RNN(2, 16, batch_first=True)
    x = torch.tensor([[round(float(v), 2) for v in (np.sin(k), np.cos(2 * k))] for k in range(30)])
    rnn, states, h = rnn.double(), [], torch.zeros(16, dtype=torch.float64)
    for row in x.double():
        a = rnn.weight_ih_l0 @ row + rnn.bias_ih_l0 + rnn.weight_hh_l0 @ h + rnn.bias_hh_l0
        h = torch.tanh(a)
        states.append(h)
    p = np.random.default_rng([3, 3]).standard_normal(16)
    loss = torch.from_numpy(p / np.linalg.norm(p)) @ states[-1]
    expected = [float(g.norm()) for g in torch.autograd.grad(loss, states)]
    np.testing.assert_allclose(curve(page, "RNN"), expected, rtol=1e-4)


def test_presets_set_the_network_and_what_they_promise_comes_true(visit: Visit) -> None:
    page = visit(PAGE)
    expect(page.get_by_text("3 steps are few to see much.")).to_be_visible()
    firsts = {}
    for name in ("Vanishes", "Holds", "Explodes"):
        page.get_by_role("button", name=name).click()
        expect(page.get_by_role("button", name=name)).to_be_enabled()
        page.wait_for_timeout(400)
        settle(page)
        (own,) = (
            trace
            for trace in charts(page)[0]["traces"]
            if trace["mode"] == "lines+markers" and "(this network)" in trace["name"]
        )
        firsts[name] = own["y"][0]
        assert own["y"][-1] == pytest.approx(1)
        assert link(page)["hidden_size"] == "64"
    assert firsts["Vanishes"] < 1e-20
    assert 1e-3 < firsts["Holds"] < 1e3
    assert firsts["Explodes"] > 1e5
    assert link(page)["recurrent"] == "orthogonal"
    page.reload()
    settle(page)
    assert curve(page, "RNN, W")[0] == pytest.approx(firsts["Explodes"], rel=1e-4)


def test_curves_are_switched_on_and_off(visit: Visit) -> None:
    page = visit(ROWS)
    names = [trace["name"] for trace in charts(page)[0]["traces"] if trace["mode"] == "lines+markers"]
    assert len(names) == 3  # this network is the RNN
    page.get_by_role("button", name="LSTM, forget bias 3").click()
    settle(page)
    page.get_by_role("button", name="RNN, orthogonal × s").click()
    settle(page)
    expect(page.get_by_role("slider", name="s, by which")).to_be_visible()
    page.wait_for_timeout(300)
    assert len([trace for trace in charts(page)[0]["traces"] if trace["mode"] == "lines+markers"]) == 5


def test_a_chosen_step_is_the_selected_one(visit: Visit) -> None:
    page = visit(f"{ROWS}&t=12")
    choose(page, "At a chosen step")
    page.wait_for_timeout(300)
    assert "t = 12" in charts(page)[0]["caption"]
    slider = page.get_by_role("slider", name="Step of the loss")
    slider.focus()
    slider.press("ArrowRight")
    page.wait_for_url(re.compile("t=13"))
    settle(page)
    expect(slider).to_have_value("13")
    page.wait_for_timeout(300)
    assert curve(page, "RNN")[13] == pytest.approx(1)


def test_words_are_coloured_by_the_chosen_output_step(visit: Visit) -> None:
    page = visit(SENTENCE)
    choose(page, "On words")
    words = page.locator(".word-gradients button")
    expect(words).to_have_count(10)
    chosen = page.locator(".word-gradients button[aria-checked=true]")
    expect(chosen).to_have_attribute("data-t", "9")
    words.nth(4).click()
    expect(chosen).to_have_attribute("data-t", "4")
    expect(words.nth(5).locator("small")).to_have_text("0")
    page.wait_for_url(re.compile("t=4"))
    colors = [word.evaluate("node => node.style.background") for word in words.all()]
    assert colors[4] != colors[0]
    page.keyboard.press("ArrowLeft")
    expect(chosen).to_have_attribute("data-t", "3")
    expect(chosen).to_be_focused()
    assert [word.evaluate("node => node.style.background") for word in words.all()] != colors
    page.keyboard.press("Home")
    expect(chosen).to_have_attribute("data-t", "0")
    page.keyboard.press("ArrowRight")
    page.wait_for_url(re.compile("t=1(&|$)"))
    page.reload()
    settle(page)
    choose(page, "On words")
    expect(chosen).to_have_attribute("data-t", "1")


def test_a_number_under_a_word_is_that_of_autograd(visit: Visit) -> None:
    page = visit(ROWS.replace("?", "?t=5&"))
    choose(page, "On words")
    torch.manual_seed(3)
    rnn = nn.RNN(2, 16, batch_first=True).double()
    rows = [[round(float(v), 2) for v in (np.sin(k), np.cos(2 * k))] for k in range(30)]
    x = torch.tensor(rows).double().requires_grad_()
    p = np.random.default_rng([3, 3]).standard_normal(16)
    loss = rnn(x)[0][5] @ torch.from_numpy(p / np.linalg.norm(p))
    expected = torch.autograd.grad(loss, x)[0].norm(dim=-1)
    expect(page.locator(".word-gradients button")).to_have_count(30)
    shown = page.locator(".word-gradients button small").all_text_contents()
    for k in range(6):
        assert float(shown[k].replace("−", "-")) == pytest.approx(float(expected[k]), rel=0.03)
    assert set(shown[6:]) == {"0"}


def test_numbers_that_end_are_told_and_the_page_goes_on(visit: Visit) -> None:
    page = visit(f"{ROWS}&nonlinearity=relu&edits=" + quote("weight_hh_l0[0,0]=1000000.0;bias_ih_l0[0]=9.0"))
    expect(page.get_by_test_id("stAlert")).to_contain_text("not finite")
    for view in VIEWS:
        choose(page, view)
        expect(page.get_by_test_id("stException")).to_have_count(0)
    choose(page, "Over time")
    page.get_by_role("button", name="Vanishes").click()
    settle(page)
    expect(page.get_by_test_id("stAlert")).to_have_count(0)


def test_layers_directions_and_a_network_without_read_out(visit: Visit) -> None:
    page = visit(f"{SENTENCE}&num_layers=2&bidirectional=1&output_size=0&layer=1&direction=reverse&bias=0")
    expect(page.get_by_role("radio", name="Read-out")).to_have_count(0)
    for view in VIEWS:
        choose(page, view)
        expect(page.get_by_test_id("stException")).to_have_count(0)
    choose(page, "Over time")
    for by in ("By c", "By x"):
        choose(page, by)
        expect(page.get_by_test_id("stException")).to_have_count(0)


def test_one_step_has_a_page(visit: Visit) -> None:
    page = visit(f"{PAGE}?numbers=1")
    for view in VIEWS:
        choose(page, view)
        expect(page.get_by_test_id("stException")).to_have_count(0)


def test_a_narrow_window_holds_it_all(visit: Visit, page: Page) -> None:
    page.set_viewport_size({"width": 400, "height": 800})
    visit(SENTENCE)
    for view in VIEWS:
        choose(page, view)
        page.wait_for_timeout(200)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    box = page.locator(".word-gradients").bounding_box()
    assert box is not None
    assert box["x"] + box["width"] <= 400


@pytest.mark.slow
def test_a_change_of_control_repaints_quickly(visit: Visit) -> None:
    rows = quote("\n".join(f"{np.sin(k):.2f} {np.cos(2 * k):.2f}" for k in range(200)))
    page = visit(f"{PAGE}?hidden_size=64&numbers={rows}")
    spent = []
    for name in ("At every step", "By x", "Loss at the last step", "Read-out"):
        begin = time.perf_counter()
        page.get_by_role("radio", name=name, exact=True).click()
        settle(page)
        spent.append(time.perf_counter() - begin)
    assert sorted(spent)[1] < 3  # far more than it takes on a quiet machine
