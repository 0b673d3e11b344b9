"""Predictions on the page "Memory": longer sequences, which kind learns a task, how far a window reaches."""

import math
from collections.abc import Callable
from functools import partial
from itertools import combinations
from typing import Final

from rnnviz import memory_grid
from rnnviz.history import NEVER
from rnnviz.memory_grid import REGIMES, VARIANTS, MemoryTask, Variant
from rnnviz.outcome import Outcome
from rnnviz.spec import TaskSpec
from rnnviz.ui.shell.question import Answer, Question, Questions, leader, listed, seeded, share

Pair = tuple[Variant, Variant]

COUNT: Final = 100
"""Sequences that a network is tested on."""

SCORES: Final = (60.0, 95.0)
_RIGHT: Final = ("Fewer than 60", "60 to 95", "More than 95")
INTERVAL: Final = 50
"""Updates from one measurement of a score to the next: a smaller difference in time is none."""

UNSOLVED: Final = ("copy",)
"""Tasks that no network has solved within its updates."""

OFFERED: Final = (
    (Variant("rnn"), 10, 30, 100, 35),
    (Variant("gru"), 10, 100, 100, 99),
    (Variant("lstm", 1.0), 20, 100, 100, 100),
    (Variant("rnn"), 5, 15, 100, 10),
    (Variant("lstm", 3.0), 40, 120, 99, 100),
    (Variant("lstm"), 10, 100, 100, 100),
)
"""Cells with a distance from their training and one that they have not learned, and how many of ``COUNT`` new sequences
of each they classify correctly. To count them takes many seconds."""

WINDOWS: Final = ((10, 25), (5, 25), (20, 25), (8, 40))
"""Windows of truncated backpropagation, and how many steps a sequence has."""


def ask(view: str, name: MemoryTask, length: int | None = None) -> Questions:
    """What a network does with longer sequences, which kind learned a task better, or how far a window reaches.

    Args:
        view: One of "grid", "tasks", "windows".
        length: The distance that is drawn.
    """
    if view == "tasks":
        return _better(name, length or REGIMES[name].usual[0])
    if view == "windows":
        return tuple(_window(*one) for one in WINDOWS)
    return tuple(_longer(*one) for one in OFFERED) if name == "latch" else ""


# --- Longer sequences ---


def _longer(variant: Variant, learned: int, read: int, known: int, right: int) -> Question:
    text = (
        f"The {variant.label} of seed 0 has learned the task at T = {learned}. It is given {COUNT} new sequences of "
        f"T = {read}. How many does it classify correctly? Guessing gets 50."
    )
    answer = Answer(
        (sum(right > edge for edge in SCORES),),
        f"{right} of {COUNT}, and {known} of {COUNT} at the T = {learned} of its training.",
        _TURNS if variant.cell == "rnn" else _HOLDS,
    )
    return Question(("memory", variant, learned, read), text, _RIGHT, lambda: answer)


_TURNS: Final = (
    "A plain RNN computes its whole state anew at each step. A state that means one thing after some steps can "
    "mean nothing, or the opposite, after more steps."
)
_HOLDS: Final = (
    "With a gate near 1 a state may last longer than in training. A state that fades, or that distractors change, "
    "does not."
)


# --- How far a window reaches ---


def _window(window: int, steps: int) -> Question:
    text = (
        f"A sequence has the steps t = 0 to {steps - 1}, and the only loss is at the last one. Backpropagation is "
        f"truncated to windows of {window} steps, counted from the last step. What is the earliest step that gets a "
        "gradient?"
    )
    first = steps - window
    options = tuple(f"t = {t}" for t in sorted({0, first, steps - 1, min(window, steps - 2)}))
    return Question(("memory", "window", window, steps), text, options, partial(_reached, window, steps, options))


def _reached(window: int, steps: int, options: tuple[str, ...]) -> Answer:
    first = steps - window
    return Answer(
        (options.index(f"t = {first}"),),
        f"The last window holds the {window} steps from t = {first} to {steps - 1}.",
        "No gradient crosses the border of a window, so the network cannot learn from the loss what to keep before it.",
    )


# --- Which kind has learned it better ---


def _better(name: MemoryTask, length: int) -> Questions:
    lengths = sorted(REGIMES[name].usual, key=lambda one: abs(one - length))
    about = _more_letters if name in UNSOLVED else _sooner
    return tuple(about(TaskSpec(name, one), pair) for one in lengths for pair in _pairs(name, one))


def _pairs(name: MemoryTask, length: int) -> list[Pair]:
    pairs = list(combinations(VARIANTS, 2))
    return [pairs[k] for k in seeded("memory", name, length).permutation(len(pairs)).tolist()]


def _trained(spec: TaskSpec, pair: Pair) -> str:
    steps = memory_grid.regime_of(spec.name).steps
    names = " and of ".join(f"the kind {variant.label}" for variant in pair)
    return (
        f"Networks of {names}, three of each, were trained on this task (T = {spec.length}, at most {steps:,} updates)."
    )


def _question(spec: TaskSpec, pair: Pair, text: str, answer: Callable[[TaskSpec, Pair], Answer]) -> Question:
    options = tuple(variant.label for variant in pair)
    return Question(("memory", spec, pair), f"{_trained(spec, pair)} {text}", options, partial(answer, spec, pair))


def _sooner(spec: TaskSpec, pair: Pair) -> Question:
    return _question(spec, pair, "Which kind solved it sooner? “Never” counts as later.", _solved)


def _solved(spec: TaskSpec, pair: Pair) -> Answer:
    at = [[step if step != NEVER else math.inf for step in _outcome(spec, variant).solved_at] for variant in pair]
    said = "; ".join(f"{variant.label}: {_updates(steps)}" for variant, steps in zip(pair, at, strict=True))
    right = _apart([[1 / step for step in steps] for steps in at])
    is_measured = bool(right) and min(at[1 - right[0]]) - max(at[right[0]]) > INTERVAL
    return Answer(
        right if is_measured else (),
        f"{said}.",
        "Before a network has learned to keep what it has to remember, almost no gradient reaches it from the output. "
        "The further a gate is open at the start, the more of it arrives.",
    )


def _updates(steps: list[float]) -> str:
    at = [f"{step:,.0f}" if step < math.inf else "never" for step in sorted(steps)]
    return (
        f"after {listed(at)} updates"
        if math.inf not in steps
        else listed([f"after {one}" * (one != "never") or one for one in at])
    )


def _more_letters(spec: TaskSpec, pair: Pair) -> Question:
    return _question(spec, pair, "None solved it. Which kind has more of the letters correct at the end?", _letters)


def _letters(spec: TaskSpec, pair: Pair) -> Answer:
    last = [list(_outcome(spec, variant).last) for variant in pair]
    said = "; ".join(
        f"{variant.label}: {listed([share(one) for one in row])}" for variant, row in zip(pair, last, strict=True)
    )
    return Answer(
        _apart(last),
        f"{said}.",
        "Ten letters have to go through one state, and the first has to be kept as long as the last.",
    )


def _apart(rows: list[list[float]]) -> tuple[int, ...]:
    """Which row is larger, if its mean leads by the margin and each of its numbers is above all of the other."""
    right = leader([sum(row) / len(row) for row in rows])
    return right if right and min(rows[right[0]]) > max(rows[1 - right[0]]) else ()


def _outcome(spec: TaskSpec, variant: Variant) -> Outcome:
    return memory_grid.shipped()[memory_grid.cell_spec(spec, variant)]
