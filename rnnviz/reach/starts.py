"""How fast gradients fade on their way back, by cell and by the weights that training starts from."""

from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor, nn

from rnnviz.analysis.gradients import factor_per_step, stable_norm
from rnnviz.cells import Recurrent, cell_of, directions_of, recurrent, weights_of
from rnnviz.models import build
from rnnviz.reach.inputs import input_gradients
from rnnviz.spec import ModelSpec


@dataclass(frozen=True, eq=False)
class Reach:
    """How much of the gradient is left k steps before the state that it starts from.

    Attributes
    ----------
    seeds : tuple of int
    log_ratios : ndarray of shape (seed, step)
        log10 of the gradient's norm over all samples at x_{T-k}, divided by that at k = 0.
    begin : int
    factors : ndarray of shape (seed,)
        By which the norm changes a step, fitted from step ``begin`` on.
    """

    seeds: tuple[int, ...]
    log_ratios: np.ndarray
    begin: int
    factors: np.ndarray


def initialise(
    module: nn.Module, *, forget_bias: float | None = None, orthogonal: float | None = None, seed: int = 0
) -> Recurrent:
    """A copy of a module with another start of its recurrence.

    Parameters
    ----------
    module : nn.RNN, nn.LSTM or nn.GRU
    forget_bias : float, optional
        Of an LSTM: put into the forget part of bias_ih; that of bias_hh becomes 0, since the two are added.
    orthogonal : float, optional
        Every gate's block of W_hh becomes a random orthogonal matrix times this.
    seed : int, default 0
        Of the orthogonal matrices.

    Returns
    -------
    nn.RNN, nn.LSTM or nn.GRU

    Raises
    ------
    TypeError
        If the module is no recurrent module.
    ValueError
        If a forget bias is asked for where there is none.

    References
    ----------
    Jozefowicz, Zaremba, Sutskever (2015), section 2.2 (forget bias); Saxe, McClelland, Ganguli (2014), arXiv 1312.6120
    (orthogonal matrices).
    """
    module = deepcopy(recurrent(module))
    if forget_bias is not None and not (cell_of(module) == "lstm" and module.bias):
        raise ValueError(f"forget_bias must be None for anything but an LSTM with biases; got {forget_bias}")
    units, random = module.hidden_size, np.random.default_rng([seed, 1])
    with torch.no_grad():
        for layer in range(module.num_layers):
            for direction in directions_of(module):
                weights = weights_of(module, layer, direction)
                if orthogonal is not None:
                    for block in weights.weight_hh.chunk(len(weights.weight_hh) // units):
                        block.copy_(torch.from_numpy(orthogonal * _orthogonal(units, random)))
                if forget_bias is not None and weights.bias_ih is not None and weights.bias_hh is not None:
                    forget = slice(units, 2 * units)
                    weights.bias_ih[forget] = forget_bias
                    weights.bias_hh[forget] = 0
    return module


def reach(
    network: ModelSpec | Callable[[int], nn.Module],
    *,
    steps: int = 101,
    seeds: Sequence[int] = range(5),
    samples: int = 32,
    begin: int = 20,
    forget_bias: float | None = None,
    orthogonal: float | None = None,
) -> Reach:
    """How fast the gradient of the last state fades on its way back through random inputs, for several seeds.

    For every seed a network reads ``steps`` normal inputs; the gradient is that of a random projection of the top
    layer's last forward state. Computed in float64: in float32 the norms of a plain RNN are lost within 100 steps.

    Parameters
    ----------
    network : ModelSpec or callable
        A spec, whose seed is replaced, or a function from a seed to a recurrent module, which is copied.
    steps : int, default 101
    seeds : sequence of int, default 0..4
    samples : int, default 32
    begin : int, default 20
        The first step back that the factor a step is fitted to.
    forget_bias, orthogonal : float, optional
        As in ``initialise``.

    Returns
    -------
    Reach

    Raises
    ------
    ValueError
        If there is no seed, ``begin`` leaves fewer than two steps, or a forget bias is asked for where there is none.

    References
    ----------
    Pascanu, Mikolov, Bengio (2013), arXiv 1211.5063, section 2; Hochreiter and Schmidhuber (1997), section 3.
    """
    if not seeds:
        raise ValueError("seeds must hold at least one; got none")
    if not 0 <= begin <= steps - 2:
        raise ValueError(f"begin must be in 0..{steps - 2} for {steps} steps; got {begin}")
    curves = []
    for seed in seeds:
        start = build(replace(network, seed=seed)).rnn if isinstance(network, ModelSpec) else network(seed)
        module = initialise(start, forget_bias=forget_bias, orthogonal=orthogonal, seed=seed).double().eval()
        curves.append(_faded(module, steps, samples, seed))
    norms = np.stack(curves)  # (seed, step)
    with np.errstate(divide="ignore", invalid="ignore"):
        log_ratios = np.log10(norms) - np.log10(norms[:, :1])
    factors = np.array([factor_per_step(curve, begin).factor for curve in norms])
    return Reach(seeds=tuple(seeds), log_ratios=log_ratios, begin=begin, factors=factors)


def _orthogonal(size: int, random: np.random.Generator) -> np.ndarray:
    """A random orthogonal matrix, each as likely as any other."""
    q, r = np.linalg.qr(random.standard_normal((size, size)))
    signed: np.ndarray = q * np.sign(np.diag(r))
    return signed


def _faded(module: Recurrent, steps: int, samples: int, seed: int) -> np.ndarray:
    """Norm over samples and features of the gradient by x_{T-k}, (step,)."""
    random = np.random.default_rng([seed, 2])  # a stream of its own: the weights came from the same seed
    x = torch.from_numpy(random.standard_normal((samples, steps, module.input_size)))
    projection = torch.from_numpy(random.standard_normal(module.hidden_size))
    x = x if module.batch_first else x.transpose(0, 1)

    def last(output: Tensor) -> Tensor:
        states = output[:, -1] if module.batch_first else output[-1]  # (batch, direction * unit)
        return (states[:, : module.hidden_size] @ projection).sum()

    return stable_norm(input_gradients(module, x, loss=last), axis=(0, 2))[::-1]
