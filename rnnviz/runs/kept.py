"""Finished runs on disk: their histories under what they were asked for with, their networks as checkpoints."""

import os
import re
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from rnnviz.checkpoints import Checkpoint
from rnnviz.checkpoints.files import as_bytes, file_name
from rnnviz.checkpoints.storing import DAMAGED, refused, write
from rnnviz.history import History
from rnnviz.names import CELLS
from rnnviz.runs.begun import PARTIAL
from rnnviz.runs.characters import character_model, character_spec, check_files, is_characters
from rnnviz.runs.naming import ARMS_LIMIT, NETWORK, identity, is_identity, network_name
from rnnviz.runs.reviews import files_of, is_review, review_model, review_spec
from rnnviz.spec import CharacterSpec, ReviewSpec, TrainSpec

if TYPE_CHECKING:
    from rnnviz.characters import CharacterModel
    from rnnviz.sentiment import SentimentModel

SIZE_LIMIT: Final = 200 * 2**20
"""The most bytes of all finished runs together; those whose use is longest ago go first."""

_NETWORK: Final = re.compile(rf"{NETWORK.pattern}-({'|'.join(CELLS)})\.safetensors")
_LEFT_OVER: Final = re.compile(rf"{_NETWORK.pattern}\.[0-9-]+|\.half-done-.*")
_LEFT_OVER_AFTER: Final = 3600.0
"""Seconds after which what a process has begun to write and never finished is removed."""

_ATTEMPTS: Final = 5
"""At a place that others may fill and empty at the same time."""

_LIST: Final = "networks"
"""Of a run's folder: the file that names the files of its networks."""

Read = TypeVar("Read")


def pack(histories: Sequence[History], networks: Iterable[Checkpoint]) -> dict[str, bytes]:
    """A finished run as files.

    Parameters
    ----------
    histories : sequence of History
        One an arm.
    networks : iterable of Checkpoint
        Those that its seeds have left, called as ``network_name`` says.

    Returns
    -------
    dict of str to bytes
        Their contents by their names.
    """
    packed = {_history_file(k): history.content() for k, history in enumerate(histories)}
    return packed | {file_name(network): as_bytes(network) for network in networks}


def keep(folder: Path, name: str, packed: Mapping[str, bytes], *, limit: int = SIZE_LIMIT) -> None:
    """Put a finished run and its networks on disk, and remove what has not been used for longest.

    It appears as a whole or not at all, also where other processes do the same at that moment.

    Parameters
    ----------
    folder : Path
    name : str
        The identity of its specs.
    packed : mapping of str to bytes
        From ``pack``, ``pack_review`` or ``pack_characters``.
    limit : int
        In bytes, of all runs together.

    Raises
    ------
    ValueError
        If a history is damaged, or the files are not those of such a run.
    OSError
        If the disk does not take them.
    """
    (folder / "jobs").mkdir(parents=True, exist_ok=True)
    half_done = Path(tempfile.mkdtemp(prefix=".half-done-", dir=folder / "jobs"))
    try:
        fill = _fill_characters if is_characters(packed) else _fill_review if is_review(packed) else _fill
        for file in fill(half_done, name, packed):
            write(folder / file, packed[file])
        _move(half_done, _place(folder, name))
    finally:
        shutil.rmtree(half_done, ignore_errors=True)
    trim(folder, limit)


def has(folder: Path, name: str) -> bool:
    """Whether a finished run is there."""
    return is_identity(name) and _place(folder, name).is_dir()


def load(folder: Path, name: str) -> list[History]:
    """The histories of a finished run, one an arm; that counts as its use.

    Parameters
    ----------
    folder : Path
    name : str

    Returns
    -------
    list of History

    Raises
    ------
    FileNotFoundError
        If it is not there, or not any more.
    ValueError
        If its files are damaged; they are removed then.
    """
    return _used(folder, name, _read)


def load_review(folder: Path, name: str) -> "SentimentModel":
    """The network of a finished run on reviews; that counts as its use, and errors are those of ``load``."""
    return _used(folder, name, review_model)


def load_characters(folder: Path, name: str) -> "CharacterModel":
    """The network of a finished run on a text; that counts as its use, and errors are those of ``load``."""
    return _used(folder, name, character_model)


def specs_of(folder: Path, name: str) -> tuple[TrainSpec, ...] | tuple[ReviewSpec] | tuple[CharacterSpec]:
    """What a finished run of any kind was asked for with; that counts as its use, and errors are those of ``load``.

    Parameters
    ----------
    folder : Path
    name : str

    Returns
    -------
    tuple of TrainSpec, or of one ReviewSpec or CharacterSpec
    """
    return _used(folder, name, _read_specs)


def trim(folder: Path, limit: int = SIZE_LIMIT) -> None:
    """Remove the runs whose use is longest ago, with their networks, until the rest is small enough.

    What is kept of trainings that go on counts as runs do. Nothing else in the folder is touched.

    Parameters
    ----------
    folder : Path
    limit : int
        In bytes.
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


def _fill(half_done: Path, name: str, packed: Mapping[str, bytes]) -> list[str]:
    """Write the files of a run into a folder and check them; the files of its networks, which go elsewhere."""
    networks = sorted(file for file in packed if _NETWORK.fullmatch(file))
    for k in range(len(packed) - len(networks)):
        if _history_file(k) not in packed:
            raise ValueError(f"packed must have {_history_file(k)}; got {', '.join(packed)}"[:500])
        (half_done / _history_file(k)).write_bytes(packed[_history_file(k)])
    (half_done / _LIST).write_text("\n".join(networks), encoding="utf-8")
    wanted = _networks_of(_read(half_done, name))
    if networks != wanted:
        raise ValueError(f"the networks must be {', '.join(wanted)}; got {', '.join(networks)}"[:500])
    return networks


def _fill_review(half_done: Path, name: str, packed: Mapping[str, bytes]) -> list[str]:
    """The same for a run on reviews, whose network stays with it."""
    for file, content in files_of(packed).items():
        (half_done / file).write_bytes(content)
    (half_done / _LIST).write_text("", encoding="utf-8")
    review_model(half_done, name)
    return []


def _fill_characters(half_done: Path, name: str, packed: Mapping[str, bytes]) -> list[str]:
    """The same for a run on a text."""
    check_files(packed, name)
    for file, content in packed.items():
        (half_done / file).write_bytes(content)
    (half_done / _LIST).write_text("", encoding="utf-8")
    character_model(half_done, name)
    return []


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


def _read_specs(place: Path, name: str) -> tuple[TrainSpec, ...] | tuple[ReviewSpec] | tuple[CharacterSpec]:
    files = [path.name for path in _listed(place)]
    if is_characters(files):
        return (character_spec(place, name),)
    if is_review(files):
        return (review_spec(place, name),)
    return tuple(history.spec for history in _read(place, name))


def _read(place: Path, name: str) -> list[History]:
    count = sum(path.suffix == ".safetensors" for path in place.iterdir())
    if not 1 <= count <= ARMS_LIMIT:
        raise ValueError(f"a run must have 1 to {ARMS_LIMIT} histories; got {count}")
    try:
        histories = [History.load(place / _history_file(k)) for k in range(count)]
    except FileNotFoundError as error:
        if not place.is_dir():
            raise  # removed by another process in the meantime
        raise ValueError(
            f"a run must have its histories numbered from 0; {Path(error.filename).name} is missing"
        ) from None
    found = identity([history.spec for history in histories])
    if found != name:
        raise ValueError(f"expected the histories of the run {name}; got those of {found}")
    return histories


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


def _history_file(arm: int) -> str:
    return f"{arm}.safetensors"


def _networks_of(histories: Sequence[History]) -> list[str]:
    """The names of the files of all networks."""
    return sorted(
        f"{network_name(history.spec, run)}-{history.spec.model.cell}.safetensors"
        for history in histories
        for run in range(len(history.spec.seeds))
    )


def _kept(folder: Path) -> Iterator[_Kept]:
    for path in _listed(folder / "jobs"):
        if is_identity(path.name) or PARTIAL.fullmatch(path.name):
            with suppress(OSError, UnicodeDecodeError):
                size = sum(part.stat().st_size for part in path.iterdir())
                networks = (path / _LIST).read_text(encoding="utf-8").split() if is_identity(path.name) else []
                yield _Kept(path, path.stat().st_mtime, size, tuple(filter(_NETWORK.fullmatch, networks)))


def _networks(folder: Path) -> Iterator[tuple[str, int]]:
    """The files of networks and their bytes."""
    for path in _listed(folder):
        if _NETWORK.fullmatch(path.name):
            with suppress(OSError):
                yield path.name, path.stat().st_size


def _left_over(folder: Path, wanted: Container[str]) -> Iterator[Path]:
    """What processes that were killed have left half done, and networks that belong to no run."""
    for path in (*_listed(folder), *_listed(folder / "jobs")):
        if _LEFT_OVER.fullmatch(path.name) or (_NETWORK.fullmatch(path.name) and path.name not in wanted):
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
