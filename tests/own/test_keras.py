"""Files that Keras writes: the same numbers as in Keras, and what torch does not have is refused by its name."""

import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import h5py
import numpy as np
import pytest
import torch

import rnnviz
from rnnviz import checkpoints, own
from rnnviz.checkpoints import Checkpoint, RefusedError
from rnnviz.checkpoints.classifiers import pooling_of
from rnnviz.names import POOLINGS, Pooling
from rnnviz.own import tensors
from tests.serving import ROOT
from tests.together import together

pytestmark = pytest.mark.slow  # Keras writes the files first

NEAR: Final = 1e-5
ENDINGS: Final = ("keras", "weights.h5", "h5")
Numbers = Mapping[str, np.ndarray]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every model of ``tests.own.keras_models`` as the files of real Keras."""
    made = tmp_path_factory.mktemp("keras")
    subprocess.run(
        [sys.executable, "-m", "tests.own.keras_models", made], cwd=ROOT, check=True, capture_output=True, timeout=300
    )
    return made


def numbers(folder: Path, name: str) -> Numbers:
    with np.load(folder / f"{name}.npz") as found:
        return dict(found)


def part_of(path: Path, name: str | None = None) -> own.Part:
    found = own.parts(own.read(path.name, path.read_bytes()))
    return found[0] if name is None else next(part for part in found if part.name == name)


def run(known: Checkpoint, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The states and the outputs, for token numbers or for rows."""
    read = known.vectors([str(token) for token in x[0]])[None] if x.ndim == 2 else x
    network = rnnviz.build(known.model)
    with torch.inference_mode():
        states = network.rnn(torch.from_numpy(read))[0]
        return states.numpy(), network(torch.from_numpy(read)).numpy()


@together("ending", ["keras", "h5"])
@together("name", ["stacked", "both", "tanh", "compiled", "reset_before", "reset_before_both"])
def test_it_outputs_what_keras_outputs(folder: Path, name: str, ending: str) -> None:
    known, found = own.open_file(folder / f"{name}.{ending}"), numbers(folder, name)
    states, output = run(known, found["x"])
    np.testing.assert_allclose(states, found["states"], atol=NEAR)
    np.testing.assert_allclose(output, found["output"], atol=NEAR)


@together("ending", ["keras", "h5"])
@together("name", ["mixed", "bare", "bare_gru", "bare_reset_before", "cell", "skipping"])
def test_a_layer_states_what_it_does_in_keras(folder: Path, name: str, ending: str) -> None:
    found = numbers(folder, name)
    known = own.open_file(folder / f"{name}.{ending}", part="last_recurrent")
    np.testing.assert_allclose(run(known, found["reads"])[0], found["states"], atol=NEAR)


def test_directions_that_are_summed_are_those_of_the_layer(folder: Path) -> None:
    found = numbers(folder, "summed")
    known = own.open_file(folder / "summed.keras", part="last_recurrent")
    ahead, back = np.split(run(known, found["reads"])[0], 2, axis=-1)
    np.testing.assert_allclose(ahead + back, found["states"], atol=NEAR)
    assert known.model.output_size == 0, "the output layer reads their sum"


def test_weights_alone_are_the_same_numbers(folder: Path) -> None:
    whole, alone = (
        own.read(f"both.{ending}", (folder / f"both.{ending}").read_bytes()) for ending in ("keras", "weights.h5")
    )
    for kind in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
        for way in ("", "_reverse"):
            for layer, name in enumerate(("bidirectional", "bidirectional_1")):
                both = whole[f"low+last_recurrent.{kind}_l{layer}{way}"], alone[f"{name}.{kind}_l0{way}"]
                assert np.array_equal(*both)
    assert np.array_equal(whole["emb.weight"], alone["embedding.weight"])
    assert np.array_equal(whole["head.weight"], alone["dense.weight"])


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_gru_resets_where_its_file_says(folder: Path, ending: str) -> None:
    """Weights alone have one bias, or two."""
    for name, layers, reset in (("reset_before_both", 2, "before"), ("both", 2, "after")):
        found = own.parts(own.read(f"a.{ending}", (folder / f"{name}.{ending}").read_bytes()))
        assert {part.model.reset for part in found} == {reset}
        assert sum(part.model.num_layers for part in found) == layers
    mixed = own.parts(own.read(f"a.{ending}", (folder / f"resets_mixed.{ending}").read_bytes()))
    assert sorted((part.model.num_layers, part.model.reset) for part in mixed) == [(1, "after"), (1, "before")]


def test_a_saved_copy_resets_as_the_file(folder: Path, tmp_path: Path) -> None:
    known, found = own.open_file(folder / "reset_before.keras", family="mine"), numbers(folder, "reset_before")
    copy = checkpoints.save(known, tmp_path)
    again = own.open_file(copy)
    assert (known.model.reset, again.model.reset) == ("before", "before")
    np.testing.assert_allclose(run(again, found["x"])[0], found["states"], atol=NEAR)
    assert "reset" not in known.card["opened"], "a script that opens the file need not say it"
    told = own.open_file(folder / "reset_before.keras", reset="after")
    assert (told.model.reset, told.card["opened"]["reset"]) == ("after", "after")
    assert told.family != own.open_file(folder / "reset_before.keras").family


# --- Gates, by loops over the weights that Keras has ---


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def lstm_steps(x: np.ndarray, weights: list[np.ndarray]) -> Iterator[dict[str, np.ndarray]]:
    """Keras has the blocks i, f, c, o beside each other."""
    kernel, recurrent, bias = (weight.astype(np.float64) for weight in weights)
    h = c = np.zeros(len(recurrent))
    for row in x:
        i, f, g, o = np.split(row @ kernel + h @ recurrent + bias, 4)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
        yield {"i": sigmoid(i), "f": sigmoid(f), "g": np.tanh(g), "o": sigmoid(o), "c": c, "h": h}


def gru_steps(x: np.ndarray, weights: list[np.ndarray]) -> Iterator[dict[str, np.ndarray]]:
    """Keras has the blocks z, r, h beside each other, and resets after the product."""
    kernel, recurrent, (bias, recurrent_bias) = (weight.astype(np.float64) for weight in weights)
    h = np.zeros(len(recurrent))
    for row in x:
        reads, keeps = np.split(row @ kernel + bias, 3), np.split(h @ recurrent + recurrent_bias, 3)
        z, r = (sigmoid(reads[number] + keeps[number]) for number in (0, 1))
        n = np.tanh(reads[2] + r * keeps[2])
        h = z * h + (1 - z) * n
        yield {"r": r, "z": z, "n": n, "h": h}


def reset_before_steps(x: np.ndarray, weights: list[np.ndarray]) -> Iterator[dict[str, np.ndarray]]:
    """The same blocks, one bias, and the reset before the product."""
    kernel, recurrent, bias = (weight.astype(np.float64) for weight in weights)
    W_z, W_r, W_n = np.split(recurrent, 3, axis=1)
    h = np.zeros(len(recurrent))
    for row in x:
        a_z, a_r, a_n = np.split(row @ kernel + bias, 3)
        z, r = sigmoid(a_z + h @ W_z), sigmoid(a_r + h @ W_r)
        n = np.tanh(a_n + (r * h) @ W_n)
        h = z * h + (1 - z) * n
        yield {"r": r, "z": z, "n": n, "h": h}


@pytest.mark.parametrize(
    ("name", "steps"),
    [
        ("compiled", lstm_steps),
        ("both", gru_steps),
        ("reset_before", reset_before_steps),
        ("reset_before_both", reset_before_steps),
    ],
)
def test_gates_are_those_of_keras(folder: Path, name: str, steps: type[Iterator[dict[str, np.ndarray]]]) -> None:
    found = numbers(folder, name)
    known = own.open_file(folder / f"{name}.keras")
    read = known.vectors([str(token) for token in found["x"][0]])[None]
    trace = rnnviz.capture(rnnviz.build(known.model).rnn, torch.from_numpy(read))
    expected = list(steps(found["reads"][0], [found[f"weight{place}"] for place in range(3)]))
    for signal in expected[0]:
        got = trace[signal][-1, 0, 0]
        np.testing.assert_allclose(got, [step[signal] for step in expected], atol=NEAR, err_msg=signal)


# --- What is found ---


@pytest.mark.parametrize(
    ("name", "ending", "expected"),
    [
        ("stacked", "keras", {"low+last_recurrent": 2}),
        ("stacked", "h5", {"low+last_recurrent": 2}),
        ("stacked", "weights.h5", {"lstm": 1, "lstm_1": 1}),
        ("masked", "keras", {"low+last_recurrent": 2}),
        ("ends", "keras", {"low+high": 2}),
        ("mixed", "keras", {"last_recurrent": 1, "first": 1}),
        ("skipping", "keras", {"first": 1, "second": 1, "last_recurrent": 1}),
        ("started", "keras", {"first": 1}),
        ("summed", "keras", {"low": 1, "last_recurrent": 1}),
        ("nested", "keras", {"inner.gru": 1}),
        ("nested", "weights.h5", {"sequential.gru": 1}),
        ("cells", "keras", {"rnn.lstm_cell": 1, "rnn.lstm_cell_1": 1}),
        ("class", "keras", {"lstm": 1}),
    ],
)
def test_layers_are_one_module_only_where_each_reads_the_one_before(
    folder: Path, name: str, ending: str, expected: dict[str, int]
) -> None:
    path = folder / f"{name}.{ending}"
    assert {part.name: part.model.num_layers for part in own.parts(own.read(path.name, path.read_bytes()))} == expected


def test_the_activation_of_a_plain_rnn_is_proposed_where_the_file_has_it(folder: Path) -> None:
    assert own.open_file(folder / "mixed.keras", part="last_recurrent").model.nonlinearity == "relu"
    assert own.open_file(folder / "tanh.keras").model.nonlinearity == "tanh"
    weights = folder / "mixed.weights.h5"
    assert own.open_file(weights, part="simple_rnn").model.nonlinearity == "tanh"
    assert own.open_file(weights, part="simple_rnn", nonlinearity="relu").model.nonlinearity == "relu"


@together("ending", ["keras", "h5"])
@together(
    "name, pooling",
    [
        ("mean", "mean"),
        ("mean_of_both", "mean"),
        ("mean_of_outputs", "mean"),
        ("max", "max"),
        ("ends_of_both", "ends"),
        ("each_of_both", "last"),
        ("all_of_both", "last"),
    ],
)
def test_probabilities_are_those_of_keras_without_a_choice(
    folder: Path, name: str, pooling: Pooling, ending: str
) -> None:
    known, found = own.open_file(folder / f"{name}.{ending}"), numbers(folder, name)
    assert pooling_of(known) == pooling
    text, output = " ".join(map(str, found["x"][0])), found["output"][0]
    expected = output if output.ndim == 1 else output[-1]
    whole = own.classify(known, text).whole
    np.testing.assert_allclose(whole[-len(expected) :], expected, atol=NEAR)
    others = [one for one in POOLINGS if one != pooling and (known.model.bidirectional or one in ("mean", "max"))]
    for other in others:
        chosen = own.classify(own.open_file(folder / f"{name}.{ending}", pooling=other), text).whole
        assert np.abs(chosen - whole).max() > 10 * NEAR, other


def test_a_pooling_is_proposed_only_where_the_file_has_it(folder: Path) -> None:
    for name in ("mean.weights.h5", "normalized.keras", "max_of_outputs.keras", "mean_of_sigmoids.keras"):
        assert not own.read(name, (folder / name).read_bytes()).poolings
        assert pooling_of(own.open_file(folder / name)) == "ends"
    assert own.read("a.keras", (folder / "max_of_cells.keras").read_bytes()).poolings == {
        ("two.lstm_cell_1", "head.weight"): "max"
    }
    assert pooling_of(own.open_file(folder / "mean.keras", head="")) == "ends"


def test_a_script_has_the_pooling_that_was_chosen_in_place_of_the_one_in_the_file(folder: Path) -> None:
    for pooling in POOLINGS:
        opened = own.open_file(folder / "mean.keras", pooling=pooling).card["opened"]
        assert pooling_of(own.open_file(folder / "mean.keras", **opened)) == pooling


def test_what_only_a_training_needs_is_left_out(folder: Path) -> None:
    for ending in ENDINGS:
        found = own.read(f"a.{ending}", (folder / f"compiled.{ending}").read_bytes())
        assert len(found) == 7, ending
        assert not [name for name in found if "optimizer" in name]


def test_an_embedding_and_an_output_layer_are_found(folder: Path) -> None:
    for ending, names in (("keras", ("emb", "head")), ("h5", ("emb", "head")), ("weights.h5", ("embedding", "dense"))):
        opened = own.open_file(folder / f"compiled.{ending}").card["opened"]
        assert (opened["embedding"], opened["head"]) == tuple(f"{name}.weight" for name in names)


@pytest.mark.parametrize(
    ("version", "name", "ahead", "back"),
    [
        ("2.15.0", "bidirectional", "bidirectional/bidirectional/forward_lstm/lstm_cell", "backward_lstm/lstm_cell"),
        ("2.3.1", "both", "both/both/forward_lstm_1", "backward_lstm_1"),
    ],
)
def test_weights_of_keras_2_have_longer_paths(version: str, name: str, ahead: str, back: str) -> None:
    """As releases name them, with ``:0`` after each."""
    rng = np.random.default_rng(4)
    shapes = {"kernel": (5, 16), "recurrent_kernel": (4, 16), "bias": (16,)}
    with io.BytesIO() as file:
        with h5py.File(file, "w") as made:
            made.attrs["keras_version"] = version
            for path in (ahead, f"{ahead.rpartition('forward')[0]}{back}"):
                for role, shape in shapes.items():
                    made[f"{path}/{role}:0"] = rng.normal(size=shape).astype(np.float32)
            made["words/words/embeddings:0"] = np.ones((7, 5), np.float32)
            made["head/head/kernel:0"] = np.ones((8, 3), np.float32)
            kernel = made[f"{ahead}/kernel:0"][()]
        found = own.read("a.h5", file.getvalue())
    (part,) = own.parts(found)
    assert (part.name, part.model.bidirectional) == (name, True)
    assert (part.embeddings, part.heads) == (("words.weight",), ("head.weight",))
    assert np.array_equal(found[f"{name}.weight_ih_l0"], kernel.T)


# --- What is refused ---


@together(
    "name, reason",
    [
        ("hard", "recurrent_activation of lstm must be sigmoid, as torch has it; got 'hard_sigmoid'"),
        ("relu", "activation of lstm must be tanh, as torch has it; got 'relu'"),
        ("sigmoid", "activation of rnn must be tanh or relu, as torch has it; got 'sigmoid'"),
        ("backwards", "lstm must have go_backwards=False; got True"),
        ("around", "must be a layer of the model itself"),
        ("convolution", "must have an LSTM, a GRU or a SimpleRNN; got conv"),
        ("dense", "must have an LSTM, a GRU or a SimpleRNN; got head"),
    ],
)
@together("ending", ["keras", "h5"])
def test_what_torch_does_not_have_is_refused(folder: Path, name: str, ending: str, reason: str) -> None:
    with pytest.raises(RefusedError, match=reason):
        own.read(f"a.{ending}", (folder / f"{name}.{ending}").read_bytes())


@pytest.mark.parametrize("name", ["bare_gru", "bare_reset_before"])
def test_weights_alone_of_a_gru_without_a_bias_are_refused(folder: Path, name: str) -> None:
    with pytest.raises(RefusedError, match="must have a bias, or settings"):
        own.read("a.weights.h5", (folder / f"{name}.weights.h5").read_bytes())


def changed(content: bytes, change: "dict[str, object] | str") -> bytes:
    """A model whose first recurrent layer has other settings, or whose settings are another text."""
    with zipfile.ZipFile(io.BytesIO(content)) as before, io.BytesIO() as file:
        with zipfile.ZipFile(file, "w") as after:
            for entry in before.namelist():
                data = before.read(entry)
                if entry == "config.json":
                    settings = json.loads(data)
                    if isinstance(change, dict):
                        next(e for e in settings["config"]["layers"] if e["class_name"] == "LSTM")["config"] |= change
                    data = change.encode() if isinstance(change, str) else json.dumps(settings).encode()
                after.writestr(entry, data)
        return file.getvalue()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"activation": {"class_name": "function", "config": "<lambda>"}}, "activation of last_recurrent must be tanh"),
        ({"name": "\x1b[31m"}, "names of tensors must be printable"),
        ({"activation": None}, "activation of last_recurrent must be tanh"),
        ('{"class_name": "Sequential", "config": {"layers": [{}]}}', "settings must be as Keras writes them; KeyError"),
        ('{"class_name": "Sequential", "config": {"layers": [7]}}', "settings must be as Keras writes them; TypeError"),
        ('{"class_name": "Sequential", "config": []}', "settings must be as Keras writes them; AttributeError"),
        ("[" * 100_000, "a note must be JSON"),
        ("[]", "a note must be an object"),
        ("{}" + " " * 2**20, "config.json must have at most"),
    ],
    ids=str,
)
def test_other_settings_are_refused(folder: Path, change: "dict[str, object] | str", reason: str) -> None:
    with pytest.raises(RefusedError, match=reason):
        own.read("a.keras", changed((folder / "compiled.keras").read_bytes(), change))


def test_without_h5py_it_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rnnviz.extras.find_spec", lambda _: None)
    line = r'a file of Keras needs h5py \(the extra rnnviz\[keras\]\); install it with: pip install "h5py>=3.11"'
    with pytest.raises(RefusedError, match=line):
        own.read("a.keras", (folder / "both.keras").read_bytes())


def test_a_network_says_what_its_file_needs(folder: Path) -> None:
    assert own.open_file(folder / "both.keras").card["needs"] == tensors.package_for("both.keras") == "h5py>=3.11"
