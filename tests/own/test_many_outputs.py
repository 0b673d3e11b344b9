"""An output layer with many rows: it stands beside the model, and the likeliest output of each step is computed."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

import rnnviz
from rnnviz import answers, checkpoints, own
from rnnviz.checkpoints import Checkpoint
from rnnviz.stepping import record
from tests.own.files import as_torch
from tests.own.test_parts import tensors_of

ROWS = 300
WORDS = tuple(f"w{number}" for number in range(ROWS))


def model(*, tied: bool = False, rows: int = ROWS) -> nn.ModuleDict:
    torch.manual_seed(5)
    parts = {"emb": nn.Embedding(ROWS, 8), "rnn": nn.LSTM(8, 8, batch_first=True), "decoder": nn.Linear(8, rows)}
    if tied:
        parts["decoder"].weight = parts["emb"].weight
    return nn.ModuleDict(parts)


def opened(module: nn.ModuleDict, **chosen: object) -> Checkpoint:
    tensors = tensors_of(module)
    choice = own.proposed(own.parts(tensors)[0], tensors, own.of_tokens(WORDS))
    return own.checkpoint("mine", tensors, replace(choice, **chosen))


@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("together", [1, 500, 10_000])
def test_the_likeliest_output_is_torchs(monkeypatch: pytest.MonkeyPatch, tied: bool, together: int) -> None:
    monkeypatch.setattr(answers, "_TOGETHER", together)
    module, read = model(tied=tied), ["w7", "w0", "w299", "w7", "w123"]
    known = opened(module)
    with torch.inference_mode():
        output, _ = module["rnn"](module["emb"](torch.from_numpy(known.encode(read)))[None])
        probabilities = module["decoder"](output[0]).double().softmax(1)
    found = answers.likeliest(known, output[0].numpy())
    assert [one.output for one in found] == [WORDS[place] for place in probabilities.argmax(1)]
    np.testing.assert_allclose([one.probability for one in found], probabilities.amax(1), rtol=1e-5)
    assert [one.t for one in found] == list(range(len(read)))


def test_it_is_no_part_of_the_model(tmp_path: Path) -> None:
    (tmp_path / "mine.pt").write_bytes(as_torch(model().state_dict()))
    known = own.open_file(tmp_path / "mine.pt")
    assert known.model.output_size == 0
    assert rnnviz.build(known.model).head is None
    assert known.card["opened"]["head"] == "decoder.weight"


def test_tied_weights_are_kept_once() -> None:
    module = model(tied=True)
    known = opened(module)
    assert "outputs.weight" not in known.weights
    (weight, bias), expected = known.outputs, module["decoder"]
    assert np.array_equal(weight, expected.weight.detach())
    assert np.array_equal(bias, expected.bias.detach())


def test_a_saved_network_is_offered_with_its_outputs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RNNVIZ_MODELS", str(tmp_path))
    for tied in (False, True):
        known = opened(model(tied=tied))
        checkpoints.save(replace(known, name=f"wide-{'tied' if tied else 'own'}-lstm"), tmp_path)
        loaded = checkpoints.load(f"wide-{'tied' if tied else 'own'}-lstm")
        assert all(np.array_equal(one, other) for one, other in zip(loaded.outputs, known.outputs, strict=True))


def test_outputs_have_the_names_that_are_known() -> None:
    assert answers.output_name(opened(model()), 7) == "w7"
    assert answers.output_name(opened(model(rows=ROWS + 1)), 300) == "output 300"
    named = opened(model(), classes=tuple(f"tag {number}" for number in range(ROWS)))
    assert answers.output_name(named, 7) == "tag 7"


def test_a_step_that_is_not_finite_has_no_output() -> None:
    states = np.zeros((3, 8), np.float32)
    states[1, 2] = np.nan
    assert [one.t for one in answers.likeliest(opened(model()), states)] == [0, 2]


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match=r"states must be of shape \(time, 8\); got \(3, 9\)"):
        answers.likeliest(opened(model()), np.zeros((3, 9), np.float32))
    with pytest.raises(ValueError, match="must have an output layer beside its model; got none"):
        answers.likeliest(opened(model(), head=""), np.zeros((3, 8), np.float32))
    with pytest.raises(ValueError, match="an output layer of at most 256 rows"):
        own.classify(opened(model()), "w1 w2")
    known = opened(model())
    weights = {name: tensor for name, tensor in known.weights.items() if name != "outputs.bias"}
    with pytest.raises(ValueError, match="must be its only one, with a bias; got 0 rows"):
        replace(known, weights=weights)


def test_an_embedding_alone_is_not_proposed_as_output_layer() -> None:
    module = model()
    del module["decoder"]
    known = opened(module)
    assert known.outputs is None
    assert opened(module, head="emb.weight").outputs is not None


def test_many_units_are_read_as_torch_reads_them(tmp_path: Path) -> None:
    torch.manual_seed(6)
    module = nn.ModuleDict({"rnn": nn.GRU(3, 600, batch_first=True)})
    (tmp_path / "wide.pt").write_bytes(as_torch(module.state_dict()))
    known = own.open_file(tmp_path / "wide.pt")
    x = torch.randn(4, 3)
    found = record(known.model, x.numpy(), list("abcd"))
    with torch.inference_mode():
        expected = module["rnn"](x[None])[0][0]
    np.testing.assert_allclose(found.trace["h"][0, 0, 0], expected, rtol=1e-5, atol=1e-6)


def test_a_recording_keeps_no_large_network_and_builds_it_again() -> None:
    spec = rnnviz.ModelSpec("rnn", 3, 2_048, output_size=0)
    small, large = (
        record(one, np.ones((2, 3), np.float32), ["a", "b"]) for one in (replace(spec, hidden_size=9), spec)
    )
    assert small.kept_network is small.network
    assert large.kept_network is None
    expected = rnnviz.build(spec).rnn.weight_hh_l0
    assert torch.equal(large.network.rnn.weight_hh_l0, expected)
