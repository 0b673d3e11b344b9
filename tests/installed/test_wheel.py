"""What is in the wheel: all of the application, and nothing else."""

import os
import subprocess
import sys
import tarfile
import zipfile
from email.message import Message
from email.parser import Parser
from pathlib import Path
from typing import Final

import pytest

from rnnviz import __version__
from rnnviz.extras import PACKAGES
from tests.installed.conftest import built
from tests.serving import ROOT


def tracked(*paths: str) -> set[str]:
    """The files under these paths that are in the repository, or are new and about to be."""
    listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *paths]
    names = subprocess.run(listing, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    return {name for name in names if (ROOT / name).exists()}


def texts(wheel: Path) -> dict[str, str]:
    """The files that describe the package, by what they are called."""
    with zipfile.ZipFile(wheel) as archive:
        notes = [name for name in archive.namelist() if ".dist-info/" in name]
        return {name.partition("/")[2]: archive.read(name).decode() for name in notes}


@pytest.fixture(scope="module")
def metadata(wheel: Path) -> Message:
    return Parser().parsestr(texts(wheel)["METADATA"])


def test_it_holds_the_package_and_the_application_and_nothing_else(wheel: Path) -> None:
    application = tracked("app.py", "pages", "assets", ".streamlit/config.toml")
    assert len(application) > 200
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
        assert held == tracked("rnnviz") | {f"rnnviz/_application/{name}" for name in application}
        for name in application:
            assert archive.read(f"rnnviz/_application/{name}") == (ROOT / name).read_bytes(), name


def test_what_it_says_of_itself(wheel: Path, metadata: Message) -> None:
    assert (metadata["Name"], metadata["Version"]) == ("rnnviz", __version__)
    assert metadata["Requires-Python"] == ">=3.11"
    assert set(metadata.get_all("Provides-Extra", [])) == {*PACKAGES, "all"}
    assert texts(wheel)["entry_points.txt"].split() == ["[console_scripts]", "rnnviz", "=", "rnnviz.cli:main"]
    assert "licenses/LICENSE" in texts(wheel)


def test_all_extras_together(metadata: Message) -> None:
    wanted = [line.split("; extra == ") for line in metadata.get_all("Requires-Dist", []) if "extra" in line]
    every = {package for package, extra in wanted if extra == "'all'"}
    assert every == {package for package, extra in wanted if extra != "'all'"}
    assert len(every) == sum(map(len, PACKAGES.values()))


FINDS: Final = """\
from rnnviz import places, tours
from rnnviz.checkpoints import load, names
from rnnviz.page_registry import PAGES

assert places.IS_INSTALLED and places.search_path() == {}
assert all((places.ROOT / page.path).is_file() for page in PAGES) and all(shelved.tour for shelved in tours.listed())
assert load(names()[0]).weights
print(places.ROOT)
"""


def test_unpacked_it_finds_the_application_in_itself(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")  # noqa: S202 - ours
    told = subprocess.run(
        [sys.executable, "-P", "-c", FINDS],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path / "site")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    assert told.stdout.strip() == str((tmp_path / "site" / "rnnviz" / "_application").resolve())


@pytest.mark.slow
def test_a_source_distribution_makes_the_same_wheel(wheel: Path, tmp_path: Path) -> None:
    with tarfile.open(built("sdist", ROOT, tmp_path / "sdist")) as archive:
        archive.extractall(tmp_path, filter="data")
    again = built("wheel", tmp_path / f"rnnviz-{__version__}", tmp_path / "wheel")
    with zipfile.ZipFile(wheel) as one, zipfile.ZipFile(again) as other:
        assert one.namelist() == other.namelist()
        assert all(one.read(name) == other.read(name) for name in one.namelist())
