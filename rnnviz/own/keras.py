"""The tensors in a file of Keras by torch's names, with gates in torch's order. Nothing of Keras runs."""

import io
import re
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Any, Final

import numpy as np

from rnnviz import extras
from rnnviz.checkpoints.bounds import MOST_HEADER, bounds, check_archive, unpacked
from rnnviz.checkpoints.hdf5 import contents
from rnnviz.checkpoints.storing import parsed
from rnnviz.names import GATES, Cell, Nonlinearity, Pooling, Reset
from rnnviz.own import keras_older, keras_text, looks
from rnnviz.own.keras_settings import (
    Described,
    check_class,
    checked,
    described,
    directions,
    embedding_of,
    half_of,
    inside,
    is_linear,
    is_output,
    is_usual_mask,
    pooled,
    pooled_after,
)
from rnnviz.own.stacks import Layer, Tensors, begins_elsewhere, distinct, module, reordered, resets, stacked
from rnnviz.own.vocabulary import MOST_BYTES as MOST_VOCABULARY
from rnnviz.tokenizing import EXTRA

MODEL: Final = looks.KERAS_MODEL.endings[0]

_SIGMOID_SINCE: Final = (2, 3)
"""The version of Keras since which the gates of an LSTM and a GRU are torch's by default."""

_OF_TWO: Final = "2.2.4-tf"
"""A version that TensorFlow 1.13 to 1.15 write, and 2.0 and 2.1, whose gates are torch's by default."""

_DEFAULTS: Final = (
    "a file of weights alone has no settings: layers are taken to read forwards, with tanh, and sigmoid in gates"
)
_TRAINING: Final = ("optimizer", "optimizer_weights")
_CELLS: Final[Mapping[int, Cell]] = {len(gates): cell for cell, gates in GATES.items()}
_ORDER: Final[Mapping[Cell, tuple[int, ...]]] = {"lstm": (0, 1, 2, 3), "gru": (1, 0, 2), "rnn": (0,)}
"""Where each gate of torch is among those of Keras, which has them as i, f, c, o and as z, r, h."""

_PLACE: Final = re.compile(r"(?P<owner>.*?)/?vars/(?P<number>\d{1,4})")
_INNER: Final = re.compile(r"(?P<layer>.*?)/?(?P<inner>(?:(?:forward|backward)_layer/)?cell(?:/cells/[^/]+)?)")
_CELL: Final = re.compile(r".*_cell(?:_\d+)?")
_OF_CLASS: Final = re.compile(r"(?:.*/)?layers/(?P<kind>[^/]+)")
"""Where Keras 3 has a layer of a model that is no class of its own: by the name of its class."""

_RECURRENT: Final = re.compile(r"(?:lstm|gru|simple_rnn|bidirectional)(?:_\d+)?")
_NAMED: Final = re.compile(r"(?:lstm|gru|simple_rnn)_cell(?:_\d+)?")
"""The cells of Keras as an RNN of several has them; that of an RNN of one has no name of its class."""

_DENSE: Final = re.compile(r"(?:.*/)?(?:dense(?:_\d+)?|time_distributed(?:_\d+)?/layer)")
_OLDER: Final = re.compile(r"(?:model_weights/)?(?P<owner>.+)/(?P<role>kernel|recurrent_kernel|bias|embeddings)(?::0)?")
_ROLES: Final = ("kernel", "embeddings", "recurrent_kernel", "bias")


@dataclass(frozen=True)
class _Group:
    """Arrays that belong together.

    Attributes:
        layer: The key of their layer: its path, or its name in a file as Keras 2 writes it.
        inner: Which recurrent cell of the layer they are of: ``cell``, ``forward_layer/cell``; empty if of none.
        arrays: In the order of Keras.
        is_embedding: Whether a matrix alone is an embedding and not the weights of a Dense layer; None if it may be
            something else.
    """

    layer: str
    inner: str
    arrays: tuple[np.ndarray, ...]
    is_embedding: bool | None

    @property
    def cell(self) -> str:
        """The inner cell without its direction."""
        return self.inner.removeprefix("forward_layer/").removeprefix("backward_layer/")

    @property
    def is_reverse(self) -> bool:
        """Whether it reads the sequence from its end."""
        return self.inner.startswith("backward_layer/")


def read(ending: str, content: bytes) -> Tensors:
    """Every array of numbers; those of recurrent layers as torch has them, stacked layers as one module.

    Args:
        ending: ``.keras`` for a model, ``.h5`` for weights.

    Raises:
        ValueError: If torch has no such layer, the file is not what it should be, or h5py is not installed.
    """
    extras.require("keras", "a file of Keras")
    settings, learned = b"", tuple[str, ...]()
    if ending == MODEL:
        settings, content, learned = _of_archive(content)
    arrays, notes = contents(content, without=_TRAINING)
    older = notes.get("model_config", "")
    try:
        model = parsed(settings) if settings else keras_older.settings(parsed(older)) if older else None
        if model is not None:
            check_class(model)
        layers = [] if model is None else list(described(model))
        groups = _groups(arrays)
        if groups:
            return _with_vocabulary(_tensors(groups, {one.path: one for one in layers}), layers, learned)
        older_groups = _older_groups(keras_older.renamed(arrays))
        if not layers:
            _check_version(notes.get("keras_version", ""), older_groups)
        _check_names(older_groups, layers)
        return _tensors(older_groups, {one.config["name"]: one for one in layers})
    except (LookupError, TypeError, AttributeError) as error:
        raise ValueError(f"the settings must be as Keras writes them; {type(error).__name__}: {error}") from error


def _check_names(groups: Sequence[_Group], layers: Sequence[Described]) -> None:
    """Refuse two layers of one name with weights, of a model and one in it: the file has them by that name."""
    named = Counter(one.config["name"] for one in layers)
    twice = next((one.layer for one in groups if named[one.layer] > 1), "")
    if twice:
        raise ValueError(
            f"the layers in a .h5 file must have different names; two are called {twice}. Save the model as mine.keras"
        )


def _check_version(version: str, groups: Sequence[_Group]) -> None:
    """Refuse the weights of gates whose sigmoid the file does not say: before 2.3 Keras had another by default."""
    numbers = tuple(map(int, re.findall(r"\d+", version)[:2]))
    gated = [
        one.layer for one in groups
        if one.inner and one.arrays[1].shape[1] > one.arrays[1].shape[0] and not keras_older.is_cudnn(one.arrays)
    ]  # fmt: skip
    if not gated or numbers >= _SIGMOID_SINCE:
        return
    if not version:
        by = "the file does not say which version of Keras wrote it: before 2.3 it"
    elif version == _OF_TWO:
        by = f"Keras {version} wrote them, which TensorFlow 1 and 2.0 both have, and TensorFlow 1"
    else:
        by = f"Keras {version} wrote them, which"
    raise ValueError(
        f"the weights of {gated[0]} must come with their settings, since {by} had hard_sigmoid for gates unless it was "
        "told otherwise. Open the .h5 file of model.save, which has them"
    )


def _with_vocabulary(tensors: Tensors, layers: Sequence[Described], learned: Sequence[str]) -> Tensors:
    """The same with the vocabulary of the model, if it is one that splits texts as a tokenizer here does."""
    found = [one for one in layers if one.kind == keras_text.LAYER]
    if len(found) == 1:
        try:
            extras.require(EXTRA, "the vocabulary in a .keras file")
            tensors.vocabulary = keras_text.vocabulary(found[0].config, learned)
        except ValueError as error:
            tensors.left_out += (f"the vocabulary of {found[0].name}; {error}",)
    return tensors


def _of_archive(content: bytes) -> tuple[bytes, bytes, tuple[str, ...]]:
    """The settings and the file of weights of a model, and the vocabulary that it has learned from texts, if any."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            check_archive(archive)
            settings = unpacked(archive, "config.json", MOST_HEADER)
            names = [name for name in archive.namelist() if PurePath(name).name == keras_text.FILE]
            learned = unpacked(archive, names[0], MOST_VOCABULARY).decode("utf-8") if len(names) == 1 else ""
            return settings, unpacked(archive, "model.weights.h5", bounds().bytes), tuple(learned.splitlines())
    except ValueError:
        raise
    except Exception as error:  # a damaged archive fails in any of a dozen ways
        got = "this one is damaged or cut short" if content.startswith(looks.ARCHIVE) else "got other bytes"
        raise ValueError(
            f"a .keras file must be a whole archive, as model.save writes it; {got}: {type(error).__name__}: {error}"
        ) from error


def _groups(arrays: Mapping[str, np.ndarray]) -> list[_Group]:
    """The arrays as Keras 3 groups them: ``layers/lstm/cell/vars/0``."""
    found: dict[str, dict[int, np.ndarray]] = {}
    for path, array in arrays.items():
        if match := _PLACE.fullmatch(path):
            found.setdefault(match["owner"], {})[int(match["number"])] = array
    return [_group(owner, [numbered[number] for number in sorted(numbered)]) for owner, numbered in found.items()]


def _group(owner: str, arrays: Sequence[np.ndarray]) -> _Group:
    layer, inner = owner, ""
    if match := _INNER.fullmatch(owner):
        layer, inner = match["layer"] or "cell", match["inner"]
    elif _CELL.fullmatch(PurePath(owner).name):
        inner = "cell"
    is_embedding: bool | None = not _DENSE.fullmatch(owner)
    if is_embedding and (match := _OF_CLASS.fullmatch(owner)) and not match["kind"].startswith("embedding"):
        is_embedding = None
    return _Group(layer, inner if _are_matrices(arrays) else "", tuple(arrays), is_embedding)


def _are_matrices(arrays: Sequence[np.ndarray]) -> bool:
    """Whether there are two kernels; those of a convolution have more axes."""
    return len(arrays) > 1 and arrays[0].ndim == arrays[1].ndim == 2


def _older_groups(arrays: Mapping[str, np.ndarray]) -> list[_Group]:
    """The arrays as Keras 2 groups them: ``lstm/lstm/lstm_cell/kernel:0``."""
    found: dict[str, dict[str, np.ndarray]] = {}
    for path, array in arrays.items():
        if match := _OLDER.fullmatch(path):
            found.setdefault(match["owner"], {})[match["role"]] = array
    return [_older_group(owner.split("/"), roles) for owner, roles in found.items()]


def _older_group(owner: list[str], roles: Mapping[str, np.ndarray]) -> _Group:
    inner, arrays = "", tuple(roles[role] for role in _ROLES if role in roles)
    if "recurrent_kernel" in roles and _are_matrices(arrays):
        inner = "cell"
        if len(owner) > 1 and _CELL.fullmatch(owner[-1]):
            owner = owner[:-1]
        if len(owner) > 1 and owner[-1].startswith(("forward_", "backward_")):
            inner = f"{owner[-1].partition('_')[0]}_layer/cell"
            owner = owner[:-1]
    return _Group(owner[-1], inner, arrays, "embeddings" in roles)


def _tensors(groups: Sequence[_Group], table: Mapping[str, Described]) -> Tensors:
    """The arrays by torch's names; ``table`` has the settings of each layer, none where the file has no settings."""
    keys = list(dict.fromkeys(group.layer for group in groups))
    there = set(keys)
    ordered = [key for key in table if key in there] + [key for key in keys if key not in table]
    labels = dict(zip(ordered, distinct([_label(key, table) for key in ordered]), strict=True))
    left_out = [begins_elsewhere(labels[key]) for key in _started(groups, table)]
    left_out += [f"{labels[key]} leaves out steps by a mask that the model computes" for key in _masked(groups, table)]
    apart = {*_started(groups, table), *_masked(groups, table)}
    stacks = stacked(
        layer
        for key in ordered
        if key not in apart
        for layer in _layers([one for one in groups if one.layer == key and one.inner], labels[key], table)
    )
    if not stacks:
        if left_out:
            raise ValueError(f"a recurrent layer must read all steps, from a state of 0; {left_out[0]}")
        listed = ", ".join(list(labels.values())[:6])
        raise ValueError(f"a file of Keras must have an LSTM, a GRU or a SimpleRNN; got {listed or 'no weights'}")
    names = distinct(["+".join(layer.label for layer in stack) for stack in stacks])
    tensors = {
        f"{name}.{weight}": array for name, stack in zip(names, stacks, strict=True)
        for weight, array in module(stack).items()
    }  # fmt: skip
    for group in groups:
        if not group.inner:
            tensors |= {f"{labels[group.layer]}.{name}": array for name, array in _plain(group, table)}
    known = {name: stack[0].nonlinearity for name, stack in zip(names, stacks, strict=True)}
    tops = {stack[-1].key: name for name, stack in zip(names, stacks, strict=True)}
    bottoms = {stack[0].key: name for name, stack in zip(names, stacks, strict=True)}
    return Tensors(
        tensors,
        {name: value for name, value in known.items() if value},
        _poolings(table, labels, tops),
        resets(dict(zip(names, stacks, strict=True))),
        _embeddings(table, labels, bottoms),
        left_out=left_out,
        assumed=_assumed(table) if table else (_DEFAULTS,),
        says_readers=bool(table),
    )


def _assumed(table: Mapping[str, Described]) -> tuple[str, ...]:
    """What is taken of the input and of the arithmetic, which a file says otherwise of some."""
    found = [
        f"{one.name} leaves out the steps whose numbers are all {one.config.get('mask_value', 0.0):g}, and here each "
        "row is a step: give none of such rows"
        for one in table.values() if one.kind == "Masking"
    ]  # fmt: skip
    halves = dict.fromkeys(half for one in table.values() if (half := half_of(one)))
    found += [f"the model computes in {half}, and here float32 does: numbers differ by a thousandth" for half in halves]
    return tuple(found)


def _started(groups: Sequence[_Group], table: Mapping[str, Described]) -> list[str]:
    """The keys of recurrent layers that begin with a state that the model computes; an input of it may be 0."""
    inputs = {one.config["name"] for one in table.values() if one.kind == "InputLayer" and not one.model}
    return [key for key in _recurrent(groups, table) if not inputs.issuperset(table[key].starts)]


def _masked(groups: Sequence[_Group], table: Mapping[str, Described]) -> list[str]:
    """The keys of recurrent layers with a mask of another kind than that of an embedding or a Masking."""
    usual = {one.config["name"] for one in table.values() if is_usual_mask(one, table.values())}
    return [key for key in _recurrent(groups, table) if not usual.issuperset(table[key].masks)]


def _recurrent(groups: Sequence[_Group], table: Mapping[str, Described]) -> list[str]:
    return [key for key in dict.fromkeys(group.layer for group in groups if group.inner) if key in table]


def _poolings(
    table: Mapping[str, Described], labels: Mapping[str, str], modules: Mapping[str, str]
) -> dict[tuple[str, str], Pooling]:
    """What each Dense layer gets of the steps of the recurrent module that it reads, as the settings have it.

    Args:
        modules: The recurrent modules by the key of the layer that each ends with.
    """
    found: dict[tuple[str, str], Pooling] = {}
    for key, layer in table.items():
        reads = pooled(layer)
        own = next((one for one in (key, f"{key}/layer", inside(layer)) if one in labels), None)
        if reads is None or own is None:
            continue
        recurrent, pooling = reads
        if not is_output(layer, table.values(), has_steps=pooling == "last"):
            continue
        if after := pooled_after(layer, table.values()):
            if after != ("mean", True) or not is_linear(layer):
                continue
            pooling = "mean"
        below = _key(recurrent, table)
        last_cell = f"{below}/{list(directions(recurrent))[-1]}"  # of an RNN with several
        module = modules.get(below) or modules.get(last_cell)
        if module:
            found[module, f"{labels[own]}.weight"] = pooling
    return found


def _embeddings(
    table: Mapping[str, Described], labels: Mapping[str, str], modules: Mapping[str, str]
) -> dict[str, str]:
    """The embedding that each recurrent module reads, as the settings have it.

    Args:
        modules: The recurrent modules by the key of the layer that each begins with.
    """
    found = {}
    for key, layer in table.items():
        below = embedding_of(layer, table.values())
        if below is None or not (inner := directions(layer)):
            continue
        module, own = modules.get(key) or modules.get(f"{key}/{next(iter(inner))}"), _key(below, table)
        if module and own in labels:
            found[module] = f"{labels[own]}.weight"
    return found


def _label(key: str, table: Mapping[str, Described]) -> str:
    """What a layer is called: by its model, or by its path in a file of weights."""
    if key in table:
        return table[key].name
    return key.removeprefix("layers/").replace("/layers/", ".").replace("/", ".") or "model"


def _plain(group: _Group, table: Mapping[str, Described]) -> Iterator[tuple[str, np.ndarray]]:
    """The arrays of a layer that is not recurrent; the matrix of a Dense layer has a row for each output."""
    kernel = group.arrays[0]
    is_embedding = group.is_embedding
    if table:
        is_embedding = group.layer in table and table[group.layer].kind == "Embedding"
    if [one.ndim for one in group.arrays] == [2, 1]:
        yield "weight", kernel.T
        yield "bias", group.arrays[1]
    elif [one.ndim for one in group.arrays] == [2] and is_embedding is not None:
        yield "weight", kernel if is_embedding else kernel.T
    else:
        yield from ((str(number), array) for number, array in enumerate(group.arrays))


def _layers(groups: Sequence[_Group], label: str, table: Mapping[str, Described]) -> Iterator[Layer]:
    """The recurrent layers in a layer of Keras: one, or one for each cell of an RNN with several."""
    if not groups:
        return
    key = groups[0].layer
    if table and key not in table:
        raise ValueError(
            f"{label} must be a layer of the model itself, so that its settings are known; it is part of another "
            "layer, which may compute something else of it"
        )
    settings = directions(table[key]) if table else {}
    if table and not settings:
        raise ValueError(f"{label} must be an LSTM, a GRU or a SimpleRNN of Keras; its class is {table[key].kind}")
    are_named = all(_NAMED.fullmatch(PurePath(group.cell).name) for group in groups)
    match = _OF_CLASS.fullmatch(key)
    if match and not table and not _RECURRENT.fullmatch(match["kind"]) and not are_named:
        raise ValueError(
            f"{label} must be an LSTM, a GRU or a SimpleRNN of Keras; the file has it as a class of "
            f"another name, {match['kind']}, which may compute something else"
        )
    if not table and "cell" in key.split("/"):
        raise ValueError(
            f"{label} must be a layer by itself; it is a cell in a cell, which may compute something else of it"
        )
    for cell in dict.fromkeys(group.cell for group in groups):
        both = sorted((group for group in groups if group.cell == cell), key=lambda group: group.is_reverse)
        if [group.is_reverse for group in both] not in ([False], [False, True]):
            raise ValueError(f"{label} must have weights that read forwards; got other ones")
        name = f"{label}.{PurePath(cell).name}" if "/" in cell else label
        found = [_direction(group, name, settings, is_known=bool(table)) for group in both]
        if len({(one.cell, one.nonlinearity, one.reset) for one in found}) > 1:
            raise ValueError(f"{name} must have the same kind of layer in both directions; got two kinds")
        below = _below(table, key) if cell == "cell" else ""
        whole = replace(found[0], directions=tuple(one.directions[0] for one in found), below=below)
        yield replace(whole, key=key if cell == "cell" else f"{key}/{cell}")


def _below(table: Mapping[str, Described], key: str) -> str:
    """The key of the layer whose steps are all that this one reads; empty if there is none."""
    below = table[key].below if key in table else None
    if below is None or not below.is_joined:
        return ""
    return _key(below, table)


def _key(layer: Described, table: Mapping[str, Described]) -> str:
    """By which the table has a layer: its path, or its name in a file as Keras 2 writes it."""
    return layer.path if layer.path in table else str(layer.config["name"])


def _direction(group: _Group, name: str, settings: Mapping[str, Mapping[str, Any]], *, is_known: bool) -> Layer:
    """One direction of a layer.

    Raises:
        ValueError: If its arrays or its settings are not those of a cell of torch.
    """
    has_both = keras_older.is_cudnn(group.arrays)
    kernel, recurrent = group.arrays[:2]
    units, columns = recurrent.shape
    cell = _CELLS.get(columns // units) if units and columns % units == 0 else None
    if cell is None or kernel.shape[1] != columns or len(group.arrays) > 3:
        shapes = ", ".join(str(array.shape) for array in group.arrays)
        raise ValueError(f"{name} must have the kernels of an LSTM, a GRU or a SimpleRNN; got {shapes}")
    nonlinearity: Nonlinearity | None = None
    # Without settings the bias says it: one vector where the reset is before the product, two where it is after.
    reset: Reset = "before" if cell == "gru" and [one.shape for one in group.arrays[2:]] == [(columns,)] else "after"
    if is_known:
        entry = settings.get(group.inner) or settings.get(group.cell)
        if entry is None:
            raise ValueError(
                f"{name} must be an LSTM, a GRU or a SimpleRNN of Keras; its settings are of another layer"
            )
        described_as, nonlinearity, reset = checked(name, entry, is_reverse=group.is_reverse)
        if described_as != cell:
            raise ValueError(f"{name} must have the weights of its settings, {described_as}; got those of {cell}")
    arrays = keras_older.of_cudnn(group.arrays) if has_both else group.arrays
    kernel, recurrent = arrays[:2]
    order = _ORDER[cell]
    weights = {"weight_ih": reordered(kernel.T, order), "weight_hh": reordered(recurrent.T, order)}
    has_two = has_both or (cell == "gru" and reset == "after")
    biases = _biases(name, arrays[2:], columns, has_two=has_two, is_unknown=cell == "gru" and not is_known)
    weights |= {kind: reordered(bias, order) for kind, bias in biases.items()}
    return Layer("", name, cell, (weights,), nonlinearity if cell == "rnn" else None, reset=reset)


def _biases(
    name: str, given: Sequence[np.ndarray], columns: int, *, has_two: bool, is_unknown: bool
) -> dict[str, np.ndarray]:
    """Both biases of torch; where Keras has one, the other is 0.

    Args:
        has_two: Whether Keras has two as well.
        is_unknown: Whether nothing but a bias would say where the layer resets.
    """
    if not given:
        if is_unknown:
            raise ValueError(
                f"{name} must have a bias, or settings: without them nobody knows whether it is a GRU with "
                "reset_after=True. Open the .keras file of model.save"
            )
        return {}
    shape = (2, columns) if has_two else (columns,)
    if given[0].shape != shape:
        raise ValueError(f"the bias of {name} must have shape {shape}; got {given[0].shape}")
    bias_ih, bias_hh = given[0] if has_two else (given[0], np.zeros_like(given[0]))
    return {"bias_ih": bias_ih, "bias_hh": bias_hh}
