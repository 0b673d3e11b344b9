"""The gradient of a loss by the inputs, from one pass of torch's fused kernel; how fast it fades, by cell and start."""

from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor, nn

from rnnviz.analysis.gradients import factor_per_step, stable_norm
from rnnviz.cells import Recurrent, cell_of, directions_of, recurrent, weights_of
from rnnviz.kernels import kernel_of
from rnnviz.models import build
from rnnviz.spec import ModelSpec


def input_gradients(module: nn.Module, x: Tensor, *, loss: Callable[[Tensor], Tensor]) -> np.ndarray:
    """dLoss/dx at every step, (batch, time, feature), from one fused pass; the module gains no ``.grad``.

    Args:
        x: As the module takes it. Without a batch it counts as a batch of one.
        loss: From the output that the module returns to a scalar tensor.

    Raises:
        TypeError: If the module is no recurrent module.
        ValueError: If it has active dropout, if ``x`` does not fit it, or the loss is no scalar that depends on its
            argument.

    >>> import torch
    >>> from rnnviz import reach
    >>> rnn = torch.nn.RNN(3, 4, batch_first=True)
    >>> reach.input_gradients(rnn, torch.ones(1, 6, 3), loss=lambda h: h[:, -1].sum()).shape
    (1, 6, 3)
    """
    module = recurrent(module)
    with torch.inference_mode(mode=False), torch.enable_grad():
        x = x.detach().clone().requires_grad_()
        total = depending("loss", loss(output_of(module, x)))
        if total.numel() != 1:
            raise ValueError(f"loss must return a scalar tensor; got shape {tuple(total.shape)}")
        (gradient,) = torch.autograd.grad(total.reshape(()), x, materialize_grads=True)
    if x.dim() == 2:
        gradient = gradient[None]
    elif not module.batch_first:
        gradient = gradient.transpose(0, 1)
    return np.ascontiguousarray(gradient.numpy())


def output_of(module: Recurrent, x: Tensor) -> Tensor:
    """What the module returns for an input as it takes it, without anything for gradients by its weights.

    Its kernel is called with detached weights, so that modules shared between threads are only read. An x that does not
    fit, or active dropout, is a ValueError.
    """
    weight = module.weight_ih_l0
    if x.dim() not in (2, 3) or x.shape[-1] != module.input_size or x.dtype != weight.dtype or not x.numel():
        raise ValueError(
            f"x must be (batch, time, {module.input_size}), as the module takes it, in {weight.dtype};"
            f" got {tuple(x.shape)} in {x.dtype}"
        )
    if module.dropout and module.training and module.num_layers > 1:
        raise ValueError(f"dropout must be 0 or the module in eval mode; got dropout {module.dropout} in training")
    places = [(layer, direction) for layer in range(module.num_layers) for direction in directions_of(module)]
    flat = [_plain(w) for place in places for w in weights_of(module, *place) if w is not None]
    axis = 0 if module.batch_first else 1
    batch = x if x.dim() == 3 else x.unsqueeze(axis)
    state = batch.new_zeros(len(places), batch.shape[axis], module.hidden_size)
    cell = cell_of(module)
    kernel = kernel_of(module)
    states = (state, state) if cell == "lstm" else state
    arguments = (module.bias, module.num_layers, 0.0, False, module.bidirectional, module.batch_first)
    output: Tensor = kernel(batch, states, flat, *arguments)[0]
    return output if x.dim() == 3 else output.squeeze(axis)


def depending(name: str, value: object) -> Tensor:
    """What a loss gave, if it is a tensor that depends on its argument; else ValueError."""
    if not isinstance(value, Tensor) or not value.requires_grad:
        raise ValueError(f"{name} must return a tensor that depends on the output; got {type(value).__name__}")
    return value


def _plain(tensor: Tensor) -> Tensor:
    """A tensor that autograd may save, also where the caller's was made in inference mode."""
    return tensor.clone() if tensor.is_inference() else tensor


# --- By cell and by the weights that training starts from ---


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
