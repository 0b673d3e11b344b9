"""How masked-word networks and word vectors are trained: plain settings, for which nothing heavy is loaded."""

import math
from dataclasses import dataclass
from typing import Final, Literal, get_args

from rnnviz.spec.checks import at_least, not_negative, trainable, within

Half = Literal["forward", "backward", "both"]
HALVES: Final[tuple[Half, ...]] = get_args(Half)
"""What a guess is made from: the words before the blank, those after it, or all of them."""

NAME: Final = "masked"
"""The network that ships."""

_LIMITS: Final = dict.fromkeys(("words", "embedding", "hidden"), (1, 1_000_000))
_FLOOR: Final = 0.02


@dataclass(frozen=True)
class MaskedSpec:
    """The sizes of a masked-word network: its vocabulary with ``[UNK]``, the embedding, the units of each direction.

    Raises ValueError if a size is not possible.
    """

    words: int
    embedding: int
    hidden: int

    def __post_init__(self) -> None:
        for name in _LIMITS:
            within(name, getattr(self, name), _LIMITS, "")


@dataclass(frozen=True)
class MaskedRecipe:
    """How a network is trained.

    Attributes:
        network: Its sizes.
        updates: Each reads about ``batch`` tokens, in sentences of one length.
        rate: Of Adam; it rises in a straight line over the first ``warmup`` updates, falls along a cosine that would
            end after ``horizon`` updates, and over the last ``cooldown`` updates in a straight line to 0.
        negatives: Words that the softmax of an update is computed over, beside the correct ones.
        seed: Of the first weights, of the order of the sentences, and of the sampled words.
    """

    network: MaskedSpec
    updates: int
    rate: float
    batch: int = 1_600
    warmup: int = 100
    horizon: int = 6_000
    cooldown: int = 1
    negatives: int = 512
    seed: int = 1

    def __post_init__(self) -> None:
        trainable(self)

    def rate_at(self, update: int) -> float:
        """The learning rate of an update, counted from 0."""
        falls = _FLOOR + (1 - _FLOOR) * (1 + math.cos(math.pi * min(1.0, update / self.horizon))) / 2
        ends = min(1.0, (self.updates - update) / self.cooldown)
        return self.rate * falls * min(1.0, (update + 1) / self.warmup) * ends


RECIPE: Final = MaskedRecipe(MaskedSpec(words=8_000, embedding=128, hidden=160), updates=3_400, rate=4e-3, cooldown=800)
"""Of the network that ships."""


@dataclass(frozen=True)
class SkipGramSpec:
    """How word vectors are trained.

    Attributes:
        size: Numbers of a vector.
        window: Words on each side of the centre word that are its context.
        negatives: Words that are drawn for each pair, as often as their count to the power of 3/4.
        rate: Of SGD at the start; it falls to 0 in a straight line.

    Raises ValueError if a setting makes a training impossible.
    """

    size: int = 32
    window: int = 2
    epochs: int = 1
    negatives: int = 5
    rate: float = 0.05
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("size", "window", "epochs", "negatives"):
            at_least(name, getattr(self, name), 1)
        at_least("seed", self.seed, 0)
        not_negative("rate", self.rate)
