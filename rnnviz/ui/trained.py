"""What is said of trained networks where they are chosen."""

from typing import Final

from rnnviz.checkpoints import Checkpoint
from rnnviz.names import CELL_LABELS
from rnnviz.ui.selection import Selection, families, tokens_in

UNTRAINED: Final = "Untrained, as they start"
LABELS: Final = {
    "latch": "Trained: remember the first symbol",
    "adding": "Trained: add two marked numbers",
    "brackets": "Trained: how deep in brackets",
    "copy": "Trained: copy what was read",
    "order": "Trained: which came first",
}
"""Of each task."""


def to_choose(also: str = "") -> list[str]:
    """The trained networks to choose from, after "" for untrained; and one more that is on show already."""
    shipped = list(families())
    return ["", *shipped, *([also] if also and also not in shipped else [])]


def label(family: str) -> str:
    """A family of trained networks as a choice is labelled."""
    if not family:
        return UNTRAINED
    return LABELS.get(family, f"Trained here: {family}")


def what_it_reads(selection: Selection, known: Checkpoint) -> str:
    """What a trained network takes as input, and what of the present one it does not know."""
    if known.splits == "numbers":
        return f"A row is a time step of {known.model.input_size} numbers, as in training."
    step = "character" if known.splits == "characters" else "word"
    unknown = sorted(set(tokens_in(selection)) - set(known.vocabulary))
    said = f"A {step} is a time step. It was trained on {len(known.vocabulary) - 1} of them"
    if not unknown:
        return f"{said} and knows all of these."
    return f"{said}; to it these are one unknown: {' '.join(unknown[:12])}{' …' * (len(unknown) > 12)}"


def what_it_learned(known: Checkpoint) -> str:
    """Sizes, training and result of a trained network, in a few words."""
    model = known.model
    sizes = f"{CELL_LABELS[model.cell]}, {model.input_size} → {model.hidden_size} units"
    return f"{sizes}. {known.card.get('said', '')}"
