"""A figure sends what a screen can show: small at the largest sizes, and nothing that is no number is lost."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from inspect import signature
from typing import Final

import numpy as np
import plotly.graph_objects as go
import pytest
import torch
from torch import nn

from rnnviz import figures
from rnnviz.capture import capture
from rnnviz.figures import picture, style
from rnnviz.trace import Trace
from tests.together import together

SIZES: Final = ((1000, 256), (1000, 512), (5000, 100))
MOST: Final = 300_000
"""Bytes of a figure."""


@lru_cache(maxsize=1)
def lstm(steps: int, units: int) -> tuple[Trace, Mapping[str, np.ndarray]]:
    torch.manual_seed(0)
    module = nn.LSTM(16, units, batch_first=True)
    words = [f"extraordinarily{t % 50}" for t in range(steps)]
    weights = {name.removesuffix("_l0"): weight.detach().numpy() for name, weight in module.named_parameters()}
    return capture(module, torch.randn(1, steps, 16), tokens=[words]), weights


def curves(steps: int) -> list[figures.GradientCurve]:
    """As many as the page offers, each with a band."""
    back = np.arange(steps)[::-1]
    noise = 1 + 0.1 * np.random.default_rng(0).normal(size=(3, steps))
    return [
        figures.GradientCurve("lstm", f"forget bias {k}", np.maximum(noise * (0.5 + 0.07 * k) ** back, 0))
        for k in range(7)
    ]


def triangle(steps: int) -> tuple[np.ndarray, list[int]]:
    rows = list(range(steps - 1, -1, -max(1, steps // 100)))[::-1]
    apart = np.subtract.outer(rows, np.arange(steps))
    return np.where(apart >= 0, 0.99 ** np.maximum(apart, 0), 0), rows


FIGURES: Final[dict[str, Callable[[Trace, Mapping[str, np.ndarray]], go.Figure]]] = {
    **{f"signal_heatmap {signal}": lambda trace, _, s=signal: figures.signal_heatmap(trace, s) for signal in "hcf"},
    "saturation_scatter": lambda trace, _: figures.saturation_scatter(trace),
    "half_life_bars": lambda trace, _: figures.half_life_bars(trace, units=[1]),
    "retention_heatmap": lambda trace, _: figures.retention_heatmap(trace, t=3),
    "retention_heatmap of one": lambda trace, _: figures.retention_heatmap(trace, units=[3]),
    "contribution_bars": lambda trace, _: figures.contribution_bars(trace),
    "state_trajectory": lambda trace, _: figures.state_trajectory(trace, "c", t=3),
    "state_trajectory of two": lambda trace, _: figures.state_trajectory([trace, trace]),
    "word_unit_clusters": lambda trace, _: figures.word_unit_clusters(trace, t=3),
    **{
        f"{draw.__name__} {kernel}": lambda _, weights, d=draw, k=kernel: d(weights, k, cell="lstm")
        for draw in (figures.weight_heatmap, figures.weight_histogram, figures.weight_norms)
        for kernel in ("weight_hh", "weight_ih", "bias")
    },
    "step_gradient_curves": lambda trace, _: figures.step_gradient_curves(
        curves(trace.sizes["time"]), at=trace.sizes["time"] - 1, tokens=trace.tokens[0]
    ),
    "length_gradient_curves": lambda *_: figures.length_gradient_curves(curves(500), range(1, 501)),
    "singular_value_bars": lambda _, weights: figures.singular_value_bars(np.ones(weights["weight_hh"].shape[1]), 1.0),
    "jacobian_curves": lambda *_: figures.jacobian_curves(
        dict.fromkeys(figures.JACOBIAN_PARTS, 0.9 ** np.arange(200.0)), largest=0.9
    ),
    "output_change": lambda trace, _: figures.output_change(
        trace.panel("o")[:, 0], trace.panel("o")[:, 1], "a", trace.tokens[0]
    ),
    "effect_grid": lambda trace, _: figures.effect_grid(
        np.abs(trace.panel("h")[:60, :16].T),
        [f"{k}" for k in range(16)],
        trace.tokens[0][:60],
        of="effect",
        down="units",
    ),
    "ablation_bars": lambda _, weights: figures.ablation_bars(
        *np.abs(weights["weight_hh"][:, :3].T), of="accuracy lost"
    ),
    "probe_accuracy": lambda _, __: figures.probe_accuracy(
        [f"h, layer {k}" for k in range(8)],
        np.full(8, 0.9),
        np.tile([0.8, 0.95], (8, 1)),
        np.full(8, 0.5),
        0.4,
        of="bracket depth",
    ),
    "probe_direction": lambda _, weights: figures.probe_direction(weights["weight_hh"][0], "3", of="h"),
    "contribution_heatmap": lambda trace, _: figures.contribution_heatmap(
        *triangle(trace.sizes["time"]), tokens=trace.tokens[0], t=3
    ),
}


def caption(figure: go.Figure) -> str:
    return style.spoken(figure.layout.title.subtitle.text.replace("<br>", " "))


def test_every_figure_of_a_network_is_measured() -> None:
    measured = {name.split()[0] for name in FIGURES}
    drawing = {name: getattr(figures, name) for name in figures.__all__ if name.islower()}
    first = {name: next(iter(signature(draw).parameters)) for name, draw in drawing.items() if callable(draw)}
    of_networks = {name for name, parameter in first.items() if parameter in ("trace", "weights")}
    assert not of_networks - measured, "each has a row in FIGURES"


@pytest.mark.slow
@together("name", FIGURES)
@together("sizes", SIZES)
def test_bytes(sizes: tuple[int, int], name: str) -> None:
    trace, weights = lstm(*sizes)
    assert len(FIGURES[name](trace, weights).to_json().encode()) <= MOST


# --- What shares a cell, a bar or a mark ---


def test_cells_of_a_large_picture_are_means_and_say_so() -> None:
    trace, _ = lstm(1000, 256)
    figure = figures.signal_heatmap(trace, "f")
    (heat,) = figure.data
    assert (heat.dx, heat.x0, heat.dy, heat.y0) == (4, 1.5, 2, 0.5)
    values = trace.panel("f")
    np.testing.assert_allclose(heat.z[3, 5], values[20:24, 6:8].mean(), rtol=1e-6)
    assert "Each cell is the mean of 4 steps × 2 units." in caption(figure)
    assert "mean of 4 steps × 2 units" in heat.hovertemplate


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_one_number_that_is_not_finite_greys_its_cell(value: float) -> None:
    trace, _ = lstm(1000, 256)
    h = trace["h"].copy()
    h[0, 0, 0, 501, 100] = value
    broken = Trace("lstm", trace.tokens, trace.lengths, {**trace.values, "h": h})
    figure = figures.signal_heatmap(broken, "h")
    bad = ~np.isfinite(figure.data[0].z)
    assert np.argwhere(bad).tolist() == [[50, 125]]
    assert "Grey: no finite number." in caption(figure)
    together = figures.word_unit_clusters(broken)
    assert (~np.isfinite(together.data[0].z)).sum() == 1
    assert "Grey: no finite number." in caption(together)
    assert len(together.to_json()) < MOST


def test_retention_greys_what_is_no_number_and_leaves_empty_what_was_not_read() -> None:
    trace, _ = lstm(1000, 256)
    f = trace["f"].copy()
    f[0, 0, 0, 333, 7] = np.nan
    figure = figures.retention_heatmap(Trace("lstm", trace.tokens, trace.lengths, {**trace.values, "f": f}))
    heat, grey = figure.data
    written, read = np.meshgrid(heat.y, heat.x, indexing="ij")
    np.testing.assert_array_equal(np.isfinite(grey.z), (written <= 333) & (read >= 333) & (written <= read))
    np.testing.assert_array_equal(np.isnan(heat.z) & np.isnan(grey.z), written > read)
    assert len(figure.to_json()) < MOST


def test_of_five_thousand_words_every_fifth_is_put_in_order_the_marked_one_too() -> None:
    trace, _ = lstm(5000, 100)
    figure = figures.word_unit_clusters(trace, t=17)
    steps = {int(part.split()[0]) for label in figure.data[0].x for part in label.split(" … ")}
    assert all(step % 5 == 0 or step == 17 for step in steps)
    assert "Only every 5th word is shown." in caption(figure)
    assert figure.layout.shapes


def plain(text: str) -> float:
    """A number as a caption writes it: ``−2.95·10⁻⁹``."""
    number, _, power = text.replace("−", "-").partition("·10")
    return float(f"{number}e{power.translate(str.maketrans('⁻⁰¹²³⁴⁵⁶⁷⁸⁹', '-0123456789')) or 0}")


def test_of_many_steps_those_are_in_view_that_wrote_anything_and_the_caption_says_what_is_outside() -> None:
    trace, _ = lstm(1000, 256)
    figure = figures.contribution_bars(trace, t=600)
    low, high = figure.layout.xaxis.range
    shares = figure.data[0].y
    outside = shares[: round(low + 0.5)]
    assert low < 600 < high
    assert high - low < 200
    assert np.abs(outside).max() < np.nanmax(np.abs(shares)) / 1000
    told = caption(figure).partition("all others add up to ")[2].rstrip(".")
    assert plain(told) == pytest.approx(outside.sum(dtype=np.float64), rel=0.01)
    ticks = np.array(figure.layout.xaxis.tickvals)
    assert ((low < ticks) & (ticks < high)).sum() > 8
    assert (ticks > high).sum() > 4
    assert figures.contribution_bars(trace, t=3).layout.xaxis.range[0] == -0.5


def test_bars_of_many_steps_are_sums_and_still_add_up() -> None:
    trace, _ = lstm(5000, 100)
    figure = figures.contribution_bars(trace, t=4321)
    bars = figure.data[0]
    assert len(bars.y) == 1000
    assert np.nansum(bars.y) == pytest.approx(np.linalg.norm(trace.panel("c")[4321]), rel=1e-5)
    assert np.isnan(bars.y[-1])
    assert bars.customdata[1].startswith("t = 5 to 9, ")
    assert "Each bar is the sum over 5 steps." in caption(figure)


def test_a_share_that_is_no_number_has_a_mark() -> None:
    trace, _ = lstm(1000, 256)
    f = trace["f"].copy()
    f[0, 0, 0, 990, 0] = np.nan
    broken = Trace("lstm", trace.tokens, trace.lengths, {**trace.values, "f": f})
    crosses = [marks for marks in figures.contribution_bars(broken, units=[0]).data if marks.meta == "bad"]
    assert crosses
    assert crosses[0].x.max() < 990
    assert not [marks for marks in figures.contribution_bars(broken, units=[1]).data if marks.meta == "bad"]


def test_long_curves_keep_their_peaks_and_what_float32_cannot_hold() -> None:
    norms = np.full(5000, 1.0)
    norms[1234], norms[2345], norms[3456], norms[4000] = 50.0, 0.02, 1e-60, np.nan
    figure = figures.step_gradient_curves([figures.GradientCurve("rnn", "", norms[None])], at=None)
    line, *edges = figure.data
    assert {1234, 2345} <= set(line.x.tolist())
    np.testing.assert_allclose(line.y[np.isfinite(line.y)], norms[line.x[np.isfinite(line.y)]], rtol=1e-6)
    assert len(line.x) <= 1100
    assert sorted(step for marks in edges for step in marks.x.tolist()) == [3456, 4000]
    assert "The largest and the smallest value of every 10 steps are drawn." in caption(figure)


def test_a_state_with_no_number_is_grey_in_the_triangle_though_its_column_is_skipped() -> None:
    norms, rows = triangle(5000)
    norms[50, 2222] = np.nan
    figure = figures.contribution_heatmap(norms, rows)
    (grey,) = [layer for layer in figure.data if layer.meta == "grey"]
    stride = int(grey.x[1])
    assert np.argwhere(np.isfinite(grey.z)).tolist() == [[50, 2222 // stride]]
    assert len(figure.to_json()) < MOST


def test_weights_of_nothing_but_trouble_stay_small() -> None:
    _, weights = lstm(1000, 512)
    random = np.random.default_rng(0)
    bad = random.choice([np.nan, np.inf, -np.inf, 1e30, 0.1], (2048, 512), p=[0.1, 0.1, 0.1, 0.1, 0.6])
    figure = figures.weight_heatmap({**weights, "weight_hh": bad.astype(np.float32)}, cell="lstm")
    assert len(figure.to_json()) < MOST
    assert "of 1,048,576 entries" in caption(figure)


def test_thousands_of_saturated_units_share_marks_within_a_fortieth() -> None:
    random = np.random.default_rng(0)
    values = {
        signal: random.beta(0.3, 0.3, (4, 2, 1, 125, 512)).astype(np.float32) * 2 - (signal in "hcg")
        for signal in "hcifgo"
    }
    for gate in "ifo":
        values[gate] = random.beta(
            random.uniform(0.1, 2, 512), random.uniform(0.1, 2, 512), (4, 2, 1, 125, 512)
        ).astype(np.float32)
    figure = figures.saturation_scatter(Trace("lstm", (("w",) * 125,), np.array([125]), values))
    assert len(figure.to_json()) < MOST
    assert "Units within a fortieth of each other share a mark." in caption(figure)
    for marks in figure.data:
        np.testing.assert_allclose(40 * np.array(marks.x), np.rint(40 * np.array(marks.x)), atol=1e-4)


# --- Thinning by itself ---


@pytest.mark.parametrize(
    ("rows", "columns"), [(64, 200), (1, 5000), (256, 1000), (512, 1000), (100, 5000), (5000, 100)]
)
def test_cells_are_as_many_as_fit_and_not_far_fewer(rows: int, columns: int) -> None:
    down, across = picture.strides(rows, columns)
    count = -(-rows // down) * -(-columns // across)
    assert count <= picture.MOST_CELLS
    assert count > picture.MOST_CELLS / 3 or count == rows * columns


def test_means_by_hand() -> None:
    values = np.array([[1.0, 2, 3], [5, 6, 7], [9, np.inf, np.nan]])
    np.testing.assert_allclose(picture.means(values, 2, 2), [[3.5, 5], [np.inf, np.nan]])
    assert picture.means(values, 1, 1) is values


def test_the_largest_keeps_its_sign_and_yields_to_what_is_not_finite() -> None:
    values = np.array([[1.0, -2, 0], [0.5, 1, np.nan], [0, 0, 7]])
    np.testing.assert_allclose(picture.largest(values, 2), [[-2, np.nan], [0, 7]])


@pytest.mark.parametrize("count", [1, 2, 10, 11, 57, 1000])
def test_extremes_hold_both_ends_the_highest_the_lowest_and_gaps(count: int) -> None:
    values = np.random.default_rng(count).normal(size=count)
    if count > 20:
        values[13] = np.nan
    kept, few = picture.extremes(values, most=10)
    assert (kept[0], kept[-1]) == (0, count - 1)
    assert {int(np.nanargmax(values)), int(np.nanargmin(values))} <= set(kept.tolist())
    assert np.isnan(values[kept]).any() == np.isnan(values).any()
    assert len(kept) <= 10 + 3
    assert (few == 1) == (count <= 10)
    assert (np.diff(kept) > 0).all()
