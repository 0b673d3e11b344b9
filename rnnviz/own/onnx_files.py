"""The tensors of a model in ONNX by torch's names, with gates in torch's order. No node of it runs."""

import math
import re
import reprlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from rnnviz import extras
from rnnviz.checkpoints.bounds import MOST_WEIGHTS, check_sizes
from rnnviz.names import GATES, Cell, Nonlinearity, Pooling
from rnnviz.own.protobuf import check_message
from rnnviz.own.stacks import Layer, Tensors, distinct, module, reordered, stacked

if TYPE_CHECKING:
    from onnx import ModelProto, NodeProto, TensorProto

_CELLS: Final[Mapping[str, Cell]] = {"LSTM": "lstm", "GRU": "gru", "RNN": "rnn"}
_ORDER: Final[Mapping[Cell, tuple[int, ...]]] = {"lstm": (0, 2, 3, 1), "gru": (1, 0, 2), "rnn": (0,)}
"""Where each gate of torch is among those of ONNX, which has them as i, o, f, c and as z, r, h."""

_ACTIVATIONS: Final[Mapping[Cell, tuple[str, ...]]] = {
    "lstm": ("sigmoid", "tanh", "tanh"), "gru": ("sigmoid", "tanh"), "rnn": ("tanh",)
}  # fmt: skip
_DIRECTIONS: Final = {"forward": 1, "bidirectional": 2}
_PASSES: Final = ("Identity", "Dropout")
_SHAPES: Final = ("Identity", "Expand", "Slice", "Unsqueeze", "Squeeze", "Reshape", "Tile", "Transpose", "Cast")
"""Nodes that show the numbers of their first input in another shape."""

_OVER_STEPS: Final[Mapping[str, Pooling]] = {"ReduceMean": "mean", "ReduceMax": "max"}
_MATRICES: Final = {"Gather": 0, "MatMul": 1, "Gemm": 1}
"""Which input of a node may be a matrix that the file has."""

_MOST_RECURRENT: Final = 200
_MOST_STEPS: Final = 20
"""How far back the data is followed."""


@dataclass(frozen=True)
class _Graph:
    """A model's nodes, which node makes each value, the values that the file has, and which of these no node makes."""

    nodes: "tuple[NodeProto, ...]"
    makers: "Mapping[str, NodeProto]"
    stored: "Mapping[str, TensorProto]"
    initializers: tuple[str, ...]

    def maker(self, value: str, passing: tuple[str, ...] = ("Identity",)) -> "tuple[str, NodeProto | None]":
        """A value before nodes that pass it on, and the node that makes it."""
        for _ in range(_MOST_STEPS):
            node = self.makers.get(value)
            if node is None or node.op_type not in passing or not node.input:
                break
            value = node.input[0]
        return value, self.makers.get(value)

    def array(self, value: str, *, is_whole: bool = False) -> np.ndarray | None:
        """The numbers of a value that the file has, or its whole numbers; None for one that is computed."""
        tensor = self.stored.get(self.maker(value)[0])
        if tensor is None or (tensor.data_type in _floats()) is is_whole:
            return None
        return _array(tensor)


def read(content: bytes) -> Tensors:
    """The weights of every node LSTM, GRU and RNN as torch has them, those of one stack as one module, and the rest.

    Raises:
        ValueError: If torch has no such layer, the file is not what it should be, or onnx is not installed.
    """
    extras.require("onnx", "a file in ONNX")
    import onnx

    try:
        check_message(content, onnx.ModelProto.DESCRIPTOR)
    except ValueError as error:
        raise ValueError(f"a file ending in .onnx must be a model in ONNX; {error}") from error
    try:
        model = onnx.ModelProto.FromString(content)
    except Exception as error:  # of protobuf, which has its own
        raise ValueError(f"a file in ONNX must be whole; {type(error).__name__}: {error}") from error
    try:
        return _tensors(_graph(model))
    except (LookupError, TypeError, AttributeError) as error:
        raise ValueError(f"the nodes must be as ONNX has them; {type(error).__name__}: {error}") from error


def _graph(model: "ModelProto") -> _Graph:
    nodes = tuple(model.graph.node)
    stored = {tensor.name: tensor for tensor in model.graph.initializer}
    for node in nodes:
        if node.op_type == "Constant" and node.output:
            stored.update((node.output[0], one.t) for one in node.attribute if one.name == "value")
    for name, tensor in stored.items():
        if tensor.data_location == tensor.EXTERNAL or tensor.external_data:
            raise ValueError(
                f"a file in ONNX must have its numbers in it; {reprlib.repr(name)} is in another file. Save it again "
                "with onnx.save(model, path, save_as_external_data=False)"
            )
    makers = {name: node for node in nodes for name in node.output if name}
    return _Graph(nodes, makers, stored, tuple(tensor.name for tensor in model.graph.initializer))


def _floats() -> tuple[int, ...]:
    from onnx import TensorProto

    return TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.FLOAT16, TensorProto.BFLOAT16


def _array(tensor: "TensorProto") -> np.ndarray:
    """Its numbers, whose count is checked before."""
    from onnx import numpy_helper

    if any(size < 0 for size in tensor.dims):
        raise ValueError(f"a shape must be whole numbers of at least 0; got {reprlib.repr(list(tensor.dims))}")
    check_sizes({tensor.name: tuple(tensor.dims)})
    try:
        return np.asarray(numpy_helper.to_array(tensor))
    except Exception as error:  # whatever its fields say that does not fit together
        raise ValueError(f"{reprlib.repr(tensor.name)} must have the numbers of its shape; got {error}") from error


def _tensors(graph: _Graph) -> Tensors:
    recurrent = [node for node in graph.nodes if node.op_type in _CELLS and node.domain in ("", "ai.onnx")]
    if len(recurrent) > _MOST_RECURRENT:
        raise ValueError(f"a file in ONNX must have at most {_MOST_RECURRENT} recurrent nodes; got {len(recurrent):,}")
    if not recurrent:
        kinds = ", ".join(dict.fromkeys(node.op_type for node in graph.nodes))
        raise ValueError(f"a file in ONNX must have a node LSTM, GRU or RNN; got {kinds[:200] or 'no nodes'}")
    _check_use(graph, recurrent)
    stacks = stacked(_layer(graph, node) for node in recurrent)
    names = distinct(["+".join(dict.fromkeys(layer.label for layer in stack)) for stack in stacks])
    tensors = {
        f"{name}.{weight}": array for name, stack in zip(names, stacks, strict=True)
        for weight, array in module(stack).items()
    }  # fmt: skip
    known = {name: stack[0].nonlinearity for name, stack in zip(names, stacks, strict=True)}
    tops = {stack[-1].key: name for name, stack in zip(names, stacks, strict=True)}
    poolings: dict[tuple[str, str], Pooling] = {}
    found = list({one.value: one for one in _matrices(graph)}.values())  # each once, whoever reads it
    for name, one in zip(distinct([*names, *(one.name for one in found)])[len(names) :], found, strict=True):
        tensors[f"{name}.weight"] = one.weight
        if one.bias is not None:
            tensors[f"{name}.bias"] = one.bias[1]
        key, pooling = _pooled(graph, one.reads)
        if key in tops:
            poolings[tops[key], f"{name}.weight"] = pooling
    used = {graph.maker(value)[0] for node in recurrent for value in node.input}
    used |= {one.value for one in found} | {one.bias[0] for one in found if one.bias is not None}
    for name in graph.initializers:
        if name not in used and (array := graph.array(name)) is not None:
            tensors.setdefault(name, array)
    return Tensors(tensors, {name: value for name, value in known.items() if value}, poolings)


def _check_use(graph: _Graph, recurrent: "list[NodeProto]") -> None:
    """Refuse too many numbers, counted once for each node that uses them."""
    users = [*recurrent, *(node for node in graph.nodes if node.op_type in _MATRICES)]
    found = {
        f"{number} {value}": tuple(graph.stored[stored].dims)
        for number, node in enumerate(users)
        for value in node.input
        if (stored := graph.maker(value)[0]) in graph.stored
    }
    if any(size < 0 for shape in found.values() for size in shape):
        raise ValueError("a shape must be whole numbers of at least 0; got a negative one")
    if sum(map(math.prod, found.values())) > MOST_WEIGHTS:
        raise ValueError(f"the nodes must use at most {MOST_WEIGHTS:,} numbers; they use more")


def _attributes(node: "NodeProto") -> dict[str, Any]:
    from onnx import helper

    return {one.name: helper.get_attribute_value(one) for one in node.attribute}


def _label(node: "NodeProto") -> str:
    """The path of a module of torch in the name of its node, as in ``/encoder/rnn/LSTM``; the name of other nodes."""
    path = [part for part in node.name.split("/") if part]
    if path and re.fullmatch(rf"{node.op_type}(?:_\d+)?", path[-1]):
        path.pop()
    return ".".join(path)


def _key(node: "NodeProto") -> str:
    return "\n".join(node.output)


# --- Recurrent nodes ---


def _layer(graph: _Graph, node: "NodeProto") -> Layer:
    """A recurrent node as a layer of torch.

    Raises:
        ValueError: Which attribute or input torch does not have.
    """
    cell, label = _CELLS[node.op_type], _label(node) or node.op_type.lower()
    where = f"{node.op_type} {reprlib.repr(node.name or label)}"
    attributes = _attributes(node)
    count = _check_attributes(where, cell, attributes)
    weights, recurrent, biases = (_input(graph, node, number) for number in (1, 2, 3))
    _check_zero(graph, node, where)
    gates = len(GATES[cell])
    if weights is None or recurrent is None or weights.ndim != 3 or recurrent.ndim != 3 or not recurrent.size:
        raise ValueError(f"{where} must have its weights W and R in the file, with 3 axes each; got others")
    rows, units = recurrent.shape[1:]
    shapes = [(count, rows, weights.shape[2]), (count, gates * units, units), (count, 2 * rows)]
    got = [array.shape for array in (weights, recurrent, biases) if array is not None]
    if got != shapes[: len(got)] or attributes.get("hidden_size", units) != units:
        raise ValueError(f"W, R and B of {where} must have the shapes {shapes}; got {got}")
    order = _ORDER[cell]
    directions = []
    for number in range(count):
        named = {"weight_ih": weights[number], "weight_hh": recurrent[number]}
        if biases is not None:
            named |= {"bias_ih": biases[number, :rows], "bias_hh": biases[number, rows:]}
        directions.append({kind: reordered(array, order) for kind, array in named.items()})
    below = "" if attributes.get("layout") else _below(graph, node)
    return Layer(_key(node), label, cell, tuple(directions), _nonlinearity(where, cell, count, attributes), below)


def _check_attributes(where: str, cell: Cell, attributes: Mapping[str, Any]) -> int:
    """How many directions it has; ValueError if it computes what no module of torch does."""
    direction = _text(attributes.get("direction", "forward"))
    if direction not in _DIRECTIONS:
        raise ValueError(
            f"{where} must have direction forward or bidirectional; got {reprlib.repr(direction)}, and a layer of "
            "torch reads backwards beside one that reads forwards alone"
        )
    if cell == "gru" and attributes.get("linear_before_reset", 0) != 1:
        raise ValueError(
            f"{where} must have linear_before_reset=1; got 0, which resets the state before W_hh, and no GRU of torch "
            "does. Train it with PyTorch, or with reset_after=True, the default of Keras"
        )
    for name in ("clip", "input_forget"):
        if attributes.get(name):
            raise ValueError(f"{where} must have no {name}, which torch does not have; got {attributes[name]}")
    return _DIRECTIONS[direction]


def _nonlinearity(where: str, cell: Cell, count: int, attributes: Mapping[str, Any]) -> Nonlinearity | None:
    """The activation of a plain RNN; ValueError if a node has others than torch."""
    given = [_text(name).lower() for name in attributes.get("activations", ())]
    expected: list[tuple[str, ...]] = [_ACTIVATIONS[cell] * count]
    if cell == "rnn":
        expected.append(("relu",) * count)
    if given and tuple(given) not in expected:
        named = " or ".join(", ".join(names) for names in expected)
        raise ValueError(f"{where} must have the activations {named}, as torch has them; got {reprlib.repr(given)}")
    if cell != "rnn":
        return None
    return "relu" if "relu" in given else "tanh"


def _input(graph: _Graph, node: "NodeProto", number: int, *, is_whole: bool = False) -> np.ndarray | None:
    """The numbers of an input; None if it is left out or computed."""
    if len(node.input) <= number or not node.input[number]:
        return None
    return graph.array(node.input[number], is_whole=is_whole)


def _check_zero(graph: _Graph, node: "NodeProto", where: str) -> None:
    """Refuse an initial state other than 0, and peepholes, as far as the file has their numbers."""
    for number, name in ((5, "initial_h"), (6, "initial_c"), (7, "P")):
        if len(node.input) <= number or not node.input[number]:
            continue
        value, maker = graph.maker(node.input[number], _SHAPES)
        array = graph.array(value)
        if maker is not None and maker.op_type == "ConstantOfShape":
            filling = _attributes(maker).get("value")
            array = None if filling is None else _array(filling)
        if (array is None and name == "P") or (array is not None and np.asarray(array, np.float64).any()):
            raise ValueError(f"{name} of {where} must be 0; got other numbers, with which no page shows a network")


def _below(graph: _Graph, node: "NodeProto") -> str:
    """The key of the recurrent node whose output is what a node reads, both directions side by side; empty if none."""
    key, axis = _steps(graph, node.input[0])
    return key if axis == 0 else ""


def _steps(graph: _Graph, value: str) -> tuple[str, int]:
    """The key of the recurrent node whose output a value is, both directions side by side, and the axis of its steps.

    The key is empty if there is none.
    """
    is_batch_first = False
    maker = None
    for _ in range(_MOST_STEPS):
        value, maker = graph.maker(value, _PASSES)
        if maker is None or maker.op_type != "Transpose" or _permutation(maker) != [1, 0, 2]:
            break
        value, is_batch_first = maker.input[0], not is_batch_first
    if maker is None:
        return "", 0
    if maker.op_type == "Squeeze" and _axes(graph, maker) == [1]:
        value, maker = graph.maker(maker.input[0])
    elif maker.op_type == "Reshape":
        reshape = maker
        _, maker = graph.maker(reshape.input[0])
        if maker is None or maker.op_type != "Transpose" or _permutation(maker) != [0, 2, 1, 3]:
            return "", 0
        value, maker = graph.maker(maker.input[0])
        if maker is None or not _ends_joined(graph, reshape, maker):
            return "", 0
    is_output = maker is not None and maker.op_type in _CELLS and value == maker.output[0]
    if maker is None or not is_output or _attributes(maker).get("layout"):
        return "", 0
    return _key(maker), int(is_batch_first)


def _permutation(node: "NodeProto") -> list[int]:
    return list(_attributes(node).get("perm", ()))


def _axes(graph: _Graph, node: "NodeProto") -> list[int]:
    """The axes that a node takes away: an attribute until version 12 of the operators, an input since."""
    given = _input(graph, node, 1, is_whole=True)
    return list(_attributes(node).get("axes", ())) if given is None else given.ravel().tolist()


def _ends_joined(graph: _Graph, reshape: "NodeProto", recurrent: "NodeProto") -> bool:
    """Whether a Reshape of (step, sequence, direction, unit) puts the directions side by side and keeps the rest."""
    shape, weights = _input(graph, reshape, 1, is_whole=True), _input(graph, recurrent, 2)
    if shape is None or shape.shape != (3,):
        return False
    width = 0 if weights is None or weights.ndim != 3 else weights.shape[0] * weights.shape[2]
    return shape[:2].tolist() == [0, 0] or int(shape[2]) == width


# --- Matrices ---


@dataclass(frozen=True)
class _Matrix:
    """An embedding or a linear layer, with a row for each token or output; ``reads`` is what the layer is given."""

    value: str
    name: str
    weight: np.ndarray
    bias: tuple[str, np.ndarray] | None = None
    reads: str = ""


def _matrices(graph: _Graph) -> "Iterator[_Matrix]":
    """The matrix of every Gather, MatMul and Gemm that the file has."""
    adds = {value: node for node in graph.nodes if node.op_type == "Add" for value in node.input}
    for node in graph.nodes:
        number = _MATRICES.get(node.op_type)
        array = None if number is None or not node.output else _input(graph, node, number)
        if number is None or array is None or array.ndim != 2:
            continue
        value = graph.maker(node.input[number])[0]
        name = value.removesuffix(".weight") if value.endswith(".weight") else _label(node) or value
        attributes = _attributes(node)
        if node.op_type == "Gather":
            if attributes.get("axis", 0) == 0:
                yield _Matrix(value, name, array)
        elif node.op_type == "MatMul":
            added = adds.get(node.output[0])
            bias = _bias(graph, added.input if added else (), len(array.T))
            yield _Matrix(value, name, array.T, bias, node.input[0])
        elif not attributes.get("transA"):
            weight = array if attributes.get("transB") else array.T
            bias = _bias(graph, node.input[2:3], len(weight))
            scaled = None if bias is None else (bias[0], bias[1] * attributes.get("beta", 1.0))
            yield _Matrix(value, name, weight * attributes.get("alpha", 1.0), scaled, node.input[0])


def _pooled(graph: _Graph, value: str) -> tuple[str, Pooling]:
    """The key of the recurrent node of whose steps a value is made, empty if there is none, and what it is of them."""
    maker = graph.maker(value, _PASSES)[1]
    pooling = None if maker is None else _pooling(graph, maker)
    if maker is None or pooling is None:
        return _steps(graph, value)[0], "last"  # of as many outputs as there are steps
    key, axis = _steps(graph, maker.input[0])
    axes = [_attributes(maker).get("axis", 0)] if maker.op_type == "Gather" else _axes(graph, maker)
    return (key if axes in ([axis], [axis - 3]) else ""), pooling


def _pooling(graph: _Graph, node: "NodeProto") -> Pooling | None:
    """What a node makes of an axis: the mean, the maximum or the last; None for all others."""
    if node.op_type != "Gather":
        return _OVER_STEPS.get(node.op_type)
    number = _input(graph, node, 1, is_whole=True)
    return "last" if number is not None and number.ravel().tolist() == [-1] else None


def _bias(graph: _Graph, values: "Sequence[str]", outputs: int) -> tuple[str, np.ndarray] | None:
    """The one of some values that the file has with a number for each output, and its numbers."""
    for value in values:
        array = graph.array(value)
        if array is not None and array.size == outputs:
            return graph.maker(value)[0], array.reshape(outputs)
    return None


def _text(given: str | bytes) -> str:
    return given.decode("utf-8", "replace") if isinstance(given, bytes) else given
