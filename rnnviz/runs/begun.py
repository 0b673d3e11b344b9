"""Trainings that go on: what is kept of them on the way, so that it is not lost where their process is killed."""

import re
import shutil
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Final

from rnnviz.checkpoints.storing import content_of, write
from rnnviz.history import LARGEST
from rnnviz.runs.characters import begun, begun_file
from rnnviz.runs.naming import identity
from rnnviz.spec import CharacterSpec, ReviewSpec, TrainSpec

PARTIAL: Final = re.compile(r"partial-[0-9a-f]{16}")
"""What the folder of a training that goes on is called."""

_FILE: Final = "begun.safetensors"


def read_begun(folder: Path, specs: Sequence[TrainSpec | ReviewSpec | CharacterSpec]) -> bytes:
    """With what a training goes on; empty where nothing of it is kept.

    Parameters
    ----------
    folder : Path
        Where finished runs are kept.
    specs : sequence of TrainSpec, or of one ReviewSpec or CharacterSpec

    Returns
    -------
    bytes
        Of a training on a text also what a finished run of fewer updates has left.
    """
    first = specs[0]
    found = begun(folder, first) if isinstance(first, CharacterSpec) else (0, _place(folder, identity(specs)) / _FILE)
    if found is not None:
        with suppress(OSError, ValueError):  # another process may just have removed it; one too large is begun anew
            return content_of(found[1], LARGEST)
    return b""


def keep_begun(
    folder: Path, specs: Sequence[TrainSpec | ReviewSpec | CharacterSpec], updates: int, content: bytes
) -> None:
    """Keep how far a training has come while it goes on, in place of what was kept of it before.

    Parameters
    ----------
    folder : Path
        Where finished runs are kept.
    specs : sequence of TrainSpec, or of one ReviewSpec or CharacterSpec
        The settings that were asked for.
    updates : int
        That were made.
    content : bytes
        With which it goes on.

    Raises
    ------
    OSError
        If the disk does not take it.
    """
    first, place = specs[0], _place(folder, identity(specs))
    name = begun_file(replace(first, updates=updates)) if isinstance(first, CharacterSpec) else _FILE
    path = write(place / name, content)
    for other in place.iterdir():
        if other != path:
            other.unlink(missing_ok=True)


def forget_begun(folder: Path, specs: Sequence[TrainSpec | ReviewSpec | CharacterSpec]) -> None:
    """Remove what was kept of a training that has ended; nothing happens where there is nothing."""
    shutil.rmtree(_place(folder, identity(specs)), ignore_errors=True)


def _place(folder: Path, run: str) -> Path:
    return folder / "jobs" / f"partial-{run}"
