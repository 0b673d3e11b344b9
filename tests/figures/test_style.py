"""The look is asked for explicitly, whatever plotly's default has become."""

import re
from typing import Final

import numpy as np
import plotly.graph_objects as go
import plotly.io as pio
import pytest

from rnnviz.figures import style
from rnnviz.names import SIGMOID_GATES, SIGNALS
from rnnviz.palette import DIVERGING, GROUNDS, SEQUENTIAL, SIGNAL_COLORS, Theme
from tests.together import together

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


@together("theme", THEMES)
@together("signal", sorted({signal for signals in SIGNALS.values() for signal in signals}))
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


def test_words_of_an_axis_stand_where_they_were_read() -> None:
    axis = style.word_axis(["a", "<i>", "a long word indeed"], selected=2)
    assert axis["tickvals"] == [0, 1, 2]
    assert axis["ticktext"] == ["a", "&lt;i&gt;", "<b>a long word…</b>"]


@pytest.mark.parametrize("selected", [None, 0, 7, 199])
def test_of_many_words_few_are_written_the_selected_one_always(selected: int | None) -> None:
    axis = style.word_axis([f"w{t}" for t in range(200)], selected)
    assert len(axis["tickvals"]) <= 21
    assert np.diff(axis["tickvals"]).min() >= 10
    assert selected is None or f"<b>w{selected}</b>" in axis["ticktext"]


def test_words_in_view_are_labelled_as_far_as_they_have_room_and_those_outside_sparsely() -> None:
    axis = style.word_axis([f"w{t}" for t in range(1000)], 510, window=(500, 530))
    ticks = np.array(axis["tickvals"])
    inside = (ticks >= 500) & (ticks < 530)
    assert ticks[inside].tolist() == list(range(500, 530))
    assert np.diff(ticks[~inside]).min() >= 50
    assert axis["ticktext"][int(np.flatnonzero(ticks == 510)[0])] == "<b>w510</b>"


def captioned(*sentences: str) -> go.Figure:
    figure = go.Figure(layout={"title": {"text": "What is seen"}})
    style.paragraph(figure, sentences, "light")
    return figure


def lines_of(figure: go.Figure) -> list[str]:
    return str(figure.layout.title.subtitle.text).split("<br>")


def test_long_captions_are_broken_and_room_is_made() -> None:
    figure = captioned("one", "c<sub>t</sub> " * 40)
    lines = lines_of(figure)
    assert lines[0] == "one."
    assert all(len(style.spoken(line)) <= style.CAPTION_WIDTH for line in lines)
    assert "".join(lines[1:]).replace(" ", "") == "c<sub>t</sub>" * 40 + "."
    assert figure.layout.margin.t >= 50 + 18 * len(lines)


def test_no_word_is_left_alone_on_a_line() -> None:
    lines = lines_of(captioned("word " * 11 + "end"))
    assert len(lines) == 2
    assert len(lines[1]) > style.CAPTION_WIDTH / 3


def test_a_line_of_a_caption_is_as_long_as_it_may_be() -> None:
    lines = lines_of(captioned("word " * 17 + "end"))
    assert [len(line) for line in lines] == [54, 34]


def test_a_sentence_begins_beside_the_one_before_where_it_has_room() -> None:
    lines = lines_of(captioned("A short one", "Another, as short.", "", "One that has no room beside those"))
    assert lines == ["A short one. Another, as short.", "One that has no room beside those."]


def test_a_wide_figure_has_long_lines_and_gives_the_room_to_its_picture() -> None:
    told = [
        "LSTM, 16 → 32 units.",
        "word " * 20 + "end",
        "Each bar is the sum of the steps of a sentence.",
        "Grey: none.",
    ]
    narrow = captioned(*told)
    wide = style.widened(narrow)
    assert lines_of(wide) == ["LSTM, 16 → 32 units.", "word " * 20 + "end.", f"{told[2]} {told[3]}"]
    assert narrow.layout.margin.t - wide.layout.margin.t == 19 * (len(lines_of(narrow)) - 3)
    assert style.widened(go.Figure()).layout.margin.t is None


def test_a_long_caption_and_a_legend_leave_a_picture_its_room() -> None:
    figure = captioned(*["word " * 11] * 6).update_layout(margin={"b": 120})
    assert style.roomy(figure) == figure.layout.margin.t + 120 + 200
    assert style.roomy(figure.update_layout(height=500)) is None
    assert style.roomy(captioned("one")) is None
    assert style.roomy(go.Figure()) is None


def test_a_logarithmic_axis_has_powers_or_round_numbers_never_both() -> None:
    assert style.log_axis("norm", 1e-6, 1.0)["dtick"] == 1
    near = style.log_axis("norm", 0.04, 0.7)
    assert (near["ticktext"], "dtick" in near) == (["0.05", "0.1", "0.2", "0.5"], False)
    assert style.log_axis("norm", 2.5, 6.5)["tickvals"] == [3, 4, 5, 6]


def test_a_short_axis_counts_in_whole_numbers() -> None:
    assert style.counted(2)["dtick"] == 1
    assert "dtick" not in style.counted(100)


def test_a_space_can_be_seen() -> None:
    assert [style.label(token) for token in (" ", "a b", "")] == ["␣", "a b", ""]


def test_tables_and_listeners_have_letters_lowered_and_raised_without_tags() -> None:
    assert style.spoken("‖∂h<sub>t</sub>/∂h<sub>t−k</sub>‖ of W<sub>hh</sub>") == "‖∂hₜ/∂hₜ₋ₖ‖ of Wₕₕ"
    assert style.spoken("<b>∂L<sub>T</sub></b><br>10<sup>−18</sup>") == "∂L_T 10⁻¹⁸"


def test_very_large_and_small_numbers_are_multiples_of_powers() -> None:
    assert [style.power(value) for value in (4.2e18, 3e-7, 0.98, float("inf"))] == [
        "4.2 × 10<sup>18</sup>",
        "3 × 10<sup>−7</sup>",
        "0.98",
        "∞",
    ]


def test_numbers_with_a_minus_sign() -> None:
    assert [style.digits(value) for value in (-0.12345, 1e-7, float("-inf"), float("nan"))] == [
        "−0.123",
        "1·10⁻⁷",
        "−∞",
        "NaN",
    ]


def test_shapes_differ_within_a_cell() -> None:
    for signals in SIGNALS.values():
        gates = [signal for signal in signals if signal in SIGMOID_GATES]
        assert len({style.SHAPES[gate] for gate in gates}) == len(gates)
