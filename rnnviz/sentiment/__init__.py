"""Networks that judge whether a review praises: load one, ask it, and read its states with ``rnnviz.capture``.

Importing this package loads no torch; ``load`` does.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Final

from rnnviz.sentiment.recipes import BAG, NAMES

if TYPE_CHECKING:
    from rnnviz.sentiment.model import SentimentModel, load

__all__ = ["BAG", "NAMES", "SentimentModel", "load"]

_HOMES: Final = {"SentimentModel": "rnnviz.sentiment.model", "load": "rnnviz.sentiment.model"}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'rnnviz.sentiment' has no attribute {name!r}; it offers {', '.join(__all__)}")
    value: object = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value
