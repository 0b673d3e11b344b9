"""A training on a few reviews, in plain settings."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, get_args

from rnnviz.spec.checks import not_negative, one_of, within

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
"""The most updates of a training on reviews; each is one event."""

REVIEW_MAX_NORM: Final = 1.0
"""The norm to which gradients are clipped in a training on reviews. With it, and a rate that falls, two seeds of both
networks end between .78 and .82 on validation; without it between .64 and .82; at a constant rate between .62 and .80.
"""

REVIEWS_VARIABLE: Final = "RNNVIZ_REVIEWS"
"""The environment variable that says where the reviews lie. Whoever runs a machine sets it, never a visitor."""


@dataclass(frozen=True)
class ReviewSpec:
    """How a network that judges reviews is trained on a few of them. It does not say whose reviews these are.

    Attributes:
        network: The new network has the sizes and the start of this one.
        reviews: So many are drawn by the seed from all that are there for training.
        words: The most words of a review that one update reads, a new stretch each time.
        rate: Of ``torch.optim.Adam`` at the first update; it falls to 0 in a straight line.
        seed: Of the weights, of the choice of reviews, and of their order.

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

    def __post_init__(self) -> None:
        one_of("network", self.network, REVIEWERS)
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
