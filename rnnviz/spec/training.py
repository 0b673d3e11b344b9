"""A task, and a training on it, in plain settings."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Literal, get_args

from rnnviz.names import GATES
from rnnviz.spec.checks import at_least, not_negative, one_of, shown, within
from rnnviz.spec.networks import ModelSpec, Sizes

TaskName = Literal["latch", "adding", "copy", "order", "brackets"]
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
        length: The fillers after the first symbol of latch; the steps of adding, order and brackets; Arjovsky's T of
            copy.

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
                raise TypeError(f"{name} must be a {kind.__name__}; got {shown(getattr(self, name))}")
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
            raise ValueError(f"seeds must be a tuple of 1 to {RUNS_LIMIT} whole numbers; got {shown(self.seeds)}")
        for seed in self.seeds:
            within("seed", seed, TRAINING_LIMITS)
        if len(set(self.seeds)) < len(self.seeds):
            raise ValueError(f"seeds must be different from each other; got {shown(self.seeds)}")

    def _check_model(self) -> None:
        if self.model.trained or self.model.bidirectional:
            got = f"weights trained as {self.model.trained!r}" if self.model.trained else "both directions"
            raise ValueError(f"model must be drawn and read in one direction to be trained; got {got}")
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
