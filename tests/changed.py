"""Which test files a change can touch: those that use a changed file, through others too, or open a page that does."""

import ast
import re
import subprocess
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Final

from rnnviz import _HOMES
from rnnviz.page_registry import PAGES
from tests.serving import ROOT

FOLDERS: Final = ("pages", "rnnviz", "tests", "docs", "benchmarks")
EVERYTHING: Final = ("pyproject.toml", "requirements.txt", "requirements-dev.txt", "tests/conftest.py")
"""Files that any test may depend on; what the last of them imports, it only closes after a test."""


def against(base: str) -> list[str]:
    """The files that differ from the point where a branch left ``base``, committed or not, by their paths from here."""
    [start] = _git("merge-base", base, "HEAD")
    return [*_git("diff", "--name-only", start), *_git("ls-files", "--others", "--exclude-standard")]


def touched(changed: Iterable[str]) -> list[str]:
    """The test files that a change of these files can touch, in order.

    A file that is no Python, such as a text or a script, counts as a change of the Python files that name it.
    """
    changed = set(changed)
    texts = _texts()
    is_test = re.compile(r"tests/(?:.*/)?test_\w+\.py").fullmatch
    if changed & {*EVERYTHING}:
        return sorted(filter(is_test, texts))
    users = _users()
    waiting = [name for file in changed for name in ([file] if file in texts else _naming(file, texts))]
    reached = set(waiting)
    while waiting:
        new = users[waiting.pop()] - reached
        reached |= new
        waiting.extend(new)
    return sorted(filter(is_test, reached & set(texts)))


def _git(*arguments: str) -> list[str]:
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()


@cache
def _texts() -> dict[str, str]:
    """All Python files by their paths."""
    paths = [ROOT / "app.py", *(path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py")))]
    return {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in paths}


@cache
def _users() -> dict[str, set[str]]:
    """By each file those that use it themselves."""
    texts, users = _texts(), defaultdict[str, set[str]](set)
    for file, text in texts.items():
        if file in EVERYTHING:
            continue
        for used in _used(file, text, texts):
            users[used].add(file)
    return users


def _used(file: str, text: str, texts: dict[str, str]) -> Iterator[str]:
    passed_on = set(_exports(file).values()) if file.endswith("__init__.py") else set()
    yield from (found for name in _imported(text) - passed_on for found in _files_of(name, texts))
    if not file.startswith("tests/"):
        return
    yield from (f"{folder.as_posix()}/conftest.py" for folder in Path(file).parents)
    yield from (other for other in texts if other.startswith("rnnviz/cli/") and f'"{Path(other).stem}"' in text)
    is_of_all = "PAGES" in text or file == "tests/views.py"
    for address in (page.address for page in PAGES):
        if is_of_all or re.search(rf"/{address}\b", text):
            yield from (other for other in texts if re.fullmatch(rf"pages/\d+_{address}\.py", other))


def _imported(text: str) -> set[str]:
    """Dotted names of all that a file imports, wherever in it, and what it takes from those by a dot."""
    nodes = list(ast.walk(ast.parse(text)))
    names: dict[str, str] = {}
    for node in nodes:
        if isinstance(node, ast.Import):
            names |= {one.asname or one.name: one.name for one in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {one.asname or one.name: f"{node.module}.{one.name}" for one in node.names}
    taken = (node for node in nodes if isinstance(node, ast.Attribute) and getattr(node.value, "id", "") in names)
    return {*names.values(), *(f"{names[node.value.id]}.{node.attr}" for node in taken)}  # type: ignore[attr-defined]


@cache
def _exports(file: str) -> dict[str, str]:
    """The names that a package passes on, with those of their homes; who imports one of them uses its home."""
    if file == "rnnviz/__init__.py":
        return {name: f"{home}.{name}" for name, home in _HOMES.items()}
    tree = ast.parse(_texts()[file])
    public = {one for node in tree.body if isinstance(node, ast.Assign) for one in _listed(node)}
    return {
        alias.name: f"{node.module}.{alias.name}"
        for node in tree.body if isinstance(node, ast.ImportFrom)
        for alias in node.names if alias.name in public
    }  # fmt: skip


def _listed(node: ast.Assign) -> list[str]:
    return ast.literal_eval(node.value) if ast.unparse(node.targets[0]) == "__all__" else []


def _files_of(name: str, texts: dict[str, str]) -> Iterator[str]:
    """The file that a dotted name is or is in; of one that a package passes on, its home too."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        path = "/".join(parts[:length])
        for found in (f"{path}.py", f"{path}/__init__.py"):
            if found in texts:
                yield found
                if found.endswith("__init__.py") and (home := _exports(found).get((*parts, "")[length])):
                    yield from _files_of(".".join([home, *parts[length + 1 :]]), texts)
                return


def _naming(file: str, texts: dict[str, str]) -> list[str]:
    """The Python files that name a file that is none: by its name, or a script or a style by that of its component."""
    path = Path(file)
    names = {path.name, f'"{path.stem}"', f'"{path.parent.name}"'}
    return [other for other, text in texts.items() if any(name in text for name in names)]
