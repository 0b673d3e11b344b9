"""The texts after a word is left out, replaced, inserted or moved."""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

Tokens = Sequence[str]


def without(tokens: Tokens, t: int, _word: str) -> list[str]:
    """The text without a word."""
    return [*tokens[:t], *tokens[t + 1 :]]


def replaced(tokens: Tokens, t: int, word: str) -> list[str]:
    """The text with another word in its place, or several."""
    return [*tokens[:t], *word.split(), *tokens[t + 1 :]]


def with_before(tokens: Tokens, t: int, word: str) -> list[str]:
    """The text with another word before one, or several."""
    return [*tokens[:t], *word.split(), *tokens[t:]]


def with_after(tokens: Tokens, t: int, word: str) -> list[str]:
    """The text with another word after one, or several."""
    return with_before(tokens, t + 1, word)


def swapped(tokens: Tokens, t: int, _word: str) -> list[str]:
    """The text with a word and the next one exchanged."""
    return [*tokens[:t], *tokens[t : t + 2][::-1], *tokens[t + 2 :]]


def exchanged(tokens: Tokens, t: int, _word: str) -> list[str]:
    """The text from the word on, and then the text before it."""
    return [*tokens[t:], *tokens[:t]]


def turned(tokens: Tokens, _t: int, _word: str) -> list[str]:
    """The text from its last word to its first."""
    return list(tokens[::-1])


def shuffled(tokens: Tokens, t: int, _word: str) -> list[str]:
    """The words in random order, another order for another chosen word."""
    return [tokens[k] for k in np.random.default_rng(t).permutation(len(tokens))]


CHANGES: Final[dict[str, Callable[[Tokens, int, str], list[str]]]] = {
    "Leave it out": without,
    "Replace it": replaced,
    "Insert before it": with_before,
    "Insert after it": with_after,
    "Swap with the next": swapped,
    "Begin with it": exchanged,
    "Backwards": turned,
    "Shuffle": shuffled,
}
"""By the label of the choice."""


TAKE_A_WORD: Final = (replaced, with_before, with_after)
"""The changes that need another word."""


def changeable(change: Callable[[Tokens, int, str], list[str]], count: int) -> list[int]:
    """The positions of the words that can be chosen for a change; none if it changes all of the text alike."""
    if change is turned:
        return []
    return list(range(count - 1 if change is swapped else count))
