"""The kinds of sequence problem, by how many steps are read and said, and when; what a network did on one sequence."""

from dataclasses import dataclass
from typing import Final, Literal, get_args

import numpy as np

from rnnviz import sides
from rnnviz.attention.tasks import LONGEST

SENTIMENTS: Final = (sides.NAMES[-1], sides.NAMES[1])
"""The outputs of the network of reviews."""

Kind = Literal["one-to-one", "one-to-many", "many-to-one", "in-step", "delayed"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)

LABELS: Final[dict[Kind, str]] = {
    "one-to-one": "One to one",
    "one-to-many": "One to many",
    "many-to-one": "Many to one",
    "in-step": "Many to many, in step",
    "delayed": "Many to many, delayed",
}


@dataclass(frozen=True)
class Problem:
    """A problem that a shipped network has learned: what it does (``title``) and what a visitor is to type (``asks``).

    ``samples`` are texts to begin with, the first of all first.

    >>> from rnnviz import sequences
    >>> [problem.name for problem in sequences.of_kind("in-step")]
    ['parity', 'word-classes']
    """

    name: str
    kind: Kind
    title: str
    asks: str
    samples: tuple[str, ...]


PROBLEMS: Final[dict[str, Problem]] = {
    problem.name: problem
    for problem in (
        Problem(
            "digit-word",
            "one-to-one",
            "a digit to its word",
            "One or more digits, each a separate problem",
            ("7", "3 1 4", "0 1 2 3 4 5 6 7 8 9"),
        ),
        Problem("counting", "one-to-many", "a number to the count", "A number from 1 to 20", ("5", "1", "12", "20")),
        Problem(
            "review",
            "many-to-one",
            "a review to its sentiment",
            "A review of at most 200 words",
            (
                "i expected it to be great but it was terrible",
                "i expected it to be terrible but it was great",
                "a wonderful story and the best music of the year",
                "this film is a complete waste of time",
            ),
        ),
        Problem(
            "parity",
            "in-step",
            "bits to their parity so far",
            "Bits, at most 200",
            ("1 0 1 1 0 0 1", "1 1 1 1 1 1 1 1", "0 0 0 0 1 0 0 0 0 1"),
        ),
        Problem(
            "word-classes",
            "in-step",
            "words to their parts of speech",
            "A sentence of at most 40 words",
            (
                "they watch the watch",
                "the old dog sees a duck in the water",
                "we book a room and read the book",
                "the zorp often sleeps",
            ),
        ),
        Problem(
            "reversing",
            "delayed",
            "digits to the same digits reversed",
            f"Digits, at most {LONGEST}",
            ("3 1 4 1 5", "2 7 1 8 2 8 1 8 2 8", "0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9"),
        ),
    )
}
"""By name, in the order of the kinds."""


def of_kind(kind: Kind) -> tuple[Problem, ...]:
    """The problems of a kind.

    >>> from rnnviz import sequences
    >>> sequences.of_kind("in-step")[0].asks
    'Bits, at most 200'
    """
    return tuple(problem for problem in PROBLEMS.values() if problem.kind == kind)


# --- A network on one sequence, as it is drawn: a column a step ---


@dataclass(frozen=True, eq=False)
class Unrolled:
    """A network on one sequence. Validated once, here; the arrays are read-only.

    Attributes:
        about: Cell, sizes, seed and what was measured, for a caption.
        inputs: The token that is read at each step; empty where nothing is.
        fed: Whether that token is what the network itself said a step before.
        unknown: Whether the token is ``[UNK]`` to the network.
        h: float32 of shape (time, unit).
        symbols: All that can be said, in the order of the logits.
        probabilities: float32 of shape (time, symbol). The softmax of the logits; NaN where nothing is asked.
        targets: What would be right at each step; empty where nothing is asked or nobody can say.
        is_recurrent: Whether a step knows of the one before: not where every token is a problem by itself.
        turn: The first step of a second network, which goes on from the state of the first, if there are two.

    Raises:
        ValueError: If these do not fit each other.

    >>> from rnnviz import sequences
    >>> unrolled = sequences.unroll("parity", "1 0 1 1")
    >>> unrolled.inputs
    ('1', '0', '1', '1')
    >>> unrolled.targets
    ('odd', 'odd', 'even', 'odd')
    >>> unrolled.h.shape[0], unrolled.probabilities.shape
    (4, (4, 2))
    """

    problem: str
    kind: Kind
    network: str
    about: str
    inputs: tuple[str, ...]
    fed: tuple[bool, ...]
    unknown: tuple[bool, ...]
    h: np.ndarray
    symbols: tuple[str, ...]
    probabilities: np.ndarray
    targets: tuple[str, ...]
    is_recurrent: bool = True
    turn: int | None = None

    def __post_init__(self) -> None:
        steps = len(self.inputs)
        for name in ("fed", "unknown", "targets"):
            if len(getattr(self, name)) != steps:
                raise ValueError(f"{name} must have {steps} steps, as inputs has; got {len(getattr(self, name))}")
        for name, shape in (("h", (steps, *np.shape(self.h)[1:])), ("probabilities", (steps, len(self.symbols)))):
            view = np.asarray(getattr(self, name), np.float32).view()
            if view.ndim != 2 or view.shape != shape:
                raise ValueError(f"{name} must be of shape {shape}; got {view.shape}")
            view.flags.writeable = False
            object.__setattr__(self, name, view)

    @property
    def steps(self) -> int:
        """How many there are."""
        return len(self.inputs)

    @property
    def has_output(self) -> tuple[bool, ...]:
        """Whether something is said at each step."""
        return tuple(bool(row) for row in np.isfinite(self.probabilities).all(1))

    @property
    def outputs(self) -> tuple[str, ...]:
        """The likeliest symbol of each step; empty where nothing is asked. Of a review the side, which may be open."""
        pairs = zip(self.has_output, self.probabilities, strict=True)
        return tuple(self._output(row) if has_output else "" for has_output, row in pairs)

    def _output(self, row: np.ndarray) -> str:
        return sides.side_name(float(row[1])) if self.symbols == SENTIMENTS else self.symbols[int(row.argmax())]
