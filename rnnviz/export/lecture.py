"""What a lecture shows, read from a small YAML file or from a list of links; nothing in either is trusted."""

import re
import reprlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, cast, get_args
from urllib.parse import urlencode

from rnnviz import tours
from rnnviz.export import links, written
from rnnviz.export.links import DECKS, PICTURES, USUAL, Background, Format, Link
from rnnviz.page_registry import BY_TITLE
from rnnviz.palette import Theme
from rnnviz.tours import reading
from rnnviz.tours.spoken import spoken

MAX_TEXT: Final = 100_000
MAX_BYTES: Final = 4 * max(MAX_TEXT, reading.MAX_CHARACTERS)
"""Of a file: characters of a lecture or of a tour, each of at most four bytes."""

MAX_ENTRIES: Final = 200
MAX_LINE: Final = 300
MAX_NOTE: Final = 5_000
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")
_PICTURE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,79}")


@dataclass(frozen=True)
class Look:
    """How pictures look.

    Attributes:
        ground: What is behind them.
        theme: The colours of lines and letters.
    """

    ground: Background = "white"
    theme: Theme = "light"


@dataclass(frozen=True)
class Entry:
    """A line of a lecture: one picture of a view, or all of them.

    Attributes:
        place: Where it stands, for messages.
        picture: The page's name for it; empty for all.
        title, note, name: The slide's title, the speaker's note, and the stem of the files; empty for the defaults.
        formats: Beside those that decks need; empty for those of the lecture.
    """

    place: str
    link: Link
    picture: str = ""
    title: str = ""
    note: str = ""
    name: str = ""
    formats: tuple[Format, ...] = ()


@dataclass(frozen=True)
class Lecture:
    """All that is exported at once.

    Attributes:
        name: The stem of the files.
        title, author: Those of the decks.
        address: Where those who follow the links find the application.
    """

    name: str
    entries: tuple[Entry, ...]
    title: str = ""
    author: str = ""
    address: str = ""
    formats: tuple[Format, ...] = USUAL
    look: Look = field(default_factory=Look)


def read(text: str, name: str) -> Lecture:
    """The lecture that a text describes.

    Args:
        text: YAML, a guided tour, or one link a line if the first line with content is a link.
        name: The stem of the files.

    Raises:
        ValueError: With the line, what was wrong, what was expected and what was got.
    """
    if len(text) > MAX_TEXT and not is_tour(text):
        raise ValueError(f"a lecture must have at most {MAX_TEXT:,} characters; got {len(text):,}")
    said = (line.strip() for line in text.removeprefix("\ufeff").splitlines())
    first = next((line for line in said if line and not line.startswith("#")), "")
    if is_tour(text):
        return _of_tour(text, name)
    if not first:
        raise ValueError("a lecture must have links or be YAML; got nothing")
    if first.startswith(("http://", "https://", "/")):
        return _of_links(text.removeprefix("\ufeff"), name)
    return _of_yaml(text, name)


def is_tour(text: str) -> bool:
    """Whether a text has the head and the stops of a guided tour, which begins as YAML may."""
    lines = [line.rstrip() for line in text.removeprefix("\ufeff").splitlines()]
    if lines[:1] != ["---"] or "---" not in lines[1:]:
        return False
    return any(line.startswith("## ") for line in lines[lines.index("---", 1) :])


def formats_of(text: str) -> tuple[Format, ...]:
    """Formats from a text that separates them with commas.

    Raises:
        ValueError: If a format is unknown.
    """
    known: tuple[Format, ...] = get_args(Format)
    asked = [one.strip() for one in text.split(",")]
    if not set(asked) <= set(known) or not asked:
        raise ValueError(f"formats must be of {', '.join(known)}, with commas between; got {reprlib.repr(text)}")
    return tuple(one for one in known if one in asked)


def look_of(ground: str | None, theme: str | None) -> Look:
    """The look for a given background, theme or both.

    Raises:
        ValueError: If one is unknown, or they do not go together.
    """
    grounds, themes = get_args(Background), get_args(Theme)
    if ground is not None and ground not in grounds:
        raise ValueError(f"background must be one of {', '.join(grounds)}; got {reprlib.repr(ground)}")
    if theme is not None and theme not in themes:
        raise ValueError(f"theme must be one of {', '.join(themes)}; got {reprlib.repr(theme)}")
    own = {"white": "light", "dark": "dark"}
    ground = ground or ("dark" if theme == "dark" else "white")
    theme = theme or own.get(ground, "light")
    if own.get(ground, theme) != theme:
        raise ValueError(f"a background that is {ground} has the theme {own[ground]}; got {theme}")
    return Look(cast(Background, ground), cast(Theme, theme))


def _of_links(text: str, name: str) -> Lecture:
    entries = []
    for number, line in enumerate(text.splitlines(), 1):
        link = re.sub(r"(^|\s)#.*", "", line).strip()
        if not link:
            continue
        try:
            entries.append(Entry(f"line {number}", links.read(link)))
        except ValueError as error:
            raise ValueError(f"line {number}: {error}") from None
    return _whole(Lecture(name, tuple(entries)))


def _of_tour(text: str, name: str) -> Lecture:
    """One picture a stop, with what the stop says as the speaker's note; all pictures of a stop that points at none."""
    tour, problems = tours.read(text)
    if tour is None:
        raise ValueError(problems[0])
    entries = tuple(
        Entry(
            f"line {stop.line}",
            links.Link("", BY_TITLE[stop.page].address, urlencode(stop.params)),
            stop.look,
            stop.title,
            "\n\n".join(spoken(said) for said in (stop.text, stop.question, stop.answer) if said),
        )
        for stop in tour.stops
    )
    return _whole(Lecture(name, entries, tour.title, tour.author))


def _of_yaml(text: str, name: str) -> Lecture:
    known = ("title", "author", "address", "defaults", "figures")
    said = written.mapping(written.composed(text), "a lecture", known)
    if "figures" not in said:
        raise ValueError(f"a lecture must have figures; got {', '.join(said) or 'nothing'}")
    defaults = (
        written.mapping(said["defaults"], "defaults", ("formats", "background", "theme"), {"ground": "background"})
        if "defaults" in said
        else {}
    )
    formats = _formats(defaults) or USUAL
    look = _look(defaults)
    entries = tuple(_entry(node) for node in written.sequence(said["figures"], "figures", MAX_ENTRIES))
    address = _checked(said, "address", links.address_of)
    texts = {key: _line(said, key) for key in ("title", "author")}
    return _whole(Lecture(name, entries, **texts, address=address, formats=formats, look=look))


def _entry(node: Any) -> Entry:
    known = ("link", "figure", "widget", "title", "note", "name", "formats")
    said = written.mapping(node, "a figure", known)
    place = f"line {written.line(node)}"
    if "link" not in said:
        raise ValueError(f"{place}: a figure must have a link; got {', '.join(said) or 'nothing'}")
    if "figure" in said and "widget" in said:
        raise ValueError(f"{place}: a figure must have figure or widget, which mean the same; got both")
    key = "widget" if "widget" in said else "figure"
    return Entry(
        place,
        _read_link(said),
        _checked(said, key, lambda text: _like(_PICTURE, text, f"{key} must be called like gradients.time")),
        _line(said, "title"),
        written.text(said["note"], "note", MAX_NOTE) if "note" in said else "",
        _checked(said, "name", lambda text: _like(_NAME, text, "name must be of small letters, digits and hyphens")),
        _formats_of_one(said),
    )


def _formats_of_one(said: Mapping[str, Any]) -> tuple[Format, ...]:
    formats = _formats(said)
    decks = [one for one in formats if one in DECKS]
    if decks:
        raise ValueError(
            f"line {written.line(said['formats'])}: formats of one figure must be of {', '.join(PICTURES)}, since "
            f"{', '.join(DECKS)} hold all figures; got {', '.join(decks)}"
        )
    return formats


def _read_link(said: Mapping[str, Any]) -> Link:
    text = written.text(said["link"], "link", links.MAX_LINK)
    try:
        return links.read(text)
    except ValueError as error:
        raise ValueError(f"line {written.line(said['link'])}: {error}") from None


def _checked(said: Mapping[str, Any], key: str, reader: Callable[[str], str]) -> str:
    """The text under a key, after ``reader`` has checked it; empty if there is none."""
    text = written.text(said[key], key, MAX_LINE) if key in said else ""
    try:
        return reader(text) if text else ""
    except ValueError as error:
        raise ValueError(f"line {written.line(said[key])}: {error}") from None


def _like(pattern: re.Pattern[str], text: str, expected: str) -> str:
    if not pattern.fullmatch(text):
        raise ValueError(f"{expected}; got {reprlib.repr(text)}")
    return text


def _line(said: Mapping[str, Any], key: str) -> str:
    """One line of text."""
    text = written.text(said[key], key, MAX_LINE) if key in said else ""
    return " ".join(text.split())


def _formats(said: Mapping[str, Any]) -> tuple[Format, ...]:
    if "formats" not in said:
        return ()
    asked = ",".join(written.words(said["formats"], "formats", len(get_args(Format))))
    try:
        return formats_of(asked)
    except ValueError as error:
        raise ValueError(f"line {written.line(said['formats'])}: {error}") from None


def _look(said: Mapping[str, Any]) -> Look:
    asked = {key: written.text(said[key], key, MAX_LINE) if key in said else None for key in ("background", "theme")}
    try:
        return look_of(asked["background"], asked["theme"])
    except ValueError as error:
        raise ValueError(f"line {written.line(next(iter(said.values())))}: {error}") from None


def _whole(lecture: Lecture) -> Lecture:
    """A lecture with the defaults filled in, whose entries do not overwrite each other's files."""
    if not 1 <= len(lecture.entries) <= MAX_ENTRIES:
        raise ValueError(f"a lecture must have 1..{MAX_ENTRIES} figures; got {len(lecture.entries):,}")
    taken: dict[str, str] = {}
    for entry in lecture.entries:
        if entry.name and entry.name in taken:
            raise ValueError(f"{entry.place}: name must be another than at {taken[entry.name]}; got {entry.name!r}")
        taken[entry.name] = entry.place
    first = next((entry.link.address for entry in lecture.entries if entry.link.address), links.HOME)
    return replace(lecture, address=lecture.address or first)
