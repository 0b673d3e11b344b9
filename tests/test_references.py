"""The list of sources can be read, has all that is cited, and nothing that is not."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from rnnviz import references
from rnnviz.page_registry import PAGES, Page
from rnnviz.references import Source
from tests.serving import ROOT
from tests.test_layers import SOURCES
from tests.together import together

ALL: Final = references.sources()
LABELS: Final = [source.label for source in ALL]

TEXTS: Final = sorted(
    [
        ROOT / "assets" / "glossary.md",
        *(ROOT / "assets" / "text").glob("*.md"),
        *(ROOT / "assets" / "tours").glob("*.md"),
    ]
)
MODULES: Final = sorted(SOURCES.values())
DOCUMENTS: Final = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]

MONTHS: Final = "January|February|March|April|May|June|July|August|September|October|November|December"
CITATION: Final = re.compile(
    rf"(?<![\w-])(?!(?:{MONTHS})\b)[A-Z][^\W\d_]+(?:-[A-Z]\w+)?(?:\s+et\s+al\.)?\s+\(?(?:1[89]|20)\d\d[a-z]?\b"
)
"""A name and a year, whoever it is."""

ENTRY: Final = '[[source]]\nauthors = ["{}"]\nyear = "{}"\ntitle = "A title"\nuse = "A use."\n'


def unknown(text: str) -> list[str]:
    """What is cited in a text and is not in the list."""
    if not CITATION.search(text):  # which is most texts, and takes a fraction of the time
        return []
    return CITATION.findall(references.replaced(text, lambda *_: ""))


def prose(path: Path) -> str:
    """A file without what is code, an address or a row of a table: there stand dates that networks read."""
    text = path.read_text(encoding="utf-8")
    return re.sub(r"```.*?```|`[^`\n]*`|^(?:(?:link|look|See): |\|)[^\n]*", "", text, flags=re.DOTALL | re.MULTILINE)


def sources_of(path: Path) -> Iterator[str]:
    """The paragraphs "Source:" of the docstrings of a module."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            yield from re.findall(r"^Source: (?:.|\n)*?(?=\n\n|\Z)", ast.get_docstring(node) or "", re.MULTILINE)


@cache
def cited_in(path: Path) -> frozenset[Source]:
    return frozenset(references.cited(path.read_text(encoding="utf-8")))


CITING: Final = [(path, text) for path in MODULES for text in sources_of(path)]


def text_of(page: Page) -> Path:
    return ROOT / "assets" / "text" / f"{page.address.lower()}.md"


@together("path", [*TEXTS, *DOCUMENTS])
def test_what_a_text_cites_is_in_the_list(path: Path) -> None:
    assert not unknown(prose(path))


def test_every_paragraph_of_references_cites_something() -> None:
    found = [
        (path.name, paragraph)
        for path in TEXTS
        for paragraph in re.findall(
            r"^\*\*References\.\*\*(?:.|\n)*?(?=\n\n|\Z)", path.read_text("utf-8"), re.MULTILINE
        )
    ]
    assert len(found) >= 40
    assert not [one for one in found if not references.cited(one[1])]


@together("path, text", CITING)
def test_what_a_docstring_has_as_its_source_is_in_the_list(path: Path, text: str) -> None:
    assert references.cited(text), f"{path}: {text}"
    assert not unknown(text), path


@together("path", MODULES)
def test_what_a_module_cites_elsewhere_is_in_the_list(path: Path) -> None:
    assert not unknown(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "text",
    ["Someone 2031", "see Someone (2031), page 1", "Some-One et al. 2031", "Elman and Someone 2031", "Elman\n1991"],
)
def test_a_citation_that_is_not_in_the_list_is_found(text: str) -> None:
    assert unknown(f"**References.** {text}: a claim. Elman 1990.")


@together("source", ALL)
def test_a_source_is_cited(source: Source) -> None:
    assert any(source in cited_in(path) for path in (*TEXTS, *DOCUMENTS, *MODULES))


@together("source", ALL)
def test_the_pages_of_a_source_are_those_that_cite_it_and_those_whose_code_does(source: Source) -> None:
    citing = {page.title for page in PAGES if source in cited_in(text_of(page))}
    in_code = any(source in cited_in(path) for path in MODULES)
    assert set(source.pages) <= {page.title for page in PAGES}
    assert list(source.pages) == [page.title for page in PAGES if page.title in source.pages], "in their order"
    assert set(source.pages) == citing or (in_code and set(source.pages) > citing)


def test_the_number_of_arxiv_that_follows_a_citation_is_that_of_the_source() -> None:
    seen = 0
    for path in (*TEXTS, *DOCUMENTS, *MODULES):
        marked = references.replaced(path.read_text("utf-8"), lambda source, _: f"⟦{source.arxiv}⟧")
        for known, number in re.findall(r"⟦([^⟧]*)⟧(?:, [^⟦.;:]*?)?,\s+arXiv\s+([\d.]+\d)", marked):
            assert number == known, path
            seen += 1
    assert seen >= 60


@together("source", ALL)
def test_an_entry_can_be_read(source: Source) -> None:
    assert re.fullmatch(r"(\d{4}\.\d{4,5})?", source.arxiv)
    assert re.fullmatch(r"(10\.\d{4,}/\S+)?", source.doi)
    assert source.links or source.published, "where it can be found"
    assert not source.title.endswith(".")
    assert not source.published.endswith(".")


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Elman 1990, *Finding structure in time*", "Elman 1990"),
        ("Le, Jaitly and Hinton (2015)", "Le, Jaitly and Hinton 2015"),
        ("Le, Jaitly, Hinton (2015)", "Le, Jaitly and Hinton 2015"),
        ("Cho et\nal. 2014", "Cho et al. 2014"),
        ("Vinyals, Toshev, Bengio and\nErhan 2015", "Vinyals et al. 2015"),
        ("Hochreiter and Schmidhuber 1997.", "Hochreiter and Schmidhuber 1997"),
        ("Hochreiter and Schmidhuber 1997b.", "Hochreiter and Schmidhuber 1997b"),
        ("(Karpathy, Johnson and Fei-Fei 2015)", "Karpathy, Johnson and Fei-Fei 2015"),
        ("Karpathy 2015", "Karpathy 2015"),
        ("torch.nn.GRU", "PyTorch"),
    ],
)
def test_a_way_to_cite(text: str, label: str) -> None:
    assert [source.label for source in references.cited(text)] == [label]


@pytest.mark.parametrize(
    "text", ["Elman", "Elman 1991", "Elman 19900", "Gers 2000", "Hochreiter et al. 1997", "Bengio 1994"]
)
def test_what_is_no_citation(text: str) -> None:
    assert references.cited(text) == []


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('[[paper]]\ntitle = "x"\n', "tables [[source]]"),
        (ENTRY.format("A B", 1990) + 'isbn = "1"\n', "the fields of a source"),
        ('[[source]]\nauthors = ["A B"]\n', "the fields of a source"),
        (ENTRY.format("A <b>B</b>", 1990), "without markup"),
        (ENTRY.format("A B", 1990) + 'pages = "Gates"\n', "several in a list"),
        (ENTRY.format("A B", 1990) + "arxiv = 1211.5063\n", "must be text"),
        (ENTRY.format("A B", ""), "names to cite it by"),
        (ENTRY.format("A B", "in 1990"), "a year must be"),
        (ENTRY.format("A B", 1990) + 'url = "javascript:x"\n', "an address like https"),
        (ENTRY.format("A B", 1990).replace("use.", "use"), "must be sentences"),
        (ENTRY.format("A B", 1990).replace("use.", f"{'use ' * 41}."), "at most 40 words"),
        (ENTRY.format("A B", 1990) + ENTRY.format("A A", 1990), "alphabetical order"),
        (ENTRY.format("A B", 1990) * 2, "each once"),
    ],
)
def test_another_form_is_refused(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=re.escape(why)):
        references.read(text)


def test_a_source_is_read() -> None:
    (source,) = references.read(ENTRY.format("Ann van Bee", "1997b") + 'doi = "10.1/x_1"\narxiv = "1211.5063"\n')
    assert (source.label, source.anchor) == ("Bee 1997b", "bee-1997b")
    assert source.links == {
        "arXiv 1211.5063": "https://arxiv.org/abs/1211.5063",
        "DOI 10.1/x_1": "https://doi.org/10.1/x_1",
    }
