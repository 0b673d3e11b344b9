"""The rows of a record, which may have different lengths, as arrays."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from rnnviz.record import NUMBERS


def stacked(rows: Sequence[Mapping[str, np.ndarray]], sizes: Mapping[str, int]) -> dict[str, np.ndarray]:
    """The numbers of a layer, row by row, as arrays with an axis of rows; steps that a row does not have are NaN."""
    time = max((row["grad_norm"].shape[-1] for row in rows), default=0)
    arrays = {
        name: np.full((len(rows), *({**sizes, "time": time}[axis] for axis in axes[1:])), np.nan, np.float32)
        for name, axes in NUMBERS.items()
    }
    for k, row in enumerate(rows):
        for name, value in row.items():
            place: tuple[Any, ...] = (k, *(slice(size) for size in np.shape(value)))
            with np.errstate(over="ignore"):  # what float32 cannot hold is infinite
                arrays[name][place] = value
    return arrays
