"""The stepper in a real browser: keys, scrubbing, arithmetic, numbers typed over, links, bad input, speed."""

import re
import time
from collections.abc import Callable
from urllib.parse import parse_qs, quote, urlsplit

import numpy as np
import pytest
import torch
from playwright.sync_api import Locator, Page, expect
from torch import nn

from rnnviz import attention
from tests.browser.waiting import PATIENCE, more_settings, settle, steady, until

Visit = Callable[[str], Page]
PAGE = "/Step_through"
EXAMPLE = f"{PAGE}?cell=rnn"
SENTENCE = f"{PAGE}?cell=lstm&input=words&input_size=3&hidden_size=3"
BILSTM = f"{PAGE}?cell=lstm&input=words&input_size=16&hidden_size=64&num_layers=2&bidirectional=1"
BILSTM_200 = f"{BILSTM}&words={quote(' '.join(f'w{k}' for k in range(200)))}"


def part(page: Page, name: str) -> Locator:
    """One part of the stepper."""
    return page.locator(f".step-through [data-part={name}]")


def at_step(page: Page, t: int, last: int) -> None:
    expect(part(page, "step")).to_have_text(f"t = {t} of {last}")


def vector(page: Page, line: int, operand: int) -> list[str]:
    """The digits under one symbol of one line, counted from 0."""
    cells = page.locator(".inside .line").nth(line).locator(".operand").nth(operand).locator(".values > span")
    return [text.replace("−", "-") for text in cells.all_text_contents()]


def opacities(page: Page) -> set[str]:
    """How opaque the parts of the view are below its top."""
    settle(page)
    found: list[str] = page.get_by_test_id("stMainBlockContainer").evaluate(
        "(main) => [...main.querySelector(':has(> .st-key-view_top) + * > [data-testid=stVerticalBlock]').children]"
        ".filter((part) => part.clientHeight > 40 && !part.querySelector('[data-testid=stAlert]'))"
        ".map((part) => getComputedStyle(part).opacity)"
    )
    return set(found)


def link(page: Page) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}


def lecture() -> tuple[nn.RNN, torch.Tensor]:
    torch.manual_seed(1)
    return nn.RNN(5, 2, batch_first=True), torch.tensor([[[1.0] * 5, [2.0] * 5, [3.0] * 5]])


def test_the_lectures_table_stands_on_the_page(visit: Visit) -> None:
    page = visit(EXAMPLE)
    rows = page.get_by_test_id("stTable").locator("tbody tr")
    expect(rows).to_have_count(3)
    shown = [row.locator("td").all_text_contents() for row in rows.all()]
    numbers = [[float(cell) for cell in cells[1:5]] for cells in shown]
    printed = [
        [-0.4701929, 0.5863904, -0.3519801, 0.52525216],
        [-0.88883156, 1.2364397, -0.68424344, 0.76074266],
        [-1.3074701, 1.886489, -0.8649416, 0.90466356],
    ]
    # Sums of up to ten products, each rounded as the processor can: some units of the last place of numbers below 2.
    np.testing.assert_allclose(numbers, printed, rtol=0, atol=1e-6)


def test_the_cell_shows_what_torch_computes(visit: Visit) -> None:
    rnn, x = lecture()
    h = rnn(x)[0][0].detach()
    page = visit(EXAMPLE)
    for t in range(3):
        assert vector(page, 0, 9) == [f"{value:.4f}" for value in h[t]]
        page.keyboard.press("ArrowRight")
    expect(page.locator(".badge.good summary")).to_have_text(re.compile("^✓ equals torch(: difference 0| to .* ulp.)$"))


def test_keys_step_play_and_stop(visit: Visit) -> None:
    page = visit(SENTENCE)
    at_step(page, 0, 9)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    at_step(page, 2, 9)
    page.keyboard.press("ArrowLeft")
    at_step(page, 1, 9)
    page.keyboard.press("End")
    at_step(page, 9, 9)
    page.keyboard.press("ArrowRight")
    at_step(page, 9, 9)
    page.keyboard.press("Home")
    at_step(page, 0, 9)
    page.locator(".speed select").select_option("1")
    page.keyboard.press("Space")
    expect(page.locator(".icon.play")).to_have_attribute("aria-label", "Pause (Space)")
    expect(part(page, "step")).to_have_text(re.compile("t = [2-8] of 9"))
    page.keyboard.press("Escape")
    expect(page.locator(".icon.play")).to_have_attribute("aria-label", "Play (Space)")
    stopped = part(page, "step").text_content()
    time.sleep(1.2)
    assert part(page, "step").text_content() == stopped != "t = 9 of 9"
    page.locator(".speed select").select_option("8")
    page.keyboard.press("Space")
    at_step(page, 9, 9)
    expect(page.locator(".icon.play")).to_have_attribute("aria-label", "Play (Space)")


def test_keys_leave_a_field_that_is_typed_in_alone(visit: Visit) -> None:
    page = visit(SENTENCE)
    box = page.get_by_role("textbox", name="Words")
    box.click()
    box.press("End")
    box.press_sequentially(" so good")
    box.press("Home")
    box.press("ArrowRight")
    at_step(page, 0, 9)
    assert "so good" in box.input_value()


def test_buttons_and_scrub_bar_move_the_step(visit: Visit) -> None:
    page = visit(SENTENCE)
    page.get_by_role("button", name="Next step").click()
    at_step(page, 1, 9)
    page.get_by_role("button", name="Last step").click()
    at_step(page, 9, 9)
    bar = page.get_by_role("slider", name="Time step")
    box = bar.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.05, box["y"] + 10)
    page.mouse.down()
    at_step(page, 0, 9)
    page.mouse.move(box["x"] + box["width"] * 0.55, box["y"] + 10, steps=8)
    at_step(page, 5, 9)
    page.mouse.up()
    expect(bar).to_have_attribute("aria-valuenow", "5")
    bar.press("ArrowRight")
    at_step(page, 6, 9)


def test_the_step_settles_into_the_link_and_a_reload_shows_it(visit: Visit) -> None:
    page = visit(SENTENCE)
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    page.wait_for_url(re.compile("t=4"))
    before = vector(page, 0, 0)
    page.reload()
    settle(page)
    at_step(page, 4, 9)
    assert vector(page, 0, 0) == before


def test_another_page_and_back_keeps_the_view(visit: Visit) -> None:
    page = visit(SENTENCE)
    page.keyboard.press("ArrowRight")
    page.wait_for_url(re.compile("t=1"))
    settle(page)  # the links of the sidebar carry the view, a moment after the address
    page.get_by_test_id("stSidebar").get_by_role("link", name="rnnviz").click()
    expect(page.get_by_role("heading", name="rnnviz", level=1)).to_be_visible()
    settle(page)
    page.get_by_test_id("stSidebar").get_by_role("link", name="Step through").click()
    at_step(page, 1, 9)
    assert link(page)["cell"] == "lstm"


def test_hovering_writes_out_a_product_of_row_and_column(visit: Visit) -> None:
    rnn, x = lecture()
    page = visit(EXAMPLE)
    page.keyboard.press("ArrowRight")
    product = page.locator(".inside .line").first.locator(".operand").nth(2).locator(".values")
    product.hover(position={"x": 10, "y": 30})
    written = (part(page, "detail").text_content() or "").replace("−", "-")
    weights = rnn.weight_ih_l0[1].tolist()
    for weight in weights:
        assert f"{abs(weight):.4f} × 2.0000" in written
    value = float((rnn.weight_ih_l0[1] @ x[0, 1]).detach())
    result = re.search(r" = (\S+) ≈ ", written)
    assert result is not None
    assert float(result[1]) == pytest.approx(value, abs=1e-6)
    expect(page.locator(".inside .line").first.locator(".operand.lit")).to_have_count(3)


def test_what_is_pointed_at_follows_the_step(visit: Visit) -> None:
    rnn, x = lecture()
    h = rnn(x)[0][0].detach()
    page = visit(EXAMPLE)
    page.locator(".inside .line").first.locator(".operand").last.locator(".values").hover(position={"x": 10, "y": 30})
    for t in range(3):
        said = (part(page, "detail").text_content() or "").replace("−", "-")
        found = re.search(r"\[1\] = (\S+) = ", said)
        assert found is not None, said
        assert float(found[1]) == pytest.approx(float(h[t, 1]), abs=1e-7)
        page.keyboard.press("ArrowRight")


def test_hovering_agrees_with_python_on_every_sum(visit: Visit) -> None:
    """What a hover adds up from shown operands comes to the number that Python sent."""
    page = visit(SENTENCE)
    page.keyboard.press("ArrowRight")
    checked = 0
    for line in page.locator(".inside .line").all():
        for operand in line.locator(".operand:not(.matrix)").all():
            operand.locator(".values").hover(position={"x": 12, "y": 8})
            written = (part(page, "detail").text_content() or "").replace("−", "-")
            parts = re.fullmatch(r"\S+ = (\S+) [=≈] ([-+×() .\de]+)", written)
            if parts:
                total = eval(parts[2].replace("×", "*"), {"__builtins__": {}})  # noqa: S307 - digits and signs only
                assert total == pytest.approx(float(parts[1]), abs=2e-3), written
                checked += 1
    assert checked >= 15


@pytest.mark.parametrize("wait", [0, 60, 250, 1000])
def test_an_edit_that_is_left_by_the_navigation_stays_on_its_page(visit: Visit, wait: int) -> None:
    """The click takes the focus from the editor, which applies what is typed while the page is left."""
    page = visit(EXAMPLE)
    links = page.locator(".st-key-navigation")
    link = steady(links.get_by_role("link", name="Hidden states", exact=True))
    page.locator(".inside .line").first.locator(".operand.matrix").nth(1).locator(".values > span").nth(1).click()
    page.get_by_label("weight_hh_l0[0, 1]").fill("0.75")
    page.wait_for_timeout(wait)
    page.mouse.click(link["x"] + 20, link["y"] + 8)
    expect(page.get_by_role("heading", name="Hidden states")).to_be_visible(timeout=PATIENCE)
    settle(page)
    assert "edits" not in page.url
    assert "trained=brackets" in page.url, "it has its own example"
    expect(page.get_by_text("weight_hh_l0[0, 1]")).to_have_count(0)
    links.get_by_role("link", name="Step through", exact=True).click()
    expect(page.locator(".chip")).to_have_text(re.compile(r"weight_hh_l0\[0, 1\] = 0.75"), timeout=PATIENCE)
    settle(page)
    expect(page).to_have_url(re.compile("edits="))


def test_a_weight_typed_over_recomputes_everything_and_is_in_the_link(visit: Visit) -> None:
    rnn, x = lecture()
    page = visit(EXAMPLE)
    page.keyboard.press("ArrowRight")
    cell = page.locator(".inside .line").first.locator(".operand.matrix").nth(1).locator(".values > span").nth(1)
    cell.click()
    field = page.get_by_label("weight_hh_l0[0, 1]")
    field.fill("0.75")
    field.press("Enter")
    expect(page.locator(".chip")).to_have_text(re.compile(r"weight_hh_l0\[0, 1\] = 0.75"))
    with torch.no_grad():
        rnn.weight_hh_l0[0, 1] = 0.75
        h = rnn(x)[0][0]
    at_step(page, 1, 2)
    assert vector(page, 0, 9) == [f"{value:.4f}" for value in h[1]]
    expect(page.locator(".badge.good")).to_be_visible()
    page.wait_for_url(re.compile("edits="))
    assert link(page)["edits"] == "weight_hh_l0[0,1]=0.75"
    page.reload()
    settle(page)
    expect(page.locator(".chip")).to_have_count(1)
    page.get_by_role("button", name="Undo weight_hh_l0").click()
    expect(page.locator(".chip")).to_have_count(0)
    settle(page)
    assert "edits" not in link(page)


def test_a_slider_shows_before_and_now_and_is_applied_once(visit: Visit) -> None:
    page = visit(f"{EXAMPLE}&t=1")
    page.evaluate("window.entries = history.length")
    weight = page.locator(".inside .operand.matrix").nth(1).locator(".values > span").first
    weight.click()
    effect = page.locator(".editor .effect")
    expect(effect.locator("p")).to_have_text("Move the slider, or type a number.")
    page.locator(".editor .slid").focus()
    for _ in range(9):
        page.keyboard.press("ArrowRight")
    expect(page.locator(".editor .typed")).to_have_value("0.29")
    expect(effect.locator("tbody tr").first.locator("td").last).to_have_text("0.29")
    expect(effect.locator("p")).to_have_text("h changes at t = 1 to 2 only.")
    rnn, x = lecture()
    h = rnn(x)[0][0, 1]
    with torch.no_grad():
        rnn.weight_hh_l0[0, 0] = 0.29
    now = rnn(x)[0][0, 1]
    until(page, lambda: vector(page, 0, 9)[0] == f"{now[0]:.4f}")  # the last of the numbers on the way
    cells = effect.locator("tr", has_text="h").filter(has_text="[0]").last.locator("td").all_text_contents()
    shown = [float(cell.replace("−", "-")) for cell in cells]
    np.testing.assert_allclose(shown, [h[0].item(), now[0].item()], rtol=0, atol=1e-6)
    at_step(page, 1, 2)
    expect(page.locator(".chip")).to_have_count(0)
    assert "edits" not in link(page)
    page.keyboard.press("Enter")
    expect(page.locator(".chip")).to_have_count(1)
    page.wait_for_url(re.compile("edits="))
    assert link(page)["edits"] == "weight_hh_l0[0,0]=0.29"
    assert page.evaluate("history.length - window.entries") == 1
    weight.click()
    page.get_by_role("button", name="Undo this edit").click()
    expect(page.locator(".chip")).to_have_count(0)
    assert vector(page, 0, 9)[0] == f"{h[0]:.4f}"


def test_escape_takes_a_tried_number_back_and_leaving_applies_it(visit: Visit) -> None:
    page = visit(f"{EXAMPLE}&t=2")
    number = page.locator(".inside .operand").nth(1).locator(".values > span").first
    before = vector(page, 0, 9)
    number.click()
    page.get_by_label("x[2, 0]").fill("-4")
    until(page, lambda: vector(page, 0, 9) != before)
    page.keyboard.press("Escape")
    expect(page.locator(".editor")).to_have_count(0)
    until(page, lambda: vector(page, 0, 9) == before)
    number.click()
    page.get_by_label("x[2, 0]").fill("-4")
    page.locator(".inside-title").click()
    expect(page.locator(".chip")).to_have_text(re.compile(r"x\[2, 0\] = -4"))


def test_after_a_click_the_arrows_step_and_nothing_is_left_over_the_picture(visit: Visit) -> None:
    """The page has the focus after a click; at the next key there was a frame around all of it."""
    page = visit(EXAMPLE)
    focused = "() => document.querySelector(':focus-visible') === null"
    page.locator(".stage").click(position={"x": 500, "y": 110})
    at_step(page, 1, 2)
    expect(page.locator(".stage .tip")).to_be_visible()
    page.keyboard.press("ArrowRight")
    at_step(page, 2, 2)
    expect(page.locator(".stage .tip")).to_be_hidden()
    assert page.evaluate(focused)
    page.locator(".inside .operand").nth(9).locator(".values > span").first.click()
    page.keyboard.press("ArrowLeft")
    at_step(page, 1, 2)
    assert page.evaluate(focused)


def test_the_explanation_covers_no_number_that_is_pointed_at(visit: Visit) -> None:
    page = visit(EXAMPLE)
    page.set_viewport_size({"width": 1366, "height": 768})
    number = page.locator(".inside .operand").nth(9).locator(".values > span").first
    top = number.evaluate("(node) => node.getBoundingClientRect().top")
    page.mouse.move(700, 200)
    page.mouse.wheel(0, top - 745)  # at the foot of the window
    until(page, lambda: 700 < number.evaluate("(node) => node.getBoundingClientRect().top") < 768)
    number.hover()
    expect(page.locator(".detail")).to_contain_text("tanh(")
    apart = """(node) => {
      const a = node.getBoundingClientRect(), b = node.getRootNode().querySelector(".detail").getBoundingClientRect();
      return b.top >= 0 && (a.bottom <= b.top || a.top >= b.bottom);
    }"""
    until(page, lambda: number.evaluate(apart))


def test_a_word_that_the_network_does_not_know_is_marked(visit: Visit) -> None:
    page = visit(f"{PAGE}?cell=gru&trained=word-classes&words={quote('they watch the zebra')}")
    expect(page.locator(".stage .word.unknown")).to_have_text(["zebra"])
    expect(page.locator(".stage .tick").nth(3)).to_have_text("t = 3 [UNK]")
    page.keyboard.press("End")
    expect(part(page, "token")).to_have_text("zebra [UNK]")


def test_an_lstm_shows_a_sentence_of_eight_words(visit: Visit) -> None:
    page = visit(f"{PAGE}?cell=lstm&input=words&words={quote('the film was not good it was great')}")
    page.set_viewport_size({"width": 1366, "height": 768})
    expect(page.locator(".stage .word")).to_have_count(8)


def test_the_page_opens_on_the_network_whose_products_are_all_in_digits(visit: Visit) -> None:
    """At a step whose state of before is not zero, so that each product is one of numbers."""
    page = visit(PAGE)
    at_step(page, 1, 2)
    assert page.locator(".inside .operand").count() == page.locator(".inside .operand.digits").count() > 10
    assert not set(vector(page, 0, 6)) & {"0.0000"}
    page.reload()
    settle(page)
    at_step(page, 1, 2)


def test_an_input_typed_over_and_reset(visit: Visit) -> None:
    page = visit(EXAMPLE)
    page.locator(".inside .line").first.locator(".operand").nth(1).locator(".values > span").nth(2).click()
    field = page.get_by_label("x[0, 2]")
    field.fill("-7,5")
    field.press("Enter")
    expect(page.locator(".editor [role=alert]")).to_contain_text("“-7,5” has a comma, which separates numbers here.")
    field.fill("-7.5")
    field.press("Enter")
    expect(page.locator(".chip")).to_have_text(re.compile(r"x\[0, 2\] = -7.5"))
    assert vector(page, 0, 1)[2] == "-7.5000"
    page.get_by_role("button", name="Reset all").click()
    expect(page.locator(".chip")).to_have_count(0)
    assert vector(page, 0, 1)[2] == "1.0000"


def test_a_bad_number_says_what_was_expected_and_keeps_what_was_typed(visit: Visit) -> None:
    page = visit(EXAMPLE)
    page.locator(".inside .line").first.locator(".operand.matrix").first.locator(".values > span").first.click()
    field = page.get_by_label("weight_ih_l0[0, 0]")
    field.fill("cat")
    field.press("Enter")
    expect(page.locator(".editor [role=alert]")).to_have_text(
        "weight_ih_l0[0, 0] must be a number between −1,000,000 and 1,000,000; got “cat”."
    )
    expect(field).to_have_value("cat")
    field.press("ArrowRight")
    at_step(page, 0, 2)
    field.press("Escape")
    expect(page.locator(".editor")).to_have_count(0)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("1 2 cat\n1 2 3", "must be a number; got cat"),
        ("1 2 3\n1 2", "Each row must have 3 numbers"),
        ("1 nan\n1 2", "nan"),
        (" ".join(["1"] * 10_000), "must have at most 64 numbers"),
    ],
)
def test_bad_rows_are_named_kept_and_the_last_good_view_stays(visit: Visit, typed: str, said: str) -> None:
    page = visit(EXAMPLE)
    box = page.get_by_role("textbox", name="Numbers")
    box.fill(typed)
    box.press("Control+Enter")
    alert = page.get_by_test_id("stSidebar").get_by_test_id("stAlert")
    expect(alert).to_contain_text(said)
    expect(box).to_have_value(typed)
    at_step(page, 0, 2)
    assert vector(page, 0, 9) == ["-0.3520", "0.5253"]
    expect(alert).to_contain_text("The picture still shows the previous input")
    until(page, lambda: opacities(page) == {"0.4"})
    box.fill("1 2\n3 4")
    box.press("Control+Enter")
    expect(alert).to_have_count(0)
    until(page, lambda: opacities(page) == {"1"})
    at_step(page, 0, 1)


def test_a_hostile_link_opens_the_page_and_says_what_was_wrong(visit: Visit) -> None:
    page = visit(
        f"{PAGE}?cell=%3Cscript%3Ealert(1)%3C/script%3E&hidden_size=99999&layer=-1&t=abc&edits=os.system[0]=1&words=z.AAAA"
    )
    at_step(page, 0, 2)
    alerts = page.get_by_test_id("stAlert")
    expect(alerts.first).to_contain_text("cell must be one of rnn, lstm, gru; got <script>alert(1)</script>")
    until(page, lambda: alerts.count() >= 5)


def test_folding_shows_the_loop_beside_a_feed_forward_network_and_is_in_the_link(visit: Visit) -> None:
    page = visit(EXAMPLE)
    expect(page.locator(".stage .word")).to_have_count(3)
    page.get_by_text("Rolled", exact=True).click()
    expect(page.locator(".stage .caption")).to_have_text(
        [re.compile(r"feed-forward: h = tanh\(Wih\s+x \+ bih"), "recurrent: RNN, folded"]
    )
    page.keyboard.press("ArrowRight")
    expect(page.locator(".stage .word")).to_have_text(["2 2 2 2 2", "2 2 2 2 2"])
    page.wait_for_url(re.compile("fold=1"))
    page.reload()
    settle(page)
    expect(page.locator(".stage .caption")).to_have_count(2)


def test_a_click_in_the_picture_selects_step_layer_and_direction(visit: Visit) -> None:
    page = visit(BILSTM)
    boxes = page.locator(".stage rect.cell")
    expect(boxes).not_to_have_count(0)
    reverse_top = page.locator(".stage rect.cell.reverse").nth(1)
    target = reverse_top.bounding_box()
    assert target is not None
    page.mouse.click(target["x"] + target["width"] / 2, target["y"] + target["height"] / 2)
    expect(part(page, "where")).to_contain_text("layer 1 ← · x is the state of layer 0, both directions")
    page.wait_for_url(re.compile("direction=reverse"))
    settle(page)
    assert link(page)["layer"] == "1"


def test_every_weight_in_the_picture_has_its_name_and_shape(visit: Visit) -> None:
    page = visit(BILSTM)
    labels = [text.replace("\n", "") for text in page.locator(".stage .weight").all_text_contents()]
    assert sum("Wih256×16" in text for text in labels) == 1
    assert sum("Wih256×128" in text for text in labels) == 1
    assert sum("Whh256×64" in text for text in labels) == 4
    assert sum("Why1×128" in text for text in labels) == 1


def test_another_notation_is_that_of_every_weight_and_goes_along_to_other_pages(visit: Visit) -> None:
    page = visit(f"{PAGE}?cell=lstm&numbers=1%0A2&notation=goodfellow")
    labels = [text.replace("\n", "") for text in page.locator(".stage .weight").all_text_contents()]
    assert {label[0] for label in labels} == {"U", "W", "V"}
    told = page.locator(".step-through math").all_text_contents()
    assert any("Ufxt+bUf+Wfht−1+bWf" in formula.replace(" ", "") for formula in told)
    assert not any(letters in formula for formula in told for letters in ("Wif", "Whf", "bif", "Why"))
    page.get_by_role("radio", name="The cell").click()
    expect(page.locator(".stage .weight-name", has_text="Uf")).to_be_visible()
    page.get_by_role("radio", name="Backward").click()
    expect(part(page, "back-note")).to_contain_text("∂L/∂W has the norm")
    expect(part(page, "back-note")).to_contain_text("∂L/∂U")
    page.get_by_role("link", name="Gradients", exact=True).click()
    page.wait_for_url(re.compile("/Gradients.*notation=goodfellow"))


def test_gru_conventions_and_shapes_are_told(visit: Visit) -> None:
    page = visit(f"{PAGE}?cell=gru&hidden_size=3&seed=0")
    page.get_by_role("radio", name="torch's GRU and the textbook's").click()
    settle(page)  # until then the table of before may stand beside the new one
    table = page.get_by_test_id("stTable")
    expect(table).to_contain_text("reset before the product")
    page.get_by_role("radio", name="Shapes and parameters").click()
    settle(page)
    expect(table).to_contain_text("weight_hh_l0")
    expect(page.get_by_text("3·3·(5 + 3 + 2) = 90")).to_be_visible()


def test_a_narrow_window_scrolls_in_no_direction_but_down(visit: Visit) -> None:
    page = visit(SENTENCE)
    page.set_viewport_size({"width": 420, "height": 900})
    settle(page)
    steady(page.locator(".step-through"))
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    overflow = page.locator(".step-through").evaluate("node => node.scrollWidth - node.clientWidth")
    assert overflow <= 1


HELD = """(count) => {
  const press = () => document.body.dispatchEvent(
    new KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true, composed: true, cancelable: true }));
  for (let k = 0; k < count; k += 1) press();
}"""


def test_no_step_of_a_held_key_is_lost_and_the_server_hears_of_the_last_alone(visit: Visit, page: Page) -> None:
    """Two layers, both directions, 64 units, 200 steps; benchmarks/stepping.py has how soon each is painted."""
    sent: list[int] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(len(frame))))
    visit(BILSTM_200)
    at_step(page, 0, 199)
    settle(page)
    sent.clear()
    page.evaluate(HELD, 60)
    at_step(page, 60, 199)
    page.wait_for_url(re.compile("t=60"))
    settle(page)
    assert len(sent) == 1


def test_back_goes_over_changes_of_the_network_and_not_over_steps(visit: Visit) -> None:
    page = visit(SENTENCE)
    page.keyboard.press("ArrowRight")
    page.wait_for_url(re.compile("t=1"))
    page.keyboard.press("ArrowRight")
    page.wait_for_url(re.compile("t=2"))
    page.get_by_role("radio", name="GRU").click()
    page.wait_for_url(re.compile("cell=gru"))
    page.go_back()
    page.wait_for_url(re.compile("cell=lstm"))
    settle(page)
    at_step(page, 2, 9)
    expect(page.get_by_role("radio", name="LSTM")).to_be_checked()


def test_another_seed_is_another_picture_and_leaves_the_settings_where_they_are(visit: Visit) -> None:
    page = visit(EXAMPLE)
    settings = more_settings(page).get_by_test_id("stSidebar")
    seed, input_box = settings.get_by_label("Seed", exact=True), settings.get_by_label("Numbers", exact=True).last
    input_box.evaluate("one => { one.marked = true; }")
    for value in (2, 3):
        seed.fill(str(value))
        seed.press("Enter")
        page.wait_for_url(re.compile(f"seed={value}"))
        settle(page)
        expect(page.locator(".step-through")).to_contain_text(f"seed {value}")
    torch.manual_seed(3)
    expected = nn.RNN(5, 2, batch_first=True)(lecture()[1])[0][0, 0].tolist()
    assert vector(page, 0, -1) == [f"{h:.4f}" for h in expected]
    assert input_box.evaluate("one => one.marked"), "the settings were drawn again"
    expect(seed).to_be_focused()
    settings.get_by_role("link", name="Gates").click()
    page.wait_for_url(re.compile("/Gates\\?.*trained=adding"))  # its own example
    settle(page)
    page.go_back()
    page.wait_for_url(re.compile("/Step_through\\?.*seed=3"))
    settle(page)
    page.go_back()
    page.wait_for_url(re.compile("seed=2"))
    settle(page)
    expect(seed).to_have_value("2")


def test_a_setting_on_which_others_depend_draws_them_anew(visit: Visit) -> None:
    page = visit(EXAMPLE)
    settings = more_settings(page).get_by_test_id("stSidebar")
    expect(settings.get_by_text("Activation")).to_have_count(1)
    settings.get_by_label("Seed", exact=True).fill("4")
    settings.get_by_label("Seed", exact=True).press("Enter")
    page.wait_for_url(re.compile("seed=4"))
    page.get_by_role("radio", name="LSTM").click()
    page.wait_for_url(re.compile("cell=lstm"))
    settle(page)
    expect(settings.get_by_text("Activation")).to_have_count(0)
    expect(settings.get_by_label("Seed", exact=True)).to_have_value("4")


def test_numbers_that_lose_their_place_are_told(visit: Visit) -> None:
    page = visit(f"{SENTENCE}&edits=weight_hh_l0[2,1]=0.5")
    expect(page.locator(".edited b")).to_have_count(1)
    page.get_by_role("radio", name="GRU").click()
    expect(page.get_by_test_id("stAlert")).to_contain_text("weight_hh_l0[2, 1] = 0.5")


def test_numbers_are_reached_and_typed_over_by_keyboard_alone(visit: Visit) -> None:
    page = visit(EXAMPLE)
    matrix = page.get_by_role("group", name=re.compile(r"^W hh, 2 by 2"))
    matrix.focus()
    matrix.press("ArrowDown")
    matrix.press("ArrowRight")
    expect(part(page, "detail")).to_contain_text("[1, 1]")
    at_step(page, 0, 2)
    matrix.press("Enter")
    field = page.get_by_label("weight_hh_l0[1, 1]")
    field.fill("0.25")
    field.press("Enter")
    expect(page.locator(".chip")).to_have_text(re.compile(r"weight_hh_l0\[1, 1\] = 0.25"))


def test_space_presses_the_button_that_has_the_focus(visit: Visit) -> None:
    page = visit(SENTENCE)
    page.get_by_role("button", name="Next step").focus()
    page.keyboard.press("Space")
    at_step(page, 1, 9)
    page.keyboard.press("ArrowRight")
    at_step(page, 2, 9)


def test_a_cell_that_was_clicked_leaves_the_arrows_to_the_steps_and_one_reached_by_keys_does_not(visit: Visit) -> None:
    page = visit(SENTENCE)
    cells = page.get_by_role("radiogroup", name="Cell")
    cells.get_by_text("LSTM").click()
    expect(cells.get_by_role("radio", name="LSTM")).to_be_checked()
    settle(page)
    page.keyboard.press("ArrowRight")
    at_step(page, 1, 9)
    cells.locator("[aria-checked=true]").focus()
    page.keyboard.press("ArrowRight")
    at_step(page, 1, 9)


def test_the_badge_lists_every_signal_and_closes(visit: Visit) -> None:
    page = visit(SENTENCE)
    page.locator(".badge summary").click()
    rows = page.locator(".checks tbody tr td:first-child")
    expect(rows).to_have_text([f"{signal}, layer 0 →" for signal in "hcifgo"] + ["y, output layer"])
    page.keyboard.press("Escape")
    expect(page.locator(".checks")).to_be_hidden()


def test_a_file_goes_into_the_box_only_if_it_can_be_read(visit: Visit) -> None:
    page = visit(EXAMPLE)
    page.get_by_text("From a CSV file").click()
    upload = page.locator("[data-testid=stFileUploader] input")
    upload.set_input_files({"name": "a.csv", "mimeType": "text/csv", "buffer": b"\xff\x00\x01\x80"})
    expect(page.get_by_test_id("stAlert")).to_contain_text("must be plain text")
    expect(page.get_by_role("textbox", name="Numbers")).to_have_value("1 1 1 1 1\n2 2 2 2 2\n3 3 3 3 3")
    upload.set_input_files({"name": "b.csv", "mimeType": "text/csv", "buffer": b"a,b\n1,2\n3,4\n"})
    at_step(page, 0, 1)


def test_each_scale_of_colors_has_a_legend(visit: Visit) -> None:
    page = visit("/Step_through?cell=lstm")
    expect(part(page, "legend")).to_have_text("−+")
    expect(part(page, "where")).to_contain_text(re.compile(r"x ±\S+, h ±\S+, c ±\S+, sums ±\S+, weights ±\S+"))
    expect(part(page, "gates")).to_have_text("gates f, i, o: 01")
    page = visit("/Step_through?cell=rnn")
    expect(part(page, "where")).to_contain_text("weights ±")
    expect(part(page, "gates")).to_be_hidden()


def test_a_trained_network_predicts_over_each_column(visit: Visit) -> None:
    page = visit("/Step_through?trained=brackets&cell=rnn&input=words&words=((((")
    lines = page.locator(".stage .answer")
    expect(lines.nth(0)).to_contain_text("depth 1 ✓p = ")
    expect(lines.nth(1)).to_contain_text("depth 1 ✗")
    expect(lines.nth(1)).to_contain_text("target 2")


def test_a_decoder_shows_the_encoders_last_state_before_its_first_step(visit: Visit) -> None:
    start = attention.load("reverse-none").decode("31415").start
    page = visit(f"{PAGE}?trained=decoder-reverse-none&cell=gru&words=31415")
    expect(page.locator(".stage .stub")).to_have_text("h₀")
    expect(part(page, "where")).to_contain_text("h₀, before t = 0: the encoder’s last state after “31415”")
    last = page.locator(".inside .line").last.locator(".operand .values")
    for operand, written in (
        (4, r"\[(\d+)\] = (\S+)  the initial state: the encoder’s last state after “31415”"),
        (5, r"\[(\d+)\] = \S+ = \S+ × (\S+)$"),
    ):
        last.nth(operand).hover(position={"x": 6, "y": 40})
        said = (part(page, "detail").text_content() or "").replace("−", "-")
        found = re.search(written, said)
        assert found is not None, said
        assert float(found[2].strip("()")) == pytest.approx(float(start[int(found[1])]), abs=1e-6)
    page.keyboard.press("ArrowRight")
    expect(part(page, "detail")).not_to_contain_text("initial")
    assert link(page)["trained"] == "decoder-reverse-none"
