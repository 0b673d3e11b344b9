"""What is asked for, what is to be seen of it, and what the two engines that do it have in common."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, Protocol, TypeAlias, TypeVar

from rnnviz.progress import CharacterProgress, Progress, ReviewProgress
from rnnviz.runs import Event
from rnnviz.spec import CharacterSpec, ReviewSpec, TrainSpec

State = Literal["queued", "running", "done", "stopped", "failed"]
Ending = Literal["done", "stopped", "failed"]

SpecT = TypeVar("SpecT", TrainSpec, ReviewSpec, CharacterSpec)
ToldT = TypeVar("ToldT", Progress, ReviewProgress, CharacterProgress)


@dataclass(frozen=True)
class Requested(Generic[SpecT]):
    """A training that was asked for.

    Attributes:
        id: 16 hexadecimal digits, the same for equal specs everywhere.
        specs: Its arms.
        text: Of a training on a text, while this process knows it.
    """

    id: str
    specs: tuple[SpecT, ...]
    text: str = field(default="", repr=False, compare=False)

    @property
    def cache_key(self) -> str:
        """What stands for it where results are kept by it."""
        return self.id


Job: TypeAlias = Requested[TrainSpec]
ReviewJob: TypeAlias = Requested[ReviewSpec]
CharacterJob: TypeAlias = Requested[CharacterSpec]
AnyJob: TypeAlias = Requested[Any]


@dataclass(frozen=True)
class View(Generic[ToldT]):
    """What there is to see of a run at one moment.

    Attributes:
        position: Whose turn it is: 1 for the next in the queue, 0 for what is not queued.
        message: What it waits for beside its turn, why it was stopped or failed; empty if there is nothing to say.
        events: All that its present attempt has told.
        next: The number of the first event that is not yet there, counted on where a run begins anew.
        asked: Whether the visitor has asked for the run, beside watching it.
    """

    state: State
    position: int = 0
    message: str = ""
    events: tuple[ToldT, ...] = field(default=(), repr=False)
    next: int = 0
    asked: bool = False


Seen: TypeAlias = View[Progress]
ReviewSeen: TypeAlias = View[ReviewProgress]
CharacterSeen: TypeAlias = View[CharacterProgress]
AnySeen: TypeAlias = View[Any]


class Listener(Protocol):
    """Whom an engine tells what happens; ``lock`` is held when an engine's methods are called, but for ``close``."""

    @property
    def lock(self) -> threading.RLock:
        """See above."""

    def began(self, run: str) -> None:
        """A run has begun, perhaps anew."""

    def told(self, run: str, events: list[Event]) -> None:
        """A run goes on."""

    def ended(self, run: str, state: Ending, message: str = "") -> None:
        """A run is over; if it is done, it is on disk."""

    def kept(self, run: str, files: Mapping[str, bytes], why: str) -> None:
        """The disk does not take a finished run; to be told before its end, without the lock.

        Raises ValueError or OSError if its files are damaged.
        """

    def given_back(self, run: str, why: str) -> None:
        """A run has not begun where it was started: it waits for another place."""

    def refused(self, message: str) -> None:
        """Nothing that waits can be done."""

    def freed(self) -> None:
        """There may be room for what waits."""


class Engine(Protocol):
    """Where runs are done. Every method comes back at once, but for ``close``."""

    def free(self) -> int:
        """How many runs could begin now."""

    def want(self, waiting: int) -> None:
        """Make room for so many more, as far as possible."""

    def waits_for(self) -> str:
        """What it has to wait for before anything can be done, in words; empty if for nothing."""

    def start(self, job: AnyJob) -> None:
        """Begin a run; there is room for it."""

    def stop(self, run: str) -> None:
        """Stop a run that was started; its end is told."""

    def tend(self) -> bool:
        """Look after what takes too long, twice a second; return whether there is anything left to look after."""

    def close(self) -> None:
        """End all at once, runs too, without telling of them."""
