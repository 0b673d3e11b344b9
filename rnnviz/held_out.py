"""Sequences that a trained network has not been trained on, with their targets, to measure what a change does to it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from rnnviz.answers import classes_of
from rnnviz.checkpoints import UNKNOWN, Checkpoint
from rnnviz.checkpoints.reviews import model_of
from rnnviz.tasks import CLOSE, Task, task

CHARACTERS: Final = 100
"""Characters of a sequence of held-out text."""

_SOURCE: Final = "characters-python"
_STRANGER: Final = "*"


@dataclass(frozen=True, eq=False)
class HeldOut:
    """Some sequences.

    Attributes:
        tokens: Of each sequence a label a step.
        x: Of shape (batch, time, feature), float32; zeros after the end of a sequence.
        lengths: Of shape (batch,). The true steps.
        targets: Of each sequence the target of each step, empty where none is asked for.
        described: What they are, in words that follow on "of".
    """

    tokens: tuple[tuple[str, ...], ...]
    x: np.ndarray
    lengths: np.ndarray
    targets: tuple[tuple[str, ...], ...]
    described: str


def held_out(known: Checkpoint, count: int = 100) -> HeldOut:
    """Held-out sequences of a network that ships, always the same.

    Raises:
        ValueError: If none of the network are known here.

    >>> from rnnviz import checkpoints
    >>> from rnnviz.held_out import held_out
    >>> found = held_out(checkpoints.load("brackets-gru"), 3)
    >>> len(found.tokens), found.x.shape[0], found.targets[0][0] in "01"
    (3, 3, True)
    """
    if known.task is not None:
        return _of_task(known, task(known.task), count)
    draw = _reviews if model_of(known.name) else _DRAWN.get(known.family)
    if draw is None:
        raise ValueError(f"{known.name} must have held-out sequences here; there are none")
    tokens, targets, described = draw(known, count)
    x, lengths = _padded([known.vectors(one) for one in tokens])
    return HeldOut(tuple(tokens), x, lengths, tuple(targets), described)


def correct(known: Checkpoint, held: HeldOut, states: np.ndarray) -> np.ndarray:
    """The share of each sequence's targets that the network outputs, from the states of its top layer: (batch,).

    Args:
        states: Of shape (batch, time, direction * unit), float32, as ``interventions.each_alone`` gives them.

    Raises:
        ValueError: If the network has no output layer that is known here.

    >>> import numpy as np
    >>> from rnnviz import checkpoints
    >>> from rnnviz.held_out import correct, held_out
    >>> known = checkpoints.load("brackets-gru")
    >>> found = held_out(known, 2)
    >>> correct(known, found, np.zeros((*found.x.shape[:2], 32), np.float32)).shape
    (2,)
    """
    if reviewer := model_of(known.name):
        return _reviewed(reviewer, held, states)
    if "head.weight" not in known.weights:
        raise ValueError(f"{known.name} must have an output layer; there is none")
    logits = states @ known.weights["head.weight"].T + known.weights["head.bias"]  # (batch, time, output)
    classes = classes_of(known)
    return np.array([_share(classes, logits[k], wanted) for k, wanted in enumerate(held.targets)])


def _share(classes: Sequence[str], logits: np.ndarray, wanted: Sequence[str]) -> float:
    asked = [t for t, target in enumerate(wanted) if target]
    if not classes:
        return float(np.mean([abs(logits[t, 0] - float(wanted[t])) < CLOSE for t in asked]))
    return float(np.mean([classes[int(logits[t].argmax())] == wanted[t] for t in asked]))


def _reviewed(name: str, held: HeldOut, states: np.ndarray) -> np.ndarray:
    from rnnviz import sentiment

    model = sentiment.load(name)
    said = [model.concluded(own[:length]) for own, length in zip(states, held.lengths.tolist(), strict=True)]
    wanted = [targets[-1] for targets in held.targets]
    return np.array([(p >= 0.5) == (target == "positive") for p, target in zip(said, wanted, strict=True)], float)


def _of_task(known: Checkpoint, meant: Task, count: int) -> HeldOut:
    batch = meant.held_out(max(count, 1))
    names = meant.vocabulary
    if names:
        strange = _STRANGER if meant.splits == "characters" else "hmm"
        tokens = [tuple(strange if names[k] == UNKNOWN else names[k] for k in row) for row in batch.x]
        x = np.stack([known.vectors(row) for row in tokens])
    else:
        tokens = [tuple(" ".join(f"{number:.3g}" for number in row) for row in one) for one in batch.x]
        x = batch.x.astype(np.float32)
    unasked = ("",) * (meant.steps - meant.scored)
    targets = [
        (*unasked, *(meant.classes[int(k)] if meant.classes else f"{k:.7g}" for k in row[-meant.scored :]))
        for row in batch.y
    ]
    lengths = np.full(len(x), x.shape[1])
    return HeldOut(tuple(tokens), x, lengths, tuple(targets), f"{count:,} held-out sequences of its task")


Drawn = tuple[list[tuple[str, ...]], list[tuple[str, ...]], str]
"""Tokens and targets of each sequence, and what they are."""


def _reviews(known: Checkpoint, count: int) -> Drawn:
    from rnnviz.sentiment import synthetic
    from rnnviz.sentiment.reading import tokens_of

    test = synthetic.reviews(1)["test"]
    tokens = [tokens_of(text, has_marks=known.splits == "review") for text in test.texts[:count]]
    labels = ["positive" if label else "negative" for label in test.labels[:count]]
    targets = [("",) * (len(own) - 1) + (label,) for own, label in zip(tokens, labels, strict=True)]
    return tokens, targets, f"{len(tokens):,} synthetic reviews"


def _source(known: Checkpoint, count: int) -> Drawn:
    text = _held_out_source()[: count * CHARACTERS + 1]
    starts = range(0, len(text) - CHARACTERS, CHARACTERS)
    tokens = [tuple(text[start : start + CHARACTERS]) for start in starts]
    targets = [
        tuple(one if one in known.vocabulary else "" for one in text[start + 1 : start + CHARACTERS + 1])
        for start in starts
    ]
    return tokens, targets, f"{len(tokens):,} pieces of {CHARACTERS} characters of held-out Python source"


@lru_cache(maxsize=1)
def _held_out_source() -> str:
    from rnnviz.characters import neurons

    return neurons.held_out_source()


def _parity(_: Checkpoint, count: int) -> Drawn:
    from rnnviz.sequences import lessons

    pairs = lessons.bits(np.random.default_rng([0, 2**32 - 1]), count, lessons.TRAINED_BITS, lessons.TRAINED_BITS)
    lesson = lessons.LESSONS["parity"]
    return *_in_words(
        lesson.tokens, lesson.answers, pairs
    ), f"{count:,} random sequences of {lessons.TRAINED_BITS} bits"


def _word_classes(_: Checkpoint, count: int) -> Drawn:
    from rnnviz.sequences import lessons

    lesson = lessons.LESSONS["word-classes"]
    pairs = lessons.held_out_sentences(count)
    return *_in_words(lesson.tokens, lesson.answers, pairs), f"{count:,} held-out sentences"


def _in_words(
    tokens: Sequence[str], answers: Sequence[str], pairs: Sequence[tuple[list[int], list[int]]]
) -> tuple[list[tuple[str, ...]], list[tuple[str, ...]]]:
    inputs = [tuple(tokens[k] for k in own) for own, _ in pairs]
    return inputs, [tuple(answers[k] for k in own) for _, own in pairs]


_DRAWN: Final[dict[str, Callable[[Checkpoint, int], Drawn]]] = {
    _SOURCE: _source,
    "parity": _parity,
    "word-classes": _word_classes,
}


def _padded(rows: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    lengths = np.array([len(row) for row in rows])
    x = np.zeros((len(rows), lengths.max(), rows[0].shape[1]), np.float32)
    for k, row in enumerate(rows):
        x[k, : len(row)] = row
    return x, lengths
