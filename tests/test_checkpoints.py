"""Checkpoints come back as they were, networks are built of them, and no file is trusted."""

import json
import os
import pickle
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.numpy import save as tensors_as_bytes

from rnnviz import checkpoints
from rnnviz.checkpoints import Checkpoint, load, save
from rnnviz.models import build
from rnnviz.spec import Edit, ModelSpec, TaskSpec, TrainSpec, to_json
from tests.together import together

MODEL = ModelSpec("lstm", 4, 6, 2, output_size=3, forget_bias=1.0)
TRAINED_BY = TrainSpec(MODEL, TaskSpec("latch", 20), seeds=(7,), rate=0.25)
VOCABULARY = ("[UNK]", "no", "yes")


def weights(model: ModelSpec = TRAINED_BY.model, tokens: int = 3) -> dict[str, np.ndarray]:
    state = build(model).state_dict()
    drawn = {name.removeprefix("rnn."): parameter.numpy() for name, parameter in state.items()}
    embedding = np.random.default_rng(1).standard_normal((tokens, model.input_size), np.float32)
    return drawn | ({"embedding.weight": embedding} if tokens else {})


def checkpoint(name: str = "mine-1-lstm", **changes: Any) -> Checkpoint:
    given = {
        "trained_by": TRAINED_BY,
        "weights": weights(),
        "vocabulary": VOCABULARY,
        "splits": "words",
        "card": {"loss": 0.25},
    }
    return Checkpoint(name, **given | changes)


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RNNVIZ_RUNS", str(tmp_path / "runs"))
    return tmp_path / "runs"


def test_it_comes_back_as_it_was(runs: Path) -> None:
    made = checkpoint()
    path = save(made, runs)
    assert path == runs / "mine-1-lstm.safetensors"
    back = load("mine-1-lstm")
    assert (back.name, back.family, back.vocabulary, back.splits) == ("mine-1-lstm", "mine-1", VOCABULARY, "words")
    assert back.trained_by == TRAINED_BY
    assert back.model == replace(MODEL, seed=7, trained="mine-1")
    assert back.task == TaskSpec("latch", 20)
    assert back.card == {"loss": 0.25}
    assert list(back.weights) == list(made.weights)
    assert all(np.array_equal(back.weights[name], array) for name, array in weights().items())
    assert load("mine-1-lstm") is back
    assert [file.name for file in runs.iterdir()] == [path.name]


def test_equal_content_equal_bytes(tmp_path: Path, runs: Path) -> None:
    first = save(checkpoint(), runs).read_bytes()
    again = save(load("mine-1-lstm"), tmp_path / "deep" / "down").read_bytes()
    shuffled = save(checkpoint(weights=dict(reversed(weights().items()))), runs).read_bytes()
    assert first == again == shuffled


def test_a_network_of_it(runs: Path) -> None:
    made = checkpoint()
    save(made, runs)
    network = build(made.model)
    for name, expected in build(TRAINED_BY.model).named_parameters():
        assert torch.equal(network.get_parameter(name), expected)
    elsewhere = replace(made.model, seed=99, forget_bias=None, recurrent="orthogonal", recurrent_scale=3.0)
    assert torch.equal(build(elsewhere).rnn.weight_hh_l1, network.rnn.weight_hh_l1)
    edited = build(made.model, [Edit("weight_hh_l1", (2, 3), 9.0)])
    assert edited.rnn.weight_hh_l1[2, 3] == 9
    assert build(made.model).rnn.weight_hh_l1[2, 3] != 9
    assert not any(parameter.requires_grad for parameter in network.parameters())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"hidden_size": 7}, "hidden_size must be 6, as mine-1-lstm was trained; got 7"),
        ({"input_size": 5}, "input_size must be 4, as mine-1-lstm was trained; got 5"),
        ({"num_layers": 1}, "num_layers must be 2, as mine-1-lstm was trained; got 1"),
        ({"output_size": 0}, "output_size must be 3, as mine-1-lstm was trained; got 0"),
        ({"bidirectional": True}, "bidirectional must be False, as mine-1-lstm was trained; got True"),
        ({"bias": False}, "bias must be True, as mine-1-lstm was trained; got False"),
        ({"cell": "gru"}, "or a finished run; got 'mine-1-gru'"),
        ({"trained": "other"}, "a trained network must be one of .*latch-lstm.* or a finished run; got 'other-lstm'"),
    ],
    ids=str,
)
def test_no_network_of_other_sizes(change: dict[str, Any], message: str, runs: Path) -> None:
    save(checkpoint(), runs)
    with pytest.raises(ValueError, match=message):
        build(replace(checkpoint().model, **change))


def test_only_a_plain_rnn_heeds_its_squashing(runs: Path) -> None:
    model = ModelSpec("rnn", 2, 3)
    trained_by = TrainSpec(model, TaskSpec("adding", 5))
    save(Checkpoint("sum-rnn", trained_by, weights(model, 0)), runs)
    build(replace(model, trained="sum"))
    with pytest.raises(ValueError, match="nonlinearity must be tanh, as sum-rnn was trained; got relu"):
        build(replace(model, trained="sum", nonlinearity="relu"))
    save(checkpoint(), runs)
    build(replace(checkpoint().model, nonlinearity="relu"))


def test_tokens(runs: Path) -> None:
    made = checkpoint()
    assert made.encode(["Yes", "no", "perhaps", "[UNK]"]).tolist() == [2, 1, 0, 0]
    np.testing.assert_array_equal(made.vectors(["yes", "?"]), made.weights["embedding.weight"][[2, 0]])
    numbers = Checkpoint("sum-rnn", TrainSpec(ModelSpec("rnn", 2, 3)), weights(ModelSpec("rnn", 2, 3), 0))
    with pytest.raises(ValueError, match="sum-rnn reads numbers, 2 a step; got tokens"):
        numbers.vectors(["1"])


def test_a_changed_file_is_read_anew(runs: Path) -> None:
    path = save(checkpoint(), runs)
    assert load("mine-1-lstm").card["loss"] == 0.25
    save(checkpoint(card={"loss": 0.125}), runs)
    os.utime(path, ns=(1, 1))
    assert load("mine-1-lstm").card["loss"] == 0.125
    path.unlink()
    with pytest.raises(ValueError, match="got 'mine-1-lstm'"):
        load("mine-1-lstm")


def test_what_ships_cannot_be_replaced(runs: Path) -> None:
    save(checkpoint("latch-lstm"), runs)
    assert load("latch-lstm").model.hidden_size == 32


def test_it_is_frozen() -> None:
    made = checkpoint()
    with pytest.raises(ValueError, match="read-only"):
        made.weights["head.bias"][0] = 1
    with pytest.raises(TypeError):
        made.weights["head.bias"] = np.zeros(3)  # type: ignore[index]
    with pytest.raises(TypeError):
        made.card["loss"] = 0  # type: ignore[index]


@together(
    "changes, message",
    [
        ({"name": "mine-1-gru"}, "name must be <family>-lstm; got 'mine-1-gru'"),
        ({"name": "-lstm"}, "must be of lower case letters"),
        ({"name": "lstm"}, "name must be <family>-lstm"),
        ({"trained_by": replace(TRAINED_BY, seeds=(1, 2))}, r"the one seed of this network; got \(1, 2\)"),
        ({"vocabulary": ()}, "vocabulary must be empty for numbers and only there; got 0 for words"),
        ({"splits": "numbers"}, "got 3 for numbers"),
        (
            {"splits": "syllables"},
            "splits must be one of words, exact words, .*, exact characters, pieces; got",
        ),
        ({"vocabulary": ("no", "yes", "[UNK]")}, r"must begin with \[UNK\]; got 'no'"),
        ({"vocabulary": ("[UNK]", "no", "no")}, "texts, each once"),
        ({"vocabulary": ("[UNK]", "no", 3)}, "texts, each once"),
        ({"unknown": "maybe"}, "unknown must be empty or a token of the vocabulary; got 'maybe'"),
        ({"unknown": None}, "unknown must be empty or a token of the vocabulary; got None"),
        (
            {"vocabulary": ("[UNK]", "no")},
            r"embedding.weight must be float32 of shape \(2, 4\); got float32 .* \(3, 4\)",
        ),
        ({"weights": {}}, "weights must be weight_ih_l0, .*head.bias, embedding.weight; got nothing"),
        ({"weights": weights() | {"more": np.zeros(1, np.float32)}}, "got .*more"),
        (
            {"weights": weights() | {"head.bias": np.zeros(3)}},
            r"head.bias must be float32 of shape \(3,\); got float64",
        ),
        ({"weights": weights() | {"head.bias": np.zeros((3, 1), np.float32)}}, r"got float32 of shape \(3, 1\)"),
    ],
)
def test_what_is_no_checkpoint(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        checkpoint(**{"name": "mine-1-lstm", **changes})


@together(
    "name",
    [
        "",
        "..",
        "../latch-lstm",
        "/etc/passwd",
        "a/b-lstm",
        "a\\b-lstm",
        "Latch-lstm",
        "latch-lstm\n",
        "a" * 65,
        "é-lstm",
        "latch-lstm.safetensors",
        "-lstm",
        None,
        3,
    ],
)
def test_no_path_is_smuggled_in(name: Any) -> None:
    with pytest.raises(ValueError, match="a checkpoint's name must be of lower case letters, digits and hyphens"):
        load(name)


def about(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Rewrite what a file says about itself."""
    content = path.read_bytes()
    length = int.from_bytes(content[:8], "little")
    said = json.loads(json.loads(content[8 : 8 + length])["__metadata__"]["checkpoint"])
    change(said)
    arrays = {name: np.array(array) for name, array in load(path.stem).weights.items()}
    path.write_bytes(tensors_as_bytes(arrays, metadata={"checkpoint": json.dumps(said)}))


def spoil(path: Path, way: str) -> None:
    content = path.read_bytes()
    bomb = json.dumps({"big": {"dtype": "F32", "shape": [2**40], "data_offsets": [0, 2**42]}}).encode()
    deep = "[" * 100_000
    foreign = {
        "empty": b"",
        "cut": content[:-1],
        "garbage": b"\0" * 4096,
        "a pickle": pickle.dumps({"a": 1}),
        "a zip": b"PK\x03\x04" + content,
        "an endless header": b"\xff" * 8 + content[8:],
        "a huge array": len(bomb).to_bytes(8, "little") + bomb,
        "no metadata": tensors_as_bytes({"a": np.zeros(1, np.float32)}),
        "other metadata": tensors_as_bytes({"a": np.zeros(1, np.float32)}, metadata={"format": "pt"}),
        "no JSON": tensors_as_bytes({"a": np.zeros(1, np.float32)}, metadata={"checkpoint": "{"}),
        "deep JSON": tensors_as_bytes({"a": np.zeros(1, np.float32)}, metadata={"checkpoint": deep}),
        "a list": tensors_as_bytes({"a": np.zeros(1, np.float32)}, metadata={"checkpoint": "[]"}),
    }
    changes: dict[str, Callable[[dict[str, Any]], object]] = {
        "another format": lambda said: said.update(format=2),
        "another name": lambda said: said.update(name="other-lstm"),
        "no name": lambda said: said.pop("name"),
        "a name that is a number": lambda said: said.update(name=3),
        "a training of lists": lambda said: said.update(trained_by=[]),
        "a training too large": lambda said: said["trained_by"]["model"].update(hidden_size=10**9),
        "millions of layers": lambda said: said.update(trained_by=to_json(replace(MODEL, num_layers=30_000_000))),
        "millions of units and layers": lambda said: said.update(
            trained_by=to_json(replace(MODEL, hidden_size=10**7, num_layers=10**6))
        ),
        "a card of texts": lambda said: said.update(card={"updates": "many"}),
        "a vocabulary of numbers": lambda said: said.update(vocabulary=[1, 2, 3]),
        "no vocabulary": lambda said: said.update(vocabulary=None),
        "a card that is none": lambda said: said.update(card=7),
        "splits that is a list": lambda said: said.update(splits=["words"]),
    }
    if way in changes:
        about(path, changes[way])
    else:
        path.write_bytes(foreign[way])


@together(
    "way",
    [
        "empty",
        "cut",
        "garbage",
        "a pickle",
        "a zip",
        "an endless header",
        "a huge array",
        "no metadata",
        "other metadata",
        "no JSON",
        "deep JSON",
        "a list",
        "another format",
        "another name",
        "no name",
        "a name that is a number",
        "a training of lists",
        "a training too large",
        "a vocabulary of numbers",
        "no vocabulary",
        "millions of layers",
        "millions of units and layers",
        "a card of texts",
        "a card that is none",
        "splits that is a list",
    ],
)
def test_what_is_no_checkpoint_of_ours(way: str, runs: Path) -> None:
    path = save(checkpoint(), runs)
    spoil(path, way)
    with pytest.raises(ValueError, match=r"expected (a|the) checkpoint"):
        load("mine-1-lstm")


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ({"num_layers": 30_000_000}, "num_layers must be a whole number in 1..64 in a file; got 30000000"),
        ({"hidden_size": 10**7, "num_layers": 1}, "hidden_size must be a whole number in 1..65536 in a file; got 1000"),
        ({"output_size": -1}, "output_size must be a whole number in 0..65536 in a file; got -1"),
    ],
    ids=str,
)
def test_sizes_beyond_all_reason_are_refused_before_anything_is_made_of_them(
    sizes: dict[str, int], message: str, runs: Path
) -> None:
    path = save(checkpoint(), runs)
    about(path, lambda said: said["trained_by"]["model"].update(sizes))
    with pytest.raises(checkpoints.RefusedError, match=message):
        load("mine-1-lstm")


def test_what_is_refused_is_not_read_again_until_it_changes(runs: Path) -> None:
    path = save(checkpoint(), runs)
    good = path.read_bytes()
    path.write_bytes(b"\0" * len(good))
    os.utime(path, ns=(2, 2))
    with pytest.raises(checkpoints.RefusedError) as first:
        load("mine-1-lstm")
    path.write_bytes(good)
    os.utime(path, ns=(2, 2))
    with pytest.raises(checkpoints.RefusedError) as again:
        load("mine-1-lstm")
    assert str(again.value) == str(first.value)
    os.utime(path, ns=(3, 3))
    assert load("mine-1-lstm").card == {"loss": 0.25}


def test_a_file_that_cannot_be_read_for_now_is_read_later(runs: Path) -> None:
    path = save(checkpoint(), runs)
    path.rename(runs / "aside")
    path.mkdir()
    with pytest.raises(checkpoints.RefusedError, match=r"expected a checkpoint in mine-1-lstm\.safetensors"):
        load("mine-1-lstm")
    path.rmdir()
    (runs / "aside").rename(path)
    assert load("mine-1-lstm").card == {"loss": 0.25}


@pytest.mark.parametrize("name", ["loss", "accuracy", "held_out", "seed", "updates", "learned", "measured"])
def test_what_pages_show_of_a_card_is_of_its_kind(name: str) -> None:
    with pytest.raises(ValueError, match=f"{name} of a card must be .*; got"):
        checkpoint(card={name: {"a": "b"}})


def test_too_large(runs: Path) -> None:
    path = save(checkpoint(), runs)
    with path.open("ab") as file:
        file.truncate(checkpoints.LARGEST + 1)
    with pytest.raises(ValueError, match=r"at most 16,777,216 bytes; mine-1-lstm.safetensors has 16,777,217"):
        load("mine-1-lstm")


def test_a_folder_in_its_place(runs: Path) -> None:
    (runs / "mine-1-lstm.safetensors").mkdir(parents=True)
    with pytest.raises(ValueError, match=r"expected a checkpoint in mine-1-lstm\.safetensors"):
        load("mine-1-lstm")


def test_where_runs_are_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("RNNVIZ_RUNS", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    folder = checkpoints.runs_folder()
    assert folder.parts[-2:] == ("rnnviz", "runs")
    assert folder.is_relative_to(tmp_path)
    monkeypatch.setenv("RNNVIZ_RUNS", str(tmp_path / "x"))
    assert checkpoints.runs_folder() == tmp_path / "x"
