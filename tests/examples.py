"""The examples of docstrings and documents, and the pictures that they make."""

import ast
import doctest
import inspect
import json
import re
from collections.abc import Iterable
from typing import Any, Final

import plotly.graph_objects as go

import rnnviz
from rnnviz.notebook.pages import Saved
from rnnviz.pictures import Drawn
from tests.serving import ROOT

Picture = go.Figure | Saved

DOCUMENTS: Final = ("README.md", *(path.relative_to(ROOT).as_posix() for path in sorted((ROOT / "docs").glob("*.md"))))
_DRAWS: Final = re.compile(r"\b(?:figures|pictures)\.|\bshow\(|\bPage\(|\bPicture\(|figure\b")


def of_docstring(value: object) -> list[str]:
    """The statements after ``>>>`` in a docstring."""
    text = inspect.getdoc(value) or ""
    return [one.source for one in doctest.DocTestParser().get_examples(text)]


def of_document(name: str) -> list[str]:
    """The blocks of Python in a Markdown file, in their order, or the cells of code of a notebook."""
    text = (ROOT / name).read_text(encoding="utf-8")
    if name.endswith(".ipynb"):
        return ["".join(cell["source"]) for cell in json.loads(text)["cells"] if cell["cell_type"] == "code"]
    return re.findall(r"```python\n(.*?)```", text, re.DOTALL)


def may_draw(sources: Iterable[str]) -> bool:
    """Whether there is a word for a picture in them, so that it is worth running them to see."""
    return any(map(_DRAWS.search, sources))


def pictures(sources: Iterable[str]) -> dict[str, Picture]:
    """All pictures that statements make, by the names or the expressions that they are the values of."""
    names: dict[str, Any] = {"__name__": "__main__"}
    found: dict[str, Any] = {}
    for statement in ast.parse("\n".join(sources)).body:
        text = ast.unparse(statement)
        if isinstance(statement, ast.Expr):
            found[text] = eval(text, names)  # noqa: S307 - the project's own examples
        else:
            exec(text, names)  # noqa: S102
        found |= names
    every = {id(value): (name, value) for name, value in found.items() if isinstance(value, Picture | Drawn)}
    return {
        name: rnnviz.show(value, live=False) if isinstance(value, Drawn) else value for name, value in every.values()
    }
