"""Matrices, histograms and norms by gate: every number in its place, and what is no number in sight."""

from collections.abc import Callable
from typing import Final

import numpy as np
import plotly.graph_objects as go
import pytest

from rnnviz.analysis import spectral_radius
from rnnviz.figures import style, weight_heatmap, weight_histogram, weight_norms
from rnnviz.figures.picture import MOST_CELLS
from rnnviz.figures.weights import KERNELS
from rnnviz.names import CELLS, GATES, Cell
from rnnviz.palette import SIGNAL_COLORS, Theme
from tests.figures.test_heatmap import THEMES
from tests.together import together

DRAWN: Final = (weight_heatmap, weight_histogram, weight_norms)


def drawn(cell: Cell = "lstm", units: int = 6, inputs: int = 3) -> dict[str, np.ndarray]:
    random, rows = np.random.default_rng(0), len(GATES[cell]) * units
    shapes = {"weight_ih": (rows, inputs), "weight_hh": (rows, units), "bias_ih": (rows,), "bias_hh": (rows,)}
    return {name: random.uniform(-0.4, 0.4, shape).astype(np.float32) for name, shape in shapes.items()}


def caption(figure: go.Figure) -> str:
    return style.spoken(figure.layout.title.subtitle.text.replace("<br>", " "))


def images(figure: go.Figure) -> list[np.ndarray]:
    return [np.asarray(trace.z) for trace in figure.data if trace.type == "heatmap"]


def marks(figure: go.Figure) -> dict[str, list[tuple[int, int]]]:
    """(row, column) of every mark, by its shape."""
    return {
        trace.marker.symbol: list(zip(trace.y.tolist(), trace.x.tolist(), strict=True))
        for trace in figure.data
        if trace.type == "scatter"
    }


@together("theme", THEMES)
@together("kernel", KERNELS)
@together("cell", CELLS)
def test_matrices_in_torchs_order(cell: Cell, kernel: str, theme: Theme) -> None:
    weights = drawn(cell)
    figure = weight_heatmap(weights, kernel, cell=cell, theme=theme)
    whole = np.stack([weights["bias_ih"], weights["bias_hh"]], 1) if kernel == "bias" else weights[kernel]
    np.testing.assert_array_equal(np.concatenate(images(figure)), whole)
    axis = figure.layout.coloraxis
    assert axis.cmin == -axis.cmax
    assert axis.cmax == pytest.approx(np.abs(whole).max())
    assert figure.layout.template == style.template(theme)
    titles = [note.text[0] for note in figure.layout.annotations if "<br>" in note.text]
    assert titles == ([] if cell == "rnn" else list(GATES[cell]))


def test_what_no_colour_can_show_is_marked_and_counted() -> None:
    weights = drawn()
    weights["weight_hh"][1, 2] = np.nan
    weights["weight_hh"][6, 5] = np.inf
    weights["weight_hh"][7, 4] = -np.inf
    weights["weight_hh"][18, 0] = 1e6
    figure = weight_heatmap(weights, cell="lstm")
    assert marks(figure) == {
        "x": [(1, 2)],
        "triangle-up": [(0, 5)],
        "triangle-down": [(1, 4)],
        "diamond-open": [(0, 0)],
    }
    assert figure.layout.coloraxis.cmax < 1
    assert "1 NaN and 2 infinite of 144 entries" in caption(figure)
    assert "1 entry is off this scale; the largest has size 1e+06" in caption(figure)
    assert np.isnan(images(figure)[0][1, 2])
    counted = weight_histogram(weights, cell="lstm")
    assert sum(int(np.sum(trace.y)) for trace in counted.data) == 140
    assert caption(counted).count("⚠") == 2


@together("value", [0.0, np.nan, np.inf, 1e6, 1e-30, -3.0])
@together("draw", DRAWN)
@together("kernel", KERNELS)
def test_equal_entries_of_any_kind(draw: Callable[..., go.Figure], kernel: str, value: float) -> None:
    weights = {name: np.full_like(array, value) for name, array in drawn("gru").items()}
    figure = draw(weights, kernel, cell="gru")
    assert ("⚠" in caption(figure)) == (not np.isfinite(value))
    assert figure.to_json()


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("cell", CELLS)
def test_histograms_count_every_entry_on_common_axes(cell: Cell, kernel: str) -> None:
    figure = weight_histogram(drawn(cell), kernel, cell=cell)
    block = {"weight_ih": 18, "weight_hh": 36, "bias": 12}[kernel]
    assert [int(np.sum(trace.y)) for trace in figure.data] == [block] * len(GATES[cell])
    assert [trace.marker.color for trace in figure.data] == [SIGNAL_COLORS["light"][gate] for gate in GATES[cell]]
    assert len({tuple(np.asarray(trace.x)) for trace in figure.data}) == 1


@pytest.mark.parametrize("cell", CELLS)
def test_norms_are_those_of_the_blocks(cell: Cell) -> None:
    weights = drawn(cell)
    shown = {
        trace.name: np.asarray(trace.x) for trace in weight_norms(weights, cell=cell).data if trace.x[0] is not None
    }
    blocks = np.split(weights["weight_hh"].astype(np.float64), len(GATES[cell]))
    np.testing.assert_allclose(shown["Frobenius norm"], [np.linalg.norm(block) for block in blocks])
    np.testing.assert_allclose(shown["largest singular value"], [np.linalg.norm(block, 2) for block in blocks])
    np.testing.assert_allclose(shown["spectral radius"], [spectral_radius(block) for block in blocks])


def test_which_measures_a_kernel_has() -> None:
    def measures(kernel: str) -> set[str]:
        return {trace.name for trace in weight_norms(drawn(), kernel, cell="lstm").data}

    assert measures("weight_hh") == {"Frobenius norm", "largest singular value", "spectral radius"}
    assert measures("weight_ih") == {"Frobenius norm", "largest singular value"}
    assert measures("bias") == {"Frobenius norm"}


def test_a_norm_that_is_no_number_is_written() -> None:
    weights = drawn("gru")
    weights["weight_hh"][0, 0] = np.nan
    dots = next(trace for trace in weight_norms(weights, cell="gru").data if trace.name == "spectral radius")
    assert dots.text[0] == "NaN"
    assert np.isfinite(dots.x).all()


def test_large_matrices_share_cells_and_hide_nothing() -> None:
    weights = drawn(units=256)
    weights["weight_hh"][100, 200] = np.nan
    figure = weight_heatmap(weights, cell="lstm")
    found = images(figure)
    assert sum(image.size for image in found) <= MOST_CELLS
    assert len(figure.to_json()) < 300_000
    first = figure.data[0]
    assert (first.dx, first.x0) == (3, 1)
    tile = weights["weight_hh"][:3, :3]
    assert found[0][0, 0] == tile.ravel()[np.abs(tile).argmax()]
    assert np.isnan(found[0][100 // 3, 200 // 3])
    assert marks(figure)["x"] == [(100, 200)]
    assert "largest of 3 × 3" in caption(figure)


@pytest.mark.parametrize("draw", DRAWN)
def test_what_is_not_there_is_refused(draw: Callable[..., go.Figure]) -> None:
    weights = {name: array for name, array in drawn().items() if "bias" not in name}
    with pytest.raises(ValueError, match="kernel must be one of weight_ih, weight_hh for these weights; got 'bias'"):
        draw(weights, "bias", cell="lstm")


def test_axes_and_captions() -> None:
    figure = weight_heatmap(drawn("gru"), "weight_hh", cell="gru", layer=1, direction="reverse")
    assert caption(figure) == "GRU, layer 1 reverse, 3 × 6 × 6 numbers."
    assert figure.layout.yaxis.title.text == "unit"
    assert any("h<sub>" in note.text for note in figure.layout.annotations)
    assert weight_histogram(drawn(), cell="lstm").layout.yaxis.title.text == "entries (count)"
    assert "length is kept" in weight_norms(drawn(), cell="lstm").layout.xaxis.title.text
    for draw in DRAWN:
        assert "LSTM" in draw(drawn(), cell="lstm").layout.meta["alt"]
        assert "<" not in draw(drawn(), cell="lstm").layout.meta["alt"]
