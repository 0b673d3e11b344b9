"""Deterministic finite automata as plain data: what they accept, the smallest of them, and where two differ."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product

import numpy as np


@dataclass(frozen=True)
class Automaton:
    """A deterministic finite automaton. Its start is state 0, and every state can be reached.

    Two are equal if they are the same state by state; those that accept the same words have equal ``minimal()``.

    Attributes:
        alphabet: The symbols, each a character.
        transitions: For each state the next one for each symbol of the alphabet, in its order.
        accepting: For each state whether a word that ends there is accepted.
        queries: The words whose outputs were asked for until it was learned; 0 of one that was not learned.
        disagreement: Of one that was learned, the shortest word that was found on which the network and this machine
            differ; None if none was found.

    Raises:
        ValueError: If these do not fit each other, or a state cannot be reached.

    >>> from rnnviz.automata import Automaton
    >>> even = Automaton("01", transitions=((0, 1), (1, 0)), accepting=(True, False))
    >>> even.accepts("0110"), even.run("011"), even.words
    (True, (0, 0, 1, 0), ('', '1'))
    """

    alphabet: str
    transitions: tuple[tuple[int, ...], ...]
    accepting: tuple[bool, ...]
    queries: int = field(default=0, compare=False)
    disagreement: str | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        check_alphabet(self.alphabet)
        states = len(self.accepting)
        if not states or len(self.transitions) != states:
            raise ValueError(
                f"transitions and accepting must have the same number of states, at least 1; got "
                f"{len(self.transitions)} and {states}"
            )
        for state, ends in enumerate(self.transitions):
            if len(ends) != len(self.alphabet) or not all(0 <= end < states for end in ends):
                raise ValueError(
                    f"transitions of state {state} must be {len(self.alphabet)} states in 0..{states - 1}; got {ends}"
                )
        if lost := sorted(set(range(states)) - set(self._reached)):
            raise ValueError(f"every state must be reached from state 0; got {lost[0]}, which is not")

    def __len__(self) -> int:
        return len(self.accepting)

    @cached_property
    def words(self) -> tuple[str, ...]:
        """For each state the shortest word that reaches it, the first of these in the order of the alphabet."""
        return tuple(self._reached[state] for state in range(len(self)))

    @cached_property
    def _reached(self) -> dict[int, str]:
        """The reachable states in the order of the words that reach them."""
        found, waiting = {0: ""}, [0]
        for state in waiting:
            for symbol, end in zip(self.alphabet, self.transitions[state], strict=True):
                if end not in found:
                    found[end] = found[state] + symbol
                    waiting.append(end)
        return found

    def run(self, word: str) -> tuple[int, ...]:
        """The states on the way of a word: the start, and the one after each symbol.

        Raises:
            ValueError: If it has other symbols than the alphabet.
        """
        states = [0]
        for symbol in numbers_of(word, self.alphabet).tolist():
            states.append(self.transitions[states[-1]][symbol])
        return tuple(states)

    def accepts(self, word: str) -> bool:
        """Whether it accepts a word; ValueError as of ``run``."""
        return self.accepting[self.run(word)[-1]]

    def outputs(self, words: np.ndarray) -> np.ndarray:
        """Whether it accepts each beginning of many words of one length.

        Args:
            words: int64 of shape (word, time), the numbers of symbols.

        Returns:
            bool of shape (word, time): after each symbol.
        """
        table, accepting = np.array(self.transitions), np.array(self.accepting)
        states = np.zeros(len(words), np.int64)
        found = np.zeros(words.shape, bool)
        for t in range(words.shape[1]):
            states = table[states, words[:, t]]
            found[:, t] = accepting[states]
        return found

    def minimal(self) -> "Automaton":
        """The smallest automaton that accepts the same words, its states numbered in the order of ``words``.

        Source: Moore (1956): states are told apart by what they accept, then by where their symbols lead.
        """
        classes = [int(accepts) for accepts in self.accepting]
        while True:
            signs = [(classes[state], *(classes[end] for end in ends)) for state, ends in enumerate(self.transitions)]
            numbers = {sign: k for k, sign in enumerate(dict.fromkeys(signs))}
            if len(numbers) == len(set(classes)):
                break
            classes = [numbers[sign] for sign in signs]
        return quotient(self, classes)

    def difference(self, other: "Automaton") -> str | None:
        """The shortest word that one of two automata accepts and the other does not; None if they accept the same.

        Raises:
            ValueError: If they have different alphabets.

        >>> from rnnviz.automata import GRAMMARS
        >>> GRAMMARS["tomita-1"].machine.difference(GRAMMARS["tomita-4"].machine)
        '0'
        """
        if other.alphabet != self.alphabet:
            raise ValueError(f"both must have the alphabet {self.alphabet!r}; got {other.alphabet!r}")
        found, waiting = {(0, 0): ""}, [(0, 0)]
        for mine, its in waiting:
            if self.accepting[mine] != other.accepting[its]:
                return found[mine, its]
            ends = zip(self.alphabet, self.transitions[mine], other.transitions[its], strict=True)
            for symbol, *pair in ends:
                end = (pair[0], pair[1])
                if end not in found:
                    found[end] = found[mine, its] + symbol
                    waiting.append(end)
        return None


def quotient(machine: Automaton, classes: Sequence[int]) -> Automaton:
    """The automaton whose states are classes of equivalent states, numbered in the order of their words."""
    order: list[int] = [0]
    numbers = {classes[0]: 0}
    for state in order:
        for end in machine.transitions[state]:
            if classes[end] not in numbers:
                numbers[classes[end]] = len(numbers)
                order.append(end)
    return Automaton(
        machine.alphabet,
        tuple(tuple(numbers[classes[end]] for end in machine.transitions[state]) for state in order),
        tuple(machine.accepting[state] for state in order),
        machine.queries,
        machine.disagreement,
    )


# --- Words ---


def check_alphabet(alphabet: str) -> None:
    """ValueError if an alphabet is not one or more different characters."""
    if type(alphabet) is not str or not alphabet or len(set(alphabet)) < len(alphabet):
        raise ValueError(f"alphabet must be one or more different characters; got {alphabet!r:.80}")


def numbers_of(word: str, alphabet: str) -> np.ndarray:
    """The numbers of the symbols of a word, int64 of shape (time,); ValueError if it has others."""
    if strange := [symbol for symbol in word if symbol not in alphabet]:
        raise ValueError(f"a word must be of the symbols {' '.join(alphabet)}; got {strange[0]!r:.20}")
    return np.array([alphabet.index(symbol) for symbol in word], np.int64)


def word_of(numbers: np.ndarray, alphabet: str) -> str:
    """The word of the numbers of its symbols."""
    return "".join(alphabet[k] for k in numbers)


def all_words(symbols: int, length: int) -> np.ndarray:
    """All words of one length in the order of the alphabet, int64 of shape (word, time)."""
    return np.array(list(product(range(symbols), repeat=length)), np.int64).reshape(-1, length)


def all_texts(alphabet: str, longest: int) -> Iterator[str]:
    """All words up to a length, the shortest first."""
    for length in range(longest + 1):
        yield from map("".join, product(alphabet, repeat=length))


def outputs_of_rule(rule: Callable[[str], bool], alphabet: str) -> Callable[[np.ndarray], np.ndarray]:
    """A rule for single words as a function of many: bool (word, time) of the numbers of symbols of that shape."""

    def outputs(words: np.ndarray) -> np.ndarray:
        found = np.zeros(words.shape, bool)
        for k, numbers in enumerate(words):
            text = word_of(numbers, alphabet)
            found[k] = [bool(rule(text[: t + 1])) for t in range(len(text))]
        return found

    return outputs
