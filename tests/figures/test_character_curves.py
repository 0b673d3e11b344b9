"""How networks that read characters learned, beside counting."""

import numpy as np
import pytest

from rnnviz.figures import CharacterCourse, character_curves, table_of
from rnnviz.palette import SIGNAL_COLORS, Theme
from tests.figures.test_heatmap import THEMES
from tests.figures.test_saturation import caption

UPDATES = np.array([200, 400, 600])
COURSES = (
    CharacterCourse("rnn", UPDATES, np.array([4.0, 3.0, 2.6]), np.array([4.1, 3.2, 2.9])),
    CharacterCourse("lstm", UPDATES, np.array([3.5, 2.5, 2.0]), np.array([3.6, 2.7, 2.25])),
)


@pytest.mark.parametrize("theme", THEMES)
def test_two_curves_a_cell_in_its_colour_and_shape(theme: Theme) -> None:
    figure = character_curves(COURSES, ("6-grams", 2.5), marked=[(300, "Early")], caption=["Said."], theme=theme)
    assert [curve.name for curve in figure.data] == [
        "RNN, held-out", "RNN, training", "LSTM, held-out", "LSTM, training",
    ]  # fmt: skip
    assert figure.data[2].line.color == SIGNAL_COLORS[theme]["c"]
    assert {curve.line.dash for curve in figure.data} == {"solid", "dot"}
    assert len({curve.marker.symbol for curve in figure.data}) == 4
    np.testing.assert_allclose(table_of(figure)["LSTM, held-out"], COURSES[1].validation, rtol=1e-6)
    assert caption(figure) == (
        "Said. Solid: a stretch of the validation text. Dotted: training text. Dashed line: 6-grams, 2.50 bits on the "
        "validation text."
    )
    assert "LSTM ends at 2.25 bits on that stretch." in figure.layout.meta["alt"]
    assert any(shape.y0 == 2.5 for shape in figure.layout.shapes)
    assert any(shape.x0 == shape.x1 == 300 for shape in figure.layout.shapes)


def test_without_counting_there_is_no_line() -> None:
    figure = character_curves(COURSES, None)
    assert not figure.layout.shapes
    low, high = (10**end for end in figure.layout.yaxis.range)
    assert low < 2.0
    assert high > 4.1


def test_the_line_of_counting_is_in_view_where_it_is_lowest() -> None:
    figure = character_curves(COURSES, ("6-grams", 1.2))
    assert 10 ** figure.layout.yaxis.range[0] < 1.2
