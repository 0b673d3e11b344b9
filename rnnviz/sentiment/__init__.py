"""Networks that judge whether a review praises: load one, ask it, and read its states with ``rnnviz.capture``.

Importing this package loads no torch; ``load`` does.
"""

from typing import TYPE_CHECKING, Final

from rnnviz.extras import lazily
from rnnviz.sentiment.recipes import BAG, NAMES

if TYPE_CHECKING:
    from rnnviz.sentiment.model import SentimentModel, load

__all__ = ["BAG", "NAMES", "SentimentModel", "load"]

_HOMES: Final = {"SentimentModel": "rnnviz.sentiment.model", "load": "rnnviz.sentiment.model"}

__getattr__ = lazily(__name__, _HOMES, __all__)
