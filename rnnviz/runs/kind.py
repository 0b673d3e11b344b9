"""What a kind of run is, and what runs, their networks and their files are called.

Settings, events, work and files of a kind are known here alone: all else works with any kind.
"""

import hashlib
import json
import re
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Generic, NamedTuple, TypeGuard, TypeVar

from rnnviz.names import CELLS
from rnnviz.progress import CharacterProgress, Progress, ReviewProgress
from rnnviz.spec import CharacterSpec, ReviewSpec, TrainSpec, to_json

# --- Names ---


ARMS_LIMIT: Final = 32
"""The most arms of one run."""

_FORMAT: Final = 1
_LATER: Final = {"source": "imdb"}
"""Settings that came after runs had names, at what those runs were made with: a name does without them and stays."""
_IDENTITY: Final = re.compile(r"[0-9a-f]{16}")

_BEGUN: Final = re.compile(r"begun-([0-9]{1,9})\.safetensors")

PARTIAL: Final = re.compile(rf"partial-{_IDENTITY.pattern}")
"""What the folder of a training that goes on is called."""

NETWORK: Final = re.compile(rf"run-{_IDENTITY.pattern}-[0-9]")
"""What ``network_name`` gives."""

NETWORK_FILE: Final = re.compile(rf"{NETWORK.pattern}-({'|'.join(CELLS)})\.safetensors")
"""The file of such a network."""


def identity(specs: Sequence[TrainSpec | ReviewSpec | CharacterSpec]) -> str:
    """The name of a run: equal settings have the same, in every process and after every restart.

    Returns:
        16 hexadecimal digits.
    """
    return _identity(tuple(specs))


@lru_cache(1_000)
def _identity(specs: tuple[TrainSpec | ReviewSpec | CharacterSpec, ...]) -> str:
    canonical = json.dumps([_FORMAT, *(_canonical(_named(spec)) for spec in specs)], sort_keys=True)
    return hashlib.sha256(canonical.encode()).hexdigest()[:16]


def _named(spec: TrainSpec | ReviewSpec | CharacterSpec) -> dict[str, Any]:
    plain = to_json(spec)
    return {name: value for name, value in plain.items() if name not in _LATER or value != _LATER[name]}


def is_identity(text: object) -> TypeGuard[str]:
    """Whether a run may have that name."""
    return isinstance(text, str) and _IDENTITY.fullmatch(text) is not None


def network_name(spec: TrainSpec, run: int) -> str:
    """The family ``run-<identity of the arm>-<run>`` of the network that a seed of a finished run left.

    ``ModelSpec.trained`` calls for it.
    """
    if not 0 <= run < len(spec.seeds):
        raise ValueError(f"run must be in 0..{len(spec.seeds) - 1}; got {run}")
    return f"run-{identity([spec])}-{run}"


def _canonical(value: Any) -> Any:
    """The same for values that are equal: 1 and 1.0, 0.0 and -0.0."""
    if isinstance(value, dict):
        return {name: _canonical(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_canonical(part) for part in value]
    return value if value is None or isinstance(value, str | bool) else float(value) + 0.0


Begun = tuple[int, Path]
"""The updates that an unfinished run has behind it, and the file with which it goes on."""


def begun_file(specs: Sequence[object], updates: int) -> str:  # noqa: ARG001 - as of any kind of run
    """What the file is called with which a run goes on after so many updates."""
    return f"begun-{updates}.safetensors"


def begun(folder: Path, specs: Sequence[TrainSpec] | Sequence[ReviewSpec]) -> Begun | None:
    """How far a run has come that has its settings to itself; None if nothing is kept of it."""
    named = ((_BEGUN.fullmatch(path.name), path) for path in partial_place(folder, specs).glob("begun-*"))
    return max(((int(name[1]), path) for name, path in named if name), default=None)


def partial_place(folder: Path, specs: Sequence[TrainSpec | ReviewSpec | CharacterSpec]) -> Path:
    """The folder, in that of all runs, for what is kept of one that goes on."""
    return folder / "jobs" / f"partial-{identity(specs)}"


def check_names(packed: Mapping[str, object], wanted: AbstractSet[str]) -> None:
    """Refuse files that are not just those of a run."""
    if set(packed) != wanted:
        raise ValueError(f"the files must be {', '.join(sorted(wanted))}; got {', '.join(sorted(packed))}"[:500])


# --- Kinds ---


TELL_EVERY: Final = 0.1
"""Seconds between messages while there is something to tell."""


class Telling:
    """What has not been told yet; after the last of ``steps`` all is told at once. ``step`` counts the updates made."""

    def __init__(self, tell: Callable[[Sequence[Any]], None], steps: int) -> None:
        self._tell, self._steps = tell, steps
        self._waiting: list[Any] = []
        self._told_at = 0.0
        self.step = 0

    def add(self, *events: Any, step: int | None = None, stopped: bool) -> bool:
        """Take what an update has to tell; return whether the training goes on."""
        self.step = events[-1].step if step is None else step
        self._waiting.extend(events)
        if self._waiting and (stopped or self.step == self._steps or time.monotonic() - self._told_at > TELL_EVERY):
            self.flush()
        return not stopped

    def flush(self, more: Iterable[Any] = ()) -> None:
        """Tell what is left."""
        self._waiting.extend(more)
        if self._waiting:
            self._tell(self._waiting.copy())
            self._waiting.clear()
            self._told_at = time.monotonic()


Spec = TrainSpec | ReviewSpec | CharacterSpec
Specs = Sequence[TrainSpec] | Sequence[ReviewSpec] | Sequence[CharacterSpec]
Event = Progress | ReviewProgress | CharacterProgress
SpecT = TypeVar("SpecT", TrainSpec, ReviewSpec, CharacterSpec)


class Made(NamedTuple):
    """What has come of a run.

    Attributes:
        run: The identity of what was made. Of a stopped training on a text, it is that of the updates made.
        files: Their contents by their names.
    """

    run: str
    files: dict[str, bytes]


@dataclass(frozen=True)
class Work(Generic[SpecT]):
    """What is to be done, and whom to tell.

    Attributes:
        tell: Gets what there is to tell, the first update at once and then some ten times a second.
        is_stopped: Asked after every update.
        text: Of a training on a text.
        begun: From ``runs.read_begun``: with it the training goes on.
        keep: Given now and then how many updates were made, and with what the training would go on.
    """

    specs: Sequence[SpecT]
    tell: Callable[[Sequence[Event]], None]
    is_stopped: Callable[[], bool]
    text: str = ""
    begun: bytes = b""
    keep: Callable[[int, bytes], None] = lambda *_: None


@dataclass(frozen=True)
class Kind(Generic[SpecT]):
    """A kind of run.

    Attributes:
        spec: Of its settings.
        mark: A field that those have and no other kind's.
        check: Given the arms; ValueError if they are too much for one run.
        size: About how many bytes a finished run has on disk, its networks included.
        event: One of its events from plain data, none of which is trusted, and the arms; ValueError if it is none.
        perform: Does the work. None if stopped with nothing worth keeping; RefusedError if what was begun is damaged.
        owns: Whether files are those of such a run, by their names.
        fill: Puts the files of the run of that name into a folder and checks them; returns those that go elsewhere, as
            other runs may share them. ValueError if they are no such run.
        specs_of, load: What the run of that name in a folder was asked for with, and its result; ValueError if damaged.
        begun: How far a run of these settings has come, and with what it goes on, in a folder of runs; None if there is
            no such file.
        begun_file: What that is called after so many updates.
        text: The key of the text that settings are for; empty for none.
    """

    spec: type[SpecT]
    mark: str
    check: Callable[[Sequence[SpecT]], None]
    size: Callable[[Sequence[SpecT]], int]
    event: Callable[[object, Sequence[SpecT]], Event]
    perform: Callable[[Work[SpecT]], Made | None]
    owns: Callable[[Collection[str]], bool]
    fill: Callable[[Path, str, Mapping[str, bytes]], list[str]]
    specs_of: Callable[[Path, str], tuple[SpecT, ...]]
    load: Callable[[Path, str], Any]
    begun: Callable[[Path, Sequence[SpecT]], Begun | None]
    begun_file: Callable[[Sequence[SpecT], int], str]
    text: Callable[[SpecT], str] = lambda _: ""


def check_alone(specs: Sequence[ReviewSpec] | Sequence[CharacterSpec]) -> None:
    """Refuse more than one network that reads texts; the settings of one are bounded by themselves."""
    if len(specs) > 1:
        raise ValueError(f"a network that reads texts must be trained by itself; got {len(specs)} arms")
