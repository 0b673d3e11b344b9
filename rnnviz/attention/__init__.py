"""Networks that read one sequence and say another, with attention and without: load one, and watch it decode.

Importing this package loads neither torch nor numpy; its names load what they need.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Final

from rnnviz.attention.recipes import NAMES

if TYPE_CHECKING:
    from rnnviz.attention.decoding import Arithmetic, Decoding
    from rnnviz.attention.model import AttentionModel, load

__all__ = ["NAMES", "Arithmetic", "AttentionModel", "Decoding", "load"]

_HOMES: Final = {
    "Arithmetic": "rnnviz.attention.decoding",
    "AttentionModel": "rnnviz.attention.model",
    "Decoding": "rnnviz.attention.decoding",
    "load": "rnnviz.attention.model",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'rnnviz.attention' has no attribute {name!r}; it offers {', '.join(__all__)}")
    value: object = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value
