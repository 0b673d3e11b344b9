"""What padding does: the right judgement stands beside the wrong ones."""

import numpy as np
import pytest

from rnnviz.figures import padding_curve, table_of
from rnnviz.palette import GROUNDS, Theme
from rnnviz.sides import UNDECIDED
from tests.figures.test_heatmap import THEMES
from tests.figures.test_saturation import caption

JUDGED, NORMS = np.array([0.9, 0.7, 0.4, 0.2]), np.array([1.0, 2.0, 2.5, 2.75])


@pytest.mark.parametrize("theme", THEMES)
def test_curves_and_the_right_judgement(theme: Theme) -> None:
    figure = padding_curve(JUDGED, NORMS, caption=["lecture-lstm"], theme=theme)
    table = table_of(figure)
    np.testing.assert_allclose(table["P(positive)"], JUDGED, rtol=1e-6)
    np.testing.assert_allclose(table["norm of h"], NORMS)
    assert table.index.name == "padding tokens after the text"
    right, undecided = figure.layout.shapes
    assert (right.y0, right.line.color, undecided.y0, undecided.y1) == (0.9, GROUNDS[theme]["good"], *UNDECIDED)
    (name,) = figure.layout.annotations
    assert (name.text, name.yanchor) == ("correct: no padding is read", "bottom")  # the curve ends below
    assert caption(figure) == (
        "lecture-lstm. Without padding: 90.0%. After 3 padding tokens: 20.0%. The prediction changes sides after 2 "
        "padding tokens. From P = 0.48 to 0.52 the prediction is undecided (grey)."
    )


def test_without_norms_and_without_a_turn() -> None:
    figure = padding_curve(np.array([0.9, 0.8]))
    assert len(figure.data) == 1
    assert padding_curve(np.array([0.1, 0.2])).layout.annotations[0].yanchor == "top"
    assert caption(figure) == "Without padding: 90.0%. After 1 padding token: 80.0%."
    assert "The prediction changes sides after 1 padding token." in caption(padding_curve(np.array([0.3, 0.6])))
    assert "changes sides" not in caption(padding_curve(np.array([0.3, 0.51])))
