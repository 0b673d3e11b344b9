"""Trained networks where they are chosen: an example to read, and descriptions."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from rnnviz.caching import cached
from rnnviz.checkpoints import Checkpoint, load
from rnnviz.checkpoints.reviews import FAMILY as REVIEWS
from rnnviz.memory_grid import label_of
from rnnviz.names import CELL_LABELS
from rnnviz.places import ASSETS
from rnnviz.runs import NETWORK
from rnnviz.tasks import CLOSE, Task, task
from rnnviz.text import fold
from rnnviz.ui.selection import Selection, cells_of, families, own_families, tokens_in

SAMPLES: Final = ASSETS / "samples"
UNTRAINED: Final = "Untrained, as they start"
LABELS: Final = {
    "latch": "Trained: the first word",
    "adding": "Trained: a marked sum",
    "brackets": "Trained: bracket depth",
    "counting": "Trained: counting",
    "digit-word": "Trained: a digit’s word",
    "parity": "Trained: parity of bits",
    "word-classes": "Trained: parts of speech",
    "reviews-bilstm": "Trained: reviews, ours",
    "reviews-lecture-bilstm": "Trained: reviews, the lecture’s BiLSTM",
    "reviews-lecture-lstm": "Trained: reviews, the lecture’s LSTM",
}
"""For each family that ships."""

LEARNED: Final = {
    "latch": "say at the end whether the first of {length} words was yes or no",
    "adding": "add the two marked numbers of {length}",
    "copy": "repeat ten symbols after {length} blanks",
    "order": "say which of two symbols came first among {length}",
    "brackets": "say after each character how deep in brackets it stands",
}
"""What each task asks for."""

UNKNOWN_MET: Final = ("latch", "brackets")
"""Tasks whose sequences also contain words or characters outside the vocabulary."""

_ROWS: Final = 10
_REVIEW: Final = "I expected it to be great, but it was terrible: an hour of wooden talk, and not one good joke."


def example_of(known: Checkpoint) -> str:
    """A text of the kind that a network was trained on: one of ours, or one drawn as in training."""
    return _sample(known.family) or another_example(known, 0)


def another_example(known: Checkpoint, seed: int) -> str:
    """A text of the kind that a network was trained on, a different one for each seed; of reviews there is one.

    Where nothing is known of its training, a network of numbers gets random ones.
    """
    if known.task is None and known.splits == "numbers":
        rows = np.random.default_rng(seed).standard_normal((_ROWS, known.model.input_size))
        return "\n".join(" ".join(f"{number:.2f}" for number in row) for row in rows)
    return task(known.task).example(seed).text if known.task else _REVIEW


@cached(64)
def _sample(family: str) -> str:
    """Our text for a family of networks; empty if there is none."""
    sample = SAMPLES / f"{'reviews' if family.startswith(REVIEWS) else family}.txt"
    return sample.read_text(encoding="utf-8").strip() if sample.is_file() else ""


def to_choose(also: str = "") -> list[str]:
    """The trained networks to choose from: "" for untrained, those that ship, those trained here, and ``also``."""
    listed = dict.fromkeys(("", *families(), *own_families(), also))
    return list(listed)


def label(family: str) -> str:
    """The label of a family of trained networks in a choice."""
    if not family:
        return UNTRAINED
    return LABELS.get(family) or label_of(family) or f"Trained here: {_told(family)}"


def what_it_reads(selection: Selection, known: Checkpoint) -> str:
    """What a trained network takes as input, and what of the present input it does not know."""
    if known.splits == "numbers":
        return f"A row is a time step of {known.model.input_size} numbers, as in training."
    step = "character" if known.splits == "characters" else "word"
    unknown = sorted(set(map(fold, tokens_in(selection))) - set(known.vocabulary))
    said = f"A {step} is a time step. It was trained on {len(known.vocabulary) - 1} of them"
    if not unknown:
        return f"{said} and knows all of these."
    met = ", which it met in training too" if known.task and known.task.name in UNKNOWN_MET else ""
    return f"{said}; to it these are one unknown{met}: {' '.join(unknown[:12])}{' …' * (len(unknown) > 12)}"


def what_it_learned(known: Checkpoint) -> str:
    """Sizes, training and result of a trained network, in a few words, as far as its card has them."""
    model = known.model
    start = f", {started}" if (started := model.initialisation) else ""
    ways = " a direction" if model.bidirectional else ""
    sizes = f"{CELL_LABELS[model.cell]}, {model.input_size} → {model.hidden_size} units{ways}{start}"
    if known.task is None and "learned" not in known.card and not known.family.startswith(REVIEWS):
        return f"{sizes}. What it was trained for is not known."
    learned, result = _learned(known)
    made = [f"{known.card['updates']:,} updates"] if "updates" in known.card else []
    made += [f"seed {known.card['seed']}"] if "seed" in known.card else []
    measured = "; ".join(filter(None, (result, ", ".join(made))))
    return f"{sizes}, trained{learned}." + (f" {measured}." if measured else "")


def _learned(known: Checkpoint) -> tuple[str, str]:
    """What a network learned, and how well."""
    card = known.card
    accuracy, count = card.get("accuracy"), card.get("held_out")
    if known.task is not None:
        meant = task(known.task)
        length = meant.steps if known.task.name == "latch" else known.task.length
        return f" to {LEARNED[known.task.name].format(length=length)}", _result(card, meant)
    if known.family.startswith(REVIEWS):
        right = "" if accuracy is None or count is None else f"Of {count:,} held-out reviews {accuracy:.1%} right"
        return " to say whether a review praises", right
    right = "" if accuracy is None else f"Right {accuracy:.1%} {card.get('measured', '')}".rstrip()
    return f" to {card['learned']}" if "learned" in card else "", right


def _told(family: str) -> str:
    """The task of a run, whose own name is made of digits; a network that somebody named keeps its name."""
    cells = cells_of(family) if NETWORK.fullmatch(family) else ()
    if not cells:
        return family
    known = load(f"{family}-{cells[0]}")
    return f"{known.task.name}, T = {known.task.length}, seed {known.model.seed}" if known.task else family


def _result(card: Mapping[str, Any], meant: Task) -> str:
    """The result on held-out data, beside what guessing or remembering nothing reaches."""
    if any(card.get(name) is None for name in ("accuracy", "loss", "held_out")):
        return ""
    right = f"right, guessing {meant.chance:.0%}" if meant.classes else f"within {CLOSE:g}"
    return (
        f"Of {card['held_out']:,} held-out sequences {card['accuracy']:.1%} {right}; loss {card['loss']:.3g}, without "
        f"memory {meant.baseline:.3g}"
    )
