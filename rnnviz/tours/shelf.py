"""Where tours are: those that ship, and those in a folder named at the server's start."""

import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from rnnviz.places import ASSETS
from rnnviz.tours.reading import MAX_CHARACTERS, NAME, Tour, read

SHIPPED: Final = ASSETS / "tours"
FOLDER_VARIABLE: Final = "RNNVIZ_TOURS"
"""The environment variable that names the folder of further tours."""

MOST_FILES: Final = 40
_OURS: Final = "a tour that ships has this name, and is shown in its place: the file must be called otherwise"


@dataclass(frozen=True)
class Shelved:
    """A tour that is there.

    Attributes:
        name: What links call it.
        tour: None if its file cannot be read.
        problems: Why not, as plain text that may quote the file.
    """

    name: str
    tour: Tour | None
    problems: tuple[str, ...] = ()


def listed() -> list[Shelved]:
    """All tours: those that ship first, then those of the folder by name, at most ``MOST_FILES`` of them."""
    found = [_shelved(name, path) for name, path in _files().items()]
    return found + [Shelved(name, None, (_OURS,)) for name in _taken()]


def find(name: str) -> Shelved | None:
    """A tour as it is on disk now; None if there is none of that name, which may come from anybody."""
    path = _files().get(name)
    return None if path is None else _shelved(name, path)


def read_file(path: Path) -> tuple[Tour | None, list[str]]:
    """The tour of a file, or None and what is wrong with it.

    The messages are those of ``reading.read``, or say that the file is too large or no text in UTF-8.

    Raises:
        OSError: If the file cannot be read.
    """
    if not NAME.fullmatch(path.stem) or path.suffix != ".md":
        return None, ["a tour's file must be called by small letters, digits and hyphens with the ending .md"]
    if path.resolve().parent != SHIPPED and (SHIPPED / path.name).is_file():
        return None, [_OURS]
    with path.open("rb") as file:
        content = file.read(4 * MAX_CHARACTERS + 1)
    try:
        if len(content) <= 4 * MAX_CHARACTERS:
            return read(content.decode("utf-8"))
    except UnicodeDecodeError:
        return None, ["a tour must be text in UTF-8; got something else"]
    return None, [f"a tour must have at most {MAX_CHARACTERS:,} characters; got more"]


def _files() -> dict[str, Path]:
    """Paths by name; a file of the folder with the name of a shipped tour is left out."""
    found = {path.stem: path for path in _markdown(SHIPPED)}
    return found | {path.stem: path for path in _theirs() if path.stem not in found}


def _taken() -> list[str]:
    """The names of the files that are left out."""
    ours = {path.stem for path in _markdown(SHIPPED)}
    return [path.stem for path in _theirs() if path.stem in ours and path.resolve().parent != SHIPPED]


def _theirs() -> list[Path]:
    named = os.environ.get(FOLDER_VARIABLE, "")
    return _markdown(Path(named)) if named else []


def _markdown(folder: Path) -> list[Path]:
    """The first files of a folder by name; none if the folder cannot be read."""
    try:
        return sorted(path for path in folder.glob("*.md") if path.is_file())[:MOST_FILES]
    except OSError:
        return []


def _shelved(name: str, path: Path) -> Shelved:
    try:
        stat = path.stat()
        tour, problems = _read(path, stat.st_mtime_ns, stat.st_size)
    except OSError as error:
        return Shelved(name, None, (f"the file cannot be read: {error.strerror}",))
    return Shelved(name, tour, problems)


@lru_cache(maxsize=2 * MOST_FILES)
def _read(path: Path, changed: int, size: int) -> tuple[Tour | None, tuple[str, ...]]:  # noqa: ARG001 - when to read again
    tour, problems = read_file(path)
    return tour, tuple(problems)
