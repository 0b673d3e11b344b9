"""The page of clipping in a real browser: the cliff is stepped through, its start picked by mouse, keys and numbers."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Final

import pytest
from playwright.sync_api import Locator, Page, expect

from rnnviz.cliff import Descent, Settings, descend
from tests.browser.waiting import settle, shown_charts, steady, until

Visit = Callable[[str], Page]
PAGE: Final = "/Clipping"
USUAL: Final = (6.0, -3.05)


def both(w: float, b: float, max_norm: float = 1.0) -> tuple[Descent, Descent]:
    settings = Settings(w, b)
    return descend(settings), descend(replace(settings, max_norm=max_norm))


def part(page: Page, name: str) -> Locator:
    return page.locator(f".cliff [data-part={name}]")


def numbers(page: Page) -> dict[str, list[str]]:
    """The table: of each row what stands under unclipped and clipped."""
    rows = part(page, "numbers").locator("tr")
    found = [row.locator("th, td").all_text_contents() for row in rows.all()]
    return {name: values for name, *values in found}


def value(text: str) -> float:
    number, _, power = text.replace("−", "-").replace(",", "").partition("·10")
    return float(f"{number}e{power.translate(str.maketrans('⁻⁰¹²³⁴⁵⁶⁷⁸⁹', '-0123456789')) or 0}")


def expect_numbers_of(page: Page, descents: tuple[Descent, Descent], t: int) -> None:
    expect(page.locator(".cliff.waiting")).to_have_count(0)
    shown = numbers(page)
    for k, descent in enumerate(descents):
        assert value(shown["w"][k]) == pytest.approx(descent.w[t], abs=6e-5)
        assert value(shown["b"][k]) == pytest.approx(descent.b[t], abs=6e-5)
        assert value(shown["error E"][k]) == pytest.approx(descent.error[t], rel=1e-3)
        assert value(shown["‖g‖"][k]) == pytest.approx(descent.grad_norm[t], rel=1e-3, abs=1e-12)
        assert value(shown["length of the step"][k]) == pytest.approx(descent.update_norm[t], rel=1e-3, abs=1e-12)
    assert value(shown["‖g‖ after clipping"][1]) == pytest.approx(descents[1].clipped_norm[t], rel=1e-3)


def middle(page: Page) -> tuple[float, float]:
    """The pixel of w = 6, b = -3, in the middle of the map, as its axes say."""
    box = steady(part(page, "map"))
    return box["x"] + (58 + box["width"] - 14) / 2, box["y"] + (12 + box["height"] - 46) / 2


def colored(page: Page, color: str) -> int:
    """How many pixels of the paths have a colour."""
    rgb = [int(color[k : k + 2], 16) for k in (1, 3, 5)]
    found: int = part(page, "paths").evaluate(
        """(canvas, rgb) => {
          const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
          let count = 0;
          for (let k = 0; k < data.length; k += 4) count += data[k + 3] > 250 && rgb.every((v, c) => data[k + c] === v);
          return count;
        }""",
        rgb,
    )
    return found


def test_it_opens_at_the_step_that_leaves_the_valley(visit: Visit) -> None:
    page = visit(PAGE)
    expect(part(page, "step")).to_have_text("step 163 of 399")
    expect_numbers_of(page, both(*USUAL), 163)
    expect(part(page, "said")).to_contain_text("one step of length about 220 leads to w = 120, b = 180")
    expect(page.get_by_text("Ask yourself.")).to_be_visible()
    expect(shown_charts(page)).to_have_count(1)
    assert colored(page, "#B3235F") > 100
    assert colored(page, "#00707F") > 100


def test_keys_step_both_descents_and_the_step_is_in_the_link(visit: Visit) -> None:
    page = visit(PAGE)
    for _ in range(20):
        page.keyboard.press("ArrowRight")
    expect(part(page, "step")).to_have_text("step 183 of 399")
    expect_numbers_of(page, both(*USUAL), 183)
    page.wait_for_url(re.compile(r"cliff\.step%3A183"))
    page.keyboard.press("End")
    page.keyboard.press("ArrowLeft")
    page.wait_for_url(re.compile(r"cliff\.step%3A398"))
    page.reload()
    settle(page)
    expect(part(page, "step")).to_have_text("step 398 of 399")
    expect_numbers_of(page, both(*USUAL), 398)
    page.keyboard.press("Home")
    expect(part(page, "step")).to_have_text("step 0 of 399")
    expect_numbers_of(page, both(*USUAL), 0)


def test_the_slider_and_the_transport_step_too(visit: Visit) -> None:
    page = visit(PAGE)
    part(page, "scrub").fill("100")
    expect(part(page, "step")).to_have_text("step 100 of 399")
    page.locator(".cliff .next").click()
    expect_numbers_of(page, both(*USUAL), 101)
    page.locator(".cliff select").select_option("8")
    page.locator(".cliff .play").click()
    expect(part(page, "step")).to_have_text(re.compile("step (1[1-9].|[2-3]..) of"))
    page.locator(".cliff .play").click()
    expect_numbers_of(page, both(*USUAL), _step(page))


def test_a_click_starts_elsewhere_and_the_keys_still_step(visit: Visit) -> None:
    page = visit(PAGE)
    x, y = middle(page)
    page.mouse.click(x - 60, y)
    expect(part(page, "w")).not_to_have_value("6")
    page.wait_for_url(re.compile(r"cliff\.w%3A"))
    settle(page)
    w, b = (float(part(page, name).input_value()) for name in ("w", "b"))
    assert 5 < w < 6
    assert b == pytest.approx(-3, abs=0.02)
    descents = both(w, b)
    expect(page.locator(".cliff.waiting")).to_have_count(0)
    expect(part(page, "step")).to_have_text(f"step {descents[0].longest} of 399")
    expect_numbers_of(page, descents, descents[0].longest)
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    expect(part(page, "step")).to_have_text("step 1 of 399")
    assert float(part(page, "w").input_value()) == w


def test_a_start_is_dragged_and_computed_where_it_is_let_go(visit: Visit) -> None:
    page = visit(PAGE)
    x, y = middle(page)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 40, y + 10, steps=5)
    expect(page.locator(".cliff.waiting")).to_have_count(1)
    page.mouse.move(x + 3000, y, steps=5)
    page.mouse.up()
    page.wait_for_url(re.compile(r"cliff\.w%3A8"))
    settle(page)
    expect(part(page, "w")).to_have_value("8")
    expect_numbers_of(page, both(8.0, float(part(page, "b").input_value())), _step(page))


def test_arrow_keys_move_the_start_while_the_map_is_focused(visit: Visit) -> None:
    page = visit(PAGE)
    part(page, "map").focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Shift+ArrowLeft")
    expect(part(page, "b")).to_have_value("-3")
    expect(part(page, "w")).to_have_value("5.99")
    page.wait_for_url(re.compile(r"cliff\.b%3A-3[+ ].*cliff\.w%3A5\.99"))
    settle(page)
    expect_numbers_of(page, both(5.99, -3.0), _step(page))
    expect(part(page, "map")).to_be_focused()


def test_numbers_can_be_typed(visit: Visit) -> None:
    page = visit(PAGE)
    part(page, "w").fill("5")
    part(page, "w").press("Enter")
    part(page, "b").fill("-2.5")
    part(page, "b").press("Enter")
    expect(part(page, "said")).to_contain_text("Unclipped, at step 62: the gradient’s norm is about 58,")
    expect_numbers_of(page, both(5.0, -2.5), 62)
    part(page, "b").fill("-99")
    part(page, "b").press("Enter")
    expect(part(page, "b")).to_have_value("-4")
    part(page, "w").fill("")
    part(page, "w").press("Enter")
    expect(part(page, "w")).to_have_value("5")


def test_the_same_start_again_after_another(visit: Visit) -> None:
    page = visit(PAGE)
    for _ in range(2):
        part(page, "w").fill("5.5")
        part(page, "w").press("Enter")
        page.wait_for_url(re.compile(r"cliff\.w%3A5\.5"))
        page.get_by_role("button", name="w 7, b −3.5").click()
        expect(part(page, "said")).to_have_text(re.compile("clipping changes nothing"))
        expect(part(page, "w")).to_have_value("7")
        expect(page.locator(".cliff.waiting")).to_have_count(0)


def test_the_threshold_changes_the_clipped_descent_and_keeps_the_step(visit: Visit) -> None:
    page = visit(f"{PAGE}?views=cliff.step:163")
    slider = page.get_by_role("slider", name="Threshold max_norm")
    slider.focus()
    slider.press("ArrowRight")
    page.wait_for_url(re.compile(r"cliff\.max_norm%3A1\.1"))
    expect(part(page, "caption")).to_contain_text("max_norm 1.1")
    settle(page)
    expect_numbers_of(page, both(*USUAL, max_norm=1.1), 163)
    assert numbers(page)["‖g‖ after clipping"] == ["", "1.1"]


def test_a_start_that_is_not_on_the_map_is_said(visit: Visit) -> None:
    page = visit(PAGE)
    box, said = part(page, "w"), part(page, "beyond")
    box.fill("999")
    box.press("Enter")
    expect(said).to_have_text("The map has w from 4 to 8, not 999: the nearest is taken.")
    expect(box).to_have_value("8")
    box.fill("")
    box.press("Enter")
    expect(said).to_have_text("w must be a number from 4 to 8. The one before is kept.")
    settle(page)
    box.fill("6")
    box.press("Enter")
    expect(said).to_be_empty()
    box.press("Control+a")
    box.press_sequentially("5,5")
    expect(box).to_have_value("5.5")


def test_another_rate_shows_its_own_longest_step(visit: Visit) -> None:
    page = visit(f"{PAGE}?views=cliff.step:163")
    slider = page.get_by_role("slider", name="Learning rate")
    slider.focus()
    slider.press("ArrowLeft")
    page.wait_for_url(re.compile(r"cliff\.rate%3A0\.09"))
    settle(page)
    settings = Settings(*USUAL, rate=0.09)
    descents = descend(settings), descend(replace(settings, max_norm=1.0))
    expect_numbers_of(page, descents, descents[0].longest)


def test_the_page_is_as_it_was_when_one_comes_back(visit: Visit) -> None:
    page = visit(f"{PAGE}?views=cliff.b:-2.5 cliff.step:61 cliff.w:5")
    page.keyboard.press("ArrowRight")
    page.wait_for_url(re.compile(r"cliff\.step%3A62"))
    settle(page)
    page.get_by_role("link", name="Gates").click()
    page.wait_for_url(re.compile("/Gates"))
    settle(page)
    page.get_by_role("link", name="Clipping").click()
    page.wait_for_url(re.compile("/Clipping"))
    settle(page)
    expect(part(page, "step")).to_have_text("step 62 of 399")
    expect_numbers_of(page, both(5.0, -2.5), 62)


def test_the_surface_in_three_dimensions(visit: Visit) -> None:
    page = visit(PAGE)
    page.get_by_role("radio", name="In 3-D").click()
    settle(page)
    surface = page.locator(".js-plotly-plot .gl-container canvas").first
    expect(surface).to_be_visible()
    expect(shown_charts(page)).to_have_count(1)
    surface.hover()
    before = scrolled(page)
    page.mouse.wheel(0, -100)
    until(page, lambda: scrolled(page) < before)


def scrolled(page: Page) -> float:
    return float(page.get_by_test_id("stMain").evaluate("main => main.scrollTop"))


def test_words_on_the_map_do_not_cover_each_other(visit: Visit, page: Page) -> None:
    page.add_init_script(
        """window.words = [];
        const write = CanvasRenderingContext2D.prototype.fillText;
        CanvasRenderingContext2D.prototype.fillText = function (text, x, y) {
          if (this.font.startsWith("600 14px")) window.words.push([text, x, y, this.measureText(text).width]);
          return write.call(this, text, x, y);
        };"""
    )
    visit(f"{PAGE}?views=cliff.b:-3.44 cliff.max_norm:5 cliff.rate:0.5 cliff.step:190 cliff.w:7.1")
    expect(part(page, "step")).to_have_text("step 190 of 399")
    words: list[tuple[str, float, float, float]] = page.evaluate("window.words.slice(-4)")
    assert [text.partition(",")[0] for text, *_ in words[::2]] == ["unclipped", "clipped"]
    boxes = [(x, y, x + width, y + 14) for _, x, y, width in words]
    for k, (left, top, right, bottom) in enumerate(boxes):
        assert not [
            other
            for other in boxes[k + 1 :]
            if left < other[2] and other[0] < right and top < other[3] and other[1] < bottom
        ]


def test_a_narrow_window_holds_it_all(visit: Visit, page: Page) -> None:
    page.set_viewport_size({"width": 400, "height": 800})
    visit(PAGE)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    for name in ("map", "numbers", "scrub"):
        box = part(page, name).bounding_box()
        assert box is not None
        assert box["x"] + box["width"] <= 400


def _step(page: Page) -> int:
    found = re.match(r"step (\d+) of", part(page, "step").text_content() or "")
    assert found
    return int(found[1])
