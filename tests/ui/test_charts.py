"""Figures whose data are made once for all runs of a page."""

import plotly.io
from plotly.basedatatypes import BaseFigure

from rnnviz.spec import TaskSpec
from rnnviz.ui.pages.memory.figures import Request, figure_of
from rnnviz.ui.shell import charts


def test_a_stand_in_says_what_the_figure_says_and_the_data_are_made_once() -> None:
    figure, other = (figure_of(Request("example", TaskSpec("latch", length), "light")) for length in (5, 10))
    first, second = charts.for_streamlit(figure), charts.for_streamlit(figure)
    assert isinstance(first, BaseFigure)
    assert plotly.io.to_json(first.to_dict(), validate=False) == plotly.io.to_json(figure, validate=False)
    assert first.to_dict() is second.to_dict()
    assert charts.for_streamlit(other).to_dict() is not first.to_dict()
