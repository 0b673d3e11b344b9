"""The arrays of an HDF5 file that anybody may have written, read by a process of its own.

The library that reads HDF5 is written in C, and a damaged file can make it crash. So it is loaded in a process that
reads one file and ends: ``python -m rnnviz.checkpoints.hdf5``. What the file claims is looked at there first.
"""

import io
import json
import os
import reprlib
import subprocess
import sys
from collections import deque
from collections.abc import Collection, Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Final

import numpy as np

from rnnviz import places
from rnnviz.checkpoints.bounds import MOST_HEADER, MOST_TENSORS, Bounds, bounds, check_sizes, within
from rnnviz.checkpoints.storing import packed, unpacked

if TYPE_CHECKING:
    import h5py

SIGNATURE: Final = b"\x89HDF\r\n\x1a\n"
"""The first bytes of a file of HDF5."""

NOTES: Final = ("model_config", "keras_version")
"""What a file of Keras before 3 has at its root beside its weights: its settings and who wrote it."""

_MOST_MEMBERS: Final = 4 * MOST_TENSORS
"""The most groups and arrays; it also ends a walk through groups that contain each other."""

_LONGEST: Final = 1_000
"""The most letters of a path, which also bounds how deep groups are."""

_SECONDS: Final = 30
_LEAST_MEMORY: Final = 2 * 2**30
_COPIES: Final = 5
"""How often the numbers of a file are in memory at most: the file, its arrays, and what is handed on."""

_REFUSED: Final = 3
"""How the process ends if the file is not what it should be; it ends otherwise if the library crashes."""


def contents(content: bytes, without: Collection[str] = ()) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """The arrays of floating-point numbers by their paths, and the texts of those ``NOTES`` that the root has.

    Args:
        content: Of the file, whose size is checked.
        without: Members of the root that are passed over.

    Raises:
        ValueError: If an array is stored in another way than in one piece within the file, something is neither a
            group nor an array of numbers, or the file is damaged.
    """
    try:
        ended = subprocess.run(  # noqa: S603 - our own
            [sys.executable, "-P", "-m", "rnnviz.checkpoints.hdf5", json.dumps(asdict(bounds())), *without],
            input=content, capture_output=True, check=False, timeout=_SECONDS,
            env={**os.environ, **places.search_path(), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise ValueError(f"a file of HDF5 must be read in {_SECONDS} seconds; this one took longer") from None
    if ended.returncode == _REFUSED:
        raise ValueError(ended.stderr.decode("utf-8", "replace"))
    if ended.returncode:
        raise ValueError("a file of HDF5 must be whole; the library that reads it ended at this one")
    arrays, note = unpacked(ended.stdout)
    return dict(sorted(arrays.items())), note  # safetensors gives them in any order


def main(most: Bounds, without: Collection[str]) -> int:
    """Read a file from the standard input and write what is in it, or why it is refused; for ``contents`` alone."""
    memory = max(_LEAST_MEMORY, _COPIES * most.bytes)
    if sys.platform == "linux":  # others have no such limit, or do not keep it
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    content = sys.stdin.buffer.read()
    try:
        with within(most):
            sys.stdout.buffer.write(packed(*_read(content, without)))
    except Exception as error:  # noqa: BLE001 - a damaged file fails in any of a dozen ways
        reason = str(error) if type(error) is ValueError else _damaged(content, error)
        sys.stderr.buffer.write(f"a file of HDF5 must be as Keras writes it; {reason}".encode("utf-8", "replace"))
        return _REFUSED
    return 0


def _damaged(content: bytes, error: Exception) -> str:
    """What is wrong with a file that the library does not read, before what the library says."""
    what = "this one is damaged or cut short" if content.startswith(SIGNATURE) else "got other bytes"
    return f"{what}: {type(error).__name__}: {error}"


def _read(content: bytes, without: Collection[str]) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    import h5py

    with h5py.File(io.BytesIO(content), "r") as file:
        found = {path: data for path, data in _members(file, without) if _is_of_numbers(path, data)}
        check_sizes({path: data.shape for path, data in found.items()})
        notes = {name: _text(file, name) for name in NOTES if name in file.attrs}
        return {path: data[()].astype(data.dtype.newbyteorder("=")) for path, data in found.items()}, notes


def _members(file: "h5py.File", without: Collection[str]) -> "Iterator[tuple[str, h5py.Dataset]]":
    """Every array with its path; each group is entered by links within the file alone."""
    import h5py

    waiting: deque[tuple[str, h5py.Group]] = deque([("", file)])
    count = 0
    while waiting:
        path, group = waiting.popleft()
        count += len(group)
        if count > _MOST_MEMBERS:
            raise ValueError(
                f"a file of HDF5 must have at most {_MOST_MEMBERS:,} members; it has more, or groups within each other"
            )
        for name in group:
            where = f"{path}/{name}".lstrip("/")
            if where in without:
                continue
            if len(where) > _LONGEST:
                raise ValueError(f"a path must have at most {_LONGEST:,} letters; got {reprlib.repr(where)}")
            if not isinstance(group.get(name, getlink=True), h5py.HardLink):
                raise ValueError(f"a file must have no links to elsewhere; {reprlib.repr(where)} is one")  # noqa: TRY004
            member = group[name]
            if isinstance(member, h5py.Group):
                waiting.append((where, member))
            elif isinstance(member, h5py.Dataset):
                yield where, member
            else:
                raise ValueError(f"a file must have groups and arrays; {reprlib.repr(where)} is neither")  # noqa: TRY004


def _is_of_numbers(path: str, data: "h5py.Dataset") -> bool:
    """Whether an array is of floating-point numbers; ValueError if it is of no numbers, or not plainly there."""
    import h5py

    where = reprlib.repr(path)
    if data.dtype.kind not in "fiub" or data.shape is None:
        raise ValueError(f"arrays must be of numbers; {where} is of {str(data.dtype)[:40]}, shape {data.shape}")
    stored = data.id.get_create_plist()
    if stored.get_nfilters() or stored.get_external_count():
        raise ValueError(f"arrays must be neither compressed nor in other files, as Keras writes them; {where} is")
    if stored.get_layout() not in (h5py.h5d.CONTIGUOUS, h5py.h5d.COMPACT):
        raise ValueError(f"arrays must be stored in one piece, as Keras writes them; {where} is not")
    if data.id.get_storage_size() != data.nbytes:
        raise ValueError(f"{where} must have {data.nbytes:,} bytes; got {data.id.get_storage_size():,}")
    return bool(data.dtype.kind == "f" and data.dtype.itemsize in (2, 4, 8))


def _text(file: "h5py.File", name: str) -> str:
    """An attribute of the root."""
    claimed = file.attrs.get_id(name)
    if claimed.shape != () or claimed.get_storage_size() > MOST_HEADER:
        raise ValueError(f"{name} must be one text of at most {MOST_HEADER:,} bytes; got another")
    found = file.attrs[name]
    text = found.decode("utf-8") if isinstance(found, bytes) else str(found)
    if len(text) > MOST_HEADER:
        raise ValueError(f"{name} must have at most {MOST_HEADER:,} letters; got {len(text):,}")
    return text


if __name__ == "__main__":
    sys.exit(main(Bounds(**json.loads(sys.argv[1])), sys.argv[2:]))
