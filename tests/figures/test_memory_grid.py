"""The grid of trainings: every number stands in its cell, and nothing rests on colour alone."""

import math

import numpy as np
import plotly.graph_objects as go
import pytest

from rnnviz.figures import Grid, outcome_grid, style, table_of
from rnnviz.history import NEVER
from rnnviz.outcome import Outcome
from rnnviz.palette import GROUNDS, SEQUENTIAL, Theme
from tests.figures.test_heatmap import THEMES
from tests.figures.test_saturation import caption
from tests.train.specs import spec_of

LATCH = spec_of("latch", "lstm", 20, steps=100, every=50, goal=0.995, seeds=(0, 1, 2))
ADDING = spec_of("adding", "gru", 20, steps=100, every=50, goal=0.01, seeds=(0, 1, 2))
ALL = Outcome(LATCH, (0, 50, 100), ((0.5, 1.0), (0.4, 1.0), (0.5, 0.6, 0.998)), (50, 50, 100))
ONE = Outcome(LATCH, (0, 50, 100), ((0.5, 0.5, 0.521), (0.4, 1.0), (0.5, math.nan, math.nan)), (NEVER, 50, NEVER))
NONE = Outcome(ADDING, (0, 50, 100), ((1.2, 0.2, 0.171),) * 3, (NEVER,) * 3)
GRID = Grid(
    ("5", "40"), ("RNN", "LSTM, forget bias 3"), "distance T", "cell", ((ALL, ONE), (NONE, "waits")), losses=True
)


def texts(figure: go.Figure) -> list[str]:
    return list(figure.data[-1].text)


@pytest.mark.parametrize("theme", THEMES)
def test_a_line_a_seed(theme: Theme) -> None:
    figure = outcome_grid(GRID, "Latch", caption=["Said first."], theme=theme)
    assert texts(figure) == ["✓ 50<br>✓ 50<br>✓ 100", "✗ 52%<br>✓ 50<br>✗ NaN", "✗ 0.17<br>✗ 0.17<br>✗ 0.17", "waits"]
    np.testing.assert_allclose(figure.data[0].z, [[1, 1 / 3], [0, math.nan]], rtol=1e-6)
    assert figure.data[0].colorscale == tuple(tuple(stop) for stop in style.scale(SEQUENTIAL[theme]))
    assert caption(figure) == "✓ updates until solved; ✗ not solved: the last loss. Said first."
    assert figure.layout.template == style.template(theme)
    assert (figure.layout.xaxis.title.text, figure.layout.yaxis.title.text) == ("cell", "distance T")
    assert figure.layout.xaxis.ticktext == ("RNN", "LSTM<br>forget<br>bias 3")


def contrast(one: str, other: str) -> float:
    """By WCAG 2."""
    low, high = sorted(
        sum(
            share * (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4)
            for share, part in zip(
                (0.2126, 0.7152, 0.0722), (int(color[k : k + 2], 16) / 255 for k in (1, 3, 5)), strict=True
            )
        )
        for color in (one, other)
    )
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("solved", range(4))
@pytest.mark.parametrize("theme", THEMES)
def test_texts_stand_out_from_their_cells(theme: Theme, solved: int) -> None:
    made = Outcome(LATCH, (0, 50), ((0.5, 1.0),) * 3, (50,) * solved + (NEVER,) * (3 - solved))
    figure = outcome_grid(Grid(("5",), ("RNN",), "T", "cell", ((made,),)), "Latch", theme=theme)
    stops = [[int(color[k : k + 2], 16) for k in (1, 3, 5)] for color in SEQUENTIAL[theme]]
    ground = [round(np.interp(solved / 3 * 2, range(3), channel)) for channel in zip(*stops, strict=True)]
    color = figure.data[-1].textfont.color[0]
    assert color in (GROUNDS[theme]["ink"], GROUNDS[theme]["background"])
    assert contrast(color, "#" + "".join(f"{part:02X}" for part in ground)) >= 4.5


def test_the_marks_are_counted_row_by_row() -> None:
    marks = outcome_grid(GRID, "Latch").data[-1]
    assert list(zip(marks.y, marks.x, strict=True)) == [
        ("5", "RNN"), ("5", "LSTM, forget bias 3"), ("40", "RNN"), ("40", "LSTM, forget bias 3"),
    ]  # fmt: skip
    assert (marks.unselected.marker.opacity, marks.selected.marker.opacity) == (1, 1)


def test_the_chosen_cell_has_a_frame() -> None:
    (frame,) = outcome_grid(GRID, "Latch", chosen=(1, 0)).layout.shapes
    assert (frame.x0, frame.x1, frame.y0, frame.y1) == (-0.48, 0.48, 0.52, 1.48)
    assert not outcome_grid(GRID, "Latch").layout.shapes


def test_it_keeps_its_size_while_it_fills() -> None:
    waiting = Grid(GRID.rows, GRID.columns, GRID.down, GRID.across, (("waits",) * 2,) * 2, losses=True)
    assert caption(outcome_grid(waiting, "Adding")) == caption(outcome_grid(GRID, "Adding"))
    assert outcome_grid(waiting, "Latch").layout.height == outcome_grid(GRID, "Latch").layout.height


def test_it_is_told_in_words_and_as_a_table() -> None:
    figure = outcome_grid(GRID, "Latch")
    alt = figure.layout.meta["alt"]
    assert "RNN, distance T 5: Solved by all 3 seeds, after 50, 50 and 100 updates." in alt
    assert "Solved by 1 of 3, after 50; else an accuracy of 52% and NaN after 100 updates." in alt
    assert "Not solved: a loss of 0.17, 0.17 and 0.17 after 100 updates." in alt
    assert "LSTM, forget bias 3, distance T 40: waits" in alt
    table = table_of(figure)
    assert list(table.columns) == ["distance T", "cell", "outcome"]
    assert table["outcome"].tolist()[3] == "waits"
