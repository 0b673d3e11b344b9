"""Figures of a watched training show the numbers of its record."""

from dataclasses import replace

import numpy as np
import pytest

from rnnviz.figures import style, table_of, watched_gradients, watched_norms
from rnnviz.record import CURVES, Record
from tests.figures.test_heatmap import THEMES
from tests.figures.test_saturation import caption
from tests.watching.test_record import layer, made


def with_norms(norms: np.ndarray, updates: np.ndarray) -> Record:
    """A record with these norms at the top layer, reverse, of shape (row, time)."""
    rows, time = norms.shape
    module = layer(rows)
    whole = np.full((rows, 2, 2, time), 0.5, np.float32)
    whole[:, 1, 1] = norms
    module = replace(module, values={**module.values, "grad_norm": whole})
    one = np.ones(rows, np.float32)
    curves = dict.fromkeys(CURVES, one)
    return replace(made(), update=updates, **curves, layers=(module,))


@pytest.mark.parametrize("theme", THEMES)
def test_each_column_is_an_update(theme: str) -> None:
    norms = np.array([[1e-3, 0, 1], [np.inf, 1e-2, np.nan]], np.float32)
    figure = watched_gradients(with_norms(norms, np.array([0, 10])), "encoder.rnn", direction="reverse", theme=theme)
    image, grey = figure.data
    np.testing.assert_allclose(image.z, [[-3, np.nan], [np.nan, -2], [0, np.nan]], rtol=1e-6)
    np.testing.assert_array_equal(np.isfinite(grey.z), [[False, True], [False, False], [False, False]])
    assert list(image.x) == [0, 10]
    assert figure.layout.template == style.template(theme)
    assert "layer 1 reverse, module encoder.rnn" in caption(figure)
    assert "Grey" in caption(figure)
    assert figure.layout.meta["alt"]
    assert table_of(figure).shape == (3, 2)


def test_of_a_long_record_some_updates_and_steps_are_drawn() -> None:
    figure = watched_gradients(with_norms(np.ones((400, 500), np.float32), np.arange(400)), direction="reverse")
    assert figure.data[0].z.size <= 20_000
    assert "recorded updates is drawn" in caption(figure)
    assert len(figure.to_json()) < 300_000


def test_norms_stand_beside_what_clipping_left() -> None:
    norms = np.array([4, 0.5, 2], np.float32)
    record = replace(made(), grad_norm=norms, grad_norm_after=np.minimum(norms, 1), updates=25)
    figure = watched_norms(record)
    before, after = figure.data
    np.testing.assert_allclose(before.y, [4, 0.5, 2])
    np.testing.assert_allclose(after.y, [1, 1])
    assert list(after.x) == [0, 20]
    assert figure.layout.title.text == "67% of the gradients were clipped"
    assert "3 of 25 updates were looked at. Dotted: 1, what clipping left (median)." in caption(figure)


def test_a_training_without_clipping_has_one_curve() -> None:
    record = replace(made(), grad_norm_after=made().grad_norm)
    (line,) = watched_norms(record).data
    assert line.name == "before clipping"


def test_places_that_are_not_there_are_refused() -> None:
    with pytest.raises(ValueError, match=r"path must be one of this record's modules \('encoder.rnn'\); got 'rnn'"):
        watched_gradients(made(), "rnn")
    with pytest.raises(ValueError, match=r"layer must be in 0\.\.1 for this module; got 2"):
        watched_gradients(made(), layer=2)
    one_way = replace(
        layer(), bidirectional=False, values={k: v[:, :, :1] if v.ndim > 2 else v for k, v in layer().values.items()}
    )
    with pytest.raises(ValueError, match="direction must be forward for this module; got 'reverse'"):
        watched_gradients(made(layers=(one_way,)), direction="reverse")
