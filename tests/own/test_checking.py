"""What is known of a network for one input is compared with what it gives."""

import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from rnnviz import own
from rnnviz.checkpoints import RefusedError
from rnnviz.cli import main
from tests.own.files import as_torch, classifier, written
from tests.own.test_parts import tensors_of

TEXT = "not a good film"
IDS = [5, 6, 2, 4]


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    return written(tmp_path)


def given(path: Path, **arrays: Any) -> Path:
    np.savez(path, **arrays)
    return path.with_suffix(".npz") if path.suffix != ".npz" else path


def known_of(pooling: str) -> dict[str, np.ndarray]:
    """What torch gives for the text."""
    model = classifier().eval()
    with torch.inference_mode():
        output, (h_n, _) = model.rnn(model.emb(torch.tensor([IDS])))
        read = {"ends": torch.cat([h_n[-2], h_n[-1]], 1), "last": output[:, -1], "mean": output.mean(1)}[pooling]
        logits = model.fc(read)[0]
        return {"logits": logits.numpy(), "softmax": logits.softmax(0).numpy(), "h": output[0].numpy()}


@pytest.mark.parametrize("kind", ["logits", "softmax"])
@pytest.mark.parametrize("form", [{"text": TEXT}, {"tokens": IDS}])
def test_a_pair_that_agrees_is_on_the_card(saved: Path, form: dict[str, Any], kind: str) -> None:
    known = known_of("ends")
    pair = given(saved.with_name("pair.npz"), **form, outputs=known[kind], h=known["h"])
    opened = own.open_file(saved, vocabulary=saved.with_name("vocab.json"), pair=pair)
    assert opened.card["checked"].startswith("For a known input, the outputs are those and h is the one given, to ")


def test_one_that_does_not_names_the_choice_with_which_it_would(saved: Path) -> None:
    pair = given(saved.with_name("pair.npz"), text=TEXT, outputs=known_of("mean")["logits"])
    vocabulary = saved.with_name("vocab.json")
    with pytest.raises(ValueError, match=r"outputs differ by up to .*; equal with pooling mean$"):
        own.open_file(saved, vocabulary=vocabulary, pair=pair)
    assert own.open_file(saved, vocabulary=vocabulary, pair=pair, pooling="mean").card["opened"]["pooling"] == "mean"
    np.savez(pair, text=TEXT, outputs=known_of("mean")["logits"] + 0.01)
    with pytest.raises(ValueError, match="no other choice makes them equal"):
        own.open_file(saved, vocabulary=vocabulary, pair=pair)


def test_the_activation_is_found_by_h(tmp_path: Path) -> None:
    torch.manual_seed(0)
    rnn = nn.RNN(2, 3, nonlinearity="relu", batch_first=True)
    (tmp_path / "mine.pt").write_bytes(as_torch(rnn.state_dict()))
    x = np.arange(8, dtype=np.float32).reshape(4, 2)
    h = rnn(torch.from_numpy(x)[None])[1][0, 0].detach().numpy()
    pair = given(tmp_path / "pair.npz", x=x, h=h)
    with pytest.raises(ValueError, match=r"h differs by up to .*; equal with nonlinearity relu$"):
        own.open_file(tmp_path / "mine.pt", pair=pair)
    assert "h is the one given" in own.open_file(tmp_path / "mine.pt", pair=pair, nonlinearity="relu").card["checked"]


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"outputs": [0.0]}, "one of its arrays must be text, tokens or x; got outputs"),
        ({"x": [[1.0]], "text": "a", "outputs": [0.0]}, "one of its arrays must be text, tokens or x"),
        ({"x": [[1.0]]}, "must have outputs or h; got an input alone"),
        ({"x": [1.0], "h": [0.0]}, r"x must be numbers of shape \(time, feature\)"),
        ({"tokens": [1.5], "h": [0.0]}, r"tokens must be whole numbers of shape \(time,\)"),
        ({"tokens": [1], "h": [[np.nan]]}, "h must be finite numbers"),
        ({"tokens": np.array([{}], dtype=object), "h": [0.0]}, "an array must be of numbers or letters; got object"),
        ({"tokens": [7], "h": [[0.0]]}, "tokens must be 0 to 6; got 7 to 7"),
        ({"x": [[1.0]], "h": [[0.0]]}, "must be a text or tokens; got 1 numbers a row"),
        ({"tokens": [1], "h": [[0.0]]}, r"h of the known pair must have shape \(1, 12\); got \(1, 1\)"),
        ({"tokens": [1], "outputs": [0.0]}, r"outputs of the known pair must have shape \(3,\); got \(1,\)"),
    ],
)
def test_a_pair_that_does_not_fit_is_refused(saved: Path, arrays: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        own.open_file(saved, pair=given(saved.with_name("pair.npz"), **arrays))


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"not an archive", as_torch({"x": torch.ones(2)})])
def test_other_bytes_are_refused(content: bytes) -> None:
    with pytest.raises(RefusedError, match=r"expected a known pair, which numpy.savez writes; "):
        own.read_pair(content)


def test_an_array_that_claims_more_than_it_has_is_refused() -> None:
    with io.BytesIO() as array, io.BytesIO() as file:
        np.save(array, np.ones((2, 2)))
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("x.npy", array.getvalue().replace(b"(2, 2)", b"(9, 9)"))
        content = file.getvalue()
    with pytest.raises(RefusedError, match=r"expected a known pair, .* cannot reshape"):
        own.read_pair(content)


def test_typed_outputs_count_as_far_as_their_digits_go(saved: Path) -> None:
    tensors = own.read(saved.name, saved.read_bytes())
    vocabulary = own.read_vocabulary(saved.with_name("vocab.json").read_bytes(), "vocab.json")
    choice = own.proposed(own.parts(tensors)[0], tensors, vocabulary)
    shares = known_of("ends")["softmax"]
    for digits in (2, 4):
        own.check(tensors, choice, own.typed_pair(choice, TEXT, " ".join(f"{one:.{digits}f}" for one in shares)))
    with pytest.raises(ValueError, match="outputs differ by up to"):
        own.check(tensors, choice, own.typed_pair(choice, TEXT, " ".join(f"{one + 0.002:.4f}" for one in shares)))
    with pytest.raises(ValueError, match="at least two decimals each; got 1, 0, 0"):
        own.typed_pair(choice, TEXT, "1, 0, 0")
    with pytest.raises(ValueError, match="the known input must be there; got none"):
        own.typed_pair(choice, " ", "0.10 0.20 0.70")
    with pytest.raises(ValueError, match="the known outputs must be there; got none"):
        own.typed_pair(choice, TEXT, " ")


def test_a_network_without_an_output_layer_has_no_outputs_to_check() -> None:
    tensors = tensors_of(nn.ModuleDict({"rnn": nn.GRU(2, 3)}))
    pair = own.Pair(np.ones((1, 2), np.float32), outputs=np.zeros(1))
    with pytest.raises(ValueError, match="to have the known outputs; none is chosen"):
        own.check(tensors, own.Choice(own.parts(tensors)[0]), pair)


def test_the_command_checks_before_it_opens(saved: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pair = given(saved.with_name("pair.npz"), text=TEXT, outputs=known_of("ends")["logits"])
    command = ["open", str(saved), "--vocab", str(saved.with_name("vocab.json")), "--check", str(pair)]
    folder = saved.with_name("kept")
    assert main([*command, "--to", str(folder)]) == 0
    assert "For a known input, the outputs are those given, to " in capsys.readouterr().out
    assert main([*command, "--pooling", "max", "--to", str(folder / "none")]) == 1
    assert "equal with pooling ends" in capsys.readouterr().err
    assert not (folder / "none").exists()
