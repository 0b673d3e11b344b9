"""Which character networks ship, and how each is trained."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, get_args

from rnnviz.names import CELLS, Cell
from rnnviz.spec.checks import trainable

Subject = Literal["python", "shakespeare"]
SUBJECTS: Final[tuple[Subject, ...]] = get_args(Subject)

NAMES: Final = tuple(f"{subject}-{cell}" for subject in SUBJECTS for cell in CELLS)
"""The networks that ship: ``<subject>-<cell>``."""

TAKEN_AT: Final[Mapping[str, int]] = {"python-lstm@start": 0, "python-lstm@early": 300, "python-lstm@middle": 2_000}
"""Snapshots of one training, and after how many updates each was taken."""

SNAPSHOTS: Final = (*TAKEN_AT, "python-lstm")
"""One network at four times of its training: untrained, early, in the middle, and finished."""

SHIPPED_NAMES: Final = (*NAMES, *TAKEN_AT)
"""All that ``load`` knows."""

_HALF_AFTER: Final = 1_000
_FLOOR: Final = 0.05


@dataclass(frozen=True)
class Recipe:
    """How a network is trained.

    Attributes:
        cell: An LSTM starts with forget bias 1.
        rate: Of Adam at the start.
        batch: Streams of the text that are read side by side.
        length: Characters after which the gradient is cut, and the weights change.
        dropout: The part of h that the read-out does not see in training, another one at each character.
        falls: The rate falls along a cosine to a twentieth at the last update; or as 1/sqrt(1 + update/1000), which
            does not depend on how many updates there will be, so that a training can always go on.
        seed: Of the first weights, and of what drops out.
    """

    cell: Cell
    hidden_size: int = 256
    updates: int = 1_000
    rate: float = 2e-3
    batch: int = 32
    length: int = 100
    dropout: float = 0.0
    falls: Literal["to the end", "for ever"] = "to the end"
    seed: int = 1

    def __post_init__(self) -> None:
        trainable(self)

    def rate_at(self, update: int) -> float:
        """The learning rate of an update, counted from 0."""
        if self.falls == "for ever":
            return self.rate / math.sqrt(1 + update / _HALF_AFTER)
        return self.rate * (_FLOOR + (1 - _FLOOR) * (1 + math.cos(math.pi * min(1.0, update / self.updates))) / 2)


RECIPES: Final[Mapping[str, Recipe]] = {
    "python-lstm": Recipe("lstm", updates=17_000, rate=6e-3),
    "python-gru": Recipe("gru", updates=6_000, rate=3e-3),
    "python-rnn": Recipe("rnn", updates=8_000, rate=4e-3),
    "shakespeare-lstm": Recipe("lstm", updates=4_000, rate=6e-3, dropout=0.3),
    "shakespeare-gru": Recipe("gru", updates=2_000, rate=3e-3, dropout=0.3),
    "shakespeare-rnn": Recipe("rnn", updates=4_000, rate=4e-3, dropout=0.3),
}


def subject_of(name: str) -> Subject:
    """What a network that ships has read."""
    return "python" if name.startswith("python") else "shakespeare"
