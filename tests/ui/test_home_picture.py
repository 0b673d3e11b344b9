"""The first picture is what the network computes, and its title is true."""

import xml.etree.ElementTree as ET
from typing import Final

import numpy as np
import pytest

from rnnviz.palette import Theme
from rnnviz.stepping import record
from rnnviz.ui.pages.home import picture as home_picture
from rnnviz.ui.selection import inputs, network, steps
from rnnviz.ui.selection.openings import OPENINGS

SVG: Final = "{http://www.w3.org/2000/svg}"
TURNS: Final = {"(": 1, ")": -1}


def test_the_numbers_that_ship_are_those_of_the_network() -> None:
    opening = OPENINGS["Hidden states"]
    trace = record(network(opening), inputs(opening), steps(opening)).trace
    shown = home_picture.reading()
    assert (shown.tokens, shown.units) == (trace.tokens[0], trace.sizes["unit"])
    np.testing.assert_allclose(shown.h, trace.panel("h")[:, shown.unit], atol=1e-4)


def test_it_rises_at_each_opening_bracket_and_falls_at_each_closing_one() -> None:
    shown = home_picture.reading()
    steps_of = [
        (token, after - before) for before, after, token in zip(shown.h, shown.h[1:], shown.tokens[1:], strict=False)
    ]
    brackets = [TURNS[token] * step for token, step in steps_of if token in TURNS]
    assert len(brackets) == 10
    assert min(brackets) > 0.1


def test_the_beginning_ends_where_all_brackets_are_closed() -> None:
    shown = home_picture.reading()
    part = home_picture.beginning(shown)
    assert "".join(part.tokens) == "f(x, g(y, h(z)))"
    assert part.h == shown.h[:16]
    assert home_picture.beginning(part) == part
    width = float(ET.fromstring(home_picture.drawn(part, "light")).get("viewBox", "").split()[2])  # noqa: S314 - ours
    assert width < 400, "so that its letters are no smaller than they are drawn in a window of 480"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_number_at_a_bracket_is_written(theme: Theme) -> None:
    shown = home_picture.reading()
    picture = ET.fromstring(home_picture.drawn(shown, theme))  # noqa: S314 - ours
    texts = [node.text for node in picture.iter(f"{SVG}text")]
    assert len(list(picture.iter(f"{SVG}rect"))) == len(shown.tokens)
    written = [text for text in texts if text and text.startswith(".")]
    at = [f"{value:.2f}"[1:] for token, value in zip(shown.tokens, shown.h, strict=True) if token in TURNS]
    assert written == at
    assert f"unit {shown.unit}" in str(texts[0])
    assert "0.90 in the deepest" in home_picture.said(shown)
