"""What comes and goes above a box for text leaves the box in its place, where a visitor may be typing."""

import pytest

from tests.ui.opened import boxes, opened


@pytest.mark.parametrize(
    ("address", "key", "wrong"),
    [
        ("/Step_through?cell=lstm&trained=characters-python&input=words&words=a", "text_words", ""),
        ("/Step_through?cell=lstm&input=words&words=not", "text_words", ""),
        ("/Interventions?cell=gru&trained=brackets&input=words&words=f(x)", "text_words", ""),
        (
            "/Interventions?cell=gru&trained=brackets&input=words&words=f(x)&views=interventions.do:patch",
            "interventions.box_units",
            "99",
        ),
        ("/Hidden_states?cell=gru&trained=brackets&input=words&words=f(x)", "text_words", ""),
    ],
)
def test_what_is_wrong_moves_no_box(address: str, key: str, wrong: str) -> None:
    at = opened(address)
    before = boxes(at)
    box = next(one for one in (*at.text_area, *at.text_input) if one.key == key)
    box.set_value(wrong).run()
    assert at.error
    assert boxes(at) == before
