"""The glossary can be read, is short, leads to views that exist, and has no term that nobody meets."""

import math
import re
from functools import cache
from typing import Final
from urllib.parse import parse_qsl

import pytest

from rnnviz import glossary
from rnnviz.export import links
from rnnviz.glossary import Term
from rnnviz.page_registry import BY_ADDRESS
from rnnviz.ui.selection.link import from_params
from rnnviz.ui.selection.openings import opening_of
from tests.serving import ROOT
from tests.test_words import READERS
from tests.together import together
from tests.ui.opened import choices_of, opened

TERMS: Final = glossary.terms()
NAMES: Final = [term.name for term in TERMS]

ENTRY: Final = "## {}\nAlso: {}\nIt is a number.\nSee: [Gates](Gates)\n\n"


@cache
def on_screen() -> str:
    """The prose, and the strings of pages, figures and widgets."""
    folders = ("assets/text", "assets/components", "rnnviz/figures", "rnnviz/ui")
    paths = [path for folder in folders for path in sorted((ROOT / folder).rglob("*")) if path.suffix in READERS]
    texts = (text for path in paths for _, text in READERS[path.suffix](path.read_text(encoding="utf-8")))
    return " ".join(" ".join(texts).split())


def test_there_are_as_many_as_a_reader_looks_through() -> None:
    assert 30 <= len(TERMS) <= 70


@together("term", TERMS)
def test_a_term_stands_somewhere_on_the_screen(term: Term) -> None:
    spellings = "|".join(map(re.escape, term.spellings))
    assert re.search(rf"(?<![\w-])(?:{spellings})(?![\w-])", on_screen(), re.IGNORECASE)


@together("term", TERMS)
def test_a_text_is_short_and_whole(term: Term) -> None:
    assert len(term.text.split()) <= 40
    assert len(re.findall(r"[.?](?= |$)", re.sub(r"\$[^$]*\$", "x", term.text))) <= 3
    assert term.text.count("$") % 2 == term.text.count("`") % 2 == 0


@together("term", TERMS)
def test_a_term_leads_to_a_view_that_exists(term: Term) -> None:
    link = links.read(f"/{term.address}")
    params = dict(parse_qsl(link.query))
    title = BY_ADDRESS[link.page].title
    assert not link.unread()
    assert from_params(params, opening_of(title, params))[1] == []
    assert term.label.startswith(title)


@pytest.mark.parametrize("address", sorted({term.address for term in TERMS if "views=" in term.address}))
def test_what_an_address_chooses_is_chosen(address: str) -> None:
    at = opened(f"/{address}")
    assert not at.warning
    name, _, choice = dict(parse_qsl(address.partition("?")[2]))["views"].partition(":")
    if name == "sequences.kind":  # which a widget chooses
        assert any(one.value.lower().startswith(f"**{choice.replace('-', ' ')}.**") for one in at.markdown)
    else:
        assert [one.lower().replace(" ", "-") for one in choices_of(at)[name][1]] == [choice]


def test_a_value_of_the_sigmoid_is_its_value() -> None:
    found = [match for term in TERMS for match in re.findall(r"\\sigma\((\d)\) = (\d\.\d+)", term.text)]
    assert len(found) == 2
    for x, value in found:
        assert round(1 / (1 + math.exp(-int(x))), len(value) - 2) == float(value)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("A line.\n" + ENTRY.format("gate", "gates"), "begin with a term"),
        ("## gate\nIt is a number.\n", "an entry must be"),
        ("## gate\nAlso: gates\nSee: [Gates](Gates)\n", "an entry must be"),
        ("## gate\nIt is <b>a number</b>.\nSee: [Gates](Gates)\n", "an entry must be"),
        ("## gate\nA number\nSee: [Gates](Gates)\n", "must be sentences"),
        (f"## gate\n{'a ' * 41}.\nSee: [Gates](Gates)\n", "at most 40 words"),
        (ENTRY.format("mask", "masks") + ENTRY.format("gate", "gates"), "alphabetical"),
        (ENTRY.format("gate", "Mask") + ENTRY.format("mask", "masks"), "one term; got mask twice"),
    ],
)
def test_another_form_is_refused(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=re.escape(why)):
        glossary.read(text)


def test_an_entry_is_read() -> None:
    (term,) = glossary.read(
        "## cell state\nAlso: cell states, c\nThe second\nstate.\nSee: [Gates, memory](Gates?t=1)\n"
    )
    assert term == Term(("cell state", "cell states", "c"), "The second state.", "Gates, memory", "Gates?t=1")
    assert (term.name, term.anchor) == ("cell state", "cell-state")
