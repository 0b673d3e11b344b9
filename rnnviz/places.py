"""Where the application's files are: beside this package in a checkout, inside of it once it is installed."""

import os
from pathlib import Path
from typing import Final

_PACKAGE: Final = Path(__file__).resolve().parent
_PACKAGED: Final = _PACKAGE / "_application"
"""The folder into which a wheel puts the application, as pyproject.toml says."""

IS_INSTALLED: Final = _PACKAGED.is_dir()
"""False for a checkout, also if it is installed with ``pip install -e``."""

ROOT: Final = _PACKAGED if IS_INSTALLED else _PACKAGE.parent
"""The folder of ``app.py``, ``pages`` and ``.streamlit``. Python finds the package there by ``search_path`` only."""

ASSETS: Final = ROOT / "assets"
SCRIPT: Final = ROOT / "app.py"

MODELS_VARIABLE: Final = "RNNVIZ_MODELS"
"""The environment variable for the folder of networks that a server offers to all visitors."""

RECORDS_VARIABLE: Final = "RNNVIZ_RECORDS"
"""The same for the folder of records of trainings."""


def search_path() -> dict[str, str]:
    """Environment variables with which another process of this Python imports this package, whatever folder it runs in.

    An installed package needs none. They must not name its folder either, or ``site-packages`` would come before the
    standard library.
    """
    if IS_INSTALLED:
        return {}
    named = [str(_PACKAGE.parent), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {"PYTHONPATH": os.pathsep.join(named)}
