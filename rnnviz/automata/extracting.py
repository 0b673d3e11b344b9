"""A network as the smallest automaton that outputs the same: Angluin's L*, with words that are asked many at once."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from itertools import groupby
from typing import Final

import numpy as np

from rnnviz.automata.acceptors import Acceptor, Source, acceptor
from rnnviz.automata.comparing import check_lengths, random_words, shortest_difference
from rnnviz.automaton import Automaton, all_words, numbers_of
from rnnviz.progress import LearningProgress

OnProgress = Callable[[LearningProgress], object]
"""Called after each automaton that is compared with the network; False stops the learning there."""

_LEAST: Final = 2
"""The states that the first automaton may need: the empty ending tells two apart."""

_EITHER: Final = (False, True)


def extract(
    network: Source,
    alphabet: str | None = None,
    *,
    accept: str | int | Sequence[str] | None = None,
    empty: bool | None = None,
    longest: int = 10,
    samples: int = 500,
    length: int = 50,
    most: int = 16,
    seed: int = 0,
    on_progress: OnProgress | None = None,
) -> Automaton:
    """The smallest automaton that accepts the words that a network accepts, as far as they were compared.

    The states of an automaton are learned from outputs for chosen words; then it is compared with the network, and a
    word on which they differ gives another state. First it is to agree on all words up to a length, then on random
    longer ones too. A network need not be an automaton: if none of at most ``most`` states agrees on the longer words,
    the one that agrees on all short ones comes back, with the longer word on which it does not in ``disagreement``.

    Args:
        network: As ``acceptor`` takes it: a trained network, a module, a rule, an automaton or an ``Acceptor``.
        alphabet, accept: As of ``acceptor``.
        empty: Whether the empty word is accepted; a network has no output before its first input. By default what gives
            the smaller automaton, and rejection where both have as many states.
        longest, samples, length, seed: Of the words that are compared, as of ``disagreement``.
        most: The learning ends where it needs more states.
        on_progress: Called after each comparison with a ``LearningProgress``; False stops the learning, and the
            automaton of that comparison comes back.

    Raises:
        ValueError: As of ``acceptor`` and ``disagreement``, or if ``most`` is no whole number of at least 2.

    Source: Angluin (1987) for states and queries, Rivest and Schapire (1993) for what a counterexample gives; Weiss,
        Goldberg and Yahav (2018) for a recurrent network as the one who is asked.

    >>> import rnnviz
    >>> from rnnviz import checkpoints
    >>> machine = rnnviz.extract(checkpoints.load("tomita-6-gru"))
    >>> machine.transitions, machine.accepting, machine.disagreement
    (((1, 2), (2, 0), (0, 1)), (True, False, False), None)
    """
    if type(most) is not int or most < _LEAST:
        raise ValueError(f"most must be a whole number of at least {_LEAST}; got {most!r}")
    asked = _Asked(acceptor(network, alphabet) if accept is None else acceptor(network, alphabet, accept=accept))
    check_lengths(len(asked.network.alphabet), longest, samples, length)
    words = all_words(len(asked.network.alphabet), longest)
    drawn = partial(random_words, samples, max(length, longest), seed)
    short, all_lengths = _Comparison(asked, words, None), _Comparison(asked, words, drawn)
    learners = [_Learner(asked, one, most, on_progress) for one in (_EITHER if empty is None else (empty,))]
    learned = [learner.learn(short) for learner in learners]
    ranks = [(machine.disagreement is not None, len(machine)) for machine in learned]
    chosen = ranks.index(min(ranks))
    machine = learned[chosen]
    if machine.disagreement is None:
        larger = learners[chosen].learn(all_lengths)
        machine = larger if larger.disagreement is None else replace(machine, disagreement=all_lengths.first)
    return replace(machine.minimal(), queries=asked.queries)


class _Asked:
    """The outputs that have been asked for.

    Attributes:
        queries: The words of which there was no output yet when they were asked.
    """

    def __init__(self, network: Acceptor) -> None:
        self.network = network
        self.queries = 0
        self.known: dict[str, bool] = {}
        self.is_stopped = False
        self._compared: np.ndarray | None = None

    def ask(self, words: Iterable[str]) -> None:
        """Ask for the outputs of words, all of one length at once; those of their beginnings come with them."""
        new = sorted({word for word in words if word and word not in self.known}, key=lambda word: (len(word), word))
        self.queries += len(new)
        for _, group in groupby(new, key=len):
            some = list(group)
            outputs = self.network.outputs(np.stack([numbers_of(word, self.network.alphabet) for word in some]))
            for word, row in zip(some, outputs.tolist(), strict=True):
                self.known.update({word[: t + 1]: output for t, output in enumerate(row)})

    def outputs(self, words: np.ndarray) -> np.ndarray:
        """The outputs for the words that every automaton is compared on, which are asked for once."""
        if self._compared is None:
            self._compared = self.network.outputs(words)
        return self._compared


class _Comparison:
    """Where automata and the network differ: among all words up to a length, and if wanted among random longer ones.

    Attributes:
        first: The word on which the first automaton differed; None before.
    """

    def __init__(self, asked: _Asked, words: np.ndarray, random: Callable[[Automaton], np.ndarray] | None) -> None:
        self.asked = asked
        self.words = words
        self.random = random
        self.first: str | None = None

    def __call__(self, machine: Automaton) -> str | None:
        found = shortest_difference(machine, self.words, self.asked.outputs(self.words))
        if found is None and self.random is not None:
            words = self.random(machine)
            found = shortest_difference(machine, words, self.asked.network.outputs(words))
        self.first = self.first or found
        return found


class _Learner:
    """The table of Angluin (1987): words that reach the states, and endings that tell them apart."""

    def __init__(self, asked: _Asked, empty: bool, most: int, on_progress: OnProgress | None) -> None:
        self.asked = asked
        self.empty = empty
        self.most = most
        self.on_progress = on_progress
        self.reaching = [""]
        self.endings = [""]

    def learn(self, compared: _Comparison) -> Automaton:
        """Make automata, each with more states than the one before, until one agrees or the learning has to end."""
        machine = self._machine()
        assert machine is not None, "one ending tells two states apart at most"  # noqa: S101
        while True:
            word = compared(machine)
            machine = replace(machine, disagreement=word)
            if self._is_told_to_stop(machine) or word is None:
                return machine
            self.endings.append(self._ending(machine, word))
            larger = self._machine()
            if larger is None:
                return machine
            machine = larger

    def _machine(self) -> Automaton | None:
        """The automaton of the table, once each symbol leads from each state to one that is known.

        None where that takes too many states.
        """
        alphabet = self.asked.network.alphabet
        while True:
            rows = self._rows([*self.reaching, *(word + symbol for word in self.reaching for symbol in alphabet)])
            states = {rows[word]: k for k, word in enumerate(self.reaching)}
            new: dict[tuple[bool, ...], str] = {}
            for word, row in rows.items():
                if row not in states:
                    new.setdefault(row, word)
            if not new:
                break
            self.reaching += new.values()
            if len(self.reaching) > self.most:
                return None
        return Automaton(
            alphabet,
            tuple(tuple(states[rows[word + symbol]] for symbol in alphabet) for word in self.reaching),
            tuple(self._output(word) for word in self.reaching),
        )

    def _rows(self, words: list[str]) -> dict[str, tuple[bool, ...]]:
        """For each word whether it is accepted with each of the endings after it."""
        self.asked.ask(word + ending for word in words for ending in self.endings)
        return {word: tuple(self._output(word + ending) for ending in self.endings) for word in words}

    def _output(self, word: str) -> bool:
        return self.asked.known[word] if word else self.empty

    def _ending(self, machine: Automaton, word: str) -> str:
        """The end of a word that tells two states apart that the automaton takes for one.

        Where more and more of the beginning is replaced by the word that reaches its state, the output changes once.
        """
        mixed = [self.reaching[state] + word[t:] for t, state in enumerate(machine.run(word))]
        self.asked.ask(mixed)
        outputs = [self._output(each) for each in mixed]
        return word[next(t for t in range(len(word)) if outputs[t] != outputs[t + 1]) + 1 :]

    def _is_told_to_stop(self, machine: Automaton) -> bool:
        if self.on_progress is not None and not self.asked.is_stopped:
            told = LearningProgress(len(machine), self.asked.queries, machine.disagreement)
            self.asked.is_stopped = self.on_progress(told) is False
        return self.asked.is_stopped
