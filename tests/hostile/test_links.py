"""Whatever stands in an address: a page is shown, and what was wrong is said in a few words."""

import re
from collections.abc import Iterator
from random import Random
from typing import Final, NamedTuple
from urllib.parse import parse_qs, parse_qsl, quote, urlencode, urlsplit

import pytest

from rnnviz import page_registry, tours
from rnnviz.export import links
from rnnviz.ui.selection import DEFAULT, MAX_CHARACTERS, addresses
from rnnviz.ui.selection.fields import FIELDS, pack
from rnnviz.ui.selection.link import from_params, to_params
from rnnviz.ui.selection.openings import OPENINGS
from rnnviz.ui.shell.frame import plain
from tests.hostile import mutations
from tests.hostile.cases import Fuzzer, blocks, survives
from tests.hostile.mutations import drawn
from tests.serving import ROOT
from tests.together import together
from tests.ui.opened import BY_ADDRESS, opened
from tests.views import ADDRESSES

NAMES: Final = (*FIELDS, "v", "embed", "embed_options")


def _known() -> list[tuple[str, str]]:
    """The page and the query of links that were given away, of the gallery, of the tours and of all views."""
    stored = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "tests" / "links").glob("*.txt"))]
    stored.append((ROOT / "docs" / "gallery.yaml").read_text(encoding="utf-8"))
    stored += [path.read_text(encoding="utf-8") for path in sorted((ROOT / "assets" / "tours").glob("*.md"))]
    links = [*re.findall(r"/[A-Z][a-z_]+\?[^\s\"')]*", "\n".join(stored)), *ADDRESSES]
    found = [urlsplit(link) for link in links]
    return sorted({(link.path.removeprefix("/"), link.query) for link in found} | {("", "")})


KNOWN: Final = _known()
WORTHS: Final = sorted({pair for _, query in KNOWN for pair in parse_qsl(query, keep_blank_values=True)})
"""Names with values that links have."""


class Address(NamedTuple):
    """A page by its name in the address, and what follows the question mark."""

    page: str
    query: str

    def params(self) -> dict[str, str]:
        """As Streamlit hands them over: of a name that is said twice the last value."""
        return {name: values[-1] for name, values in parse_qs(self.query, keep_blank_values=True).items()}


def address(chosen: Random) -> Address:
    """A link that somebody has tampered with, or made up from names and values."""
    page, query = chosen.choice(KNOWN)
    if chosen.random() < 0.3:
        query = mutations.text(chosen, query)
    elif chosen.random() < 0.5:
        pairs = parse_qsl(query, keep_blank_values=True)
        pairs += [chosen.choice(WORTHS) for _ in range(chosen.choice((0, 1, 3)))]
        pairs += [(chosen.choice(NAMES), mutations.text(chosen, chosen.choice(WORTHS)[1]))]
        chosen.shuffle(pairs)
        query = _query(pairs)
    else:
        pairs = [
            (chosen.choice(NAMES), mutations.text(chosen, chosen.choice(("", "1", "a b", "x[0,0]=1"))))
            for _ in range(chosen.choice((1, 2, 5, 40)))
        ]
        query = _query(pairs)
    # A browser sends an address in UTF-8, and a fragment never.
    whole = query.encode("utf-8", "replace").decode()
    return Address(chosen.choice(list(BY_ADDRESS)) if chosen.random() < 0.3 else page, whole.replace("#", "%23"))


def _query(pairs: list[tuple[str, str]]) -> str:
    return urlencode(pairs, errors="replace")


TITLES: Final = {name: page.title for name, page in BY_ADDRESS.items()}


def read(case: Address) -> Iterator[str]:
    """What a page does with its address, but for drawing it."""
    params = case.params()
    selection, problems = from_params(params, OPENINGS.get(TITLES[case.page], DEFAULT))
    assert len(problems) <= len(params) + 1
    assert from_params(to_params(selection)) == (selection, [])
    addresses.written(TITLES[case.page], params)
    yield from problems


LINKS: Final = Fuzzer("link", address, read)


@pytest.mark.parametrize("block", blocks(30))
def test_any_link_is_a_view(block: int) -> None:
    survives(LINKS, block)


def pasted(chosen: Random) -> str:
    """An address as somebody pastes it into a lecture or a tour."""
    case = address(chosen)
    whole = f"{chosen.choice(('', 'http://127.0.0.1:8501', 'https://rnn.example.edu/app'))}/{case.page}?{case.query}"
    return mutations.text(chosen, whole) if chosen.random() < 0.7 else whole


def read_pasted(case: str) -> Iterator[str]:
    """Both readers of pasted addresses."""
    try:
        links.read(case).unread()
    except ValueError as error:
        yield str(error)
    tour = "---\ntitle: A tour\n---\n\n## A stop\nlink: " + case.replace("\n", " ").replace("\r", " ")
    yield from tours.read(f"{tour}\nlook: page\n\nText.\n\n**Question.** Why?\n\n**Answer.** So.\n")[1]


PASTED: Final = Fuzzer("pasted", pasted, read_pasted)


@pytest.mark.parametrize("block", blocks(9))
def test_any_pasted_address_is_a_link_or_refused(block: int) -> None:
    survives(PASTED, block)


# A run of a page takes a hundred times what reading its address takes.
RUNS: Final = 6


def test_pages_are_those_of_the_navigation() -> None:
    assert set(BY_ADDRESS.values()) == {page_registry.HOME, *page_registry.PAGES}
    assert {name for name, _ in KNOWN} == set(BY_ADDRESS)


def visit(name: str, numbers: range) -> None:
    """Open a page by hostile addresses; none may end in an exception."""
    for number in numbers:
        query = address(drawn(f"run {name}", number)).query
        try:
            opened(f"/{name}?{quote(query, safe='%&=+;,:/?[]')}")
        except Exception as error:
            raise AssertionError(f"drawn('run {name}', {number}): {error!r:.1000}\n{query[:2_000]!r}") from error


@together("name", list(BY_ADDRESS))
def test_a_page_shows_something_by_any_link(name: str) -> None:
    visit(name, range(RUNS))


@pytest.mark.nightly
@together("name", list(BY_ADDRESS))
def test_a_page_shows_something_by_any_of_many_links(name: str) -> None:
    visit(name, range(RUNS, RUNS + 60))


# --- What was found ---

LONGEST: Final = {
    "one letter": "\N{MATHEMATICAL BOLD SMALL A}" * MAX_CHARACTERS,
    "one sign": "'" * MAX_CHARACTERS,
    "quotes": "'a" * (MAX_CHARACTERS // 2),
    "closed quotes": "'a'" * (MAX_CHARACTERS // 3),
    "addresses": "@" * MAX_CHARACTERS,
    "strokes": "`a" * (MAX_CHARACTERS // 2),
}


@pytest.mark.parametrize("what", LONGEST)
def test_a_very_long_word_is_made_plain_at_once(what: str) -> None:
    """It took minutes, in which nobody else was answered: an address was looked for from each letter to the end."""
    survives(Fuzzer(what, lambda _: LONGEST[what], lambda case: [] if plain(case) else [""]), 0, 1)


@together("name", list(BY_ADDRESS))
def test_a_page_with_a_very_long_word_is_there_at_once(name: str) -> None:
    """A link of 200 characters holds a word of 100,000."""
    link = f"/{name}?" + urlencode(
        {"input": "words", "words": pack(LONGEST["one letter"]), "views": "step_through.below:x"}
    )

    def visit(case: str) -> list[str]:
        opened(case)
        return []

    survives(Fuzzer("long word", lambda _: link, visit), 0, 1)
