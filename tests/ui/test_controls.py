import hashlib

import pytest
from streamlit.testing.v1 import AppTest

from tests.ui.test_link import LONG_NUMBERS

LONG_WORDS = " ".join(hashlib.sha256(bytes([k % 256, k // 256])).hexdigest()[:36] for k in range(499))
"""499 words that do not compress into a link."""


def page(changes):
    import streamlit as st

    from rnnviz.ui import controls, state

    if "begun" not in st.session_state:
        state.update(**changes)
    st.session_state["begun"] = True
    controls.input_box(state.current())


def session(**changes):
    at = AppTest.from_function(page, default_timeout=20, kwargs={"changes": changes})
    return run(at)


def run(at):
    at.run()
    assert not at.exception
    return at


def captions(at):
    return [caption.value for caption in at.caption]


def test_a_text_that_fits_the_link_needs_no_word():
    assert captions(session()) == []


@pytest.mark.parametrize(
    ("changes", "texts"),
    [
        ({"numbers": LONG_NUMBERS}, "numbers"),
        ({"numbers": LONG_NUMBERS, "input": "words"}, "numbers"),
        ({"words": LONG_WORDS, "input": "words"}, "words"),
        ({"numbers": LONG_NUMBERS, "words": LONG_WORDS}, "numbers and words"),
    ],
    ids=["numbers", "numbers out of sight", "words", "both"],
)
def test_a_text_too_long_for_the_link_is_told_on_every_run(changes, texts):
    told = [f"The {texts} are too long for the link to this page; it holds everything else."]
    at = session(**changes)
    assert captions(at) == told
    assert captions(run(at)) == told


def test_a_text_typed_too_long_and_shortened():
    at = session()
    at.text_area(key="text_numbers").set_value(LONG_NUMBERS)
    assert len(captions(run(at))) == 1
    at.text_area(key="text_numbers").set_value("1 2")
    assert captions(run(at)) == []
