"""What a kind of run is. Its settings, events, work and files are known here alone: all else works with any kind."""

import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Generic, NamedTuple, TypeVar

from rnnviz.progress import CharacterProgress, Progress, ReviewProgress
from rnnviz.spec import CharacterSpec, ReviewSpec, TrainSpec

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
        begun: The file, in a folder of runs, with which a run of these settings goes on; None if there is none.
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
    begun: Callable[[Path, Sequence[SpecT]], Path | None]
    begun_file: Callable[[Sequence[SpecT], int], str]
    text: Callable[[SpecT], str] = lambda _: ""


def check_alone(specs: Sequence[ReviewSpec] | Sequence[CharacterSpec]) -> None:
    """Refuse more than one network that reads texts; the settings of one are bounded by themselves."""
    if len(specs) > 1:
        raise ValueError(f"a network that reads texts must be trained by itself; got {len(specs)} arms")
