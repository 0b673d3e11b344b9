"""The probabilities of a network from a file are those of the real module's own forward, after every token."""

from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import rnnviz
from rnnviz import checkpoints, own
from rnnviz.checkpoints.classifiers import class_names, is_classifier, pooling_of
from rnnviz.cli import main
from rnnviz.kernels import ResetBeforeGRU, reset_of
from rnnviz.names import POOLINGS, Pooling
from rnnviz.own import classifying
from tests.own.files import VOCABULARY, as_torch

TEXT: Final = "A good film, not a bad nobody"


class Model(nn.Module):
    """An embedding, a recurrent layer and a linear one, as anybody writes it; ``forward`` is what is compared."""

    def __init__(
        self, pooling: Pooling, cell: type[nn.LSTM | nn.GRU], outputs: int, *, both: bool, layers: int
    ) -> None:
        super().__init__()
        self.pooling = pooling
        self.emb = nn.Embedding(len(VOCABULARY), 5)
        self.rnn = cell(5, 6, num_layers=layers, bidirectional=both, batch_first=True)
        self.fc = nn.Linear(12 if both else 6, outputs)

    def forward(self, ids: Tensor) -> Tensor:
        output, ends = self.rnn(self.emb(ids))
        h_n = ends[0] if isinstance(ends, tuple) else ends
        ways = 2 if self.rnn.bidirectional else 1
        of: dict[Pooling, Tensor] = {
            "ends": torch.cat(list(h_n[-ways:]), dim=-1),
            "last": output[:, -1],
            "mean": output.mean(1),
            "max": output.max(1).values,
        }
        logits: Tensor = self.fc(of[self.pooling])
        return logits.sigmoid() if logits.shape[1] == 1 else logits.softmax(-1)


def saved(folder: Path, model: nn.Module) -> Path:
    path = folder / "mine.pt"
    path.write_bytes(as_torch(model.state_dict()))
    (folder / "vocab.txt").write_text("\n".join(VOCABULARY), encoding="utf-8")
    return path


@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize("kind", [
    {"cell": nn.LSTM, "outputs": 3, "both": False, "layers": 1},
    {"cell": nn.LSTM, "outputs": 1, "both": True, "layers": 2},
    {"cell": nn.GRU, "outputs": 2, "both": True, "layers": 1},
    {"cell": nn.GRU, "outputs": 1, "both": False, "layers": 2},
    {"cell": ResetBeforeGRU, "outputs": 3, "both": True, "layers": 2},
    {"cell": ResetBeforeGRU, "outputs": 2, "both": False, "layers": 1},
])  # fmt: skip
def test_each_probability_is_that_of_the_models_own_forward(
    tmp_path: Path, pooling: Pooling, kind: dict[str, Any]
) -> None:
    torch.manual_seed(5)
    model, outputs = Model(pooling, **kind).eval(), kind["outputs"]
    path = saved(tmp_path, model)
    reset = reset_of(model.rnn)  # which a state dict does not say
    known = own.open_file(path, vocabulary=path.with_name("vocab.txt"), pooling=pooling, reset=reset)
    found = own.classify(known, TEXT)
    ids = torch.from_numpy(known.encode(found.tokens))
    assert found.tokens == ("A", "good", "film", ",", "not", "a", "bad", "nobody")
    assert found.unknown == (3, 7)
    with torch.inference_mode():
        for t in range(len(ids)):
            expected = model(ids[None, : t + 1])[0].double().numpy()
            got = found.probabilities[t, 1:] if outputs == 1 else found.probabilities[t]
            np.testing.assert_allclose(got, expected, atol=1e-6)
    np.testing.assert_allclose(found.whole, found.probabilities[-1], atol=1e-6)
    np.testing.assert_allclose(found.probabilities.sum(1), 1)


def test_poolings_differ(tmp_path: Path) -> None:
    torch.manual_seed(5)
    path = saved(tmp_path, Model("ends", nn.LSTM, 3, both=True, layers=1))
    opened = [own.open_file(path, vocabulary=path.with_name("vocab.txt"), pooling=pooling) for pooling in POOLINGS]
    assert [pooling_of(known) for known in opened] == list(POOLINGS)
    assert len({known.name for known in opened}) == len(POOLINGS)
    whole = [own.classify(known, TEXT).whole for known in opened]
    apart = [np.abs(one - other).max() for k, one in enumerate(whole) for other in whole[:k]]
    assert min(apart) > 1e-4


def test_of_a_text_that_is_too_long_the_whole_is_read_and_its_beginning_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.manual_seed(5)
    model = Model("mean", nn.LSTM, 3, both=True, layers=1).eval()
    path = saved(tmp_path, model)
    known = own.open_file(path, vocabulary=path.with_name("vocab.txt"), pooling="mean")
    weights = sum(weight.size for name, weight in known.weights.items() if name.startswith("weight_"))
    monkeypatch.setattr(classifying, "_MOST_PRODUCTS", weights * 3**2)
    found = own.classify(known, f"{TEXT} {TEXT}")
    assert (len(found.tokens), found.count) == (3, 16)
    with torch.inference_mode():
        expected = model(torch.from_numpy(known.encode(classifying.split(known, f"{TEXT} {TEXT}")))[None])[0].numpy()
    np.testing.assert_allclose(found.whole, expected, atol=1e-6)
    assert len(own.classify(known, TEXT, longest=2).tokens) == 2


def test_one_logit_is_of_two_classes(tmp_path: Path) -> None:
    path = saved(tmp_path, Model("ends", nn.LSTM, 1, both=False, layers=1))
    of = {classes: own.open_file(path, classes=classes) for classes in ((), ("spam",), ("ham", "spam"))}
    assert [class_names(known) for known in of.values()] == [
        ("class 0", "class 1"), ("not spam", "spam"), ("ham", "spam")
    ]  # fmt: skip
    with pytest.raises(ValueError, match="classes must be 1 or 2 names for one output; got 3"):
        own.open_file(path, classes=("a", "b", "c"))


def test_what_does_not_fit_is_refused(tmp_path: Path) -> None:
    path = saved(tmp_path, Model("ends", nn.LSTM, 3, both=False, layers=1))
    with pytest.raises(ValueError, match="pooling must be one of ends, last, mean, max; got 'first'"):
        own.open_file(path, pooling="first")
    known = own.open_file(path, head="")
    assert not is_classifier(known)
    with pytest.raises(ValueError, match=r"mine\.pt must have an output layer .*; none was found or chosen"):
        own.classify(known, "1 2")
    with pytest.raises(ValueError, match=r"mine\.pt must read tokens; it reads numbers"):
        own.classify(own.open_file(path, embedding=""), "1 2")
    with pytest.raises(ValueError, match="brackets-gru must be a network from a file"):
        own.classify(checkpoints.load("brackets-gru"), "(a)")
    with pytest.raises(ValueError, match=r"must be in the vocabulary of .*; got '9'"):
        own.classify(own.open_file(path), "1 9")


def test_without_an_output_layer_the_layer_in_between_is_named(tmp_path: Path) -> None:
    layers = {"emb": nn.Embedding(7, 5), "rnn": nn.GRU(5, 6), "fc1": nn.Linear(6, 9), "fc2": nn.Linear(9, 2)}
    (tmp_path / "deep.pt").write_bytes(as_torch(nn.ModuleDict(layers).state_dict()))
    known = own.open_file(tmp_path / "deep.pt")
    with pytest.raises(
        ValueError, match=r"deep\.pt must have an output layer .*; fc2.weight may read fc1.weight, which would"
    ):
        own.classify(known, "1 2")


def test_what_is_no_network_or_no_text_is_said(tmp_path: Path) -> None:
    path = saved(tmp_path, Model("ends", nn.LSTM, 3, both=False, layers=1))
    with pytest.raises(TypeError, match=r"known must be a network that own.open_file returned; got str"):
        own.classify("mine.pt", "a good film")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="text must be a str; got list"):
        own.classify(own.open_file(path), ["a", "good", "film"])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("classes", "reason"),
    [
        (("a", "b", "a"), "classes must be different names; got 'a' 2 times"),
        (("a", " ", "b"), "got an empty one"),
        (("a", "a"), "classes must be 3 names, one an output; got 2"),
    ],
)
def test_classes_that_cannot_be_told_apart_are_refused(tmp_path: Path, classes: tuple[str, ...], reason: str) -> None:
    path = saved(tmp_path, Model("ends", nn.LSTM, 3, both=False, layers=1))
    with pytest.raises(ValueError, match=reason):
        own.open_file(path, classes=classes)


def test_a_name_without_a_pooling_stays_what_it_was(tmp_path: Path) -> None:
    path = saved(tmp_path, Model("ends", nn.LSTM, 3, both=True, layers=1))
    tensors = own.read(path.name, path.read_bytes())
    choice = own.proposed(own.parts(tensors)[0], tensors, None)
    assert choice.pooling == "ends"
    assert "pooling" not in own.checkpoint("mine", tensors, choice).card["opened"]
    assert own.checkpoint("mine", tensors, replace(choice, pooling="max")).card["opened"]["pooling"] == "max"
    assert own.family_of(b"", choice) != own.family_of(b"", replace(choice, pooling="max"))


def test_a_pooling_is_kept_in_the_file_of_a_lecturer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = saved(tmp_path, Model("max", nn.GRU, 3, both=True, layers=1))
    known = own.open_file(path, vocabulary=path.with_name("vocab.txt"), family="of-poolings", pooling="max")
    checkpoints.save(known, tmp_path / "models")
    monkeypatch.setenv("RNNVIZ_MODELS", str(tmp_path / "models"))
    assert pooling_of(checkpoints.load("of-poolings-gru")) == "max"
    assert is_classifier(checkpoints.load("of-poolings-gru"))


def test_a_notebook_shows_it_word_by_word(tmp_path: Path) -> None:
    path = saved(tmp_path, Model("max", nn.GRU, 3, both=True, layers=1))
    known = own.open_file(path, vocabulary=path.with_name("vocab.txt"), classes=("a", "b", "c"), pooling="max")
    found = own.classify(known, TEXT)
    page = rnnviz.show(known, TEXT, live=False)
    best = found.classes[int(found.whole.argmax())]
    assert repr(page) == f"Page(mine.pt: P({best}) {found.whole.max():.3f})"
    with pytest.raises(TypeError, match="x must be a text; got int"):
        rnnviz.show(known, 3, live=False)


def test_the_command_line_says_where_a_gru_resets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    torch.manual_seed(5)
    model = Model("ends", ResetBeforeGRU, 3, both=False, layers=1).eval()
    path = saved(tmp_path, model)
    asked = ["open", str(path), "--vocab", str(tmp_path / "vocab.txt"), "--reset", "before", "--name", "of-resets"]
    assert main([*asked, "--to", str(tmp_path / "models")]) == 0
    assert "GRU, reset before the product, 5 to 6 units" in capsys.readouterr().out
    monkeypatch.setenv("RNNVIZ_MODELS", str(tmp_path / "models"))
    known = checkpoints.load("of-resets-gru")
    with torch.inference_mode():
        expected = model(torch.from_numpy(known.encode(["good", "film"]))[None])[0]
    np.testing.assert_allclose(own.classify(known, "good film").whole, expected, atol=1e-6)


def test_the_command_line_says_the_pooling(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(5)
    model = Model("max", nn.GRU, 3, both=True, layers=1).eval()
    path = saved(tmp_path, model)
    asked = ["open", str(path), "--vocab", str(tmp_path / "vocab.txt"), "--pooling", "max", "--name", "of-commands"]
    assert main([*asked, "--to", str(tmp_path / "models")]) == 0
    monkeypatch.setenv("RNNVIZ_MODELS", str(tmp_path / "models"))
    known = checkpoints.load("of-commands-gru")
    with torch.inference_mode():
        expected = model(torch.from_numpy(known.encode(["good", "film"]))[None])[0]
    np.testing.assert_allclose(own.classify(known, "good film").whole, expected, atol=1e-6)
