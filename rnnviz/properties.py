"""Properties of held-out sequences that are known at each step, to ask whether a network's states have them."""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from rnnviz.checkpoints import Checkpoint
from rnnviz.checkpoints.reviews import model_of
from rnnviz.held_out import CHARACTERS, HeldOut

PROPERTIES: Final = {
    "depth": "bracket depth",
    "quotes": "inside quotes",
    "parity": "parity so far",
    "first": "first word",
    "accepted": "string so far in the language",
    "bit": "first bit",
    "class": "class so far",
    "sentiment": "sentiment of the words so far",
    "position": "position in the sequence",
}
"""What each is called, by the name that links have."""

_OWN: Final = {
    "brackets": ("depth",),
    "characters-python": ("quotes", "depth"),
    "parity": ("parity",),
    "latch": ("first",),
    "flip-flop": ("bit",),
    "word-classes": ("class",),
}
_QUARTERS: Final = ("1st", "2nd", "3rd", "4th")


def offered(known: Checkpoint) -> tuple[str, ...]:
    """The properties that are known at each step of a network's held-out sequences; none where there are none of these.

    >>> from rnnviz import checkpoints
    >>> from rnnviz.properties import offered
    >>> offered(checkpoints.load("brackets-gru"))
    ('depth', 'position')
    """
    named = known.task.name if known.task is not None else known.family
    if named.startswith("tomita"):
        return "accepted", "position"
    if model_of(known.name):
        return "sentiment", "position"
    if known.task is None and named not in _OWN:
        return ()
    return *_OWN.get(named, ()), "position"


def labels_of(known: Checkpoint, held: HeldOut, name: str) -> list[tuple[str, ...]]:
    """The label of each step of held-out sequences, for ``rnnviz.probe``.

    Args:
        known: The network that they were drawn for.
        held: From ``held_out``.
        name: One of ``offered``. A position is told in quarters of the sequence.

    Raises:
        ValueError: If the property is not known of this network's sequences.

    >>> from rnnviz import checkpoints
    >>> from rnnviz.held_out import held_out
    >>> from rnnviz.properties import labels_of
    >>> known = checkpoints.load("latch-gru")
    >>> found = held_out(known, 2)
    >>> [set(row) == {own[0]} for row, own in zip(labels_of(known, found, "first"), found.tokens)]
    [True, True]
    """
    if name not in offered(known):
        there = ", ".join(offered(known)) or "none"
        raise ValueError(f"the property must be one of those known for {known.name} ({there}); got {name}")
    if known.family == "characters-python" and name in _OF_SOURCE:
        return _of_source(held, _OF_SOURCE[name])
    if name in _OF_SEQUENCE:
        return [_OF_SEQUENCE[name](own) for own in held.tokens]
    if name == "bit":
        return [tuple("high" if target[0] == "+" else "low" for target in own) for own in held.targets]
    return list(held.targets)


def _quarters(tokens: Sequence[str]) -> tuple[str, ...]:
    return tuple(_QUARTERS[4 * t // len(tokens)] for t in range(len(tokens)))


def _first(tokens: Sequence[str]) -> tuple[str, ...]:
    return (tokens[0],) * len(tokens)


def _sentiment(tokens: Sequence[str]) -> tuple[str, ...]:
    """Whether more positive or more negative adjectives and verbs were read so far, each by itself."""
    from rnnviz.sentiment.synthetic import words_by_class

    signs = {
        word: 1 if said.startswith("positive") else -1
        for said, words in words_by_class().items()
        for word in words
        if said != "noun"
    }
    balances = np.cumsum([signs.get(token, 0) for token in tokens])
    return tuple("positive" if one > 0 else "negative" if one < 0 else "even" for one in balances)


_OF_SEQUENCE: Final[dict[str, Callable[[Sequence[str]], tuple[str, ...]]]] = {
    "position": _quarters,
    "first": _first,
    "sentiment": _sentiment,
}


def _inside(values: np.ndarray) -> list[str]:
    return ["inside" if value else "outside" for value in values]


def _counted(values: np.ndarray) -> list[str]:
    return [str(int(value)) for value in values]


_OF_SOURCE: Final[dict[str, tuple[str, Callable[[np.ndarray], list[str]]]]] = {
    "quotes": ("quotes", _inside),
    "depth": ("brackets", _counted),
}


def _of_source(held: HeldOut, meant: tuple[str, Callable[[np.ndarray], list[str]]]) -> list[tuple[str, ...]]:
    """Of the whole text, cut into its pieces: a piece may begin inside a string."""
    from rnnviz.characters.properties import properties

    name, said = meant
    text = "".join(map("".join, held.tokens))
    (found,) = (one for one in properties(text, "python") if one.name == name)
    all_of_it = said(found.values)
    return [tuple(all_of_it[begin : begin + CHARACTERS]) for begin in range(0, len(text), CHARACTERS)]
