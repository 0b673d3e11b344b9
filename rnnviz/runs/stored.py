"""Finished runs on disk, and in memory where the disk takes none; what is kept of those that go on."""

import os
import re
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from rnnviz.checkpoints.storing import DAMAGED, content_of, refused, write
from rnnviz.history import LARGEST
from rnnviz.runs import kinds
from rnnviz.runs.kind import NETWORK_FILE, PARTIAL, is_identity, partial_place
from rnnviz.runs.kinds import kind_of
from rnnviz.spec import CharacterSpec, ReviewSpec, TrainSpec

SIZE_LIMIT: Final = 200 * 2**20
"""The most bytes of all finished runs together; those whose use is longest ago go first."""

_LEFT_OVER: Final = re.compile(rf"{NETWORK_FILE.pattern}\.[0-9-]+|\.half-done-.*")
_LEFT_OVER_AFTER: Final = 3600.0
"""Seconds after which what a process has begun to write and never finished is removed."""

_ATTEMPTS: Final = 5
"""At a place that others may fill and empty at the same time."""

_LIST: Final = "networks"
"""Of a run's folder: the file that names the files of its networks."""

Read = TypeVar("Read")


def keep(folder: Path, name: str, packed: Mapping[str, bytes], *, limit: int = SIZE_LIMIT) -> None:
    """Put a finished run and its networks on disk, and remove what has not been used for longest.

    It appears as a whole or not at all, also where other processes do the same at that moment.

    Args:
        name: The identity of its specs.
        packed: Its files.
        limit: In bytes, of all runs together.

    Raises:
        ValueError: If a file is damaged, or they are not those of such a run.
        OSError: If the disk does not take them.
    """
    (folder / "jobs").mkdir(parents=True, exist_ok=True)
    half_done = Path(tempfile.mkdtemp(prefix=".half-done-", dir=folder / "jobs"))
    try:
        shared = kinds.kind_of_files(packed).fill(half_done, name, packed)
        (half_done / _LIST).write_text("\n".join(shared), encoding="utf-8")
        for file in shared:
            write(folder / file, packed[file])
        _move(half_done, _place(folder, name))
    finally:
        shutil.rmtree(half_done, ignore_errors=True)
    trim(folder, limit)


def has(folder: Path, name: str) -> bool:
    """Whether a finished run is there."""
    return is_identity(name) and _place(folder, name).is_dir()


def load(folder: Path, name: str) -> Any:
    """The result of a finished run, a History an arm or the network that was trained on reviews or on a text.

    That counts as its use.

    Raises:
        FileNotFoundError: If it is not there, or not any more.
        ValueError: If its files are damaged; they are removed then.
    """
    return _used(folder, name, kinds.load)


def specs_of(folder: Path, name: str) -> tuple[Any, ...]:
    """What a finished run of any kind was asked for with; that counts as its use, and errors are those of ``load``."""
    return _used(folder, name, kinds.specs_of)


def trim(folder: Path, limit: int = SIZE_LIMIT) -> None:
    """Remove the runs whose use is longest ago, with their networks, until the rest has at most ``limit`` bytes.

    What is kept of trainings that go on counts as runs do. Nothing else in the folder is touched.
    """
    kept = sorted(_kept(folder), key=lambda item: item.used)
    networks = dict(_networks(folder))
    wanted = Counter(name for item in kept for name in item.networks)
    for path in _left_over(folder, wanted):
        networks.pop(path.name, None)
        _remove(path)
    total = sum(item.size for item in kept) + sum(networks.values())
    for item in kept:
        if total <= limit:
            break
        _remove(item.path)
        wanted.subtract(item.networks)
        free = [name for name in item.networks if wanted[name] == 0 and name in networks]
        for name in free:
            _remove(folder / name)
        total -= item.size + sum(networks.pop(name) for name in free)


@dataclass(frozen=True)
class _Kept:
    """A run on disk: when it was used last, its bytes, the files of its networks."""

    path: Path
    used: float
    size: int
    networks: tuple[str, ...]


def _place(folder: Path, name: str) -> Path:
    return folder / "jobs" / name


def _used(folder: Path, name: str, read: Callable[[Path, str], Read]) -> Read:
    """What is read of a run, which is removed if it is damaged, and otherwise has been used now."""
    if not is_identity(name):
        raise FileNotFoundError(f"a run must be named by 16 hexadecimal digits; got {name!r:.80}")
    place = _place(folder, name)
    gone = f"the run {name} is not kept, or not any more"
    if (before := _state(place)) is None:
        raise FileNotFoundError(gone)
    try:
        found = read(place, name)
    except DAMAGED as error:
        if _state(place) != before:  # another has removed it, and perhaps kept it again, while it was being read
            raise FileNotFoundError(gone) from error
        _remove(place)
        raise refused(error) from error
    with suppress(OSError):  # a folder that cannot be written to can still be read
        os.utime(place)
    return found


def _move(half_done: Path, place: Path) -> None:
    """Rename a folder; if another process was faster, its equal one stays."""
    for attempt in range(_ATTEMPTS):
        try:
            half_done.rename(place)
        except OSError:
            if place.is_dir():
                with suppress(OSError):
                    os.utime(place)
                return
            if attempt == _ATTEMPTS - 1:
                raise
        else:
            return


def _kept(folder: Path) -> Iterator[_Kept]:
    for path in _listed(folder / "jobs"):
        if is_identity(path.name) or PARTIAL.fullmatch(path.name):
            with suppress(OSError, UnicodeDecodeError):
                size = sum(part.stat().st_size for part in path.iterdir())
                networks = (path / _LIST).read_text(encoding="utf-8").split() if is_identity(path.name) else []
                yield _Kept(path, path.stat().st_mtime, size, tuple(filter(NETWORK_FILE.fullmatch, networks)))


def _networks(folder: Path) -> Iterator[tuple[str, int]]:
    """The files of networks and their bytes."""
    for path in _listed(folder):
        if NETWORK_FILE.fullmatch(path.name):
            with suppress(OSError):
                yield path.name, path.stat().st_size


def _left_over(folder: Path, wanted: Container[str]) -> Iterator[Path]:
    """What processes that were killed have left half done, and networks that belong to no run."""
    for path in (*_listed(folder), *_listed(folder / "jobs")):
        if _LEFT_OVER.fullmatch(path.name) or (NETWORK_FILE.fullmatch(path.name) and path.name not in wanted):
            with suppress(OSError):
                if time.time() - path.stat().st_mtime > _LEFT_OVER_AFTER:
                    yield path


def _state(folder: Path) -> tuple[int, int] | None:
    """Which folder this is, and when something in it has changed; None if there is none."""
    try:
        found = folder.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns


def _listed(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []


def _remove(path: Path) -> None:
    """Without complaint, as another process may be at it too; a folder goes out of sight as a whole."""
    with suppress(OSError):
        if not path.is_dir():
            path.unlink()
            return
        gone = Path(tempfile.mkdtemp(prefix=".half-done-", dir=path.parent))
        with suppress(OSError):
            path.rename(gone / path.name)
        shutil.rmtree(gone, ignore_errors=True)


# --- Runs that the disk does not take ---


_PROBE: Final = 2**16
_MEMORY: Final = Path("/dev/shm")  # noqa: S108 - a folder in it has a name that nobody can guess


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


# --- Trainings that go on: kept on the way, so that they are not lost where their process is killed ---


def read_begun(folder: Path, specs: Sequence[TrainSpec | ReviewSpec | CharacterSpec]) -> bytes:
    """With what a training goes on; empty where ``folder``, that of finished runs, keeps nothing of it."""
    found = kinds.begun(folder, specs)
    if found is not None:
        with suppress(OSError, ValueError):  # another process may just have removed it; one too large is begun anew
            return content_of(found[1], LARGEST)
    return b""


def keep_begun(
    folder: Path, specs: Sequence[TrainSpec | ReviewSpec | CharacterSpec], updates: int, content: bytes
) -> None:
    """Keep ``content``, with which a training goes on after ``updates``, in place of what was kept of it before.

    Raises:
        OSError: If the disk does not take it.
    """
    place = partial_place(folder, specs)
    path = write(place / kind_of(specs).begun_file(specs, updates), content)
    for other in place.iterdir():
        if other != path:
            other.unlink(missing_ok=True)


def forget_begun(folder: Path, specs: Sequence[TrainSpec | ReviewSpec | CharacterSpec]) -> None:
    """Remove what was kept of a training that has ended; nothing happens where there is nothing."""
    shutil.rmtree(partial_place(folder, specs), ignore_errors=True)
