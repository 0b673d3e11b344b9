"""Files of Keras and in ONNX from anybody: those that are made to harm, and those that are damaged."""

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import h5py
import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from rnnviz import own
from rnnviz.checkpoints import RefusedError
from tests.hostile.test_networks import check_wrong_bytes, opened, refused
from tests.own.onnx_models import model, node
from tests.together import together

UNITS: Final = 3
KERNELS: Final = {
    "layers/lstm/cell/vars/0": np.ones((2, 4 * UNITS), np.float32),
    "layers/lstm/cell/vars/1": np.ones((UNITS, 4 * UNITS), np.float32),
    "layers/lstm/cell/vars/2": np.ones(4 * UNITS, np.float32),
}
ONE: Final = np.ones(3, np.float32)


def weights(change: Callable[[h5py.File], object] | None = None, **options: Any) -> bytes:
    """The weights of one LSTM as Keras writes them, with a change."""
    with io.BytesIO() as file:
        with h5py.File(file, "w", **options) as made:
            for path, array in KERNELS.items():
                made[path] = array
            if change is not None:
                change(made)
        return file.getvalue()


def links(made: h5py.File, link: object) -> None:
    made["layers/more"] = link


def circle(made: h5py.File) -> None:
    made["layers/again"] = made["layers"]
    made["layers/whole"] = made["/"]


def many_names(made: h5py.File) -> None:
    made["layers/big"] = np.zeros(1_000_000, np.float32)
    for number in range(100):
        made[f"layers/{number}"] = made["layers/big"]


def many_arrays(made: h5py.File) -> None:
    for number in range(2_100):
        made[f"l{number}/vars/0"] = ONE


def in_other_file(made: h5py.File) -> None:
    made.create_dataset("layers/more", (3,), "f4", external=[("/etc/passwd", 0, 12)])


def virtual(made: h5py.File) -> None:
    layout = h5py.VirtualLayout((3,), "f4")
    layout[:] = h5py.VirtualSource("/etc/passwd", "a", (3,))
    made.create_virtual_dataset("layers/more", layout)


def instead(path: str, array: object) -> Callable[[h5py.File], None]:
    def change(made: h5py.File) -> None:
        del made[path]
        made[path] = array

    return change


def made_of(**options: Any) -> Callable[[h5py.File], object]:
    return lambda made: made.create_dataset("layers/more", **options)


KERAS_FILES: Final[dict[str, Callable[[], bytes]]] = {
    "a soft link": lambda: weights(lambda made: links(made, h5py.SoftLink("/layers/lstm"))),
    "an external link": lambda: weights(lambda made: links(made, h5py.ExternalLink("/etc/passwd", "/"))),
    "numbers in another file": lambda: weights(in_other_file),
    "a virtual array": lambda: weights(virtual),
    "groups within each other": lambda: weights(circle),
    "one array under many names": lambda: weights(many_names),
    "a compressed array": lambda: weights(made_of(data=ONE, compression="gzip", chunks=(3,))),
    "a bomb": lambda: weights(made_of(shape=(2**40,), dtype="f4", compression="gzip", chunks=(2**28,))),
    "chunks": lambda: weights(made_of(data=ONE, chunks=(1,))),
    "a checksum": lambda: weights(made_of(data=ONE, fletcher32=True, chunks=(3,))),
    "2^40 numbers that are not there": lambda: weights(made_of(shape=(2**40,), dtype="f4")),
    "a shape that overflows": lambda: weights(made_of(shape=(2**31, 2**31), dtype="f4", chunks=(1, 1))),
    "texts": lambda: weights(made_of(data=["a", "b"], dtype=h5py.string_dtype())),
    "texts of a length": lambda: weights(made_of(data=np.array([b"abc"]))),
    "lists": lambda: weights(made_of(shape=(2,), dtype=h5py.vlen_dtype(np.float32))),
    "references": lambda: weights(made_of(shape=(2,), dtype=h5py.ref_dtype)),
    "rows of several types": lambda: weights(made_of(data=np.zeros(2, [("a", "f4"), ("b", "i8")]))),
    "complex numbers": lambda: weights(made_of(data=np.ones(2, np.complex64))),
    "bytes without a type": lambda: weights(made_of(data=np.void(b"abc"))),
    "an array without a shape": lambda: weights(made_of(data=h5py.Empty("f4"))),
    "a type": lambda: weights(lambda made: links(made, np.dtype("f8"))),
    "too many groups": lambda: weights(lambda made: [made.create_group(f"g/{k}") for k in range(20_000)]),
    "groups 600 deep": lambda: weights(lambda made: made.create_group("/a" * 600)),
    "a name of 10,000 letters": lambda: weights(lambda made: made.create_group("x" * 10_000)),
    "too many arrays": lambda: weights(many_arrays),
    "settings of two texts": lambda: weights(lambda made: made.attrs.create("model_config", ["{}", "{}"])),
    "settings that are a number": lambda: weights(lambda made: made.attrs.create("model_config", 7)),
    "settings of a million brackets": lambda: weights(lambda made: made.attrs.create("model_config", "[" * 1_000_000)),
    "settings of two million letters": lambda: weights(lambda made: made.attrs.create("model_config", " " * 2_000_000)),
    "a kernel of another size": lambda: weights(instead("layers/lstm/cell/vars/0", np.ones((2, 5), np.float32))),
    "a state of another size": lambda: weights(instead("layers/lstm/cell/vars/1", np.ones((5, 12), np.float32))),
    "no units": lambda: weights(instead("layers/lstm/cell/vars/1", np.ones((0, 12), np.float32))),
    "a bias of another size": lambda: weights(instead("layers/lstm/cell/vars/2", np.ones((2, 12), np.float32))),
    "a fourth array": lambda: weights(lambda made: made.create_dataset("layers/lstm/cell/vars/3", data=ONE)),
    "not a number": lambda: weights(instead("layers/lstm/cell/vars/2", np.full(12, np.nan, np.float32))),
    "a name that steers a terminal": lambda: weights(lambda made: made.create_dataset("\x1b[31m/vars/0", data=ONE)),
    "whole numbers": lambda: weights(instead("layers/lstm/cell/vars/1", np.ones((3, 12), np.int32))),
    "a user block": lambda: b"MZ" + weights(userblock_size=512)[2:600],
    "an empty file": lambda: b"",
    "the first bytes alone": lambda: b"\x89HDF\r\n\x1a\n",
    "a large file of zeros": lambda: b"\x89HDF\r\n\x1a\n" + b"\0" * 10_000_000,
    "a pickle": lambda: b"cos\nsystem\n(S'x'\ntR.",
}  # fmt: skip


@pytest.mark.slow
@together("made", KERAS_FILES.values())
def test_weights_of_keras_that_are_none_are_refused(made: Callable[[], bytes]) -> None:
    refused("a.weights.h5", made())


def keras_file(
    settings: str | bytes = "{}", kind: int = zipfile.ZIP_STORED, content: bytes = b"", **more: bytes
) -> bytes:
    """An archive as Keras writes it."""
    with io.BytesIO() as file:
        with zipfile.ZipFile(file, "w", kind) as archive:
            archive.writestr("config.json", settings)
            archive.writestr("model.weights.h5", content or weights())
            for name, data in more.items():
                archive.writestr(name, data)
        return file.getvalue()


def sequential(*layers: dict[str, Any]) -> str:
    return json.dumps({"class_name": "Sequential", "config": {"name": "s", "layers": list(layers)}})


LSTM: Final = {
    "class_name": "LSTM", "module": "keras.layers",
    "config": {"name": "lstm", "activation": "tanh", "recurrent_activation": "sigmoid", "return_sequences": True},
}  # fmt: skip


def other(**config: object) -> dict[str, Any]:
    return LSTM | {"config": {**LSTM["config"], **config}}  # type: ignore[dict-item]


def nested(depth: int) -> str:
    text = sequential(LSTM)
    for _ in range(depth):
        text = f'{{"class_name": "Sequential", "config": {{"name": "s", "layers": [{text}]}}}}'
    return text


def twice(name: str) -> bytes:
    """An archive with two entries of one name."""
    whole = keras_file(sequential(LSTM), **{"x" * len(name): b"{}"})
    return whole.replace(b"x" * len(name), name.encode())


ARCHIVES: Final[dict[str, Callable[[], bytes]]] = {
    "a bomb in deflate": lambda: keras_file(kind=zipfile.ZIP_DEFLATED, more=b"\0" * 100_000_000),
    "a bomb in bzip2": lambda: keras_file(" " * 1_000_000, kind=zipfile.ZIP_BZIP2),
    "a bomb in lzma": lambda: keras_file(" " * 1_000_000, kind=zipfile.ZIP_LZMA),
    "settings of 50 MB": lambda: keras_file(b" " * 50_000_000, kind=zipfile.ZIP_DEFLATED),
    "a million brackets": lambda: keras_file("[" * 1_000_000),
    "deep objects": lambda: keras_file('{"a":' * 100_000),
    "models 300 deep": lambda: keras_file(nested(300)),
    "settings in another code": lambda: keras_file(b"\xff\xfe{"),
    "ten thousand files": lambda: keras_file(**{str(k): b"" for k in range(10_000)}),
    "two settings": lambda: twice("config.json"),
    "two files of weights": lambda: twice("model.weights.h5"),
    "no archive": lambda: b"PK\x05\x06" + b"\0" * 10,
    "weights alone": weights,
    "a layer of somebody else": lambda: keras_file(sequential(LSTM | {"module": "os"})),
    "a lambda as activation": lambda: keras_file(sequential(other(activation={"class_name": "__lambda__"}))),
    "an activation that cannot be hashed": lambda: keras_file(sequential(other(recurrent_activation=[["sigmoid"]]))),
    "a name that is a list": lambda: keras_file(sequential(other(name=["a"]))),
    "a name that steers a terminal": lambda: keras_file(sequential(other(name="\x1b[31m"))),
    "layers that are numbers": lambda: keras_file('{"class_name": "Sequential", "config": {"layers": [1, 2]}}'),
    "another layer at its path": lambda: keras_file(sequential(LSTM | {"class_name": "GRU"})),
    "settings of a layer that is not there": lambda: keras_file(sequential(LSTM), content=weights(
        lambda made: made.move("layers/lstm", "layers/lstm_7"))),
}  # fmt: skip


@together("made", ARCHIVES.values())
def test_models_of_keras_that_are_none_are_refused(made: Callable[[], bytes]) -> None:
    refused("a.keras", made())


def test_code_in_a_model_is_not_run(tmp_path: Path) -> None:
    """A layer Lambda has the code of a function in its settings."""
    mark = tmp_path / "executed"
    code = {"class_name": "__lambda__", "config": {"code": f"open({str(mark)!r}, 'w')", "defaults": None}}
    harm = {"class_name": "Lambda", "module": "keras.layers", "config": {"name": "harm", "function": code}}
    found = own.read("a.keras", keras_file(sequential(LSTM, harm)))
    assert own.parts(found)[0].name == "lstm"
    assert not mark.exists()


# --- ONNX ---


def field(number: int, content: bytes) -> bytes:
    """A field of protobuf with bytes in it."""
    return varint(number << 3 | 2) + varint(len(content)) + content


def varint(value: int) -> bytes:
    found = bytearray()
    while value > 127:
        found.append(value & 127 | 128)
        value >>= 7
    return bytes([*found, value])


def graph(content: bytes) -> bytes:
    return field(7, content)


def within(depth: int) -> bytes:
    """A graph in an attribute of a node of a graph, and so on."""
    content = b""
    for _ in range(depth):
        content = field(1, field(5, field(6, content)))  # node, attribute, its graph
    return graph(content)


def claimed(**changes: Any) -> bytes:
    """A node whose W claims other things than it has."""
    whole = onnx.ModelProto.FromString(node("RNN"))
    tensor = next(one for one in whole.graph.initializer if one.name == "W")
    for name, value in changes.items():
        if isinstance(value, list):
            del getattr(tensor, name)[:]
            getattr(tensor, name).extend(value)
        else:
            setattr(tensor, name, value)
    return bytes(whole.SerializeToString())


def external() -> bytes:
    whole = onnx.ModelProto.FromString(node("RNN"))
    tensor = whole.graph.initializer[0]
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="/etc/passwd")
    return bytes(whole.SerializeToString())


def external_constant() -> bytes:
    tensor = numpy_helper.from_array(np.ones((1, 3, 3), np.float32), "R")
    tensor.data_location = TensorProto.EXTERNAL
    whole = onnx.ModelProto.FromString(node("RNN"))
    arrays = {one.name: numpy_helper.to_array(one) for one in whole.graph.initializer if one.name != "R"}
    return model([helper.make_node("Constant", [], ["R"], value=tensor), whole.graph.node[0]], arrays)


def shared() -> bytes:
    """A hundred nodes with the same million numbers."""
    big = {"W": np.zeros((1, 1_000, 1_000), np.float32), "R": np.zeros((1, 1_000, 1_000), np.float32)}
    return model([helper.make_node("RNN", ["x", "W", "R"], [f"y{k}"]) for k in range(100)], big)


def identities() -> bytes:
    """Nodes that pass a value on to each other."""
    nodes = [helper.make_node("Identity", [f"v{(k + 1) % 9}"], [f"v{k}"]) for k in range(9)]
    return model([*nodes, helper.make_node("RNN", ["v0", "v1", "v2"], ["y"])], {})


ONNX_FILES: Final[dict[str, Callable[[], bytes]]] = {
    "nothing": lambda: b"",
    "zeros": lambda: b"\0" * 1_000,
    "ones": lambda: b"\xff" * 1_000,
    "a text": lambda: b"model" * 100,
    "thirty million nodes": lambda: graph(b"\x0a\x00" * 30_000_000),
    "a million numbers": lambda: graph(b"\x0a\x00" * 10) + b"\x08\x01" * 1_000_000,
    "unknown fields": lambda: field(1_000, b"") * 1_000_000,
    "shapes of ten million axes": lambda: graph(field(5, field(1, b"\x01" * 10_000_000))),
    "graphs 200 deep": lambda: within(200),
    "graphs 5,000 deep": lambda: within(5_000),
    "a group": lambda: b"\x0b" * 100,
    "a part that is longer than the file": lambda: varint(7 << 3 | 2) + varint(2**40),
    "a number without an end": lambda: b"\x80" * 1_000,
    "a negative shape": lambda: claimed(dims=[-1, 3, 2]),
    "a shape of 2^62": lambda: claimed(dims=[1, 2**62, 2]),
    "a product that overflows": lambda: claimed(dims=[2**32, 2**32, 2]),
    "more numbers than are there": lambda: claimed(dims=[1, 3, 2_000]),
    "no numbers": lambda: claimed(raw_data=b""),
    "an unknown type": lambda: claimed(data_type=99),
    "texts": lambda: claimed(data_type=TensorProto.STRING, raw_data=b""),
    "whole numbers": lambda: claimed(data_type=TensorProto.INT32),
    "numbers in another file": external,
    "a constant in another file": external_constant,
    "numbers that are shared by many nodes": shared,
    "identities in a circle": identities,
    "a thousand recurrent nodes": lambda: model([helper.make_node("RNN", ["x"], [f"y{k}"]) for k in range(1_000)], {}),
    "no inputs": lambda: model([helper.make_node("LSTM", [], ["y"])], {}),
    "no outputs": lambda: model([helper.make_node("LSTM", ["x", "W", "R"], [])], {}),
    "a direction that is a number": lambda: node("RNN", direction=7),
    "activations that are numbers": lambda: node("RNN", activations=[1, 2]),
    "not a number": lambda: node("RNN", weights={"W": np.full((1, 3, 2), np.nan)}),
    "an infinite number": lambda: node("RNN", weights={"B": np.full((1, 6), np.inf)}),
    "no units": lambda: node("RNN", units=0),
    "a name that steers a terminal": lambda: node("RNN").replace(b"layer", b"\x1b[31m"),
}


@together("made", ONNX_FILES.values())
def test_files_in_onnx_that_are_none_are_refused(made: Callable[[], bytes]) -> None:
    refused("a.onnx", made())


# --- Damage ---


@pytest.mark.parametrize(("ending", "cuts"), [("weights.h5", 4), ("keras", 4), ("onnx", 25)])
def test_a_file_that_is_cut_is_refused_wherever(ending: str, cuts: int) -> None:
    whole = saved(ending)
    for length in np.linspace(0, len(whole) * 0.9, cuts).astype(int):
        refused(f"a.{ending}", whole[:length])


@pytest.mark.parametrize(("ending", "cases"), [("weights.h5", 5), ("keras", 5), ("onnx", 200)])
def test_a_file_with_wrong_bytes_is_read_or_refused(ending: str, cases: int) -> None:
    check_wrong_bytes(ending, saved(ending), cases)


def test_what_ends_the_library_ends_not_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """The process ends before it answers, as one does in which the library crashes."""
    monkeypatch.setenv("PYTHONHOME", "/nowhere")
    with pytest.raises(RefusedError, match="the library that reads it ended at this one"):
        own.read("a.weights.h5", weights())


def saved(ending: str) -> bytes:
    if ending == "onnx":
        return node("LSTM")
    return weights() if ending == "weights.h5" else keras_file(sequential(LSTM))


def test_the_same_files_without_a_change_are_read() -> None:
    for ending in ("weights.h5", "keras", "onnx"):
        opened(f"a.{ending}", saved(ending))
