"""What docs/security.md promises names the tests that hold it, and these are there."""

import ast
import re
from pathlib import Path
from typing import Final

from tests.serving import ROOT
from tests.together import together

PAGE: Final = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
ROWS: Final = [line for line in PAGE.splitlines() if line.startswith("| ")][2:]
NAMED: Final = sorted(set(re.findall(r"`(tests/[^`]+\.py(?:::\w+)?)`", PAGE)))

FORBIDDEN: Final = frozenset({"pickle", "marshal", "shelve", "dill", "cloudpickle", "joblib"})
CALLS: Final = frozenset({"eval", "exec", "compile", "__import__"})
METHODS: Final = frozenset(
    {"torch.load", "np.load", "yaml.load", "yaml.safe_load", "yaml.unsafe_load", "yaml.full_load"}
)


def sources() -> list[Path]:
    return [ROOT / "app.py", *sorted((ROOT / "pages").glob("*.py")), *sorted((ROOT / "rnnviz").rglob("*.py"))]


@together("named", NAMED)
def test_a_test_that_is_named_is_there(named: str) -> None:
    file, _, name = named.partition("::")
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    functions = [node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    assert name in functions if name else functions


@together("row", ROWS)
def test_a_promise_names_a_test(row: str) -> None:
    promise, place, tests = (cell.strip() for cell in row.strip("|").split("|"))
    assert promise.endswith(".")
    assert place in ("a laptop", "a class", "a public host")
    assert set(re.findall(r"`([^`]+)`", tests)) <= set(NAMED)
    assert tests


def test_the_page_is_found() -> None:
    assert len(ROWS) >= 20
    for document in ("README.md", "SECURITY.md", "docs/architecture.md"):
        assert "security.md" in (ROOT / document).read_text(encoding="utf-8"), document


def test_every_fuzzer_is_named() -> None:
    files = {path.name for path in (ROOT / "tests" / "hostile").glob("test_*.py")}
    assert files == {name.removeprefix("tests/hostile/") for name in NAMED if name.startswith("tests/hostile/test_")}


def test_nothing_is_unpickled_and_no_text_becomes_code() -> None:
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                assert not FORBIDDEN & {alias.name.partition(".")[0] for alias in node.names}, path
            elif isinstance(node, ast.ImportFrom):
                assert (node.module or "").partition(".")[0] not in FORBIDDEN, path
            elif isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                if called == "torch.load" and path.match("rnnviz/own/tensors.py"):  # once its names were looked at
                    assert {one.arg: ast.unparse(one.value) for one in node.keywords}["weights_only"] == "True"
                    continue
                assert called not in CALLS | METHODS, f"{path}: {called}"
                assert not [
                    one for one in node.keywords if one.arg == "allow_pickle" and ast.unparse(one.value) != "False"
                ]
