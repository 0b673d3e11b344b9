"""Every key of the table changes something where the table says that it is heard."""

from collections.abc import Callable
from typing import Final

import pytest
from playwright.sync_api import Page, expect

from rnnviz.ui.shell import keys
from tests.browser.waiting import PATIENCE, settle

Visit = Callable[[str], Page]

ROWS: Final = "%0A".join(f"{k} {20 - k}" for k in range(20))

FOCUSED: Final = {
    "shared/stepper.js": (f"/Step_through?numbers={ROWS}", ".step-through [data-part=scrub]"),
    "step_through/inside.js": ("/Step_through", ".step-through .values"),
    "cliff/cliff.js": ("/Clipping", ".cliff [data-part=map]"),
    "word_gradients/word_gradients.js": (
        "/Gradients?cell=lstm&input=words&views=gradients.view:on-the-input",
        ".word-gradients [tabindex='0']",
    ),
    "review_words/review_words.js": ("/Sentiment", ".review-words svg[tabindex]"),
    "word_weights/word_weights.js": ("/Attention?views=attention.view:sentiment", ".word-weights [role=listbox]"),
    "decoding/decoding.js": ("/Attention", ".decoding [data-part=stage]"),
    "decoding/strips.js": ("/Attention", ".decoding .strips[tabindex]"),
    "colored_text/colored_text.js": ("/Characters?views=characters.view:neurons", ".colored-text [data-part=text]"),
    "phrase/phrase.js": ("/Characters?views=characters.view:match", ".phrase [data-part=text]"),
    "text_numbers/text_numbers.js": (
        "/Sequences?views=sequences.view:text-to-numbers",
        ".text-numbers td[tabindex='0']",
    ),
}
"""Where each module listens: a page, and what has to be in focus there."""

ELSEWHERE: Final = {
    "bar/bar.js": "test_bar.py, test_presenting.py",
    "bar/terms.js": "test_glossary.py",
    "tour/tour.js": "test_tour.py",
    "shared/advance.js": "test_presenting.py, test_tour.py, test_stops.py",
    "step_through/editor.js": "test_step_through.py",
    "live_curves/panel.js": "test_clipping_training.py",
    "shared/box.js": "test_attention.py",
}
"""What needs more than a focus is tested with the rest of its widget."""

UNDONE: Final = frozenset({"Escape", "Enter"})
"""Keys that take back or keep what something else has begun."""

SEEN: Final = """(node) => {
    const root = node.getRootNode();
    const boxes = [...root.querySelectorAll('input')].map((box) => box.value).join();
    return root.firstElementChild.innerHTML + boxes + root.querySelector('[data-part=text]')?.scrollTop;
}"""


def test_every_module_of_the_table_is_tested() -> None:
    assert {module for group in keys.GROUPS for module in group.modules} == set(FOCUSED) | set(ELSEWHERE)


def acts(page: Page, where: str, key: str) -> bool:
    """Whether something in a widget changes with a key."""
    target = page.locator(where).first
    before = target.evaluate(SEEN)
    page.keyboard.press("Space" if key == " " else key)
    for _ in range(12):
        if target.evaluate(SEEN) != before:
            return True
        page.wait_for_timeout(50)
    return False


@pytest.mark.smoke(
    "step_through",
    "cliff",
    "word_gradients",
    "review_words",
    "word_weights",
    "decoding",
    "colored_text",
    "phrase",
    "text_numbers",
)
@pytest.mark.parametrize("module", FOCUSED)
def test_a_key_does_something(visit: Visit, page: Page, module: str) -> None:
    path, where = FOCUSED[module]
    visit(path)
    focus = page.locator(where).first
    expect(focus).to_be_visible(timeout=PATIENCE)
    focus.focus()
    rows = [row for group in keys.GROUPS if module in group.modules for row in group.rows]
    wanted = [key for row in rows for key in reversed(row.keys) if key not in UNDONE]
    idle = set(wanted)
    # There and back: at an end one of two opposite keys has nothing to do.
    for order in (wanted, wanted[::-1], wanted):
        idle = {key for key in order if not (acts(page, where, key) or key not in idle)}
    assert not idle, f"{idle} change nothing in {module}"
    settle(page)
