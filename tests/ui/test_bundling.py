"""Modules joined into one script that a browser runs from a blob."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest

from rnnviz.widgets.bundling import bundle, slim
from rnnviz.widgets.sources import ASSETS, widgets
from tests.node import NODE
from tests.together import together

COMPONENTS: Final = sorted(widgets())
LEFT_OVER: Final = re.compile(r"^\s*(?:import\b|export\b(?! default\b))", re.MULTILINE)
COMMENT: Final = re.compile(r"//.*|/\*.*?\*/", re.DOTALL)

# Diamonds: entry -> one, two, three; one and two -> shared; two -> deep/four -> shared; names are kept from each other.
MODULES: Final = {
    "widget/entry.js": """\
// The entry.
import { one } from "./one.js";
import { two, TWICE } from "./two.js";
import {
  Counter,
  count,
} from "../shared/count.js";

const secret = "entry";

export default function widget() {
  const { loads } = globalThis;
  return { one: one(), two: two(), twice: TWICE, secret, loads, count: count(), own: new Counter().n };
}
""",
    "widget/one.js": """\
import { count } from "../shared/count.js";

const secret = "one";

export function one() {
  return `${secret} ${count()}`;
}
""",
    "widget/two.js": """\
import { four } from "./deep/four.js";
import { count } from "../shared/count.js";

const secret = "two";
export const TWICE = 2 * four;

export function two() {
  return `${secret} ${count()}`;
}
""",
    "widget/deep/four.js": """\
import { Counter } from "../../shared/count.js";

export const four = new Counter().n + 4;
""",
    "shared/count.js": """\
globalThis.loads = (globalThis.loads ?? 0) + 1;

let secret = 0;

export class Counter {
  n = 0;
}

export function count() {
  secret += 1;
  return secret;
}
""",
    "widget/alone.js": "export default () => 7;\n",
}


@pytest.fixture
def modules(tmp_path: Path) -> Path:
    for name, text in MODULES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path / "widget"


def run(script: str, folder: Path) -> Any:
    """What the script's default export returns, as node runs it."""
    (folder / "bundle.mjs").write_text(script, encoding="utf-8")
    code = 'import widget from "./bundle.mjs"; console.log(JSON.stringify(widget()));'
    done = subprocess.run(
        [str(NODE), "--input-type=module", "--eval", code], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_each_module_once_and_after_what_it_imports(modules: Path) -> None:
    script = bundle(modules / "entry.js")
    marks = ["globalThis.loads =", "const four =", "const TWICE =", 'const secret = "one"', "function widget("]
    assert [script.count(mark) for mark in marks] == [1] * 5
    count, four, two, one, entry = (script.index(mark) for mark in marks)
    assert count < four < two < entry
    assert count < one < entry
    assert not LEFT_OVER.search(script)
    assert re.findall(r"^export .*", script, re.MULTILINE) == ["export default function widget() {"]


def test_the_script_runs_as_the_modules_would(modules: Path) -> None:
    expected = {"one": "one 1", "two": "two 2", "twice": 8, "secret": "entry", "loads": 1, "count": 3, "own": 0}
    assert run(bundle(modules / "entry.js"), modules) == expected


def test_a_module_alone_is_left_as_it_is(modules: Path) -> None:
    assert bundle(modules / "alone.js") == MODULES["widget/alone.js"]


def test_a_missing_module_is_named(modules: Path) -> None:
    (modules / "one.js").unlink()
    with pytest.raises(FileNotFoundError, match=r"one\.js"):
        bundle(modules / "entry.js")


def test_there_are_components() -> None:
    assert "step_through" in COMPONENTS
    for name in COMPONENTS:
        assert {path.suffix for path in (ASSETS / name).glob(f"{name}.*")} == {".html", ".css", ".js"}


@together("name", COMPONENTS)
def test_a_component_bundles_without_rest(name: str) -> None:
    script = bundle(ASSETS / name / f"{name}.js")
    assert not LEFT_OVER.search(COMMENT.sub("", script))
    assert len(re.findall(r"^export default ", script, re.MULTILINE)) == 1
    # `import { a as b }` would become a pattern that JavaScript does not know.
    assert not re.search(r"^const \{[^}]*\bas\b[^}]*\} = module", script, re.MULTILINE)
    linked, made = (re.findall(form, script, re.MULTILINE) for form in (r"\} = (module\d+);$", r"^const (module\d+) ="))
    assert len(made) == len(set(made))
    assert set(linked) == set(made)


@together("name", COMPONENTS)
def test_every_imported_name_is_exported(name: str) -> None:
    """A wrong name would be undefined, and heard of when it is first used."""
    script = bundle(ASSETS / name / f"{name}.js")
    exported = {
        handle: set(names.split(", "))
        for handle, names in re.findall(
            r"^const (module\d+) = .*?^return \{ (.*?) \};$", script, re.MULTILINE | re.DOTALL
        )
    }
    imports = re.findall(r"^const \{([^}]*)\} = (module\d+);$", script, re.MULTILINE)
    assert exported
    assert imports
    for names, handle in imports:
        assert {each.strip() for each in names.split(",") if each.strip()} <= exported[handle]


def test_a_script_is_sent_without_what_only_its_reader_needs() -> None:
    script = '// why\nif (a) {\n  // because\n  b = "// kept"; // at the end\n\n}'
    assert slim(script) == 'if (a) {\nb = "// kept"; // at the end\n}'
