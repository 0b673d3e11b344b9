"""What a tour says without markup, for a speaker's notes."""

from pathlib import Path

import pytest

from rnnviz import tours
from rnnviz.tours.spoken import spoken
from tests.serving import ROOT


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (r"**Two *within* one**, `a*b*c`, 2 \* 3 * 4", "Two within one, a*b*c, 2 * 3 * 4"),
        (r"*a $b_{hh}$ c*: $e^{-200/46}$, $2^{10}$", "a b_hh c: e^(-200/46), 2^10"),
        (r"$p(\text{yes})$ and $c_t = f_t \odot c_{t-1} \to \infty$", "p(yes) and c_t = f_t ⊙ c_(t-1) → ∞"),
        ("[A link](Gates?cell=lstm&t=3), 5 * 3 * 2", "A link, 5 * 3 * 2"),
        ("max_norm and __init__", "max_norm and __init__"),
        ("", ""),
    ],
)
def test_markup_is_left_out(text: str, said: str) -> None:
    assert spoken(text) == said


@pytest.mark.parametrize("path", sorted((ROOT / "assets/tours").glob("*.md")), ids=lambda path: path.stem)
def test_the_tours_that_ship_are_spoken_without_signs_of_markup(path: Path) -> None:
    tour, _ = tours.read(path.read_text(encoding="utf-8"))
    assert tour is not None
    for stop in tour.stops:
        for text in (stop.text, stop.question, stop.answer):
            assert not set("*$\\`{}") & set(spoken(text)), text
