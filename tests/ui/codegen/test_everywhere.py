"""Every figure and widget of a page has code; what scripts are made of is safe whatever was typed."""

import ast
import re
import subprocess
import sys
from importlib import import_module
from inspect import isfunction, signature
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnviz import figures
from rnnviz.ui.codegen import source
from rnnviz.ui.selection import DEFAULT
from rnnviz.ui.selection.changes import changed
from rnnviz.ui.widgets.panel_view import of_one
from rnnviz.ui.widgets.widget_files import code_of_panels
from tests.ui.codegen.running import run

ROOT: Final = Path(__file__).resolve().parents[3]
SHOWN: Final = ("frame.show", "widget_files.offer", "live_files.menu", "saving.Saved")
"""The calls that put a figure or a widget with its menus on a page."""


def calls() -> list[tuple[str, str, ast.Call]]:
    """All of them with the files they stand in."""
    files = [*ROOT.glob("pages/*.py"), *ROOT.glob("rnnviz/ui/**/*.py"), ROOT / "app.py"]
    return [
        (path.relative_to(ROOT).as_posix(), called, node)
        for path in files
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and (called := ast.unparse(node.func)) in SHOWN
    ]


def test_every_figure_and_widget_has_code() -> None:
    found = calls()
    assert {called for _, called, _ in found} == set(SHOWN)
    assert len(found) >= 30
    bare = [
        (path, node.lineno, called)
        for path, called, node in found
        if "code" not in {keyword.arg for keyword in node.keywords}
    ]
    assert not bare, f"code= must be given: {bare}"


def test_no_page_calls_a_function_of_figures_by_itself() -> None:
    """Neither to draw a figure nor in the text of a script: both come from one ``Drawing``."""
    functions = [(name, getattr(figures, name)) for name in figures.__all__]
    drawing = [name for name, one in functions if isfunction(one) and "caption" in signature(one).parameters]
    assert len(drawing) >= 30
    by_itself = re.compile(rf"\bfigures\.(?:\{{|{'|'.join(drawing)})")
    files = [*ROOT.glob("pages/*.py"), *ROOT.glob("rnnviz/ui/**/*.py")]
    found = {path.relative_to(ROOT).as_posix(): by_itself.findall(path.read_text(encoding="utf-8")) for path in files}
    assert {path: calls for path, calls in found.items() if calls} == {"rnnviz/ui/codegen/drawing.py": ["figures.{"]}


def test_no_script_knows_what_only_the_pages_have() -> None:
    assert not [home for home in source._HOMES if home.startswith(("rnnviz.ui", "rnnviz.jobs"))]


def test_what_is_imported_is_there() -> None:
    """And none of it is private."""
    for home, names in source._HOMES.items():
        module = import_module(home)
        for name in names:
            assert not name.startswith("_")
            if not hasattr(module, name):
                import_module(f"{home}.{name}")


PLAIN: Final = st.recursive(
    st.text() | st.integers() | st.floats() | st.none() | st.booleans(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.tuples(inner, inner)
        | st.tuples(inner)
        | st.dictionaries(st.text(), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(PLAIN)
def test_a_literal_is_the_value_again(value: Any) -> None:
    text = source.literal(value)
    again = eval(text, {"__builtins__": {"float": float}})  # noqa: S307 - what is tested
    assert repr(again) == repr(value)


@given(st.text() | st.text(st.sampled_from("ab '\"\\\n\xa0\u2028"), min_size=80, max_size=600))
def test_a_text_is_one_literal_and_nothing_else(text: str) -> None:
    written = source.literal(text)
    assert written.splitlines() == written.split("\n")
    (statement,) = ast.parse(written).body
    assert isinstance(statement, ast.Expr)
    assert isinstance(statement.value, ast.Constant)
    assert statement.value.value == text


@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_numbers_of_float32_are_short_and_exact(value: float) -> None:
    text = source.literal(np.float32(value))
    assert np.float32(float(text)) == np.float32(value)
    assert len(text) <= 16


def test_what_is_no_plain_value_is_refused() -> None:
    with pytest.raises(TypeError, match=r"a literal must be of plain values; got \w*Path"):
        source.literal(Path())
    with pytest.raises(ValueError, match="must be made in it or known; got nothing_known"):
        source.script("print(nothing_known)")


def test_imports_stand_where_they_belong() -> None:
    code = source.script("x = np.eye(2)", "spec = ModelSpec()", "fig = figures.signal_heatmap(x, replace(spec))")
    heads = code.split("\n\n")[:3]
    assert heads == ["from dataclasses import replace", "import numpy as np", "from rnnviz import ModelSpec, figures"]


def test_a_script_runs_by_itself(tmp_path: Path) -> None:
    """In a process of its own, as somebody does who has saved it; the picture goes to a file in place of a window."""
    selection = changed(DEFAULT, cell="lstm", input="words", words="It's \"\\n'''", hidden_size=3)
    code = code_of_panels(selection, of_one(selection, ("c",)))
    path = tmp_path / "saved.py"
    path.write_text(code.replace(".show()", '.save("view.html")'), encoding="utf-8")
    made = subprocess.run(
        [sys.executable, "-W", "error", str(path)], cwd=tmp_path, env={"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    assert (tmp_path / "view.html").stat().st_size > 10_000
    assert len(run(code)["views"]) == 1
