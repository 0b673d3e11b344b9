"""Accuracy by length and by form."""

import numpy as np
import pytest

from rnnviz.figures import Accuracy, form_accuracy, length_accuracy, table_of
from rnnviz.palette import GROUNDS, Theme
from tests.figures.test_heatmap import THEMES
from tests.figures.test_saturation import caption

LENGTHS = tuple(range(2, 41))
WITH = Accuracy("additive attention", LENGTHS, np.where(np.array(LENGTHS) <= 31, 1.0, 0.2))
WITHOUT = Accuracy("no attention", LENGTHS, np.linspace(1, 0, len(LENGTHS)))
FORMS = ("5 March 1998", "5.3.98", "<b>1998</b>")


@pytest.mark.parametrize("theme", THEMES)
def test_a_curve_a_network_and_grey_where_nothing_was_learned(theme: Theme) -> None:
    figure = length_accuracy((WITH, WITHOUT), learned=30, caption=("Ours.",), theme=theme)
    assert [curve.name for curve in figure.data] == ["additive attention", "no attention"]
    np.testing.assert_allclose(figure.data[0].y, WITH.values, atol=1e-6)
    assert len({curve.line.dash for curve in figure.data}) == 2
    assert len({curve.marker.symbol for curve in figure.data}) == 2
    (shade,) = figure.layout.shapes
    assert (shade.x0, shade.fillcolor) == (30.5, GROUNDS[theme]["panel"])
    assert "longer than every training sequence (1 to 30 digits)" in caption(figure).replace("<br>", " ")
    assert "lowest 20.0% at 32" in figure.layout.meta["alt"]


def test_nothing_is_grey_where_all_was_learned() -> None:
    assert not length_accuracy((WITH,), learned=40).layout.shapes


def test_the_table_has_a_column_a_network() -> None:
    table = table_of(length_accuracy((WITH, WITHOUT), learned=30))
    assert list(table.columns) == ["additive attention", "no attention"]
    assert table.shape == (39, 2)


def test_a_row_a_form() -> None:
    networks = [Accuracy("a", FORMS, np.array([1.0, 1.0, 0.25])), Accuracy("b", FORMS, np.array([1.0, 0.9, 0.0]))]
    figure = form_accuracy(networks, learned=2)
    assert list(figure.layout.yaxis.ticktext) == ["5 March 1998", "5.3.98", "&lt;b&gt;1998&lt;/b&gt;"]
    assert figure.layout.yaxis.range[0] > figure.layout.yaxis.range[1]
    assert len({mark.marker.size for mark in figure.data}) == 2  # they can stand in each other
    assert figure.layout.shapes[0].y0 == 1.5
    table = table_of(figure)
    assert table["form"].tolist() == [*FORMS, *FORMS]
    assert table["accuracy"].tolist() == [1.0, 1.0, 0.25, 1.0, pytest.approx(0.9), 0.0]


def test_more_than_can_be_told_apart_is_refused() -> None:
    with pytest.raises(ValueError, match="1 to 3; got 4"):
        length_accuracy([WITH] * 4, learned=30)
    with pytest.raises(ValueError, match="1 to 3; got 0"):
        form_accuracy([], learned=0)
