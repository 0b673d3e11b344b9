"""Interventions while a model's own forward runs: its output is that of the changed network."""

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from rnnviz import capture, intervene
from rnnviz.interventions import ablate, clamp, reaching_in, steer

KINDS = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}


class Reader(nn.Module):
    """Packed words through two layers and both directions; the final states and the mean output are read out."""

    def __init__(self, cell: str) -> None:
        super().__init__()
        self.embedding = nn.Embedding(11, 3)
        self.rnn = KINDS[cell](3, 4, num_layers=2, bidirectional=True, batch_first=True)
        self.head = nn.Linear(16, 2)

    def forward(self, words: Tensor, lengths: Tensor) -> Tensor:
        packed = pack_padded_sequence(self.embedding(words), lengths, batch_first=True, enforce_sorted=False)
        output, states = self.rnn(packed)
        h_n = states[0] if isinstance(states, tuple) else states
        mean = pad_packed_sequence(output, batch_first=True)[0].sum(1) / lengths[:, None]
        return self.head(torch.cat([mean, h_n[-2], h_n[-1]], -1))


def made(cell: str) -> tuple[Reader, Tensor, Tensor]:
    torch.manual_seed(3)
    return Reader(cell), torch.randint(11, (3, 6)), torch.tensor([4, 6, 2])


@pytest.mark.parametrize("cell", KINDS)
def test_an_edit_that_changes_nothing_leaves_the_output(cell: str) -> None:
    model, words, lengths = made(cell)
    nothing = [steer(np.zeros(4), 1, layer=layer, direction=way) for layer in (0, 1) for way in ("forward", "reverse")]  # type: ignore[arg-type]
    with reaching_in(model, {"rnn": nothing}) as traces:
        changed = model(words, lengths)
    assert torch.allclose(changed, model(words, lengths), atol=1e-6)
    (trace,) = traces["rnn"]
    own = capture(model, {"words": words, "lengths": lengths})["rnn"]
    np.testing.assert_allclose(trace["h"], own["h"], atol=1e-6)


@pytest.mark.parametrize("cell", KINDS)
def test_the_output_is_that_of_the_changed_states(cell: str) -> None:
    model, words, lengths = made(cell)
    edits = [clamp("h", 0.5, [1], steps=[1]), ablate("h", [0, 2], layer=1, direction="reverse")]
    with reaching_in(model, {"rnn": edits}):
        changed = model(words, lengths)
    trace = intervene(model.rnn, model.embedding(words).detach(), edits, lengths)
    top = np.nan_to_num(np.concatenate(trace["h"][1], -1))
    samples = np.arange(3)
    ends = np.concatenate([trace["h"][1, 0, samples, lengths - 1], trace["h"][1, 1, samples, 0]], -1)
    read = np.concatenate([top.sum(1) / lengths.numpy()[:, None], ends], -1)
    assert torch.allclose(changed, model.head(torch.tensor(read, dtype=torch.float32)), atol=1e-6)
    assert not torch.allclose(changed, model(words, lengths), atol=1e-3)


@pytest.mark.parametrize("cell", KINDS)
@pytest.mark.parametrize("shape", [(5, 3), (5, 2, 3)])
def test_layout_states_and_dtype_are_those_of_the_layer(cell: str, shape: tuple[int, ...]) -> None:
    layer = KINDS[cell](3, 4, num_layers=2).double()
    x = torch.randn(shape, dtype=torch.float64)
    expected: Any = layer(x)
    with reaching_in(nn.Sequential(layer), {"0": [steer(np.zeros(4), 1)]}):
        found: Any = layer(x)
    parts = [
        (found[0], expected[0]),
        *zip(*(f if isinstance(f, tuple) else (f,) for f in (found[1], expected[1])), strict=True),
    ]
    for one, other in parts:
        assert (one.shape, one.dtype) == (other.shape, other.dtype)
        assert torch.allclose(one, other, atol=1e-12)


def test_a_state_that_is_handed_on_is_the_changed_one() -> None:
    layer, x = nn.LSTM(3, 4), torch.randn(6, 1, 3)
    edits = [clamp("c", 2, [1], steps=[2])]
    with reaching_in(nn.ModuleList([layer]), {"0": edits}) as traces:
        _, states = layer(x[:3])
    rest, _ = layer(x[3:], states)
    whole = intervene(layer, x, edits)
    np.testing.assert_allclose(rest[:, 0].detach(), whole.panel("h")[3:], atol=1e-6)
    assert len(traces["0"]) == 1


def test_afterwards_the_model_is_as_it_was_also_after_an_error() -> None:
    model, words, lengths = made("gru")
    before = model(words, lengths)
    with (
        pytest.raises(ValueError, match=r"units of edit 0 must be in 0\.\.3; got 9"),
        reaching_in(model, {"rnn": [clamp("h", 0, [9])]}),
    ):
        model(words, lengths)
    assert torch.equal(model(words, lengths), before)
    assert not model.rnn._forward_hooks


def test_what_does_not_fit_is_said() -> None:
    model = made("gru")[0]
    for edits, error, message in (
        ({"gru": []}, ValueError, "edits must be by the paths of recurrent layers, rnn; got 'gru'"),
        ({"head": []}, TypeError, "module must be an nn.RNN, nn.LSTM or nn.GRU; got Linear"),
        ({"rnn": clamp("h", 0)}, TypeError, "edits must be a list of Intervention; got Intervention"),
    ):
        with pytest.raises(error, match=message), reaching_in(model, edits):  # type: ignore[arg-type]
            pass


def test_active_dropout_is_refused() -> None:
    layer = nn.GRU(3, 4, num_layers=2, dropout=0.5)
    with pytest.raises(ValueError, match="dropout must not be active"), reaching_in(nn.ModuleList([layer]), {"0": []}):
        layer(torch.randn(2, 1, 3))
