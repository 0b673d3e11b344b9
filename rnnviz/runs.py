"""Finished runs on disk: histories under what they were asked for with, their networks as checkpoints."""

import hashlib
import json
import math
import os
import re
import shutil
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, TypeGuard

import numpy as np

from rnnviz import checkpoints
from rnnviz.checkpoints import Checkpoint
from rnnviz.history import CURVES, LARGEST, MEASURES, History
from rnnviz.names import CELLS
from rnnviz.parameters import parameter_table
from rnnviz.spec import KEPT_LIMIT, WORK_LIMIT, TrainSpec, to_json
from rnnviz.tasks import task

SIZE_LIMIT: Final = 200 * 2**20
"""The most bytes of all finished runs together; those whose use is longest ago go first."""

ARMS_LIMIT: Final = 32
"""The most arms of one run."""

_BYTES_LIMIT: Final = LARGEST * 3 // 4
_EXAMPLES: Final = 8  # whose answers a history has
_FORMAT: Final = 1
_IDENTITY: Final = re.compile(r"[0-9a-f]{16}")
_NETWORK: Final = re.compile(rf"run-[0-9a-f]{{16}}-[0-9]-({'|'.join(CELLS)})\.safetensors")
_LEFT_OVER: Final = re.compile(rf"{_NETWORK.pattern}\.[0-9]+|\.half-done-.*")
_LEFT_OVER_AFTER: Final = 3600.0
"""Seconds after which what a process has begun to write and never finished is removed."""

_keeping = threading.Lock()


def identity(specs: Sequence[TrainSpec]) -> str:
    """The name of a run: equal settings have the same, in every process and after every restart.

    Parameters
    ----------
    specs : sequence of TrainSpec

    Returns
    -------
    str
        16 hexadecimal digits.
    """
    canonical = json.dumps([_FORMAT, *(_canonical(to_json(spec)) for spec in specs)], sort_keys=True)
    return hashlib.sha256(canonical.encode()).hexdigest()[:16]


def check(specs: Sequence[TrainSpec]) -> None:
    """Refuse what is too much for one run.

    Parameters
    ----------
    specs : sequence of TrainSpec
        Its arms.

    Raises
    ------
    ValueError
        With the limit and what was asked for.
    """
    if not 1 <= len(specs) <= ARMS_LIMIT:
        raise ValueError(f"a run must have 1 to {ARMS_LIMIT} arms; got {len(specs)}")
    for name, limit in (("kept", KEPT_LIMIT), ("work", WORK_LIMIT)):
        got = sum(getattr(spec, name) for spec in specs)
        if got > limit:
            steps = "steps x " * (name == "work")
            raise ValueError(
                f"{steps}seeds x batch_size x length x gates of all units and layers must be at most {limit:,} "
                f"in all arms together; got {got:,}"
            )
    got = sum(map(_bytes, specs))
    if got > _BYTES_LIMIT:
        raise ValueError(f"the weights and curves of all seeds must have at most {_BYTES_LIMIT:,} bytes; got {got:,}")


def is_identity(text: object) -> TypeGuard[str]:
    """Whether a run may have that name."""
    return isinstance(text, str) and _IDENTITY.fullmatch(text) is not None


def network_name(spec: TrainSpec, run: int) -> str:
    """The family of the network that a finished run left: ``ModelSpec.trained`` calls for it.

    Parameters
    ----------
    spec : TrainSpec
        One arm.
    run : int
        Which of its seeds.

    Returns
    -------
    str
        ``run-<identity of the arm>-<run>``.
    """
    if not 0 <= run < len(spec.seeds):
        raise ValueError(f"run must be in 0..{len(spec.seeds) - 1}; got {run}")
    return f"run-{identity([spec])}-{run}"


def pack(histories: Sequence[History]) -> list[bytes]:
    """Histories as the contents of their files."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "history"
        packed = []
        for history in histories:
            history.save(path)
            packed.append(path.read_bytes())
    return packed


def keep(folder: Path, name: str, packed: Iterable[bytes], *, limit: int = SIZE_LIMIT) -> None:
    """Put a finished run and its networks on disk, and remove what has not been used for longest.

    It appears as a whole or not at all, also where other processes do the same at that moment.

    Parameters
    ----------
    folder : Path
    name : str
        The identity of its specs.
    packed : iterable of bytes
        The histories, one an arm.
    limit : int

    Raises
    ------
    ValueError
        If the histories are damaged or those of other specs.
    OSError
        If the disk does not take them.
    """
    (folder / "jobs").mkdir(parents=True, exist_ok=True)
    half_done = Path(tempfile.mkdtemp(prefix=".half-done-", dir=folder / "jobs"))
    try:
        for k, content in enumerate(packed):
            (half_done / f"{k}.safetensors").write_bytes(content)
        histories = _read(half_done, name)
        with _keeping:
            for history in histories:
                _keep_networks(folder, history)
        _move(half_done, _place(folder, name))
    finally:
        shutil.rmtree(half_done, ignore_errors=True)
    trim(folder, limit)


def has(folder: Path, name: str) -> bool:
    """Whether a finished run is there."""
    return is_identity(name) and _place(folder, name).is_dir()


def load(folder: Path, name: str) -> list[History]:
    """The histories of a finished run, one an arm; its networks can be opened afterwards.

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
    if not is_identity(name):
        raise FileNotFoundError(f"a run must be named by 16 hexadecimal digits; got {name!r:.80}")
    place = _place(folder, name)
    if not place.is_dir():
        raise FileNotFoundError(f"the run {name} is not kept, or not any more")
    try:
        histories = _read(place, name)
    except ValueError:
        _remove(place)
        raise
    with suppress(OSError), _keeping:  # a folder that cannot be written to can still be read
        _touch(place)
        for history in histories:
            _keep_networks(folder, history)
    return histories


def trim(folder: Path, limit: int = SIZE_LIMIT) -> None:
    """Remove the runs and networks whose use is longest ago until the rest is small enough; nothing else is touched.

    Parameters
    ----------
    folder : Path
    limit : int
        In bytes.
    """
    for path in _left_over(folder):
        _remove(path)
    kept = sorted(_kept(folder), key=lambda item: item[0])
    total = sum(size for _, size, _ in kept)
    for _, size, path in kept:
        if total <= limit:
            break
        _remove(path)
        total -= size


def _canonical(value: Any) -> Any:
    """The same for values that are equal: 1 and 1.0, 0.0 and -0.0."""
    if isinstance(value, dict):
        return {name: _canonical(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_canonical(part) for part in value]
    return value if value is None or isinstance(value, str | bool) else float(value) + 0.0


def _bytes(spec: TrainSpec) -> int:
    """About how large the file of a history is."""
    known = task(spec.task)
    weights = sum(math.prod(row.shape) for row in parameter_table(spec.model))
    weights += len(known.vocabulary) * spec.model.input_size
    measurement = len(MEASURES) + _EXAMPLES * known.outputs
    return 4 * len(spec.seeds) * (weights + len(CURVES) * spec.steps + measurement * (2 + spec.steps // spec.every))


def _place(folder: Path, name: str) -> Path:
    return folder / "jobs" / name


def _read(place: Path, name: str) -> list[History]:
    count = len(list(place.glob("*.safetensors")))
    if not 1 <= count <= ARMS_LIMIT:
        raise ValueError(f"a run must have 1 to {ARMS_LIMIT} histories; got {count}")
    try:
        histories = [History.load(place / f"{k}.safetensors") for k in range(count)]
    except FileNotFoundError as error:
        raise ValueError(
            f"a run must have its histories numbered from 0; {Path(error.filename).name} is missing"
        ) from None
    found = identity([history.spec for history in histories])
    if found != name:
        raise ValueError(f"expected the histories of the run {name}; got those of {found}")
    return histories


def _move(half_done: Path, place: Path) -> None:
    """Rename a folder; if another process was faster, its equal one stays."""
    try:
        half_done.rename(place)
    except OSError:
        if not place.is_dir():
            raise
        _touch(place)


def _keep_networks(folder: Path, history: History) -> None:
    """Write the checkpoint of every seed that is not there, and mark the others as used."""
    known = task(history.spec.task)
    for run, seed in enumerate(history.spec.seeds):
        family = network_name(history.spec, run)
        cell = history.spec.model.cell
        path = folder / f"{family}-{cell}.safetensors"
        if path.is_file():
            _touch(path)
            continue
        checkpoint = Checkpoint(
            name=f"{family}-{cell}",
            trained_by=replace(history.spec, seeds=(seed,)),
            weights={name: array[run] for name, array in history.weights.items()},
            vocabulary=known.vocabulary,
            splits=known.splits,
            card=_card(history, run),
        )
        checkpoints.save(checkpoint, folder)


def _card(history: History, run: int) -> dict[str, object]:
    """What was measured of one network, as far as it is a number."""
    taken = int(history.taken[run])
    scores = history.score[run][np.isfinite(history.score[run])]
    card: dict[str, object] = {"steps": taken, "seed": history.spec.seeds[run]}
    if taken and np.isfinite(history.loss[run, taken - 1]):
        card["loss"] = float(history.loss[run, taken - 1])
    if len(scores):
        card["score"] = float(scores[-1])
    for name in ("diverged_at", "solved_at"):
        if getattr(history, name)[run] >= 0:
            card[name] = int(getattr(history, name)[run])
    return card


def _kept(folder: Path) -> Iterator[tuple[float, int, Path]]:
    """When each run and each network was used last, its bytes, its place."""
    for path in _listed(folder / "jobs"):
        if is_identity(path.name):
            with suppress(OSError):
                yield path.stat().st_mtime, sum(part.stat().st_size for part in path.iterdir()), path
    for path in _listed(folder):
        if _NETWORK.fullmatch(path.name):
            with suppress(OSError):
                yield path.stat().st_mtime, path.stat().st_size, path


def _left_over(folder: Path) -> Iterator[Path]:
    """What processes that were killed have left half done."""
    for path in (*_listed(folder), *_listed(folder / "jobs")):
        if _LEFT_OVER.fullmatch(path.name):
            with suppress(OSError):
                if time.time() - path.stat().st_mtime > _LEFT_OVER_AFTER:
                    yield path


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


def _touch(path: Path) -> None:
    os.utime(path)
