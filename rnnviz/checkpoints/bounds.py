"""How large a network's file may be, checked on what the file claims before anything is made of it."""

import math
import zipfile
from collections.abc import Mapping
from typing import Final

MOST_BYTES: Final = 64 * 2**20
"""The most bytes of a file that is opened, and of what an archive unpacks to."""

MOST_WEIGHTS: Final = 20_000_000
"""The most numbers in all its tensors."""

MOST_TENSORS: Final = 2_000

MOST_HEADER: Final = 2**20
"""The most bytes of what describes the tensors: a header of safetensors, a pickle of torch, the settings of Keras."""


def check_sizes(shapes: Mapping[str, tuple[int, ...]]) -> None:
    """Refuse too many tensors, or too many numbers in them.

    Raises:
        ValueError: What is the most, and what was got.
    """
    if not 0 < len(shapes) <= MOST_TENSORS:
        raise ValueError(f"a file must have 1 to {MOST_TENSORS:,} tensors; got {len(shapes):,}")
    total = sum(math.prod(shape) for shape in shapes.values())
    if total > MOST_WEIGHTS:
        raise ValueError(f"a network must have at most {MOST_WEIGHTS:,} numbers; got {total:,}")


def check_archive(archive: zipfile.ZipFile) -> None:
    """Refuse an archive that would unpack to too much.

    Raises:
        ValueError: What is the most, and what was got.
    """
    entries = archive.infolist()
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > MOST_BYTES or len(entries) > 2 * MOST_TENSORS:
        raise ValueError(
            f"an archive must unpack to at most {MOST_BYTES:,} bytes in {2 * MOST_TENSORS:,} files; "
            f"got {unpacked:,} in {len(entries):,}"
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
