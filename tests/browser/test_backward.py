"""The way back of a loss on the unrolled network, in a real browser: norms against torch, truncation, clipping."""

import re
from collections.abc import Callable
from typing import Final

import pytest
import torch
from playwright.sync_api import Locator, Page, expect
from torch import Tensor

from rnnviz.models import Network, build
from rnnviz.spec import ModelSpec
from tests.browser.test_step_through import at_step, part
from tests.browser.waiting import settle

Visit = Callable[[str], Page]
PAGE = "/Step_through?cell=rnn&picture=backward"
TWO_DIGITS = 0.06
X = torch.tensor([[1.0] * 5, [2.0] * 5, [3.0] * 5], dtype=torch.float64)


def by_torch(*, every: bool = False) -> tuple[Network, list[Tensor], Tensor]:
    """The lecture's network with its ``.grad``, dL/dh_t of every step, and dL/dx."""
    network = build(ModelSpec()).double().requires_grad_()
    x, h = X.clone().requires_grad_(), torch.zeros(2, dtype=torch.float64)
    rnn, states = network.rnn, []
    for x_t in x:
        h = torch.tanh(rnn.weight_ih_l0 @ x_t + rnn.bias_ih_l0 + rnn.weight_hh_l0 @ h + rnn.bias_hh_l0)
        h.retain_grad()
        states.append(h)
    assert network.head is not None
    outputs = network.head(torch.stack(states))
    (outputs.sum() if every else outputs[-1].sum()).backward()
    assert x.grad is not None
    return network, [state.grad for state in states if state.grad is not None], x.grad


def norms(page: Page, kind: str) -> list[str]:
    return page.locator(f".step-through text.norm[data-kind={kind}]").all_text_contents()


def added(page: Page, side: str) -> list[str]:
    return page.locator(f".step-through text.norm[data-added={side}]").all_text_contents()


LOWERED: Final = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻−", "0123456789--")


def number(shown: str) -> float:
    return float(shown.replace("·10", "e").translate(LOWERED))


def line(page: Page, key: str) -> Locator:
    """The digits of the result of a line."""
    return page.locator(f'.inside .line[data-line="{key}"] .operand').last.locator(".values > span")


def test_the_gradients_on_the_page_are_torchs(visit: Visit) -> None:
    network, by_h, _ = by_torch()
    page = visit(PAGE)
    expect(page.locator(".step-through [data-loss]:visible")).to_have_count(1)
    told = re.search(r"has the norm (\S+) at t = 2 and (\S+) at t = 0", part(page, "jacobians").inner_text())
    assert told
    lengths = [float(by_h[2].norm()), float(by_h[0].norm())]
    assert list(map(number, told.groups())) == pytest.approx(lengths, rel=TWO_DIGITS)
    for t in range(3):
        at_step(page, t, 2)
        shown = list(map(number, line(page, "dh").all_text_contents()))
        assert shown == pytest.approx(by_h[t].tolist(), abs=6e-5), t
        page.keyboard.press("ArrowRight")
    (first, second) = norms(page, "next_h")
    spoken = page.locator(".inside .values").evaluate_all("(all) => all.map((one) => one.ariaLabel)")
    assert any(one.startswith("above, ") for one in spoken)
    assert any(one.startswith("∂L/∂h t, ") for one in spoken)
    assert not any(sign in one for one in spoken for sign in ("mathrm", "odot", "\\", "{"))
    # What comes from the later step is all there is: the loss is at the last step alone.
    assert number(first) == pytest.approx(float(by_h[0].norm()), rel=TWO_DIGITS)
    assert number(second) == pytest.approx(float(by_h[1].norm()), rel=TWO_DIGITS)
    assert network.rnn.weight_hh_l0.grad is not None
    expect(part(page, "back-note")).to_contain_text(
        f"∂L/∂W_hh has the norm {float(f'{float(network.rnn.weight_hh_l0.grad.norm()):.3g}'):g}"
    )
    expect(page.locator(".badge.good summary")).to_contain_text("equals torch")


def test_a_loss_at_every_step_joins_in_at_every_step_and_is_in_the_link(visit: Visit) -> None:
    _, by_h, _ = by_torch(every=True)
    page = visit(PAGE)
    page.get_by_text("Loss at every step").click()
    page.wait_for_url(re.compile("loss-at-every-step"))
    expect(page.locator(".step-through [data-loss]:visible")).to_have_count(3)
    for _ in range(2):
        shown = list(map(number, line(page, "dh").all_text_contents()))
        assert shown == pytest.approx(by_h[0].tolist(), abs=6e-5)
        page.reload()
        expect(page.locator(".step-through [data-loss]:visible")).to_have_count(3)
        settle(page)


def test_truncation_cuts_the_picture_and_what_comes_before_it(visit: Visit) -> None:
    page = visit(f"{PAGE}&views=step_through.truncation:windows-of-1-step")
    expect(page.locator(".step-through [data-cut]:visible")).to_have_count(2)
    assert norms(page, "next_h") == ["0", "0"]
    assert added(page, "ih")[:2] == ["0", "0"]
    assert added(page, "ih")[2] != "0"


def test_clipping_multiplies_what_the_steps_add(visit: Visit) -> None:
    network, _, _ = by_torch()
    grads = [value.grad for value in network.parameters() if value.grad is not None]
    norm = float(torch.nn.utils.get_total_norm(grads))
    page = visit(PAGE)
    free = list(map(number, added(page, "ih")))
    page = visit(f"{PAGE}&views=step_through.clipping:at-most-0.5")
    expect(part(page, "back-note")).to_contain_text(f"Clipping to 0.5 multiplies it by {0.5 / norm:.3g}")
    clipped = list(map(number, added(page, "ih")))
    assert clipped == pytest.approx([one * 0.5 / norm for one in free], rel=TWO_DIGITS)


def test_the_jacobians_are_spelt_out_for_the_selected_step(visit: Visit) -> None:
    network, _, _ = by_torch()
    page = visit(f"{PAGE}&t=1")
    box = part(page, "jacobians")
    expect(box).to_contain_text("Largest singular values")
    shown = list(map(number, box.locator(".values > span").all_text_contents()))
    h = network.rnn(X[None])[0][0].detach()
    exact = torch.diag(1 - h[2] ** 2) @ network.rnn.weight_hh_l0.detach()
    assert shown == pytest.approx(exact.flatten().tolist(), abs=6e-4)
    page.keyboard.press("End")
    expect(box).to_have_text(re.compile("^This step is read last"))


def test_both_directions_of_two_layers_go_back(visit: Visit) -> None:
    page = visit("/Step_through?cell=lstm&num_layers=2&bidirectional=1&hidden_size=5&picture=backward")
    expect(page.locator(".badge.good summary")).to_contain_text("equals torch")
    assert len(norms(page, "next_c")) == 8  # two edges of each layer and direction
    expect(page.get_by_label("Truncation")).to_have_count(0)


def test_another_picture_brings_the_lines_of_the_step_back(visit: Visit) -> None:
    page = visit(f"{PAGE}&t=1")
    expect(part(page, "inside-title")).to_have_text("Back through this step")
    page.get_by_text("Unrolled", exact=True).click()
    expect(part(page, "inside-title")).to_have_text("Inside the cell at this step")
    expect(page.locator('.inside .line[data-line="h"]')).to_be_visible()
    expect(part(page, "back-note")).to_be_hidden()
