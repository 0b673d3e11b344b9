"""The scores of a training: a curve a seed, its goal, and what remembers nothing."""

import math

import pytest

from rnnviz.figures import score_curves, table_of
from rnnviz.figures.memory_grid import score_span
from rnnviz.history import NEVER
from rnnviz.outcome import Outcome
from rnnviz.palette import GROUNDS, Theme
from tests.figures.test_heatmap import THEMES
from tests.figures.test_memory_grid import ALL, LATCH, NONE, ONE
from tests.figures.test_saturation import caption


@pytest.mark.parametrize("theme", THEMES)
def test_a_curve_a_seed_with_goal_and_baseline(theme: Theme) -> None:
    figure = score_curves(ONE, "GRU", baseline=0.5, chance="guessing", theme=theme)
    assert [trace.name for trace in figure.data] == ["seed 0", "seed 1", "seed 2"]
    assert len({trace.line.dash for trace in figure.data}) == 3
    assert [trace.marker.symbol[-1] for trace in figure.data] == ["square", "star", "square"]
    assert list(figure.data[1].x) == [0, 50]
    levels = figure.layout.shapes
    assert [level.y0 for level in levels] == [0.5, 0.995]
    assert [level.line.color for level in levels] == [GROUNDS[theme]["soft"], GROUNDS[theme]["good"]]
    assert caption(figure) == (
        "Solved by 1 of 3, after 50; else an accuracy of 52% and NaN after 100 updates. "
        "Dashed: guessing; dotted: solved, above 99.5%."
    )


def test_losses_have_a_logarithmic_axis() -> None:
    figure = score_curves(NONE, "GRU", baseline=1 / 6, chance="always predicting 1")
    low, high = (10**end for end in figure.layout.yaxis.range)
    assert figure.layout.yaxis.type == "log"
    assert low < 0.01
    assert high > 1.2
    assert [level.y0 for level in figure.layout.shapes] == [1 / 6, 0.01]


def test_levels_are_named_where_no_curve_is_covered() -> None:
    for made, goal in ((ONE, "solved, above 99.5%"), (NONE, "solved, at most 0.01")):
        figure = score_curves(made, "GRU", baseline=0.5, chance="always predicting 1: 1/6")
        assert not figure.layout.annotations
        assert caption(figure).endswith(f"Dashed: always predicting 1, 1/6; dotted: {goal}.")
        assert len({level.line.dash for level in figure.layout.shapes}) == 2


def test_the_span_of_losses_holds_the_goal_and_the_baseline() -> None:
    low, high = score_span(NONE, 1 / 6)
    assert (low, high) == (0.005, 2.4)
    assert score_span(ONE, 0.5) == (0.0, 1.09)


def test_a_training_that_was_stopped_is_told_as_far_as_it_came() -> None:
    early = Outcome(LATCH, (0, 50), ((0.5, 0.52),) * 3, (NEVER,) * 3)
    said = caption(score_curves(early, "LSTM", baseline=0.5, chance="guessing"))
    assert said.startswith("Not solved: an accuracy of 52%, 52% and 52% after 50 updates. Dashed")


def test_scores_as_a_table() -> None:
    table = table_of(score_curves(ALL, "LSTM", baseline=0.5, chance="guessing"))
    assert list(table.columns) == ["seed 0", "seed 1", "seed 2"]
    assert table.index.tolist() == [0, 50, 100]
    assert table["seed 2"].tolist() == pytest.approx([0.5, 0.6, 0.998])
    assert math.isnan(table["seed 0"][100])
