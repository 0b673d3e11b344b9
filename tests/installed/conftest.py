"""The wheel of this checkout, for all that look into it or install it."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.browser.conftest import page, playwright, shared_window, trouble
from tests.serving import ROOT

__all__ = ["page", "playwright", "shared_window", "trouble"]


def built(kind: str, source: Path, folder: Path) -> Path:
    """The package of one kind that the sources in a folder make."""
    command = [sys.executable, "-m", "hatchling", "build", "--target", kind, "--directory", str(folder)]
    done = subprocess.run(command, cwd=source, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    [path] = folder.iterdir()
    return path


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built without anything from elsewhere."""
    return built("wheel", ROOT, tmp_path_factory.mktemp("wheel"))
