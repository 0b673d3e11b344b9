"""A histogram of tau a pair, with the mark of one text on it."""

import numpy as np
import pytest

from rnnviz.figures import Agreement, agreement_histograms, table_of
from rnnviz.palette import Theme
from tests.figures.test_heatmap import THEMES
from tests.figures.test_saturation import caption

MANY = np.random.default_rng(0).normal(0.25, 0.08, 1_000).clip(-1, 1)
PAIRS = (Agreement("attention and gradient", MANY, 0.31, 0.341), Agreement("gradient and left out", MANY + 0.3, 0.6))


@pytest.mark.parametrize("theme", THEMES)
def test_all_texts_are_in_the_bars(theme: Theme) -> None:
    figure = agreement_histograms(PAIRS, caption=("Ours.",), theme=theme)
    bars = [trace for trace in figure.data if trace.type == "bar"]
    assert [bar.name for bar in bars] == [pair.name for pair in PAIRS]
    for bar, pair in zip(bars, PAIRS, strict=True):
        assert sum(bar.y) == pytest.approx(1, abs=1e-5)
        assert np.average(bar.x, weights=bar.y) == pytest.approx(pair.measured.mean(), abs=0.01)
    assert caption(figure).startswith("Ours.")
    assert "Jain and Wallace" in caption(figure)


def test_this_text_and_what_others_found_are_marked() -> None:
    figure = agreement_histograms(PAIRS)
    diamonds = [trace for trace in figure.data if trace.type == "scatter"]
    assert [trace.x[0] for trace in diamonds] == [0.31, 0.6]
    dotted = [shape for shape in figure.layout.shapes if shape.line.dash == "dot"]
    assert [(shape.x0, shape.yref) for shape in dotted] == [(0.341, "y")]
    names = [note.text for note in figure.layout.annotations]
    assert names[0] == f"<b>attention and gradient</b><br>here τ = 0.31, mean {MANY.mean():.2f}"
    assert "0.31 here" in figure.layout.meta["alt"]


def test_no_order_is_no_mark() -> None:
    figure = agreement_histograms([Agreement("attention and gradient", MANY, float("nan"))])
    assert [trace.type for trace in figure.data] == ["bar"]
    assert "here has no ranking" in figure.layout.annotations[0].text
    assert "Jain" not in caption(figure)
    assert "diamond" not in caption(figure)
    assert "diamond" in caption(agreement_histograms(PAIRS))


def test_the_axis_has_room_for_disagreement() -> None:
    figure = agreement_histograms([Agreement("attention and gradient", MANY, -0.8)])
    assert figure.layout.xaxis.range[0] < -0.8


def test_its_table_is_the_histogram() -> None:
    table = table_of(agreement_histograms(PAIRS))
    assert len(table) == sum(len(trace.x) for trace in agreement_histograms(PAIRS).data)
    assert table["share of the reviews"].sum() == pytest.approx(2, abs=1e-4)


def test_nothing_measured_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        agreement_histograms([])
    with pytest.raises(ValueError, match="something measured"):
        agreement_histograms([Agreement("x", np.array([]), 0.1)])
