"""The API reference: it is built without a network, stands without one, and its examples run."""

import doctest
import inspect
import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from importlib import import_module
from pathlib import Path
from types import FunctionType
from typing import Final

import pytest

from docs.__main__ import GUIDES, MODULES, public_names
from tests.serving import ROOT
from tests.together import together

WITHOUT_EXAMPLE: Final = 0
"""Public functions and classes that have no example yet. This number may only fall."""

SOCKETLESS: Final = """
import socket, sys

def refuse(*_, **__):
    raise AssertionError("pages are made without a network")

socket.socket.connect = socket.getaddrinfo = socket.create_connection = refuse
sys.argv = ["docs", "--to", sys.argv[1]]
import runpy
runpy.run_module("docs", run_name="__main__")
"""


# --- the pages ---


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("docs") / "pages"
    made = [sys.executable, "-W", "error", "-c", SOCKETLESS, str(folder)]
    subprocess.run(made, cwd=ROOT, check=True, timeout=300)
    return folder


class Addresses(HTMLParser):
    """What a page names: each tag with each of its addresses."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = ("src", "href", "srcset", "data", "action", "poster")
        self.found += [(tag, value) for name, value in attrs if name in named and value]


def addresses(folder: Path) -> Iterator[tuple[Path, str, str]]:
    for path in folder.rglob("*.html"):
        yield from ((path, tag, address) for tag, address in Addresses(path.read_text(encoding="utf-8")).found)


@pytest.mark.slow
def test_every_public_module_and_every_guide_has_a_page(pages: Path) -> None:
    found = {path.relative_to(pages).as_posix() for path in pages.rglob("*.html")}
    named = [name.replace(".", "/") for name in MODULES] + [f"guides/{name}" for name in GUIDES]
    assert found == {"index.html", *(f"{name}.html" for name in named)}
    assert {"rnnviz.capture", "rnnviz.figures", "rnnviz.train"} <= set(MODULES)
    assert {"sentiment", "characters", "architecture"} <= set(GUIDES)
    for name in MODULES:
        text = (pages / f"{name.replace('.', '/')}.html").read_text(encoding="utf-8")
        for public in public_names(name):
            value = getattr(import_module(name), public)
            if inspect.ismodule(value) or not is_ours(value) or public.startswith("_"):
                continue
            assert f'id="{public}"' in text, f"{name}.{public}"


@pytest.mark.slow
def test_a_browser_fetches_nothing_from_elsewhere(pages: Path) -> None:
    fetched = [one for one in addresses(pages) if one[1] != "a"]
    assert fetched, "pictures of the guides"
    assert not [one for one in fetched if re.match(r"(?:https?:)?//", one[2])]
    for path in pages.rglob("*.html"):
        for style in re.findall(r"<style>(.*?)</style>", path.read_text(encoding="utf-8"), re.DOTALL):
            assert not re.search(r"@import|url\(\s*['\"]?(?:https?:)?//", style), path
    scripts = [path.name for path in pages.rglob("*.js")]
    assert scripts == ["search.js"]


@pytest.mark.slow
def test_no_page_names_a_folder_of_this_machine(pages: Path) -> None:
    for path in (*pages.rglob("*.html"), *pages.rglob("*.js")):
        text = path.read_text(encoding="utf-8")
        assert ROOT.as_posix() not in text, path.name


@pytest.mark.slow
def test_links_from_page_to_page_lead_somewhere(pages: Path) -> None:
    for path, _, address in addresses(pages):
        if re.match(r"[a-z]+:|#", address):
            continue
        assert (path.parent / address.partition("#")[0]).is_file(), f"{path.relative_to(pages)}: {address}"


# --- the examples ---


def is_ours(value: object) -> bool:
    """Whether a public name is not one of another package, as plotly's Figure is."""
    return not inspect.isclass(value) or value.__module__.startswith("rnnviz")


def entries() -> dict[str, type | FunctionType]:
    """The public functions and classes, each once, by the first name that it has in the reference."""
    found: dict[int, tuple[str, type | FunctionType]] = {}
    for module in MODULES:
        for name in public_names(module):
            value = getattr(import_module(module), name)
            if (inspect.isclass(value) or inspect.isfunction(value)) and is_ours(value):
                found.setdefault(id(value), (f"{module}.{name}", value))
    return dict(found.values())


ENTRIES: Final = entries()
EXAMPLES: Final = {name: value for name, value in ENTRIES.items() if ">>>" in (value.__doc__ or "")}


@together("name", EXAMPLES)
def test_the_example_of(name: str) -> None:
    value = EXAMPLES[name]
    run = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS)
    example = doctest.DocTestParser().get_doctest(inspect.getdoc(value) or "", {}, name, None, None)
    said: list[str] = []
    run.run(example, out=said.append)
    assert run.failures == 0, "".join(said)
    assert any(one.want for one in example.examples), "an example that shows nothing checks nothing"


def test_how_many_public_entries_have_no_example_yet() -> None:
    without = sorted(set(ENTRIES) - set(EXAMPLES))
    assert len(without) == WITHOUT_EXAMPLE, "\n".join(without)
