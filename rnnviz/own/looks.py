"""What the content of a network's file looks like, whatever the file is called."""

import io
import zipfile
from collections.abc import Mapping
from pathlib import PurePath
from typing import Final, NamedTuple

from rnnviz.checkpoints.hdf5 import SIGNATURE

ARCHIVE: Final = b"PK\x03\x04"
"""The first bytes of an archive."""


_POINTER: Final = b"version https://git-lfs"


class Looks(NamedTuple):
    """A kind of file: what it is called in a message, and what their names end with, the usual ending first."""

    called: str
    endings: tuple[str, ...]


SAFETENSORS: Final = Looks("a safetensors file", (".safetensors",))
TORCH: Final = Looks("a file of PyTorch", (".pt", ".pth", ".bin", ".ckpt", ".th", ".tar"))
KERAS_MODEL: Final = Looks("a model of Keras", (".keras",))
KERAS_WEIGHTS: Final = Looks("a file of HDF5, as Keras writes it", (".h5", ".hdf5"))
ONNX: Final = Looks("a model in ONNX", (".onnx",))
KINDS: Final = (SAFETENSORS, TORCH, KERAS_WEIGHTS, KERAS_MODEL, ONNX)

_MEMBERS: Final[Mapping[str, Looks]] = {"data.pkl": TORCH, "config.json": KERAS_MODEL}
"""By which member an archive is told."""


def check_ending(ending: str, content: bytes) -> None:
    """Refuse a file that is empty, or that is of another kind than its name says.

    Raises:
        ValueError: What its ending says it is, and what it looks like.

    >>> from rnnviz.own.looks import check_ending
    >>> check_ending(".keras", b"")
    Traceback (most recent call last):
        ...
    ValueError: a file ending in .keras must be a model of Keras; this one is empty
    """
    expected = next(kind for kind in KINDS if ending in kind.endings)
    if not content:
        raise ValueError(f"a file ending in {ending} must be {expected.called}; this one is empty")
    if content.startswith(_POINTER):
        raise ValueError(
            f"a file ending in {ending} must be {expected.called}; this one is a pointer of Git LFS, and the file "
            "itself is elsewhere: get it with git lfs pull"
        )
    got = _looks_like(content)
    if got is not None and got != expected:
        raise ValueError(
            f"a file ending in {ending} must be {expected.called}; this looks like {got.called}: rename it to end with "
            f"{got.endings[0]}"
        )


def _looks_like(content: bytes) -> Looks | None:
    """By the first bytes, and the members of an archive; None if they tell nothing."""
    if content.startswith(SIGNATURE):
        return KERAS_WEIGHTS
    if content.startswith(ARCHIVE):
        members = _members(content)
        return next((kind for name, kind in _MEMBERS.items() if name in members), None)
    length = int.from_bytes(content[:8], "little")
    return SAFETENSORS if content[8:9] == b"{" and 0 < length <= len(content) - 8 else None


def _members(content: bytes) -> set[str]:
    """The names of the files in an archive, without their folders; none of one that cannot be read."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return {PurePath(name).name for name in archive.namelist()}
    except Exception:  # noqa: BLE001 - a damaged archive fails in any of a dozen ways, and whoever reads it says how
        return set()
