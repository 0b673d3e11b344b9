"""GIFs, each made by a process of its own, a few at a time: taking pictures apart holds up all threads of this one."""

import subprocess
import threading
from collections.abc import Sequence
from typing import Final

from rnnviz import animation
from rnnviz.jobs.processes import started

AT_ONCE: Final = 2
"""GIFs that are being made on this machine at any time."""

WAITING: Final = 30.0
"""Seconds that one waits for its turn."""

PATIENCE: Final = 60.0
"""Seconds that one may take."""

_turns: Final = threading.BoundedSemaphore(AT_ONCE)


def made(reel: animation.Reel, frames: Sequence[bytes]) -> bytes:
    """An animated GIF, made away from the pages.

    Parameters
    ----------
    reel : Reel
    frames : sequence of bytes
        PNG files.

    Returns
    -------
    bytes

    Raises
    ------
    ValueError
        If there is none, with the reason.
    """
    if not _turns.acquire(timeout=WAITING):
        raise ValueError("The server is busy with the GIFs of others. Try again in a minute, or save a video.")
    try:
        process = started("rnnviz.animation")
        try:
            said, _ = process.communicate(animation.order(reel, frames), PATIENCE)
        except subprocess.TimeoutExpired:
            raise ValueError("The GIF took too long. Take fewer steps or fewer pixels, or save a video.") from None
        finally:
            process.kill()
            process.wait()
        return animation.answered(said)
    except OSError as error:
        raise ValueError(f"No GIF can be made here: {error}") from error
    finally:
        _turns.release()
