"""The tensors of a network's file, which anybody may have written: looked at before it is read, and never executed."""

import io
import pickletools
import re
import reprlib
import threading
import zipfile
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePath
from typing import Any, Final

import numpy as np
import torch
from safetensors.torch import load as read_safetensors

from rnnviz.checkpoints import UNKNOWN
from rnnviz.checkpoints.bounds import (
    MOST_HEADER,
    bounds,
    check_archive,
    check_bytes,
    check_sizes,
    of_the_owner,
    unpacked,
    within,
)
from rnnviz.checkpoints.checkpoint import STARTS
from rnnviz.checkpoints.files import NOTE, TOKENIZER, tokenizer_of
from rnnviz.checkpoints.storing import content_of, parsed, reading, unpacked_format
from rnnviz.extras import PACKAGES
from rnnviz.names import Reset
from rnnviz.own import keras, looks, normed, onnx_files
from rnnviz.own.onnx_graph import Beside
from rnnviz.own.parts import is_recurrent
from rnnviz.own.stacks import Tensors
from rnnviz.own.vocabulary import Vocabulary, of_tokens

SAFETENSORS: Final = looks.SAFETENSORS.endings
KERAS: Final = (*looks.KERAS_WEIGHTS.endings, *looks.KERAS_MODEL.endings)
ONNX: Final = looks.ONNX.endings
ENDINGS: Final = tuple(ending for kind in looks.KINDS for ending in kind.endings)
"""What a file's name may end with."""

_KNOWN: Final = re.compile(
    r"collections (OrderedDict|Counter)|_codecs encode|(__builtin__|builtins) set"
    r"|torch\._utils _rebuild_(tensor_v2|parameter)"
    r"|torch [A-Z][A-Za-z0-9]{2,14}Storage|torch\.storage UntypedStorage"
    r"|torch (float|bfloat|int|uint)[0-9]{1,2}|torch bool|torch (Size|device)"
)
"""What the pickle of a state dict names."""

_BEFORE_ARCHIVES: Final = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."
"""How a file begins that torch before 1.6 wrote, or that was saved so: the pickle of a number."""

_ASIDE: Final = re.compile(
    r"(?!torch(?!\.(?:nn|optim)\.)[ .]|builtins |__builtin__ |by )[A-Za-z_][A-Za-z0-9_.]* [A-Za-z_][A-Za-z0-9_.]*"
)
"""What may stand beside it, of any class: losses of numpy, settings, a scheduler. What torch would make itself is not
set aside: some of it takes any room that the file asks for."""

_NESTED: Final = ("state_dict", "model_state_dict", "model", "net", "network", "weights", "params", "module")
"""Under which keys a training keeps the state dict beside its own state."""

_SAVE_AGAIN: Final = (
    "save it again with torch.save(model.state_dict(), path) or safetensors.torch.save_model(model, path)"
)


_NOT_PLAIN: Final = {
    "torch.jit": "this is a model of TorchScript, which has its code: torch.save(torch.jit.load(path).state_dict(), "
    "'mine.pt') writes its tensors",
    "torch.ScriptObject": "this one has the packed weights of quantized layers: save the state dict of the model "
    "before it is quantized",
}
"""What a pickle may name that says what the file is, and what to do then."""

_SAVED_MODEL: Final = (
    "a SavedModel of TensorFlow, a folder with saved_model.pb: load it and save it again with model.save('mine.keras')"
)


def read(name: str, content: bytes, beside: Beside | None = None) -> Tensors:
    """Every tensor of numbers of a file, in float32, by its name there.

    Args:
        name: Of the file; its ending says how it is read.
        content: Of a safetensors file; of a state dict that ``torch.save`` wrote, which may lie beside other state
            of its training; of a model or the weights of Keras; or of a model in ONNX. The last two need h5py and
            onnx, and their recurrent layers have torch's names, shapes and order of gates here.
        beside: Gives the content of a file that lies beside it, by its name: ONNX may have its numbers there.

    Raises:
        RefusedError: What was expected, and what was got, if the file is too large, damaged or no such file, has a
            number that is not finite or a layer that torch does not have, or would need code to be executed.

    >>> import torch
    >>> from safetensors.torch import save
    >>> from rnnviz import own
    >>> own.read("mine.safetensors", save({"rnn.weight_hh_l0": torch.eye(2)}))
    {'rnn.weight_hh_l0': array([[1., 0.],
           [0., 1.]], dtype=float32)}
    """
    with reading():
        ending = PurePath(name).suffix.lower()
        if ending not in ENDINGS:
            got = f"{reprlib.repr(name)}{f' of {_SAVED_MODEL}' if ending == '.pb' else ''}"
            raise ValueError(f"a network's file must end with {', '.join(ENDINGS)}; got {got}")
        check_bytes(len(content))
        looks.check_ending(ending, content)
        tensors = _of_any(ending, content, beside)
        check_sizes({name: tensor.shape for name, tensor in tensors.items()})
        checked = {name: _float32(name, tensor) for name, tensor in tensors.items() if not _is_mask(tensor)}
        is_ours = ending in SAFETENSORS
        return Tensors(
            checked, tensors.nonlinearities, tensors.poolings, _noted_reset(content) if is_ours else tensors.resets,
            tensors.embeddings, vocabulary=_noted_vocabulary(content) if is_ours else tensors.vocabulary,
            left_out=tensors.left_out, assumed=tensors.assumed, says_readers=tensors.says_readers,
            starts=_noted_starts(content, checked) if is_ours else tensors.starts,
        )  # fmt: skip


def beside(name: str, content: bytes) -> tuple[str, ...]:
    """The names of the files beside a network's file in which it has numbers, which ONNX may have.

    Raises:
        RefusedError: If it is no model in ONNX, whose name ends so.
    """
    if not name.lower().endswith(ONNX):
        return ()
    with reading():
        looks.check_ending(PurePath(name).suffix.lower(), content)
        return onnx_files.beside(content)


def read_file(path: Path) -> tuple[Tensors, bytes]:
    """The tensors of a file, and its bytes with those of the files beside it that it has its numbers in.

    The file is that of whoever has started the process, and may be larger than a visitor's.
    """
    with within(of_the_owner()):
        return _read_file(path)


def _read_file(path: Path) -> tuple[Tensors, bytes]:
    with reading("a network's file"):
        if path.is_dir():
            got = _SAVED_MODEL if Path(path, "saved_model.pb").exists() else "a folder"
            raise ValueError(f"a network must be a file; got {got}")
        content = content_of(path, bounds().bytes)
    others: dict[str, bytes] = {}

    def beside(name: str) -> bytes:
        if name not in others:
            others[name] = content_of(path.with_name(name), bounds().bytes)
        return others[name]

    tensors = read(path.name, content, beside)
    return tensors, b"".join((content, *others.values()))


def package_for(name: str) -> str:
    """What pip installs so that a file of that name is read, beside what rnnviz requires; empty for nothing.

    >>> from rnnviz.own.tensors import package_for
    >>> package_for("mine.keras"), package_for("mine.pt")
    ('h5py>=3.11', '')
    """
    ending = PurePath(name).suffix.lower()
    extra = "keras" if ending in KERAS else "onnx" if ending in ONNX else ""
    return " ".join(PACKAGES[extra].values()) if extra else ""


def _of_any(ending: str, content: bytes, beside: Beside | None) -> Tensors:
    if ending in KERAS:
        return keras.read(ending, content)
    if ending in ONNX:
        return onnx_files.read(content, beside)
    return _numbers(_of_safetensors(content) if ending in SAFETENSORS else _of_torch(content))


def _numbers(tensors: Mapping[str, torch.Tensor]) -> Tensors:
    """The tensors of floating-point numbers; the others count batches and the like."""
    check_sizes({name: tuple(tensor.shape) for name, tensor in tensors.items()})
    numbers = {name: tensor for name, tensor in tensors.items() if tensor.dtype.is_floating_point}
    return Tensors({name: one.detach().to(torch.float32).numpy() for name, one in normed.joined(numbers).items()})


def _is_mask(tensor: np.ndarray) -> bool:
    """Whether a tensor only says which places count, by 0 and -inf."""
    places = tensor == -np.inf
    return bool(places.any() and (places | (tensor == 0)).all())


def _float32(name: str, tensor: np.ndarray) -> np.ndarray:
    if not name.isprintable():
        raise ValueError(f"names of tensors must be printable; got {name[:80]!r}")
    with np.errstate(over="ignore"):  # what does not fit is refused as infinite
        array = np.ascontiguousarray(tensor, np.float32)
    if not np.isfinite(array).all():
        raise ValueError(f"all numbers must be finite in float32; {name} has some that are not")
    return array


def _of_safetensors(content: bytes) -> dict[str, torch.Tensor]:
    """Its header is looked at first, since it may claim anything."""
    length = int.from_bytes(content[:8], "little")
    if not 0 < length <= min(MOST_HEADER, len(content) - 8):
        raise ValueError(f"a safetensors file must begin with the length of its header; got {length:,} as that length")
    header = parsed(content[8 : 8 + length])
    check_sizes({name: _shape(entry) for name, entry in header.items() if name != "__metadata__"})
    try:
        found = read_safetensors(content)
        return {name: found[name] for name in header if name in found}  # it has them in any order
    except Exception as error:  # of safetensors, which has its own
        raise ValueError(
            f"a safetensors file must be whole; this one is damaged or cut short: {type(error).__name__}: {error}"
        ) from error


def _noted_reset(content: bytes) -> dict[str, Reset]:
    """Where ``checkpoints.save`` noted that a GRU resets before the product; it names no path of its weights."""
    try:
        reset = unpacked_format(content, NOTE)[1]["trained_by"]["reset"]
    except (LookupError, TypeError, ValueError):
        return {}
    return {"": "before"} if reset == "before" else {}


def _noted_starts(content: bytes, tensors: Mapping[str, np.ndarray]) -> dict[str, tuple[str, ...]]:
    """The states that a network begins with which ``checkpoints.save`` wrote; none in files of others."""
    try:
        unpacked_format(content, NOTE)
    except (LookupError, TypeError, ValueError):
        return {}
    found = tuple(name for name in STARTS if name in tensors)
    return {"": found} if found else {}


def _noted_vocabulary(content: bytes) -> Vocabulary | None:
    """The vocabulary that ``checkpoints.save`` noted beside the tensors; None in files of others."""
    try:
        arrays, about = unpacked_format(content, NOTE)
        found = of_tokens(tuple(about["vocabulary"]))
        if TOKENIZER not in arrays:
            return found
        return replace(found, unknown=about.get("unknown", UNKNOWN), tokenizer=tokenizer_of(arrays[TOKENIZER]))
    except (LookupError, TypeError, ValueError):
        return None


def _shape(entry: Any) -> tuple[int, ...]:
    shape = entry["shape"]
    if not isinstance(shape, list) or not all(type(size) is int and size >= 0 for size in shape):
        raise ValueError(f"a shape must be whole numbers of at least 0; got {reprlib.repr(shape)}")
    return tuple(shape)


def _of_torch(content: bytes) -> dict[str, torch.Tensor]:
    """What the archive unpacks to and what its pickle names is looked at first."""
    if not zipfile.is_zipfile(io.BytesIO(content)):
        if content.startswith(looks.ARCHIVE):
            raise ValueError(
                f"a file of torch must be a whole archive; this one is damaged or cut short: {_SAVE_AGAIN}"
            )
        if not content.startswith(_BEFORE_ARCHIVES):
            raise ValueError(f"a file of torch must be what torch.save writes; got other bytes: {_SAVE_AGAIN}")
    try:
        aside = _set_aside(_pickles_in(content))
        loaded = _loaded(content, aside)
    except ValueError:
        raise
    except Exception as error:  # a damaged archive fails in any of a dozen ways
        raise ValueError(f"a file of torch must be a whole state dict; {type(error).__name__}: {error}") from error
    return _state_dict(loaded, aside)


class _Aside:
    """What a training keeps beside its weights, of any class: nothing is made of it."""

    def __new__(cls, *_: object) -> "_Aside":
        return super().__new__(cls)

    def __setstate__(self, _: object) -> None: ...


_loading: Final = threading.Lock()
"""What torch may name while it loads is the same for all threads."""


def _loaded(content: bytes, aside: Collection[str]) -> object:
    """What torch loads, without the classes that are set aside."""
    with _loading, torch.serialization.safe_globals([(_Aside, name) for name in aside]):
        return torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)


def _pickles_in(content: bytes) -> list[bytes]:
    """The pickles of a file, without the numbers of its tensors."""
    if content.startswith(_BEFORE_ARCHIVES):
        return list(_pickles_before_archives(content))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        check_archive(archive)
        pickles = [entry for entry in archive.infolist() if PurePath(entry.filename).name == "data.pkl"]
        if len(pickles) != 1 or pickles[0].file_size > MOST_HEADER:
            raise ValueError(
                f"an archive of torch must have one data.pkl of at most {MOST_HEADER:,} bytes; got another"
            )
        return [unpacked(archive, pickles[0].filename, MOST_HEADER)]


def _pickles_before_archives(content: bytes) -> Iterator[bytes]:
    """Of a number, a version, the machine, what was saved, and the keys of its numbers, which follow."""
    stream = io.BytesIO(content)
    for _ in range(5):
        begin = stream.tell()
        for _, _, position in pickletools.genops(stream):
            if (position or 0) - begin > MOST_HEADER:
                raise ValueError(f"what a file of torch names must have at most {MOST_HEADER:,} bytes; it has more")
        yield content[begin : stream.tell()]


def _set_aside(pickles: Iterable[bytes]) -> list[str]:
    """What pickles name beside tensors, whose classes are not loaded; ValueError if that could run anything."""
    names = dict.fromkeys(name for pickled in pickles for name in _named(pickled))
    others = [name for name in names if not _KNOWN.fullmatch(name)]
    for name in others:
        if not _ASIDE.fullmatch(name):
            raise ValueError(_executed(name))
    return [name.replace(" ", ".") for name in others]


def _executed(named: str) -> str:
    named = named.replace(" ", ".")
    for kind, remedy in _NOT_PLAIN.items():
        if named.startswith(kind):
            return f"a file of torch must have tensors alone; {remedy}"
    return (
        f"a file of torch must have tensors alone; it names {reprlib.repr(named)}, which would have "
        f"to be executed: {_SAVE_AGAIN}"
    )


def _named(pickled: bytes) -> Iterator[str]:
    """What a pickle would import, as "module name", without importing it."""
    for operation, argument, _ in pickletools.genops(pickled):
        if operation.name == "GLOBAL":
            yield str(argument)
        elif operation.name in ("STACK_GLOBAL", "INST", "OBJ", "NEWOBJ_EX", "EXT1", "EXT2", "EXT4"):
            yield f"by {operation.name}"


def _state_dict(loaded: object, aside: Sequence[str]) -> dict[str, torch.Tensor]:
    """The tensors of what was loaded, or of the state dicts in it.

    Args:
        aside: What stands in the file as an object that was not loaded.
    """
    found = _state_dicts(loaded)
    usual = {path: found[path] for path in ("", *_NESTED) if path in found}
    nested = {path: tensors for path, tensors in found.items() if path}
    joined = {f"{path}.{name}": one for path, tensors in nested.items() for name, one in tensors.items()}
    # Of a module each, as an encoder and a decoder, all are one network.
    candidates: list[dict[str, torch.Tensor]] = [
        *usual.values(),
        *(nested.values() if len(nested) == 1 else ()),
        joined,
    ]
    for tensors in candidates:
        if any(map(is_recurrent, tensors)):
            return tensors
    if found:
        return candidates[0]
    if aside:
        raise ValueError(_executed(aside[0]))
    got = f"keys {reprlib.repr(list(loaded))}" if isinstance(loaded, Mapping) else type(loaded).__name__
    raise ValueError(f"a file of torch must be a state dict, tensors by their names; got {got}: {_SAVE_AGAIN}")


def _state_dicts(loaded: object, path: str = "", depth: int = 3) -> dict[str, dict[str, torch.Tensor]]:
    """The tensors of every mapping in a mapping, by its path, but for those of optimizers."""
    if not isinstance(loaded, Mapping) or depth == 0:
        return {}
    tensors = {str(name): value for name, value in loaded.items() if isinstance(value, torch.Tensor)}
    found = {path: tensors} if tensors else {}
    for name, value in loaded.items():
        if isinstance(name, str) and "optim" not in name.lower():
            found |= _state_dicts(value, f"{path}.{name}".lstrip("."), depth - 1)
    return found
