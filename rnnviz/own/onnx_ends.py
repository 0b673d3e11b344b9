"""What a value in ONNX has of the states that recurrent nodes end with, followed through what cuts and joins them."""

from typing import TYPE_CHECKING

import numpy as np

from rnnviz.own.onnx_graph import MOST_STEPS, PASSES, Graph, attributes_of, axes_of, input_of, key_of
from rnnviz.own.onnx_recurrent import CELLS

if TYPE_CHECKING:
    from onnx import NodeProto

End = tuple[str, int, int]
"""The key of a recurrent node, which of its directions, and of how many."""


def ends_of(graph: Graph, value: str) -> str:
    """The key of the recurrent node whose last states a value is, both directions side by side; empty if of none."""
    rows = _rows(graph, value, MOST_STEPS)
    if len(rows) != 1 or not rows[0]:
        return ""
    key, _, count = rows[0][0]
    return key if rows[0] == tuple((key, direction, count) for direction in range(count)) else ""


def _rows(graph: Graph, value: str, left: int) -> list[tuple[End, ...]]:
    """The same along the first axis, which a node has for its directions; of a value without that axis one row."""
    value, node = graph.maker(value, PASSES)
    if node is None or not left:
        return []
    if node.op_type in CELLS:
        is_state = len(node.output) > 1 and value == node.output[1] and not attributes_of(node).get("layout")
        count = 2 if attributes_of(node).get("direction") == b"bidirectional" else 1
        return [((key_of(node), direction, count),) for direction in range(count)] if is_state else []
    if node.op_type == "Concat":
        return _joined(attributes_of(node).get("axis"), [_rows(graph, one, left - 1) for one in node.input])
    rows = _rows(graph, node.input[0], left - 1)
    if node.op_type == "Gather" and attributes_of(node).get("axis", 0) == 0:
        return _picked(rows, input_of(graph, node, 1, is_whole=True))
    if node.op_type == "Slice":
        return _cut(graph, node, rows)
    if node.op_type in ("Squeeze", "Unsqueeze"):
        return rows if axes_of(graph, node) == [0] and len(rows) == 1 else []
    return []


def _joined(axis: int | None, parts: list[list[tuple[End, ...]]]) -> list[tuple[End, ...]]:
    if not all(parts):
        return []
    if axis == 0:
        return [row for part in parts for row in part]
    are_single = all(len(part) == 1 for part in parts)
    return [tuple(end for part in parts for end in part[0])] if are_single and axis in (-1, 1, 2) else []


def _picked(rows: list[tuple[End, ...]], at: np.ndarray | None) -> list[tuple[End, ...]]:
    numbers = [] if at is None else [int(one) for one in at.ravel()]
    return [rows[number] for number in numbers] if all(-len(rows) <= number < len(rows) for number in numbers) else []


def _cut(graph: Graph, node: "NodeProto", rows: list[tuple[End, ...]]) -> list[tuple[End, ...]]:
    """Some of the rows; none where it is cut along another axis, or where the file does not say where."""
    given = [input_of(graph, node, number, is_whole=True) for number in (1, 2, 3, 4)]
    if any(one is None or one.size != 1 for one in given[:3]):
        return []
    begin, end, axis = (int(one.ravel()[0]) for one in given[:3] if one is not None)
    step = 1 if given[3] is None else int(given[3].ravel()[0])
    return rows[begin:end:step] if axis == 0 and step else []
