"""A history holds what it says it holds, comes back from its file, and no file is trusted."""

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save as tensors_as_bytes

from rnnviz import history
from rnnviz.history import CURVES, MEASURES, History
from rnnviz.spec import ModelSpec, TaskSpec, TrainSpec

SPEC = TrainSpec(ModelSpec("rnn", 2, 3), TaskSpec("adding", 5), steps=4, seeds=(5, 9))


def made(**changes: Any) -> History:
    """Two runs of four steps, measured three times."""
    rng = np.random.default_rng(0)
    curves = {name: rng.random((2, 4), np.float32) for name in CURVES}
    curves["loss"][1, 2:] = math.nan
    curves["grad_norm"][1, 1] = math.inf
    given = {
        **curves,
        **{name: rng.random((2, 3), np.float32) for name in MEASURES},
        "answers": rng.random((2, 3, 8, 1), np.float32),
        "measured_at": np.array([0, 2, 4]),
        "taken": np.array([4, 4]),
        "diverged_at": np.array([-1, 1]),
        "solved_at": np.array([-1, -1]),
        "weights": {"weight_hh_l0": rng.random((2, 3, 3), np.float32), "head.bias": rng.random((2, 1), np.float32)},
    }
    return History(SPEC, **given | changes)


def test_tables() -> None:
    frame = made().to_frame()
    assert list(frame) == ["seed", "step", "loss", "grad_norm", "update_norm"]
    assert frame["seed"].tolist() == [5] * 4 + [9] * 4
    assert frame["step"].tolist() == [0, 1, 2, 3] * 2
    np.testing.assert_array_equal(frame["grad_norm"], made().grad_norm.ravel())
    assert math.isinf(frame["grad_norm"][5])


def test_what_it_says_of_itself() -> None:
    assert repr(made()) == "History(rnn on adding 5; runs 2; steps 4)"
    assert made().steps == 4


def test_it_is_frozen() -> None:
    with pytest.raises(ValueError, match="read-only"):
        made().loss[0, 0] = 1
    with pytest.raises(ValueError, match="read-only"):
        made().weights["head.bias"][0] = 1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"loss": np.zeros((3, 4), np.float32)},
            r"loss must be float32 of shape \(run 2, step\); got float32 .*\(3, 4\)",
        ),
        ({"grad_norm": np.zeros((2, 5), np.float32)}, r"grad_norm must be float32 of shape \(run 2, step 4\)"),
        ({"update_norm": np.zeros((2, 4))}, r"update_norm must be float32 .*; got float64"),
        ({"score": np.zeros(2, np.float32)}, r"score must be float32 of shape \(run 2, measurement\)"),
        ({"answers": np.zeros((2, 2, 8, 1), np.float32)}, r"answers must be .*measurement 3, example, output\)"),
        ({"measured_at": np.zeros(4, np.int64)}, r"measured_at must be int64 of shape \(measurement 3\)"),
        ({"taken": np.zeros(2, np.float32)}, r"taken must be int64 of shape \(run 2\); got float32"),
        ({"weights": {"head.bias": np.zeros(2)}}, r"head.bias must be float32 of shape \(run 2, …\); got float64"),
        ({"weights": {"head.bias": np.zeros((1, 2), np.float32)}}, r"head.bias must be float32 of shape \(run 2, …\)"),
    ],
    ids=lambda value: None if isinstance(value, str) else next(iter(value)),
)
def test_what_is_no_history(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        made(**changes)


def test_it_comes_back_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "run"
    made().save(path)
    back = History.load(path)
    assert back.spec == SPEC
    for name in (*CURVES, *MEASURES, "answers", "measured_at", "taken", "diverged_at", "solved_at"):
        np.testing.assert_array_equal(getattr(back, name), getattr(made(), name))
    assert list(back.weights) == list(made().weights)
    assert all(np.array_equal(back.weights[name], array) for name, array in made().weights.items())
    back.save(tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == path.read_bytes()


def test_no_file_is_trusted(tmp_path: Path) -> None:
    path = tmp_path / "run"
    made().save(path)
    good = path.read_bytes()
    array = {"loss": np.zeros((2, 4), np.float32)}
    for content in (
        b"", good[:-1], good[:100], b"\xff" * 8 + good[8:], b"\x80\x04N.", tensors_as_bytes(array),
        tensors_as_bytes(array, metadata={"history": "{}"}), tensors_as_bytes(array, metadata={"history": "["}),
        tensors_as_bytes(array, metadata={"history": '{"format": 1, "weights": [], "spec": {"steps": 3}}'}),
        tensors_as_bytes(array, metadata={"history": '{"format": 2, "weights": [], "spec": {}}'}),
        tensors_as_bytes(array, metadata={"history": '{"format": 1, "weights": ["a"], "spec": {}}'}),
        good.replace(b'\\"run\\"', b"").replace(b"taken", b"token"),
    ):  # fmt: skip
        path.write_bytes(content)
        with pytest.raises(ValueError, match=r"expected a history that History\.save wrote; "):
            History.load(path)
    with pytest.raises(FileNotFoundError):
        History.load(tmp_path / "none")


def test_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made().save(tmp_path / "run")
    monkeypatch.setattr(history, "LARGEST", 100)
    with pytest.raises(ValueError, match="at most 100 bytes; run has"):
        History.load(tmp_path / "run")


def test_a_history_of_another_spec_is_another() -> None:
    with pytest.raises(ValueError, match="run 1"):
        replace(made(), spec=replace(SPEC, seeds=(5,)))
