"""Terms of the glossary in prose: the first place of each explains itself under the pointer, the keyboard, a finger."""

import re
from functools import cache
from typing import Final

from rnnviz import glossary
from rnnviz.glossary import Term
from rnnviz.page_registry import GLOSSARY
from rnnviz.ui.shell import citations

_UNMARKED: Final = "|".join(
    (
        citations.PARAGRAPH,  # titles of papers
        r"^#.*$",
        r"```(?:.|\n)*?```",
        r"`[^`]*`",
        r"\$[^$]*\$",
        r"\[[^]]*\]\([^)]*\)",
        r"\*\*(?:.|\n)+?\*\*",
        r"“[^”]*”",  # names of pages and views, and texts that a network reads
    )
)


def marked(*parts: str) -> tuple[str, ...]:
    """The parts of one text, in which each term of the glossary is marked where it first stands.

    Args:
        *parts: Markdown of ours, in the order in which it is read. What comes back is Markdown with elements of HTML.
    """
    seen: set[Term] = set()

    def mark(match: re.Match[str]) -> str:
        term = _spelled().get(_plain(match[1] or ""))
        if term is None or term in seen:
            return match[0]
        seen.add(term)
        return element(term, match[0])

    return tuple(_pattern().sub(mark, part) for part in parts)


def element(term: Term, written: str) -> str:
    """A term as it is written, with its explanation, which ``looks`` hides until it is asked for."""
    link = f'<a class="rnnviz-within" href="{GLOSSARY.address}#{term.anchor}" target="_self">{GLOSSARY.title}</a>'
    return f'<span class="rnnviz-term" tabindex="0">{written}<span role="note">{term.text} {link}</span></span>'


@cache
def _spelled() -> dict[str, Term]:
    return {_plain(spelling): term for term in glossary.terms() for spelling in term.spellings}


@cache
def _pattern() -> re.Pattern[str]:
    """Finds what is never marked, or a term, of several that begin at one letter the longest."""
    longest = sorted(_spelled(), key=len, reverse=True)
    spellings = "|".join(re.escape(spelling).replace(r"\ ", r"\s+") for spelling in longest)
    return re.compile(rf"{_UNMARKED}|(?<![\w-])({spellings})(?![\w-])", re.IGNORECASE | re.MULTILINE)


def _plain(written: str) -> str:
    return " ".join(written.lower().split())
