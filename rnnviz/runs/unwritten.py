"""Runs that the disk does not take: found out before they begin, and read where they are, in memory."""

import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, TypeVar

from rnnviz.runs.stored import keep

_PROBE: Final = 2**16
_MEMORY: Final = Path("/dev/shm")  # noqa: S108 - a folder in it has a name that nobody can guess

Read = TypeVar("Read")


def why_unwritable(folder: Path, size: int = 0) -> str:
    """Why a run of about ``size`` bytes could not be kept on disk, in the words of the system; empty if it could.

    The folder of finished runs is made if it is missing.
    """
    try:
        (folder / "jobs").mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(prefix=".half-done-", dir=folder / "jobs") as probe:
            probe.write(bytes(_PROBE))
            probe.flush()
        free = shutil.disk_usage(folder).free
    except OSError as error:
        return why(error)
    return "" if free >= size else f"it needs {size / 1e6:.0f} MB, and {free / 1e6:.0f} MB are free"


def why(error: OSError) -> str:
    """What the system says, without a path: it is shown to visitors."""
    return error.strerror or type(error).__name__


def read_packed(name: str, packed: Mapping[str, bytes], load: Callable[[Path, str], Read]) -> Read:
    """What a function that reads a finished run from a folder says of one that is in memory.

    ``name`` is the identity of its specs, ``packed`` its files, which are checked as ``keep`` does.

    Raises:
        ValueError: If they are no such run.
        OSError: If there is no place for temporary files either.
    """
    with tempfile.TemporaryDirectory(dir=_MEMORY if os.access(_MEMORY, os.W_OK) else None) as folder:
        keep(Path(folder), name, packed)
        return load(Path(folder), name)
