"""Tasks that need memory, from a TaskSpec: batches drawn by a seed, which answers are right, a worked example."""

import math
import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import product
from typing import Final, Literal

import numpy as np

from rnnviz.checkpoints import UNKNOWN, Splits
from rnnviz.grammars import BITS, GRAMMARS, drawn_words
from rnnviz.spec import TOMITA, ModelSpec, TaskName, TaskSpec

Loss = Literal["cross entropy", "squared error"]

HELD_OUT: Final = 500
"""How many sequences a network is measured on."""

CLOSE: Final = 0.04
"""An answer to adding is right if it is off by less; Hochreiter and Schmidhuber (1997), section 5.4."""


@dataclass(frozen=True, eq=False)
class Batch:
    """Sequences and the answers that are wanted.

    Attributes:
        x: The numbers of tokens, int64 of shape (batch, time); or numbers, float32 of shape (batch, time, feature).
        y: Of shape (batch, asked). The class (int64) or the number (float32) wanted at each of the last steps.
    """

    x: np.ndarray
    y: np.ndarray


@dataclass(frozen=True)
class Example:
    """One sequence with its answers in words.

    Attributes:
        inputs, answers: One a step; an answer is empty where none is asked for.
        text: As a visitor types it into the pages.
    """

    inputs: tuple[str, ...]
    answers: tuple[str, ...]
    text: str


@dataclass(frozen=True, eq=False)
class Task:
    """What a TaskSpec means.

    Attributes:
        vocabulary: The tokens, ``[UNK]`` first; empty for numbers.
        features: Numbers a step; 0 for tokens, which are embedded.
        outputs: The width of the read-out: one logit a class, or one number.
        classes: The answers to choose from; empty where the answer is a number.
        asked, judged: The loss is the mean over so many last steps; an answer is judged at so many last steps.
        baseline, chance: The loss and the score of the best answer that remembers nothing.
    """

    spec: TaskSpec
    steps: int
    splits: Splits
    vocabulary: tuple[str, ...]
    features: int
    outputs: int
    classes: tuple[str, ...]
    asked: int
    scored: int
    baseline: float
    chance: float
    make: Callable[[int, np.random.Generator], Batch]

    @property
    def loss(self) -> Loss:
        """What is minimised."""
        return "cross entropy" if self.classes else "squared error"

    def draw(self, size: int, generator: np.random.Generator) -> Batch:
        """New sequences, the same for a generator in the same state."""
        return self.make(size, generator)

    def held_out(self, size: int = HELD_OUT) -> Batch:
        """The sequences to measure on, always the same; no training draws from their generator."""
        return self.make(size, np.random.default_rng([0, 2**32 - 1]))

    def score(self, outputs: np.ndarray, y: np.ndarray) -> float:
        """How good the outputs (batch, asked, output) are for y (batch, asked): the accuracy, or for adding the loss.

        NaN where an output is NaN.
        """
        if not self.classes:
            return float(np.mean(np.square(outputs[..., 0] - y, dtype=np.float64)))
        return self.accuracy(outputs, y)

    def accuracy(self, outputs: np.ndarray, y: np.ndarray) -> float:
        """The share of right answers, for adding those off by less than ``CLOSE``; shapes as for ``score``."""
        outputs, y = outputs[:, -self.scored :], y[:, -self.scored :]
        if np.isnan(outputs).any():
            return np.nan
        right = outputs.argmax(-1) == y if self.classes else np.abs(outputs[..., 0] - y) < CLOSE
        return float(np.mean(right))

    def reached(self, score: float, goal: float) -> bool:
        """Whether a score is at least as good as a goal."""
        return score >= goal if self.classes else score <= goal

    def fitted(self, model: ModelSpec) -> ModelSpec:
        """The network with the read-out that the task needs, and the width of its numbers."""
        return replace(model, output_size=self.outputs, input_size=self.features or model.input_size)

    def example(self, seed: int = 0) -> Example:
        """One sequence with its answers in words."""
        batch = self.draw(1, np.random.default_rng([seed, 2]))
        if self.vocabulary:
            inputs = tuple(self.vocabulary[k] if k else _STRANGERS[self.splits] for k in batch.x[0])
            text = (" " if self.splits == "words" else "").join(inputs)
        else:
            inputs = tuple(" ".join(f"{number:.3g}" for number in row) for row in batch.x[0])
            text = "\n".join(inputs)
        wanted = [self.classes[k] if self.classes else f"{k:.3g}" for k in batch.y[0]]
        return Example(inputs, ("",) * (self.steps - self.asked) + tuple(wanted), text)


@lru_cache(maxsize=64)
def task(spec: TaskSpec) -> Task:
    """What a TaskSpec means.

    Source: Adding and order: Hochreiter and Schmidhuber (1997), "Long short-term memory", sections 5.4 and 5.6, order
        at the places that the code of Pascanu, Mikolov, Bengio (2013), arXiv 1211.5063, gives its symbols. Copy:
        Arjovsky, Shah, Bengio (2016), arXiv 1511.06464, section 5.1. Flip-flop: Sussillo and Barak (2013),
        with the three signs as one of eight classes. Tomita's grammars: Tomita (1982).
    """
    return _TASKS[spec.name](spec)


_STRANGERS: Final[Mapping[Splits, str]] = {"words": "hmm", "characters": "*"}
"""The token that stands in an example for all that the vocabulary does not have."""

_FILLERS: Final = ("well", "so", "um", "er", "like", "you", "know")
_LETTERS: Final = "abcdefgh"
_MARKS: Final = ".,;:!?-'"
_DEEPEST: Final = 4
_TURNS: Final = 0.12
"""How likely a bracket opens where one may, and closes where one is open."""
_CHANNELS: Final = 3
_PULSES: Final = 0.1
"""How likely a channel of the flip-flop has a pulse at a step."""
_COUNTED: Final = 5000
"""The words of a grammar on which the best answer without memory is counted."""


def _latch(spec: TaskSpec) -> Task:
    """The first word is yes or no, and that is the answer. All that follows, yes and no included, does not matter."""
    vocabulary = (UNKNOWN, "no", "yes", *_FILLERS)

    def make(size: int, generator: np.random.Generator) -> Batch:
        x = generator.integers(len(vocabulary), size=(size, 1 + spec.length))
        first = generator.integers(2, size=size)
        x[:, 0] = 1 + first
        return Batch(x, first[:, None])

    return Task(
        spec, steps=1 + spec.length, splits="words", vocabulary=vocabulary, features=0, outputs=2,
        classes=("no", "yes"), asked=1, scored=1, baseline=math.log(2), chance=1 / 2, make=make,
    )  # fmt: skip


def _adding(spec: TaskSpec) -> Task:
    """A number and a mark a step; the answer is the sum of the two marked numbers, one in either half."""
    steps, half = spec.length, spec.length // 2

    def make(size: int, generator: np.random.Generator) -> Batch:
        x = np.zeros((size, steps, 2), np.float32)
        x[..., 0] = generator.random((size, steps), np.float32)
        rows = np.arange(size)
        x[rows, generator.integers(half, size=size), 1] = 1
        x[rows, generator.integers(half, steps, size=size), 1] = 1
        return Batch(x, x.prod(-1).sum(1, keepdims=True))

    return Task(
        spec, steps=steps, splits="numbers", vocabulary=(), features=2, outputs=1, classes=(), asked=1, scored=1,
        baseline=1 / 6, chance=1 / 6, make=make,
    )  # fmt: skip


def _copy(spec: TaskSpec) -> Task:
    """Ten letters, a long wait, a colon: then the letters are to be repeated."""
    vocabulary = (UNKNOWN, *_LETTERS, "_", ":")
    blank, colon, steps = 1 + len(_LETTERS), 2 + len(_LETTERS), spec.length + 20

    def make(size: int, generator: np.random.Generator) -> Batch:
        letters = generator.integers(len(_LETTERS), size=(size, 10))
        x = np.full((size, steps), blank)
        x[:, :10] = 1 + letters
        x[:, -11] = colon
        y = np.full((size, steps), len(_LETTERS))
        y[:, -10:] = letters
        return Batch(x, y)

    return Task(
        spec, steps=steps, splits="characters", vocabulary=vocabulary, features=0, outputs=1 + len(_LETTERS),
        classes=(*_LETTERS, "_"), asked=steps, scored=10, baseline=10 * math.log(8) / steps, chance=1 / 8, make=make,
    )  # fmt: skip


def _order(spec: TaskSpec) -> Task:
    """An x or a y early on and one more in the middle, among other letters; the answer is both, in their order."""
    vocabulary = (UNKNOWN, "x", "y", *_LETTERS[:4])
    tenth, middle, steps = spec.length // 10, spec.length // 2, spec.length

    def make(size: int, generator: np.random.Generator) -> Batch:
        x = generator.integers(3, len(vocabulary), size=(size, steps))
        first, second = generator.integers(2, size=(2, size))
        rows = np.arange(size)
        x[rows, tenth + generator.integers(max(tenth, 1), size=size)] = 1 + first
        x[rows, middle + generator.integers(max(tenth, 1), size=size)] = 1 + second
        return Batch(x, (2 * first + second)[:, None])

    return Task(
        spec, steps=steps, splits="characters", vocabulary=vocabulary, features=0, outputs=4,
        classes=("xx", "xy", "yx", "yy"), asked=1, scored=1, baseline=math.log(4), chance=1 / 4, make=make,
    )  # fmt: skip


def _brackets(spec: TaskSpec) -> Task:
    """Letters, blanks, digits, marks and round brackets; the answer at each is how many are open after it."""
    others = (" ", *string.ascii_lowercase, *string.digits, *_MARKS)
    vocabulary = (UNKNOWN, "(", ")", *others)
    weights = np.array([0.02, 0, 0, 0.16] + [0.66 / 26] * 26 + [0.08 / 10] * 10 + [0.08 / len(_MARKS)] * len(_MARKS))
    bounds = np.cumsum(weights)[:-1]

    def make(size: int, generator: np.random.Generator) -> Batch:
        x = np.searchsorted(bounds, generator.random((size, spec.length)), side="right")
        turns = generator.random((size, spec.length))
        y, depth = np.empty_like(x), np.zeros(size, np.int64)
        for t in range(spec.length):
            opens = (turns[:, t] < _TURNS) & (depth < _DEEPEST)
            closes = (turns[:, t] > 1 - _TURNS) & (depth > 0)
            depth += opens
            depth -= closes
            x[opens, t], x[closes, t], y[:, t] = 1, 2, depth
        return Batch(x, y)

    baseline, chance = _without_memory(spec.length)
    return Task(
        spec, steps=spec.length, splits="characters", vocabulary=vocabulary, features=0, outputs=1 + _DEEPEST,
        classes=tuple(map(str, range(1 + _DEEPEST))), asked=spec.length, scored=spec.length, baseline=baseline,
        chance=chance, make=make,
    )  # fmt: skip


def _without_memory(steps: int) -> tuple[float, float]:
    """Cross entropy and accuracy of the best guess at the depth from the present character alone."""
    up, down = np.diag([_TURNS] * _DEEPEST, 1), np.diag([_TURNS] * _DEEPEST, -1)
    moves = np.stack([up, down, np.diag(1 - (up + down).sum(1))])  # (opens, closes or neither; from; to)
    depth, seen = np.eye(1 + _DEEPEST)[0], np.zeros((3, 1 + _DEEPEST))
    for _ in range(steps):
        joint = depth @ moves  # (opens, closes or neither; depth after it)
        seen += joint / steps
        depth = joint.sum(0)
    present = seen > 0
    share = (seen / seen.sum(1, keepdims=True))[present]
    return float(-(seen[present] * np.log(share)).sum()), float(seen.max(1).sum())


def _flip_flop(spec: TaskSpec) -> Task:
    """Rare pulses of 1 or -1 on three channels, at first on all; the answer is the last sign of each channel."""
    classes = tuple("".join(signs) for signs in product("-+", repeat=_CHANNELS))
    values = 2 ** np.arange(_CHANNELS)[::-1]

    def make(size: int, generator: np.random.Generator) -> Batch:
        shape = (size, spec.length, _CHANNELS)
        pulsed = generator.random(shape) < _PULSES
        pulsed[:, 0] = True
        signs = 2 * generator.integers(2, size=shape) - 1
        last = np.maximum.accumulate(np.where(pulsed, np.arange(spec.length)[:, None], 0), 1)
        held = np.take_along_axis(signs, last, 1)
        return Batch(np.where(pulsed, signs, 0).astype(np.float32), (held > 0) @ values)

    later = (spec.length - 1) / spec.length  # of all steps; at the first, the pulses are the answer
    return Task(
        spec, steps=spec.length, splits="numbers", vocabulary=(), features=_CHANNELS, outputs=len(classes),
        classes=classes, asked=spec.length, scored=spec.length,
        baseline=_CHANNELS * math.log(2) * (1 - _PULSES) * later,
        chance=1 - later + later * ((1 + _PULSES) / 2) ** _CHANNELS, make=make,
    )  # fmt: skip


def _tomita(spec: TaskSpec) -> Task:
    """Words of 0 and 1; the answer at each symbol is whether the word up to there is of one of Tomita's languages."""
    machine = GRAMMARS[spec.name].machine

    def make(size: int, generator: np.random.Generator) -> Batch:
        words = drawn_words(machine, size, spec.length, generator)
        return Batch(1 + words, machine.outputs(words).astype(np.int64))

    baseline, chance = _from_the_symbol(make(_COUNTED, np.random.default_rng([1, 2**32 - 1])))
    return Task(
        spec, steps=spec.length, splits="characters", vocabulary=(UNKNOWN, *BITS), features=0, outputs=2,
        classes=("rejected", "accepted"), asked=spec.length, scored=spec.length, baseline=baseline, chance=chance,
        make=make,
    )  # fmt: skip


def _from_the_symbol(batch: Batch) -> tuple[float, float]:
    """Cross entropy and accuracy of the best guess from the present symbol alone, counted on words."""
    seen = np.zeros((1 + len(BITS), 2))
    np.add.at(seen, (batch.x, batch.y), 1 / batch.x.size)
    present = seen > 0
    share = (seen / np.maximum(seen.sum(1, keepdims=True), 1e-12))[present]
    return float(-(seen[present] * np.log(share)).sum()), float(seen.max(1).sum())


_TASKS: Final[Mapping[TaskName, Callable[[TaskSpec], Task]]] = {
    "latch": _latch,
    "adding": _adding,
    "copy": _copy,
    "order": _order,
    "brackets": _brackets,
    "flip-flop": _flip_flop,
    **dict.fromkeys(TOMITA, _tomita),
}
