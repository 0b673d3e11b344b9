"""The matrices of a model in ONNX that may be an embedding or an output layer, and what each reads of the steps."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from rnnviz.names import Pooling
from rnnviz.own.onnx_ends import ends_of
from rnnviz.own.onnx_graph import MOST_STEPS, PASSES, Graph, attributes_of, axes_of, input_of, label_of
from rnnviz.own.onnx_recurrent import steps_of, turned

if TYPE_CHECKING:
    from onnx import NodeProto

_OVER_STEPS: Final[Mapping[str, Pooling]] = {"ReduceMean": "mean", "ReduceMax": "max"}
MATRICES: Final = {"Gather": 0, "MatMul": 1, "Gemm": 1}
"""Which input of a node may be a matrix that the file has."""


@dataclass(frozen=True)
class Matrix:
    """An embedding or a linear layer, with a row for each token or output.

    ``reads`` is what the layer is given, and ``gives`` what comes of it, its bias added.
    """

    value: str
    name: str
    weight: np.ndarray
    bias: tuple[str, np.ndarray] | None = None
    reads: str = ""
    gives: str = ""


def matrices_of(graph: Graph) -> "Iterator[Matrix]":
    """The matrix of every Gather, MatMul and Gemm that the file has."""
    adds = {value: node for node in graph.nodes if node.op_type == "Add" for value in node.input}
    for node in graph.nodes:
        number = MATRICES.get(node.op_type)
        array = None if number is None or not node.output else input_of(graph, node, number)
        if number is None or array is None or array.ndim != 2:
            continue
        value = graph.maker(node.input[number])[0]
        name = value.removesuffix(".weight") if value.endswith(".weight") else label_of(node) or value
        attributes = attributes_of(node)
        if node.op_type == "Gather":
            if attributes.get("axis", 0) == 0:
                yield Matrix(value, name, array)
        elif node.op_type == "MatMul":
            added = adds.get(node.output[0]) if len(graph.readers.get(node.output[0], ())) == 1 else None
            bias = _bias(graph, added.input if added else (), len(array.T))
            given = added.output[0] if added is not None and bias is not None else node.output[0]
            yield Matrix(value, name, array.T, bias, node.input[0], given)
        elif not attributes.get("transA"):
            weight = array if attributes.get("transB") else array.T
            bias = _bias(graph, node.input[2:3], len(weight))
            if bias is None and any(node.input[2:3]):  # what it adds is not known
                yield Matrix(value, name, weight)
                continue
            scaled = None if bias is None else (bias[0], bias[1] * attributes.get("beta", 1.0))
            yield Matrix(value, name, weight * attributes.get("alpha", 1.0), scaled, node.input[0], node.output[0])


_OF_TOKENS: Final = (*PASSES, "Cast", "Transpose", "Squeeze", "Unsqueeze")
"""What may be done to an input of tokens, and they are still the same ones."""

_WHOLE: Final = (6, 7)
"""The kinds of numbers that hold every token, as ONNX numbers them: int32 and int64."""


def embedding_of(graph: Graph, node: "NodeProto") -> str:
    """The matrix that a recurrent node reads, a row for each token of an input of the model; empty if it reads more."""
    _, gather, _ = turned(graph, node.input[0])
    if gather is None or gather.op_type != "Gather" or attributes_of(gather).get("axis", 0):
        return ""
    tokens, maker = graph.maker(gather.input[1], _OF_TOKENS)
    if any(attributes_of(one)["to"] not in _WHOLE for one in _casts(graph, gather.input[1])):
        return ""
    return "" if maker is not None or tokens in graph.stored else graph.maker(gather.input[0])[0]


def _casts(graph: Graph, value: str) -> "Iterator[NodeProto]":
    """The nodes that change the kind of the numbers that a value is passed on from."""
    for _ in range(MOST_STEPS):
        value, node = graph.maker(value, tuple(one for one in _OF_TOKENS if one != "Cast"))
        if node is None or node.op_type != "Cast":
            return
        yield node
        value = node.input[0]


def pooled(graph: Graph, value: str) -> tuple[str, Pooling]:
    """The key of the recurrent node of whose steps a value is made, empty if there is none, and what it is of them."""
    if ended := ends_of(graph, value):
        return ended, "ends"
    maker = graph.maker(value, PASSES)[1]
    pooling = None if maker is None else _pooling(graph, maker)
    if maker is None or pooling is None:
        return steps_of(graph, value)[0], "last"  # of as many outputs as there are steps
    key, axis = steps_of(graph, maker.input[0])
    axes = [attributes_of(maker).get("axis", 0)] if maker.op_type == "Gather" else axes_of(graph, maker)
    return (key if axes in ([axis], [axis - 3]) else ""), pooling


def _pooling(graph: Graph, node: "NodeProto") -> Pooling | None:
    """What a node makes of an axis: the mean, the maximum or the last; None for all others."""
    if node.op_type != "Gather":
        return _OVER_STEPS.get(node.op_type)
    number = input_of(graph, node, 1, is_whole=True)
    return "last" if number is not None and number.ravel().tolist() == [-1] else None


def _bias(graph: Graph, values: "Sequence[str]", outputs: int) -> tuple[str, np.ndarray] | None:
    """The one of some values that the file has with a number for each output along the last axis, and its numbers."""
    for value in values:
        array = graph.array(value)
        if array is not None and array.shape[-1:] in ((outputs,), (array.size,)) and array.size == outputs:
            return graph.maker(value)[0], array.reshape(outputs)
    return None
