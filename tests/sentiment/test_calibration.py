"""Temperature and calibration error, by numbers that are known."""

import numpy as np
import pytest

from rnnviz.sentiment.calibration import calibration_error, log_loss, probabilities, reliability, temperature


def test_probabilities_without_overflow() -> None:
    found = probabilities(np.array([-1000.0, -1.0, 0.0, 1.0, 1000.0]))
    np.testing.assert_allclose(found, [0, 1 / (1 + np.e), 0.5, np.e / (1 + np.e), 1])


@pytest.mark.parametrize("true", [0.4, 1.0, 2.5])
def test_the_temperature_that_was_put_in(true: float) -> None:
    random = np.random.Generator(np.random.PCG64(1))
    logits = random.normal(size=200_000) * 2
    labels = (random.random(len(logits)) < probabilities(logits)).astype(float)
    found = temperature(logits * true, labels)
    assert found == pytest.approx(true, rel=0.02)
    least = log_loss(logits * true / found, labels)
    assert all(least < log_loss(logits * true / other, labels) for other in (found * 0.97, found * 1.03))


def test_where_the_best_temperature_is_beyond() -> None:
    assert temperature(np.array([1.0, -1.0]), np.array([1.0, 0.0])) == pytest.approx(1 / 64)
    assert temperature(np.array([1.0, -1.0]), np.array([0.0, 1.0])) == pytest.approx(64)


def test_calibration_by_hand() -> None:
    predicted, labels = np.array([0.1, 0.3, 0.8, 1.0]), np.array([0.0, 1.0, 1.0, 1.0])
    table = reliability(predicted, labels, 2)
    np.testing.assert_allclose(table, [[2, 0.2, 0.5], [2, 0.9, 1.0]])
    assert calibration_error(predicted, labels, 2) == pytest.approx((2 * 0.3 + 2 * 0.1) / 4)


def test_empty_bins_count_for_nothing() -> None:
    table = reliability(np.array([0.9]), np.array([1.0]), 2)
    assert np.isnan(table[0, 1:]).all()
    assert calibration_error(np.array([0.9]), np.array([1.0]), 2) == pytest.approx(0.1)
