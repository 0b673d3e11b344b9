"""Long work is done here: ``python -m rnnviz.worker`` takes orders as JSON lines and tells how it goes.

``rnnviz.jobs`` starts it. It ends when its standard input closes, so also when the process that started it is killed. A
Dask worker calls ``on_cluster`` instead.
"""

import json
import os
import queue
import signal
import sys
import threading
import time
import traceback
from base64 import b64encode
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Final

from rnnviz import runs

LINE_LIMIT: Final = 8 * 2**20
"""The most bytes of one order; that of a training on a text holds the text."""

PART: Final = 2**20
"""The most bytes of a file in one line."""

NICENESS: Final = 10
"""How far all other processes go before this one; on Windows it is started with a low priority instead."""

TOPIC: Final = "rnnviz"
"""The topic of all events on a Dask cluster."""

ASK_EVERY: Final = 0.4
"""Seconds between looks at whether a run on a Dask cluster is to be stopped."""

_SHOWN_FRAMES: Final = 6


@dataclass(frozen=True)
class Train:
    """The order to train: ``run`` is the identity of the specs, ``folder`` keeps runs, ``text`` is what is learned."""

    run: str
    specs: tuple[Any, ...]
    folder: Path
    text: str = field(default="", repr=False)


@dataclass(frozen=True)
class Stop:
    """The order to stop a run; nothing happens if it is not the present one."""

    run: str


def order(line: bytes) -> Train | Stop:
    """The order in a line, of which nothing is trusted; ValueError if it is none."""
    try:
        data = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"an order must be JSON; {type(error).__name__}") from None
    match data:
        case {"stop": str(run), **others} if runs.is_identity(run) and not others:
            return Stop(run)
        case {"train": str(run), "specs": list(plain), "folder": str(folder), **others} if set(others) <= {"text"}:
            specs, text = runs.specs_from_json(plain), others.get("text", "")
            if run != runs.identity(specs):
                raise ValueError(f"train must be the identity of the specs; got {run!r:.80}")
            return Train(run, specs, Path(folder), runs.checked_text(specs, text))
    raise ValueError(f"an order must be to train or to stop; got {data!r:.80}")


def on_cluster(token: str, plain: Sequence[object], text: str = "", begun: bytes = b"") -> runs.Made | None:
    """Train as a Dask worker, tell all who listen to ``TOPIC``, and return what ``runs.perform`` does.

    Args:
        token: Names this attempt in its events, and the ``distributed.Event`` that stops it.
        plain: The specs as plain data.
        begun: From ``runs.read_begun``; the training goes on from there.
    """
    import torch
    from distributed import Event, get_worker

    torch.set_num_threads(1)
    worker, stop = get_worker(), Event(token)
    asked_at, stopped = 0.0, False

    def tell(events: Sequence[runs.Event]) -> None:
        worker.log_event(TOPIC, {"token": token, "events": [event.to_json() for event in events]})

    def is_stopped() -> bool:
        nonlocal asked_at, stopped
        if time.monotonic() - asked_at > ASK_EVERY:
            stopped = stop.is_set()
            asked_at = time.monotonic()
        return stopped

    worker.log_event(TOPIC, {"token": token, "begins": True})
    specs = runs.specs_from_json(plain)
    return runs.perform(runs.Work(specs, tell, is_stopped, runs.checked_text(specs, text), begun))


class _Process:
    """The two ends of a worker process: orders come in on one thread, work is done and told on the main one."""

    def __init__(self, orders: BinaryIO, answers: BinaryIO) -> None:
        self._orders = orders
        self._answers = answers
        self._writing = threading.Lock()
        self._queue: queue.SimpleQueue[Train] = queue.SimpleQueue()
        self._to_stop: str | None = None

    def listen(self) -> None:
        """Take orders until there can be no more; then end the process, whatever it is doing."""
        while True:
            line = self._orders.readline(LINE_LIMIT)
            if not line:
                # Everything is written to disk as a whole or not at all, so nothing is lost or half done.
                os._exit(0)
            try:
                if not line.endswith(b"\n"):
                    raise ValueError(f"an order must be a line of at most {LINE_LIMIT:,} bytes")  # noqa: TRY301
                self._take(order(line))
            except (ValueError, TypeError) as error:
                self.tell({"refused": f"{error!s:.500}"})

    def work(self) -> None:
        """Do what is ordered, one run after another, for ever."""
        while True:
            todo = self._queue.get()
            self.tell({"run": todo.run, "ended": self._done(todo)})

    def tell(self, message: dict[str, Any]) -> None:
        """Write one line."""
        line = json.dumps(message).encode() + b"\n"
        with self._writing:
            try:
                self._answers.write(line)
                self._answers.flush()
            except OSError:
                os._exit(0)  # nobody listens any more

    def _take(self, taken: Train | Stop) -> None:
        if isinstance(taken, Train):
            self._to_stop = None
            self.tell({"run": taken.run, "taken": True})
            self._queue.put(taken)
        else:
            self._to_stop = taken.run

    def _done(self, todo: Train) -> dict[str, str]:
        def tell(events: Sequence[runs.Event]) -> None:
            self.tell({"run": todo.run, "events": [event.to_json() for event in events]})

        def keep(updates: int, begun: bytes) -> None:
            with suppress(OSError):  # at the end it is told that the disk takes nothing
                runs.keep_begun(todo.folder, todo.specs, updates, begun)

        try:
            begun = runs.read_begun(todo.folder, todo.specs)
            work = runs.Work(todo.specs, tell, lambda: self._to_stop == todo.run, todo.text, begun, keep)
            made = runs.perform(work)
            unwritten = self._kept(todo, made) if made is not None else ""
        except Exception as error:  # noqa: BLE001 - whatever it is, those who wait must hear of it
            traceback.print_exc(limit=_SHOWN_FRAMES)
            return {"state": "failed", "message": f"{type(error).__name__}: {error}"[:500]}
        state = "done" if made is not None and made.run == todo.run else "stopped"
        return {"state": state, "message": "", **({"unwritten": unwritten} if unwritten else {})}

    def _kept(self, todo: Train, made: runs.Made) -> str:
        """Put a run on disk. If the disk does not take it, send its files, which stay in memory, and return why."""
        try:
            runs.keep(todo.folder, made.run, made.files)
        except OSError as error:
            for name, content in made.files.items():
                for k in range(0, max(1, len(content)), PART):
                    part = b64encode(content[k : k + PART]).decode()
                    self.tell({"run": todo.run, "made": made.run, "file": name, "part": part})
            return runs.why(error)
        runs.forget_begun(todo.folder, todo.specs)
        return ""


def main() -> None:
    """Work as a process of its own, until standard input closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a terminal reaches all its processes; the server decides
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever prints goes where errors go, not among the answers
    process = _Process(sys.stdin.buffer, answers)
    threading.Thread(target=process.listen, daemon=True).start()

    import torch

    import rnnviz.train  # noqa: F401 - the seconds that it takes are over before the first order

    torch.set_num_threads(1)
    process.tell({"ready": True})
    process.work()


if __name__ == "__main__":
    main()
