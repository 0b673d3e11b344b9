"""Where trainings are asked for: who waits for what, whose turn it is, who watches, what has come of it."""

import logging
import queue
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, TypeVar

from rnnviz import runs
from rnnviz.jobs.engine import AnyJob, AnySeen, Ending, Engine, Listener, Requested, State, View
from rnnviz.jobs.fair_queue import address_of, in_turn
from rnnviz.progress import EVENTS_LIMIT, FEWEST

WAITING_LIMIT: Final = 100
WAITING_LIMIT_EACH: Final = 4
"""The most runs that wait, in all and of one visitor."""

RESERVED: Final = 20
"""The last places of the queue: for addresses of which fewer than so many runs wait."""

PRESENT: Final = 5.0
"""Seconds after which somebody who has not asked for a run's events is taken to have left."""

ABANDONED: Final = 600.0
ABANDONED_IN_QUEUE: Final = 30.0
"""Seconds after which a run that nobody asks for is stopped: one that goes on, and one that waits."""

TEXTS_LIMIT: Final = 16_000_000
"""The most characters of all texts that are held for trainings on them."""

UNWRITTEN_LIMIT: Final = 200 * 2**20
"""The most bytes of all finished runs that are in memory, as the disk does not take them."""

REMEMBERED: Final = 30
"""The most runs that are over and still known with all their events."""

STARTS_LIMIT: Final = 3
"""How often a run is given to a worker that does not take it."""

TEND_EVERY: Final = 0.5

TRIED_EVERY: Final = 30.0
"""Seconds between two looks whether the folder of finished runs can be written."""

_IN_MEMORY: Final = (
    "The server cannot write to its folder of finished runs ({}). The result stays in the server's memory and is lost "
    "when the server ends."
)
_EVENTS_TAKEN: Final = EVENTS_LIMIT + FEWEST

Result = TypeVar("Result")

_log = logging.getLogger(__name__)


class VisitorFull(queue.Full):
    """As many runs wait of one visitor as may."""


@dataclass
class _Record:
    """What is known of one run."""

    job: AnyJob
    state: State = "queued"
    message: str = ""
    events: list[runs.Event] = field(default_factory=list)
    first: int = 0  # the number of events[0]
    owners: set[str] = field(default_factory=set)  # who asked for it to be done
    asked: dict[str, float] = field(default_factory=dict)  # when each visitor asked for its events last
    stopping: str | None = None  # why it is being stopped
    again: bool = False  # to be begun once more as soon as it has stopped
    given_back: int = 0  # how many workers have not taken it
    unwritable: str = ""  # why the disk does not take it

    @property
    def is_live(self) -> bool:
        return self.state in ("queued", "running")

    @property
    def addresses(self) -> set[str]:
        """From where it was asked for."""
        return set(map(address_of, self.owners))

    def others(self, visitor: str, now: float) -> int:
        """How many others watch."""
        return sum(who != visitor and now - when < PRESENT for who, when in self.asked.items())

    def begin_anew(self) -> None:
        """Forget the events, but not how many there were."""
        self.first += len(self.events)
        self.events = []


class Scheduler:
    """All runs of this process, behind one lock.

    ``engine`` makes the engine, given whom it is to tell; ``folder`` keeps finished runs.
    """

    def __init__(
        self, engine: Callable[[Listener, Path], Engine], folder: Path, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.lock = threading.RLock()
        self._folder = folder
        self._clock = clock
        self._records: dict[str, _Record] = {}  # in the order of asking
        self._unwritten: dict[str, Mapping[str, bytes]] = {}  # the files of finished runs that the disk does not take
        self._tried: tuple[float, str] | None = None
        self._tending = False
        self._closed = False
        self._engine = engine(self, folder)

    def submit(self, specs: Sequence[runs.Spec], visitor: str, text: str = "", *, anew: bool = False) -> AnyJob:
        """See ``jobs.submit``."""
        runs.check(specs)
        job: AnyJob = Requested(runs.identity(specs), tuple(specs), self._checked_text(specs, text))
        begins = False
        with self.lock:
            if self._closed:
                raise queue.Full("the server is ending; start the run again when it is back")
            record = self._records.get(job.id)
            if record is not None and self._goes_on(record) and (record.is_live or not anew):
                record.again = record.stopping is not None
            elif runs.has(self._folder, job.id) and not anew:
                record = self._remember(_Record(job, "done"))
            else:
                begins = True
                self._check_room(visitor)
                self._make_room_for(job)
                before = record.first + len(record.events) if record is not None else 0
                record = self._remember(_Record(job, first=before))
            record.owners.add(visitor)
            record.asked[visitor] = self._clock()
            self._dispatch()
        if begins:
            why = runs.why_unwritable(self._folder, runs.size(specs))
            with self.lock:
                record.unwritable = record.unwritable or why
        return job

    def unwritable(self) -> str:
        """See ``jobs.unwritable``."""
        now = self._clock()
        if self._tried is None or now - self._tried[0] > TRIED_EVERY:
            self._tried = now, runs.why_unwritable(self._folder)
        return _IN_MEMORY.format(self._tried[1]) if self._tried[1] else ""

    def text_of(self, key: str) -> str:
        """See ``jobs.text_of``."""
        with self.lock:
            known = (record.job for record in self._records.values() if record.job.text)
            return next((job.text for job in known if runs.text_of(job.specs) == key), "")

    def seen(self, job: AnyJob, visitor: str) -> AnySeen:
        """See ``jobs.events``."""
        with self.lock:
            record = self._records.get(job.id)
            if record is None:
                if runs.has(self._folder, job.id):
                    return View("done")
                return View("stopped", message="this run is not known any more; start it again")
            now = self._clock()
            if record.is_live:
                record.asked[visitor] = now
            events: tuple[Any, ...] = tuple(record.events)
            return View(
                record.state,
                position=self._order().index(job.id) + 1 if record.state == "queued" else 0,
                message=self._message(record),
                events=events,
                next=record.first + len(record.events),
                asked=visitor in record.owners,
            )

    def cancel(self, job: AnyJob, visitor: str) -> int:
        """See ``jobs.cancel``."""
        with self.lock:
            record = self._records.get(job.id)
            if record is None or not record.is_live:
                return 0
            others = record.others(visitor, self._clock())
            record.asked.pop(visitor, None)
            record.owners.discard(visitor)
            record.owners = record.owners or set(record.asked)
            if not others:
                record.again = False
                self._stop(record, "stopped by a visitor")
            return others

    def result(self, job: AnyJob) -> Any:
        """See ``jobs.result``."""
        with self.lock:
            record = self._records.get(job.id)
            state = record.state if record is not None else "done"
            files = self._unwritten.get(job.id)
        if state != "done":
            raise ValueError(f"a run must be done to have a result; this one is {state}")
        try:
            if files is not None and not self._is_written(job.id, files):
                return runs.read_packed(job.id, files, runs.load)
            return runs.load(self._folder, job.id)
        except (OSError, ValueError) as error:
            with self.lock:
                if self._records.get(job.id) is record:
                    self._forget(job.id)
            raise ValueError(f"the run must be on disk; {error}") from error

    def find(self, run: str) -> AnyJob | None:
        """See ``jobs.find``."""
        with self.lock:
            record = self._records.get(run)
        if record is not None:
            return record.job
        with suppress(OSError, ValueError):
            return Requested(run, runs.specs_of(self._folder, run))
        return None

    def prepare(self) -> None:
        """See ``jobs.prepare``."""
        with self.lock:
            if self._closed:
                return
            if not self._engine.free():
                self._engine.want(1)
            self._tend_from_now_on()

    def close(self) -> None:
        """See ``jobs.close``."""
        with self.lock:
            self._closed = True
            for record in self._records.values():
                if record.is_live:
                    record.state, record.message = "stopped", "all runs were stopped"
        self._engine.close()  # without the lock: what it waits for may wait for the lock

    def began(self, run: str) -> None:
        """A run has begun, perhaps anew."""
        with self.lock:
            for record in self._running(run):
                record.begin_anew()

    def told(self, run: str, events: list[runs.Event]) -> None:
        """A run goes on."""
        with self.lock:
            for record in self._running(run):
                record.events.extend(events[: _EVENTS_TAKEN - len(record.events)])

    def kept(self, run: str, files: Mapping[str, bytes], why: str) -> None:
        """The disk does not take a finished run: it stays in memory; see ``engine.Listener``."""
        _log.warning("a finished run stays in memory, as %s cannot be written: %s", self._folder, why)
        with self.lock:
            record = self._records.get(run)
        job: AnyJob = record.job if record is not None else Requested(run, runs.read_packed(run, files, runs.specs_of))
        with self.lock:
            self._unwritten.pop(run, None)
            self._unwritten[run] = files
            while len(self._unwritten) > 1 and self._bytes() > UNWRITTEN_LIMIT:
                del self._unwritten[next(iter(self._unwritten))]
            record = self._records.get(run)
            if record is None or not record.is_live:  # what was made is another run than the one that was asked for
                record = self._remember(_Record(job, "done"))
            record.unwritable = why

    def ended(self, run: str, state: Ending, message: str = "") -> None:
        """A run is over."""
        with self.lock:
            for record in self._running(run):
                if record.stopping is not None and state != "done":
                    state, message = "stopped", record.stopping
                record.state, record.message, record.stopping = state, message, None
                if record.again and state == "stopped":
                    record.state, record.message, record.again = "queued", "", False
                    record.begin_anew()
            self._dispatch()

    def given_back(self, run: str, why: str) -> None:
        """A run has not begun where it was started: it waits for another place."""
        with self.lock:
            for record in self._running(run):
                record.given_back += 1
                if record.stopping is not None or record.given_back == STARTS_LIMIT:
                    self.ended(run, "failed", f"{record.given_back} worker processes {why}")
                else:
                    record.state = "queued"
            self._dispatch()

    def refused(self, message: str) -> None:
        """Nothing that waits can be done."""
        with self.lock:
            for record in self._records.values():
                if record.state == "queued":
                    record.state, record.message = "failed", message

    def freed(self) -> None:
        """There may be room for what waits."""
        with self.lock:
            self._dispatch()

    def _checked_text(self, specs: Sequence[runs.Spec], text: str) -> str:
        """The text of a training on one, as it was given or is known."""
        key = runs.text_of(specs)
        if not key:
            return ""
        known = self.text_of(key)
        if not text and not known:
            raise ValueError("the text must be given again, as it is not kept; this run has none")
        if text:
            runs.checked_text(specs, text)
        return known or text  # the same object for all runs of a text

    def _message(self, record: _Record) -> str:
        """What there is to say of a run: why it stops, what it waits for, why it has ended, where its result is."""
        told = _IN_MEMORY.format(record.unwritable) if record.unwritable else ""
        if record.is_live:
            waits = self._engine.waits_for()
            return record.stopping or (f"{told} {waits[:1].upper()}{waits[1:]}".strip() if told else waits)
        if record.state == "done":
            return told if record.job.id in self._unwritten else ""
        return record.message

    def _bytes(self) -> int:
        """Of all runs in memory."""
        return sum(len(content) for files in self._unwritten.values() for content in files.values())

    def _is_written(self, run: str, files: Mapping[str, bytes]) -> bool:
        """Whether the disk takes a run by now that it did not take before."""
        try:
            runs.keep(self._folder, run, files)
        except OSError:
            return False
        with self.lock:
            self._unwritten.pop(run, None)
        return True

    def _forget(self, run: str) -> None:
        self._records.pop(run, None)
        self._unwritten.pop(run, None)

    def _make_room_for(self, job: AnyJob) -> None:
        """Forget the texts of runs that are over, if all together are too long with this one."""
        held = [record for record in self._records.values() if record.job.text]

        def characters() -> int:
            texts = {id(text): len(text) for text in (job.text, *(record.job.text for record in held))}
            return sum(texts.values())

        for record in [record for record in held if not record.is_live]:
            if characters() <= TEXTS_LIMIT:
                return
            record.job = replace(record.job, text="")
            held.remove(record)
        if characters() > TEXTS_LIMIT:
            raise queue.Full("the texts of all waiting runs are too long together; try again later")

    def _running(self, run: str) -> Iterator[_Record]:
        """The record of a run that goes on, if there is one."""
        record = self._records.get(run)
        if record is not None and record.state == "running":
            yield record

    def _goes_on(self, record: _Record) -> bool:
        """Whether there is no reason to begin: it waits, goes on, or is done and on disk."""
        run = record.job.id
        return record.is_live or (record.state == "done" and (run in self._unwritten or runs.has(self._folder, run)))

    def _remember(self, record: _Record) -> _Record:
        """Put a record at the end, and forget the oldest of those that are over."""
        self._records.pop(record.job.id, None)
        self._records[record.job.id] = record
        over = [run for run, known in self._records.items() if not known.is_live]
        for run in over[:-REMEMBERED]:
            self._forget(run)
        return record

    def _check_room(self, visitor: str) -> None:
        waiting = [record for record in self._records.values() if record.state == "queued"]
        if len(waiting) >= WAITING_LIMIT:
            raise queue.Full(f"at most {WAITING_LIMIT} runs may wait, and that many do; try again later")
        if sum(visitor in record.owners for record in waiting) >= WAITING_LIMIT_EACH:
            raise VisitorFull(
                f"at most {WAITING_LIMIT_EACH} runs of one visitor may wait, and so many of yours do; wait until one "
                "begins, or stop one"
            )
        there = sum(address_of(visitor) in record.addresses for record in waiting)
        if len(waiting) >= WAITING_LIMIT - RESERVED and there >= RESERVED:
            raise queue.Full(
                f"the last {RESERVED} places of the queue are for visitors from elsewhere; try again later"
            )

    def _order(self) -> list[str]:
        """The runs that wait, those whose turn is next first."""
        return in_turn(
            [(run, record.owners) for run, record in self._records.items() if record.state == "queued"],
            [record.owners for record in self._records.values() if record.state == "running"],
        )

    def _dispatch(self) -> None:
        """Begin what there is room for."""
        if self._closed:
            return
        waiting = self._order()
        while waiting and self._engine.free():
            record = self._records[waiting[0]]
            record.state = "running"
            self._engine.start(record.job)
            waiting = self._order()
        if waiting:
            self._engine.want(len(waiting))
        self._tend_from_now_on()

    def _stop(self, record: _Record, why: str) -> None:
        if record.state == "queued":
            record.state, record.message = "stopped", why
        elif record.stopping is None:
            record.stopping = why
            self._engine.stop(record.job.id)

    def _tend_from_now_on(self) -> None:
        if not self._tending:
            self._tending = True
            threading.Thread(target=self._tend, name="rnnviz-jobs", daemon=True).start()

    def _tend(self) -> None:
        """Look after engine and runs until there is nothing to look after."""
        while self._tending:
            time.sleep(TEND_EVERY)
            with self.lock:
                try:
                    self.abandon()
                    live = any(record.is_live for record in self._records.values())
                    self._tending = not self._closed and (self._engine.tend() or live)
                except Exception:  # noqa: BLE001 - the next look may go better
                    _log.exception("runs could not be looked after")

    def abandon(self) -> None:
        """Stop the runs that nobody has asked for in a long time, and take those that wait out of the queue sooner."""
        with self.lock:
            now = self._clock()
            for record in self._records.values():
                record.asked = {who: when for who, when in record.asked.items() if now - when < ABANDONED}
                last = max(record.asked.values(), default=float("-inf"))
                if record.state == "queued" and now - last > ABANDONED_IN_QUEUE:
                    why = f"it left the queue because nobody watched it for {ABANDONED_IN_QUEUE:.0f} seconds"
                    self._stop(record, why)
                elif record.state == "running" and not record.asked:
                    self._stop(record, f"stopped because nobody watched it for {ABANDONED / 60:.0f} minutes")
