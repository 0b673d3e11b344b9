"""Trained networks as files: what ships in assets/models/, and the finished runs of this machine."""

import math
import os
import sys
import time
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Any, Final

import numpy as np

from rnnviz.checkpoints import characters, decoders, encoders, reviews
from rnnviz.checkpoints.borrowed import Borrowed
from rnnviz.checkpoints.bounds import of_the_owner
from rnnviz.checkpoints.checkpoint import UNKNOWN, Checkpoint, check_name
from rnnviz.checkpoints.held import FAMILY as OPENED
from rnnviz.checkpoints.held import held
from rnnviz.checkpoints.storing import FORMAT, content_of, packed, reading, remembered, stamp, unpacked_format, write
from rnnviz.names import CELLS
from rnnviz.places import ASSETS, MODELS_VARIABLE
from rnnviz.spec import ModelSpec, TrainSpec, from_json, to_json
from rnnviz.tokenizing import Tokenizer

SHIPPED: Final = ASSETS / "models"
MEMORY: Final = SHIPPED / "memory"
"""The networks of the grid on the page "Memory". They are many, and each has one purpose, so ``names`` omits them."""

SEQUENCES: Final = SHIPPED / "sequences"
"""The small networks of the page "Sequences", one for each kind of problem."""

DYNAMICS: Final = SHIPPED / "dynamics"
"""The flip-flop network, whose fixed points are known."""

AUTOMATA: Final = SHIPPED / "automata"
"""The networks for Tomita's grammars, whose automata are known. They have one purpose, so ``names`` omits them."""

MOMENTS: Final = SHIPPED / "moments"
"""Networks as they were earlier in their training (``moments.TAKEN_AT``). ``names`` omits them."""

_BORROWED: Final[tuple[Borrowed, ...]] = (reviews.KIND, characters.KIND, encoders.KIND, decoders.KIND)
"""The recurrent parts of networks that have files of another kind."""

LARGEST: Final = 16 * 2**20
"""The most bytes of a file that is read, unless it lies in the folder of networks that the server offers."""

_TICK: Final = 10**9
"""Nanoseconds within which two changes of a folder may bear the same time, generously."""

_HOLDS: Final = 0.2
"""Seconds for which a look at a folder holds; a file that this process writes is seen at once."""

_seen: Final[dict[Path, tuple[float, int]]] = {}
"""When each folder was looked at last, and when it had changed."""

_ENDING: Final = ".safetensors"
NOTE: Final = "checkpoint"
"""The name of the note in the file of a checkpoint."""

TOKENIZER: Final = "tokenizer"
"""The name of the array with its tokenizer there, if it has one."""


def names() -> tuple[str, ...]:
    """The checkpoints that ship, in alphabetical order.

    Those of the page "Sequences" come last, and that of flip-flops, then the networks of reviews and of characters,
    then encoders and decoders.

    >>> from rnnviz import checkpoints
    >>> checkpoints.names()[:3]
    ('adding-gru', 'adding-lstm', 'adding-rnn')
    """
    shipped = chain(_names_in(SHIPPED), _names_in(SEQUENCES), _names_in(DYNAMICS))
    return (*shipped, *_borrowed_names(SHIPPED, tuple(_changed(SHIPPED / kind.folder) for kind in _BORROWED)))


def _names_in(folder: Path) -> tuple[str, ...]:
    """The names in a folder, which is read again only when it has changed: a page asks dozens of times."""
    changed = _changed(folder)
    lately = time.time_ns() - changed < _TICK  # then another change may bear the same time
    return _read_names(folder) if lately else _names_since(folder, changed)


def _read_names(folder: Path) -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in folder.glob(f"*{_ENDING}")))


@lru_cache(8)
def _names_since(folder: Path, _changed: int) -> tuple[str, ...]:
    return _read_names(folder)


@lru_cache(2)
def _borrowed_names(shipped: Path, _changed: tuple[int, ...]) -> tuple[str, ...]:
    return tuple(chain.from_iterable(kind.names(shipped) for kind in _BORROWED))


def _borrowed(name: str) -> Borrowed | None:
    return next((kind for kind in _BORROWED if name in kind.files), None)


def _changed(folder: Path) -> int:
    """When a file came into a folder or left it, in nanoseconds; 0 where there is no folder.

    What was seen a moment ago holds: while it asks the disk, a run gives way to all other threads of a busy server.
    """
    now = time.monotonic()
    at, changed = _seen.get(folder, (-math.inf, 0))
    if now - at > _HOLDS:
        changed = _looked_up(folder)
        _seen[folder] = now, changed
    return changed


def _looked_up(folder: Path) -> int:
    try:
        return os.stat(folder).st_mtime_ns  # noqa: PTH116 - twice as fast as by a Path
    except OSError:
        return 0


def runs_folder() -> Path:
    """The folder of finished runs: RNNVIZ_RUNS of the environment, or one among the user's caches. It may not exist.

    >>> from rnnviz import checkpoints
    >>> checkpoints.runs_folder().is_absolute()
    True
    """
    named = os.environ.get("RNNVIZ_RUNS")
    if named:
        return Path(named)
    if sys.platform == "win32":
        caches = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        caches = Path.home() / "Library" / "Caches"
    else:
        caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return caches / "rnnviz" / "runs"


def kept_names() -> tuple[str, ...]:
    """The names in the folder of finished runs, in alphabetical order; unopened, so some may be no checkpoints.

    >>> from rnnviz import checkpoints
    >>> isinstance(checkpoints.kept_names(), tuple)
    True
    """
    return _names_in(runs_folder())


def offered_folder() -> Path | None:
    """The folder of networks of its own that a server offers to all visitors: RNNVIZ_MODELS of the environment.

    >>> from rnnviz.checkpoints import offered_folder
    >>> offered_folder() is None
    True
    """
    named = os.environ.get(MODELS_VARIABLE)
    return Path(named) if named else None


def offered_names() -> tuple[str, ...]:
    """The names in the folder of networks that the server offers, in alphabetical order; unopened.

    >>> from rnnviz.checkpoints import offered_names
    >>> offered_names()
    ()
    """
    folder = offered_folder()
    return _names_in(folder) if folder else ()


def load(name: str) -> Checkpoint:
    """The checkpoint ``<family>-<cell>`` that ships, that the server offers, or that a finished run left.

    So is one that a visitor has opened, as long as its visit holds it.

    Nothing in its file is ever executed. The checkpoint is shared, so only to be read.

    Raises:
        ValueError: If there is none of that name; as RefusedError, if its file is damaged, too large or no checkpoint.

    >>> from rnnviz import checkpoints
    >>> checkpoints.load("adding-gru").model.hidden_size
    32
    """
    check_name(name)
    if (opened := held(name)) is not None:
        return opened
    for path in _places(name):
        if path.exists():
            with reading(f"a checkpoint in {path.name}"):
                if path.parent == offered_folder() and path.stat().st_size > LARGEST:
                    return _read_large(path, name, stamp(path))
                return _read(path, name)
    raise ValueError(f"a trained network must be one of {', '.join(names())} or a finished run; got {name!r}")


def save(checkpoint: Checkpoint, folder: str | os.PathLike[str]) -> Path:
    """Write ``<name>.safetensors``, replaced as a whole, into a folder that is made if it is missing.

    Equal checkpoints give equal bytes.

    >>> from tempfile import TemporaryDirectory
    >>> from rnnviz import checkpoints
    >>> known = checkpoints.load("latch-gru")
    >>> with TemporaryDirectory() as folder:
    ...     print(checkpoints.save(known, folder).name)
    latch-gru.safetensors
    """
    written = write(Path(folder) / file_name(checkpoint), as_bytes(checkpoint))
    _seen.clear()
    return written


def file_name(checkpoint: Checkpoint) -> str:
    """The name of its file."""
    return f"{checkpoint.name}{_ENDING}"


def as_bytes(checkpoint: Checkpoint) -> bytes:
    """What ``save`` writes."""
    about = {
        "format": FORMAT,
        "name": checkpoint.name,
        "trained_by": to_json(checkpoint.trained_by),
        "vocabulary": checkpoint.vocabulary,
        "splits": checkpoint.splits,
        "card": dict(checkpoint.card),
    }
    if checkpoint.unknown != UNKNOWN:
        about["unknown"] = checkpoint.unknown
    tokenizer = {TOKENIZER: letters_of(checkpoint.tokenizer)} if checkpoint.tokenizer else {}
    return packed({**checkpoint.weights, **tokenizer}, about, NOTE)


def stamps(family: str) -> tuple[object, ...]:
    """A value that changes with the files of a family of networks trained or opened here, one for each cell."""
    if family.startswith(OPENED):
        return tuple(held(f"{family}-{cell}") is not None for cell in CELLS)
    folders = filter(None, (offered_folder(), runs_folder()))
    return tuple(stamp(folder / f"{family}-{cell}{_ENDING}") for folder in folders for cell in CELLS)


def _places(name: str) -> tuple[Path, ...]:
    """Where a checkpoint may lie."""
    if kind := _borrowed(name):
        return (kind.path_of(name, SHIPPED),)
    folders = filter(None, (SHIPPED, SEQUENCES, MEMORY, DYNAMICS, AUTOMATA, MOMENTS, offered_folder(), runs_folder()))
    return tuple(folder / f"{name}{_ENDING}" for folder in folders)


@remembered(32)
def _read(path: Path, name: str) -> Checkpoint:
    return _as_found(path, name, LARGEST)


def _as_found(path: Path, name: str, most: int) -> Checkpoint:
    content = content_of(path, most)
    kind = _borrowed(name)
    checkpoint = kind.checkpoint(name, content, path) if kind else _of_run(content)
    if checkpoint.name != name:
        raise ValueError(f"its name must be {name}; got {checkpoint.name!r}")
    return checkpoint


@lru_cache(maxsize=2)
def _read_large(path: Path, name: str, stamped: object) -> Checkpoint:  # noqa: ARG001 - a key
    """One that has no room beside the results that are kept for all, and is needed by each run of a page."""
    return _as_found(path, name, of_the_owner().bytes)


def _of_run(content: bytes) -> Checkpoint:
    """As ``save`` wrote it."""
    weights, about = unpacked_format(content, NOTE)
    letters = weights.pop(TOKENIZER, None)
    return Checkpoint(
        name=about["name"],
        trained_by=_trained_by(about["trained_by"]),
        weights=weights,
        vocabulary=tuple(about["vocabulary"]),
        splits=about["splits"],
        card=about["card"],
        unknown=about.get("unknown", UNKNOWN),
        tokenizer=None if letters is None else tokenizer_of(letters),
    )


def letters_of(tokenizer: Tokenizer) -> np.ndarray:
    """The text of a tokenizer as an array of bytes beside the weights: the header of a file has no room for it."""
    return np.frombuffer(tokenizer.content.encode(), np.uint8)


def tokenizer_of(letters: np.ndarray) -> Tokenizer:
    """The tokenizer that ``letters_of`` was given; ValueError if the array is not of bytes in UTF-8."""
    if letters.dtype != np.uint8:
        raise ValueError(f"{TOKENIZER} must be bytes; got {letters.dtype}")
    return Tokenizer(letters.tobytes().decode())


def _trained_by(data: dict[str, Any]) -> TrainSpec | ModelSpec:
    """The training on a task, or the sizes alone of a network that learned from texts."""
    return from_json(TrainSpec, data) if "task" in data else from_json(ModelSpec, data)
