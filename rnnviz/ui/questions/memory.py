"""Predictions on the page "Memory": networks on longer sequences than they have learned, and how many have learned."""

from functools import partial
from typing import Final

import numpy as np

from rnnviz import checkpoints, memory_grid
from rnnviz.memory_grid import REGIMES, VARIANTS, MemoryTask, Variant
from rnnviz.spec import TaskSpec
from rnnviz.tasks import Batch, task
from rnnviz.ui.questions.question import Answer, Asked, Question, between, number, seeded

COUNT: Final = 100
"""Sequences that a network is asked."""

SCORES: Final = (60.0, 95.0)
_RIGHT: Final = ("Fewer than 60", "60 to 95", "More than 95")
_MANY: Final = ("None", "One", "Two", "All three")
OFFERED: Final = (
    (Variant("rnn"), 10, 30),
    (Variant("gru"), 10, 100),
    (Variant("lstm", 1.0), 20, 100),
    (Variant("rnn"), 5, 15),
    (Variant("lstm", 3.0), 40, 120),
    (Variant("lstm"), 10, 100),
)
"""Cells with the distance that they have learned and one that they have not."""


def ask(view: str, name: MemoryTask, length: int | None = None) -> Asked:
    """What a network does with sequences of another length, or how many learned the task where no grid is on show.

    Parameters
    ----------
    view : {"grid", "tasks", "windows"}
    name : {"latch", "adding", "copy", "order"}
    length : int, optional
        The distance that is drawn.

    Returns
    -------
    tuple of Question
    """
    if view == "tasks":
        return _solving(name, length or REGIMES[name].usual[0])
    prefix = "" if name == "latch" else "No network of this task ships, so this is one of the task “Latch”. "
    return tuple(_longer(prefix, variant, learned, read) for variant, learned, read in OFFERED)


# --- Longer sequences ---


def _longer(prefix: str, variant: Variant, learned: int, read: int) -> Question:
    text = (
        f"{prefix}The {variant.label} of seed 0 has learned the task at T = {learned}. It is given {COUNT} new "
        f"sequences of T = {read}. How many does it answer rightly, where guessing gets 50?"
    )
    return Question(("memory", variant, learned, read), text, _RIGHT, partial(_answers, variant, learned, read))


def _answers(variant: Variant, learned: int, read: int) -> Answer:
    known, right = rightly(variant, learned, learned), rightly(variant, learned, read)
    return Answer(
        between(right, SCORES),
        f"{right} of {COUNT}, and {known} of {COUNT} at the T = {learned} that it learned.",
        _TURNS if variant.cell == "rnn" else _HOLDS,
    )


_TURNS: Final = (
    "A plain RNN turns its state on at every step: what it has learned to read off after some steps can mean nothing, "
    "or the opposite, after more."
)
_HOLDS: Final = (
    "A state that a gate near 1 holds may outlast what was trained; one that fades, or that fillers disturb, does not."
)


def rightly(variant: Variant, learned: int, length: int) -> int:
    """How many of ``COUNT`` new latch sequences a shipped network answers rightly.

    Parameters
    ----------
    variant : Variant
    learned : int
        The distance that it has learned.
    length : int
        The distance of the sequences.

    Returns
    -------
    int
    """
    from rnnviz.stepping import record

    family = memory_grid.shipped_networks()[memory_grid.cell_spec(TaskSpec("latch", learned), variant)]
    known = checkpoints.load(f"{family}-{variant.cell}")
    batch = sequences(length)
    vectors = known.vectors(list(known.vocabulary))  # (token, feature)
    read = 0
    for row, wanted in zip(batch.x, batch.y[:, 0], strict=True):
        said = record(known.model, vectors[row], [""] * len(row)).read_out
        read += said is not None and int(said.logits[-1].argmax()) == int(wanted)
    return read


def sequences(length: int) -> Batch:
    """New latch sequences, always the same."""
    return task(TaskSpec("latch", length)).draw(COUNT, np.random.default_rng([7, length]))


# --- How many have learned it ---


def _solving(name: MemoryTask, length: int) -> Asked:
    usual = min(REGIMES[name].usual, key=lambda one: abs(one - length))
    order = seeded("memory", name, usual).permutation(len(VARIANTS)).tolist()
    return tuple(_solved(TaskSpec(name, usual), VARIANTS[k]) for k in order)


def _solved(spec: TaskSpec, variant: Variant) -> Question:
    steps = memory_grid.regime_of(spec.name).steps
    text = (
        f"Three networks of the kind {variant.label} were trained on this task at T = {spec.length}, {steps:,} updates "
        "at most. How many of them solved it?"
    )
    return Question(("memory", spec, variant), text, _MANY, partial(_how_many, spec, variant))


def _how_many(spec: TaskSpec, variant: Variant) -> Answer:
    outcome = memory_grid.shipped_of(memory_grid.cell_spec(spec, variant))
    if outcome is None:
        return Answer((), "Its outcome does not ship.", "")
    at = [f"after {step:,} updates" if step >= 0 else "never" for step in outcome.solved_at]
    scores = ", ".join(number(one) for one in outcome.last)
    return Answer(
        (outcome.solved,),
        f"Seeds 0, 1 and 2: {', '.join(at)}; their last scores are {scores}.",
        "Before a network has learned to hold the first symbol, hardly any gradient comes back to it from the answer.",
    )
