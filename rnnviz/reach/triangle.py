"""What every step's state contributes to every step's loss."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn

from rnnviz.analysis.gradients import stable_norm
from rnnviz.capture import capture
from rnnviz.cells import directions_of, recurrent, weights_of
from rnnviz.names import Direction
from rnnviz.reach.inputs import depending, output_of

_NUMBERS: Final = 2**22  # of one signal in one batch of copies


@dataclass(frozen=True, eq=False)
class ContributionTriangle:
    """How much every step's state matters to every step's loss.

    Attributes
    ----------
    losses : ndarray of shape (time_loss,)
    norms : ndarray of shape (time_loss, time)
        Norm over ``unit`` of dL_t/dh_k as a total derivative; 0 where L_t does not depend on h_k.
    """

    losses: np.ndarray
    norms: np.ndarray


def contribution_triangle(
    module: nn.Module,
    x: Tensor,
    losses: Callable[[Tensor], Tensor],
    *,
    layer: int = 0,
    direction: Direction = "forward",
) -> ContributionTriangle:
    """How much the loss of every step depends on the state of every step.

    The sample is copied, one copy a loss, so that fused passes over a batch give all gradients at once.

    Parameters
    ----------
    module : nn.RNN, nn.LSTM or nn.GRU
    x : Tensor
        One sample, as the module takes it.
    losses : callable
        From the output that the module returns for ``x`` to a tensor with one loss a step.
    layer : int, default 0
    direction : {"forward", "reverse"}, default "forward"

    Returns
    -------
    ContributionTriangle

    Raises
    ------
    TypeError
        If the module is no recurrent module.
    ValueError
        If ``x`` is not one sample that fits it, there is no such layer or direction, or the losses do not depend on the
        output.

    References
    ----------
    Pascanu, Mikolov, Bengio (2013), arXiv 1211.5063, equations 3 to 5.
    """
    module = recurrent(module)
    weights_of(module, layer, direction)
    axis = 0 if module.batch_first else 1
    sample = x.detach() if x.dim() == 3 else x.detach().unsqueeze(axis)
    if sample.dim() != 3 or sample.shape[axis] != 1:
        raise ValueError(f"x must be one sample; got shape {tuple(x.shape)}")
    sample = sample.squeeze(axis)  # (time, feature)
    with torch.inference_mode(mode=False), torch.enable_grad():
        output = output_of(module, x.detach().clone()).requires_grad_()
        each = depending("losses", losses(output)).reshape(-1)
    time, k = len(sample), directions_of(module).index(direction)
    norms = np.zeros((len(each), time))
    size = time * module.num_layers * len(directions_of(module)) * module.hidden_size
    copies = min(64, max(1, _NUMBERS // size))
    for first in range(0, len(each), copies):
        pulls = _pulls(each[first : first + copies], output).reshape(-1, time, output.shape[-1])
        end = time if module.bidirectional else _last_used(pulls)
        pulled = partial(_pulled, by=_laid_out(pulls[:, :end], axis))
        trace = capture(module, _laid_out(sample[:end].expand(len(pulls), -1, -1), axis), loss=pulled)
        norms[first : first + copies, :end] = stable_norm(trace.grads["h"][layer, k])
    return ContributionTriangle(losses=each.detach().numpy().copy(), norms=norms)


def _pulls(losses: Tensor, output: Tensor) -> Tensor:
    """The gradient of each loss by the output alone, (loss, ...)."""
    with torch.inference_mode(mode=False):
        grads = [torch.autograd.grad(one, output, retain_graph=True, materialize_grads=True)[0] for one in losses]
        return torch.stack(grads)


def _pulled(output: Tensor, by: Tensor) -> Tensor:
    """A scalar with these gradients."""
    return (output * by).sum()


def _last_used(pulls: Tensor) -> int:
    """The number of steps up to the last that a loss pulls at; at least one."""
    used = pulls.ne(0).any(-1).any(0).nonzero()
    return int(used[-1]) + 1 if len(used) else 1


def _laid_out(batch: Tensor, axis: int) -> Tensor:
    """A batch in the module's layout."""
    return batch if axis == 0 else batch.transpose(0, 1)
