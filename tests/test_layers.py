"""Who may import whom: the layers of docs/architecture.md, read off the sources."""

import ast
from collections.abc import Iterator
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from typing import Final

from tests.together import together

ROOT: Final = Path(__file__).resolve().parents[1]
FORBIDDEN_NAMES: Final = frozenset({"utils", "util", "helpers", "helper", "common", "misc"})

INTERNAL: Final[dict[str, set[str]]] = {
    # The closed vocabulary and the settings.
    "names": set(),
    "notation": {"names"},
    "extras": set(),
    "palette": set(),
    "places": set(),
    "origins": set(),
    "page_registry": set(),
    "glossary": {"places"},
    "references": {"places"},
    "sides": set(),
    "text": set(),
    "written": set(),
    "automaton": set(),
    "grammars": {"automaton"},
    "tours": {"page_registry", "places"},
    "caching": set(),
    "tokenizing": {"caching", "extras", "places"},
    "spec": {"names"},
    "parameters": {"names", "spec"},
    "checkpoints": {"caching", "names", "parameters", "places", "spec", "text", "tokenizing"},
    # The data in the middle, and the numbers drawn from it.
    "trace": {"names"},
    "history": {"checkpoints", "spec"},
    "record": {"checkpoints", "history", "names"},
    "records": {"checkpoints", "history", "places", "record"},
    "analysis": {"names", "trace", "history", "progress", "spec"},
    "doctor": {"analysis", "history", "record", "watching"},
    "cliff": set(),
    "outcome": {"history", "spec"},
    "clipping": {"analysis", "history", "places", "spec"},
    # Networks: torch goes in, traces and histories come out.
    "cells": {"names"},
    "kernels": {"cells", "names"},
    "models": {"cells", "checkpoints", "kernels", "names", "spec"},
    "tasks": {"checkpoints", "grammars", "spec"},
    "answers": {"checkpoints", "grammars", "sides", "spec", "tasks"},
    "held_out": {"answers", "characters", "checkpoints", "sentiment", "sequences", "tasks"},
    "properties": {"characters", "checkpoints", "held_out", "sentiment"},
    "memory_grid": {"checkpoints", "names", "outcome", "spec", "tasks"},
    "capture": {"cells", "kernels", "names", "trace"},
    "matching": {"capture", "names"},
    "interventions": {"capture", "cells", "kernels", "names", "trace"},
    "probing": {"names", "trace"},
    "watching": {"analysis", "capture", "cells", "history", "kernels", "names", "record", "spec"},
    "reach": {"analysis", "capture", "cells", "kernels", "models", "names", "spec", "trace"},
    "dynamics": {"analysis", "cells", "extras", "kernels", "models", "names", "progress", "trace"},
    "automata": {"answers", "automaton", "checkpoints", "extras", "grammars", "models", "progress"},
    "stepping": {"capture", "cells", "interventions", "kernels", "models", "names", "parameters", "spec", "trace"},
    "train": {"checkpoints", "history", "models", "names", "parameters", "spec", "tasks"},
    "sentiment": {"capture", "checkpoints", "extras", "models", "names", "places", "spec", "text", "trace", "train"},
    "listings": {"attention", "capture", "characters", "extras", "figures", "notebook", "sentiment", "trace"},
    "sequences": {
        "attention",
        "checkpoints",
        "extras",
        "models",
        "names",
        "sentiment",
        "sides",
        "spec",
        "text",
        "train",
    },
    "own": {"checkpoints", "extras", "models", "names", "parameters", "spec", "text", "tokenizing"},
    "words": {"checkpoints", "extras", "models", "sentiment", "spec", "text", "train"},
    "attention": {"checkpoints", "extras", "models", "spec", "train"},
    "characters": {
        "capture",
        "checkpoints",
        "extras",
        "interventions",
        "matching",
        "models",
        "names",
        "parameters",
        "progress",
        "spec",
        "trace",
        "train",
    },
    "comparison": {
        "attention",
        "characters",
        "checkpoints",
        "clipping",
        "memory_grid",
        "page_registry",
        "parameters",
        "places",
        "spec",
    },
    # Long work, away from the pages.
    "progress": set(),
    "animation": set(),
    "runs": {
        "characters",
        "checkpoints",
        "history",
        "names",
        "parameters",
        "progress",
        "sentiment",
        "spec",
        "tasks",
        "train",
    },
    "worker": {"runs", "train"},
    "jobs": {
        "animation",
        "characters",
        "checkpoints",
        "extras",
        "history",
        "places",
        "progress",
        "runs",
        "sentiment",
        "spec",
        "worker",
    },
    # Pictures know no model.
    "figures": {
        "analysis",
        "automaton",
        "cliff",
        "dynamics",
        "history",
        "names",
        "notation",
        "outcome",
        "palette",
        "record",
        "sides",
        "spec",
        "trace",
        "written",
    },
    # Pictures saved by the pages themselves, in a browser.
    "export": {"figures", "page_registry", "palette", "places", "tours", "widgets"},
    # The widgets of the browser, apart from any page.
    "widgets": {
        "analysis",
        "answers",
        "attention",
        "cells",
        "figures",
        "names",
        "own",
        "palette",
        "places",
        "reach",
        "sentiment",
        "sides",
        "spec",
        "stepping",
        "tasks",
        "written",
    },
    "pictures": {
        "answers",
        "automata",
        "characters",
        "cliff",
        "dynamics",
        "listings",
        "matching",
        "names",
        "palette",
        "reach",
        "sentiment",
        "sequences",
        "stepping",
        "text",
        "trace",
        "widgets",
        "written",
    },
    "notebook": {
        "answers",
        "attention",
        "capture",
        "cells",
        "checkpoints",
        "extras",
        "figures",
        "names",
        "own",
        "palette",
        "places",
        "sentiment",
        "spec",
        "stepping",
        "trace",
        "widgets",
    },
    # The pages' side, each room above the last. What may be loaded here is bounded by the libraries below.
    "ui": set(),
    "ui.selection": {
        "attention",
        "caching",
        "checkpoints",
        "grammars",
        "memory_grid",
        "names",
        "notation",
        "own",
        "page_registry",
        "parameters",
        "places",
        "properties",
        "runs",
        "sentiment",
        "spec",
        "tasks",
        "text",
        "tokenizing",
        "tours",
    },
    "ui.codegen": {"answers", "checkpoints", "figures", "names", "palette", "runs", "spec", "text", "ui.selection"},
    "ui.shell": {
        "analysis",
        "animation",
        "answers",
        "attention",
        "caching",
        "characters",
        "checkpoints",
        "export",
        "figures",
        "glossary",
        "jobs",
        "notation",
        "origins",
        "page_registry",
        "palette",
        "places",
        "references",
        "runs",
        "sentiment",
        "sequences",
        "spec",
        "stepping",
        "tours",
        "trace",
        "ui.selection",
        "widgets",
        "written",
    },
    "ui.widgets": {
        "analysis",
        "answers",
        "caching",
        "characters",
        "figures",
        "matching",
        "names",
        "notation",
        "page_registry",
        "palette",
        "reach",
        "spec",
        "tasks",
        "text",
        "ui.codegen",
        "ui.selection",
        "ui.shell",
        "widgets",
        "written",
    },
    "ui.reviews": {
        "caching",
        "checkpoints",
        "extras",
        "figures",
        "jobs",
        "own",
        "palette",
        "places",
        "sentiment",
        "sequences",
        "sides",
        "spec",
        "text",
        "ui.codegen",
        "ui.selection",
        "ui.shell",
        "ui.widgets",
        "widgets",
        "written",
    },
    "ui.pages": {"*"},
    "ui.server": {"origins", "page_registry", "places", "ui.pages", "ui.reviews", "ui.shell"},
    "pages": {"page_registry", "ui.pages", "ui.reviews", "ui.selection", "ui.shell", "ui.widgets"},
    "app": {"page_registry", "ui.pages", "ui.selection", "ui.shell"},
    "cli": {"*"},
    "__main__": {"cli"},
    "__init__": {
        "automata",
        "capture",
        "doctor",
        "dynamics",
        "extras",
        "figures",
        "interventions",
        "models",
        "notebook",
        "probing",
        "record",
        "spec",
        "trace",
        "watching",
    },
}
"""The rnnviz modules that a module or a package may import; its own package goes without saying."""

TORCH: Final = (
    "attention",
    "automata",
    "capture",
    "cells",
    "characters",
    "dynamics",
    "interventions",
    "kernels",
    "listings",
    "matching",
    "models",
    "notebook",
    "own",
    "probing",
    "reach",
    "sentiment",
    "sequences",
    "stepping",
    "train",
    "watching",
    "words",
    "worker",
)

LIBRARIES: Final[dict[str, list[str]]] = {
    "torch": [*TORCH, "cli", "doctor", "ui.shell.warmup"],
    "plotly": ["figures"],
    "streamlit": ["ui", "pages", "app"],
    "starlette": [
        f"ui.server.{name}"
        for name in ("access", "addresses", "answering", "documents", "incoming", "scripts", "serving", "uploads")
    ],
    "google": ["own.protobuf", "ui.server.incoming"],
    "uvicorn": ["ui.server.serving"],
    "numpy": [
        *TORCH,
        "analysis",
        "answers",
        "automaton",
        "checkpoints",
        "cliff",
        "doctor",
        "figures",
        "grammars",
        "held_out",
        "history",
        "pictures",
        "properties",
        "record",
        "tasks",
        "text",
        "trace",
        "ui",
        "widgets",
        "written",
    ],
    "pandas": ["analysis", "figures", "history", "sentiment.reviews", "trace", "ui"],
    "safetensors": ["checkpoints.storing", "own.tensors"],
    "h5py": ["checkpoints.hdf5"],
    "onnx": [f"own.onnx_{name}" for name in ("ends", "files", "folding", "graph", "matrices", "outputs", "recurrent")],
    "tokenizers": ["tokenizing"],
    "pyarrow": ["ui.pages.step_through.tables"],
    "segno": ["ui.shell.codes"],
    "yaml": ["export.written"],
    "pptx": ["export.powerpoint"],
    "websockets": ["export.devtools"],
    "PIL": ["animation", "export"],
    "distributed": ["jobs.cluster", "worker"],
    "anywidget": ["notebook.live"],
    "traitlets": ["notebook.live"],
    "lightning_fabric": ["sentiment.process_group"],
}
"""The modules, or packages with all they hold, that may import a library; no other library is used."""


def sources() -> dict[str, Path]:
    """Every source of the application by its name: rnnviz's modules without the prefix, ``app``, ``pages.<file>``."""
    files = {"app": ROOT / "app.py"}
    files |= {f"pages.{path.stem}": path for path in sorted((ROOT / "pages").glob("*.py"))}
    for path in sorted((ROOT / "rnnviz").rglob("*.py")):
        parts = path.relative_to(ROOT / "rnnviz").with_suffix("").parts
        files[".".join(parts[:-1] if len(parts) > 1 and parts[-1] == "__init__" else parts)] = path
    return files


SOURCES: Final = sources()


@cache
def tree(module: str) -> ast.Module:
    return ast.parse(SOURCES[module].read_text(encoding="utf-8"), filename=str(SOURCES[module]))


def imported(module: str) -> Iterator[str]:
    """Dotted names of all that a module imports, wherever in it; ``from a import b`` gives ``a.b``."""
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and _called(node) == "import_module" and node.args:
            yield from (value for value in [getattr(node.args[0], "value", None)] if isinstance(value, str))


def neighbours(package: str) -> dict[str, set[str]]:
    """The modules of a package, each with those of the same package that it imports, wherever in it."""
    within = {module for module in SOURCES if module == package or module.startswith(f"{package}.")}
    return {module: {_home(name, within) for name in imported(module)} - {module, package, ""} for module in within}


def _home(name: str, within: set[str]) -> str:
    """The module that an imported name is, or is in; empty if it is none of these."""
    name = name.removeprefix("rnnviz.")
    while name and name not in within:
        name = name.rpartition(".")[0]
    return name


def circles(edges: dict[str, set[str]]) -> list[set[str]]:
    """The sets of modules that reach each other, the largest first; a module that reaches only others is in none."""
    reached = {module: _reached(edges, module) for module in edges}
    found = {
        frozenset(other for other in reached[module] if module in reached[other])
        for module in edges
        if module in reached[module]
    }
    return sorted(map(set, found), key=len, reverse=True)


def _reached(edges: dict[str, set[str]], start: str) -> set[str]:
    seen, waiting = set[str](), [start]
    while waiting:
        new = edges[waiting.pop()] - seen
        seen |= new
        waiting.extend(new)
    return seen


def _called(node: ast.Call) -> str | None:
    return getattr(node.func, "id", None) or getattr(node.func, "attr", None)


def room(module: str) -> str:
    """The part of the house that a module belongs to; ``ui`` has rooms of its own."""
    parts = module.split(".")
    return ".".join(parts[:2] if parts[0] == "ui" else parts[:1])


def used_rooms(module: str) -> set[str]:
    """The parts of the house that a module imports; a public name counts as the module it comes from."""
    homes = {"build": "models", "ModelSpec": "spec", "Trace": "trace", "show": "notebook"}
    rooms = set()
    for name in imported(module):
        top, _, rest = name.partition(".")
        if top == "rnnviz" and rest and not rest.startswith("__version__"):
            rooms.add(homes.get(room(rest), room(rest)))
        elif top in ("pages", "app", "tests", "benchmarks"):
            rooms.add(top)
    return rooms


@together("module", SOURCES)
def test_rooms(module: str) -> None:
    assert room(module) in INTERNAL, f"{module} has no row in INTERNAL: say there what it may import"
    allowed = INTERNAL[room(module)]
    allowed = set(INTERNAL) - {"pages", "app"} if "*" in allowed else allowed
    own = set() if room(module) in ("pages", "app") else {room(module)}
    assert not used_rooms(module) - allowed - own, f"{module} imports them; INTERNAL says what it may"


def test_circles_are_found() -> None:
    edges = {"a": {"b"}, "b": {"c", "d"}, "c": {"a"}, "d": {"e"}, "e": {"d"}, "f": {"a"}}
    assert circles(edges) == [{"a", "b", "c"}, {"d", "e"}]


def test_no_circle_of_imports_in_the_pages_own_package() -> None:
    """Imports inside functions and for types alone count as well: whoever reads one of a circle reads all of it."""
    assert circles(neighbours("ui")) == []


@together("module", SOURCES)
def test_libraries(module: str) -> None:
    import sys

    for name in imported(module):
        library = name.partition(".")[0]
        if library == "rnnviz" or library in sys.stdlib_module_names:
            continue
        assert library in LIBRARIES, f"{module} imports {library}, which has no row in LIBRARIES"
        places = LIBRARIES[library]
        assert any(module == place or module.startswith(f"{place}.") for place in places), f"{module} imports {library}"


@together("module", SOURCES)
def test_imports_are_absolute_and_named(module: str) -> None:
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: relative import"
            assert all(alias.name != "*" for alias in node.names), f"line {node.lineno}: wildcard import"


@together("module", SOURCES)
def test_no_cache_but_ours(module: str) -> None:
    """Streamlit's have no bound in bytes."""
    used = {node.attr for node in ast.walk(tree(module)) if isinstance(node, ast.Attribute)}
    used |= {name.rpartition(".")[2] for name in imported(module) if name.startswith("streamlit.")}
    assert not [name for name in used if fnmatch(name, "cache_data*") or fnmatch(name, "cache_resource*")]


def test_no_drawer_for_odds_and_ends() -> None:
    folders = ("rnnviz", "pages", "tests", "benchmarks")
    names = {path: path.stem for folder in folders for path in (ROOT / folder).rglob("*") if path.suffix in ("", ".py")}
    assert not [str(path) for path, name in names.items() if name in FORBIDDEN_NAMES]


def test_no_row_allows_what_nobody_needs() -> None:
    used: dict[str, set[str]] = {}
    for module in SOURCES:
        used.setdefault(room(module), set()).update(used_rooms(module))
    spare = {name: allowed - used.get(name, set()) - {"*"} for name, allowed in INTERNAL.items()}
    assert {name: rooms for name, rooms in spare.items() if rooms} == {}


def test_every_room_is_a_package() -> None:
    folders = {path.parent for path in (ROOT / "rnnviz").rglob("*.py")}
    assert not [str(folder) for folder in folders if not (folder / "__init__.py").is_file()]


def test_rooms_that_the_plan_of_the_house_knows() -> None:
    known = {name for allowed in INTERNAL.values() for name in allowed} - {"*"}
    assert known <= set(INTERNAL)
    assert {place.partition(".")[0] for places in LIBRARIES.values() for place in places} <= set(INTERNAL)


PAGE: Final = "ui.pages."


@together("module", [module for module in SOURCES if module.startswith("ui.")])
def test_no_page_imports_another_and_what_pages_share_imports_none(module: str) -> None:
    own = module.removeprefix(PAGE).partition(".")[0] if module.startswith(PAGE) else ""
    loaded_first = {"ui.pages.home.view"} if module == "ui.server.serving" else set()
    found = {name.removeprefix("rnnviz.") for name in imported(module) if name.startswith(f"rnnviz.{PAGE}")}
    assert all(name.startswith(f"{PAGE}{own}.") for name in found - loaded_first) if own else found == loaded_first
