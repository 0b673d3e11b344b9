"""The same logits at several temperatures, and how unsure they are at any."""

import numpy as np
import pytest

from rnnviz.figures import entropy_curve, table_of, temperature_bars
from rnnviz.palette import GROUNDS, Theme
from rnnviz.ui.pages.characters.temperature import EXAMPLE, EXAMPLES_TEMPERATURES, distributions
from tests.figures.test_heatmap import THEMES
from tests.figures.test_saturation import caption

LABELS = ["a", "<", "␣"]


@pytest.mark.parametrize("theme", THEMES)
def test_a_picture_a_temperature_with_the_lectures_numbers(theme: Theme) -> None:
    found, bits = distributions(np.array(EXAMPLE), EXAMPLES_TEMPERATURES)
    figure = temperature_bars(
        LABELS, found, EXAMPLES_TEMPERATURES, entropies=bits, title="Three", decimals=4, caption=["Said."], theme=theme
    )
    assert [list(bars.text) for bars in figure.data] == [
        [".1065", ".1065", ".7870"],
        [".2119", ".2119", ".5761"],
        [".3104", ".3104", ".3792"],
    ]
    assert [bars.yaxis for bars in figure.data] == ["y", "y2", "y3"]
    assert {bars.marker.color for bars in figure.data} == {GROUNDS[theme]["accent"]}
    tops = [figure.layout[axis].domain[1] for axis in ("yaxis", "yaxis2", "yaxis3")]
    assert tops == sorted(tops, reverse=True)
    assert [note.text.split("</b>")[0] for note in figure.layout.annotations] == ["<b>T = 1", "<b>T = 2", "<b>T = 10"]
    table = table_of(figure)
    assert list(table.index) == LABELS
    np.testing.assert_allclose(table["T = 2"], found[1], rtol=1e-6)
    assert "At T = 10 the most likely is '␣' with 0.3792; 1.58 bits." in figure.layout.meta["alt"]


@pytest.mark.parametrize("theme", THEMES)
def test_the_curve_nears_what_nothing_known_comes_to(theme: Theme) -> None:
    places = np.linspace(0.1, 50, 40)
    bits = distributions(np.array(EXAMPLE), places.tolist())[1]
    figure = entropy_curve(places, bits, [(1.0, 0.96)], 3, theme=theme)
    curve, marks = figure.data
    assert (np.diff(curve.y) > 0).all()
    assert curve.y[-1] == pytest.approx(np.log2(3), abs=1e-3)
    assert list(marks.text) == ["T = 1: 0.96"]
    (level,) = figure.layout.shapes
    assert level.y0 == pytest.approx(np.log2(3))
    assert figure.layout.yaxis.range[0] < -0.1 * np.log2(3), "a label under a mark near 0 stands above the axis"
    assert "log₂ 3 = 1.58 bits" in caption(figure)
    assert list(table_of(figure).columns) == ["temperature T", "entropy (bits)"]


def test_points_as_good_as_level_share_a_label() -> None:
    chosen = [(0.0, 0.0), (0.1, 0.01), (0.3, 0.12), (0.7, 2.29), (1.2, 3.96)]
    marks = entropy_curve(np.linspace(0.1, 5, 9), np.linspace(0, 6, 9), chosen, 96).data[1]
    assert list(marks.text) == ["", "", "T = 0: 0.00 · T = 0.1: 0.01 · T = 0.3: 0.12", "T = 0.7: 2.29", "T = 1.2: 3.96"]


def test_at_zero_one_is_certain() -> None:
    found, bits = distributions(np.array(EXAMPLE), (0.0, 1.0))
    assert found[0].tolist() == [0, 0, 1]
    assert bits[0] == 0
    assert bits[1] > 0


def test_what_rounds_to_zero_is_not_said_to_be_zero() -> None:
    figure = temperature_bars(
        LABELS, np.array([[0.996, 0.004, 0.0]]), [0.3], entropies=np.array([0.04]), title="Two", caption=["Said."]
    )
    assert list(figure.data[0].text) == ["1.00", "&lt;.01", ".00"]
