"""The recurrent nodes of a model in ONNX as layers of torch's sizes and order of gates, and what each of them reads."""

import reprlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from rnnviz.names import GATES, Cell, Nonlinearity, Reset
from rnnviz.own.onnx_folding import Known, folded
from rnnviz.own.onnx_graph import (
    MOST_STEPS,
    PASSES,
    Graph,
    array_of,
    attributes_of,
    axes_of,
    input_of,
    key_of,
    label_of,
    text_of,
)
from rnnviz.own.stacks import Layer, reordered

if TYPE_CHECKING:
    from onnx import NodeProto

CELLS: Final[Mapping[str, Cell]] = {"LSTM": "lstm", "GRU": "gru", "RNN": "rnn"}
"""The cells by the names of their nodes."""

_ORDER: Final[Mapping[Cell, tuple[int, ...]]] = {"lstm": (0, 2, 3, 1), "gru": (1, 0, 2), "rnn": (0,)}
"""Where each gate of torch is among those of ONNX, which has them as i, o, f, c and as z, r, h."""

_ACTIVATIONS: Final[Mapping[Cell, tuple[str, ...]]] = {
    "lstm": ("sigmoid", "tanh", "tanh"), "gru": ("sigmoid", "tanh"), "rnn": ("tanh",)
}  # fmt: skip
_DIRECTIONS: Final = {"forward": 1, "bidirectional": 2}
_SIZES: Final = (7919, 104_729)
"""How many steps and sequences there are, to follow them through what is computed of a shape: no size of a network."""

_SHAPES: Final = ("Identity", "Expand", "Slice", "Unsqueeze", "Squeeze", "Reshape", "Tile", "Transpose", "Cast")
"""Nodes that show the numbers of their first input in another shape."""

_REPEATS: Final = ("Expand", "Tile")
"""Those of them that repeat numbers, as one state is for each sequence of a batch."""


def layer_of(graph: Graph, node: "NodeProto") -> Layer:
    """A recurrent node as a layer of torch.

    Raises:
        ValueError: Which attribute or input torch does not have.
    """
    cell, label = CELLS[node.op_type], label_of(node) or node.op_type.lower()
    where = f"{node.op_type} {reprlib.repr(node.name or label)}"
    attributes = attributes_of(node)
    count = _check_attributes(where, attributes)
    weights, recurrent, biases = (input_of(graph, node, number) for number in (1, 2, 3))
    if biases is None and len(node.input) > 3 and node.input[3]:
        raise ValueError(f"{where} must have its bias B in the file; it is computed of something else")
    lengths = graph.maker(node.input[4], _SHAPES)[0] if len(node.input) > 4 else ""
    if lengths in graph.makers or lengths in graph.stored:  # else they come with each input, and may be all steps
        raise ValueError(f"{where} must read all steps; the file has lengths for it, sequence_lens")
    _check_peepholes(graph, node, where)
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
    nonlinearity = _nonlinearity(where, cell, count, attributes)
    reset: Reset = "before" if cell == "gru" and attributes.get("linear_before_reset", 0) != 1 else "after"
    start = _start(graph, node)
    return Layer(key_of(node), label, cell, tuple(directions), nonlinearity, below, reset, start)


def _check_attributes(where: str, attributes: Mapping[str, Any]) -> int:
    """How many directions it has; ValueError if it computes what no module here does."""
    direction = text_of(attributes.get("direction", "forward"))
    if direction not in _DIRECTIONS:
        raise ValueError(
            f"{where} must have direction forward or bidirectional; got {reprlib.repr(direction)}, and a layer of "
            "torch reads backwards beside one that reads forwards alone"
        )
    for name in ("clip", "input_forget"):
        if attributes.get(name):
            raise ValueError(f"{where} must have no {name}, which torch does not have; got {attributes[name]}")
    return _DIRECTIONS[direction]


def _nonlinearity(where: str, cell: Cell, count: int, attributes: Mapping[str, Any]) -> Nonlinearity | None:
    """The activation of a plain RNN; ValueError if a node has others than torch."""
    given = [text_of(name).lower() for name in attributes.get("activations", ())]
    expected: list[tuple[str, ...]] = [_ACTIVATIONS[cell] * count]
    if cell == "rnn":
        expected.append(("relu",) * count)
    if given and tuple(given) not in expected:
        named = " or ".join(", ".join(names) for names in expected)
        raise ValueError(f"{where} must have the activations {named}, as torch has them; got {reprlib.repr(given)}")
    if cell != "rnn":
        return None
    return "relu" if "relu" in given else "tanh"


def is_started(graph: Graph, node: "NodeProto") -> bool:
    """Whether a recurrent node begins with a state that the model computes of more than stored numbers."""
    return any(_first(graph, node, number) is None for number in (5, 6))


def _start(graph: Graph, node: "NodeProto") -> tuple[np.ndarray, ...]:
    """The states that a node begins with, each of shape (direction, unit); none if they are zeros."""
    states = [_first(graph, node, number) for number in (5, 6)[: 1 + (node.op_type == "LSTM")]]
    known = [state for state in states if state is not None]
    return tuple(known) if any(state.any() for state in known) else ()


def _first(graph: Graph, node: "NodeProto", number: int) -> np.ndarray | None:
    """The state of an input, of shape (direction, unit): the same for each sequence; None if it is computed.

    One that is given to the model with each input may be 0, and is.
    """
    weights = input_of(graph, node, 2)
    if weights is None or weights.ndim != 3:  # of which ``layer_of`` says more
        return np.zeros((1, 1), np.float32)
    count, _, units = weights.shape
    if len(node.input) <= number or not node.input[number]:
        return np.zeros((count, units), np.float32)
    value, maker = graph.maker(node.input[number], _SHAPES)
    if maker is None and value not in graph.stored:
        return np.zeros((count, units), np.float32)
    if maker is not None and maker.op_type == "ConstantOfShape":
        filling = attributes_of(maker).get("value")
        return np.full((count, units), 0 if filling is None else array_of(filling).item(), np.float32)
    found = folded(graph, node.input[number], _one_each(graph, node.input[number]))
    axis = 0 if attributes_of(node).get("layout") else 1
    one = _one_of(found, axis)
    return one.astype(np.float32).reshape(count, units) if one is not None and one.size == count * units else None


def _one_each(graph: Graph, value: str) -> Known:
    """The numbers of what is repeated for each sequence on the way to a state, as those of one sequence."""
    passed: list[NodeProto] = []
    while (maker := graph.makers.get(value)) and maker.op_type in _SHAPES and len(passed) < MOST_STEPS:
        passed.append(maker)
        value = maker.input[0]
    known: Known = {}
    for maker in reversed(passed):
        if maker.op_type in _REPEATS:
            known[maker.output[0]] = _one_of(folded(graph, maker.input[0], known), axis=1)
    return known


def _one_of(states: np.ndarray | None, axis: int) -> np.ndarray | None:
    """The state of one sequence, if all of a batch begin with the same; the axis of the batch is then of one place."""
    if states is None or states.ndim != 3 or not states.size:
        return None
    first = states.take([0], axis)
    return first if (states == first).all() else None


def _check_peepholes(graph: Graph, node: "NodeProto", where: str) -> None:
    if len(node.input) > 7 and node.input[7]:
        array = graph.array(node.input[7])
        if array is None or np.asarray(array, np.float64).any():
            raise ValueError(f"P of {where} must be 0; got other numbers, with which no page shows a network")


def _below(graph: Graph, node: "NodeProto") -> str:
    """The key of the recurrent node whose output is what a node reads, both directions side by side; empty if none."""
    key, axis = steps_of(graph, node.input[0])
    return key if axis == 0 else ""


def steps_of(graph: Graph, value: str) -> tuple[str, int]:
    """The key of the recurrent node whose output a value is, both directions side by side, and the axis of its steps.

    The key is empty if there is none.
    """
    value, maker, is_batch_first = turned(graph, value)
    if maker is None:
        return "", 0
    if maker.op_type == "Squeeze" and axes_of(graph, maker) == [1]:
        value, maker = graph.maker(maker.input[0])
    elif maker.op_type == "Reshape":
        reshape = maker
        _, maker = graph.maker(reshape.input[0])
        if maker is None or maker.op_type != "Transpose" or _permutation(maker) != [0, 2, 1, 3]:
            return "", 0
        value, maker = graph.maker(maker.input[0])
        if maker is None or not _ends_joined(graph, reshape, maker):
            return "", 0
    is_output = maker is not None and maker.op_type in CELLS and value == maker.output[0]
    if maker is None or not is_output or attributes_of(maker).get("layout"):
        return "", 0
    return key_of(maker), int(is_batch_first)


def turned(graph: Graph, value: str) -> "tuple[str, NodeProto | None, bool]":
    """A value before it is passed on with steps and sequences in turn, what makes it, and whether they are swapped."""
    maker, is_swapped = None, False
    for _ in range(MOST_STEPS):
        value, maker = graph.maker(value, PASSES)
        if maker is None or maker.op_type != "Transpose" or _permutation(maker) != [1, 0, 2]:
            break
        value, is_swapped = maker.input[0], not is_swapped
    return value, maker, is_swapped


def _permutation(node: "NodeProto") -> list[int]:
    return list(attributes_of(node).get("perm", ()))


def _ends_joined(graph: Graph, reshape: "NodeProto", recurrent: "NodeProto") -> bool:
    """Whether a Reshape of (step, sequence, direction, unit) puts the directions side by side and keeps the rest."""
    weights = input_of(graph, recurrent, 2)
    if weights is None or weights.ndim != 3:
        return False
    count, units = weights.shape[0], weights.shape[2]
    width = count * units
    if (shape := input_of(graph, reshape, 1, is_whole=True)) is not None:
        return shape.shape == (3,) and (shape[:2].tolist() == [0, 0] or int(shape[2]) == width)
    shapes: Known = {
        node.output[0]: np.array([*_SIZES, count, units]) for node in graph.readers.get(reshape.input[0], ())
        if node.op_type == "Shape" and not attributes_of(node).get("start") and "end" not in attributes_of(node)
    }  # fmt: skip
    made = folded(graph, reshape.input[1], shapes)
    return made is not None and made.tolist() in ([*_SIZES, width], [*_SIZES, -1])
