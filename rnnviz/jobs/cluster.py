"""A Dask cluster: the same runs on workers that others have started, wherever they are."""

import logging
import operator
import pkgutil
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
from rnnviz.jobs.engine import AnyJob, Ending, Listener
from rnnviz.jobs.processes import Processes
from rnnviz.spec import to_json
from rnnviz.worker import TOPIC

PATIENCE: Final = 5.0
"""Seconds that the scheduler has to answer, and a worker to stop."""

SENDING: Final = 60.0
"""Seconds that histories may take on their way back."""

LOOK_EVERY: Final = 1.0
"""Seconds between looks at how many threads the cluster's workers have."""

# The scheduler unpacks each task too: made of names and of the standard library, it needs no rnnviz there.
_WORK: Final = "rnnviz.worker:on_cluster"
_PROBE: Final = "rnnviz.train:train"
_PROBE_PRIORITY: Final = 100

_log = logging.getLogger(__name__)


@dataclass(eq=False)
class _Attempt:
    """One attempt at a run."""

    job: AnyJob
    token: str
    future: "Future[Any] | None" = None
    stopping_since: float | None = None
    where: frozenset[str] = frozenset()  # the workers that may do it; empty for any


class Cluster:
    """The engine that hands runs to a Dask scheduler: see ``engine.Engine``.

    A thread of its own does what waits for the scheduler's answer, never with the listener's lock held: the answers
    come through a thread that may be waiting for that lock. The listener's lock guards this object too.

    Workers that cannot import rnnviz get nothing to do. Where there are no others, processes of this machine train.
    ``folder`` keeps finished runs; ``address`` is that of the scheduler, as ``tcp://127.0.0.1:8786``.
    """

    def __init__(self, listener: Listener, folder: Path, address: str) -> None:
        self._listener = listener
        self._folder = folder
        self._address = address
        self._attempts: dict[str, _Attempt] = {}  # by token
        self._probes: dict[str, Future[Any]] = {}  # whether a worker can import rnnviz, by its address
        self._connected = 0  # workers, of which some may not have answered yet, as they are busy
        self._fit: dict[str, int] = {}  # the threads of those that can
        self._unfit: dict[str, str] = {}  # why the others cannot
        self._own = Processes(listener, folder)
        self._talk: queue.SimpleQueue[Callable[[Client], None] | None] = queue.SimpleQueue()
        self._talking: threading.Thread | None = None

    def free(self) -> int:
        """How many threads of the cluster, or processes of this machine in its place, have nothing to do."""
        return self._own.free() if self._is_replaced else max(0, sum(self._fit.values()) - len(self._attempts))

    def want(self, waiting: int) -> None:
        """Connect, if that is not done yet; the cluster is as large as others make it."""
        if self._is_replaced:
            self._own.want(waiting)
        if self._talking is None:
            self._talking = threading.Thread(target=self._converse, name="rnnviz-cluster", daemon=True)
            self._talking.start()

    def waits_for(self) -> str:
        """A worker at the scheduler, where there is none; or why this machine trains in its place."""
        if self._is_replaced:
            address, why = min(self._unfit.items())
            return f"The Dask worker at {address} cannot import rnnviz ({why}), so this server trains by itself."
        return "" if self._connected else f"waiting for a worker at the scheduler {self._address}"

    def start(self, job: AnyJob) -> None:
        """Give a run to the scheduler, or to a process of this machine."""
        if self._is_replaced:
            self._own.start(job)
            return
        attempt = _Attempt(job, f"rnnviz-{job.id}-{uuid4().hex}")
        self._attempts[attempt.token] = attempt
        self._talk.put(lambda client: self._submit(client, attempt))

    def stop(self, run: str) -> None:
        """Ask the worker that trains it to stop."""
        for attempt in self._attempts.values():
            if attempt.job.id == run and attempt.stopping_since is None:
                attempt.stopping_since = time.monotonic()
                self._talk.put(_flag(attempt.token, up=True))
        self._own.stop(run)

    def tend(self) -> bool:
        """Give up what does not stop."""
        for attempt in list(self._attempts.values()):
            if attempt.stopping_since is not None and time.monotonic() - attempt.stopping_since > PATIENCE:
                self._over(attempt, "stopped")
        return self._own.tend() or self._talking is not None

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
        self._own.close()

    @property
    def _is_replaced(self) -> bool:
        """Whether no worker of the cluster can import rnnviz, so that processes of this machine train."""
        return bool(self._unfit) and not self._fit

    def _converse(self) -> None:
        """Talk with the scheduler until there is no more to say, or it is gone."""
        try:
            client = Client(self._address, timeout=PATIENCE, set_as_default=False, name="rnnviz")
        except Exception as error:  # noqa: BLE001 - whatever it is, those who wait must hear of it
            self._lost(f"no Dask scheduler answers at {self._address}; {type(error).__name__}")
            return
        try:
            client.subscribe_topic(TOPIC, self._heard)
            self._answer(client)
        except (OSError, TimeoutError) as error:
            self._lost(f"the Dask scheduler at {self._address} has gone; {type(error).__name__}")
        except Exception as error:  # noqa: BLE001 - as above
            _log.exception("talking with the Dask scheduler has failed")
            self._lost(
                f"talking with the Dask scheduler at {self._address} has failed; {type(error).__name__}: {error}"
            )
        finally:
            with suppress(Exception):
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
        """Find out which workers there are, and which of them can import rnnviz."""
        if client.status != "running":
            raise ConnectionError(client.status)
        threads = client.nthreads()
        known = {address: probe for address, probe in self._probes.items() if probe.status != "cancelled"}
        self._probes = {address: known.get(address) or _probe(client, address) for address in threads}
        fit = {address: threads[address] for address, probe in self._probes.items() if probe.status == "finished"}
        unfit = {address: _why(probe) for address, probe in self._probes.items() if probe.status == "error"}
        with self._listener.lock:
            if (fit, unfit, len(threads)) != (self._fit, self._unfit, self._connected):
                for address in unfit.keys() - self._unfit.keys():
                    _log.warning(
                        "the Dask worker at %s gets no work: it cannot import rnnviz (%s)", address, unfit[address]
                    )
                self._fit, self._unfit, self._connected = fit, unfit, len(threads)
                self._listener.freed()
            for attempt in list(self._attempts.values()):
                if attempt.where and attempt.where.isdisjoint(threads):  # Dask would wait for these very workers
                    self._forget(attempt)
                    self._listener.given_back(attempt.job.id, "have gone")

    def _submit(self, client: Client, attempt: _Attempt) -> None:
        try:
            job = attempt.job
            plain = [to_json(spec) for spec in job.specs]
            begun = runs.read_begun(self._folder, job.specs)
            attempt.where = frozenset(self._fit if self._unfit else ())
            where = {"workers": list(attempt.where)} if attempt.where else {}
            work = client.submit(pkgutil.resolve_name, _WORK, key=f"{attempt.token}-work", pure=False, **where)
            asked = (attempt.token, plain, job.text, begun)
            attempt.future = client.submit(operator.call, work, *asked, key=attempt.token, pure=False, **where)
            attempt.future.add_done_callback(lambda future: self._done(attempt, future))
        except (OSError, TimeoutError):
            raise  # the scheduler has gone
        except Exception as error:  # noqa: BLE001 - it is told of
            _log.exception("a run could not be handed to the Dask scheduler")
            why = f"it could not be handed to the Dask scheduler; {type(error).__name__}: {error}"[:500]
            self._over(attempt, "failed", why)

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
                        told = runs.events_from_json(attempt.job.specs, events)
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
                self._keep(made)
            self._over(attempt, "done" if made is not None and made.run == attempt.job.id else "stopped")
        except ModuleNotFoundError as error:  # a worker that came a moment ago and cannot do it
            with self._listener.lock:
                if self._forget(attempt):
                    self._listener.given_back(attempt.job.id, f"could not import what they need ({error})")
        except Exception as error:  # noqa: BLE001 - it may be anything that was raised where it was trained
            self._over(attempt, "failed", f"{type(error).__name__}: {error}"[:500])

    def _keep(self, made: runs.Made) -> None:
        try:
            runs.keep(self._folder, made.run, made.files)
        except OSError as error:
            self._listener.kept(made.run, made.files, runs.why(error))

    def _over(self, attempt: _Attempt, state: Ending, message: str = "") -> None:
        with self._listener.lock:
            if self._forget(attempt):
                self._listener.ended(attempt.job.id, state, message)

    def _forget(self, attempt: _Attempt) -> bool:
        """Let go of an attempt that is over; return whether that has not been done before."""
        if self._attempts.pop(attempt.token, None) is None:
            return False
        self._talk.put(_flag(attempt.token, up=False))
        if attempt.future is not None:
            attempt.future.release()
        return True

    def _lost(self, message: str) -> None:
        """Give up all that is there; what is asked for next makes a new connection."""
        with self._listener.lock:
            self._talking, self._talk = None, queue.SimpleQueue()
            self._probes, self._fit, self._unfit, self._connected = {}, {}, {}, 0
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


def _probe(client: Client, address: str) -> "Future[Any]":
    """Have a worker import rnnviz."""
    key = f"rnnviz-probe-{uuid4().hex}"
    return client.submit(pkgutil.resolve_name, _PROBE, workers=[address], key=key, pure=False, priority=_PROBE_PRIORITY)


def _why(probe: "Future[Any]") -> str:
    error = probe.exception(PATIENCE)
    return f"{type(error).__name__}: {error}"[:200]
