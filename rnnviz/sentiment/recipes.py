"""How each network that ships is made: plain settings, for which nothing heavy is loaded."""

from dataclasses import dataclass
from typing import Final, Literal, get_args

from rnnviz.spec.checks import one_of, trainable, within, yes_or_no

Pooling = Literal["last", "attention"]
POOLINGS: Final[tuple[Pooling, ...]] = get_args(Pooling)

Teacher = Literal["bag", "network"]

TEACHING_ORDERS: Final = 3
"""The bag that teaches counts words, pairs and triples."""

BAG_PENALTY: Final = 2e-4
BAG_WORDS: Final = 30_000

_LARGEST: Final = 1_000_000
_LIMITS: Final = {**dict.fromkeys(("words", "embedding", "hidden"), (1, _LARGEST)), "dense": (0, _LARGEST)}
"""The least and the most of each size of a network."""


@dataclass(frozen=True)
class NetworkSpec:
    """The sizes of a network.

    Attributes:
        words, embedding, hidden: The vocabulary; numbers that stand for a word; units of each direction.
        pooling: What stands for the whole text: what each direction knows once it has read it, or a weighted mean of
            all states.
        dense: Units between that and the answer; none for 0. With attention there are none, so that the logit is a
            weighted mean of what each word's states say.

    Raises ValueError if a size is not possible, the pooling is none of these, or has dense units where it may not.
    """

    words: int
    embedding: int
    hidden: int
    bidirectional: bool
    pooling: Pooling
    dense: int = 0

    def __post_init__(self) -> None:
        for name in _LIMITS:
            within(name, getattr(self, name), _LIMITS, "")
        yes_or_no("bidirectional", self.bidirectional)
        one_of("pooling", self.pooling, POOLINGS)
        if self.pooling == "attention" and self.dense:
            raise ValueError(f"dense must be 0 with attention, so that each word has its part; got {self.dense}")


@dataclass(frozen=True)
class Noise:
    """What a training hides from the network, so that it does not rely on any one thing.

    Attributes:
        words: The share of words that are read as unknown.
        embedding: The share of the numbers of the embedding that are zero throughout a text.
        pooled: The share of the pooled numbers that are zero.
    """

    words: float = 0.0
    embedding: float = 0.0
    pooled: float = 0.0


@dataclass(frozen=True)
class Phase:
    """A stretch of a training with one purpose.

    Attributes:
        rate: Of Adam, which begins anew.
        fades: Whether the rate falls to 0 in a straight line.
        teachers: Their mean opinion, in logits, stands for the label of the unlabelled reviews, which are left out if
            there are none. The network is the one of the phase before.
        phrases: How many of our own short phrases each update reads as well.
    """

    epochs: int
    rate: float
    fades: bool = False
    teachers: tuple[Teacher, ...] = ()
    phrases: int = 0

    def __post_init__(self) -> None:
        trainable(self)


@dataclass(frozen=True)
class Recipe:
    """All that a training is made of, but the reviews.

    Attributes:
        has_marks: Whether punctuation marks are read.
        window: The most words of a review that one update reads, a new stretch each time; all for None.
        reads_pieces: Whether each update also reads a sentence or two of each review, to learn to judge by little.
        max_norm: What the gradient is clipped to.
        is_calibrated: Whether the temperature that fits the validation reviews best divides the logits in the end.
    """

    name: str
    network: NetworkSpec
    phases: tuple[Phase, ...]
    has_marks: bool = False
    noise: Noise = Noise()
    window: int | None = None
    reads_pieces: bool = False
    max_norm: float | None = None
    is_calibrated: bool = False
    batch_size: int = 64
    seed: int = 0

    def __post_init__(self) -> None:
        trainable(self)


RECIPES: Final = {
    recipe.name: recipe
    for recipe in (
        Recipe(
            "lecture-lstm",
            NetworkSpec(1_000, 64, 64, bidirectional=False, pooling="last", dense=64),
            (Phase(10, 1e-4),),
        ),
        Recipe(
            "lecture-bilstm",
            NetworkSpec(1_000, 64, 64, bidirectional=True, pooling="last", dense=64),
            (Phase(10, 1e-4),),
        ),
        Recipe(
            "bilstm",
            NetworkSpec(30_000, 100, 64, bidirectional=True, pooling="attention"),
            (
                Phase(1, 3e-3, teachers=("bag",)),
                Phase(2, 2e-3, fades=True, teachers=("bag",)),
                Phase(3, 1.5e-3, fades=True, teachers=("bag", "network"), phrases=16),
            ),
            has_marks=True,
            noise=Noise(words=0.1, embedding=0.3, pooled=0.2),
            window=320,
            reads_pieces=True,
            max_norm=1.0,
            is_calibrated=True,
        ),
    )
}

BAG: Final = "bag-of-words"
"""Single words, counted: it ships to be compared with, and knows nothing of order."""

NAMES: Final = (*RECIPES, BAG)
"""All that ship."""
