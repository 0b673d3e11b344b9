"""The page of gradients in a real browser: views, presets, a chosen step, links, numbers that end, narrow windows."""

import re
import signal
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import numpy as np
import pytest
import torch
from playwright.sync_api import Page, expect
from torch import nn

from rnnviz import checkpoints
from tests.browser.waiting import PATIENCE, SHOWN_CHART, more_settings, settle, shown_charts, until
from tests.serving import Server

Visit = Callable[[str], Page]
PAGE = "/Gradients"
SENTENCE = f"{PAGE}?cell=lstm&input=words&input_size=3&hidden_size=8"
NUMBERS = quote("\n".join(f"{np.sin(k):.2f} {np.cos(2 * k):.2f}" for k in range(30)))
ROWS = f"{PAGE}?hidden_size=16&seed=3&numbers={NUMBERS}"
VIEWS = ("Over time", "Against length", "Why", "Which loss reaches which step", "On the input")


def choose(page: Page, name: str) -> None:
    page.get_by_role("radio", name=name, exact=True).click()
    settle(page)


def views(page: Page) -> dict[str, str]:
    """What the link says of the choices on pages."""
    return dict(view.split(":") for view in link(page).get("views", "").split())


def link(page: Page) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}


def charts(page: Page) -> list[dict[str, Any]]:
    """What plotly has drawn: of every chart its traces with their numbers, and its captions."""
    settle(page)
    found: list[dict[str, Any]] = page.wait_for_function(
        f"""() => {{
          const shown = [...document.querySelectorAll("{SHOWN_CHART}")];
          const plots = shown.map((chart) => chart.querySelector(".js-plotly-plot"));
          return plots.length && plots.every((plot) => plot?.querySelector(".main-svg")) && plots.map((plot) => ({{
            title: plot._fullLayout.title.text,
            caption: plot._fullLayout.title.subtitle.text,
            traces: plot._fullData.map(({{ name, meta, mode, _length, x, y }}) => ({{
              name, meta, mode, x: x && [...x], y: y && [...y] }})),
          }}));
        }}"""
    ).json_value()
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
        expect(shown_charts(page)).to_have_count({"Why": 2, "On the input": 0}.get(view, 1))
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
    page = visit(f"{PAGE}?cell=rnn")
    expect(page.get_by_text("3 steps are too few to see much.")).to_be_visible()

    def own() -> list[float]:
        (found,) = (
            trace
            for trace in charts(page)[0]["traces"]
            if trace["mode"] == "lines+markers" and "(this network)" in trace["name"]
        )
        return list(found["y"])

    for name, least, most in (("Vanishes", 0, 1e-20), ("Holds", 1e-3, 1e3), ("Explodes", 1e15, np.inf)):
        page.get_by_role("button", name=name).click()
        until(page, lambda least=least, most=most: least <= own()[0] < most)
        assert own()[-1] == pytest.approx(1)
        assert link(page)["hidden_size"] == "64"
    first = own()[0]
    assert link(page)["recurrent"] == "identity"
    page.reload()
    settle(page)
    assert own()[0] == pytest.approx(first, rel=1e-4)


def lines(page: Page) -> list[str]:
    return [trace["name"] for trace in charts(page)[0]["traces"] if trace["mode"] == "lines+markers"]


def test_curves_are_switched_on_and_off_and_the_link_says_which(visit: Visit) -> None:
    page = visit(ROWS)
    assert len(lines(page)) == 4  # this network is the RNN
    page.get_by_role("button", name="GRU", exact=True).click()
    settle(page)
    page.get_by_role("button", name="RNN, orthogonal × s").click()
    settle(page)
    slider = page.get_by_role("slider", name="Factor s of the orthogonal")
    slider.focus()
    slider.press("ArrowRight")
    settle(page)
    page.wait_for_url(re.compile("gradients.scale"))
    assert views(page)["gradients.lines"].split("+") == [
        "this-network", "rnn", "lstm", "lstm-forget-bias-3", "rnn-orthogonal-s",
    ]  # fmt: skip
    assert views(page)["gradients.scale"] == "1.6"
    names = lines(page)
    assert [name.partition(":")[0] for name in names] == [
        "RNN (this network)", "LSTM", "LSTM, forget bias 3", "RNN, W<sub>hh</sub> orthogonal × 1.6",
    ]  # fmt: skip
    page.reload()
    settle(page)
    assert lines(page) == names
    for name in ("This network", "RNN", "LSTM", "LSTM, forget bias 3", "RNN, orthogonal × s"):
        page.get_by_role("button", name=name, exact=True).click()
        settle(page)
    expect(page.get_by_text("Choose at least one network.")).to_be_visible()
    expect(shown_charts(page)).to_have_count(0)


def test_every_choice_is_in_the_link(visit: Visit) -> None:
    page = visit(ROWS)
    for name in ("With respect to x", "At every step", "Output layer"):
        choose(page, name)
    assert views(page) == {
        "gradients.by": "with-respect-to-x",
        "gradients.where": "at-every-step",
        "gradients.of": "output-layer",
    }
    choose(page, "Which loss reaches which step")
    assert views(page)["gradients.view"] == "which-loss-reaches-which-step"
    page.reload()
    settle(page)
    (chart,) = charts(page)
    assert chart["title"].replace("<br>", " ").endswith("% of the sum of all norms")
    assert "Lₜ is the output yₜ" in chart["caption"]


def trained(name: str) -> dict[str, Any]:
    """A shipped network's embedding and torch module with its weights, in float64."""
    known = checkpoints.load(name)
    rnn = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}[known.model.cell](16, 32, batch_first=True)
    rnn.load_state_dict({key: torch.tensor(known.weights[key]) for key, _ in rnn.named_parameters()})
    weights = {key: torch.tensor(weight).double() for key, weight in known.weights.items()}
    return {"rnn": rnn.double(), "known": known, **weights}


def test_a_trained_network_beside_itself_before_training(visit: Visit) -> None:
    said = "yes so um er like you know well"
    page = visit(f"{PAGE}?trained=latch&cell=lstm&words={quote(said)}")
    assert [name.partition(":")[0] for name in lines(page)] == [
        "LSTM, trained", "LSTM, untrained, forget bias 1", "RNN, trained", "GRU, trained",
    ]  # fmt: skip
    for label, name in (("LSTM, trained: the first word (this network)", "latch-lstm"), ("GRU, trained", "latch-gru")):
        of = trained(name)
        x = torch.tensor(of["known"].vectors(said.split())).double()
        states, h = [], None
        for step in x:
            out, h = of["rnn"](step[None], h)
            out.retain_grad()
            states.append(out)
        answers = states[-1] @ of["head.weight"].T + of["head.bias"]
        # the loss looks at the last state alone; what went before comes by the state that the module hands on
        (last,) = torch.autograd.grad(answers.max(), states[-1])
        assert curve(page, label)[-1] == pytest.approx(float(last.norm()), rel=1e-4)
    expect(page.get_by_text("Solid lines are trained networks")).to_be_visible()
    choose(page, "On the input")
    of = trained("latch-lstm")
    x = torch.tensor(of["known"].vectors(said.split())).double().requires_grad_()
    answers = of["rnn"](x)[0][-1] @ of["head.weight"].T + of["head.bias"]
    expected = torch.autograd.grad(answers.max(), x)[0].norm(dim=-1)
    expect(page.locator(".word-gradients button")).to_have_count(8)
    expect(page.locator(".word-gradients button small")).to_have_text([re.compile("[0-9]")] * 8)
    shown = page.locator(".word-gradients button small").all_text_contents()
    for text, norm in zip(shown, expected, strict=True):
        assert float(text.replace("−", "-")) == pytest.approx(float(norm), rel=0.06)


def test_every_view_of_every_trained_family(visit: Visit) -> None:
    for family in ("latch", "adding", "brackets"):
        page = visit(f"{PAGE}?trained={family}&cell=gru")
        for view in VIEWS:
            choose(page, view)
            expect(page.get_by_text("What you see.")).to_be_visible()
            expect(page.get_by_test_id("stException")).to_have_count(0)
    page.get_by_role("button", name="Vanishes").click()
    expect(page).not_to_have_url(re.compile("trained"))
    settle(page)
    expect(page.get_by_test_id("stException")).to_have_count(0)


def test_a_chosen_step_is_the_selected_one(visit: Visit) -> None:
    page = visit(f"{ROWS}&t=12")
    choose(page, "At a chosen step")
    assert "t = 12" in charts(page)[0]["caption"]
    slider = page.get_by_role("slider", name="Step of the loss")
    slider.focus()
    slider.press("ArrowRight")
    page.wait_for_url(re.compile("t=13"))
    settle(page)
    expect(slider).to_have_value("13")
    assert curve(page, "RNN")[13] == pytest.approx(1)


def test_words_are_coloured_by_the_chosen_output_step(visit: Visit) -> None:
    page = visit(SENTENCE)
    choose(page, "On the input")
    words = page.locator(".word-gradients button")
    expect(words).to_have_count(10)
    chosen = page.locator(".word-gradients button[aria-checked=true]")
    expect(chosen).to_have_attribute("data-t", "9")
    assert "t" not in link(page)  # the step that is shared stays where it was until one is chosen
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
    expect(chosen).to_have_attribute("data-t", "1")


def test_of_thousands_of_words_those_in_view_are_painted(visit: Visit, page: Page) -> None:
    page.set_viewport_size({"width": 1440, "height": 1000})
    visit(f"{PAGE}?input=words&cell=rnn&hidden_size=16&input_size=4&views=gradients.view:on-the-input")
    box = page.get_by_role("textbox", name="Words")
    box.fill(" ".join(f"w{k}" for k in range(2_000)))
    box.press("Control+Enter")
    words = page.locator(".word-gradients button")
    expect(words).to_have_count(2_000)
    settle(page)
    chosen = page.locator(".word-gradients button[aria-checked=true]")
    expect(chosen).to_have_attribute("data-t", "1999")
    expect(chosen).to_be_in_viewport()
    expect(chosen.locator("small")).not_to_have_text("…")
    expect(words.nth(1990).locator("small")).to_have_text(re.compile("[0-9]"))
    assert float(words.nth(1990).locator("small").inner_text().replace("−", "-")) > 0
    expect(words.nth(0).locator("small")).to_have_text("")  # nobody sees it
    words.nth(0).scroll_into_view_if_needed()
    expect(words.nth(0).locator("small")).to_have_text("0")  # float64 holds nothing so small
    words.nth(3).click()
    expect(words.nth(4).locator("small")).to_have_text("0")
    page.wait_for_url(re.compile("t=3(&|$)"))
    settle(page)
    expect(chosen).to_have_attribute("data-t", "3")
    expect(chosen.locator("small")).to_have_text(re.compile(r"^0\.\d+$"))
    chosen.press("End")
    expect(chosen).to_have_attribute("data-t", "1999")
    expect(chosen).to_be_in_viewport()


def test_a_number_under_a_word_is_that_of_autograd(visit: Visit) -> None:
    page = visit(ROWS.replace("?", "?t=5&"))
    choose(page, "On the input")
    torch.manual_seed(3)
    rnn = nn.RNN(2, 16, batch_first=True).double()
    rows = [[round(float(v), 2) for v in (np.sin(k), np.cos(2 * k))] for k in range(30)]
    x = torch.tensor(rows).double().requires_grad_()
    p = np.random.default_rng([3, 3]).standard_normal(16)
    loss = rnn(x)[0][5] @ torch.from_numpy(p / np.linalg.norm(p))
    expected = torch.autograd.grad(loss, x)[0].norm(dim=-1)
    expect(page.locator(".word-gradients button")).to_have_count(30)
    expect(page.locator(".word-gradients button small")).to_have_text([re.compile("[0-9]")] * 30)
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
    expect(page.get_by_role("radio", name="Output layer")).to_have_count(0)
    for view in VIEWS:
        choose(page, view)
        expect(page.get_by_test_id("stException")).to_have_count(0)
    choose(page, "Over time")
    for by in ("With respect to c", "With respect to x"):
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
        page.wait_for_function("() => document.documentElement.scrollWidth <= window.innerWidth")
    box = page.locator(".word-gradients").bounding_box()
    assert box is not None
    assert box["x"] + box["width"] <= 400


def test_while_a_costly_view_is_computed_the_picture_of_before_stays_and_that_is_said(visit: Visit) -> None:
    numbers = quote("\n".join(f"{np.sin(k):.1f}" for k in range(1000)))
    page = settle(visit(f"{PAGE}?cell=lstm&hidden_size=512&numbers={numbers}"))
    before = charts(page)
    page.evaluate(
        """() => {
          window.seen = [];
          const look = () => {
            const mark = getComputedStyle(document.querySelector(".stMain"), "::after");
            const said = mark.content !== "none" && mark.opacity === "1" ? mark.content : "";
            window.seen.push([said, document.querySelectorAll(".js-plotly-plot .main-svg").length > 0]);
            requestAnimationFrame(look);
          };
          look();
        }"""
    )
    seed = more_settings(page).get_by_role("spinbutton", name="Seed").first
    seed.fill("7")
    seed.press("Enter")
    page.wait_for_function("() => window.seen.some(([said]) => said)", timeout=PATIENCE)
    settle(page)
    assert charts(page) != before
    seen = page.evaluate("() => window.seen")
    assert all(has_picture for _, has_picture in seen)
    late = '"Still computing. The server may be busy; nothing is lost."'  # after four seconds, on a busy machine
    assert {said for said, _ in seen} - {late} == {"", '"Computing …"'}
    assert page.evaluate("() => getComputedStyle(document.querySelector('.stMain'), '::after').content") == "none"


def test_who_waits_for_a_busy_server_is_told_and_loses_nothing(visit: Visit, server: Server) -> None:
    numbers = quote("\n".join(f"{np.cos(k):.1f}" for k in range(1000)))
    page = settle(visit(f"{PAGE}?cell=lstm&hidden_size=512&numbers={numbers}"))
    seed = more_settings(page).get_by_role("spinbutton", name="Seed").first
    seed.fill("9")
    seed.press("Enter")
    page.wait_for_selector("[data-test-script-state=running]", timeout=PATIENCE)
    server.process.send_signal(signal.SIGSTOP)
    try:
        page.wait_for_function(
            "() => getComputedStyle(document.querySelector('.stMain'), '::after').content.includes('nothing is lost')",
            timeout=PATIENCE,
        )
        assert page.locator(".js-plotly-plot .main-svg").count()
    finally:
        server.process.send_signal(signal.SIGCONT)
    page.wait_for_url(re.compile("seed=9"))
    settle(page)
    expect(seed).to_have_value("9")
