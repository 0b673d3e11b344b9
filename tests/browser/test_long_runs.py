"""A run too long to be sent at once, stepped through: every number is torch's, none is shown before it is here."""

import re
from urllib.parse import quote

import numpy as np
import pytest
import torch
from playwright.sync_api import Page, WebSocketRoute, expect

from rnnviz.models import build
from rnnviz.spec import ModelSpec
from rnnviz.text import word_vectors
from tests.browser.test_step_through import PAGE, Visit, at_step, link, part
from tests.browser.waiting import settle

LONG = (
    f"{PAGE}?cell=lstm&input=words&input_size=16&hidden_size=256&words={quote(' '.join(f'w{k}' for k in range(1000)))}"
)
LAST = 999


def long_states(*, bidirectional: bool = False) -> np.ndarray:
    """h of what ``LONG`` shows; read in both directions, that of the reverse one."""
    rnn = build(ModelSpec("lstm", 16, 256, bidirectional=bidirectional)).rnn
    x = torch.from_numpy(word_vectors(tuple(f"w{k}" for k in range(1000)), 16, 1))
    with torch.inference_mode():
        h: np.ndarray = rnn(x[None])[0][0].numpy()
    return h[:, -256:]


def shows(page: Page, h: np.ndarray, t: int) -> None:
    """The step is here, its h and the h before it are torch's, units 0, 101 and 255."""
    at_step(page, t, LAST)
    expect(part(page, "loading")).to_be_hidden()
    for label, step in ((r"^h t, 256", t), (r"^h t[-+]1, 256", t - 1)):
        strip = page.get_by_role("group", name=re.compile(label)).last
        for unit in (0, 101, 255) if step >= 0 else ():
            box = strip.bounding_box()
            assert box is not None
            strip.hover(position={"x": 8, "y": (unit + 0.5) * (box["height"] - 3) / 256 + 1})
            written = (part(page, "detail").text_content() or "").replace("−", "-")
            found = re.search(r"\[(\d+)\] = (\S+)", written)
            assert found is not None, written
            assert abs(int(found[1]) - unit) <= 4  # half a pixel a unit
            assert float(found[2]) == pytest.approx(float(h[step, int(found[1])]), abs=1e-6)


def test_a_long_run_is_stepped_through_across_windows_and_every_number_is_torchs(visit: Visit) -> None:
    h = long_states()
    page = visit(LONG)
    shows(page, h, 0)
    for t in (41, 42, 43):  # the first window ends between two of them
        while int((part(page, "scrub").get_attribute("aria-valuenow")) or 0) < t:
            page.keyboard.press("ArrowRight")
        shows(page, h, t)
    page.keyboard.press("End")
    shows(page, h, 999)
    page.keyboard.press("ArrowLeft")
    shows(page, h, 998)
    for _ in range(60):
        page.keyboard.press("ArrowLeft")
    shows(page, h, 938)
    page.keyboard.press("Home")
    shows(page, h, 0)
    bar = page.get_by_role("slider", name="Time step")
    box = bar.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.2, box["y"] + 10)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.5005, box["y"] + 10, steps=20)
    page.mouse.up()
    shows(page, h, int(bar.get_attribute("aria-valuenow") or 0))
    page.wait_for_url(re.compile(r"t=(499|50\d)"))
    page.reload()
    settle(page)
    shows(page, h, int(link(page)["t"]))


def test_the_reverse_direction_is_stepped_through_across_windows(visit: Visit) -> None:
    h = long_states(bidirectional=True)
    page = visit(f"{LONG}&bidirectional=1&direction=reverse&t=300")
    before = page.get_by_role("group", name=re.compile(r"^h t\+1, 256")).first
    for t in [300, *range(301, 345, 22), 250]:
        while (now := int(part(page, "scrub").get_attribute("aria-valuenow") or 0)) != t:
            page.keyboard.press("ArrowRight" if now < t else "ArrowLeft")
        at_step(page, t, LAST)
        expect(part(page, "loading")).to_be_hidden()
        before.hover(position={"x": 8, "y": 40})
        found = re.search(
            r"\[(\d+)\] = (\S+)  the state of the previous step, t = (\d+)", part(page, "detail").text_content() or ""
        )
        assert found is not None
        assert int(found[3]) == t + 1
        assert float(found[2].replace("−", "-")) == pytest.approx(float(h[t + 1, int(found[1])]), abs=1e-6)


def test_the_next_window_is_here_before_it_is_stepped_into(visit: Visit) -> None:
    """Over two edges, with a rest every ten keys for what was asked for; benchmarks/stepping.py holds a key."""
    page = visit(LONG)
    page.evaluate("""() => {
      const host = [...document.querySelectorAll('*')].find((node) => node.shadowRoot?.querySelector('.step-through'));
      const mark = host.shadowRoot.querySelector('[data-part=loading]');
      window.waits = 0;
      new MutationObserver(() => { window.waits += mark.hidden ? 0 : 1; }).observe(mark, { attributes: true });
    }""")
    for t in range(10, 101, 10):
        for _ in range(10):
            page.keyboard.press("ArrowRight")
        at_step(page, t, LAST)
        settle(page)
    assert page.evaluate("window.waits") == 0


def test_an_input_of_a_late_step_is_typed_over_and_what_follows_is_stepped_to(visit: Visit) -> None:
    page = visit(f"{LONG}&t=500")
    rnn = build(ModelSpec("lstm", 16, 256)).rnn
    x = torch.from_numpy(word_vectors(tuple(f"w{k}" for k in range(1000)), 16, 1))
    inputs = page.get_by_role("group", name=re.compile("^x t, 16")).first
    inputs.focus()
    inputs.press("ArrowDown")
    inputs.press("Enter")
    field = page.get_by_label("x[500, 1]")
    field.fill("9")
    field.press("Enter")
    expect(page.locator(".chip")).to_have_text(re.compile(r"x\[500, 1\] = 9"))
    x[500, 1] = 9.0
    with torch.inference_mode():
        h = rnn(x[None])[0][0].numpy()
    shows(page, h, 500)
    for _ in range(30):
        page.keyboard.press("ArrowRight")
    shows(page, h, 530)
    page.get_by_role("button", name="Undo x[500, 1]").click()
    expect(page.locator(".chip")).to_have_count(0)
    shows(page, long_states(), 530)


def test_while_numbers_are_on_their_way_the_step_says_so_and_shows_none(page: Page, visit: Visit) -> None:
    held: list[str | bytes] | None = None
    routes: list[WebSocketRoute] = []

    def pass_on(message: str | bytes) -> None:
        if held is None:
            routes[-1].send(message)
        else:
            held.append(message)

    def connect(route: WebSocketRoute) -> None:
        routes.append(route)
        route.connect_to_server().on_message(pass_on)

    page.route_web_socket(re.compile("/_stcore/stream"), connect)
    visit(LONG)
    held = []
    page.keyboard.press("End")
    at_step(page, 999, LAST)
    expect(part(page, "loading")).to_be_visible()
    expect(part(page, "inside")).to_have_attribute("aria-busy", "true")
    strip = page.get_by_role("group", name=re.compile(r"^h t, 256")).last
    strip.hover(position={"x": 8, "y": 40})
    expect(part(page, "detail")).to_have_text("loading …")
    painted = "node => node.getContext('2d').getImageData(0, 0, node.width, node.height).data.some((byte) => byte > 0)"
    assert not strip.locator("canvas").evaluate(painted)
    kept, held = held, None
    for message in kept:
        routes[-1].send(message)
    shows(page, long_states(), 999)
    assert strip.locator("canvas").evaluate(painted)


def test_matrices_of_a_wide_network_come_when_their_gate_is_looked_at(visit: Visit) -> None:
    rnn = build(ModelSpec("lstm", 16, 256)).rnn
    page = visit(LONG)
    page.get_by_role("button", name="show matrices of the output gate").click()
    matrix = page.get_by_role("group", name=re.compile("^W ho, 256 by 256"))
    expect(matrix).to_be_visible()
    page.keyboard.press("Tab")  # the focus that a pointer leaves is no keyboard's
    matrix.focus()
    for key, row, column in (("ArrowDown", 1, 0), ("ArrowRight", 1, 1)):
        matrix.press(key)
        expect(part(page, "detail")).to_contain_text(f"[{row}, {column}] = ")
        written = (part(page, "detail").text_content() or "").replace("−", "-")
        value = float(rnn.weight_hh_l0[768 + row, column])
        assert float(written.split(" = ")[1].split()[0]) == pytest.approx(value, abs=1e-7)
    product = page.get_by_role("group", name=re.compile(r"^W hg h t-1, 256"))
    product.hover(position={"x": 8, "y": 40})
    expect(part(page, "detail")).to_contain_text("+ 250 smaller terms")
