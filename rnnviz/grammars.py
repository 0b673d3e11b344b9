"""Languages over two symbols whose smallest automata are known: Tomita's seven, and parity."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Final

import numpy as np

from rnnviz.automaton import Automaton

BITS: Final = "01"

MOST_REPLACED: Final = 3
"""Symbols of a word of the language that are drawn anew, at most, for one that has nearly been of it."""


@dataclass(frozen=True)
class Grammar:
    """A regular language over 0 and 1.

    Attributes:
        rule: Its words, in words.
        holds: Whether a word is of the language, by its rule.
        machine: The smallest automaton that accepts just its words.

    >>> from rnnviz.automata import GRAMMARS
    >>> GRAMMARS["tomita-4"].rule, GRAMMARS["tomita-4"].holds("1001"), len(GRAMMARS["tomita-4"].machine)
    ('no three 0s in a row', True, 4)
    """

    name: str
    rule: str
    holds: Callable[[str], bool]
    machine: Automaton


def _no_odd_zeros_after_odd_ones(word: str) -> bool:
    """Whether no run of an odd number of 1s is followed by a run of an odd number of 0s."""
    runs = [(symbol, len(list(run)) % 2) for symbol, run in groupby(word)]
    return not any(pair == (("1", 1), ("0", 1)) for pair in pairwise(runs))


def _machine(accepting: str, *transitions: tuple[int, int]) -> Automaton:
    return Automaton(BITS, transitions, tuple(sign == "+" for sign in accepting))


GRAMMARS: Final[Mapping[str, Grammar]] = {
    grammar.name: grammar
    for grammar in (
        Grammar("tomita-1", "only 1s", lambda word: "0" not in word, _machine("+-", (1, 0), (1, 1))),
        Grammar(
            "tomita-2", "10 again and again", lambda word: re.fullmatch("(10)*", word) is not None,
            _machine("+--", (1, 2), (1, 1), (0, 1)),
        ),
        Grammar(
            "tomita-3", "no odd run of 0s right after an odd run of 1s", _no_odd_zeros_after_odd_ones,
            _machine("++-+-", (0, 1), (2, 0), (3, 4), (2, 1), (4, 4)),
        ),
        Grammar(
            "tomita-4", "no three 0s in a row", lambda word: "000" not in word,
            _machine("+++-", (1, 0), (2, 0), (3, 0), (3, 3)),
        ),
        Grammar(
            "tomita-5", "an even number of 0s and an even number of 1s",
            lambda word: word.count("0") % 2 == word.count("1") % 2 == 0,
            _machine("+---", (1, 2), (0, 3), (3, 0), (2, 1)),
        ),
        Grammar(
            "tomita-6", "the number of 0s minus the number of 1s is divisible by 3",
            lambda word: (word.count("0") - word.count("1")) % 3 == 0,
            _machine("+--", (1, 2), (2, 0), (0, 1)),
        ),
        Grammar(
            "tomita-7", "0s, then 1s, then 0s, then 1s, each any number or none",
            lambda word: re.fullmatch("0*1*0*1*", word) is not None,
            _machine("++++-", (0, 1), (2, 1), (2, 3), (4, 3), (4, 4)),
        ),
        Grammar(
            "parity", "an odd number of 1s", lambda word: word.count("1") % 2 == 1,
            _machine("-+", (0, 1), (1, 0)),
        ),
    )
}  # fmt: skip
"""By name: the seven grammars of Tomita (1982), and parity."""


def is_balanced(word: str) -> bool:
    """Whether as many round brackets are closed as are opened.

    >>> from rnnviz.grammars import is_balanced
    >>> is_balanced("(())"), is_balanced("(()")
    (True, False)
    """
    return word.count("(") == word.count(")")


def opens_first(word: str) -> bool:
    """Whether no round bracket is closed before it is opened.

    >>> from rnnviz.grammars import opens_first
    >>> opens_first("(()"), opens_first("())")
    (True, False)
    """
    depths = np.cumsum([{"(": 1, ")": -1}.get(symbol, 0) for symbol in word])
    return bool((depths >= 0).all())


def drawn_words(machine: Automaton, size: int, length: int, generator: np.random.Generator) -> np.ndarray:
    """Random words many of whose beginnings are of a language, and many are not: 28 to 84 % of Tomita's, by language.

    Each word has its own share of each symbol, evenly drawn, so that long runs come up. Half of the words keep to
    symbols after which a word can still become one of the language; in another quarter of them one to three symbols
    are then drawn anew; all symbols of the last quarter are drawn by their shares alone.

    Args:
        size, length: How many words, and the symbols of each.

    Returns:
        int64 of shape (word, time), the numbers of symbols.
    """
    shares = generator.dirichlet(np.ones(len(machine.alphabet)), size)
    kept = generator.choice(3, size, p=(0.5, 0.25, 0.25))  # 0: stays alive; 1: nearly; 2: as it comes
    words = _alive(machine, shares, length, generator)
    anew = np.stack([_by_share(shares, generator) for _ in range(length)], 1)
    few = generator.integers(length, size=(size, MOST_REPLACED))
    replaced = np.zeros((size, length), bool)
    np.put_along_axis(replaced, few, values=True, axis=1)
    replaced = np.where(kept[:, None] == 1, replaced, kept[:, None] == 2)
    return np.where(replaced, anew, words)


def _by_share(shares: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """A symbol for each word by its shares, (word,)."""
    bounds = np.cumsum(shares, 1)[:, :-1]
    drawn: np.ndarray = (generator.random((len(shares), 1)) > bounds).sum(1)
    return drawn


def _alive(machine: Automaton, shares: np.ndarray, length: int, generator: np.random.Generator) -> np.ndarray:
    """Words that keep to states from which a word can still be accepted."""
    table, alive = np.array(machine.transitions), np.array(live(machine))
    words, states = np.zeros((len(shares), length), np.int64), np.zeros(len(shares), np.int64)
    for t in range(length):
        allowed = shares * alive[table[states]]
        total = allowed.sum(1, keepdims=True)
        words[:, t] = _by_share(np.where(total > 0, allowed / np.where(total > 0, total, 1), shares), generator)
        states = table[states, words[:, t]]
    return words


def live(machine: Automaton) -> tuple[bool, ...]:
    """For each state whether some accepting state can be reached from it."""
    found = list(machine.accepting)
    for _ in machine.accepting:
        found = [now or any(found[end] for end in machine.transitions[state]) for state, now in enumerate(found)]
    return tuple(found)
