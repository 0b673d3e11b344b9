"""Trainings in plain settings: of a network on a task, on a visitor's own text, and on a few reviews."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Literal, get_args

from rnnviz.names import CELLS, GATES, Cell
from rnnviz.spec.checks import at_least, not_negative, one_of, quoted, within
from rnnviz.spec.networks import ModelSpec, Sizes

TomitaName = Literal["tomita-1", "tomita-2", "tomita-3", "tomita-4", "tomita-5", "tomita-6", "tomita-7"]
TOMITA: Final[tuple[TomitaName, ...]] = get_args(TomitaName)
TaskName = Literal["latch", "adding", "copy", "order", "brackets", "flip-flop", TomitaName]
TASKS: Final[tuple[TaskName, ...]] = get_args(TaskName)
Optimizer = Literal["sgd", "adam"]
OPTIMIZERS: Final[tuple[Optimizer, ...]] = get_args(Optimizer)

TRAINING_LIMITS: Final[Mapping[str, tuple[int, int]]] = {
    "input_size": (1, 64),
    "hidden_size": (1, 256),
    "num_layers": (1, 4),
    "length": (2, 500),
    "steps": (1, 20_000),
    "batch_size": (1, 512),
    "every": (1, 20_000),
    "seed": (0, 2**31 - 1),
}
"""The least and the most of each setting of a training."""

RUNS_LIMIT: Final = 10
"""The most seeds of one training."""

KEPT_LIMIT: Final = 20_000_000
"""The most gate values that one step of a training keeps: seeds x batch_size x length x gates x layers."""

WORK_LIMIT: Final = 50_000_000_000
"""The most gate values that a whole training computes; that takes one core some ten to twenty minutes."""


@dataclass(frozen=True)
class TaskSpec:
    """What a network is to learn, as ``tasks`` makes it.

    Attributes:
        length: The fillers after the first symbol of latch; the steps of adding, order, brackets, flip-flop and
            Tomita's grammars; Arjovsky's T of copy.

    >>> from rnnviz.spec import TaskSpec
    >>> TaskSpec("adding", length=30)
    TaskSpec(name='adding', length=30)
    """

    name: TaskName = "latch"
    length: int = 20

    def __post_init__(self) -> None:
        one_of("task", self.name, TASKS)
        within("length", self.length, TRAINING_LIMITS)


@dataclass(frozen=True)
class TrainSpec:
    """How networks are trained, one for every seed.

    Attributes:
        model: It reads in one direction. Where tokens are read, its ``input_size`` is the size of their embedding. Its
            seed is always the first of ``seeds``.
        optimizer: As ``torch.optim.SGD`` without momentum and ``torch.optim.Adam`` at its defaults.
        max_norm: As of ``torch.nn.utils.clip_grad_norm_``; None for unclipped.
        max_value: As of ``torch.nn.utils.clip_grad_value_``, which comes before ``max_norm``; None for unclipped.
        steps, batch_size: The most updates, and the sequences of each.
        seeds: Of each run, for its weights and its data alike.
        window: Gradients flow within windows of so many steps, counted from the last step back; None for all the way.
        every: Updates from one measurement on held-out data to the next.
        goal: A run ends, being solved, once a measurement after an update reaches it: an accuracy of at least so much,
            or for adding a loss of at most so much. None for all ``steps``.

    >>> from rnnviz import ModelSpec
    >>> from rnnviz.spec import TaskSpec, TrainSpec
    >>> spec = TrainSpec(
    ...     ModelSpec("rnn", input_size=2, hidden_size=8),
    ...     TaskSpec("adding", length=10),
    ...     max_norm=1.0,
    ...     steps=200,
    ...     seeds=(0, 1, 2),
    ... )
    >>> spec.optimizer, spec.rate
    ('sgd', 0.01)
    """

    model: ModelSpec = field(default_factory=ModelSpec)
    task: TaskSpec = field(default_factory=TaskSpec)
    optimizer: Optimizer = "sgd"
    rate: float = 0.01
    max_norm: float | None = None
    max_value: float | None = None
    steps: int = 1500
    batch_size: int = 32
    seeds: tuple[int, ...] = (0,)
    window: int | None = None
    every: int = 50
    goal: float | None = None

    def __post_init__(self) -> None:
        for name, kind in (("model", ModelSpec), ("task", TaskSpec)):
            if not isinstance(getattr(self, name), kind):
                raise TypeError(f"{name} must be a {kind.__name__}; got {quoted(getattr(self, name))}")
        one_of("optimizer", self.optimizer, OPTIMIZERS)
        not_negative("rate", self.rate)
        for name in ("max_norm", "max_value", "goal"):
            if getattr(self, name) is not None:
                not_negative(name, getattr(self, name), "None or ")
        for name in ("steps", "batch_size", "every"):
            within(name, getattr(self, name), TRAINING_LIMITS)
        if self.window is not None:
            at_least("window", self.window, 1)
        self._check_runs()
        self._check_model()
        object.__setattr__(self, "model", replace(self.model, seed=self.seeds[0]))

    @property
    def kept(self) -> int:
        """Gate values that one update keeps: seeds x batch_size x length x gates of all units and layers."""
        width = len(GATES[self.model.cell]) * self.model.hidden_size * self.model.num_layers
        return len(self.seeds) * self.batch_size * self.task.length * width

    @property
    def work(self) -> int:
        """Gate values that all updates compute."""
        return self.kept * self.steps

    def _check_runs(self) -> None:
        if type(self.seeds) is not tuple or not 1 <= len(self.seeds) <= RUNS_LIMIT:
            raise ValueError(f"seeds must be a tuple of 1 to {RUNS_LIMIT} whole numbers; got {quoted(self.seeds)}")
        for seed in self.seeds:
            within("seed", seed, TRAINING_LIMITS)
        if len(set(self.seeds)) < len(self.seeds):
            raise ValueError(f"seeds must be different from each other; got {quoted(self.seeds)}")

    def _check_model(self) -> None:
        if self.model.trained or self.model.bidirectional:
            got = f"weights trained as {self.model.trained!r}" if self.model.trained else "both directions"
            raise ValueError(f"model must be drawn and read in one direction to be trained; got {got}")
        if self.model.resets_before:
            raise ValueError("model must be a GRU that resets after the product to be trained; got reset 'before'")
        for name in get_args(Sizes):
            within(name, getattr(self.model, name), TRAINING_LIMITS)
        if self.kept > KEPT_LIMIT:
            raise ValueError(
                "seeds x batch_size x length x gates of all units and layers must be at most "
                f"{KEPT_LIMIT:,}; got {self.kept:,}"
            )
        if self.work > WORK_LIMIT:
            raise ValueError(
                "steps x seeds x batch_size x length x gates of all units and layers must be at most "
                f"{WORK_LIMIT:,}; got {self.work:,}"
            )


# --- On a text ---


TEXT_LEAST: Final = 1_000
TEXT_MOST: Final = 1_000_000
"""The fewest and the most characters of a text that a network is trained on while somebody waits."""

CHARACTER_LIMITS: Final[Mapping[str, tuple[int, int]]] = {
    "hidden_size": (8, 256),
    "updates": (1, 20_000),
    "batch": (1, 128),
    "length": (8, 200),
    "seed": (0, 2**31 - 1),
}
"""The least and the most of a training on a text."""

CHARACTER_WORK_LIMIT: Final = 5 * 10**12
"""The most of gates x hidden_size x (hidden_size + 100) x batch x length x updates: about five minutes of one core."""

_KEY: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class CharacterSpec:
    """How a network that reads characters is trained on a text.

    The text itself is not stored in it or in a link: whoever has the same text has the same run.

    Attributes:
        text: From ``text_key``.
        cell: An LSTM starts with forget bias 1.
        rate: Of Adam at the start. How it falls does not depend on ``updates``, so that a training with more of them
            goes through the end of one with fewer.
        batch: At most so many stretches of the text are read side by side.
        length: Characters after which the gradient is cut, and the weights change.
        seed: Of the first weights; nothing else is drawn.

    >>> from rnnviz.spec import CharacterSpec, text_key
    >>> CharacterSpec(text_key("to be or not to be " * 60), cell="gru", updates=500).hidden_size
    128
    """

    text: str
    cell: Cell = "lstm"
    hidden_size: int = 128
    updates: int = 2_000
    rate: float = 1e-2
    batch: int = 32
    length: int = 64
    seed: int = 0

    def __post_init__(self) -> None:
        text: object = self.text
        if not isinstance(text, str) or not _KEY.fullmatch(text):
            raise ValueError(f"text must be the SHA-256 of one, in hexadecimal digits; got {quoted(text)}")
        one_of("cell", self.cell, CELLS)
        for name in CHARACTER_LIMITS:
            within(name, getattr(self, name), CHARACTER_LIMITS)
        not_negative("rate", self.rate)
        of_one = len(GATES[self.cell]) * self.hidden_size * (self.hidden_size + 100) * self.batch * self.length
        if of_one * self.updates > CHARACTER_WORK_LIMIT:
            raise ValueError(
                f"updates must be at most {CHARACTER_WORK_LIMIT // of_one:,} with {self.hidden_size} units, batches of "
                f"{self.batch} and {self.length} characters, about five minutes of one core; got {self.updates:,}"
            )

    @property
    def steps(self) -> int:
        """The updates, by the name that other settings use."""
        return self.updates


def text_key(text: str) -> str:
    """The SHA-256 of a text, 64 hexadecimal digits.

    Raises:
        ValueError: If the text is too short or too long to learn from, has half a character, or only one kind of them.

    >>> from rnnviz.spec import text_key
    >>> text_key("to be or not to be " * 60)[:12]
    '3c7c1de41e24'
    """
    if not TEXT_LEAST <= len(text) <= TEXT_MOST:
        raise ValueError(f"a text must have {TEXT_LEAST:,} to {TEXT_MOST:,} characters; got {len(text):,}")
    try:
        content = text.encode()
    except UnicodeEncodeError as error:
        raise ValueError(
            f"a text must be of characters; got half of one, {text[error.start]!a}, at {error.start + 1:,}"
        ) from None
    if len(set(text)) < 2:
        raise ValueError("a text must have at least two different characters; got one")
    return hashlib.sha256(content).hexdigest()


# --- On reviews ---


Reviewer = Literal["lecture-lstm", "lecture-bilstm"]
REVIEWERS: Final[tuple[Reviewer, ...]] = get_args(Reviewer)
"""The networks that judge reviews and are small enough to be trained while somebody waits."""

Source = Literal["imdb", "synthetic"]
SOURCES: Final[tuple[Source, ...]] = get_args(Source)
"""Whose reviews: those that ``RNNVIZ_REVIEWS`` names, or those of ``rnnviz.sentiment.synthetic``."""

REVIEW_LIMITS: Final[Mapping[str, tuple[int, int]]] = {
    "reviews": (2, 5_000),
    "words": (10, 400),
    "epochs": (1, 20),
    "batch_size": (8, 512),
    "seed": (0, 2**31 - 1),
}
"""The least and the most of a training on reviews."""

REVIEW_WORK_LIMIT: Final = 8_000_000
"""The most words that a training reads in all its epochs; that takes one core about two minutes."""

REVIEW_STEPS_LIMIT: Final = 2_000
"""The most updates of a training on reviews; each is one event."""

REVIEW_MAX_NORM: Final = 1.0
"""The norm to which gradients are clipped in a training on reviews. With it, and a rate that falls, two seeds of both
networks end between .78 and .82 on validation; without it between .64 and .82; at a constant rate between .62 and .80.
"""

REVIEWS_VARIABLE: Final = "RNNVIZ_REVIEWS"
"""The environment variable that says where the reviews lie. Whoever runs a machine sets it, never a visitor."""


@dataclass(frozen=True)
class ReviewSpec:
    """How a network that judges reviews is trained on a few of them.

    Attributes:
        network: The new network has the sizes and the start of this one.
        reviews: So many are drawn by the seed from all that are there for training.
        words: The most words of a review that one update reads, a new stretch each time.
        rate: Of ``torch.optim.Adam`` at the first update; it falls to 0 in a straight line.
        seed: Of the weights, of the choice of reviews, and of their order.
        source: Where the reviews come from.

    >>> from rnnviz.spec import ReviewSpec
    >>> ReviewSpec(reviews=1_000, epochs=3).network
    'lecture-lstm'
    """

    network: Reviewer = "lecture-lstm"
    reviews: int = 2_000
    words: int = 200
    epochs: int = 10
    rate: float = 1e-3
    batch_size: int = 64
    seed: int = 0
    source: Source = "imdb"

    def __post_init__(self) -> None:
        one_of("network", self.network, REVIEWERS)
        one_of("source", self.source, SOURCES)
        for name in REVIEW_LIMITS:
            within(name, getattr(self, name), REVIEW_LIMITS)
        not_negative("rate", self.rate)
        work = self.reviews * self.words * self.epochs
        if work > REVIEW_WORK_LIMIT:
            raise ValueError(f"reviews x words x epochs must be at most {REVIEW_WORK_LIMIT:,}; got {work:,}")
        if self.steps > REVIEW_STEPS_LIMIT:
            raise ValueError(f"updates must be at most {REVIEW_STEPS_LIMIT:,}; got {self.steps:,}")

    @property
    def steps(self) -> int:
        """Updates of all epochs."""
        return self.epochs * -(-self.reviews // self.batch_size)
