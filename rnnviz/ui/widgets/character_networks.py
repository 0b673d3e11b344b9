"""Which character network is looked at: what it has read, and its cell."""

from typing import Final

from rnnviz.names import CELL_LABELS, Cell
from rnnviz.ui.widgets import controls

SUBJECTS: Final = {"Python source": "python", "Shakespeare": "shakespeare"}
"""What the networks have learned to write, and how their names begin."""

TIMES: Final = ("Start", "Early", "Middle", "End")
"""What the snapshots of one training are called, in their order."""

_CELLS: Final[dict[str, Cell]] = {label: cell for cell, label in CELL_LABELS.items()}


def picker() -> str:
    """Subject and cell, for a row of controls; the link keeps both.

    Returns:
        The network, as ``rnnviz.characters.load`` knows it.
    """
    subject = controls.choice("What it has read", SUBJECTS, key="characters.subject")
    cell = controls.choice("Cell", _CELLS, key="characters.cell", default=CELL_LABELS["lstm"])
    return f"{subject}-{cell}"


def subject_of(name: str) -> str:
    """What a network has read, as its name begins: ``python`` or ``shakespeare``."""
    return name.partition("-")[0]


def label(name: str) -> str:
    """What a network is called: ``Python source, LSTM``."""
    subject, _, cell = name.partition("-")
    subjects = {begin: title for title, begin in SUBJECTS.items()}
    labels = {kind: title for title, kind in _CELLS.items()}
    return f"{subjects[subject]}, {labels[cell.partition('@')[0]]}"  # type: ignore[index]


SIGNS: Final = {" ": "␣", "\n": "↵", "\t": "⇥"}
"""What stands for characters that leave no ink."""


def sign(symbol: str) -> str:
    """A character as it is shown: where it leaves no ink, a sign."""
    return SIGNS.get(symbol) or (symbol if symbol.isprintable() else f"U+{ord(symbol):04X}")


def signs(text: str) -> str:
    """A text on one line, with nothing in it that leaves no ink."""
    return "".join(map(sign, text))
