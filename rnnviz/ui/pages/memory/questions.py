"""Predictions on the page "Memory": networks on longer sequences than in training, and how soon they learned."""

import math
from functools import partial
from typing import Final

import numpy as np

from rnnviz import checkpoints, memory_grid
from rnnviz.history import NEVER
from rnnviz.memory_grid import REGIMES, VARIANTS, MemoryTask, Variant
from rnnviz.outcome import Outcome
from rnnviz.spec import TaskSpec
from rnnviz.tasks import Batch, task
from rnnviz.ui.shell.question import Answer, Question, Questions, between, listed, number, seeded

COUNT: Final = 100
"""Sequences that a network is tested on."""

SCORES: Final = (60.0, 95.0)
_RIGHT: Final = ("Fewer than 60", "60 to 95", "More than 95")
SOON: Final = (50, 100, 250)
"""Edges between the options for how soon, in updates; scores are measured every 50."""

_SOON: Final = ("50 or fewer", "100", "150 to 250", "300 or more", "They did not solve it")
UNSOLVED: Final = ("copy",)
"""Tasks that no network has solved within its updates."""

LETTERS: Final = (0.15, 0.3, 0.4)
_LETTERS: Final = ("Up to 15 %, about as many as by guessing", "15 to 30 %", "30 to 40 %", "More than 40 %")
OFFERED: Final = (
    (Variant("rnn"), 10, 30),
    (Variant("gru"), 10, 100),
    (Variant("lstm", 1.0), 20, 100),
    (Variant("rnn"), 5, 15),
    (Variant("lstm", 3.0), 40, 120),
    (Variant("lstm"), 10, 100),
)
"""Cells with a distance from their training and one that they have not learned."""


def ask(view: str, name: MemoryTask, length: int | None = None) -> Questions:
    """What a network does with sequences of another length, or how soon it learned the task if no grid is on show.

    Args:
        view: One of "grid", "tasks", "windows".
        length: The distance that is drawn.
    """
    if view == "tasks":
        return _solving(name, length or REGIMES[name].usual[0])
    prefix = "" if name == "latch" else "No network for this task ships, so this question uses the task “Latch”. "
    return tuple(_longer(prefix, variant, learned, read) for variant, learned, read in OFFERED)


# --- Longer sequences ---


def _longer(prefix: str, variant: Variant, learned: int, read: int) -> Question:
    text = (
        f"{prefix}The {variant.label} of seed 0 has learned the task at T = {learned}. It is given {COUNT} new "
        f"sequences of T = {read}. How many does it classify correctly? Guessing gets 50."
    )
    return Question(("memory", variant, learned, read), text, _RIGHT, partial(_answers, variant, learned, read))


def _answers(variant: Variant, learned: int, read: int) -> Answer:
    known, right = rightly(variant, learned, learned), rightly(variant, learned, read)
    return Answer(
        between(right, SCORES),
        f"{right} of {COUNT}, and {known} of {COUNT} at the T = {learned} of its training.",
        _TURNS if variant.cell == "rnn" else _HOLDS,
    )


_TURNS: Final = (
    "A plain RNN changes its state at every step. A state that means one thing after some steps can mean nothing, "
    "or the opposite, after more steps."
)
_HOLDS: Final = (
    "With a gate near 1 a state may last longer than in training. A state that fades, or that distractors change, "
    "does not."
)


def rightly(variant: Variant, learned: int, length: int) -> int:
    """How many of ``COUNT`` latch sequences of distance ``length`` a network trained on ``learned`` gets right."""
    from rnnviz.stepping import record

    family = memory_grid.shipped_networks()[memory_grid.cell_spec(TaskSpec("latch", learned), variant)]
    known = checkpoints.load(f"{family}-{variant.cell}")
    batch = sequences(length)
    vectors = known.vectors(list(known.vocabulary))  # (token, feature)
    read = 0
    for row, wanted in zip(batch.x, batch.y[:, 0], strict=True):
        said = record(known.model, vectors[row], [""] * len(row)).output_layer
        read += said is not None and int(said.logits[-1].argmax()) == int(wanted)
    return read


def sequences(length: int) -> Batch:
    """New latch sequences, always the same."""
    return task(TaskSpec("latch", length)).draw(COUNT, np.random.default_rng([7, length]))


# --- How soon they have learned it ---


def _solving(name: MemoryTask, length: int) -> Questions:
    usual = min(REGIMES[name].usual, key=lambda one: abs(one - length))
    order = seeded("memory", name, usual).permutation(len(VARIANTS)).tolist()
    about = _copied if name in UNSOLVED else _solved
    return tuple(about(TaskSpec(name, usual), VARIANTS[k]) for k in order)


def _trained(spec: TaskSpec, variant: Variant) -> str:
    steps = memory_grid.regime_of(spec.name).steps
    return (
        f"Three networks of the kind {variant.label} were trained on this task at T = {spec.length}, {steps:,} updates "
        "at most."
    )


def _solved(spec: TaskSpec, variant: Variant) -> Question:
    text = f"{_trained(spec, variant)} After how many updates had two of the three solved it?"
    return Question(("memory", spec, variant), text, _SOON, partial(_how_soon, spec, variant))


def _how_soon(spec: TaskSpec, variant: Variant) -> Answer:
    outcome = _outcome(spec, variant)
    first, second, last = sorted(at if at != NEVER else math.inf for at in outcome.solved_at)
    at = [f"after {step:,.0f} updates" if step < math.inf else "never" for step in (first, second, last)]
    return Answer(
        (sum(second > edge for edge in SOON) if second < math.inf else len(SOON) + 1,),
        f"The three solved it {listed(at)}. Their last scores are {_scores(outcome)}.",
        "Before a network has learned to keep what it has to remember, almost no gradient reaches it from the output.",
    )


def _copied(spec: TaskSpec, variant: Variant) -> Question:
    text = f"{_trained(spec, variant)} None solved it. How many of the letters are correct at the end, on average?"
    return Question(("memory", spec, variant), text, _LETTERS, partial(_how_many, spec, variant))


def _how_many(spec: TaskSpec, variant: Variant) -> Answer:
    outcome = _outcome(spec, variant)
    return Answer(
        between(sum(outcome.last) / len(outcome.last), LETTERS),
        f"The shares of seeds 0, 1 and 2 are {_scores(outcome)}.",
        "Ten letters have to go through one state, and the first has to be kept as long as the last.",
    )


def _outcome(spec: TaskSpec, variant: Variant) -> Outcome:
    return memory_grid.shipped()[memory_grid.cell_spec(spec, variant)]


def _scores(outcome: Outcome) -> str:
    return listed([number(one) for one in outcome.last])
