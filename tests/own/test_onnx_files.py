"""Files in ONNX: what torch wrote is the same again, what other programs wrote computes the same, or is refused."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
import pytest
import torch
from onnx import helper, numpy_helper
from onnx.reference import ReferenceEvaluator
from torch import nn

import rnnviz
from rnnviz import own
from rnnviz.checkpoints import Checkpoint, RefusedError
from rnnviz.checkpoints.bounds import MOST_BYTES
from rnnviz.checkpoints.classifiers import pooling_of
from rnnviz.names import POOLINGS, Pooling
from tests.own.onnx_models import TOKENS, Chain, Pooled, Tagger, exported, model, node
from tests.together import together

NEAR: Final = 1e-5
X: Final = np.random.default_rng(0).normal(size=(5, 1, 2)).astype(np.float32)
"""An input of shape (time, batch, feature)."""
BOTH: Final = {"bidirectional": True}


@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize(
    "options", [{}, BOTH, {"batch_first": True, "num_layers": 2}, BOTH | {"batch_first": True}], ids=str
)
def test_probabilities_are_those_of_the_model_without_a_choice(
    tmp_path: Path, pooling: Pooling, options: dict[str, Any]
) -> None:
    torch.manual_seed(3)
    module = Pooled(pooling, **options).eval()
    known = opened(tmp_path, exported(module, torch.zeros(2, 4, dtype=torch.long)))
    is_end = pooling == "last" and "bidirectional" not in options
    assert pooling_of(known) == ("ends" if is_end else pooling)
    tokens = torch.tensor([[3, 1, 4, 1, 5]])
    with torch.inference_mode():
        expected = module(tokens if module.rnn.batch_first else tokens.T)[0].softmax(-1).numpy()
    np.testing.assert_allclose(own.classify(known, "3 1 4 1 5").whole, expected, atol=NEAR)


class Between(Pooled):
    """The mean over the batch, or a layer between the steps and their mean."""

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        output = self.rnn(self.emb(tokens))[0]
        return self.fc(output.mean(1) if self.pooling == "mean" else output.tanh().mean(0))


@pytest.mark.parametrize("pooling", ["mean", "max"])
def test_a_mean_of_something_else_is_no_pooling(pooling: Pooling) -> None:
    content = exported(Between(pooling), torch.zeros(2, 4, dtype=torch.long))
    assert not own.read("a.onnx", content).poolings


@together("bias", [True, False])
@together(
    "kind, options",
    [
        (nn.LSTM, BOTH | {"batch_first": True, "num_layers": 2}),
        (nn.LSTM, {"num_layers": 3, "dropout": 0.5}),
        (nn.GRU, {"num_layers": 2}),
        (nn.GRU, BOTH | {"num_layers": 2}),
        (nn.RNN, {"nonlinearity": "relu", "num_layers": 2}),
        (nn.RNN, BOTH),
    ],
)
def test_what_torch_wrote_is_the_same_again(kind: type[nn.RNNBase], options: dict[str, Any], bias: bool) -> None:
    torch.manual_seed(1)
    module = Tagger(kind, bias=bias, **options)
    tensors = own.read("a.onnx", exported(module, torch.zeros(2, 4, dtype=torch.long)))
    state = module.state_dict()
    assert set(tensors) == set(state)
    assert all(np.array_equal(tensors[name], tensor.numpy()) for name, tensor in state.items())
    (part,) = own.parts(tensors)
    assert (part.name, part.embeddings[0], part.heads[0]) == ("rnn", "emb.weight", "fc.weight")
    assert part.model.nonlinearity == options.get("nonlinearity", "tanh")


def opened(folder: Path, content: bytes) -> Checkpoint:
    (folder / "mine.onnx").write_bytes(content)
    return own.open_file(folder / "mine.onnx")


def test_it_outputs_what_onnx_outputs(tmp_path: Path) -> None:
    torch.manual_seed(2)
    content = exported(Tagger(nn.GRU, num_layers=2, batch_first=True), torch.zeros(1, 4, dtype=torch.long))
    known = opened(tmp_path, content)
    tokens = np.arange(TOKENS)
    (expected,) = ReferenceEvaluator(onnx.ModelProto.FromString(content)).run(None, {"x": tokens[None]})
    with torch.inference_mode():
        output = rnnviz.build(known.model)(torch.from_numpy(known.vectors([str(token) for token in tokens]))[None])
    np.testing.assert_allclose(output.numpy(), expected, atol=NEAR)
    assert known.card["needs"] == "onnx>=1.17"


@pytest.mark.parametrize(
    ("kind", "attributes"),
    [
        ("LSTM", {}),
        ("GRU", {"linear_before_reset": 1}),
        ("GRU", {"linear_before_reset": 0}),
        ("GRU", {}),
        ("GRU", {"inputs": ("x", "W", "R")}),
        ("RNN", {}),
        ("LSTM", {"activations": ["Sigmoid", "Tanh", "Tanh"], "direction": "forward"}),
        ("RNN", {"activations": ["tanh"]}),
        ("RNN", {"inputs": ("x", "W", "R")}),
    ],
)
def test_a_node_of_another_program_computes_what_onnx_says(
    kind: str, attributes: dict[str, Any], tmp_path: Path
) -> None:
    content = node(kind, **attributes)
    (expected,) = ReferenceEvaluator(onnx.ModelProto.FromString(content)).run(None, {"x": X})
    known = opened(tmp_path, content)
    with torch.inference_mode():
        output = rnnviz.build(known.model).rnn(torch.from_numpy(X[:, 0])[None])[0]
    np.testing.assert_allclose(output[0].numpy(), expected[:, 0, 0], atol=NEAR)


def test_a_gru_that_resets_before_has_two_directions(tmp_path: Path) -> None:
    """The evaluator has one direction, so each is a node of its own there, the second on the turned input."""
    content = node("GRU", count=2, direction="bidirectional")
    stored = {one.name: numpy_helper.to_array(one) for one in onnx.ModelProto.FromString(content).graph.initializer}
    expected = []
    for way in range(2):
        one = node("GRU", weights={name: array[way : way + 1] for name, array in stored.items()})
        turn = slice(None, None, -1 if way else 1)
        (found,) = ReferenceEvaluator(onnx.ModelProto.FromString(one)).run(None, {"x": X[turn].copy()})
        expected.append(found[turn, 0, 0])
    known = opened(tmp_path, content)
    assert (known.model.bidirectional, known.model.reset) == (True, "before")
    network = rnnviz.build(known.model)
    with torch.inference_mode():
        output = network.rnn(torch.from_numpy(X[:, 0])[None])[0][0]
    np.testing.assert_allclose(output.numpy(), np.concatenate(expected, 1), atol=NEAR)


@pytest.mark.parametrize("resets", [(0, 0), (0, 1)])
def test_layers_of_a_gru_are_one_module_if_they_reset_alike(tmp_path: Path, resets: tuple[int, int]) -> None:
    torch.manual_seed(2)
    whole = onnx.ModelProto.FromString(
        exported(Tagger(nn.GRU, num_layers=2, batch_first=True), torch.zeros(1, 4, dtype=torch.long))
    )
    nodes = [one for one in whole.graph.node if one.op_type == "GRU"]
    for one, reset in zip(nodes, resets, strict=True):
        next(a for a in one.attribute if a.name == "linear_before_reset").i = reset
    content = whole.SerializeToString()
    found = own.parts(own.read("a.onnx", content))
    if resets == (0, 1):
        assert {(part.model.num_layers, part.model.reset) for part in found} == {(1, "before"), (1, "after")}
        return
    known, tokens = opened(tmp_path, content), np.arange(TOKENS)
    assert (known.model.num_layers, known.model.reset) == (2, "before")
    (expected,) = ReferenceEvaluator(whole).run(None, {"x": tokens[None]})
    with torch.inference_mode():
        output = rnnviz.build(known.model)(torch.from_numpy(known.vectors([str(token) for token in tokens]))[None])
    np.testing.assert_allclose(output.numpy(), expected, atol=NEAR)


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def test_gates_are_those_of_the_definition(tmp_path: Path) -> None:
    """Blocks i, o, f, c: the definition of the operator LSTM."""
    content = node("LSTM")
    stored = {one.name: numpy_helper.to_array(one)[0] for one in onnx.ModelProto.FromString(content).graph.initializer}
    h = c = np.zeros(3)
    steps = []
    for row in X[:, 0]:
        i, o, f, g = np.split(stored["W"] @ row + stored["R"] @ h + stored["B"][:12] + stored["B"][12:], 4)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
        steps.append({"i": sigmoid(i), "f": sigmoid(f), "g": np.tanh(g), "o": sigmoid(o), "c": c, "h": h})
    known = opened(tmp_path, content)
    trace = rnnviz.capture(rnnviz.build(known.model).rnn, torch.from_numpy(X[:, 0])[None])
    for signal in steps[0]:
        np.testing.assert_allclose(trace[signal][0, 0, 0], [step[signal] for step in steps], atol=NEAR, err_msg=signal)


def test_modules_are_one_only_where_each_reads_the_one_before(tmp_path: Path) -> None:
    torch.manual_seed(3)
    chain, x = Chain(), torch.randn(1, 5, 4)
    known = opened(tmp_path, exported(chain, x))
    assert (known.card["opened"]["part"], known.model.num_layers) == ("low+high", 2)
    with torch.inference_mode():
        assert torch.allclose(rnnviz.build(known.model).rnn(x)[0], chain(x), atol=NEAR)
    residual = own.parts(own.read("a.onnx", exported(Chain(is_residual=True), x)))
    assert {part.name: part.model.num_layers for part in residual} == {"low": 1, "high": 1}


@pytest.mark.parametrize(("shape", "layers"), [((4, 2, 12), [2]), ((4, -1, 12), [2]), ((4, 4, 6), [1, 1])])
def test_directions_are_side_by_side_in_a_shape_of_fixed_sizes(shape: tuple[int, ...], layers: list[int]) -> None:
    """As torch writes it with dynamo=True."""
    written = exported(Tagger(nn.GRU, num_layers=2, bidirectional=True), torch.zeros(4, 2, dtype=torch.long))
    graph = (whole := onnx.ModelProto.FromString(written)).graph
    fixed = numpy_helper.from_array(np.array(shape, np.int64), "fixed")
    graph.initializer.append(fixed)
    reshapes = [one for one in graph.node if one.op_type == "Reshape"]
    for one in reshapes:
        one.input[1] = "fixed"
    assert len(reshapes) == 2
    assert [part.model.num_layers for part in own.parts(own.read("a.onnx", whole.SerializeToString()))] == layers


def test_numbers_that_a_constant_or_an_identity_has_are_found() -> None:
    content = node("GRU", linear_before_reset=1)
    whole, plain = onnx.ModelProto.FromString(content), own.read("a.onnx", content)
    stored = {one.name: one for one in whole.graph.initializer}
    layer = whole.graph.node[0]
    layer.input[1], layer.input[2] = "same", "constant"
    nodes = [
        helper.make_node("Identity", ["W"], ["same"]),
        helper.make_node("Constant", [], ["constant"], value=stored["R"]),
        layer,
    ]
    arrays = {name: numpy_helper.to_array(stored[name]) for name in ("W", "B")}
    found = own.read("a.onnx", model(nodes, arrays))
    assert set(found) == set(plain) == {f"layer.{kind}_l0" for kind in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")}
    assert all(np.array_equal(found[name], plain[name]) for name in plain)


def test_a_linear_layer_by_gemm_has_torchs_shape() -> None:
    rng = np.random.default_rng(1)
    whole = onnx.ModelProto.FromString(node("RNN"))
    arrays = {one.name: numpy_helper.to_array(one) for one in whole.graph.initializer}
    whole.graph.node[0].output[0] = "h"
    for is_transposed in (0, 1):
        kernel, bias = rng.normal(size=(2, 3) if is_transposed else (3, 2)), rng.normal(size=(1, 2))
        head = helper.make_node("Gemm", ["h", "kernel", "bias"], ["y"], alpha=0.5, beta=2.0, transB=is_transposed)
        stored = arrays | {"kernel": kernel.astype(np.float32), "bias": bias.astype(np.float32)}
        found = own.read("a.onnx", model([whole.graph.node[0], head], stored))
        expected = kernel if is_transposed else kernel.T
        np.testing.assert_allclose(found["kernel.weight"], expected / 2, rtol=1e-6)
        np.testing.assert_allclose(found["kernel.bias"], bias[0] * 2, rtol=1e-6)
        assert own.parts(found)[0].heads == ("kernel.weight",)


def test_other_numbers_of_a_file_are_listed() -> None:
    found = own.read("a.onnx", node("RNN", weights={"kernel": np.ones((2, 2, 2))}))
    assert found["kernel"].shape == (2, 2, 2)
    assert len(found) == 5


@pytest.mark.parametrize("dtype", [np.float16, np.float64])
def test_numbers_of_another_width_become_float32(dtype: type[np.floating[Any]]) -> None:
    whole = onnx.ModelProto.FromString(node("RNN"))
    arrays = {one.name: numpy_helper.to_array(one).astype(dtype) for one in whole.graph.initializer}
    found = own.read("a.onnx", model([whole.graph.node[0]], arrays))
    assert np.array_equal(found["layer.weight_ih_l0"], arrays["W"][0].astype(np.float32))


def test_several_nodes_without_names_are_numbered() -> None:
    whole = onnx.ModelProto.FromString(node("RNN"))
    layer = whole.graph.node[0]
    layer.name = ""
    other = helper.make_node("RNN", ["x", "W", "R"], ["z"], hidden_size=3)
    arrays = {one.name: numpy_helper.to_array(one) for one in whole.graph.initializer}
    assert [part.name for part in own.parts(own.read("a.onnx", model([layer, other], arrays)))] == ["rnn", "rnn_1"]


ZEROS: Final = np.zeros((1, 1, 3))
REFUSED: Final[dict[str, tuple[Callable[[], bytes], str]]] = {
    "reverse alone": (lambda: node("LSTM", direction="reverse"), "direction forward or bidirectional; got 'reverse'"),
    "clip": (lambda: node("LSTM", clip=1.0), "must have no clip"),
    "coupled": (lambda: node("LSTM", input_forget=1), "must have no input_forget"),
    "activations": (
        lambda: node("LSTM", activations=["HardSigmoid", "Tanh", "Tanh"]),
        "the activations sigmoid, tanh, tanh, as torch has them; got",
    ),
    "softsign": (lambda: node("RNN", activations=["Softsign"]), "the activations tanh or relu, as torch has them"),
    "two activations": (
        lambda: node("RNN", count=2, direction="bidirectional", activations=["Tanh", "Relu"]),
        "the activations tanh, tanh or relu, relu",
    ),
    "peepholes": (
        lambda: node("LSTM", inputs=("x", "W", "R", "B", "", "", "", "P"), weights={"P": np.ones((1, 9))}),
        "P of LSTM 'layer' must be 0",
    ),
    "an initial state for each sequence": (
        lambda: node("RNN", inputs=("x", "W", "R", "B", "", "h"), weights={"h": np.arange(6.0).reshape(1, 2, 3)}),
        "begins with a state that the model computes",
    ),
    "an initial state of another size": (
        lambda: node("RNN", inputs=("x", "W", "R", "B", "", "h"), weights={"h": np.ones((1, 1, 4))}),
        "begins with a state that the model computes",
    ),
    "weights that are computed": (lambda: node("RNN", inputs=("x", "x", "R")), "must have its weights W and R in the"),
    "no weights": (lambda: node("RNN", inputs=("x",)), "must have its weights W and R in the file"),
    "another size": (lambda: node("RNN", weights={"R": np.ones((1, 4, 3))}), "must have the shapes"),
    "no bias of that size": (lambda: node("RNN", weights={"B": np.ones((1, 5))}), "must have the shapes"),
    "one direction of two": (lambda: node("RNN", direction="bidirectional"), "must have the shapes"),
    "flat": (lambda: node("RNN", weights={"W": np.ones((3, 2))}), "with 3 axes each"),
    "no recurrent node": (
        lambda: model([helper.make_node("Relu", ["x"], ["y"])], {}),
        "must have a node LSTM, GRU or RNN; got Relu",
    ),
}


@together("made, reason", REFUSED.values())
def test_what_torch_does_not_have_is_refused(made: Callable[[], bytes], reason: str) -> None:
    with pytest.raises(RefusedError, match=reason):
        own.read("a.onnx", made())


@pytest.mark.parametrize(
    ("inputs", "weights"),
    [
        (("x", "W", "R", "B", "", "h", "c"), {"h": ZEROS, "c": ZEROS}),
        (("x", "W", "R", "B", "", "", "", "P"), {"P": np.zeros((1, 9))}),
    ],
)
def test_what_is_zero_is_the_same_as_nothing(inputs: tuple[str, ...], weights: dict[str, np.ndarray]) -> None:
    found, plain = own.read("a.onnx", node("LSTM", inputs=inputs, weights=weights)), own.read("a.onnx", node("LSTM"))
    assert all(np.array_equal(found[name], plain[name]) for name in plain)


def test_batches_that_come_first_change_no_weight() -> None:
    assert set(own.read("a.onnx", node("LSTM", layout=1))) == set(own.read("a.onnx", node("LSTM")))


def apart(path: Path, *, location: str = "mine.data") -> None:
    """A model whose numbers are in a file beside it."""
    onnx.save(
        onnx.ModelProto.FromString(node("LSTM")), path, save_as_external_data=True, location="mine.data",
        size_threshold=0,
    )  # fmt: skip
    model = onnx.ModelProto.FromString(path.read_bytes())
    for told in (told for tensor in model.graph.initializer for told in tensor.external_data):
        if told.key == "location":
            told.value = location
    path.write_bytes(model.SerializeToString())


def test_numbers_in_a_file_beside_it_are_read(tmp_path: Path) -> None:
    path = tmp_path / "mine.onnx"
    apart(path)
    whole = own.read("a.onnx", node("LSTM"))
    known = own.open_file(path)
    assert all(np.array_equal(known.weights[name.rpartition(".")[2]], array) for name, array in whole.items())
    other = (tmp_path / "mine.data").read_bytes()
    (tmp_path / "mine.data").write_bytes(bytes(len(other)))
    assert own.open_file(path).name != known.name
    (tmp_path / "mine.data").write_bytes(other[:-8])
    with pytest.raises(RefusedError, match=r"'mine.data' must have the numbers of '.'; it has too few bytes"):
        own.open_file(path)
    (tmp_path / "mine.data").unlink()
    with pytest.raises(RefusedError, match=r"got no file mine.data there"):
        own.open_file(path)


@pytest.mark.parametrize("location", ["../a.data", "/etc/host", "b/min.dat"])
def test_no_path_to_numbers_is_followed(tmp_path: Path, location: str) -> None:
    path = tmp_path / "mine.onnx"
    apart(path, location=location)
    with pytest.raises(RefusedError, match=r"in it or in a file beside it; '.' is in '" + location):
        own.open_file(path)


def test_a_file_alone_has_no_numbers_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "mine.onnx"
    apart(path)
    with pytest.raises(RefusedError, match=r"'.' is in 'mine.data'. Save it again with onnx.save"):
        own.read(path.name, path.read_bytes())
    assert own.beside(path.name, path.read_bytes()) == ("mine.data",)
    assert own.beside("mine.onnx", node("LSTM")) == own.beside("mine.pt", b"any") == ()


@pytest.mark.parametrize("location", ["../a.data", "/etc/host", "..", "a\nb.data"])
def test_only_a_name_is_asked_for(tmp_path: Path, location: str) -> None:
    path = tmp_path / "mine.onnx"
    apart(path, location=location)
    assert own.beside(path.name, path.read_bytes()) == ()


def test_numbers_shared_by_many_tensors_are_bounded(tmp_path: Path) -> None:
    path = tmp_path / "mine.onnx"
    apart(path)
    model = onnx.ModelProto.FromString(path.read_bytes())
    shared = model.graph.initializer[0]
    for number in range(9):
        model.graph.initializer.add().CopyFrom(shared)
        model.graph.initializer[-1].name = f"more{number}"
    for tensor in model.graph.initializer:
        del tensor.external_data[:]
        tensor.external_data.add(key="location", value="mine.data")
    many = bytes(MOST_BYTES // 4)
    with pytest.raises(RefusedError, match=r"must have at most 67,108,864 bytes; they have more"):
        own.read(path.name, model.SerializeToString(), lambda _: many)


def test_numbers_in_many_files_are_not_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "mine.onnx"
    apart(path)
    model = onnx.ModelProto.FromString(path.read_bytes())
    for number in range(5):
        model.graph.initializer.add(name=f"more{number}").external_data.add(key="location", value=f"{number}.data")
    with pytest.raises(RefusedError, match="must have its numbers in at most 4 others; got 6"):
        own.beside(path.name, model.SerializeToString())


def test_without_onnx_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rnnviz.extras.find_spec", lambda _: None)
    line = r'a file in ONNX needs onnx \(the extra rnnviz\[onnx\]\); install it with: pip install "onnx>=1.17"'
    with pytest.raises(RefusedError, match=line):
        own.read("a.onnx", b"model")
