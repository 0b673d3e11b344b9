"""Figures of what follows from interventions: their numbers, what is marked, and what the captions say."""

import numpy as np

from rnnviz import figures
from rnnviz.figures import style


def caption(figure: figures.Figure) -> str:
    return style.spoken(figure.layout.title.subtitle.text.replace("<br>", " "))


def test_both_curves_and_the_step_that_changes_most() -> None:
    before, after = np.array([np.nan, 0.9, 0.8]), np.array([np.nan, 0.9, 0.1])
    figure = figures.output_change(before, after, "yes", ["a", "b", "c"])
    np.testing.assert_allclose(figure.data[1].y, after, atol=1e-7)
    assert "It changes most at t = 2, “c”: from 0.8 to 0.1." in caption(figure)
    assert "It is the same at every step." in caption(figures.output_change(before, before, "yes", list("abc")))
    table = figures.table_of(figure)
    assert list(table.columns) == ["input", "before", "after"]


def test_every_cell_of_a_grid_can_be_clicked() -> None:
    effects = np.array([[0.0, 0.25], [0.5, 0.0]])
    figure = figures.effect_grid(effects, ["f", "h"], ["x", "y"], of="effect", down="signal")
    heat, marks = figure.data
    np.testing.assert_array_equal(heat.z, effects.astype(np.float32))
    assert list(zip(marks.x, marks.y, strict=True)) == [(0, 0), (1, 0), (0, 1), (1, 1)]
    assert marks.text[2] == "signal h<br>t = 0, “x”"
    assert figure.layout.title.text == "The largest effect is 0.5, at t = 0, “x” (signal: h)"
    table = figures.table_of(figure)
    assert (list(table.index), list(table.columns)) == (["f", "h"], [0, 1])
    np.testing.assert_array_equal(table.to_numpy(), effects.astype(np.float32))
    joined = figures.effect_grid(effects, ["f", "h"], ["0–1", "2–3"], of="effect", down="signal", width=2)
    assert list(figures.table_of(joined).columns) == ["0–1", "2–3"]
    words = ["yes", "well", "no", "know"] * 5
    crowded = figures.effect_grid(np.zeros((1, 20)), ["h"], words, of="effect", down="signal")
    assert (figure.layout.xaxis.tickangle, crowded.layout.xaxis.tickangle) == (None, -45)
    still = figures.effect_grid(effects * 1e-6, ["f", "h"], ["0–3", "4–7"], of="effect", down="signal", width=4)
    assert still.layout.title.text == "No single patch moves the output by 0.0001 or more"
    assert still.data[0].zmax > 100 * still.data[0].z.max()


def test_the_title_of_a_grid_names_all_cells_with_the_largest_effect() -> None:
    effects = np.zeros((5, 4))
    effects[1], effects[0, [0, 3]], effects[3:, 0] = (1, 0.999, 1, 1), 1, 1
    title = figures.effect_grid(effects, list("hcifg"), ["x"] * 4, of="effect", down="signal").layout.title.text
    assert style.spoken(title) == "The largest effect is 1: signal c at 4 of 4 steps, h at 2, f at 1, 1 more"
    few = figures.effect_grid(
        effects[:2], list("hc"), ["0–1"] * 4, of="effect", down="layer", width=2
    ).layout.title.text
    assert style.spoken(few) == "The largest effect is 1: layer c at 4 of 4 columns, h at 2"


def test_a_bar_of_colours_has_a_number_at_both_ends() -> None:
    bar = figures.effect_grid(np.array([[0.0, 0.9996]]), ["h"], ["x", "y"], of="effect", down="signal").data[0].colorbar
    assert (bar.tickvals, bar.ticktext) == ((0.0, 0.4998, 0.9996), ("0", "0.5", "1"))


def test_bars_are_sorted_and_carry_their_intervals() -> None:
    effects = np.array([0.1, 0.4, 0.0])
    figure = figures.ablation_bars(effects, effects - 0.05, effects + 0.1, of="accuracy lost", units=[0])
    (bars,) = figure.data
    assert list(bars.x) == ["1", "0", "2"]
    np.testing.assert_allclose(bars.error_y.array, 0.1, atol=1e-6)
    np.testing.assert_allclose(bars.error_y.arrayminus, 0.05, atol=1e-6)
    assert list(bars.marker.line.width) == [0, 3, 0]
    assert figure.layout.title.text == "Unit 1 matters most: accuracy lost 0.4 (0.35 to 0.5)"
    assert "The interval of 2 of 3 units lies above 0." in caption(figure)
    np.testing.assert_allclose(figures.table_of(figure)["low"], [0.35, 0.05, -0.05], atol=1e-6)
    idle = figures.ablation_bars(effects * 0, effects * 0, effects * 0, of="accuracy lost")
    assert idle.layout.title.text == "Nothing is lost without any single unit"
