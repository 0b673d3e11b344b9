"""A model in ONNX as a graph: its nodes, which node makes each value, and the numbers that the file has."""

import re
import reprlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from rnnviz.checkpoints.bounds import bounds, check_sizes
from rnnviz.own.onnx_folding import Known, folded

if TYPE_CHECKING:
    from onnx import ModelProto, NodeProto, TensorProto

PASSES: Final = ("Identity", "Dropout")
"""Nodes that pass their first input on."""

MOST_STEPS: Final = 20
"""How far back the data is followed."""


_LISTS: Final = ("value_float", "value_floats", "value_int", "value_ints")

Beside = Callable[[str], bytes]
"""The content of a file beside the model, by its name."""


@dataclass(frozen=True)
class Graph:
    """A model's nodes, which node makes each value, the values that the file has, which of these no node makes, and
    which nodes read each value; the version of its operators, and what was made of stored values so far.
    """

    nodes: "tuple[NodeProto, ...]"
    makers: "Mapping[str, NodeProto]"
    stored: "Mapping[str, TensorProto]"
    initializers: tuple[str, ...]
    readers: "Mapping[str, Sequence[NodeProto]]"
    opset: int
    made: Known = field(default_factory=dict)

    def maker(self, value: str, passing: tuple[str, ...] = ("Identity",)) -> "tuple[str, NodeProto | None]":
        """A value before nodes that pass it on, and the node that makes it."""
        for _ in range(MOST_STEPS):
            node = self.makers.get(value)
            if node is None or node.op_type not in passing or not node.input or self.is_training(node):
                break
            value = node.input[0]
        return value, self.makers.get(value)

    def is_training(self, node: "NodeProto") -> bool:
        """Whether a node is a Dropout that drops, or may."""
        if node.op_type != "Dropout" or len(node.input) < 3 or not node.input[2]:
            return False
        drops = self.array(node.input[2], is_whole=True)
        return drops is None or bool(drops.any())

    def array(self, value: str, *, is_whole: bool = False) -> np.ndarray | None:
        """The numbers of a value that the file has or that are made of such, or its whole numbers; else None."""
        value = self.maker(value)[0]
        tensor = self.stored.get(value)
        if tensor is not None and (tensor.data_type in _floats()) is is_whole:
            return None
        array = folded(self, value, self.made)
        return None if array is None or (tensor is None and (array.dtype.kind in "iu") is not is_whole) else array

    def shape(self, value: str) -> tuple[int, ...] | None:
        """The shape of a value that the file has or that is made of such, before it is read."""
        tensor = self.stored.get(self.maker(value)[0])
        if tensor is not None:
            return tuple(tensor.dims)
        array = self.array(value)
        return None if array is None else array.shape

    def stored_array(self, value: str) -> np.ndarray | None:
        """The numbers of a value that the file has."""
        tensor = self.stored.get(value)
        return None if tensor is None else array_of(tensor)


def graph_of(model: "ModelProto", beside: Beside | None = None) -> Graph:
    """The graph of a model; ValueError if some of its numbers are in another file, which ``beside`` does not have."""
    nodes = tuple(model.graph.node)
    stored = {tensor.name: tensor for tensor in model.graph.initializer}
    for node in nodes:
        if node.op_type == "Constant" and node.output:
            stored.update((node.output[0], one.t) for one in node.attribute if one.name == "value")
            stored.update((node.output[0], _listed(one)) for one in node.attribute if one.name in _LISTS)
    room = bounds().bytes
    for name, tensor in stored.items():
        if tensor.data_location == tensor.EXTERNAL or tensor.external_data:
            room -= _bring(name, tensor, beside, room)
    makers = {name: node for node in nodes for name in node.output if name}
    readers: dict[str, list[NodeProto]] = {}
    for node in nodes:
        for name in dict.fromkeys((*node.input, *_read_within(node))):
            readers.setdefault(name, []).append(node)
    initializers = tuple(tensor.name for tensor in model.graph.initializer)
    opset = max((one.version for one in model.opset_import if one.domain in ("", "ai.onnx")), default=1)
    return Graph(nodes, makers, stored, initializers, readers, opset)


def _read_within(node: "NodeProto") -> "Iterator[str]":
    """The names that the graphs within a node read, some of which are of values around it."""
    for attribute in node.attribute:
        for graph in (attribute.g, *attribute.graphs):
            for inner in graph.node:
                yield from inner.input
                yield from _read_within(inner)
            yield from (one.name for one in graph.output)


def _listed(attribute: Any) -> "TensorProto":
    """The numbers of a Constant that has them as a list, or one of them."""
    from onnx import helper, numpy_helper

    kind = np.float32 if "float" in attribute.name else np.int64
    return numpy_helper.from_array(np.asarray(helper.get_attribute_value(attribute), kind))


def files_beside(model: "ModelProto") -> tuple[str, ...]:
    """The names of the files in which a model has numbers, if they lie beside it."""
    tensors = [*model.graph.initializer, *(one.t for node in model.graph.node for one in node.attribute)]
    places = (told.value for one in tensors for told in one.external_data if told.key == "location")
    return tuple(place for place in dict.fromkeys(places) if _is_beside(place))


def _is_beside(place: str) -> bool:
    return place.isprintable() and PurePath(place).name == place and place not in ("", "..")


def _bring(name: str, tensor: "TensorProto", beside: Beside | None, room: int) -> int:
    """Put the numbers of a tensor into it that are in a file beside the model; no path is followed.

    Args:
        room: How many bytes are still taken, since tensors may share the same ones.

    Returns:
        How many bytes they are.
    """
    told = {one.key: one.value for one in tensor.external_data}
    place = told.get("location", "")
    if beside is None or not _is_beside(place):
        raise ValueError(
            f"a file in ONNX must have its numbers in it or in a file beside it; {reprlib.repr(name)} is in "
            f"{reprlib.repr(place)}. Save it again with onnx.save(model, path, save_as_external_data=False)"
        )
    content = beside(place)
    begin = int(told.get("offset", 0))
    end = begin + int(told.get("length", len(content) - begin))
    if not 0 <= begin <= end <= len(content):
        raise ValueError(f"{reprlib.repr(place)} must have the numbers of {reprlib.repr(name)}; it has too few bytes")
    if end - begin > room:
        raise ValueError(
            f"the numbers in {reprlib.repr(place)} must have at most {bounds().bytes:,} bytes; they have more. "
            f"{bounds().why}"
        )
    tensor.raw_data = content[begin:end]
    tensor.data_location = tensor.DEFAULT
    del tensor.external_data[:]
    return end - begin


def _floats() -> tuple[int, ...]:
    from onnx import TensorProto

    return TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.FLOAT16, TensorProto.BFLOAT16


def array_of(tensor: "TensorProto") -> np.ndarray:
    """Its numbers, whose count is checked before."""
    from onnx import numpy_helper

    if any(size < 0 for size in tensor.dims):
        raise ValueError(f"a shape must be whole numbers of at least 0; got {reprlib.repr(list(tensor.dims))}")
    check_sizes({tensor.name: tuple(tensor.dims)})
    try:
        return np.asarray(numpy_helper.to_array(tensor))
    except Exception as error:  # whatever its fields say that does not fit together
        raise ValueError(f"{reprlib.repr(tensor.name)} must have the numbers of its shape; got {error}") from error


def attributes_of(node: "NodeProto") -> dict[str, Any]:
    """The attributes of a node as plain values."""
    from onnx import helper

    return {one.name: helper.get_attribute_value(one) for one in node.attribute}


def label_of(node: "NodeProto") -> str:
    """The path of a module of torch in the name of its node, as in ``/encoder/rnn/LSTM``; the name of other nodes."""
    path = [part for part in node.name.split("/") if part]
    if path and re.fullmatch(rf"{node.op_type}(?:_\d+)?", path[-1]):
        path.pop()
    return ".".join(path)


def key_of(node: "NodeProto") -> str:
    """By which other layers name a recurrent node: its outputs."""
    return "\n".join(node.output)


def input_of(graph: Graph, node: "NodeProto", number: int, *, is_whole: bool = False) -> np.ndarray | None:
    """The numbers of an input; None if it is left out or computed."""
    if len(node.input) <= number or not node.input[number]:
        return None
    return graph.array(node.input[number], is_whole=is_whole)


def text_of(given: str | bytes) -> str:
    """A text of an attribute, which ONNX has as bytes."""
    return given.decode("utf-8", "replace") if isinstance(given, bytes) else given


def axes_of(graph: Graph, node: "NodeProto") -> list[int]:
    """The axes that a node takes away: an attribute until version 12 of the operators, an input since."""
    given = input_of(graph, node, 1, is_whole=True)
    return list(attributes_of(node).get("axes", ())) if given is None else given.ravel().tolist()
