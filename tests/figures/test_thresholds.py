"""Figures of a training at many thresholds: losses, shares and histograms are those of the sweep."""

from dataclasses import replace

import numpy as np
import pytest

from rnnviz.analysis import Sweep
from rnnviz.analysis.training import EDGES
from rnnviz.figures import clipped_bars, norm_histogram, style, threshold_curve
from rnnviz.spec import ModelSpec, TaskSpec, TrainSpec
from tests.figures.test_heatmap import THEMES
from tests.figures.test_saturation import caption

BARE = TrainSpec(
    model=ModelSpec(cell="gru", input_size=2, hidden_size=4), task=TaskSpec("adding", 20), steps=200, seeds=(0, 1)
)
LIMITS = (0.01, 0.1, 1.0, 10.0)


def made(*, by_value: bool = False) -> Sweep:
    field = "max_value" if by_value else "max_norm"
    specs = (*(replace(BARE, **{field: limit}) for limit in LIMITS), BARE)
    losses = np.array([[0.2, 0.1], [0.01, 0.03], [0.3, 0.5], [30, 50], [np.nan, np.nan]])
    clipped = np.array([[1.0, 1.0], [0.9, 0.7], [0.5, 0.3], [0.1, 0.1], [0, 0]])
    counts = np.zeros((5, len(EDGES) - 1), np.int64)
    counts[:, 75], counts[:, 85] = 300, 90
    return Sweep(specs, 200, losses, losses * 2, clipped, np.full((5, 2), 0.5), counts)


@pytest.mark.parametrize("theme", THEMES)
def test_losses_stand_over_their_thresholds_in_a_band_of_all_seeds(theme: str) -> None:
    figure = threshold_curve([made()], baseline=1 / 6, theme=theme)
    (line, *_) = (trace for trace in figure.data if trace.name == "clipped by norm" and isinstance(trace.meta, dict))
    np.testing.assert_allclose(line.x, LIMITS)
    np.testing.assert_allclose(line.y, [0.15, 0.02, 0.4, 40], rtol=1e-6)
    low, high = (trace for trace in figure.data if trace.meta == "band")
    np.testing.assert_allclose(low.y, [0.1, 0.01, 0.3, 30], rtol=1e-6)
    np.testing.assert_allclose(high.y, [0.2, 0.03, 0.5, 50], rtol=1e-6)
    assert figure.layout.template == style.template(theme)
    assert figure.layout.meta["alt"]


def test_the_unclipped_arm_stands_beyond_the_largest_threshold_even_without_a_number() -> None:
    figure = threshold_curve([made()])
    (edge,) = (trace for trace in figure.data if trace.meta == "edge")
    assert edge.name == "unclipped"
    assert edge.x[0] > 10
    assert edge.x[0] < 10 ** figure.layout.xaxis.range[1]
    assert "not finite" in caption(figure)
    assert list(figure.layout.xaxis.ticktext) == ["0.01", "0.1", "1", "10", "none"]
    assert figure.layout.xaxis.tickvals[-1] == edge.x[0]


def test_the_title_says_where_the_loss_is_lowest() -> None:
    both = threshold_curve([made(), made(by_value=True)])
    assert threshold_curve([made()]).layout.title.text == "The lowest loss is 0.02 at max_norm 0.1"
    assert style.spoken(both.layout.title.text) == (
        "The lowest loss is 0.02 at max_norm 0.1, and 0.02 at max_value 0.1"
    )
    bare = threshold_curve([replace(made(), last_loss=made().last_loss[[0, 2, 2, 3, 1]])])
    assert bare.layout.title.text == "The lowest loss is 0.02 without clipping"
    lost = replace(made(), last_loss=np.full((5, 2), np.nan))
    assert threshold_curve([lost]).layout.title.text == "At no threshold is the loss finite"


def test_no_range_of_thresholds_is_marked_as_if_it_were_the_best_one() -> None:
    figure = threshold_curve([made()], baseline=1 / 6)
    assert [shape.type for shape in figure.layout.shapes] == ["line"]
    assert "Shaded" not in caption(figure)


def test_norms_and_values_are_told_apart_by_more_than_colour() -> None:
    figure = threshold_curve([made(), made(by_value=True)])
    norm, value = (
        next(trace for trace in figure.data if trace.name == f"clipped by {kind}" and isinstance(trace.meta, dict))
        for kind in ("norm", "value")
    )
    assert norm.line.dash != value.line.dash
    assert norm.marker.symbol != value.marker.symbol
    assert figure.layout.xaxis.title.text.startswith("max_norm or max_value")


def test_shares_are_means_of_the_seeds() -> None:
    figure = clipped_bars(made())
    (bars,) = figure.data
    assert style.spoken(figure.layout.title.text) == "Clipped: 100% of the updates at 0.01, 10% at 10"
    assert list(bars.x) == ["0.01", "0.1", "1", "10"]
    np.testing.assert_allclose(bars.y, [1, 0.8, 0.4, 0.1], rtol=1e-6)


def test_a_histogram_has_all_updates_and_the_threshold() -> None:
    figure = norm_histogram(made(), 1)
    (bars,) = figure.data
    assert sum(bars.y) == 390
    np.testing.assert_allclose([bars.x[0], bars.x[-1]], np.sqrt(EDGES[[75, 85]] * EDGES[[76, 86]]))
    (line,) = figure.layout.shapes
    assert (line.x0, line.x1) == (0.1, 0.1)
    assert figure.layout.annotations[0].x == pytest.approx(-1)
    assert "80.0% of all updates" in caption(figure)
    assert "10 updates had no finite gradient" in caption(figure)
    low, high = 10 ** np.array(figure.layout.xaxis.range)
    assert low < 0.1 < high
    assert not norm_histogram(made(), 4).layout.shapes


def test_of_a_run_that_was_stopped_lost_updates_are_not_counted() -> None:
    stopped = replace(made(), updates=150)
    assert "no finite gradient" not in caption(norm_histogram(stopped, 1))
    lost = replace(stopped, mean_norm=np.full((5, 2), np.nan))
    assert "Some updates had no finite gradient." in caption(norm_histogram(lost, 1))


def test_an_arm_that_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match=r"arm must be in 0\.\.4 for this sweep; got 5"):
        norm_histogram(made(), 5)
