"""Writing and reading, temperature and learning in a real browser: every step the network's own, by hand and played."""

import re
from collections.abc import Callable
from typing import Final

import pytest
from playwright.sync_api import Locator, Page, expect

from rnnviz import characters
from rnnviz.characters.generating import Writing, generate, score
from rnnviz.ui.pages.characters import writing as writing_view
from rnnviz.ui.widgets.character_networks import sign
from tests.browser.waiting import PATIENCE, settle, shown_charts

Visit = Callable[[str], Page]
PAGE: Final = "/Characters"
PROMPT: Final = writing_view.PROMPTS["python"]
LAST: Final = len(PROMPT) + writing_view.LENGTH - 2


@pytest.fixture(scope="module")
def usual() -> Writing:
    """What stands on the page when it is opened."""
    return generate(
        characters.load("python-lstm"), PROMPT, count=writing_view.LENGTH,
        temperature=writing_view.TEMPERATURE, seed=writing_view.SEED,
    )  # fmt: skip


NOTED: Final = """(widget) => {
  window.steps = [];
  const note = () => window.steps.push(Number(widget.dataset.t));
  new MutationObserver(note).observe(widget, { attributeFilter: ["data-t"] });
}"""
"""Notes the steps of a text that is played, which may be over before anybody asks."""


def part(page: Page, name: str) -> Locator:
    return page.locator(f".writing [data-part={name}]")


def expect_step(page: Page, t: int) -> None:
    expect(page.locator(".writing")).to_have_attribute("data-t", str(t), timeout=PATIENCE)


def written(page: Page) -> str:
    """The text that is to be seen."""
    return "".join(part(page, "text").locator("span:not(.later)").all_text_contents())


def ten(page: Page) -> list[tuple[str, str]]:
    """The likeliest next characters with their numbers."""
    rows = part(page, "ten").locator("li").all()
    return [(row.locator(".letter").inner_text(), row.locator(".number").inner_text()) for row in rows]


def test_it_opens_with_a_whole_text(visit: Visit, usual: Writing) -> None:
    page = visit(PAGE)
    expect_step(page, LAST)
    assert written(page) == usual.text
    expect(part(page, "caption")).to_contain_text("LSTM, 256 units, 96 characters")
    expect(page.get_by_text("Ask yourself.")).to_be_visible()
    answer = page.get_by_text("It is unsure at a word's first characters")
    expect(answer).not_to_be_visible()
    page.get_by_text("The answer", exact=True).click()
    expect(answer).to_be_visible()


def test_a_prompt_stands_there_from_the_beginning(visit: Visit, usual: Writing) -> None:
    page = visit(PAGE)
    page.keyboard.press("Home")
    expect_step(page, 0)
    assert written(page) == PROMPT


def test_at_temperature_0_the_likeliest_is_chosen_and_nothing_drawn(visit: Visit, usual: Writing) -> None:
    page = visit(f"{PAGE}?views=characters.temperature:0")
    expect_step(page, LAST)
    found = generate(characters.load("python-lstm"), PROMPT, count=writing_view.LENGTH, temperature=0, seed=0)
    assert written(page) == found.text != usual.text
    assert found.ids[-1] == found.logits[-1].argmax()
    own = f"T = 0; p = {2 ** -found.bits[-1]:.3f} at T = 1"
    expect(part(page, "detail")).to_contain_text(f"chosen (argmax) with p = 1.000 ({own})")
    expect(part(page, "likely")).to_contain_text("probability at T = 0")
    assert [number for _, number in ten(page)] == ["1.000", *["0.000"] * 9]
    expect(part(page, "ten").locator("li").first).to_contain_text("chosen")
    page.keyboard.press("Home")
    expect(part(page, "detail")).to_contain_text("given, with p = ")


@pytest.mark.smoke("writing")
def test_keys_step_and_each_step_is_what_the_network_says(visit: Visit, usual: Writing) -> None:
    page = visit(PAGE)
    page.keyboard.press("Home")
    expect_step(page, 0)
    for _ in range(30):
        page.keyboard.press("ArrowRight")
    expect_step(page, 30)
    assert written(page) == usual.text[:32]
    shown = ten(page)
    order = usual.probabilities[30].argsort()[::-1]
    for (letter, number), k in zip(shown[:5], order, strict=False):
        assert letter == sign(characters.load("python-lstm").alphabet.symbols[k])
        assert abs(float(number.replace("< ", "")) - usual.probabilities[30, k]) < 0.0011
    detail = part(page, "detail")
    expected = f"(expected by the network: {usual.entropies[30]:.2f})"
    expect(detail).to_contain_text(f"Surprise at T = 1: {usual.bits[30]:.2f} bits {expected}")
    expect(part(page, "token")).to_have_text(f"{sign(usual.text[30])} → {sign(usual.text[31])}")
    page.keyboard.press("ArrowLeft")
    expect_step(page, 29)
    assert written(page) == usual.text[:31]


def test_the_step_outlives_a_reload(visit: Visit) -> None:
    page = visit(PAGE)
    page.keyboard.press("Home")
    for _ in range(20):
        page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile(r"characters\.step%3D20"), timeout=PATIENCE)
    settle(page)
    page.reload()
    settle(page)
    expect_step(page, 20)


def test_play_writes_from_the_end_of_the_prompt_and_pauses(visit: Visit, usual: Writing) -> None:
    page = visit(PAGE)
    expect_step(page, LAST)
    page.locator(".writing").get_by_label("Speed").select_option("30")  # it begins calmly for this visitor
    page.locator(".writing").evaluate(NOTED)
    page.locator(".writing .play").click()
    page.wait_for_function("() => window.steps.at(-1) >= 50 && window.steps.at(-1) < window.steps[0] + 300")
    page.locator(".writing .play").click()
    assert page.evaluate("window.steps[0]") < 100
    t = int(page.locator(".writing").get_attribute("data-t") or 0)
    assert 40 < t < LAST
    assert written(page) == usual.text[: t + 2]
    page.wait_for_timeout(300)
    expect_step(page, t)


def test_another_seed_writes_another_text_from_its_end(visit: Visit, usual: Writing) -> None:
    page = visit(f"{PAGE}?entries=characters.step%3D9")
    expect_step(page, 9)
    page.get_by_role("button", name="Another seed").click()
    expect(page).to_have_url(re.compile("characters.seed"), timeout=PATIENCE)
    settle(page)
    expect_step(page, LAST)
    assert written(page) != usual.text
    expect(page).not_to_have_url(re.compile(r"characters\.step"))


def test_a_prompt_is_taken_and_what_it_becomes_is_said(visit: Visit) -> None:
    page = visit(PAGE)
    box = page.get_by_role("textbox", name="Prompt")
    box.fill("class Café")
    box.press("Control+Enter")
    expect(page.get_by_text("é is not in the alphabet of the network and is replaced by ?")).to_be_visible(
        timeout=PATIENCE
    )
    settle(page)
    assert written(page).startswith("class Caf?")
    expect(page).to_have_url(re.compile("characters.prompt"))


def test_blanks_at_the_end_of_a_line_stay_in_sight(visit: Visit) -> None:
    page = visit(f"{PAGE}?entries=characters.prompt%3D%2B%2B%2B")
    marks = part(page, "text").locator("span")
    expect(marks).to_have_count(3 + writing_view.LENGTH, timeout=PATIENCE)
    ends = marks.evaluate_all("all => all.map((mark) => mark.offsetLeft + mark.offsetWidth)")
    assert max(ends) <= part(page, "text").evaluate("box => box.clientWidth")


def test_of_a_text_that_is_too_long_the_beginning_is_read_and_that_is_said(visit: Visit) -> None:
    page = visit(f"{PAGE}?views=characters.task:it-reads-your-text")
    box = page.get_by_role("textbox", name="Your text")
    box.fill("pass\n" * 401)
    box.press("Control+Enter")
    told = "A text must have at most 2,000 characters; got 2,005: the first 2,000 are used"
    expect(page.get_by_text(told)).to_be_visible(timeout=PATIENCE)
    settle(page)
    expect(part(page, "text").locator("span")).to_have_count(2_000, timeout=PATIENCE)


def test_a_click_in_the_text_and_on_the_guesses_goes_to_the_step(visit: Visit) -> None:
    page = visit(PAGE)
    part(page, "text").locator("span").nth(7).click()
    expect_step(page, 7)
    guesses = part(page, "guesses")
    guesses.scroll_into_view_if_needed()
    guesses.click(position={"x": 78 + 2.5 * 23, "y": 60})
    expect_step(page, 2)
    guesses.hover(position={"x": 78 + 1.5 * 23, "y": 60})
    expect(part(page, "detail")).to_contain_text(f"t = 1: the input is “{PROMPT[1]}”")


def test_a_text_of_the_visitors_is_read(visit: Visit) -> None:
    page = visit(f"{PAGE}?views=characters.task:it-reads-your-text")
    box = page.get_by_role("textbox", name="Your text")
    text = "for line in lines:\n    print(line)\n"
    box.fill(text)
    box.press("Control+Enter")
    expect(part(page, "step")).to_have_text(f"t = {len(text) - 2} of {len(text) - 2}", timeout=PATIENCE)
    settle(page)
    wanted = score(characters.load("python-lstm"), text)
    assert written(page) == text
    expect(page.get_by_test_id("stMetricValue").first).to_have_text(f"{wanted.bits.mean():.2f}")
    page.keyboard.press("Escape")
    part(page, "numbers").locator("summary").click()
    rows = part(page, "table").locator("tr")
    expect(rows).to_have_count(len(text))
    cells = rows.nth(8).locator("td").all_text_contents()
    assert cells[:3] == ["7", sign(text[7]), sign(text[8])]
    assert float(cells[4]) == pytest.approx(wanted.bits[7], abs=6e-4)


def test_temperatures_beside_each_other(visit: Visit) -> None:
    page = visit(f"{PAGE}?views=characters.view:temperature")
    expect(page.get_by_text("What you see.")).to_be_visible()
    expect(shown_charts(page)).to_have_count(3, timeout=PATIENCE)
    for number in (".1065", ".7870", ".2119", ".5761", ".3104", ".3792"):
        expect(shown_charts(page).last.get_by_text(number, exact=True).first).to_be_attached()
    model = characters.load("python-lstm")
    for temperature in (0.3, 0.7, 1.2):
        text = generate(model, PROMPT, count=240, temperature=temperature, seed=writing_view.SEED).text
        expect(page.get_by_role("region", name=f"Generated text at T =  {temperature}")).to_have_text(text)
    page.get_by_text("T = 1.2", exact=True).first.click()
    expect(page).to_have_url(re.compile("characters.temperatures"), timeout=PATIENCE)
    settle(page)
    expect(page.get_by_role("region", name="Generated text at")).to_have_count(2)


def test_one_training_asked_four_times(visit: Visit) -> None:
    page = visit(f"{PAGE}?views=characters.view:learning")
    texts = page.get_by_role("region", name="Generated text")
    expect(texts).to_have_count(4, timeout=PATIENCE)
    start = generate(
        characters.load("python-lstm@start"),
        PROMPT,
        count=280,
        temperature=writing_view.TEMPERATURE,
        seed=writing_view.SEED,
    ).text
    assert "".join(start.split()) in "".join(texts.first.inner_text().split())
    for word in ("Start", "Early", "Middle", "End"):
        expect(page.locator("strong").get_by_text(word, exact=True).first).to_be_visible()


def test_dark(visit: Visit, page: Page) -> None:
    page.emulate_media(color_scheme="dark")
    visit(PAGE)
    expect_step(page, LAST)
    background = part(page, "guesses").evaluate(
        "(canvas) => [...canvas.getContext('2d').getImageData(90, 3, 1, 1).data].slice(0, 3)"
    )
    assert sum(background) < 3 * 80


def test_the_page_in_a_narrow_window(visit: Visit, page: Page) -> None:
    page.set_viewport_size({"width": 480, "height": 900})
    visit(PAGE)
    expect_step(page, LAST)
    assert part(page, "guesses").evaluate("(canvas) => canvas.clientWidth") <= 480
    over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert over <= 0


def test_every_temperature_is_in_reach_in_a_narrow_window(visit: Visit, page: Page) -> None:
    page.set_viewport_size({"width": 480, "height": 900})
    visit(f"{PAGE}?views=characters.view:temperature")
    hottest = page.get_by_role("button", name="T = 2", exact=True).bounding_box()
    assert hottest is not None
    assert hottest["x"] + hottest["width"] <= 480
