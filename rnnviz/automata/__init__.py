"""A network as a finite automaton: learned from what it outputs, compared with it, and known languages to train on.

Importing this package loads no torch; its names load what they need.
"""

from typing import TYPE_CHECKING, Final

from rnnviz.extras import lazily

if TYPE_CHECKING:
    from rnnviz.automata.acceptors import Acceptor, Reading, acceptor, reading
    from rnnviz.automata.comparing import disagreement
    from rnnviz.automata.extracting import extract
    from rnnviz.automata.quantising import quantised
    from rnnviz.automaton import Automaton
    from rnnviz.grammars import GRAMMARS, Grammar

__all__ = [
    "GRAMMARS",
    "Acceptor",
    "Automaton",
    "Grammar",
    "Reading",
    "acceptor",
    "disagreement",
    "extract",
    "quantised",
    "reading",
]

_HOMES: Final = {
    "GRAMMARS": "rnnviz.grammars",
    "Acceptor": "rnnviz.automata.acceptors",
    "Automaton": "rnnviz.automaton",
    "Grammar": "rnnviz.grammars",
    "Reading": "rnnviz.automata.acceptors",
    "acceptor": "rnnviz.automata.acceptors",
    "disagreement": "rnnviz.automata.comparing",
    "extract": "rnnviz.automata.extracting",
    "quantised": "rnnviz.automata.quantising",
    "reading": "rnnviz.automata.acceptors",
}

__getattr__ = lazily(__name__, _HOMES, __all__)
