"""Predictions on the view of a network as an automaton: what the network outputs for a longer word."""

from functools import partial
from typing import Final

from rnnviz.ui.pages.dynamics.machines import Case, learned, reading
from rnnviz.ui.shell.question import Answer, Question, Questions, between, number

MORE: Final = 3
"""Symbols that are read in addition, at most."""

_HALF: Final = (0.5,)


def ask(case: Case, word: str) -> Questions:
    """Whether the word is accepted once its last symbols are read again, where network and automaton agree on that."""
    ends = [word[-count:] for count in range(MORE, 0, -1) if count <= len(word)]
    return tuple(_longer(case, word, end) for end in ends)


def _longer(case: Case, word: str, end: str) -> Question:
    text = f"After “{word}” the network reads “{end}” in addition. Does it accept the longer word?"
    return Question(("automaton", case.network), text, ("No", "Yes"), partial(_accepted, case, word, end))


def _accepted(case: Case, word: str, end: str) -> Answer:
    longer, machine = word + end, learned(case).machine
    p = float(reading(case, longer).probabilities[-1])
    right = between(p, _HALF, 1.0)
    by_automaton = int(machine.accepts(longer))
    way = " → ".join(map(str, machine.run(longer)[len(word) :]))
    return Answer(
        right if right == (by_automaton,) else (),
        f"It accepts “{longer}” with probability {number(p, 3)}.",
        f"In the automaton these symbols lead from state {way}, which {'accepts' if by_automaton else 'rejects'}.",
    )
