"""What the widget of live curves is sent: the pictures that the figures draw, to the last digit, in few bytes."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from rnnviz import clipping, figures
from rnnviz.analysis import Course, course
from rnnviz.figures import style
from rnnviz.figures.training import HEIGHT
from rnnviz.palette import SIGNAL_COLORS
from rnnviz.spec import ModelSpec
from rnnviz.ui.shell import training_captions
from rnnviz.ui.widgets import live_view
from tests.figures.test_thresholds import made as swept
from tests.ui.messages import unpacked

SAID = ("What W<sub>hh</sub> was.",)


@pytest.fixture(scope="module")
def usual() -> tuple[Course, Course]:
    bare, clipped = (course(history) for history in clipping.shipped_pair())
    return bare, clipped


def sent(courses: Sequence[Course], *, beside: bool = False, logarithmic: bool = True) -> dict[str, Any]:
    return unpacked(
        live_view.training_message("a run", courses, beside=beside, logarithmic=logarithmic, caption=SAID)
    )  # fmt: skip


def panels(courses: Sequence[Course], **options: bool) -> dict[str, dict[str, Any]]:
    return {panel["key"]: panel for panel in sent(courses, **options)["panels"]}


def until(steps: int, *courses: Course) -> list[Course]:
    """The courses as they were after so many updates."""
    found = []
    for one in courses:
        known = one.measured_at <= steps
        recorded = {name: getattr(one, name)[..., :steps] for name in ("update", "loss", "grad_norm", "update_norm")}
        measured = {name: getattr(one, name)[:, known] for name in ("score", "singular_value", "dead", "saturated")}
        found.append(replace(one, **recorded, **measured, measured_at=one.measured_at[known]))
    return found


@pytest.mark.parametrize("logarithmic", [True, False])
@pytest.mark.parametrize("measure", ["loss", "grad_norm", "update_norm", "singular_value", "dead"])
def test_what_is_drawn_live_is_what_the_figure_draws(
    usual: tuple[Course, Course], measure: Any, logarithmic: bool
) -> None:
    panel = panels(usual, logarithmic=logarithmic)[f"{measure}.0"]
    mark = figures.TrainingMark(**panel["mark"])
    figure = figures.training_curve(
        usual, measure, mark=mark, baseline=1 / 6, caption=SAID, logarithmic=logarithmic
    )  # fmt: skip
    drawn = [trace for trace in figure.data if isinstance(trace.meta, dict)]
    for line, trace in zip(panel["lines"], drawn, strict=True):
        assert line["name"] == trace.name
        assert SIGNAL_COLORS["light"][line["arm"]] == trace.marker.color
        np.testing.assert_array_equal(line["x"], trace.x)
        np.testing.assert_array_equal(line["y"], np.array(trace.y, np.float32))
    for axis, drawn_axis in ((panel["x"], figure.layout.xaxis), (panel["y"], figure.layout.yaxis)):
        assert axis["title"] == drawn_axis.title.text
        assert axis["log"] == (drawn_axis.type == "log")
        ends = np.array([axis["low"], axis["high"]])
        np.testing.assert_allclose(np.log10(ends) if axis["log"] else ends, drawn_axis.range)
    assert panel["title"] == figure.layout.title.text
    assert "<br>".join(panel["caption"]) == figure.layout.title.subtitle.text
    assert panel["above"] == figure.layout.margin.t
    assert [level["at"] for level in panel["levels"]] == [
        shape.y0 for shape in figure.layout.shapes if shape.line.dash == "dot"
    ]


def test_a_picture_is_as_high_as_the_figure_that_takes_its_place(usual: tuple[Course, Course]) -> None:
    message = sent(usual)
    assert message["size"]["height"] == HEIGHT == figures.training_curve(usual, "loss").layout.height
    assert figures.threshold_curve([swept()]).layout.height == HEIGHT


def test_the_pictures_are_there_before_anything_is_measured(usual: tuple[Course, Course]) -> None:
    early = [replace(one, answers=one.answers[:, :0]) for one in until(1, *usual)]
    keys = ["loss.0", "grad_norm.0", "update_norm.0", "singular_value.0", "dead.0", "answers"]
    assert list(panels(early)) == list(panels(usual)) == keys
    none = ("measured_at", "singular_value", "dead")
    unmeasured = [replace(one, **{name: getattr(one, name)[..., :0] for name in none}) for one in early]
    shown = panels(unmeasured)
    assert [len(line["x"]) for line in shown["singular_value.0"]["lines"]] == [0, 0]
    assert [len(line["y"]) for line in shown["answers"]["lines"]] == [0, 0]
    assert [list(line["x"]) for line in shown["loss.0"]["lines"]] == [[1], [1]]
    assert shown["loss.0"]["x"] == panels(usual)["loss.0"]["x"]  # the axis of updates does not move


def test_arms_side_by_side_have_pictures_of_their_own_on_one_scale(usual: tuple[Course, Course]) -> None:
    shown = panels(usual, beside=True)
    assert list(shown)[:2] == ["loss.0", "loss.1"]
    left, right = shown["grad_norm.0"], shown["grad_norm.1"]
    assert ([line["arm"] for line in left["lines"]], [line["arm"] for line in right["lines"]]) == (
        ["unclipped"],
        ["clipped"],
    )
    assert left["y"] == right["y"]
    assert left["mark"]["update"] == 2
    assert right["mark"] is None
    assert len(shown) == 11


def test_the_first_bad_update_is_marked_once_it_is_there(usual: tuple[Course, Course]) -> None:
    assert panels(until(1, *usual))["loss.0"]["mark"] is None
    mark = panels(until(2, *usual))["loss.0"]["mark"]
    assert mark == {"update": 2, "text": f"update 2: norm {training_captions.number(float(usual[0].grad_norm[0, 1]))}"}


def test_what_is_not_finite_arrives_so(usual: tuple[Course, Course]) -> None:
    loss = usual[0].loss.copy()
    loss[:, 700], loss[:, 701:] = np.inf, np.nan
    panel = panels([replace(usual[0], loss=loss), usual[1]])["loss.0"]
    line = panel["lines"][0]
    assert line["y"][line["x"] == 701] == np.inf
    assert np.isnan(line["y"][line["x"] > 701]).all()
    assert np.isfinite([panel["y"]["low"], panel["y"]["high"]]).all()
    assert "△ above 1,000,000, off the axis; × not finite" in " ".join(panel["caption"])
    assert "NaN at the last." in panel["alt"]
    assert np.isnan(line["band"][:, -1]).all()


def test_a_message_is_small_however_long_the_run(usual: tuple[Course, Course]) -> None:
    assert len(live_view.training_message("a run", usual, beside=False, logarithmic=True, caption=SAID)) < 80_000
    assert (
        len(live_view.training_message("a run", until(100, *usual), beside=False, logarithmic=True, caption=SAID))
        < 25_000
    )
    for arm in panels(usual)["grad_norm.0"]["lines"]:
        assert len(arm["x"]) < 600
        assert arm["y"].max() == usual[arm["arm"] == "clipped"].grad_norm[0].max()


def test_one_seed_has_no_band(usual: tuple[Course, Course]) -> None:
    names = ("loss", "grad_norm", "update_norm", "score", "singular_value", "dead", "saturated", "answers")
    alone = [
        replace(one, spec=replace(one.spec, seeds=(0,)), **{name: getattr(one, name)[:1] for name in names})
        for one in usual
    ]
    shown = panels(alone)
    assert all(line["band"].size == line["bandX"].size == 0 for line in shown["loss.0"]["lines"])
    assert all(len(line["band"]) == 0 for line in shown["dead.0"]["lines"])
    assert all(line["band"].shape == (2, len(line["bandX"])) for line in panels(usual)["loss.0"]["lines"])
    assert all(line["band"].shape == (2, len(line["bandX"])) for line in panels(usual)["dead.0"]["lines"])


def test_updates_that_one_point_stands_for_are_told(usual: tuple[Course, Course]) -> None:
    thinned = [
        replace(
            one, **{name: getattr(one, name)[..., 9::10] for name in ("update", "loss", "grad_norm", "update_norm")}
        )
        for one in usual
    ]
    assert "Each point: the largest of 10 updates." in panels(thinned)["loss.0"]["caption"]
    assert "Each point: the largest of 10 updates." not in panels(thinned)["dead.0"]["caption"]
    assert not [line for line in panels(usual)["loss.0"]["caption"] if line.startswith("Each point")]


def test_other_cells_saturate(usual: tuple[Course, Course]) -> None:
    gated = [replace(one, spec=replace(one.spec, model=ModelSpec("gru", 2, 32))) for one in usual]
    assert "saturated.0" in panels(gated)
    assert "dead.0" not in panels(gated)


def test_answers_stand_over_what_is_wanted_and_those_beyond_are_told(usual: tuple[Course, Course]) -> None:
    lost = replace(usual[0], answers=np.full_like(usual[0].answers, np.inf))
    panel = panels([lost, usual[1]])["answers"]
    bare, clipped = panel["lines"]
    assert np.isnan(bare["y"]).all()
    np.testing.assert_array_equal(clipped["y"], usual[1].answers[0, :, 0])
    assert any("beyond the picture: ∞." in line for line in panel["caption"])
    assert panel["kind"] == "points"


def test_losses_of_many_thresholds_are_those_of_the_figure() -> None:
    sweeps = [swept(), swept(by_value=True)]
    message = unpacked(live_view.sweep_message("a run", sweeps, SAID))
    (panel,) = message["panels"]
    figure = figures.threshold_curve(sweeps, baseline=1 / 6, caption=SAID)
    drawn = [trace for trace in figure.data if isinstance(trace.meta, dict)]
    assert [line["arm"] for line in panel["lines"]] == ["clipped", "value", "unclipped"]
    for line, trace in zip(panel["lines"], drawn, strict=True):
        assert line["name"] == trace.name
        np.testing.assert_array_equal(line["x"], trace.x)
        np.testing.assert_array_equal(line["y"], np.array(trace.y, np.float32))
    np.testing.assert_allclose(np.log10([panel["x"]["low"], panel["x"]["high"]]), figure.layout.xaxis.range)
    np.testing.assert_allclose(np.log10([panel["y"]["low"], panel["y"]["high"]]), figure.layout.yaxis.range)
    assert not message["across"]  # the shares of clipped updates come beside it
    assert unpacked(live_view.sweep_message("a run", [swept(by_value=True)], SAID))["across"]


def test_every_colour_is_sent_for_both_themes(usual: tuple[Course, Course]) -> None:
    palette = sent(usual)["palette"]
    assert palette["dark"]["signal"]["clipped"] == SIGNAL_COLORS["dark"]["clipped"]
    assert palette["light"]["ground"]["bad"]


def test_what_is_heard_has_no_tags(usual: tuple[Course, Course]) -> None:
    for panel in panels(usual).values():
        assert style.spoken(panel["alt"]) == panel["alt"]
        assert panel["alt"].startswith(style.spoken(panel["title"]))
