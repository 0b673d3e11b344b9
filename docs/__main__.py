"""The API reference and the guides as a folder of pages that needs no network: ``python -m docs``.

pdoc makes them from the docstrings and from the Markdown files of this folder.
"""

import argparse
import re
import shutil
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Final

import pdoc.doc
import pdoc.render

HERE: Final = Path(__file__).parent
FOLDER: Final = HERE.parent / "build" / "docs"

MODULES: Final = (
    "rnnviz",
    "rnnviz.capture",
    "rnnviz.trace",
    "rnnviz.watching",
    "rnnviz.record",
    "rnnviz.doctor",
    "rnnviz.figures",
    "rnnviz.pictures",
    "rnnviz.analysis",
    "rnnviz.reach",
    "rnnviz.dynamics",
    "rnnviz.automata",
    "rnnviz.interventions",
    "rnnviz.stepping",
    "rnnviz.sentiment",
    "rnnviz.characters",
    "rnnviz.attention",
    "rnnviz.sequences",
    "rnnviz.listings",
    "rnnviz.spec",
    "rnnviz.train",
    "rnnviz.history",
    "rnnviz.checkpoints",
)
"""The public modules: what their ``__all__`` names is documented, and nothing else of the package."""

GUIDES: Final = tuple(sorted(path.stem for path in HERE.glob("*.md")))


def main() -> None:
    """Build the pages."""
    parser = argparse.ArgumentParser(prog="python -m docs", description=__doc__, allow_abbrev=False)
    parser.add_argument("--to", type=Path, default=FOLDER, metavar="FOLDER", help="default: build/docs")
    folder = parser.parse_args().to
    build(folder)
    print(folder / "index.html")


def build(folder: Path) -> None:
    """Write all pages, the search index, and what the guides show and offer into a folder, which is replaced."""
    pdoc.render.configure(docformat="google", template_directory=HERE / "templates", footer_text="rnnviz")
    pages = {module.__name__: _page(module) for module in (*map(_guide, GUIDES), *map(_module, MODULES))}
    shutil.rmtree(folder, ignore_errors=True)
    for name, page in pages.items():
        path = folder / f"{name.replace('.', '/')}.html"
        path.parent.mkdir(parents=True, exist_ok=True)
        _write(path, pdoc.render.html_module(page, pages))
    _write(folder / "index.html", pdoc.render.html_index(pages))
    _write(folder / "search.js", pdoc.render.search_index(pages))
    shutil.copytree(HERE / "gallery", folder / "guides" / "gallery")
    shutil.copy(HERE / "lecture.ipynb", folder / "guides")


def _write(path: Path, text: str) -> None:
    """Write a page; the folders that are defaults of functions are named from the project's own folder on."""
    path.write_text(text.replace(f"{HERE.parent.as_posix()}/", ""), encoding="utf-8")


def _page(module: ModuleType) -> pdoc.doc.Module:
    """What pdoc knows of a module, without what other packages define, as plotly's Figure, which would be 10 MB."""
    page = pdoc.doc.Module(module)
    for name, member in list(page.members.items()):
        if isinstance(member, pdoc.doc.Class | pdoc.doc.Function) and not member.taken_from[0].startswith("rnnviz"):
            del page.members[name]
    return page


def public_names(module: str) -> list[str]:
    """What a public module offers: its ``__all__``, or what is defined in it, where it has none."""
    found = import_module(module)
    own = [name for name, value in vars(found).items() if getattr(value, "__module__", "") == module]
    return list(getattr(found, "__all__", [name for name in own if not name.startswith("_")]))


def _module(name: str) -> ModuleType:
    """A public module, all of whose names are loaded: pdoc takes them from its namespace."""
    module = import_module(name)
    for public in public_names(name):
        getattr(module, public)
    return module


def _guide(name: str) -> ModuleType:
    """A guide as a module with nothing but a docstring, which is all that pdoc makes pages of."""
    text = (HERE / f"{name}.md").read_text(encoding="utf-8")
    guide = ModuleType(f"guides.{name}", re.sub(r"\]\((\w+)\.md", r"](\1.html", text))
    guide.__dict__["__docformat__"] = "markdown"
    return guide


if __name__ == "__main__":
    main()
