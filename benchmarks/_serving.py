"""The application and, to compare it with, a bare page with the same settings."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.serving import ROOT, running


@contextmanager
def application() -> Iterator[str]:
    """The address of a fresh server of the application, which answers and may still be loading."""
    with tempfile.TemporaryDirectory() as folder, running(Path(folder) / "output.txt") as server:
        yield server.url


@contextmanager
def bare_page(source: str) -> Iterator[str]:
    """The address of a fresh Streamlit server with one page and the application's settings.

    Args:
        source: Of the page.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copytree(ROOT / ".streamlit", folder / ".streamlit")
        (folder / "bare.py").write_text(source, encoding="utf-8")
        command = ("streamlit", "run", "bare.py", "--server.port")
        with running(folder / "output.txt", cwd=folder, command=command) as server:
            yield server.url


@contextmanager
def beside(bare: str) -> Iterator[tuple[str, str]]:
    """Addresses of both, warmed up.

    Args:
        bare: The source of the bare page.
    """
    with (
        tempfile.TemporaryDirectory() as folder,
        running(Path(folder) / "output.txt") as server,
        bare_page(bare) as other,
    ):
        server.wait_until_ready()
        yield server.url, other
