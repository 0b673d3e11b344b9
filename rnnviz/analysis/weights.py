"""Weights: what a matrix does to the length of a state, and its rows by gate."""

import numpy as np

from rnnviz.names import CELLS, GATES, Cell


def spectral_radius(matrix: np.ndarray) -> float:
    """Largest size of an eigenvalue of a matrix (unit, unit): the factor a step that repeated products tend to.

    It is NaN where an entry is not finite.

    Raises:
        ValueError: If the matrix is not square.

    Source: Pascanu, Mikolov, Bengio (2013), arXiv 1211.5063, section 2.1.

    >>> import numpy as np
    >>> from rnnviz import analysis
    >>> round(analysis.spectral_radius(np.diag([0.5, -2.0])), 3)
    2.0
    """
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise ValueError(f"matrix must be square; got shape {matrix.shape}")
    if not np.isfinite(matrix).all():
        return float("nan")
    return float(np.abs(np.linalg.eigvals(matrix.astype(np.float64))).max())


def singular_values(matrix: np.ndarray) -> np.ndarray:
    """The factors by which a matrix stretches, largest first: (min(row, column),), NaN if an entry is not finite.

    Raises:
        ValueError: If it is no matrix.

    >>> import numpy as np
    >>> from rnnviz import analysis
    >>> analysis.singular_values(np.diag([0.5, -2.0])).round(3)
    array([2. , 0.5])
    """
    if matrix.ndim != 2:
        raise ValueError(f"matrix must have rows and columns; got shape {matrix.shape}")
    if not np.isfinite(matrix).all():
        return np.full(min(matrix.shape), np.nan)
    return np.linalg.svd(matrix.astype(np.float64), compute_uv=False)


def gate_blocks(weight: np.ndarray, cell: Cell) -> dict[str, np.ndarray]:
    """The rows of a stacked weight or bias (gate * unit, ...), by gate: views of shape (unit, ...), in torch's order.

    The gates are i, f, g, o of an LSTM, r, z, n of a GRU, h of a plain RNN.

    Raises:
        ValueError: If the rows do not divide by the gates.

    Source: torch.nn.LSTM and torch.nn.GRU, whose order this is.

    >>> import torch
    >>> from rnnviz import analysis
    >>> weight = torch.nn.LSTM(3, 4).weight_hh_l0.detach().numpy()
    >>> {gate: block.shape for gate, block in analysis.gate_blocks(weight, "lstm").items()}
    {'i': (4, 4), 'f': (4, 4), 'g': (4, 4), 'o': (4, 4)}
    """
    if cell not in CELLS:
        raise ValueError(f"cell must be one of {', '.join(CELLS)}; got {cell!r}")
    gates = GATES[cell]
    rows = len(weight)
    if not rows or rows % len(gates):
        raise ValueError(f"weight of {cell} must have a multiple of {len(gates)} rows; got {rows}")
    return dict(zip(gates, np.split(weight, len(gates)), strict=True))
