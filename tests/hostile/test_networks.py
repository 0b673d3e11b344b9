"""Files of networks from anybody: a hundred that are made to harm, and many that are damaged."""

import io
import json
import pickle
import struct
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
import pytest
import torch
from torch import nn

from rnnviz import own
from rnnviz.checkpoints import RefusedError
from tests.own.files import as_safetensors, as_torch, classifier
from tests.together import together

SECONDS: Final = 1.0
MARK: Final = "executed"


def opened(name: str, content: bytes) -> None:
    """Read a file as every way to open one does."""
    tensors = own.read(name, content)
    own.parts(tensors)


# --- Pickles that would run ---


class Calls:
    """What unpickling would call."""

    def __init__(self, function: Callable[..., object], *arguments: object) -> None:
        self.called = function, arguments

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return self.called


def archive(pickled: bytes, name: str = "archive/data.pkl", **others: bytes) -> bytes:
    """An archive as torch writes it, with this pickle."""
    with io.BytesIO() as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
            packed.writestr(name, pickled)
            packed.writestr("archive/version", "3\n")
            for other, content in others.items():
                packed.writestr(f"archive/{other}", content)
        return file.getvalue()


def imports(module: str, name: str, arguments: bytes = b"(S'x'\ntR.") -> bytes:
    """A pickle that imports and calls something by its name."""
    return f"c{module}\n{name}\n".encode() + arguments


NAMED: Final = [
    *(
        ("builtins", name)
        for name in ("eval", "exec", "open", "__import__", "getattr", "bytearray", "compile", "print")
    ),
    *(("os", name) for name in ("system", "popen", "remove", "execv", "_exit", "kill")),
    *(("posix", name) for name in ("system", "fork")),
    *(("subprocess", name) for name in ("Popen", "run", "call", "check_output")),
    *(("torch", name) for name in ("load", "hub", "_C", "save", "classes", "ops", "compile")),
    *(("torch.hub", name) for name in ("load", "download_url_to_file")),
    *(("torch._utils", name) for name in ("_rebuild_tensor_v3", "_import_dotted_name", "_rebuild_wrapper_subclass")),
    *(("collections", name) for name in ("deque", "defaultdict", "Counter", "namedtuple")),
    *(("shutil", name) for name in ("rmtree", "move")),
    *(("pickle", name) for name in ("loads", "load", "Unpickler")),
    ("importlib", "import_module"),
    ("runpy", "run_path"),
    ("webbrowser", "open"),
    ("socket", "create_connection"),
    ("urllib.request", "urlopen"),
    ("numpy", "load"),
    ("numpy.core.multiarray", "_reconstruct"),
    ("marshal", "loads"),
    ("types", "CodeType"),
    ("functools", "partial"),
    ("operator", "attrgetter"),
    ("ctypes", "CDLL"),
    ("code", "interact"),
    ("rnnviz.own", "read"),
    ("__main__", "Model"),
]


@together("module, name", NAMED)
def test_a_pickle_that_names_anything_but_tensors_is_refused(module: str, name: str) -> None:
    for pickled in (imports(module, name), imports(module, name, b"."), b"(i" + f"{module}\n{name}\n".encode() + b"."):
        refused("a.pt", archive(pickled))


def test_nothing_is_executed(tmp_path: Path) -> None:
    mark = tmp_path / MARK
    harm = Calls(Path.touch, mark)
    saved = {"w": torch.ones(2), "harm": harm}
    for content in (as_torch(saved), as_torch(harm), *(archive(pickle.dumps(harm, protocol)) for protocol in range(6))):
        refused("a.pt", content)
        assert not mark.exists()
    for protocol in range(6):
        refused("a.pt", pickle.dumps(harm, protocol))
    assert not mark.exists()
    pickle.loads(pickle.dumps(harm))  # noqa: S301 - the harm is real
    assert mark.exists()


# --- Sizes that are claimed ---


def header(entries: object, data: bytes = b"", length: int | None = None) -> bytes:
    text = json.dumps(entries).encode() if not isinstance(entries, bytes) else entries
    return struct.pack("<Q", len(text) if length is None else length) + text + data


def tensor(shape: object, offsets: object = (0, 4), dtype: object = "F32") -> dict[str, object]:
    return {"weight_hh_l0": {"dtype": dtype, "shape": shape, "data_offsets": offsets}}


CLAIMED: Final[dict[str, bytes]] = {
    "a header of 2^63 bytes": header({}, length=2**63),
    "a header of 2^64 - 1 bytes": header({}, length=2**64 - 1),
    "a header of no bytes": header(b"", length=0),
    "a header longer than the file": header({}, length=100),
    "a shape of 2^63": header(tensor([2**63]), b"1234"),
    "a product of shapes that overflows": header(tensor([2**32, 2**32]), b"1234"),
    "a negative shape": header(tensor([-1]), b"1234"),
    "a shape of texts": header(tensor(["1"]), b"1234"),
    "a shape of truths": header(tensor([True]), b"1234"),
    "no shape": header({"w": {"dtype": "F32", "data_offsets": [0, 4]}}, b"1234"),
    "a shape that is a number": header(tensor(7), b"1234"),
    "offsets beyond the file": header(tensor([1], [0, 2**62]), b"1234"),
    "offsets that go back": header(tensor([1], [4, 0]), b"1234"),
    "offsets that overlap": header(tensor([1]) | {"b": tensor([1])["weight_hh_l0"]}, b"1234"),
    "an unknown type": header(tensor([1], dtype="F31"), b"1234"),
    "more data than is listed": header(tensor([1]), b"1234" * 9),
    "a list": header([1, 2]),
    "a number": header(b"7"),
    "no JSON": header(b"{{{{"),
    "a million brackets": header(b"[" * 1_000_000),
    "deep objects": header(b'{"a":' * 50_000),
    "a name in half a pair": header(b'{"\\ud800": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}', b"1234"),
    "too many tensors": header({str(k): {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]} for k in range(5_000)}),
    "an empty file": b"",
    "seven bytes": b"1234567",
    "zeros": b"\0" * 1_000,
    "ones": b"\xff" * 1_000,
    "a picture": b"\x89PNG\r\n\x1a\n" + b"\0" * 100,
}


@together("content", CLAIMED.values())
def test_what_a_safetensors_file_claims_is_looked_at_first(content: bytes) -> None:
    refused("a.safetensors", content)
    refused("a.pt", content)


def claimed_archive(size: int) -> bytes:
    """An archive whose directory says that its pickle unpacks to so many bytes."""
    content = bytearray(archive(b"."))
    at = content.rindex(b"PK\x01\x02", 0, content.rindex(b"PK\x01\x02"))
    struct.pack_into("<I", content, at + 24, size)
    return bytes(content)


BOMBS: Final[dict[str, Callable[[], bytes]]] = {
    "a pickle of 100 MB": lambda: archive(b"\0" * 100_000_000),
    "a tensor of 100 MB": lambda: archive(b".", **{"data/0": b"\0" * 100_000_000}),
    "a claim of 4 GB": lambda: claimed_archive(2**32 - 2),
    "ten thousand files": lambda: archive(b".", **{str(k): b"" for k in range(10_000)}),
    "two pickles": lambda: archive(b".", **{"more/data.pkl": b"."}),
    "no pickle": lambda: archive(b".", name="archive/other"),
    "a view of 2^40 numbers": lambda: as_torch({"weight_hh_l0": torch.zeros(1).expand(2**40)}),
    "a view of 2^20 x 2^20 numbers": lambda: as_torch({"w": torch.zeros(1, 1).expand(2**20, 2**20)}),
    "25 million numbers": lambda: as_safetensors({"w": torch.zeros(25_000_000, dtype=torch.float16)}),
    "a text of 2^62 letters": lambda: archive(b"\x8d" + struct.pack("<Q", 2**62) + b"x."),
    "a number of 2^31 digits": lambda: archive(b"\x8b" + struct.pack("<i", 2**31 - 1) + b"1."),
    "a memo that grows": lambda: archive(b"]q\0" + b"h\0a" * 10_000 + b"."),
}


@together("made", BOMBS.values())
def test_no_archive_unpacks_to_more_than_there_is_room(made: Callable[[], bytes]) -> None:
    content = made()
    refused("a.pt" if content[:2] == b"PK" else "a.safetensors", content)


# --- Damage ---


@pytest.mark.parametrize("ending", ["pt", "safetensors"])
def test_a_file_that_is_cut_is_refused_wherever(ending: str) -> None:
    whole = saved(ending)
    for length in np.linspace(0, len(whole) - 1, 25).astype(int):
        refused(f"a.{ending}", whole[:length])


@pytest.mark.parametrize("ending", ["pt", "safetensors"])
def test_a_file_with_wrong_bytes_is_read_or_refused(ending: str) -> None:
    check_wrong_bytes(ending, saved(ending), 60)


@pytest.mark.parametrize(
    "name",
    ["\u202egpj", "\x1b[31mred", "a\0b", "💣" * 50, "\u0000", "../../etc/passwd", "<script>", "$(rm -rf /)", "\r\n"],
)
def test_strange_names_are_quoted_without_effect(name: str) -> None:
    refused(f"{name}.exe", b"")
    refused(f"{name}.pt", as_torch({name: torch.ones(2, 2)}))
    refused("a.safetensors", as_safetensors({name: torch.ones(2, 2)}))
    recurrent = as_torch({f"{name}.{key}": value for key, value in nn.RNN(2, 3).state_dict().items()})
    if name.isprintable():
        (part,) = own.parts(own.read("a.pt", recurrent))
        assert part.name == name
    else:
        refused("a.pt", recurrent)


def saved(ending: str) -> bytes:
    state = classifier().state_dict()
    return as_torch(state) if ending == "pt" else as_safetensors(state)


def check_wrong_bytes(ending: str, whole: bytes, cases: int) -> None:
    """Files with up to eight wrong bytes are read or refused, in time."""
    rng = np.random.default_rng(0)
    for _ in range(cases):
        damaged = bytearray(whole)
        for place in rng.integers(len(whole), size=rng.integers(1, 9)):
            damaged[place] = rng.integers(256)
        began = time.process_time()
        try:
            opened(f"a.{ending}", bytes(damaged))
        except RefusedError as error:
            told(str(error))
        assert time.process_time() - began < SECONDS


def refused(name: str, content: bytes) -> None:
    """It is refused in time, with a message of a length and of signs that can be shown."""
    began = time.process_time()
    with pytest.raises(RefusedError) as caught:
        opened(name, content)
    assert time.process_time() - began < SECONDS
    told(str(caught.value))


def told(message: str) -> None:
    assert 10 < len(message) <= 900
    assert "\x1b" not in message
    assert "\0" not in message
