"""Listings in plain torch, block by block: run, recorded, and written as scripts and as a notebook.

Importing this package loads no torch; its names load what they need.
"""

from typing import TYPE_CHECKING, Final

from rnnviz.extras import lazily

if TYPE_CHECKING:
    from rnnviz.listings.block import Block
    from rnnviz.listings.documents import notebook, script
    from rnnviz.listings.executing import Value, execute
    from rnnviz.listings.lessons import LESSONS, Lesson
    from rnnviz.listings.manual import MANUAL
    from rnnviz.listings.sentiment import SENTIMENT, pairs

__all__ = ["LESSONS", "MANUAL", "SENTIMENT", "Block", "Lesson", "Value", "execute", "notebook", "pairs", "script"]

_HOMES: Final = {
    "LESSONS": "rnnviz.listings.lessons",
    "MANUAL": "rnnviz.listings.manual",
    "SENTIMENT": "rnnviz.listings.sentiment",
    "Block": "rnnviz.listings.block",
    "Lesson": "rnnviz.listings.lessons",
    "Value": "rnnviz.listings.executing",
    "execute": "rnnviz.listings.executing",
    "notebook": "rnnviz.listings.documents",
    "pairs": "rnnviz.listings.sentiment",
    "script": "rnnviz.listings.documents",
}

__getattr__ = lazily(__name__, _HOMES, __all__)
