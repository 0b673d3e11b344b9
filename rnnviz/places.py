"""Where the application's files are: beside this package in a checkout, inside of it once it is installed."""

import os
from pathlib import Path
from typing import Final

_PACKAGE: Final = Path(__file__).resolve().parent
_PACKAGED: Final = _PACKAGE / "_application"
"""What pyproject.toml has a wheel put the application into."""

IS_INSTALLED: Final = _PACKAGED.is_dir()
"""False for a checkout, and for one that is installed with ``pip install -e``."""

ROOT: Final = _PACKAGED if IS_INSTALLED else _PACKAGE.parent
"""The folder of ``app.py``, ``pages`` and ``.streamlit``. Python finds the package there by ``search_path`` only."""

ASSETS: Final = ROOT / "assets"


def search_path() -> dict[str, str]:
    """Variables with which another process of this Python imports this very package, whatever folder it runs in.

    An installed package needs none. Its folder must not be named either: ``site-packages`` would come before the
    standard library there.
    """
    if IS_INSTALLED:
        return {}
    named = [str(_PACKAGE.parent), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {"PYTHONPATH": os.pathsep.join(named)}
