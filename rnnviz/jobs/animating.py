"""GIFs, each made by a process of its own, a few at a time: taking pictures apart holds up all threads of this one."""

import subprocess
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from typing import Final

from rnnviz import animation
from rnnviz.jobs.processes import started

AT_ONCE: Final = 2
"""GIFs that are being made on this machine at any time."""

ASKED_LIMIT: Final = 8
"""GIFs that are being made or wait for it: the pictures of each are held meanwhile."""

WAITING: Final = 30.0
"""Seconds that one waits for its turn."""

PATIENCE: Final = 60.0
"""Seconds that one may take."""

_BUSY: Final = "The server is busy with the GIFs of other visitors. Try again in a minute, or save a video."

_turns: Final = threading.BoundedSemaphore(AT_ONCE)
_places: Final = threading.BoundedSemaphore(ASKED_LIMIT)


def begin(reel: animation.Reel, frames: Sequence[bytes]) -> "Future[bytes]":
    """Have an animated GIF made of PNG files away from the pages; comes back at once.

    If it cannot be made, its result raises ValueError with the reason. Cancelled before its turn, it is not made.
    Raises ValueError if too many wait.
    """
    places = _places
    if not places.acquire(blocking=False):
        raise ValueError(_BUSY)
    making = Future[bytes]()

    def make() -> None:
        try:
            _make_in_turn(making, reel, frames)
        finally:
            places.release()

    threading.Thread(target=make, name="rnnviz-gif", daemon=True).start()
    return making


def _make_in_turn(making: "Future[bytes]", reel: animation.Reel, frames: Sequence[bytes]) -> None:
    comes = _turns.acquire(timeout=WAITING)
    try:
        if not making.set_running_or_notify_cancel():
            return
        if comes:
            making.set_result(_made(reel, frames))
        else:
            making.set_exception(ValueError(_BUSY))
    except Exception as error:  # noqa: BLE001 - it is raised where the file is asked for
        making.set_exception(
            error if isinstance(error, ValueError) else ValueError(f"No GIF can be made here: {error}")
        )
    finally:
        if comes:
            _turns.release()


def _made(reel: animation.Reel, frames: Sequence[bytes]) -> bytes:
    process = started("rnnviz.animation")
    try:
        said, _ = process.communicate(animation.order(reel, frames), PATIENCE)
    except subprocess.TimeoutExpired:
        raise ValueError("The GIF took too long. Use fewer steps or pixels, or save a video.") from None
    finally:
        process.kill()
        process.wait()
    return animation.answered(said)
