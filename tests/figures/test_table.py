"""The table behind a figure holds the numbers that it draws, each under the name of what it is."""

import numpy as np
import pytest

from rnnviz import figures
from rnnviz.analysis import half_life, mean_retention, saturation
from rnnviz.figures import table_of
from rnnviz.names import SIGNALS
from rnnviz.trace import Trace
from tests.figures.test_gradients import fading
from tests.figures.test_heatmap import made
from tests.figures.test_memory import real, with_forget
from tests.figures.test_payload import FIGURES, lstm
from tests.figures.test_weights import drawn
from tests.together import together


def test_a_picture_is_a_table_of_its_cells() -> None:
    trace = made("lstm")
    table = table_of(figures.signal_heatmap(trace, "f", layer=1))
    np.testing.assert_array_equal(table.to_numpy(), trace["f"][1, 0, 0].T)
    assert (table.index.name, table.columns.name) == ("unit", "step t")
    assert list(table.columns) == [0, 1, 2, 3, 4]


def test_cells_that_are_means_say_where_they_begin() -> None:
    table = table_of(figures.signal_heatmap(lstm(1000, 256)[0], "f"))
    assert list(table.columns[:3]) == ["0 …", "4 …", "8 …"]
    assert list(table.index[:2]) == ["0 …", "2 …"]


def test_words_are_as_they_were_read() -> None:
    trace = made("gru", tokens=("<b>", "a&b", "c", "d", "e"))
    assert {"0 <b>", "1 a&b"} <= set(table_of(figures.word_unit_clusters(trace)).columns)
    assert list(table_of(figures.state_trajectory(trace))["input"]) == ["<b>", "a&b", "c", "d", "e"]


def test_retention() -> None:
    trace = real("lstm")
    table = table_of(figures.retention_heatmap(trace))
    np.testing.assert_allclose(table.to_numpy(), mean_retention(trace.panel("f")).T, rtol=1e-6)


def test_half_lives_with_those_that_no_bar_shows() -> None:
    f = np.full((4, 5), 0.5)
    f[:, 1], f[2, 2], f[:, 3], f[:, 4] = 1, 0, np.nan, 0.9
    table = table_of(figures.half_life_bars(with_forget(f))).set_index("unit").sort_index()
    np.testing.assert_allclose(table["half-life (steps)"], half_life(f), rtol=1e-6)


def test_shares() -> None:
    table = table_of(figures.contribution_bars(real("lstm"), units=[2], t=4))
    assert list(table.columns) == ["step that wrote", "part of cₜ"]
    assert table.iloc[3, 0] == "t = 3 w3"
    assert table.iloc[:5, 1].sum() == pytest.approx(real("lstm").panel("c")[4, 2], abs=1e-6)
    assert table.iloc[5:, 1].isna().all()


def test_saturation_by_gate() -> None:
    trace = made("lstm", scale=1.0)
    table = table_of(figures.saturation_scatter(trace))
    assert set(table["of"]) == {"iₜ input gate", "fₜ forget gate", "oₜ output gate"}
    forget = table[table["of"] == "fₜ forget gate"]
    (shut,) = (title for title in table if "below 0.1" in title)
    assert "% of steps" in shut
    np.testing.assert_allclose(np.unique(forget[shut]), np.unique(100 * saturation(trace, "f").left), rtol=1e-6)


def test_saturation_has_a_row_for_every_unit_in_whole_per_cents() -> None:
    """A mark of 63 units, whose hover names twelve of them."""
    values = {signal: np.full((1, 1, 1, 10, 64), 0.5, np.float32) for signal in SIGNALS["lstm"]}
    values["f"][..., :3, 7], values["f"][..., :7, 3] = 0.95, 0.05
    trace = Trace("lstm", (tuple("abcdefghij"),), np.array([10]), values)
    table = table_of(figures.saturation_scatter(trace))
    forget = table[table["of"] == "fₜ forget gate"].drop(columns="of").set_index("unit")
    assert forget.index.tolist() == list(range(64))
    assert forget.loc[[2, 3, 7]].to_numpy().tolist() == [[0, 0], [70.0, 0], [0, 30.0]]
    assert len(table) == 3 * 64
    text = figures.csv_of(figures.saturation_scatter(trace))
    assert "…" not in text
    assert "fₜ forget gate,3,70.0,0.0" in text.splitlines()


def test_saturation_names_layers_and_directions_where_there_are_several() -> None:
    table = table_of(figures.saturation_scatter(made("gru")))
    keys = table[["of", "layer", "direction", "unit"]].to_records(index=False).tolist()
    assert len(set(keys)) == len(keys) == 2 * 16
    assert keys[0] == ("rₜ reset gate", 0, "forward", 0)


def test_numbers_of_marks_have_the_digits_of_their_precision() -> None:
    """A column that a number beyond float32 makes wider: the others keep their digits."""
    curves = [figures.GradientCurve("rnn", "", np.array([[1.0, 0.2, 1e-60]]))]
    cells = [line.split(",")[1] for line in figures.csv_of(figures.step_gradient_curves(curves)).splitlines()[1:]]
    assert cells == ["1.0", "0.2", "1e-60"]


def test_curves_side_by_side_with_what_lies_beyond_the_edges() -> None:
    curves = [
        figures.GradientCurve("rnn", "", np.array([[1.0, 1e-60, np.nan, 0.5]])),
        figures.GradientCurve("gru", "", np.array([[1.0, 2, np.inf, 4]])),
    ]
    table = table_of(figures.step_gradient_curves(curves, at=None))
    assert list(table.index) == [0, 1, 2, 3]
    np.testing.assert_allclose(table["RNN"], [1, 1e-60, np.nan, 0.5])
    np.testing.assert_allclose(table["GRU"], [1, 2, np.inf, 4])


def test_what_was_read_stands_beside_the_steps() -> None:
    tokens = ("the", "=film", "was", "<b>")
    curves = [figures.GradientCurve("rnn", "", np.array([[1.0, 0.5, 0.25, 0.1]]))]
    for named in ({"tokens": tokens}, {"read": tokens}):
        figure = figures.step_gradient_curves(curves, at=3, **named)  # type: ignore[arg-type]
        assert list(table_of(figure)["input"]) == list(tokens)
        assert figures.csv_of(figure).splitlines()[:3] == [
            "step t,input,RNN: ×2.14 per step",
            "0,the,1.0",
            "1,'=film,0.5",
        ]
        triangle = figures.contribution_heatmap(np.tril(np.ones((2, 4)), 1), (1, 3), **named)  # type: ignore[arg-type]
        assert list(table_of(triangle)["input"]) == ["=film", "<b>"]
    assert "read" not in table_of(figures.step_gradient_curves(curves))


def test_lengths_and_jacobians() -> None:
    table = table_of(figures.length_gradient_curves([fading("lstm", 0.5, 3)], (1, 10, 500)))
    assert list(table.index) == [1, 10, 500]
    assert table.index.name == "length T (steps)"
    parts = dict.fromkeys(figures.JACOBIAN_PARTS, 0.9 ** np.arange(5.0)) | {"bound": np.arange(1.0, 6)}
    jacobians = table_of(figures.jacobian_curves(parts, largest=0.9))
    np.testing.assert_allclose(jacobians["bound: σ₁ᵏ"], np.arange(1.0, 6))


def test_the_triangle_in_norms_not_logarithms() -> None:
    norms = np.tril(np.full((6, 6), 0.01))
    norms[5, 0] = np.nan
    np.testing.assert_allclose(table_of(figures.contribution_heatmap(norms, range(6))), norms, rtol=1e-5)


def test_weights_by_gate() -> None:
    weights = drawn("gru")
    table = table_of(figures.weight_heatmap(weights, cell="gru"))
    np.testing.assert_array_equal(table.loc["z"], weights["weight_hh"][6:12])
    counted = table_of(figures.weight_histogram(weights, cell="gru"))
    assert counted.groupby("of")["entries (count)"].sum().to_dict() == {"r": 36, "z": 36, "n": 36}
    weights["weight_hh"][0, 0] = np.nan
    sizes = table_of(figures.weight_norms(weights, cell="gru"))
    assert np.isnan(sizes[sizes["gate"] == "rt reset gate"]["size"]).all()
    assert np.isfinite(sizes[sizes["gate"] == "zt update gate"]["size"]).all()


@together("name", FIGURES)
def test_every_figure_has_a_table_without_markup(name: str) -> None:
    table = FIGURES[name](*lstm(1000, 256))
    found = table_of(table)
    assert found.size
    assert "<" not in " ".join(map(str, [*found.columns, found.index.name, found.columns.name]))


def test_nothing_drawn_is_an_empty_table() -> None:
    values = {signal: np.full((1, 1, 1, 2, 2), np.nan, np.float32) for signal in SIGNALS["lstm"]}
    figure = figures.saturation_scatter(Trace("lstm", (("a", "b"),), np.array([2]), values))
    assert table_of(figure).empty
