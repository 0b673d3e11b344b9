"""Curves of a watched training over its updates show the numbers of its record."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

import numpy as np
import plotly.graph_objects as go
import pytest

from rnnviz import figures
from rnnviz.figures.watched import steps_picture
from rnnviz.figures.watched_place import WatchedPlace, watched_place
from rnnviz.record import LayerRecord, NonFinite, Record
from tests.figures.test_heatmap import THEMES
from tests.figures.test_saturation import caption
from tests.figures.test_watched import with_norms
from tests.watching.test_record import layer, made

PLACED: Final[dict[str, Callable[..., go.Figure]]] = {
    "units": figures.watched_units,
    "gates": figures.watched_gates,
    "half-lives": figures.watched_half_lives,
    "singular values": figures.watched_singular_values,
    "steps": figures.watched_steps,
}


def with_values(**values: np.ndarray) -> Record:
    """A record whose top layer, reverse, has these numbers, of shape (row, …); the layer below has others."""
    module = layer()
    changed = {}
    for name, numbers in values.items():
        whole = module[name].copy()
        whole[:, 1, 1] = numbers
        changed[name] = whole
    return made(layers=(replace(module, values={**module.values, **changed}),))


def drawn(figure: go.Figure) -> dict[str, list[float]]:
    return {trace.name: np.asarray(trace.y).tolist() for trace in figure.data if isinstance(trace.meta, dict)}


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("name", PLACED)
def test_each_has_a_caption_and_its_numbers(name: str, theme: Any) -> None:
    figure = PLACED[name](made(), path="encoder.rnn", direction="reverse", caption=["My run: LSTM."], theme=theme)
    assert caption(figure).startswith("My run: LSTM.")
    assert "Layer 1 reverse, module encoder.rnn" in caption(figure)
    assert figure.layout.meta["alt"]
    assert len(figures.table_of(figure)) == (4 if name == "steps" else 3)


def test_units_that_never_saturate_are_drawn_at_0() -> None:
    record = with_values(saturated=np.zeros(3, np.float32), dead=np.array([0, 0.25, 0.5], np.float32))
    figure = figures.watched_units(record, direction="reverse")
    assert drawn(figure) == {"saturated": [0, 0, 0], "dead": [0, 0.25, 0.5]}
    assert figure.layout.yaxis.range == pytest.approx((-0.015, 0.515))
    none = figures.watched_units(with_values(saturated=np.zeros(3), dead=np.zeros(3)), direction="reverse")
    assert "All of them are 0 at every recorded update." in caption(none)


def test_gates_are_those_of_the_cell() -> None:
    opened = np.array([[0.1, 0.2, 0.3]] * 3, np.float32)
    found = drawn(figures.watched_gates(with_values(open=opened), direction="reverse"))
    assert list(found) == ["i open", "i shut", "f open", "f shut", "o open", "o shut"]
    np.testing.assert_allclose([found[f"{gate} open"] for gate in "ifo"], opened.T, rtol=1e-6)


def test_half_lives_have_a_median_in_two_bands() -> None:
    lives = np.array([[1, 2, 3, 4, 5]] * 3, np.float32)
    figure = figures.watched_half_lives(with_values(half_life=lives), direction="reverse")
    assert drawn(figure) == {"median unit": [3, 3, 3]}
    edges = [trace.y.tolist() for trace in figure.data if trace.meta == "band"]
    assert edges == [[1] * 3, [5] * 3, [2] * 3, [4] * 3]


def test_singular_values_are_those_of_the_record() -> None:
    values = np.array([1, 10, 100], np.float32)
    assert drawn(figures.watched_singular_values(with_values(singular_value=values), direction="reverse")) == {
        "W<sub>hh</sub>": [1, 10, 100]
    }


def test_a_row_without_a_measurement_is_a_gap_and_one_after_a_nan_is_marked() -> None:
    record = with_values(singular_value=np.array([1, np.nan, 2], np.float32))
    figure = figures.watched_singular_values(record, direction="reverse")
    assert list(figure.data[0].x) == [0, 20]
    lost = replace(record, non_finite=NonFinite(5, "parameter", "a"))
    assert "× not finite" in caption(figures.watched_singular_values(lost, direction="reverse"))


@pytest.mark.parametrize(
    ("losses", "kind"), [([3, 2, 1], "log"), ([1, 0, -2], None), ([np.nan, np.nan, np.nan], "log")]
)
def test_losses_below_0_have_a_plain_axis(losses: list[float], kind: str | None) -> None:
    figure = figures.watched_loss(made(loss=np.array(losses, np.float32)))
    assert figure.layout.yaxis.type == kind
    if np.isfinite(losses).all():
        assert drawn(figure) == {"loss": losses}


def test_records_beside_each_other_have_the_same_axes() -> None:
    first = made()
    second = replace(
        with_norms(np.full((3, 9), 1e4, np.float32), np.array([0, 50, 100])),
        loss=np.array([100, 10, 1], np.float32), grad_norm=np.full(3, 50, np.float32),
        grad_norm_after=np.full(3, 5, np.float32),
    )  # fmt: skip
    every = [figures.watched_norms, figures.watched_loss, figures.watched_gradients, *PLACED.values()]
    for draw in every:
        one, other = draw(first, beside=[second]), draw(second, beside=[first])
        assert one.layout.xaxis.range == other.layout.xaxis.range
        assert one.layout.yaxis.range == other.layout.yaxis.range
    one, other = (
        figures.watched_gradients(a, direction="reverse", beside=[b]).data[0]
        for a, b in ((first, second), (second, first))
    )
    assert (one.zmin, one.zmax) == (other.zmin, other.zmax)


def test_of_another_record_the_same_place_is_meant_or_its_first_module() -> None:
    place = WatchedPlace("encoder.rnn", 1, "reverse")
    assert watched_place(made(), place) == place
    other = made(layers=(layer(path="rnn"),))
    assert watched_place(other, place) == WatchedPlace("rnn", 1, "forward")


def test_steps_are_those_of_the_row_and_of_the_first_one() -> None:
    norms = np.array([[1e-3, 1e-2, 1], [1, 1, 1], [0, 1e-4, np.nan]], np.float32)
    record = with_norms(norms, np.array([0, 10, 20]))
    module = record.layers[0]
    record = replace(
        record, layers=(replace(module, values={**module.values, "steps": np.array([3, 3, 2], np.float32)}),)
    )
    figure = figures.watched_steps(record, 2, direction="reverse")
    last, first = [trace for trace in figure.data if isinstance(trace.meta, dict)]
    assert (last.name, first.name) == ("after 20 updates", "after 0 updates")
    np.testing.assert_allclose(last.y, [np.nan, 1e-4])  # 0 has a mark at the edge
    assert "▽" in caption(figure)
    np.testing.assert_allclose(first.y, norms[0])
    assert figure.layout.yaxis.range == figures.watched_steps(record, 0, direction="reverse").layout.yaxis.range
    assert "At t = 0 it is 0.001 of the largest, at t = 2." in caption(
        figures.watched_steps(record, 0, direction="reverse")
    )
    film = steps_picture(record, 2, direction="reverse")
    np.testing.assert_array_equal(film.lines[0].y, norms[2, :2])
    np.testing.assert_array_equal(film.lines[1].y, norms[0])
    with pytest.raises(ValueError, match=r"row must be in -3\.\.2 for this record; got 3"):
        figures.watched_steps(record, 3)


def test_the_row_is_marked_between_its_neighbours() -> None:
    record = with_norms(np.ones((3, 4), np.float32), np.array([0, 10, 40]))
    shapes = [figures.watched_gradients(record, row=row).layout.shapes[0] for row in (0, 1, 2)]
    assert [(one.x0, one.x1) for one in shapes] == [(-5, 5), (5, 25), (25, 55)]


def test_a_plain_rnn_has_no_gates() -> None:
    rnn = LayerRecord(
        **{**vars(layer()), "cell": "rnn", "values": {**layer().values, "shut": np.zeros((3, 2, 2, 0), np.float32),
           "open": np.zeros((3, 2, 2, 0), np.float32)}}
    )  # fmt: skip
    for draw in (figures.watched_gates, figures.watched_half_lives):
        with pytest.raises(ValueError, match=r"a module must have gates; got a plain RNN at 'encoder\.rnn'"):
            draw(made(layers=(rnn,)))
