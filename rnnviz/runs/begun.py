"""Trainings that go on: what is kept of them on the way, so that it is not lost where their process is killed."""

import shutil
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from rnnviz.checkpoints.storing import content_of, write
from rnnviz.history import LARGEST
from rnnviz.runs.kinds import kind_of
from rnnviz.runs.naming import partial_place
from rnnviz.spec import CharacterSpec, ReviewSpec, TrainSpec


def read_begun(folder: Path, specs: Sequence[TrainSpec | ReviewSpec | CharacterSpec]) -> bytes:
    """With what a training goes on; empty where ``folder``, that of finished runs, keeps nothing of it.

    Of a training on a text that is also what a finished run of fewer updates has left.
    """
    path = kind_of(specs).begun(folder, specs)
    if path is not None:
        with suppress(OSError, ValueError):  # another process may just have removed it; one too large is begun anew
            return content_of(path, LARGEST)
    return b""


def keep_begun(
    folder: Path, specs: Sequence[TrainSpec | ReviewSpec | CharacterSpec], updates: int, content: bytes
) -> None:
    """Keep ``content``, with which a training goes on after ``updates``, in place of what was kept of it before.

    Raises:
        OSError: If the disk does not take it.
    """
    place = partial_place(folder, specs)
    path = write(place / kind_of(specs).begun_file(specs, updates), content)
    for other in place.iterdir():
        if other != path:
            other.unlink(missing_ok=True)


def forget_begun(folder: Path, specs: Sequence[TrainSpec | ReviewSpec | CharacterSpec]) -> None:
    """Remove what was kept of a training that has ended; nothing happens where there is nothing."""
    shutil.rmtree(partial_place(folder, specs), ignore_errors=True)
