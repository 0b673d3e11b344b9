"""A training that is not finished: the network, the optimizer's moments and the curves, in memory and as bytes."""

from typing import Final

import numpy as np

from rnnviz.checkpoints.storing import packed
from rnnviz.sentiment.network import SentimentNetwork
from rnnviz.train.descent import Descent, unfinished

Told = tuple[float, float, float, float | None]

_PLAIN: Final = ("phase", "step", "history", "told", "seconds", "sums")
"""What a file has beside the arrays."""

_CURVES: Final = ("phase", "loss", "accuracy", "validation_loss", "validation_accuracy")


class State:
    """Where a training is.

    Attributes:
        phase: Counted from 0.
        descent: Of the phase.
        taught: float32 of shape (review,), or None. What the teachers of the phase say of the unlabelled reviews.
        history: An entry an epoch: ``phase``, ``loss``, ``accuracy``, ``validation_loss``, ``validation_accuracy``. In
            ``accuracy`` what teachers say counts as right; in that of the validation reviews, never.
        told: What was told after each update of the phase: loss, accuracy, the update's own loss, validation accuracy.
        seconds: Of processor time, which is the same beside others.
        sums: Of the epoch so far: the losses, the reviews that were right, and all reviews.
    """

    def __init__(self, network: SentimentNetwork, max_norm: float | None) -> None:
        self.network, self.max_norm = network, max_norm
        self.seconds = 0.0
        self.history: list[dict[str, float]] = []
        self.begin_phase(0)

    def begin_phase(self, phase: int) -> None:
        """Go over to a phase, with an optimizer that remembers nothing."""
        self.phase = phase
        self.taught: np.ndarray | None = None
        self.told: list[Told] = []
        self.descent = Descent(self.network.named_parameters(), self.max_norm, is_fused=True)
        self.sums = [0.0, 0.0, 0.0]

    @property
    def step(self) -> int:
        """The updates that the phase has behind it."""
        return self.descent.made

    def count(self, loss: float, right: int, reviews: int) -> tuple[float, float]:
        """Add an update to the sums of the epoch; return the mean loss and the accuracy so far."""
        self.sums = [a + b for a, b in zip(self.sums, (loss, right, reviews), strict=True)]
        return self.sums[0] / self.sums[2], self.sums[1] / self.sums[2]

    def end_epoch(self, *curves: float) -> None:
        """Write an epoch into the history: its mean loss and accuracy, then those on the validation reviews."""
        self.sums = [0.0, 0.0, 0.0]
        self.history.append(dict(zip(_CURVES, (self.phase, *curves), strict=True)))

    def pack(self, made_of: str) -> bytes:
        """All of it; ``made_of``, its recipe and its reviews, says whether a training is the same."""
        arrays = self.descent.arrays()
        if self.taught is not None:
            arrays["taught"] = self.taught
        return packed(arrays, {"made_of": made_of, **{name: getattr(self, name) for name in _PLAIN}})

    def unpack(self, content: bytes, made_of: str) -> None:
        """Take all of it from what ``pack`` gave; RefusedError if that is damaged or of another training."""
        with unfinished(content, made_of=made_of) as (arrays, about):
            self.begin_phase(about["phase"])
            self.descent.take(arrays, about["step"])
            self.history, self.seconds, self.sums = about["history"], about["seconds"], about["sums"]
            self.told = [tuple(one) for one in about["told"]]
            self.taught = arrays.get("taught")
