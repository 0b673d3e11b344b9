"""Every unit's gate stands where its fractions say, and none is lost where many share a place."""

from typing import Final

import numpy as np
import plotly.graph_objects as go
import pytest

from rnnviz.analysis import saturation, tanh_saturation
from rnnviz.figures import saturation_scatter, style
from rnnviz.names import CELLS, SIGMOID_GATES, Cell
from rnnviz.palette import SIGNAL_COLORS, Theme
from rnnviz.trace import Trace
from tests.figures.test_heatmap import THEMES, made

GATES: Final[dict[Cell, tuple[str, ...]]] = {"rnn": ("h",), "lstm": ("i", "f", "o"), "gru": ("r", "z")}


def still(cell: Cell = "lstm", units: int = 64) -> Trace:
    """All gates at one half on all of ten steps."""
    values = {signal: np.full((1, 1, 1, 10, units), 0.5, np.float32) for signal in made(cell).values}
    return Trace(cell, (tuple("abcdefghij"),), np.array([10]), values)


def caption(figure: go.Figure) -> str:
    return style.spoken(figure.layout.title.subtitle.text.replace("<br>", " "))


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("cell", CELLS)
def test_a_colour_and_a_shape_a_gate(cell: Cell, theme: Theme) -> None:
    figure = saturation_scatter(made(cell), theme=theme)
    assert tuple(trace.name[0] for trace in figure.data) == GATES[cell]
    for trace, gate in zip(figure.data, GATES[cell], strict=True):
        assert trace.marker.color == SIGNAL_COLORS[theme][gate]
        assert trace.marker.symbol == style.SHAPES[gate]
    assert len({trace.marker.symbol for trace in figure.data}) == len(GATES[cell])
    assert figure.layout.template == style.template(theme)


@pytest.mark.parametrize("cell", CELLS)
def test_the_places_are_the_fractions(cell: Cell) -> None:
    trace = made(cell, scale=1.0)
    figure = saturation_scatter(trace)
    for marks in figure.data:
        gate = marks.name[0]
        left, right = saturation(trace, gate) if gate in SIGMOID_GATES else tanh_saturation(trace)
        expected = {(np.float32(x), np.float32(y)) for x, y in zip(left.ravel(), right.ravel(), strict=True)}
        assert set(zip(marks.x, marks.y, strict=True)) == expected
        assert (marks.x + marks.y <= 1 + 1e-6).all()


def test_units_that_share_a_place_are_one_larger_mark_that_names_them() -> None:
    trace = still()
    for marks in saturation_scatter(trace).data:
        assert (list(marks.x), list(marks.y)) == ([0], [0])
        assert marks.text[0].startswith("64 units here: 0, 1, 2, 3")
        assert marks.text[0].endswith("…")
        assert marks.marker.size[0] > 25
    values = {signal: array.copy() for signal, array in trace.values.items()}
    values["f"][..., :3, 7] = 0.95
    forget = saturation_scatter(Trace("lstm", trace.tokens, trace.lengths, values)).data[1]
    sizes = dict(zip(zip(forget.x, forget.y, strict=True), forget.marker.size, strict=True))
    assert sizes[0, np.float32(0.3)] < sizes[0, 0]
    assert "unit 7" in forget.text
    assert any(text.startswith("63 units here") for text in forget.text)


def test_it_says_so_when_nothing_saturates_and_how_many_when_some_do() -> None:
    assert "All 192 lie at the origin: nothing ever saturates" in caption(saturation_scatter(still()))
    assert "between 0.5 and 0.5" in caption(saturation_scatter(still()))
    assert "lie at the origin: these never saturate" in caption(saturation_scatter(made()))


def test_one_layer_and_direction_or_all() -> None:
    trace = made("gru")

    def units(**place: object) -> int:
        marks = saturation_scatter(trace, **place).data[0]
        return sum(int(text.split()[0]) if "units here" in text else 1 for text in marks.text)

    assert units() == 16
    assert units(layer=1) == 8
    assert units(layer=1, direction="reverse") == 4
    assert "layer 1 reverse" in caption(saturation_scatter(trace, layer=1, direction="reverse"))
    assert "all layers, both directions" in caption(saturation_scatter(trace))


def test_a_unit_without_a_number_is_no_mark() -> None:
    values = {signal: np.full((1, 1, 1, 2, 2), np.nan, np.float32) for signal in made().values}
    figure = saturation_scatter(Trace("lstm", (("a", "b"),), np.array([2]), values))
    assert all(len(marks.x) == 0 for marks in figure.data)
    assert "no finite numbers" in caption(figure)


def test_what_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match=r"layer must be in 0\.\.1 for this trace; got 2"):
        saturation_scatter(made(), layer=2)
    with pytest.raises(ValueError, match="direction must be forward for this trace; got 'reverse'"):
        saturation_scatter(still(), direction="reverse")


def test_axes_say_what_is_counted() -> None:
    layout = saturation_scatter(made()).layout
    assert "below 0.1" in layout.xaxis.title.text
    assert "above 0.9" in layout.yaxis.title.text
    assert "%" in layout.xaxis.title.text
    assert "h above 0.9" in saturation_scatter(made("rnn")).layout.yaxis.title.text
    assert "saturat" in layout.meta["alt"]


@pytest.mark.parametrize(("value", "said"), [(0.984, "0.98"), (0.9953, "0.995"), (0.99999, "almost 1"), (1.0, "1")])
def test_what_is_below_one_is_not_said_to_reach_it(value: float, said: str) -> None:
    trace = still()
    trace = Trace("lstm", trace.tokens, trace.lengths, {**trace.values, "f": np.full_like(trace["f"], value)})
    assert f"and {said} at every step" in saturation_scatter(trace).layout.meta["alt"]


def test_what_the_size_of_a_mark_means_is_said_where_it_means_anything() -> None:
    assert "A larger mark stands for more units, at most 64." in caption(saturation_scatter(still()))
    assert "stands for more units" not in caption(saturation_scatter(still(units=1)))
