"""The tensors of a model in ONNX by torch's names, with gates in torch's order.

Of its nodes only those run that cut, join and turn stored numbers.
"""

import math
from typing import TYPE_CHECKING, Final

from rnnviz import extras
from rnnviz.checkpoints.bounds import bounds
from rnnviz.names import Pooling
from rnnviz.own.onnx_graph import PASSES, Beside, Graph, files_beside, graph_of, key_of, label_of
from rnnviz.own.onnx_matrices import MATRICES, embedding_of, matrices_of, pooled
from rnnviz.own.onnx_outputs import Axes, is_output
from rnnviz.own.onnx_recurrent import CELLS, is_started, layer_of, steps_of
from rnnviz.own.protobuf import check_message
from rnnviz.own.stacks import Tensors, begins_elsewhere, distinct, module, resets, stacked, starts

if TYPE_CHECKING:
    from onnx import ModelProto, NodeProto

_MOST_RECURRENT: Final = 200
_MOST_BESIDE: Final = 4


def read(content: bytes, beside: Beside | None = None) -> Tensors:
    """The weights of every node LSTM, GRU and RNN as torch has them, those of one stack as one module, and the rest.

    Raises:
        ValueError: If torch has no such layer, the file is not what it should be, or onnx is not installed.
    """
    model = _model(content)
    try:
        return _tensors(graph_of(model, beside))
    except (LookupError, TypeError, AttributeError) as error:
        raise ValueError(f"the nodes must be as ONNX has them; {type(error).__name__}: {error}") from error


def beside(content: bytes) -> tuple[str, ...]:
    """The names of the few files beside a model in which it has numbers; ValueError as ``read`` has it."""
    found = files_beside(_model(content))
    if len(found) > _MOST_BESIDE:
        raise ValueError(f"a file in ONNX must have its numbers in at most {_MOST_BESIDE} others; got {len(found):,}")
    return found


def _model(content: bytes) -> "ModelProto":
    extras.require("onnx", "a file in ONNX")
    import onnx

    try:
        check_message(content, onnx.ModelProto.DESCRIPTOR)
    except ValueError as error:
        raise ValueError(f"a file ending in .onnx must be a model in ONNX; {error}") from error
    try:
        model: ModelProto = onnx.ModelProto.FromString(content)
    except Exception as error:  # of protobuf, which has its own
        raise ValueError(f"a file in ONNX must be whole; {type(error).__name__}: {error}") from error
    return model


def _tensors(graph: Graph) -> Tensors:
    recurrent = [node for node in graph.nodes if node.op_type in CELLS and node.domain in ("", "ai.onnx")]
    if len(recurrent) > _MOST_RECURRENT:
        raise ValueError(f"a file in ONNX must have at most {_MOST_RECURRENT} recurrent nodes; got {len(recurrent):,}")
    if not recurrent:
        kinds = ", ".join(dict.fromkeys(node.op_type for node in graph.nodes))
        raise ValueError(f"a file in ONNX must have a node LSTM, GRU or RNN; got {kinds[:200] or 'no nodes'}")
    _check_use(graph, recurrent)
    left_out = [begins_elsewhere(label_of(node) or node.op_type) for node in recurrent if is_started(graph, node)]
    if len(left_out) == len(recurrent):
        raise ValueError(f"a recurrent node must begin with a state that the file has; {left_out[0]}")
    stacks = stacked(layer_of(graph, node) for node in recurrent if not is_started(graph, node))
    names = distinct(["+".join(dict.fromkeys(layer.label for layer in stack)) for stack in stacks])
    tensors = {
        f"{name}.{weight}": array for name, stack in zip(names, stacks, strict=True)
        for weight, array in module(stack).items()
    }  # fmt: skip
    known = {name: stack[0].nonlinearity for name, stack in zip(names, stacks, strict=True)}
    tops = {stack[-1].key: name for name, stack in zip(names, stacks, strict=True)}
    read_by = {key_of(node): embedding_of(graph, node) for node in recurrent}
    poolings: dict[tuple[str, str], Pooling] = {}
    embeddings: dict[str, str] = {}
    found = list({one.value: one for one in matrices_of(graph)}.values())  # each once, whoever reads it
    for name, one in zip(distinct([*names, *(one.name for one in found)])[len(names) :], found, strict=True):
        tensors[f"{name}.weight"] = one.weight
        if one.bias is not None:
            tensors[f"{name}.bias"] = one.bias[1]
        embeddings |= {
            part: f"{name}.weight" for part, stack in zip(names, stacks, strict=True)
            if read_by[stack[0].key] == one.value
        }  # fmt: skip
        key, pooling = pooled(graph, one.reads)
        of_steps, axis = steps_of(graph, one.reads)
        axes = _axes(graph, one.reads, axis if of_steps else None)
        if key in tops and is_output(graph, one.gives, axes, len(one.weight)):
            poolings[tops[key], f"{name}.weight"] = pooling
    used = {graph.maker(value)[0] for node in recurrent for value in node.input}
    used |= {one.value for one in found} | {one.bias[0] for one in found if one.bias is not None}
    for name in graph.initializers:
        if name not in used and (array := graph.array(name)) is not None:
            tensors.setdefault(name, array)
    named = dict(zip(names, stacks, strict=True))
    begun = starts(named)
    tensors |= {name: state for states in begun.values() for name, state in states.items()}
    nonlinearities = {name: value for name, value in known.items() if value}
    return Tensors(
        tensors, nonlinearities, poolings, resets(named), embeddings, left_out=left_out, says_readers=True,
        starts={name: tuple(states) for name, states in begun.items()},
    )  # fmt: skip


def _axes(graph: Graph, value: str, steps: int | None) -> Axes:
    """What the axes are of what a linear layer gives; the ends of a direction may still have an axis of one place."""
    if steps is not None:
        return ("steps", "texts", "outputs") if steps == 0 else ("texts", "steps", "outputs")
    maker = graph.maker(value, PASSES)[1]
    is_whole = maker is not None and maker.op_type in (*CELLS, "Slice")
    return ("one", "texts", "outputs") if is_whole else ("texts", "outputs")


def _check_use(graph: Graph, recurrent: "list[NodeProto]") -> None:
    """Refuse too many numbers, counted once for each node that uses them."""
    users = [*recurrent, *(node for node in graph.nodes if node.op_type in MATRICES)]
    found = {
        f"{number} {value}": shape
        for number, node in enumerate(users)
        for value in node.input
        if (shape := graph.shape(value)) is not None
    }
    if any(size < 0 for shape in found.values() for size in shape):
        raise ValueError("a shape must be whole numbers of at least 0; got a negative one")
    if sum(map(math.prod, found.values())) > bounds().numbers:
        raise ValueError(f"the nodes must use at most {bounds().numbers:,} numbers; they use more. {bounds().why}")
