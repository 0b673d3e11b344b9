"""The sources that rnnviz cites: ``assets/references.toml``, read strictly, and found where a text cites them."""

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final
from urllib.parse import quote

from rnnviz.places import ASSETS

MOST_WORDS: Final = 40
"""Of what a source is used for."""

_NAMED: Final = 3
"""So many authors are named; of more the first alone."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """A paper, a book, or the documentation of a program.

    Attributes:
        authors: Their names with the surname last, or an organisation.
        year: With a letter if the same authors have another of that year; documentation has none.
        title, published: What it is called, and where it appeared.
        arxiv, doi, url: Where it can be read.
        use: What is taken from it.
        pages: The titles of the pages that use it; none for what belongs to no page alone.
        names: What a text may call it instead of its authors and year.
    """

    authors: tuple[str, ...]
    title: str
    use: str
    year: str = ""
    published: str = ""
    arxiv: str = ""
    doi: str = ""
    url: str = ""
    pages: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """How a text cites it; the heading in the list."""
        if not self.year:
            return self.authors[0]
        *others, last = self._surnames
        if len(others) >= _NAMED:
            return f"{others[0]} et al. {self.year}"
        return f"{', '.join(others)} and {last} {self.year}" if others else f"{last} {self.year}"

    @property
    def anchor(self) -> str:
        """What Streamlit makes of the heading for addresses."""
        words = re.sub(r"([a-z])([A-Z])", r"\1 \2", self.label).lower()
        return "-".join(re.findall(r"\w+", words))

    @property
    def links(self) -> dict[str, str]:
        """Addresses outside, by what is written for them."""
        found = {
            f"arXiv {self.arxiv}": self.arxiv and f"https://arxiv.org/abs/{self.arxiv}",
            f"DOI {self.doi}": self.doi and f"https://doi.org/{quote(self.doi, safe='/')}",
            self.url.removeprefix("https://").rstrip("/"): self.url,
        }
        return {written: address for written, address in found.items() if address}

    @property
    def pattern(self) -> str:
        """A regular expression, without groups, of all ways to cite it; with commas alone as in docstrings, too."""
        ways = [re.escape(name) for name in self.names]
        if self.year:
            first, *others = map(re.escape, self._surnames)
            who = ",? ".join([first, *others[:-1], f"(?:and )?{others[-1]}"]) if others else first
            who = rf"(?:{who}|{first} et al\.)" if len(others) > 1 else who
            ways.append(rf"{who} (?:{self.year}|\({self.year}\))")
        return "|".join(ways).replace(r"\ ", " ").replace(" ", r"\s+")

    @property
    def _surnames(self) -> list[str]:
        return [name.rpartition(" ")[2] for name in self.authors]


@cache
def sources() -> tuple[Source, ...]:
    """All sources, in alphabetical order."""
    return read((ASSETS / "references.toml").read_text(encoding="utf-8"))


def replaced(text: str, by: Callable[[Source, str], str]) -> str:
    """A text in which something stands for each citation.

    Args:
        by: Gives it, of the source and of what was written.
    """
    return _pattern().sub(lambda match: by(_of(match), match[0]), text)


def cited(text: str) -> list[Source]:
    """The sources that a text cites, in the order in which it does."""
    return list(dict.fromkeys(map(_of, _pattern().finditer(text))))


@cache
def _pattern() -> re.Pattern[str]:
    """A group for each source, in their order."""
    every = "|".join(f"({source.pattern})" for source in sources())
    return re.compile(rf"(?<![\w-])(?:{every})(?!\w)")


def _of(match: re.Match[str]) -> Source:
    return sources()[(match.lastindex or 0) - 1]


def read(text: str) -> tuple[Source, ...]:
    """The sources of a list.

    Raises:
        ValueError: An entry has another form, the order is another, or two would have one heading.
    """
    entries = tomllib.loads(text)
    if set(entries) != {"source"}:
        raise ValueError(f"a list of sources must be tables [[source]]; got {', '.join(entries)}")
    found = tuple(map(_source, entries["source"]))
    labels = [source.label.casefold() for source in found]
    if labels != sorted(set(labels)):
        raise ValueError("the sources must be in alphabetical order, each once")
    return found


def _source(entry: Mapping[str, Any]) -> Source:
    fields: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()}
    try:
        source = Source(**fields)
    except TypeError as error:
        raise ValueError(f"an entry must have the fields of a source; {error}") from error
    for name, kind in Source.__annotations__.items():
        value = getattr(source, name)
        texts = value if kind is not str else (value,)
        if not isinstance(texts, tuple) or not all(isinstance(one, str) and "<" not in one for one in texts):
            raise ValueError(f"{name} must be text without markup, and several in a list; got {value!r}")
    if not source.authors or not (source.year or source.names):
        raise ValueError(f"a source must have authors, and a year or names to cite it by; got {source.title!r}")
    if not re.fullmatch(r"(\d{4}[a-z]?)?", source.year) or not re.fullmatch(r"(https://\S+)?", source.url):
        raise ValueError(f"a year must be like 1997b, an address like https://…; got {source.year!r}, {source.url!r}")
    if not source.use.endswith(".") or len(source.use.split()) > MOST_WORDS:
        raise ValueError(f"the use of {source.label} must be sentences of at most {MOST_WORDS} words")
    return source
