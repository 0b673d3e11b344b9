"""Frozen settings: what network is meant, what it is trained on and how, which of its numbers were typed over."""

import re
import reprlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, Final, Literal, TypeVar, get_args

from rnnviz.names import CELLS, GATES, NONLINEARITIES, Cell, Direction, Nonlinearity

Sizes = Literal["input_size", "hidden_size", "num_layers"]
Recurrent = Literal["default", "orthogonal", "identity"]
RECURRENTS: Final[tuple[Recurrent, ...]] = get_args(Recurrent)
"""What the recurrent weights W_hh may start as."""

TaskName = Literal["latch", "adding", "copy", "order", "brackets"]
TASKS: Final[tuple[TaskName, ...]] = get_args(TaskName)
Optimizer = Literal["sgd", "adam"]
OPTIMIZERS: Final[tuple[Optimizer, ...]] = get_args(Optimizer)

FAMILY: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")
"""The names that networks trained alike, one a cell, may have together."""

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
"""The least and the most of what is trained."""

Reviewer = Literal["lecture-lstm", "lecture-bilstm"]
REVIEWERS: Final[tuple[Reviewer, ...]] = get_args(Reviewer)
"""The networks that judge reviews and are small enough to be trained while somebody waits."""

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
"""The most updates of a training on reviews; each of them is told."""

REVIEW_MAX_NORM: Final = 1.0
"""What gradients are clipped to in a training on reviews. With it, and a rate that falls, two seeds of both networks
end between .78 and .82 on validation; without it between .64 and .82, and at a constant rate between .62 and .80."""

REVIEWS_VARIABLE: Final = "RNNVIZ_REVIEWS"
"""Of the environment: where the reviews lie, said by whoever runs a machine and never by a visitor of its pages."""

RUNS_LIMIT: Final = 10
"""The most seeds of one training."""

KEPT_LIMIT: Final = 20_000_000
"""The most gate values that one step of a training keeps: seeds x batch_size x length x gates x layers."""

WORK_LIMIT: Final = 50_000_000_000
"""The most gate values that a whole training computes; that takes one core some ten to twenty minutes."""

_FLOAT32_MAX: Final = 3.4028234663852886e38


@dataclass(frozen=True)
class ModelSpec:
    """A recurrent network with a linear read-out, as ``models.build`` makes it.

    Attributes
    ----------
    cell : {"rnn", "lstm", "gru"}
    input_size, hidden_size, num_layers : int
        As in ``torch.nn.RNN``.
    output_size : int
        Rows of the read-out W_ho; 0 for none.
    bidirectional, bias : bool
    nonlinearity : {"tanh", "relu"}
        Of a plain RNN.
    seed : int
        For ``torch.manual_seed`` right before the weights are drawn.
    forget_bias : float or None
        Of an LSTM with biases, in every layer and direction: the forget part of ``bias_ih``, that of ``bias_hh`` being
        0, since the two are added. None for what torch draws. Other networks have none and do not heed it.
    recurrent : {"default", "orthogonal", "identity"}
        W_hh as torch draws it, or every gate's block a random orthogonal matrix or the identity. A plain RNN with the
        identity starts as its authors start it: biases 0, W_ih from N(0, 0.001²).
    recurrent_scale : float
        W_hh is multiplied by it.
    trained : str
        The family of the trained network that the weights come from, which is the checkpoint ``<trained>-<cell>``; the
        seed and the start do not matter then. Empty for weights as they are drawn.

    References
    ----------
    torch.nn.RNN, LSTM, GRU (all weights and biases uniform in ±1/sqrt(hidden_size)); Jozefowicz, Zaremba, Sutskever
    (2015), section 2.2 (forget bias); Saxe, McClelland, Ganguli (2014), arXiv 1312.6120 (orthogonal matrices); Le,
    Jaitly, Hinton (2015), arXiv 1504.00941 (identity, with ReLU).
    """

    cell: Cell = "rnn"
    input_size: int = 5
    hidden_size: int = 2
    num_layers: int = 1
    output_size: int = 1
    bidirectional: bool = False
    bias: bool = True
    nonlinearity: Nonlinearity = "tanh"
    seed: int = 1
    forget_bias: float | None = None
    recurrent: Recurrent = "default"
    recurrent_scale: float = 1.0
    trained: str = ""

    def __post_init__(self) -> None:
        _one_of("cell", self.cell, CELLS)
        _one_of("nonlinearity", self.nonlinearity, NONLINEARITIES)
        for name in get_args(Sizes):
            _at_least(name, getattr(self, name), 1)
        _at_least("output_size", self.output_size, 0)
        _at_least("seed", self.seed, 0)
        for name in ("bidirectional", "bias"):
            _yes_or_no(name, getattr(self, name))
        _one_of("recurrent", self.recurrent, RECURRENTS)
        if self.forget_bias is not None:
            _finite("forget_bias", self.forget_bias, "None or a finite number")
        _finite("recurrent_scale", self.recurrent_scale, "a finite number of at least 0", least=0)
        if self.trained != "" and not is_family(self.trained):
            raise ValueError(
                "trained must be empty or the name of trained networks, lower case letters, digits and hyphens; "
                f"got {_shown(self.trained)}"
            )

    @property
    def directions(self) -> tuple[Direction, ...]:
        """The directions that the network reads in."""
        return ("forward", "reverse") if self.bidirectional else ("forward",)

    @property
    def has_forget_bias(self) -> bool:
        """Whether there is a forget bias to set: in an LSTM with biases."""
        return self.cell == "lstm" and self.bias

    @property
    def starts_small(self) -> bool:
        """Whether W_ih starts near 0 and the biases at it: in a plain RNN whose W_hh is the identity."""
        return self.cell == "rnn" and self.recurrent == "identity"

    @property
    def initialisation(self) -> str:
        """What is not torch's own start of the weights, in words: ``forget bias 3, W_hh orthogonal × 1.5``."""
        if self.trained:
            return ""
        parts = [f"forget bias {self.forget_bias:g}"] if self.has_forget_bias and self.forget_bias is not None else []
        kind = f" {self.recurrent}" * (self.recurrent != "default")
        scaled = f" × {self.recurrent_scale:g}" * (self.recurrent_scale != 1)
        if kind or scaled:
            parts.append(f"W_hh{kind}{scaled}")
        if self.starts_small:
            parts.append("W_ih small, b 0" if self.bias else "W_ih small")
        return ", ".join(parts)


@dataclass(frozen=True)
class TaskSpec:
    """What a network is to learn, as ``tasks`` makes it.

    Attributes
    ----------
    name : {"latch", "adding", "copy", "order", "brackets"}
    length : int
        How far apart things are: the fillers after the first symbol of a latch, the steps of adding, order and
        brackets, Arjovsky's T of copy.
    """

    name: TaskName = "latch"
    length: int = 20

    def __post_init__(self) -> None:
        _one_of("task", self.name, TASKS)
        _within("length", self.length)


@dataclass(frozen=True)
class TrainSpec:
    """How networks are trained, one for every seed.

    Attributes
    ----------
    model : ModelSpec
        Read in one direction; where tokens are read, its ``input_size`` is the size of their embedding. Its seed is
        always the first of ``seeds``.
    task : TaskSpec
    optimizer : {"sgd", "adam"}
        As ``torch.optim.SGD`` without momentum and ``torch.optim.Adam`` at its defaults.
    rate : float
    max_norm : float or None
        As of ``torch.nn.utils.clip_grad_norm_``; None for unclipped.
    max_value : float or None
        As of ``torch.nn.utils.clip_grad_value_``, which comes first where both are given; None for unclipped.
    steps, batch_size : int
        The most updates, and the sequences of each.
    seeds : tuple of int
        Of each run, for its weights and its data alike.
    window : int or None
        Gradients flow within windows of so many steps, counted from the last step back; None for all the way.
    every : int
        Updates from one measurement on held-out data to the next.
    goal : float or None
        A run ends, being solved, once a measurement reaches it: an accuracy of at least so much, or for adding a loss
        of at most so much. None for all ``steps``.
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
                raise TypeError(f"{name} must be a {kind.__name__}; got {_shown(getattr(self, name))}")
        _one_of("optimizer", self.optimizer, OPTIMIZERS)
        _finite("rate", self.rate, "a finite number of at least 0", least=0)
        for name in ("max_norm", "max_value", "goal"):
            if getattr(self, name) is not None:
                _finite(name, getattr(self, name), "None or a finite number of at least 0", least=0)
        for name in ("steps", "batch_size", "every"):
            _within(name, getattr(self, name))
        if self.window is not None:
            _at_least("window", self.window, 1)
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
            raise ValueError(f"seeds must be a tuple of 1 to {RUNS_LIMIT} whole numbers; got {_shown(self.seeds)}")
        for seed in self.seeds:
            _within("seed", seed)
        if len(set(self.seeds)) < len(self.seeds):
            raise ValueError(f"seeds must be different from each other; got {_shown(self.seeds)}")

    def _check_model(self) -> None:
        if self.model.trained or self.model.bidirectional:
            got = f"weights trained as {self.model.trained!r}" if self.model.trained else "both directions"
            raise ValueError(f"model must be drawn and read in one direction to be trained; got {got}")
        for name in get_args(Sizes):
            _within(name, getattr(self.model, name))
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


@dataclass(frozen=True)
class ReviewSpec:
    """How a network that judges reviews is trained on a few of them. Whose reviews these are is not a part of it.

    Attributes
    ----------
    network : {"lecture-lstm", "lecture-bilstm"}
        Whose sizes and start the network has.
    reviews : int
        So many are drawn by the seed from those that are there for training.
    words : int
        The most words of a review that one update reads, a new stretch each time.
    epochs : int
    rate : float
        Of ``torch.optim.Adam`` at the first update; it falls to 0 in a straight line.
    batch_size : int
    seed : int
        Of the weights, of which reviews are drawn and of their order.
    """

    network: Reviewer = "lecture-lstm"
    reviews: int = 2_000
    words: int = 200
    epochs: int = 10
    rate: float = 1e-3
    batch_size: int = 64
    seed: int = 0

    def __post_init__(self) -> None:
        _one_of("network", self.network, REVIEWERS)
        for name in REVIEW_LIMITS:
            _within(name, getattr(self, name), REVIEW_LIMITS)
        _finite("rate", self.rate, "a finite number of at least 0", least=0)
        work = self.reviews * self.words * self.epochs
        if work > REVIEW_WORK_LIMIT:
            raise ValueError(f"reviews x words x epochs must be at most {REVIEW_WORK_LIMIT:,}; got {work:,}")
        if self.steps > REVIEW_STEPS_LIMIT:
            raise ValueError(f"updates must be at most {REVIEW_STEPS_LIMIT:,}; got {self.steps:,}")

    @property
    def steps(self) -> int:
        """Updates of all epochs."""
        return self.epochs * -(-self.reviews // self.batch_size)


@dataclass(frozen=True)
class Edit:
    """One number that was typed over.

    Attributes
    ----------
    name : str
        A parameter by torch's name (``weight_hh_l0``, ``bias_ih_l1_reverse``, ``head.weight``) or ``x``, the input.
    index : tuple of int
        Its place: (row, column) of a matrix, (row,) of a bias, (time, feature) of ``x``.
    value : float
    """

    name: str
    index: tuple[int, ...]
    value: float


Spec = TypeVar("Spec", ModelSpec, TaskSpec, TrainSpec, ReviewSpec)


def to_json(spec: ModelSpec | TaskSpec | TrainSpec | ReviewSpec) -> dict[str, Any]:
    """Settings as plain data for ``json.dumps``.

    Parameters
    ----------
    spec : ModelSpec, TaskSpec, TrainSpec or ReviewSpec

    Returns
    -------
    dict of str to object
        Every field by its name, in their order.
    """
    return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(spec).items()}


def from_json(kind: type[Spec], data: object) -> Spec:
    """Settings from plain data, checked as any are.

    Parameters
    ----------
    kind : type
        ModelSpec, TaskSpec, TrainSpec or ReviewSpec.
    data : object
        What ``json.loads`` gave, from anybody: nothing about it is trusted. What it leaves out stays at its default.

    Returns
    -------
    ModelSpec, TaskSpec, TrainSpec or ReviewSpec

    Raises
    ------
    ValueError
        If it is no such settings.
    """
    if type(data) is not dict:
        raise ValueError(f"a {kind.__name__} must be a JSON object; got {_shown(data)}")
    known = [field.name for field in fields(kind)]
    for name in data:
        if name not in known:
            raise ValueError(f"a {kind.__name__} may only have {', '.join(known)}; got {_shown(name)}")
    values: dict[str, Any] = dict(data)
    if "model" in values:
        values["model"] = from_json(ModelSpec, values["model"])
    if "task" in values:
        values["task"] = from_json(TaskSpec, values["task"])
    if isinstance(values.get("seeds"), list):
        values["seeds"] = tuple(values["seeds"])
    return kind(**values)


def is_family(name: object) -> bool:
    """Whether networks trained alike may bear a name."""
    return isinstance(name, str) and FAMILY.fullmatch(name) is not None


def _one_of(name: str, got: object, allowed: tuple[str, ...]) -> None:
    if got not in allowed:
        raise ValueError(f"{name} must be one of {', '.join(allowed)}; got {_shown(got)}")


def _at_least(name: str, got: object, least: int) -> None:
    if not isinstance(got, int) or isinstance(got, bool) or got < least:
        raise ValueError(f"{name} must be a whole number of at least {least}; got {_shown(got)}")


def _within(name: str, got: object, limits: Mapping[str, tuple[int, int]] = TRAINING_LIMITS) -> None:
    least, most = limits[name]
    if not isinstance(got, int) or isinstance(got, bool) or not least <= got <= most:
        raise ValueError(f"{name} must be a whole number in {least}..{most} to be trained; got {_shown(got)}")


def _yes_or_no(name: str, got: object) -> None:
    if got is not True and got is not False:
        raise ValueError(f"{name} must be True or False; got {_shown(got)}")


def _finite(name: str, got: object, expected: str, *, least: float = -_FLOAT32_MAX) -> None:
    if not isinstance(got, int | float) or isinstance(got, bool) or not least <= got <= _FLOAT32_MAX:
        raise ValueError(f"{name} must be {expected}; got {_shown(got)}")


def _shown(got: object) -> str:
    """A value as a message may quote it, however large it is."""
    return reprlib.repr(got)
