"""The choice of a character network: what it has read, and its cell."""

from typing import Final

from rnnviz.names import CELL_LABELS, Cell
from rnnviz.ui.widgets import controls

SUBJECTS: Final = {"Python source": "python", "Shakespeare": "shakespeare"}
"""What the networks have learned to write, and how their names begin."""

TIMES: Final = ("Start", "Early", "Middle", "End")
"""The names of the snapshots of one training, in their order."""

_CELLS: Final[dict[str, Cell]] = {label: cell for cell, label in CELL_LABELS.items()}


def picker() -> str:
    """The network, as ``rnnviz.characters.load`` knows it, by the controls of subject and cell; the link has both."""
    subject = controls.choice("Training text", SUBJECTS, key="characters.subject")
    cell = controls.choice("Cell", _CELLS, key="characters.cell", default=CELL_LABELS["lstm"])
    return f"{subject}-{cell}"


def subject_of(name: str) -> str:
    """What a network has read, from the beginning of its name: ``python`` or ``shakespeare``."""
    return name.partition("-")[0]


def label(name: str) -> str:
    """A network's name on the page: ``Python source, LSTM``."""
    subject, _, cell = name.partition("-")
    subjects = {begin: title for title, begin in SUBJECTS.items()}
    labels = {kind: title for title, kind in _CELLS.items()}
    return f"{subjects[subject]}, {labels[cell.partition('@')[0]]}"  # type: ignore[index]


SIGNS: Final = {" ": "␣", "\n": "↵", "\t": "⇥"}
"""Signs in place of invisible characters."""


def sign(symbol: str) -> str:
    """A character as it is shown; an invisible one as its sign."""
    return SIGNS.get(symbol) or (symbol if symbol.isprintable() else f"U+{ord(symbol):04X}")


def signs(text: str) -> str:
    """A text on one line, with signs in place of invisible characters."""
    return "".join(map(sign, text))
