"""How each network that ships is made: plain settings, for which nothing heavy is loaded."""

from dataclasses import dataclass
from typing import Final, Literal, get_args

from rnnviz.spec.checks import one_of, trainable, within, yes_or_no

TaskName = Literal["reverse", "dates"]
TASKS: Final[tuple[TaskName, ...]] = get_args(TaskName)

Score = Literal["none", "additive", "dot"]
SCORES: Final[tuple[Score, ...]] = get_args(Score)

_LIMITS: Final = dict.fromkeys(("read", "said", "embedding", "hidden", "units"), (1, 1024))
"""The least and the most of each size of a network."""


@dataclass(frozen=True)
class NetworkSpec:
    """The sizes of a network that reads one sequence and says another.

    Attributes:
        score: How a query and a place of the source are compared; without attention all goes through one vector.
        read, said: Symbols that the encoder knows, and that the decoder can say.
        embedding: Numbers that stand for a symbol.
        hidden: Units of the decoder, and of all directions of the encoder together.
        bidirectional: Whether the encoder reads from both ends, each direction with half of the units.
        units: That compare in an additive score.

    Raises ValueError if the score is none of these, or a size is not possible.
    """

    score: Score
    read: int
    said: int
    embedding: int
    hidden: int
    bidirectional: bool = False
    units: int = 32

    def __post_init__(self) -> None:
        one_of("score", self.score, SCORES)
        for name in _LIMITS:
            within(name, getattr(self, name), _LIMITS, "")
        yes_or_no("bidirectional", self.bidirectional)
        if self.bidirectional and self.hidden % 2:
            raise ValueError(f"hidden must be even, half of it for each direction; got {self.hidden}")


@dataclass(frozen=True)
class Recipe:
    """All that a training is made of; its name is ``<task>-<score>``.

    Attributes:
        steps, batch_size: Updates, and the sequences of each, all of one length.
        rate: Of Adam; it falls to 0 along half a cosine.
    """

    name: str
    task: TaskName
    score: Score
    embedding: int
    hidden: int
    bidirectional: bool
    steps: int
    batch_size: int
    rate: float
    max_norm: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        trainable(self)


def _reverse(score: Score, steps: int) -> Recipe:
    return Recipe(
        f"reverse-{score}", "reverse", score, 16, 64, bidirectional=False, steps=steps, batch_size=64, rate=3e-3
    )


def _dates(score: Score, steps: int) -> Recipe:
    return Recipe(f"dates-{score}", "dates", score, 24, 96, bidirectional=True, steps=steps, batch_size=64, rate=3e-3)


RECIPES: Final = {
    recipe.name: recipe
    for recipe in (*(_reverse(score, 6_000) for score in SCORES), *(_dates(score, 4_000) for score in SCORES))
}

NAMES: Final = tuple(RECIPES)
"""All that ship."""
