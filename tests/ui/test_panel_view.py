"""What the linked heatmaps are given: the recording's numbers, exact up to a budget and honest beyond it."""

import json
from dataclasses import replace
from typing import Any, Final

import numpy as np
import pytest
import torch

from rnnviz import analysis, checkpoints
from rnnviz.names import CELLS, SIGNALS
from rnnviz.spec import ModelSpec
from rnnviz.stepping import record
from rnnviz.ui.selection import DEFAULT, Selection, inputs, network, steps
from rnnviz.ui.selection.changes import changed
from rnnviz.ui.widgets import panel_view
from rnnviz.ui.widgets.panel_view import Shown
from rnnviz.widgets import heatmaps
from rnnviz.widgets.heatmaps import Look
from rnnviz.widgets.packing import message
from tests.ui.test_packing import decoded

SMALL: Final = Selection(input="words", model=ModelSpec("lstm", hidden_size=16))


def long(time: int, units: int) -> Selection:
    return replace(SMALL, words=" ".join(f"w{k}" for k in range(time)), model=ModelSpec("lstm", hidden_size=units))


LARGE: Final = long(1000, 256)


def states(selection: Selection, signal: str = "h") -> np.ndarray:
    return record(network(selection), inputs(selection), steps(selection)).trace.panel(signal)


def test_few_numbers_are_sent_to_the_last_digit() -> None:
    sent: Any = panel_view.payload(SMALL, panel_view.of_one(SMALL, ("h", "c")), None)
    assert (sent["view"]["single"], sent["view"]["window"]) == (True, 0)
    for panel, signal in zip(sent["panels"], ("h", "c"), strict=True):
        np.testing.assert_array_equal(decoded(panel["array"]), states(SMALL, signal))
        assert panel["array"].levels is None


def test_many_are_sent_in_half_the_space_and_are_on_where_they_were() -> None:
    selection = long(500, 64)
    sent: Any = panel_view.payload(selection, panel_view.of_one(selection, ("h", "c")), None)
    for panel, signal in zip(sent["panels"], ("h", "c"), strict=True):
        true, got = states(selection, signal), decoded(panel["array"])
        assert np.abs(got - true).max() <= 0.51 / panel["array"].levels < 2e-5
        for threshold in (0.0, 0.05, 0.37, 0.5):
            np.testing.assert_array_equal(got >= np.float32(threshold), true >= threshold)


def test_a_trained_network_beside_untrained_ones_is_told_from_them() -> None:
    own = checkpoints.load("memory-latch-40-bias3-lstm").model
    one = changed(DEFAULT, cell="lstm", trained=own.trained)
    sent: Any = panel_view.payload(one, panel_view.side_by_side(), None)
    assert [panel["tag"] for panel in sent["panels"]] == ["untrained RNN", "trained LSTM", "untrained GRU"]
    alone: Any = panel_view.payload(one, panel_view.of_one(one, ("h", "c")), None)
    assert [panel["tag"] for panel in alone["panels"]] == ["LSTM", "LSTM"]


def test_still_more_are_shown_as_means_and_in_windows() -> None:
    sent: Any = panel_view.payload(LARGE, panel_view.side_by_side(), None)
    window: Any = panel_view.payload(LARGE, panel_view.side_by_side(), 400)
    assert [panel["tag"] for panel in sent["panels"]] == ["RNN", "LSTM", "GRU"]
    stride = sent["view"]["stride"]
    assert 2 <= stride == window["view"]["overview"]
    assert (window["view"]["first"], window["view"]["single"]) == (400, True)
    for cell, overview, near in zip(CELLS, sent["panels"], window["panels"], strict=True):
        true = states(replace(LARGE, model=replace(LARGE.model, cell=cell)))
        means = true[: 1000 // stride * stride].reshape(-1, stride, 256).mean(1)
        assert np.abs(decoded(overview["array"])[: len(means)] - means).max() <= 0.51 * overview["most"] / 126
        got = decoded(near["array"])
        assert len(got) == window["view"]["window"] > 100
        assert np.abs(got - true[400 : 400 + len(got)]).max() < 2e-5
        assert overview["most"] == near["most"] == pytest.approx(np.abs(true).max())


@pytest.mark.parametrize(("time", "units"), [(200, 64), (1000, 256), (1000, 512), (5000, 100), (5000, 2)])
@pytest.mark.parametrize("first", [None, 100])
def test_no_message_is_longer_than_the_budget(time: int, units: int, first: int | None) -> None:
    selection = long(time, units)
    for shown in (panel_view.side_by_side(), panel_view.of_one(selection, SIGNALS["lstm"][1:])):
        for room in (heatmaps.BUDGET, panel_view.BESIDE_PICTURE):
            assert len(message(panel_view.payload(selection, shown, first, room))) <= room <= 200_000


def test_ranges_and_orders_are_those_of_all_steps() -> None:
    shown = (Shown("lstm", "f"), Shown("lstm", "c"))
    sent: Any = panel_view.payload(LARGE, shown, 100)
    trace = record(network(LARGE), inputs(LARGE), steps(LARGE)).trace
    gate, cell = sent["panels"]
    for panel, signal in ((gate, "f"), (cell, "c")):
        for by in ("variance", "peak", "cluster"):
            np.testing.assert_array_equal(panel["orders"][by].codes, analysis.unit_order(trace.panel(signal), by))
    rnn = record(network(LARGE), inputs(LARGE), steps(LARGE)).network.rnn
    bias = (rnn.bias_ih_l0 + rnn.bias_hh_l0)[256:512]
    np.testing.assert_allclose(gate["initial"].codes, torch.sigmoid(bias).detach(), atol=1e-6)
    assert gate["deviation"] == pytest.approx(np.abs(trace.panel("f") - gate["initial"].codes).max(), rel=1e-5)
    assert cell["initial"] is cell["deviation"] is None


@pytest.mark.parametrize("said", ["word", "w" * 20, "界" * 20])
def test_words_are_cut_only_where_they_are_too_long(said: str) -> None:
    tokens = [said] * 5000
    cut = heatmaps.clipped(tokens, heatmaps.TOKEN_BYTES)
    assert len(cut) == 5000
    assert len(json.dumps(cut, ensure_ascii=False, separators=(",", ":")).encode()) <= heatmaps.TOKEN_BYTES
    assert heatmaps.clipped(tokens[:100], heatmaps.TOKEN_BYTES) == tokens[:100]
    assert (cut == tokens) == (said == "word")


def test_what_is_on_in_a_range_is_answered_from_all_steps() -> None:
    shown = Shown("gru", "h")
    h = states(replace(LARGE, model=replace(LARGE.model, cell="gru")))
    look = Look(span=(400, 401), threshold=0.0)
    found: Any = heatmaps.answer(panel_view.signal_values(LARGE, shown), look)
    assert found == {"range": [400, 401], "threshold": 0.0, "units": analysis.on_in_range(h, 400, 401, 0.0).tolist()}
    assert len(found["units"]) > 0
    for span in (None, (900, 1000), (-1, 4), (5, 4)):
        assert heatmaps.answer(panel_view.signal_values(LARGE, shown), replace(look, span=span)) is None


@pytest.mark.parametrize(
    ("sent", "look"),
    [
        ({"first": 3, "range": [1, 2], "threshold": 0.25}, Look(3, (1, 2), 0.25)),
        ({"first": None, "range": None, "threshold": None}, Look()),
        ({"first": 0, "range": [1, 2]}, Look(0, (1, 2), 0.0)),
        (None, Look()),
        ("first", Look()),
        ({"first": True, "range": [1, 2, 3]}, Look()),
        ({"first": "3", "range": {"0": 1}}, Look()),
        ({"first": 1.5, "range": [0.5, 2]}, Look()),
        ({"range": [1, 2], "threshold": float("nan")}, Look(span=(1, 2))),
        ({"range": [1, 2], "threshold": 10**400}, Look(span=(1, 2), threshold=0.0)),
        ({"range": [1, 2], "threshold": "high"}, Look(span=(1, 2))),
    ],
)
def test_what_a_browser_asks_for_is_not_trusted(sent: object, look: Look) -> None:
    assert heatmaps.looked(sent) == look


def test_the_numbers_to_add_are_marked() -> None:
    own = checkpoints.load("adding-lstm").model
    adding = changed(changed(DEFAULT, cell="lstm", trained=own.trained), numbers="0.5 0\n0.25 1\n0.1 0\n0.75 1")
    assert panel_view.payload(adding, (Shown("lstm", "i"),), None)["marked"] == [1, 3]
    assert panel_view.payload(LARGE, (Shown("gru", "h"),), None)["marked"] == []
