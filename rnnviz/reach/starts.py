"""How fast gradients fade on their way back, by cell and by the weights that training starts from."""

from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor, nn

from rnnviz.analysis.gradients import factor_per_step, stable_norm
from rnnviz.cells import Recurrent, recurrent
from rnnviz.models import build
from rnnviz.reach.inputs import input_gradients
from rnnviz.spec import ModelSpec


@dataclass(frozen=True, eq=False)
class Reach:
    """How much of the gradient is left k steps before the state that it starts from.

    Attributes:
        log_ratios: Of shape (seed, step). log10 of the gradient's norm over all samples at x_{T-k}, over that at k = 0.
        factors: Of shape (seed,). By which the norm changes a step, fitted from step ``begin`` on.

    >>> from rnnviz import ModelSpec, reach
    >>> found = reach.reach(ModelSpec("rnn", 8, 32), steps=41, seeds=range(3))
    >>> found.seeds, found.log_ratios.shape
    ((0, 1, 2), (3, 41))
    >>> bool((found.factors < 1).all())
    True
    """

    seeds: tuple[int, ...]
    log_ratios: np.ndarray
    begin: int
    factors: np.ndarray


def reach(
    network: ModelSpec | Callable[[int], nn.Module],
    *,
    steps: int = 101,
    seeds: Sequence[int] = range(5),
    samples: int = 32,
    begin: int = 20,
) -> Reach:
    """How fast the gradient of the last state fades on its way back through random inputs, for several seeds.

    For every seed a network reads ``steps`` normal inputs; the gradient is that of a random projection of the top
    layer's last forward state. Computed in float64: in float32 the norms of a plain RNN are lost within 100 steps.

    Args:
        network: A spec, whose seed is replaced, or a function from a seed to a recurrent module, which is only read.
        begin: The first step back that the factor a step is fitted to.

    Raises:
        ValueError: If there is no seed, or ``begin`` leaves fewer than two steps.

    Source: Pascanu, Mikolov, Bengio (2013), arXiv 1211.5063, section 2; Hochreiter and Schmidhuber (1997), section 3.

    >>> from rnnviz import ModelSpec, reach
    >>> found = reach.reach(ModelSpec("lstm", 8, 32, forget_bias=1.0), steps=41, seeds=range(3))
    >>> found.factors.shape
    (3,)
    """
    if not seeds:
        raise ValueError("seeds must hold at least one; got none")
    if not 0 <= begin <= steps - 2:
        raise ValueError(f"begin must be in 0..{steps - 2} for {steps} steps; got {begin}")
    curves = []
    for seed in seeds:
        start = build(replace(network, seed=seed)).rnn if isinstance(network, ModelSpec) else network(seed)
        curves.append(_faded(deepcopy(recurrent(start)).double().eval(), steps, samples, seed))
    norms = np.stack(curves)  # (seed, step)
    with np.errstate(divide="ignore", invalid="ignore"):
        log_ratios = np.log10(norms) - np.log10(norms[:, :1])
    factors = np.array([factor_per_step(curve, begin).factor for curve in norms])
    return Reach(seeds=tuple(seeds), log_ratios=log_ratios, begin=begin, factors=factors)


def _faded(module: Recurrent, steps: int, samples: int, seed: int) -> np.ndarray:
    """Norm over samples and features of the gradient by x_{T-k}: (step,)."""
    random = np.random.default_rng([seed, 2])  # a stream of its own: the weights came from the same seed
    x = torch.from_numpy(random.standard_normal((samples, steps, module.input_size)))
    projection = torch.from_numpy(random.standard_normal(module.hidden_size))
    x = x if module.batch_first else x.transpose(0, 1)

    def last(output: Tensor) -> Tensor:
        states = output[:, -1] if module.batch_first else output[-1]  # (batch, direction * unit)
        return (states[:, : module.hidden_size] @ projection).sum()

    return stable_norm(input_gradients(module, x, loss=last), axis=(0, 2))[::-1]
