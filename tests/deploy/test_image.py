"""What the image is made of, and what it runs, without an engine for containers."""

import os
import shutil
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from tests.deploy.test_files import command
from tests.installed.conftest import built
from tests.serving import PATIENCE, ROOT, Server, end, free_port

pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name == "nt", reason="the image is a Linux one")]


def copied(folder: Path) -> Path:
    """A folder with what .dockerignore lets into the image: it leaves out all, then names what it takes."""
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    everything, *rest = [line for line in lines if line and not line.startswith("#")]
    named, out = [line for line in rest if line.startswith("!")], [line for line in rest if not line.startswith("!")]
    assert everything == "*"
    assert rest == [*named, *out]
    assert out == ["**/__pycache__"]
    for name in (line[1:] for line in named):
        source, place = ROOT / name, folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, place, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, place)
    return folder


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package that `pip install .` makes in the image."""
    return built("wheel", copied(tmp_path_factory.mktemp("context")), tmp_path_factory.mktemp("wheel"))


def test_the_package_in_the_image_is_that_of_the_checkout(wheel: Path, tmp_path: Path) -> None:
    whole = built("wheel", ROOT, tmp_path)
    with zipfile.ZipFile(wheel) as one, zipfile.ZipFile(whole) as other:
        assert one.namelist() == other.namelist()
        assert all(one.read(name) == other.read(name) for name in one.namelist())


def test_its_command_listens_at_port_and_its_health_check_knows(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, start in (("python", ""), ("rnnviz", " -m rnnviz")):
        (programs / name).write_text(f'#!/bin/sh\nexec "{sys.executable}"{start} "$@"\n')
        (programs / name).chmod(0o755)
    port = free_port()
    environment = {
        "PATH": f"{programs}:/usr/bin:/bin",
        "PYTHONPATH": str(tmp_path / "site"),
        "HOME": str(tmp_path),
        "RNNVIZ_RUNS": str(tmp_path / "runs"),
        "PORT": str(port),
    }
    # All addresses in a container, this machine alone in a test.
    command_line = [part.replace("0.0.0.0", "127.0.0.1") for part in command("CMD")]  # noqa: S104 - no address

    def healthy() -> bool:
        check = subprocess.run(command("HEALTHCHECK"), env=environment, cwd=tmp_path, capture_output=True, check=False)
        return check.returncode == 0

    assert not healthy()
    log = tmp_path / "output.txt"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command_line,
            env=environment,
            cwd=tmp_path,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        deadline = time.monotonic() + PATIENCE
        while not healthy():
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
        assert Server(f"http://127.0.0.1:{port}", log, process).get("/").status == 200
    finally:
        end(process)
    assert not healthy()
