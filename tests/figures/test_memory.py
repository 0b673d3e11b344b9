"""Bars and pictures of memory show the numbers that the analysis gives, each under its word; sums add up."""

from typing import Final

import numpy as np
import plotly.graph_objects as go
import pytest
import torch
from torch import nn

from rnnviz.analysis import contributions, half_life, retention
from rnnviz.capture import capture
from rnnviz.figures import contribution_bars, half_life_bars, retention_heatmap, style
from rnnviz.figures.memory import MOST_STEPS
from rnnviz.names import SIGNALS, Direction
from rnnviz.palette import SIGNAL_COLORS
from rnnviz.trace import Trace
from tests.figures.test_heatmap import THEMES, made
from tests.together import together

WAYS: Final[tuple[Direction, ...]] = ("forward", "reverse")
KEEPS: Final = {"lstm": ("f", "c"), "gru": ("z", "h")}


def real(cell: str, time: int = 7) -> Trace:
    torch.manual_seed(0)
    module = {"lstm": nn.LSTM, "gru": nn.GRU}[cell](3, 5, 2, bidirectional=True, batch_first=True)
    return capture(module, torch.randn(1, time, 3), tokens=[[f"w{t}" for t in range(time)]])


def with_forget(f: np.ndarray) -> Trace:
    """An LSTM of one layer whose forget gate is (time, unit); all else is zero."""
    values = {signal: np.zeros((1, 1, 1, *f.shape), np.float32) for signal in "hcigo"}
    values["f"] = f[None, None, None].astype(np.float32)
    return Trace("lstm", (tuple(f"w{t}" for t in range(len(f))),), np.array([len(f)]), values)


def caption(figure: go.Figure) -> str:
    return style.spoken(figure.layout.title.subtitle.text.replace("<br>", " "))


# --- half-life ---


@pytest.mark.parametrize("cell", KEEPS)
def test_bars_are_sorted_half_lives_from_one_step_on(cell: str) -> None:
    trace = real(cell)
    gate = KEEPS[cell][0]
    lives = half_life(trace.panel(gate, layer=1, direction="reverse"))
    figure = half_life_bars(trace, layer=1, direction="reverse")
    bars = figure.data[0]
    np.testing.assert_allclose(bars.base + bars.y, np.sort(lives)[::-1])
    np.testing.assert_array_equal([int(unit) for unit in figure.layout.xaxis.categoryarray], np.argsort(-lives))
    assert figure.layout.yaxis.type == "log"
    np.testing.assert_array_equal([int(unit) for unit in bars.x], np.argsort(-lives))
    assert figure.layout.xaxis.tickvals is None  # as many labels as have room
    assert bars.marker.color == SIGNAL_COLORS["light"][gate]
    assert "(steps)" in figure.layout.yaxis.title.text


def test_infinity_zero_and_no_number_are_marks() -> None:
    f = np.full((4, 5), 0.5)
    f[:, 1], f[2, 2], f[:, 3], f[:, 4] = 1, 0, np.nan, 0.9
    figure = half_life_bars(with_forget(f), units=[4])
    bars, *marks = figure.data
    np.testing.assert_allclose(bars.customdata[:, 0], [4, 0])
    np.testing.assert_allclose(bars.base + bars.y, [np.log(2) / -np.log(0.9), 1], rtol=1e-6)
    assert list(bars.marker.line.width) == [3, 0]
    assert {mark.text: list(mark.customdata) for mark in marks} == {"∞": [1], "0": [2], "NaN": [3]}
    low, high = 10 ** np.array(figure.layout.yaxis.range)
    assert all(low < mark.y[0] < high for mark in marks)
    assert [int(unit) for unit in figure.layout.xaxis.categoryarray] == [1, 4, 0, 2, 3]


@pytest.mark.parametrize(
    ("gates", "median"), [((0.0, 1.0), "between 0 and ∞"), ((1.0, 1.0), "∞"), ((0.5, 0.5, 1.0), "1"), ((0.5, 0.25), "")]
)
def test_a_median_between_a_number_and_infinity_is_said(gates: tuple[float, ...], median: str) -> None:
    said = half_life_bars(with_forget(np.array([gates] * 4))).layout.meta["alt"]
    assert f"Median {median}" in said
    assert median or "∞" not in said


@pytest.mark.parametrize("value", [1e-30, 0.02, 0.5, 0.999, 1 - 1e-7])
def test_every_bar_lies_within_the_axis_whose_ticks_are_few(value: float) -> None:
    figure = half_life_bars(with_forget(np.full((3, 2), value)))
    low, high = 10 ** np.array(figure.layout.yaxis.range)
    top = figure.data[0].base + figure.data[0].y
    assert ((low < top) & (top < high)).all()
    assert low < 1 < high
    assert 1 <= len(figure.layout.yaxis.tickvals) <= 13


def test_nothing_but_marks() -> None:
    assert "longest ∞" in caption(half_life_bars(with_forget(np.ones((3, 2)))))
    assert "No unit has a finite half-life" in caption(half_life_bars(with_forget(np.full((3, 2), np.nan))))


# --- retention ---


@together("way", WAYS)
@together("cell", KEEPS)
@together("units", [None, [3], [0, 2]])
def test_a_row_a_writer_a_column_a_reader(cell: str, way: Direction, units: list[int] | None) -> None:
    trace = real(cell)
    panel = trace.panel(KEEPS[cell][0], layer=1, direction=way)
    expected = retention(panel, range(5) if units is None else units, direction=way).mean(2)
    figure = retention_heatmap(trace, units=units, layer=1, direction=way)
    np.testing.assert_allclose(figure.data[0].z, expected.T, rtol=1e-6)
    assert (figure.data[0].zmin, figure.data[0].zmax) == (0, 1)
    assert np.isnan(np.asarray(figure.data[0].z)[2, 0]) == (way == "forward")


@pytest.mark.parametrize("theme", THEMES)
def test_words_stand_at_both_axes_and_the_step_is_marked(theme: str) -> None:
    figure = retention_heatmap(real("lstm"), t=2, theme=theme)
    assert figure.layout.xaxis.ticktext == ("w0", "w1", "<b>w2</b>", "w3", "w4", "w5", "w6")
    assert figure.layout.yaxis.ticktext == tuple(f"w{t}" for t in range(7))
    (mark,) = figure.layout.shapes
    assert (mark.x0, mark.x1) == (1.5, 2.5)
    assert figure.layout.template == style.template(theme)


def test_a_long_text_is_thinned_and_exact() -> None:
    random = np.random.default_rng(0)
    f = random.uniform(0.9, 1, (2 * MOST_STEPS + 1, 2))
    figure = retention_heatmap(with_forget(f))
    heat = figure.data[0]
    assert len(heat.x) <= MOST_STEPS
    whole = retention(f.astype(np.float32)).mean(2)
    np.testing.assert_allclose(heat.z, whole[np.ix_(heat.x, heat.y)].T, rtol=1e-5)
    assert "Only every 3rd step is drawn" in caption(figure)
    assert len(figure.to_json()) < 140_000


def test_as_many_steps_as_there_is_room_for_need_no_thinning() -> None:
    figure = retention_heatmap(with_forget(np.random.default_rng(0).uniform(0, 1, (MOST_STEPS, 64))), t=17)
    assert len(figure.data[0].x) == MOST_STEPS
    assert len(figure.to_json()) < 140_000  # gates and states stand beside it


# --- contributions ---


@together("way", WAYS)
@together("cell", KEEPS)
@together("units", [None, [3], [0, 2]])
@together("t", [0, 3, 6])
def test_bars_add_up_to_the_state(cell: str, way: Direction, units: list[int] | None, t: int) -> None:
    trace = real(cell)
    state = trace.panel(KEEPS[cell][1], layer=1, direction=way)[t]
    figure = contribution_bars(trace, units=units, t=t, layer=1, direction=way)
    bars = np.asarray(figure.data[0].y)
    chosen = state if units is None else state[units]
    expected = float(chosen[0]) if len(chosen) == 1 else np.linalg.norm(chosen)
    assert np.nansum(bars) == pytest.approx(expected, abs=2e-6)
    assert figure.layout.meta["sum"] == pytest.approx(expected, abs=2e-6)
    assert figure.layout.meta["state"] == pytest.approx(expected, rel=1e-6)
    assert style.digits(figure.layout.meta["sum"], 7) in caption(figure)
    unread = np.isnan(bars)
    np.testing.assert_array_equal(unread, np.arange(7) < t if way == "reverse" else np.arange(7) > t)


def test_a_bar_is_the_share_of_its_word() -> None:
    trace = real("lstm")
    figure = contribution_bars(trace, units=[2], t=4)
    np.testing.assert_allclose(figure.data[0].y, contributions(trace, t=4).steps[:, 2], rtol=1e-6)
    assert figure.data[0].customdata[3] == "t = 3 w3"
    assert figure.layout.xaxis.ticktext[4] == "<b>w4</b>"


def test_a_state_from_before_has_a_bar_of_its_own() -> None:
    f = np.full((3, 1), 0.5)
    trace = with_forget(f)
    values = {signal: array.copy() for signal, array in trace.values.items()}
    values["c"][0, 0, 0, :, 0] = [2, 1, 0.5]  # began at 4, nothing written
    figure = contribution_bars(Trace("lstm", trace.tokens, trace.lengths, values), t=2)
    assert list(figure.data[0].x) == [0, 1, 2, -1]
    assert list(figure.data[0].y) == [0, 0, 0, 0.5]
    assert figure.data[0].customdata[3] == "before the first step"
    assert figure.layout.xaxis.range[0] < -1
    assert figure.layout.meta["sum"] == figure.layout.meta["state"] == 0.5


def test_words_that_look_like_tags_stay_words() -> None:
    trace = real("gru")
    odd = Trace("gru", (("<b>", "a&b", *"cdefg"),), trace.lengths, dict(trace.values))
    for figure in (contribution_bars(odd, t=6), retention_heatmap(odd)):
        assert figure.layout.xaxis.ticktext[:2] == ("&lt;b&gt;", "a&amp;b")


def test_a_number_that_is_not_finite_is_no_crash() -> None:
    trace = real("lstm")
    values = {signal: array.copy() for signal, array in trace.values.items()}
    for signal in "cfi":
        values[signal][0, 0, 0, 3, 1] = np.nan
    broken = Trace("lstm", trace.tokens, trace.lengths, values)
    assert "NaN" in caption(contribution_bars(broken, units=[1], t=5))
    assert "NaN" in caption(contribution_bars(broken, t=5))
    assert np.isfinite(contribution_bars(broken, units=[2], t=5).layout.meta["sum"])
    retention_heatmap(broken)
    half_life_bars(broken)


def test_padding_is_not_drawn() -> None:
    trace = made("gru")
    for figure in (contribution_bars(trace, batch=1, t=2), retention_heatmap(trace, batch=1)):
        assert len(figure.layout.xaxis.ticktext) == 3


@pytest.mark.parametrize("draw", [half_life_bars, retention_heatmap, contribution_bars])
def test_a_plain_rnn_is_refused(draw: object) -> None:
    with pytest.raises(ValueError, match=r"trace must be of an lstm or a gru, .*; got rnn"):
        draw(made("rnn"))


def test_what_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match=r"units must be in 0\.\.4, at least one; got \[5\]"):
        contribution_bars(real("gru"), units=[5])
    with pytest.raises(ValueError, match=r"t must be in 0\.\.6"):
        contribution_bars(real("gru"), t=7)
    with pytest.raises(ValueError, match=r"layer must be in 0\.\.1"):
        half_life_bars(real("gru"), layer=2)


def test_the_title_names_the_unit_that_remembers_longest_if_there_is_one() -> None:
    def titled(f: list[float]) -> str:
        gate = np.tile(np.array(f, np.float32), (1, 1, 1, 4, 1))  # (layer, direction, batch, time, unit)
        trace = Trace("lstm", (("a", "b", "c", "d"),), np.array([4]), dict.fromkeys(SIGNALS["lstm"], gate))
        title: str = half_life_bars(trace).layout.title.text.replace("<br>", " ")
        return title

    assert (
        titled([0.5, 0.5**0.1, 0.5**0.5]) == "Unit 1 remembers longest: its c<sub>t</sub> has a half-life of 10 steps"
    )
    assert titled([0.5, 1.0]) == "How many steps each unit remembers"
    assert titled([np.nan, np.nan]) == "How many steps each unit remembers"
