"""total_t += factor * total_{t-1}, elementwise over all steps: what c does forward, and gradients backward in time."""

import math

import numpy as np

from rnnviz.names import Direction


def accumulate(total: np.ndarray, factor: np.ndarray) -> None:
    """Add factor_{t-1} * total_{t-1} to total_t in place, for t = 1, 2, …; row 0 is the start.

    Args:
        total: Of shape (batch, time, unit).
        factor: Of shape (batch, time or time - 1, unit).
    """
    samples, length, units = total.shape
    if length > 32 and samples * units <= 600:  # where a call to NumPy costs more than what it computes
        _accumulate_blocks(total, factor)
    else:
        _accumulate_steps(total, factor)


def accumulate_back(total: np.ndarray, factor: np.ndarray, direction: Direction) -> None:
    """Add to every row, in place, factor * row of the step that was read after it; the last step read comes first.

    Args:
        total, factor: Of shape (batch, time, unit). At input time; the factor is that of the later step.
    """
    # dL/dc_t += f_{t+1} dL/dc_{t+1}: turned around, the last step read is row 0, the start, and f_0 is never used.
    if direction == "forward":
        accumulate(total[:, ::-1], factor[:, :0:-1])
    else:  # step 0 was read last, so the rows already stand in the order of going back
        accumulate(total, factor)


def _accumulate_steps(total: np.ndarray, factor: np.ndarray) -> None:
    rows = total.swapaxes(0, 1)  # (time, batch, unit)
    carried = np.empty_like(rows[0])
    for previous, row, share in zip(rows[:-1], rows[1:], factor.swapaxes(0, 1), strict=False):
        np.multiply(share, previous, out=carried)
        np.add(row, carried, out=row)


def _accumulate_blocks(total: np.ndarray, factor: np.ndarray) -> None:
    """The same in blocks of steps side by side: each from zero, then their ends in turn, then what each end adds."""
    samples, length, units = total.shape
    # Calls to NumPy: three for each step of a block, then two for each block. About √time steps a block take fewest.
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
    # Row 0 and the last rows of the blocks: each takes from the one before what its whole block lets through.
    _accumulate_steps(total[:, : whole + 1 : size], reach[:, :, -1])
    # The rows between take from the end before their block, which is complete by now.
    row[:, :, :-1] += reach[:, :, :-1] * total[:, :whole:size][:, :, None]
    _accumulate_steps(total[:, whole:], factor[:, whole:])  # the steps that fill no block
