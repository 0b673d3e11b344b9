"""The loss at the end over the learning rate: medians and bands are those of the sweep, diverged runs are marked."""

import numpy as np
import pytest

from rnnviz.analysis import RateSweep
from rnnviz.analysis.training import LEARNED
from rnnviz.figures import rate_curve, style
from rnnviz.spec import ModelSpec, TaskSpec, TrainSpec
from tests.figures.test_heatmap import THEMES
from tests.figures.test_saturation import caption

SPEC = TrainSpec(ModelSpec("gru", 2, 4), TaskSpec("adding", 10), rate=1.0, max_norm=0.1, steps=200, seeds=(0, 1))
RATES = np.array([0.03, 0.1, 0.15, 0.3, 1.0])


def made() -> RateSweep:
    even = np.linspace(0.9, 1.1, 20)
    clipped = np.stack([level * even for level in (0.16, 0.1, 0.05, 0.02, 0.1)])
    unclipped = clipped[::-1].copy()
    unclipped[-2, :11] = np.nan
    unclipped[-1] = 2e5
    return RateSweep(SPEC, RATES, unclipped, clipped)


@pytest.mark.parametrize("theme", THEMES)
def test_medians_stand_over_their_rates_in_a_band_of_most_seeds(theme: str) -> None:
    figure = rate_curve(made(), baseline=1 / 6, theme=theme)
    line = next(
        trace for trace in figure.data if trace.name == "clipped, max_norm 0.1" and isinstance(trace.meta, dict)
    )
    np.testing.assert_allclose(line.x, RATES)
    np.testing.assert_allclose(line.y, np.median(made().clipped, axis=1), rtol=1e-6)
    low, high = (trace for trace in figure.data if trace.meta == "band" and trace.name == line.name)
    ordered = np.sort(made().clipped, axis=1)
    np.testing.assert_allclose(low.y, ordered[:, 2], rtol=1e-6)
    np.testing.assert_allclose(high.y, ordered[:, 17], rtol=1e-6)
    assert "median of 20 seeds; band: without the best and the worst 2" in caption(figure)
    assert figure.layout.template == style.template(theme)
    assert figure.layout.meta["alt"]


def test_what_diverged_is_marked_at_the_edge_of_an_axis_that_ends_at_1() -> None:
    figure = rate_curve(made(), baseline=1 / 6)
    (edge,) = (trace for trace in figure.data if trace.meta == "edge")
    assert edge.name == "unclipped"
    assert list(edge.x) == [0.3, 1.0]
    assert edge.marker.symbol == "triangle-up-open"
    assert "△ median above 1, or diverged." in caption(figure)
    assert 1 < 10 ** figure.layout.yaxis.range[1] < 2


def test_the_title_counts_the_rates_at_which_most_seeds_learn() -> None:
    figure = rate_curve(made())
    (line,) = (shape for shape in figure.layout.shapes if shape.y0 == LEARNED)
    assert (line.showlegend, line.name) == (True, "trains: the median is below 0.1")
    low, high = figure.layout.yaxis.range
    assert low < np.log10(LEARNED) < high
    assert rate_curve(made()).layout.title.text == "Clipped, 2 of 5 learning rates train; unclipped, 2"
    lost = RateSweep(SPEC, RATES, np.full((5, 20), np.nan), made().clipped)
    assert rate_curve(lost).layout.title.text == "Clipped, 2 of 5 learning rates train; unclipped, none"


def test_ticks_are_rates_of_the_sweep() -> None:
    axis = rate_curve(made()).layout.xaxis
    assert list(axis.ticktext) == ["0.03", "0.1", "0.3", "1"]
