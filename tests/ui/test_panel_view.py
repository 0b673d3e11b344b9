"""What the linked heatmaps are given: the recording's numbers, exact up to a budget and honest beyond it."""

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

import numpy as np
import pytest
import torch

from rnnviz.names import CELLS
from rnnviz.spec import ModelSpec
from rnnviz.stepping import record
from rnnviz.ui import panel_view
from rnnviz.ui.components import pack, pack_rounded
from rnnviz.ui.selection import Selection, inputs, network, steps

LONG: Final = " ".join(f"w{k}" for k in range(500))
SMALL: Final = Selection(input="words", model=ModelSpec("lstm", hidden_size=16))
LARGE: Final = replace(SMALL, words=LONG, model=ModelSpec("lstm", hidden_size=256))


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def unpacked(sent: dict[str, Any]) -> np.ndarray:
    """As ``decodeArray`` of ``assets/components/shared/arrays.js``."""
    data = base64.b64decode(sent["data"])
    if "levels" not in sent:
        return np.frombuffer(data, "<f4").reshape(sent["shape"])
    codes = np.frombuffer(data, "<i2").reshape(sent["shape"])
    return ((codes + 0.5) / sent["levels"]).astype(np.float32)


def states(selection: Selection, signal: str = "h") -> np.ndarray:
    return record(network(selection), inputs(selection), steps(selection)).trace.panel(signal)


def test_few_numbers_are_sent_to_the_last_digit() -> None:
    sent: Any = panel_view.payload(SMALL, panel_view.of_one(SMALL, ("h", "c")))
    for panel, signal in zip(sent["panels"], ("h", "c"), strict=True):
        np.testing.assert_array_equal(unpacked(panel["array"]), states(SMALL, signal))
        assert "levels" not in panel["array"]


def test_many_are_sent_in_half_the_space_and_are_on_where_they_were() -> None:
    sent: Any = panel_view.payload(LARGE, panel_view.side_by_side())
    assert [panel["tag"] for panel in sent["panels"]] == ["RNN", "LSTM", "GRU"]
    for cell, panel in zip(CELLS, sent["panels"], strict=True):
        true = states(replace(LARGE, model=replace(LARGE.model, cell=cell)))
        got = unpacked(panel["array"])
        assert np.abs(got - true).max() <= 0.51 / panel["array"]["levels"] < 2e-5
        for threshold in (0.0, 0.05, 0.37, 0.5):
            np.testing.assert_array_equal(got >= np.float32(threshold), true >= threshold)
    assert len(json.dumps(sent)) < 1_150_000


@pytest.mark.parametrize("largest", [1e-9, 0.2, 1.0, 5.0, 326.0])
def test_rounding_keeps_every_hundredth_apart(largest: float) -> None:
    array = np.random.default_rng(0).uniform(-largest, largest, (50, 40)).astype(np.float32)
    sent: Any = pack_rounded(array)
    got = unpacked(sent)
    assert np.abs(got - array).max() <= 0.51 / sent["levels"] + 1e-9
    for threshold in np.arange(0, 101) / 100:
        np.testing.assert_array_equal(got >= np.float32(threshold), array >= np.float32(threshold))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 328.0])
def test_what_rounding_would_lose_is_sent_as_it_is(value: float) -> None:
    array = np.array([[0.5, value]], np.float32)
    assert pack_rounded(array) == pack(array)
