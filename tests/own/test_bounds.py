"""How large a file may be: a visitor's as all share the memory, that of whoever starts the process as it has memory."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from rnnviz import checkpoints, own
from rnnviz.checkpoints.bounds import MOST_BYTES, MOST_WEIGHTS, Bounds, bounds, of_the_owner, within
from rnnviz.checkpoints.storing import RefusedError


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A language model of more numbers than a visitor's may have, half of them in its embedding."""
    torch.manual_seed(0)
    rows = MOST_WEIGHTS // 8
    tensors = {f"rnn.{name}": value for name, value in nn.LSTM(8, 8).state_dict().items()}
    tensors |= {"encoder.weight": torch.randn(rows, 8), "decoder.weight": torch.randn(rows, 8)}
    path = tmp_path_factory.mktemp("large") / "mine.pt"
    torch.save(tensors | {"decoder.bias": torch.zeros(rows)}, path)
    return path


def test_the_owner_opens_what_a_visitor_may_not(large: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known = own.open_file(large, embedding="encoder.weight", head="decoder.weight", family="mine")
    assert sum(weight.size for weight in known.weights.values()) > MOST_WEIGHTS / 2
    with pytest.raises(
        RefusedError, match=r"a file must have at most 67,108,864 bytes; got [\d,]+\. All visitors share"
    ):
        own.read(large.name, large.read_bytes())
    with (
        within(Bounds(2**40, MOST_WEIGHTS, "Why.")),
        pytest.raises(RefusedError, match=r"must have at most 20,000,000 numbers; got 42,[\d,]+\. Why\."),
    ):
        own.read(large.name, large.read_bytes())
    checkpoints.save(known, tmp_path)
    monkeypatch.setenv("RNNVIZ_MODELS", str(tmp_path))
    loaded = checkpoints.load("mine-lstm")
    assert checkpoints.load("mine-lstm") is loaded, "it is read once, though it is too large for the results of all"
    np.testing.assert_array_equal(loaded.weights["weight_hh_l0"], known.weights["weight_hh_l0"])


def test_bounds_hold_within_and_no_longer() -> None:
    with within(of_the_owner()):
        assert bounds().numbers * 4 <= bounds().bytes
    assert (bounds().bytes, bounds().numbers) == (MOST_BYTES, MOST_WEIGHTS)
