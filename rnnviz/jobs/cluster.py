"""A Dask cluster: the same runs on workers that others have started, wherever they are."""

import logging
import queue
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from distributed import Client, Event, Future

from rnnviz import runs
from rnnviz.jobs.engine import AnyJob, Ending, Listener, events_from_json
from rnnviz.spec import CharacterSpec, to_json
from rnnviz.worker import TOPIC, on_cluster

PATIENCE: Final = 5.0
"""Seconds that the scheduler has to answer, and a worker to stop."""

SENDING: Final = 60.0
"""Seconds that histories may take on their way back."""

LOOK_EVERY: Final = 1.0
"""Seconds between looks at how many threads the cluster's workers have."""

_log = logging.getLogger(__name__)


@dataclass(eq=False)
class _Attempt:
    """One attempt at a run."""

    job: AnyJob
    token: str
    future: "Future[Any] | None" = None
    stopping_since: float | None = None


class Cluster:
    """The engine that hands runs to a Dask scheduler: see ``engine.Engine``.

    What waits for the scheduler's answer is done by a thread of its own, never with the listener's lock held: the
    answers come through a thread that may be waiting for that lock.

    Parameters
    ----------
    listener : Listener
        Its lock guards this object too.
    folder : Path
        Where finished runs are kept.
    address : str
        Of the scheduler, as ``tcp://127.0.0.1:8786``.
    """

    def __init__(self, listener: Listener, folder: Path, address: str) -> None:
        self._listener = listener
        self._folder = folder
        self._address = address
        self._attempts: dict[str, _Attempt] = {}  # by token
        self._threads = 0  # of all workers of the cluster
        self._talk: queue.SimpleQueue[Callable[[Client], None] | None] = queue.SimpleQueue()
        self._talking: threading.Thread | None = None

    def free(self) -> int:
        """How many threads of the cluster have nothing to do for this process."""
        return max(0, self._threads - len(self._attempts))

    def want(self, waiting: int) -> None:  # noqa: ARG002 - the cluster is as large as others make it
        """Connect, if that is not done yet."""
        if self._talking is None:
            self._talking = threading.Thread(target=self._converse, name="rnnviz-cluster", daemon=True)
            self._talking.start()

    def waits_for(self) -> str:
        """A worker at the scheduler, where there is none."""
        return "" if self._threads else f"waiting for a worker at the scheduler {self._address}"

    def start(self, job: AnyJob) -> None:
        """Give a run to the scheduler."""
        attempt = _Attempt(job, f"rnnviz-{job.id}-{uuid4().hex}")
        self._attempts[attempt.token] = attempt
        self._talk.put(lambda client: self._submit(client, attempt))

    def stop(self, run: str) -> None:
        """Ask the worker that trains it to stop."""
        for attempt in self._attempts.values():
            if attempt.job.id == run and attempt.stopping_since is None:
                attempt.stopping_since = time.monotonic()
                self._talk.put(_flag(attempt.token, up=True))

    def tend(self) -> bool:
        """Give up what does not stop."""
        for attempt in list(self._attempts.values()):
            if attempt.stopping_since is not None and time.monotonic() - attempt.stopping_since > PATIENCE:
                self._over(attempt, "stopped")
        return self._talking is not None

    def close(self) -> None:
        """Cancel what goes on and leave the cluster."""
        with self._listener.lock:
            attempts, self._attempts = list(self._attempts.values()), {}
            talking, self._talking = self._talking, None
        if talking is not None:
            for attempt in attempts:
                self._talk.put(_flag(attempt.token, up=True))
            self._talk.put(None)
            talking.join(2 * PATIENCE)

    def _converse(self) -> None:
        """Talk with the scheduler until there is no more to say, or it is gone."""
        try:
            client = Client(self._address, timeout=PATIENCE, set_as_default=False, name="rnnviz")
        except (OSError, ValueError) as error:
            self._lost(f"no Dask scheduler answers at {self._address}; {type(error).__name__}")
            return
        try:
            client.subscribe_topic(TOPIC, self._heard)
            self._answer(client)
        except (OSError, TimeoutError) as error:
            self._lost(f"the Dask scheduler at {self._address} has gone; {type(error).__name__}")
        finally:
            with suppress(OSError, TimeoutError):
                client.close(PATIENCE)

    def _answer(self, client: Client) -> None:
        """Do what is asked for, and look now and then how large the cluster is."""
        looked_at = 0.0
        while True:
            if time.monotonic() - looked_at > LOOK_EVERY:
                self._look(client)
                looked_at = time.monotonic()
            with suppress(queue.Empty):
                said = self._talk.get(timeout=LOOK_EVERY)
                if said is None:
                    return
                said(client)

    def _look(self, client: Client) -> None:
        if client.status != "running":
            raise ConnectionError(client.status)
        threads = sum(client.nthreads().values())
        with self._listener.lock:
            if threads != self._threads:
                self._threads = threads
                self._listener.freed()

    def _submit(self, client: Client, attempt: _Attempt) -> None:
        job, first = attempt.job, attempt.job.specs[0]
        plain = [to_json(spec) for spec in job.specs]
        begun = runs.read_begun(self._folder, first) if isinstance(first, CharacterSpec) else b""
        asked = (attempt.token, plain, job.text, begun)
        attempt.future = client.submit(on_cluster, *asked, key=attempt.token, pure=False)
        attempt.future.add_done_callback(lambda future: self._done(attempt, future))

    def _heard(self, event: tuple[float, Any]) -> None:
        """Take what a worker tells; all servers at the cluster hear it, and nothing about it is trusted."""
        match event[1]:
            case {"token": str(token), "begins": True}:
                with self._listener.lock:
                    if token in self._attempts:
                        self._listener.began(self._attempts[token].job.id)
            case {"token": str(token), "events": list() | tuple() as events}:
                attempt = self._attempts.get(token)
                if attempt is not None:
                    try:
                        told = events_from_json(attempt.job, events)
                    except ValueError as error:
                        _log.error("a Dask worker said something that is no message; %s", error)
                        return
                    self._listener.told(attempt.job.id, told)

    def _done(self, attempt: _Attempt, future: "Future[Any]") -> None:
        """Keep what a worker has sent back."""
        try:
            if future.status == "cancelled":
                raise ConnectionError("the Dask cluster has lost it; start it again")  # noqa: TRY301 - as any other failure
            made = future.result(SENDING)
            if made is not None:
                runs.keep(self._folder, made.run, made.files)
            self._over(attempt, "done" if made is not None and made.run == attempt.job.id else "stopped")
        except Exception as error:  # noqa: BLE001 - it may be anything that was raised where it was trained
            self._over(attempt, "failed", f"{type(error).__name__}: {error}"[:500])

    def _over(self, attempt: _Attempt, state: Ending, message: str = "") -> None:
        with self._listener.lock:
            if self._attempts.pop(attempt.token, None) is None:
                return
            self._talk.put(_flag(attempt.token, up=False))
            if attempt.future is not None:
                attempt.future.release()
            self._listener.ended(attempt.job.id, state, message)

    def _lost(self, message: str) -> None:
        """Give up all that is there; what is asked for next makes a new connection."""
        with self._listener.lock:
            self._talking, self._talk, self._threads = None, queue.SimpleQueue(), 0
            attempts, self._attempts = list(self._attempts.values()), {}
            self._listener.refused(message)
            for attempt in attempts:
                self._listener.ended(attempt.job.id, "failed", message)


def _flag(token: str, *, up: bool) -> Callable[[Client], None]:
    """Raise the flag that stops an attempt, or take it away."""

    def change(client: Client) -> None:
        event = Event(token, client)
        if up:
            event.set()
        else:
            event.clear()

    return change
