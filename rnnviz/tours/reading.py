"""A tour and its stops, read from a Markdown file: each line is checked, each message names the line that is wrong."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from rnnviz.page_registry import BY_ADDRESS, BY_TITLE
from rnnviz.tours import formulas

NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
"""What a tour is called in links: the name of its file without the ending."""

OWN: Final = "_lecture"
"""What links call the tour that a visitor has made, which his browser keeps; no file can have this name."""

STOP: Final = re.compile(rf"({NAME.pattern}|{OWN})\.([1-9][0-9]{{0,2}})")
"""A stop in a link: ``lecture.3``, counted from 1; of a visitor's own tour by a number of its own, ``_lecture.3``."""


@dataclass(frozen=True)
class Stop:
    """A view of a page, and what is said there; all but title and view may be empty.

    Attributes:
        page: The page's title in the page registry.
        params: Of the link to the view, each name once; ``ui.selection.link`` gives them their meaning.
        look: What is pointed at, a key of that page's targets.
        text, question, answer: Markdown without links, pictures and HTML.
        line: Where the stop begins in its file, from 1.
    """

    title: str
    page: str
    params: tuple[tuple[str, str], ...]
    look: str
    text: str
    question: str
    answer: str
    line: int


@dataclass(frozen=True)
class Tour:
    """Stops in their order.

    Attributes:
        language: That of its text, as HTML names languages: ``en``, ``de``, ``pt-BR``.
        author, about: Whose it is, and a sentence of what it is about; empty if not said.
    """

    title: str
    stops: tuple[Stop, ...]
    language: str = "en"
    author: str = ""
    about: str = ""


MAX_CHARACTERS: Final = 200_000
MAX_STOPS: Final = 60
MAX_LINK: Final = 12_000
MAX_TITLE: Final = 80
MAX_ABOUT: Final = 240
MOST: Final = {"text": 1_200, "question": 600, "answer": 1_200}
"""Characters of a file, a link, and of the texts at a stop."""

HEAD: Final = ("title", "language", "author", "about")
FIELDS: Final = ("link", "look")

NOT_THE_VIEW: Final = ("v", "tour", "present", "embed", "embed_options")
"""Parameters that a copied link may have but that are no part of a stop's view."""

_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}")
_FIELD: Final = re.compile(r"([a-z]+):[ \t]*(.*)")
_MARKS: Final = {"question": "**Question.**", "answer": "**Answer.**"}
_REFUSED: Final = (
    (re.compile(r"!\["), "pictures"),
    (re.compile(r"\]\(|\]:"), "links in brackets; write the address itself"),
    (re.compile(r"<[A-Za-z/!?]"), "HTML; put a space after <"),
    (re.compile(r"```|~~~"), "blocks of code"),
)
_REFUSED_IN_WORDS: Final = (
    (re.compile(r"^\s*#"), "headings but “## ”, which begins a stop"),
    (re.compile(r"^\s*>"), "quotes"),
    (re.compile(r"^(?=.*\S)[\s|:=*_+-]+$"), "lines of signs alone, which make headings, rules and tables"),
    (
        re.compile(r":\d*[^\W\d]|:([+-]1|100|1234):"),
        "colon right before a word, which makes a picture or a colour; put a space after it",
    ),
)
"""Refused outside code and formulas, and after the marker of a list item."""

_LISTED: Final = re.compile(r"\s*([-*+]|\d{1,9}[.)])( {1,4}(?! )| (?= {4})|$)")
_INDENTED: Final = re.compile(r" {4}| {0,3}\t")
_Lines = Sequence[tuple[int, str]]
"""Lines with their numbers in the file."""


def read(text: str) -> tuple[Tour | None, list[str]]:
    """The tour that a file describes, or what is wrong with it.

    Args:
        text: From anybody: nothing in it is trusted. ``docs/tours.md`` describes its format.

    Returns:
        The tour, None if anything is wrong.
        Messages that name the line, what was wrong, what was expected and what was found; plain text that may quote the
        file.
    """
    if len(text) > MAX_CHARACTERS:
        return None, [f"a tour must have at most {MAX_CHARACTERS:,} characters; got {len(text):,}"]
    plain = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    lines = [(number, line.rstrip()) for number, line in enumerate(plain.split("\n"), start=1)]
    for number, line in lines:
        if not line.replace("\t", "").isprintable():
            return None, [f"line {number}: a tour must be plain text; got {quoted(line)}"]
    problems: list[str] = []
    head, body = _split(lines, problems)
    fields = _fields(head, HEAD, ("title",), problems, "the head")
    _check_head(fields, problems)
    stops = _stops(body, problems)
    problems = [problem.replace("\t", " ") for problem in problems]  # which quote lines, and are printed
    if problems:
        return None, problems
    values = {name: value for name, (_, value) in fields.items()}
    return Tour(stops=tuple(stops), **values), []


def quoted(text: str) -> str:
    """A text as a message may quote it: at most 40 characters, all printable."""
    printable = "".join(character if character.isprintable() else " " for character in text[:41])
    return f"'{printable[:40]}{'…' if len(text) > 40 else ''}'"


def _split(lines: _Lines, problems: list[str]) -> tuple[_Lines, _Lines]:
    """The lines between the first two lines of ``---``, and the lines that follow."""
    if not lines or lines[0][1] != "---":
        problems.append(f"line 1: a tour must begin with a line ---; got {quoted(lines[0][1])}")
        return (), lines
    end = next((k for k, (_, line) in enumerate(lines[1:], start=1) if line == "---"), None)
    if end is None:
        problems.append("line 1: the head must end with a second line ---; got none")
        return (), ()
    return lines[1:end], lines[end + 1 :]


def _fields(
    lines: _Lines, known: Sequence[str], needed: Sequence[str], problems: list[str], where: str
) -> dict[str, tuple[int, str]]:
    """The lines ``key: value``, each key once."""
    found: dict[str, tuple[int, str]] = {}
    for number, line in lines:
        match = _FIELD.fullmatch(line)
        if not line.strip():
            continue
        if match is None or match[1] not in known:
            problems.append(f"line {number}: {where} must have lines of {', '.join(known)}; got {quoted(line)}")
        elif match[1] in found:
            problems.append(f"line {number}: {match[1]} must stand once; got it again after line {found[match[1]][0]}")
        elif not match[2]:
            problems.append(f"line {number}: {match[1]} must have a value; got none")
        else:
            found[match[1]] = number, match[2]
    said = {match[1] for _, line in lines if (match := _FIELD.fullmatch(line))}
    place = f"line {lines[0][0]}: " if lines else ""
    problems += [f"{place}{where} must have a line “{name}: …”; got none" for name in needed if name not in said]
    return found


def _check_head(fields: dict[str, tuple[int, str]], problems: list[str]) -> None:
    for name, (number, value) in fields.items():
        most = MAX_ABOUT if name == "about" else MAX_TITLE
        if len(value) > most:
            problems.append(f"line {number}: {name} must have at most {most} characters; got {len(value):,}")
        if name == "language" and not _LANGUAGE.fullmatch(value):
            problems.append(f"line {number}: language must look like en or pt-BR; got {quoted(value)}")


def _stops(body: _Lines, problems: list[str]) -> list[Stop]:
    sections: list[list[tuple[int, str]]] = []
    for number, line in body:
        if line.startswith("## "):
            sections.append([(number, line)])
        elif sections:
            sections[-1].append((number, line))
        elif line.strip():
            problems.append(f"line {number}: after the head must come a stop, “## Its title”; got {quoted(line)}")
            return []
    if not 1 <= len(sections) <= MAX_STOPS:
        problems.append(
            f"a tour must have 1 to {MAX_STOPS} stops, each with a line “## Its title”; got {len(sections)}"
        )
        return []
    return [stop for stop in (_stop(section, problems) for section in sections) if stop]


def _stop(section: _Lines, problems: list[str]) -> Stop | None:
    """One stop; None if anything is wrong with it."""
    before = len(problems)
    (number, first), rest = section[0], section[1:]
    title = first.removeprefix("## ").strip()
    if not 0 < len(title) <= MAX_TITLE:
        problems.append(f"line {number}: the title must have 1 to {MAX_TITLE} characters; got {len(title):,}")
    blank = next((k for k, (_, line) in enumerate(rest) if not line), len(rest))
    astray = [(at, line) for at, line in rest[:blank] if not _FIELD.fullmatch(line)]
    if astray:
        (at, line) = astray[0]
        problems.append(f"line {at}: below the title must come link, look and an empty line; got {quoted(line)}")
        return None
    fields = _fields(rest[:blank], FIELDS, ("link",), problems, f"the stop of line {number}")
    page, params = _link(*fields["link"], problems) if "link" in fields else ("", ())
    if page and "look" in fields:
        _check_look(page, *fields["look"], problems)
    said = _parts(number, rest[blank:], problems)
    if len(problems) > before:
        return None
    look = fields["look"][1] if "look" in fields else ""
    return Stop(title, page, params, look, **said, line=number)


def _link(number: int, link: str, problems: list[str]) -> tuple[str, tuple[tuple[str, str], ...]]:
    """The page and the parameters of a link; both empty if anything is wrong with it."""
    try:
        return _view(link)
    except ValueError as error:
        problems.append(f"line {number}: {error}")
        return "", ()


def _view(link: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """The page and the parameters of a pasted link, or of what follows the server's name in it."""
    if len(link) > MAX_LINK:
        raise ValueError(f"a link must have at most {MAX_LINK:,} characters; got {len(link):,}")
    parts = urlsplit(link)
    address = parts.path.strip("/").rpartition("/")[2]
    if parts.scheme not in ("", "http", "https") or parts.fragment or address not in BY_ADDRESS:
        raise ValueError(f"a link must be of a page, {'?… or '.join(BY_ADDRESS)}?…; got {quoted(link)}")
    return BY_ADDRESS[address].title, tuple(_params(parts.query))


def _params(query: str) -> Iterator[tuple[str, str]]:
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query), errors="strict", max_num_fields=60)
    except ValueError:
        raise ValueError(f"the link must go on with name=value, with & between; got {quoted(query)}") from None
    names = [name for name, _ in pairs]
    for name, value in pairs:
        if names.count(name) > 1:
            raise ValueError(f"a link must have each parameter once; got {quoted(name)} {names.count(name)} times")
        if name not in NOT_THE_VIEW:
            yield name, value


def _check_look(page: str, number: int, look: str, problems: list[str]) -> None:
    targets = BY_TITLE[page].targets
    if look not in targets:
        known = ", ".join(targets)
        problems.append(f"line {number}: look must be one of {known} on the page {page}; got {quoted(look)}")


def _parts(number: int, lines: _Lines, problems: list[str]) -> dict[str, str]:
    """The text, the question and the answer of a stop; each may be missing, an answer only with its question."""
    said: dict[str, list[str]] = {"text": []}
    part = "text"
    for at, line in lines:
        for name, mark in _MARKS.items():
            if line.startswith(mark):
                if name in said or (name == "answer" and "question" not in said):
                    problems.append(f"line {at}: a stop must have one question and then one answer; got {quoted(line)}")
                    continue
                part, line = name, line.removeprefix(mark).strip()  # noqa: PLW2901 - the rest of it
                said[part] = []
        problems += [
            f"line {at}: {problem}" for problem in _refused(line, after_blank=not (said[part] and said[part][-1]))
        ]
        said[part].append(line)
    found = {name: "\n".join(said.get(name, [])).strip() for name in MOST}
    for name, most in MOST.items():
        if name in said and name in _MARKS and not found[name]:
            one = "an answer" if name == "answer" else f"a {name}"
            problems.append(f"line {number}: the stop must have {one} after {_MARKS[name]}; got none")
        elif len(found[name]) > most:
            problems.append(
                f"line {number}: the {name} must have at most {most:,} characters; got {len(found[name]):,}"
            )
    return found


def _refused(line: str, *, after_blank: bool) -> Iterator[str]:
    """What is wrong with a line of a stop's text."""
    cut = formulas.parts(line)
    words = "".join("x" if k % 2 and part[0] in "`$" else part for k, part in enumerate(cut))
    at, indented = 0, after_blank and _INDENTED.match(words)
    while (match := _LISTED.match(words, at)) and match.end() > at:
        at = match.end()
        indented = indented or _INDENTED.match(words, at)
    words = words[at:] or words
    if indented:
        yield f"a paragraph must begin with at most three blanks; got {quoted(line)}"
    found = [what for sign, what in _REFUSED if sign.search(line)]
    found += [what for sign, what in _REFUSED_IN_WORDS if sign.search(words)]
    yield from (f"a tour must have no {what}; got {quoted(line)}" for what in found)
    if not found:
        yield from (f"{problem}; got {quoted(line)}" for problem in formulas.problems_of(line))
