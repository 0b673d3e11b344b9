"""A page is one row of the registry and its own files; whoever speaks of pages reads the row."""

import ast
from collections.abc import Iterator
from typing import Final

import pytest
from streamlit.testing.v1 import AppTest

from rnnviz import page_registry, tours
from rnnviz.export import links, slides
from rnnviz.page_registry import BESIDE, HOME, PAGES, Page
from rnnviz.ui.selection.fields import FIELDS, OWN
from rnnviz.ui.selection.openings import OPENINGS
from tests.serving import ROOT
from tests.test_layers import SOURCES, tree
from tests.together import together

EVERY: Final = (HOME, *PAGES, *BESIDE)
NAMES: Final = [page.title for page in EVERY]

NO_PAGES: Final = {
    ("ui.shell.keys", "Home"),
}
"""A key that has the title of a page; no view of one page has the title of another."""

MOST_LINES: Final = 40
"""Of the file of a page, as CONTRIBUTING.md says."""

TOUR: Final = "---\ntitle: x\n---\n## x\nlink: {}?t=1\nlook: {}\n\nx\n\n**Question.** x\n\n**Answer.** x\n"


def test_a_row_for_each_file_and_a_number_of_its_own() -> None:
    files = {path.relative_to(ROOT).as_posix() for path in (ROOT / "pages").glob("*.py")}
    assert {page.path for page in (*PAGES, *BESIDE)} == files, (
        "each file of pages/ has a row in rnnviz/page_registry.py"
    )
    numbers = [int(page.path.removeprefix("pages/").partition("_")[0]) for page in (*PAGES, *BESIDE)]
    assert sorted(numbers) == list(range(1, len(numbers) + 1))
    for number, page in zip(numbers, (*PAGES, *BESIDE), strict=True):
        assert page.path == f"pages/{number}_{page.address}.py"


@pytest.mark.parametrize("page", EVERY, ids=NAMES)
def test_a_row_can_be_read(page: Page) -> None:
    assert page.question.endswith("?")
    assert page.answer.endswith(".") or page is HOME
    assert getattr(page_registry, page.title.upper().replace(" ", "_")) is page


@pytest.mark.parametrize("page", EVERY, ids=NAMES)
def test_a_page_begins_as_its_own_row(page: Page) -> None:
    script = ast.parse((ROOT / page.path).read_text(encoding="utf-8"))
    calls = [ast.unparse(node) for node in ast.walk(script) if isinstance(node, ast.Call)]
    assert any(call.startswith(f"frame.show_page({page.title.upper().replace(' ', '_')}, ") for call in calls)
    assert page is HOME or ast.get_docstring(script) == page.question, f"{page.path} begins with another question"


@pytest.mark.parametrize("page", EVERY, ids=NAMES)
def test_a_page_is_a_few_lines(page: Page) -> None:
    lines = (ROOT / page.path).read_text(encoding="utf-8").count("\n")
    assert lines <= MOST_LINES, f"{page.path}: what does not fit belongs into rnnviz/ui/pages/{page.address.lower()}/"


def test_the_home_page_leads_to_each_page_twice_and_tells_of_it() -> None:
    home = AppTest.from_file(ROOT / HOME.path, default_timeout=60).run()
    labels = [link.proto.label for link in home.get("page_link")]
    (navigation,) = [one.proto.body for one in home.get("html") if "<nav" in one.proto.body]
    said = [one.value for one in home.markdown]
    for number, page in enumerate(PAGES, start=1):
        assert navigation.count(f">{page.title}</a>") == labels.count(f"**{number} · {page.title}**") == 1
        assert f"**{page.question}** {page.answer}" in said


@pytest.mark.parametrize("page", PAGES, ids=NAMES[1 : -len(BESIDE)])
def test_links_and_tours_and_slides_read_the_row(page: Page) -> None:
    assert links.read(f"/{page.address}?t=1").page == page.address
    assert slides.question(page.address) == page.question
    for look in page.targets:
        tour, problems = tours.read(TOUR.format(page.address, look))
        assert tour is not None, problems
        assert (tour.stops[0].page, tour.stops[0].look) == (page.title, look)


def test_openings_are_those_of_the_rows() -> None:
    assert set(OPENINGS) == {page.title for page in PAGES if page.opening or page.choices}
    for page in PAGES:
        for name, value in page.opening.items():
            opening = OPENINGS[page.title]
            assert getattr(opening if name in OWN else opening.model, name) == value
        assert dict(OPENINGS[page.title].views) == page.choices if page.choices else True


def test_a_link_may_say_all_that_a_visitor_looks_at() -> None:
    assert sorted(page_registry.PARAMETERS) == sorted(("v", *FIELDS))


def _literals(module: str) -> Iterator[str]:
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


@together("module", [module for module in SOURCES if module != "page_registry"])
def test_no_other_source_spells_a_title_or_a_path(module: str) -> None:
    known = {name for page in EVERY for name in (page.title, page.path, page.address)} - {"app.py"}
    assert {(module, text) for text in _literals(module) if text in known} <= NO_PAGES
