"""The terms that a reader may not know: ``assets/glossary.md``, read strictly."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

from rnnviz.places import ASSETS

MOST_WORDS: Final = 40
"""Of an explanation; a formula counts by its parts between blanks."""

_ENTRY: Final = re.compile(
    r"(?P<name>[A-Za-z][A-Za-z -]*)\n"
    r"(?:Also: (?P<also>[^\n]+)\n)?"
    r"(?P<text>(?!Also:|See:)[^<]+)\n"
    r"See: \[(?P<label>[^]\n]+)\]\((?P<address>[^)\n]+)\)\n*"
)


@dataclass(frozen=True)
class Term:
    """A term and its explanation.

    Attributes:
        spellings: The name first, then what else stands for it in prose, plurals included.
        text: One or two sentences, as Markdown in one line.
        label, address: A view where it can be seen, and its address from the root of the application.
    """

    spellings: tuple[str, ...]
    text: str
    label: str
    address: str

    @property
    def name(self) -> str:
        """The heading in the glossary."""
        return self.spellings[0]

    @property
    def anchor(self) -> str:
        """What Streamlit makes of the heading for addresses."""
        return self.name.lower().replace(" ", "-")


@cache
def terms() -> tuple[Term, ...]:
    """All terms, in alphabetical order."""
    return read((ASSETS / "glossary.md").read_text(encoding="utf-8"))


def read(text: str) -> tuple[Term, ...]:
    """The terms of a glossary.

    Raises:
        ValueError: An entry has another form, a text is too long, the order is another, or a spelling stands twice.
    """
    before, *sections = re.split(r"^## ", text, flags=re.MULTILINE)
    if before.strip():
        raise ValueError(f"a glossary must begin with a term; got {before.strip()!r}")
    found = tuple(map(_term, sections))
    names = [term.name.casefold() for term in found]
    if names != sorted(names):
        raise ValueError("the terms of a glossary must be in alphabetical order")
    spellings = [spelling.casefold() for term in found for spelling in term.spellings]
    twice = {spelling for spelling in spellings if spellings.count(spelling) > 1}
    if twice:
        raise ValueError(f"a spelling must belong to one term; got {', '.join(sorted(twice))} twice")
    return found


def _term(section: str) -> Term:
    match = _ENTRY.fullmatch(section)
    if match is None:
        raise ValueError(f"an entry must be a term, Also: …, its text and See: [label](address); got {section!r}")
    text = " ".join(match["text"].split())
    if len(text.split()) > MOST_WORDS or not text.endswith("."):
        raise ValueError(f"the text of {match['name']} must be sentences of at most {MOST_WORDS} words; got {text!r}")
    return Term((match["name"], *_listed(match["also"] or "")), text, match["label"], match["address"])


def _listed(also: str) -> Iterator[str]:
    return (spelling.strip() for spelling in also.split(",") if spelling.strip())
