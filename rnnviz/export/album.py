"""The pictures of a lecture: the pages save them one after the other."""

import os
import re
import reprlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import groupby
from pathlib import Path
from typing import Final, Protocol

from rnnviz.export.application import Visitor
from rnnviz.export.lecture import Entry, Lecture
from rnnviz.export.links import PICTURES, Format
from rnnviz.figures import style

_MADE_OF: Final[dict[Format, Format]] = {"pptx": "png", "pdf": "svg"}
"""PowerPoint shows no SVG of a widget; in print, the text of an SVG can be searched."""

_BELOW: Final = re.compile(r"\. The (numbers stand in a table|table of numbers) below[^.]*(?=\.|$)")
"""What widgets say of the table under them, which a picture does not have."""


class Listener(Protocol):
    """Receives progress and warnings."""

    def step(self, text: str) -> None:
        """Take what comes next."""

    def warn(self, text: str) -> None:
        """Take a warning: something is not as it was asked for."""


@dataclass(frozen=True)
class Picture:
    """A saved picture.

    Attributes:
        name: The stem of its files.
        title, caption, alt: Plain text, as the page has them.
        link: The address of its view.
        files: One complete file for each format.
        laid_out: Those for slides.
    """

    name: str
    title: str
    caption: str
    alt: str
    entry: Entry
    link: str
    files: dict[Format, Path] = field(default_factory=dict)
    laid_out: dict[Format, Path] = field(default_factory=dict)


@dataclass(frozen=True)
class Folders:
    """Where files go.

    Attributes:
        kept: The folder of the files that were asked for.
        passing: The folder of unfinished files and of those that only decks need; on the same disk.
    """

    kept: Path
    passing: Path


@dataclass(frozen=True)
class Album:
    """The pictures of a lecture, while they are made.

    Attributes:
        visitors: Two that take turns: one saves while the other opens the next view.
        address: What links begin with.
        ratio: Of width to height of the place that a slide has for a picture.
        missing: What could not be made, with its place in the lecture.
    """

    lecture: Lecture
    visitors: tuple[Visitor, Visitor]
    address: str
    folders: Folders
    listener: Listener
    ratio: float
    missing: list[str] = field(default_factory=list)

    def pictures(self) -> Iterator[Picture]:
        """Every picture, once its files are there; what cannot be made, the listener hears and ``missing`` holds."""
        views = _views(self.lecture.entries)
        number = 0
        self.visitors[0].begin(views[0][0].link)
        for turn, entries in enumerate(views):
            visitor, other = self.visitors[turn % 2], self.visitors[1 - turn % 2]
            arrived = self._arrives(visitor, entries)
            if turn + 1 < len(views):
                other.begin(views[turn + 1][0].link)
            for entry in entries if arrived else ():
                yield from self._of(entry, visitor, number + entries.index(entry) + 1)
            number += len(entries)

    def _arrives(self, visitor: Visitor, entries: list[Entry]) -> bool:
        try:
            warnings = visitor.arrive()
        except ValueError as error:
            for entry in entries:
                self._miss(entry, error)
            return False
        if unread := entries[0].link.unread():
            names = reprlib.repr(", ".join(unread))
            self.listener.warn(f"{entries[0].place}: no page reads {names} of a link; what can be read is shown")
        for warning in warnings:
            self.listener.warn(f"{entries[0].place}: the page says: {' '.join(warning.split())}")
        return True

    def _of(self, entry: Entry, visitor: Visitor, number: int) -> Iterator[Picture]:
        """The pictures that an entry means, as far as they can be made."""
        try:
            keys = _chosen(entry, visitor)
            for part, key in enumerate(keys):
                self.listener.step(f"{number} of {len(self.lecture.entries)}: {entry.link.page}, {key}")
                place = f"{number:02d}" if len(keys) == 1 else f"{number:02d}-{part + 1}"
                yield self._saved(visitor, entry, key, _name(entry, key, place, part))
        except ValueError as error:
            self._miss(entry, error)

    def _miss(self, entry: Entry, error: ValueError) -> None:
        self.missing.append(f"{entry.place}: {error}")
        self.listener.warn(self.missing[-1])

    def _saved(self, visitor: Visitor, entry: Entry, key: str, name: str) -> Picture:
        told = visitor.told(key)
        link = replace(entry.link, query=visitor.query()).at(self.address)
        alt = _BELOW.sub("", readable(told["alt"]))
        picture = Picture(name, plain(told["title"]), plain(told["caption"]), alt, entry, link)
        asked = entry.formats or tuple(one for one in self.lecture.formats if one in PICTURES)
        listed = {"png"} if "md" in self.lecture.formats else set()
        for form in (form for form in PICTURES if form in listed.union(asked)):
            found = _file(visitor, key, form)
            if found is None:
                self.listener.warn(f"{entry.place}: there is no {form.upper()} of {key}")
                continue
            picture.files[form] = _placed(found, self.folders.kept / f"{name}.{form}")
        for needed in on_slides(self.lecture):
            if found := _file(visitor, key, needed, self.ratio):
                picture.laid_out[needed] = _placed(found, self.folders.passing / f"{name}-slide.{needed}")
        if picture.laid_out and (left := visitor.left(key)):
            self.listener.warn(f"{entry.place}: a slide has no room for: {left}")
        visitor.close(key)
        return picture


def _placed(found: Path, path: Path) -> Path:
    os.chmod(found, 0o666 & ~_umask())  # noqa: PTH101 - browsers keep downloads to themselves
    return found.replace(path)


def _views(entries: tuple[Entry, ...]) -> list[list[Entry]]:
    """Entries in runs of the same view, which is opened once for each run."""
    return [list(group) for _, group in groupby(entries, lambda entry: (entry.link.page, entry.link.query))]


def _file(visitor: Visitor, key: str, form: Format, ratio: float | None = None) -> Path | None:
    """A file, asked for again if the page could not give it the first time."""
    try:
        return visitor.saved(key, form, ratio)
    except ValueError:
        visitor.told(key)
        return visitor.saved(key, form, ratio)


def _chosen(entry: Entry, visitor: Visitor) -> list[str]:
    """The pictures of the page that an entry means."""
    keys = visitor.pictures()
    if not keys:
        raise ValueError(f"this view of {entry.link.page} has no picture that can be saved")
    if not entry.picture:
        return keys
    found = visitor.meant(entry.picture)
    if not found:
        raise ValueError(f"this view of {entry.link.page} has {', '.join(keys)}; got {entry.picture!r}")
    return [found]


def _name(entry: Entry, key: str, place: str, part: int) -> str:
    if entry.name:
        return entry.name if part == 0 else f"{entry.name}-{part + 1}"
    short = re.sub(r"[^a-z0-9]+", "-", key.lower()).strip("-")[:60]
    return f"{place}-{short}"


def on_slides(lecture: Lecture) -> tuple[Format, ...]:
    """The formats of the pictures on the slides of a lecture."""
    return tuple(_MADE_OF[form] for form in lecture.formats if form in _MADE_OF)


def plain(markup: str) -> str:
    """A title as plain text."""
    text = style.spoken(re.sub(r"<br ?/?>", " ", markup))
    return readable(style.unescaped(re.sub(r"<[^<>]*>", "", text)))


def readable(text: str) -> str:
    """A page's text as one line; characters that a file of slides cannot hold become boxes."""
    return "".join(char if char.isprintable() else "□" for char in " ".join(text.split()))


def _umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
