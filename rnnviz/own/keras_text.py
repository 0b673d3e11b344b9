"""The vocabulary in a ``.keras`` file, and how its TextVectorization splits a text, as a tokenizer says it."""

import json
import string
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from rnnviz.own.vocabulary import Vocabulary, of_tokens
from rnnviz.tokenizing import Tokenizer

LAYER: Final = "TextVectorization"
FILE: Final = "vocabulary.txt"
"""In which asset of a model the vocabulary is that was learned from texts; without it the settings have it."""

_PADDING, _UNKNOWN = "", "[UNK]"
_PUNCTUATION: Final = r"""[!"#$%&()*+,\-./:;<=>?@\[\\\]^_`{|}~']"""
_SPACE: Final = r"[ \t\n\v\f\r]+"
_STANDARDIZED: Final = {
    None: (False, False),
    "lower": (True, False),
    "strip_punctuation": (False, True),
    "lower_and_strip_punctuation": (True, True),
}
"""Whether the letters of ASCII are lowered, and whether punctuation is taken out; TensorFlow leaves other letters."""


def vocabulary(settings: Mapping[str, Any], learned: Sequence[str] = ()) -> Vocabulary:
    """The tokens of a TextVectorization with their splitting.

    Args:
        settings: Of the layer.
        learned: Its vocabulary with the tokens for padding and for what is unknown, if the settings have none.

    Raises:
        ValueError: If the layer does more than number the words of a text.

    >>> from rnnviz.own.keras_text import vocabulary
    >>> settings = {"standardize": "lower", "split": "whitespace", "output_mode": "int", "vocabulary": ["good", "film"]}
    >>> known = vocabulary(settings)
    >>> known.tokens, known.tokenizer.numbers(["A good  FILM"])
    (('', '[UNK]', 'good', 'film'), [[1, 2, 3]])
    """
    _check(settings)
    given = settings.get("vocabulary")
    if given is not None and not (isinstance(given, list) and all(isinstance(token, str) for token in given)):
        raise ValueError("its vocabulary must be a list of texts")
    own = tuple(given or [token for token in learned if token not in (_PADDING, _UNKNOWN)])
    if not own:
        raise ValueError("it must have a vocabulary")
    tokens = of_tokens((_PADDING, _UNKNOWN, *own)).tokens
    return Vocabulary(tokens, _UNKNOWN, Tokenizer(json.dumps(_tokenizer(settings.get("standardize"), tokens))))


def _check(settings: Mapping[str, Any]) -> None:
    """Refuse what a tokenizer would not do alike."""
    standardize = settings.get("standardize")
    if isinstance(standardize, Mapping) or standardize not in _STANDARDIZED:
        raise ValueError("its standardize must be one that Keras has; it is a function of its model")
    wanted = {"split": "whitespace", "output_mode": "int", "ngrams": None, "output_sequence_length": None}
    for name, value in wanted.items():
        if settings.get(name) != value:
            raise ValueError(f"its {name} must be {value}; got {settings.get(name)!r}"[:200])


def _tokenizer(standardize: str | None, tokens: Sequence[str]) -> dict[str, Any]:
    """What a ``tokenizer.json`` says of it."""
    return {
        "version": "1.0",
        "added_tokens": [],
        "normalizer": {"type": "Sequence", "normalizers": list(_replaced(*_STANDARDIZED[standardize]))},
        "pre_tokenizer": {"type": "Split", "pattern": {"Regex": _SPACE}, "behavior": "Removed", "invert": False},
        "model": {
            "type": "WordLevel",
            "vocab": {token: number for number, token in enumerate(tokens)},
            "unk_token": _UNKNOWN,
        },
    }


def _replaced(lowers: bool, strips: bool) -> Iterator[dict[str, Any]]:
    if lowers:
        for letter in string.ascii_uppercase:
            yield {"type": "Replace", "pattern": {"String": letter}, "content": letter.lower()}
    if strips:
        yield {"type": "Replace", "pattern": {"Regex": _PUNCTUATION}, "content": ""}
