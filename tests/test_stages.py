"""What `make test` runs, and what it leaves to `make test-all`."""

import ast
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.__main__ import AGAIN, MARKS, PYTEST, STAGES, Stage, run
from tests.serving import ROOT

WIDGETS = {
    folder.name for folder in (ROOT / "assets" / "components").iterdir() if (folder / f"{folder.name}.html").exists()
}


def smoked() -> set[str]:
    """The widgets that a browser test of `make test` names."""
    names: set[str] = set()
    for path in (ROOT / "tests" / "browser").glob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.smoke":
                names |= {ast.literal_eval(argument) for argument in node.args}
    return names


def test_every_widget_has_a_browser_test_in_make_test() -> None:
    assert smoked() == WIDGETS
    assert len(WIDGETS) >= 20


def test_the_rest_is_what_the_quick_stages_leave_out() -> None:
    """Together they are everything, so a test that is marked is not lost."""
    assert (MARKS["quick"], MARKS["rest"], MARKS["all"]) == (
        ("-m", "not slow and not nightly"),
        ("-m", "slow and not nightly"),
        (),
    )
    quick, rest = ({name for name, stage in STAGES.items() if extent in stage.extents} for extent in ("quick", "rest"))
    assert {name for name, stage in STAGES.items() if "all" in stage.extents} == quick | rest | {"coverage"}
    assert {name for name in quick - rest if STAGES[name].tests} == {"pages"}
    assert "slow" not in (ROOT / "tests" / "test_pages.py").read_text(encoding="utf-8")


def test_a_stage_that_fails_is_the_last_and_is_named(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = STAGES["format"].__class__("what fails", (sys.executable, "-c", "raise SystemExit(3)"))
    monkeypatch.setitem(STAGES, "format", broken)
    assert run(["format", "lint"], "quick") == 3
    said = capfd.readouterr().out
    assert "FAILED: what fails (exit code 3" in said
    assert "lint" not in said


SHAKY: Final = """
from pathlib import Path
import pytest

@pytest.mark.parametrize("number", range({}))
def test_passes_the_second_time(number):
    tried = Path(f"tried-{{number}}")
    assert tried.exists() or tried.touch()

def test_passes_always():
    Path("runs").open("a").write("x")
"""


@pytest.mark.parametrize(("shaky", "code"), [(0, 0), (2, 0), (AGAIN + 1, 1)])
def test_a_few_that_fail_beside_others_are_run_again_alone(
    shaky: int, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]")
    (tmp_path / "test_it.py").write_text(SHAKY.format(shaky))
    monkeypatch.setattr("tests.__main__.ROOT", tmp_path)
    monkeypatch.setattr("tests.__main__.FAILED", tmp_path / "failed")
    monkeypatch.setitem(STAGES, "browser", Stage("shaky", (*PYTEST, "test_it.py"), tests=True, again=True))
    assert run(["browser"], "all") == code
    assert ("alone:\ntest_it.py::test_passes_the_second_time[0]\n" in capfd.readouterr().out) is (0 < shaky <= AGAIN)
    assert (tmp_path / "runs").read_text() == "x"


def test_a_stage_that_is_unknown_is_refused() -> None:
    told = subprocess.run(
        [sys.executable, "-m", "tests", "units"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert told.returncode == 2
    assert "stage must be one of format, lint" in told.stderr
