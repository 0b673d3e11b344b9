"""A tour and its stops."""

import re
from dataclasses import dataclass
from typing import Final

NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
"""What a tour is called in links: the name of its file without the ending."""

STOP: Final = re.compile(rf"({NAME.pattern})\.([1-9][0-9]{{0,2}})")
"""A stop in a link: ``lecture.3``, counted from 1."""


@dataclass(frozen=True)
class Stop:
    """A view of a page, what to look at there, and a question.

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
