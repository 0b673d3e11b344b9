"""Gradients: how large they are at every step, and by what factor they shrink or grow from one step to the next."""

from typing import NamedTuple

import numpy as np

from rnnviz.trace import Trace


class Factor(NamedTuple):
    """A curve of norms as a power of the step.

    Attributes:
        factor: By which the norm changes a step; NaN where fewer than two steps could be used.
        fit: Of shape (step,). NaN before ``begin``.
        ignored: Steps from ``begin`` on without a usable logarithm: zero, underflown, infinite or NaN.
    """

    factor: float
    fit: np.ndarray
    ignored: int


def gradient_norms(trace: Trace, signal: str = "h") -> np.ndarray:
    """L2 norm of the loss gradient at every time step, one curve a sequence.

    Returns:
        Of shape (layer, direction, batch, time). Norm over ``unit``, in units of loss per unit of ``signal``; NaN on
        padded steps. In the trace's dtype, so that ``factor_per_step`` knows where it underflows.

    Raises:
        ValueError: If the trace holds no gradient for ``signal``.

    Source: Pascanu, Mikolov, Bengio (2013), arXiv 1211.5063, section 2.

    >>> import torch
    >>> from rnnviz import analysis, capture
    >>> trace = capture(torch.nn.RNN(3, 4, batch_first=True), torch.ones(2, 6, 3), loss=lambda h: h[:, -1].sum())
    >>> analysis.gradient_norms(trace).shape
    (1, 1, 2, 6)
    """
    if signal not in trace.grads:
        held = ", ".join(trace.grads) or "none: it was captured without a loss"
        raise ValueError(f"signal must be one whose gradient this trace holds ({held}); got {signal!r}")
    with np.errstate(over="ignore"):
        return stable_norm(trace.grads[signal]).astype(trace["h"].dtype)


def factor_per_step(norms: np.ndarray, begin: int = 0) -> Factor:
    """By what factor a norm changes from one step to the next, by least squares of its logarithm.

    Norms too small for their dtype's full precision are ignored as underflown.

    Args:
        norms: Of shape (step,). In the order of interest: to go back from the loss, turn a curve over time around.
        begin: First step used.

    Raises:
        ValueError: If ``norms`` is not one curve, or ``begin`` outside it.

    >>> import numpy as np
    >>> from rnnviz import analysis
    >>> round(analysis.factor_per_step(0.9 ** np.arange(20)).factor, 3)
    0.9
    """
    if norms.ndim != 1:
        raise ValueError(f"norms must be one curve of shape (step,); got shape {norms.shape}")
    if not 0 <= begin < len(norms):
        raise ValueError(f"begin must be in 0..{len(norms) - 1} for this curve; got {begin}")
    smallest = np.finfo(norms.dtype if norms.dtype.kind == "f" else np.float64).tiny
    step = np.arange(len(norms))
    usable = np.isfinite(norms) & (norms >= smallest) & (step >= begin)
    ignored = len(norms) - begin - int(usable.sum())
    fit = np.full(len(norms), np.nan)
    if usable.sum() < 2:
        return Factor(float("nan"), fit, ignored)
    x, logs = step[usable], np.log(norms[usable].astype(np.float64))
    centred = x - x.mean()
    slope = float(centred @ logs / (centred @ centred))
    with np.errstate(over="ignore", under="ignore"):
        fit[begin:] = np.exp(logs.mean() + slope * (step[begin:] - x.mean()))
        return Factor(float(np.exp(slope)), fit, ignored)


def stable_norm(values: np.ndarray, axis: int | tuple[int, ...] = -1) -> np.ndarray:
    """L2 norm over an axis, whose squares neither underflow nor overflow; infinite or NaN where a value is."""
    sizes = np.abs(values.astype(np.float64))
    largest = sizes.max(axis=axis, keepdims=True)
    scale = np.where(np.isfinite(largest) & (largest > 0), largest, 1)
    with np.errstate(over="ignore", under="ignore"):
        norms: np.ndarray = np.sqrt(((sizes / scale) ** 2).sum(axis=axis)) * np.squeeze(scale, axis=axis)
    return norms
