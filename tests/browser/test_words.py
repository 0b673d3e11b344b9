"""Word vectors and masked words in a real browser: by keys, in the link, and after a reload."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from rnnviz import words
from tests.browser.waiting import PATIENCE, settle

Visit = Callable[[str], Page]


def test_a_sentence_is_typed_its_blank_is_moved_by_keys_and_both_are_kept(visit: Visit) -> None:
    page = visit("/Sequences?views=sequences.view:masked-word")
    box = page.get_by_label("A sentence", exact=True)
    box.fill("I was on the edge of my seat.")
    box.press("Enter")
    expect(page).to_have_url(re.compile("entries="), timeout=PATIENCE)
    settle(page)
    blank = page.get_by_role("radiogroup", name="Blank")
    expect(blank.get_by_role("radio")).to_have_count(9)
    blank.get_by_role("radio").nth(4).focus()
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile(r"sequences\.blank(:|%3A)5"), timeout=PATIENCE)
    settle(page)
    p = words.load().guesses("I was on the edge of my seat.").correct()[2, 5]
    expect(page.get_by_test_id("stTable").first).to_contain_text("probability of “of”", timeout=PATIENCE)
    expect(page.get_by_test_id("stTable").first).to_contain_text(f"{p:.3f}")
    page.reload()
    settle(page)
    expect(page.get_by_label("A sentence", exact=True)).to_have_value("I was on the edge of my seat.")
    expect(page.get_by_role("radiogroup", name="Blank").get_by_role("radio").nth(5)).to_be_checked()


def test_word_vectors_are_trained_and_the_window_moves(visit: Visit) -> None:
    page = visit("/Sequences?views=sequences.view:word-vectors sequences.epochs:2")
    expect(page.get_by_text("Odd one out.")).to_be_visible(timeout=PATIENCE)
    settle(page)
    number = page.get_by_role("spinbutton", name="Update", exact=True)
    number.focus()
    number.press("ArrowUp")
    number.press("Enter")
    expect(page).to_have_url(re.compile(r"sequences\.pair(:|%3A)1"), timeout=PATIENCE)
    expect(page.get_by_test_id("stTable").first).to_contain_text("the, was", timeout=PATIENCE)
