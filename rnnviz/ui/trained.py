"""What is said of trained networks where they are chosen."""

from collections.abc import Mapping
from typing import Any, Final

from rnnviz.checkpoints import Checkpoint
from rnnviz.memory_grid import label_of
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

TASK_LABELS: Final = {
    "latch": "latch over",
    "adding": "adding in",
    "brackets": "brackets in",
    "copy": "copy over",
    "order": "temporal order in",
}
"""Before the task's length."""


def to_choose(also: str = "") -> list[str]:
    """The trained networks to choose from, after "" for untrained; and one more that is on show already."""
    shipped = list(families())
    return ["", *shipped, *([also] if also and also not in shipped else [])]


def label(family: str) -> str:
    """A family of trained networks as a choice is labelled."""
    if not family:
        return UNTRAINED
    return LABELS.get(family) or label_of(family) or f"Trained here: {family}"


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
    model, spec, card = known.model, known.trained_by, known.card
    start = f", {started}" if (started := spec.model.initialisation) else ""
    sizes = f"{CELL_LABELS[model.cell]}, {model.input_size} → {model.hidden_size} units{start}"
    made = f"{TASK_LABELS[known.task.name]} {known.task.length}, seed {spec.seeds[0]}"
    updates = f", {card['updates']:,} updates" if "updates" in card else ""
    return f"{sizes}. Trained on {made}{updates}. {_result(card)}".rstrip()


def _result(card: Mapping[str, Any]) -> str:
    """What was measured on held-out data, beside what remembers nothing."""
    if card.get("accuracy") is None or card.get("loss") is None:
        return ""
    return (
        f"Of {card['held_out']:,} held-out sequences {card['accuracy']:.1%} right; loss {card['loss']:.3g}, without "
        f"memory {card['baseline']:.3g}."
    )
