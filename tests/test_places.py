"""Every file of the application is found by one module, and every process finds this package."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import rnnviz
from rnnviz import places
from tests.serving import ROOT
from tests.test_layers import SOURCES


def test_a_checkout_is_its_own_application() -> None:
    assert not places.IS_INSTALLED
    assert (places.ROOT, places.ASSETS) == (ROOT, ROOT / "assets")


@pytest.mark.parametrize("others", ["", "somewhere"])
def test_another_process_imports_this_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, others: str) -> None:
    (tmp_path / "rnnviz.py").write_text("raise ImportError('of the current folder')", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", others)
    program = "import rnnviz, sys; print(rnnviz.__file__, 'somewhere' in str(sys.path))"
    told = subprocess.run(
        [sys.executable, "-P", "-c", program],
        cwd=tmp_path,
        env={**os.environ, **places.search_path()},
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.split() == [rnnviz.__file__, str(bool(others))]


def test_no_other_module_looks_around_itself() -> None:
    looks = {
        module for module, path in SOURCES.items() if re.search(r"(?<![.\w])__file__", path.read_text(encoding="utf-8"))
    }
    assert looks == {"places"}
