"""Records of trainings as folders: those that ship, those that a server offers, and whether one still grows."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from rnnviz.checkpoints.storing import RefusedError, content_of, refused, remembered, stamp
from rnnviz.history import LARGEST
from rnnviz.places import ASSETS, RECORDS_VARIABLE
from rnnviz.record import FILE, Record

SHIPPED: Final = ASSETS / "records"
"""Records of trainings of our own, so that there is one to look at before the first of yours."""

ABOUT: Final = {
    "adding-default": "An LSTM with 32 units, trained on adding over 30 steps: default initialization, no clipping.",
    "adding-remedied": "The same with a forget bias of 1, and the norm of the gradient clipped at 0.4.",
}
"""What each of these trainings is; ``benchmarks.recording`` makes them."""

MOST: Final = 200
"""The most records of a folder that are offered."""

LATE: Final = 30.0
"""Seconds without a new writing after which a training that goes on stands still; it writes every five seconds."""


def shipped_names() -> tuple[str, ...]:
    """The names of the records that ship.

    >>> from rnnviz import records
    >>> records.shipped_names()
    ('adding-default', 'adding-remedied')
    """
    return tuple(_found(SHIPPED))


def offered_folder() -> Path | None:
    """The folder of records that a server offers to all visitors: RNNVIZ_RECORDS of the environment.

    >>> from rnnviz import records
    >>> records.offered_folder() is None
    True
    """
    named = os.environ.get(RECORDS_VARIABLE)
    return Path(named) if named else None


def offered_names() -> tuple[str, ...]:
    """The names of the records that the server offers: those of its folder's subfolders, and its own if it is one.

    They are in alphabetical order and unopened, ``MOST`` at most.

    >>> from rnnviz import records
    >>> records.offered_names()
    ()
    """
    folder = offered_folder()
    return tuple(_found(folder)) if folder else ()


def folder_of(name: str) -> Path:
    """The folder of a record that is offered or ships.

    Raises:
        ValueError: If there is none of that name.

    >>> from rnnviz import records
    >>> records.folder_of("adding-default").name
    'adding-default'
    """
    offered = offered_folder()
    for place in filter(None, (offered, SHIPPED)):
        if (found := _found(place).get(name)) is not None:
            return found
    known = ", ".join((*offered_names(), *shipped_names()))
    raise ValueError(f"a record must be one of {known}; got {name!r:.80}")


def load(name: str) -> Record:
    """The record of that name; it is shared, so only to be read, and read again once it was written again.

    Nothing in its file is ever executed.

    Raises:
        ValueError: If there is none of that name; as RefusedError, if its file is damaged, too large or no record.

    >>> from rnnviz import records
    >>> records.load("adding-default")
    Record(Network; updates 4000; rows 100; layers 1)
    """
    path = folder_of(name) / FILE
    try:
        return _read(path)
    except OSError as error:
        raise refused(error, f"the record {name!r:.80}") from error
    except ValueError as error:
        raise RefusedError(f"the record {name!r:.80} cannot be read: {error}") from error


def version(name: str) -> tuple[int, int] | None:
    """A value that changes when the record of that name is written again; None if its file is gone.

    >>> from rnnviz import records
    >>> records.version("adding-default") is None
    False
    """
    return stamp(folder_of(name) / FILE)


def age(name: str) -> float:
    """The seconds since the record of that name was written, at least 0.

    >>> from rnnviz import records
    >>> records.age("adding-default") >= 0
    True
    """
    written = version(name)
    return max(0.0, time.time() - written[0] / 1e9) if written else 0.0


def stands_still(record: Record, seconds: float) -> bool:
    """Whether a record says that its training goes on, and was not written for longer than that takes.

    >>> from rnnviz import records
    >>> records.stands_still(records.load("adding-default"), 3_600)
    False
    """
    return record.stage == "going on" and seconds > LATE


def check_folder(folder: Path) -> None:
    """Refuse a folder in which no record is offered.

    Raises:
        FileNotFoundError: If it is no folder, or has no record in it or in one of its subfolders.
    """
    if not folder.is_dir():
        raise FileNotFoundError(f"the folder of a record must be there; got {folder}")
    if not _found(folder):
        raise FileNotFoundError(
            f"{folder} must hold {FILE}, which rnnviz.watch(model, folder=…) writes, or subfolders with one; got none"
        )


def _found(folder: Path) -> dict[str, Path]:
    """The folders with a record by their names, the given one first."""
    return dict(list(_folders(folder))[:MOST])


def _folders(folder: Path) -> Iterator[tuple[str, Path]]:
    if (folder / FILE).is_file():
        yield folder.resolve().name or FILE, folder
    try:
        inside = sorted(folder.iterdir())
    except OSError:
        return
    for path in inside:
        if path.name.isprintable() and (path / FILE).is_file():
            yield path.name, path


@remembered(8)
def _read(path: Path) -> Record:
    return Record.from_bytes(content_of(path, LARGEST))
