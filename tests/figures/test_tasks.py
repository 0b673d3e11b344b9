"""Drawn tasks and windows: what is read, what is wanted, what reaches back how far."""

from typing import Final

import numpy as np
import plotly.graph_objects as go
import pytest

from rnnviz.figures import Drawn, style, table_of, task_example, window_gradients
from rnnviz.palette import GROUNDS, Theme
from tests.figures.test_heatmap import THEMES
from tests.figures.test_saturation import caption

LATCH: Final = Drawn(("yes", "um", "no", "so"), ("", "", "", "yes"), (0,))
ADDING: Final = Drawn(("0.4 1", "0.7 0", "0.5 1"), ("", "", "0.9"), (0, 2), (0.4, 0.7, 0.5))
COPY: Final = Drawn(("a", "b", "_", ":", "_", "_"), ("_", "_", "_", "_", "a", "b"), (0, 1))


def words(figure: go.Figure) -> list[str]:
    return [note.text[3:-4] for note in figure.layout.annotations if note.text.startswith("<b>")]


def arrows(figure: go.Figure) -> list[tuple[float, float]]:
    drawn = next(trace for trace in figure.data if trace.meta == "arrows")
    return list(zip(drawn.x[::3], drawn.x[1::3], strict=True))


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(
    ("drawn", "led", "said", "apart"),
    [
        (LATCH, [(0, 3)], ["yes", "yes"], "3 steps"),
        (ADDING, [(0, 2), (2, 2)], ["0.40", "0.50", "0.9"], "2 steps"),
        (COPY, [(0, 4), (1, 5)], ["a", "b", "a", "b"], "4 steps"),
    ],
)
def test_arrows_lead_from_what_is_remembered_to_where_it_is_wanted(
    drawn: Drawn, led: list[tuple[float, float]], said: list[str], apart: str, theme: Theme
) -> None:
    figure = task_example(drawn, "Task", caption=["Said first."], theme=theme)
    assert arrows(figure) == led
    assert words(figure) == said
    assert [note.text for note in figure.layout.annotations if note.text.endswith("steps")] == [apart]
    assert caption(figure) == "Said first. The arrows are schematic; the sequence is real."
    assert figure.layout.template == style.template(theme)


def test_what_is_remembered_is_told_by_shape_too() -> None:
    marks, _ = task_example(LATCH, "Latch").data
    assert list(marks.marker.symbol) == ["square", *["square-open"] * 3]
    assert marks.marker.size[0] > marks.marker.size[1]
    assert list(task_example(LATCH, "Latch").layout.xaxis.ticktext) == list(LATCH.inputs)
    long = Drawn(("a",) * 31, ("_",) * 30 + ("a",), (0,))
    assert len(task_example(long, "Copy").layout.xaxis.ticktext) <= 12, "more would touch in a narrow window"


def test_numbers_are_bars() -> None:
    figure = task_example(ADDING, "Adding")
    bars, _ = figure.data
    assert list(bars.y) == pytest.approx([0.4, 0.7, 0.5])
    assert list(bars.text) == ["0.40, marked", "0.70", "0.50, marked"]
    assert bars.marker.color[0] == bars.marker.color[2] == GROUNDS["light"]["accent"]
    assert list(table_of(figure)["input"]) == ["0.40, marked", 0.7, "0.50, marked"]


# --- Windows ---

WHOLE: Final = 10.0 ** np.arange(-5, 1)
TOKENS: Final = ("no", "um", "so", "no", "er", "so")


def cut(window: int) -> np.ndarray:
    return np.where(np.arange(6) >= 6 - window, WHOLE, 0)


@pytest.mark.parametrize("theme", THEMES)
def test_what_a_window_lets_through(theme: Theme) -> None:
    figure = window_gradients(WHOLE, cut(2), 2, TOKENS, remembered=(0,), caption=["Said first."], theme=theme)
    without, within, silent = figure.data
    np.testing.assert_allclose(without.y, WHOLE, rtol=1e-6)
    assert np.isnan(within.y[:4]).all()
    np.testing.assert_allclose(within.y[4:], WHOLE[4:], rtol=1e-6)
    assert list(silent.x) == [0, 1, 2, 3]
    assert silent.name == "exactly 0"
    assert without.line.dash == "dot"
    lines = [shape.x0 for shape in figure.layout.shapes if shape.type == "line"]
    assert lines == [3.5, 1.5]
    assert "At the first step the gradient is exactly 0; without the window it is 1·10⁻⁵." in caption(figure)
    assert figure.layout.title.text == "With a window of 2 of 6 steps"


def test_an_axis_of_gradients_has_two_powers_of_ten_at_least() -> None:
    """With fewer, plotly labels every digit between them."""
    axis = window_gradients(WHOLE[-2:], WHOLE[-2:], 2, TOKENS[:2]).layout.yaxis
    assert axis.range[1] - axis.range[0] > 2
    assert axis.dtick == 1


def test_a_window_of_everything_cuts_nothing() -> None:
    figure = window_gradients(WHOLE, WHOLE, 6, TOKENS)
    assert [trace.name for trace in figure.data] == ["over all steps"]
    assert not [shape for shape in figure.layout.shapes if shape.type == "line"]
    assert caption(figure) == "The gradient reaches the first step."


def test_with_a_loss_at_every_step_something_is_left() -> None:
    figure = window_gradients(WHOLE, WHOLE / 2, 2, TOKENS)
    assert [trace.name for trace in figure.data] == ["without the window", "within the window"]
    assert "At the first step the gradient is 5·10⁻⁶; without the window it is 1·10⁻⁵." in caption(figure)
