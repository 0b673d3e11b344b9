"""The tensors of a network's file, which anybody may have written: looked at before it is read, and never executed."""

import io
import math
import pickletools
import re
import reprlib
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import PurePath
from typing import Any, Final

import numpy as np
import torch
from safetensors.torch import load as read_safetensors

from rnnviz.checkpoints.storing import parsed, reading

MOST_BYTES: Final = 64 * 2**20
"""The most bytes of a file that is opened."""

MOST_WEIGHTS: Final = 20_000_000
"""The most numbers in all its tensors."""

SAFETENSORS: Final = (".safetensors",)
TORCH: Final = (".pt", ".pth", ".bin", ".ckpt")
ENDINGS: Final = (*SAFETENSORS, *TORCH)
"""What a file's name may end with."""

_MOST_TENSORS: Final = 2_000
_MOST_HEADER: Final = 2**20
"""The most bytes of what lists the tensors: the header of a safetensors file, or the pickle in a file of torch."""

_KNOWN: Final = re.compile(
    r"collections OrderedDict|torch\._utils _rebuild_(tensor_v2|parameter)|torch [A-Z][A-Za-z0-9]{2,14}Storage"
    r"|torch\.storage UntypedStorage|torch (float|bfloat|int|uint)[0-9]{1,2}|torch bool|torch (Size|device)"
)
"""What the pickle of a state dict names. Anything else would be executed, or is no tensor."""

_NESTED: Final = ("state_dict", "model_state_dict", "model", "net", "network", "weights", "params", "module")
"""Under which keys a training keeps the state dict beside its own state."""

_SAVE_AGAIN: Final = (
    "save it again with torch.save(model.state_dict(), path) or safetensors.torch.save_model(model, path)"
)


def read(name: str, content: bytes) -> dict[str, np.ndarray]:
    """Every tensor of numbers of a file, in float32, by its name there.

    Args:
        name: Of the file; its ending says how it is read.
        content: Of a safetensors file, or of a state dict that ``torch.save`` wrote, which may lie beside other state
            of its training.

    Raises:
        RefusedError: What was expected, and what was got, if the file is too large, damaged or no such file, has a
            number that is not finite, or would need code to be executed.

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
            raise ValueError(f"a network's file must end with {', '.join(ENDINGS)}; got {reprlib.repr(name)}")
        if len(content) > MOST_BYTES:
            raise ValueError(f"a file must have at most {MOST_BYTES:,} bytes; got {len(content):,}")
        tensors = _of_safetensors(content) if ending in SAFETENSORS else _of_torch(content)
        return dict(_numbers(tensors))


def _numbers(tensors: Mapping[str, torch.Tensor]) -> Iterator[tuple[str, np.ndarray]]:
    """The tensors of floating-point numbers; the others count batches and the like."""
    _check_sizes({name: tuple(tensor.shape) for name, tensor in tensors.items()})
    if strange := next((name for name in tensors if not name.isprintable()), ""):
        raise ValueError(f"names of tensors must be printable; got {strange[:80]!r}")
    for name, tensor in tensors.items():
        if tensor.dtype.is_floating_point:
            array = tensor.detach().to(torch.float32).contiguous().numpy()
            if not np.isfinite(array).all():
                raise ValueError(f"all numbers must be finite in float32; {name} has some that are not")
            yield name, array


def _check_sizes(shapes: Mapping[str, tuple[int, ...]]) -> None:
    if not 0 < len(shapes) <= _MOST_TENSORS:
        raise ValueError(f"a file must have 1 to {_MOST_TENSORS:,} tensors; got {len(shapes):,}")
    total = sum(math.prod(shape) for shape in shapes.values())
    if total > MOST_WEIGHTS:
        raise ValueError(f"a network must have at most {MOST_WEIGHTS:,} numbers; got {total:,}")


def _of_safetensors(content: bytes) -> dict[str, torch.Tensor]:
    """Its header is looked at first, since it may claim anything."""
    length = int.from_bytes(content[:8], "little")
    if not 0 < length <= min(_MOST_HEADER, len(content) - 8):
        raise ValueError(f"a safetensors file must begin with the length of its header; got {length:,} as that length")
    header = parsed(content[8 : 8 + length])
    _check_sizes({name: _shape(entry) for name, entry in header.items() if name != "__metadata__"})
    return read_safetensors(content)


def _shape(entry: Any) -> tuple[int, ...]:
    shape = entry["shape"]
    if not isinstance(shape, list) or not all(type(size) is int and size >= 0 for size in shape):
        raise ValueError(f"a shape must be whole numbers of at least 0; got {reprlib.repr(shape)}")
    return tuple(shape)


def _of_torch(content: bytes) -> dict[str, torch.Tensor]:
    """What the archive unpacks to and what its pickle names is looked at first."""
    if not zipfile.is_zipfile(io.BytesIO(content)):
        raise ValueError(f"a file of torch must be an archive, as torch 1.6 and later write it; {_SAVE_AGAIN}")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _check_archive(archive)
        loaded = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    except ValueError:
        raise
    except Exception as error:  # a damaged archive fails in any of a dozen ways
        raise ValueError(f"a file of torch must be a whole state dict; {type(error).__name__}: {error}") from error
    return _state_dict(loaded)


def _check_archive(archive: zipfile.ZipFile) -> None:
    entries = archive.infolist()
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > MOST_BYTES or len(entries) > 2 * _MOST_TENSORS:
        raise ValueError(
            f"an archive must unpack to at most {MOST_BYTES:,} bytes in {2 * _MOST_TENSORS:,} files; "
            f"got {unpacked:,} in {len(entries):,}"
        )
    pickles = [entry for entry in entries if PurePath(entry.filename).name == "data.pkl"]
    if len(pickles) != 1 or pickles[0].file_size > _MOST_HEADER:
        raise ValueError(f"an archive of torch must have one data.pkl of at most {_MOST_HEADER:,} bytes; got another")
    for named in _named(archive.read(pickles[0])):
        if not _KNOWN.fullmatch(named):
            raise ValueError(
                f"a file of torch must have tensors alone; it names {reprlib.repr(named.replace(' ', '.'))}, which "
                f"would have to be executed: {_SAVE_AGAIN}"
            )


def _named(pickled: bytes) -> Iterator[str]:
    """What a pickle would import, as "module name", without importing it."""
    for operation, argument, _ in pickletools.genops(pickled):
        if operation.name == "GLOBAL":
            yield str(argument)
        elif operation.name in ("STACK_GLOBAL", "INST", "OBJ", "NEWOBJ", "NEWOBJ_EX", "EXT1", "EXT2", "EXT4"):
            yield f"by {operation.name}"


def _state_dict(loaded: object) -> dict[str, torch.Tensor]:
    """The tensors of what was loaded, or of the state dict in it."""
    for candidate in (loaded, *(loaded.get(key) for key in _NESTED if isinstance(loaded, Mapping))):
        if isinstance(candidate, Mapping):
            tensors = {str(name): value for name, value in candidate.items() if isinstance(value, torch.Tensor)}
            if tensors:
                return tensors
    got = f"keys {reprlib.repr(list(loaded))}" if isinstance(loaded, Mapping) else type(loaded).__name__
    raise ValueError(f"a file of torch must be a state dict, tensors by their names; got {got}: {_SAVE_AGAIN}")
