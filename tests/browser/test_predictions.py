"""A question under every view: chosen, revealed, counted, by mouse and by keys; axe objects to nothing of it."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from rnnviz import page_registry
from tests.browser.test_accessibility import predicted, said, turn_dark
from tests.browser.waiting import PATIENCE, settle, steady

Visit = Callable[[str], Page]

PAGES = [page.address for page in page_registry.PAGES]

LEAST_TYPE = {(1024, 768): 21, (1920, 1080): 27}
"""Two projectors, and the least pixels of type that are legible from the back row there."""

TYPE = """(card) => [...card.querySelectorAll('*')]
    .filter((one) => [...one.childNodes].some((child) => child.nodeType === 3 && child.data.trim()))
    .filter((one) => one.getBoundingClientRect().height > 4 && one.checkVisibility())
    .map((one) => parseFloat(getComputedStyle(one).fontSize) * (one.currentCSSZoom ?? 1))"""


def card_of(page: Page) -> Locator:
    """The question, with its options unfolded."""
    card = page.locator(".st-key-predict")
    expect(card).to_have_count(1, timeout=PATIENCE)
    card.scroll_into_view_if_needed()
    folded = card.locator("details:not([open]) > summary")
    if folded.count():
        folded.click()
        settle(page)
    expect(card.get_by_role("radio").first).to_be_attached(timeout=PATIENCE)
    return card


def options(card: Locator) -> list[str]:
    return card.locator("label:has(input[type=radio])").all_inner_texts()


def choose(page: Page, k: int) -> None:
    option = card_of(page).get_by_role("radio").nth(k)
    card_of(page).locator("label:has(input[type=radio])").nth(k).click()
    expect(option).to_be_checked()
    settle(page)


def reveal(page: Page) -> Locator:
    """Press the button, and wait for the outcome."""
    card_of(page).get_by_role("button", name="Reveal").click()
    outcome = card_of(page).get_by_test_id("stAlert")
    expect(outcome).to_have_count(1, timeout=PATIENCE)
    settle(page)
    return outcome


def marked(page: Page) -> list[int]:
    """The options that are marked as right."""
    labels = card_of(page).locator("label:has(input[type=radio])").all_inner_texts()
    return [k for k, label in enumerate(labels) if "✓" in label]


def answer(page: Page, chosen: int) -> list[int]:
    """Answer the question that stands there, the first of a visit; the options that are right."""
    expect(card_of(page)).not_to_contain_text("correct so far")
    assert not marked(page)
    choose(page, chosen)
    outcome, right = reveal(page), marked(page)
    assert right
    expect(outcome).to_contain_text("✓ Correct." if chosen in right else "✗ Not quite:")
    expect(card_of(page)).to_contain_text(f"{int(chosen in right)} of 1 correct so far")
    expect(card_of(page).get_by_role("radio").first).to_be_disabled()
    assert re.search(r"[0-9]", outcome.inner_text())
    return right


def answer_otherwise(page: Page, right: list[int]) -> None:
    """As another visitor, whose score begins anew: wrongly if the first option was right, else rightly."""
    page.reload()
    settle(page)
    assert answer(page, next(k for k in range(9) if (k in right) != (0 in right))) == right


@pytest.mark.parametrize("name", PAGES)
def test_every_page_asks(visit: Visit, name: str) -> None:
    """Right and wrong, on every page, are in ``tests/ui/test_predictions.py``."""
    page = visit(f"/{name}")
    answer(page, 0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_right_and_wrong_and_axe_objects_to_neither(visit: Visit, scheme: str) -> None:
    page = visit("/Clipping?views=clipping.view:in-code")
    if scheme == "dark":
        turn_dark(page)
    right = answer(page, 0)
    found = predicted(page)
    assert not found, said(found)
    answer_otherwise(page, right)
    found = predicted(page)
    assert not found, said(found)


def test_by_keys_alone(visit: Visit) -> None:
    page = visit("/Step_through?t=1")
    card = card_of(page)
    text = card.get_by_test_id("stMarkdown").first.inner_text()
    card.get_by_role("radio").first.focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    expect(card.get_by_role("radio").nth(1)).to_be_checked()
    settle(page)
    page.keyboard.press("Tab")
    expect(card.get_by_role("button", name="Reveal")).to_be_focused()
    page.keyboard.press("Enter")
    expect(card.get_by_test_id("stAlert")).to_have_count(1)
    settle(page)
    expect(page).to_have_url(re.compile(r"[?&]t=1(&|$)"))  # no key has moved the step
    expect(card.get_by_role("button", name="Revealed")).to_be_focused()
    expect(card.get_by_text("(yours)")).to_have_count(1)
    page.keyboard.press("Tab")
    expect(card.get_by_role("button", name="Another")).to_be_focused()
    page.keyboard.press("Enter")
    expect(card.get_by_test_id("stAlert")).to_have_count(0)
    expect(card.get_by_test_id("stMarkdown").first).not_to_have_text(text)
    expect(card).to_contain_text("of 1 correct so far")


def test_another_input_is_another_question(visit: Visit) -> None:
    page = visit("/Gates?cell=gru&input=words&hidden_size=8")
    text = card_of(page).get_by_test_id("stMarkdown").first.inner_text()
    choose(page, 0)
    reveal(page)
    box = page.get_by_label("Words")
    box.fill("Another film altogether")
    box.press("Control+Enter")
    expect(card_of(page).get_by_test_id("stAlert")).to_have_count(0, timeout=PATIENCE)
    expect(card_of(page).get_by_test_id("stMarkdown").first).to_have_text(text)  # of another input
    expect(card_of(page)).to_contain_text("of 1 correct so far")


def test_a_review_is_asked_about_once_typing_rests(visit: Visit) -> None:
    page = visit("/Sentiment")
    card = card_of(page)
    before = options(card)
    box = page.locator("textarea").first
    box.fill("a wonderful story , and a terrible ending")
    expect(card.get_by_text("wonderful")).to_have_count(1, timeout=PATIENCE)
    settle(page)
    assert not set(before) & set(options(card))
    choose(page, 0)
    expect(reveal(page)).to_contain_text("“wonderful”")
    expect(box).to_have_value("a wonderful story , and a terrible ending")


def test_a_translation_is_asked_about_as_it_is_typed(visit: Visit) -> None:
    page = visit("/Attention")
    card = card_of(page)
    choose(page, 0)
    expect(reveal(page)).to_contain_text("62951413")
    page.get_by_role("textbox").first.fill("2718")
    expect(card.get_by_test_id("stAlert")).to_have_count(0, timeout=PATIENCE)
    choose(page, 0)
    expect(reveal(page)).to_contain_text("8172")


def present(page: Page) -> None:
    page.keyboard.press("p")
    expect(page.locator("html[data-presenting]")).to_have_count(1)
    settle(page)
    expect(page.locator(".st-key-predict")).to_have_count(0, timeout=PATIENCE)


def put_up(page: Page) -> Locator:
    """By its key, until the keyboard is in it."""
    page.keyboard.press("q")
    card = page.locator(".st-key-predict")
    expect(card).to_be_visible(timeout=PATIENCE)
    settle(page)
    told = card.get_by_text("(yours)").count()
    expect(card.locator("button:focus" if told else "input:focus")).to_have_count(1)
    return card


def test_presenting_leaves_it_out_until_it_is_put_up(visit: Visit) -> None:
    page = visit("/Gates")
    card_of(page)
    present(page)
    card = put_up(page)
    expect(page).not_to_have_url(re.compile("question"))
    for key in ("q", "Escape"):
        page.keyboard.press(key)
        expect(card).to_be_hidden()
        settle(page)
        expect(card).to_have_count(0, timeout=PATIENCE)
        expect(page.locator("html[data-presenting]")).to_have_count(1)
        assert page.evaluate("() => document.activeElement === document.body")
        put_up(page)
    page.keyboard.press("p")
    settle(page)
    expect(page.locator("html[data-presenting]")).to_have_count(0)
    expect(card_of(page)).to_have_css("position", "static")
    present(page)


@pytest.mark.parametrize("screen", LEAST_TYPE, ids=str)
def test_put_up_it_is_legible_from_the_back_under_the_picture(
    visit: Visit, page: Page, screen: tuple[int, int]
) -> None:
    page.set_viewport_size({"width": screen[0], "height": screen[1]})
    visit("/Step_through?t=1&present=1")
    card = put_up(page)
    page.keyboard.press("Space")
    settle(page)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(card.get_by_test_id("stAlert")).to_have_count(1, timeout=PATIENCE)
    settle(page)
    expect(card).to_contain_text("of 1 correct so far")
    sizes = [float(size) for size in card.evaluate(TYPE)]
    assert len(sizes) > 6
    assert min(sizes) >= LEAST_TYPE[screen]
    box = steady(card)
    assert box["x"] == 0
    assert box["width"] == screen[0]
    assert abs(box["y"] + box["height"] - screen[1]) < 1
    assert box["y"] > 0.35 * screen[1]  # as much of the picture stays
    expect(page.locator(".step-through .network, .step-through svg").first).to_be_in_viewport()
    expect(page).to_have_url(re.compile(r"[?&]t=1(&|$)"))


def test_put_up_it_is_answered_by_mouse(visit: Visit) -> None:
    page = visit("/Gates?present=1")
    page.get_by_role("button", name="Question").click()
    expect(page.locator(".st-key-predict")).to_be_visible(timeout=PATIENCE)
    settle(page)
    answer(page, 0)
    text = card_of(page).get_by_test_id("stMarkdown").first.inner_text()
    card_of(page).get_by_role("button", name="Another").click()
    expect(card_of(page).get_by_test_id("stMarkdown").first).not_to_have_text(text)
    settle(page)
    expect(page.get_by_role("button", name="Question")).to_have_attribute("aria-pressed", "true")
    card_of(page).get_by_role("button", name="Close").click()
    expect(page.locator(".st-key-predict")).to_have_count(0, timeout=PATIENCE)
    expect(page.get_by_role("button", name="Question")).to_have_attribute("aria-pressed", "false")
    settle(page)
    put_up(page)
    expect(card_of(page)).to_contain_text("of 1 correct so far")


def test_put_up_it_leaves_the_steps_their_keys(visit: Visit) -> None:
    page = visit("/Step_through?present=1")
    put_up(page)
    page.keyboard.press("ArrowRight")
    settle(page)
    expect(page.locator(".step-through .read-out")).to_contain_text("t = 1")  # an option is chosen, no step
    expect(card_of(page).locator("input:checked")).to_have_count(1)
    page.evaluate("() => document.activeElement.blur()")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".step-through .read-out")).to_contain_text("t = 2")
    settle(page)
    expect(page).to_have_url(re.compile(r"[?&]t=2(&|$)"))
    expect(card_of(page)).to_be_visible()
    page.keyboard.press("q")
    expect(page.locator(".st-key-predict")).to_have_count(0, timeout=PATIENCE)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_objects_to_nothing_when_it_is_put_up(visit: Visit, scheme: str) -> None:
    page = visit("/Hidden_states?present=1")
    if scheme == "dark":
        turn_dark(page)
    put_up(page)
    found = predicted(page)
    assert not found, said(found)
    answer(page, 0)
    found = predicted(page)
    assert not found, said(found)


def test_its_key_goes_to_it_and_is_a_letter_where_one_is_typed(visit: Visit) -> None:
    page = visit("/Step_through")
    box = page.locator("textarea").first
    box.click()
    page.keyboard.type("q")
    expect(box).to_have_value(re.compile("q"))
    page.keyboard.press("Escape")
    page.locator("h1").click()
    settle(page)
    expect(page.locator(".st-key-predict")).not_to_be_in_viewport()
    page.keyboard.press("q")
    expect(page.locator(".st-key-predict")).to_be_in_viewport(ratio=0.9)
    expect(page.locator(".st-key-predict :focus")).to_have_count(1)
    page.keyboard.press("ArrowRight")
    expect(page.locator(".st-key-predict input:checked")).to_have_count(1)
    settle(page)
