"""What is loaded only where it is needed: packages that only some commands use, and names whose modules load torch.

The message about a missing package is one line and names it.
"""

import re
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Final

PACKAGES: Final[Mapping[str, Mapping[str, str]]] = {
    "export": {"pptx": "python-pptx>=1.0.2,<2", "yaml": "pyyaml>=6.0.2,<7", "websockets": "websockets>=14"},
    "cluster": {"distributed": "distributed>=2025.1"},
    "devices": {"lightning_fabric": "lightning-fabric>=2.6"},
    "notebook": {"anywidget": "anywidget>=0.9.18"},
    "keras": {"h5py": "h5py>=3.11"},
    "onnx": {"onnx": "onnx>=1.17"},
    "tokenizers": {"tokenizers": "tokenizers>=0.21"},
}
"""What each extra of pyproject.toml installs, by the name of the module to import."""

SCHEDULER_VARIABLE: Final = "RNNVIZ_SCHEDULER"
"""The environment variable for the address of a Dask scheduler, which needs the extra "cluster"."""


def require(extra: str, what: str) -> None:
    """Make sure that the packages of an extra of ``PACKAGES``, which ``what`` needs, are installed.

    Raises:
        ValueError: Which package is missing, and how to install it, in one line. Pip is given the packages themselves,
            since it need not know the name ``rnnviz``.
    """
    missing = [package for module, package in PACKAGES[extra].items() if find_spec(module) is None]
    if missing:
        names = " and ".join(re.split("[<>=]", package)[0] for package in missing)
        wanted = " ".join(f'"{package}"' for package in missing)
        raise ValueError(f"{what} needs {names} (the extra rnnviz[{extra}]); install it with: pip install {wanted}")


def lazily(package: str, homes: Mapping[str, str], offered: Sequence[str]) -> Callable[[str], object]:
    """The ``__getattr__`` of a package that loads a name when it is first used; ``homes`` has the module of each."""

    def load(name: str) -> object:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}; it offers {', '.join(offered)}")
        value: object = getattr(import_module(homes[name]), name)
        setattr(sys.modules[package], name, value)
        return value

    return load
