"""Figures of networks in training: each number stands where it belongs, no spike is lost, and every line is said."""

from dataclasses import replace
from typing import get_args

import numpy as np
import plotly.graph_objects as go
import pytest

from rnnviz import analysis, clipping
from rnnviz.analysis import Course
from rnnviz.figures import TrainingMark, style, table_of, training_answers, training_curve
from rnnviz.figures.training import RECORDED, Measure, arm_name
from rnnviz.palette import SIGNAL_COLORS
from rnnviz.spec import ModelSpec, TaskSpec, TrainSpec
from tests.figures.test_heatmap import THEMES
from tests.figures.test_saturation import caption
from tests.together import together

MEASURES: tuple[Measure, ...] = get_args(Measure)
SPEC = TrainSpec(
    model=ModelSpec(input_size=2, hidden_size=4), task=TaskSpec("adding", 20), steps=5000, seeds=(0, 7), every=100,
    max_norm=1.0,
)  # fmt: skip
BARE = replace(SPEC, max_norm=None)


def made(spec: TrainSpec, steps: int = 5000, seed: int = 0) -> Course:
    """A course of two seeds."""
    generator = np.random.default_rng(seed)
    loss, norm, moved = np.exp(generator.standard_normal((3, 2, steps))).astype(np.float32)
    at = np.arange(0, steps + 1, 100)
    measured = generator.integers(0, 5, (4, 2, len(at))).astype(np.float32) + np.float32(0.5)
    answers = generator.random((2, 8, 1), np.float32)
    return Course(spec, np.arange(1, steps + 1), loss, norm, moved, at, *measured, answers)


@pytest.fixture
def arms() -> list[Course]:
    return [made(BARE), made(SPEC, seed=1)]


def lines(figure: go.Figure) -> list[go.Scatter]:
    return [trace for trace in figure.data if isinstance(trace.meta, dict)]


@together("theme", THEMES)
@together("measure", MEASURES)
def test_an_arm_is_told_by_colour_dash_and_shape(arms: list[Course], measure: Measure, theme: str) -> None:
    figure = training_curve(arms, measure, theme=theme)
    bare, clipped = lines(figure)
    assert [bare.name, clipped.name] == ["unclipped", "clipped, max_norm 1"]
    assert bare.marker.color == SIGNAL_COLORS[theme]["unclipped"]
    assert clipped.marker.color == SIGNAL_COLORS[theme]["clipped"]
    if measure in RECORDED:
        assert bare.line.color == bare.marker.color
        assert bare.line.dash != clipped.line.dash
    assert bare.marker.symbol != clipped.marker.symbol
    assert figure.layout.title.text
    assert figure.layout.yaxis.title.text
    assert figure.layout.template == style.template(theme)
    assert figure.layout.meta["alt"]


@pytest.mark.parametrize("measure", ["loss", "grad_norm", "update_norm"])
def test_what_is_recorded_stands_at_its_update_and_what_is_measured_between_two(
    arms: list[Course], measure: Measure
) -> None:
    for trace, course in zip(lines(training_curve(arms, measure)), arms, strict=True):
        values = getattr(course, measure)[0]
        np.testing.assert_array_equal(trace.y, values[trace.x.astype(int) - 1])
        assert (trace.x[0], trace.x[-1]) == (1, 5000)
    (trace, _) = lines(training_curve(arms, "singular_value"))
    assert (trace.x[0], trace.x[-1]) == (0.5, 5000.5)
    np.testing.assert_array_equal(trace.y, arms[0].singular_value[0])


def test_a_single_spike_is_drawn_wherever_it_is_and_the_payload_stays_small(arms: list[Course]) -> None:
    for at in (0, 63, 64, 3333, 4999):
        norms = arms[0].grad_norm.copy()
        norms[0, at], norms[0, (at + 2) % 5000] = 1e6, 1e-9
        figure = training_curve([replace(arms[0], grad_norm=norms), arms[1]], "grad_norm")
        trace, _ = lines(figure)
        assert np.nanmax(trace.y) == np.float32(1e6)
        assert trace.y.min() == np.float32(1e-9)
        assert trace.x[trace.y.argmax()] == at + 1
        assert len(trace.x) < 600
        assert len(figure.to_json()) < 60_000


def test_the_title_of_the_loss_says_what_both_arms_have_come_to_once_they_have(arms: list[Course]) -> None:
    bare, clipped = (f"{arm.score[0, -1]:.2g}" for arm in arms)
    assert training_curve(arms, "loss").layout.title.text == f"Held-out loss: {clipped} clipped, {bare} unclipped"
    lost = replace(arms[0], score=np.full_like(arms[0].score, np.nan))
    assert training_curve([lost, arms[1]], "loss").layout.title.text.endswith("clipped, not finite unclipped")
    unfinished = [replace(arm, spec=replace(arm.spec, steps=6000)) for arm in arms]
    assert training_curve(unfinished, "loss").layout.title.text == "Loss of each batch"
    assert training_curve(arms, "grad_norm").layout.title.text == "Gradient norm before clipping"


def test_the_band_holds_all_seeds(arms: list[Course]) -> None:
    figure = training_curve(arms[:1], "loss")
    low, high = (trace for trace in figure.data if trace.meta == "band")
    assert low.y.min() == arms[0].loss.min()
    assert high.y.max() == arms[0].loss.max()
    assert "Title and line: seed 0; band: all of seeds 0, 7." in caption(figure)
    one = replace(arms[0], spec=replace(BARE, seeds=(0,)), loss=arms[0].loss[:1])
    assert not [trace for trace in training_curve([one], "loss").data if trace.meta == "band"]


def test_infinity_and_nan_are_marks_at_the_edges(arms: list[Course]) -> None:
    loss = arms[0].loss.copy()
    loss[:, 100], loss[:, 101:] = np.inf, np.nan
    figure = training_curve([replace(arms[0], loss=loss), arms[1]], "loss")
    edges = [trace for trace in figure.data if trace.meta == "edge"]
    assert {trace.marker.symbol for trace in edges} == {"triangle-up-open", "x-thin-open"}
    assert "△ above 1,000,000, off the axis" in caption(figure)
    assert "not finite" in caption(figure)
    up = next(trace for trace in edges if trace.marker.symbol == "triangle-up-open")
    assert list(up.x) == [101]
    assert 10 ** figure.layout.yaxis.range[1] < 1e7


def test_a_spike_beyond_the_axis_is_a_mark_with_its_number(arms: list[Course]) -> None:
    norms = arms[0].grad_norm.copy()
    norms[0, 3333] = 3e9
    figure = training_curve([replace(arms[0], grad_norm=norms), arms[1]], "grad_norm")
    (above,) = (trace for trace in figure.data if trace.meta == "edge")
    assert (list(above.x), list(above.text)) == ([3334], ["3e+09"])


def test_what_curves_are_compared_with_is_drawn_and_said(arms: list[Course]) -> None:
    loss = training_curve(arms, "loss", baseline=1 / 6)
    assert [shape.y0 for shape in loss.layout.shapes] == [1 / 6]
    assert "0.167" in caption(loss)
    norm = training_curve(arms, "grad_norm", baseline=1 / 6)
    assert [shape.y0 for shape in norm.layout.shapes] == [1.0]
    assert "max_norm = 1" in caption(norm)
    assert not training_curve(arms, "update_norm", baseline=1 / 6).layout.shapes
    low, high = 10 ** np.array(training_curve([made(replace(SPEC, max_norm=1e6))], "grad_norm").layout.yaxis.range)
    assert low < 1e6 < high


@pytest.mark.parametrize("logarithmic", [True, False])
def test_beside_the_last_update_are_the_names_alone(arms: list[Course], logarithmic: bool) -> None:
    figure = training_curve(arms, "grad_norm", logarithmic=logarithmic)
    (level,) = figure.layout.shapes
    assert level.x1 == SPEC.steps  # no line strikes a name through
    if logarithmic:
        assert figure.layout.xaxis.ticktext == ("1", "10", "100", "1000")
        assert 10 ** figure.layout.xaxis.range[1] > 10_000


@pytest.mark.parametrize("logarithmic", [True, False])
def test_a_mark_stands_at_its_update_on_either_axis(arms: list[Course], logarithmic: bool) -> None:
    mark = TrainingMark(20, "update 20: norm 5,000")
    figure = training_curve(arms, "loss", mark=mark, logarithmic=logarithmic)
    (shape,) = figure.layout.shapes
    (note,) = [one for one in figure.layout.annotations if one.name != "end"]
    assert (shape.x0, shape.x1) == (20, 20)  # shapes take numbers, notes their logarithm
    assert note.x == pytest.approx(np.log10(20) if logarithmic else 20)
    assert note.text == mark.text
    assert figure.layout.xaxis.type == ("log" if logarithmic else None)
    assert mark.text in figure.layout.meta["alt"]


def test_arms_side_by_side_have_the_same_axes_and_their_own_titles(arms: list[Course]) -> None:
    left = training_curve(arms[:1], "grad_norm", beside=arms[1:])
    right = training_curve(arms[1:], "grad_norm", beside=arms[:1])
    assert left.layout.yaxis.range == right.layout.yaxis.range
    assert left.layout.xaxis.range == right.layout.xaxis.range
    assert left.layout.title.text.endswith(": unclipped")
    assert right.layout.title.text.endswith(": clipped, max_norm 1")


def test_axes_do_not_move_while_a_run_goes_on_and_zoom_is_kept(arms: list[Course]) -> None:
    early, late = (training_curve([made(BARE, steps)], "loss") for steps in (300, 5000))
    assert early.layout.xaxis.range == late.layout.xaxis.range
    assert early.layout.uirevision == late.layout.uirevision is not None


def test_units_are_counted_from_none_to_all(arms: list[Course]) -> None:
    figure = training_curve(arms, "dead")
    low, high = figure.layout.yaxis.range
    assert low < 0
    assert high > 4
    assert figure.layout.yaxis.type is None
    assert len([trace for trace in figure.data if trace.name == "unclipped"]) == 2


@pytest.mark.parametrize("measure", ["singular_value", "dead", "saturated"])
def test_between_two_measurements_nothing_is_drawn(arms: list[Course], measure: Measure) -> None:
    figure = training_curve(arms, measure)
    assert {trace.mode for trace in figure.data} == {"markers"}
    others = [trace for trace in figure.data if trace.meta == "band"]
    np.testing.assert_array_equal(others[0].y, getattr(arms[0], measure)[1])
    assert "Large: seed 0; small: the others of seeds 0, 7." in caption(figure)
    assert "Measured every 100 updates; the first mark: before any." in caption(figure)


@pytest.mark.parametrize("measure", MEASURES)
def test_no_number_stands_at_the_top_where_nothing_good_does(arms: list[Course], measure: Measure) -> None:
    lost = getattr(arms[0], measure).copy()
    lost[:, 5:] = np.nan
    figure = training_curve([replace(arms[0], **{measure: lost}), arms[1]], measure)
    (edge,) = [trace for trace in figure.data if trace.meta == "edge"]
    assert edge.marker.symbol == "x-thin-open"
    low, high = figure.layout.yaxis.range
    share = ((np.log10(edge.y) if figure.layout.yaxis.type == "log" else edge.y) - low) / (high - low)
    assert ((share > 0.9) & (share < 1)).all()
    assert "× not finite" in caption(figure)


def test_nothing_measured_yet_is_an_empty_picture(arms: list[Course]) -> None:
    none = {name: getattr(arms[0], name)[..., :0] for name in ("measured_at", "singular_value", "dead")}
    early = replace(arms[0], **none)
    for measure in ("singular_value", "dead"):
        assert not training_curve([early], measure).data


def test_answers_stand_over_what_is_wanted(arms: list[Course]) -> None:
    wanted = np.linspace(0, 2, 8, dtype=np.float32)
    figure = training_answers(arms, wanted)
    for trace, course in zip(figure.data, arms, strict=True):
        np.testing.assert_array_equal(trace.x, wanted)
        np.testing.assert_array_equal(trace.y, course.answers[0, :, 0])
    assert figure.data[0].marker.symbol != figure.data[1].marker.symbol
    assert (figure.layout.shapes[0].x0, figure.layout.shapes[0].x1) == (
        figure.layout.shapes[0].y0,
        figure.layout.shapes[0].y1,
    )
    lost = replace(arms[0], answers=np.full((2, 8, 1), np.nan, np.float32))
    assert "unclipped: 8 of 8 beyond the picture: NaN." in caption(training_answers([lost, arms[1]], wanted))


def test_the_numbers_behind_the_curves_are_a_table(arms: list[Course]) -> None:
    table = table_of(training_curve(arms, "loss"))
    assert list(table.columns) == ["unclipped", "clipped, max_norm 1"]
    assert (table.index.name, table.columns.name) == ("update", "curve")
    assert table.loc[1, "unclipped"] == arms[0].loss[0, 0]


def test_arms_are_called_by_what_clips_them() -> None:
    assert arm_name(BARE) == "unclipped"
    assert arm_name(replace(BARE, max_value=0.1)) == "clipped, values to ±0.1"
    assert arm_name(replace(SPEC, max_value=0.1)) == "clipped, max_norm 1, values to ±0.1"


def test_an_axis_ends_where_a_training_has_diverged_and_the_rest_is_marked() -> None:
    courses = [analysis.course(history) for history in clipping.shipped_pair("GRU, SGD")]
    for measure in ("loss", "grad_norm", "update_norm"):
        figure = training_curve(courses, measure)
        assert 1e6 < 10 ** figure.layout.yaxis.range[1] < 1e7
        lines = [trace for trace in figure.data if isinstance(trace.meta, dict)]
        assert max(np.nanmax(np.array(line.y, np.float64)) for line in lines) <= 1e6
        (above,) = (
            trace for trace in figure.data if trace.meta == "edge" and trace.marker.symbol == "triangle-up-open"
        )
        assert above.name == "unclipped"
        assert "△ above 1,000,000, off the axis; × not finite" in figure.layout.title.subtitle.text.replace("<br>", " ")
