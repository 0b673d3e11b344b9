"""ES modules joined into one script that a browser can run from a blob."""

import re
from pathlib import Path
from typing import Final

_IMPORT: Final = re.compile(r'^import (?P<names>{[^}]*}) from "(?P<path>[^"]+)";\n', re.MULTILINE)
_EXPORT: Final = re.compile(r"^export (?=(?:(?:async )?function|class|const) (?P<name>\w+))", re.MULTILINE)


def bundle(entry: Path) -> str:
    """One script made of an ES module and all that it imports, each file once, dependencies first.

    Streamlit runs a component's script from a blob, where relative imports do not work. So each imported module becomes
    a function that returns its exports and keeps its other names private.

    Args:
        entry: The module with the default export.
    """
    *modules, _ = order = _in_order(entry.resolve(), [])
    handles = {path: f"module{k}" for k, path in enumerate(order)}
    return "\n".join([*(_as_function(path, handles) for path in modules), _linked(entry.resolve(), handles)])


def module(path: Path, name: str) -> str:
    """An ES module without imports as a constant of that name, which holds its exports."""
    return _as_function(path.resolve(), {path.resolve(): name})


def named(script: str, name: str) -> str:
    """A script whose only default export, a function, has a name in place of ``export default``.

    Raises:
        ValueError: If it has no default export or several.
    """
    found, count = re.subn(r"^export default function\b\s*\w*", f"const {name} = function ", script, flags=re.MULTILINE)
    if count != 1:
        raise ValueError(f"a widget's script must have one default export that is a function; found {count}")
    return found


def slim(script: str) -> str:
    """A script without indentation, empty lines and comment lines, since nobody reads it where it is sent.

    Args:
        script: Whose template literals do not depend on their lines' indentation.
    """
    lines = (line.lstrip() for line in script.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//"))


def _in_order(path: Path, seen: list[Path]) -> list[Path]:
    for match in _IMPORT.finditer(path.read_text(encoding="utf-8")):
        imported = (path.parent / match["path"]).resolve()
        if imported not in seen:
            _in_order(imported, seen)
    seen.append(path)
    return seen


def _as_function(path: Path, handles: dict[Path, str]) -> str:
    source = _linked(path, handles)
    names = ", ".join(match["name"] for match in _EXPORT.finditer(source))
    return f"const {handles[path]} = (() => {{\n{_EXPORT.sub('', source)}\nreturn {{ {names} }};\n}})();"


def _linked(path: Path, handles: dict[Path, str]) -> str:
    def link(match: re.Match[str]) -> str:
        return f"const {match['names']} = {handles[(path.parent / match['path']).resolve()]};\n"

    return _IMPORT.sub(link, path.read_text(encoding="utf-8"))
