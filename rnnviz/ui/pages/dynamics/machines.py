"""Trained networks as automata: which of them a visitor may choose, and what is learned of each."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rnnviz import checkpoints
from rnnviz.caching import cached
from rnnviz.grammars import GRAMMARS, is_balanced, opens_first
from rnnviz.names import CELL_LABELS, Cell

if TYPE_CHECKING:
    from rnnviz.automata import Automaton, Reading
    from rnnviz.checkpoints import Checkpoint

SHORT: Final = 10
"""Every word up to so many symbols is compared with the automaton while it is learned."""

LONGEST: Final = 12
SAMPLES: Final = 2000
LENGTH: Final = 100
"""Every word up to ``LONGEST`` symbols is compared with the rule, and so many random ones of this length."""


@dataclass(frozen=True)
class Case:
    """A trained network on a small alphabet.

    Attributes:
        network: The name of its checkpoint.
        grammar: One of ``GRAMMARS``; empty for round brackets.
        accept: The output that accepts a word.
        rule: The words that it should accept, in words.
        samples: Words to begin with.
    """

    network: str
    grammar: str
    alphabet: str
    accept: str
    rule: str
    samples: tuple[str, ...]

    def targets(self, word: str) -> list[bool | None]:
        """Whether each beginning of a word should be accepted; None once a bracket was closed that is not open."""
        beginnings = [word[: t + 1] for t in range(len(word))]
        if self.grammar:
            return [GRAMMARS[self.grammar].holds(text) for text in beginnings]
        return [is_balanced(text) if opens_first(text) else None for text in beginnings]


def _of_grammar(name: str, accept: str, *samples: str) -> Case:
    return Case(f"{name}-gru", name, "01", accept, GRAMMARS[name].rule, samples)


_BRACKETS: Final = "each closing bracket has its opening one before it, and none is left open"

_OF_BRACKETS: Final[tuple[Cell, ...]] = ("rnn", "gru")
"""That of the LSTM has 16 states, in a picture that nobody can read."""

CASES: Final = {
    "Tomita 1": _of_grammar("tomita-1", "accepted", "11011", "1111"),
    "Tomita 2": _of_grammar("tomita-2", "accepted", "101010", "10110"),
    "Tomita 3": _of_grammar("tomita-3", "accepted", "1100100", "10010"),
    "Tomita 4": _of_grammar("tomita-4", "accepted", "1001000", "10010011"),
    "Tomita 5": _of_grammar("tomita-5", "accepted", "010110", "0011"),
    "Tomita 6": _of_grammar("tomita-6", "accepted", "0001011", "000"),
    "Tomita 7": _of_grammar("tomita-7", "accepted", "0011001", "00110010"),
    "Parity": _of_grammar("parity", "odd", "10110", "1101001"),
    **{
        f"Brackets, {CELL_LABELS[cell]}": Case(f"brackets-{cell}", "", "()", "0", _BRACKETS, ("(()())", "((()))"))
        for cell in _OF_BRACKETS
    },
}
"""By their labels."""


@dataclass(frozen=True)
class Learned:
    """What was learned of a network.

    Attributes:
        is_the_rules: Whether the automaton is the smallest one of the rule; None where the rule has none.
        breaks: The shortest word that was found on which the network and the rule disagree; None if there was none.
    """

    machine: "Automaton"
    is_the_rules: bool | None
    breaks: str | None


@cached(32)
def learned(case: Case) -> Learned:
    """The automaton of a network, and where the network leaves its rule."""
    import rnnviz
    from rnnviz import automata

    network = automata.acceptor(checkpoints.load(case.network), case.alphabet, accept=case.accept)
    machine = rnnviz.extract(network, longest=SHORT)
    if not case.grammar:
        breaks = automata.disagreement(network, is_balanced, only=opens_first, longest=LONGEST, samples=0)
        return Learned(machine, None, breaks)
    rule = GRAMMARS[case.grammar].machine
    breaks = automata.disagreement(network, rule, longest=LONGEST, samples=SAMPLES, length=LENGTH)
    return Learned(machine, machine == rule, breaks)


@cached(32)
def reading(case: Case, word: str) -> "Reading":
    """The network on a word, symbol by symbol."""
    from rnnviz import automata

    known = checkpoints.load(case.network)
    return automata.reading(automata.acceptor(known, case.alphabet, accept=case.accept), word)


def sizes(known: "Checkpoint") -> str:
    """Cell, units and training of a network, for captions."""
    made = f"seed {known.card['seed']}, {known.card['updates']:,} updates"
    return f"{CELL_LABELS[known.model.cell]}, {known.model.hidden_size} units, {made}"
