"""Where two that accept words disagree: all words up to a length, and random longer ones."""

from typing import Final

import numpy as np

from rnnviz.automata.acceptors import Accepting, Acceptor, Source, acceptor
from rnnviz.automaton import Automaton, all_words, numbers_of, word_of

MOST_WORDS: Final = 2**18
"""The most words of one length that are compared."""


def disagreement(
    first: Source,
    second: Source,
    alphabet: str | None = None,
    *,
    only: Source | None = None,
    longest: int = 12,
    samples: int = 500,
    length: int = 50,
    seed: int = 0,
) -> str | None:
    """The shortest word that one of two accepts and the other does not: here the network breaks.

    All words up to ``longest`` symbols are compared, so a word that is no longer is the shortest of all; of words of
    one length, the first in the order of the alphabet. Longer ones are drawn. The empty word is not compared, since a
    network has no output before its first input.

    Args:
        first, second: As ``acceptor`` takes them: networks, rules, automata.
        alphabet: Where neither of the two has one.
        only: What accepts each beginning of the words that are compared; by default all words are.
        longest: All words up to this length are compared.
        samples, length: So many random words, of this length, are compared at each of their beginnings. Where one of
            the two is an automaton, each begins with the word that reaches one of its states.

    Returns:
        None if no such word was found, which of random words is no proof.

    Raises:
        ValueError: If they have different alphabets, or so many words cannot be compared.

    >>> from rnnviz import automata, checkpoints
    >>> network = automata.acceptor(checkpoints.load("tomita-1-gru"))
    >>> automata.disagreement(network, automata.GRAMMARS["tomita-1"].machine) is None
    True
    >>> automata.disagreement(network, lambda word: word.count("0") < 3, "01")
    '0'
    """
    pair = _of_one_alphabet(first, second, alphabet)
    symbols = len(pair[0].alphabet)
    check_lengths(symbols, longest, samples, length)
    compared = None if only is None else acceptor(only, pair[0].alphabet)
    machine = next((one for one in (first, second) if isinstance(one, Automaton)), _any_word(pair[0].alphabet))
    for words in (all_words(symbols, longest), random_words(samples, max(length, longest), seed, machine)):
        within = None if compared is None else np.logical_and.accumulate(compared.outputs(words), 1)
        if found := shortest_difference(pair[0], words, pair[1].outputs(words), within):
            return found
    return None


def check_lengths(symbols: int, longest: int, samples: int, length: int) -> None:
    """ValueError if so many words cannot be compared."""
    if longest < 1 or symbols**longest > MOST_WORDS:
        raise ValueError(
            f"longest must be at least 1 and give at most {MOST_WORDS:,} words of {symbols} symbols; got {longest}"
        )
    if samples < 0 or length < 1:
        raise ValueError(f"samples must be at least 0 and length at least 1; got {samples} and {length}")


def shortest_difference(
    one: Accepting, words: np.ndarray, outputs: np.ndarray, within: np.ndarray | None = None
) -> str | None:
    """The shortest beginning of some words on which something differs from given outputs; None if there is none.

    Args:
        words: int64 of shape (word, time), the numbers of symbols.
        outputs: bool of that shape.
        within: The same; the beginnings that count, by default all.
    """
    differ = one.outputs(words) != outputs
    if within is not None:
        differ &= within
    at = differ.any(0)
    if not at.any():
        return None
    t = int(at.argmax())
    return word_of(words[int(differ[:, t].argmax()), : t + 1], one.alphabet)


def random_words(size: int, length: int, seed: int, machine: Automaton) -> np.ndarray:
    """Random words, int64 of shape (word, time).

    Each begins with the word of one of the states of an automaton, and goes on with a share of its own of each symbol,
    so that long runs come up.
    """
    generator = np.random.default_rng(seed)
    bounds = np.cumsum(generator.dirichlet(np.ones(len(machine.alphabet)), size), 1)[:, None, :-1]
    words: np.ndarray = (generator.random((size, length, 1)) > bounds).sum(-1)
    begins = [numbers_of(word, machine.alphabet)[:length] for word in machine.words]
    for row, state in zip(words, generator.integers(len(machine), size=size), strict=True):
        row[: len(begins[state])] = begins[state]
    return words


def _any_word(alphabet: str) -> Automaton:
    return Automaton(alphabet, ((0,) * len(alphabet),), (True,))


def _of_one_alphabet(first: Source, second: Source, alphabet: str | None) -> tuple[Acceptor, Acceptor]:
    """Both as acceptors; one without an alphabet of its own has that of the other."""
    known = next((one.alphabet for one in (first, second) if isinstance(one, Acceptor | Automaton)), alphabet)
    pair = acceptor(first, known), acceptor(second, known)
    if pair[0].alphabet != pair[1].alphabet:
        raise ValueError(f"both must have one alphabet; got {pair[0].alphabet!r} and {pair[1].alphabet!r}")
    return pair
