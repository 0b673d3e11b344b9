"""The curves of a network that learns a text: its numbers, what counting comes to, what is no number."""

import math

import numpy as np
import pytest

from rnnviz import figures
from rnnviz.figures import lesson_picture, review_curve


def test_both_curves_and_the_level_of_counting() -> None:
    drawn = lesson_picture(40, ([1, 2, 3], [6.0, 5.0, 4.5]), ([2], [5.25]), 2.125, 64)
    read, held = drawn.lines
    assert (read.x.tolist(), read.y.tolist()) == ([1, 2, 3], [6, 5, 4.5])
    assert (held.x.tolist(), held.y.tolist()) == ([2], [5.25])
    assert [level.at for level in drawn.levels] == [2.125]
    assert (drawn.x.low, drawn.x.high) == (0, pytest.approx(40.8))
    assert drawn.y.high == pytest.approx(1.05 * 6)  # log2 of 64 characters
    figure = review_curve(drawn, caption=("made up.",))
    assert figure.layout.xaxis.title.text == "updates"
    assert "bits per character" in figure.layout.yaxis.title.text
    assert "2.12 bits" in figure.layout.meta["alt"]
    assert figure.data[0].hovertemplate.startswith("updates %{x")
    assert figure.data[0].marker.symbol != figure.data[1].marker.symbol
    table = figures.table_of(figure)
    assert 5.25 in table.to_numpy()


def test_before_anything_is_known_and_with_what_is_no_number() -> None:
    empty = lesson_picture(40, ([], []), ([], []), None, 0)
    assert (empty.y.low, empty.y.high, empty.levels, empty.said) == (0, pytest.approx(4.2), (), ())
    broken = lesson_picture(40, ([1, 2], [3.0, math.nan]), ([], []), None, 0)
    assert "not finite" in broken.said[0]
    assert np.isnan(broken.lines[0].y[1])
