"""Long work away from the page: ask for a training, watch it, stop it, find it again.

Equal specs are one run, whoever asks and however often: one that waits, one that goes on, or a finished one on disk,
which is found after a restart of the server too. Processes of this machine (``rnnviz.worker``) train the runs, or a
Dask cluster does if the environment names its scheduler in ``RNNVIZ_SCHEDULER``. All functions may be called from any
thread and come back at once.

``visitor`` names who asks: ``address/session``, or one name for both. The caller chooses this text, which stays the
same while somebody looks at a page. It decides whose turn it is, as ``fair_queue.in_turn`` says, and whether others
still watch a run that one wants to stop.
"""

import atexit
import os
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, overload

from rnnviz import extras, runs
from rnnviz.checkpoints import runs_folder
from rnnviz.extras import SCHEDULER_VARIABLE
from rnnviz.history import History
from rnnviz.jobs.engine import (
    AnyJob,
    CharacterJob,
    CharacterSeen,
    Engine,
    Job,
    Listener,
    Requested,
    ReviewJob,
    ReviewSeen,
    Seen,
    SpecT,
    State,
    View,
)
from rnnviz.jobs.processes import Processes
from rnnviz.jobs.scheduler import Scheduler, VisitorFull
from rnnviz.spec import CharacterSpec, ReviewSpec, TrainSpec

if TYPE_CHECKING:
    from rnnviz.characters import CharacterModel
    from rnnviz.sentiment import SentimentModel

__all__ = [
    "CharacterJob",
    "CharacterSeen",
    "Job",
    "ReviewJob",
    "ReviewSeen",
    "Seen",
    "State",
    "VisitorFull",
    "cancel",
    "close",
    "events",
    "find",
    "prepare",
    "result",
    "submit",
    "text_of",
    "unwritable",
]

_lock: Final = threading.Lock()
_scheduler: Scheduler | None = None


@overload
def submit(specs: TrainSpec | Sequence[TrainSpec], visitor: str = "", *, anew: bool = False) -> Job: ...
@overload
def submit(specs: ReviewSpec, visitor: str = "", *, anew: bool = False) -> ReviewJob: ...
@overload
def submit(specs: CharacterSpec, visitor: str = "", text: str = "", *, anew: bool = False) -> CharacterJob: ...
@overload
def submit(specs: Sequence[runs.Spec], visitor: str = "", text: str = "", *, anew: bool = False) -> AnyJob: ...
def submit(
    specs: runs.Spec | Sequence[runs.Spec],
    visitor: str = "",
    text: str = "",
    *,
    anew: bool = False,
) -> AnyJob:
    """Ask for a training; one that waits, goes on or is done is not begun again, one that has failed or was stopped is.

    To be called when somebody asks for it (a press of a button), not on every rerun of a page. Its ``id`` can stand in
    a link: ``find`` knows it.

    Args:
        specs: Arms are trained in one pass: they may only differ in how they descend. A network that judges reviews is
            trained by itself, on the reviews that the environment of this process names in ``RNNVIZ_REVIEWS``. One on a
            text goes on where a run of the same settings with fewer updates has ended; if it is stopped, what it has
            learned is the run of as many updates as there were.
        text: Of a CharacterSpec. This process holds it while its runs are known, tells it to the worker, and writes it
            nowhere; it need not be given again in that time.
        anew: Whether one that is done is begun again, to be watched: its numbers will be the same.

    Raises:
        ValueError: If it is too much for one run, or the text is another one or has to be given again.
        queue.Full: If too many runs wait, of all or from one address; ``VisitorFull`` if of this visitor.
    """
    asked = (specs,) if isinstance(specs, runs.Spec) else tuple(specs)
    return _the_scheduler().submit(asked, visitor, text, anew=anew)


def events(job: Requested[SpecT], visitor: str = "") -> View[Any]:
    """What there is to see of a run. Whoever asks watches it.

    A run that nobody watches for ten minutes is stopped, and one that waits leaves the queue after half a minute.
    """
    return _the_scheduler().seen(job, visitor)


def cancel(job: AnyJob, visitor: str = "") -> int:
    """Stop a run, unless others watch it: then only the visitor leaves, and should stop asking for its events.

    What comes back: how many others have asked for its events in the last five seconds; 0: it stops in about a second.
    """
    return _the_scheduler().cancel(job, visitor)


@overload
def result(job: Job) -> list[History]: ...
@overload
def result(job: ReviewJob) -> "SentimentModel": ...
@overload
def result(job: CharacterJob) -> "CharacterModel": ...
def result(job: AnyJob) -> Any:
    """What has come of a finished run, read from disk.

    Returns:
        A History an arm, whose networks can be opened by ``runs.network_name``; or the network that was trained on
            reviews or on a text, whose card says how: see ``rnnviz.sentiment.in_app`` and ``rnnviz.characters.in_app``.

    Raises:
        ValueError: If the run is not done, is damaged or not kept any more; ``submit`` takes it up again then.
    """
    return _the_scheduler().result(job)


def text_of(key: str) -> str:
    """A text that a run of this process was asked for with, so that it need not be given again.

    ``key`` is from ``spec.text_key``. The text is empty if it is not known, or not any more.
    """
    return _the_scheduler().text_of(key)


def find(job_id: object, of: type[SpecT]) -> Requested[SpecT] | None:
    """The run that a link names: one that waits or goes on, has ended lately or is on disk.

    ``job_id`` may come from anybody; ``of`` is TrainSpec, ReviewSpec or CharacterSpec. None for a run of another kind.
    """
    found = _the_scheduler().find(job_id) if runs.is_identity(job_id) else None
    return found if found is not None and isinstance(found.specs[0], of) else None


def unwritable() -> str:
    """Where a result would stay, in words, if the folder of finished runs cannot be written; else empty.

    It tries at most twice a minute.
    """
    return _the_scheduler().unwritable()


def prepare() -> None:
    """Have a worker ready soon: its imports take seconds, which a visitor need not wait for."""
    _the_scheduler().prepare()


def close() -> None:
    """Stop all that goes on and end the workers; also done when this process ends."""
    global _scheduler
    with _lock:
        scheduler, _scheduler = _scheduler, None
    if scheduler is not None:
        scheduler.close()


def _the_scheduler() -> Scheduler:
    global _scheduler  # noqa: PLW0603 - one a process is the point
    with _lock:
        if _scheduler is None:
            _scheduler = Scheduler(_engine, runs_folder())
            atexit.register(close)
        return _scheduler


def _engine(listener: Listener, folder: Path) -> Engine:
    """The one that the environment asks for."""
    address = os.environ.get(SCHEDULER_VARIABLE)
    if not address:
        return Processes(listener, folder)
    extras.require("cluster", SCHEDULER_VARIABLE)
    from rnnviz.jobs.cluster import Cluster

    return Cluster(listener, folder, address)
