"""Indexes of long texts, made away from the page: by one process at a time, which begins when somebody wants to search.

They are no runs of the scheduler. Their files are large and worth nothing elsewhere, since they are of the library of
this machine's interpreter: they neither cross a pipe nor take the room of finished runs. What is read so far can be
searched. The process ends by itself when this one is gone.
"""

import json
import logging
import subprocess
import threading
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import IO, Final, Literal, cast

from rnnviz.jobs.processes import started

State = Literal["waiting", "reading", "done", "failed"]

REMEMBERED: Final = 64
"""The most indexes of which it is known how far they are."""

_CLOSING: Final = 0.05
"""Seconds between two looks whether the thread has ended."""

_LINE_LIMIT: Final = 4_096

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Making:
    """How far an index is; ``message`` says why it failed.

    Attributes:
        partial: The name of the file in the making, as ``characters.index.glance`` takes it.
        read: Characters of each stretch of the text that are in it.
    """

    state: State
    partial: str = ""
    read: int = 0
    message: str = ""


_lock: Final = threading.Lock()
_made: OrderedDict[tuple[str, str], Making] = OrderedDict()
_thread: threading.Thread | None = None
_process: "subprocess.Popen[bytes] | None" = None


def begin(network: str, signal: str) -> None:
    """Have an index made, unless it is being made: of a state of a network that ``rnnviz.characters.load`` knows."""
    global _thread  # noqa: PLW0603 - one a process is the point
    asked = (network, signal)
    with _lock:
        if asked in _made and _made[asked].state in ("waiting", "reading"):
            return
        _made[asked] = Making("waiting")
        _made.move_to_end(asked)
        while len(_made) > REMEMBERED:
            _made.popitem(last=False)
        if _thread is None:
            _thread = threading.Thread(target=_work, name="rnnviz-index", daemon=True)
            _thread.start()


def progress(network: str, signal: str) -> Making | None:
    """How far an index is; None if nobody has asked for it in this process."""
    with _lock:
        return _made.get((network, signal))


def close() -> None:
    """End the process that makes one, and forget what waits."""
    with _lock:
        _made.clear()
        thread = _thread
    # The thread must be over before the next index is asked for: it would take its own end for that one's.
    while thread is not None and thread.is_alive():
        if (process := _process) is not None:
            process.kill()
        thread.join(_CLOSING)


def _work() -> None:
    """Make one after the other, until nobody waits."""
    global _thread  # noqa: PLW0603 - see begin
    while True:
        with _lock:
            asked = next((one for one, made in _made.items() if made.state == "waiting"), None)
            if asked is None:
                _thread = None
                return
            _made[asked] = Making("reading")
        try:
            for change in _told(*asked):
                _change(asked, **change)
            _change(asked, state="done")
        except (OSError, ValueError) as error:
            _change(asked, state="failed", message=f"{error}"[:300])
        except Exception as error:  # noqa: BLE001 - whatever it is, those who wait must hear of it
            _log.exception("an index could not be made")
            _change(asked, state="failed", message=f"{type(error).__name__}: {error}"[:300])


def _change(asked: tuple[str, str], **change: object) -> None:
    with _lock:
        if asked in _made:
            _made[asked] = replace(_made[asked], **change)  # type: ignore[arg-type]


def _told(network: str, signal: str) -> Iterator[dict[str, object]]:
    """What a process tells that makes an index; ValueError if it does not come to its end."""
    global _process  # noqa: PLW0603 - see begin
    process = _process = started("rnnviz", "index", network, "--signal", signal, "--told")
    answers, error = cast("IO[bytes]", process.stdout), ""
    try:
        while line := answers.readline(_LINE_LIMIT):
            match json.loads(line):
                case {"partial": str(partial), "read": int(read)}:
                    yield {"partial": partial, "read": read}
                case {"error": str(error)}:
                    pass
                case other:
                    raise ValueError(f"the process that reads said something that is no message: {other!r:.80}")
        if process.wait():
            raise ValueError(error or f"the process that reads the text ended (exit code {process.returncode})")
    finally:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            cast("IO[bytes]", pipe).close()
        _process = None
