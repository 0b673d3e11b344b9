"""Directions in the space of a layer's states, to steer along."""

import numpy as np


def component(panel: np.ndarray, number: int = 0) -> np.ndarray:
    """A principal component of the states, of shape (unit,) and length 1; its largest weight is positive.

    Args:
        panel: Of shape (time, unit).
        number: 0 is the one along which the states differ most.

    Raises:
        ValueError: If there are not so many.

    >>> import numpy as np
    >>> from rnnviz.interventions import component
    >>> component(np.array([[0.0, 1.0], [0.0, 3.0], [0.0, -1.0]])).tolist()
    [0.0, 1.0]
    """
    most = min(panel.shape) - 1
    if not 0 <= number <= most:
        raise ValueError(f"number must be in 0..{most}; got {number}")
    centred = panel.astype(np.float64) - panel.mean(0, dtype=np.float64)
    _, _, rows = np.linalg.svd(centred, full_matrices=False)
    row = rows[number]
    found: np.ndarray = row * np.sign(row[np.abs(row).argmax()]) + 0.0
    return found
