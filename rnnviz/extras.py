"""The packages that only some commands need. A missing one is asked for by name, in one line."""

import re
from collections.abc import Mapping
from importlib.util import find_spec
from typing import Final

PACKAGES: Final[Mapping[str, Mapping[str, str]]] = {
    "export": {"pptx": "python-pptx>=1.0.2,<2", "yaml": "pyyaml>=6.0.2,<7", "websockets": "websockets>=14"},
    "cluster": {"distributed": "distributed>=2025.1"},
    "devices": {"lightning_fabric": "lightning-fabric>=2.6"},
}
"""What each extra of pyproject.toml installs, by the module that is imported of it."""

SCHEDULER_VARIABLE: Final = "RNNVIZ_SCHEDULER"
"""Of the environment: the address of a Dask scheduler, which needs the extra "cluster"."""


def require(extra: str, what: str) -> None:
    """Make sure that the packages of an extra are installed.

    Args:
        extra: Of ``PACKAGES``.
        what: What needs them, for the message.

    Raises:
        ValueError: In one line: which package is missing, and how to install it. The packages themselves are named to
            pip, since ``rnnviz`` need not be a name that pip knows.
    """
    missing = [package for module, package in PACKAGES[extra].items() if find_spec(module) is None]
    if missing:
        names = " and ".join(re.split("[<>=]", package)[0] for package in missing)
        wanted = " ".join(f'"{package}"' for package in missing)
        raise ValueError(f"{what} needs {names} (the extra rnnviz[{extra}]); install it with: pip install {wanted}")
