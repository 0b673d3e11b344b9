"""Numbers that a model in ONNX makes of stored ones alone, before any input comes: cut, joined, turned, counted."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from rnnviz.checkpoints.bounds import bounds

if TYPE_CHECKING:
    from onnx import NodeProto, ValueInfoProto

    from rnnviz.own.onnx_graph import Graph

_OF_ANY_SIZE: Final = ("Identity", "Slice", "Concat", "Transpose", "Unsqueeze", "Squeeze", "Reshape", "Cast", "Split")
"""What has at most as many numbers as it is given."""

_OF_ONE_SHAPE: Final = ("Add", "Sub", "Mul")
"""The same of inputs that have one shape."""

_OF_SHAPES: Final = ("Gather", *_OF_ONE_SHAPE)
_MOST_OF_SHAPES: Final = 64
_MOST_DEEP: Final = 20

Known = dict[str, np.ndarray | None]
"""The numbers of values that are known or were made; None for what depends on an input."""


def folded(graph: "Graph", value: str, known: Known, left: int = _MOST_DEEP) -> np.ndarray | None:
    """The numbers of a value; None if an input of the model, or a node that is not looked into, has a part in it.

    Args:
        known: What is known already; what is made on the way is put into it.

    Raises:
        ValueError: If more numbers would be made than a network may have.
    """
    if value in known:
        return known[value]
    if (stored := graph.stored_array(value)) is not None:
        return stored
    node = graph.makers.get(value)
    if node is None or not left or node.domain or node.op_type not in (*_OF_ANY_SIZE, *_OF_SHAPES):
        return None
    given = {name: folded(graph, name, known, left - 1) for name in node.input if name}
    arrays = {name: array for name, array in given.items() if array is not None}
    is_known = len(arrays) == len(given)
    found = _evaluated(node, arrays, graph.opset, known) if is_known and _is_small(node, arrays) else ()
    known |= dict.fromkeys(node.output) | dict(zip(node.output, found, strict=False))
    return known[value]


def _is_small(node: "NodeProto", arrays: Mapping[str, np.ndarray]) -> bool:
    if node.op_type in _OF_ANY_SIZE or all(array.size <= _MOST_OF_SHAPES for array in arrays.values()):
        return True
    return node.op_type in _OF_ONE_SHAPE and len({array.shape for array in arrays.values()}) == 1


def _evaluated(node: "NodeProto", arrays: Mapping[str, np.ndarray], opset: int, known: Known) -> Sequence[np.ndarray]:
    """What a node gives; nothing if its inputs do not fit together."""
    made = sum(array.size for array in known.values() if array is not None)
    if made + sum(arrays[name].size for name in node.input if name) > bounds().numbers:
        most = f"{bounds().numbers:,}"
        raise ValueError(f"the nodes must make at most {most} numbers of stored ones; they make more. {bounds().why}")
    from onnx import TensorProto, helper
    from onnx.reference import ReferenceEvaluator

    def infos(names: Sequence[str]) -> "list[ValueInfoProto]":
        return [helper.make_tensor_value_info(name, TensorProto.UNDEFINED, None) for name in names]

    graph = helper.make_graph([node], "folded", infos(list(arrays)), infos(node.output))
    try:
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
        found = ReferenceEvaluator(model).run(None, dict(arrays))
    except Exception:  # noqa: BLE001 - onnx has an error of its own for every way in which inputs do not fit
        return ()
    return [np.asarray(one) for one in found]
