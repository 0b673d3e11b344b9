"""Jacobians of a plain RNN across many steps: the part of the weights, the part of the squashing, and their bound."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import repeat
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn

from rnnviz.cells import directions_of, weights_of
from rnnviz.names import Direction
from rnnviz.trace import Trace

_SMALL: Final = 96  # units up to which all singular values at once take less time
_ROUNDING: Final = 1e-14  # of numbers about 1


@dataclass(frozen=True, eq=False)
class JacobianProducts:
    """What the Jacobian dh_t/dh_{t-k} of a plain RNN does to lengths, and its two parts; k = 0 is the identity.

    Attributes:
        norms: Of shape (step,). Largest singular value of dh_t/dh_{t-k} = Π diag(φ'_j) W_hh, the largest stretch of any
            direction; NaN once the product overflows, as in ``weight_norms``.
        weight_norms: Of shape (step,). The part of the weights alone: the largest singular value of W_hh^k.
        activation_norms: Of shape (step,). The part of the squashing alone: Π of the largest φ' of each step.
        bound: Of shape (step,). (``largest`` × the largest possible φ')^k, which ``norms`` cannot exceed.
        bound_here: Of shape (step,). ``largest``^k × ``activation_norms``: the bound with the slopes of this input.
        largest: Largest singular value of W_hh.
        slopes: Of shape (time, unit). φ' at every step, at input time; NaN on padded steps.

    >>> import torch
    >>> from rnnviz import capture, reach
    >>> rnn, x = torch.nn.RNN(3, 4, batch_first=True), torch.ones(1, 6, 3)
    >>> products = reach.jacobian_products(rnn, capture(rnn, x))
    >>> bool((products.norms <= products.bound * (1 + 1e-5)).all())
    True
    """

    t: int
    norms: np.ndarray
    weight_norms: np.ndarray
    activation_norms: np.ndarray
    bound: np.ndarray
    bound_here: np.ndarray
    largest: float
    slopes: np.ndarray


def jacobian_products(
    module: nn.Module,
    trace: Trace,
    *,
    layer: int = 0,
    direction: Direction = "forward",
    batch: int = 0,
    t: int | None = None,
    steps: int | None = None,
) -> JacobianProducts:
    """The Jacobian from step t back to every step before it, as weights times squashing; k counts back from t.

    Args:
        direction: In the reverse one, "before" means read before: later in time.
        t: The last step read by default.
        steps: How far back at most; to the first step read by default.

    Raises:
        TypeError: If the module is no plain RNN.
        ValueError: If the trace is not of this module, has no such layer, direction or sample, or ``t`` is no true
            step.

    Source: Pascanu, Mikolov, Bengio (2013), arXiv 1211.5063, equations 5 to 7.

    >>> import torch
    >>> from rnnviz import capture, reach
    >>> rnn, x = torch.nn.RNN(3, 4, batch_first=True), torch.ones(1, 6, 3)
    >>> products = reach.jacobian_products(rnn, capture(rnn, x))
    >>> products.t, products.norms.shape
    (5, (6,))
    """
    if not isinstance(module, nn.RNN):
        raise TypeError(f"module must be an nn.RNN, whose Jacobian has these two parts; got {type(module).__name__}")
    got = (trace.cell, trace.sizes["layer"], len(trace.directions), trace.sizes["unit"])
    expected = ("rnn", module.num_layers, len(directions_of(module)), module.hidden_size)
    if got != expected:
        raise ValueError(f"trace must be of this module, {expected}; got {got}")
    h = trace.panel("h", layer=layer, direction=direction, batch=batch).astype(np.float64)  # (time, unit)
    slopes = 1 - h**2 if module.nonlinearity == "tanh" else np.where(np.isnan(h), np.nan, h > 0)
    true, reverse = int(trace.lengths[batch]), direction == "reverse"
    if t is None:
        t = 0 if reverse else true - 1
    if not 0 <= t < true:
        raise ValueError(f"t must be in 0..{true - 1} for this sample; got {t}")
    back = slopes[t : true - 1] if reverse else slopes[t:0:-1]  # from t on towards the first step read
    back = back[:steps].copy()  # (step, unit)
    W_hh = weights_of(module, layer, direction).weight_hh.double()
    with np.errstate(over="ignore", invalid="ignore"):
        norms = _product_norms((slope[:, None] * W_hh for slope in torch.from_numpy(back)), len(W_hh))
        weight_norms = _product_norms(repeat(W_hh, len(back)), len(W_hh))
        largest = largest_stretch(W_hh)
        activation_norms = np.concatenate([[1], np.cumprod(back.max(1))])
        bound = largest ** np.arange(len(back) + 1, dtype=np.float64)  # both squashings have slopes up to 1
        bound_here = bound * activation_norms
    return JacobianProducts(t, norms, weight_norms, activation_norms, bound, bound_here, largest, slopes)


def largest_stretch(matrix: Tensor) -> float:
    """The largest singular value of a float64 matrix (unit, unit); NaN where an entry is not finite.

    For a large matrix Lanczos' method takes a small part of the work of all singular values. It notes what the matrix
    does to more and more directions, each at right angles to those before, until the largest stretch grows no more.

    Source: Golub and Kahan (1965), Calculating the singular values and pseudo-inverse of a matrix, section 2.
    """
    scale, size = float(matrix.abs().max()), len(matrix)
    if scale == 0 or not np.isfinite(scale):
        return 0.0 if scale == 0 else float("nan")
    A = matrix / scale  # so that no square underflows
    if size <= _SMALL:
        return scale * float(torch.linalg.matrix_norm(A, 2))
    drawn = torch.from_numpy(np.random.default_rng(0).standard_normal(size))
    left: list[Tensor] = []
    right, within, onward, before = [drawn / drawn.norm()], [], [], 0.0
    while True:
        within.append(_add_direction(left, torch.mv(A, right[-1])))
        onward.append(_add_direction(right, torch.mv(A.T, left[-1])))
        ended = onward[-1] < _ROUNDING or len(within) == size
        if ended or len(within) % 4 == 0:
            found = float(np.linalg.norm(np.diag(within) + np.diag(onward[:-1], 1), 2))
            if ended or found - before <= 1e-12 * found:
                return scale * found
            before = found


def _add_direction(directions: list[Tensor], vector: Tensor) -> float:
    """Add the part of a vector that is at right angles to all directions so far, at length 1; return its length."""
    if directions:
        others = torch.stack(directions)
        vector = vector - torch.mv(others.T, torch.mv(others, vector))
    length = float(vector.norm())
    directions.append(vector / max(length, _ROUNDING))
    return length


def _product_norms(factors: Iterable[Tensor], size: int) -> np.ndarray:
    """Largest singular values of the identity, A_1, A_1 A_2, …; NaN where a product is not finite."""
    product, norms = torch.eye(size, dtype=torch.float64), [1.0]
    for factor in factors:
        product = product @ factor
        norms.append(largest_stretch(product))
    return np.array(norms)
