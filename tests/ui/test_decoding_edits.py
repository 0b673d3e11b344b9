"""Changes of a decoding, as a link writes them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnviz.attention.edits import Forced, Weighed, edited, forced, with_one, without_one
from rnnviz.ui.pages.attention.edits import MOST, read, written
from tests.together import together

EDITS = (Forced(3, "7"), Weighed(4, 2, 0.5), Weighed(4, 0, 0.0), Forced(0, "<end>"), Weighed(5, 1, 1.0))


def test_written_and_read_back() -> None:
    assert written(EDITS) == "3=7;4@2:0.5;4@0:0;0=<end>;5@1:1"
    assert read(written(EDITS)) == EDITS
    assert read("") == ()


def test_what_a_network_is_given() -> None:
    assert forced(EDITS) == {3: "7", 0: "<end>"}
    assert edited(EDITS) == {4: {2: 0.5, 0: 0.0}, 5: {1: 1.0}}


def test_the_last_of_one_place_counts() -> None:
    assert read("3=7;3=8;4@2:0.5;4@2:.25") == (Forced(3, "8"), Weighed(4, 2, 0.25))
    assert with_one(EDITS, Weighed(4, 2, 0.1))[-1] == Weighed(4, 2, 0.1)
    assert len(with_one(EDITS, Weighed(4, 2, 0.1))) == len(EDITS)
    assert without_one(EDITS, Forced(3, "")) == EDITS[1:]
    assert without_one(EDITS, Forced(4, "")) == EDITS


@together(
    "text",
    [
        "3",
        "3=",
        "=7",
        "x=7",
        "4@2",
        "4@2:",
        "4@2:.",
        "4@2:2",
        "4@2:-0.1",
        "4@2:1.5",
        "4@2:nan",
        "3=7;;4@2:0.5",
        "١=7",
        "3=123456789",
        "9999=7",
        "4@2:1e-3",
    ],
)
def test_what_cannot_be_read_is_told(text: str) -> None:
    with pytest.raises(ValueError, match=r"attention\.edits must look like 3=7 or 4@2:0\.5, .*; got '"):
        read(text)


def test_too_many() -> None:
    with pytest.raises(ValueError, match=rf"at most {MOST} changes; got 61"):
        read(";".join(f"{k}=7" for k in range(61)))


@given(st.text(max_size=200))
def test_whatever_a_link_says(text: str) -> None:
    try:
        edits = read(text)
    except ValueError:
        return
    assert read(written(edits)) == edits
