"""Jacobians of a plain RNN across many steps: the part of the weights, the part of the squashing, and their bound."""

from dataclasses import dataclass

import numpy as np
from torch import nn

from rnnviz.cells import directions_of, weights_of
from rnnviz.names import Direction
from rnnviz.trace import Trace


@dataclass(frozen=True, eq=False)
class JacobianProducts:
    """What the Jacobian dh_t/dh_{t-k} of a plain RNN does to lengths, and its two parts; k = 0 is the identity.

    Attributes
    ----------
    t : int
    norms : ndarray of shape (step,)
        Largest singular value of dh_t/dh_{t-k} = Π diag(φ'_j) W_hh, the largest stretch of any direction;
        NaN once the product overflows, as in ``weight_norms``.
    weight_norms : ndarray of shape (step,)
        The part of the weights alone: that of W_hh^k.
    squash_norms : ndarray of shape (step,)
        The part of the squashing alone: Π of the largest φ' of each step.
    bound : ndarray of shape (step,)
        (largest singular value of W_hh × largest φ' there can be)^k, which ``norms`` cannot exceed.
    bound_here : ndarray of shape (step,)
        largest singular value^k × ``squash_norms``: the same with the slopes that this input led to.
    largest : float
        Largest singular value of W_hh.
    slopes : ndarray of shape (time, unit)
        φ' at every step, at input time; NaN on padded steps.
    """

    t: int
    norms: np.ndarray
    weight_norms: np.ndarray
    squash_norms: np.ndarray
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
) -> JacobianProducts:
    """How the Jacobian from step t back to every step before it comes about: weights times squashing.

    Parameters
    ----------
    module : nn.RNN
    trace : Trace
        Of this module.
    layer : int, default 0
    direction : {"forward", "reverse"}, default "forward"
        In the reverse one, "before" means read before: later in time.
    batch : int, default 0
    t : int, optional
        The last step read by default.

    Returns
    -------
    JacobianProducts
        ``step`` k counts back from t to the first step read.

    Raises
    ------
    TypeError
        If the module is no plain RNN.
    ValueError
        If the trace is not of this module, has no such layer, direction or sample, or ``t`` is no true step.

    References
    ----------
    Pascanu, Mikolov, Bengio (2013), arXiv 1211.5063, equations 5 to 7.
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
    back = slopes[t : true - 1] if reverse else slopes[t:0:-1]  # (step, unit), from t on towards the first step read
    W_hh = weights_of(module, layer, direction).weight_hh.numpy().astype(np.float64)
    with np.errstate(over="ignore", invalid="ignore"):
        norms = _product_norms([slope[:, None] * W_hh for slope in back], len(W_hh))
        weight_norms = _product_norms([W_hh] * len(back), len(W_hh))
        largest = float(np.linalg.norm(W_hh, 2))
        squash_norms = np.concatenate([[1], np.cumprod(back.max(1))])
        bound = largest ** np.arange(len(back) + 1, dtype=np.float64)  # both squashings have slopes up to 1
        bound_here = bound * squash_norms
    return JacobianProducts(t, norms, weight_norms, squash_norms, bound, bound_here, largest, slopes)


def _product_norms(factors: list[np.ndarray], size: int) -> np.ndarray:
    """Largest singular values of the identity, A_1, A_1 A_2, …; NaN where a product is not finite."""
    products = [np.eye(size)]
    for factor in factors:
        products.append(products[-1] @ factor)
    return np.array([np.linalg.norm(p, 2) if np.isfinite(p).all() else np.nan for p in products])
