"""Worker processes of this machine: started when needed, kept warm, ended when idle."""

import json
import logging
import os
import queue
import subprocess
import sys
import threading
import time
from base64 import b64decode
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, Final, cast, get_args

from rnnviz import places, runs
from rnnviz.jobs.engine import AnyJob, Ending, Listener
from rnnviz.spec import to_json

WORKERS_VARIABLE: Final = "RNNVIZ_WORKERS"
"""Of the environment: the most worker processes."""

WORKERS_LIMIT: Final = 8
"""The most without being told, as each holds some 300 MB."""

IDLE: Final = 600.0
"""Seconds without work after which a worker is ended."""

STARTING: Final = 120.0
"""Seconds that the imports of a worker may take."""

GRACE: Final = 3.0
"""Seconds that a worker has to stop before it is killed."""

TAKING: Final = 10.0
"""Seconds in which a worker says that it has read an order; then it is killed and another gets the order."""

FILES_LIMIT: Final = 128 * 2**20
"""The most bytes of a finished run that a worker tells, as it cannot write it."""

LINE_LIMIT: Final = 16 * 2**20
"""The most bytes of one line from a worker."""

_ENDINGS: Final = get_args(Ending)
_CHUNK: Final = 2**16

_log = logging.getLogger(__name__)


class _Worker:
    """One process, and what it is doing."""

    def __init__(self) -> None:
        self.process = started("rnnviz.worker")
        self._orders = cast("IO[bytes]", self.process.stdin)
        self._answers = cast("IO[bytes]", self.process.stdout)
        self._to_send: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        self.ready = False
        self.job: AnyJob | None = None
        self.taken = False  # it has read the order for its job
        self.stopping = False  # and is to stop it
        self.made: tuple[str, dict[str, bytearray]] = "", {}  # a finished run that it cannot write
        self.dismissed = False  # it gets no more work and is about to end
        self.due = time.monotonic() + STARTING  # when patience with what it does, or with its idleness, ends
        threading.Thread(target=self._send, name="rnnviz-worker", daemon=True).start()

    @property
    def is_free(self) -> bool:
        return self.ready and self.job is None and not self.dismissed

    def order(self, message: dict[str, Any]) -> None:
        """Send a line soon; that nobody takes it is heard elsewhere."""
        self._to_send.put(message)

    def take(self, run: str, name: str, part: str) -> None:
        """Take a part of a file of a finished run."""
        if self.made[0] != run:
            self.made = run, {}
        self.made[1].setdefault(name, bytearray()).extend(b64decode(part, validate=True))
        if sum(map(len, self.made[1].values())) > FILES_LIMIT:
            raise ValueError(f"a finished run must have at most {FILES_LIMIT:,} bytes; got more")

    def dismiss(self) -> None:
        """Let it end by itself."""
        self.dismissed, self.due = True, time.monotonic() + GRACE
        self._to_send.put(None)

    def kill(self) -> None:
        """End it at once."""
        self.dismissed = True
        self.process.kill()

    def end(self) -> int:
        """Wait for its end, which is near; return its exit code."""
        code = self.process.wait()
        self._to_send.put(None)
        self._answers.close()
        return code

    def _send(self) -> None:
        """Write the orders, on a thread of its own: a pipe that nobody reads is full soon, and writing to it waits."""
        with suppress(OSError, ValueError):
            while (message := self._to_send.get()) is not None:
                left = memoryview(json.dumps(message, ensure_ascii=False).encode() + b"\n")
                while left:
                    left = left[self._orders.write(left) :]
        with suppress(OSError):
            self._orders.close()

    def lines(self) -> Iterator[bytes]:
        """What it says until it ends; a line that is too long comes without its end."""
        # Not a buffered file: at the end of this process, a thread that waits in one would hold its lock.
        rest = b""
        with suppress(OSError, ValueError):
            while chunk := self._answers.read(_CHUNK):
                *whole, rest = (rest + chunk).split(b"\n")
                yield from (line + b"\n" for line in whole)
                if len(rest) > LINE_LIMIT:
                    yield rest
                    rest = b""


class Processes:
    """The engine that is there without anything else: see ``engine.Engine``.

    The listener's lock guards this object too; ``folder`` keeps finished runs.
    """

    def __init__(self, listener: Listener, folder: Path) -> None:
        self._listener = listener
        self._folder = folder
        self._limit = _limit()
        self._workers: list[_Worker] = []

    def free(self) -> int:
        """How many workers have nothing to do."""
        return sum(worker.is_free for worker in self._workers)

    def want(self, waiting: int) -> None:
        """Start workers, as many as there may be."""
        starting = sum(not worker.ready for worker in self._workers)
        try:
            for _ in range(min(waiting - starting, self._limit - len(self._workers))):
                self._start_one()
        except OSError as error:
            _log.exception("no worker process can be started")
            self._listener.refused(f"no worker process can be started: {error}")

    def waits_for(self) -> str:
        """The first worker, while it imports what it needs."""
        return "" if any(worker.ready for worker in self._workers) else "a worker process is starting"

    def start(self, job: AnyJob) -> None:
        """Give a run to a worker that has nothing to do, and have the next one ready."""
        worker = next(worker for worker in self._workers if worker.is_free)
        worker.job, worker.due = job, time.monotonic() + TAKING
        worker.taken = worker.stopping = False
        worker.made = "", {}
        text = {"text": job.text} if job.text else {}
        specs = [to_json(spec) for spec in job.specs]
        worker.order({"train": job.id, "specs": specs, "folder": str(self._folder), **text})
        if all(worker.job is not None for worker in self._workers):
            self.want(1)

    def stop(self, run: str) -> None:
        """Ask its worker to stop; it is killed if it does not soon."""
        for worker in self._workers:
            if worker.job is not None and worker.job.id == run:
                worker.order({"stop": run})
                worker.stopping, worker.due = True, time.monotonic() + GRACE

    def tend(self) -> bool:
        """Kill what does not answer, and let those go that have had nothing to do for long."""
        for worker in self._workers:
            if time.monotonic() > worker.due:
                worker.dismiss() if worker.is_free else worker.kill()
        return bool(self._workers)

    def close(self) -> None:
        """End all workers."""
        workers, self._workers = self._workers, []
        for worker in workers:
            worker.dismiss()
        for worker in workers:
            try:
                worker.process.wait(GRACE)
            except subprocess.TimeoutExpired:
                worker.process.kill()

    def _start_one(self) -> None:
        worker = _Worker()
        self._workers.append(worker)
        threading.Thread(target=self._listen, args=(worker,), name="rnnviz-worker", daemon=True).start()

    def _listen(self, worker: _Worker) -> None:
        """Take what a worker says, until it ends or says what it may not."""
        why = ""
        try:
            for line in worker.lines():
                self._heard(worker, line)
        except Exception as error:  # noqa: BLE001 - whatever it is, those who wait for the run must hear of it
            why = f"a worker process said something that is no message; {error}"
            _log.error("%s", why)
        worker.kill()
        self._gone(worker, worker.end(), why)

    def _heard(self, worker: _Worker, line: bytes) -> None:
        if not line.endswith(b"\n"):
            raise ValueError(f"a message must be a line of at most {LINE_LIMIT:,} bytes")
        message = json.loads(line)
        job = worker.job
        match message:
            case {"ready": True} if not worker.ready:
                with self._listener.lock:
                    worker.ready, worker.due = True, time.monotonic() + IDLE
                    self._listener.freed()
            case {"run": str(run), "taken": True} if job is not None and run == job.id and not worker.taken:
                with self._listener.lock:
                    worker.taken = True
                    worker.due = worker.due if worker.stopping else float("inf")
            case {"run": str(run), "events": list(events)} if job is not None and run == job.id:
                self._listener.told(run, runs.events_from_json(job.specs, events))
            case {"run": str(run), "made": str(made), "file": str(name), "part": str(part)} if (
                job is not None and run == job.id and runs.is_identity(made)
            ):
                worker.take(made, name, part)
            case {"run": str(run), "ended": {"state": state, "message": str(text), **more}} if (
                job is not None and run == job.id and state in _ENDINGS
            ):
                if worker.made[0]:
                    state, text = self._kept(worker, state, f"{more.get('unwritten')}"[:200])
                with self._listener.lock:
                    worker.job, worker.due = None, time.monotonic() + IDLE
                    self._listener.ended(run, state, text)
            case _:
                raise ValueError(f"got {message!r:.200}")

    def _kept(self, worker: _Worker, state: Ending, why: str) -> tuple[Ending, str]:
        """Hand on a finished run that the disk does not take; return how it has ended then."""
        run, files = worker.made
        worker.made = "", {}
        try:
            self._listener.kept(run, {name: bytes(content) for name, content in files.items()}, why)
        except (OSError, ValueError) as error:
            return "failed", f"the disk does not take it ({why}), nor can it be kept in memory: {error}"[:500]
        return state, ""

    def _gone(self, worker: _Worker, code: int, why: str) -> None:
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        with self._listener.lock:
            if worker not in self._workers:
                return  # this engine was closed
            self._workers.remove(worker)
            if worker.job is not None and not worker.taken and not why:
                self._listener.given_back(worker.job.id, f"did not read the order; the last one ended ({how})")
            elif worker.job is not None:
                why = why or f"the process that trained it ended ({how}) before it was done"
                self._listener.ended(worker.job.id, "failed", why)
            elif not worker.ready:
                late = time.monotonic() >= worker.due
                said = f"within {STARTING:.0f} s" if late else f"({how}); the server's output says why"
                _log.error("a worker process did not start: %s", said)
                self._listener.refused(f"a worker process did not start {said}")
            self._listener.freed()


def started(module: str, *arguments: str) -> "subprocess.Popen[bytes]":
    """A process, with pipes to and from it, that runs a module of this very package, whatever the working directory."""
    one_thread = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    low = sys.platform == "win32" and subprocess.BELOW_NORMAL_PRIORITY_CLASS | subprocess.CREATE_NO_WINDOW
    return subprocess.Popen(  # noqa: S603 - ours
        [sys.executable, "-P", "-m", module, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        bufsize=0,
        env={**os.environ, **one_thread, **places.search_path()},
        creationflags=int(low),
    )


def _limit() -> int:
    """The most worker processes: as the environment says, or the cores but one."""
    named = os.environ.get(WORKERS_VARIABLE)
    if named:
        if not named.isascii() or not named.isdigit() or not 1 <= int(named[:9]) <= 256:
            raise ValueError(f"{WORKERS_VARIABLE} must be a whole number in 1..256; got {named!r:.80}")
        return int(named)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(WORKERS_LIMIT, cores - 1))
