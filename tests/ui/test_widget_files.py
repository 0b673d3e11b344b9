"""The numbers that are saved of a widget are those that the network computed."""

import io

import numpy as np
import pandas as pd

from rnnviz import figures
from rnnviz.ui import cache, widget_files
from rnnviz.ui.changes import changed
from rnnviz.ui.panel_view import Shown, side_by_side
from rnnviz.ui.selection import DEFAULT, network_of, with_cell
from rnnviz.ui.writing_payload import Asked


def read(table: pd.DataFrame) -> pd.DataFrame:
    return pd.read_csv(io.StringIO(figures.csv_text(table)), keep_default_na=False)


def test_every_signal_of_a_walk() -> None:
    selection = changed(DEFAULT, cell="gru", hidden_size=3, bidirectional=True, direction="reverse")
    trace = cache.recording(network_of(selection)).trace
    table = read(widget_files.recorded(selection))
    assert table["t"].tolist() == list(range(trace.sizes["time"]))
    for signal in "hrzn":
        units = table[[f"{signal}[{k}]" for k in range(3)]].to_numpy(np.float32)
        np.testing.assert_array_equal(units, trace.panel(signal, direction="reverse"))


def test_panels_of_three_cells() -> None:
    selection = changed(DEFAULT, cell="lstm")
    table = read(widget_files.in_panels(selection, side_by_side()))
    for cell in ("rnn", "lstm", "gru"):
        trace = cache.recording(network_of(with_cell(selection, cell))).trace
        units = table[[f"{cell} h[{k}]" for k in range(trace.sizes["unit"])]].to_numpy(np.float32)
        np.testing.assert_array_equal(units, trace.panel("h"))
    assert Shown("rnn", "h") in side_by_side()


def test_a_small_network() -> None:
    found = cache.unrolled("digit-word", "7")
    table = read(widget_files.of_unrolled(found))
    assert table["read"].astype(str).tolist() == list(found.read)
    symbols = table[[f"p({symbol})" for symbol in found.symbols]].to_numpy(np.float32)
    np.testing.assert_array_equal(symbols, found.probabilities)


def test_a_translation() -> None:
    found = cache.attention_model("reverse-additive").decode("314")
    table = read(widget_files.of_decoding(found))
    assert found.weights is not None
    weights = table[[f"weight of {k} {token}" for k, token in enumerate(found.source)]].to_numpy()
    np.testing.assert_array_equal(weights.astype(found.weights.dtype), found.weights)
    without = cache.attention_model("reverse-none").decode("314")
    assert not [name for name in widget_files.of_decoding(without) if str(name).startswith("weight")]


def test_a_text_that_is_written() -> None:
    found = cache.writing(Asked("python-lstm", "def ", 50, 0.5, 1))
    table = read(widget_files.of_writing(found))
    np.testing.assert_allclose(table["bits"], found.bits)
    steps = np.arange(len(found.logits))
    np.testing.assert_allclose(table["p(next)"], found.probabilities[steps, found.ids[1:]])
    assert len(table) == len(found.text) - 1
