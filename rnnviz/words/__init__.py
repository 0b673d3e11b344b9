"""Words by their contexts: a network that guesses a masked word, and word vectors learned by skip-gram.

Importing this package loads no torch; ``load`` and ``learn`` do.
"""

from typing import TYPE_CHECKING, Final

from rnnviz.extras import lazily
from rnnviz.words.recipes import HALVES, SkipGramSpec

if TYPE_CHECKING:
    from rnnviz.words.model import MaskedModel, load
    from rnnviz.words.skip_gram import Corpus, learn

__all__ = ["HALVES", "Corpus", "MaskedModel", "SkipGramSpec", "learn", "load"]

_HOMES: Final = {
    "Corpus": "rnnviz.words.skip_gram",
    "MaskedModel": "rnnviz.words.model",
    "learn": "rnnviz.words.skip_gram",
    "load": "rnnviz.words.model",
}

__getattr__ = lazily(__name__, _HOMES, __all__)
