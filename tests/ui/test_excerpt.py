"""As much of a long sequence as there is room for."""

import numpy as np
import pytest

from rnnviz.widgets.excerpt import MOST_COLUMNS, MOST_WINDOW, View, excerpt, means
from rnnviz.widgets.packing import largest
from tests.ui.test_packing import decoded


def panels(*units: int, time: int = 900) -> list[np.ndarray]:
    random = np.random.default_rng(0)
    return [random.uniform(-1, 1, (time, count)).astype(np.float32) for count in units]


@pytest.mark.parametrize(("room", "off"), [(900 * 50 * 4, 0.0), (900 * 50 * 2, 2e-5)])
def test_all_steps_if_they_fit(room: int, off: float) -> None:
    given = panels(20, 30)
    view, sent = excerpt(given, room, None)
    assert view == View(0)
    for panel, packed in zip(given, sent, strict=True):
        np.testing.assert_allclose(decoded(packed), panel, atol=off, rtol=0)
    assert excerpt(given, room, 100)[0] == view


def test_an_overview_of_means_else() -> None:
    given = panels(20, 30)
    view, sent = excerpt(given, 8_000, None)
    assert view == View(0, 6, single=False, window=80, overview=6)
    for panel, packed in zip(given, sent, strict=True):
        assert packed.codes.shape == (150, panel.shape[1])
        true = panel.reshape(150, 6, -1).mean(1)
        np.testing.assert_allclose(decoded(packed), true, atol=0.51 * largest(panel) / 126)


@pytest.mark.parametrize(("asked", "first"), [(0, 0), (37, 37), (820, 820), (850, 820), (10**9, 820), (-5, 0)])
def test_a_window_is_full_wherever_it_is_asked_for(asked: int, first: int) -> None:
    given = panels(20, 30)
    view, sent = excerpt(given, 8_000, asked)
    assert view == View(first, window=80, overview=6)
    for panel, packed in zip(given, sent, strict=True):
        np.testing.assert_allclose(decoded(packed), panel[first : first + 80], atol=2e-5)


def test_no_more_columns_than_pixels_and_no_wider_window_than_can_be_pointed_at() -> None:
    given = panels(1, time=5000)
    view, sent = excerpt(given, 10**6, None)
    assert view == View(0, 5, single=False, window=MOST_WINDOW, overview=5)
    assert len(sent[0].codes) == MOST_COLUMNS
    view, sent = excerpt(given, 10**6, 4000)
    np.testing.assert_array_equal(decoded(sent[0]), given[0][4000:4250])


def test_numbers_that_cannot_be_rounded_take_twice_the_room() -> None:
    given = panels(20, 30)
    given[1][0, 0] = 1e5
    view, sent = excerpt(given, 8_000, 0)
    assert view.window == 8_000 // (2 * 20 + 4 * 30) == 50
    assert sum(packed.codes.nbytes for packed in sent) <= 8_000


def test_the_last_mean_is_of_the_steps_that_are_left() -> None:
    panel = np.arange(10, dtype=np.float32)[:, None] ** 2
    np.testing.assert_allclose(means(panel, 4)[:, 0], [3.5, 31.5, 72.5])
    assert means(panel, 1) is panel


def test_where_numbers_end_stays_visible() -> None:
    panel = np.ones((900, 60), np.float32)
    panel[500:, 3], panel[7, 4], panel[8, 4], panel[9, 5] = np.nan, np.inf, -np.inf, 3e38
    view, (sent,) = excerpt([panel], 9_000, None)
    got = decoded(sent)
    column = 500 // view.stride
    assert np.isnan(got[column:, 3]).all()
    assert np.isfinite(got[:column, 3]).all()
    assert np.isnan(got[7 // view.stride, 4])
    _, (sent,) = excerpt([panel], 9_000, 0)
    assert decoded(sent)[7, 4] == np.inf
    assert decoded(sent)[8, 4] == -np.inf
