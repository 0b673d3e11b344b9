"""A browser is found or installed, and what cannot be is said."""

import os
import sys
from pathlib import Path

import pytest

from rnnviz.export import devtools
from tests import installing
from tests.browser import chromium

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the stand-ins are shell scripts")


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A machine without any browser."""
    monkeypatch.delenv(devtools.VARIABLE, raising=False)
    for name in ("NAMES", "PLACES", "DOWNLOADS"):
        monkeypatch.setattr(devtools, name, ())
    return monkeypatch


def program(path: Path, exit_code: int = 0) -> Path:
    path.write_text(f"#!/bin/sh\nexit {exit_code}\n")
    path.chmod(0o755)
    return path


def test_the_environment_comes_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    mine = program(tmp_path / "mine")
    monkeypatch.setenv(devtools.VARIABLE, str(mine))
    assert chromium.find() == mine


def test_a_wrong_environment_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(devtools.VARIABLE, "/not/there")
    with pytest.raises(FileNotFoundError, match=r"RNNVIZ_CHROMIUM must name .* got '/not/there'"):
        chromium.find()


def test_a_pointer_to_another_shop_is_passed_over(bare: pytest.MonkeyPatch, tmp_path: Path) -> None:
    good = program(tmp_path / "good")
    bare.setattr(devtools, "PLACES", (str(program(tmp_path / "pointer", exit_code=1)), str(good)))
    assert chromium.find() == good


def test_the_newest_download_is_taken(bare: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for version in ("1200", "1255"):
        (tmp_path / version).mkdir()
        program(tmp_path / version / "chrome")
    bare.setattr(devtools, "DOWNLOADS", (f"{tmp_path}/*/chrome",))
    assert chromium.find() == tmp_path / "1255" / "chrome"


def test_the_next_way_is_tried_when_one_fails_or_hangs(
    bare: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wanted = tmp_path / "chrome"
    bare.setattr(devtools, "PLACES", (str(wanted),))
    install = f"import pathlib; p = pathlib.Path({str(wanted)!r}); p.write_text('#!/bin/sh\\n'); p.chmod(0o755)"
    ways = [
        ("failing", [["false"]], 10),
        ("hanging", [["sleep", "30"]], 1),
        ("working", [[sys.executable, "-c", install]], 10),
    ]
    bare.setattr(chromium, "_ways_to_install", lambda: iter(ways))
    assert chromium.require() == wanted
    said = capsys.readouterr().out
    assert "failing failed with exit code 1" in said
    assert "hanging failed" in said


def test_without_any_way_it_says_what_to_do(bare: pytest.MonkeyPatch) -> None:
    bare.setattr(chromium, "_ways_to_install", lambda: iter(()))
    with pytest.raises(FileNotFoundError, match="playwright install chromium"):
        chromium.require()


@pytest.mark.parametrize(("debian", "first"), [(True, "apt-get"), (False, "playwright's download")])
def test_debian_begins_with_its_own_package(bare: pytest.MonkeyPatch, debian: bool, first: str) -> None:
    bare.setattr(installing, "_as_root", list)
    bare.setattr(installing, "is_debian", lambda: debian)
    bare.setattr(installing.shutil, "which", lambda name: f"/usr/bin/{name}")
    assert next(name for name, _, _ in chromium._ways_to_install()) == first
