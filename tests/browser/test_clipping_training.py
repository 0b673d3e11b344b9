"""Networks in training in a real browser, by real workers: begun, watched, stopped, reloaded, shared, killed."""

import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from rnnviz import clipping
from rnnviz.clipping import USUAL, pair
from rnnviz.jobs.scheduler import PRESENT
from rnnviz.palette import SIGNAL_COLORS
from rnnviz.spec import TaskSpec
from rnnviz.train import train_together
from tests.browser.conftest import WINDOW, Trouble
from tests.browser.waiting import LISTEN, PATIENCE, SHOWN_CHART, settle, shown_charts, until
from tests.serving import Server

Visit = Callable[[str], Page]
SHORT = {"training.steps": "300", "training.length": "10", "training.seeds": "1-seed"}
LIVE = """[...document.querySelectorAll('[data-testid=stMain] *')]
  .map((node) => node.shadowRoot?.querySelector(".live-curves canvas")).find(Boolean)"""
"""The canvas of the first live picture, in the shadow of its widget."""
LONG = {"training.steps": "20000", "training.length": "100", "training.seeds": "1-seed"}


WATCH = f"""() => {{ window.drawn = [];
  setInterval(() => {{ const reached = Number({LIVE}?.dataset.reached ?? 0);
    if (reached && reached !== window.drawn.at(-1)) window.drawn.push(reached);
  }}, 15); }}"""
"""Notes to which updates the first live picture has got, one after the other."""
PLOT = f"{SHOWN_CHART} .js-plotly-plot"
LEFT = 1000 * (PRESENT + 3)
"""Milliseconds after which a visitor who has gone does not count as one who watches any more."""
PLACES = """nodes => { const boxes = nodes.map((node) => node.getBoundingClientRect());
  return boxes.map(({ x, y, width, height }) => [x, y - boxes[0].y, width, height]); }"""
PAINTED = """canvas => { const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const found = new Map();
  for (let k = 0; k < data.length; k += 4) {
    const color = [...data.subarray(k, k + 3)];
    if (data[k + 3] === 255) found.set(color.join(), color);
  }
  return [...found.values()]; }"""
"""Every colour that covers a pixel of a canvas wholly."""


def address(view: str, **choices: str) -> str:
    """The link to a view; ``training_steps`` stands for ``training.steps``."""
    chosen = {"clipping.view": view, **{name.replace("_", ".", 1): value for name, value in choices.items()}}
    return "/Clipping?views=" + quote(" ".join(f"{name}:{value}" for name, value in sorted(chosen.items())))


def training(choices: dict[str, str], **more: str) -> str:
    return address("in-training", **{name.replace(".", "_", 1): value for name, value in {**choices, **more}.items()})


def button(page: Page, name: str | re.Pattern[str]) -> Any:
    return page.get_by_role("button", name=name, exact=True)


def curves(page: Page, place: int = 0) -> dict[str, dict[str, list[float]]]:
    """The lines of a chart by their names."""
    found: list[Any] = page.wait_for_function(
        f"""place => {{ const plot = document.querySelectorAll("{PLOT}")[place];
          return plot?.querySelector(".main-svg") && plot._fullData
            .filter(({{ mode }}) => mode === "lines+markers").map(({{ name, x, y }}) => [name, [...x], [...y]]); }}""",
        arg=place,
    ).json_value()
    return {name: {"x": x, "y": y} for name, x, y in found}


def reached(page: Page) -> float:
    """The last update that the first picture knows, be it drawn live or finished; 0 before there is one."""
    found: float = page.evaluate(
        f"""() => {{ const live = {LIVE};
          if (live) return Number(live.dataset.reached);
          const plot = document.querySelector("{PLOT}");
          const line = plot && plot._fullData && plot._fullData.find(({{ mode }}) => mode === "lines+markers");
          return line ? line.x[line.x.length - 1] : 0; }}"""
    )
    return found


def reached_live(page: Page) -> float:
    """The last update that is drawn live; 0 where nothing is, whatever pictures of other runs are there."""
    found: float = page.evaluate(f"() => {{ const live = {LIVE}; return live ? Number(live.dataset.reached) : 0; }}")
    return found


def begin(page: Page) -> None:
    """Begin a run and wait for its first pictures."""
    button(page, "Train both").click()
    expect(button(page, "Stop")).to_be_visible(timeout=PATIENCE)
    until(page, lambda: reached(page) > 0)


def workers(server: Server) -> list[int]:
    """The worker processes of a server."""
    found = []
    for place in Path("/proc").iterdir():
        if place.name.isdecimal():
            try:
                parent = int((place / "stat").read_text().rpartition(")")[2].split()[1])
                command = (place / "cmdline").read_bytes()
            except OSError:
                continue
            if parent == server.process.pid and b"rnnviz.worker" in command:
                found.append(int(place.name))
    return found


def kill_workers(server: Server) -> None:
    """Kill the worker processes of a server, and wait until they are gone."""
    found = workers(server)
    assert found, "no worker process was found"
    for pid in found:
        os.kill(pid, signal.SIGKILL)
    end = time.monotonic() + PATIENCE / 1000
    while set(found) & set(workers(server)):
        assert time.monotonic() < end, f"still there: {set(found) & set(workers(server))}"
        time.sleep(0.05)


@contextmanager
def another(browser: Browser, url: str) -> Iterator[Page]:
    """Another visitor at a link."""
    trouble = Trouble()
    with browser.new_context(viewport=WINDOW, reduced_motion="reduce") as context:
        context.add_init_script(LISTEN)
        page = context.new_page()
        trouble.watch(page)
        page.goto(url)
        yield settle(page)
    assert not trouble.seen


def test_the_usual_run_is_there_at_once_with_what_happened_in_it(visit: Visit) -> None:
    page = visit(address("in-training"))
    expect(shown_charts(page)).to_have_count(6)
    expect(page.get_by_text(re.compile("at update 2 the loss is 4.. and the gradient’s norm 2.,..."))).to_be_visible()
    expect(page.get_by_text("that ships")).to_be_visible()
    bare, clipped = clipping.shipped_pair()
    drawn = curves(page, 1)
    for name, history in (("unclipped", bare), ("clipped, max_norm 1", clipped)):
        at = np.array(drawn[name]["x"], int) - 1
        np.testing.assert_allclose(drawn[name]["y"], history.grad_norm[0][at], rtol=1e-5)
        assert max(drawn[name]["y"]) == pytest.approx(history.grad_norm[0].max())


NOTE_PROGRESS: Final = """() => { window.seen = []; setInterval(() => {
    const bar = document.querySelector("[data-testid=stProgress]");
    if (bar && window.seen.at(-1) !== bar.innerText) window.seen.push(bar.innerText); }, 20); }"""
"""A short training may be over before a test looks again: the page itself notes each text of the bar."""


def test_a_run_is_watched_to_its_end_and_its_curves_are_those_of_training(visit: Visit) -> None:
    page = visit(training(SHORT))
    expect(shown_charts(page)).to_have_count(0)
    page.evaluate(NOTE_PROGRESS)
    button(page, "Train both").click()
    expect(button(page, "Trained")).to_be_disabled(timeout=2 * PATIENCE)
    expect(page.get_by_test_id("stProgress")).to_have_text("Update 300 of 300")
    expect(page.locator(".live-curves")).to_have_count(0, timeout=PATIENCE)
    seen = page.evaluate("window.seen")
    assert len({text for text in seen if re.search(r"Update [\d,]+ of 300", text)}) >= 2
    expect(page).to_have_url(re.compile(r"training\.run"))
    spec = replace(USUAL, steps=300, task=TaskSpec("adding", 10), seeds=(0,))
    until(page, lambda: len(curves(page).get("unclipped", {}).get("x", ())) == 300)
    drawn = curves(page)
    for name, history in zip(("unclipped", "clipped, max_norm 1"), train_together(pair(spec)), strict=True):
        assert drawn[name]["x"] == list(range(1, 301))
        np.testing.assert_allclose(drawn[name]["y"], history.loss[0], rtol=1e-3)
    page.reload()
    settle(page)
    expect(button(page, "Trained")).to_be_visible()
    assert curves(page)["unclipped"]["y"] == drawn["unclipped"]["y"]
    page.evaluate(NOTE_PROGRESS)
    button(page, "Train again").click()
    until(page, lambda: page.evaluate("window.seen.length") >= 2)  # it begins anew
    expect(button(page, "Trained")).to_be_disabled(timeout=2 * PATIENCE)
    until(page, lambda: curves(page).get("unclipped", {}).get("y") == drawn["unclipped"]["y"])


@pytest.mark.smoke("live_curves")
def test_a_run_goes_on_through_a_reload_and_can_be_stopped(visit: Visit) -> None:
    page = visit(training(LONG))
    begin(page)
    page.reload()
    settle(page)
    until(page, lambda: reached(page) > 0)
    first = reached(page)
    until(page, lambda: reached(page) > first)
    page.wait_for_timeout(LEFT)  # until then the visitor before the reload counts as one who watches
    button(page, "Stop").click()
    expect(page.get_by_text("The run has ended early after")).to_be_visible(timeout=PATIENCE)
    expect(button(page, "Train both")).to_be_enabled()
    expect(shown_charts(page).first).to_be_visible(timeout=PATIENCE)
    expect(page.locator(".live-curves")).to_have_count(0, timeout=PATIENCE)
    until(page, lambda: reached(page) >= first)


def test_a_shared_link_shows_the_same_run_and_only_the_last_who_watches_stops_it(
    visit: Visit, browser: Browser, server: Server
) -> None:
    page = visit(training({**LONG, "training.rate": "0.001"}))
    begin(page)
    expect(page).to_have_url(re.compile(r"training\.run"))
    before = reached(page)
    with another(browser, page.url) as other:
        expect(button(other, "Stop")).to_be_visible()
        until(other, lambda: reached(other) > before)
        button(other, "Stop").click()
        expect(other.get_by_text("Other visitors watch this run")).to_be_visible(timeout=PATIENCE)
        now = reached(page)
        until(page, lambda: reached(page) > now)
    page.wait_for_timeout(LEFT)
    button(page, "Stop").click()
    expect(page.get_by_text("stopped by a visitor")).to_be_visible(timeout=PATIENCE)


def test_a_killed_worker_is_told_and_the_run_can_be_begun_again(visit: Visit, server: Server) -> None:
    page = visit(training({**LONG, "training.rate": "0.002"}))
    begin(page)
    kill_workers(server)
    expect(page.get_by_text("The run has failed")).to_be_visible(timeout=PATIENCE)
    begin(page)
    expect(page.get_by_text("The run has failed")).to_have_count(0)
    button(page, "Stop").click()
    expect(page.get_by_text("stopped by a visitor")).to_be_visible(timeout=PATIENCE)


def test_equal_settings_pressed_twice_are_one_run(visit: Visit, browser: Browser) -> None:
    link = training({**LONG, "training.rate": "0.004"})
    page = visit(link)
    with another(browser, page.url) as other:
        begin(page)
        before = reached(page)
        begin(other)  # whose button still says so
        expect(other.get_by_text("in the queue")).to_have_count(0)
        assert reached(other) >= before
        for one in (page, other):
            expect(one).to_have_url(re.compile(r"training\.run%3A[0-9a-f]"))
        ids = {re.search(r"training\.run%3A([0-9a-f]+)", one.url) for one in (page, other)}
        assert len({found and found[1] for found in ids}) == 1
    page.wait_for_timeout(LEFT)
    button(page, "Stop").click()
    expect(page.get_by_text("stopped by a visitor")).to_be_visible(timeout=PATIENCE)


def test_curves_move_on_the_way_and_never_back(visit: Visit) -> None:
    page = visit(training({**LONG, "training.rate": "0.005"}))
    page.evaluate(WATCH)
    button(page, "Train both").click()
    until(page, lambda: page.evaluate("window.drawn.length") > 8)
    updates = page.evaluate("window.drawn")
    assert updates == sorted(set(updates))
    assert updates[-1] < int(LONG["training.steps"])
    button(page, "Stop").click()
    expect(page.get_by_text("stopped by a visitor")).to_be_visible(timeout=PATIENCE)


@pytest.mark.parametrize("width", [1440, 700, 500])
def test_finished_figures_take_the_places_of_the_live_ones(visit: Visit, page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    visit(training({**SHORT, "training.steps": "1500", "training.length": "50", "training.rate": f"0.00{width}"}))
    button(page, "Train both").click()
    page.locator(".live-curves canvas").first.wait_for()
    figures = page.locator(".live-curves figure")
    expect(figures).to_have_count(6)
    until(page, lambda: reached(page) > 0)
    live = figures.evaluate_all(PLACES)
    expect(button(page, "Trained")).to_be_disabled(timeout=2 * PATIENCE)
    expect(page.locator(f"{PLOT} .xtitle")).to_have_count(6)
    settle(page)
    until(page, lambda: np.allclose(live, page.locator(PLOT).evaluate_all(PLACES), rtol=0, atol=4))


def has_painted(canvas: Locator, rgb: list[int]) -> bool:
    painted = np.array(canvas.evaluate(PAINTED)).reshape(-1, 3)
    return bool((np.abs(painted - rgb).max(1) <= 2).any())  # what the browser blends it rounds


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_live_and_finished_curves_look_alike(visit: Visit, page: Page, theme: Any) -> None:
    page.emulate_media(color_scheme=theme)
    visit(training({**SHORT, "training.steps": "20000", "training.rate": {"light": "0.006", "dark": "0.007"}[theme]}))
    begin(page)
    named = page.locator(".live-curves [data-key='grad_norm.0']")
    expect(named.locator("b")).to_have_text("Gradient norm before clipping")
    expect(named.locator("small")).to_contain_text("Dotted: max_norm = 1; longer gradients are clipped.")
    assert named.locator("canvas").get_attribute("role") == "img"
    told = re.compile(r"unclipped: .+ at the last\. clipped, max_norm 1: .+ at the last\.")
    expect(named.locator("canvas")).to_have_attribute("aria-label", told)
    legend = named.locator(".legend-row path[stroke-dasharray]").evaluate_all(
        "paths => paths.map((path) => [path.getAttribute('stroke'), path.getAttribute('stroke-dasharray') !== ''])"
    )
    assert legend == [[SIGNAL_COLORS[theme][arm], arm == "unclipped"] for arm in ("unclipped", "clipped")]
    for color, _ in legend:
        rgb = [int(color[at : at + 2], 16) for at in (1, 3, 5)]
        until(page, lambda rgb=rgb: has_painted(named.locator("canvas"), rgb))
    button(page, "Stop").click()
    expect(page.get_by_text("stopped by a visitor")).to_be_visible(timeout=PATIENCE)


def test_what_is_looked_at_closely_stays_while_the_run_goes_on(visit: Visit) -> None:
    page = visit(training({**LONG, "training.rate": "0.003"}))
    begin(page)
    curves = page.locator(".live-curves")
    canvas = curves.locator("canvas").first
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] * 0.4, box["y"] + box["height"] * 0.5)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.7, box["y"] + box["height"] * 0.6, steps=8)
    page.mouse.up()
    view, now = curves.get_attribute("data-view"), reached(page)
    low, high = (float(end) for end in str(view).split())
    assert 0.2 < low < high < 0.85
    until(page, lambda: reached(page) > now + 20)
    assert curves.get_attribute("data-view") == view
    canvas.focus()
    page.keyboard.press("ArrowRight")
    expect(curves).not_to_have_attribute("data-view", str(view))
    page.keyboard.press("Escape")
    expect(curves).to_have_attribute("data-view", "0 1")
    page.keyboard.press("+")
    expect(curves).to_have_attribute("data-view", "0.25 0.75")
    canvas.dblclick()
    expect(curves).to_have_attribute("data-view", "0 1")
    button(page, "Stop").click()
    expect(page.get_by_text("stopped by a visitor")).to_be_visible(timeout=PATIENCE)


def test_what_takes_too_long_is_refused_beside_the_controls(visit: Visit) -> None:
    huge = {
        "training.steps": "20000",
        "training.length": "200",
        "training.hidden_size": "128",
        "training.seeds": "5-seeds",
    }
    page = visit(training(huge))
    expect(page.get_by_test_id("stAlert")).to_contain_text("must be at most 50,000,000,000")
    expect(button(page, "Train both")).to_be_disabled()


def test_presets_set_the_controls_and_the_code_has_their_numbers(visit: Visit) -> None:
    page = visit(address("in-code"))
    code = page.get_by_test_id("stCode")
    expect(code).to_contain_text("max_norm=1)")
    expect(page.get_by_role("radio", name="IRNN, SGD")).to_be_checked()
    page.get_by_role("radio", name="GRU, SGD").click()
    expect(page.get_by_role("radio", name="GRU, SGD")).to_be_checked()
    expect(code).to_contain_text("nn.GRU(2, 32, batch_first=True)", timeout=PATIENCE)
    expect(code).to_contain_text("max_norm=0.1)")
    expect(code).to_contain_text("lr=1)")
    settle(page)
    page.get_by_text("Settings", exact=True).click()
    limit = page.get_by_label("Threshold max_norm")
    limit.fill("0.25")
    limit.press("Enter")
    expect(code).to_contain_text("max_norm=0.25)", timeout=PATIENCE)
    expect(page).to_have_url(re.compile(r"training\.limit%3A0\.25"))
    settle(page)
    page.get_by_role("radio", name="By value").click()
    expect(code).to_contain_text("clip_grad_value_(parameters, clip_value=0.25)", timeout=PATIENCE)
    page.get_by_role("radio", name="In training").click()
    settle(page)
    page.get_by_role("radio", name="In PyTorch").click()
    expect(code).to_contain_text("clip_value=0.25)", timeout=PATIENCE)


def test_thresholds_are_there_at_once_and_their_arms_can_be_chosen(visit: Visit) -> None:
    page = visit(address("thresholds"))
    expect(shown_charts(page)).to_have_count(4)
    sweep = clipping.shipped_sweep("norm")
    line = curves(page)["clipped by norm"]
    np.testing.assert_allclose(line["y"], sweep.last_loss[:-1].mean(1), rtol=1e-4)
    page.get_by_role("radio", name="30", exact=True).click()
    expect(page.get_by_text("Gradient norms, max_norm 30")).to_be_visible(timeout=PATIENCE)
    page.get_by_role("radio", name="Norm against value").click()
    until(page, lambda: "clipped by value" in curves(page))
    settle(page)
    page.get_by_role("radio", name="RNN, Adam").click()
    expect(button(page, "Train 19 arms")).to_be_enabled(timeout=PATIENCE)
    expect(page.get_by_test_id("stAlert")).to_contain_text("Not trained yet. The button trains 57 networks together")


def test_a_sweep_is_trained_live(visit: Visit) -> None:
    page = visit(
        address(
            "thresholds",
            thresholds_steps="2000",
            thresholds_length="5",
            thresholds_hidden_size="8",
            thresholds_seeds="1-seed",
        )
    )
    button(page, "Train 10 arms").click()
    expect(page.locator(".live-curves figure")).to_have_count(1, timeout=PATIENCE)
    expect(page.locator(".live-curves figure b")).to_have_text(re.compile("The lowest loss is|At no threshold"))
    expect(button(page, "Trained")).to_be_visible(timeout=2 * PATIENCE)
    expect(shown_charts(page)).to_have_count(4)
    until(page, lambda: len(curves(page).get("clipped by norm", {}).get("x", ())) == 9)


@pytest.mark.parametrize("view", ["in-training", "thresholds", "in-code"])
def test_a_narrow_window_holds_it_all(visit: Visit, page: Page, view: str) -> None:
    page.set_viewport_size({"width": 400, "height": 800})
    visit(address(view))
    page.wait_for_function("() => document.documentElement.scrollWidth <= window.innerWidth")
    expect(page.get_by_test_id("stException")).to_have_count(0)
