"""A record is checked once, and read from files without trust."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnnviz.checkpoints import RefusedError
from rnnviz.checkpoints.storing import packed, unpacked
from rnnviz.record import CURVES, NUMBERS, LayerRecord, NonFinite, Record
from rnnviz.watching.rows import stacked


def layer(rows: int = 3, **changes: Any) -> LayerRecord:
    generator = np.random.default_rng(0)
    sizes = {"layer": 2, "direction": 2, "gate": 3, "quantile": 5}
    shapes = {name: tuple({**sizes, "time": 4}[axis] for axis in axes[1:]) for name, axes in NUMBERS.items()}
    numbers = [{name: generator.random(shape, np.float32) for name, shape in shapes.items()} for _ in range(rows)]
    made = LayerRecord("encoder.rnn", "lstm", "tanh", 3, 5, 2, True, False, 7, 1, 2, stacked(numbers, sizes))
    return replace(made, **changes)


def made(**changes: Any) -> Record:
    curves = {name: np.linspace(1, 2, 3, dtype=np.float32) for name in CURVES}
    update = np.array([0, 10, 20])
    whole = Record("Tagger", 10, 25, update, **curves, non_finite=None, layers=(layer(),))
    return replace(whole, **changes)


def same(one: Record, other: Record) -> bool:
    arrays, others = one._arrays(), other._arrays()
    return one._about() == other._about() and all(np.array_equal(arrays[k], others[k], equal_nan=True) for k in others)


@pytest.mark.parametrize("first", [None, NonFinite(12, "gradient", "head.weight")])
def test_a_record_comes_back_from_its_file(tmp_path: Path, first: NonFinite | None) -> None:
    record = made(non_finite=first)
    record.save(tmp_path)
    assert same(Record.load(tmp_path), record)
    assert json.loads((tmp_path / "record.json").read_text())["layers"][0]["path"] == "encoder.rnn"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["record.json", "record.safetensors"]


def test_its_numbers_are_only_to_be_read() -> None:
    record = made()
    with pytest.raises(ValueError, match="read-only"):
        record.loss[0] = 1
    with pytest.raises(ValueError, match="read-only"):
        record.layers[0]["dead"][:] = 1
    with pytest.raises(KeyError, match=r"name must be one of grad_norm, .*; got 'age'"):
        record.layers[0]["age"]


def test_rows_of_several_lengths_are_padded() -> None:
    sizes = {"layer": 1, "direction": 1, "gate": 0, "quantile": 5}
    short, long = ({"grad_norm": np.ones((1, 1, steps)), "steps": np.float32(steps)} for steps in (2, 4))
    found = stacked([short, long], sizes)
    np.testing.assert_array_equal(found["grad_norm"][:, 0, 0], [[1, 1, np.nan, np.nan], [1, 1, 1, 1]])
    assert found["steps"].tolist() == [2, 4]
    assert np.isnan(found["dead"]).all()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"every": 0}, "every must be a whole number of at least 1; got 0"),
        ({"updates": -1}, "updates must be a whole number of at least 0; got -1"),
        ({"loss": np.zeros(2, np.float32)}, r"loss must be float32 of shape \(row 3\); got float32 of shape \(2,\)"),
        ({"update": np.zeros(3, np.float32)}, "update must be int64"),
        ({"layers": (layer(2),)}, "layers must have 3 rows each; got 2"),
        ({"layers": (layer(), layer())}, r"layers must have different paths; got encoder\.rnn, encoder\.rnn"),
        ({"stage": "soon"}, "stage must be one of going on, ended, broken off; got 'soon'"),
        ({"update": np.array([0, 10, 10])}, r"update must be whole numbers of at least 0 that rise; got \[0, 10, 10\]"),
    ],
)
def test_what_does_not_fit_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        made(**changes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"cell": "lstn"}, "cell must be one of rnn, lstm, gru; got 'lstn'"),
        ({"cell": "rnn"}, "shut must be float32"),
        ({"batch_first": 1}, "batch_first must be one of False, True; got 1"),
        ({"num_layers": 3}, "grad_norm must be float32 of shape"),
        ({"values": {}}, "values must be grad_norm, "),
    ],
)
def test_a_layer_that_does_not_fit_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        layer(**changes)


def test_a_place_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="kind must be one of input, parameter, activation, gradient; got 'loss'"):
        NonFinite(0, "loss", "")


def damage(note: dict[str, Any], arrays: dict[str, np.ndarray], how: str) -> None:
    if how == "no layers":
        note["layers"] = 5
    elif how == "one layer more":
        note["layers"] *= 2
    elif how == "a strange setting":
        note["layers"][0]["values"] = []
    elif how == "2^63 units":
        note["layers"][0]["num_layers"] = 2**63
    elif how == "another format":
        note["format"] = 99
    elif how == "a list as first":
        note["non_finite"] = [1, 2, 3]
    elif how == "an array too many":
        arrays["more"] = np.zeros(3, np.float32)
    elif how == "an array too few":
        del arrays["0.dead"]
    elif how == "other types":
        arrays["loss"] = arrays["loss"].astype(np.float64)
    else:
        note["updates"] = "many"


@pytest.mark.parametrize(
    "how",
    [
        "no layers", "one layer more", "a strange setting", "2^63 units", "another format", "a list as first",
        "an array too many", "an array too few", "other types", "text for a number",
    ],
)  # fmt: skip
def test_a_file_that_is_no_record_is_refused(tmp_path: Path, how: str) -> None:
    made().save(tmp_path)
    path = tmp_path / "record.safetensors"
    arrays, note = unpacked(path.read_bytes(), "record")
    damage(note, arrays, how)
    path.write_bytes(packed(arrays, note, "record"))
    with pytest.raises(RefusedError, match=r"expected a record that rnnviz\.watch wrote; "):
        Record.load(tmp_path)


def test_a_file_that_is_cut_or_missing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Record.load(tmp_path)
    made().save(tmp_path)
    path = tmp_path / "record.safetensors"
    content = path.read_bytes()
    for size in range(0, len(content), 311):
        path.write_bytes(content[:size])
        with pytest.raises(RefusedError):
            Record.load(tmp_path)
