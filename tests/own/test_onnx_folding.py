"""Stored numbers that nodes of ONNX cut, join and turn: what is made, and how much of it at the most."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper

from rnnviz import own
from rnnviz.checkpoints.bounds import MOST_BYTES, Bounds
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
        own.read("mine.onnx", saved(tmp_path, nodes, v0=FLAT[None]).read_bytes())


def test_folded_weights_count_once_for_each_node_that_uses_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from rnnviz.own import onnx_files

    nodes = [helper.make_node("Unsqueeze", ["flat", "axes"], ["W"])]
    path = saved(tmp_path, nodes, flat=FLAT, axes=np.array([0]))
    used = FLAT.size + 20 * 5
    monkeypatch.setattr(onnx_files, "bounds", lambda: Bounds(MOST_BYTES, used, ""))
    assert own.open_file(path).model.hidden_size == 5
    monkeypatch.setattr(onnx_files, "bounds", lambda: Bounds(MOST_BYTES, used - 1, ""))
    with pytest.raises(RefusedError, match="the nodes must use at most"):
        own.open_file(path)


def lstm(folder: Path, nodes: list[onnx.NodeProto], inputs: list[str], **arrays: np.ndarray) -> Path:
    """A model of an LSTM whose further inputs the nodes make."""
    rng = np.random.default_rng(3)
    stored = {
        "W": rng.normal(size=(1, 20, 3)).astype(np.float32), "R": rng.normal(size=(1, 20, 5)).astype(np.float32),
    } | arrays  # fmt: skip
    node = helper.make_node("LSTM", ["x", "W", "R", *inputs], ["y"], name="layer", hidden_size=5)
    infos = [helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None) for name in ("x", "y")]
    graph = helper.make_graph(
        [*nodes, node], "made", infos[:1], infos[1:],
        [numpy_helper.from_array(array, name) for name, array in stored.items()],
    )  # fmt: skip
    path = folder / "mine.onnx"
    path.write_bytes(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)]).SerializeToString())
    return path


BIAS = np.random.default_rng(2).normal(size=(1, 40))


@pytest.mark.parametrize("kind", ["Cast", "Add", "Split", "Constant"])
def test_a_bias_that_nodes_make_is_not_dropped(tmp_path: Path, kind: str) -> None:
    wanted = BIAS.astype(np.float32)
    made, arrays = {
        "Cast": (helper.make_node("Cast", ["wide"], ["B"], to=onnx.TensorProto.FLOAT), {"wide": BIAS}),
        "Add": (helper.make_node("Add", ["one", "other"], ["B"]), {"one": wanted, "other": np.zeros_like(wanted)}),
        "Split": (helper.make_node("Split", ["two"], ["A", "B"], axis=0), {"two": np.concatenate([-wanted, wanted])}),
        "Constant": (helper.make_node("Constant", [], ["flat"], value_floats=wanted.ravel().tolist()), {}),
    }[kind]
    nodes = [made]
    if kind == "Constant":
        nodes.append(helper.make_node("Reshape", ["flat", "shape"], ["B"]))
        arrays = {"shape": np.array([1, 40])}
    known = own.open_file(lstm(tmp_path, nodes, ["B"], **arrays))
    blocks = np.split(wanted[0, :20], 4)
    assert np.array_equal(known.weights["bias_ih_l0"], np.concatenate([blocks[k] for k in BLOCKS]))


def test_a_bias_that_is_not_known_is_no_bias_of_zero(tmp_path: Path) -> None:
    nodes = [helper.make_node("Pad", ["short", "pads"], ["B"])]
    with pytest.raises(RefusedError, match="must have its bias B in the file"):
        own.open_file(lstm(tmp_path, nodes, ["B"], short=np.ones((1, 39), np.float32), pads=np.array([0, 0, 0, 1])))


def test_lengths_that_the_file_has_are_not_passed_over(tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="must read all steps"):
        own.open_file(lstm(tmp_path, [], ["", "lengths"], lengths=np.array([5], np.int32)))


@pytest.mark.parametrize(("added", "bias"), [("known", 1.0), ("single", None), ("given", None)])
def test_what_a_gemm_adds_is_known_or_it_is_not_proposed(tmp_path: Path, added: str, bias: float | None) -> None:
    path = lstm(tmp_path, [], [], fc=np.ones((3, 5), np.float32))
    model = onnx.load(path)
    stored = {"known": np.ones(3, np.float32), "single": np.ones(1, np.float32)}
    nodes = [
        helper.make_node("Squeeze", ["h", "zero"], ["last"]),
        helper.make_node("Gemm", ["last", "fc", added], ["out"], transB=1),
    ]
    model.graph.node[0].output.append("h")
    model.graph.node.extend(nodes)
    model.graph.initializer.append(numpy_helper.from_array(np.array([0]), "zero"))
    if added in stored:
        model.graph.initializer.append(numpy_helper.from_array(stored[added], added))
    path.write_bytes(model.SerializeToString())
    known = own.open_file(path)
    assert (known.card["opened"]["head"] != "") is (bias is not None)
    if bias is not None:
        assert known.weights["head.bias"].tolist() == [bias] * 3
