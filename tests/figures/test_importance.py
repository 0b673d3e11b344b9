"""A bar a word and a picture a way of asking."""

from itertools import pairwise

import numpy as np
import pytest

from rnnviz.figures import Importance, importance_bars, table_of
from rnnviz.palette import DIVERGING, SEQUENTIAL, Theme
from tests.figures.test_heatmap import THEMES
from tests.figures.test_saturation import caption

WORDS = ("not", "a", "<b>good</b>", "film")
VALUES = np.array([-0.5, 0.0, 1.25, 0.1])
ATTENTION = Importance("attention", np.array([0.2, 0.1, 0.6, 0.1]), "share", is_signed=False)
WAYS = (Importance("integrated gradients", VALUES), Importance("left out", VALUES / 2), ATTENTION)


@pytest.mark.parametrize("theme", THEMES)
def test_up_and_down_have_their_colours(theme: Theme) -> None:
    figure = importance_bars(WORDS, WAYS, theme=theme)
    negative, positive = DIVERGING[theme][0], DIVERGING[theme][-1]
    for bars, way in zip(figure.data, WAYS, strict=True):
        np.testing.assert_allclose(bars.y, way.values)
    assert list(figure.data[0].marker.color) == [negative, positive, positive, positive]
    assert figure.data[2].marker.color == SEQUENTIAL[theme][-1]
    assert caption(figure) == "Bars up push toward “positive”, bars down toward “negative”."


def test_pictures_stand_under_each_other_with_their_names() -> None:
    figure = importance_bars(WORDS, WAYS)
    domains = [figure.layout[axis].domain for axis in ("yaxis", "yaxis2", "yaxis3")]
    assert domains[0][1] == 1
    assert domains[2][0] == pytest.approx(0, abs=1e-9)
    assert all(upper[0] > lower[1] for upper, lower in pairwise(domains))
    assert [bars.yaxis for bars in figure.data] == ["y", "y2", "y3"]
    assert [note.text for note in figure.layout.annotations] == [f"<b>{way.name}</b>" for way in WAYS]
    assert [note.y for note in figure.layout.annotations] == [domain[1] for domain in domains]
    assert figure.layout.xaxis.anchor == "y3"
    assert importance_bars(WORDS, WAYS[:1]).layout.xaxis.anchor == "y"
    assert list(figure.layout.xaxis.ticktext) == ["not", "a", "&lt;b&gt;good&lt;/b&gt;", "film"]


def test_zero_and_all_values_are_in_view() -> None:
    axes = importance_bars(WORDS, WAYS).layout
    assert axes.yaxis.range[0] < -0.5
    assert axes.yaxis.range[1] > 1.25
    assert axes.yaxis3.range[0] == 0
    nothing = importance_bars(("zyx",), [Importance("left out", np.array([1e-9]))]).layout.yaxis.range
    assert nothing[1] > 1e-3
    below = importance_bars(("bad",), [Importance("left out", np.array([-2.0]))]).layout.yaxis.range
    assert below[1] > 0.25  # there is a side for praise too


def test_a_selected_word_is_marked() -> None:
    figure = importance_bars(WORDS, WAYS, selected=2)
    (band,) = figure.layout.shapes
    assert (band.x0, band.x1) == (1.5, 2.5)
    assert figure.layout.xaxis.ticktext[2].startswith("<b>")


def test_what_is_said_and_the_table() -> None:
    figure = importance_bars(WORDS, WAYS, caption=["A network."])
    assert "integrated gradients, largest: good 1.2, not −0.5, film 0.1." in figure.layout.meta["alt"]
    table = table_of(figure)
    assert table["of"].unique().tolist() == [way.name for way in WAYS]
    assert table["word"][:4].tolist() == ["0 not", "1 a", "2 <b>good</b>", "3 film"]
    np.testing.assert_allclose(table["value"], np.concatenate([way.values for way in WAYS]), rtol=1e-6)


def test_of_very_many_words_a_bar_is_a_sum() -> None:
    values = np.random.default_rng(0).normal(size=2500)
    figure = importance_bars(["extraordinarily"] * 2500, [Importance("left out", values)] * 3)
    assert len(figure.data[0].y) == 834
    np.testing.assert_allclose(figure.data[0].y[:2], [values[:3].sum(), values[3:6].sum()], rtol=1e-5)
    assert figure.data[0].y.sum() == pytest.approx(values.sum(), rel=1e-4)
    assert "Each bar is the sum over 3 words." in caption(figure)
    assert len(figure.to_json()) < 300_000


def test_of_many_words_the_loudest_are_named() -> None:
    values = np.random.default_rng(1).normal(size=200)
    values[77], values[78], values[150] = 9, 8.5, -8
    other = Importance("attention", np.eye(200)[120], "share", is_signed=False)
    axis = importance_bars([f"w{t}" for t in range(200)], [Importance("left out", values), other], selected=3).layout
    named = list(axis.xaxis.tickvals)
    assert {3, 77, 120, 150} <= set(named)
    assert 78 not in named  # there is no room beside 77
    assert 10 <= len(named) <= 20
    assert np.diff(sorted(named)).min() >= 200 / 20
    assert axis.xaxis.ticktext[named.index(3)] == "<b>w3</b>"
    assert axis.xaxis.ticktext[named.index(150)] == "w150"


@pytest.mark.parametrize(("tokens", "ways"), [(WORDS[:3], WAYS), (WORDS, ()), ((), ())])
def test_a_number_a_word(tokens: tuple[str, ...], ways: tuple[Importance, ...]) -> None:
    with pytest.raises(ValueError, match="ways must have a number for each of the tokens, at least 1; got"):
        importance_bars(tokens, ways)
