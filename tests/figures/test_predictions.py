"""Epochs, confusion and reliability: the numbers of a card where they belong."""

import numpy as np
import pytest

from rnnviz.figures import confusion_matrix, epoch_curves, reliability_diagram, table_of
from rnnviz.figures.predictions import wilson
from rnnviz.palette import GROUNDS, Theme
from tests.figures.test_heatmap import THEMES
from tests.figures.test_saturation import caption

HISTORY = [
    {"phase": phase, "loss": 0.6 - 0.1 * k, "accuracy": 0.6 + 0.1 * k, "validation_loss": 0.5, "validation_accuracy": v}
    for k, (phase, v) in enumerate([(0, 0.7), (0, 0.85), (1, 0.8)])
]
COUNTS = [[90, 10], [30, 170]]
BINS = [[100.0, 0.1, 0.2], [0.0, None, None], [300.0, 0.9, 0.85]]


@pytest.mark.parametrize("theme", THEMES)
def test_epochs(theme: Theme) -> None:
    figure = epoch_curves(HISTORY, caption=["bilstm"], theme=theme)
    table = table_of(figure)
    assert table.index.tolist() == [1, 2, 3]
    for column in ("loss", "accuracy"):
        np.testing.assert_allclose(table[f"training {column}"], [entry[column] for entry in HISTORY], rtol=1e-6)
        expected = [entry[f"validation_{column}"] for entry in HISTORY]
        np.testing.assert_allclose(table[f"validation {column}"], expected, rtol=1e-6)
    assert [trace.name for trace in figure.data if trace.showlegend is not False] == ["training", "validation"]
    dotted = "Dotted line: here the training changes its data or its targets."
    assert caption(figure) == f"bilstm. Best on validation: 85.0%, epoch 2 of 3. {dotted}"
    assert [(shape.x0, shape.yref, shape.y0, shape.y1) for shape in figure.layout.shapes] == [(2.5, "paper", 0, 1)]
    assert figure.data[0].line.color == GROUNDS[theme]["soft"]
    assert figure.data[0].line.dash != figure.data[1].line.dash


def test_one_epoch_and_none() -> None:
    assert caption(epoch_curves(HISTORY[:1])) == "Best on validation: 70.0%, epoch 1 of 1."
    with pytest.raises(ValueError, match="history must have at least one epoch; got none"):
        epoch_curves([])


@pytest.mark.parametrize("theme", THEMES)
def test_confusion(theme: Theme) -> None:
    figure = confusion_matrix(COUNTS, theme=theme)
    table = table_of(figure)
    assert table["label"].tolist() == ["negative", "negative", "positive", "positive"]
    assert table["prediction"].tolist() == ["negative", "positive"] * 2
    assert table["texts"].tolist() == [90, 10, 30, 170]
    np.testing.assert_allclose(table["share of the label"], [0.9, 0.1, 0.15, 0.85])
    assert figure.data[1].text[2] == "<b>✗ 30</b><br>15.0%<br>of positive"
    assert caption(figure) == "260 of 300 are correct: 86.67%."
    assert "30 positive texts were predicted negative (15.0%)" in figure.layout.meta["alt"]


def test_reliability() -> None:
    figure = reliability_diagram(BINS)
    points, texts = figure.data
    np.testing.assert_allclose(points.x, [0.1, 0.9], rtol=1e-6)
    np.testing.assert_allclose(points.y, [0.2, 0.85], rtol=1e-6)
    np.testing.assert_allclose(texts.x, [1 / 6, 5 / 6], rtol=1e-6)
    assert texts.y.tolist() == [100, 300]
    assert caption(figure).startswith("On average 6.25% off the diagonal, over 400 texts (ECE, 3 bins).")
    assert table_of(figure)["texts"].tolist() == [100, 300]


def test_intervals_are_wilsons() -> None:
    """10 of 100, and none of 10: as in Newcombe (1998), Statistics in Medicine 17, the method without correction."""
    low, high = wilson(np.array([81 / 263, 15 / 148, 0.0, 1.0]), np.array([263.0, 148.0, 20.0, 29.0]))
    np.testing.assert_allclose(low, [0.2553, 0.0624, 0.0, 0.8830], atol=6e-5)
    np.testing.assert_allclose(high, [0.3662, 0.1605, 0.1611, 1.0], atol=6e-5)
