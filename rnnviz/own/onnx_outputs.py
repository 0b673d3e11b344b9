"""Whether what a linear layer gives are outputs of a model in ONNX: they are followed by what each axis is."""

from typing import TYPE_CHECKING, Final

import numpy as np

from rnnviz.own.onnx_graph import Graph, attributes_of, axes_of, input_of

if TYPE_CHECKING:
    from onnx import NodeProto

Axes = tuple[str, ...]
"""What each axis of a value is: ``steps``, ``texts``, ``outputs``; ``one`` place alone, or ``others`` in any order."""

_EACH: Final = ("Identity", "Dropout", "Cast", "Sigmoid")
"""Nodes that compute of each number another, and keep their order."""

_OVER_OUTPUTS: Final = ("Softmax", "LogSoftmax", "ArgMax", "TopK")
_ENDS: Final = ("ArgMax", "TopK", "Shape")
"""Nodes of which the outputs of the model are no longer followed."""

MOST_SLICED: Final = 2**31 - 1
"""From which a Slice ends at the end."""

_SOFTMAX_OF_LAST: Final = 13
"""The version of the operators since which a Softmax is of the last axis by default, and of one axis."""


def is_output(graph: Graph, value: str, axes: Axes, outputs: int) -> bool:
    """Whether nothing is computed of a value but its probabilities, another shape of it or some of its places.

    Of the steps the last one is among those places.

    Args:
        outputs: How many outputs the layer has.
    """
    waiting, seen = [(value, axes)], {value}
    while waiting:
        read, axes = waiting.pop()
        for node in graph.readers.get(read, ()):
            after = _after(graph, node, axes, outputs) if read == node.input[0] else None
            if after is None:
                return False
            if node.op_type not in _ENDS:
                waiting += [(one, after) for one in node.output if one not in seen]
            seen |= set(node.output)
    return True


def _after(graph: Graph, node: "NodeProto", axes: Axes, outputs: int) -> Axes | None:
    """What the axes are after a node; None if it computes something else, or that is not known."""
    kind, at = node.op_type, attributes_of(node)
    if kind == "Shape" or (kind in _EACH and not graph.is_training(node)):
        return axes
    if kind in _OVER_OUTPUTS:
        return axes if _is_over_outputs(graph, node, axes) else None
    if kind == "Transpose":
        order = at.get("perm", range(len(axes))[::-1])
        return tuple(axes[number] for number in order) if len(order) == len(axes) else None
    if kind == "Squeeze":
        gone = axes_of(graph, node)
        return _without(axes, gone, outputs) if gone else None
    if kind == "Unsqueeze":
        return _with_one(axes, axes_of(graph, node))
    if kind == "Reshape":
        return _reshaped(axes, input_of(graph, node, 1, is_whole=True), outputs)
    if kind == "Flatten":
        return axes if (len(axes), at.get("axis", 1)) == (2, 1) else ("others", "others")
    if kind in ("Gather", "Slice", "Split"):
        return _some(graph, node, axes)
    return None


def _is_over_outputs(graph: Graph, node: "NodeProto", axes: Axes) -> bool:
    is_old = graph.opset < _SOFTMAX_OF_LAST and "Softmax" in node.op_type.replace("Log", "")
    usual = {"ArgMax": 0, "TopK": -1}.get(node.op_type, 1 if is_old else -1)
    axis = _place(attributes_of(node).get("axis", usual), axes)
    if axis is None or (is_old and axis != len(axes) - 1):  # it was of all axes from that one on
        return False
    return axes[axis] == "outputs"


def _place(axis: int, axes: Axes) -> int | None:
    return axis % len(axes) if axes and -len(axes) <= axis < len(axes) else None


def _without(axes: Axes, gone: "list[int]", outputs: int) -> Axes | None:
    places = {_place(axis, axes) for axis in gone}
    if None in places or any(axes[place] == "outputs" and outputs > 1 for place in places if place is not None):
        return None
    return tuple(axis for place, axis in enumerate(axes) if place not in places)


def _with_one(axes: Axes, made: "list[int]") -> Axes:
    whole = list(axes)
    for axis in sorted(one % (len(axes) + len(made)) for one in made):
        whole.insert(axis, "one")
    return tuple(whole)


def _reshaped(axes: Axes, shape: np.ndarray | None, outputs: int) -> Axes | None:
    """The outputs stay together where the last axis still has as many places; else the order is not followed."""
    if shape is None:
        return ("others",)
    sizes = shape.ravel().tolist()
    if axes[-1:] == ("outputs",) and sizes and sizes[-1] == outputs:
        kept = axes[:-1] if len(sizes) == len(axes) and sizes[:-1] == [0] * (len(axes) - 1) else None
        return (*(kept or ("others",) * (len(sizes) - 1)), "outputs")
    return ("others",) * max(len(sizes), 1)


def _some(graph: Graph, node: "NodeProto", axes: Axes) -> Axes | None:
    """What is left of the axes where some places are taken; None where these are not the last of the steps."""
    if node.op_type == "Slice":
        ends, at = (input_of(graph, node, number, is_whole=True) for number in (2, 3))
        if ends is None or at is None:
            return None
        cuts = zip(at.ravel().tolist(), ends.ravel().tolist(), strict=False)
        taken = [(_place(axis, axes), end >= MOST_SLICED) for axis, end in cuts]
    else:
        given = input_of(graph, node, 1, is_whole=True) if node.op_type == "Gather" else None
        has_last = given is not None and -1 in given.ravel().tolist()
        taken = [(_place(attributes_of(node).get("axis", 0), axes), has_last)]
    left: list[str] = list(axes)
    for place, has_last in taken:
        if place is None or axes[place] in ("others", "outputs") or (axes[place] == "steps" and not has_last):
            return None
    if node.op_type == "Gather" and given is not None and given.ndim == 0 and taken[0][0] is not None:
        del left[taken[0][0]]
    return tuple(left)
