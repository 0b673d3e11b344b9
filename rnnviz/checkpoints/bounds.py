"""How large a network's file may be, checked on what the file claims before anything is made of it.

The bound is memory. A visitor's file takes of what all share; one of whoever starts the process may take more.
"""

import math
import os
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final

MOST_BYTES: Final = 64 * 2**20
"""The most bytes of a visitor's file that is opened, and of what an archive unpacks to."""

MOST_WEIGHTS: Final = 20_000_000
"""The most numbers in all tensors of a visitor's file."""

MOST_TENSORS: Final = 2_000

MOST_HEADER: Final = 2**20
"""The most bytes of what describes the tensors: a header of safetensors, a pickle of torch, the settings of Keras."""

_UNKNOWN_MEMORY: Final = 8 * 2**30
"""What is taken for the memory of a machine that does not say how much it has."""


@dataclass(frozen=True)
class Bounds:
    """How large a file may be.

    Attributes:
        bytes: Of the file, and of what an archive unpacks to.
        numbers: In all its tensors.
        why: A sentence for whoever has a larger one.
    """

    bytes: int
    numbers: int
    why: str


_OF_A_VISITOR: Final = Bounds(
    MOST_BYTES,
    MOST_WEIGHTS,
    "All visitors share the server’s memory; python -m rnnviz open FILE takes what a quarter of its machine’s holds",
)
_now: Final = ContextVar("bounds", default=_OF_A_VISITOR)


def bounds() -> Bounds:
    """Those of a visitor, or those that ``within`` has set."""
    return _now.get()


@contextmanager
def within(some: Bounds) -> Iterator[None]:
    """Within it, these are the bounds."""
    token = _now.set(some)
    try:
        yield
    finally:
        _now.reset(token)


def of_the_owner() -> Bounds:
    """For files of whoever has started the process: a quarter of the machine's memory; a number takes four bytes."""
    try:
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # Windows has no sysconf
        memory = _UNKNOWN_MEMORY
    return Bounds(memory // 4, memory // 16, "That is a quarter of this machine’s memory")


def check_bytes(size: int) -> None:
    """Refuse too large a file.

    Raises:
        ValueError: What is the most, and what was got.
    """
    if size > bounds().bytes:
        raise ValueError(f"a file must have at most {bounds().bytes:,} bytes; got {size:,}. {bounds().why}")


def check_sizes(shapes: Mapping[str, tuple[int, ...]]) -> None:
    """Refuse too many tensors, or too many numbers in them.

    Raises:
        ValueError: What is the most, and what was got.
    """
    if not 0 < len(shapes) <= MOST_TENSORS:
        raise ValueError(f"a file must have 1 to {MOST_TENSORS:,} tensors; got {len(shapes):,}")
    total = sum(math.prod(shape) for shape in shapes.values())
    if total > bounds().numbers:
        raise ValueError(f"a network must have at most {bounds().numbers:,} numbers; got {total:,}. {bounds().why}")


def check_archive(archive: zipfile.ZipFile) -> None:
    """Refuse an archive that would unpack to too much.

    Raises:
        ValueError: What is the most, and what was got.
    """
    entries = archive.infolist()
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > bounds().bytes or len(entries) > 2 * MOST_TENSORS:
        raise ValueError(
            f"an archive must unpack to at most {bounds().bytes:,} bytes in {2 * MOST_TENSORS:,} files; "
            f"got {unpacked:,} in {len(entries):,}. {bounds().why}"
        )


def unpacked(archive: zipfile.ZipFile, name: str, most: int) -> bytes:
    """The one entry of an archive under a name, in at most so many bytes, whatever its directory claims.

    Raises:
        ValueError: If there are none or several, it is larger, or packed in a way that cannot be stopped in time.
    """
    found = [entry for entry in archive.infolist() if entry.filename == name]
    if len(found) != 1 or found[0].compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ValueError(f"an archive must have one {name}, stored or deflated; got {len(found)} of that name")
    with archive.open(found[0]) as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise ValueError(f"{name} must have at most {most:,} bytes; it has more")
    return content
