"""total_t += factor * total_{t-1}, elementwise over all steps: what c does forward, and gradients backward in time."""

import math

import numpy as np

from rnnviz.names import Direction


def accumulate(total: np.ndarray, factor: np.ndarray) -> None:
    """Add factor_{t-1} * total_{t-1} to total_t in place, t from 1.

    Args:
        total: Of shape (batch, time, unit). Row 0 is the start.
        factor: Of shape (batch, time or time - 1, unit).
    """
    samples, length, units = total.shape
    if length > 32 and samples * units <= 600:  # where a call to NumPy costs more than what it computes
        _accumulate_blocks(total, factor)
    else:
        _accumulate_steps(total, factor)


def accumulate_back(total: np.ndarray, factor: np.ndarray, direction: Direction) -> None:
    """Add to every row factor * row of the step that was read after it, in place, the last one read first.

    Args:
        total, factor: Of shape (batch, time, unit). At input time; the factor is that of the later step.
        direction: In which the steps were read.
    """
    if direction == "forward":
        accumulate(total[:, ::-1], factor[:, :0:-1])
    else:
        accumulate(total, factor)


def _accumulate_steps(total: np.ndarray, factor: np.ndarray) -> None:
    rows = total.swapaxes(0, 1)  # (time, batch, unit)
    carried = np.empty_like(rows[0])
    for previous, row, share in zip(rows[:-1], rows[1:], factor.swapaxes(0, 1), strict=False):
        np.multiply(share, previous, out=carried)
        np.add(row, carried, out=row)


def _accumulate_blocks(total: np.ndarray, factor: np.ndarray) -> None:
    """The same in blocks of steps side by side: each from zero, then the ends in turn, then what each end adds on."""
    samples, length, units = total.shape
    size = math.isqrt(length - 1) * 2 // 3
    blocks = (length - 1) // size
    whole = blocks * size
    shape = (samples, blocks, size, units)
    share, row = factor[:, :whole].reshape(shape), total[:, 1 : whole + 1].reshape(shape)  # views of time split in two
    reach = np.empty(shape, total.dtype)  # how much of what comes before its block a step still holds
    reach[:, :, 0] = share[:, :, 0]
    carried = np.empty((samples, blocks, units), total.dtype)
    for k in range(1, size):
        np.multiply(share[:, :, k], row[:, :, k - 1], out=carried)
        np.add(row[:, :, k], carried, out=row[:, :, k])
        np.multiply(share[:, :, k], reach[:, :, k - 1], out=reach[:, :, k])
    _accumulate_steps(total[:, : whole + 1 : size], reach[:, :, -1])
    row[:, :, :-1] += reach[:, :, :-1] * total[:, :whole:size][:, :, None]
    _accumulate_steps(total[:, whole:], factor[:, whole:])
