"""The index of a network over a long text: made once by reading it, kept as a file of bits beside finished runs.

A file has the bits and after them, as JSON, what they are of and their digest. A file in the making is never cut short
and is renamed once it is whole, so others may look into it meanwhile. Looking deletes nothing: only a new index takes
the place of a damaged one.
"""

import hashlib
import json
import math
import os
import re
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

import numpy as np

from rnnviz.characters.network import CharacterModel
from rnnviz.characters.streams import stretches
from rnnviz.checkpoints import runs_folder
from rnnviz.matching.search import THRESHOLDS, Bits, levels

STREAMS: Final = 64
"""Stretches of the text that are read side by side."""

WARM_UP: Final = 512
"""Characters that are read before each stretch but the first."""

KEPT: Final = 4
"""The most indexes that are kept; those whose use is longest ago go first."""

PARTIAL: Final = re.compile(r"\.making-[0-9a-f]{16}-\w{1,16}")
"""What an index in the making is called."""

FOLDER: Final = "indexes"
"""Among the finished runs."""

_PIECE: Final = 256
_FORMAT: Final = 2
_LEFT_OVER_AFTER: Final = 3600.0
_LONGEST_NOTE: Final = 65_536


@dataclass(frozen=True)
class IndexSpec:
    """An index, whether it is there or not.

    Attributes:
        network: The network's numbers, from ``fingerprint``.
        text: The text's ``key``.
        signal: One of ``THRESHOLDS``.
        characters: A multiple of 64 x ``STREAMS``.
    """

    network: str
    text: str
    signal: str
    units: int
    characters: int

    def __post_init__(self) -> None:
        if self.signal not in THRESHOLDS:
            raise ValueError(f"signal must be one of {', '.join(THRESHOLDS)}; got {self.signal!r}")
        if self.characters < 1 or self.characters % (64 * STREAMS):
            raise ValueError(f"a text must be a multiple of {64 * STREAMS:,} characters long; got {self.characters:,}")

    def to_json(self) -> dict[str, Any]:
        """All that the bits depend on, as plain data."""
        facts = {name: getattr(self, name) for name in ("network", "text", "signal", "units", "characters")}
        return {"format": _FORMAT, "thresholds": list(THRESHOLDS[self.signal]), "streams": STREAMS, **facts}

    @property
    def key(self) -> str:
        """Its name in 16 hexadecimal digits."""
        return hashlib.sha256(json.dumps(self.to_json()).encode()).hexdigest()[:16]

    @property
    def shape(self) -> tuple[int, int, int]:
        """Of its ``Bits.planes``."""
        return self.units, 2, self.characters // 8


def folder() -> Path:
    """Where indexes are kept; it need not exist."""
    return runs_folder() / FOLDER


def make(
    model: CharacterModel, text: str, spec: IndexSpec, folder: Path, tell: Callable[[str, int], None] = lambda *_: None
) -> Path:
    """Read the text and keep the index ``spec``, which is of this network and this text; its file comes back.

    ``folder`` is made if it is missing. ``tell`` hears the name of the file in the making and how many characters of
    each stretch are in it. Raises OSError if the disk does not take it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _sweep(folder)
    handle, name = tempfile.mkstemp(prefix=f".making-{spec.key}-", dir=folder)
    os.close(handle)
    partial = Path(name)
    try:
        planes = np.memmap(partial, np.uint8, "w+", shape=spec.shape)
        for read in _fill(planes, model, text, spec):
            tell(partial.name, read)
        planes.flush()
        about = {**spec.to_json(), "digest": _digest(planes)}
        del planes
        with partial.open("ab") as file:
            file.write(json.dumps(about).encode())
        partial.replace(_path(folder, spec))
    finally:
        partial.unlink(missing_ok=True)
    _trim(folder)
    return _path(folder, spec)


def look(spec: IndexSpec, folder: Path) -> Bits | None:
    """The index, its planes on disk, or None if it is not there.

    Raises ValueError if it is damaged. It stays where it is until ``make`` replaces it.
    """
    path = _path(folder, spec)
    try:
        with path.open("rb") as file:
            planes = _mapped(file, spec)
            file.seek(planes.size)
            about = json.loads(file.read(_LONGEST_NOTE))
        if about != {**spec.to_json(), "digest": _digest(planes)}:
            raise ValueError("its bits are not those that its note describes")  # noqa: TRY301 - all of it is told below
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ValueError(f"{path.name} cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path.name} is damaged: {error}") from error
    with suppress(OSError):
        os.utime(path)
    return Bits(planes, spec.characters, STREAMS, spec.characters // STREAMS)


def glance(spec: IndexSpec, folder: Path, partial: str, read: int) -> Bits | None:
    """The part that there is of an index while it is being made; None if it is not there, or not any more.

    ``partial`` is the file's name, as ``make`` tells it; ``read``, how many characters of each stretch are in it.
    """
    if not PARTIAL.fullmatch(partial) or not 0 < read <= spec.characters // STREAMS:
        return None
    try:
        with (folder / partial).open("rb") as file:
            return Bits(_mapped(file, spec), spec.characters, STREAMS, read)
    except (OSError, ValueError):
        return None


def _fill(planes: np.ndarray, model: CharacterModel, text: str, spec: IndexSpec) -> Iterator[int]:
    """Write the bits piece by piece; yield how many characters of each stretch there are."""
    ids = model.alphabet.encode(text[: spec.characters])
    rows = planes.reshape(spec.units, 2, STREAMS, -1)  # (unit, bit, stretch, bytes)
    read = 0
    for values in stretches(model, ids, STREAMS, warm_up=WARM_UP, length=_PIECE, signals=(spec.signal,)):
        array = values[spec.signal]  # (stretch, time, unit)
        reached = levels(array, THRESHOLDS[spec.signal]).transpose(2, 0, 1)  # (unit, stretch, time)
        for bit in (0, 1):
            packed = np.packbits((reached >> (1 - bit)) & 1, axis=2, bitorder="little")
            rows[:, bit, :, read // 8 : read // 8 + packed.shape[2]] = packed
        read += array.shape[1]
        yield read


def _mapped(file: BinaryIO, spec: IndexSpec) -> np.ndarray:
    """The bits of a file, which has at least so many."""
    size, found = math.prod(spec.shape), os.fstat(file.fileno()).st_size
    if found < size:
        raise ValueError(f"it must have at least {size:,} bytes; got {found:,}")
    return np.memmap(file, np.uint8, "r", shape=spec.shape)


def _digest(planes: np.ndarray) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for unit in planes:
        digest.update(np.ascontiguousarray(unit).data)
    return digest.hexdigest()


def _path(folder: Path, spec: IndexSpec) -> Path:
    return folder / f"{spec.key}.bits"


def _sweep(folder: Path) -> None:
    """Remove what processes that were killed have left."""
    for path in folder.glob(".making-*"):
        with suppress(OSError):
            if PARTIAL.fullmatch(path.name) and time.time() - path.stat().st_mtime > _LEFT_OVER_AFTER:
                path.unlink()


def _trim(folder: Path) -> None:
    """Remove the indexes whose use is longest ago."""
    with suppress(OSError):
        paths = sorted(folder.glob("*.bits"), key=lambda path: path.stat().st_mtime, reverse=True)
        for path in paths[KEPT:]:
            path.unlink(missing_ok=True)
