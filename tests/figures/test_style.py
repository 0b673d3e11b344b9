"""The look is asked for explicitly, whatever plotly's default has become."""

import re
from typing import Final

import plotly.graph_objects as go
import plotly.io as pio
import pytest

from rnnviz.figures import style
from rnnviz.names import SIGMOID_GATES, SIGNALS
from rnnviz.palette import DIVERGING, GROUNDS, SEQUENTIAL, SIGNAL_COLORS, Theme

THEMES: Final[tuple[Theme, ...]] = ("light", "dark")
PLACEHOLDER: Final = re.compile("#0000[0-9]{2}")
"""Streamlit's template holds these for its front end to replace."""


def test_streamlit_makes_placeholders_the_default() -> None:
    """Else the template need not be given at all."""
    import streamlit.elements.lib.streamlit_plotly_theme  # noqa: F401

    assert pio.templates.default == "streamlit"
    assert PLACEHOLDER.search(go.Figure(go.Heatmap(z=[[1]])).to_json())


@pytest.mark.parametrize("theme", THEMES)
def test_template(theme: Theme) -> None:
    ground, layout = GROUNDS[theme], style.template(theme).layout
    assert layout.paper_bgcolor == layout.plot_bgcolor == ground["background"]
    assert layout.font.color == ground["ink"]
    assert layout.font.size >= 16
    assert set(layout.colorway) <= set(SIGNAL_COLORS[theme].values())
    assert layout.colorway[:2] == (SIGNAL_COLORS[theme]["h"], SIGNAL_COLORS[theme]["c"])
    assert layout.xaxis.gridcolor == layout.yaxis.gridcolor == ground["line"]
    assert not PLACEHOLDER.search(str(layout))


def test_the_colorway_has_every_signal_once() -> None:
    assert sorted(style.ORDER) == sorted({signal for signals in SIGNALS.values() for signal in signals})


def test_themes_differ() -> None:
    assert style.template("light") != style.template("dark")
    assert style.template() == style.template("light")


def test_scale() -> None:
    assert style.scale(("#111111", "#222222", "#333333")) == [[0.0, "#111111"], [0.5, "#222222"], [1.0, "#333333"]]


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("signal", sorted({signal for signals in SIGNALS.values() for signal in signals}))
def test_gates_from_0_to_1_and_all_else_about_zero(signal: str, theme: Theme) -> None:
    axis = style.color_axis(signal, 2.5, theme)
    gate = signal in SIGMOID_GATES
    assert (axis["zmin"], axis["zmax"]) == ((0.0, 1.0) if gate else (-2.5, 2.5))
    assert axis["colorscale"] == style.scale((SEQUENTIAL if gate else DIVERGING)[theme])


@pytest.mark.parametrize("theme", THEMES)
def test_caption(theme: Theme) -> None:
    figure = go.Figure(layout={"template": style.template(theme), "title": {"text": "What is seen"}})
    style.caption(figure, "LSTM, 4 units", theme)
    assert figure.layout.title.text == "What is seen"
    assert figure.layout.title.subtitle.text == "LSTM, 4 units"
    assert figure.layout.title.subtitle.font.color == GROUNDS[theme]["soft"]
