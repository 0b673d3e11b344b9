"""Stored numbers that nodes of ONNX cut, join and turn: what is made, and how much of it at the most."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper

from rnnviz import own
from rnnviz.checkpoints.storing import RefusedError


def saved(folder: Path, nodes: list[onnx.NodeProto], *, opset: int = 17, **arrays: np.ndarray) -> Path:
    """A model of an LSTM of 5 units and 3 inputs, whose W the nodes make."""
    rng = np.random.default_rng(3)
    stored = {"R": rng.normal(size=(1, 20, 5)).astype(np.float32)} | arrays
    lstm = helper.make_node("LSTM", ["x", "W", "R"], ["y"], name="layer", hidden_size=5)
    graph = helper.make_graph(
        [*nodes, lstm], "made", [helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, None)],
        [helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, None)],
        [numpy_helper.from_array(array, name) for name, array in stored.items()],
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
    path = folder / "mine.onnx"
    path.write_bytes(model.SerializeToString())
    return path


FLAT = np.random.default_rng(1).normal(size=(20, 3)).astype(np.float32)
BLOCKS = (0, 2, 3, 1)
"""Where each gate of torch is among those of ONNX."""


@pytest.mark.parametrize("opset", [11, 17])
def test_each_version_of_an_operator_is_understood(tmp_path: Path, opset: int) -> None:
    if opset < 13:
        nodes, arrays = [helper.make_node("Unsqueeze", ["flat"], ["W"], axes=[0])], {}
    else:
        nodes, arrays = [helper.make_node("Unsqueeze", ["flat", "axes"], ["W"])], {"axes": np.array([0])}
    known = own.open_file(saved(tmp_path, nodes, opset=opset, flat=FLAT, **arrays))
    blocks = np.split(FLAT, 4)
    assert np.array_equal(known.weights["weight_ih_l0"], np.concatenate([blocks[k] for k in BLOCKS]))


def test_what_an_input_has_a_part_in_is_not_taken_for_weights(tmp_path: Path) -> None:
    nodes = [helper.make_node("Concat", ["flat", "x"], ["W"], axis=0)]
    with pytest.raises(RefusedError, match="must have its weights W and R in the file"):
        own.open_file(saved(tmp_path, nodes, flat=FLAT[None]))


def test_what_does_not_fit_together_is_refused(tmp_path: Path) -> None:
    nodes = [helper.make_node("Concat", ["flat", "other"], ["W"], axis=1)]
    with pytest.raises(RefusedError, match="must have its weights W and R in the file"):
        own.open_file(saved(tmp_path, nodes, flat=FLAT[None], other=np.ones((2, 2), np.float32)))


def test_a_small_file_makes_no_large_one(tmp_path: Path) -> None:
    """Each node doubles what the one before has made."""
    nodes = [
        helper.make_node("Concat", [f"v{number}", f"v{number}"], [f"v{number + 1}" if number < 18 else "W"], axis=1)
        for number in range(19)
    ]
    with pytest.raises(RefusedError, match="the nodes must make at most"):
        own.open_file(saved(tmp_path, nodes, v0=FLAT[None]))


def test_folded_weights_count_once_for_each_node_that_uses_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from rnnviz.own import onnx_files

    nodes = [helper.make_node("Unsqueeze", ["flat", "axes"], ["W"])]
    path = saved(tmp_path, nodes, flat=FLAT, axes=np.array([0]))
    monkeypatch.setattr(onnx_files, "MOST_WEIGHTS", FLAT.size + 20 * 5)
    assert own.open_file(path).model.hidden_size == 5
    monkeypatch.setattr(onnx_files, "MOST_WEIGHTS", FLAT.size + 20 * 5 - 1)
    with pytest.raises(RefusedError, match="the nodes must use at most"):
        own.open_file(path)
