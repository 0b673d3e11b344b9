"""Curves of gradients, Jacobians and the triangle: the numbers given are the numbers drawn, and nothing is lost."""

import re
from dataclasses import replace
from typing import Any, Final

import numpy as np
import plotly.graph_objects as go
import pytest

from rnnviz import figures
from rnnviz.figures import style
from rnnviz.figures.curves import LARGEST, SMALLEST
from rnnviz.figures.gradients import CELL_SHAPES
from rnnviz.names import CELLS, Cell
from rnnviz.palette import Theme, network_color

THEMES: Final[tuple[Theme, ...]] = ("light", "dark")


def fading(cell: Cell, factor: float, count: int = 60, seeds: int = 3, **options: Any) -> figures.GradientCurve:
    """Powers of a factor back from the last step."""
    back = np.arange(count)[::-1]
    return figures.GradientCurve(cell, "", np.stack([(factor + 0.01 * k) ** back for k in range(seeds)]), **options)


def lines(figure: go.Figure) -> list[go.Scatter]:
    return [trace for trace in figure.data if trace.mode == "lines+markers"]


def edges(figure: go.Figure) -> list[go.Scatter]:
    return [trace for trace in figure.data if trace.meta == "edge"]


@pytest.mark.parametrize("theme", THEMES)
def test_curves_are_the_first_seed_in_a_band_of_all(theme: Theme) -> None:
    curves = [fading(cell, factor) for cell, factor in zip(CELLS, (0.5, 0.6, 0.7), strict=True)]
    figure = figures.step_gradient_curves(curves, at=59, theme=theme)
    for trace, curve in zip(lines(figure), curves, strict=True):
        np.testing.assert_allclose(trace.y, curve.norms[0], rtol=1e-6)
    bands = [trace for trace in figure.data if trace.meta == "band"]
    np.testing.assert_allclose(bands[1].y, curves[0].norms.max(0), rtol=1e-6)
    assert {trace.marker.symbol for trace in lines(figure)} == set(CELL_SHAPES.values())
    assert len({trace.line.color for trace in lines(figure)}) == 3
    assert figure.layout.yaxis.type == "log"
    assert "loss per unit of h" in figure.layout.yaxis.title.text
    assert figure.layout.template == style.template(theme)


def test_the_factor_is_in_the_legend_and_its_fit_is_drawn() -> None:
    figure = figures.step_gradient_curves([fading("rnn", 0.5, seeds=1)], at=59)
    assert lines(figure)[0].name == "RNN: ×0.5 per step from 14 steps back"
    (fit,) = [trace for trace in figure.data if trace.meta == "fit"]
    assert fit.line.color == lines(figure)[0].line.color
    known = np.isfinite(fit.y)
    np.testing.assert_allclose(fit.y[known], 0.5 ** (59.0 - fit.x[known]), rtol=1e-5)
    assert fit.x[known].max() == 59 - 14  # a quarter of the way
    assert "0.5 per step" in figure.layout.meta["alt"]


def test_a_curve_that_is_no_power_has_no_factor_and_that_is_said() -> None:
    level, falling = np.tile([[1.0, 4.0]], 15), 0.5 ** np.arange(30.0)[::-1] * np.tile([[1.0, 4.0]], 15)
    for norms, told in ((level, False), (falling, True), (np.ones((1, 30)), True)):
        figure = figures.step_gradient_curves([figures.GradientCurve("lstm", "", norms)], at=29)
        assert ("per step" in lines(figure)[0].name) == told
        assert bool([trace for trace in figure.data if trace.meta == "fit"]) == told
        assert ("far from exponential" in figure.layout.meta["alt"]) != told


def test_the_factor_of_the_reverse_direction_goes_the_other_way() -> None:
    curve = figures.GradientCurve("gru", "", 0.8 ** np.arange(40.0)[None])
    figure = figures.step_gradient_curves([curve], at=0, direction="reverse")
    assert lines(figure)[0].name == "GRU: ×0.8 per step from 9 steps back"


def test_the_factor_of_a_short_curve_is_of_all_its_steps() -> None:
    norms = 0.9 ** np.arange(6.0)[None, ::-1]
    figure = figures.step_gradient_curves([figures.GradientCurve("gru", "", norms)], at=5)
    assert lines(figure)[0].name == "GRU: ×0.9 per step"
    assert "Factor fitted over all steps, dotted." in str(figure.to_dict())


def test_a_loss_at_every_step_has_no_factor() -> None:
    figure = figures.step_gradient_curves([fading("lstm", 0.9)], at=None)
    assert lines(figure)[0].name == "LSTM"
    assert not [trace for trace in figure.data if trace.meta == "fit"]


def test_zero_underflow_infinity_and_no_number_stand_at_the_edges() -> None:
    norms = np.array([[1.0, 0.0, 1e-60, 1e60, np.inf, np.nan, 1e-3, 1.0]])
    figure = figures.step_gradient_curves([figures.GradientCurve("rnn", "", norms)], at=7)
    found = {trace.marker.symbol: (list(trace.x), list(trace.text)) for trace in edges(figure)}
    assert found == {
        "triangle-down-open": ([1, 2], ["0", "1e-60"]),
        "triangle-up-open": ([3, 4], ["1e+60", "inf"]),
        "x-thin-open": ([5], ["nan"]),
    }
    low, high = (10**edge for edge in figure.layout.yaxis.range)
    assert low < SMALLEST
    assert high > LARGEST
    for trace in edges(figure):
        assert all(low < y < high for y in trace.y)
    caption = figure.layout.title.subtitle.text
    assert all(mark in caption for mark in "▽△×")


def test_curves_without_any_number_make_a_figure() -> None:
    nothing = figures.GradientCurve("lstm", "", np.full((2, 9), np.nan))
    figure = figures.step_gradient_curves([nothing], at=8, began=3)
    assert len(edges(figure)[0].x) == 9
    assert "not finite from t = 3" in [note.text for note in figure.layout.annotations]
    zero = figures.step_gradient_curves([figures.GradientCurve("rnn", "", np.zeros((1, 9)))], at=8)
    assert len(edges(zero)[0].x) == 9
    assert figures.step_gradient_curves([figures.GradientCurve("rnn", "", np.ones((1, 1)))], at=0).data


def test_steps_after_the_loss_are_shaded_not_marked() -> None:
    norms = np.concatenate([0.5 ** np.arange(10.0)[::-1], np.zeros(10)])[None]
    figure = figures.step_gradient_curves([figures.GradientCurve("rnn", "", norms)], at=9)
    assert not edges(figure)
    assert (9.5, 19.5) in [(shape.x0, shape.x1) for shape in figure.layout.shapes]
    assert "exactly 0" in " ".join(note.text for note in figure.layout.annotations)


def test_words_stand_under_their_steps() -> None:
    figure = figures.step_gradient_curves([fading("rnn", 0.5, count=3)], at=2, tokens=("not", "<b>", "good"))
    assert figure.layout.xaxis.ticktext == ("not", "&lt;b&gt;", "<b>good</b>")


def test_lengths() -> None:
    curves = [
        figures.GradientCurve("rnn", "W<sub>hh</sub> × 2", np.array([[1, 1e-3, 1e-90]]), dash="dash", strong=True)
    ]
    figure = figures.length_gradient_curves(curves, (1, 10, 500), caption=["5 → 4 units, seed 1."])
    np.testing.assert_array_equal(lines(figure)[0].x, [1, 10, 500])
    np.testing.assert_allclose(lines(figure)[0].y[:2], [1, 1e-3], rtol=1e-6)
    assert list(edges(figure)[0].x) == [500]
    assert lines(figure)[0].line.dash == "dash"
    assert figure.layout.meta["alt"] == "5 → 4 units, seed 1. RNN, Wₕₕ × 2: 1e-90 of the gradient is left at T = 500."
    assert "length T (steps)" in figure.layout.xaxis.title.text


def test_singular_values() -> None:
    figure = figures.singular_value_bars(np.array([1.5, 1.0, 0.2]), 0.7)
    bars, radius, one = figure.data
    np.testing.assert_allclose(bars.y, [1.5, 1.0, 0.2])
    assert set(radius.y) == {0.7}
    assert set(one.y) == {1.0}
    assert "1 of 3 singular values are above 1, the largest is 1.5" in figure.layout.meta["alt"]


@pytest.mark.parametrize(
    ("largest", "actual", "expected"),
    [
        (0.9, 0.5, "must vanish"),
        (1.2, 0.5, "but here the gradient vanishes"),
        (1.2, 1.15, "here it does"),
        (1.2, 0.999, "neither vanishes"),
    ],
)
def test_jacobians_say_what_the_bound_is_worth(largest: float, actual: float, expected: str) -> None:
    k = np.arange(21.0)
    parts = {"norms": actual**k, "weight_norms": largest**k, "activation_norms": 0.9**k, "bound": largest**k}
    parts["bound_here"] = parts["bound"] * parts["activation_norms"]
    figure = figures.jacobian_curves(parts, largest=largest)
    assert len(lines(figure)) == 5
    assert len({(trace.line.dash, trace.marker.symbol) for trace in lines(figure)}) == 5
    np.testing.assert_allclose(lines(figure)[0].y, actual**k, rtol=1e-6)
    assert expected in figure.layout.meta["alt"]
    assert "sub>" not in figure.layout.meta["alt"]


def test_jacobians_of_one_step_of_zeros_and_of_no_number() -> None:
    for values in ([1.0], [1.0, 0.0, 0.0], [1.0, np.nan, np.nan]):
        parts = dict.fromkeys(figures.JACOBIAN_PARTS, np.array(values))
        figure = figures.jacobian_curves(parts, largest=1.0)
        assert len(edges(figure)) == (4 if len(values) > 1 else 0)  # the second bound is the first


def test_the_triangle_is_exact_empty_above_and_grey_where_there_is_no_number() -> None:
    norms = np.tril(np.full((6, 6), 0.01))
    norms[5, 0], norms[4, 1] = np.nan, 1e-30
    figure = figures.contribution_heatmap(norms, range(6), t=3)
    heat, grey = figure.data
    z = np.asarray(heat.z)
    assert z[3, 2] == pytest.approx(-2)
    assert z[4, 1] == pytest.approx(-30)
    assert np.isnan(z[2, 3])
    assert np.asarray(grey.z)[5, 0] == 1
    assert heat.zmin >= heat.zmax - 12
    assert heat.colorbar.ticktext[0].startswith("≤")
    assert figure.layout.yaxis.range[0] > figure.layout.yaxis.range[1]
    assert re.search("Grey: no finite number", figure.layout.meta["alt"])


def test_a_large_triangle_stays_small() -> None:
    figure = figures.contribution_heatmap(np.tril(np.ones((500, 500)))[4::5], range(4, 500, 5), t=0)
    assert len(figure.to_json()) < 300_000
    assert "of the sum of all norms" in figure.layout.meta["alt"]
    assert figures.contribution_heatmap(np.zeros((1, 1)), (0,)).data


def test_two_starts_of_a_cell_differ_in_color_and_in_dash() -> None:
    norms = 0.9 ** np.arange(9.0)[None]
    curves = [
        figures.GradientCurve("lstm", "", norms),
        figures.GradientCurve("lstm", "forget bias 3", norms, dash="dot"),
    ]
    for figure in (figures.step_gradient_curves(curves), figures.length_gradient_curves(curves, range(1, 10))):
        drawn = lines(figure)
        assert len({trace.line.color for trace in drawn}) == len({trace.line.dash for trace in drawn}) == 2


def ends(figure: go.Figure) -> list[Any]:
    return [note for note in figure.layout.annotations if note.name == "end"]


def test_curves_are_named_where_they_are_apart() -> None:
    """A loss at the last step spreads them at the first, one that reaches the first of T steps at the last."""
    curves = [fading("rnn", 0.5, count=30), fading("lstm", 0.9, count=30), fading("gru", 0.7, count=30)]
    over_time = ends(figures.step_gradient_curves(curves, at=29))
    assert {(note.text, note.x, note.xanchor) for note in over_time} == {
        (name, 0, "right") for name in ("RNN", "LSTM", "GRU")
    }
    figure = figures.step_gradient_curves(curves, at=29)
    assert figure.layout.xaxis.range[0] < -1.5
    falling = [figures.GradientCurve(curve.cell, "", curve.norms[:, ::-1]) for curve in curves]
    figure = figures.length_gradient_curves(falling, range(1, 31))
    assert {(note.text, note.x, note.xanchor) for note in ends(figure)} == {
        (name, 30, "left") for name in ("RNN", "LSTM", "GRU")
    }
    for note, color in zip(sorted(ends(figure), key=lambda note: note.y), ("rnn", "gru", "lstm"), strict=True):
        assert note.font.color == network_color("light", color)
    assert max(figure.layout.xaxis.tickvals) <= 30


def test_names_of_curves_that_end_at_one_place_stand_apart_or_are_left_out() -> None:
    curves = [fading(cell, factor, count=30) for cell in ("rnn", "lstm", "gru") for factor in (0.7, 0.7001, 0.9)]
    figure = figures.length_gradient_curves([replace(one, norms=one.norms[:, ::-1]) for one in curves], range(1, 31))
    low, high = figure.layout.yaxis.range
    heights = sorted(300 * (note.y - low) / (high - low) + note.yshift for note in ends(figure))
    assert 4 <= len(heights) < 9
    assert min(np.diff(heights)) >= 17 - 1e-9
    assert all(abs(note.yshift) <= 28 for note in ends(figure))


def in_a_line(figure: go.Figure) -> str:
    """A title, which may be in two lines."""
    title: str = figure.layout.title.text
    return title.replace("<br>", " ")


def test_the_title_tells_both_parts_of_a_gradient_that_does_not_go_on_as_it_begins() -> None:
    def title(factor: float, back: int = 31) -> str:
        """Of a curve that falls by half at each of two steps, and by this factor at each further one."""
        norms = np.concatenate([[1, 0.5], 0.25 * factor ** np.arange(back - 2)])[None, ::-1]
        curve = figures.GradientCurve("lstm", "", norms, strong=True)
        return in_a_line(figures.step_gradient_curves([curve], at=back - 1))

    assert title(1.0) == (
        "Going back, the gradient of this LSTM falls to 0.25 of its length in 7 steps, then stays there"
    )
    assert title(1.04).endswith("falls to 0.3 of its length in 7 steps, then grows to 0.75")
    assert title(0.9) == "The gradient of this LSTM falls to 0.013 of its length over 30 steps"
    assert title(1.04, back=5).startswith("The gradient of this LSTM falls to")
    grown = figures.GradientCurve("rnn", "", np.concatenate([np.full(29, 2.0), [1.5, 1.0]])[None])
    assert in_a_line(figures.step_gradient_curves([grown], at=30)) == (
        "Going back, the gradient of the RNN grows to 2 times its length in 7 steps, then stays there"
    )


def test_of_one_step_there_is_no_factor_and_one_step_back_is_no_steps() -> None:
    one = figures.step_gradient_curves([fading("lstm", 0.5, count=1, strong=True)], at=0)
    assert "One step is too few for a factor." in one.layout.meta["alt"]
    two = figures.step_gradient_curves([fading("rnn", 0.5, count=2, strong=True)], at=1)
    assert in_a_line(two) == "The gradient of this RNN falls to 0.5 of its length over 1 step"


def test_names_below_the_axis_stand_as_their_marks_do_and_off_the_ticks() -> None:
    curves = [
        figures.GradientCurve(cell, "", np.array([[1.0, 0.5, value]]))
        for cell, value in (("rnn", 1e-300), ("lstm", 1e-50), ("gru", 1e-60))
    ]
    figure = figures.length_gradient_curves(curves, (1, 2, 3))
    marks = {trace.name: float(trace.y[-1]) for trace in figure.data if trace.meta == "edge"}
    low, high = figure.layout.yaxis.range
    heights = {note.text: 300 * (note.y - low) / (high - low) + note.yshift for note in ends(figure)}
    assert sorted(heights, key=heights.get) == sorted(marks, key=marks.get) == ["RNN", "LSTM", "GRU"]
    assert min(heights.values()) >= 6 - 1e-9


def test_the_title_is_what_the_visitors_own_curve_does() -> None:
    own = fading("gru", 0.5, count=11, strong=True)
    title = in_a_line(figures.step_gradient_curves([fading("rnn", 0.9, count=11), own], at=10))
    assert title == "The gradient of this GRU falls to 0.00098 of its length over 10 steps"
    grown = fading("gru", 2.0, count=11)
    assert "grows to 1 × 10<sup>3</sup> times its length" in in_a_line(figures.step_gradient_curves([grown], at=10))
    level = figures.GradientCurve("rnn", "", np.ones((1, 11)))
    assert "is about as long as at first" in in_a_line(figures.step_gradient_curves([level], at=10))
    assert in_a_line(figures.step_gradient_curves([own])).endswith("at every step")
    gone = figures.GradientCurve("rnn", "", np.array([[1e-60, 1.0]]))
    assert in_a_line(figures.step_gradient_curves([gone], at=1)).endswith("at every step")
    lengths = figures.length_gradient_curves([figures.GradientCurve("lstm", "", np.array([[1, 0.25]]))], [1, 40])
    assert in_a_line(lengths) == "In the LSTM, 0.25 of the gradient reaches the first of 40 steps"


def test_two_curves_of_one_cell_have_two_names_at_their_ends() -> None:
    norms = 0.9 ** np.arange(20)[None, ::-1]
    curves = [
        figures.GradientCurve("rnn", "ReLU, identity × 1.5 (this network)", norms * 1e5, strong=True),
        figures.GradientCurve("rnn", "ReLU", norms),
    ]
    figure = figures.step_gradient_curves(curves, at=19)
    assert {one.text for one in figure.layout.annotations} == {"this network", "RNN, ReLU"}
