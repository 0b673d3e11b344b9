"""Figures of probes: their numbers, their tables, and what the captions say."""

import numpy as np

from rnnviz import figures
from rnnviz.figures import style
from tests.figures.test_interventions import caption


def test_accuracies_stand_beside_those_on_control_tasks() -> None:
    accuracy, control = np.array([0.9, 0.8]), np.array([0.85, 0.5])
    intervals = np.stack([accuracy - 0.1, accuracy + 0.05], axis=1)
    figure = figures.probe_accuracy(["h", "c"], accuracy, intervals, control, 0.4, of="bracket depth")
    bars, controls, line = figure.data
    np.testing.assert_allclose(bars.y, accuracy, atol=1e-6)
    np.testing.assert_allclose(bars.error_y.arrayminus, 0.1, atol=1e-6)
    np.testing.assert_allclose(controls.y, control, atol=1e-6)
    np.testing.assert_allclose(line.y, 0.4, atol=1e-6)
    title = style.spoken(figure.layout.title.text)
    assert title == "Bracket depth is read best from c: accuracy 0.8, control tasks 0.5"
    assert caption(figure).startswith("Its selectivity, the two apart, is 0.3.")
    table = figures.table_of(figure)
    np.testing.assert_allclose(table["selectivity"].dropna(), accuracy - control, atol=1e-6)


def test_a_probe_without_control_tasks_has_a_caption() -> None:
    lost = np.array([np.nan])
    figure = figures.probe_accuracy(["h"], np.array([0.9]), np.array([[0.8, 1.0]]), lost, 0.4, of="depth")
    assert "NaN" not in caption(figure)
    assert figure.layout.title.text == "Depth is read best from h: accuracy 0.9"


def test_a_probe_that_knows_no_more_than_the_commonest_label_reads_nothing() -> None:
    figure = figures.probe_accuracy(["h"], np.array([0.4]), np.array([[0.3, 0.5]]), np.array([0.2]), 0.4, of="depth")
    assert (
        style.spoken(figure.layout.title.text) == "No probe of depth is more accurate than the most frequent label, 0.4"
    )


def test_a_direction_has_a_bar_for_each_unit() -> None:
    direction = np.array([0.6, 0.0, -0.8])
    figure = figures.probe_direction(direction, "<3>", of="h", units=[2])
    np.testing.assert_allclose(figure.data[0].y, direction, atol=1e-6)
    assert list(figure.data[0].marker.line.width) == [0, 0, 3]
    assert "The units 2, 0, 1 have the largest weights: 100% of the squared length." in caption(figure)
    np.testing.assert_allclose(figures.table_of(figure)["weight"], direction, atol=1e-6)
