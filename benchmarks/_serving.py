"""The application and, to compare it with, a bare page with the same settings."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.serving import ROOT, running


@contextmanager
def beside(bare: str) -> Iterator[tuple[str, str]]:
    """Addresses of both, warmed up.

    Parameters
    ----------
    bare : str
        The source of the bare page.

    Yields
    ------
    tuple of str
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copytree(ROOT / ".streamlit", folder / ".streamlit")
        (folder / "bare.py").write_text(bare, encoding="utf-8")
        command = ("streamlit", "run", "bare.py", "--server.port")
        with running(folder / "app.txt") as server, running(folder / "bare.txt", cwd=folder, command=command) as other:
            server.wait_until_ready()
            yield server.url, other.url
