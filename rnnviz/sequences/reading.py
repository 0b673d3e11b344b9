"""What a visitor types, as the tokens of a problem; a refusal says what is expected and what came."""

import re
from collections.abc import Callable
from typing import Final

from rnnviz.attention.tasks import APART, LONGEST
from rnnviz.text import fold, tokenize

MOST_DIGITS: Final = 10
LARGEST: Final = 20
"""The largest number that can be counted to."""
MOST_BITS: Final = 200
MOST_WORDS: Final = 40
MOST_REVIEW_WORDS: Final = 200

_SHOWN: Final = 20


def tokens_of(problem: str, text: str) -> tuple[str, ...]:
    """The tokens, at least one, that a network for one of ``kinds.PROBLEMS`` is to read of anybody's text.

    Raises ValueError if the problem is unknown, or the text cannot be read by it.
    """
    if problem not in _READ:
        raise ValueError(f"problem must be one of {', '.join(_READ)}; got {problem!r:.80}")
    return _READ[problem](text)


def _digits(text: str) -> tuple[str, ...]:
    return _characters(text, "0123456789", ("digit", "0 to 9"), MOST_DIGITS)


def _number(text: str) -> tuple[str, ...]:
    number = text.strip()
    if not re.fullmatch(r"[0-9]{1,9}", number) or not 1 <= int(number) <= LARGEST:
        raise ValueError(f"Enter a whole number from 1 to {LARGEST}; got {_shown(text)}.")
    return (str(int(number)),)


def _bits(text: str) -> tuple[str, ...]:
    return _characters(text, "01", ("bit", "0 or 1"), MOST_BITS)


def _reversed_digits(text: str) -> tuple[str, ...]:
    return _characters(text, "0123456789", ("digit", "0 to 9"), LONGEST)


def _characters(text: str, allowed: str, called: tuple[str, str], most: int) -> tuple[str, ...]:
    characters = APART.sub("", text)
    if not characters:
        raise ValueError(f"Enter at least one {called[0]} ({called[1]}).")
    strange = next((character for character in characters if character not in allowed), None)
    if strange is not None:
        raise ValueError(f"Enter only {called[0]}s ({called[1]}), with or without spaces; got {_shown(strange)}.")
    if len(characters) > most:
        raise ValueError(f"Enter at most {most} {called[0]}s; got {len(characters):,}.")
    return tuple(characters)


def _sentence(text: str) -> tuple[str, ...]:
    words = tuple(fold(token) for token in tokenize(text) if token[0].isalnum())
    return _few(words, MOST_WORDS)


def _review(text: str) -> tuple[str, ...]:
    return _few(tuple(token for token in tokenize(text) if token[0].isalnum()), MOST_REVIEW_WORDS)


def _few(words: tuple[str, ...], most: int) -> tuple[str, ...]:
    if not words:
        raise ValueError("Enter at least one word.")
    if len(words) > most:
        raise ValueError(f"Enter at most {most} words; got {len(words):,}.")
    return words


def _shown(text: str) -> str:
    """Cut short, without what would not print."""
    printable = "".join(character if character.isprintable() else "·" for character in text[: _SHOWN + 1])
    return f"“{printable[:_SHOWN]}{'…' if len(printable) > _SHOWN else ''}”" if printable else "nothing"


_READ: Final[dict[str, Callable[[str], tuple[str, ...]]]] = {
    "digit-word": _digits,
    "counting": _number,
    "review": _review,
    "parity": _bits,
    "word-classes": _sentence,
    "reversing": _reversed_digits,
}
