"""The layers in the settings of a file of Keras: where the weights of each are, what it does, what it reads."""

import re
import reprlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from rnnviz.names import Cell, Nonlinearity, Pooling, Reset

_CELLS: Final[Mapping[str, Cell]] = {"LSTM": "lstm", "GRU": "gru", "SimpleRNN": "rnn"}
_PASSES: Final = (
    "Dropout", "SpatialDropout1D", "GaussianDropout", "GaussianNoise", "AlphaDropout", "ActivityRegularization",
    "Identity",
)  # fmt: skip
"""Layers that change nothing outside of a training."""

Axes = tuple[str, ...]
"""What the axes behind that of the texts are: ``steps`` and ``outputs``, or ``others`` in any order."""

_TOKENS: Final = ("TextVectorization", "StringLookup", "IntegerLookup")
"""Layers that number the tokens of a text."""

_OVER_STEPS: Final[Mapping[str, Pooling]] = {"GlobalAveragePooling1D": "mean", "GlobalMaxPooling1D": "max"}


@dataclass(frozen=True)
class Described:
    """A layer as its model describes it.

    Attributes:
        path: Where a file of weights has it: ``layers/bidirectional``.
        name: As its model calls it, after the names of the models around that.
        entry: Its class and its settings, as the file has them.
        below: The one layer that it reads, past those that only a training uses; None if there are others.
        reads: The names, in its own model, of all layers that it reads.
    """

    path: str
    name: str
    entry: Mapping[str, Any]
    below: "Described | None" = None
    reads: tuple[str, ...] = ()

    @property
    def model(self) -> str:
        """The path of the model that it is a layer of."""
        return self.path.rpartition("layers/")[0]

    @property
    def kind(self) -> str:
        """The name of its class."""
        return str(self.entry["class_name"])

    @property
    def config(self) -> Mapping[str, Any]:
        """Its settings."""
        settings: Mapping[str, Any] = self.entry["config"]
        return settings

    @property
    def gives_steps(self) -> bool:
        """Whether a recurrent layer gives all its steps to the next."""
        inner = self.config["layer"]["config"] if self.kind == "Bidirectional" else self.config
        return bool(inner.get("return_sequences"))

    @property
    def starts(self) -> tuple[str, ...]:
        """The names of the layers that a recurrent layer gets its initial state of; empty where that is 0.

        A state that the file has as numbers is none of a layer, and has the name ``numbers``.
        """
        calls = self.entry.get("inbound_nodes") or []
        found = [str(tensor[0]) for call in calls for tensor in list(_histories(call))[1:]]
        given = [call["kwargs"].get("initial_state") for call in calls if isinstance(call, Mapping)]
        return tuple(found) or tuple("numbers" for state in given if state)

    @property
    def masks(self) -> tuple[str, ...]:
        """The names of the layers that say which steps it leaves out."""
        calls = self.entry.get("inbound_nodes") or []
        given = [call["kwargs"].get("mask") for call in calls if isinstance(call, Mapping)]
        return tuple(str(tensor[0]) for mask in given for tensor in _histories(mask))

    @property
    def is_side_by_side(self) -> bool:
        """Whether a recurrent layer gives both directions side by side, if it has two."""
        return bool(self.config.get("merge_mode", "concat") == "concat")

    @property
    def is_joined(self) -> bool:
        """Whether a recurrent layer gives all its steps, both directions side by side, to the next."""
        return self.gives_steps and self.is_side_by_side


def check_class(model: Mapping[str, Any]) -> None:
    """Refuse a model of layers whose class is not one of Keras: its code may compute something else of them."""
    if isinstance(model["config"].get("layers"), list) and not _is_of_keras(model):
        raise ValueError(
            f"a model of layers must be Sequential or Functional; {reprlib.repr(model['class_name'])} is a class of "
            "somebody's own, whose code may compute something else of its layers. Of a file of its weights alone, by "
            "model.save_weights('mine.weights.h5'), you say what reads what"
        )


def described(model: Mapping[str, Any], path: str = "", name: str = "") -> Iterator[Described]:
    """Each layer of a model, in its order, and those of models within it; none of a model written as a class."""
    entries = model["config"].get("layers")
    if not isinstance(entries, list) or not _is_of_keras(model):
        return
    entries = [_with_name(entry) for entry in entries]
    counted = Counter[str]()
    sources = _sources(entries, is_sequential=model["class_name"] == "Sequential")
    found: dict[str, Described] = {}
    for entry in entries:
        config = entry["config"]
        place, called = f"{path}layers/{_numbered(entry['class_name'], counted)}", f"{name}{config['name']}"
        source = found.get(sources[config["name"]])
        reads = tuple(_read_by(entry)) if model["class_name"] != "Sequential" else tuple(found)[-1:]
        found[config["name"]] = one = Described(place, called, entry, source, reads)
        yield one
        yield from described(entry, f"{place}/", f"{called}.")


def _with_name(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    """A layer with its name among its settings, where a class of somebody's own leaves it out."""
    config = entry["config"]
    return (
        entry if "name" in config else {**entry, "config": {**config, "name": entry.get("name", entry["class_name"])}}
    )


def half_of(layer: Described) -> str:
    """The type of half precision in which a recurrent layer computes; empty for others."""
    policy = layer.config.get("dtype")
    name = policy["config"]["name"] if isinstance(policy, Mapping) else str(policy)
    half = str(name).removeprefix("mixed_")
    return half if half in ("float16", "bfloat16") and directions(layer) else ""


def directions(layer: Described) -> dict[str, Mapping[str, Any]]:
    """The recurrent layers in a layer, by the path of their weights below that of the layer: settings with a class.

    There are two in a Bidirectional, one for each cell in an RNN, and none in a layer that is not recurrent.
    """
    config = layer.config
    if not _is_of_keras(layer.entry):
        return {}
    if layer.kind == "Bidirectional":
        ahead = config["layer"]
        inner = ahead["config"]
        back = config.get("backward_layer") or ahead | {"config": inner | {"go_backwards": not inner["go_backwards"]}}
        return {"forward_layer/cell": _cell_in(ahead), "backward_layer/cell": _cell_in(back)}
    if layer.kind == "RNN":
        cell = config["cell"]
        whole = {"go_backwards": config.get("go_backwards", False)}
        if cell["class_name"] != "StackedRNNCells":
            return {"cell": _cell_in(layer.entry)}
        counted = Counter[str]()
        return {
            f"cell/cells/{_numbered(one['class_name'], counted)}": one | {"config": one["config"] | whole}
            for one in cell["config"]["cells"]
        }
    return {"cell": layer.entry} if layer.kind in _CELLS else {}


def _cell_in(entry: Mapping[str, Any]) -> dict[str, Any]:
    """The cell of an RNN, which reads as that does; another layer as it is."""
    cell = entry["config"].get("cell")
    if entry["class_name"] != "RNN" or cell is None:
        return dict(entry)
    return {**cell, "config": cell["config"] | {"go_backwards": entry["config"].get("go_backwards", False)}}


def is_usual_mask(layer: Described, others: Iterable[Described]) -> bool:
    """Whether a layer says what Keras itself says of an embedding or a Masking: which tokens are not 0, which rows."""
    others = [one for one in others if one.model == layer.model]
    if layer.kind == "Any":
        compared = [one for one in others if one.config["name"] in layer.reads]
        return len(compared) == 1 and compared[0].kind == "NotEqual" and _is_read_by("Masking", compared[0], others)
    calls = layer.entry.get("inbound_nodes") or []
    is_of_zero = all(len(call["args"]) > 1 and call["args"][1] in (0, 0.0) for call in calls)
    return layer.kind == "NotEqual" and is_of_zero and _is_read_by("Embedding", layer, others)


def _is_read_by(kind: str, mask: Described, others: Sequence[Described]) -> bool:
    """Whether a layer that makes a mask reads what one of Keras does that has such a mask."""
    makers = [one for one in others if one.kind == kind and _is_of_keras(one.entry)]
    return any(one.reads == mask.reads and one.config.get("mask_zero", True) for one in makers)


def pooled(layer: Described) -> tuple[Described, Pooling] | None:
    """The recurrent layer that a Dense layer reads, and what it gets of the steps; None if something else is between.

    A Dense layer that reads all steps has an output at each, of which the one at the last step is that of the text.
    """
    if "Dense" not in (layer.kind, _inner(layer).get("class_name")) or not _is_of_keras(layer.entry):
        return None
    below = layer.below
    pooling = _over_steps(below) if below else None
    if below and pooling:
        below = below.below
    if below is None or not directions(below) or not below.is_side_by_side:
        return None
    if len(set(below.reads)) > 1:  # it is called on different things, one of which is shown
        return None
    if pooling:
        return (below, pooling) if below.gives_steps else None
    return below, "last" if below.gives_steps else "ends"


def pooled_after(layer: Described, others: Iterable[Described]) -> tuple[Pooling, bool] | None:
    """What a model makes of the outputs that a Dense layer has at each step, and whether of these themselves.

    None if nothing pools them. What pools probabilities is no pooling of outputs.
    """
    others = list(others)
    for one in _readers(layer, others):
        if pooling := _over_steps(one):
            return pooling, one.below is layer
        if later := pooled_after(one, others):
            return later[0], later[1] and one.kind in _PASSES
    return None


def is_linear(layer: Described) -> bool:
    """Whether a Dense layer has no activation, so that the mean of its outputs is its output for the mean."""
    return (_inner(layer).get("config") or layer.config).get("activation") in (None, "linear")


def is_output(layer: Described, others: Iterable[Described], *, has_steps: bool) -> bool:
    """Whether nothing is computed of what a Dense layer gives but probabilities, and the mean of its outputs.

    Args:
        has_steps: Whether it has outputs at each step.
    """
    inner = _inner(layer).get("config") or layer.config
    if inner.get("activation") not in (None, "linear", "softmax", "sigmoid"):
        return False
    axes = ("steps", "outputs") if has_steps else ("outputs",)
    return _keeps_outputs(layer, axes, inner.get("units", inner.get("output_dim")), list(others))  # as Keras 1 has it


def _keeps_outputs(layer: Described, axes: Axes, units: object, others: Sequence[Described]) -> bool:
    """Whether all that reads a layer leaves its outputs as they are, in another shape or as probabilities."""
    for one in _readers(layer, others):
        after = _after(one, axes, units) if _is_of_keras(one.entry) else None
        if after is None or not _keeps_outputs(one, after, units, others):
            return False
    return True


def _after(layer: Described, axes: Axes, units: object) -> Axes | None:
    """What the axes behind that of the texts are after a layer; None if it computes something else."""
    kind, config = layer.kind, layer.config
    if kind in _PASSES:
        return None if _is_training(layer.entry) else axes
    if kind == "Activation":
        is_softmax = config["activation"] == "softmax"
        is_known = config["activation"] in ("linear", "sigmoid") or (is_softmax and axes[-1] == "outputs")
        return axes if is_known else None
    if kind == "Softmax":
        return axes if axes[-1] == "outputs" and _axis(config.get("axis", -1)) in (-1, len(axes)) else None
    if kind == "Flatten":
        return axes if len(axes) == 1 else ("others",)
    if kind == "Reshape":
        shape = list(config["target_shape"])
        is_kept = axes[-1] == "outputs" and shape and shape[-1] == units
        return (*("others",) * (len(shape) - 1), "outputs") if is_kept else ("others",) * max(len(shape), 1)
    return axes[1:] if axes[0] == "steps" and _over_steps(layer) is not None else None


def _axis(axis: object) -> object:
    return axis[0] if isinstance(axis, list) and len(axis) == 1 else axis


def embedding_of(layer: Described, others: Iterable[Described]) -> Described | None:
    """The embedding that a layer reads, if that reads the tokens of an input of the model; None if anything differs."""
    below = layer.below
    is_embedding = below is not None and below.kind == "Embedding" and _is_of_keras(below.entry)
    return below if below and is_embedding and _reads_input(below, list(others)) else None


def _reads_input(layer: Described, others: Sequence[Described]) -> bool:
    """Whether a layer reads inputs of the whole model, or the numbers of their tokens."""
    read = [one for one in others if one.model == layer.model and one.config["name"] in layer.reads]
    if not all(one.kind == "InputLayer" or (one.kind in _TOKENS and _reads_input(one, others)) for one in read):
        return False
    around = _around(layer, others)
    return around is None or _reads_input(around, others)


def _around(layer: Described, others: Iterable[Described]) -> Described | None:
    """The model in the model that a layer is of."""
    return next((one for one in others if f"{one.path}/" == layer.model), None)


def _readers(layer: Described, others: Iterable[Described]) -> list[Described]:
    """The layers that read one; of the last layer of a model in a model, those that read that."""
    others = list(others)
    name = layer.config["name"]
    readers = [one for one in others if one.model == layer.model and name in one.reads]
    around = _around(layer, others)
    return readers or (_readers(around, others) if around else [])


def inside(layer: Described) -> str:
    """The name of the layer that a TimeDistributed applies to each step; empty for other layers."""
    return str(_inner(layer)["config"]["name"]) if _inner(layer) else ""


def _inner(layer: Described) -> Mapping[str, Any]:
    found: Mapping[str, Any] = layer.config["layer"] if layer.kind == "TimeDistributed" else {}
    return found


def _over_steps(layer: Described) -> Pooling | None:
    if layer.kind == "GetItem":
        return "last" if _gets_last(layer.entry) else None
    is_last = layer.config.get("data_format") in (None, "channels_last")  # otherwise it pools the units
    return _OVER_STEPS.get(layer.kind) if is_last and _is_of_keras(layer.entry) else None


def _gets_last(entry: Mapping[str, Any]) -> bool:
    """Whether it is ``[:, -1]``: of all sequences, the last step."""
    whole = {"class_name": "__slice__", "config": {"start": None, "stop": None, "step": None}}
    calls = entry.get("inbound_nodes") or []
    return len(calls) == 1 and list(calls[0]["args"][1:]) in ([[whole, -1]], [[whole, -1, whole]])


def checked(where: str, entry: Mapping[str, Any], *, is_reverse: bool) -> tuple[Cell, Nonlinearity, Reset]:
    """The cell of a recurrent layer that there is here too, its activation, and the reset of a GRU.

    Raises:
        ValueError: Which setting torch does not have, and what is possible in its place.
    """
    kind, config = entry["class_name"], entry["config"]
    cell = _CELLS.get(kind.removesuffix("Cell"))
    if cell is None or not _is_of_keras(entry):
        raise ValueError(f"{where} must be an LSTM, a GRU or a SimpleRNN of Keras; got {reprlib.repr(kind)}")
    activations = ("tanh", "relu") if cell == "rnn" else ("tanh",)
    _check(where, "activation", config["activation"], activations)
    if cell != "rnn":
        _check(where, "recurrent_activation", config["recurrent_activation"], ("sigmoid",))
    if bool(config.get("go_backwards", is_reverse)) is not is_reverse:
        raise ValueError(
            f"{where} must have go_backwards={is_reverse}; got {not is_reverse}, and a layer of torch reads backwards "
            "beside one that reads forwards alone"
        )
    resets_after = cell != "gru" or config.get("reset_after") is True
    return cell, "relu" if config["activation"] == "relu" else "tanh", "after" if resets_after else "before"


def _is_of_keras(entry: Mapping[str, Any]) -> bool:
    """Whether a class is one of Keras and not one of somebody else with the same name; Keras 2 names no module."""
    module = entry.get("module")
    return str(module).startswith("keras") if module else not entry.get("registered_name")


def _check(where: str, name: str, got: object, expected: tuple[str, ...]) -> None:
    if got not in expected:
        raise ValueError(
            f"{name} of {where} must be {' or '.join(expected)}, as torch has it; got {reprlib.repr(got)}. Train it "
            f"with {expected[0]}"
        )


def _sources(entries: list[Mapping[str, Any]], *, is_sequential: bool) -> dict[str, str]:
    """By the name of each layer the name of the one it reads, past layers that change nothing; empty for others."""
    passed = {one["config"]["name"] for one in entries if one["class_name"] in _PASSES and not _is_training(one)}
    found: dict[str, str] = {}
    before = ""
    for entry in entries:
        source = before if is_sequential else _source(entry)
        before = entry["config"]["name"]
        found[before] = found.get(source, "") if source in passed else source
    return found


def _is_training(entry: Mapping[str, Any]) -> bool:
    """Whether a layer is called as in a training, whoever calls its model."""
    calls = entry.get("inbound_nodes") or []
    return any(isinstance(call, Mapping) and bool(call["kwargs"].get("training")) for call in calls)


def _read_by(entry: Mapping[str, Any]) -> Iterator[str]:
    """The names of all layers that one reads, in any of its calls."""
    for call in entry.get("inbound_nodes") or []:
        yield from (str(tensor[0]) for tensor in _histories(call))


def _source(entry: Mapping[str, Any]) -> str:
    """The one layer whose first output a layer reads, in every call of it; empty if there is more."""
    calls = [list(_histories(call)) for call in entry.get("inbound_nodes") or []]
    read = {str(tensors[0][0]) for tensors in calls if len(tensors) == 1 and tensors[0][2] == 0}
    return read.pop() if len(read) == 1 and all(len(tensors) == 1 for tensors in calls) else ""


def _histories(call: Any) -> Iterator[list[Any]]:
    """The name, call and output of every tensor that a call gets, but for its mask."""
    if isinstance(call, Mapping):
        if "keras_history" in call:
            yield list(call["keras_history"])
        else:
            for name, value in call.items():
                if name != "mask":  # which is about padding
                    yield from _histories(value)
    elif isinstance(call, list):
        if len(call) >= 3 and isinstance(call[0], str) and isinstance(call[1], int):  # as Keras 2 has it
            yield call[:3]
        for value in call[3:] if len(call) >= 3 and isinstance(call[0], str) else call:
            yield from _histories(value)


def _numbered(kind: str, counted: Counter[str]) -> str:
    """A class in the paths of a file of weights, ``simple_rnn``, then ``simple_rnn_1``."""
    split = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", re.sub(r"\W+", "", kind))
    snake = re.sub("([a-z])([A-Z])", r"\1_\2", split).lower()
    counted[snake] += 1
    return f"{snake}_{counted[snake] - 1}" if counted[snake] > 1 else snake
