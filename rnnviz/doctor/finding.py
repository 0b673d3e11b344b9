"""What a check found: a sentence, the numbers behind it, and what helps."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np

MODEL: Final = "the model"
"""What stands for the model itself where a finding names a module."""


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with a network, or with how it is trained.

    Attributes:
        name: One of ``doctor.NAMES``.
        sentence: What was found, with its most telling numbers.
        evidence: All numbers that it rests on.
        remedy: What helps.
        where: The path of the recurrent module in the model, or "the model".

    >>> from rnnviz import Finding
    >>> print(Finding("dead_units", "4 of 8 units are always 0.", {"share": 0.5}, "Lower the learning rate.", "rnn"))
    rnn: 4 of 8 units are always 0. Lower the learning rate.
    """

    name: str
    sentence: str
    evidence: Mapping[str, float]
    remedy: str
    where: str = MODEL

    def __post_init__(self) -> None:
        plain = {name: float(value) for name, value in self.evidence.items()}
        object.__setattr__(self, "evidence", MappingProxyType(plain))

    def __str__(self) -> str:
        return f"{self.where}: {self.sentence} {self.remedy}"


def middle(values: np.ndarray) -> float:
    """The median of the numbers that are known; NaN if there are none."""
    known = values[~np.isnan(values)]
    return float(np.median(known)) if known.size else float("nan")


def late(values: np.ndarray) -> np.ndarray:
    """The second half of the rows, in which a training has left its beginning."""
    return values[len(values) // 2 :]


def digits(value: float) -> str:
    """A number as a sentence has it."""
    return f"{value:.3g}"
