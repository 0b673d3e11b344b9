"""Networks that read one sequence and say another, with attention and without: load one, and watch it decode.

Importing this package loads neither torch nor numpy; its names load what they need.
"""

from typing import TYPE_CHECKING, Final

from rnnviz.attention.recipes import NAMES
from rnnviz.extras import lazily

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

__getattr__ = lazily(__name__, _HOMES, __all__)
