"""The page of sequences in a real browser: every kind fed, stepped, linked and reloaded, by mouse and by keys."""

import re
from collections.abc import Callable
from typing import Final
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from rnnviz.attention.tasks import LONGEST
from rnnviz.palette import GROUNDS
from rnnviz.sequences import KINDS, LABELS, PROBLEMS, Unrolled, unroll
from tests.browser.waiting import PATIENCE, settle, steady, until

Visit = Callable[[str], Page]
PAGE: Final = "/Sequences"
NOTED: Final = """(step) => {
  window.steps = [];
  new MutationObserver(() => window.steps.push(step.textContent)).observe(step, { childList: true });
}"""
"""Notes the steps that are played, which may be over before anybody asks."""


def at(problem: str, *more: str) -> str:
    """The address of a problem."""
    views = [f"sequences.kind:{PROBLEMS[problem].kind}", *more]
    if problem == "word-classes":
        views.append("sequences.in_step:words-to-their-parts-of-speech")
    return f"{PAGE}?views={' '.join(views)}"


def part(page: Page, name: str, of: str = "unrolled") -> Locator:
    return page.locator(f".{of} [data-part={name}]")


def box(page: Page, problem: str) -> Locator:
    return page.get_by_label(PROBLEMS[problem].asks, exact=True)


def numbers(page: Page) -> list[list[str]]:
    """The table under the drawing, without its heads."""
    details = part(page, "numbers")
    if details.get_attribute("open") is None:
        details.locator("summary").click()
    rows = part(page, "table").locator("tr")
    expect(rows.nth(1)).to_be_visible()
    return [row.locator("td").all_text_contents() for row in rows.all()[1:]]


def expect_drawn(page: Page, found: Unrolled) -> None:
    """The table and the bars say what the network did."""
    last = found.steps - 1
    expect(part(page, "step")).to_have_text(f"t = {last} of {last}", timeout=PATIENCE)
    expect(part(page, "detail")).to_contain_text(f"“{found.inputs[-1]}”", timeout=PATIENCE)
    rows = numbers(page)
    assert len(rows) == found.steps
    for t, row in enumerate(rows):
        assert row[:3] == [str(t), found.inputs[t] or "–", found.outputs[t] or "–"]
        assert row[3] == (f"{found.probabilities[t].max():.6f}" if found.outputs[t] else "–")


@pytest.mark.parametrize("problem", PROBLEMS)
def test_every_problem_is_fed_and_drawn_with_the_networks_numbers(visit: Visit, problem: str) -> None:
    page = visit(at(problem))
    expect_drawn(page, unroll(problem, PROBLEMS[problem].samples[0]))
    text = PROBLEMS[problem].samples[1]
    box(page, problem).fill(text)
    box(page, problem).press("Enter")
    expect(page).to_have_url(re.compile("entries="), timeout=PATIENCE)
    settle(page)
    expect_drawn(page, unroll(problem, text))
    page.reload()
    settle(page)
    expect(box(page, problem)).to_have_value(text)
    expect_drawn(page, unroll(problem, text))


@pytest.mark.smoke("sequence_kinds")
def test_kinds_are_chosen_by_mouse_and_by_keys(visit: Visit) -> None:
    page = visit(f"{PAGE}?views=sequences.kind:one-to-one")
    group = page.get_by_role("group", name="Kind of sequence problem")
    expect(group.get_by_role("radio")).to_have_count(5)
    expect(page.get_by_role("radio", name=re.compile("^One to one"))).to_be_checked()
    group.get_by_text(LABELS["many-to-one"], exact=True).click()
    expect(page).to_have_url(re.compile("many-to-one"), timeout=PATIENCE)
    expect(part(page, "title")).to_have_text(re.compile("^Many to one"), timeout=PATIENCE)
    settle(page)
    radio = page.get_by_role("radio", name=re.compile("^Many to one"))
    radio.focus()
    radio.press("ArrowRight")
    expect(page).to_have_url(re.compile("in-step"), timeout=PATIENCE)
    expect(part(page, "title")).to_have_text(re.compile("^Many to many, in step"), timeout=PATIENCE)


def test_what_was_chosen_can_be_chosen_again_after_a_step_back(visit: Visit) -> None:
    page = visit(f"{PAGE}?views=sequences.kind:one-to-one")
    for _ in range(2):
        page.get_by_text(LABELS["one-to-many"], exact=True).click()
        expect(page).to_have_url(re.compile("one-to-many"), timeout=PATIENCE)
        expect(part(page, "title")).to_have_text(re.compile("^One to many"), timeout=PATIENCE)
        settle(page)
        page.go_back()
        expect(page).not_to_have_url(re.compile("one-to-many"), timeout=PATIENCE)
        expect(part(page, "title")).to_have_text(re.compile("^One to one"), timeout=PATIENCE)
        expect(page.get_by_role("radio", name=re.compile("^One to one"))).to_be_checked()
        settle(page)


@pytest.mark.smoke("unrolled")
def test_steps_by_keys_are_kept_in_the_link(visit: Visit) -> None:
    page = visit(at("counting"))
    found = unroll("counting", "5")
    expect(part(page, "step")).to_have_text("t = 5 of 5")
    page.keyboard.press("Home")
    expect(part(page, "detail")).to_contain_text("At t = 0 of 5 the input is “5”")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(part(page, "detail")).to_contain_text("the input is “2”, the network’s own output at t = 1")
    expect(part(page, "detail")).to_contain_text(
        f"The output is “3” with probability {found.probabilities[2].max():.3f}"
    )
    expect(page).to_have_url(re.compile("sequences.step"), timeout=PATIENCE)
    settle(page)
    expect(part(page, "step")).to_have_text("t = 2 of 5")
    page.reload()
    settle(page)
    expect(part(page, "step")).to_have_text("t = 2 of 5")
    later = page.locator(".unrolled [data-step='3']")
    expect(later).to_have_class("later")
    bars = part(page, "bars").locator("span").all_text_contents()
    assert bars[:2] == ["3", f"{found.probabilities[2].max():.3f}"]
    assert bars[-1] == "< 0.001", "none of them is zero"


def test_it_plays(visit: Visit) -> None:
    page = visit(at("digit-word"))
    box(page, "digit-word").fill("314")
    box(page, "digit-word").press("Enter")
    expect(part(page, "step")).to_have_text("t = 2 of 2", timeout=PATIENCE)
    settle(page)
    page.get_by_label("Speed").select_option("8")
    page.get_by_role("button", name="Play (Space)").click()
    expect(part(page, "step")).to_have_text("t = 2 of 2", timeout=PATIENCE)
    expect(part(page, "detail")).to_contain_text("is computed from the input alone")


def test_a_long_row_of_bits_is_played_to_its_end(visit: Visit) -> None:
    page = visit(at("parity") + f"&entries=sequences.parity%3D{'10' * 45}")
    expect(part(page, "step")).to_have_text("t = 89 of 89", timeout=PATIENCE)
    page.get_by_label("Speed").select_option("30")
    part(page, "step").evaluate(NOTED)
    page.get_by_role("button", name="Play (Space)").click()
    page.wait_for_function("() => window.steps.length > 1")
    assert re.fullmatch("t = [0-9] of 89", page.evaluate("window.steps[0]"))
    expect(part(page, "step")).to_have_text("t = 89 of 89", timeout=PATIENCE)


def test_a_click_on_a_column_goes_there_and_a_unit_has_its_number(visit: Visit) -> None:
    page = visit(at("parity"))
    found = unroll("parity", PROBLEMS["parity"].samples[0])
    column = page.locator(".unrolled [data-step='1']")
    column.locator(".token").last.click()
    expect(part(page, "step")).to_have_text("t = 1 of 6")
    strip = column.locator("rect[width='30']").nth(3)
    strip.hover()
    tip = page.locator(".unrolled .tip")
    expect(tip).to_have_text(re.compile(r"^h\[3\] at t = 1: "))
    shown = float((tip.text_content() or "").rpartition(" ")[2].replace("−", "-"))
    assert shown == pytest.approx(float(found.h[1, 3]), rel=1e-6)


@pytest.mark.parametrize(
    ("problem", "text", "told"),
    [
        ("digit-word", "seven", "Enter only digits (0 to 9)"),
        ("counting", "21", "Enter a whole number from 1 to 20; got “21”"),
        ("parity", "1 2", "Enter only bits (0 or 1)"),
        ("reversing", "1" * (LONGEST + 1), f"at most {LONGEST} digits"),
    ],
)
def test_bad_input_is_answered_and_taken_back(visit: Visit, problem: str, text: str, told: str) -> None:
    page = visit(at(problem))
    box(page, problem).fill(text)
    box(page, problem).press("Enter")
    expect(page.get_by_test_id("stAlert")).to_contain_text(told, timeout=PATIENCE)
    expect(page.get_by_test_id("stAlert")).to_contain_text("The picture still shows")
    expect_drawn(page, unroll(problem, PROBLEMS[problem].samples[0]))
    page.get_by_role("button", name=PROBLEMS[problem].samples[0], exact=True).click()
    expect(page.get_by_test_id("stAlert")).to_have_count(0, timeout=PATIENCE)
    settle(page)
    expect_drawn(page, unroll(problem, PROBLEMS[problem].samples[0]))


def test_what_is_typed_is_never_markup(visit: Visit) -> None:
    page = visit(at("review"))
    box(page, "review").fill("<img src=x onerror=alert(1)> & a <b>great</b> film")
    box(page, "review").press("Enter")
    expect(part(page, "detail")).to_contain_text("“film”", timeout=PATIENCE)
    assert page.locator(".unrolled img").count() == 0


def test_a_long_word_stays_in_its_place(visit: Visit) -> None:
    word = "a" * 300
    page = visit(at("review") + f"&entries=sequences.review%3D{word}%2Bgood")
    frame = page.locator(".unrolled [data-step] rect").first.bounding_box()
    token = page.locator(".unrolled .token").first.bounding_box()
    assert frame is not None
    assert token is not None
    assert frame["x"] < token["x"]
    assert token["x"] + token["width"] < frame["x"] + frame["width"]
    expect_inside(part(page, "detail"))
    page = visit(f"{PAGE}?views=sequences.view:text-to-numbers&entries=sequences.sentences%3D{word}")
    expect(part(page, "detail", "text-numbers")).to_contain_text("number 1", timeout=PATIENCE)
    expect_inside(part(page, "detail", "text-numbers"))
    expect_inside(part(page, "tokens", "text-numbers"))
    expect_inside(part(page, "words", "text-numbers"))


def expect_inside(piece: Locator) -> None:
    """Nothing of a piece of the page goes beyond its width."""
    assert piece.evaluate("piece => piece.scrollWidth <= piece.clientWidth")


def test_on_to_attention_with_the_same_digits(visit: Visit) -> None:
    page = visit(at("reversing") + "&entries=sequences.reversing%3D27182818284590452353")
    page.get_by_test_id("stMain").get_by_role("link", name="Attention").click()
    expect(page.locator(".decoding [data-part=text]")).to_have_value("27182818284590452353", timeout=PATIENCE)
    expect(page.locator(".decoding [data-part=title]")).to_have_text(re.compile("^Without attention"))


def test_into_step_through_with_the_same_network_and_input(visit: Visit) -> None:
    page = visit(at("parity"))
    page.get_by_test_id("stMain").get_by_role("link", name="Step through").click()
    expect(page).to_have_url(re.compile("Step_through"), timeout=PATIENCE)
    settle(page)
    query = parse_qs(urlsplit(page.url).query)
    assert (query["trained"], query["words"]) == (["parity"], ["1011001"])
    expect(page.locator(".step-through [data-part=step]")).to_have_text("t = 0 of 6", timeout=PATIENCE)


@pytest.mark.parametrize("presenting", ["", "&present=1"], ids=["page", "slide"])
@pytest.mark.parametrize("screen", [(1366, 768), (1024, 768), (1440, 900), (1920, 1080)], ids=str)
def test_inputs_are_on_screen_with_the_outputs(
    visit: Visit, page: Page, screen: tuple[int, int], presenting: str
) -> None:
    page.set_viewport_size({"width": screen[0], "height": screen[1]})
    visit(f"{at('parity')}{presenting}")
    column = page.locator(".unrolled [data-step='6']")
    bit = column.locator(".token").first
    expect(bit).to_have_text("1", timeout=PATIENCE)
    until(page, lambda: steady(column)["y"] + steady(column)["height"] <= screen[1])
    box = steady(bit)
    under = page.evaluate(
        "([x, y]) => document.elementFromPoint(x, y).shadowRoot.elementFromPoint(x, y).closest('.rail')",
        [box["x"] + box["width"] / 2, box["y"] + box["height"] / 2],
    )
    assert under is None, "the player covers no input"


@pytest.mark.parametrize("kind", KINDS)
def test_it_fits_a_narrow_and_a_dark_window(visit: Visit, page: Page, kind: str) -> None:
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 480, "height": 900})
    visit(f"{PAGE}?views=sequences.kind:{kind}")
    expect(part(page, "title")).to_have_text(re.compile(f"^{LABELS[kind]}"), timeout=PATIENCE)
    drawn = page.locator(".unrolled svg[role=img]").bounding_box()
    assert drawn is not None
    assert drawn["x"] > 0
    assert drawn["x"] + drawn["width"] <= 480
    assert page.locator(".unrolled [data-step] rect").first.get_attribute("stroke") in GROUNDS["dark"].values()


def test_one_place_is_marked_in_every_stage(visit: Visit) -> None:
    page = visit(f"{PAGE}?views=sequences.view:text-to-numbers")
    detail = part(page, "detail", "text-numbers")
    array = part(page, "array", "text-numbers")
    array.locator("[data-i='1'][data-t='4']").hover()
    expect(detail).to_contain_text("is “film”, number 2: x[1, 4] = 2, mask 1.")
    expect(page.locator(".text-numbers [data-i].at")).to_have_count(3)
    expect(part(page, "words", "text-numbers").locator(".at")).to_have_text("2film")
    array.locator("[data-i='0'][data-t='4']").focus()
    page.keyboard.press("ArrowRight")
    expect(detail).to_contain_text("is padding: sentence 0 has 5 tokens. x[0, 5] = 0, mask 0")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Home")
    expect(detail).to_contain_text("is “The”, number 1: x[1, 0] = 1")
    expect(array.locator("[data-i='1'][data-t='0']")).to_be_focused()
    sentences = page.get_by_label("Sentences, one a line")
    sentences.fill("<b>bold</b>\nword word")
    sentences.press("Control+Enter")
    expect(part(page, "shape", "text-numbers")).to_have_text("x.shape = (2, 8)", timeout=PATIENCE)
    assert page.locator(".text-numbers b b, .text-numbers .token b").count() == 0


def test_two_orders_and_two_trainings(visit: Visit) -> None:
    page = visit(f"{PAGE}?views=sequences.view:order")
    page.get_by_role("button", name="Never boring").click()
    expect(page.get_by_label("First text", exact=True)).to_have_value(
        "it was never boring and always good", timeout=PATIENCE
    )
    settle(page)
    page.reload()
    settle(page)
    expect(page.get_by_label("Second text", exact=True)).to_have_value(
        "it was never good and always boring", timeout=PATIENCE
    )
    page.get_by_role("radio", name="Embeddings").click()
    expect(page).to_have_url(re.compile("sequences.view%3Aembeddings|sequences.view:embeddings"), timeout=PATIENCE)
    settle(page)
    page.get_by_role("radio", name="Before training").click()
    expect(page.get_by_text("Before training, the positions of words are random")).to_be_visible(timeout=PATIENCE)


AFTER_EACH_OTHER: Final = """async ([first, second, gap]) => {
  const choices = () => [...document.querySelectorAll("button, [role=radio]")];
  const press = (label) => choices().find((one) => one.textContent.trim() === label)?.click();
  press(first);
  await new Promise((then) => setTimeout(then, gap));
  press(second);
}"""


def test_choices_that_follow_each_other_at_once_leave_a_whole_page(visit: Visit) -> None:
    """The second breaks off the run of the first, of which a part is told already."""
    for gap in (40, 80, 110, 40):
        page = visit(at("word-classes", "sequences.view:embeddings"))
        page.evaluate(AFTER_EACH_OTHER, ["Reviews", "Before training", gap])
        settle(page)
        expect(page.get_by_role("heading", name="Sequences")).to_be_visible()
        page.goto("about:blank")
