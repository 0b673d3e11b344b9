"""Networks that read a text character by character and say which comes next: load one, ask it, train one.

Importing this package loads neither torch nor numpy; its names load what they need.
"""

from typing import TYPE_CHECKING, Final

from rnnviz.characters.recipes import NAMES, SHIPPED_NAMES, SNAPSHOTS, SUBJECTS
from rnnviz.extras import lazily

if TYPE_CHECKING:
    from rnnviz.characters.alphabet import Alphabet
    from rnnviz.characters.generating import Writing, generate, score
    from rnnviz.characters.network import CharacterModel, card, load

__all__ = [
    "NAMES",
    "SHIPPED_NAMES",
    "SNAPSHOTS",
    "SUBJECTS",
    "Alphabet",
    "CharacterModel",
    "Writing",
    "card",
    "generate",
    "load",
    "score",
]

_HOMES: Final = {
    "Alphabet": "rnnviz.characters.alphabet",
    "CharacterModel": "rnnviz.characters.network",
    "Writing": "rnnviz.characters.generating",
    "card": "rnnviz.characters.network",
    "generate": "rnnviz.characters.generating",
    "load": "rnnviz.characters.network",
    "score": "rnnviz.characters.generating",
}

__getattr__ = lazily(__name__, _HOMES, __all__)
