"""nginx is found or installed, and what cannot be is said."""

import os
from pathlib import Path

import pytest

from tests import installing
from tests.deploy import nginx

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the stand-ins are shell scripts")


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine without nginx, whose services are not started by themselves; its only folder of programs."""
    programs = tmp_path / "programs"
    programs.mkdir()
    monkeypatch.setattr(nginx, "PLACES", str(programs))
    monkeypatch.setattr(nginx, "SERVICES", tmp_path / "not there")
    monkeypatch.setenv("PATH", "/nowhere")
    return programs


def way(programs: Path) -> installing.Way:
    """Installs a program that does nothing."""
    made = f"printf '#!/bin/sh\\n' > {programs}/nginx && /bin/chmod 755 {programs}/nginx"
    return "apt-get", [["/bin/sh", "-c", made]], 10


def test_it_is_installed_where_there_is_none(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installing, "apt", lambda *names: way(bare) if names == ("nginx",) else None)
    assert nginx.find() is None
    assert nginx.require() == bare / "nginx"


def test_it_is_not_installed_where_that_would_start_a_server(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installing, "apt", lambda *_: way(bare))
    monkeypatch.setattr(nginx, "SERVICES", bare)
    with pytest.raises(FileNotFoundError, match="apt-get install"):
        nginx.require()
    assert not [*bare.iterdir()]


def test_without_apt_it_says_what_to_do(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installing, "apt", lambda *_: None)
    with pytest.raises(FileNotFoundError, match="brew install nginx"):
        nginx.require()
