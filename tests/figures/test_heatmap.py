"""A heatmap shows the panel that was asked for, every number where it belongs."""

import re
from typing import Any, Final

import numpy as np
import plotly.graph_objects as go
import plotly.io as pio
import pytest

from rnnviz.figures import signal_heatmap, style
from rnnviz.names import CELLS, SIGMOID_GATES, SIGNALS, Cell
from rnnviz.palette import DIVERGING, SEQUENTIAL, Theme
from rnnviz.trace import Trace
from tests.together import together

EVERY_SIGNAL: Final = [(cell, signal) for cell in CELLS for signal in SIGNALS[cell]]
THEMES: Final[tuple[Theme, ...]] = ("light", "dark")
WORDS: Final = ("not", "a", "good", "film", "!")


def made(cell: Cell = "lstm", *, scale: float = 0.5, tokens: tuple[str, ...] = WORDS, shorter: int = 3) -> Trace:
    """Two layers, both directions, two sequences of which the second is shorter, four units."""
    random, time = np.random.default_rng(0), len(tokens)
    values = {}
    for signal in SIGNALS[cell]:
        drawn = (
            random.uniform(0, 1, (2, 2, 2, time, 4))
            if signal in SIGMOID_GATES
            else random.normal(0, scale, (2, 2, 2, time, 4))
        )
        drawn[:, :, 1, shorter:] = np.nan
        values[signal] = drawn.astype(np.float32)
    padded = tokens[:shorter] + ("",) * (time - shorter)
    return Trace(cell, (tokens, padded), np.array([time, shorter]), values)


def shown(figure: go.Figure) -> np.ndarray:
    assert len(figure.data) == 1
    return np.asarray(figure.data[0].z)


@together("theme", THEMES)
@together("cell, signal", EVERY_SIGNAL)
def test_values_range_and_colours(cell: Cell, signal: str, theme: Theme) -> None:
    trace = made(cell)
    figure = signal_heatmap(trace, signal, layer=1, direction="reverse", theme=theme)
    z, drawn = shown(figure), figure.data[0]
    np.testing.assert_array_equal(z, trace[signal][1, 1, 0].T)
    if signal in SIGMOID_GATES:
        assert (drawn.zmin, drawn.zmax) == (0, 1)
    else:
        assert drawn.zmin == -drawn.zmax
        assert drawn.zmax >= np.abs(z).max()
    stops = (SEQUENTIAL if signal in SIGMOID_GATES else DIVERGING)[theme]
    assert [list(stop) for stop in drawn.colorscale] == style.scale(stops)


@pytest.mark.parametrize(
    ("signal", "scale", "expected"), [("h", 0.01, 1.0), ("g", 0.01, 1.0), ("h", 50.0, None), ("c", 0.01, None)]
)
def test_the_range_of_signed_values(signal: str, scale: float, expected: float | None) -> None:
    """What tanh squashes keeps -1 to 1 so that pictures compare; c, and h of a ReLU, have no bounds."""
    figure = signal_heatmap(made(scale=scale), signal)
    assert figure.data[0].zmax == pytest.approx(expected or np.abs(shown(figure)).max())


def test_a_state_that_is_zero_has_a_range() -> None:
    assert signal_heatmap(made(scale=0.0), "c").data[0].zmax > 0


def test_an_infinite_number_stays_and_does_not_stretch_the_range() -> None:
    trace = made("rnn")
    values = trace["h"].copy()
    values[0, 0, 0, 1, 2] = np.inf
    figure = signal_heatmap(Trace("rnn", trace.tokens, trace.lengths, {"h": values}))
    assert shown(figure)[2, 1] == np.inf
    assert np.isfinite(figure.data[0].zmax)


@pytest.mark.parametrize("theme", THEMES)
def test_the_template_is_explicit_and_free_of_placeholders(theme: Theme, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even where another default holds placeholder colours, as Streamlit's does."""
    trap = {"paper_bgcolor": "#000001", "xaxis": {"gridcolor": "#000002"}}
    monkeypatch.setattr(pio.templates, "default", go.layout.Template(layout=trap))
    assert "#000001" in go.Figure().to_json()
    figure = signal_heatmap(made(), theme=theme)
    assert figure.layout.template == style.template(theme)
    assert not re.search("#0000[0-9]{2}", figure.to_json())


def test_padding_stays_a_gap() -> None:
    figure = signal_heatmap(made(), "c", batch=1)
    z = shown(figure)
    assert np.isnan(z[:, 3:]).all()
    assert np.isfinite(z[:, :3]).all()
    assert not figure.data[0].connectgaps
    assert figure.layout.xaxis.ticktext == ("not", "a", "good", "", "")


def test_every_step_stands_over_its_token() -> None:
    axis = signal_heatmap(made()).layout.xaxis
    assert axis.tickmode == "array"
    assert dict(zip(axis.tickvals, axis.ticktext, strict=True)) == dict(enumerate(WORDS))
    assert "step" in axis.title.text
    assert "unit" in signal_heatmap(made()).layout.yaxis.title.text


def test_of_many_tokens_some_are_written_each_in_its_place() -> None:
    tokens = tuple(f"word{t}" for t in range(100))
    axis = signal_heatmap(made(tokens=tokens, shorter=100)).layout.xaxis
    written = {t: text for t, text in zip(axis.tickvals, axis.ticktext, strict=True) if text}
    assert 20 <= len(written) <= 40
    assert written == {t: tokens[t] for t in written}


def test_a_hover_says_the_step_as_a_number() -> None:
    """Plain ``%{x}`` would be the tick's text, which is the token, or nothing where few are written."""
    template = signal_heatmap(made(), "f").data[0].hovertemplate
    assert template.startswith("t = %{x:d}<br>unit %{y}<br>f = %{z:")


@pytest.mark.parametrize("units", [1, 3, 17, 256])
def test_units_are_counted_in_whole_numbers(units: int) -> None:
    values = {"h": np.zeros((1, 1, 1, 2, units), np.float32)}
    axis = signal_heatmap(Trace("rnn", (("a", "b"),), np.array([2]), values)).layout.yaxis
    assert axis.tick0 == 0
    assert isinstance(axis.dtick, int)
    assert units / 20 <= axis.dtick <= max(1, units / 8)
    assert axis.autorange == "reversed"


@pytest.mark.parametrize(
    ("cell", "options", "expected"),
    [
        ("lstm", {"layer": 1, "direction": "reverse"}, ("LSTM", "4 units", "layer 1 reverse", "5 steps.")),
        ("gru", {}, ("GRU", "4 units", "layer 0 forward", "5 steps.")),
        ("rnn", {}, ("RNN", "4 units", "layer 0 forward", "5 steps.")),
    ],
)
def test_the_caption_says_cell_and_sizes(cell: Cell, options: dict[str, Any], expected: tuple[str, ...]) -> None:
    assert signal_heatmap(made(cell), **options).layout.title.subtitle.text == ", ".join(expected)


def test_the_title_and_the_bar_name_the_signal() -> None:
    figure = signal_heatmap(made(), "f")
    assert figure.layout.title.text == "Forget gate f<sub>t</sub> over time"
    assert figure.data[0].colorbar.title.text == "f<sub>t</sub>"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"signal": "r"}, "signal must be one of h, c, i, f, g, o for this trace; got 'r'"),
        ({"layer": 2}, r"layer must be in 0\.\.1 for this trace; got 2"),
        ({"layer": -1}, r"layer must be in 0\.\.1 for this trace; got -1"),
        ({"batch": 2}, r"batch must be in 0\.\.1 for this trace; got 2"),
        ({"direction": "backward"}, "direction must be forward or reverse for this trace; got 'backward'"),
    ],
)
def test_what_is_not_there_is_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        signal_heatmap(made(), **arguments)
